#include "degu_head.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "char_class.h"
#include "field_names.h"
#include "numbers.h"

namespace gudeg::engine {

namespace {

constexpr uint32_t kMaxNameBytes = 32;
constexpr uint32_t kMinRequestLineBytes = 14;
constexpr uint32_t kMinStatusLineBytes = 15;
constexpr uint32_t kMinFieldLineBytes = 4;
constexpr std::string_view kRequestProtocol = " HTTP/1.1";
constexpr std::string_view kResponseProtocol = "HTTP/1.1 ";

bool StartsWith(const uint8_t* data, size_t size,
                std::string_view text) noexcept {
  return size >= text.size() &&
         std::memcmp(data, text.data(), text.size()) == 0;
}

// The first CRLF in [start, size), or `size`.
uint32_t FindCrlf(const uint8_t* data, uint32_t start, uint32_t size) noexcept {
  while (start + 1 < size) {
    const void* const found = std::memchr(data + start, '\r', size - start - 1);
    if (found == nullptr) return size;
    start = static_cast<uint32_t>(static_cast<const uint8_t*>(found) - data);
    if (data[start + 1] == '\n') return start;
    ++start;
  }
  return size;
}

// The first occurrence of two bytes in [0, size), or `size`.
uint32_t FindPair(const uint8_t* data, uint32_t size, char first,
                  char second) noexcept {
  for (uint32_t i = 0; i + 1 < size; ++i) {
    if (data[i] == static_cast<uint8_t>(first) &&
        data[i + 1] == static_cast<uint8_t>(second)) {
      return i;
    }
  }
  return size;
}

// Tells whether a field name occurred before. Known names are a bit set; for
// the others the fields so far are compared, behind a filter that keeps this
// linear in practice when a peer sends thousands of names.
class NamesMet {
 public:
  NamesMet(const uint8_t* data, const FieldSlice* fields) noexcept
      : data_(data), fields_(fields) {}

  // True when field `index` repeats the name of an earlier one.
  bool Add(uint32_t index) noexcept {
    const FieldSlice& field = fields_[index];
    if (field.name_id != 0) {
      uint64_t& word = known_[field.name_id / 64];
      const uint64_t bit = uint64_t{1} << (field.name_id % 64);
      const bool met = (word & bit) != 0;
      word |= bit;
      return met;
    }
    if (index < kFilterFrom) return IsBefore(field, index);
    if (index == kFilterFrom) StartFilter();
    return NoteInFilter(field) && IsBefore(field, index);
  }

 private:
  static constexpr uint32_t kFilterFrom = 48;
  static constexpr uint32_t kFilterBits = 65536;

  bool IsBefore(const FieldSlice& field, uint32_t index) const noexcept {
    const uint8_t* const name = data_ + field.name_offset;
    for (uint32_t i = 0; i < index; ++i) {
      const FieldSlice& other = fields_[i];
      if (other.name_length != field.name_length || other.name_id != 0) {
        continue;
      }
      const uint8_t* const other_name = data_ + other.name_offset;
      uint32_t at = 0;
      while (at < field.name_length &&
             ToLower(name[at]) == ToLower(other_name[at])) {
        ++at;
      }
      if (at == field.name_length) return true;
    }
    return false;
  }

  void StartFilter() noexcept {
    std::memset(filter_, 0, sizeof(filter_));
    for (uint32_t i = 0; i < kFilterFrom; ++i) NoteInFilter(fields_[i]);
  }

  // True when the name's bit was set already.
  bool NoteInFilter(const FieldSlice& field) noexcept {
    uint32_t hash = 2166136261U;
    for (uint32_t i = 0; i < field.name_length; ++i) {
      hash = (hash ^ ToLower(data_[field.name_offset + i])) * 16777619U;
    }
    hash = (hash ^ (hash >> 16)) % kFilterBits;
    const uint8_t bit = static_cast<uint8_t>(1U << (hash % 8));
    uint8_t& cell = filter_[hash / 8];
    const bool met = (cell & bit) != 0;
    cell = static_cast<uint8_t>(cell | bit);
    return met;
  }

  const uint8_t* data_;
  const FieldSlice* fields_;
  uint64_t known_[(static_cast<size_t>(KnownField::kCount) + 63) / 64] = {};
  uint8_t filter_[kFilterBits / 8];  // set by StartFilter()
};

Fault ParseFieldLine(const uint8_t* data, uint32_t start, uint32_t stop,
                     FieldSlice* field) noexcept {
  const uint32_t size = stop - start;
  if (size < kMinFieldLineBytes) return Fault::kBadFieldLine;
  const uint32_t name_size = FindPair(data + start, size, ':', ' ');
  if (name_size == size) return Fault::kBadFieldLine;
  if (name_size == 0 || name_size > kMaxNameBytes ||
      !AllOf(data + start, name_size, kDeguName)) {
    return Fault::kBadFieldName;
  }
  const uint32_t value = start + name_size + 2;
  if (value == stop || !AllOf(data + value, stop - value, kDeguValue)) {
    return Fault::kBadFieldValue;
  }
  const KnownField id = LookupFieldName(data + start, name_size);
  *field = {start, static_cast<uint16_t>(name_size), static_cast<uint16_t>(id),
            value, stop - value};
  return Fault::kNone;
}

struct Steering {
  bool length = false;
  bool chunked = false;
  bool range = false;
  bool content_range = false;
};

Fault JudgeValue(const uint8_t* data, const FieldSlice& field,
                 const Limits& limits, MessageHead* head,
                 Steering* met) noexcept {
  const uint8_t* const value = data + field.value_offset;
  const uint32_t size = field.value_length;
  switch (static_cast<KnownField>(field.name_id)) {
    case KnownField::kContentLength:
      if (!ParseLength(value, size, kDeguMaxLength, &head->content_length)) {
        return Fault::kBadContentLength;
      }
      met->length = true;
      return head->content_length >
                     std::min(limits.max_body_bytes, kMaxSafeInteger)
                 ? Fault::kContentLengthTooLarge
                 : Fault::kNone;
    case KnownField::kTransferEncoding:
      met->chunked = true;
      return size == 7 && std::memcmp(value, "chunked", 7) == 0
                 ? Fault::kNone
                 : Fault::kBadTransferEncoding;
    case KnownField::kRange: {
      ByteRange range;
      met->range = true;
      return ParseRange(value, size, &range) ? Fault::kNone : Fault::kBadRange;
    }
    case KnownField::kContentRange: {
      ContentRangeValue range;
      met->content_range = true;
      return ParseContentRange(value, size, &range) ? Fault::kNone
                                                    : Fault::kBadContentRange;
    }
    default:
      return Fault::kNone;
  }
}

Fault DuplicateOf(const FieldSlice& field) noexcept {
  switch (static_cast<KnownField>(field.name_id)) {
    case KnownField::kContentLength:
      return Fault::kDuplicateContentLength;
    case KnownField::kHost:
      return Fault::kDuplicateHost;
    default:
      return Fault::kDuplicateField;
  }
}

}  // namespace

Progress FindDeguPreamble(const uint8_t* data, size_t size,
                          const Limits& limits, uint32_t* position,
                          uint32_t* preamble_size, Fault* fault) noexcept {
  const uint32_t limit = static_cast<uint32_t>(
      std::min(size, static_cast<size_t>(limits.max_head_bytes)));
  uint32_t at = *position;
  while (at + 4 <= limit) {
    const void* const found = std::memchr(data + at, '\r', limit - at - 3);
    if (found == nullptr) {
      at = limit - 3;
      break;
    }
    at = static_cast<uint32_t>(static_cast<const uint8_t*>(found) - data);
    if (std::memcmp(data + at, "\r\n\r\n", 4) == 0) {
      *preamble_size = at;
      if (at != 0) return Progress::kDone;
      *fault = Fault::kEmptyHead;
      return Progress::kFault;
    }
    ++at;
  }
  *position = at;
  if (size < limits.max_head_bytes) return Progress::kNeedMore;
  *fault = Fault::kHeadTooLarge;
  return Progress::kFault;
}

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
  const uint32_t stop =
      size - static_cast<uint32_t>(kRequestProtocol.size());
  if (!StartsWith(data + stop, kRequestProtocol.size(), kRequestProtocol)) {
    return StartsWith(data + stop, kRequestProtocol.size(), " HTTP/")
               ? Fault::kUnsupportedVersion
               : Fault::kBadVersion;
  }
  const uint32_t method_size = FindPair(data, stop, ' ', '/');
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

Fault ParseDeguFields(const uint8_t* data, uint32_t start, uint32_t size,
                      const Limits& limits, bool is_response,
                      FieldSlice* fields, MessageHead* head) noexcept {
  NamesMet names(data, fields);
  Steering met;
  uint32_t count = 0;
  const uint32_t max_count =
      std::min(limits.max_header_count, uint32_t{UINT16_MAX});
  while (start < size) {
    if (count == max_count) return Fault::kTooManyFields;
    const uint32_t stop = FindCrlf(data, start, size);
    FieldSlice& field = fields[count];
    Fault fault = ParseFieldLine(data, start, stop, &field);
    if (fault != Fault::kNone) return fault;
    if (names.Add(count)) return DuplicateOf(field);
    fault = JudgeValue(data, field, limits, head, &met);
    if (fault != Fault::kNone) return fault;
    ++count;
    start = stop + 2;
  }
  head->field_count = static_cast<uint16_t>(count);

  if (met.length && met.chunked) return Fault::kLengthAndTransferEncoding;
  if (met.range && (met.length || met.chunked)) return Fault::kRangeWithBody;
  if (is_response ? met.range : met.content_range) {
    return Fault::kMisplacedRange;
  }
  if (met.length) head->framing = Framing::kLength;
  if (met.chunked) head->framing = Framing::kChunked;
  return Fault::kNone;
}

Fault ParseDeguRequest(const uint8_t* data, uint32_t size,
                       const Limits& limits, FieldSlice* fields,
                       RequestHead* head) noexcept {
  const uint32_t line = FindCrlf(data, 0, size);
  if (line > limits.max_start_line_bytes) return Fault::kTargetTooLong;
  Fault fault = ParseDeguRequestLine(data, line, head);
  if (fault != Fault::kNone) return fault;
  fault = ParseDeguFields(data, line + 2, size, limits, false, fields, head);
  if (fault != Fault::kNone) return fault;
  if (head->framing != Framing::kNone && head->method != Method::kPUT &&
      head->method != Method::kPOST) {
    return Fault::kBodyNotAllowed;
  }
  return Fault::kNone;
}

Fault ParseDeguResponse(const uint8_t* data, uint32_t size,
                        const Limits& limits, Method request_method,
                        FieldSlice* fields, ResponseHead* head) noexcept {
  const uint32_t line = FindCrlf(data, 0, size);
  if (line > limits.max_start_line_bytes) return Fault::kHeadTooLarge;
  Fault fault = ParseDeguStatusLine(data, line, head);
  if (fault != Fault::kNone) return fault;
  fault = ParseDeguFields(data, line + 2, size, limits, true, fields, head);
  if (fault != Fault::kNone) return fault;
  if (request_method == Method::kHEAD) head->framing = Framing::kNone;
  return Fault::kNone;
}

}  // namespace gudeg::engine
