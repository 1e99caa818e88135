#ifndef GUDEG_STACK_BATON_H_
#define GUDEG_STACK_BATON_H_

#include <atomic>
#include <cstdint>

namespace gudeg::stack {

// What one OS thread waits on until it is its turn to run JavaScript. One
// thread waits, one posts; a post before the wait is not lost.
class Baton {
 public:
  Baton() = default;
  Baton(const Baton&) = delete;
  Baton& operator=(const Baton&) = delete;

  void Post() noexcept;

  // Waits for one post. With may_spin it looks for a short while before it
  // sleeps, as long as looking has paid off lately: between two cores a
  // sleeping thread costs several microseconds to wake.
  void Wait(bool may_spin) noexcept;

 private:
  bool Spin() noexcept;

  static constexpr uint32_t kEmpty = 0;
  static constexpr uint32_t kPosted = 1;
  static constexpr uint32_t kAsleep = 2;

  std::atomic<uint32_t> state_{kEmpty};
  // How far spinning is trusted: it doubles on a hit, halves on a miss.
  uint32_t spin_budget_ns_ = 2000;
  uint32_t waits_since_probe_ = 0;
};

}  // namespace gudeg::stack

#endif  // GUDEG_STACK_BATON_H_
