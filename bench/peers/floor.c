// The floor: the least a single-threaded HTTP server can do on this kernel.
//
// One epoll_wait for many connections, one read and one write per readable
// connection, fixed answers. It looks at a request only as far as it must:
// where the head ends, where the body ends, and which scenario is asked for.
// It is a yardstick, not a server: it trusts its client.
//
//   floor tcp:PORT | unix:/path
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { kInputSize = 4096, kOutputSize = 64 * 1024, kMaxEvents = 256 };

typedef struct Connection {
  int fd;
  size_t used;
  char input[kInputSize];
} Connection;

static const char kHello[] =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 12\r\n"
    "\r\n"
    "hello, world";

static const char kJson[] =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: 135\r\n"
    "\r\n"
    "{\"message\":\"hello, world\","
    "\"agent\":\"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 "
    "Firefox/140.0\",\"language\":\"en-US,en;q=0.5\"}";

static void Fail(const char* what) {
  perror(what);
  exit(1);
}

// The value of a header, which starts after its colon; NULL when absent.
static const char* FindHeader(const char* head, size_t length,
                              const char* name) {
  const size_t name_length = strlen(name);
  const char* end = head + length;
  const char* line = memchr(head, '\n', length);
  while (line != NULL && (size_t)(end - ++line) > name_length) {
    if (line[name_length] == ':' && strncasecmp(line, name, name_length) == 0) {
      return line + name_length + 1;
    }
    line = memchr(line, '\n', (size_t)(end - line));
  }
  return NULL;
}

static size_t Append(char* output, size_t used, const char* data, size_t size) {
  if (size > kOutputSize - used) {
    fprintf(stderr, "floor: more than %d bytes of answers\n", kOutputSize);
    exit(1);
  }
  memcpy(output + used, data, size);
  return used + size;
}

static size_t AppendEcho(char* output, size_t used, const char* body,
                         size_t size) {
  char head[128];
  const int length = snprintf(head, sizeof head,
                              "HTTP/1.1 200 OK\r\n"
                              "Content-Type: application/octet-stream\r\n"
                              "Content-Length: %zu\r\n\r\n",
                              size);
  used = Append(output, used, head, (size_t)length);
  return Append(output, used, body, size);
}

// Answers every complete request in the input; returns the bytes consumed.
static size_t Answer(const char* input, size_t length, char* output,
                     size_t* output_used) {
  size_t consumed = 0;
  size_t used = 0;
  while (consumed < length) {
    const char* request = input + consumed;
    const size_t rest = length - consumed;
    const char* head_end = memmem(request, rest, "\r\n\r\n", 4);
    if (head_end == NULL) break;
    const size_t head_length = (size_t)(head_end - request) + 4;
    size_t body_length = 0;
    if (request[0] == 'P') {
      const char* value = FindHeader(request, head_length, "content-length");
      if (value != NULL) body_length = strtoul(value, NULL, 10);
      if (rest - head_length < body_length) break;
      used = AppendEcho(output, used, request + head_length, body_length);
    } else if (request[5] == 'j') {
      const bool found =
          FindHeader(request, head_length, "user-agent") != NULL &&
          FindHeader(request, head_length, "accept-language") != NULL;
      used = found ? Append(output, used, kJson, sizeof kJson - 1)
                   : Append(output, used, kHello, sizeof kHello - 1);
    } else {
      used = Append(output, used, kHello, sizeof kHello - 1);
    }
    consumed += head_length + body_length;
  }
  *output_used = used;
  return consumed;
}

static void Close(Connection* connection) {
  close(connection->fd);
  free(connection);
}

static void OnReadable(Connection* connection) {
  static char output[kOutputSize];
  const ssize_t received =
      read(connection->fd, connection->input + connection->used,
           sizeof connection->input - connection->used);
  if (received <= 0) {
    if (received < 0 && errno == EAGAIN) return;
    Close(connection);
    return;
  }
  connection->used += (size_t)received;
  size_t size = 0;
  const size_t consumed =
      Answer(connection->input, connection->used, output, &size);
  if (consumed == 0 && connection->used == sizeof connection->input) {
    fprintf(stderr, "floor: a request is larger than %d bytes\n", kInputSize);
    Close(connection);
    return;
  }
  connection->used -= consumed;
  if (connection->used > 0) {
    memmove(connection->input, connection->input + consumed, connection->used);
  }
  if (size > 0 && write(connection->fd, output, size) != (ssize_t)size) {
    // The answers to one read always fit the socket buffer of a client that
    // reads; the floor keeps no output queue.
    fprintf(stderr, "floor: short write\n");
    Close(connection);
  }
}

static int Listen(const char* address, bool* is_tcp) {
  int fd;
  *is_tcp = strncmp(address, "tcp:", 4) == 0;
  if (*is_tcp) {
    struct sockaddr_in name = {
        .sin_family = AF_INET,
        .sin_port = htons((unsigned short)atoi(address + 4)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr*)&name, sizeof name) != 0) Fail("bind");
  } else if (strncmp(address, "unix:", 5) == 0) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (strlen(address + 5) >= sizeof name.sun_path) {
      fprintf(stderr, "floor: the socket path is too long\n");
      exit(1);
    }
    strcpy(name.sun_path, address + 5);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr*)&name, sizeof name) != 0) Fail("bind");
  } else {
    fprintf(stderr, "floor: the address is tcp:PORT or unix:/path\n");
    exit(2);
  }
  if (listen(fd, 4096) != 0) Fail("listen");
  return fd;
}

static void AcceptAll(int listener, int epoll, bool is_tcp) {
  for (;;) {
    const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    if (is_tcp) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    Connection* connection = malloc(sizeof *connection);
    if (connection == NULL) Fail("malloc");
    connection->fd = fd;
    connection->used = 0;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) Fail("epoll_ctl");
  }
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: floor tcp:PORT | unix:/path\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  bool is_tcp;
  const int listener = Listen(argv[1], &is_tcp);
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0) Fail("epoll_ctl");
  puts("listening");
  fflush(stdout);
  struct epoll_event events[kMaxEvents];
  for (;;) {
    const int count = epoll_wait(epoll, events, kMaxEvents, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.ptr == NULL) {
        AcceptAll(listener, epoll, is_tcp);
      } else {
        OnReadable(events[i].data.ptr);
      }
    }
  }
}
