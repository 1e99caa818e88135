// A socket address given by JavaScript as five arguments: kind, host or name
// bytes, port, flowinfo, scope id.
#pragma once

#include <napi.h>

#include "../transport/socket_address.h"

namespace gudeg::binding {

// False when they make no address.
bool ReadSocketAddress(const Napi::CallbackInfo& info, size_t first,
                       transport::SocketAddress* out);

}  // namespace gudeg::binding
