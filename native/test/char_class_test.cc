#include "char_class.h"

#include <cstring>
#include <string>

#include "test_case.h"

namespace {

using namespace gudeg::engine;

std::string Members(CharClass char_class) {
  std::string members;
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (Is(static_cast<uint8_t>(byte), char_class)) {
      members += static_cast<char>(byte);
    }
  }
  return members;
}

const std::string kDigits = "0123456789";
const std::string kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const std::string kLower = "abcdefghijklmnopqrstuvwxyz";

TEST(CharClassesAreThoseOfTheirGrammars) {
  CHECK_EQUAL(Members(kToken),
              "!#$%&'*+-." + kDigits + kUpper + "^_`" + kLower + "|~");
  CHECK_EQUAL(Members(kDeguName), "-" + kDigits + kUpper + kLower);
  CHECK_EQUAL(Members(kDeguOutName), "-" + kDigits + kLower);
  CHECK_EQUAL(Members(kDeguReason), " -" + kDigits + kUpper + kLower);
  CHECK_EQUAL(Members(kDeguPath),
              "+-." + kDigits + ":" + kUpper + "_" + kLower + "~");
  CHECK_EQUAL(Members(kDeguQuery),
              "%&+-." + kDigits + ":=" + kUpper + "_" + kLower + "~");
  CHECK_EQUAL(Members(kDeguValue), " \"%&'()*+,-./" + kDigits + ":;<=>?" +
                                       kUpper + "[]_" + kLower + "~");
  CHECK_EQUAL(Members(kDeguExtension),
              "\"'()*+,-." + kDigits + ":;<>" + kUpper + "[]_" + kLower + "~");
  CHECK_EQUAL(Members(kFieldValue).size(), size_t{1 + 95 + 128});
  CHECK(!Is('\r', kFieldValue) && !Is('\n', kFieldValue));
  CHECK(!Is(0, kFieldValue) && !Is(0x7f, kFieldValue));
  CHECK_EQUAL(Members(kTarget).size(), size_t{93});
  CHECK(!Is(' ', kTarget) && !Is('#', kTarget) && !Is(0x80, kTarget));
  CHECK_EQUAL(Members(kVisible).size(), size_t{94});
  CHECK(!Is('"', kQuotedText) && !Is('\\', kQuotedText));
}

TEST(LowerCaseIsExact) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const uint8_t b = static_cast<uint8_t>(byte);
    const bool upper = byte >= 'A' && byte <= 'Z';
    const uint8_t expected = static_cast<uint8_t>(upper ? byte + 32 : byte);
    CHECK_EQUAL(int{ToLower(b)}, int{expected});
    for (size_t at = 0; at < 8; ++at) {
      uint8_t bytes[8] = {0xff, 'Z', '@', '[', 0x80, 0xc1, 0, 'A'};
      bytes[at] = b;
      uint64_t word;
      std::memcpy(&word, bytes, 8);
      word = ToLower8(word);
      uint8_t folded[8];
      std::memcpy(folded, &word, 8);
      for (size_t i = 0; i < 8; ++i) {
        CHECK_EQUAL(int{folded[i]}, int{ToLower(bytes[i])});
      }
    }
  }
}

}  // namespace
