// Functions on one connection, named by its slot: what an application needs
// beyond the records of the shared memory.

#include "connection_functions.h"

#include "../connection/server_connection.h"
#include "arguments.h"
#include "environment.h"
#include "message_functions.h"
#include "server_functions.h"

namespace gudeg::binding {

using connection::ServerConnection;

namespace {

ServerConnection* ConnectionOf(const Napi::CallbackInfo& info) {
  Environment* environment = Environment::Of(info.Env());
  return environment == nullptr ? nullptr : environment->At(Int(info[0]));
}

// As above, after the answers that JavaScript has left before this call.
ServerConnection* ConnectionAfterAnswers(const Napi::CallbackInfo& info) {
  Environment* environment = Environment::Of(info.Env());
  if (environment == nullptr) return nullptr;
  environment->TakeAnswers();
  return environment->At(Int(info[0]));
}

// takeAnswers()
Napi::Value TakeAnswers(const Napi::CallbackInfo& info) {
  Environment* environment = Environment::Of(info.Env());
  if (environment != nullptr) environment->TakeAnswers();
  return info.Env().Undefined();
}

Napi::Value PeerAddress(const Napi::CallbackInfo& info) {
  const ServerConnection* connection = ConnectionOf(info);
  if (connection == nullptr) return info.Env().Null();
  return AddressValue(info.Env(), connection->PeerAddress());
}

// stayHere(slot): the connection is not handed on to another process
Napi::Value StayHere(const Napi::CallbackInfo& info) {
  ServerConnection* connection = ConnectionOf(info);
  if (connection != nullptr) connection->StayHere();
  return info.Env().Undefined();
}

// peerCredentials(slot) -> [pid, uid, gid] or null
Napi::Value PeerCredentials(const Napi::CallbackInfo& info) {
  const ServerConnection* connection = ConnectionOf(info);
  transport::PeerCredentials credentials;
  if (connection == nullptr ||
      !transport::SocketAddress::LocalOf(connection->fd()).is_unix() ||
      !transport::ReadPeerCredentials(connection->fd(), &credentials)) {
    return info.Env().Null();
  }
  Napi::Array tuple = Napi::Array::New(info.Env(), 3);
  tuple.Set(0u, credentials.pid);
  tuple.Set(1u, credentials.uid);
  tuple.Set(2u, credentials.gid);
  return tuple;
}

// admit(slot, admitted)
Napi::Value Admit(const Napi::CallbackInfo& info) {
  if (auto* connection = ConnectionOf(info)) connection->Admit(Bool(info[1]));
  return info.Env().Undefined();
}

// giveUp(slot)
Napi::Value GiveUp(const Napi::CallbackInfo& info) {
  if (auto* connection = ConnectionAfterAnswers(info)) connection->GiveUp();
  return info.Env().Undefined();
}

// loadHead(slot) -> whether the head lies where the control integers say
Napi::Value LoadHead(const Napi::CallbackInfo& info) {
  auto* connection = ConnectionOf(info);
  return Napi::Boolean::New(info.Env(),
                            connection != nullptr && connection->LoadHead());
}

// write(slot, bytes) -> kWritten, kFull or kGone
Napi::Value Write(const Napi::CallbackInfo& info) {
  auto* connection = ConnectionAfterAnswers(info);
  const Bytes bytes = BytesOf(info[1]);
  bool full = false;
  const bool ok =
      connection != nullptr && connection->Write(bytes.data, bytes.size, &full);
  return WriteStatus(info, ok, full);
}

// sendFile(slot, fd, offset, length) -> kWritten or kGone
Napi::Value SendFile(const Napi::CallbackInfo& info) {
  auto* connection = ConnectionAfterAnswers(info);
  const bool ok =
      connection != nullptr &&
      connection->SendFile(Int(info[1]), static_cast<int64_t>(Natural(info[2])),
                           Natural(info[3]));
  return WriteStatus(info, ok, false);
}

// takeOver(slot, idleTimeoutMs) -> whether bytes are raw from here on
Napi::Value TakeOver(const Napi::CallbackInfo& info) {
  auto* connection = ConnectionAfterAnswers(info);
  return Napi::Boolean::New(
      info.Env(), connection != nullptr &&
                      connection->TakeOver(static_cast<uint32_t>(Int(info[1]))));
}

// setIdleTimeout(slot, ms)
Napi::Value SetIdleTimeout(const Napi::CallbackInfo& info) {
  if (auto* connection = ConnectionOf(info)) {
    connection->SetIdleTimeout(static_cast<uint32_t>(Int(info[1])));
  }
  return info.Env().Undefined();
}

// readRaw(slot, target) -> bytes copied; see BodyStatus
Napi::Value ReadRaw(const Napi::CallbackInfo& info) {
  auto* connection = ConnectionAfterAnswers(info);
  const Bytes target = BytesOf(info[1]);
  if (connection == nullptr) return Napi::Number::New(info.Env(), -1);
  const size_t count = connection->ReadRaw(target.data, target.size);
  return Napi::Number::New(info.Env(), static_cast<double>(count));
}

// writeRaw(slot, bytes) -> kWritten, kFull or kGone
Napi::Value WriteRaw(const Napi::CallbackInfo& info) {
  auto* connection = ConnectionAfterAnswers(info);
  const Bytes bytes = BytesOf(info[1]);
  bool full = false;
  const bool ok = connection != nullptr &&
                  connection->WriteRaw(bytes.data, bytes.size, &full);
  return WriteStatus(info, ok, full);
}

// endRaw(slot) -> kWritten or kGone
Napi::Value EndRaw(const Napi::CallbackInfo& info) {
  auto* connection = ConnectionAfterAnswers(info);
  return WriteStatus(info, connection != nullptr && connection->EndRaw(), false);
}

// finish(slot): closes in order
Napi::Value Finish(const Napi::CallbackInfo& info) {
  if (auto* connection = ConnectionAfterAnswers(info)) connection->Finish();
  return info.Env().Undefined();
}

// destroy(slot, resets): closes at once
Napi::Value Destroy(const Napi::CallbackInfo& info) {
  if (auto* connection = ConnectionAfterAnswers(info)) {
    connection->Destroy(Bool(info[1]));
  }
  return info.Env().Undefined();
}

}  // namespace

void ExportConnectionFunctions(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name,
                       Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("takeAnswers", TakeAnswers);
  add("peerAddress", PeerAddress);
  add("stayHere", StayHere);
  add("localAddress", LocalAddress<ConnectionOf>);
  add("peerCredentials", PeerCredentials);
  add("admit", Admit);
  add("giveUp", GiveUp);
  add("loadHead", LoadHead);
  add("readBody", ReadBody<ConnectionOf>);
  add("write", Write);
  add("offer", Offer<ConnectionAfterAnswers>);
  add("writeChunk", WriteChunk<ConnectionAfterAnswers>);
  add("end", End<ConnectionAfterAnswers>);
  add("sendFile", SendFile);
  add("takeOver", TakeOver);
  add("setIdleTimeout", SetIdleTimeout);
  add("readRaw", ReadRaw);
  add("writeRaw", WriteRaw);
  add("endRaw", EndRaw);
  add("finish", Finish);
  add("destroy", Destroy);
}

}  // namespace gudeg::binding
