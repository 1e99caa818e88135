// Functions on connections that are WebSockets, named by their slots.

#include "websocket_functions.h"

#include <algorithm>

#include "../connection/server_connection.h"
#include "arguments.h"
#include "environment.h"
#include "websocket_values.h"

namespace gudeg::binding {

using connection::ServerConnection;
using connection::WebSocketConfig;

namespace {

// After the answers that JavaScript has left before this call.
ServerConnection* ConnectionOf(const Napi::CallbackInfo& info) {
  Environment* environment = Environment::Of(info.Env());
  if (environment == nullptr) return nullptr;
  environment->TakeAnswers();
  return environment->At(Int(info[0]));
}

// addWebSocketConfig(options) -> its number
Napi::Value AddConfig(const Napi::CallbackInfo& info) {
  const Napi::Object given = info[0].As<Napi::Object>();
  const auto count = [&given](const char* name) {
    return static_cast<uint32_t>(Natural(given.Get(name)));
  };
  const WebSocketSettings settings = ReadWebSocketSettings(info[0]);
  WebSocketConfig config;
  config.limits = settings.limits;
  config.effort = settings.effort;
  config.max_buffered_bytes = count("maxBufferedBytes");
  config.ping_interval_ms = count("pingIntervalMs");
  config.idle_timeout_ms = count("idleTimeoutMs");
  config.close_timeout_ms = count("closeTimeoutMs");
  config.answers_pings = Bool(given.Get("answersPings"));
  config.closes_with_server = Bool(given.Get("closesWithServer"));
  return Napi::Number::New(
      info.Env(), Environment::Of(info.Env())->AddWebSocketConfig(config));
}

// openWebSocket(slot, config, settings, head) -> whether messages come from here
// on; head: bytes that were read already
Napi::Value Open(const Napi::CallbackInfo& info) {
  auto* connection = ConnectionOf(info);
  const WebSocketConfig* config =
      Environment::Of(info.Env())->WebSocketConfigAt(Int(info[1]));
  const Bytes head = BytesOf(info[3]);
  return Napi::Boolean::New(
      info.Env(),
      connection != nullptr && config != nullptr &&
          connection->OpenWebSocket(config, ReadDeflateParameters(info[2]),
                                    head.data, head.size));
}

// sendMessage(slot, opcode, bytes, compress) -> whether it was taken
Napi::Value Send(const Napi::CallbackInfo& info) {
  auto* connection = ConnectionOf(info);
  const Bytes bytes = BytesOf(info[2]);
  const auto opcode = static_cast<engine::WebSocketOpcode>(Int(info[1]) & 0xf);
  return Napi::Boolean::New(
      info.Env(), connection != nullptr &&
                      connection->SendMessage(opcode, bytes.data, bytes.size,
                                              Bool(info[3])));
}

// bufferedBytes(slot) -> what waits to leave, -1 when it is gone
Napi::Value Buffered(const Napi::CallbackInfo& info) {
  auto* connection = ConnectionOf(info);
  const int64_t bytes =
      connection == nullptr ? -1 : connection->BufferedBytes();
  return Napi::Number::New(info.Env(), static_cast<double>(bytes));
}

// closeWebSocket(slot, code, reason)
Napi::Value Close(const Napi::CallbackInfo& info) {
  auto* connection = ConnectionOf(info);
  if (connection != nullptr) {
    connection->CloseWebSocket(static_cast<uint16_t>(Int(info[1])),
                               info[2].ToString().Utf8Value());
  }
  return info.Env().Undefined();
}

// pauseMessages(slot, paused)
Napi::Value Pause(const Napi::CallbackInfo& info) {
  auto* connection = ConnectionOf(info);
  if (connection != nullptr) connection->PauseFrames(Bool(info[1]));
  return info.Env().Undefined();
}

// watchControlFrames(slot)
Napi::Value Watch(const Napi::CallbackInfo& info) {
  auto* connection = ConnectionOf(info);
  if (connection != nullptr) connection->WatchControlFrames();
  return info.Env().Undefined();
}

// broadcast(slots, opcode, bytes): one message to many sockets
Napi::Value Broadcast(const Napi::CallbackInfo& info) {
  Environment* environment = Environment::Of(info.Env());
  if (environment == nullptr || !info[0].IsTypedArray()) {
    return info.Env().Undefined();
  }
  environment->TakeAnswers();
  const auto slots = info[0].As<Napi::Int32Array>();
  const auto opcode = static_cast<engine::WebSocketOpcode>(Int(info[1]) & 0xf);
  const Bytes bytes = BytesOf(info[2]);
  std::vector<uint8_t>& frames = *environment->broadcast();
  const size_t start = frames.size();
  frames.resize(start + engine::kMaxFrameHeadBytes + bytes.size);
  const size_t head = engine::WriteFrameHead(frames.data() + start, opcode,
                                             true, false, bytes.size, nullptr);
  std::copy_n(bytes.data, bytes.size, frames.data() + start + head);
  frames.resize(start + head + bytes.size);
  for (size_t i = 0; i < slots.ElementLength(); i++) {
    auto* connection = environment->At(slots[i]);
    if (connection != nullptr) connection->ShareFrame(start, frames.size());
  }
  return info.Env().Undefined();
}

// takeMessage(slot, flags) -> the message that is held; null when it is gone
Napi::Value Take(const Napi::CallbackInfo& info) {
  Environment* environment = Environment::Of(info.Env());
  auto* connection =
      environment == nullptr ? nullptr : environment->At(Int(info[0]));
  const connection::InputBuffer* held =
      connection == nullptr ? nullptr : connection->HeldMessage();
  if (held == nullptr) return info.Env().Null();
  const int32_t flags = Int(info[1]);
  connection::WebSocketReceiver::Result message;
  message.data = held->data();
  message.size = held->size();
  message.is_text = (flags & connection::kMessageText) != 0;
  message.is_ascii = (flags & connection::kMessageAscii) != 0;
  const Napi::Value value = MessageValue(info.Env(), message);
  connection->DropHeldMessage();
  return value;
}

}  // namespace

void ExportWebSocketFunctions(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name,
                       Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("addWebSocketConfig", AddConfig);
  add("openWebSocket", Open);
  add("sendMessage", Send);
  add("bufferedBytes", Buffered);
  add("closeWebSocket", Close);
  add("pauseMessages", Pause);
  add("watchControlFrames", Watch);
  add("broadcast", Broadcast);
  add("takeMessage", Take);
}

}  // namespace gudeg::binding
