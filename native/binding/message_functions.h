// Functions on the messages of a connection, the same for those of servers and
// of clients: `Find` gives the connection that the slot names, or null.
#pragma once

#include <napi.h>

#include <algorithm>
#include <cstdint>

#include "../transport/socket_address.h"
#include "arguments.h"
#include "server_functions.h"

namespace gudeg::binding {

// What write(), writeChunk() and end() answer.
constexpr int32_t kWritten = 0;
constexpr int32_t kFull = 1;  // wait for the writable event
constexpr int32_t kGone = -1;

inline Napi::Value WriteStatus(const Napi::CallbackInfo& info, bool ok,
                               bool full) {
  return Napi::Number::New(info.Env(), !ok ? kGone : full ? kFull : kWritten);
}

// readBody(slot, target, start, size) -> bytes copied; see BodyStatus
template <auto Find>
Napi::Value ReadBody(const Napi::CallbackInfo& info) {
  auto* connection = Find(info);
  const Bytes target = BytesOf(info[1]);
  const auto start = static_cast<size_t>(Int(info[2]));
  if (connection == nullptr || start > target.size) {
    return Napi::Number::New(info.Env(), -1);
  }
  const size_t size =
      std::min(target.size - start, static_cast<size_t>(Natural(info[3])));
  const size_t count = connection->ReadBody(target.data + start, size);
  return Napi::Number::New(info.Env(), static_cast<double>(count));
}

// offer(slot, bytes, start) -> how many bytes from there on were taken: the rest
// is to be offered again after the writable event; or kGone
template <auto Find>
Napi::Value Offer(const Napi::CallbackInfo& info) {
  auto* connection = Find(info);
  const Bytes bytes = BytesOf(info[1]);
  const auto start = static_cast<size_t>(Natural(info[2]));
  const int64_t taken =
      connection == nullptr || start > bytes.size
          ? kGone
          : connection->Offer(bytes.data + start, bytes.size - start);
  return Napi::Number::New(info.Env(), static_cast<double>(taken));
}

// writeChunk(slot, key, value, bytes) -> kWritten, kFull or kGone
template <auto Find>
Napi::Value WriteChunk(const Napi::CallbackInfo& info) {
  auto* connection = Find(info);
  const Bytes bytes = BytesOf(info[3]);
  bool full = false;
  const bool ok = connection != nullptr &&
                  connection->WriteChunk(Latin1(info[1]), Latin1(info[2]),
                                         bytes.data, bytes.size, &full);
  return WriteStatus(info, ok, full);
}

// end(slot, key, value, rendered trailer lines) -> kWritten or kGone
template <auto Find>
Napi::Value End(const Napi::CallbackInfo& info) {
  auto* connection = Find(info);
  const bool ok =
      connection != nullptr &&
      connection->End(Latin1(info[1]), Latin1(info[2]), Latin1(info[3]));
  return WriteStatus(info, ok, false);
}

// localAddress(slot) -> address, or null
template <auto Find>
Napi::Value LocalAddress(const Napi::CallbackInfo& info) {
  const auto* connection = Find(info);
  if (connection == nullptr) return info.Env().Null();
  return AddressValue(info.Env(),
                      transport::SocketAddress::LocalOf(connection->fd()));
}

}  // namespace gudeg::binding
