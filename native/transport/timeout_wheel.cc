#include "timeout_wheel.h"

namespace gudeg::transport {

void TimeoutWheel::Open(uv_loop_t* loop, uint32_t tick_ms, void* context,
                        void (*on_closed)(void*)) noexcept {
  uv_timer_init(loop, &timer_);
  uv_unref(reinterpret_cast<uv_handle_t*>(&timer_));
  timer_.data = this;
  tick_ms_ = tick_ms;
  started_ms_ = uv_now(loop);
  context_ = context;
  on_closed_ = on_closed;
}

void TimeoutWheel::Close() noexcept {
  uv_close(reinterpret_cast<uv_handle_t*>(&timer_), OnHandleClosed);
}

void TimeoutWheel::OnHandleClosed(uv_handle_t* handle) {
  auto* self = static_cast<TimeoutWheel*>(handle->data);
  self->on_closed_(self->context_);
}

void TimeoutWheel::Arm(Entry* entry, uint32_t ms) noexcept {
  if (ms == 0) {
    Disarm(entry);
    return;
  }
  const uint64_t elapsed = uv_now(timer_.loop) - started_ms_;
  const auto deadline = static_cast<uint32_t>((elapsed + ms) / tick_ms_) + 1;
  if (entry->slot_ != kUnlinked && deadline >= entry->deadline_) {
    entry->deadline_ = deadline;
    return;
  }
  if (entry->slot_ != kUnlinked) Unlink(entry);
  entry->deadline_ = deadline;
  if (linked_ == 0) {
    now_ = static_cast<uint32_t>(elapsed / tick_ms_);
    uv_timer_start(&timer_, OnTick, tick_ms_, tick_ms_);
  }
  Link(entry);
}

void TimeoutWheel::Disarm(Entry* entry) noexcept {
  if (entry->slot_ == kUnlinked) return;
  Unlink(entry);
  if (linked_ == 0) uv_timer_stop(&timer_);
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

void TimeoutWheel::OnTick(uv_timer_t* timer) {
  static_cast<TimeoutWheel*>(timer->data)->Advance();
}

void TimeoutWheel::Advance() noexcept {
  const auto current =
      static_cast<uint32_t>((uv_now(timer_.loop) - started_ms_) / tick_ms_);
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
  if (linked_ == 0) uv_timer_stop(&timer_);
}

}  // namespace gudeg::transport
