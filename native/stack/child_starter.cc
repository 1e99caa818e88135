#include "child_starter.h"

#if !defined(_WIN32)
#include <pthread.h>
#include <signal.h>
#endif

#include <utility>

namespace gudeg::stack {

int ChildStarter::Start(ChildPlan plan, v8::Local<v8::Object> receiver,
                        v8::Local<v8::Function> on_started) {
  const int error = signal_ == nullptr ? Open() : 0;
  if (error != 0) return error;
  // The loop lives for as long as somebody is to be told.
  if (in_flight_++ == 0) {
    uv_ref(reinterpret_cast<uv_handle_t*>(&signal_->async));
  }
  auto order = std::make_unique<Order>();
  order->plan = std::move(plan);
  order->receiver.Reset(isolate_, receiver);
  order->on_started.Reset(isolate_, on_started);
  uv_mutex_lock(&mutex_);
  waiting_.push_back(std::move(order));
  uv_cond_signal(&has_work_);
  uv_mutex_unlock(&mutex_);
  return 0;
}

int ChildStarter::Open() {
  auto* signal = new Signal();
  signal->starter = this;
  signal->async.data = signal;
  int error = uv_async_init(loop_, &signal->async, [](uv_async_t* async) {
    auto* starter = static_cast<Signal*>(async->data)->starter;
    if (starter != nullptr) starter->Deliver();
  });
  if (error != 0) {
    delete signal;
    return error;
  }
  uv_unref(reinterpret_cast<uv_handle_t*>(&signal->async));
  signal_ = signal;
  uv_mutex_init(&mutex_);
  uv_cond_init(&has_work_);
  error = uv_thread_create(
      &thread_, [](void* self) { static_cast<ChildStarter*>(self)->Run(); },
      this);
  if (error == 0) return 0;
  uv_mutex_destroy(&mutex_);
  uv_cond_destroy(&has_work_);
  signal_ = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&signal->async),
           [](uv_handle_t* handle) {
             delete static_cast<Signal*>(handle->data);
           });
  return error;
}

void ChildStarter::Run() {
#if !defined(_WIN32)
  // Signals of the process are for other threads.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
#endif
  uv_mutex_lock(&mutex_);
  for (;;) {
    while (waiting_.empty() && !is_closing_) {
      uv_cond_wait(&has_work_, &mutex_);
    }
    if (is_closing_) break;
    std::unique_ptr<Order> order = std::move(waiting_.front());
    waiting_.pop_front();
    uv_mutex_unlock(&mutex_);
    order->child = StartChild(order->plan);
    uv_mutex_lock(&mutex_);
    started_.push_back(std::move(order));
    uv_async_send(&signal_->async);
  }
  uv_mutex_unlock(&mutex_);
}

void ChildStarter::Deliver() {
  std::vector<std::unique_ptr<Order>> started;
  uv_mutex_lock(&mutex_);
  started.swap(started_);
  uv_mutex_unlock(&mutex_);
  v8::HandleScope handle_scope(isolate_);
  for (const std::unique_ptr<Order>& order : started) {
    if (--in_flight_ == 0) {
      uv_unref(reinterpret_cast<uv_handle_t*>(&signal_->async));
    }
    Tell(order.get());
  }
}

void ChildStarter::Tell(Order* order) {
  v8::HandleScope handle_scope(isolate_);
  StartedChild& child = order->child;
  v8::Local<v8::Array> ends =
      v8::Array::New(isolate_, static_cast<int>(child.ends.size()));
  v8::Local<v8::Object> receiver = order->receiver.Get(isolate_);
  v8::Local<v8::Context> context =
      receiver->GetCreationContext().ToLocalChecked();
  v8::Context::Scope context_scope(context);
  for (size_t i = 0; i < child.ends.size(); i++) {
    ends->Set(context, static_cast<uint32_t>(i),
              v8::Integer::New(isolate_, child.ends[i].Release()))
        .Check();
  }
  const int pidfd = child.pidfd.number();
  v8::Local<v8::Value> arguments[] = {v8::Integer::New(isolate_, child.pid),
                                      v8::Integer::New(isolate_, pidfd),
                                      ends};
  if (pidfd >= 0) pidfds_.push_back(std::move(child.pidfd));
  (void)node::MakeCallback(isolate_, receiver, order->on_started.Get(isolate_),
                           3, arguments, node::async_context{0, 0});
}

int ChildStarter::Reap(int pid, int pidfd) noexcept {
  const int status = ReapChild(pid);
  if (status != kChildRuns) {
    std::erase_if(pidfds_, [pidfd](const OwnedDescriptor& each) {
      return each.number() == pidfd;
    });
  }
  return status;
}

void ChildStarter::Close() {
  if (signal_ == nullptr) return;
  uv_mutex_lock(&mutex_);
  is_closing_ = true;
  uv_cond_signal(&has_work_);
  uv_mutex_unlock(&mutex_);
  uv_thread_join(&thread_);
  uv_mutex_destroy(&mutex_);
  uv_cond_destroy(&has_work_);
  waiting_.clear();
  started_.clear();
  pidfds_.clear();
  signal_->starter = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&signal_->async),
           [](uv_handle_t* handle) {
             delete static_cast<Signal*>(handle->data);
           });
  signal_ = nullptr;
}

}  // namespace gudeg::stack
