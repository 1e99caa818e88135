// One connection of a client that blocks its thread: no event loop, no
// callbacks. A request and its response are one call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "../engine/body_decoder.h"
#include "../engine/head_parser.h"
#include "../transport/blocking_socket.h"
#include "client_connection.h"
#include "client_records.h"
#include "input_buffer.h"

namespace gudeg::connection {

// Memory shared with JavaScript: the head of a response, and its body if that
// came with it, lie in the arena as the record says (client_records.h).
struct BlockingMemory {
  uint8_t* arena;
  size_t arena_bytes;
  int32_t* record;
  int32_t* control;
};

class BlockingConnection {
 public:
  BlockingConnection(const ClientOptions& options,
                     const BlockingMemory& memory) noexcept
      : options_(options), memory_(memory) {}
  BlockingConnection(const BlockingConnection&) = delete;
  BlockingConnection& operator=(const BlockingConnection&) = delete;
  ~BlockingConnection() = default;

  // 0 or a negative errno; -ETIMEDOUT when the deadline has passed, -EPROTO when
  // tls()->failure() says more.
  int Connect(const transport::SocketAddress& address) noexcept;
  void Close() noexcept { socket_.Close(); }
  bool is_open() const noexcept { return socket_.is_open(); }
  const transport::TlsChannel* tls() const noexcept { return socket_.tls(); }
  bool is_idle() const noexcept { return is_open() && !in_request_; }

  // Room to render the head of a request into, until Send().
  char* ReserveHead(size_t size) noexcept;
  // Sends the head and what there is of the body: kNone, or why nothing was
  // sent.
  engine::Fault Send(size_t head_bytes, uint32_t field_count,
                     const uint8_t* body, size_t body_bytes) noexcept;
  // The rest of a body that was announced as chunked.
  bool WriteChunk(std::string_view key, std::string_view value,
                  const uint8_t* data, size_t size) noexcept;
  // Waits for the response's head and writes the record. False = the
  // connection has ended; the record is a kClosed event then.
  bool ReceiveHead() noexcept;
  // One step of the response's body, for which it waits; never kWait.
  size_t ReadBody(uint8_t* target, size_t size) noexcept;

 private:
  void SendAll(const uint8_t* head, size_t head_bytes, const uint8_t* body,
               size_t body_bytes) noexcept;
  // 1 = something came, 0 = the peer's side ended, or a negative errno.
  int Fill(ClientCloseReason timeout) noexcept;
  bool End(ClientCloseReason reason, int32_t detail) noexcept;
  bool EndBroken(int error) noexcept;
  bool StartResponse(const engine::ResponseHead& head) noexcept;
  void FinishResponse() noexcept;

  ClientOptions options_;
  BlockingMemory memory_;
  transport::BlockingSocket socket_;
  InputBuffer input_;
  std::vector<char> head_;
  std::vector<engine::FieldSlice> fields_;
  engine::ResponseHeadParser parser_;
  engine::BodyDecoder decoder_;
  engine::Method method_ = engine::Method::kOther;
  bool in_request_ = false;  // a request is out, or its response not over
  bool in_body_ = false;
  bool keep_alive_ = true;
  bool input_ended_ = false;
  bool chunks_follow_ = false;
  bool send_failed_ = false;
};

}  // namespace gudeg::connection
