#include "client_exchange.h"

#include "client_connection.h"

namespace gudeg::connection {

namespace {
// Fine enough for short deadlines, coarse enough to cost nothing.
constexpr uint32_t kTickMs = 50;
// Rounds of one turn; what comes beyond waits for the next one.
constexpr int kRoundsPerTurn = 64;
}  // namespace

ClientExchange::ClientExchange(uv_loop_t* loop,
                               const ClientMemory& memory) noexcept
    : loop_(loop),
      control_(memory.control),
      arena_(memory.arena, memory.arena_bytes),
      events_(memory.events, memory.events_ints),
      touched_(&ClientConnection::touch_index_),
      deferred_(&ClientConnection::defer_index_) {}

void ClientExchange::Open() noexcept {
  wheel_.Open(loop_, kTickMs, this, OnWheelClosed);
  uv_check_init(loop_, &check_);
  uv_idle_init(loop_, &idle_);
  check_.data = idle_.data = this;
  uv_check_start(&check_, OnCheck);
  // Connections keep the loop alive themselves, while they work.
  uv_unref(reinterpret_cast<uv_handle_t*>(&check_));
  open_handles_ = 2;
}

void ClientExchange::Close() noexcept {
  closing_ = true;
  for (size_t i = 0; i < slots_.size(); i++) {
    ClientConnection* connection = slots_.At(static_cast<int32_t>(i));
    if (connection != nullptr) connection->Abort();
  }
  FinishClose();
}

void ClientExchange::OnConnectionClosed() noexcept {
  open_connections_--;
  if (closing_) FinishClose();
}

void ClientExchange::FinishClose() noexcept {
  if (open_connections_ == 0) wheel_.Close();
}

void ClientExchange::OnWheelClosed(void* context) {
  auto* self = static_cast<ClientExchange*>(context);
  uv_close(reinterpret_cast<uv_handle_t*>(&self->check_), OnHandleClosed);
  uv_close(reinterpret_cast<uv_handle_t*>(&self->idle_), OnHandleClosed);
}

void ClientExchange::OnHandleClosed(uv_handle_t* handle) {
  auto* self = static_cast<ClientExchange*>(handle->data);
  if (--self->open_handles_ == 0) self->OnExchangeClosed();
}

int32_t ClientExchange::TakeSlot(ClientConnection* connection) noexcept {
  open_connections_++;
  return slots_.Take(connection);
}

int32_t* ClientExchange::AddEvent(ClientEventKind kind, int32_t slot) noexcept {
  int32_t* event = events_.Add();
  event[0] = static_cast<int32_t>(kind);
  event[1] = slot;
  if (!in_turn_) uv_idle_start(&idle_, OnIdle);
  return event;
}

void ClientExchange::Touch(ClientConnection* connection) noexcept {
  touched_.Add(connection);
}

void ClientExchange::Defer(ClientConnection* connection) noexcept {
  deferred_.Add(connection);
  if (!in_turn_) uv_idle_start(&idle_, OnIdle);
}

void ClientExchange::Forget(ClientConnection* connection) noexcept {
  touched_.Remove(connection);
  deferred_.Remove(connection);
}

void ClientExchange::OnCheck(uv_check_t* handle) {
  auto* self = static_cast<ClientExchange*>(handle->data);
  if (self->events_.empty() && self->touched_.empty() &&
      self->deferred_.empty()) {
    return;
  }
  self->Turn();
}

void ClientExchange::OnIdle(uv_idle_t*) {}

void ClientExchange::Turn() noexcept {
  in_turn_ = true;
  deferred_.TakePresent(
      [](ClientConnection* connection) { connection->Continue(); });
  for (int round = 0; !events_.empty() && round < kRoundsPerTurn; round++) {
    const size_t count = events_.count();
    CallApplication(static_cast<int>(count));
    // What the records point to is void when JavaScript has seen them.
    control_[kControlEpoch] = static_cast<int32_t>(
        static_cast<uint32_t>(control_[kControlEpoch]) + 1);
    for (size_t i = 0; i < count; i++) {
      const int32_t* event = events_.At(i);
      if (event[0] == static_cast<int32_t>(ClientEventKind::kClosed)) {
        slots_.Free(event[1]);
      }
    }
    events_.Drop(count);
  }
  touched_.TakeAll([](ClientConnection* connection) { connection->EndTurn(); });
  if (events_.empty()) arena_.Empty();
  if (events_.empty() && deferred_.empty()) {
    uv_idle_stop(&idle_);
  } else {
    uv_idle_start(&idle_, OnIdle);
  }
  in_turn_ = false;
}

}  // namespace gudeg::connection
