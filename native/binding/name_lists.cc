#include "name_lists.h"

#include "../engine/fault.h"
#include "../engine/field_names.h"
#include "../engine/methods.h"
#include "../engine/websocket_fault.h"

namespace gudeg::binding {

namespace {

Napi::Array Names(Napi::Env env, const char* const* names, size_t count) {
  Napi::Array array = Napi::Array::New(env, count);
  for (size_t i = 0; i < count; i++) {
    array.Set(static_cast<uint32_t>(i), Napi::String::New(env, names[i]));
  }
  return array;
}

// [{ name, text, [property]: the number that answers the fault }]
template <typename Fault, typename Info>
Napi::Array Faults(Napi::Env env, const char* property,
                   uint16_t Info::*number) {
  const auto count = static_cast<uint32_t>(Fault::kCount);
  Napi::Array faults = Napi::Array::New(env, count);
  for (uint32_t i = 0; i < count; i++) {
    const Info& info = engine::Describe(static_cast<Fault>(i));
    Napi::Object fault = Napi::Object::New(env);
    fault.Set("name", info.name);
    fault.Set("text", info.text);
    fault.Set(property, info.*number);
    faults.Set(i, fault);
  }
  return faults;
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
  return Faults<engine::Fault>(env, "status", &engine::FaultInfo::status);
}

Napi::Array WebSocketFaultList(Napi::Env env) {
  return Faults<engine::WebSocketFault>(
      env, "closeCode", &engine::WebSocketFaultInfo::close_code);
}

}  // namespace gudeg::binding
