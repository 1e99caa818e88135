// http_engine.node: everything that JavaScript sees of it is listed here and in
// the four export functions below. src/core/native/binding.ts types it.

#include <napi.h>

#include "blocking_functions.h"
#include "client_functions.h"
#include "connection_functions.h"
#include "environment.h"
#include "instance_data.h"
#include "process_functions.h"
#include "server_functions.h"
#include "tls_connection_functions.h"
#include "tls_functions.h"
#include "websocket_codec.h"
#include "websocket_functions.h"

namespace gudeg::binding {

namespace {

// open(dispatch, resource) -> the shared memory and the name tables.
// dispatch(count) is called once per loop turn with the number of event
// records; `resource` is its async resource.
Napi::Value Open(const Napi::CallbackInfo& info) {
  Environment* environment = Environment::Create(
      info.Env(), info[0].As<Napi::Function>(), info[1].As<Napi::Object>());
  if (environment == nullptr) return info.Env().Undefined();
  return environment->Describe(info.Env());
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new InstanceData());
  exports.Set("open", Napi::Function::New(env, Open, "open"));
  ExportServerFunctions(env, exports);
  ExportConnectionFunctions(env, exports);
  ExportWebSocketCodec(env, exports);
  ExportWebSocketFunctions(env, exports);
  ExportProcessFunctions(env, exports);
  ExportClientFunctions(env, exports);
  ExportBlockingFunctions(env, exports);
  ExportTlsFunctions(env, exports);
  ExportTlsConnectionFunctions(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(http_engine, Init)

}  // namespace gudeg::binding
