#include "name_lists.h"

#include "../engine/fault.h"
#include "../engine/field_names.h"
#include "../engine/methods.h"

namespace gudeg::binding {

namespace {

Napi::Array Names(Napi::Env env, const char* const* names, size_t count) {
  Napi::Array array = Napi::Array::New(env, count);
  for (size_t i = 0; i < count; i++) {
    array.Set(static_cast<uint32_t>(i), Napi::String::New(env, names[i]));
  }
  return array;
}

}  // namespace

Napi::Array MethodNameList(Napi::Env env) {
  return Names(env, engine::kMethodNames,
               static_cast<size_t>(engine::Method::kCount));
}

Napi::Array FieldNameList(Napi::Env env) {
  return Names(env, engine::kFieldNames,
               static_cast<size_t>(engine::KnownField::kCount));
}

Napi::Array FaultList(Napi::Env env) {
  const auto count = static_cast<uint32_t>(engine::Fault::kCount);
  Napi::Array faults = Napi::Array::New(env, count);
  for (uint32_t i = 0; i < count; i++) {
    const auto& info = engine::Describe(static_cast<engine::Fault>(i));
    Napi::Object fault = Napi::Object::New(env);
    fault.Set("name", info.name);
    fault.Set("status", info.status);
    fault.Set("text", info.text);
    faults.Set(i, fault);
  }
  return faults;
}

}  // namespace gudeg::binding
