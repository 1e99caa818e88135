#include "exchange.h"

#include <time.h>

#include <algorithm>
#include <cstring>

#include "server_connection.h"

namespace gudeg::connection {

Exchange::Exchange(uv_loop_t* loop, const SharedMemory& memory) noexcept
    : loop_(loop),
      memory_(memory),
      arena_(memory.arena, memory.arena_bytes),
      events_(memory.events, memory.events_ints),
      touched_(&ServerConnection::touch_index_),
      deferred_(&ServerConnection::defer_index_) {
  memory_.control[kControlEpoch] = 1;
}

void Exchange::Open() noexcept {
  uv_prepare_init(loop_, &prepare_);
  uv_check_init(loop_, &check_);
  uv_idle_init(loop_, &idle_);
  prepare_.data = check_.data = idle_.data = this;
  uv_prepare_start(&prepare_, OnPrepare);
  uv_check_start(&check_, OnCheck);
  // The hooks serve sockets, which keep the loop alive themselves.
  uv_unref(reinterpret_cast<uv_handle_t*>(&prepare_));
  uv_unref(reinterpret_cast<uv_handle_t*>(&check_));
  open_hooks_ = 3;
}

void Exchange::CloseHooks() noexcept {
  uv_close(reinterpret_cast<uv_handle_t*>(&prepare_), OnHandleClosed);
  uv_close(reinterpret_cast<uv_handle_t*>(&check_), OnHandleClosed);
  uv_close(reinterpret_cast<uv_handle_t*>(&idle_), OnHandleClosed);
}

void Exchange::OnHandleClosed(uv_handle_t* handle) {
  auto* self = static_cast<Exchange*>(handle->data);
  if (--self->open_hooks_ == 0) self->OnHooksClosed();
}

void Exchange::OnPrepare(uv_prepare_t* handle) {
  static_cast<Exchange*>(handle->data)->Turn();
}

void Exchange::OnCheck(uv_check_t* handle) {
  static_cast<Exchange*>(handle->data)->Turn();
}

void Exchange::OnIdle(uv_idle_t*) {}

int32_t Exchange::TakeSlot(ServerConnection* connection) noexcept {
  // An answer that lies in the shared memory must still leave, even if nothing
  // is read from its connection that would keep the loop alive.
  if (open_connections_++ == 0)
    uv_ref(reinterpret_cast<uv_handle_t*>(&prepare_));
  return slots_.Take(connection);
}

void Exchange::Vacate(int32_t slot) noexcept {
  slots_.Vacate(slot);
  if (--open_connections_ == 0) {
    uv_unref(reinterpret_cast<uv_handle_t*>(&prepare_));
  }
}

int32_t* Exchange::AddEvent(EventKind kind, int32_t slot) noexcept {
  int32_t* event = events_.Add();
  event[0] = static_cast<int32_t>(kind);
  event[1] = slot;
  return event;
}

void Exchange::Touch(ServerConnection* connection) noexcept {
  touched_.Add(connection);
}

void Exchange::Defer(ServerConnection* connection) noexcept {
  deferred_.Add(connection);
  uv_idle_start(&idle_, OnIdle);
}

void Exchange::Forget(ServerConnection* connection) noexcept {
  touched_.Remove(connection);
  deferred_.Remove(connection);
}

void Exchange::Turn() noexcept {
  if (in_turn_) return;
  in_turn_ = true;
  TakeAnswers();
  if (!deferred_.empty()) {
    deferred_.TakePresent(
        [](ServerConnection* connection) { connection->Continue(); });
  }
  for (int round = 0; !events_.empty() && round < kRoundsPerTurn; round++) {
    DeliverEvents();
    TakeAnswers();
  }
  EndTurn();
  if (!events_.empty() || !deferred_.empty()) {
    uv_idle_start(&idle_, OnIdle);
  } else {
    uv_idle_stop(&idle_);
  }
  in_turn_ = false;
  has_now_ = false;
}

void Exchange::DeliverEvents() noexcept {
  const size_t count = events_.count();
  CallApplication(static_cast<int>(count));
  has_now_ = false;
  // The event records are about to be overwritten.
  memory_.control[kControlEpoch] = static_cast<int32_t>(
      static_cast<uint32_t>(memory_.control[kControlEpoch]) + 1);
  // A closed connection's slot may be given again only now that JavaScript
  // has dropped its session.
  for (size_t i = 0; i < count; i++) {
    const int32_t* event = events_.At(i);
    if ((event[0] & 0xff) == static_cast<int32_t>(EventKind::kClosed)) {
      FreeSlot(event[1]);
    }
  }
  events_.Drop(count);
}

void Exchange::TakeAnswers() noexcept {
  // Writing an answer may parse the next request but never enters JavaScript,
  // so the ring doesn't change under the loop.
  const auto end =
      std::min(static_cast<size_t>(memory_.control[kControlAnswers]),
               memory_.answers_ints);
  size_t position = 0;
  while (position + kAnswerInts <= end) {
    const int32_t* answer = memory_.answers + position;
    const auto fields = static_cast<size_t>(answer[kAnswerFieldCount]);
    position += kAnswerInts + fields;
    if (position > end) break;
    ServerConnection* connection = At(answer[kAnswerSlot]);
    if (connection != nullptr) connection->Answer(answer);
  }
  memory_.control[kControlAnswers] = 0;
  memory_.control[kControlAnswerBytes] = 0;
}

// Gives what many connections share to as many sockets as can take it at once.
// What is left, and whatever goes wrong, is for their own EndTurn().
void Exchange::SendShared() noexcept {
  ServerConnection* sending[transport::SendBatch::kCapacity];
  const auto send = [&] {
    const unsigned count = batch_.count();
    batch_.Send();
    for (unsigned i = 0; i < count; i++) {
      if (batch_.Result(i) != 0) sending[i]->SharedSent(batch_.Result(i));
    }
  };
  for (ServerConnection* connection : touched_) {
    const std::span<const uint8_t> frames =
        connection == nullptr ? std::span<const uint8_t>()
                              : connection->FramesToShare();
    if (frames.empty()) continue;
    if (!batch_.IsUsable()) return;
    sending[batch_.count()] = connection;
    batch_.Add(connection->fd(), frames.data(), frames.size());
    if (batch_.count() == transport::SendBatch::kCapacity) send();
  }
  if (batch_.count() != 0) send();
}

void Exchange::EndTurn() noexcept {
  if (sharers_ >= kBatchedSharers) SendShared();
  sharers_ = 0;
  touched_.TakeAll([](ServerConnection* connection) { connection->EndTurn(); });
  broadcast_.clear();
  if (broadcast_.capacity() > kBroadcastKept) {
    std::vector<uint8_t>().swap(broadcast_);
  }
  // Requests that JavaScript hasn't seen yet still lie in the arena.
  if (events_.empty()) arena_.Empty();
}

std::string_view Exchange::DateLine() noexcept {
  timespec now{};
#ifdef CLOCK_REALTIME_COARSE
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
#else
  clock_gettime(CLOCK_REALTIME, &now);
#endif
  if (now.tv_sec != date_second_) {
    date_second_ = now.tv_sec;
    tm parts{};
    gmtime_r(&now.tv_sec, &parts);
    // Not strftime: names of days and months must not follow the locale.
    static constexpr char kDays[] = "SunMonTueWedThuFriSat";
    static constexpr char kMonths[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    snprintf(date_line_, sizeof date_line_,
             "date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n",
             kDays + parts.tm_wday * 3, parts.tm_mday % 100,
             kMonths + parts.tm_mon * 3, (parts.tm_year + 1900) % 10000,
             parts.tm_hour % 100, parts.tm_min % 100, parts.tm_sec % 100);
  }
  return {date_line_, 37};
}

}  // namespace gudeg::connection
