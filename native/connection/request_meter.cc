#include "request_meter.h"

#include <algorithm>

namespace gudeg::connection {

const std::array<uint32_t, RequestMeter::kBounds>&
RequestMeter::BoundsUs() noexcept {
  static constexpr auto kBoundsUs = [] {
    constexpr std::array<uint32_t, 6> kSteps{10, 15, 20, 30, 50, 70};
    std::array<uint32_t, kBounds> bounds{};
    uint32_t power = 1;
    for (size_t i = 0; i < kBounds; i++) {
      bounds[i] = kSteps[i % kSteps.size()] * power;
      if (i % kSteps.size() == kSteps.size() - 1) power *= 10;
    }
    return bounds;
  }();
  return kBoundsUs;
}

void RequestMeter::AddDuration(uint32_t us) noexcept {
  const auto& bounds = BoundsUs();
  const auto found = std::lower_bound(bounds.begin(), bounds.end(), us);
  buckets_[static_cast<size_t>(found - bounds.begin())]++;
  total_us_ += us;
}

}  // namespace gudeg::connection
