#pragma once

#include <napi.h>

#include "../connection/client_connection.h"

namespace gudeg::binding {

// The options of a client, which src/core/client has checked.
connection::ClientOptions ReadClientOptions(Napi::Object given);

}  // namespace gudeg::binding
