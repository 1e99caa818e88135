// CPU time that a process and all its threads have used.
#ifndef BENCH_LOAD_PROCESS_CPU_H_
#define BENCH_LOAD_PROCESS_CPU_H_

#include <stdint.h>
#include <sys/types.h>

typedef struct CpuTime {
  // Nanoseconds on a core, summed over the threads alive now
  // (/proc/PID/task/*/schedstat). -1 where the kernel doesn't say.
  int64_t threads_ns;
  // User + system time of the whole process, ended threads included, in
  // nanoseconds at the resolution of the clock tick (/proc/PID/stat).
  int64_t process_ns;
} CpuTime;

// Exits the program with a message when the process is gone.
CpuTime ReadCpuTime(pid_t pid);

// Nanoseconds of CPU time between two readings: by the threads, unless a thread
// that ended meanwhile took its count with it.
int64_t CpuTimeBetween(CpuTime start, CpuTime end);

#endif
