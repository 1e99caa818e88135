#include "event_ring.h"

#include <algorithm>
#include <cstring>

namespace gudeg::connection {

int32_t* EventRing::Add() noexcept {
  if (overflow_.empty() && count_ < capacity_) {
    return ints_ + count_++ * kEventInts;
  }
  overflow_.resize(overflow_.size() + kEventInts);
  return overflow_.data() + overflow_.size() - kEventInts;
}

void EventRing::Drop(size_t count) noexcept {
  count_ -= count;
  memmove(ints_, ints_ + count * kEventInts,
          count_ * kEventInts * sizeof(int32_t));
  const size_t moved =
      std::min(capacity_ - count_, overflow_.size() / kEventInts);
  if (moved == 0) return;
  memcpy(ints_ + count_ * kEventInts, overflow_.data(),
         moved * kEventInts * sizeof(int32_t));
  count_ += moved;
  overflow_.erase(
      overflow_.begin(),
      overflow_.begin() + static_cast<std::ptrdiff_t>(moved * kEventInts));
}

}  // namespace gudeg::connection
