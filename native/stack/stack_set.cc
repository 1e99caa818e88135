#include "stack_set.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif
#if !defined(_WIN32)
#include <pthread.h>
#include <signal.h>
#endif

#include <algorithm>
#include <utility>

#include "context_swap.h"

namespace gudeg::stack {
namespace {

// Address space below V8's limit: C++ called from JavaScript (parsers, ICU,
// inspector, other addons) needs room after JavaScript has used up its own.
constexpr size_t kReservedBytes = 256 * 1024;

// The part of its stack that a lender keeps for itself: it sleeps there, and
// signal handlers that the kernel runs on it stay clear of what it lent.
constexpr size_t kLenderBytes = 32 * 1024;

// Lenders are started so many at a time: an eighth of what lives.
constexpr size_t kMinSpareLenders = 8;
constexpr size_t kMaxSpareLenders = 64;

#if defined(__linux__)
// What an idle stack keeps below its stack pointer.
constexpr size_t kKeptBytes = 96 * 1024;
constexpr size_t kMarginBytes = 64 * 1024;
#endif

}  // namespace

StackSet::StackSet(v8::Isolate* isolate, v8::Local<v8::Context> context,
                   size_t stack_bytes)
    : isolate_(isolate),
      context_(isolate, context),
      stack_bytes_(stack_bytes),
      swaps_(ContextSwapSupported()),
      may_spin_(uv_available_parallelism() > 1) {
  auto main = std::make_unique<Stack>();
  main->set = this;
  main->started = true;
  main->thread_pointer = ThreadPointer();
  stacks_.push_back(std::move(main));
  // V8 looks at interrupt requests where JavaScript enters a function or
  // goes round a loop; a native function would not do.
  v8::Local<v8::Script> script =
      v8::Script::Compile(
          context, v8::String::NewFromUtf8Literal(
                       isolate, "(() => { for (let i = 0; i < 2; ++i); })"))
          .ToLocalChecked();
  checkpoint_.Reset(isolate,
                    script->Run(context).ToLocalChecked().As<v8::Function>());
}

StackSet::~StackSet() { Close(); }

void StackSet::SetEntry(v8::Local<v8::Function> entry) {
  entry_.Reset(isolate_, entry);
}

v8::Local<v8::Value> StackSet::Frame() const {
#if V8_MAJOR_VERSION >= 14
  // Node stores a plain JavaScript value here.
  v8::Local<v8::Data> data = isolate_->GetContinuationPreservedEmbedderDataV2();
  if (!data.IsEmpty() && data->IsValue()) return data.As<v8::Value>();
  return v8::Undefined(isolate_);
#elif V8_MAJOR_VERSION >= 12
  return isolate_->GetContinuationPreservedEmbedderData();
#else
  return context()->GetContinuationPreservedEmbedderData();
#endif
}

void StackSet::SetFrame(v8::Local<v8::Value> frame) {
#if V8_MAJOR_VERSION >= 14
  isolate_->SetContinuationPreservedEmbedderDataV2(frame);
#elif V8_MAJOR_VERSION >= 12
  isolate_->SetContinuationPreservedEmbedderData(frame);
#else
  context()->SetContinuationPreservedEmbedderData(frame);
#endif
}

int StackSet::StartThread(Stack* stack) {
  stack->set = this;
  uv_thread_options_t options{};
  options.flags = UV_THREAD_HAS_STACK_SIZE;
  options.stack_size = stack_bytes_;
  return uv_thread_create_ex(&stack->thread, &options,
                             swaps_ ? LenderMain : ThreadMain, stack);
}

int StackSet::Replenish() {
  const size_t wanted =
      std::clamp(live_ / 8, kMinSpareLenders, kMaxSpareLenders);
  while (spare_.size() < wanted) {
    auto stack = std::make_unique<Stack>();
    // Signals are for the thread that owns the environment.
#if !defined(_WIN32)
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
#endif
    const int error = StartThread(stack.get());
#if !defined(_WIN32)
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
#endif
    if (error != 0) return spare_.empty() ? error : 0;
    spare_.push_back(std::move(stack));
  }
  return 0;
}

int64_t StackSet::Create() {
  if (closing_) return UV_ECANCELED;
  std::unique_ptr<Stack> stack;
  if (swaps_) {
    // Several at once: on one core each would cost two switches else. The
    // last one is taken first, so one sleep is enough for all of them.
    if (spare_.empty()) {
      const int error = Replenish();
      if (error != 0) return error;
    }
    stack = std::move(spare_.back());
    spare_.pop_back();
    stack->ready.Wait(may_spin_);
    stack->stack_pointer =
        PrepareContext(static_cast<char*>(stack->stack_top) - kLenderBytes,
                       ContextMain, stack.get());
  } else {
    stack = std::make_unique<Stack>();
    const int error = StartThread(stack.get());
    if (error != 0) return error;
  }
  uint32_t number;
  if (free_numbers_.empty()) {
    number = static_cast<uint32_t>(stacks_.size());
    stacks_.push_back(nullptr);
  } else {
    number = free_numbers_.back();
    free_numbers_.pop_back();
  }
  stack->number = number;
  stacks_[number] = std::move(stack);
  ++live_;
  return number;
}

void StackSet::HandOver(Stack* from, Stack* to) {
  if (swaps_) {
    SwapContext(&from->stack_pointer, to->stack_pointer, to->thread_pointer);
  } else {
    to->baton.Post();
    from->baton.Wait(may_spin_);
  }
}

bool StackSet::SwitchTo(uint32_t target) {
  if (target == running_ || target >= stacks_.size()) return false;
  Stack* next = stacks_[target].get();
  if (next == nullptr || next->ended) return false;
  Stack* self = stacks_[running_].get();
  v8::Local<v8::Value> frame = Frame();
  running_ = target;
  {
    v8::Unlocker unlocked(isolate_);
    HandOver(self, next);
  }
  // Entering once more tells the heap which thread's stack is in use: without
  // it a major collection would scan from another thread's stack start.
  { v8::Isolate::Scope again(isolate_); }
  SetFrame(frame);
  if (self->number != kMainStack) {
    if (closing_) Terminate();
  } else if (std::exchange(terminated_, false) && !closing_) {
    Terminate();
  }
  return true;
}

void StackSet::TrimRunning() {
#if defined(__linux__)
  Stack* self = stacks_[running_].get();
  if (self->stack_top == nullptr) return;
  constexpr uintptr_t kPage = 4096;
  char here;
  const uintptr_t high =
      (reinterpret_cast<uintptr_t>(&here) - kKeptBytes) & ~(kPage - 1);
  // Clear of the guard page and of what the C library keeps above the stack.
  const uintptr_t low = (reinterpret_cast<uintptr_t>(self->stack_top) -
                         stack_bytes_ + kMarginBytes + kPage) &
                        ~(kPage - 1);
  if (low >= high) return;
  // What was never used reads as zero. A look costs less than a system call.
  const auto* page = reinterpret_cast<const uintptr_t*>(high - kPage);
  uintptr_t used = 0;
  for (size_t i = 0; i < kPage / sizeof(uintptr_t); i += 4) used |= page[i];
  if (used == 0) return;
  madvise(reinterpret_cast<void*>(low), high - low, MADV_DONTNEED);
#endif
}

// Raises the exception that no catch and no finally sees. Requesting it is
// not enough: JavaScript has to run for V8 to act on the request.
void StackSet::Terminate() {
  isolate_->TerminateExecution();
  // While an environment is torn down V8 refuses calls with an ordinary,
  // catchable error, and user code would run on.
  v8::Isolate::AllowJavascriptExecutionScope allowed(isolate_);
  v8::Local<v8::Context> context = this->context();
  v8::MaybeLocal<v8::Value> never = checkpoint_.Get(isolate_)->Call(
      context, v8::Undefined(isolate_), 0, nullptr);
  static_cast<void>(never);
}

uint32_t StackSet::RunEntry(Stack* self, void* stack_top) {
  self->started = true;
  self->stack_top = stack_top;
  v8::Locker lock(isolate_);
  v8::Isolate::Scope isolate_scope(isolate_);
  v8::HandleScope handle_scope(isolate_);
  v8::Local<v8::Context> context = this->context();
  v8::Context::Scope context_scope(context);
  // V8 derives a thread's limit from --stack-size, which knows nothing of the
  // size of this stack.
  isolate_->SetStackLimit(reinterpret_cast<uintptr_t>(stack_top) -
                          (stack_bytes_ - kReservedBytes));
  uint32_t next = kMainStack;
  {
    v8::TryCatch caught(isolate_);
    v8::Local<v8::Value> answer;
    if (entry_.Get(isolate_)
            ->Call(context, v8::Undefined(isolate_), 0, nullptr)
            .ToLocal(&answer)) {
      if (answer->IsUint32()) next = answer.As<v8::Uint32>()->Value();
    } else if (caught.HasTerminated() && !closing_) {
      terminated_ = true;
    }
  }
  self->ended = true;
  ended_.push_back(self->number);
  --live_;
  if (next >= stacks_.size() || stacks_[next] == nullptr ||
      stacks_[next]->ended) {
    next = kMainStack;
  }
  running_ = next;
  return next;
}

void StackSet::ThreadMain(void* argument) {
  auto* self = static_cast<Stack*>(argument);
  StackSet* set = self->set;
  self->baton.Wait(false);
  // Closed before it ever ran: the isolate has never heard of this thread.
  if (set->closing_) return;
  const uint32_t next = set->RunEntry(self, &self);
  Stack* successor = set->stacks_[next].get();
  set->isolate_->DiscardThreadSpecificMetadata();
  // From here on `self` and `set` may be gone.
  successor->baton.Post();
}

void StackSet::LenderMain(void* argument) {
  auto* self = static_cast<Stack*>(argument);
  self->thread_pointer = ThreadPointer();
  self->stack_top = &self;
  self->ready.Post();
  self->baton.Wait(false);
}

// Runs on a lender's stack and thread-local storage.
void StackSet::ContextMain(void* argument) {
  auto* self = static_cast<Stack*>(argument);
  StackSet* set = self->set;
  const uint32_t next = set->RunEntry(self, self->stack_top);
  Stack* successor = set->stacks_[next].get();
  set->isolate_->DiscardThreadSpecificMetadata();
  SwapContext(&self->stack_pointer, successor->stack_pointer,
              successor->thread_pointer);
}

// A lender may go once its context has been left for good: now that another
// runs.
void StackSet::DismissLenders() {
  for (; dismissed_ < ended_.size(); ++dismissed_) {
    if (swaps_) stacks_[ended_[dismissed_]]->baton.Post();
  }
}

size_t StackSet::Reap(size_t limit) {
  DismissLenders();
  size_t kept = 0;
  for (size_t i = 0; i < ended_.size(); ++i) {
    const uint32_t number = ended_[i];
    bool joined = false;
    if (limit > 0) {
      --limit;
#if defined(__linux__)
      joined = pthread_tryjoin_np(stacks_[number]->thread, nullptr) == 0;
#else
      joined = uv_thread_join(&stacks_[number]->thread) == 0;
#endif
    }
    if (joined) {
      stacks_[number].reset();
      free_numbers_.push_back(number);
    } else {
      ended_[kept++] = number;
    }
  }
  ended_.resize(kept);
  dismissed_ = kept;
  return kept;
}

void StackSet::Close() {
  if (closing_) return;
  closing_ = true;
  for (size_t i = 1; i < stacks_.size(); ++i) {
    Stack* stack = stacks_[i].get();
    if (stack == nullptr || stack->ended) continue;
    if (stack->started) {
      v8::HandleScope handle_scope(isolate_);
      SwitchTo(stack->number);
    } else {
      if (!swaps_) stack->baton.Post();
      stack->ended = true;
      ended_.push_back(stack->number);
      --live_;
    }
  }
  DismissLenders();
  for (const uint32_t number : ended_) {
    uv_thread_join(&stacks_[number]->thread);
    stacks_[number].reset();
  }
  ended_.clear();
  for (auto& lender : spare_) {
    lender->ready.Wait(false);
    lender->baton.Post();
    uv_thread_join(&lender->thread);
  }
  spare_.clear();
  entry_.Reset();
  checkpoint_.Reset();
  context_.Reset();
}

}  // namespace gudeg::stack
