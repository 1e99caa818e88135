// Pull decoder of message bodies: the caller owns the raw bytes and asks for
// one step at a time, so backpressure is simply not asking.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fault.h"
#include "head.h"
#include "limits.h"
#include "slice.h"

namespace gudeg::engine {

class BodyDecoder {
 public:
  enum class Step : uint8_t {
    kNeedMore,   // no step possible with these bytes
    kChunkHead,  // a chunk begins: chunk_size(), extension_key/value()
    kData,       // `data` bytes of body content
    kChunkEnd,   // the chunk's data and its CRLF are over
    kEnd,        // the body is over; trailer_count() fields were written
    kFault,      // fault() says why
  };

  struct Result {
    Step step;
    size_t consumed;      // bytes to drop from the input, also with kNeedMore
    const uint8_t* data;  // inside the input; kData only
    size_t size;
  };

  void Start(Framing framing, uint64_t content_length) noexcept;

  // One step on `input`. With kData at most `max_data` bytes are given.
  // The final, empty chunk gives kChunkHead (size 0) and then kEnd, which
  // waits for the trailer section. Slices given with kChunkHead and with kEnd
  // (trailers) count from `input`, before `consumed` is dropped. `trailers`
  // has room for limits.max_header_count entries.
  Result Next(const uint8_t* input, size_t size, size_t max_data,
              const Limits& limits, FieldSlice* trailers) noexcept;

  // The peer closed: true when the body may end here (kUntilClose, or over);
  // false is Fault::kTruncatedBody.
  bool CloseInput() noexcept;

  bool done() const noexcept { return state_ == State::kDone; }
  Framing framing() const noexcept { return framing_; }
  // Bytes still to come of a kLength body or of the current chunk.
  uint64_t remaining() const noexcept { return remaining_; }
  // How many of the next bytes, at most `most`, are content whatever they are,
  // and may be received straight to where they go.
  size_t Certain(size_t most) const noexcept;
  // Content bytes given so far.
  uint64_t received() const noexcept { return received_; }
  uint32_t chunk_size() const noexcept { return chunk_size_; }
  // RFC 9112 section 7.1.1. length 0 = absent. In the kRfc profile the key
  // slice is the whole extension text (`k=v;l="x"`) when there is more than
  // one extension or it has no plain `key=value` form, and value is empty;
  // CopyExtension() removes the white space that may be in it.
  Slice extension_key() const noexcept { return extension_key_; }
  Slice extension_value() const noexcept { return extension_value_; }
  uint16_t trailer_count() const noexcept { return trailer_count_; }
  Fault fault() const noexcept { return fault_; }

 private:
  enum class State : uint8_t {
    kDone,
    kLength,
    kUntilClose,
    kChunkLine,
    kChunkData,
    kChunkCrlf,
    kTrailers,
    kFault,
  };
  Result Fail(Fault fault) noexcept;
  Result Give(const uint8_t* input, size_t size, State next) noexcept;
  Result TakeChunkLine(const uint8_t* input, size_t size,
                       const Limits& limits) noexcept;
  Result TakeTrailers(const uint8_t* input, size_t size, const Limits& limits,
                      FieldSlice* trailers) noexcept;

  uint64_t remaining_ = 0;
  uint64_t received_ = 0;
  uint32_t chunk_size_ = 0;
  uint32_t extension_bytes_ = 0;  // of all chunks so far
  Slice extension_key_;
  Slice extension_value_;
  uint16_t trailer_count_ = 0;
  State state_ = State::kDone;
  Framing framing_ = Framing::kNone;
  Fault fault_ = Fault::kNone;
};

}  // namespace gudeg::engine
