// The limits of messages that servers and clients have alike.
#pragma once

#include <napi.h>

#include "../engine/limits.h"
#include "arguments.h"

namespace gudeg::binding {

// Those that are given; the others stay as they are.
inline void ReadMessageLimits(Napi::Object given, engine::Limits* limits) {
  CountIfGiven(given, "maxHeadBytes", &limits->max_head_bytes);
  CountIfGiven(given, "maxHeaderCount", &limits->max_header_count);
  CountIfGiven(given, "maxChunkLineBytes", &limits->max_chunk_line_bytes);
  CountIfGiven(given, "maxChunkExtensionBytes",
               &limits->max_chunk_extension_bytes);
  CountIfGiven(given, "maxChunkBytes", &limits->max_chunk_bytes);
  CountIfGiven(given, "maxTrailerBytes", &limits->max_trailer_bytes);
  const Napi::Value max_body = given.Get("maxBodyBytes");
  if (max_body.IsNumber()) limits->max_body_bytes = Natural(max_body);
}

}  // namespace gudeg::binding
