// Runs the engine on lines of standard input, for tests in other languages:
//   <function> TAB <argument in hex> TAB ...
// and answers each with one line of JSON:
//   {"ok":true,"result":...}   {"ok":false,"fault":"BadTarget"}
//   {"error":"unknown function"}
// Functions are those of degu_functions.cc, and
//   transcribe <options> <bytes>  -> {"whole":"...","mismatch":"..."}
// (see transcript.h; a non-empty mismatch means that a split input gave
// something else).
#include <iostream>
#include <string>
#include <vector>

#include "degu_functions.h"
#include "json.h"
#include "transcript.h"

namespace {

using namespace gudeg::test;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool FromHex(const std::string& text, std::string* out) {
  if (text.size() % 2 != 0) return false;
  out->clear();
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = HexDigit(text[i]);
    const int low = HexDigit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    *out += static_cast<char>(high * 16 + low);
  }
  return true;
}

std::string Error(std::string_view text) {
  return JsonList().Add("error", Json(text)).Object();
}

std::string AnswerTranscribe(const std::vector<std::string>& args) {
  TranscriptOptions options;
  if (args.size() != 2 || !ParseOptions(args[0], &options)) {
    return Error("transcribe needs known options and bytes");
  }
  std::string mismatch;
  const std::string whole = TranscribeEveryWay(args[1], options, &mismatch);
  const std::string result = JsonList()
                                 .Add("whole", Json(whole))
                                 .Add("mismatch", Json(mismatch))
                                 .Object();
  return JsonList().Add("ok", "true").Add("result", result).Object();
}

std::string Answer(const std::string& line) {
  std::vector<std::string> words;
  size_t start = 0;
  for (;;) {
    const size_t tab = std::min(line.find('\t', start), line.size());
    words.push_back(line.substr(start, tab - start));
    if (tab == line.size()) break;
    start = tab + 1;
  }
  const std::string name = words[0];
  words.erase(words.begin());
  for (std::string& word : words) {
    std::string bytes;
    if (!FromHex(word, &bytes)) return Error("an argument is not hex");
    word = bytes;
  }
  if (name == "transcribe") return AnswerTranscribe(words);
  const FunctionResult result = CallDeguFunction(name, words);
  if (!result.known) return Error("unknown function or too few arguments");
  return JsonList()
      .Add("ok", result.ok ? "true" : "false")
      .Add(result.ok ? "result" : "fault", result.json)
      .Object();
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::string line;
  while (std::getline(std::cin, line)) {
    std::cout << Answer(line) << '\n' << std::flush;
  }
  return 0;
}
