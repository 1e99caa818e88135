#include "degu_start_line.h"

#include <cstring>
#include <string_view>

#include "char_class.h"
#include "find_pair.h"
#include "numbers.h"

namespace gudeg::engine {

namespace {

constexpr uint32_t kMinRequestLineBytes = 14;
constexpr uint32_t kMinStatusLineBytes = 15;
constexpr std::string_view kRequestProtocol = " HTTP/1.1";
constexpr std::string_view kResponseProtocol = "HTTP/1.1 ";

bool StartsWith(const uint8_t* data, size_t size,
                std::string_view text) noexcept {
  return size >= text.size() &&
         std::memcmp(data, text.data(), text.size()) == 0;
}

}  // namespace

bool IsDeguMethod(Method method) noexcept {
  return method >= Method::kGET && method <= Method::kDELETE;
}

bool IsDeguUri(const uint8_t* data, size_t size) noexcept {
  if (size == 0 || data[0] != '/') return false;
  size_t at = 1;
  size_t component = 1;
  for (;; ++at) {
    if (at < size && Is(data[at], kDeguPath)) continue;
    if (at < size && data[at] != '/' && data[at] != '?') return false;
    const size_t length = at - component;
    const bool is_last = at == size || data[at] == '?';
    if (length == 0 && !is_last) return false;
    if (length == 2 && data[component] == '.' && data[component + 1] == '.') {
      return false;
    }
    if (is_last) break;
    component = at + 1;
  }
  return at == size || AllOf(data + at + 1, size - at - 1, kDeguQuery);
}

Fault ParseDeguRequestLine(const uint8_t* data, uint32_t size,
                           RequestHead* head) noexcept {
  if (size < kMinRequestLineBytes) return Fault::kBadRequestLine;
  const uint32_t stop = size - static_cast<uint32_t>(kRequestProtocol.size());
  if (!StartsWith(data + stop, kRequestProtocol.size(), kRequestProtocol)) {
    return StartsWith(data + stop, kRequestProtocol.size(), " HTTP/")
               ? Fault::kUnsupportedVersion
               : Fault::kBadVersion;
  }
  const uint32_t method_size = FindPair(data, 0, stop, ' ', '/');
  if (method_size == stop) return Fault::kBadRequestLine;
  head->method = LookupMethod(data, method_size);
  if (!IsDeguMethod(head->method)) {
    return method_size != 0 && AllOf(data, method_size, kToken)
               ? Fault::kUnsupportedMethod
               : Fault::kBadMethod;
  }
  head->method_name = {0, method_size};
  head->target = {method_size + 1, stop - method_size - 1};
  head->target_form = TargetForm::kOrigin;
  return IsDeguUri(data + head->target.offset, head->target.length)
             ? Fault::kNone
             : Fault::kBadTarget;
}

Fault ParseDeguStatusLine(const uint8_t* data, uint32_t size,
                          ResponseHead* head) noexcept {
  if (size < kMinStatusLineBytes) return Fault::kBadStatusLine;
  const uint32_t at = static_cast<uint32_t>(kResponseProtocol.size());
  if (!StartsWith(data, size, kResponseProtocol) || data[at + 3] != ' ') {
    return Fault::kBadStatusLine;
  }
  uint64_t status = 0;
  if (!ParseLength(data + at, 3, 599, &status) || status < 100) {
    return Fault::kBadStatus;
  }
  head->status = static_cast<uint16_t>(status);
  head->reason = {at + 4, size - at - 4};
  return AllOf(data + at + 4, size - at - 4, kDeguReason) ? Fault::kNone
                                                          : Fault::kBadReason;
}

}  // namespace gudeg::engine
