// WebSocket settings and messages as JavaScript values.
#pragma once

#include <napi.h>

#include "../connection/websocket_receiver.h"
#include "../connection/websocket_workspace.h"

namespace gudeg::binding {

// What WebSocketCodec.receive() gives, each followed by its value.
enum CodecEvent : int32_t {
  kCodecText = 1,
  kCodecBinary = 2,
  kCodecClose = 8,  // the code; kCodecReason follows
  kCodecPing = 9,
  kCodecPong = 10,
  kCodecReason = 11,
  kCodecFault = 12,
};

struct WebSocketSettings {
  engine::WebSocketLimits limits;
  connection::DeflateParameters deflate;
  connection::DeflateEffort effort;
  bool text_as_bytes = false;
};

// null, or an object that says what was negotiated.
connection::DeflateParameters ReadDeflateParameters(const Napi::Value& value);
// From an object with maxMessageBytes, maxFrames and deflate, which may say level
// and memoryLevel too.
WebSocketSettings ReadWebSocketSettings(const Napi::Value& value);

Napi::Value Utf8Value(Napi::Env env, const uint8_t* data, size_t size);
// Always a Buffer.
Napi::Value BytesValue(Napi::Env env,
                       const connection::WebSocketReceiver::Result& message);
// A string or a Buffer.
Napi::Value MessageValue(Napi::Env env,
                         const connection::WebSocketReceiver::Result& message);

}  // namespace gudeg::binding
