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
  uint32_t extension_bytes = 0;  // everything between the size and the CRLF
};

// The line at `data`; kEnd when it is complete, `next` is behind its CRLF.
// Slices count from `data`.
LineResult ParseChunkLine(const uint8_t* data, size_t size,
                          const Limits& limits, ChunkLine* line) noexcept;

// Copies an extension as it was parsed without the white space around `;` and
// `=`, which a recipient has to remove (RFC 9110 section 5.6.3). Returns the
// bytes written, at most `size`.
size_t CopyExtension(uint8_t* to, const uint8_t* text, size_t size) noexcept;

// The parts of Degu's form, without CRLF.
Fault ParseDeguChunkExtension(const uint8_t* data, uint32_t start,
                              uint32_t stop, ChunkLine* line) noexcept;
Fault ParseDeguChunk(const uint8_t* data, uint32_t size,
                     ChunkLine* line) noexcept;

}  // namespace gudeg::engine
