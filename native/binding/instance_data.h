// What belongs to one JavaScript environment from the moment the addon is
// loaded into it.
#pragma once

#include <napi.h>

#include "../connection/output_buffer.h"
#include "../connection/websocket_workspace.h"

namespace gudeg::binding {

class Environment;

struct InstanceData {
  Environment* environment = nullptr;  // once open() was called
  connection::WebSocketWorkspace workspace;
  connection::BlockPool pool;

  static InstanceData* Of(Napi::Env env) {
    return env.GetInstanceData<InstanceData>();
  }
};

}  // namespace gudeg::binding
