// Why a TLS connection ended, or never came about.
#pragma once

#include <cstdint>

namespace gudeg::transport {

struct TlsFailure {
  enum class Kind : uint8_t {
    kNone = 0,
    kFault = 1,    // OpenSSL's error, in `code`
    kTimeout = 2,  // no handshake in time
    kCut = 3,      // the peer closed inside the handshake
    kSystem = 4,   // errno, in `code`
  };
  Kind kind = Kind::kNone;
  uint8_t alert_received = 0;  // RFC 8446 section 6; 0: none
  uint8_t alert_sent = 0;
  int32_t verify_result = 0;  // X509_V_ERR_*; 0: nothing to say against it
  uint32_t code = 0;
};

// What OpenSSL calls an error, "unknown ca"; null when it knows none.
const char* TlsReasonText(uint32_t code) noexcept;

}  // namespace gudeg::transport
