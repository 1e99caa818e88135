#include "process_cpu.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t TickNs(void) { return 1000000000 / sysconf(_SC_CLK_TCK); }

static int64_t ReadThreads(pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
  DIR* directory = opendir(path);
  if (directory == NULL) return -1;
  int64_t sum = 0;
  const struct dirent* entry;
  while ((entry = readdir(directory)) != NULL) {
    if (entry->d_name[0] == '.') continue;
    char file_path[384];
    snprintf(file_path, sizeof file_path, "%s/%s/schedstat", path,
             entry->d_name);
    FILE* file = fopen(file_path, "r");
    if (file == NULL) continue;  // the thread ended meanwhile
    int64_t on_core_ns = -1;
    const int fields = fscanf(file, "%" SCNd64, &on_core_ns);
    fclose(file);
    if (fields != 1) {
      sum = -1;
      break;
    }
    sum += on_core_ns;
  }
  closedir(directory);
  return sum;
}

static int64_t ReadProcess(pid_t pid) {
  char path[64];
  char text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  FILE* file = fopen(path, "r");
  if (file == NULL) {
    fprintf(stderr, "load: server process %d is gone\n", (int)pid);
    exit(1);
  }
  const size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = '\0';
  // The second field, the name, may hold spaces; fields 14 and 15 are wanted.
  const char* rest = strrchr(text, ')');
  uint64_t user = 0;
  uint64_t system = 0;
  if (rest == NULL ||
      sscanf(rest + 1,
             " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64
             " %" SCNu64,
             &user, &system) != 2) {
    fprintf(stderr, "load: cannot read %s\n", path);
    exit(1);
  }
  return (int64_t)(user + system) * TickNs();
}

CpuTime ReadCpuTime(pid_t pid) {
  return (CpuTime){.threads_ns = ReadThreads(pid),
                   .process_ns = ReadProcess(pid)};
}

int64_t CpuTimeBetween(CpuTime start, CpuTime end) {
  const int64_t process_ns = end.process_ns - start.process_ns;
  if (start.threads_ns < 0 || end.threads_ns < 0) return process_ns;
  const int64_t threads_ns = end.threads_ns - start.threads_ns;
  return process_ns - threads_ns > 2 * TickNs() ? process_ns : threads_ns;
}
