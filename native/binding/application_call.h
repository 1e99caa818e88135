// The call into JavaScript that hands over the events of a loop turn.
#pragma once

#include <napi.h>

namespace gudeg::binding {

class ApplicationCall {
 public:
  // `dispatch(count)` is called with `receiver` as this, and `resource` as its
  // async resource.
  ApplicationCall(Napi::Env env, Napi::Function dispatch, Napi::Object resource,
                  Napi::Object receiver);

  void operator()(int count) noexcept;
  Napi::Object receiver() const { return receiver_.Value(); }
  // The environment ends; no more calls.
  void End() noexcept;

 private:
  napi_env env_;
  Napi::FunctionReference dispatch_;
  Napi::ObjectReference resource_;
  Napi::ObjectReference receiver_;
  napi_async_context async_context_ = nullptr;
};

}  // namespace gudeg::binding
