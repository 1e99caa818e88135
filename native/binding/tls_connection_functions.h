#pragma once

#include <napi.h>

namespace gudeg::binding {

void ExportTlsConnectionFunctions(Napi::Env env, Napi::Object exports);

}  // namespace gudeg::binding
