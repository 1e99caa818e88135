#include "output_buffer.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace gudeg::connection {

BlockPool::~BlockPool() {
  while (free_ != nullptr) {
    Free* block = free_;
    free_ = block->next;
    free(block);
  }
}

uint8_t* BlockPool::Take() noexcept {
  if (free_ == nullptr) return static_cast<uint8_t*>(malloc(kBlockBytes));
  Free* block = free_;
  free_ = block->next;
  count_--;
  return reinterpret_cast<uint8_t*>(block);
}

void BlockPool::Give(uint8_t* block) noexcept {
  if (count_ >= kKept) {
    free(block);
    return;
  }
  auto* free_block = reinterpret_cast<Free*>(block);
  free_block->next = free_;
  free_ = free_block;
  count_++;
}

uint8_t* OutputBuffer::Reserve(size_t size, BlockPool* pool) noexcept {
  const size_t pending = this->size();
  if (memory_ == nullptr && size <= BlockPool::kBlockBytes) {
    memory_ = pool->Take();
    capacity_ = memory_ == nullptr ? 0 : BlockPool::kBlockBytes;
  }
  if (capacity_ - end_ >= size) return memory_ + end_;
  if (capacity_ >= pending + size) {
    memmove(memory_, memory_ + start_, pending);
    start_ = 0;
    end_ = static_cast<uint32_t>(pending);
    return memory_ + end_;
  }
  const size_t wanted = std::max<size_t>(pending + size, capacity_ * size_t{2});
  if (wanted > UINT32_MAX) return nullptr;
  auto* grown = static_cast<uint8_t*>(malloc(wanted));
  if (grown == nullptr) return nullptr;
  if (pending != 0) memcpy(grown, memory_ + start_, pending);
  Release(pool);
  memory_ = grown;
  end_ = static_cast<uint32_t>(pending);
  capacity_ = static_cast<uint32_t>(wanted);
  return memory_ + end_;
}

bool OutputBuffer::Append(const uint8_t* data, size_t size,
                          BlockPool* pool) noexcept {
  uint8_t* room = Reserve(size, pool);
  if (room == nullptr) return false;
  if (size != 0) memcpy(room, data, size);
  Commit(size);
  return true;
}

void OutputBuffer::Release(BlockPool* pool) noexcept {
  if (memory_ != nullptr) {
    if (capacity_ == BlockPool::kBlockBytes) {
      pool->Give(memory_);
    } else {
      free(memory_);
    }
  }
  memory_ = nullptr;
  start_ = end_ = capacity_ = 0;
}

}  // namespace gudeg::connection
