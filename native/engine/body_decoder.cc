#include "body_decoder.h"

#include <algorithm>

#include "chunk_line.h"
#include "field_line.h"

namespace gudeg::engine {

namespace {

// RFC 9110 section 6.5.1: what frames, routes or modifies the message, says
// who sends it or how its content is to be read, is no trailer.
bool IsForbiddenTrailer(uint16_t name_id) noexcept {
  switch (static_cast<KnownField>(name_id)) {
    case KnownField::kHost:
    case KnownField::kContentLength:
    case KnownField::kTransferEncoding:
    case KnownField::kConnection:
    case KnownField::kExpect:
    case KnownField::kUpgrade:
    case KnownField::kTe:
    case KnownField::kTrailer:
    case KnownField::kRange:
    case KnownField::kContentRange:
    case KnownField::kKeepAlive:
    case KnownField::kAuthorization:
    case KnownField::kContentEncoding:
    case KnownField::kContentType:
    case KnownField::kSetCookie:
      return true;
    default:
      return false;
  }
}

constexpr BodyDecoder::Result kMore{BodyDecoder::Step::kNeedMore, 0, nullptr,
                                    0};

// The CRLF that has to follow; false when a byte of it is another.
bool MayBeCrlf(const uint8_t* input, size_t size) noexcept {
  return (size < 1 || input[0] == '\r') && (size < 2 || input[1] == '\n');
}

}  // namespace

void BodyDecoder::Start(Framing framing, uint64_t content_length) noexcept {
  *this = BodyDecoder();
  framing_ = framing;
  switch (framing) {
    case Framing::kNone:
      state_ = State::kDone;
      break;
    case Framing::kLength:
      remaining_ = content_length;
      state_ = content_length == 0 ? State::kDone : State::kLength;
      break;
    case Framing::kChunked:
      state_ = State::kChunkLine;
      break;
    case Framing::kUntilClose:
      state_ = State::kUntilClose;
      break;
  }
}

BodyDecoder::Result BodyDecoder::Fail(Fault fault) noexcept {
  fault_ = fault;
  state_ = State::kFault;
  return {Step::kFault, 0, nullptr, 0};
}

BodyDecoder::Result BodyDecoder::Give(const uint8_t* input, size_t size,
                                      State next) noexcept {
  remaining_ -= size;
  received_ += size;
  if (remaining_ == 0) state_ = next;
  return {Step::kData, size, input, size};
}

BodyDecoder::Result BodyDecoder::TakeChunkLine(const uint8_t* input,
                                               size_t size,
                                               const Limits& limits) noexcept {
  ChunkLine line;
  const LineResult result = ParseChunkLine(input, size, limits, &line);
  if (result.step == LineStep::kNeedMore) return kMore;
  if (result.step == LineStep::kFault) return Fail(result.fault);
  if (line.size > limits.max_chunk_bytes) return Fail(Fault::kChunkTooLarge);
  if (line.size > limits.max_body_bytes ||
      received_ > limits.max_body_bytes - line.size) {
    return Fail(Fault::kBodyTooLarge);
  }
  if (line.extension_bytes >
      limits.max_chunk_extension_bytes - extension_bytes_) {
    return Fail(Fault::kChunkExtensionsTooLarge);
  }
  extension_bytes_ += line.extension_bytes;
  chunk_size_ = static_cast<uint32_t>(line.size);
  remaining_ = line.size;
  extension_key_ = line.key;
  extension_value_ = line.value;
  state_ = line.size == 0 ? State::kTrailers : State::kChunkData;
  return {Step::kChunkHead, result.next, nullptr, 0};
}

BodyDecoder::Result BodyDecoder::TakeTrailers(const uint8_t* input, size_t size,
                                              const Limits& limits,
                                              FieldSlice* trailers) noexcept {
  trailer_count_ = 0;
  if (limits.profile == Profile::kDegu) {
    if (!MayBeCrlf(input, size)) return Fail(Fault::kBadChunkEnd);
    if (size < 2) return kMore;
    state_ = State::kDone;
    return {Step::kEnd, 2, nullptr, 0};
  }
  const size_t clipped =
      std::min(size, static_cast<size_t>(limits.max_trailer_bytes));
  const uint32_t max_count =
      std::min(limits.max_header_count, uint32_t{UINT16_MAX});
  uint32_t position = 0;
  for (;;) {
    FieldSlice* const field = trailers + trailer_count_;
    const LineResult line = ParseFieldLine(input, position, clipped,
                                           trailer_count_ < max_count, field);
    switch (line.step) {
      case LineStep::kNeedMore:
        trailer_count_ = 0;
        return size < limits.max_trailer_bytes ? kMore
                                               : Fail(Fault::kTrailerTooLarge);
      case LineStep::kFault:
        return Fail(line.fault);
      case LineStep::kEnd:
        state_ = State::kDone;
        return {Step::kEnd, line.next, nullptr, 0};
      case LineStep::kField:
        if (IsForbiddenTrailer(field->name_id)) {
          return Fail(Fault::kBadTrailer);
        }
        ++trailer_count_;
        position = line.next;
        break;
    }
  }
}

BodyDecoder::Result BodyDecoder::Next(const uint8_t* input, size_t size,
                                      size_t max_data, const Limits& limits,
                                      FieldSlice* trailers) noexcept {
  const size_t room = std::min(size, max_data);
  switch (state_) {
    case State::kDone:
      return {Step::kEnd, 0, nullptr, 0};
    case State::kFault:
      return {Step::kFault, 0, nullptr, 0};
    case State::kLength:
    case State::kChunkData: {
      const size_t count =
          static_cast<size_t>(std::min<uint64_t>(room, remaining_));
      if (count == 0) return kMore;
      return Give(input, count,
                  state_ == State::kLength ? State::kDone : State::kChunkCrlf);
    }
    case State::kUntilClose: {
      if (room == 0) return kMore;
      if (received_ >= limits.max_body_bytes) {
        return Fail(Fault::kBodyTooLarge);
      }
      const uint64_t left = limits.max_body_bytes - received_;
      const size_t count = static_cast<size_t>(std::min<uint64_t>(room, left));
      received_ += count;
      return {Step::kData, count, input, count};
    }
    case State::kChunkLine:
      return TakeChunkLine(input, size, limits);
    case State::kChunkCrlf:
      if (!MayBeCrlf(input, size)) return Fail(Fault::kBadChunkEnd);
      if (size < 2) return kMore;
      state_ = State::kChunkLine;
      return {Step::kChunkEnd, 2, nullptr, 0};
    case State::kTrailers:
      return TakeTrailers(input, size, limits, trailers);
  }
  return kMore;
}

size_t BodyDecoder::Certain(size_t most) const noexcept {
  if (state_ != State::kLength && state_ != State::kChunkData) return 0;
  return static_cast<size_t>(std::min<uint64_t>(most, remaining_));
}

bool BodyDecoder::CloseInput() noexcept {
  if (state_ == State::kUntilClose) state_ = State::kDone;
  if (state_ == State::kDone) return true;
  if (state_ != State::kFault) Fail(Fault::kTruncatedBody);
  return false;
}

}  // namespace gudeg::engine
