// WebSocketCodec: the WebSocket of connections that are streams of Node. Bytes
// in, messages out; messages in, bytes out.
#pragma once

#include <napi.h>

namespace gudeg::binding {

void ExportWebSocketCodec(Napi::Env env, Napi::Object exports);

}  // namespace gudeg::binding
