// What records of responses hold for both kinds of connections of a client.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../engine/head.h"
#include "client_records.h"
#include "records.h"

namespace gudeg::connection {

// A server has no reason for more of them.
inline constexpr uint32_t kMaxInterimResponses = 64;

// The head, which lies with its fields at these offsets of the arena.
inline void RecordResponseHead(const engine::ResponseHead& head,
                               size_t head_offset, size_t fields_offset,
                               int32_t* record) noexcept {
  const auto base = static_cast<int32_t>(head_offset);
  record[kRequestHeadOffset] = base;
  record[kRequestTargetOffset] =
      base + static_cast<int32_t>(head.reason.offset);
  record[kRequestTargetLength] = static_cast<int32_t>(head.reason.length);
  record[kRequestFieldsOffset] = static_cast<int32_t>(fields_offset);
  record[kRequestFieldCount] = head.field_count;
  record[kRequestLengthLow] =
      static_cast<int32_t>(head.content_length & 0xffffffff);
  record[kRequestLengthHigh] = static_cast<int32_t>(head.content_length >> 32);
}

// Its status, how its body is framed, and ResponseFlags.
inline void RecordResponseKind(ClientEventKind kind, uint16_t status,
                               engine::Framing framing, int32_t flags,
                               int32_t* record) noexcept {
  record[0] = static_cast<int32_t>(kind) | status << 8 |
              static_cast<int32_t>(framing) << 18 | flags << 20;
}

}  // namespace gudeg::connection
