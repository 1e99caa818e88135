// Event records in shared memory, kEventInts integers each. JavaScript gets
// them from the front; what doesn't fit waits on the heap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "records.h"

namespace gudeg::connection {

class EventRing {
 public:
  EventRing(int32_t* ints, size_t size) noexcept
      : ints_(ints), capacity_(size / kEventInts) {}

  // A record to fill.
  int32_t* Add() noexcept;
  // Records that JavaScript can see.
  size_t count() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  const int32_t* At(size_t index) const noexcept {
    return ints_ + index * kEventInts;
  }
  // Forgets the first records; the others move to the front.
  void Drop(size_t count) noexcept;

 private:
  int32_t* ints_;
  size_t capacity_;
  size_t count_ = 0;
  std::vector<int32_t> overflow_;
};

}  // namespace gudeg::connection
