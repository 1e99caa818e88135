#include "baton.h"

#include <algorithm>
#include <chrono>

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace gudeg::stack {
namespace {

constexpr uint32_t kMaxSpinNs = 8000;
constexpr uint32_t kMinSpinNs = 250;
// A thread that gave up spinning tries again once in so many waits.
constexpr uint32_t kProbeInterval = 64;

inline void RelaxCpu() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

inline int64_t NowNs() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

#if defined(__linux__)
// std::atomic::wait would do, but keeps a shared table of waiters and spins
// by itself; a private futex on our own word costs exactly one call.
void Sleep(std::atomic<uint32_t>* word, uint32_t expected) noexcept {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}
void Wake(std::atomic<uint32_t>* word) noexcept {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}
#else
void Sleep(std::atomic<uint32_t>* word, uint32_t expected) noexcept {
  word->wait(expected, std::memory_order_acquire);
}
void Wake(std::atomic<uint32_t>* word) noexcept { word->notify_one(); }
#endif

}  // namespace

void Baton::Post() noexcept {
  if (state_.exchange(kPosted, std::memory_order_acq_rel) == kAsleep) {
    Wake(&state_);
  }
}

bool Baton::Spin() noexcept {
  uint32_t budget = spin_budget_ns_;
  if (budget < kMinSpinNs) {
    if (++waits_since_probe_ < kProbeInterval) return false;
    waits_since_probe_ = 0;
    budget = kMaxSpinNs / 2;
  }
  const int64_t end = NowNs() + budget;
  do {
    for (int i = 0; i < 8; ++i) {
      if (state_.load(std::memory_order_acquire) == kPosted) {
        spin_budget_ns_ = std::min(budget * 2, kMaxSpinNs);
        return true;
      }
      RelaxCpu();
    }
  } while (NowNs() < end);
  spin_budget_ns_ = spin_budget_ns_ / 2;
  return false;
}

void Baton::Wait(bool may_spin) noexcept {
  if (!may_spin || !Spin()) {
    uint32_t expected = kEmpty;
    if (state_.compare_exchange_strong(expected, kAsleep,
                                       std::memory_order_acq_rel)) {
      while (state_.load(std::memory_order_acquire) != kPosted) {
        Sleep(&state_, kAsleep);
      }
    }
  }
  state_.store(kEmpty, std::memory_order_release);
}

}  // namespace gudeg::stack
