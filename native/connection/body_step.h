// One step of decoding a body for JavaScript.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../engine/body_decoder.h"
#include "records.h"

namespace gudeg::connection {

// Content goes to `target`, at most `size` bytes of it; what belongs to a
// chunk's head or to the trailers goes to the head of the arena, and the control
// integers say which step it was. With Step::kNeedMore they are untouched. The
// caller drops what was consumed.
engine::BodyDecoder::Result StepBody(engine::BodyDecoder* decoder,
                                     const uint8_t* input, size_t input_size,
                                     uint8_t* target, size_t size,
                                     const engine::Limits& limits,
                                     uint8_t* arena, int32_t* control) noexcept;

inline void SetBodyStatus(int32_t* control, BodyStatus status) noexcept {
  control[kControlBodyStatus] = static_cast<int32_t>(status);
}

}  // namespace gudeg::connection
