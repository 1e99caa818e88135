#include "numbers.h"

#include <cstring>

#include "char_class.h"

namespace gudeg::engine {

namespace {

constexpr size_t kMaxLengthDigits = 16;

// The digits at the start of [data, data + size); false when there are none,
// too many, or a needless leading zero.
bool TakeLength(const uint8_t* data, size_t size, size_t* taken,
                uint64_t* out) noexcept {
  size_t i = 0;
  uint64_t value = 0;
  while (i < size && IsDigit(data[i])) {
    if (i == kMaxLengthDigits) return false;
    value = value * 10 + static_cast<uint64_t>(data[i] - '0');
    ++i;
  }
  if (i == 0 || (i > 1 && data[0] == '0')) return false;
  *taken = i;
  *out = value;
  return true;
}

// Reads `prefix`, then numbers that `separators` divide, to the exact end.
template <size_t kCount>
bool TakeNumbers(const uint8_t* data, size_t size, const char* prefix,
                 const char (&separators)[kCount],
                 uint64_t (&out)[kCount]) noexcept {
  const size_t prefix_size = std::strlen(prefix);
  if (size < prefix_size || std::memcmp(data, prefix, prefix_size) != 0) {
    return false;
  }
  size_t at = prefix_size;
  for (size_t i = 0; i < kCount; ++i) {
    size_t taken = 0;
    if (!TakeLength(data + at, size - at, &taken, &out[i])) return false;
    at += taken;
    if (i + 1 == kCount) break;
    if (at == size || data[at] != static_cast<uint8_t>(separators[i])) {
      return false;
    }
    ++at;
  }
  return at == size;
}

constexpr int HexDigit(uint8_t byte) noexcept {
  if (IsDigit(byte)) return byte - '0';
  const uint8_t lower = static_cast<uint8_t>(byte | 0x20);
  if (lower >= 'a' && lower <= 'f') return lower - 'a' + 10;
  return -1;
}

}  // namespace

bool ParseLength(const uint8_t* data, size_t size, uint64_t max,
                 uint64_t* out) noexcept {
  size_t taken = 0;
  uint64_t value = 0;
  if (!TakeLength(data, size, &taken, &value)) return false;
  if (taken != size || value > max) return false;
  *out = value;
  return true;
}

bool ParseRange(const uint8_t* data, size_t size, ByteRange* out) noexcept {
  uint64_t numbers[2];
  if (!TakeNumbers(data, size, "bytes=", {'-', 0}, numbers)) return false;
  if (numbers[0] > numbers[1] || numbers[1] >= kDeguMaxLength) return false;
  *out = {numbers[0], numbers[1] + 1};
  return true;
}

bool ParseContentRange(const uint8_t* data, size_t size,
                       ContentRangeValue* out) noexcept {
  uint64_t numbers[3];
  if (!TakeNumbers(data, size, "bytes ", {'-', '/', 0}, numbers)) return false;
  if (numbers[0] > numbers[1] || numbers[1] >= numbers[2]) return false;
  *out = {numbers[0], numbers[1] + 1, numbers[2]};
  return true;
}

bool ParseChunkSize(const uint8_t* data, size_t size, bool strict,
                    uint64_t* out) noexcept {
  if (size == 0 || size > (strict ? 7U : 16U)) return false;
  if (strict && size > 1 && data[0] == '0') return false;
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) {
    const int digit = HexDigit(data[i]);
    if (digit < 0) return false;
    value = value << 4 | static_cast<uint64_t>(digit);
  }
  *out = value;
  return true;
}

size_t WriteDecimal(uint8_t* out, uint64_t value) noexcept {
  uint8_t reversed[20];
  size_t count = 0;
  do {
    reversed[count++] = static_cast<uint8_t>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  for (size_t i = 0; i < count; ++i) out[i] = reversed[count - 1 - i];
  return count;
}

}  // namespace gudeg::engine
