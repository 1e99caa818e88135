// The PROXY header that a connection begins with, where the server's peers are
// proxies.

#include <cstring>

#include "exchange.h"
#include "server.h"
#include "server_connection.h"

namespace gudeg::connection {

using engine::ProxyEnd;
using engine::ProxyHeader;
using transport::SocketAddress;

namespace {

SocketAddress AddressOf(ProxyHeader::Family family,
                        const ProxyEnd& end) noexcept {
  SocketAddress address;
  if (family == ProxyHeader::Family::kIpv4) {
    auto* ipv4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(end.port);
    memcpy(&ipv4->sin_addr, end.bytes, sizeof ipv4->sin_addr);
    address.length = sizeof *ipv4;
  } else if (family == ProxyHeader::Family::kIpv6) {
    auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = htons(end.port);
    memcpy(&ipv6->sin6_addr, end.bytes, sizeof ipv6->sin6_addr);
    address.length = sizeof *ipv6;
  } else {
    const char* path = reinterpret_cast<const char*>(end.bytes);
    // Whatever the proxy has in place of a path is shown as a peer without one.
    if (!SocketAddress::FromUnixName({path, strnlen(path, sizeof end.bytes)},
                                     &address)) {
      address.storage.ss_family = AF_UNIX;
      address.length = sizeof address.storage.ss_family;
    }
  }
  return address;
}

}  // namespace

// True when the input goes on with a request head.
bool ServerConnection::TakeProxyHeader() noexcept {
  ProxyHeader header;
  engine::Fault fault = engine::Fault::kNone;
  switch (engine::ParseProxyHeader(InputData(), InputSize(),
                                   server_->options().proxy_versions, &header,
                                   &fault)) {
    case engine::Progress::kNeedMore:
      return false;
    case engine::Progress::kFault: {
      // Who is no proxy understands no answer of an HTTP server either.
      int32_t* event = exchange()->AddEvent(EventKind::kRefused, -1);
      event[2] = static_cast<int32_t>(fault);
      event[kRequestServer] = server_->id();
      CloseNow(CloseReason::kProtocolFault);
      return false;
    }
    case engine::Progress::kDone:
      break;
  }
  awaits_proxy_header_ = false;
  if (header.family != ProxyHeader::Family::kUnknown) {
    announced_ = std::make_unique<const SocketAddress>(
        AddressOf(header.family, header.source));
  }
  DropInput(header.header_bytes);
  if (server_->options().has_on_connect) {
    AskForAdmission();
    PauseOrResumeReading();
    return false;
  }
  if (InputSize() != 0) return true;
  pending_.reset();
  ReleaseInput();
  return false;
}

}  // namespace gudeg::connection
