// Bytes of one connection that had to outlive the loop turn they were read in.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gudeg::connection {

class InputBuffer {
 public:
  InputBuffer() = default;
  InputBuffer(const InputBuffer&) = delete;
  InputBuffer& operator=(const InputBuffer&) = delete;
  ~InputBuffer();

  const uint8_t* data() const noexcept { return memory_ + start_; }
  uint8_t* data() noexcept { return memory_ + start_; }
  size_t size() const noexcept { return end_ - start_; }
  // Room for at least `size` more bytes; null when memory is out.
  uint8_t* Reserve(size_t size) noexcept;
  size_t room() const noexcept { return capacity_ - end_; }
  void Commit(size_t size) noexcept { end_ += static_cast<uint32_t>(size); }
  bool Append(const uint8_t* data, size_t size) noexcept;
  void Drop(size_t size) noexcept;
  // Gives the memory back.
  void Release() noexcept;

 private:
  uint8_t* memory_ = nullptr;
  uint32_t start_ = 0;
  uint32_t end_ = 0;
  uint32_t capacity_ = 0;
};

}  // namespace gudeg::connection
