// Inflates messages of permessage-deflate (RFC 7692 section 7.2.2), never to
// more than a limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "zlib_functions.h"

namespace gudeg::connection {

class MessageInflater {
 public:
  enum class Status : uint8_t { kDone, kBadStream, kTooLarge };

  // Null when memory is out. `window_bits` 8..15.
  static std::unique_ptr<MessageInflater> Open(int window_bits) noexcept;
  ~MessageInflater();
  MessageInflater(const MessageInflater&) = delete;
  MessageInflater& operator=(const MessageInflater&) = delete;

  // Inflates a whole message into `out`, whose size becomes the message's.
  // With `keep_context` the next message may refer to this one.
  Status Inflate(const uint8_t* data, size_t size, bool keep_context,
                 size_t max_bytes, std::vector<uint8_t>* out) noexcept;

 private:
  explicit MessageInflater(const ZlibFunctions* zlib) noexcept : zlib_(zlib) {}
  Status Run(const uint8_t* data, size_t size, size_t max_bytes, size_t* used,
             std::vector<uint8_t>* out) noexcept;

  const ZlibFunctions* zlib_;
  z_stream stream_{};
  bool open_ = false;
};

}  // namespace gudeg::connection
