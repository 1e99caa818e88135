#include "whole_chunks.h"

#include "../engine/body_decoder.h"

namespace gudeg::connection {

using engine::BodyDecoder;

WholeChunks FindWholeChunks(const uint8_t* input, size_t size,
                            const engine::Limits& limits, int32_t* table,
                            engine::FieldSlice* trailers) noexcept {
  BodyDecoder decoder;
  decoder.Start(engine::Framing::kChunked, 0);
  WholeChunks found;
  size_t position = 0;
  for (;;) {
    const BodyDecoder::Result result = decoder.Next(
        input + position, size - position, size, limits, trailers);
    switch (result.step) {
      case BodyDecoder::Step::kNeedMore:
      case BodyDecoder::Step::kFault:
        return {};
      case BodyDecoder::Step::kChunkHead:
        if (decoder.extension_key().length != 0) return {};
        break;
      case BodyDecoder::Step::kData:
        // A chunk that is not whole ends in kNeedMore.
        if (found.count == kMaxWholeChunks) return {};
        table[2 * found.count] = static_cast<int32_t>(position);
        table[2 * found.count + 1] = static_cast<int32_t>(result.size);
        found.count++;
        break;
      case BodyDecoder::Step::kChunkEnd:
        break;
      case BodyDecoder::Step::kEnd:
        if (decoder.trailer_count() != 0) return {};
        found.body_bytes = position + result.consumed;
        return found;
    }
    position += result.consumed;
  }
}

}  // namespace gudeg::connection
