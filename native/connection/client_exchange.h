// Where C++ and JavaScript meet for clients: responses read in one loop turn go
// over together, as event records (compare exchange.h). Requests take no such
// way: a connection has one at a time, and writes it at once.
#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>

#include "../engine/head_parser.h"
#include "../transport/timeout_wheel.h"
#include "arena.h"
#include "client_records.h"
#include "event_ring.h"
#include "output_buffer.h"
#include "slot_table.h"
#include "turn_list.h"

namespace gudeg::connection {

class ClientConnection;

// Memory shared with JavaScript.
struct ClientMemory {
  uint8_t* arena;
  size_t arena_bytes;
  int32_t* events;
  size_t events_ints;
  int32_t* control;
};

class ClientExchange {
 public:
  ClientExchange(uv_loop_t* loop, const ClientMemory& memory) noexcept;
  virtual ~ClientExchange() = default;
  ClientExchange(const ClientExchange&) = delete;
  ClientExchange& operator=(const ClientExchange&) = delete;

  // Starts the loop hooks. Close() cuts all connections off and answers with
  // OnExchangeClosed().
  void Open() noexcept;
  void Close() noexcept;

  uv_loop_t* loop() const noexcept { return loop_; }
  Arena* arena() noexcept { return &arena_; }
  BlockPool* pool() noexcept { return &pool_; }
  int32_t* control() const noexcept { return control_; }
  transport::TimeoutWheel* wheel() noexcept { return &wheel_; }
  engine::ResponseHeadParser* parser() noexcept { return &parser_; }

  // Connections by slot; null once closed. A slot is given again when
  // JavaScript has seen the closed event.
  int32_t TakeSlot(ClientConnection* connection) noexcept;
  ClientConnection* At(int32_t slot) const noexcept { return slots_.At(slot); }
  void Vacate(int32_t slot) noexcept { slots_.Vacate(slot); }
  void OnConnectionClosed() noexcept;

  int32_t* AddEvent(ClientEventKind kind, int32_t slot) noexcept;
  // The connection wants EndTurn() when this turn ends, or Continue() in the
  // next one.
  void Touch(ClientConnection* connection) noexcept;
  void Defer(ClientConnection* connection) noexcept;
  void Forget(ClientConnection* connection) noexcept;

 protected:
  // Enters JavaScript with the first `count` event records of the ring.
  virtual void CallApplication(int count) noexcept = 0;
  virtual void OnExchangeClosed() noexcept = 0;

 private:
  static void OnCheck(uv_check_t* handle);
  static void OnIdle(uv_idle_t* handle);
  static void OnWheelClosed(void* context);
  static void OnHandleClosed(uv_handle_t* handle);
  void Turn() noexcept;
  void FinishClose() noexcept;

  uv_loop_t* loop_;
  int32_t* control_;
  Arena arena_;
  EventRing events_;
  BlockPool pool_;
  engine::ResponseHeadParser parser_;
  transport::TimeoutWheel wheel_;
  SlotTable<ClientConnection> slots_;
  TurnList<ClientConnection> touched_;
  TurnList<ClientConnection> deferred_;
  uv_check_t check_{};
  uv_idle_t idle_{};  // keeps the loop from sleeping while events wait
  size_t open_connections_ = 0;
  int open_handles_ = 0;
  bool in_turn_ = false;
  bool closing_ = false;
};

}  // namespace gudeg::connection
