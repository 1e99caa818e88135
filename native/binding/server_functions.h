#pragma once

#include <napi.h>

#include "../transport/socket_address.h"

namespace gudeg::binding {

// [host, port], [host, port, flowinfo, scopeId], a path, a Buffer with an
// abstract name, or null.
Napi::Value AddressValue(Napi::Env env,
                         const transport::SocketAddress& address);

void ExportServerFunctions(Napi::Env env, Napi::Object exports);

}  // namespace gudeg::binding
