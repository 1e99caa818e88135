#include "numbers.h"

#include <limits>
#include <string>

#include "test_case.h"

namespace {

using namespace gudeg::engine;

const uint8_t* Bytes(const std::string& text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

std::string Length(const std::string& text, uint64_t max = kDeguMaxLength) {
  uint64_t value = 0;
  if (!ParseLength(Bytes(text), text.size(), max, &value)) return "refused";
  return std::to_string(value);
}

std::string RangeOf(const std::string& text) {
  ByteRange range;
  if (!ParseRange(Bytes(text), text.size(), &range)) return "refused";
  return std::to_string(range.start) + ".." + std::to_string(range.stop);
}

std::string ContentRangeOf(const std::string& text) {
  ContentRangeValue range;
  if (!ParseContentRange(Bytes(text), text.size(), &range)) return "refused";
  return std::to_string(range.start) + ".." + std::to_string(range.stop) + "/" +
         std::to_string(range.total);
}

std::string ChunkSize(const std::string& text, bool strict) {
  uint64_t value = 0;
  if (!ParseChunkSize(Bytes(text), text.size(), strict, &value)) {
    return "refused";
  }
  return std::to_string(value);
}

TEST(LengthsAreDecimalDigits) {
  CHECK_EQUAL(Length("0"), "0");
  CHECK_EQUAL(Length("7"), "7");
  CHECK_EQUAL(Length("1234567890"), "1234567890");
  CHECK_EQUAL(Length("9999999999999999"), "9999999999999999");
  CHECK_EQUAL(Length("12", 12), "12");
  CHECK_EQUAL(Length("13", 12), "refused");
  for (const char* bad :
       {"", "00", "01", "10000000000000000", "99999999999999999999", "-1", "+1",
        " 1", "1 ", "0x10", "1_0", "1.0", "1e3", "a", "\xd9\xa1"}) {
    CHECK_EQUAL_FOR(Length(bad), "refused", bad);
  }
}

TEST(RangesHaveBothEnds) {
  CHECK_EQUAL(RangeOf("bytes=0-0"), "0..1");
  CHECK_EQUAL(RangeOf("bytes=3-8"), "3..9");
  CHECK_EQUAL(RangeOf("bytes=0-9999999999999998"), "0..9999999999999999");
  CHECK_EQUAL(RangeOf("bytes=9999999999999998-9999999999999998"),
              "9999999999999998..9999999999999999");
  for (const char* bad : {"",
                          "bytes=",
                          "bytes=-",
                          "bytes=0-",
                          "bytes=-5",
                          "bytes=0",
                          "bytes=1-0",
                          "bytes=00-1",
                          "bytes=0-01",
                          "bytes=0 -1",
                          "bytes=0- 1",
                          "bytes = 0-1",
                          "Bytes=0-1",
                          "items=0-1",
                          "bytes=0--1",
                          "bytes=0-1 ",
                          "bytes=0-1,2-3",
                          " bytes=0-1",
                          "bytes 0-1",
                          "bytes=0-9999999999999999",
                          "bytes=0-10000000000000000"}) {
    CHECK_EQUAL_FOR(RangeOf(bad), "refused", bad);
  }
}

TEST(ContentRangesHaveATotal) {
  CHECK_EQUAL(ContentRangeOf("bytes 0-0/1"), "0..1/1");
  CHECK_EQUAL(ContentRangeOf("bytes 3-8/12"), "3..9/12");
  CHECK_EQUAL(ContentRangeOf("bytes 9999999999999998-9999999999999998/"
                             "9999999999999999"),
              "9999999999999998..9999999999999999/9999999999999999");
  for (const char* bad :
       {"", "bytes ", "bytes 0-0", "bytes 0-0/", "bytes 0-0/*", "bytes */5",
        "bytes 0-1/1", "bytes 2-1/5", "bytes=0-0/1", "bytes  0-0/1",
        "bytes 00-0/1", "bytes 0-00/1", "bytes 0-0/01", "bytes 0-0/1 ",
        "Bytes 0-0/1", "bytes 0/0-1",
        "bytes 0-9999999999999999/9999999999999"}) {
    CHECK_EQUAL_FOR(ContentRangeOf(bad), "refused", bad);
  }
}

TEST(ChunkSizesAreHexDigits) {
  for (const bool strict : {true, false}) {
    CHECK_EQUAL(ChunkSize("0", strict), "0");
    CHECK_EQUAL(ChunkSize("a", strict), "10");
    CHECK_EQUAL(ChunkSize("A", strict), "10");
    CHECK_EQUAL(ChunkSize("fFfFfFf", strict), "268435455");
    CHECK_EQUAL(ChunkSize("1000000", strict), "16777216");
    for (const char* bad : {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "g", "`",
                            "@", "/", ":", "G"}) {
      CHECK_EQUAL_FOR(ChunkSize(bad, strict), "refused", bad);
    }
  }
  CHECK_EQUAL(ChunkSize("00", true), "refused");
  CHECK_EQUAL(ChunkSize("05", true), "refused");
  CHECK_EQUAL(ChunkSize("10000000", true), "refused");
  CHECK_EQUAL(ChunkSize("00", false), "0");
  CHECK_EQUAL(ChunkSize("0000000000000005", false), "5");
  CHECK_EQUAL(ChunkSize("ffffffffffffffff", false), "18446744073709551615");
  CHECK_EQUAL(ChunkSize("00000000000000005", false), "refused");
}

TEST(DecimalsAreWrittenBack) {
  uint8_t out[20];
  for (uint64_t value :
       {uint64_t{0}, uint64_t{9}, uint64_t{10}, uint64_t{99}, uint64_t{100},
        uint64_t{65536}, std::numeric_limits<uint64_t>::max()}) {
    const size_t size = WriteDecimal(out, value);
    CHECK_EQUAL(std::string(reinterpret_cast<char*>(out), size),
                std::to_string(value));
  }
}

}  // namespace
