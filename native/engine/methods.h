// Request methods as small integers. JavaScript receives the same list, in
// order, from the binding.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gudeg::engine {

// IANA's registered HTTP methods, most frequent first. Degu's five lead.
// clang-format off
#define GUDEG_METHODS(X)                                                    \
  X(GET) X(PUT) X(POST) X(HEAD) X(DELETE) X(OPTIONS) X(PATCH) X(CONNECT)    \
  X(TRACE) X(ACL) X(BIND) X(CHECKOUT) X(COPY) X(LINK) X(LOCK) X(MERGE)      \
  X(MKACTIVITY) X(MKCALENDAR) X(MKCOL) X(MOVE) X(NOTIFY) X(PROPFIND)        \
  X(PROPPATCH) X(PURGE) X(QUERY) X(REBIND) X(REPORT) X(SEARCH) X(SOURCE)    \
  X(SUBSCRIBE) X(UNBIND) X(UNLINK) X(UNLOCK) X(UNSUBSCRIBE)
// clang-format on

enum class Method : uint8_t {
  kOther = 0,  // a valid token that is not in the list
#define X(name) k##name,
  GUDEG_METHODS(X)
#undef X
      kCount
};

// Names by number; index 0 is the empty string.
extern const char* const kMethodNames[static_cast<size_t>(Method::kCount)];

// The number of a method token (case-sensitive); kOther when unknown.
Method LookupMethod(const uint8_t* token, size_t size) noexcept;

}  // namespace gudeg::engine
