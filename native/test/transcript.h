// Everything the engine says about a stream of bytes, as lines of text, so that
// tests, the probe and the fuzzers compare whole conversations.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fault.h"
#include "limits.h"
#include "methods.h"
#include "slice.h"

namespace gudeg::test {

struct TranscriptOptions {
  bool is_response = false;
  engine::Method request_method = engine::Method::kGET;  // of a response
  engine::Limits limits;
  bool close = true;  // the peer closes after the last byte
  size_t max_data = 1 << 20;
};

// "type=response method=HEAD profile=degu max_head_bytes=64 close=no";
// false when a word is unknown.
bool ParseOptions(std::string_view text, TranscriptOptions* options);

// Feeds `input` in pieces that end at `cuts` (ascending) and at its end. Every
// call gets the bytes in fresh memory of their exact size. Content that comes
// in pieces is joined, so equal streams give equal transcripts however cut.
std::string Transcribe(std::string_view input, const std::vector<size_t>& cuts,
                       const TranscriptOptions& options);

// The transcript of the whole; `mismatch` is empty, or says which cut (every
// single one, and all at once) gave another.
std::string TranscribeEveryWay(std::string_view input,
                               const TranscriptOptions& options,
                               std::string* mismatch);

// Stands in a transcript, and nothing else makes it, where the engine broke its
// own promises: a name with another's number, data outside of the input.
inline constexpr char kUnsound = '\1';
inline bool IsSound(std::string_view transcript) {
  return transcript.find(kUnsound) == std::string_view::npos;
}

// Printable: other bytes as \r \n \t \\ or \xNN.
std::string Escape(std::string_view bytes);

// Faults that occurred in transcripts, or were noted.
void Note(engine::Fault fault);
bool WasMet(engine::Fault fault);

}  // namespace gudeg::test
