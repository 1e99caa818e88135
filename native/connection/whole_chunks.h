// A chunked body that has come whole, with its head, and holds nothing but
// content: it crosses with the record of its message.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../engine/head.h"
#include "../engine/limits.h"

namespace gudeg::connection {

// Those of more chunks are read step by step, as all others.
inline constexpr int kMaxWholeChunks = 32;

struct WholeChunks {
  int count = 0;          // of chunks, without the last, which is empty
  size_t body_bytes = 0;  // on the wire; 0 = this is no such body
};

// Looks for the end of the body in `input`, and writes two integers for each
// chunk: where in the input its data is, and how long. `trailers` has room for
// limits.max_header_count. A body with extensions, trailers or a fault is none.
WholeChunks FindWholeChunks(const uint8_t* input, size_t size,
                            const engine::Limits& limits, int32_t* table,
                            engine::FieldSlice* trailers) noexcept;

}  // namespace gudeg::connection
