// Waiting for sockets. Ten seconds in which nothing moves end the program with
// a message.
#ifndef BENCH_LOAD_READINESS_H_
#define BENCH_LOAD_READINESS_H_

#include <sys/epoll.h>

// Sockets that are waited for together until they can be read.
typedef struct Readiness {
  int epoll;
  struct epoll_event events[256];  // of these, .data.ptr is what was watched
} Readiness;

void ReadinessOpen(Readiness* readiness);

// `owner` comes back in an event whenever `fd` can be read, until it is closed.
void ReadinessWatch(const Readiness* readiness, int fd, void* owner);

// How many events there are; at least one.
int ReadinessWait(Readiness* readiness);

// Waits for one socket; `events` as for poll().
void WaitForSocket(int fd, short events);

#endif
