// The layout of the records that cross between C++ and JavaScript in shared
// memory. src/core/native/records.ts states the same numbers.
#pragma once

#include <cstdint>

namespace gudeg::connection {

// Events, C++ to JavaScript: kEventInts integers each.
inline constexpr int kEventInts = 14;

enum class EventKind : uint8_t {
  kRequest = 1,        // a head was read; see the indices below
  kReadable = 2,       // body bytes, or its end or fault, wait to be read
  kWritable = 3,       // output has drained; write again
  kClosed = 4,         // [1] slot [2] CloseReason [3] Fault
  kAnswerRefused = 5,  // [1] slot [2] Fault [3] offset [4] length of the bad
                       // text [5] of which the first are a field's name
  kOpened = 6,         // [1] slot [12] server: the app decides on a connection
  kRefused = 7,        // [1] slot or -1 [2] Fault, 0 = the head took too
                       // long [12] server
  kServerClosed = 8,   // [12] server
  kAcceptBackoff = 9,  // [2] errno [12] server
  kFileSent = 10,      // [1] slot [2] 0 or errno
  kTooManyConnections = 11,  // [12] server
  kPeerEnded = 12,  // the peer stopped sending while its request runs; [2]: 1
                    // inside a body that is dropped
  kMessage = 13,       // of a WebSocket: see MessageIndex
  kControlFrame = 14,  // a ping or pong; [kMessageFlags] is the opcode
  kWebSocketEnd = 15,  // the peer's close frame, or its fault;
                       // [kMessageFlags] is WebSocketFault << 16 | close code
  kTlsFailed = 16,  // [1] slot of a connection whose handshake failed, and the
                    // indices below [12] server
  kTlsContextWanted = 17,  // [1] slot [12] server: a handshake waits for
                           // chooseTlsContext()
};

// Indices of a kRequest event. Offsets count from the start of the arena.
enum RequestIndex : int {
  kRequestKind = 0,  // EventKind | method << 8 | framing << 16 | flags << 20
  kRequestSlot = 1,
  kRequestHeadOffset = 2,
  kRequestTargetRef = 3,  // index of the target table, or -1; see below
  kRequestTargetOffset = 4,
  kRequestTargetLength = 5,
  kRequestFieldsOffset = 6,
  kRequestFieldCount = 7,
  kRequestLengthLow = 8,
  kRequestLengthHigh = 9,
  kRequestBodyOffset = 10,
  kRequestBodyAvailable = 11,
  kRequestServer = 12,
  kRequestMethodOffset = 13,
};
// Indices of a kMessage event, and of the two behind it.
enum MessageIndex : int {
  kMessageFlags = 2,
  kMessageOffset = 3,
  kMessageLength = 4,
};
enum MessageFlags : int32_t {
  kMessageText = 1,
  kMessageAscii = 2,
  kMessageHeld = 4,  // not in the arena: takeMessage() gives it
};

// Indices of a kTlsFailed event, and of a client's kClosed; transport/
// tls_failure.h says what they hold.
enum TlsFailureIndex : int {
  kTlsFailureKind = 5,
  kTlsFailureCode = 6,
  kTlsFailureVerifyResult = 7,
  kTlsFailureAlertReceived = 8,
  kTlsFailureAlertSent = 9,
};

// In kRequestTargetRef: (re)read the target and put it into the table.
inline constexpr int32_t kTargetRefresh = 1 << 30;

enum RequestFlags : int32_t {
  kFlagHttp10 = 1,
  kFlagKeepAlive = 2,
  kFlagExpectsContinue = 4,
  kFlagUpgrade = 8,
  kFlagFirst = 16,  // of its connection: JavaScript has no session yet
  kFlagExpectsOther = 32,
};

enum class CloseReason : uint8_t {
  kDone = 0,
  kPeerClosed = 1,
  kPeerReset = 2,
  kKeepAliveTimeout = 3,
  kHeadTimeout = 4,
  kBodyTimeout = 5,
  kWriteTimeout = 6,
  kProtocolFault = 7,
  kServerClosed = 8,
  kAborted = 9,
  kIdleTimeout = 10,  // after TakeOver()
  kHandedOn = 11,
  kTlsFault = 12,
};

// Answers, JavaScript to C++: kAnswerInts integers, then one per field
// (name length << 20 | value length). The bytes, from kAnswerBytes on, are
// the reason, each field's name and value, and the body.
enum AnswerIndex : int {
  kAnswerSlot = 0,
  kAnswerStatus = 1,        // status | AnswerFlags
  kAnswerReasonLength = 2,  // -1: the standard phrase of the status
  kAnswerFieldCount = 3,
  kAnswerBytes = 4,
  kAnswerBodyLength = 5,  // bytes in the record
  kAnswerTotalLow = 6,    // with kAnswerLength: the whole body's length
  kAnswerTotalHigh = 7,
  kAnswerInts = 8,
};
enum AnswerFlags : int32_t {
  kAnswerClose = 1 << 16,    // the session closes after this response
  kAnswerLength = 1 << 17,   // kAnswerTotal bytes of body follow by Write()
  kAnswerChunked = 1 << 18,  // chunks follow by WriteChunk() and End()
  kAnswerNoBody = 1 << 19,   // a body of null
  kAnswerInterim = 1 << 20,  // 1xx but 101; the answer itself follows
  kAnswerTunnel = 1 << 21,   // 101, or 2xx to CONNECT: TakeOver() follows
  kAnswerAsGiven = 1 << 22,  // the bytes are a response, or the first part of
                             // one, that JavaScript has framed itself
  kAnswerMore = 1 << 23,     // with kAnswerAsGiven: Write() and End() follow
  kAnswerCompress = 1 << 24,  // the record is a message of a WebSocket, with
                              // the opcode in place of a status
};

// Single integers at the head of the shared memory.
enum ControlIndex : int {
  kControlEpoch = 0,    // changes after each call of the application: its
                        // event records and arena offsets are void then
  kControlAnswers = 1,  // integers used in the answer ring
  kControlAnswerBytes = 2,
  // Results of ReadBody():
  kControlBodyStatus = 3,
  kControlBodyFault = 4,
  kControlChunkSize = 5,
  kControlKeyLength = 6,
  kControlValueLength = 7,
  kControlTrailerCount = 8,
  // Results of LoadHead() and ReadBody()'s trailers:
  kControlHeadOffset = 9,
  kControlFieldsOffset = 10,
  kControlFieldCount = 11,
  kControlLengthLow = 12,
  kControlLengthHigh = 13,
  kControlInts = 16,
};

enum class BodyStatus : int32_t {
  kData = 0,       // the given count of bytes was copied
  kWait = 1,       // nothing now; a kReadable event will follow
  kEnd = 2,        // the body is over
  kFault = 3,      // kControlBodyFault says why
  kChunkHead = 4,  // a chunk begins
  kChunkEnd = 5,   // a chunk is over
};

}  // namespace gudeg::connection
