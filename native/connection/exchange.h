// Where C++ and JavaScript meet once per loop turn: requests read in the turn
// go over together as event records, answers come back as answer records.
//
// Theory of operation. During the poll phase connections read into the arena,
// a region of shared memory, and leave event records. After it (a uv_check
// handle) Turn() calls the application once for all of them; answers that the
// application gave by then are serialised and written. Answers given outside
// such a call (from timers, promises, other I/O) wait for the next Turn(),
// which runs before the loop sleeps (uv_prepare) and after it polled. At the
// end of a turn the arena is emptied: connections whose request is still
// unanswered copy what they need of it first.
#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "../engine/head_parser.h"
#include "../transport/file_sender.h"
#include "../transport/send_batch.h"
#include "arena.h"
#include "event_ring.h"
#include "output_buffer.h"
#include "records.h"
#include "slot_table.h"
#include "target_table.h"
#include "turn_list.h"
#include "websocket_workspace.h"

namespace gudeg::connection {

class ServerConnection;

// Memory shared with JavaScript.
struct SharedMemory {
  uint8_t* arena;
  size_t arena_bytes;
  int32_t* events;
  size_t events_ints;
  int32_t* answers;
  size_t answers_ints;
  uint8_t* answer_bytes;
  size_t answer_bytes_size;
  int32_t* control;
};

class Exchange {
 public:
  Exchange(uv_loop_t* loop, const SharedMemory& memory) noexcept;
  virtual ~Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  uv_loop_t* loop() const noexcept { return loop_; }
  const SharedMemory& memory() const noexcept { return memory_; }
  Arena* arena() noexcept { return &arena_; }
  BlockPool* pool() noexcept { return &pool_; }
  engine::RequestHeadParser* parser() noexcept { return &parser_; }
  TargetTable* targets() noexcept { return &targets_; }
  WebSocketWorkspace* workspace() noexcept { return &workspace_; }
  // Frames of this turn that many connections send: made once, copied by none.
  std::vector<uint8_t>* broadcast() noexcept { return &broadcast_; }
  // One connection more sends a part of it this turn.
  void AddSharer() noexcept { sharers_++; }
  transport::RunningTransfers* running_transfers() noexcept {
    return &running_transfers_;
  }

  // Starts and stops the two loop hooks. CloseHooks() answers with
  // OnHooksClosed().
  void Open() noexcept;
  void CloseHooks() noexcept;

  // Connections by slot; null once closed.
  int32_t TakeSlot(ServerConnection* connection) noexcept;
  ServerConnection* At(int32_t slot) const noexcept { return slots_.At(slot); }
  void Vacate(int32_t slot) noexcept;    // the connection is gone
  void FreeSlot(int32_t slot) noexcept { slots_.Free(slot); }
  size_t slot_count() const noexcept { return slots_.size(); }

  // Arena. ReserveInput gives kReadBytes plus room for `field_bytes`, or null
  // until the next turn.
  uint8_t* ReserveInput(size_t field_bytes) noexcept {
    return arena_.Reserve(field_bytes);
  }
  void CommitInput(size_t bytes) noexcept { arena_.Commit(bytes); }
  uint32_t OffsetOf(const void* pointer) const noexcept {
    return arena_.OffsetOf(pointer);
  }
  // Aligned room behind what is used of the arena.
  uint8_t* AlignedTail() noexcept { return arena_.Tail(); }

  // An event record to fill; a full ring overflows into a queue.
  int32_t* AddEvent(EventKind kind, int32_t slot) noexcept;

  // Holds the loop for one more turn, when nothing else may.
  void Wake() noexcept { uv_idle_start(&idle_, OnIdle); }

  // The connection wants EndTurn() when this turn ends.
  void Touch(ServerConnection* connection) noexcept;
  // The connection wants Continue() in the next turn.
  void Defer(ServerConnection* connection) noexcept;
  void Forget(ServerConnection* connection) noexcept;

  // Serialises the answers that JavaScript left, then calls the application
  // until there is nothing to tell it, then empties the arena.
  void Turn() noexcept;
  // The first part alone: for calls from JavaScript.
  void TakeAnswers() noexcept;

  // Microseconds of a monotonic clock, which is read once between two calls of
  // the application.
  uint32_t NowUs() noexcept {
    if (!has_now_) {
      now_us_ = static_cast<uint32_t>(uv_hrtime() / 1000);
      has_now_ = true;
    }
    return now_us_;
  }

  // "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", of this second.
  std::string_view DateLine() noexcept;

 protected:
  // Enters JavaScript with the first `count` event records of the ring.
  virtual void CallApplication(int count) noexcept = 0;
  virtual void OnHooksClosed() noexcept = 0;

 private:
  // Rounds of one turn; pipelined requests beyond wait for the next one.
  static constexpr int kRoundsPerTurn = 64;
  // Of memory for broadcasts, from turn to turn.
  static constexpr size_t kBroadcastKept = 256 * 1024;
  // For fewer sockets a batch saves nothing worth a ring.
  static constexpr size_t kBatchedSharers = 64;
  static void OnPrepare(uv_prepare_t* handle);
  static void OnCheck(uv_check_t* handle);
  static void OnIdle(uv_idle_t* handle);
  static void OnHandleClosed(uv_handle_t* handle);
  void DeliverEvents() noexcept;
  void EndTurn() noexcept;
  void SendShared() noexcept;

  uv_loop_t* loop_;
  SharedMemory memory_;
  Arena arena_;
  EventRing events_;
  bool in_turn_ = false;
  bool has_now_ = false;
  uint32_t now_us_ = 0;
  int open_hooks_ = 0;
  size_t open_connections_ = 0;
  BlockPool pool_;
  engine::RequestHeadParser parser_;
  TargetTable targets_;
  WebSocketWorkspace workspace_;
  std::vector<uint8_t> broadcast_;
  size_t sharers_ = 0;
  transport::SendBatch batch_;
  transport::RunningTransfers running_transfers_;
  SlotTable<ServerConnection> slots_;
  TurnList<ServerConnection> touched_;
  TurnList<ServerConnection> deferred_;
  uv_prepare_t prepare_{};
  uv_check_t check_{};
  uv_idle_t idle_{};  // keeps the loop from sleeping while work is deferred
  int64_t date_second_ = -1;
  char date_line_[48];
};

}  // namespace gudeg::connection
