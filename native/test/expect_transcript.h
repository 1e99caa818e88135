// Table-driven checks of what the engine says about a stream.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "test_case.h"
#include "transcript.h"

namespace gudeg::test {

// The transcript, checked to be the same however the input is cut. Long inputs
// are cut only around their ends, where it matters.
inline std::string TranscriptOf(std::string_view input,
                                std::string_view options_text = "") {
  TranscriptOptions options;
  CHECK_FOR(ParseOptions(options_text, &options), std::string(options_text));
  if (input.size() > 600) return Transcribe(input, {}, options);
  std::string mismatch;
  const std::string whole = TranscribeEveryWay(input, options, &mismatch);
  CHECK_EQUAL_FOR(mismatch, "", Escape(input) + "\n    whole:\n" + whole);
  CHECK_FOR(IsSound(whole), whole);
  return whole;
}

inline std::string LastLine(const std::string& transcript) {
  if (transcript.empty()) return "";
  const size_t end = transcript.size() - 1;
  const size_t start = transcript.rfind('\n', end - 1);
  return transcript.substr(start + 1, end - start - 1);
}

// The fault's name that a stream ends with, or "" when it ends without one.
inline std::string FaultOf(std::string_view input,
                           std::string_view options_text = "") {
  const std::string last = LastLine(TranscriptOf(input, options_text));
  if (last.rfind("fault ", 0) != 0) return "";
  return last.substr(6, last.rfind(' ') - 6);
}

struct FaultCase {
  std::string input;
  const char* fault;
};

// Checks each input's fault, "" for none.
inline void CheckFaults(std::initializer_list<FaultCase> cases,
                        std::string_view options = "") {
  for (const FaultCase& test : cases) {
    CHECK_EQUAL_FOR(FaultOf(test.input, options), test.fault,
                    Escape(test.input));
  }
}

inline bool Contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace gudeg::test
