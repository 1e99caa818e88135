// What the fields that steer the protocol mean for a head (kRfc profile): RFC
// 9110 sections 7.2, 7.6.1, 7.8, 10.1.1 and RFC 9112 sections 6 and 9.3.
#pragma once

#include <cstdint>

#include "fault.h"
#include "field_names.h"
#include "head.h"
#include "limits.h"
#include "slice.h"

namespace gudeg::engine {

enum SeenBit : uint32_t {
  kSeenHost = 1 << 0,
  kSeenLength = 1 << 1,
  kSeenChunked = 1 << 2,
  kSeenClose = 1 << 3,
  kSeenKeepAlive = 1 << 4,
  kSeenUpgradeToken = 1 << 5,
  kSeenUpgrade = 1 << 6,
  kSeenContinue = 1 << 7,
};

inline bool SteersProtocol(uint16_t name_id) noexcept {
  return name_id != 0 &&
         name_id <= static_cast<uint16_t>(KnownField::kKeepAlive);
}

// Judges one field of those that SteersProtocol() names, and notes in `seen`
// what FinishRequest() or FinishResponse() need.
Fault JudgeRequestField(const uint8_t* data, const FieldSlice& field,
                        const Limits& limits, RequestHead* head,
                        uint32_t* seen) noexcept;
Fault JudgeResponseField(const uint8_t* data, const FieldSlice& field,
                         ResponseHead* head, uint32_t* seen) noexcept;

// The judgement of the whole head, at its empty line.
Fault FinishRequest(uint32_t seen, const Limits& limits,
                    RequestHead* head) noexcept;
Fault FinishResponse(uint32_t seen, const Limits& limits, Method request_method,
                     ResponseHead* head) noexcept;

}  // namespace gudeg::engine
