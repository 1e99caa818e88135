#pragma once

#include <napi.h>

namespace gudeg::binding {

void ExportBlockingFunctions(Napi::Env env, Napi::Object exports);

}  // namespace gudeg::binding
