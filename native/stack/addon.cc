// The only file that knows which functions JavaScript sees. Their TypeScript
// types are in src/core/native/green-stack.ts, by the same names.

#include <node.h>
#include <uv.h>
#include <v8.h>

#if defined(__linux__)
#include <fcntl.h>
#endif

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "child_starter.h"
#include "descriptor_poll.h"
#include "stack_set.h"

namespace gudeg::stack {
namespace {

using Info = v8::FunctionCallbackInfo<v8::Value>;

constexpr size_t kDefaultStackBytes = 1280 * 1024;

// Everything one environment owns: worker threads have one of their own.
struct Instance {
  Instance(v8::Isolate* isolate, v8::Local<v8::Context> context,
           uv_loop_t* loop)
      : stacks(isolate, context, kDefaultStackBytes),
        polls(isolate, loop),
        children(isolate, loop) {}

  StackSet stacks;
  DescriptorPolls polls;
  ChildStarter children;
};

Instance* InstanceOf(const Info& info) {
#if V8_MAJOR_VERSION >= 14
  return static_cast<Instance*>(info.Data().As<v8::External>()->Value(
      v8::kExternalPointerTypeTagDefault));
#else
  return static_cast<Instance*>(info.Data().As<v8::External>()->Value());
#endif
}

int IntAt(const Info& info, int index) {
  return info[index]->IsInt32() ? info[index].As<v8::Int32>()->Value() : -1;
}

void SetEntry(const Info& info) {
  if (info[0]->IsFunction()) {
    InstanceOf(info)->stacks.SetEntry(info[0].As<v8::Function>());
  }
}

void CreateStack(const Info& info) {
  info.GetReturnValue().Set(
      static_cast<double>(InstanceOf(info)->stacks.Create()));
}

void SwitchTo(const Info& info) {
  const int target = IntAt(info, 0);
  if (info[1]->IsTrue()) InstanceOf(info)->stacks.TrimRunning();
  if (target < 0 ||
      !InstanceOf(info)->stacks.SwitchTo(static_cast<uint32_t>(target))) {
    info.GetIsolate()->ThrowException(
        v8::Exception::Error(v8::String::NewFromUtf8Literal(
            info.GetIsolate(), "no such stack to switch to")));
  }
}

void RunningStack(const Info& info) {
  info.GetReturnValue().Set(InstanceOf(info)->stacks.running());
}

void LiveStacks(const Info& info) {
  info.GetReturnValue().Set(
      static_cast<double>(InstanceOf(info)->stacks.live()));
}

void ReapStacks(const Info& info) {
  const int limit = IntAt(info, 0);
  info.GetReturnValue().Set(static_cast<double>(InstanceOf(info)->stacks.Reap(
      static_cast<size_t>(limit < 0 ? 0 : limit))));
}

void GetFrame(const Info& info) {
  info.GetReturnValue().Set(InstanceOf(info)->stacks.Frame());
}

void SetFrame(const Info& info) { InstanceOf(info)->stacks.SetFrame(info[0]); }

void OpenPoll(const Info& info) {
  if (!info[1]->IsFunction()) return;
  info.GetReturnValue().Set(InstanceOf(info)->polls.Open(
      IntAt(info, 0), info.This(), info[1].As<v8::Function>()));
}

void WatchPoll(const Info& info) {
  info.GetReturnValue().Set(
      InstanceOf(info)->polls.Watch(IntAt(info, 0), IntAt(info, 1)));
}

void ClosePoll(const Info& info) {
  InstanceOf(info)->polls.Close(IntAt(info, 0));
}

std::vector<std::string> TextsAt(const Info& info, int index) {
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  std::vector<std::string> texts;
  if (!info[index]->IsArray()) return texts;
  const auto list = info[index].As<v8::Array>();
  for (uint32_t i = 0; i < list->Length(); i++) {
    v8::Local<v8::Value> each;
    if (!list->Get(context, i).ToLocal(&each)) break;
    const v8::String::Utf8Value text(isolate, each);
    texts.emplace_back(*text, static_cast<size_t>(text.length()));
  }
  return texts;
}

// startChild(file, arguments, environment, folder, streams, isDetached,
// onStarted): streams has a letter for each descriptor, p for a pipe, i for one
// that is inherited; others are ignored.
void StartChildProcess(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  const auto text = [&](int index) {
    const v8::String::Utf8Value value(isolate, info[index]);
    return std::string(*value, static_cast<size_t>(value.length()));
  };
  if (!info[6]->IsFunction()) return;
  ChildPlan plan;
#if defined(__linux__)
  plan.folder = OwnedDescriptor(
      open(text(3).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (plan.folder.number() < 0) {
    info.GetReturnValue().Set(-errno);
    return;
  }
#endif
  plan.file = text(0);
  plan.arguments = TextsAt(info, 1);
  plan.environment = TextsAt(info, 2);
  for (const char each : text(4)) {
    plan.streams.push_back(each == 'p'   ? ChildStream::kPipe
                           : each == 'i' ? ChildStream::kInherited
                                         : ChildStream::kIgnored);
  }
  plan.is_detached = info[5]->IsTrue();
  info.GetReturnValue().Set(InstanceOf(info)->children.Start(
      std::move(plan), info.This(), info[6].As<v8::Function>()));
}

void ReapChildProcess(const Info& info) {
  info.GetReturnValue().Set(
      InstanceOf(info)->children.Reap(IntAt(info, 0), IntAt(info, 1)));
}

void Export(v8::Local<v8::Context> context, v8::Local<v8::Object> exports,
            v8::Local<v8::Value> data, const char* name,
            v8::FunctionCallback callback) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::Local<v8::String> key =
      v8::String::NewFromUtf8(isolate, name).ToLocalChecked();
  v8::Local<v8::Function> function =
      v8::Function::New(context, callback, data, 0,
                        v8::ConstructorBehavior::kThrow)
          .ToLocalChecked();
  function->SetName(key);
  exports->Set(context, key, function).Check();
}

}  // namespace

NODE_MODULE_INIT() {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  auto* instance =
      new Instance(isolate, context, node::GetCurrentEventLoop(isolate));
  node::AddEnvironmentCleanupHook(
      isolate,
      [](void* argument) {
        auto* instance = static_cast<Instance*>(argument);
        instance->polls.CloseAll();
        instance->children.Close();
        instance->stacks.Close();
        delete instance;
      },
      instance);
#if V8_MAJOR_VERSION >= 14
  v8::Local<v8::External> data =
      v8::External::New(isolate, instance, v8::kExternalPointerTypeTagDefault);
#else
  v8::Local<v8::External> data = v8::External::New(isolate, instance);
#endif
  Export(context, exports, data, "setEntry", SetEntry);
  Export(context, exports, data, "createStack", CreateStack);
  Export(context, exports, data, "switchTo", SwitchTo);
  Export(context, exports, data, "runningStack", RunningStack);
  Export(context, exports, data, "liveStacks", LiveStacks);
  Export(context, exports, data, "reapStacks", ReapStacks);
  Export(context, exports, data, "getFrame", GetFrame);
  Export(context, exports, data, "setFrame", SetFrame);
  Export(context, exports, data, "openPoll", OpenPoll);
  Export(context, exports, data, "watchPoll", WatchPoll);
  Export(context, exports, data, "closePoll", ClosePoll);
  Export(context, exports, data, "startChild", StartChildProcess);
  Export(context, exports, data, "reapChild", ReapChildProcess);
}

}  // namespace gudeg::stack
