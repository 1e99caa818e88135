#include "client_options.h"

#include "arguments.h"
#include "tls_functions.h"

namespace gudeg::binding {

using connection::ClientOptions;

ClientOptions ReadClientOptions(Napi::Object given) {
  ClientOptions options;
  const auto count = [&given](const char* name, uint32_t* out) {
    const Napi::Value value = given.Get(name);
    if (value.IsNumber()) *out = value.As<Napi::Number>().Uint32Value();
  };
  if (Bool(given.Get("isDegu"))) {
    options.limits.profile = engine::Profile::kDegu;
  }
  options.limits.max_start_line_bytes = 65536;
  count("maxHeadBytes", &options.limits.max_head_bytes);
  count("maxHeaderCount", &options.limits.max_header_count);
  count("maxChunkLineBytes", &options.limits.max_chunk_line_bytes);
  count("maxChunkExtensionBytes", &options.limits.max_chunk_extension_bytes);
  count("maxChunkBytes", &options.limits.max_chunk_bytes);
  count("maxTrailerBytes", &options.limits.max_trailer_bytes);
  options.limits.max_body_bytes = Natural(given.Get("maxBodyBytes"));
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
