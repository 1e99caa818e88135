// What a server's answers were and how long its requests took, where somebody
// wants to know: counts by status, and a histogram.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace gudeg::connection {

class RequestMeter {
 public:
  // Six buckets for each power of ten from 10 us to 70 s, and one for what
  // takes longer: fine enough for percentiles, few enough to be sent around.
  static constexpr size_t kBounds = 42;
  static constexpr size_t kBuckets = kBounds + 1;
  static constexpr int kFirstStatus = 100;
  static constexpr int kStatuses = 500;

  // The longest time, in microseconds, that counts for each bucket but the last.
  static const std::array<uint32_t, kBounds>& BoundsUs() noexcept;

  void CountStatus(int status) noexcept {
    const auto index = static_cast<size_t>(status - kFirstStatus);
    if (index < statuses_.size()) statuses_[index]++;
  }
  void AddDuration(uint32_t us) noexcept;

  uint64_t status(size_t index) const noexcept { return statuses_[index]; }
  uint64_t bucket(size_t index) const noexcept { return buckets_[index]; }
  uint64_t total_us() const noexcept { return total_us_; }

 private:
  std::array<uint64_t, kStatuses> statuses_{};
  std::array<uint64_t, kBuckets> buckets_{};
  uint64_t total_us_ = 0;
};

}  // namespace gudeg::connection
