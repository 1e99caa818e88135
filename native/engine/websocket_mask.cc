#include "websocket_mask.h"

#include <cstring>

#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace gudeg::engine {

namespace {

// How far the vectors came: a multiple of their size, so that the key of the
// rest starts at its first byte again.
#if defined(__SSE2__) || defined(_M_X64)

size_t MaskBlocks(const uint8_t* in, uint8_t* out, size_t size,
                  WebSocketMask mask) noexcept {
  const __m128i key = _mm_set1_epi32(static_cast<int>(mask));
  size_t at = 0;
  for (; at + 64 <= size; at += 64) {
    __m128i block[4];
    for (size_t i = 0; i < 4; i++) {
      block[i] =
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + at + i * 16));
    }
    for (size_t i = 0; i < 4; i++) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out + at + i * 16),
                       _mm_xor_si128(block[i], key));
    }
  }
  for (; at + 16 <= size; at += 16) {
    const __m128i block =
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + at));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + at),
                     _mm_xor_si128(block, key));
  }
  return at;
}

#elif defined(__ARM_NEON) && defined(__aarch64__)

size_t MaskBlocks(const uint8_t* in, uint8_t* out, size_t size,
                  WebSocketMask mask) noexcept {
  const uint8x16_t key = vreinterpretq_u8_u32(vdupq_n_u32(mask));
  size_t at = 0;
  for (; at + 64 <= size; at += 64) {
    uint8x16_t block[4];
    for (size_t i = 0; i < 4; i++) block[i] = vld1q_u8(in + at + i * 16);
    for (size_t i = 0; i < 4; i++) {
      vst1q_u8(out + at + i * 16, veorq_u8(block[i], key));
    }
  }
  for (; at + 16 <= size; at += 16) {
    vst1q_u8(out + at, veorq_u8(vld1q_u8(in + at), key));
  }
  return at;
}

#else

size_t MaskBlocks(const uint8_t*, uint8_t*, size_t, WebSocketMask) noexcept {
  return 0;
}

#endif

}  // namespace

void ApplyMaskPortable(const uint8_t* in, uint8_t* out, size_t size,
                       WebSocketMask mask) noexcept {
  const uint64_t wide = uint64_t{mask} << 32 | mask;
  size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    uint64_t word;
    memcpy(&word, in + at, 8);
    word ^= wide;
    memcpy(out + at, &word, 8);
  }
  uint8_t key[8];
  memcpy(key, &wide, 8);
  for (size_t i = 0; at < size; at++, i++) {
    out[at] = static_cast<uint8_t>(in[at] ^ key[i]);
  }
}

void ApplyMask(const uint8_t* in, uint8_t* out, size_t size,
               WebSocketMask mask) noexcept {
  const size_t done = MaskBlocks(in, out, size, mask);
  ApplyMaskPortable(in + done, out + done, size - done, mask);
}

}  // namespace gudeg::engine
