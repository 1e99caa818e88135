// One implementation of the searches of scan.h for each set of instructions.
// All give the same results; the machine's best is chosen once, at load.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gudeg::engine {

struct ScanPath {
  const char* name;  // "portable", "sse2", "avx2", "neon"
  const uint8_t* (*find_field_value_end)(const uint8_t* begin,
                                         const uint8_t* end) noexcept;
  const uint8_t* (*find_target_end)(const uint8_t* begin,
                                    const uint8_t* end) noexcept;
  size_t (*copy_field_value)(uint8_t* to, const uint8_t* from,
                             size_t size) noexcept;
};

inline constexpr size_t kMaxScanPaths = 3;

// Writes those that this machine can run, slowest first; returns their count.
size_t ListScanPaths(const ScanPath* (&out)[kMaxScanPaths]) noexcept;

// The fastest.
extern const ScanPath& kScan;

}  // namespace gudeg::engine
