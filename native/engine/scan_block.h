// Sixteen bytes at once, with what every machine of a kind has: SSE2 on
// x86-64, NEON on arm64. Without either GUDEG_SCAN_BLOCKS is not defined.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__) || defined(_M_X64)
#define GUDEG_SCAN_BLOCKS "sse2"
#include <emmintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#define GUDEG_SCAN_BLOCKS "neon"
#include <arm_neon.h>
#endif

#ifdef GUDEG_SCAN_BLOCKS

namespace gudeg::engine {

inline constexpr size_t kBlockBytes = 16;

// Which bytes of a block are meant; the first comes in the lowest bits.
struct BlockMask {
#if defined(__SSE2__) || defined(_M_X64)
  using Bits = uint32_t;
  static constexpr size_t kBitsPerByte = 1;
#else
  using Bits = uint64_t;
  static constexpr size_t kBitsPerByte = 4;
#endif
  Bits bits;

  bool any() const noexcept { return bits != 0; }
  // Index of the first byte; only when any().
  size_t first() const noexcept {
    return static_cast<size_t>(std::countr_zero(bits)) / kBitsPerByte;
  }
};

#if defined(__SSE2__) || defined(_M_X64)

struct Block {
  __m128i bytes;

  static Block Load(const uint8_t* from) noexcept {
    return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))};
  }
  void Store(uint8_t* to) const noexcept {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
  }

  BlockMask Equal(char c) const noexcept { return Mask(Is(c)); }
  // Control characters but HTAB.
  BlockMask FieldValueStops() const noexcept {
    const __m128i control = AtMost(0x1f);
    return Mask(_mm_or_si128(_mm_andnot_si128(Is('\t'), control), Is(0x7f)));
  }
  // What FindTargetEnd() looks for.
  BlockMask TargetStops() const noexcept {
    const __m128i low = AtMost(0x20);
    const __m128i high =
        _mm_cmpeq_epi8(_mm_max_epu8(bytes, _mm_set1_epi8(0x7f)), bytes);
    return Mask(
        _mm_or_si128(_mm_or_si128(low, high), _mm_or_si128(Is('#'), Is('\\'))));
  }

 private:
  __m128i Is(char c) const noexcept {
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
  }
  __m128i AtMost(char c) const noexcept {
    return _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(c)), bytes);
  }
  static BlockMask Mask(__m128i set) noexcept {
    return {static_cast<uint32_t>(_mm_movemask_epi8(set))};
  }
};

#else

struct Block {
  uint8x16_t bytes;

  static Block Load(const uint8_t* from) noexcept { return {vld1q_u8(from)}; }
  void Store(uint8_t* to) const noexcept { vst1q_u8(to, bytes); }

  BlockMask Equal(char c) const noexcept {
    return Mask(Is(static_cast<uint8_t>(c)));
  }
  // Control characters but HTAB.
  BlockMask FieldValueStops() const noexcept {
    const uint8x16_t control = vcleq_u8(bytes, vdupq_n_u8(0x1f));
    return Mask(vorrq_u8(vbicq_u8(control, Is('\t')), Is(0x7f)));
  }
  // What FindTargetEnd() looks for.
  BlockMask TargetStops() const noexcept {
    const uint8x16_t low = vcleq_u8(bytes, vdupq_n_u8(0x20));
    const uint8x16_t high = vcgeq_u8(bytes, vdupq_n_u8(0x7f));
    return Mask(vorrq_u8(vorrq_u8(low, high), vorrq_u8(Is('#'), Is('\\'))));
  }

 private:
  uint8x16_t Is(uint8_t c) const noexcept {
    return vceqq_u8(bytes, vdupq_n_u8(c));
  }
  static BlockMask Mask(uint8x16_t set) noexcept {
    const uint8x8_t narrow = vshrn_n_u16(vreinterpretq_u16_u8(set), 4);
    return {vget_lane_u64(vreinterpret_u64_u8(narrow), 0)};
  }
};

#endif

}  // namespace gudeg::engine

#endif  // GUDEG_SCAN_BLOCKS
