#include "degu_fields.h"

#include <algorithm>
#include <cstring>

#include "char_class.h"
#include "field_names.h"
#include "find_pair.h"
#include "numbers.h"

namespace gudeg::engine {

namespace {

constexpr uint32_t kMaxNameBytes = 32;
constexpr uint32_t kMinFieldLineBytes = 4;

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
  const uint32_t name_size = FindPair(data, start, stop, ':', ' ') - start;
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
    const uint32_t stop = FindPair(data, start, size, '\r', '\n');
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

}  // namespace gudeg::engine
