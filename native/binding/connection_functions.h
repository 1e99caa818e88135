#pragma once

#include <napi.h>

namespace gudeg::binding {

void ExportConnectionFunctions(Napi::Env env, Napi::Object exports);

}  // namespace gudeg::binding
