// Functions on TLS of one connection of a server, named by its slot.

#include "tls_connection_functions.h"

#include <string>
#include <string_view>

#include "../connection/server_connection.h"
#include "arguments.h"
#include "environment.h"
#include "tls_functions.h"

namespace gudeg::binding {

using connection::ServerConnection;
using transport::TlsChannel;

namespace {

ServerConnection* ConnectionOf(const Napi::CallbackInfo& info) {
  Environment* environment = Environment::Of(info.Env());
  return environment == nullptr ? nullptr : environment->At(Int(info[0]));
}

// Null on plain connections, and when the connection is gone.
const TlsChannel* ChannelOf(const Napi::CallbackInfo& info) {
  const ServerConnection* connection = ConnectionOf(info);
  return connection == nullptr ? nullptr : connection->tls();
}

// Null where there is nothing.
Napi::Value BufferOf(Napi::Env env, const std::string& bytes) {
  if (bytes.empty()) return env.Null();
  return Napi::Buffer<char>::Copy(env, bytes.data(), bytes.size());
}

// tlsInfo(slot) -> what was negotiated, or null
Napi::Value TlsInfo(const Napi::CallbackInfo& info) {
  return TlsInfoValue(info.Env(), ChannelOf(info));
}

// tlsServerName(slot) -> the name that the client asks for, '' for none
Napi::Value TlsServerName(const Napi::CallbackInfo& info) {
  const TlsChannel* channel = ChannelOf(info);
  const char* name = channel == nullptr ? nullptr : channel->server_name();
  return Napi::String::New(info.Env(), name == nullptr ? "" : name);
}

// chooseTlsContext(slot, context or null): its handshake goes on
Napi::Value ChooseTlsContext(const Napi::CallbackInfo& info) {
  ServerConnection* connection = ConnectionOf(info);
  if (connection != nullptr) connection->ChooseContext(TlsContextOf(info[1]));
  return info.Env().Undefined();
}

// tlsKeyLog(slot) -> lines, where the context keeps them
Napi::Value TlsKeyLog(const Napi::CallbackInfo& info) {
  const TlsChannel* channel = ChannelOf(info);
  return Napi::String::New(
      info.Env(), channel == nullptr ? std::string() : channel->key_log());
}

// tlsOwnCertificate(slot) -> DER, or null
Napi::Value TlsOwnCertificate(const Napi::CallbackInfo& info) {
  const TlsChannel* channel = ChannelOf(info);
  return BufferOf(info.Env(), channel == nullptr ? std::string()
                                                 : channel->OwnCertificate());
}

// tlsIssuerOf(slot, certificate in DER) -> DER of a trusted CA, or null
Napi::Value TlsIssuerOf(const Napi::CallbackInfo& info) {
  const TlsChannel* channel = ChannelOf(info);
  const Bytes der = BytesOf(info[1]);
  const std::string_view text(reinterpret_cast<const char*>(der.data),
                              der.size);
  return BufferOf(info.Env(), channel == nullptr || der.size == 0
                                  ? std::string()
                                  : channel->IssuerOf(text));
}

// tlsFinished(slot, ofPeer) -> the Finished message, or null
Napi::Value TlsFinished(const Napi::CallbackInfo& info) {
  const TlsChannel* channel = ChannelOf(info);
  return BufferOf(info.Env(), channel == nullptr
                                  ? std::string()
                                  : channel->Finished(Bool(info[1])));
}

// exportTlsKeys(slot, target, label, context or null) -> whether there are any
Napi::Value ExportTlsKeys(const Napi::CallbackInfo& info) {
  const TlsChannel* channel = ChannelOf(info);
  const Bytes target = BytesOf(info[1]);
  const std::string label = Latin1(info[2]);
  const Bytes bytes = BytesOf(info[3]);
  const std::string_view context(reinterpret_cast<const char*>(bytes.data),
                                 bytes.size);
  const bool done =
      channel != nullptr &&
      channel->ExportKeys(label, info[3].IsNull() ? nullptr : &context,
                          target.data, target.size);
  return Napi::Boolean::New(info.Env(), done);
}

}  // namespace

void ExportTlsConnectionFunctions(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name,
                       Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("tlsInfo", TlsInfo);
  add("tlsServerName", TlsServerName);
  add("chooseTlsContext", ChooseTlsContext);
  add("tlsKeyLog", TlsKeyLog);
  add("tlsOwnCertificate", TlsOwnCertificate);
  add("tlsIssuerOf", TlsIssuerOf);
  add("tlsFinished", TlsFinished);
  add("exportTlsKeys", ExportTlsKeys);
}

}  // namespace gudeg::binding
