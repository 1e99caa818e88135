#pragma once

#include <napi.h>

#include <memory>

#include "../transport/tls_channel.h"

namespace gudeg::binding {

// What createTlsContext() gave; null for anything else.
std::shared_ptr<transport::TlsContext> TlsContextOf(const Napi::Value& value);

// What JavaScript may know of a connection; null on plain sockets, and before
// the handshake is over.
Napi::Value TlsInfoValue(Napi::Env env, const transport::TlsChannel* channel);

void ExportTlsFunctions(Napi::Env env, Napi::Object exports);

}  // namespace gudeg::binding
