#pragma once

#include <napi.h>

namespace gudeg::binding {

void ExportProcessFunctions(Napi::Env env, Napi::Object exports);

}  // namespace gudeg::binding
