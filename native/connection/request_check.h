// Whether the head of a request, as it was rendered, may leave.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../engine/head.h"
#include "../engine/limits.h"

namespace gudeg::connection {

// The most fields that a request has.
inline constexpr uint32_t kMaxRequestFields = 1000;

// The head must be one that our own parser reads back whole, with so many
// fields: then no line end has come in through a target or a field. `fields`
// has room for kMaxRequestFields.
engine::Fault CheckRequestHead(const uint8_t* rendered, size_t head_bytes,
                               uint32_t field_count, engine::Profile profile,
                               engine::FieldSlice* fields,
                               engine::RequestHead* head) noexcept;

}  // namespace gudeg::connection
