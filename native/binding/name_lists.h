// The engine's tables as arrays for JavaScript.
#pragma once

#include <napi.h>

namespace gudeg::binding {

// Names by number; '' at 0.
Napi::Array MethodNameList(Napi::Env env);
Napi::Array FieldNameList(Napi::Env env);
// { name, status, text } by number.
Napi::Array FaultList(Napi::Env env);
// { name, closeCode, text } by number.
Napi::Array WebSocketFaultList(Napi::Env env);

}  // namespace gudeg::binding
