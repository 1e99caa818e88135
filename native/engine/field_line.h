// One field line of RFC 9112 section 5, read from left to right: whether and
// where it is refused depends only on the bytes up to there, so a line that
// arrives in pieces is judged as a whole one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "char_class.h"
#include "fault.h"
#include "field_names.h"
#include "scan.h"
#include "slice.h"

namespace gudeg::engine {

enum class LineStep : uint8_t {
  kNeedMore,
  kField,  // `field` is set, `next` is the start of the next line
  kEnd,    // the empty line; `next` is behind it
  kFault,
};

struct LineResult {
  LineStep step;
  Fault fault = Fault::kNone;
  uint32_t next = 0;
};

// A name must fit FieldSlice::name_length.
inline constexpr size_t kMaxFieldNameBytes = 65535;

// What is wrong at `at`, where a line may not go on: a bare line end is told
// apart from `otherwise`, for which a CR has to be followed by a byte.
inline LineResult RefuseAt(const uint8_t* at, const uint8_t* end,
                           Fault otherwise) noexcept {
  if (*at == '\n') return {LineStep::kFault, Fault::kBareLineFeed};
  if (*at == '\r') {
    if (at + 1 == end) return {LineStep::kNeedMore};
    if (at[1] != '\n') return {LineStep::kFault, Fault::kBareLineFeed};
  }
  return {LineStep::kFault, otherwise};
}

// The CRLF that has to stand at `at`; `otherwise` for any other byte.
inline LineResult TakeLineEnd(const uint8_t* data, const uint8_t* at,
                              const uint8_t* end, Fault otherwise) noexcept {
  if (at == end) return {LineStep::kNeedMore};
  if (*at != '\r') return RefuseAt(at, end, otherwise);
  if (at + 1 == end) return {LineStep::kNeedMore};
  if (at[1] != '\n') return {LineStep::kFault, Fault::kBareLineFeed};
  return {LineStep::kEnd, Fault::kNone, static_cast<uint32_t>(at + 2 - data)};
}

// The line at data + start. `field` is only written with kField; room for it
// is the caller's to check, when `has_room` is false a field is
// Fault::kTooManyFields.
inline LineResult ParseFieldLine(const uint8_t* data, uint32_t start,
                                 size_t size, bool has_room,
                                 FieldSlice* field) noexcept {
  const uint8_t* const end = data + size;
  const uint8_t* const name = data + start;
  const uint8_t* at = name;
  if (at == end) return {LineStep::kNeedMore};
  if (*at == '\r') {
    return TakeLineEnd(data, at, end, Fault::kBareLineFeed);
  }
  KnownField id = KnownField::kUnknown;
#ifdef GUDEG_SCAN_BLOCKS
  // A known name needs no look at its bytes one by one.
  if (end - at >= static_cast<ptrdiff_t>(kBlockBytes)) {
    const BlockMask colons = Block::Load(at).Equal(':');
    if (colons.any()) id = LookupFieldName(name, colons.first());
    if (id != KnownField::kUnknown) at += colons.first();
  }
#endif
  while (at < end && Is(*at, kToken)) ++at;
  const size_t name_size = static_cast<size_t>(at - name);
  if (name_size == 0) {
    if (*at == ' ' || *at == '\t') {
      return {LineStep::kFault, Fault::kObsoleteFolding};
    }
    return RefuseAt(at, end, Fault::kBadFieldName);
  }
  if (!has_room) return {LineStep::kFault, Fault::kTooManyFields};
  if (name_size > kMaxFieldNameBytes) {
    return {LineStep::kFault, Fault::kHeadTooLarge};
  }
  if (at == end) return {LineStep::kNeedMore};
  if (*at != ':') {
    return RefuseAt(at, end,
                    *at == '\r' ? Fault::kBadFieldLine : Fault::kBadFieldName);
  }
  ++at;
  while (at < end && (*at == ' ' || *at == '\t')) ++at;
  const uint8_t* const value = at;
  at = FindFieldValueEnd(at, end);
  if (at == end) return {LineStep::kNeedMore};
  const LineResult line_end = TakeLineEnd(data, at, end, Fault::kBadFieldValue);
  if (line_end.step != LineStep::kEnd) return line_end;
  while (at > value && (at[-1] == ' ' || at[-1] == '\t')) --at;
  field->name_offset = start;
  field->name_length = static_cast<uint16_t>(name_size);
  if (id == KnownField::kUnknown) id = LookupFieldName(name, name_size);
  field->name_id = static_cast<uint16_t>(id);
  field->value_offset = static_cast<uint32_t>(value - data);
  field->value_length = static_cast<uint32_t>(at - value);
  return {LineStep::kField, Fault::kNone, line_end.next};
}

}  // namespace gudeg::engine
