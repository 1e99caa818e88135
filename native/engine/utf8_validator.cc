#include "utf8_validator.h"

#include <cstring>

#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace gudeg::engine {

namespace {

#if defined(__SSE2__) || defined(_M_X64)
constexpr size_t kStep = 16;
bool StepIsAscii(const uint8_t* at) noexcept {
  const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  return _mm_movemask_epi8(block) == 0;
}
#elif defined(__ARM_NEON) && defined(__aarch64__)
constexpr size_t kStep = 16;
bool StepIsAscii(const uint8_t* at) noexcept {
  return vmaxvq_u8(vld1q_u8(at)) < 0x80;
}
#else
constexpr size_t kStep = 8;
bool StepIsAscii(const uint8_t* at) noexcept {
  uint64_t word;
  memcpy(&word, at, 8);
  return (word & 0x8080808080808080U) == 0;
}
#endif

const uint8_t* SkipAscii(const uint8_t* at, const uint8_t* end) noexcept {
  while (static_cast<size_t>(end - at) >= kStep && StepIsAscii(at)) at += kStep;
  while (at != end && *at < 0x80) at++;
  return at;
}

}  // namespace

// Null at a byte that is wrong.
const uint8_t* Utf8Validator::FinishCharacter(const uint8_t* at,
                                              const uint8_t* end) noexcept {
  for (; missing_ != 0 && at != end; at++) {
    if (*at < least_ || *at > most_) return nullptr;
    least_ = 0x80;
    most_ = 0xbf;
    missing_--;
  }
  return at;
}

bool Utf8Validator::Feed(const uint8_t* data, size_t size) noexcept {
  const uint8_t* const end = data + size;
  const uint8_t* at = data;
  if (least_ > most_) return false;
  for (;;) {
    at = FinishCharacter(at, end);
    if (at == nullptr) {
      // No byte fits any more.
      least_ = 0xff;
      most_ = 0;
      return false;
    }
    at = SkipAscii(at, end);
    if (at == end) return true;
    const uint8_t lead = *at++;
    ascii_ = false;
    if (lead >= 0xc2 && lead <= 0xdf) {
      missing_ = 1;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      missing_ = 2;
      if (lead == 0xe0) least_ = 0xa0;
      if (lead == 0xed) most_ = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      missing_ = 3;
      if (lead == 0xf0) least_ = 0x90;
      if (lead == 0xf4) most_ = 0x8f;
    } else {
      missing_ = 1;
      least_ = 0xff;
      most_ = 0;
      return false;
    }
  }
}

}  // namespace gudeg::engine
