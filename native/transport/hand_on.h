// Passing connected sockets between processes, so that a server that ends need
// not close connections that wait for their next request.
//
// A channel is a pair of connected SOCK_SEQPACKET sockets. One message carries
// one descriptor and what the sender knows of it: a byte, 1 when its PROXY
// header is still to come, and the address that such a header has announced, if
// one has. The kernel keeps messages until somebody takes them, also when their
// sender is gone, like the backlog of a listening socket.
#pragma once

#include "socket_address.h"

namespace gudeg::transport {

struct HandOnChannel {
  int receive_fd = -1;
  int send_fd = -1;
};

// Opens a channel, non-blocking and close-on-exec; 0 or a negative errno.
int OpenHandOnChannel(HandOnChannel* channel) noexcept;

// What goes with a connection. A length of 0: its own peer address holds.
struct HandOnFacts {
  SocketAddress announced;
  bool awaits_proxy_header = false;
};

// Sends a descriptor, which stays open here; 0 or a negative errno. -EAGAIN:
// the channel is full.
int SendDescriptor(int send_fd, int fd, const HandOnFacts& facts) noexcept;

// A descriptor that was sent, close-on-exec, or -1 with errno. EPIPE: all
// sending ends are closed, nothing will come any more.
int ReceiveDescriptor(int receive_fd, HandOnFacts* facts) noexcept;

}  // namespace gudeg::transport
