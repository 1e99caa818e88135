#include "serializer.h"

#include <memory>
#include <string>
#include <string_view>

#include "test_case.h"
#include "transcript.h"

namespace {

using namespace std::string_literals;
using namespace gudeg::engine;

// What `write` wrote into memory of exactly `capacity` bytes, or the fault.
template <typename Write>
std::string Written(Profile profile, Write write, size_t capacity = 4096) {
  const std::unique_ptr<uint8_t[]> out(new uint8_t[capacity]);
  HeadWriter writer(out.get(), capacity, profile);
  write(writer);
  if (writer.fault() != Fault::kNone) {
    gudeg::test::Note(writer.fault());
    return Describe(writer.fault()).name;
  }
  return std::string(reinterpret_cast<char*>(out.get()), writer.size());
}

std::string FieldLine(Profile profile, const std::string& name,
                      const std::string& value) {
  return Written(profile,
                 [&](HeadWriter& writer) { writer.Field(name, value); });
}

std::string Chunk(uint64_t size, const std::string& key,
                  const std::string& value, Profile profile,
                  size_t capacity = 100) {
  const std::unique_ptr<uint8_t[]> out(new uint8_t[capacity]);
  const size_t written =
      WriteChunkLine(out.get(), capacity, size, key, value, profile);
  return std::string(reinterpret_cast<char*>(out.get()), written);
}

void WriteWholeHead(HeadWriter& writer) {
  writer.StatusLine(200, "OK");
  writer.Field("x", "y");
  writer.Literal("");
  writer.Literal("date: now\r\n");
  writer.ContentLength(18446744073709551615U);
  writer.End();
}

const std::string kWholeHead =
    "HTTP/1.1 200 OK\r\nx: y\r\ndate: now\r\n"
    "content-length: 18446744073709551615\r\n\r\n";

TEST(HeadsAreWritten) {
  for (const Profile profile : {Profile::kRfc, Profile::kDegu}) {
    CHECK_EQUAL(Written(profile, WriteWholeHead), kWholeHead);
    CHECK_EQUAL(Written(profile, WriteWholeHead, kWholeHead.size()),
                kWholeHead);
    for (size_t room = 0; room < kWholeHead.size(); ++room) {
      CHECK_EQUAL(Written(profile, WriteWholeHead, room), "OutputTooLarge");
    }
  }
}

TEST(TheFirstFaultSticks) {
  uint8_t out[64];
  HeadWriter writer(out, sizeof(out), Profile::kRfc);
  writer.Field("a", "b");
  const size_t size = writer.size();
  writer.Field("a", "b\n");
  writer.StatusLine(99, "");
  writer.Field("c", "d");
  writer.End();
  CHECK(writer.fault() == Fault::kBadOutputField);
  CHECK_EQUAL(writer.size(), size);
}

TEST(StartLinesAreJudged) {
  const auto status = [](Profile profile, uint16_t code,
                         const std::string& reason) {
    return Written(
        profile, [&](HeadWriter& writer) { writer.StatusLine(code, reason); });
  };
  CHECK_EQUAL(status(Profile::kRfc, 204, ""), "HTTP/1.1 204 \r\n");
  CHECK_EQUAL(status(Profile::kRfc, 599, "a\tb\xc3"),
              "HTTP/1.1 599 a\tb\xc3\r\n");
  CHECK_EQUAL(status(Profile::kDegu, 100, "It's"), "HTTP/1.1 100 It's\r\n");
  CHECK_EQUAL(status(Profile::kDegu, 200, ""), "BadOutputStartLine");
  CHECK_EQUAL(status(Profile::kDegu, 200, "a\tb"), "BadOutputStartLine");
  CHECK_EQUAL(status(Profile::kDegu, 200, "\xc3"), "BadOutputStartLine");
  for (const Profile profile : {Profile::kRfc, Profile::kDegu}) {
    CHECK_EQUAL(status(profile, 99, "OK"), "BadOutputStartLine");
    CHECK_EQUAL(status(profile, 600, "OK"), "BadOutputStartLine");
    for (const std::string& bad :
         {"\r"s, "\n"s, "\0"s, "a\x7f"s, "a\x01"s, "OK\r\nx: y"s}) {
      CHECK_EQUAL(status(profile, 200, bad), "BadOutputStartLine");
    }
  }
  const auto request = [](Profile profile, const std::string& method,
                          const std::string& target) {
    return Written(profile, [&](HeadWriter& writer) {
      writer.RequestLine(method, target);
    });
  };
  for (const Profile profile : {Profile::kRfc, Profile::kDegu}) {
    CHECK_EQUAL(request(profile, "GET", "/a?b"), "GET /a?b HTTP/1.1\r\n");
    for (const std::string& bad :
         {""s, "G T"s, "G\r"s, "G\n"s, "G:"s, "\xc3"s}) {
      CHECK_EQUAL(request(profile, bad, "/"), "BadOutputStartLine");
    }
    for (const std::string& bad :
         {""s, "/ "s, "/\r\n"s, "/\n"s, "/\0"s, "/\t"s, "/\x7f"s, "/\xc3"s}) {
      CHECK_EQUAL(request(profile, "GET", bad), "BadOutputStartLine");
    }
  }
  CHECK_EQUAL(request(Profile::kRfc, "GET", "/#"), "BadOutputStartLine");
  CHECK_EQUAL(request(Profile::kRfc, "OPTIONS", "*"), "OPTIONS * HTTP/1.1\r\n");
}

TEST(FieldsAreJudged) {
  CHECK_EQUAL(FieldLine(Profile::kRfc, "X-y_z.1", "a\tb \xc3"),
              "X-y_z.1: a\tb \xc3\r\n");
  CHECK_EQUAL(FieldLine(Profile::kRfc, "x", ""), "x: \r\n");
  CHECK_EQUAL(FieldLine(Profile::kDegu, "x-1", " a b "), "x-1:  a b \r\n");
  CHECK_EQUAL(FieldLine(Profile::kDegu, std::string(32, 'a'), "b"),
              std::string(32, 'a') + ": b\r\n");
  for (const std::string& bad : {" a"s, "a "s, "\ta"s, "a\t"s, " "s}) {
    CHECK_EQUAL(FieldLine(Profile::kRfc, "x", bad), "BadOutputField");
  }
  for (const std::string& bad : {""s, "a\tb"s, "\xc3"s}) {
    CHECK_EQUAL(FieldLine(Profile::kDegu, "x", bad), "BadOutputField");
  }
  for (const std::string& bad : {"X"s, "x_y"s, std::string(33, 'a')}) {
    CHECK_EQUAL(FieldLine(Profile::kDegu, bad, "a"), "BadOutputField");
  }
  for (const Profile profile : {Profile::kRfc, Profile::kDegu}) {
    for (const std::string& bad :
         {""s, "x:"s, "x "s, " x"s, "x\r\n"s, "x\0"s, "\xc3"s, "x\ny"s}) {
      CHECK_EQUAL(FieldLine(profile, bad, "a"), "BadOutputField");
    }
    // Every forbidden byte, at every place of values of all lengths.
    for (size_t size = 1; size < 80; ++size) {
      for (size_t at = 0; at < size; ++at) {
        for (const char bad : {'\0', '\r', '\n', '\x7f', '\x1f'}) {
          std::string value(size, 'v');
          value[at] = bad;
          CHECK_EQUAL(FieldLine(profile, "x", value), "BadOutputField");
        }
      }
      const std::string value(size, 'v');
      CHECK_EQUAL(FieldLine(profile, "x", value), "x: " + value + "\r\n");
    }
  }
}

TEST(ChunkLinesAreWritten) {
  for (const Profile profile : {Profile::kRfc, Profile::kDegu}) {
    CHECK_EQUAL(Chunk(0, "", "", profile), "0\r\n");
    CHECK_EQUAL(Chunk(31, "", "", profile), "1f\r\n");
    CHECK_EQUAL(Chunk(~uint64_t{0}, "", "", profile), "ffffffffffffffff\r\n");
    CHECK_EQUAL(Chunk(~uint64_t{0}, "", "", profile).size(),
                kMaxChunkSizeBytes);
    CHECK_EQUAL(Chunk(16, "k", "v", profile), "10;k=v\r\n");
    CHECK_EQUAL(Chunk(16, "k", "v", profile, 8), "10;k=v\r\n");
    CHECK_EQUAL(Chunk(16, "k", "v", profile, 7), "");
    CHECK_EQUAL(Chunk(1, "", "v", profile), "");
    for (const std::string& bad :
         {"\r"s, "\n"s, "k\r\n"s, "k "s, "\0"s, "k;"s, "k="s, "\xc3"s}) {
      CHECK_EQUAL(Chunk(1, bad, "v", profile), "");
    }
    for (const std::string& bad :
         {"\r"s, "\n"s, "v\r\n"s, "v "s, "\0"s, "="s, "\xc3"s}) {
      CHECK_EQUAL(Chunk(1, "k", bad, profile), "");
    }
  }
  CHECK_EQUAL(Chunk(1, "k", "", Profile::kRfc), "1;k\r\n");
  CHECK_EQUAL(Chunk(1, "k", "", Profile::kDegu), "");
  CHECK_EQUAL(Chunk(1, "k", "\"a b\\\"\"", Profile::kRfc),
              "1;k=\"a b\\\"\"\r\n");
  for (const char* bad :
       {"\"", "\"a", "\"a\"b\"", "\"a\\\"", "\"a\n\"", "\"\\\r\""}) {
    CHECK_EQUAL(Chunk(1, "k", bad, Profile::kRfc), "");
  }
  // What the decoder gives as one text goes out as it came.
  for (const char* text : {"a;b", "a=b;c", "a=\"b;\\\"c\"", "a=\"\";b=c"}) {
    CHECK_EQUAL(Chunk(1, text, "", Profile::kRfc),
                "1;" + std::string(text) + "\r\n");
    CHECK_EQUAL(Chunk(1, text, "", Profile::kDegu), "");
  }
  for (const char* bad :
       {";", "a;", ";a", "a=", "a=;b", "a;=b", "a b", "a=\"", "a=\"b",
        "a=\"b\\", "a=\"b\"c", "a;b\r\n", "a=\"\n\"", "a=\xc3"}) {
    CHECK_EQUAL_FOR(Chunk(1, bad, "", Profile::kRfc), "", bad);
  }
  CHECK_EQUAL(Chunk(1, "k", "a:b", Profile::kDegu), "1;k=a:b\r\n");
}

}  // namespace
