#include "message_inflater.h"

#include <algorithm>
#include <new>

namespace gudeg::connection {

namespace {
// zlib counts in unsigned int.
constexpr size_t kMostAtOnce = 1U << 30;
}  // namespace

std::unique_ptr<MessageInflater> MessageInflater::Open(
    int window_bits) noexcept {
  const ZlibFunctions* zlib = FindZlib();
  if (zlib == nullptr) return nullptr;
  std::unique_ptr<MessageInflater> inflater(new (std::nothrow)
                                                MessageInflater(zlib));
  if (!inflater ||
      zlib->inflate_init2(&inflater->stream_, -window_bits, ZLIB_VERSION,
                          static_cast<int>(sizeof(z_stream))) != Z_OK) {
    return nullptr;
  }
  inflater->open_ = true;
  return inflater;
}

MessageInflater::~MessageInflater() {
  if (open_) zlib_->inflate_end(&stream_);
}

MessageInflater::Status MessageInflater::Inflate(
    const uint8_t* data, size_t size, bool keep_context, size_t max_bytes,
    std::vector<uint8_t>* out) noexcept {
  static constexpr uint8_t kTail[] = {0x00, 0x00, 0xff, 0xff};
  size_t used = 0;
  Status status;
  do {
    const size_t piece = std::min(size, kMostAtOnce);
    status = Run(data, piece, max_bytes, &used, out);
    data += piece;
    size -= piece;
  } while (status == Status::kDone && size != 0);
  if (status == Status::kDone) {
    status = Run(kTail, sizeof kTail, max_bytes, &used, out);
  }
  if (status != Status::kDone) return status;
  out->resize(used);
  if (!keep_context) zlib_->inflate_reset(&stream_);
  return Status::kDone;
}

MessageInflater::Status MessageInflater::Run(
    const uint8_t* data, size_t size, size_t max_bytes, size_t* used,
    std::vector<uint8_t>* out) noexcept {
  stream_.next_in = const_cast<Bytef*>(data);
  stream_.avail_in = static_cast<uInt>(size);
  for (;;) {
    // One byte above the limit shows that there is more.
    const size_t most = max_bytes + 1 - *used;
    if (out->size() == *used) {
      out->resize(*used + std::min(most, std::max<size_t>(*used, 4096)));
    }
    const size_t offered =
        std::min({out->size() - *used, most, kMostAtOnce});
    stream_.next_out = out->data() + *used;
    stream_.avail_out = static_cast<uInt>(offered);
    const int status = zlib_->inflate(&stream_, Z_SYNC_FLUSH);
    *used += offered - stream_.avail_out;
    if (*used > max_bytes) return Status::kTooLarge;
    if (status == Z_STREAM_END) {
      // A block marked as the last; others may follow, and may refer to what
      // came before (RFC 7692 section 7.2.3.4).
      zlib_->inflate_reset_keep(&stream_);
      if (stream_.avail_in == 0) return Status::kDone;
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      return Status::kBadStream;
    } else if (stream_.avail_out != 0) {
      return stream_.avail_in == 0 ? Status::kDone : Status::kBadStream;
    }
  }
}

}  // namespace gudeg::connection
