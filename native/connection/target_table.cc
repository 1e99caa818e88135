#include "target_table.h"

#include <cstring>

namespace gudeg::connection {

namespace {
uint32_t Hash(const uint8_t* data, size_t size) noexcept {
  uint64_t hash = size * 0x9e3779b97f4a7c15u;
  while (size >= 8) {
    uint64_t word;
    memcpy(&word, data, 8);
    hash = (hash ^ word) * 0xff51afd7ed558ccdu;
    hash ^= hash >> 32;
    data += 8;
    size -= 8;
  }
  uint64_t word = 0;
  memcpy(&word, data, size);
  hash = (hash ^ word) * 0xc4ceb9fe1a85ec53u;
  return static_cast<uint32_t>(hash >> 32);
}
}  // namespace

int32_t TargetTable::Find(const uint8_t* target, size_t size) noexcept {
  if (size > kMaxBytes || size == 0) return -1;
  const uint32_t hash = Hash(target, size);
  const uint32_t index = hash % kEntries;
  Entry& entry = entries_[index];
  if (entry.size == size && memcmp(entry.bytes, target, size) == 0) {
    return static_cast<int32_t>(index);
  }
  if (entry.last_hash != hash) {
    entry.last_hash = hash;
    return -1;
  }
  entry.size = static_cast<uint8_t>(size);
  memcpy(entry.bytes, target, size);
  return static_cast<int32_t>(index) | kTargetRefresh;
}

}  // namespace gudeg::connection
