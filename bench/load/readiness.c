#include "readiness.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { kStallMs = 10000 };

// Whether to wait again; `ready` is what poll() or epoll_wait() answered.
static bool IsInterrupted(int ready) {
  if (ready > 0) return false;
  if (ready < 0 && errno == EINTR) return true;
  fprintf(stderr, "load: nothing moved for %d seconds\n", kStallMs / 1000);
  exit(1);
}

void ReadinessOpen(Readiness* readiness) {
  readiness->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (readiness->epoll < 0) abort();
}

void ReadinessWatch(const Readiness* readiness, int fd, void* owner) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = owner};
  if (epoll_ctl(readiness->epoll, EPOLL_CTL_ADD, fd, &event) != 0) abort();
}

int ReadinessWait(Readiness* readiness) {
  const int capacity = sizeof readiness->events / sizeof readiness->events[0];
  int count;
  do {
    count = epoll_wait(readiness->epoll, readiness->events, capacity, kStallMs);
  } while (IsInterrupted(count));
  return count;
}

void WaitForSocket(int fd, short events) {
  struct pollfd socket = {.fd = fd, .events = events};
  int count;
  do {
    count = poll(&socket, 1, kStallMs);
  } while (IsInterrupted(count));
}
