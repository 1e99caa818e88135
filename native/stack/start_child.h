#ifndef GUDEG_STACK_START_CHILD_H_
#define GUDEG_STACK_START_CHILD_H_

#include <string>
#include <utility>
#include <vector>

namespace gudeg::stack {

// A descriptor that is closed with its owner; -1 is none.
class OwnedDescriptor {
 public:
  explicit OwnedDescriptor(int number = -1) noexcept : number_(number) {}
  OwnedDescriptor(OwnedDescriptor&& other) noexcept
      : number_(other.Release()) {}
  OwnedDescriptor& operator=(OwnedDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~OwnedDescriptor();

  int number() const noexcept { return number_; }
  int Release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_;
};

// What one of the child's descriptors is.
enum class ChildStream {
  kPipe,     // one end of a socket pair; the other is ours
  kIgnored,  // /dev/null for 0, 1 and 2, closed for those above
  kInherited,
};

struct ChildPlan {
  // Looked for in the PATH of `environment` when there is no slash in it.
  std::string file;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  // Its working directory, which is that of the moment when it was asked for.
  OwnedDescriptor folder;
  std::vector<ChildStream> streams;
  // In a session of its own.
  bool is_detached = false;
};

struct StartedChild {
  // Its process id, or a negative errno: then nothing was started.
  int pid = 0;
  // Readable when it has ended; none where the system cannot give it.
  OwnedDescriptor pidfd;
  // Our ends, in the order of the plan's pipes.
  std::vector<OwnedDescriptor> ends;
};

// Starts a process as uv_spawn() does, with the same descriptors, signals and
// search of PATH, but for the copy of our memory that fork() makes: the thread
// that calls stands still until the child runs its program, and no other does.
StartedChild StartChild(const ChildPlan& plan) noexcept;

constexpr int kChildRuns = -1;

// The status of waitpid() once a child has ended, and it is forgotten then;
// kChildRuns before that, or another negative errno.
int ReapChild(int pid) noexcept;

}  // namespace gudeg::stack

#endif  // GUDEG_STACK_START_CHILD_H_
