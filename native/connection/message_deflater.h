// Compresses messages for permessage-deflate (RFC 7692 section 7.2.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "zlib_functions.h"

namespace gudeg::connection {

// How hard to compress.
struct DeflateEffort {
  int8_t level = 6;         // 0..9
  int8_t memory_level = 8;  // 1..9
};

class MessageDeflater {
 public:
  // Null when memory is out. `window_bits` 9..15, `memory_level` 1..9.
  static std::unique_ptr<MessageDeflater> Open(int window_bits, int level,
                                               int memory_level) noexcept;
  ~MessageDeflater();
  MessageDeflater(const MessageDeflater&) = delete;
  MessageDeflater& operator=(const MessageDeflater&) = delete;

  // Puts the payload of the compressed message into `out`. With `keep_context`
  // the next message may refer to this one. False when memory is out.
  bool Deflate(const uint8_t* data, size_t size, bool keep_context,
               std::vector<uint8_t>* out) noexcept;

 private:
  explicit MessageDeflater(const ZlibFunctions* zlib) noexcept : zlib_(zlib) {}

  const ZlibFunctions* zlib_;
  z_stream stream_{};
  bool open_ = false;
};

}  // namespace gudeg::connection
