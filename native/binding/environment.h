// Everything that belongs to one JavaScript environment (the main thread or a
// worker): the exchange, its servers, and their orderly end.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "../connection/exchange.h"
#include "../connection/server.h"
#include "../connection/server_websocket.h"
#include "application_call.h"

namespace gudeg::binding {

class Environment final : public connection::Exchange {
 public:
  // Allocates the shared memory and starts the loop hooks. Null with a pending
  // exception when that fails.
  static Environment* Create(Napi::Env env, Napi::Function dispatch,
                             Napi::Object resource);
  // The one of this environment; null before Create().
  static Environment* Of(Napi::Env env);

  // What JavaScript needs to read and write the shared memory.
  Napi::Object Describe(Napi::Env env) const;

  int32_t AddServer(const connection::ServerOptions& options);
  connection::Server* ServerAt(int32_t id) const noexcept;

  int32_t AddWebSocketConfig(const connection::WebSocketConfig& config);
  const connection::WebSocketConfig* WebSocketConfigAt(
      int32_t id) const noexcept;

 private:
  Environment(Napi::Env env, Napi::Function dispatch, Napi::Object resource,
              uv_loop_t* loop, const connection::SharedMemory& memory,
              Napi::Object buffers);

  void CallApplication(int count) noexcept override;
  void OnHooksClosed() noexcept override;
  static void OnServerClosed(connection::Server* server, void* context);
  static void OnCleanup(napi_async_cleanup_hook_handle handle, void* data);
  void FinishCleanup() noexcept;

  ApplicationCall call_;
  napi_async_cleanup_hook_handle cleanup_hook_ = nullptr;
  std::vector<std::unique_ptr<connection::Server>> servers_;
  std::vector<std::unique_ptr<connection::WebSocketConfig>> configs_;
  std::vector<int32_t> closed_servers_;  // until the application heard of it
  size_t open_servers_ = 0;
  bool ending_ = false;
  bool hooks_closing_ = false;
};

}  // namespace gudeg::binding
