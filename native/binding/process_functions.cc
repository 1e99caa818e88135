// Functions on this process that Node has none for.

#include "process_functions.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#ifdef __linux__
#include <dirent.h>
#include <sched.h>
#include <sys/syscall.h>
#endif
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "arguments.h"

namespace gudeg::binding {

namespace {

// reapOrphans(known pids) -> how many dead children were reaped that are not
// among them. Those are libuv's, which wants their status itself.
Napi::Value ReapOrphans(const Napi::CallbackInfo& info) {
  const Napi::Array known = info[0].As<Napi::Array>();
  const auto is_known = [&known](pid_t pid) {
    for (uint32_t i = 0; i < known.Length(); i++) {
      if (Int(known.Get(i)) == pid) return true;
    }
    return false;
  };
  int count = 0;
  for (;;) {
    siginfo_t dead{};
    if (waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) != 0) break;
    // Another one behind it is found next time.
    if (dead.si_pid == 0 || is_known(dead.si_pid)) break;
    if (waitpid(dead.si_pid, nullptr, WNOHANG) > 0) count++;
  }
  return Napi::Number::New(info.Env(), count);
}

// pinToCore(place) -> 0 or a negative errno: all threads of this process, and
// those they start, run on one core alone, the place-th of those that it may use,
// counting round.
Napi::Value PinToCore(const Napi::CallbackInfo& info) {
  int status = -ENOSYS;
#ifdef __linux__
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) != 0) {
    return Napi::Number::New(info.Env(), -errno);
  }
  int left = Int(info[0]) % CPU_COUNT(&cores);
  if (left < 0) return Napi::Number::New(info.Env(), -EINVAL);
  size_t core = 0;
  while (!CPU_ISSET(core, &cores) || left-- > 0) core++;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  DIR* threads = opendir("/proc/self/task");
  status = threads == nullptr ? -errno : 0;
  while (threads != nullptr) {
    const dirent* entry = readdir(threads);
    if (entry == nullptr) break;
    const int thread = atoi(entry->d_name);
    if (thread > 0 && sched_setaffinity(thread, sizeof cores, &cores) != 0 &&
        errno != ESRCH) {
      status = -errno;
    }
  }
  if (threads != nullptr) closedir(threads);
#endif
  return Napi::Number::New(info.Env(), status);
}

// sendDatagram(path or @abstract name of a unix socket, text) -> 0 or a
// negative errno
Napi::Value SendDatagram(const Napi::CallbackInfo& info) {
  const std::string path = Latin1(info[0]);
  const std::string text = Latin1(info[1]);
  const auto answer = [&info](int status) -> Napi::Value {
    return Napi::Number::New(info.Env(), status);
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return answer(-EINVAL);
  }
  memcpy(address.sun_path, path.data(), path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';
  const auto length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return answer(-errno);
  const ssize_t sent = sendto(fd, text.data(), text.size(), MSG_NOSIGNAL,
                              reinterpret_cast<sockaddr*>(&address), length);
  const int status = sent < 0 ? -errno : 0;
  close(fd);
  return answer(status);
}

// watchParent(pid, ms) -> 0 or a negative errno: when the parent with that id is
// dead, this process is killed after so long, whatever its threads do.
Napi::Value WatchParent(const Napi::CallbackInfo& info) {
  int status = -ENOSYS;
#if defined(__linux__) && defined(SYS_pidfd_open)
  const auto parent = static_cast<pid_t>(Int(info[0]));
  const std::chrono::milliseconds grace(Int(info[1]));
  const auto fd = static_cast<int>(syscall(SYS_pidfd_open, parent, 0));
  if (fd < 0) return Napi::Number::New(info.Env(), -errno);
  std::thread([fd, parent, grace] {
    pollfd death{fd, POLLIN, 0};
    // The id may have been another's already when it was opened.
    while (getppid() == parent && poll(&death, 1, -1) <= 0) continue;
    std::this_thread::sleep_for(grace);
    kill(getpid(), SIGKILL);
  }).detach();
  status = 0;
#endif
  return Napi::Number::New(info.Env(), status);
}

}  // namespace

void ExportProcessFunctions(Napi::Env env, Napi::Object exports) {
  exports.Set("reapOrphans",
              Napi::Function::New(env, ReapOrphans, "reapOrphans"));
  exports.Set("pinToCore", Napi::Function::New(env, PinToCore, "pinToCore"));
  exports.Set("watchParent",
              Napi::Function::New(env, WatchParent, "watchParent"));
  exports.Set("sendDatagram",
              Napi::Function::New(env, SendDatagram, "sendDatagram"));
}

}  // namespace gudeg::binding
