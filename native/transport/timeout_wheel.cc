#include "timeout_wheel.h"

namespace gudeg::transport {

void TimeoutWheel::Open(uv_loop_t* loop, uint32_t tick_ms, void* context,
                        void (*on_closed)(void*)) noexcept {
  ticker_.Open(loop, tick_ms, this);
  tick_ms_ = tick_ms;
  started_ms_ = uv_now(loop);
  context_ = context;
  on_closed_ = on_closed;
}

void TimeoutWheel::Close() noexcept { ticker_.Close(); }

void TimeoutWheel::OnTickerClosed() noexcept { on_closed_(context_); }

void TimeoutWheel::Arm(Entry* entry, uint32_t ms) noexcept {
  if (ms == 0) {
    Disarm(entry);
    return;
  }
  const uint64_t elapsed = ticker_.now_ms() - started_ms_;
  const auto deadline = static_cast<uint32_t>((elapsed + ms) / tick_ms_) + 1;
  if (entry->slot_ != kUnlinked && deadline >= entry->deadline_) {
    entry->deadline_ = deadline;
    return;
  }
  if (entry->slot_ != kUnlinked) Unlink(entry);
  entry->deadline_ = deadline;
  if (linked_ == 0) {
    now_ = static_cast<uint32_t>(elapsed / tick_ms_);
    ticker_.Start();
  }
  Link(entry);
}

void TimeoutWheel::Disarm(Entry* entry) noexcept {
  if (entry->slot_ == kUnlinked) return;
  Unlink(entry);
  if (linked_ == 0) ticker_.Stop();
}

void TimeoutWheel::Link(Entry* entry) noexcept {
  const auto slot = static_cast<uint16_t>(entry->deadline_ % kSlots);
  entry->slot_ = slot;
  entry->previous_ = nullptr;
  entry->next_ = slots_[slot];
  if (entry->next_ != nullptr) entry->next_->previous_ = entry;
  slots_[slot] = entry;
  linked_++;
}

void TimeoutWheel::Unlink(Entry* entry) noexcept {
  if (entry->previous_ != nullptr) {
    entry->previous_->next_ = entry->next_;
  } else {
    slots_[entry->slot_] = entry->next_;
  }
  if (entry->next_ != nullptr) entry->next_->previous_ = entry->previous_;
  entry->slot_ = kUnlinked;
  linked_--;
}

void TimeoutWheel::OnTick() noexcept {
  const auto current =
      static_cast<uint32_t>((ticker_.now_ms() - started_ms_) / tick_ms_);
  while (now_ < current) {
    now_++;
    const auto slot = static_cast<uint16_t>(now_ % kSlots);
    // The list moves aside first: OnTimeout() may arm or disarm any entry,
    // and an entry that is not due yet may belong into this very slot again.
    slots_[kDue] = slots_[slot];
    slots_[slot] = nullptr;
    for (Entry* entry = slots_[kDue]; entry != nullptr; entry = entry->next_) {
      entry->slot_ = kDue;
    }
    while (Entry* entry = slots_[kDue]) {
      Unlink(entry);
      if (entry->deadline_ <= now_) {
        entry->OnTimeout();
      } else {
        Link(entry);
      }
    }
  }
  if (linked_ == 0) ticker_.Stop();
}

}  // namespace gudeg::transport
