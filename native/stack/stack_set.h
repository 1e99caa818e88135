#ifndef GUDEG_STACK_STACK_SET_H_
#define GUDEG_STACK_STACK_SET_H_

#include <node.h>
#include <uv.h>
#include <v8.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "baton.h"

namespace gudeg::stack {

// Theory of operation
//
// A stack is a thread of its own to V8: it runs only while it holds the
// isolate's lock, and its state is archived and restored by v8::Locker and
// v8::Unlocker. Control moves from stack to stack by an explicit hand-over,
// so exactly one runs JavaScript at any time and nothing is ever pre-empted:
// for JavaScript there is still one thread.
//
// There are two ways to hand over. Everywhere: post the other thread's baton,
// wait on one's own. Where ContextSwapSupported(): the thread that owns the
// environment moves onto the other thread's stack and thread-local storage
// itself; the other thread only lends them, and sleeps until it has to end.
//
// Everything in this class is read and written by the running side only. The
// hand-over orders those accesses, so no other synchronisation is needed.
//
// Stack 0 is the thread that owns the environment (the event loop's).
class StackSet {
 public:
  static constexpr uint32_t kMainStack = 0;

  StackSet(v8::Isolate* isolate, v8::Local<v8::Context> context,
           size_t stack_bytes);
  ~StackSet();
  StackSet(const StackSet&) = delete;
  StackSet& operator=(const StackSet&) = delete;

  // The function that every new stack runs. It returns the number of the
  // stack that gets control when this one ends.
  void SetEntry(v8::Local<v8::Function> entry);

  // Makes a stack that starts when control is first handed to it. Gives its
  // number, or a negative libuv error when the system refuses a thread.
  int64_t Create();

  // Hands control to another stack and returns when control comes back.
  // False when the number names no living stack or the running one.
  bool SwitchTo(uint32_t target);

  // Gives the memory that the running stack has used and does not use now
  // back to the system: a recursion to the limit would keep a megabyte.
  void TrimRunning();

  // The value that AsyncLocalStorage travels in, on versions that have it.
  v8::Local<v8::Value> Frame() const;
  void SetFrame(v8::Local<v8::Value> frame);

  // Frees up to `limit` of the stacks that have ended, and does not wait for
  // any. Gives how many are left.
  size_t Reap(size_t limit);

  // Unwinds every parked stack without running user code and joins its
  // thread. The isolate cannot be disposed of while one is still inside.
  void Close();

  uint32_t running() const { return running_; }
  size_t live() const { return live_; }
  v8::Isolate* isolate() const { return isolate_; }
  v8::Local<v8::Context> context() const { return context_.Get(isolate_); }

 private:
  struct Stack {
    StackSet* set = nullptr;
    uint32_t number = 0;
    Baton baton;
    uv_thread_t thread{};
    // Of a lender: set by its thread before it posts `ready`.
    Baton ready;
    void* stack_top = nullptr;
    // Where a swapped-out context goes on.
    void* stack_pointer = nullptr;
    void* thread_pointer = nullptr;
    bool started = false;
    bool ended = false;
  };

  static void ThreadMain(void* argument);
  static void LenderMain(void* argument);
  static void ContextMain(void* argument);

  int StartThread(Stack* stack);
  int Replenish();
  void HandOver(Stack* from, Stack* to);
  uint32_t RunEntry(Stack* self, void* stack_top);
  void Terminate();
  void DismissLenders();

  v8::Isolate* const isolate_;
  v8::Global<v8::Context> context_;
  v8::Global<v8::Function> entry_;
  v8::Global<v8::Function> checkpoint_;
  const size_t stack_bytes_;
  const bool swaps_;
  const bool may_spin_;
  // Lenders that were started ahead: their first steps overlap ours.
  std::vector<std::unique_ptr<Stack>> spare_;
  std::vector<std::unique_ptr<Stack>> stacks_;
  std::vector<uint32_t> free_numbers_;
  std::vector<uint32_t> ended_;
  // How many of them, from the front, were told to go.
  size_t dismissed_ = 0;
  uint32_t running_ = kMainStack;
  size_t live_ = 0;
  bool closing_ = false;
  // A stack was ended by v8::Isolate::TerminateExecution: what the main one
  // runs must end too, since the request was meant for the whole isolate.
  bool terminated_ = false;
};

}  // namespace gudeg::stack

#endif  // GUDEG_STACK_STACK_SET_H_
