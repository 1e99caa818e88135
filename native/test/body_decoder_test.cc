#include "body_decoder.h"

#include <limits>
#include <string>
#include <vector>

#include "expect_transcript.h"
#include "test_case.h"

namespace {

using namespace std::string_literals;
using gudeg::test::Contains;
using gudeg::test::Escape;
using gudeg::test::FaultOf;
using gudeg::test::TranscriptOf;

const std::string kHead =
    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
const std::string kDeguHead =
    "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";

// What is said about a chunked body, without the head.
std::string Chunked(const std::string& body, const std::string& options = "") {
  const std::string transcript = TranscriptOf(kHead + body, options);
  const size_t at = transcript.find("keep-alive\n");
  return at == std::string::npos ? transcript : transcript.substr(at + 11);
}

std::string Degu(const std::string& body, const std::string& options = "") {
  const std::string transcript =
      TranscriptOf(kDeguHead + body, "profile=degu " + options);
  return transcript.substr(transcript.find("keep-alive\n") + 11);
}

std::string ChunkFault(const std::string& body,
                       const std::string& options = "") {
  return FaultOf(kHead + body, options);
}

std::string DeguFault(const std::string& body,
                      const std::string& options = "") {
  return FaultOf(kDeguHead + body, "profile=degu " + options);
}

TEST(ChunksKeepTheirBounds) {
  const std::string text = "5\r\nhello\r\nA;foo=bar\r\n0123456789\r\n0\r\n\r\n";
  const std::string expected =
      "chunk 5\ndata \"hello\"\nchunk-end\n"
      "chunk 10 \"foo\" = \"bar\"\ndata \"0123456789\"\nchunk-end\n"
      "chunk 0\nend\n";
  CHECK_EQUAL(Chunked(text), expected);
  CHECK_EQUAL(Degu(text), expected);
}

TEST(ChunkSizes) {
  CHECK_EQUAL(ChunkFault("0\r\n\r\n"), "");
  CHECK_EQUAL(ChunkFault("0000000000000000\r\n\r\n"), "");
  CHECK_EQUAL(ChunkFault("005\r\nhello\r\n0\r\n\r\n"), "");
  for (const char* bad :
       {"\r\n", ";a=b\r\n", " 5\r\n", "-5\r\n", "+5\r\n", "0x5\r\n", "5 \r\n",
        "5\t\r\n", "5,\r\n", "g\r\n", "5_0\r\n", "\x80\r\n"}) {
    CHECK_EQUAL_FOR(ChunkFault(bad), "BadChunkSize", bad);
  }
  CHECK_EQUAL(ChunkFault("5\n"), "BareLineFeed");
  CHECK_EQUAL(ChunkFault("\n"), "BareLineFeed");
  CHECK_EQUAL(ChunkFault("5\r5"), "BareLineFeed");
  CHECK_EQUAL(ChunkFault("5\r\r\n"), "BareLineFeed");
  CHECK_EQUAL(ChunkFault("1000001\r\n"), "ChunkTooLarge");
  CHECK_EQUAL(ChunkFault("ffffffffffffffff\r\n"), "ChunkTooLarge");
  CHECK_EQUAL(ChunkFault("10000000000000000\r\n"), "ChunkTooLarge");
  CHECK_EQUAL(ChunkFault("100000005\r\n"), "ChunkTooLarge");
  CHECK_EQUAL(ChunkFault("b\r\n", "max_chunk_bytes=10"), "ChunkTooLarge");
  CHECK_EQUAL(ChunkFault("a\r\n0123456789\r\n1\r\n", "max_body_bytes=10"),
              "BodyTooLarge");
  CHECK_EQUAL(ChunkFault("a\r\n0123456789\r\n0\r\n\r\n", "max_body_bytes=10"),
              "");
  CHECK_EQUAL(ChunkFault("b\r\n", "max_body_bytes=10"), "BodyTooLarge");
}

TEST(ChunkExtensions) {
  const auto extension = [](const std::string& text) {
    const std::string said = Chunked("0" + text + "\r\n\r\n");
    return said.substr(0, said.find('\n'));
  };
  CHECK_EQUAL(extension(";a"), "chunk 0 \"a\"");
  CHECK_EQUAL(extension(";a=b"), "chunk 0 \"a\" = \"b\"");
  CHECK_EQUAL(extension(" \t; a \t=  b"), "chunk 0 \"a\" = \"b\"");
  CHECK_EQUAL(extension(";a=b;c"), "chunk 0 \"a=b;c\"");
  CHECK_EQUAL(extension(";a;b=c"), "chunk 0 \"a;b=c\"");
  CHECK_EQUAL(extension("; a = b ; c = d"), "chunk 0 \"a=b;c=d\"");
  CHECK_EQUAL(extension("; a = \"b = \\\" ; \" ; c"),
              "chunk 0 \"a=\"b = \\\\\" ; \";c\"");
  CHECK_EQUAL(extension(";a=\"b\""), "chunk 0 \"a=\"b\"\"");
  CHECK_EQUAL(extension(";a=\"\""), "chunk 0 \"a=\"\"\"");
  CHECK_EQUAL(extension(";a=\"; \\\"\\\\\t\xc3\""),
              "chunk 0 \"a=\"; \\\\\"\\\\\\\\\\t\\xc3\"\"");
  for (const std::string& bad :
       {";"s,         ";;a"s,     ";=b"s,     ";a="s,         ";a=;b"s,
        ";a b"s,      ";a=b c"s,  ";a=\"b"s,  ";a=\"b\"c"s,   ";a=b\"c\""s,
        ";a(b"s,      ";\xc3=b"s, ";a=\xc3"s, ";a=\"\x01\""s, ";a=\"\\\x01\""s,
        ";a=\"\0\""s, ";a "s,     ";a=b "s,   ";a\x01"s,      ";a=b/c"s}) {
    CHECK_EQUAL_FOR(ChunkFault("0" + bad + "\r\n\r\n"), "BadChunkExtension",
                    Escape(bad));
  }
  CHECK_EQUAL(ChunkFault("0;a\n"), "BareLineFeed");
  CHECK_EQUAL(ChunkFault("0;a=\"b\n\"\r\n"), "BareLineFeed");
  CHECK_EQUAL(ChunkFault("0;a=\"b\r\"\r\n"), "BareLineFeed");
  CHECK_EQUAL(ChunkFault("0;a=b\rc\r\n"), "BareLineFeed");
}

TEST(ChunkLinesHaveALimit) {
  const std::string options = "max_chunk_line_bytes=10";
  CHECK_EQUAL(ChunkFault("0;a=bcde\r\n\r\n", options), "");
  CHECK_EQUAL(ChunkFault("0;a=bcdef\r\n\r\n", options), "ChunkLineTooLong");
  CHECK_EQUAL(DeguFault("0;a=bcde\r\n\r\n", options), "");
  CHECK_EQUAL(DeguFault("0;a=bcdef\r\n\r\n", options), "ChunkLineTooLong");
  const std::string line = "0;k=" + std::string(4090, 'v') + "\r\n";
  CHECK_EQUAL(line.size(), size_t{4096});
  CHECK_EQUAL(DeguFault(line + "\r\n"), "");
  CHECK_EQUAL(DeguFault("0;k=" + std::string(4091, 'v') + "\r\n\r\n"),
              "ChunkLineTooLong");
}

TEST(ChunkExtensionsOfABodyHaveALimit) {
  const std::string options = "max_chunk_extension_bytes=10";
  const auto body = [](const std::string& extension) {
    return "1;a=bc\r\nx\r\n0" + extension + "\r\n\r\n";
  };
  CHECK_EQUAL(ChunkFault(body(";d=ef"), options), "");
  CHECK_EQUAL(ChunkFault(body("; d=ef"), options), "ChunkExtensionsTooLarge");
  CHECK_EQUAL(DeguFault(body(";d=ef"), options), "");
  CHECK_EQUAL(DeguFault(body(";d=efg"), options), "ChunkExtensionsTooLarge");
}

TEST(ChunkEnds) {
  CHECK_EQUAL(ChunkFault("5\r\nhello\n0\r\n\r\n"), "BadChunkEnd");
  CHECK_EQUAL(ChunkFault("5\r\nhello\rx"), "BadChunkEnd");
  CHECK_EQUAL(ChunkFault("5\r\nhelloo\r\n"), "BadChunkEnd");
  CHECK_EQUAL(ChunkFault("5\r\nhell\r\n0\r\n\r\n"), "BadChunkEnd");
  CHECK_EQUAL(ChunkFault("5\r\nhell"), "TruncatedBody");
  CHECK_EQUAL(ChunkFault("5\r\nhello\r\n"), "TruncatedBody");
  CHECK_EQUAL(ChunkFault("0\r\n"), "TruncatedBody");
  CHECK_EQUAL(ChunkFault(""), "TruncatedBody");
}

TEST(Trailers) {
  CHECK_EQUAL(Chunked("0\r\nX-Sum: abc \r\ny:\r\n\r\n"),
              "chunk 0\ntrailer X-Sum: \"abc\"\ntrailer y: \"\"\nend\n");
  for (const char* name :
       {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect",
        "Upgrade", "TE", "Trailer", "Range", "Content-Range", "Keep-Alive",
        "Authorization", "Content-Encoding", "Content-Type", "Set-Cookie"}) {
    CHECK_EQUAL_FOR(ChunkFault("0\r\n"s + name + ": a\r\n\r\n"), "BadTrailer",
                    name);
  }
  CHECK_EQUAL(ChunkFault("0\r\nx : a\r\n\r\n"), "BadFieldName");
  CHECK_EQUAL(ChunkFault("0\r\n x: a\r\n\r\n"), "ObsoleteFolding");
  CHECK_EQUAL(ChunkFault("0\r\nx\r\n\r\n"), "BadFieldLine");
  CHECK_EQUAL(ChunkFault("0\r\nx: \0\r\n\r\n"s), "BadFieldValue");
  CHECK_EQUAL(ChunkFault("0\r\nx: a\n\r\n"), "BareLineFeed");
  CHECK_EQUAL(ChunkFault("0\r\n\n"), "BareLineFeed");
  CHECK_EQUAL(ChunkFault("0\r\nx: a\r\ny: b\r\n\r\n", "max_header_count=2"),
              "");
  CHECK_EQUAL(
      ChunkFault("0\r\nx: a\r\ny: b\r\nz: c\r\n\r\n", "max_header_count=2"),
      "TooManyFields");
  for (int limit = 0; limit < 8; ++limit) {
    CHECK_EQUAL_FOR(ChunkFault("0\r\nx: a\r\n\r\n",
                               "max_trailer_bytes=" + std::to_string(limit)),
                    "TrailerTooLarge", std::to_string(limit));
  }
  CHECK_EQUAL(ChunkFault("0\r\nx: a\r\n\r\n", "max_trailer_bytes=8"), "");
}

TEST(DeguChunks) {
  CHECK_EQUAL(Degu("0;k=v\r\n\r\n"), "chunk 0 \"k\" = \"v\"\nend\n");
  CHECK_EQUAL(Degu("0;k=\"v\"\r\n\r\n"), "chunk 0 \"k\" = \"\"v\"\"\nend\n");
  CHECK_EQUAL(Degu("0;k='()*,;<>[]\r\n\r\n"),
              "chunk 0 \"k\" = \"'()*,;<>[]\"\nend\n");
  for (const char* bad : {"00", "", ";k=v", "5 ;k=v", "05", "10000000", "0x1",
                          "5,k=v", " 5", "5\n"}) {
    CHECK_EQUAL_FOR(DeguFault(bad + "\r\n\r\n"s), "BadChunkSize", bad);
  }
  for (const char* bad :
       {"0;", "0;k", "0;k=", "0;=v", "0;k= v", "0;a=b;c=d", "0;k=v%20",
        "0;k\xc3=v", "0;k_=v", "0;k=v/", "0; k=v", "0;k=v\n"}) {
    CHECK_EQUAL_FOR(DeguFault(bad + "\r\n\r\n"s), "BadChunkExtension", bad);
  }
  CHECK_EQUAL(DeguFault("1000001\r\n"), "ChunkTooLarge");
  CHECK_EQUAL(DeguFault("1000000\r\n"), "TruncatedBody");
  CHECK_EQUAL(DeguFault("ffffff\r\n"), "TruncatedBody");
  CHECK_EQUAL(DeguFault("0\r\nx: yy\r\n\r\n"), "BadChunkEnd");
  CHECK_EQUAL(DeguFault("5\r\nhello\n\n0\r\n\r\n"), "BadChunkEnd");
}

TEST(DecoderCountsAndStops) {
  using namespace gudeg::engine;
  const Limits limits;
  BodyDecoder decoder;
  CHECK(decoder.done());
  decoder.Start(Framing::kLength, 10);
  const uint8_t bytes[] = "0123456789abc";
  BodyDecoder::Result result = decoder.Next(bytes, 13, 4, limits, nullptr);
  CHECK(result.step == BodyDecoder::Step::kData);
  CHECK_EQUAL(result.size, size_t{4});
  CHECK_EQUAL(decoder.remaining(), uint64_t{6});
  result = decoder.Next(bytes, 0, 4, limits, nullptr);
  CHECK(result.step == BodyDecoder::Step::kNeedMore);
  result = decoder.Next(bytes, 13, 0, limits, nullptr);
  CHECK(result.step == BodyDecoder::Step::kNeedMore);
  result = decoder.Next(bytes, 13, 100, limits, nullptr);
  CHECK_EQUAL(result.size, size_t{6});
  CHECK_EQUAL(decoder.received(), uint64_t{10});
  CHECK(decoder.done());
  result = decoder.Next(bytes, 13, 100, limits, nullptr);
  CHECK(result.step == BodyDecoder::Step::kEnd && result.consumed == 0);
  CHECK(decoder.CloseInput());

  decoder.Start(Framing::kLength, std::numeric_limits<uint64_t>::max());
  result = decoder.Next(bytes, 13, 100, limits, nullptr);
  CHECK_EQUAL(result.size, size_t{13});
  CHECK(!decoder.CloseInput());
  CHECK(decoder.fault() == Fault::kTruncatedBody);
  CHECK(decoder.Next(bytes, 1, 1, limits, nullptr).step ==
        BodyDecoder::Step::kFault);
  CHECK(!decoder.CloseInput());

  decoder.Start(Framing::kNone, 0);
  CHECK(decoder.done() && decoder.CloseInput());
}

TEST(WhatIsCertainlyContent) {
  using gudeg::engine::BodyDecoder;
  using gudeg::engine::FieldSlice;
  using gudeg::engine::Framing;
  const gudeg::engine::Limits limits;
  std::vector<FieldSlice> fields(limits.max_header_count);
  const auto take = [&](BodyDecoder* decoder, const std::string& text) {
    return decoder
        ->Next(reinterpret_cast<const uint8_t*>(text.data()), text.size(),
               text.size(), limits, fields.data())
        .step;
  };
  BodyDecoder decoder;
  CHECK_EQUAL(decoder.Certain(9), size_t{0});
  decoder.Start(Framing::kLength, 5);
  CHECK_EQUAL(decoder.Certain(3), size_t{3});
  CHECK_EQUAL(decoder.Certain(9), size_t{5});
  take(&decoder, "ab");
  CHECK_EQUAL(decoder.Certain(9), size_t{3});
  take(&decoder, "cde");
  CHECK_EQUAL(decoder.Certain(9), size_t{0});
  decoder.Start(Framing::kChunked, 0);
  CHECK_EQUAL(decoder.Certain(9), size_t{0});
  take(&decoder, "4\r\n");
  CHECK_EQUAL(decoder.Certain(9), size_t{4});
  take(&decoder, "abcd");
  CHECK_EQUAL(decoder.Certain(9), size_t{0});
  decoder.Start(Framing::kUntilClose, 0);
  CHECK_EQUAL(decoder.Certain(9), size_t{0});
}

}  // namespace
