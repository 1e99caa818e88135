#include "start_child.h"

#include <cerrno>
#include <cstring>

#if defined(__linux__)
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string_view>
#endif

namespace gudeg::stack {

#if defined(__linux__)

namespace {

// Signals that have a fixed meaning, and two that the C library keeps to itself:
// it would leave them ignored. Those above are for real-time use.
constexpr unsigned kResetSignals = 33;
constexpr int kStandardStreams = 3;
// Where execvp() looks when there is no PATH.
constexpr std::string_view kDefaultPath = "/bin:/usr/bin";

// sigaddset() refuses the signals of the C library.
void AddSignal(sigset_t* set, unsigned signal) noexcept {
  constexpr unsigned bits = 8 * sizeof(unsigned long);
  const unsigned place = signal - 1;
  unsigned long word = 0;
  auto* bytes = reinterpret_cast<unsigned char*>(set);
  unsigned char* at = bytes + place / bits * sizeof word;
  std::memcpy(&word, at, sizeof word);
  word |= 1UL << place % bits;
  std::memcpy(at, &word, sizeof word);
}

// The attributes and file actions of posix_spawn(), with the first error.
class SpawnSettings {
 public:
  SpawnSettings() noexcept {
    Note(posix_spawn_file_actions_init(&actions_));
    Note(posix_spawnattr_init(&attributes_));
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  void ChangeFolder(int folder) noexcept {
    Note(posix_spawn_file_actions_addfchdir_np(&actions_, folder));
  }

  void Duplicate(int descriptor, int target) noexcept {
    Note(posix_spawn_file_actions_adddup2(&actions_, descriptor, target));
  }

  void OpenNull(int target) noexcept {
    const int flags = target == STDIN_FILENO ? O_RDONLY : O_RDWR;
    Note(posix_spawn_file_actions_addopen(&actions_, target, "/dev/null", flags,
                                          0));
  }

  // Handlers and the mask of this thread are nothing to the child.
  void ResetSignals(bool in_own_session) noexcept {
    sigset_t standard;
    sigset_t none;
    sigemptyset(&none);
    sigemptyset(&standard);
    for (unsigned i = 1; i <= kResetSignals; i++) {
      if (i != SIGKILL && i != SIGSTOP) AddSignal(&standard, i);
    }
    Note(posix_spawnattr_setsigdefault(&attributes_, &standard));
    Note(posix_spawnattr_setsigmask(&attributes_, &none));
    int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    if (in_own_session) flags |= POSIX_SPAWN_SETSID;
    Note(posix_spawnattr_setflags(&attributes_, static_cast<short>(flags)));
  }

  // 0 with a process id, or an errno.
  int Spawn(const char* path, char* const* arguments, char* const* environment,
            int* pid) const noexcept {
    if (error_ != 0) return error_;
    return posix_spawn(pid, path, &actions_, &attributes_, arguments,
                       environment);
  }

 private:
  void Note(int error) noexcept {
    if (error_ == 0) error_ = error;
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  int error_ = 0;
};

// The vector that the system wants; it points into the strings.
std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& each : strings) {
    pointers.push_back(const_cast<char*>(each.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

std::string_view SearchPath(const std::vector<std::string>& environment) {
  constexpr std::string_view key = "PATH=";
  for (const std::string_view each : environment) {
    if (each.starts_with(key)) return each.substr(key.size());
  }
  return kDefaultPath;
}

// Like execvp(): the first file of that name that can be run. What is no
// program (ENOEXEC) is not given to a shell; it is an error.
int SpawnFound(const SpawnSettings& settings, const ChildPlan& plan, int* pid) {
  const std::vector<char*> arguments = Pointers(plan.arguments);
  const std::vector<char*> environment = Pointers(plan.environment);
  const auto spawn = [&](const std::string& path) {
    return settings.Spawn(path.c_str(), arguments.data(), environment.data(),
                          pid);
  };
  if (plan.file.find('/') != std::string::npos) return spawn(plan.file);
  std::string_view rest = SearchPath(plan.environment);
  for (;;) {
    const size_t end = rest.find(':');
    std::string path(rest.substr(0, end));
    if (!path.empty()) path += '/';
    path += plan.file;
    // Looking costs less than starting in vain.
    if (faccessat(plan.folder.number(), path.c_str(), F_OK, 0) == 0) {
      const int error = spawn(path);
      if (error != ENOENT && error != ENOTDIR && error != EACCES) return error;
    }
    if (end == std::string_view::npos) return ENOENT;
    rest.remove_prefix(end + 1);
  }
}

// Makes a pair of which the child's end stands above all descriptors that it
// is to get; 0 or an errno.
int OpenPair(int lowest, OwnedDescriptor* ours, OwnedDescriptor* theirs) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    return errno;
  }
  *ours = OwnedDescriptor(pair[0]);
  *theirs = OwnedDescriptor(pair[1]);
  if (pair[1] >= lowest) return 0;
  const int higher = fcntl(pair[1], F_DUPFD_CLOEXEC, lowest);
  if (higher < 0) return errno;
  *theirs = OwnedDescriptor(higher);
  return 0;
}

// uv_spawn() does so for the streams that a program expects to block.
void MakeBlocking(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK) != 0) {
    fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK);
  }
}

}  // namespace

OwnedDescriptor::~OwnedDescriptor() {
  if (number_ >= 0) close(number_);
}

StartedChild StartChild(const ChildPlan& plan) noexcept {
  const int count = static_cast<int>(plan.streams.size());
  StartedChild child;
  std::vector<OwnedDescriptor> theirs;
  SpawnSettings settings;
  settings.ChangeFolder(plan.folder.number());
  settings.ResetSignals(plan.is_detached);
  for (int i = 0; i < count; i++) {
    switch (plan.streams[static_cast<size_t>(i)]) {
      case ChildStream::kPipe: {
        const int error = OpenPair(count, &child.ends.emplace_back(),
                                   &theirs.emplace_back());
        if (error != 0) return StartedChild{-error, OwnedDescriptor(), {}};
        settings.Duplicate(theirs.back().number(), i);
        break;
      }
      case ChildStream::kIgnored:
        if (i < kStandardStreams) settings.OpenNull(i);
        break;
      case ChildStream::kInherited:
        MakeBlocking(i);
        settings.Duplicate(i, i);
        break;
    }
  }
  const int error = SpawnFound(settings, plan, &child.pid);
  if (error != 0) return StartedChild{-error, OwnedDescriptor(), {}};
  // It is ours to reap, so the id is still its own.
  child.pidfd = OwnedDescriptor(
      static_cast<int>(syscall(SYS_pidfd_open, child.pid, 0)));
  return child;
}

int ReapChild(int pid) noexcept {
  int status = 0;
  for (;;) {
    const pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended == pid) return status;
    if (ended == 0) return kChildRuns;
    if (errno != EINTR) return -errno;
  }
}

#else

OwnedDescriptor::~OwnedDescriptor() = default;

StartedChild StartChild(const ChildPlan&) noexcept {
  return StartedChild{-ENOSYS, OwnedDescriptor(), {}};
}

int ReapChild(int) noexcept { return -ENOSYS; }

#endif

}  // namespace gudeg::stack
