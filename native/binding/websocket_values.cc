#include "websocket_values.h"

#include "arguments.h"

namespace gudeg::binding {

connection::DeflateParameters ReadDeflateParameters(const Napi::Value& value) {
  connection::DeflateParameters deflate;
  if (!value.IsObject()) return deflate;
  const Napi::Object given = value.As<Napi::Object>();
  const auto bits = [&given](const char* name) {
    const uint64_t bits = Natural(given.Get(name));
    return static_cast<uint8_t>(bits < 8 || bits > 15 ? 15 : bits);
  };
  deflate.enabled = true;
  deflate.keeps_send_context = Bool(given.Get("keepsSendContext"));
  deflate.keeps_receive_context = Bool(given.Get("keepsReceiveContext"));
  deflate.send_window_bits = bits("sendWindowBits");
  deflate.receive_window_bits = bits("receiveWindowBits");
  return deflate;
}

WebSocketSettings ReadWebSocketSettings(const Napi::Value& value) {
  WebSocketSettings settings;
  if (!value.IsObject()) return settings;
  const Napi::Object given = value.As<Napi::Object>();
  settings.limits.max_message_bytes = Natural(given.Get("maxMessageBytes"));
  settings.limits.max_frames =
      static_cast<uint32_t>(Natural(given.Get("maxFrames")));
  settings.text_as_bytes = Bool(given.Get("textAsBytes"));
  const Napi::Value deflate = given.Get("deflate");
  if (!deflate.IsObject()) return settings;
  const Napi::Object chosen = deflate.As<Napi::Object>();
  settings.deflate = ReadDeflateParameters(deflate);
  settings.effort.level = static_cast<int8_t>(Int(chosen.Get("level")));
  settings.effort.memory_level =
      static_cast<int8_t>(Int(chosen.Get("memoryLevel")));
  return settings;
}

Napi::Value Utf8Value(Napi::Env env, const uint8_t* data, size_t size) {
  return Napi::String::New(env, reinterpret_cast<const char*>(data), size);
}

Napi::Value BytesValue(Napi::Env env,
                       const connection::WebSocketReceiver::Result& message) {
  return Napi::Buffer<uint8_t>::Copy(env, message.data, message.size);
}

Napi::Value MessageValue(Napi::Env env,
                         const connection::WebSocketReceiver::Result& message) {
  if (!message.is_text) return BytesValue(env, message);
  if (!message.is_ascii) return Utf8Value(env, message.data, message.size);
  napi_value text = nullptr;
  napi_create_string_latin1(env, reinterpret_cast<const char*>(message.data),
                            message.size, &text);
  return Napi::Value(env, text);
}

}  // namespace gudeg::binding
