#pragma once

#include <napi.h>

namespace gudeg::binding {

void ExportWebSocketFunctions(Napi::Env env, Napi::Object exports);

}  // namespace gudeg::binding
