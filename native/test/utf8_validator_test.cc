#include "utf8_validator.h"

#include <cstring>
#include <string>

#include "test_case.h"

namespace {

using gudeg::engine::Utf8Validator;

// RFC 3629 section 4, byte by byte and without a table.
bool IsUtf8(const uint8_t* data, size_t size) {
  size_t at = 0;
  while (at < size) {
    const uint8_t lead = data[at];
    const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead >= 0x80 && lead < 0xc0) return false;
    if (lead >= 0xf8 || at + length > size) return false;
    uint32_t point = length == 1 ? lead : lead & (0xff >> (length + 1));
    for (size_t i = 1; i < length; i++) {
      if ((data[at + i] & 0xc0) != 0x80) return false;
      point = point << 6 | (data[at + i] & 0x3f);
    }
    static constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kLeast[length] || point > 0x10ffff) return false;
    if (point >= 0xd800 && point <= 0xdfff) return false;
    at += length;
  }
  return true;
}

bool Accepts(const uint8_t* data, size_t size, size_t cut) {
  Utf8Validator validator;
  return validator.Feed(data, cut) && validator.Feed(data + cut, size - cut) &&
         validator.complete();
}

TEST(Utf8AgreesWithTheDefinitionOnAllTwoBytesAndEdges) {
  static constexpr uint8_t kEdges[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
                                       0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1,
                                       0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3,
                                       0xf4, 0xf5, 0xff};
  for (int a = 0; a < 256; a++) {
    for (int b = 0; b < 256; b++) {
      const uint8_t pair[] = {static_cast<uint8_t>(a), static_cast<uint8_t>(b)};
      CHECK_EQUAL(Accepts(pair, 2, 1), IsUtf8(pair, 2));
    }
    for (const uint8_t b : kEdges) {
      for (const uint8_t c : kEdges) {
        for (const uint8_t d : kEdges) {
          const uint8_t four[] = {static_cast<uint8_t>(a), b, c, d};
          const bool expected = IsUtf8(four, 4);
          CHECK_EQUAL(Accepts(four, 4, 0), expected);
          CHECK_EQUAL(Accepts(four, 4, static_cast<size_t>(a) % 5), expected);
        }
      }
    }
  }
}

TEST(Utf8FindsABadByteAtEveryPlaceOfALongText) {
  for (size_t size = 1; size < 70; size++) {
    const std::string text(size, 'a');
    for (size_t at = 0; at < size; at++) {
      std::string bad = text;
      bad[at] = '\x80';
      Utf8Validator validator;
      const auto* data = reinterpret_cast<const uint8_t*>(bad.data());
      CHECK(!validator.Feed(data, size));
      CHECK(!validator.Feed(data, 0));
      CHECK(!validator.complete());
      validator.Reset();
      CHECK(validator.Feed(data, at));
      CHECK(validator.ascii());
    }
  }
  Utf8Validator validator;
  CHECK(validator.Feed(reinterpret_cast<const uint8_t*>("\xc3\xa4"), 2));
  CHECK(!validator.ascii());
}

}  // namespace
