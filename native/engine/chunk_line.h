// Chunk lines: RFC 9112 section 7.1 and its extensions (kRfc), Degu's narrower
// form (kDegu).
#pragma once

#include <cstddef>
#include <cstdint>

#include "field_line.h"
#include "limits.h"
#include "slice.h"

namespace gudeg::engine {

struct ChunkLine {
  uint64_t size = 0;
  Slice key;
  Slice value;
};

// The line at `data`; kEnd when it is complete, `next` is behind its CRLF.
// Slices count from `data`.
LineResult ParseChunkLine(const uint8_t* data, size_t size,
                          const Limits& limits, ChunkLine* line) noexcept;

// The parts of Degu's form, without CRLF.
Fault ParseDeguChunkExtension(const uint8_t* data, uint32_t start,
                              uint32_t stop, ChunkLine* line) noexcept;
Fault ParseDeguChunk(const uint8_t* data, uint32_t size,
                     ChunkLine* line) noexcept;

}  // namespace gudeg::engine
