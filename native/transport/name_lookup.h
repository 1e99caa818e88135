// Addresses of a host name, for threads that may block.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "socket_address.h"

namespace gudeg::transport {

// IPv4 first; empty when the name has none. Blocks.
std::vector<SocketAddress> LookupName(const std::string& name, uint16_t port);

}  // namespace gudeg::transport
