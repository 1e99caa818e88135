// What crosses between C++ and JavaScript for clients, beyond records.h. The
// records are kEventInts long and lie as RequestIndex says, with the reason
// phrase in the place of the target; src/core/native/client-records.ts states
// the same numbers.
#pragma once

#include <cstdint>

namespace gudeg::connection {

enum class ClientEventKind : uint8_t {
  kConnected = 1,  // [1] slot
  kResponse = 2,   // the head of a response, and its body if that is here
  kInterim = 3,    // the head of a 1xx response
  kReadable = 4,   // body bytes, or its end or fault, wait to be read
  kWritable = 5,   // output has drained; write again
  kClosed = 6,     // [1] slot [2] ClientCloseReason [3] Fault or errno
                   // [4] whether bytes of the response had come, and
                   // TlsFailureIndex
};

// In event[0]: kind | status << 8 | framing << 18 | flags << 20.
enum ResponseFlags : int32_t {
  kResponseHttp10 = 1,
  kResponseKeepAlive = 2,  // the connection is good for another request
  kResponseTunnel = 4,     // what follows is no HTTP any more
  kResponseComplete = 8,   // the whole body lies at kRequestBodyOffset; with
                           // Framing::kChunked a table of kRequestBodyAvailable
                           // chunks: for each where its data is, and its length
};

enum class ClientCloseReason : uint8_t {
  kDone = 0,          // after a response that was the last one
  kConnectFailed = 1,  // errno
  kConnectTimeout = 2,
  kPeerClosed = 3,
  kPeerReset = 4,  // errno
  kResponseTimeout = 5,
  kBodyTimeout = 6,
  kWriteTimeout = 7,
  kProtocolFault = 8,  // Fault
  kAborted = 9,        // by the application
  kTlsFault = 10,
};

// What sending a request answers beside a Fault (positive).
inline constexpr int32_t kRequestSent = 0;
inline constexpr int32_t kConnectionGone = -1;
inline constexpr int32_t kConnectionBusy = -2;

}  // namespace gudeg::connection
