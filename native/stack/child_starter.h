#ifndef GUDEG_STACK_CHILD_STARTER_H_
#define GUDEG_STACK_CHILD_STARTER_H_

#include <node.h>
#include <uv.h>
#include <v8.h>

#include <deque>
#include <memory>
#include <vector>

#include "start_child.h"

namespace gudeg::stack {

// Starts the children of one environment, one after the other, on a thread of
// its own. Not on libuv's pool: what waits for a child to start would wait for
// all the computing that is in line there.
class ChildStarter {
 public:
  ChildStarter(v8::Isolate* isolate, uv_loop_t* loop)
      : isolate_(isolate), loop_(loop) {}
  ChildStarter(const ChildStarter&) = delete;
  ChildStarter& operator=(const ChildStarter&) = delete;

  // `onStarted(pid or a negative errno, pidfd or -1, [our ends])`
  // is called in a later turn of the loop; our ends are the callee's then.
  // 0, or a negative libuv error: then it is not called.
  int Start(ChildPlan plan, v8::Local<v8::Object> receiver,
            v8::Local<v8::Function> on_started);
  // Like ReapChild(); closes the child's pidfd once it has ended. Nothing may
  // poll it then.
  int Reap(int pid, int pidfd) noexcept;
  // Waits for the child that is being started, and forgets those in line.
  void Close();

 private:
  // On the heap: what is V8's must not be moved on another thread.
  struct Order {
    ChildPlan plan;
    StartedChild child;
    v8::Global<v8::Object> receiver;
    v8::Global<v8::Function> on_started;
  };
  // What libuv closes in its own time.
  struct Signal {
    uv_async_t async{};
    ChildStarter* starter = nullptr;
  };

  int Open();
  void Run();
  void Deliver();
  void Tell(Order* order);

  v8::Isolate* const isolate_;
  uv_loop_t* const loop_;
  Signal* signal_ = nullptr;  // null until the first child
  uv_thread_t thread_{};
  uv_mutex_t mutex_{};
  uv_cond_t has_work_{};
  size_t in_flight_ = 0;  // of the loop's thread alone
  std::vector<OwnedDescriptor> pidfds_;
  // Under the mutex:
  std::deque<std::unique_ptr<Order>> waiting_;
  std::vector<std::unique_ptr<Order>> started_;
  bool is_closing_ = false;
};

}  // namespace gudeg::stack

#endif  // GUDEG_STACK_CHILD_STARTER_H_
