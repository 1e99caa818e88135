#include "message_deflater.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace gudeg::connection {

namespace {
// What a flush ends with; the receiver puts it back.
constexpr size_t kTailBytes = 4;
// zlib counts in unsigned int.
constexpr size_t kMostAtOnce = 1U << 30;
}  // namespace

std::unique_ptr<MessageDeflater> MessageDeflater::Open(
    int window_bits, int level, int memory_level) noexcept {
  const ZlibFunctions* zlib = FindZlib();
  if (zlib == nullptr) return nullptr;
  std::unique_ptr<MessageDeflater> deflater(new (std::nothrow)
                                                MessageDeflater(zlib));
  if (!deflater ||
      zlib->deflate_init2(&deflater->stream_, level, Z_DEFLATED, -window_bits,
                          memory_level, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                          static_cast<int>(sizeof(z_stream))) != Z_OK) {
    return nullptr;
  }
  deflater->open_ = true;
  return deflater;
}

MessageDeflater::~MessageDeflater() {
  if (open_) zlib_->deflate_end(&stream_);
}

bool MessageDeflater::Deflate(const uint8_t* data, size_t size,
                              bool keep_context,
                              std::vector<uint8_t>* out) noexcept {
  size_t used = 0;
  size_t fed = 0;
  // Enough for what doesn't compress at all, so one round does.
  size_t room = size + size / 1024 + 64;
  do {
    const size_t piece = std::min(size - fed, kMostAtOnce);
    stream_.next_in = const_cast<Bytef*>(data + fed);
    stream_.avail_in = static_cast<uInt>(piece);
    fed += piece;
    const int flush = fed == size ? Z_SYNC_FLUSH : Z_NO_FLUSH;
    do {
      if (out->size() < used + room) out->resize(used + room);
      const size_t offered = std::min(out->size() - used, kMostAtOnce);
      stream_.next_out = out->data() + used;
      stream_.avail_out = static_cast<uInt>(offered);
      const int status = zlib_->deflate(&stream_, flush);
      if (status != Z_OK && status != Z_BUF_ERROR) return false;
      used += offered - stream_.avail_out;
      room = 4096;
      // A full buffer may hide that there is more.
    } while (stream_.avail_out == 0);
  } while (fed < size);
  out->resize(used - std::min(used, kTailBytes));
  // An empty message still has a byte (RFC 7692 section 7.2.3.6).
  if (out->empty()) out->push_back(0);
  if (!keep_context) zlib_->deflate_reset(&stream_);
  return true;
}

}  // namespace gudeg::connection
