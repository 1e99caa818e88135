// Bytes on their way out of one connection. Memory comes from a pool and goes
// back as soon as everything is sent, so an idle connection holds none.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gudeg::connection {

// Blocks of one size, kept for reuse; the last one returned is the first one
// given, because it is still in the cache.
class BlockPool {
 public:
  static constexpr uint32_t kBlockBytes = 8192;
  ~BlockPool();
  uint8_t* Take() noexcept;
  void Give(uint8_t* block) noexcept;

 private:
  static constexpr uint32_t kKept = 256;
  struct Free {
    Free* next;
  };
  Free* free_ = nullptr;
  uint32_t count_ = 0;
};

class OutputBuffer {
 public:
  // Room for `size` more bytes; null when memory is out.
  uint8_t* Reserve(size_t size, BlockPool* pool) noexcept;
  void Commit(size_t size) noexcept { end_ += static_cast<uint32_t>(size); }
  bool Append(const uint8_t* data, size_t size, BlockPool* pool) noexcept;
  const uint8_t* data() const noexcept { return memory_ + start_; }
  size_t size() const noexcept { return end_ - start_; }
  bool empty() const noexcept { return start_ == end_; }
  // Forgets the last bytes, back to a size() of earlier.
  void Truncate(size_t size) noexcept {
    end_ = start_ + static_cast<uint32_t>(size);
  }
  void Drop(size_t size) noexcept { start_ += static_cast<uint32_t>(size); }
  void Release(BlockPool* pool) noexcept;

 private:
  uint8_t* memory_ = nullptr;
  uint32_t start_ = 0;
  uint32_t end_ = 0;
  uint32_t capacity_ = 0;
};

}  // namespace gudeg::connection
