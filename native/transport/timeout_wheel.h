// Coarse deadlines for many connections on one ticker. Arming later than
// before costs one store; the wheel notices when the old slot comes up.
#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>

#include "ticker.h"

namespace gudeg::transport {

class TimeoutWheel final : private Ticker::Owner {
 public:
  class Entry {
   public:
    virtual void OnTimeout() noexcept = 0;

   protected:
    ~Entry() = default;

   private:
    friend class TimeoutWheel;
    Entry* previous_ = nullptr;
    Entry* next_ = nullptr;
    uint32_t deadline_ = 0;  // in ticks
    uint16_t slot_ = kUnlinked;
  };

  // `on_closed` is called once Close() is complete.
  void Open(uv_loop_t* loop, uint32_t tick_ms, void* context,
            void (*on_closed)(void*)) noexcept;
  void Close() noexcept;

  // OnTimeout() comes between `ms` and `ms` + two ticks from now, unless the
  // entry is armed again or disarmed. ms 0 = no deadline.
  void Arm(Entry* entry, uint32_t ms) noexcept;
  void Disarm(Entry* entry) noexcept;

 private:
  static constexpr uint16_t kSlots = 256;
  static constexpr uint16_t kDue = kSlots;  // the list being worked off
  static constexpr uint16_t kUnlinked = UINT16_MAX;
  void OnTick() noexcept override;
  void OnTickerClosed() noexcept override;
  void Link(Entry* entry) noexcept;
  void Unlink(Entry* entry) noexcept;

  Ticker ticker_;
  Entry* slots_[kSlots + 1] = {};
  size_t linked_ = 0;
  uint64_t started_ms_ = 0;  // loop time of tick 0
  uint32_t tick_ms_ = 500;
  uint32_t now_ = 0;  // the last tick handled
  void* context_ = nullptr;
  void (*on_closed_)(void*) = nullptr;
};

}  // namespace gudeg::transport
