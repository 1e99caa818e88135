#include "scan_path.h"

#include <bit>

#include "char_class.h"
#include "scan_block.h"

// AVX2 code is compiled function by function, so that the rest of the engine
// stays at the baseline.
#if defined(__x86_64__) && defined(__SSE2__) && defined(__GNUC__)
#define GUDEG_SCAN_AVX2 __attribute__((target("avx2")))
#include <immintrin.h>
#endif

namespace gudeg::engine {

namespace portable {

const uint8_t* FindFieldValueEnd(const uint8_t* begin,
                                 const uint8_t* end) noexcept {
  while (begin < end && Is(*begin, kFieldValue)) ++begin;
  return begin;
}

const uint8_t* FindTargetEnd(const uint8_t* begin,
                             const uint8_t* end) noexcept {
  while (begin < end && Is(*begin, kTarget) && *begin != '\\') ++begin;
  return begin;
}

size_t CopyFieldValue(uint8_t* to, const uint8_t* from, size_t size) noexcept {
  size_t at = 0;
  for (; at < size && Is(from[at], kFieldValue); ++at) to[at] = from[at];
  return at;
}

constexpr ScanPath kPath{"portable", FindFieldValueEnd, FindTargetEnd,
                         CopyFieldValue};

}  // namespace portable

#ifdef GUDEG_SCAN_BLOCKS
namespace blocks {

const uint8_t* FindFieldValueEnd(const uint8_t* begin,
                                 const uint8_t* end) noexcept {
  for (; end - begin >= static_cast<ptrdiff_t>(kBlockBytes);
       begin += kBlockBytes) {
    const BlockMask stops = Block::Load(begin).FieldValueStops();
    if (stops.any()) return begin + stops.first();
  }
  return portable::FindFieldValueEnd(begin, end);
}

const uint8_t* FindTargetEnd(const uint8_t* begin,
                             const uint8_t* end) noexcept {
  for (; end - begin >= static_cast<ptrdiff_t>(kBlockBytes);
       begin += kBlockBytes) {
    const BlockMask stops = Block::Load(begin).TargetStops();
    if (stops.any()) return begin + stops.first();
  }
  return portable::FindTargetEnd(begin, end);
}

size_t CopyFieldValue(uint8_t* to, const uint8_t* from, size_t size) noexcept {
  size_t at = 0;
  for (; size - at >= kBlockBytes; at += kBlockBytes) {
    const Block block = Block::Load(from + at);
    block.Store(to + at);
    const BlockMask stops = block.FieldValueStops();
    if (stops.any()) return at + stops.first();
  }
  return at + portable::CopyFieldValue(to + at, from + at, size - at);
}

constexpr ScanPath kPath{GUDEG_SCAN_BLOCKS, FindFieldValueEnd, FindTargetEnd,
                         CopyFieldValue};

}  // namespace blocks
#endif  // GUDEG_SCAN_BLOCKS

#ifdef GUDEG_SCAN_AVX2
namespace avx2 {

constexpr size_t kWideBytes = 32;

GUDEG_SCAN_AVX2 inline __m256i Load(const uint8_t* from) noexcept {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

GUDEG_SCAN_AVX2 inline __m256i Equal(__m256i bytes, char c) noexcept {
  return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c));
}

GUDEG_SCAN_AVX2 inline __m256i AtMost(__m256i bytes, char c) noexcept {
  return _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(c)), bytes);
}

GUDEG_SCAN_AVX2 inline uint32_t Mask(__m256i set) noexcept {
  return static_cast<uint32_t>(_mm256_movemask_epi8(set));
}

GUDEG_SCAN_AVX2 inline uint32_t FieldValueStops(__m256i bytes) noexcept {
  const __m256i control =
      _mm256_andnot_si256(Equal(bytes, '\t'), AtMost(bytes, 0x1f));
  return Mask(_mm256_or_si256(control, Equal(bytes, 0x7f)));
}

GUDEG_SCAN_AVX2 inline uint32_t TargetStops(__m256i bytes) noexcept {
  const __m256i high =
      _mm256_cmpeq_epi8(_mm256_max_epu8(bytes, _mm256_set1_epi8(0x7f)), bytes);
  const __m256i outside = _mm256_or_si256(AtMost(bytes, 0x20), high);
  const __m256i marks = _mm256_or_si256(Equal(bytes, '#'), Equal(bytes, '\\'));
  return Mask(_mm256_or_si256(outside, marks));
}

GUDEG_SCAN_AVX2 const uint8_t* FindFieldValueEnd(const uint8_t* begin,
                                                 const uint8_t* end) noexcept {
  for (; end - begin >= static_cast<ptrdiff_t>(kWideBytes);
       begin += kWideBytes) {
    const uint32_t stops = FieldValueStops(Load(begin));
    if (stops != 0) return begin + std::countr_zero(stops);
  }
  return blocks::FindFieldValueEnd(begin, end);
}

GUDEG_SCAN_AVX2 const uint8_t* FindTargetEnd(const uint8_t* begin,
                                             const uint8_t* end) noexcept {
  for (; end - begin >= static_cast<ptrdiff_t>(kWideBytes);
       begin += kWideBytes) {
    const uint32_t stops = TargetStops(Load(begin));
    if (stops != 0) return begin + std::countr_zero(stops);
  }
  return blocks::FindTargetEnd(begin, end);
}

GUDEG_SCAN_AVX2 size_t CopyFieldValue(uint8_t* to, const uint8_t* from,
                                      size_t size) noexcept {
  size_t at = 0;
  for (; size - at >= kWideBytes; at += kWideBytes) {
    const __m256i bytes = Load(from + at);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + at), bytes);
    const uint32_t stops = FieldValueStops(bytes);
    if (stops != 0) return at + static_cast<size_t>(std::countr_zero(stops));
  }
  return at + blocks::CopyFieldValue(to + at, from + at, size - at);
}

constexpr ScanPath kPath{"avx2", FindFieldValueEnd, FindTargetEnd,
                         CopyFieldValue};

}  // namespace avx2
#endif  // GUDEG_SCAN_AVX2

namespace {

const ScanPath& Fastest() noexcept {
  const ScanPath* paths[kMaxScanPaths];
  return *paths[ListScanPaths(paths) - 1];
}

}  // namespace

size_t ListScanPaths(const ScanPath* (&out)[kMaxScanPaths]) noexcept {
  size_t count = 0;
  out[count++] = &portable::kPath;
#ifdef GUDEG_SCAN_BLOCKS
  out[count++] = &blocks::kPath;
#endif
#ifdef GUDEG_SCAN_AVX2
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) out[count++] = &avx2::kPath;
#endif
  return count;
}

const ScanPath& kScan = Fastest();

}  // namespace gudeg::engine
