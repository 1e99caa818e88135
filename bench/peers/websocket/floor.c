// The floor of a broadcast: the least a single-threaded WebSocket server can do
// on this kernel to give one message to everybody.
//
// One epoll_wait, one recv for the message, one send for each socket, nothing
// else. It answers each handshake alike and takes messages of up to 125 bytes
// that come in one piece. It is a yardstick, not a server: it trusts its client.
//
//   websocket-floor tcp:PORT
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kMaxSockets = 4096, kMaxEvents = 256, kHeadBytes = 2, kMaskBytes = 4 };

typedef struct Socket {
  int fd;
  bool is_open;  // the handshake is over
} Socket;

static Socket sockets[kMaxSockets];
static int socket_count;

static const char kHandshake[] =
    "HTTP/1.1 101 Switching Protocols\r\n"
    "Connection: Upgrade\r\n"
    "Upgrade: websocket\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static void Fail(const char* what) {
  perror(what);
  exit(1);
}

static void Send(int fd, const void* data, size_t size) {
  if (send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size) return;
  // What the client reads always fits its socket's buffer; the floor keeps no
  // output queue.
  fprintf(stderr, "websocket-floor: short write\n");
}

// Unmasks a message and gives it to everybody.
static void Broadcast(const unsigned char* frame, size_t size) {
  unsigned char out[kHeadBytes + 125];
  const size_t length = size - kHeadBytes - kMaskBytes;
  const unsigned char* mask = frame + kHeadBytes;
  if (size < kHeadBytes + kMaskBytes || length > 125) return;
  out[0] = frame[0];
  out[1] = (unsigned char)length;
  for (size_t i = 0; i < length; i++) {
    out[kHeadBytes + i] = mask[kMaskBytes + i] ^ mask[i % kMaskBytes];
  }
  for (int i = 0; i < socket_count; i++) {
    if (sockets[i].is_open) Send(sockets[i].fd, out, kHeadBytes + length);
  }
}

// Those who leave are not forgotten: all of them leave together, at the end.
static void OnReadable(int epoll, Socket* from) {
  unsigned char input[4096];
  const ssize_t size = recv(from->fd, input, sizeof input, MSG_DONTWAIT);
  if (size < 0) return;
  if (size == 0) {
    epoll_ctl(epoll, EPOLL_CTL_DEL, from->fd, NULL);
    from->is_open = false;
  } else if (from->is_open) {
    Broadcast(input, (size_t)size);
  } else {
    from->is_open = true;
    Send(from->fd, kHandshake, sizeof kHandshake - 1);
  }
}

static int Listen(const char* address) {
  struct sockaddr_in name = {
      .sin_family = AF_INET,
      .sin_port = htons((unsigned short)atoi(address + strlen("tcp:"))),
      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
  };
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr*)&name, sizeof name) != 0) Fail("bind");
  if (listen(fd, 4096) != 0) Fail("listen");
  return fd;
}

static void Watch(int epoll, Socket* socket) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = socket};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket->fd, &event) != 0) {
    Fail("epoll_ctl");
  }
}

static void AcceptAll(int listener, int epoll) {
  for (;;) {
    const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (socket_count == kMaxSockets) {
      fprintf(stderr, "websocket-floor: more than %d sockets\n", kMaxSockets);
      exit(1);
    }
    Socket* socket = &sockets[socket_count++];
    socket->fd = fd;
    Watch(epoll, socket);
  }
}

int main(int argc, char** argv) {
  if (argc != 2 || strncmp(argv[1], "tcp:", 4) != 0) {
    fprintf(stderr, "usage: websocket-floor tcp:PORT\n");
    return 2;
  }
  Socket listener = {.fd = Listen(argv[1])};
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  Watch(epoll, &listener);
  puts("listening");
  fflush(stdout);
  struct epoll_event events[kMaxEvents];
  for (;;) {
    const int count = epoll_wait(epoll, events, kMaxEvents, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.ptr == &listener) {
        AcceptAll(listener.fd, epoll);
      } else {
        OnReadable(epoll, events[i].data.ptr);
      }
    }
  }
}
