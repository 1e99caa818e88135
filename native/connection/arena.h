// A region of shared memory that sockets are read into. It fills from the
// front and is emptied as a whole, when nobody needs its bytes any more.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gudeg::connection {

// The head of an arena is not for reading sockets but for results of single
// calls.
inline constexpr size_t kScratchBytes = 160 * 1024;
// The most that one read takes from a socket.
inline constexpr size_t kReadBytes = 64 * 1024;

class Arena {
 public:
  Arena(uint8_t* memory, size_t size) noexcept : memory_(memory), size_(size) {}

  uint8_t* data() const noexcept { return memory_; }

  // Aligned room for one read and `extra` bytes behind it; null until the
  // arena is emptied.
  uint8_t* Reserve(size_t extra) noexcept {
    const size_t start = Aligned(used_);
    if (start + kReadBytes + extra + kAlignment > size_) return nullptr;
    used_ = start;
    return memory_ + start;
  }
  void Commit(size_t bytes) noexcept { used_ += bytes; }

  // Aligned room behind what is used.
  uint8_t* Tail() noexcept {
    used_ = Aligned(used_);
    return memory_ + used_;
  }
  size_t TailRoom() noexcept {
    return static_cast<size_t>(memory_ + size_ - Tail());
  }

  uint32_t OffsetOf(const void* pointer) const noexcept {
    return static_cast<uint32_t>(static_cast<const uint8_t*>(pointer) -
                                 memory_);
  }

  void Empty() noexcept { used_ = kScratchBytes; }

 private:
  static constexpr size_t kAlignment = 16;
  static size_t Aligned(size_t offset) noexcept {
    return (offset + kAlignment - 1) & ~(kAlignment - 1);
  }

  uint8_t* memory_;
  size_t size_;
  size_t used_ = kScratchBytes;
};

}  // namespace gudeg::connection
