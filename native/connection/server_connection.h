// One connection of a server: bytes in, requests out; answers in, bytes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "../engine/head.h"
#include "../engine/proxy_header.h"
#include "../transport/hand_on.h"
#include "../transport/timeout_wheel.h"
#include "message_stream.h"
#include "pending_request.h"
#include "records.h"
#include "server_websocket.h"

namespace gudeg::connection {

class Exchange;
class Server;

class ServerConnection final : public MessageStream,
                               public transport::TimeoutWheel::Entry,
                               public transport::FileSender::Owner {
 public:
  explicit ServerConnection(Server* server) noexcept;

  // Takes an accepted socket, or one that another process has had before; false
  // when that fails (the socket is kept).
  bool Accept(int fd, const transport::HandOnFacts* handed_on) noexcept;
  // The client that a proxy has announced, else the peer.
  transport::SocketAddress PeerAddress() const noexcept;

  Server* server() const noexcept { return server_; }
  int fd() const noexcept { return Stream::fd(); }
  bool is_running() const noexcept { return phase_ == Phase::kRequest; }
  // Not HTTP any more.
  bool is_raw() const noexcept {
    return phase_ == Phase::kRaw || phase_ == Phase::kWebSocket;
  }

  // --- called by the exchange ---
  void Answer(const int32_t* answer) noexcept;
  void EndTurn() noexcept;
  void Continue() noexcept;

  // --- called for JavaScript ---
  // The verdict of onConnect.
  void Admit(bool admitted) noexcept;
  // Whose certificate the client shall see; null: that of the server.
  void ChooseContext(std::shared_ptr<transport::TlsContext> context) noexcept;
  // Copies the head of the running request into the scratch of the arena and
  // sets the control integers from kControlHeadOffset on; false when it is
  // gone.
  bool LoadHead() noexcept;
  // One step of the body; see BodyStatus. Returns the bytes copied.
  size_t ReadBody(uint8_t* target, size_t size) noexcept;
  // Body bytes of an answer with kAnswerLength. False = the connection is gone
  // or the bytes are too many; `*full` = wait for kWritable.
  bool Write(const uint8_t* data, size_t size, bool* full) noexcept;
  // The same for as many of them as leave soon. How many that is: the rest is
  // to be given again after kWritable. -1 = gone, or too many.
  int64_t Offer(const uint8_t* data, size_t size) noexcept;
  bool WriteChunk(std::string_view key, std::string_view value,
                  const uint8_t* data, size_t size, bool* full) noexcept;
  // Ends a chunked answer; `trailers` are rendered field lines.
  bool End(std::string_view key, std::string_view value,
           std::string_view trailers) noexcept;
  // kFileSent follows; then End().
  bool SendFile(int file, int64_t offset, uint64_t length) noexcept;
  // Cuts the connection off, with RST where a message would be left unfinished.
  void Abort(CloseReason reason) noexcept;
  // The application failed: what it gave so far leaves, the rest never comes.
  void GiveUp() noexcept;
  // Ends HTTP on a connection whose request runs and isn't answered: from here
  // on bytes go both ways as they are. False when there is no such request.
  // The connection ends when nothing went either way for idle_timeout_ms, 0 =
  // no limit.
  bool TakeOver(uint32_t idle_timeout_ms) noexcept;
  void SetIdleTimeout(uint32_t idle_timeout_ms) noexcept;
  // After TakeOver(). kData, kWait or kEnd; returns the bytes copied.
  size_t ReadRaw(uint8_t* target, size_t size) noexcept;
  // As Write(). EndRaw() shuts our side once everything has left; when the
  // peer's side is over and read too, the connection closes.
  bool WriteRaw(const uint8_t* data, size_t size, bool* full) noexcept;
  bool EndRaw() noexcept;
  // Closes in order, whatever the peer may still send.
  void Finish() noexcept;
  // Closes at once; output that the socket doesn't take now is lost. With
  // `resets` the peer sees a reset.
  void Destroy(bool resets) noexcept;
  void CloseIfIdle() noexcept;
  // Makes a WebSocket of what TakeOver() has taken over; `head` was read from it
  // already.
  bool OpenWebSocket(const WebSocketConfig* config,
                     const DeflateParameters& deflate, const uint8_t* head,
                     size_t head_bytes) noexcept;
  // False when it is closing or gone.
  bool SendMessage(engine::WebSocketOpcode opcode, const uint8_t* data,
                   size_t size, bool compress) noexcept;
  // Sends a part of the exchange's broadcast() at the end of the turn. A peer
  // for whom too much waits is closed instead.
  void ShareFrame(size_t start, size_t end) noexcept;
  // What of broadcast() may leave at once, nothing being before it; empty where
  // that needs more than one send(). SharedSent() says how much has left.
  std::span<const uint8_t> FramesToShare() const noexcept;
  void SharedSent(size_t sent) noexcept;
  // What waits to leave; above the high-water mark kWritable follows. -1 = gone.
  int64_t BufferedBytes() noexcept;
  bool CloseWebSocket(uint16_t code, std::string_view reason) noexcept;
  void PauseFrames(bool paused) noexcept;
  void WatchControlFrames() noexcept;
  // A message that had no room in the arena; null when there is none.
  const InputBuffer* HeldMessage() const noexcept;
  void DropHeldMessage() noexcept;
  void HandOnIfIdle() noexcept;
  // The application keeps something with this connection: no other process
  // could go on with it.
  void StayHere() noexcept { stays_here_ = true; }

 private:
  friend class Exchange;

  // How long a closed connection's input is dropped, so that a reset doesn't
  // overtake the answer (RFC 9112 section 9.6).
  static constexpr uint32_t kLingerMs = 2000;

  enum class Phase : uint8_t {
    kProxyHeader,  // in clear, before a handshake
    kHandshake,  // of TLS
    kAdmission,  // onConnect decides
    kHead,       // between requests, or inside a head
    kRequest,    // the application has the request
    kRaw,        // JavaScript has taken the connection over
    kWebSocket,  // and speaks in messages
    kDraining,   // answered; the rest of the request's body is dropped
    kClosing,    // output leaves, then the connection closes
    kLinger,     // our side is shut; input is dropped until the peer closes
    kClosed,
  };

  void OnReady(bool readable, bool writable) noexcept override;
  void OnClosed() noexcept override;
  void OnTimeout() noexcept override;
  void OnFileProgress(int64_t sent) noexcept override;
  void OnHandshakeDone(bool established) noexcept override;
  void OnContextWanted() noexcept override;

  // opening
  bool AwaitProxyHeader() noexcept;
  bool StartHandshake() noexcept;
  void Greet() noexcept;

  // reading
  void OnReadable() noexcept;
  void OnInputEnd() noexcept;
  void Discard() noexcept;
  bool TakeProxyHeader() noexcept;
  void ReadProxyHeader() noexcept;
  void AdoptProxyHeader(const engine::ProxyHeader& header) noexcept;
  void RefuseProxyHeader(engine::Fault fault) noexcept;
  void AskForAdmission() noexcept;
  void ParseHead() noexcept;
  void StartRequest(const engine::RequestHead& head, const uint8_t* data,
                    const engine::FieldSlice* fields) noexcept;
  void Refuse(engine::Fault fault) noexcept;
  void RefuseWith(uint16_t status, std::string_view text) noexcept;
  bool PutBack(const uint8_t* data, size_t size) noexcept;
  void TellReadable() noexcept;
  void CloseBroken(int error) noexcept;
  bool ReceivesBody() const noexcept {
    return phase_ == Phase::kRequest && wants_readable_ && body_started_ &&
           ReceivesNext(pending_->decoder);
  }
  void PauseOrResumeReading() noexcept;
  size_t BodyFault(engine::Fault fault) noexcept;
  void StartBody() noexcept;
  void HandOver(engine::Fault fault) noexcept;

  // taken over
  void BeginRaw(uint32_t idle_timeout_ms) noexcept;
  void ArmIdle() noexcept;
  bool RawFlushed() noexcept;
  bool CloseWhenBothEnded() noexcept;

  // a WebSocket
  void ReadFrames() noexcept;
  uint8_t* MutableInput() noexcept;
  void DecodeFrames() noexcept;
  int64_t ShowInArena(const uint8_t* data, size_t size) noexcept;
  bool GiveMessage(const WebSocketReceiver::Result& message) noexcept;
  void OnControlFrame(engine::WebSocketOpcode opcode, const uint8_t* data,
                      size_t size) noexcept;
  void EndWebSocket(uint16_t code, engine::WebSocketFault fault,
                    const uint8_t* reason, size_t size) noexcept;
  bool AppendFrame(engine::WebSocketOpcode opcode, const uint8_t* data,
                   size_t size, bool compress) noexcept;
  void SendRecord(const int32_t* answer) noexcept;
  bool HasSharedFrames() const noexcept {
    return websocket_ && websocket_->shared_start != websocket_->shared_end;
  }
  bool KeepSharedFrames(size_t sent) noexcept;
  bool FlushSharedFrames() noexcept;
  bool AppendClose(uint16_t code, std::string_view reason) noexcept;
  bool WebSocketFlushed() noexcept;
  void ArmWebSocket() noexcept;
  void OnWebSocketTimeout() noexcept;
  void FinishWebSocket(bool going_away) noexcept;

  // answering
  void AnswerAsGiven(const int32_t* answer) noexcept;
  bool MayGoOn() const noexcept;
  void ReportRefused(engine::Fault fault, std::string_view detail,
                     size_t name_size) noexcept;
  bool AnswerError(uint16_t status, std::string_view text) noexcept;
  void ResponseDone() noexcept;
  void FinishRequest() noexcept;
  bool SkipBody() noexcept;
  void NextRequest() noexcept;
  bool MayWrite() const noexcept;
  bool Send(const uint8_t* data, size_t size) noexcept;
  bool AfterWrite(bool* full) noexcept;
  bool Flush() noexcept;
  void BeginClose() noexcept;
  bool ends_connection() const noexcept;
  // Gives the socket to another process; false = it goes on here.
  bool HandOn() noexcept;
  bool is_idle() const noexcept;
  void CloseNow(CloseReason reason) noexcept;
  Exchange* exchange() const noexcept;
  PendingRequest* pending() noexcept;

  Server* server_;
  std::unique_ptr<PendingRequest> pending_;  // whatever outlives a turn
  std::unique_ptr<ServerWebSocket> websocket_;
  // Whom the PROXY header named; with TLS, who connected.
  std::unique_ptr<const transport::SocketAddress> announced_;
  uint64_t body_length_ = 0;    // of a request with Framing::kLength
  uint64_t response_left_ = 0;  // bytes of a kAnswerLength body to come
  int32_t slot_ = -1;
  int32_t touch_index_ = -1;
  int32_t defer_index_ = -1;
  uint32_t requests_ = 0;
  uint32_t started_us_ = 0;  // of the running request, where a meter runs
  // Where the running request lies in the arena, this turn only.
  uint32_t head_offset_ = 0;
  uint32_t head_bytes_ = 0;
  uint32_t fields_offset_ = 0;
  uint16_t field_count_ = 0;
  Phase phase_ = Phase::kHead;
  engine::Method method_ = engine::Method::kOther;
  engine::Framing framing_ = engine::Framing::kNone;
  CloseReason close_reason_ = CloseReason::kDone;
  bool is_http10_ : 1 = false;
  bool keep_alive_ : 1 = true;
  bool continue_expected_ : 1 = false;
  bool has_session_ : 1 = false;  // JavaScript knows the slot
  bool in_arena_ : 1 = false;     // head_offset_ is valid
  bool answering_ : 1 = false;    // a streamed answer is under way
  bool chunked_ : 1 = false;      // ... as chunks
  bool until_close_ : 1 = false;  // ... that only the end delimits
  bool bodiless_ : 1 = false;     // ... to HEAD: bytes are counted, not sent
  bool wants_readable_ : 1 = false;
  bool wants_writable_ : 1 = false;
  bool body_started_ : 1 = false;
  bool write_started_ : 1 = false;
  bool stays_here_ : 1 = false;
  bool awaits_proxy_header_ : 1 = false;  // before anything else
  bool output_ended_ : 1 = false;  // taken over, and our side is over
  bool input_taken_ : 1 = false;   // ... and JavaScript knows the peer's is
};

}  // namespace gudeg::connection
