// How a failure of TLS is told to JavaScript.
#pragma once

#include "../transport/tls_failure.h"
#include "records.h"

namespace gudeg::connection {

inline void WriteTlsFailure(const transport::TlsFailure& failure,
                            int32_t* event) noexcept {
  event[kTlsFailureKind] = static_cast<int32_t>(failure.kind);
  event[kTlsFailureCode] = static_cast<int32_t>(failure.code);
  event[kTlsFailureVerifyResult] = failure.verify_result;
  event[kTlsFailureAlertReceived] = failure.alert_received;
  event[kTlsFailureAlertSent] = failure.alert_sent;
}

}  // namespace gudeg::connection
