#include "body_step.h"

#include <cstring>

#include "../engine/chunk_line.h"
#include "arena.h"

namespace gudeg::connection {

using engine::BodyDecoder;
using engine::FieldSlice;

BodyDecoder::Result StepBody(BodyDecoder* decoder, const uint8_t* input,
                             size_t input_size, uint8_t* target, size_t size,
                             const engine::Limits& limits, uint8_t* arena,
                             int32_t* control) noexcept {
  if (decoder->done()) {
    control[kControlTrailerCount] = 0;
    SetBodyStatus(control, BodyStatus::kEnd);
    return {BodyDecoder::Step::kEnd, 0, nullptr, 0};
  }
  auto* trailers = reinterpret_cast<FieldSlice*>(arena);
  const BodyDecoder::Result result =
      decoder->Next(input, input_size, size, limits, trailers);
  switch (result.step) {
    case BodyDecoder::Step::kNeedMore:
      break;
    case BodyDecoder::Step::kData:
      memcpy(target, result.data, result.size);
      SetBodyStatus(control, BodyStatus::kData);
      break;
    case BodyDecoder::Step::kChunkHead: {
      const engine::Slice key = decoder->extension_key();
      const engine::Slice value = decoder->extension_value();
      const size_t key_length =
          engine::CopyExtension(arena, input + key.offset, key.length);
      memcpy(arena + key_length, input + value.offset, value.length);
      control[kControlChunkSize] = static_cast<int32_t>(decoder->chunk_size());
      control[kControlKeyLength] = static_cast<int32_t>(key_length);
      control[kControlValueLength] = static_cast<int32_t>(value.length);
      SetBodyStatus(control, BodyStatus::kChunkHead);
      break;
    }
    case BodyDecoder::Step::kChunkEnd:
      SetBodyStatus(control, BodyStatus::kChunkEnd);
      break;
    case BodyDecoder::Step::kEnd: {
      const size_t field_bytes = decoder->trailer_count() * sizeof(FieldSlice);
      control[kControlTrailerCount] = decoder->trailer_count();
      control[kControlFieldsOffset] = 0;
      control[kControlHeadOffset] = static_cast<int32_t>(field_bytes);
      if (field_bytes != 0 && field_bytes + result.consumed <= kScratchBytes) {
        memcpy(arena + field_bytes, input, result.consumed);
      }
      SetBodyStatus(control, BodyStatus::kEnd);
      break;
    }
    case BodyDecoder::Step::kFault:
      control[kControlBodyFault] = static_cast<int32_t>(decoder->fault());
      SetBodyStatus(control, BodyStatus::kFault);
      break;
  }
  return result;
}

}  // namespace gudeg::connection
