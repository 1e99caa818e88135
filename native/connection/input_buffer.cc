#include "input_buffer.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace gudeg::connection {

InputBuffer::~InputBuffer() { free(memory_); }

uint8_t* InputBuffer::Reserve(size_t size) noexcept {
  if (room() >= size) return memory_ + end_;
  const size_t pending = this->size();
  if (capacity_ >= pending + size && start_ != 0) {
    memmove(memory_, memory_ + start_, pending);
  } else {
    const size_t wanted =
        std::max<size_t>({pending + size, capacity_ * size_t{2}, 512});
    if (wanted > UINT32_MAX) return nullptr;
    auto* grown = static_cast<uint8_t*>(malloc(wanted));
    if (grown == nullptr) return nullptr;
    if (pending != 0) memcpy(grown, memory_ + start_, pending);
    free(memory_);
    memory_ = grown;
    capacity_ = static_cast<uint32_t>(wanted);
  }
  start_ = 0;
  end_ = static_cast<uint32_t>(pending);
  return memory_ + end_;
}

bool InputBuffer::Append(const uint8_t* data, size_t size) noexcept {
  if (size == 0) return true;
  uint8_t* room = Reserve(size);
  if (room == nullptr) return false;
  memcpy(room, data, size);
  Commit(size);
  return true;
}

void InputBuffer::Drop(size_t size) noexcept {
  start_ += static_cast<uint32_t>(size);
  if (start_ == end_) start_ = end_ = 0;
}

void InputBuffer::Release() noexcept {
  free(memory_);
  memory_ = nullptr;
  start_ = end_ = capacity_ = 0;
}

}  // namespace gudeg::connection
