// The clients of one JavaScript environment: their exchange and its orderly
// end.
#pragma once

#include <napi.h>

#include "../connection/client_exchange.h"
#include "application_call.h"

namespace gudeg::binding {

class ClientEnvironment final : public connection::ClientExchange {
 public:
  // Lives as long as the JavaScript environment. `memory` is what JavaScript
  // and `shared` have in common; the buffers are properties of `receiver`.
  ClientEnvironment(Napi::Env env, Napi::Function dispatch,
                    Napi::Object resource, Napi::Object receiver,
                    uv_loop_t* loop, const connection::ClientMemory& memory);

 private:
  void CallApplication(int count) noexcept override { call_(count); }
  void OnExchangeClosed() noexcept override;
  static void OnCleanup(napi_async_cleanup_hook_handle handle, void* data);

  ApplicationCall call_;
  napi_async_cleanup_hook_handle cleanup_hook_ = nullptr;
};

}  // namespace gudeg::binding
