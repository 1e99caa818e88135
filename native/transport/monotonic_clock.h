// The time that deadlines of blocking calls are reckoned in.
#pragma once

#include <time.h>

#include <cstdint>

namespace gudeg::transport {

inline uint64_t MonotonicMs() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000 +
         static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
}

}  // namespace gudeg::transport
