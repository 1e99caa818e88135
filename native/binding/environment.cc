#include "environment.h"

#include <node_api.h>

#include "instance_data.h"
#include "name_lists.h"
#include "shared_memory.h"

namespace gudeg::binding {

using connection::Server;
using connection::SharedMemory;

namespace {

constexpr size_t kArenaBytes = 2 * 1024 * 1024;
constexpr size_t kEventsInts = 32 * 1024;
constexpr size_t kAnswersInts = 32 * 1024;
constexpr size_t kAnswerBytes = 512 * 1024;

}  // namespace

Environment* Environment::Of(Napi::Env env) {
  return InstanceData::Of(env)->environment;
}

Environment* Environment::Create(Napi::Env env, Napi::Function dispatch,
                                 Napi::Object resource) {
  if (Of(env) != nullptr) {
    Napi::Error::New(env, "the HTTP engine is open in this thread already")
        .ThrowAsJavaScriptException();
    return nullptr;
  }
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return nullptr;
  Napi::Object buffers = Napi::Object::New(env);
  SharedMemory memory{};
  memory.arena_bytes = kArenaBytes;
  memory.events_ints = kEventsInts;
  memory.answers_ints = kAnswersInts;
  memory.answer_bytes_size = kAnswerBytes;
  memory.arena = AllocateShared<uint8_t>(buffers, "arena", kArenaBytes);
  memory.events =
      AllocateShared<int32_t>(buffers, "events", kEventsInts * sizeof(int32_t));
  memory.answers = AllocateShared<int32_t>(
      buffers, "answers", kAnswersInts * sizeof(int32_t));
  memory.answer_bytes =
      AllocateShared<uint8_t>(buffers, "answerBytes", kAnswerBytes);
  memory.control = AllocateShared<int32_t>(
      buffers, "control", connection::kControlInts * sizeof(int32_t));
  if (env.IsExceptionPending()) return nullptr;
  auto* environment =
      new Environment(env, dispatch, resource, loop, memory, buffers);
  InstanceData::Of(env)->environment = environment;
  return environment;
}

Environment::Environment(Napi::Env env, Napi::Function dispatch,
                         Napi::Object resource, uv_loop_t* loop,
                         const SharedMemory& memory, Napi::Object buffers)
    : Exchange(loop, memory),
      call_(env, dispatch, resource, buffers) {
  napi_add_async_cleanup_hook(env, OnCleanup, this, &cleanup_hook_);
  running_transfers()->on_none = [](void* context) {
    static_cast<Environment*>(context)->FinishCleanup();
  };
  running_transfers()->context = this;
  Open();
}

Napi::Object Environment::Describe(Napi::Env env) const {
  Napi::Object description = call_.receiver();
  description.Set("methods", MethodNameList(env));
  description.Set("fieldNames", FieldNameList(env));
  description.Set("faults", FaultList(env));
  return description;
}

int32_t Environment::AddServer(const connection::ServerOptions& options) {
  const auto id = static_cast<int32_t>(servers_.size());
  servers_.push_back(std::make_unique<Server>(this, id, options));
  servers_.back()->on_closed = OnServerClosed;
  servers_.back()->on_closed_context = this;
  open_servers_++;
  return id;
}

Server* Environment::ServerAt(int32_t id) const noexcept {
  const auto index = static_cast<size_t>(id);
  return index < servers_.size() ? servers_[index].get() : nullptr;
}

int32_t Environment::AddWebSocketConfig(
    const connection::WebSocketConfig& config) {
  configs_.push_back(std::make_unique<connection::WebSocketConfig>(config));
  return static_cast<int32_t>(configs_.size() - 1);
}

const connection::WebSocketConfig* Environment::WebSocketConfigAt(
    int32_t id) const noexcept {
  const auto index = static_cast<size_t>(id);
  return index < configs_.size() ? configs_[index].get() : nullptr;
}

void Environment::OnServerClosed(Server* server, void* context) {
  auto* self = static_cast<Environment*>(context);
  // JavaScript may still read its counts when it hears of the end.
  self->closed_servers_.push_back(server->id());
  self->open_servers_--;
  self->FinishCleanup();
}

void Environment::CallApplication(int count) noexcept {
  if (ending_) return;
  call_(count);
  for (const int32_t id : closed_servers_) {
    servers_[static_cast<size_t>(id)].reset();
  }
  closed_servers_.clear();
}

// The environment ends: everything on its loop must be closed before.
void Environment::OnCleanup(napi_async_cleanup_hook_handle, void* data) {
  auto* self = static_cast<Environment*>(data);
  self->ending_ = true;
  self->call_.End();
  for (auto& server : self->servers_) {
    if (server == nullptr) continue;
    server->Close(false);
    server->CloseAllConnections();
  }
  self->FinishCleanup();
}

void Environment::FinishCleanup() noexcept {
  if (!ending_ || open_servers_ != 0 || running_transfers()->count != 0) return;
  if (hooks_closing_) return;
  hooks_closing_ = true;
  CloseHooks();
}

void Environment::OnHooksClosed() noexcept {
  const napi_async_cleanup_hook_handle hook = cleanup_hook_;
  delete this;
  // The last thing: nothing of the environment may be used behind it.
  napi_remove_async_cleanup_hook(hook);
}

}  // namespace gudeg::binding
