// Load generator of the benchmark: one thread, epoll, loopback only.
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>

#include "bulk_run.h"
#include "busy_run.h"
#include "handshake_run.h"
#include "idle_run.h"
#include "options.h"
#include "tls.h"

static void PinTo(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET((size_t)core, &cores);
  if (sched_setaffinity(0, sizeof cores, &cores) != 0) {
    fprintf(stderr, "load: cannot run on core %d only\n", core);
  }
}

static void RaiseFileLimit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

int main(int argc, char** argv) {
  const Options options = ParseOptions(argc, argv);
  RaiseFileLimit();
  if (options.core >= 0) PinTo(options.core);
  if (options.ca_path != NULL) TlsStart(options.ca_path);
  if (options.idle) {
    RunIdle(&options);
  } else if (options.handshakes != kNoHandshakes) {
    RunHandshakes(&options);
  } else if (options.mebibytes != 0) {
    RunBulk(&options);
  } else {
    RunBusy(&options);
  }
  return 0;
}
