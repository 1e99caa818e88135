#include "websocket_codec.h"

#include <string>

#include "../connection/websocket_receiver.h"
#include "../connection/websocket_sender.h"
#include "arguments.h"
#include "instance_data.h"
#include "name_lists.h"
#include "websocket_values.h"

namespace gudeg::binding {

using connection::OutputBuffer;
using connection::WebSocketReceiver;
using connection::WebSocketSender;
using engine::WebSocketOpcode;
using engine::WebSocketRole;

namespace {

class WebSocketCodec final : public Napi::ObjectWrap<WebSocketCodec> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "WebSocketCodec",
                       {InstanceMethod("receive", &WebSocketCodec::Receive),
                        InstanceMethod("frame", &WebSocketCodec::Frame),
                        InstanceMethod("close", &WebSocketCodec::Close)});
  }

  // new WebSocketCodec(isClient, settings)
  explicit WebSocketCodec(const Napi::CallbackInfo& info)
      : ObjectWrap(info),
        role_(Bool(info[0]) ? WebSocketRole::kClient : WebSocketRole::kServer),
        settings_(ReadWebSocketSettings(info[1])),
        receiver_(role_, settings_.limits, settings_.deflate),
        sender_(role_, settings_.deflate, settings_.effort) {}

 private:
  // receive(bytes) -> [kind, value, kind, value, ...]: see CodecEvent. The
  // bytes are used up: their memory is written to.
  Napi::Value Receive(const Napi::CallbackInfo& info) {
    using Step = WebSocketReceiver::Step;
    const Napi::Env env = info.Env();
    InstanceData* instance = InstanceData::Of(env);
    const Bytes bytes = BytesOf(info[0]);
    Napi::Array events = Napi::Array::New(env);
    uint32_t count = 0;
    const auto add = [&](int32_t kind, Napi::Value value) {
      events.Set(count++, Napi::Number::New(env, kind));
      events.Set(count++, value);
    };
    size_t at = 0;
    while (!over_) {
      const auto result = receiver_.Next(bytes.data + at, bytes.size - at,
                                         &instance->workspace);
      at += result.consumed;
      switch (result.step) {
        case Step::kNeedMore:
          instance->workspace.TrimScratch();
          return events;
        case Step::kMessage:
          add(result.is_text ? kCodecText : kCodecBinary,
              settings_.text_as_bytes ? BytesValue(env, result)
                                      : MessageValue(env, result));
          break;
        case Step::kPing:
        case Step::kPong:
          add(result.step == Step::kPing ? kCodecPing : kCodecPong,
              BytesValue(env, result));
          break;
        case Step::kClose:
          over_ = true;
          add(kCodecClose, Napi::Number::New(env, result.code));
          add(kCodecReason, settings_.text_as_bytes
                                ? BytesValue(env, result)
                                : Utf8Value(env, result.data, result.size));
          break;
        case Step::kFault:
          over_ = true;
          add(kCodecFault,
              Napi::Number::New(env, static_cast<int>(result.fault)));
          break;
      }
    }
    return events;
  }

  // frame(opcode, text or bytes, compress) -> bytes
  Napi::Value Frame(const Napi::CallbackInfo& info) {
    const auto opcode = static_cast<WebSocketOpcode>(Int(info[0]) & 0xf);
    const bool compress = Bool(info[2]);
    const auto append = [&](const uint8_t* data, size_t size, auto* instance,
                            OutputBuffer* out) {
      return sender_.Append(opcode, data, size, compress, &instance->workspace,
                            out, &instance->pool);
    };
    if (info[1].IsString()) {
      const std::string text = info[1].As<Napi::String>().Utf8Value();
      return Collect(info.Env(), [&](auto* instance, OutputBuffer* out) {
        return append(reinterpret_cast<const uint8_t*>(text.data()),
                      text.size(), instance, out);
      });
    }
    const Bytes bytes = BytesOf(info[1]);
    return Collect(info.Env(), [&](auto* instance, OutputBuffer* out) {
      return append(bytes.data, bytes.size, instance, out);
    });
  }

  // close(code, reason) -> bytes
  Napi::Value Close(const Napi::CallbackInfo& info) {
    const std::string reason = info[1].ToString().Utf8Value();
    return Collect(info.Env(), [&](auto* instance, OutputBuffer* out) {
      return sender_.AppendClose(
          static_cast<uint16_t>(Int(info[0])),
          reinterpret_cast<const uint8_t*>(reason.data()), reason.size(),
          &instance->workspace, out, &instance->pool);
    });
  }

  // The bytes that `append` puts out; null when memory is out.
  template <typename Append>
  static Napi::Value Collect(Napi::Env env, Append append) {
    InstanceData* instance = InstanceData::Of(env);
    OutputBuffer out;
    Napi::Value bytes = env.Null();
    if (append(instance, &out)) {
      bytes = Napi::Buffer<uint8_t>::Copy(env, out.data(), out.size());
    }
    out.Release(&instance->pool);
    return bytes;
  }

  WebSocketRole role_;
  WebSocketSettings settings_;
  WebSocketReceiver receiver_;
  WebSocketSender sender_;
  bool over_ = false;
};

}  // namespace

void ExportWebSocketCodec(Napi::Env env, Napi::Object exports) {
  exports.Set("WebSocketCodec", WebSocketCodec::Define(env));
  exports.Set("canDeflate",
              Napi::Boolean::New(env, connection::FindZlib() != nullptr));
  exports.Set("webSocketFaults", WebSocketFaultList(env));
}

}  // namespace gudeg::binding
