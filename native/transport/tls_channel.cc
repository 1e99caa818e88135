#include "tls_channel.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <new>

#include "socket_bytes.h"
#include "tls_bio.h"

namespace gudeg::transport {

namespace {
// In an error's reason: an alert of the peer.
constexpr int kAlertReason = 1000;
constexpr uint32_t kAlertLevelFatal = 2;

// Empty when memory is out.
std::string DerOf(const X509* certificate) {
  uint8_t* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size <= 0) return {};
  std::string bytes(reinterpret_cast<const char*>(der),
                    static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}
}  // namespace

const char* TlsReasonText(uint32_t code) noexcept {
  return ERR_reason_error_string(code);
}

std::unique_ptr<TlsChannel> TlsChannel::Open(
    std::shared_ptr<TlsContext> context, int fd, bool is_blocking,
    const TlsPeer& peer) noexcept {
  std::unique_ptr<TlsChannel> channel(new (std::nothrow) TlsChannel());
  if (channel == nullptr || context->cipher_memory() == nullptr ||
      context->record_memory() == nullptr) {
    return nullptr;
  }
  ERR_clear_error();
  channel->ssl_ = SSL_new(context->ssl_context());
  BIO* bio = NewChannelBio(channel.get());
  if (channel->ssl_ == nullptr || bio == nullptr) {
    if (bio != nullptr) BIO_free(bio);
    ERR_clear_error();
    return nullptr;
  }
  SSL* ssl = channel->ssl_;
  SSL_set_bio(ssl, bio, bio);
  SSL_set_ex_data(ssl, 0, channel.get());
  SSL_set_info_callback(ssl, OnInfo);
  channel->fd_ = fd;
  channel->is_blocking_ = is_blocking;
  if (context->is_server()) {
    SSL_set_accept_state(ssl);
  } else {
    SSL_set_connect_state(ssl);
    if (!channel->Expect(*context, peer)) return nullptr;
  }
  channel->context_ = std::move(context);
  return channel;
}

bool TlsChannel::Expect(const TlsContext& context,
                        const TlsPeer& peer) noexcept {
  if (!peer.server_name.empty()) {
    SSL_set_tlsext_host_name(ssl_, peer.server_name.c_str());
  }
  const char* checked = peer.checked_name.c_str();
  // Of an IP address, RFC 9110 section 4.3.5; of a name, RFC 9525.
  if (*checked != '\0' &&
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), checked) != 1) {
    // Its section 2: names stand in subjectAltName alone.
    SSL_set_hostflags(ssl_, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (SSL_set1_host(ssl_, checked) != 1) return false;
  }
  ERR_clear_error();
  // A session stands for a check of its peer's name, too.
  session_key_ = peer.server_name + ' ' + peer.checked_name;
  SSL_SESSION* session = context.SessionOf(session_key_);
  if (session != nullptr && SSL_SESSION_is_resumable(session) == 1) {
    SSL_set_session(ssl_, session);
  }
  return true;
}

TlsChannel::~TlsChannel() {
  if (ssl_ != nullptr) SSL_free(ssl_);
}

void TlsChannel::OnInfo(const SSL* ssl, int where, int value) noexcept {
  if ((where & SSL_CB_ALERT) == 0) return;
  const auto alert = static_cast<uint32_t>(value);
  if (alert >> 8 != kAlertLevelFatal) return;
  auto* self = static_cast<TlsChannel*>(SSL_get_ex_data(ssl, 0));
  ((where & SSL_CB_READ) != 0 ? self->failure_.alert_received
                              : self->failure_.alert_sent) =
      static_cast<uint8_t>(alert);
}

int TlsChannel::OnNewSession(SSL* ssl, SSL_SESSION* session) noexcept {
  auto* self = static_cast<TlsChannel*>(SSL_get_ex_data(ssl, 0));
  self->context_->KeepSession(self->session_key_, session);
  return 1;  // the reference is ours
}

int TlsChannel::OnCertificate(SSL* ssl, void*) noexcept {
  auto* self = static_cast<TlsChannel*>(SSL_get_ex_data(ssl, 0));
  if (self->has_chosen_ || self->server_name() == nullptr) return 1;
  self->awaits_context_ = true;
  return -1;
}

const char* TlsChannel::server_name() const noexcept {
  return SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name);
}

void TlsChannel::Choose(std::shared_ptr<TlsContext> context) noexcept {
  awaits_context_ = false;
  has_chosen_ = true;
  if (context == nullptr) return;
  SSL_set_SSL_CTX(ssl_, context->ssl_context());
  chosen_ = std::move(context);
}

TlsChannel::Step TlsChannel::Handshake() noexcept {
  // Read-ahead begins with the first record of the application: what comes
  // with the end of the handshake stays in the socket, where it shows.
  receives_ = INT_MAX;
  drained_ = false;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  const ssize_t status = result == 1 ? 1 : Failed(result);
  if (!Flush() && status == -EAGAIN) {
    failure_.kind = TlsFailure::Kind::kSystem;
    failure_.code = static_cast<uint32_t>(error_);
    return Step::kFailed;
  }
  if (result == 1) {
    established_ = true;
    failure_ = TlsFailure();
    SSL_set_info_callback(ssl_, nullptr);
    SSL_set_read_ahead(ssl_, 1);
    return Step::kDone;
  }
  if (awaits_context_) return Step::kWantsContext;
  if (status == -EAGAIN) {
    return has_output() ? Step::kWantsWrite : Step::kWantsRead;
  }
  if (failure_.kind != TlsFailure::Kind::kNone) return Step::kFailed;
  failure_.kind =
      status == 0 ? TlsFailure::Kind::kCut : TlsFailure::Kind::kSystem;
  failure_.code = static_cast<uint32_t>(-status);
  return Step::kFailed;
}

ssize_t TlsChannel::Failed(int result) noexcept {
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
    case SSL_ERROR_WANT_X509_LOOKUP:
      return -EAGAIN;
    case SSL_ERROR_ZERO_RETURN:
      return 0;
    case SSL_ERROR_SYSCALL:
      if (error_ != 0) return -error_;
      is_cut_ = true;
      return 0;
    default:
      break;
  }
  const unsigned long code = ERR_peek_error();
  ERR_clear_error();
  failure_.kind = TlsFailure::Kind::kFault;
  failure_.code = static_cast<uint32_t>(code);
  failure_.verify_result = static_cast<int32_t>(SSL_get_verify_result(ssl_));
  const int alert = ERR_GET_REASON(code) - kAlertReason;
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && alert > 0 && alert < 256) {
    failure_.alert_received = static_cast<uint8_t>(alert);
  }
  return -EPROTO;
}

ssize_t TlsChannel::ReceiveForBio(void* data, size_t size) noexcept {
  if (is_blocking_ && !Flush()) return -error_;
  if (receives_ == 0 || (drained_ && !is_blocking_)) return -EAGAIN;
  receives_--;
  const ssize_t count = Receive(data, size);
  drained_ = count < static_cast<ssize_t>(size);
  if (count < 0 && count != -EAGAIN) error_ = static_cast<int>(-count);
  return count;
}

ssize_t TlsChannel::Receive(void* data, size_t size) noexcept {
  const ssize_t count = ReceiveBytes(fd_, data, size);
  return count == -EWOULDBLOCK ? -EAGAIN : count;
}

ssize_t TlsChannel::Read(void* data, size_t size) noexcept {
  if (!established_) return Receive(data, size);
  if (end_ != kNoEnd) return end_;
  if (is_congested()) return -EAGAIN;
  auto* out = static_cast<uint8_t*>(data);
  size_t got = 0;
  ssize_t status;
  do {
    receives_ = is_blocking_ ? INT_MAX : 1;
    drained_ = false;
    status = Decrypt(out, size, &got);
    // A socket that gave all that was asked for may have more.
  } while (status == -EAGAIN && !is_blocking_ && !drained_ &&
           !is_congested() && size - got >= kLeastReadBytes);
  holds_more_ = got == size && SSL_has_pending(ssl_) != 0;
  // Answers to what the peer's TLS asked for, an alert.
  if (batch_ != 0) Flush();
  if (status != -EAGAIN) end_ = status;
  return got != 0 ? static_cast<ssize_t>(got) : status;
}

ssize_t TlsChannel::Decrypt(uint8_t* out, size_t size, size_t* got) noexcept {
  ERR_clear_error();
  while (*got < size) {
    const size_t room = std::min<size_t>(size - *got, INT_MAX);
    const int count = SSL_read(ssl_, out + *got, static_cast<int>(room));
    if (count <= 0) return Failed(count);
    *got += static_cast<size_t>(count);
    if (is_blocking_ || SSL_has_pending(ssl_) == 0) break;
  }
  return -EAGAIN;
}

bool TlsChannel::has_input() const noexcept {
  return established_ && (end_ != kNoEnd || holds_more_);
}

ssize_t TlsChannel::Write(const iovec* pieces, int count) noexcept {
  if (!established_) return -EPIPE;
  if (has_output()) {
    if (!Flush()) return -error_;
    if (has_output()) return is_blocking_ ? -EAGAIN : 0;
  }
  // The caller may have fewer of the bytes at hand than it had before.
  size_t size = 0;
  for (int i = 0; i < count; i++) size += pieces[i].iov_len;
  size_t done = std::min(unreported_, size);
  unreported_ -= done;
  while (unreported_ == 0) {
    const ssize_t taken = Encrypt(pieces, count, done);
    if (taken < 0) {
      // The memory is the context's: the next call is another connection's.
      batch_ = 0;
      return taken;
    }
    if (taken == 0) break;
    if (!Flush()) return -error_;
    if (has_output()) {
      unreported_ = static_cast<size_t>(taken);
      if (is_blocking_ && done == 0) return -EAGAIN;
      break;
    }
    done += static_cast<size_t>(taken);
  }
  return static_cast<ssize_t>(done);
}

ssize_t TlsChannel::Encrypt(const iovec* pieces, int count,
                            size_t skip) noexcept {
  constexpr size_t kRecord = TlsContext::kRecordBytes;
  size_t taken = 0;
  int at = 0;
  while (batch_ + kRecord + TlsContext::kOverheadBytes <=
         TlsContext::kCipherBytes) {
    while (at < count && skip >= pieces[at].iov_len) skip -= pieces[at++].iov_len;
    if (at == count) break;
    const auto* from = static_cast<const uint8_t*>(pieces[at].iov_base) + skip;
    size_t size = std::min(pieces[at].iov_len - skip, kRecord);
    if (size < kRecord && at + 1 < count) {
      // Small pieces share a record.
      uint8_t* record = context_->record_memory();
      memcpy(record, from, size);
      for (int next = at + 1; next < count && size < kRecord; next++) {
        const size_t more = std::min(pieces[next].iov_len, kRecord - size);
        memcpy(record + size, pieces[next].iov_base, more);
        size += more;
      }
      from = record;
    }
    ERR_clear_error();
    const int written = SSL_write(ssl_, from, static_cast<int>(size));
    if (written <= 0) {
      const ssize_t status = Failed(written);
      return status < 0 && status != -EAGAIN ? status : -EPIPE;
    }
    skip += size;
    taken += size;
  }
  return static_cast<ssize_t>(taken);
}

void TlsChannel::Append(const uint8_t* data, size_t size) noexcept {
  if (batch_ + size > TlsContext::kCipherBytes) Flush();
  if (size > TlsContext::kCipherBytes || !unsent_.empty()) {
    // Behind what waits already.
    KeepBatch(0);
    unsent_.insert(unsent_.end(), data, data + size);
    return;
  }
  memcpy(context_->cipher_memory() + batch_, data, size);
  batch_ += size;
}

void TlsChannel::KeepBatch(size_t sent) noexcept {
  const uint8_t* memory = context_->cipher_memory();
  unsent_.insert(unsent_.end(), memory + sent, memory + batch_);
  batch_ = 0;
}

bool TlsChannel::Flush() noexcept {
  if (batch_ != 0) {
    if (!unsent_.empty()) {
      KeepBatch(0);
    } else {
      const ssize_t sent = Send(context_->cipher_memory(), batch_);
      if (sent < 0) {
        batch_ = 0;
        return false;
      }
      if (static_cast<size_t>(sent) == batch_) {
        batch_ = 0;
        return true;
      }
      KeepBatch(static_cast<size_t>(sent));
      return true;
    }
  }
  if (unsent_.empty()) return true;
  const ssize_t sent =
      Send(unsent_.data() + unsent_start_, unsent_.size() - unsent_start_);
  if (sent < 0) return false;
  unsent_start_ += static_cast<size_t>(sent);
  if (unsent_start_ == unsent_.size()) {
    // An idle connection keeps no memory for output.
    unsent_ = {};
    unsent_start_ = 0;
  }
  return true;
}

// As much as the socket takes, or a negative errno, which error_ keeps.
ssize_t TlsChannel::Send(const uint8_t* data, size_t size) noexcept {
  size_t sent = 0;
  while (sent < size) {
    const ssize_t count = send(fd_, data + sent, size - sent, MSG_NOSIGNAL);
    if (count >= 0) {
      sent += static_cast<size_t>(count);
      // A full socket takes a part; the next call would only say so.
      if (!is_blocking_) break;
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
    error_ = errno;
    return -errno;
  }
  return static_cast<ssize_t>(sent);
}

void TlsChannel::SendCloseNotify() noexcept {
  if (!established_ || failure_.kind != TlsFailure::Kind::kNone ||
      (SSL_get_shutdown(ssl_) & SSL_SENT_SHUTDOWN) != 0) {
    return;
  }
  ERR_clear_error();
  SSL_shutdown(ssl_);
  ERR_clear_error();
  Flush();
}

TlsDetails TlsChannel::Details() const {
  TlsDetails details;
  if (!established_) return details;
  details.protocol = SSL_get_version(ssl_);
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_);
  details.cipher = SSL_CIPHER_get_name(cipher);
  details.standard_cipher = SSL_CIPHER_standard_name(cipher);
  details.cipher_version = SSL_CIPHER_get_version(cipher);
  const uint8_t* alpn = nullptr;
  unsigned alpn_size = 0;
  SSL_get0_alpn_selected(ssl_, &alpn, &alpn_size);
  details.alpn.assign(reinterpret_cast<const char*>(alpn), alpn_size);
  if (server_name() != nullptr) details.server_name = server_name();
  details.is_resumed = SSL_session_reused(ssl_) == 1;
  details.verify_result = static_cast<int32_t>(SSL_get_verify_result(ssl_));
  const auto add = [&details](const X509* certificate) {
    std::string der = DerOf(certificate);
    if (!der.empty()) details.chain.push_back(std::move(der));
  };
  X509* own = SSL_get1_peer_certificate(ssl_);
  if (own == nullptr) return details;
  add(own);
  X509_free(own);
  // A server's list leaves its peer's own certificate out.
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl_);
  for (int i = context_->is_server() ? 0 : 1;
       chain != nullptr && i < sk_X509_num(chain); i++) {
    add(sk_X509_value(chain, i));
  }
  return details;
}

std::string TlsChannel::OwnCertificate() const {
  const X509* certificate = SSL_get_certificate(ssl_);
  return certificate == nullptr ? std::string() : DerOf(certificate);
}

std::string TlsChannel::IssuerOf(std::string_view der) const {
  const auto* data = reinterpret_cast<const uint8_t*>(der.data());
  X509* certificate = d2i_X509(nullptr, &data, static_cast<long>(der.size()));
  X509_STORE_CTX* search = X509_STORE_CTX_new();
  X509_STORE* trusted = SSL_CTX_get_cert_store(context_->ssl_context());
  X509* issuer = nullptr;
  std::string found;
  if (certificate != nullptr && search != nullptr &&
      X509_STORE_CTX_init(search, trusted, nullptr, nullptr) == 1 &&
      X509_STORE_CTX_get1_issuer(&issuer, search, certificate) == 1) {
    found = DerOf(issuer);
  }
  X509_free(issuer);
  X509_STORE_CTX_free(search);
  X509_free(certificate);
  ERR_clear_error();
  return found;
}

std::string TlsChannel::Finished(bool of_peer) const {
  std::string message(EVP_MAX_MD_SIZE, '\0');
  const auto get = of_peer ? SSL_get_peer_finished : SSL_get_finished;
  message.resize(std::min(message.size(),
                          get(ssl_, message.data(), message.size())));
  return message;
}

bool TlsChannel::ExportKeys(std::string_view label,
                            const std::string_view* context, uint8_t* out,
                            size_t size) const noexcept {
  ERR_clear_error();
  const int status = SSL_export_keying_material(
      ssl_, out, size, label.data(), label.size(),
      context == nullptr
          ? nullptr
          : reinterpret_cast<const uint8_t*>(context->data()),
      context == nullptr ? 0 : context->size(), context == nullptr ? 0 : 1);
  ERR_clear_error();
  return established_ && status == 1;
}

}  // namespace gudeg::transport
