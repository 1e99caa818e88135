#include "tls_bio.h"

#include <cerrno>

#include "tls_channel.h"

namespace gudeg::transport {

namespace {

TlsChannel* ChannelOf(BIO* bio) noexcept {
  return static_cast<TlsChannel*>(BIO_get_data(bio));
}

int OnCreate(BIO* bio) noexcept {
  BIO_set_init(bio, 1);
  return 1;
}

int OnRead(BIO* bio, char* data, int size) noexcept {
  BIO_clear_retry_flags(bio);
  const ssize_t count =
      ChannelOf(bio)->ReceiveForBio(data, static_cast<size_t>(size));
  if (count >= 0) return static_cast<int>(count);
  if (count == -EAGAIN) BIO_set_retry_read(bio);
  return -1;
}

// Takes everything: the channel sends it when OpenSSL is through.
int OnWrite(BIO* bio, const char* data, int size) noexcept {
  BIO_clear_retry_flags(bio);
  ChannelOf(bio)->Append(reinterpret_cast<const uint8_t*>(data),
                         static_cast<size_t>(size));
  return size;
}

long OnControl(BIO*, int command, long, void*) noexcept {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* MakeMethod() noexcept {
  BIO_METHOD* method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "gudeg");
  if (method == nullptr) return nullptr;
  BIO_meth_set_create(method, OnCreate);
  BIO_meth_set_read(method, OnRead);
  BIO_meth_set_write(method, OnWrite);
  BIO_meth_set_ctrl(method, OnControl);
  return method;
}

}  // namespace

BIO* NewChannelBio(TlsChannel* channel) noexcept {
  // The same for all, and never changed.
  static const BIO_METHOD* const method = MakeMethod();
  BIO* bio = method == nullptr ? nullptr : BIO_new(method);
  if (bio != nullptr) BIO_set_data(bio, channel);
  return bio;
}

}  // namespace gudeg::transport
