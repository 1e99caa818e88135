// Compile-time perfect hash tables over short names. The factors were searched
// for once; a collision after a change of the list fails the build.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace gudeg::engine {

struct HashFactors {
  size_t length;
  size_t first;
  size_t last;
  size_t inner;
  size_t inner_at;  // the byte at size * inner_at / 4 counts too
};

// Size is a power of two. Upper and lower case letters hash alike.
template <size_t kSize>
struct PerfectHash {
  HashFactors factors;
  template <typename Byte>
  constexpr size_t operator()(const Byte* name, size_t size) const noexcept {
    const auto fold = [](Byte byte) {
      return static_cast<size_t>(static_cast<uint8_t>(byte) | 0x20);
    };
    return (size * factors.length + fold(name[0]) * factors.first +
            fold(name[size - 1]) * factors.last +
            fold(name[size * factors.inner_at / 4]) * factors.inner) &
           (kSize - 1);
  }
};

constexpr size_t ConstexprLength(const char* text) noexcept {
  size_t size = 0;
  while (text[size] != 0) ++size;
  return size;
}

struct NameSlot {
  const char* name = nullptr;
  uint16_t number = 0;
  uint16_t size = 0;
};

// Slots by hash; every name but number 0. `collision` must be false.
template <size_t kSize>
struct NameTable {
  std::array<NameSlot, kSize> slots{};
  bool collision = false;

  template <size_t kCount>
  constexpr NameTable(const char* const (&names)[kCount],
                      const PerfectHash<kSize>& hash) {
    for (size_t i = 1; i < kCount; ++i) {
      const size_t size = ConstexprLength(names[i]);
      NameSlot& slot = slots[hash(names[i], size)];
      if (slot.name != nullptr) collision = true;
      slot = {names[i], static_cast<uint16_t>(i), static_cast<uint16_t>(size)};
    }
  }
};

}  // namespace gudeg::engine
