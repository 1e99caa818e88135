#include "name_lookup.h"

#include <netdb.h>

#include <algorithm>
#include <cstring>

namespace gudeg::transport {

std::vector<SocketAddress> LookupName(const std::string& name, uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::vector<SocketAddress> addresses;
  if (getaddrinfo(name.c_str(), std::to_string(port).c_str(), &hints, &found) !=
      0) {
    return addresses;
  }
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    SocketAddress address;
    if (each->ai_addrlen > sizeof address.storage) continue;
    memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    address.length = each->ai_addrlen;
    addresses.push_back(address);
  }
  freeaddrinfo(found);
  std::stable_partition(
      addresses.begin(), addresses.end(),
      [](const SocketAddress& each) { return each.family() == AF_INET; });
  return addresses;
}

}  // namespace gudeg::transport
