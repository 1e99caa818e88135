// Memory that C++ and JavaScript both see.
#pragma once

#include <napi.h>

#include <cstddef>

namespace gudeg::binding {

// A new ArrayBuffer, which `holder` keeps under `name`; null when there is no
// memory, with the exception pending.
template <typename T>
T* AllocateShared(Napi::Object holder, const char* name, size_t bytes) {
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(holder.Env(), bytes);
  if (holder.Env().IsExceptionPending()) return nullptr;
  holder.Set(name, buffer);
  return static_cast<T*>(buffer.Data());
}

}  // namespace gudeg::binding
