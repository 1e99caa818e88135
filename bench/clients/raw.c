// The floor of the client scenarios: both ends as C that blocks, with fixed
// bytes in place of HTTP, one connection at a time.
//
//   raw serve tcp:PORT | unix:/path
//   raw get | download | upload | chunks ADDRESS WARMUP_S SECONDS
//
// The second form prints a line of JSON: units of work done (round trips, or
// MiB), the seconds they took, its own CPU time, the median of a round trip.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { kMiB = 1024 * 1024, kLargeMiB = 256, kMaxSamples = 4 * kMiB };

static const char kHello[] =
    "HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\nhello, world";
static const char kLargeHead[] =
    "HTTP/1.1 200 OK\r\ncontent-length: 268435456\r\n\r\n";
static const char* const kChunks[] = {
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "2\r\n, \r\n", "5\r\nworld\r\n0\r\n\r\n"};

static const char kGet[] = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
static const char kGetLarge[] = "GET /large HTTP/1.1\r\nhost: a\r\n\r\n";
static const char kGetChunks[] = "GET /chunks HTTP/1.1\r\nhost: a\r\n\r\n";
static const char kPostLarge[] =
    "POST /large HTTP/1.1\r\nhost: a\r\ncontent-length: 268435456\r\n\r\n";

static char buffer[kMiB];
static double samples[kMaxSamples];

static void Fail(const char* what) {
  perror(what);
  exit(1);
}

static double Now(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void SendAll(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t sent = send(fd, data, size, 0);
    if (sent <= 0) Fail("send");
    data += sent;
    size -= (size_t)sent;
  }
}

static void SendLarge(int fd) {
  for (int i = 0; i < kLargeMiB; i++) SendAll(fd, buffer, sizeof buffer);
}

// Bytes up to the end of a head, and what came behind it; 0 at the end.
static size_t ReceiveHead(int fd, size_t* behind) {
  size_t size = 0;
  while (size < sizeof buffer) {
    const ssize_t got = recv(fd, buffer + size, sizeof buffer - size, 0);
    if (got <= 0) return 0;
    size += (size_t)got;
    const char* end = memmem(buffer, size, "\r\n\r\n", 4);
    if (end == NULL) continue;
    *behind = size - (size_t)(end + 4 - buffer);
    return size - *behind;
  }
  return 0;
}

static void ReceiveMore(int fd, size_t size) {
  while (size > 0) {
    const size_t most = size < sizeof buffer ? size : sizeof buffer;
    const ssize_t got = recv(fd, buffer, most, 0);
    if (got <= 0) Fail("recv");
    size -= (size_t)got;
  }
}

// sockaddr of `tcp:PORT` or `unix:/path`.
static socklen_t ReadAddress(const char* text, struct sockaddr_storage* out) {
  memset(out, 0, sizeof *out);
  if (strncmp(text, "unix:", 5) == 0) {
    struct sockaddr_un* name = (struct sockaddr_un*)out;
    name->sun_family = AF_UNIX;
    strncpy(name->sun_path, text + 5, sizeof name->sun_path - 1);
    return sizeof *name;
  }
  struct sockaddr_in* name = (struct sockaddr_in*)out;
  name->sin_family = AF_INET;
  name->sin_port = htons((unsigned short)atoi(text + 4));
  name->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return sizeof *name;
}

static void NoDelay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void ServeOne(int fd) {
  size_t behind;
  while (ReceiveHead(fd, &behind) != 0) {
    if (buffer[0] == 'P') {
      ReceiveMore(fd, (size_t)kLargeMiB * kMiB - behind);
      SendAll(fd, kHello, sizeof kHello - 1);
    } else if (buffer[5] == 'l') {
      SendAll(fd, kLargeHead, sizeof kLargeHead - 1);
      SendLarge(fd);
    } else if (buffer[5] == 'c') {
      for (int i = 0; i < 3; i++) SendAll(fd, kChunks[i], strlen(kChunks[i]));
    } else {
      SendAll(fd, kHello, sizeof kHello - 1);
    }
  }
  close(fd);
}

static void Serve(const char* text) {
  struct sockaddr_storage address;
  const socklen_t length = ReadAddress(text, &address);
  const int listener = socket(address.ss_family, SOCK_STREAM, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr*)&address, length) != 0) Fail("bind");
  if (listen(listener, 16) != 0) Fail("listen");
  puts("listening");
  fflush(stdout);
  for (;;) {
    const int fd = accept(listener, NULL, NULL);
    if (fd < 0) Fail("accept");
    NoDelay(fd);
    ServeOne(fd);
  }
}

// One unit, or several; returns how many.
static int Work(int fd, const char* work) {
  size_t behind = 0;
  if (strcmp(work, "get") == 0) {
    SendAll(fd, kGet, sizeof kGet - 1);
    ReceiveMore(fd, sizeof kHello - 1);
    return 1;
  }
  if (strcmp(work, "chunks") == 0) {
    size_t expected = 0;
    for (int i = 0; i < 3; i++) expected += strlen(kChunks[i]);
    SendAll(fd, kGetChunks, sizeof kGetChunks - 1);
    ReceiveMore(fd, expected);
    return 1;
  }
  if (strcmp(work, "download") == 0) {
    SendAll(fd, kGetLarge, sizeof kGetLarge - 1);
    ReceiveHead(fd, &behind);
    ReceiveMore(fd, (size_t)kLargeMiB * kMiB - behind);
    return kLargeMiB;
  }
  SendAll(fd, kPostLarge, sizeof kPostLarge - 1);
  SendLarge(fd);
  ReceiveMore(fd, sizeof kHello - 1);
  return kLargeMiB;
}

static int ByValue(const void* a, const void* b) {
  const double x = *(const double*)a;
  const double y = *(const double*)b;
  return x < y ? -1 : x > y;
}

static void Measure(int fd, const char* work, double warmup, double seconds) {
  const double begin = Now(CLOCK_MONOTONIC);
  while (Now(CLOCK_MONOTONIC) - begin < warmup) Work(fd, work);
  const double cpu = Now(CLOCK_PROCESS_CPUTIME_ID);
  const double start = Now(CLOCK_MONOTONIC);
  double now = start;
  long units = 0;
  int count = 0;
  while (now - start < seconds && count < kMaxSamples) {
    units += Work(fd, work);
    const double then = now;
    now = Now(CLOCK_MONOTONIC);
    samples[count++] = now - then;
  }
  const double spent = Now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  qsort(samples, (size_t)count, sizeof samples[0], ByValue);
  printf("{\"count\":%ld,\"seconds\":%.6f,\"cpuNs\":%.0f,\"p50Ns\":%.0f}\n",
         units, now - start, spent * 1e9, samples[count / 2] * 1e9);
}

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  if (argc == 3 && strcmp(argv[1], "serve") == 0) Serve(argv[2]);
  if (argc != 5) {
    fprintf(stderr, "usage: raw serve ADDRESS | raw WORK ADDRESS WARMUP SECONDS\n");
    return 2;
  }
  struct sockaddr_storage address;
  const socklen_t length = ReadAddress(argv[2], &address);
  const int fd = socket(address.ss_family, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr*)&address, length) != 0) Fail("connect");
  NoDelay(fd);
  Measure(fd, argv[1], atof(argv[3]), atof(argv[4]));
  return 0;
}
