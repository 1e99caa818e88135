#ifndef GUDEG_STACK_DESCRIPTOR_POLL_H_
#define GUDEG_STACK_DESCRIPTOR_POLL_H_

#include <node.h>
#include <uv.h>
#include <v8.h>

#include <vector>

namespace gudeg::stack {

class DescriptorPoll;

// Every open poll of one environment; what is left is closed with it.
class DescriptorPolls {
 public:
  DescriptorPolls(v8::Isolate* isolate, uv_loop_t* loop)
      : isolate_(isolate), loop_(loop) {}

  // `onReady(status, events)`: status is 0 or a negative libuv error, events
  // a sum of UV_READABLE 1, UV_WRITABLE 2, UV_DISCONNECT 4. Gives the slot,
  // or a negative libuv error.
  int Open(int descriptor, v8::Local<v8::Object> receiver,
           v8::Local<v8::Function> on_ready);
  // Watches for these events from now on; 0 stops watching.
  int Watch(int slot, int events);
  void Close(int slot);
  void CloseAll();

 private:
  friend class DescriptorPoll;

  DescriptorPoll* At(int slot) const;

  v8::Isolate* const isolate_;
  uv_loop_t* const loop_;
  std::vector<DescriptorPoll*> slots_;
};

}  // namespace gudeg::stack

#endif  // GUDEG_STACK_DESCRIPTOR_POLL_H_
