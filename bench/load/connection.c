#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "readiness.h"
#include "websocket.h"

uint64_t NowNs(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void FailErrno(const char* what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void FailResponse(const Connection* connection, const char* why) {
  const size_t shown = connection->used < 400 ? connection->used : 400;
  fprintf(stderr, "load: %s; the response begins:\n%.*s\n", why, (int)shown,
          connection->input);
  exit(1);
}

int ConnectToServer(const Options* options) {
  struct sockaddr_in tcp = {
      .sin_family = AF_INET,
      .sin_port = htons((uint16_t)options->tcp_port),
      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
  };
  struct sockaddr_un local = {.sun_family = AF_UNIX};
  const struct sockaddr* address = (const struct sockaddr*)&tcp;
  socklen_t address_size = sizeof tcp;
  if (options->unix_path != NULL) {
    if (strlen(options->unix_path) >= sizeof local.sun_path) {
      fprintf(stderr, "load: the socket path is too long\n");
      exit(2);
    }
    strcpy(local.sun_path, options->unix_path);
    address = (const struct sockaddr*)&local;
    address_size = sizeof local;
  }
  const int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) FailErrno("socket");
  if (connect(fd, address, address_size) != 0) FailErrno("connect");
  if (options->unix_path == NULL) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return fd;
}

void MakeNonBlocking(int fd) {
  if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) FailErrno("fcntl");
}

void ConnectionOpen(Connection* connection, const Options* options) {
  const int fd = ConnectToServer(options);
  if (options->websocket) OpenWebSocket(fd, options->handshake);
  connection->tls = NULL;
  if (options->ca_path != NULL) {
    connection->tls = TlsOpen(fd, NULL);
    TlsHandshake(connection->tls);
  }
  MakeNonBlocking(fd);
  connection->fd = fd;
  connection->outstanding = 0;
  connection->used = 0;
  connection->input = malloc(kInputSize);
  if (connection->input == NULL) FailErrno("malloc");
}

void ConnectionSend(Connection* connection, const Options* options) {
  connection->sent_at_ns = NowNs();
  connection->outstanding = options->depth;
  size_t sent = 0;
  while (sent < options->batch.size) {
    const char* from = options->batch.data + sent;
    const size_t left = options->batch.size - sent;
    const ssize_t wrote = connection->tls != NULL
                              ? TlsSend(connection->tls, from, left)
                              : send(connection->fd, from, left, MSG_NOSIGNAL);
    if (wrote >= 0) {
      sent += (size_t)wrote;
    } else if (errno == EAGAIN) {
      WaitForSocket(connection->fd, POLLOUT);
    } else {
      FailErrno("send");
    }
  }
}

static void Check(const Connection* connection, const Options* options,
                  const Response* response) {
  char why[128];
  if (response->status != options->expected_status) {
    snprintf(why, sizeof why, "status %d instead of %d", response->status,
             options->expected_status);
    FailResponse(connection, why);
  }
  if (options->compressed) {
    // What a compressor makes is its own affair; nothing is not an answer.
    if (response->body_size < 16) FailResponse(connection, "no message");
    return;
  }
  if (response->body_size != options->expected_body.size) {
    snprintf(why, sizeof why, "a body of %zu bytes instead of %zu",
             response->body_size, options->expected_body.size);
    FailResponse(connection, why);
  }
  if (memcmp(response->body, options->expected_body.data,
             response->body_size) != 0) {
    FailResponse(connection, "a wrong body");
  }
}

static ssize_t Receive(Connection* connection) {
  char* to = connection->input + connection->used;
  const size_t room = kInputSize - connection->used;
  return connection->tls != NULL ? TlsReceive(connection->tls, to, room)
                                 : recv(connection->fd, to, room, 0);
}

// The responses in the next bytes; -1 when there are none now.
static int ReceiveOnce(Connection* connection, const Options* options,
                       HeadCache* cache) {
  const ssize_t got = Receive(connection);
  if (got < 0) {
    if (errno == EAGAIN) return -1;
    FailErrno("recv");
  }
  if (got == 0) FailResponse(connection, "the server closed a connection");
  connection->used += (size_t)got;
  size_t at = 0;
  int complete = 0;
  while (at < connection->used) {
    Response response;
    char* input = connection->input + at;
    const size_t left = connection->used - at;
    const ReadResult result =
        options->websocket ? ReadFrame(input, left, &response)
                           : ReadResponse(cache, input, left, &response);
    if (result == kMalformed) FailResponse(connection, "not a response");
    if (result == kIncomplete) break;
    if (complete == connection->outstanding) {
      FailResponse(connection, "a response that nobody asked for");
    }
    Check(connection, options, &response);
    at += response.size;
    complete++;
  }
  connection->used -= at;
  if (connection->used == kInputSize) {
    FailResponse(connection, "a response larger than 64 KiB");
  }
  if (connection->used > 0) {
    memmove(connection->input, connection->input + at, connection->used);
  }
  connection->outstanding -= complete;
  return complete;
}

int ConnectionReceive(Connection* connection, const Options* options,
                      HeadCache* cache) {
  int complete = 0;
  int more;
  do {
    more = ReceiveOnce(connection, options, cache);
    if (more > 0) complete += more;
    // The socket says nothing of what was taken from it already.
  } while (more >= 0 && connection->tls != NULL &&
           TlsHasInput(connection->tls));
  return complete;
}
