// Functions on clients' connections that block. openBlocking() gives an object
// that holds them and the memory they share with JavaScript.

#include "blocking_functions.h"

#include <algorithm>
#include <memory>

#include "../connection/arena.h"
#include "../connection/blocking_connection.h"
#include "../connection/records.h"
#include "../transport/name_lookup.h"
#include "arguments.h"
#include "client_options.h"
#include "name_lists.h"
#include "shared_memory.h"
#include "socket_address_argument.h"
#include "tls_functions.h"

namespace gudeg::binding {

using connection::BlockingConnection;
using connection::BlockingMemory;
using transport::SocketAddress;

namespace {

// A head, a body that came with it, and the results of single steps.
constexpr size_t kArenaBytes = 256 * 1024;
static_assert(kArenaBytes > connection::kScratchBytes);

// Lives as long as the JavaScript environment.
struct BlockingEnvironment {
  BlockingMemory memory{};
  Napi::ObjectReference holder;  // of the buffers
};

Napi::Value Integer(const Napi::CallbackInfo& info, int32_t value) {
  return Napi::Number::New(info.Env(), value);
}

BlockingConnection* ConnectionOf(const Napi::CallbackInfo& info) {
  void* data = nullptr;
  if (napi_get_value_external(info.Env(), info[0], &data) != napi_ok) {
    return nullptr;
  }
  return static_cast<BlockingConnection*>(data);
}

// connect(kind, host or name bytes, port, flowinfo, scope id, options)
//   -> a connection, or a negative errno; with -EPROTO, the record says what
//   is wrong with the peer's TLS. The kind `name` is looked up.
Napi::Value Connect(const Napi::CallbackInfo& info) {
  const auto* environment = static_cast<BlockingEnvironment*>(info.Data());
  std::vector<SocketAddress> addresses;
  if (Latin1(info[0]) == "name") {
    addresses = transport::LookupName(Latin1(info[1]),
                                      static_cast<uint16_t>(Int(info[2])));
    if (addresses.empty()) return Integer(info, UV_EAI_NONAME);
  } else {
    SocketAddress address;
    if (!ReadSocketAddress(info, 0, &address)) return Integer(info, UV_EINVAL);
    addresses.push_back(address);
  }
  auto connection = std::make_unique<BlockingConnection>(
      ReadClientOptions(info[5].As<Napi::Object>()), environment->memory);
  int status = 0;
  for (const SocketAddress& address : addresses) {
    status = connection->Connect(address);
    if (status == 0) break;
  }
  if (status != 0) return Integer(info, status);
  return Napi::External<BlockingConnection>::New(
      info.Env(), connection.release(),
      [](Napi::BasicEnv, BlockingConnection* unused) { delete unused; });
}

// send(connection, head, field count, body bytes or null)
//   -> kRequestSent, kConnectionGone, kConnectionBusy or a Fault
Napi::Value Send(const Napi::CallbackInfo& info) {
  BlockingConnection* connection = ConnectionOf(info);
  if (connection == nullptr || !connection->is_open()) {
    return Integer(info, connection::kConnectionGone);
  }
  if (!connection->is_idle()) return Integer(info, connection::kConnectionBusy);
  size_t size = 0;
  napi_get_value_string_latin1(info.Env(), info[1], nullptr, 0, &size);
  char* room = connection->ReserveHead(size + 1);
  napi_get_value_string_latin1(info.Env(), info[1], room, size + 1, &size);
  const Bytes body = BytesOf(info[3]);
  return Integer(info, static_cast<int32_t>(connection->Send(
                           size, static_cast<uint32_t>(Int(info[2])), body.data,
                           body.size)));
}

// writeChunk(connection, key, value, bytes) -> whether the extension is one
Napi::Value WriteChunk(const Napi::CallbackInfo& info) {
  BlockingConnection* connection = ConnectionOf(info);
  const Bytes bytes = BytesOf(info[3]);
  return Napi::Boolean::New(
      info.Env(), connection != nullptr &&
                      connection->WriteChunk(Latin1(info[1]), Latin1(info[2]),
                                             bytes.data, bytes.size));
}

// receive(connection) -> whether the record is a response's; else it is an end
Napi::Value Receive(const Napi::CallbackInfo& info) {
  BlockingConnection* connection = ConnectionOf(info);
  return Napi::Boolean::New(info.Env(),
                            connection != nullptr && connection->ReceiveHead());
}

// readBody(connection, target, start, size) -> bytes copied; see BodyStatus
Napi::Value ReadBody(const Napi::CallbackInfo& info) {
  BlockingConnection* connection = ConnectionOf(info);
  const Bytes target = BytesOf(info[1]);
  const auto start = static_cast<size_t>(Int(info[2]));
  if (connection == nullptr || start > target.size) return Integer(info, -1);
  const size_t size =
      std::min(target.size - start, static_cast<size_t>(Natural(info[3])));
  return Integer(info, static_cast<int32_t>(
                           connection->ReadBody(target.data + start, size)));
}

Napi::Value Close(const Napi::CallbackInfo& info) {
  if (BlockingConnection* connection = ConnectionOf(info)) connection->Close();
  return info.Env().Undefined();
}

Napi::Value IsOpen(const Napi::CallbackInfo& info) {
  const BlockingConnection* connection = ConnectionOf(info);
  return Napi::Boolean::New(info.Env(),
                            connection != nullptr && connection->is_open());
}

// tlsInfo(connection) -> what was negotiated, or null
Napi::Value TlsInfo(const Napi::CallbackInfo& info) {
  const BlockingConnection* connection = ConnectionOf(info);
  return TlsInfoValue(info.Env(),
                      connection == nullptr ? nullptr : connection->tls());
}

// openBlocking() -> memory, tables and functions
Napi::Value OpenBlocking(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Napi::Object holder = Napi::Object::New(env);
  auto* environment = new BlockingEnvironment;
  env.AddCleanupHook(
      [](BlockingEnvironment* done) {
        done->holder.SuppressDestruct();
        delete done;
      },
      environment);
  environment->memory.arena_bytes = kArenaBytes;
  environment->memory.arena =
      AllocateShared<uint8_t>(holder, "arena", kArenaBytes);
  environment->memory.record = AllocateShared<int32_t>(
      holder, "events", connection::kEventInts * sizeof(int32_t));
  environment->memory.control = AllocateShared<int32_t>(
      holder, "control", connection::kControlInts * sizeof(int32_t));
  if (env.IsExceptionPending()) return env.Undefined();
  environment->holder = Napi::Persistent(holder);
  holder.Set("fieldNames", FieldNameList(env));
  holder.Set("faults", FaultList(env));
  const auto add = [&](const char* name,
                       Napi::Value (*function)(const Napi::CallbackInfo&)) {
    holder.Set(name, Napi::Function::New(env, function, name, environment));
  };
  add("connect", Connect);
  add("send", Send);
  add("writeChunk", WriteChunk);
  add("receive", Receive);
  add("readBody", ReadBody);
  add("close", Close);
  add("isOpen", IsOpen);
  add("tlsInfo", TlsInfo);
  return holder;
}

}  // namespace

void ExportBlockingFunctions(Napi::Env env, Napi::Object exports) {
  exports.Set("openBlocking",
              Napi::Function::New(env, OpenBlocking, "openBlocking"));
}

}  // namespace gudeg::binding
