#include "client_options.h"

#include "arguments.h"
#include "message_limits.h"
#include "tls_functions.h"

namespace gudeg::binding {

using connection::ClientOptions;

ClientOptions ReadClientOptions(Napi::Object given) {
  ClientOptions options;
  const auto count = [&given](const char* name, uint32_t* out) {
    CountIfGiven(given, name, out);
  };
  if (Bool(given.Get("isDegu"))) {
    options.limits.profile = engine::Profile::kDegu;
  }
  options.limits.max_start_line_bytes = 65536;
  ReadMessageLimits(given, &options.limits);
  count("connectTimeoutMs", &options.connect_timeout_ms);
  count("responseTimeoutMs", &options.response_timeout_ms);
  count("bodyTimeoutMs", &options.body_timeout_ms);
  count("writeTimeoutMs", &options.write_timeout_ms);
  count("outputHighWaterBytes", &options.output_high_water_bytes);
  count("inputHighWaterBytes", &options.input_high_water_bytes);
  options.tls = TlsContextOf(given.Get("tls"));
  options.tls_peer.server_name = Latin1(given.Get("serverName"));
  options.tls_peer.checked_name = Latin1(given.Get("checkedName"));
  return options;
}

}  // namespace gudeg::binding
