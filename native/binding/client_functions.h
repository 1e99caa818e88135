#pragma once

#include <napi.h>

namespace gudeg::binding {

void ExportClientFunctions(Napi::Env env, Napi::Object exports);

}  // namespace gudeg::binding
