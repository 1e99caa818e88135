// Functions on clients' connections. openClients() gives an object that holds
// them and the memory they share with JavaScript.

#include "client_functions.h"

#include <new>

#include "../connection/client_connection.h"
#include "../engine/fault.h"
#include "arguments.h"
#include "client_environment.h"
#include "client_options.h"
#include "message_functions.h"
#include "name_lists.h"
#include "shared_memory.h"
#include "server_functions.h"
#include "socket_address_argument.h"
#include "tls_functions.h"

namespace gudeg::binding {

using connection::ClientConnection;

namespace {

constexpr size_t kArenaBytes = 1024 * 1024;
constexpr size_t kEventsInts = 16 * 1024;

ClientEnvironment* EnvironmentOf(const Napi::CallbackInfo& info) {
  return static_cast<ClientEnvironment*>(info.Data());
}

ClientConnection* ConnectionOf(const Napi::CallbackInfo& info) {
  return EnvironmentOf(info)->At(Int(info[0]));
}

Napi::Value Integer(const Napi::CallbackInfo& info, int32_t value) {
  return Napi::Number::New(info.Env(), value);
}

// connect(kind, host or name bytes, port, flowinfo, scope id, options)
//   -> slot, or a negative errno
Napi::Value Connect(const Napi::CallbackInfo& info) {
  transport::SocketAddress address;
  if (!ReadSocketAddress(info, 0, &address)) return Integer(info, UV_EINVAL);
  auto* connection = new (std::nothrow) ClientConnection(
      EnvironmentOf(info), ReadClientOptions(info[5].As<Napi::Object>()));
  if (connection == nullptr) return Integer(info, UV_ENOMEM);
  const int status = connection->Connect(address);
  if (status != 0) {
    delete connection;
    return Integer(info, status);
  }
  return Integer(info, connection->slot());
}

// request(slot, head, field count, body bytes or null)
//   -> kRequestSent, kConnectionGone, kConnectionBusy or a Fault
Napi::Value Request(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  ClientConnection* connection = ConnectionOf(info);
  if (connection == nullptr) {
    return Integer(info, connection::kConnectionGone);
  }
  if (!connection->is_idle()) return Integer(info, connection::kConnectionBusy);
  size_t size = 0;
  napi_get_value_string_latin1(env, info[1], nullptr, 0, &size);
  // One byte more: Node-API ends the text with NUL.
  uint8_t* room = connection->ReserveHead(size + 1);
  if (room == nullptr) return Integer(info, connection::kConnectionGone);
  napi_get_value_string_latin1(env, info[1], reinterpret_cast<char*>(room),
                               size + 1, &size);
  const Bytes body = BytesOf(info[3]);
  const engine::Fault fault = connection->Send(
      size, static_cast<uint32_t>(Int(info[2])), body.data, body.size);
  return Integer(info, static_cast<int32_t>(fault));
}

// close(slot)
Napi::Value Close(const Napi::CallbackInfo& info) {
  if (ClientConnection* connection = ConnectionOf(info)) connection->Abort();
  return info.Env().Undefined();
}

// isOpen(slot); it may be closed before its event was dispatched
Napi::Value IsOpen(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), ConnectionOf(info) != nullptr);
}

// peerAddress(slot) -> address, or null
Napi::Value PeerAddress(const Napi::CallbackInfo& info) {
  const ClientConnection* connection = ConnectionOf(info);
  if (connection == nullptr) return info.Env().Null();
  return AddressValue(info.Env(),
                      transport::SocketAddress::PeerOf(connection->fd()));
}

// tlsInfo(slot) -> what was negotiated, or null
Napi::Value TlsInfo(const Napi::CallbackInfo& info) {
  const ClientConnection* connection = ConnectionOf(info);
  return TlsInfoValue(info.Env(),
                      connection == nullptr ? nullptr : connection->tls());
}

// openClients(dispatch, resource) -> memory, tables and functions
Napi::Value OpenClients(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return env.Undefined();
  Napi::Object clients = Napi::Object::New(env);
  connection::ClientMemory memory{};
  memory.arena_bytes = kArenaBytes;
  memory.events_ints = kEventsInts;
  memory.arena = AllocateShared<uint8_t>(clients, "arena", kArenaBytes);
  memory.events =
      AllocateShared<int32_t>(clients, "events", kEventsInts * sizeof(int32_t));
  memory.control = AllocateShared<int32_t>(
      clients, "control", connection::kControlInts * sizeof(int32_t));
  if (env.IsExceptionPending()) return env.Undefined();
  clients.Set("fieldNames", FieldNameList(env));
  clients.Set("faults", FaultList(env));
  auto* environment = new ClientEnvironment(
      env, info[0].As<Napi::Function>(), info[1].As<Napi::Object>(), clients,
      loop, memory);
  const auto add = [&](const char* name,
                       Napi::Value (*function)(const Napi::CallbackInfo&)) {
    clients.Set(name, Napi::Function::New(env, function, name, environment));
  };
  add("connect", Connect);
  add("request", Request);
  add("readBody", ReadBody<ConnectionOf>);
  add("offer", Offer<ConnectionOf>);
  add("writeChunk", WriteChunk<ConnectionOf>);
  add("end", End<ConnectionOf>);
  add("close", Close);
  add("isOpen", IsOpen);
  add("peerAddress", PeerAddress);
  add("localAddress", LocalAddress<ConnectionOf>);
  add("tlsInfo", TlsInfo);
  return clients;
}

}  // namespace

void ExportClientFunctions(Napi::Env env, Napi::Object exports) {
  exports.Set("openClients",
              Napi::Function::New(env, OpenClients, "openClients"));
}

}  // namespace gudeg::binding
