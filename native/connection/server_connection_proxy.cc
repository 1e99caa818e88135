// The PROXY header that a connection begins with, where the server's peers are
// proxies.

#include <cerrno>
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

void ServerConnection::AdoptProxyHeader(const ProxyHeader& header) noexcept {
  awaits_proxy_header_ = false;
  if (header.family == ProxyHeader::Family::kUnknown) return;
  announced_ = std::make_unique<const SocketAddress>(
      AddressOf(header.family, header.source));
}

// Who is no proxy understands no answer of an HTTP server either.
void ServerConnection::RefuseProxyHeader(engine::Fault fault) noexcept {
  int32_t* event = exchange()->AddEvent(EventKind::kRefused, -1);
  event[2] = static_cast<int32_t>(fault);
  event[kRequestServer] = server_->id();
  CloseNow(CloseReason::kProtocolFault);
}

// True when the input goes on with a request head.
bool ServerConnection::TakeProxyHeader() noexcept {
  ProxyHeader header;
  engine::Fault fault = engine::Fault::kNone;
  switch (engine::ParseProxyHeader(InputData(), InputSize(),
                                   server_->options().proxy_versions, &header,
                                   &fault)) {
    case engine::Progress::kNeedMore:
      return false;
    case engine::Progress::kFault:
      RefuseProxyHeader(fault);
      return false;
    case engine::Progress::kDone:
      break;
  }
  AdoptProxyHeader(header);
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

// In clear, before a handshake. What follows the header is read from the socket
// by OpenSSL, so bytes are looked at first, and taken when they are known to
// belong to the header.
void ServerConnection::ReadProxyHeader() noexcept {
  uint8_t seen[engine::kMaxProxyHeaderBytes];
  const size_t kept = InputSize();
  if (kept != 0) memcpy(seen, InputData(), kept);
  const ssize_t count = Peek(seen + kept, sizeof seen - kept);
  if (count == -EAGAIN || count == -EWOULDBLOCK) return;
  if (count <= 0) {
    CloseNow(count == 0 ? CloseReason::kPeerClosed : CloseReason::kPeerReset);
    return;
  }
  const size_t size = kept + static_cast<size_t>(count);
  ProxyHeader header;
  engine::Fault fault = engine::Fault::kNone;
  const engine::Progress progress = engine::ParseProxyHeader(
      seen, size, server_->options().proxy_versions, &header, &fault);
  if (progress == engine::Progress::kFault) {
    RefuseProxyHeader(fault);
    return;
  }
  const bool is_done = progress == engine::Progress::kDone;
  const size_t taken = (is_done ? header.header_bytes : size) - kept;
  if (Read(seen + kept, taken) != static_cast<ssize_t>(taken) ||
      (!is_done && !input_.Append(seen + kept, taken))) {
    CloseNow(CloseReason::kAborted);
    return;
  }
  if (!is_done) return;
  ReleaseInput();
  AdoptProxyHeader(header);
  StartHandshake();
}

}  // namespace gudeg::connection
