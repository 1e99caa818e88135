#include "application_call.h"

namespace gudeg::binding {

ApplicationCall::ApplicationCall(Napi::Env env, Napi::Function dispatch,
                                 Napi::Object resource, Napi::Object receiver)
    : env_(env),
      dispatch_(Napi::Persistent(dispatch)),
      resource_(Napi::Persistent(resource)),
      receiver_(Napi::Persistent(receiver)) {
  // V8 keeps them; the environment is gone when this is.
  dispatch_.SuppressDestruct();
  resource_.SuppressDestruct();
  receiver_.SuppressDestruct();
  napi_async_init(env, resource, Napi::String::New(env, "gudeg:exchange"),
                  &async_context_);
}

void ApplicationCall::operator()(int count) noexcept {
  if (async_context_ == nullptr) return;
  Napi::HandleScope scope(env_);
  napi_value argument;
  napi_create_int32(env_, count, &argument);
  const napi_value function = dispatch_.Value();
  const napi_value receiver = receiver_.Value();
  napi_value result;
  // Drains process.nextTick() and microtasks too, so that what asynchronous
  // code does at once is done when it returns. What it throws becomes an
  // uncaught exception.
  if (napi_make_callback(env_, async_context_, receiver, function, 1, &argument,
                         &result) != napi_pending_exception) {
    return;
  }
  napi_value error;
  if (napi_get_and_clear_last_exception(env_, &error) == napi_ok) {
    napi_fatal_exception(env_, error);
  }
}

void ApplicationCall::End() noexcept {
  if (async_context_ == nullptr) return;
  napi_async_destroy(env_, async_context_);
  async_context_ = nullptr;
}

}  // namespace gudeg::binding
