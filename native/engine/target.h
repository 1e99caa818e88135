// Request targets and hosts of RFC 9112 section 3.2 and RFC 3986.
//
// What a target may hold is wider than RFC 3986, because browsers send more:
// every visible ASCII byte but '#', and a backslash only in the query (in a
// path some readers take it for a slash). Percent-encoding is not judged.
// Space, control characters and bytes above 0x7e are never taken.
#pragma once

#include <cstddef>
#include <cstdint>

#include "head.h"
#include "methods.h"

namespace gudeg::engine {

// `uri-host [ ":" port ]`; may be empty. Without `need_port` the port, and its
// digits, may be absent.
bool IsHost(const uint8_t* data, size_t size, bool need_port) noexcept;

// The form of a target whose bytes were judged already; false when it has
// none, or one that the method does not take.
bool JudgeTarget(const uint8_t* target, size_t size, Method method,
                 TargetForm* form) noexcept;

}  // namespace gudeg::engine
