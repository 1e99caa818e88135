#include "client_environment.h"

#include <node_api.h>

namespace gudeg::binding {

ClientEnvironment::ClientEnvironment(Napi::Env env, Napi::Function dispatch,
                                     Napi::Object resource,
                                     Napi::Object receiver, uv_loop_t* loop,
                                     const connection::ClientMemory& memory)
    : ClientExchange(loop, memory), call_(env, dispatch, resource, receiver) {
  napi_add_async_cleanup_hook(env, OnCleanup, this, &cleanup_hook_);
  Open();
}

// The environment ends: everything on its loop must be closed before.
void ClientEnvironment::OnCleanup(napi_async_cleanup_hook_handle, void* data) {
  auto* self = static_cast<ClientEnvironment*>(data);
  self->call_.End();
  self->Close();
}

void ClientEnvironment::OnExchangeClosed() noexcept {
  const napi_async_cleanup_hook_handle hook = cleanup_hook_;
  delete this;
  // The last thing: nothing of the environment may be used behind it.
  napi_remove_async_cleanup_hook(hook);
}

}  // namespace gudeg::binding
