// One connection of a client: requests out, one at a time; responses in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "../engine/body_decoder.h"
#include "../engine/head_parser.h"
#include "../engine/limits.h"
#include "../transport/socket_address.h"
#include "../transport/timeout_wheel.h"
#include "client_records.h"
#include "message_stream.h"

namespace gudeg::connection {

class ClientExchange;

struct ClientOptions {
  std::shared_ptr<transport::TlsContext> tls;  // null: plain
  transport::TlsPeer tls_peer;
  engine::Limits limits;                 // of responses
  uint32_t connect_timeout_ms = 10000;
  uint32_t response_timeout_ms = 65000;  // request sent, no head of a response
  uint32_t body_timeout_ms = 65000;      // without progress
  uint32_t write_timeout_ms = 65000;     // without progress
  uint32_t output_high_water_bytes = 65536;
  uint32_t input_high_water_bytes = 65536;
};

class ClientConnection final : public MessageStream,
                               public transport::TimeoutWheel::Entry {
 public:
  ClientConnection(ClientExchange* exchange,
                   const ClientOptions& options) noexcept;

  // 0, or a negative errno (the object is the caller's then). kConnected or
  // kClosed follows.
  int Connect(const transport::SocketAddress& address) noexcept;

  int32_t slot() const noexcept { return slot_; }
  int fd() const noexcept { return Stream::fd(); }
  // May a request be sent now?
  bool is_idle() const noexcept {
    return phase_ == Phase::kIdle && output_.empty();
  }

  // Room to render the head of a request into.
  uint8_t* ReserveHead(size_t size) noexcept;
  // Sends what was rendered, and `body`, which more may follow. The head must
  // be one that our own parser reads back whole, with so many fields: no line
  // end can have come in through a target or a field.
  engine::Fault Send(size_t head_bytes, uint32_t field_count,
                     const uint8_t* body, size_t body_bytes) noexcept;
  // Takes from the body of a request with content-length, or from the bytes of
  // a tunnel, what leaves soon, and gives how many bytes that is: the rest is to
  // be given again after kWritable. -1 = gone, or more than announced.
  int64_t Offer(const uint8_t* data, size_t size) noexcept;
  bool WriteChunk(std::string_view key, std::string_view value,
                  const uint8_t* data, size_t size, bool* full) noexcept;
  // The last chunk; `trailers` are rendered field lines. Or the end of what a
  // tunnel sends.
  bool End(std::string_view key, std::string_view value,
           std::string_view trailers) noexcept;

  // One step of the response's body; see BodyStatus. Returns the bytes copied.
  size_t ReadBody(uint8_t* target, size_t size) noexcept;
  void Abort() noexcept { CloseNow(ClientCloseReason::kAborted, 0); }

 private:
  friend class ClientExchange;

  enum class Phase : uint8_t {
    kConnecting,  // and in the handshake of TLS
    kIdle,      // between requests
    kWaiting,   // a request is out, or on its way out
    kBody,      // the application reads the response's body
    kClosed,
  };

  // A response of which something had to outlive the loop turn.
  struct Pending {
    std::unique_ptr<engine::ResponseHeadParser> parser;  // in the middle
    std::vector<engine::FieldSlice> fields;
    engine::BodyDecoder decoder;
  };

  void OnReady(bool readable, bool writable) noexcept override;
  void OnClosed() noexcept override;
  void OnTimeout() noexcept override;
  void OnHandshakeDone(bool established) noexcept override;

  // called by the exchange
  void EndTurn() noexcept;
  void Continue() noexcept;

  void OnConnectDone() noexcept;
  void OnReadable() noexcept;
  void OnIdleReadable() noexcept;
  void CloseBroken(int error) noexcept;
  bool ReceivesBody() const noexcept {
    return phase_ == Phase::kBody && wants_readable_ && pending_ &&
           ReceivesNext(pending_->decoder);
  }
  void TellReadable() noexcept;
  void OnInputEnd() noexcept;
  void ParseHeads() noexcept;
  bool StartResponse(const engine::ResponseHead& head, const uint8_t* data,
                     const engine::FieldSlice* fields) noexcept;
  bool TakeWholeBody(engine::Framing framing, uint64_t length,
                     int32_t* event) noexcept;
  void FinishResponse() noexcept;
  Pending* pending() noexcept;

  bool MayWrite() const noexcept;
  bool Keep(const uint8_t* data, size_t size) noexcept;
  void OnWriteFailed(int error) noexcept;
  bool AfterWrite(bool* full) noexcept;
  bool Flush() noexcept;
  void UpdateInterest() noexcept;
  void CloseNow(ClientCloseReason reason, int32_t detail) noexcept;

  ClientExchange* exchange_;
  ClientOptions options_;
  std::unique_ptr<Pending> pending_;
  uint64_t request_left_ = 0;  // bytes of the request's body to come
  int32_t slot_ = -1;
  int32_t touch_index_ = -1;
  int32_t defer_index_ = -1;
  uint32_t interim_responses_ = 0;
  Phase phase_ = Phase::kConnecting;
  engine::Method method_ = engine::Method::kOther;
  bool keep_alive_ : 1 = true;
  bool output_failed_ : 1 = false;  // the peer takes no more
  bool output_ended_ : 1 = false;   // of a tunnel: nothing follows
  bool chunks_follow_ : 1 = false;  // the request's body ends with End()
  bool switch_asked_ : 1 = false;   // CONNECT or upgrade
  bool tunnel_ : 1 = false;
  bool response_began_ : 1 = false;
  bool wants_readable_ : 1 = false;
  bool wants_writable_ : 1 = false;
};

}  // namespace gudeg::connection
