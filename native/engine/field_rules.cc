#include "field_rules.h"

#include <string_view>

#include "char_class.h"
#include "target.h"

namespace gudeg::engine {

namespace {

// The longest content-length that is read; more digits are above any limit.
constexpr uint32_t kMaxLengthDigits = 19;

// RFC 9110 section 8.6: 1*DIGIT, so leading zeros are fine.
Fault JudgeContentLength(const uint8_t* value, uint32_t size, MessageHead* head,
                         uint32_t* seen) noexcept {
  if ((*seen & kSeenLength) != 0) return Fault::kDuplicateContentLength;
  if (size == 0) return Fault::kBadContentLength;
  uint64_t length = 0;
  for (uint32_t i = 0; i < size; ++i) {
    if (!IsDigit(value[i])) return Fault::kBadContentLength;
    if (i < kMaxLengthDigits) {
      length = length * 10 + static_cast<uint64_t>(value[i] - '0');
    }
  }
  if (size > kMaxLengthDigits) return Fault::kContentLengthTooLarge;
  *seen |= kSeenLength;
  head->content_length = length;
  return Fault::kNone;
}

// Exactly one `chunked` is understood. Codings that RFC 9112 section 7 knows
// but this engine does not decode are 501, everything else is malformed.
Fault JudgeTransferEncoding(const uint8_t* value, uint32_t size,
                            const MessageHead& head, uint32_t* seen) noexcept {
  if (head.minor_version == 0) return Fault::kTransferEncodingInHttp10;
  if ((*seen & kSeenChunked) != 0) return Fault::kBadTransferEncoding;
  if (EqualsIgnoreCase(value, size, "chunked")) {
    *seen |= kSeenChunked;
    return Fault::kNone;
  }
  uint32_t stop = 0;
  while (stop < size && Is(value[stop], kToken)) ++stop;
  for (const std::string_view coding :
       {"gzip", "x-gzip", "deflate", "compress", "x-compress", "identity"}) {
    if (EqualsIgnoreCase(value, stop, coding)) {
      return Fault::kUnsupportedTransferEncoding;
    }
  }
  return Fault::kBadTransferEncoding;
}

// A comma-separated list of tokens; unknown ones and empty elements mean
// nothing here.
void NoteConnection(const uint8_t* value, uint32_t size,
                    uint32_t* seen) noexcept {
  uint32_t at = 0;
  while (at < size) {
    uint32_t stop = at;
    while (stop < size && value[stop] != ',') ++stop;
    uint32_t start = at;
    uint32_t last = stop;
    while (start < last && (value[start] == ' ' || value[start] == '\t')) {
      ++start;
    }
    while (last > start &&
           (value[last - 1] == ' ' || value[last - 1] == '\t')) {
      --last;
    }
    const uint8_t* const token = value + start;
    const uint32_t length = last - start;
    if (EqualsIgnoreCase(token, length, "close")) *seen |= kSeenClose;
    if (EqualsIgnoreCase(token, length, "keep-alive")) *seen |= kSeenKeepAlive;
    if (EqualsIgnoreCase(token, length, "upgrade")) *seen |= kSeenUpgradeToken;
    at = stop + 1;
  }
}

// The fields that requests and responses have in common.
Fault JudgeCommonField(KnownField name, const uint8_t* value, uint32_t size,
                       MessageHead* head, uint32_t* seen) noexcept {
  switch (name) {
    case KnownField::kContentLength:
      return JudgeContentLength(value, size, head, seen);
    case KnownField::kTransferEncoding:
      return JudgeTransferEncoding(value, size, *head, seen);
    case KnownField::kConnection:
      NoteConnection(value, size, seen);
      return Fault::kNone;
    case KnownField::kUpgrade:
      *seen |= kSeenUpgrade;
      return Fault::kNone;
    default:
      return Fault::kNone;
  }
}

constexpr bool Has(uint32_t seen, uint32_t bits) noexcept {
  return (seen & bits) == bits;
}

void FinishConnection(uint32_t seen, MessageHead* head) noexcept {
  head->keep_alive = !Has(seen, kSeenClose) &&
                     (head->minor_version != 0 || Has(seen, kSeenKeepAlive));
  // RFC 9110 section 7.8: upgrade in HTTP/1.0 is ignored.
  head->has_upgrade =
      head->minor_version != 0 && Has(seen, kSeenUpgrade | kSeenUpgradeToken);
}

}  // namespace

Fault JudgeRequestField(const uint8_t* data, const FieldSlice& field,
                        const Limits& limits, RequestHead* head,
                        uint32_t* seen) noexcept {
  const uint8_t* const value = data + field.value_offset;
  const uint32_t size = field.value_length;
  const KnownField name = static_cast<KnownField>(field.name_id);
  switch (name) {
    case KnownField::kHost:
      if (Has(*seen, kSeenHost)) return Fault::kDuplicateHost;
      if (limits.checks_host && !IsHost(value, size, false)) {
        return Fault::kBadHost;
      }
      *seen |= kSeenHost;
      return Fault::kNone;
    case KnownField::kExpect:
      if (head->minor_version == 0) return Fault::kNone;
      if (!EqualsIgnoreCase(value, size, "100-continue")) {
        if (limits.refuses_expectation) return Fault::kUnsupportedExpectation;
        head->expects_other = true;
        return Fault::kNone;
      }
      *seen |= kSeenContinue;
      return Fault::kNone;
    default: {
      const Fault fault = JudgeCommonField(name, value, size, head, seen);
      if (fault != Fault::kNone) return fault;
      if (head->content_length > limits.max_body_bytes) {
        return Fault::kContentLengthTooLarge;
      }
      return Has(*seen, kSeenLength | kSeenChunked)
                 ? Fault::kLengthAndTransferEncoding
                 : Fault::kNone;
    }
  }
}

Fault JudgeResponseField(const uint8_t* data, const FieldSlice& field,
                         ResponseHead* head, uint32_t* seen) noexcept {
  return JudgeCommonField(static_cast<KnownField>(field.name_id),
                          data + field.value_offset, field.value_length, head,
                          seen);
}

Fault FinishRequest(uint32_t seen, const Limits& limits,
                    RequestHead* head) noexcept {
  if (limits.requires_host && head->minor_version != 0 &&
      !Has(seen, kSeenHost)) {
    return Fault::kMissingHost;
  }
  if (Has(seen, kSeenChunked)) {
    head->framing = Framing::kChunked;
  } else if (Has(seen, kSeenLength)) {
    head->framing = Framing::kLength;
  }
  head->expects_continue = Has(seen, kSeenContinue);
  FinishConnection(seen, head);
  return Fault::kNone;
}

// RFC 9112 section 6.3, in its order.
Fault FinishResponse(uint32_t seen, const Limits& limits, Method request_method,
                     ResponseHead* head) noexcept {
  FinishConnection(seen, head);
  if (request_method == Method::kCONNECT && head->status / 100 == 2) {
    head->content_length = 0;
    return Fault::kNone;
  }
  if (Has(seen, kSeenLength | kSeenChunked)) {
    return Fault::kLengthAndTransferEncoding;
  }
  if (head->content_length > kMaxSafeInteger) {
    return Fault::kContentLengthTooLarge;
  }
  if (request_method == Method::kHEAD || head->status / 100 == 1 ||
      head->status == 204 || head->status == 304) {
    return Fault::kNone;
  }
  if (Has(seen, kSeenChunked)) {
    head->framing = Framing::kChunked;
  } else if (Has(seen, kSeenLength)) {
    if (head->content_length > limits.max_body_bytes) {
      return Fault::kContentLengthTooLarge;
    }
    head->framing = Framing::kLength;
  } else {
    head->framing = Framing::kUntilClose;
    head->keep_alive = false;
  }
  return Fault::kNone;
}

}  // namespace gudeg::engine
