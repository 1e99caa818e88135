#include "websocket_workspace.h"

#include <uv.h>

#include <cstdlib>
#include <new>

namespace gudeg::connection {

std::unique_ptr<WebSocketReceiver> WebSocketWorkspace::TakeReceiver(
    engine::WebSocketRole role, const engine::WebSocketLimits& limits,
    const DeflateParameters& deflate) noexcept {
  if (!spare_receiver_) {
    return std::unique_ptr<WebSocketReceiver>(
        new (std::nothrow) WebSocketReceiver(role, limits, deflate));
  }
  WebSocketReceiver* place = spare_receiver_.release();
  place->~WebSocketReceiver();
  return std::unique_ptr<WebSocketReceiver>(
      new (place) WebSocketReceiver(role, limits, deflate));
}

MessageDeflater* WebSocketWorkspace::Deflater(int window_bits,
                                              DeflateEffort effort) noexcept {
  for (const SharedDeflater& shared : deflaters_) {
    if (shared.window_bits == window_bits &&
        shared.effort.level == effort.level &&
        shared.effort.memory_level == effort.memory_level) {
      return shared.deflater.get();
    }
  }
  auto deflater =
      MessageDeflater::Open(window_bits, effort.level, effort.memory_level);
  if (!deflater) return nullptr;
  deflaters_.push_back({window_bits, effort, std::move(deflater)});
  return deflaters_.back().deflater.get();
}

MessageInflater* WebSocketWorkspace::Inflater() noexcept {
  // The largest window reads what any smaller one wrote.
  if (!inflater_) inflater_ = MessageInflater::Open(15);
  return inflater_.get();
}

void WebSocketWorkspace::TrimScratch() noexcept {
  if (scratch_.capacity() <= kScratchKept) return;
  std::vector<uint8_t>().swap(scratch_);
}

engine::WebSocketMask WebSocketWorkspace::NextMask() noexcept {
  if (random_left_ == 0) {
    // Without randomness frames of a client could be forged by what it sends.
    if (uv_random(nullptr, nullptr, random_, sizeof random_, 0, nullptr) != 0) {
      abort();
    }
    random_left_ = sizeof random_ / sizeof random_[0];
  }
  return random_[--random_left_];
}

}  // namespace gudeg::connection
