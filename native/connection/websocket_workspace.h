// What all WebSockets of one environment share: they use it one after the
// other, and none of them keeps anything in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "../engine/websocket_mask.h"
#include "message_deflater.h"
#include "message_inflater.h"

namespace gudeg::connection {

// How hard to compress.
struct DeflateEffort {
  int8_t level = 6;         // 0..9
  int8_t memory_level = 8;  // 1..9
};

class WebSocketWorkspace {
 public:
  // Compressors without a context of their own, one for each effort and window;
  // null when memory is out.
  MessageDeflater* Deflater(int window_bits, DeflateEffort effort) noexcept;
  MessageInflater* Inflater() noexcept;
  // After a broken stream the inflater starts anew.
  void DropInflater() noexcept { inflater_.reset(); }

  // The message that was deflated or inflated last.
  std::vector<uint8_t>* scratch() noexcept { return &scratch_; }
  // Gives memory back that a large message took.
  void TrimScratch() noexcept;

  // A masking key that no one can guess (RFC 6455 section 5.3).
  engine::WebSocketMask NextMask() noexcept;

 private:
  static constexpr size_t kScratchKept = 256 * 1024;
  struct SharedDeflater {
    int window_bits;
    DeflateEffort effort;
    std::unique_ptr<MessageDeflater> deflater;
  };
  std::vector<SharedDeflater> deflaters_;
  std::unique_ptr<MessageInflater> inflater_;
  std::vector<uint8_t> scratch_;
  uint32_t random_[64];
  size_t random_left_ = 0;
};

}  // namespace gudeg::connection
