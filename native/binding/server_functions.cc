// Functions on servers: create, listen, address, close.

#include "server_functions.h"

#include <unistd.h>

#include <algorithm>
#include <memory>

#include "../transport/hand_on.h"
#include "../transport/listening_socket.h"
#include "arguments.h"
#include "environment.h"
#include "message_limits.h"
#include "tls_functions.h"

namespace gudeg::binding {

using connection::Server;
using connection::ServerOptions;
using transport::SocketAddress;

namespace {

Server* ServerOf(const Napi::CallbackInfo& info) {
  Environment* environment = Environment::Of(info.Env());
  return environment == nullptr ? nullptr : environment->ServerAt(Int(info[0]));
}

// Addresses and networks that JavaScript has checked.
std::shared_ptr<const transport::AddressRanges> ReadRanges(Napi::Array texts) {
  auto ranges = std::make_shared<transport::AddressRanges>();
  for (uint32_t i = 0; i < texts.Length(); i++) {
    const Napi::Value text = texts.Get(i);
    if (text.IsString()) ranges->Add(text.As<Napi::String>().Utf8Value());
  }
  return ranges;
}

// Those that are given; the others stay as they are.
ServerOptions ReadOptions(Napi::Object given, ServerOptions options) {
  const auto count = [&given](const char* name, uint32_t* out) {
    CountIfGiven(given, name, out);
  };
  const auto flag = [&given](const char* name, bool* out) {
    const Napi::Value value = given.Get(name);
    if (value.IsBoolean()) *out = value.As<Napi::Boolean>().Value();
  };
  auto proxy_versions = static_cast<uint32_t>(options.proxy_versions);
  bool is_degu = options.limits.profile == engine::Profile::kDegu;
  flag("isDegu", &is_degu);
  options.limits.profile =
      is_degu ? engine::Profile::kDegu : engine::Profile::kRfc;
  count("maxStartLineBytes", &options.limits.max_start_line_bytes);
  ReadMessageLimits(given, &options.limits);
  count("maxConnections", &options.max_connections);
  count("maxRequests", &options.max_requests);
  count("headTimeoutMs", &options.head_timeout_ms);
  count("keepAliveTimeoutMs", &options.keep_alive_timeout_ms);
  count("handshakeTimeoutMs", &options.handshake_timeout_ms);
  count("bodyTimeoutMs", &options.body_timeout_ms);
  count("requestTimeoutMs", &options.request_timeout_ms);
  count("writeTimeoutMs", &options.write_timeout_ms);
  count("maxDrainBytes", &options.max_drain_bytes);
  count("outputHighWaterBytes", &options.output_high_water_bytes);
  count("inputHighWaterBytes", &options.input_high_water_bytes);
  count("acceptsPerTurn", &options.accepts_per_turn);
  flag("errorResponses", &options.error_responses);
  flag("dateHeader", &options.date_header);
  flag("hasOnConnect", &options.has_on_connect);
  flag("handsOverFaults", &options.hands_over_faults);
  flag("tellsPeerEnd", &options.tells_peer_end);
  flag("sendsContinue", &options.sends_continue);
  flag("endsBusyConnections", &options.ends_busy_connections);
  flag("requiresHost", &options.limits.requires_host);
  flag("checksHost", &options.limits.checks_host);
  flag("refusesExpectation", &options.limits.refuses_expectation);
  count("proxyVersions", &proxy_versions);
  options.proxy_versions = static_cast<engine::ProxyVersions>(
      std::min<uint32_t>(proxy_versions, 3));
  const Napi::Value proxies = given.Get("proxies");
  if (proxies.IsArray()) options.proxies = ReadRanges(proxies.As<Napi::Array>());
  return options;
}

// Opens or adopts the socket that the arguments from `at` on describe; a
// descriptor or a negative errno.
int OpenListener(const Napi::CallbackInfo& info, size_t at) {
  const std::string kind = Latin1(info[at]);
  transport::ListenOptions options;
  options.backlog = Int(info[at + 6]);
  options.reuse_port = Bool(info[at + 7]);
  options.ipv6_only = Bool(info[at + 8]);
  if (kind == "fd") {
    return transport::AdoptListeningSocket(Int(info[at + 5]), options);
  }
  if (kind == "fd-copy") {
    return transport::CopyListeningSocket(Int(info[at + 5]), options);
  }
  SocketAddress address;
  bool ok;
  const auto port = static_cast<uint16_t>(Int(info[at + 2]));
  if (kind == "unix") {
    const Bytes name = BytesOf(info[at + 1]);
    ok = SocketAddress::FromUnixName(
        {reinterpret_cast<const char*>(name.data), name.size}, &address);
  } else if (kind == "ipv6") {
    ok = SocketAddress::FromIpv6(
        Latin1(info[at + 1]), port, static_cast<uint32_t>(Natural(info[at + 3])),
        static_cast<uint32_t>(Natural(info[at + 4])), &address);
  } else {
    ok = SocketAddress::FromIpv4(Latin1(info[at + 1]), port, &address);
  }
  return ok ? transport::OpenListeningSocket(address, options)
            : static_cast<int>(UV_EINVAL);
}

// createServer(options) -> server id
Napi::Value CreateServer(const Napi::CallbackInfo& info) {
  Environment* environment = Environment::Of(info.Env());
  const int32_t id = environment->AddServer(
      ReadOptions(info[0].As<Napi::Object>(), ServerOptions()));
  return Napi::Number::New(info.Env(), id);
}

// setServerOptions(server, options)
Napi::Value SetServerOptions(const Napi::CallbackInfo& info) {
  if (Server* server = ServerOf(info)) {
    server->SetOptions(
        ReadOptions(info[1].As<Napi::Object>(), server->options()));
  }
  return info.Env().Undefined();
}

// setServerTls(server, context): for connections from now on
Napi::Value SetServerTls(const Napi::CallbackInfo& info) {
  if (Server* server = ServerOf(info)) server->SetTls(TlsContextOf(info[1]));
  return info.Env().Undefined();
}

// listen(server, kind, host or name bytes, port, flowinfo, scope id, fd,
//        backlog, reusePort, ipv6Only) -> 0 or negative errno
Napi::Value Listen(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto answer = [env](int status) -> Napi::Value {
    return Napi::Number::New(env, status);
  };
  Server* server = ServerOf(info);
  if (server == nullptr) return answer(UV_EINVAL);
  const bool inherited = Latin1(info[1]) == "fd";
  const int fd = OpenListener(info, 1);
  if (fd < 0) return answer(fd);
  const int status = server->Listen(fd, inherited);
  // An inherited descriptor stays its owner's.
  if (status != 0 && !inherited) close(fd);
  return answer(status);
}

// openListener(kind, host or name bytes, ... as listen) -> a descriptor or
// negative errno
Napi::Value OpenListenerFunction(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), OpenListener(info, 0));
}

// descriptorAddress(fd) -> the address that a socket is bound to
Napi::Value DescriptorAddress(const Napi::CallbackInfo& info) {
  return AddressValue(info.Env(), SocketAddress::LocalOf(Int(info[0])));
}

// openHandOnChannel() -> [receiving fd, sending fd], or a negative errno
Napi::Value OpenHandOnChannelFunction(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  transport::HandOnChannel channel;
  const int status = transport::OpenHandOnChannel(&channel);
  if (status != 0) return Napi::Number::New(env, status);
  Napi::Array pair = Napi::Array::New(env, 2);
  pair.Set(0u, channel.receive_fd);
  pair.Set(1u, channel.send_fd);
  return pair;
}

// receiveFrom(server, fd) -> 0 or negative errno
Napi::Value ReceiveFrom(const Napi::CallbackInfo& info) {
  Server* server = ServerOf(info);
  return Napi::Number::New(info.Env(), server == nullptr
                                           ? static_cast<int>(UV_EINVAL)
                                           : server->ReceiveFrom(Int(info[1])));
}

// serverAddress(server) -> address
Napi::Value ServerAddress(const Napi::CallbackInfo& info) {
  Server* server = ServerOf(info);
  if (server == nullptr) return info.Env().Null();
  return AddressValue(info.Env(), server->Address());
}

// closeServer(server, waitForIdle); a server-closed event follows
Napi::Value CloseServer(const Napi::CallbackInfo& info) {
  if (Server* server = ServerOf(info)) server->Close(Bool(info[1]));
  return info.Env().Undefined();
}

// handOn(server, sending fd); a server-closed event follows
Napi::Value HandOn(const Napi::CallbackInfo& info) {
  if (Server* server = ServerOf(info)) server->HandOn(Int(info[1]));
  return info.Env().Undefined();
}

// serverCounts(server) -> [connections accepted, requests running, answers
// with 1xx, 2xx, 3xx, 4xx, 5xx]
Napi::Value ServerCounts(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Server* server = ServerOf(info);
  if (server == nullptr) return env.Null();
  Napi::Array counts = Napi::Array::New(env, 7);
  counts.Set(0u, static_cast<double>(server->accepted()));
  counts.Set(1u, server->CountRunning());
  for (uint32_t kind = 1; kind <= 5; kind++) {
    counts.Set(kind + 1,
               static_cast<double>(server->answers(static_cast<int>(kind))));
  }
  return counts;
}

// startMeter(server)
Napi::Value StartMeter(const Napi::CallbackInfo& info) {
  Server* server = ServerOf(info);
  return Napi::Boolean::New(info.Env(),
                            server != nullptr && server->StartMeter());
}

// readMeter(server) -> [microseconds in all, a count for each bucket,
// then status and count of each status that there was], or null
Napi::Value ReadMeter(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Server* server = ServerOf(info);
  if (server == nullptr || server->meter() == nullptr) return env.Null();
  const connection::RequestMeter& meter = *server->meter();
  Napi::Array out = Napi::Array::New(env);
  uint32_t length = 0;
  const auto add = [&](uint64_t value) {
    out.Set(length++, static_cast<double>(value));
  };
  add(meter.total_us());
  for (size_t i = 0; i < connection::RequestMeter::kBuckets; i++) {
    add(meter.bucket(i));
  }
  for (size_t i = 0; i < connection::RequestMeter::kStatuses; i++) {
    if (meter.status(i) == 0) continue;
    add(i + connection::RequestMeter::kFirstStatus);
    add(meter.status(i));
  }
  return out;
}

// meterBounds() -> the longest time of each bucket but the last, in us
Napi::Value MeterBounds(const Napi::CallbackInfo& info) {
  const auto& bounds = connection::RequestMeter::BoundsUs();
  Napi::Array out = Napi::Array::New(info.Env(), bounds.size());
  for (size_t i = 0; i < bounds.size(); i++) {
    out.Set(static_cast<uint32_t>(i), bounds[i]);
  }
  return out;
}

Napi::Value CloseIdleConnections(const Napi::CallbackInfo& info) {
  if (Server* server = ServerOf(info)) server->CloseIdleConnections();
  return info.Env().Undefined();
}

// closeAllConnections(server, rawOnesToo)
Napi::Value CloseAllConnections(const Napi::CallbackInfo& info) {
  if (Server* server = ServerOf(info)) {
    server->CloseAllConnections(Bool(info[1]));
  }
  return info.Env().Undefined();
}

// refServer(server, keepLoopAlive)
Napi::Value RefServer(const Napi::CallbackInfo& info) {
  if (Server* server = ServerOf(info)) server->Ref(Bool(info[1]));
  return info.Env().Undefined();
}

Napi::Value ConnectionCount(const Napi::CallbackInfo& info) {
  const Server* server = ServerOf(info);
  return Napi::Number::New(info.Env(),
                           server == nullptr ? 0 : server->connection_count());
}

}  // namespace

Napi::Value AddressValue(Napi::Env env, const SocketAddress& address) {
  if (address.is_unix()) {
    const std::string_view name = address.unix_name();
    if (!name.empty() && name[0] == '\0') {
      return Napi::Buffer<char>::Copy(env, name.data(), name.size());
    }
    return Napi::String::New(env, name.data(), name.size());
  }
  if (address.length == 0) return env.Null();
  const bool is_ipv6 = address.family() == AF_INET6;
  Napi::Array tuple = Napi::Array::New(env, is_ipv6 ? 4 : 2);
  tuple.Set(0u, address.host());
  tuple.Set(1u, address.port());
  if (is_ipv6) {
    tuple.Set(2u, address.flow_info());
    tuple.Set(3u, address.scope_id());
  }
  return tuple;
}

void ExportServerFunctions(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name,
                       Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("createServer", CreateServer);
  add("setServerOptions", SetServerOptions);
  add("setServerTls", SetServerTls);
  add("listen", Listen);
  add("openListener", OpenListenerFunction);
  add("descriptorAddress", DescriptorAddress);
  add("openHandOnChannel", OpenHandOnChannelFunction);
  add("receiveFrom", ReceiveFrom);
  add("serverAddress", ServerAddress);
  add("closeServer", CloseServer);
  add("handOn", HandOn);
  add("serverCounts", ServerCounts);
  add("startMeter", StartMeter);
  add("readMeter", ReadMeter);
  add("meterBounds", MeterBounds);
  add("closeIdleConnections", CloseIdleConnections);
  add("closeAllConnections", CloseAllConnections);
  add("refServer", RefServer);
  add("connectionCount", ConnectionCount);
}

}  // namespace gudeg::binding
