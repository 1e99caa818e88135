#include "descriptor_poll.h"

namespace gudeg::stack {

// One uv_poll_t with the function it calls. Deleted when libuv has closed it.
class DescriptorPoll {
 public:
  static int Open(DescriptorPolls* polls, int descriptor,
                  v8::Local<v8::Object> receiver,
                  v8::Local<v8::Function> on_ready, DescriptorPoll** result) {
    auto* poll = new DescriptorPoll(polls->isolate_, receiver, on_ready);
    const int error = uv_poll_init(polls->loop_, &poll->handle_, descriptor);
    if (error != 0) {
      delete poll;
      return error;
    }
    poll->handle_.data = poll;
    *result = poll;
    return 0;
  }

  int Watch(int events) {
    if (events == 0) return uv_poll_stop(&handle_);
    return uv_poll_start(&handle_, events, OnReady);
  }

  void Close() {
    on_ready_.Reset();
    receiver_.Reset();
    uv_close(reinterpret_cast<uv_handle_t*>(&handle_), [](uv_handle_t* handle) {
      delete static_cast<DescriptorPoll*>(handle->data);
    });
  }

 private:
  DescriptorPoll(v8::Isolate* isolate, v8::Local<v8::Object> receiver,
                 v8::Local<v8::Function> on_ready)
      : isolate_(isolate),
        receiver_(isolate, receiver),
        on_ready_(isolate, on_ready) {}

  static void OnReady(uv_poll_t* handle, int status, int events) {
    auto* self = static_cast<DescriptorPoll*>(handle->data);
    if (self->on_ready_.IsEmpty()) return;
    v8::Isolate* isolate = self->isolate_;
    v8::HandleScope handle_scope(isolate);
    v8::Local<v8::Object> receiver = self->receiver_.Get(isolate);
    v8::Local<v8::Function> on_ready = self->on_ready_.Get(isolate);
    v8::Local<v8::Value> arguments[] = {v8::Integer::New(isolate, status),
                                        v8::Integer::New(isolate, events)};
    // `self` may be closed by what is called here.
    (void)node::MakeCallback(isolate, receiver, on_ready, 2, arguments,
                             node::async_context{0, 0});
  }

  v8::Isolate* const isolate_;
  uv_poll_t handle_{};
  v8::Global<v8::Object> receiver_;
  v8::Global<v8::Function> on_ready_;
};

DescriptorPoll* DescriptorPolls::At(int slot) const {
  if (slot < 0 || static_cast<size_t>(slot) >= slots_.size()) return nullptr;
  return slots_[static_cast<size_t>(slot)];
}

int DescriptorPolls::Open(int descriptor, v8::Local<v8::Object> receiver,
                          v8::Local<v8::Function> on_ready) {
  DescriptorPoll* poll = nullptr;
  const int error =
      DescriptorPoll::Open(this, descriptor, receiver, on_ready, &poll);
  if (error != 0) return error;
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i] == nullptr) {
      slots_[i] = poll;
      return static_cast<int>(i);
    }
  }
  slots_.push_back(poll);
  return static_cast<int>(slots_.size()) - 1;
}

int DescriptorPolls::Watch(int slot, int events) {
  DescriptorPoll* poll = At(slot);
  return poll == nullptr ? UV_EBADF : poll->Watch(events);
}

void DescriptorPolls::Close(int slot) {
  DescriptorPoll* poll = At(slot);
  if (poll == nullptr) return;
  slots_[static_cast<size_t>(slot)] = nullptr;
  poll->Close();
}

void DescriptorPolls::CloseAll() {
  for (size_t i = 0; i < slots_.size(); ++i) Close(static_cast<int>(i));
}

}  // namespace gudeg::stack
