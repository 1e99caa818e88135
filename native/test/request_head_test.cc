// Fields, framing, connection and limits of requests, kRfc profile.
#include <string>
#include <string_view>

#include "expect_transcript.h"
#include "head_parser.h"
#include "test_case.h"

namespace {

using namespace std::string_literals;
using gudeg::test::CheckFaults;
using gudeg::test::Contains;
using gudeg::test::FaultOf;
using gudeg::test::TranscriptOf;

std::string Get(const std::string& fields, const std::string& version = "1.1") {
  return "GET / HTTP/" + version + "\r\nhost: a\r\n" + fields + "\r\n";
}

TEST(RequestFieldLines) {
  CheckFaults({
      {Get("x:\r\ny:a\r\nz: \t b c \t \r\n"), ""},
      {Get("x: caf\xc3\xa9\r\n"), ""},
      {Get("x: a\tb\r\n"), ""},
      {Get("x : a\r\n"), "BadFieldName"},
      {Get("x\t: a\r\n"), "BadFieldName"},
      {Get("host : a\r\n"), "BadFieldName"},
      {Get("x\xc3: a\r\n"), "BadFieldName"},
      {Get("x(: a\r\n"), "BadFieldName"},
      {Get(": a\r\n"), "BadFieldName"},
      {Get("x\r\n"), "BadFieldLine"},
      {Get(" x: a\r\n"), "ObsoleteFolding"},
      {Get("\tx: a\r\n"), "ObsoleteFolding"},
      {Get("x: a\r\n b\r\n"), "ObsoleteFolding"},
      {"GET / HTTP/1.1\r\n host: a\r\n\r\n", "ObsoleteFolding"},
      {Get("x: a\0b\r\n"s), "BadFieldValue"},
      {Get("x: a\x01\r\n"), "BadFieldValue"},
      {Get("x: a\x7f\r\n"), "BadFieldValue"},
      {Get("x: a\x0b\r\n"), "BadFieldValue"},
      {Get("x: a\rb\r\n"), "BareLineFeed"},
      {Get("x: a\r\r\n"), "BareLineFeed"},
      {Get("x: a\n"), "BareLineFeed"},
      {Get("x: a\ny: b\r\n"), "BareLineFeed"},
      {Get("x\n"), "BareLineFeed"},
      {Get("x\ry: b\r\n"), "BareLineFeed"},
      {Get("\n"), "BareLineFeed"},
      {"GET / HTTP/1.1\r\nhost: a\r\n\rx", "BareLineFeed"},
      {"GET / HTTP/1.1\r\nhost: a\r\n\n", "BareLineFeed"},
      {Get(std::string(70000, 'x') + ": a\r\n"), "HeadTooLarge"},
  });
  const std::string transcript =
      TranscriptOf(Get("X-Y: \t b c \t \r\nempty:\r\nblank:  \t\r\n"));
  CHECK(Contains(transcript, "field X-Y: \"b c\"\n"));
  CHECK(Contains(transcript, "field empty: \"\"\n"));
  CHECK(Contains(transcript, "field blank: \"\"\n"));
  CHECK_EQUAL(FaultOf(Get(std::string(70000, 'x') + ": a\r\n"),
                      "max_head_bytes=1000000"),
              "HeadTooLarge");
  CHECK_EQUAL(FaultOf(Get("x: " + std::string(70000, 'x') + "\r\n"),
                      "max_head_bytes=1000000"),
              "");
}

TEST(RequestHosts) {
  const auto host = [](const std::string& value) {
    return "GET / HTTP/1.1\r\nhost:" + value + "\r\n\r\n";
  };
  CheckFaults({
      {host(" a.example"), ""},
      {host(" a_b.example:80"), ""},
      {host(""), ""},
      {host(" a:"), ""},
      {host(" 127.0.0.1:65535"), ""},
      {host(" [::1]"), ""},
      {host(" [fe80::1%25eth0]:80"), ""},
      {host(" a%41"), ""},
      {host(" a%4"), "BadHost"},
      {host(" a%zz"), "BadHost"},
      {host(" a:b"), "BadHost"},
      {host(" a:65536"), "BadHost"},
      {host(" a:1:2"), "BadHost"},
      {host(" :80"), "BadHost"},
      {host(" [::1"), "BadHost"},
      {host(" []"), "BadHost"},
      {host(" [::1]a"), "BadHost"},
      {host(" [a/b]"), "BadHost"},
      {host(" a b"), "BadHost"},
      {host(" a/b"), "BadHost"},
      {host(" a@b"), "BadHost"},
      {host(" caf\xc3\xa9"), "BadHost"},
      {"GET / HTTP/1.1\r\n\r\n", "MissingHost"},
      {"GET / HTTP/1.1\r\nx: y\r\n\r\n", "MissingHost"},
      {"GET / HTTP/1.0\r\n\r\n", ""},
      {Get("Host: a\r\n"), "DuplicateHost"},
      {Get("HOST: b\r\n", "1.0"), "DuplicateHost"},
  });
}

TEST(RequestFraming) {
  const auto length = [](const std::string& value) {
    return Get("content-length: " + value + "\r\n");
  };
  const auto coding = [](const std::string& value) {
    return Get("transfer-encoding:" + value + "\r\n") + "0\r\n\r\n";
  };
  CheckFaults({
      {length("0"), ""},
      {length("000"), ""},
      {length("5") + "hello", ""},
      {length("0000000000000000005") + "hello", ""},
      {length(""), "BadContentLength"},
      {length("-1"), "BadContentLength"},
      {length("+1"), "BadContentLength"},
      {length("1 2"), "BadContentLength"},
      {length("5, 5"), "BadContentLength"},
      {length("0x5"), "BadContentLength"},
      {length("9007199254740991x"), "BadContentLength"},
      {length("9007199254740992"), "ContentLengthTooLarge"},
      {length("9999999999999999999"), "ContentLengthTooLarge"},
      {length("18446744073709551616"), "ContentLengthTooLarge"},
      {length("00000000000000000005"), "ContentLengthTooLarge"},
      {length("5\r\ncontent-length: 5"), "DuplicateContentLength"},
      {length("5\r\nContent-Length: 6"), "DuplicateContentLength"},
      {length("5\r\ntransfer-encoding: chunked"), "LengthAndTransferEncoding"},
      {coding(" chunked\r\ncontent-length: 5"), "LengthAndTransferEncoding"},
      {coding(" chunked"), ""},
      {coding("\tChUnKeD "), ""},
      {coding(""), "BadTransferEncoding"},
      {coding(" xchunked"), "BadTransferEncoding"},
      {coding(" chunke"), "BadTransferEncoding"},
      {coding(" chunked, chunked"), "BadTransferEncoding"},
      {coding(" chunked,"), "BadTransferEncoding"},
      {coding(" ,chunked"), "BadTransferEncoding"},
      {coding(" chunked, gzip"), "BadTransferEncoding"},
      {coding(" chunked;a=b"), "BadTransferEncoding"},
      {coding(" \"chunked\""), "BadTransferEncoding"},
      {coding(" chunked\r\ntransfer-encoding: chunked"), "BadTransferEncoding"},
      {coding(" chunked\r\ntransfer-encoding: identity"),
       "BadTransferEncoding"},
      {coding(" gzip, chunked"), "UnsupportedTransferEncoding"},
      {coding(" gzip"), "UnsupportedTransferEncoding"},
      {coding(" Identity"), "UnsupportedTransferEncoding"},
      {coding(" deflate\r\ntransfer-encoding: chunked"),
       "UnsupportedTransferEncoding"},
      {coding(" \x0b"
              "chunked"),
       "BadFieldValue"},
      {Get("transfer-encoding: chunked\r\n", "1.0"),
       "TransferEncodingInHttp10"},
      {length("5") + "hell", "TruncatedBody"},
  });
  CheckFaults({{length("11"), "ContentLengthTooLarge"}}, "max_body_bytes=10");
  CHECK(Contains(TranscriptOf(length("5") + "hello"),
                 "framing=length length=5 keep-alive\ndata \"hello\"\nend\n"));
}

TEST(RequestConnection) {
  const auto head = [](const std::string& fields,
                       const std::string& version = "1.1") {
    const std::string transcript = TranscriptOf(Get(fields, version));
    const size_t at = transcript.find("framing=none ") + 13;
    return transcript.substr(at, transcript.find('\n', at) - at);
  };
  CHECK_EQUAL(head(""), "keep-alive");
  CHECK_EQUAL(head("", "1.0"), "close");
  CHECK_EQUAL(head("connection: close\r\n"), "close");
  CHECK_EQUAL(head("connection: Close\r\n"), "close");
  CHECK_EQUAL(head("connection: foo, ,close\r\n"), "close");
  CHECK_EQUAL(head("connection: foo\r\nconnection: \tCLOSE ,\r\n"), "close");
  CHECK_EQUAL(head("connection: closed\r\n"), "keep-alive");
  CHECK_EQUAL(head("connection: keep-alive, close\r\n"), "close");
  CHECK_EQUAL(head("connection: keep-alive\r\n", "1.0"), "keep-alive");
  CHECK_EQUAL(head("connection: Keep-Alive, close\r\n", "1.0"), "close");
  CHECK_EQUAL(head("connection: upgrade\r\nupgrade: x\r\n"),
              "keep-alive upgrade");
  CHECK_EQUAL(head("upgrade: x\r\nconnection: keep-alive, Upgrade\r\n"),
              "keep-alive upgrade");
  CHECK_EQUAL(head("upgrade: x\r\n"), "keep-alive");
  CHECK_EQUAL(head("connection: upgrade\r\n"), "keep-alive");
  CHECK_EQUAL(head("connection: upgrade\r\nupgrade: x\r\n", "1.0"), "close");
}

TEST(RequestExpectations) {
  CHECK(Contains(TranscriptOf(Get("expect: 100-Continue\r\n")),
                 "keep-alive expects-continue\n"));
  CHECK(!Contains(TranscriptOf(Get("expect: 100-continue\r\n", "1.0")),
                  "expects-continue"));
  CHECK_EQUAL(FaultOf(Get("expect: 200-ok\r\n")), "UnsupportedExpectation");
  CHECK_EQUAL(FaultOf(Get("expect:\r\n")), "UnsupportedExpectation");
  CHECK_EQUAL(FaultOf(Get("expect: 200-ok\r\n", "1.0")), "");
}

TEST(RequestLimits) {
  const std::string line = "GET /" + std::string(11, 'x') + " HTTP/1.1";
  const std::string small = line + "\r\nhost: a\r\n\r\n";
  CHECK_EQUAL(line.size(), size_t{25});
  CHECK_EQUAL(FaultOf(small, "max_start_line_bytes=25"), "");
  for (int limit = 0; limit < 25; ++limit) {
    CHECK_EQUAL_FOR(
        FaultOf(small, "max_start_line_bytes=" + std::to_string(limit)),
        "TargetTooLong", std::to_string(limit));
  }
  const std::string bytes = std::to_string(small.size());
  CHECK_EQUAL(FaultOf(small, "max_head_bytes=" + bytes), "");
  CHECK_EQUAL(FaultOf(small + small, "max_head_bytes=" + bytes), "");
  for (size_t limit = 0; limit < small.size(); ++limit) {
    CHECK_EQUAL_FOR(FaultOf(small, "max_head_bytes=" + std::to_string(limit)),
                    "HeadTooLarge", std::to_string(limit));
  }
  CHECK_EQUAL(FaultOf(Get("x: y\r\n"), "max_header_count=2"), "");
  CHECK_EQUAL(FaultOf(Get("x: y\r\n"), "max_header_count=1"), "TooManyFields");
  CHECK_EQUAL(FaultOf(Get(""), "max_header_count=0"), "TooManyFields");
}

TEST(RequestsThatAreNotOver) {
  CHECK_EQUAL(TranscriptOf(""), "");
  CHECK_EQUAL(TranscriptOf("G"), "incomplete head\n");
  CHECK_EQUAL(TranscriptOf("GET / HTTP/1.1\r\nhost: a\r\n"),
              "incomplete head\n");
  CHECK_EQUAL(TranscriptOf("GET / HTTP/1.1\r\nhost: a\r\n\r"),
              "incomplete head\n");
  // A fault that is certain does not wait for the rest.
  CHECK_EQUAL(FaultOf("GET / HTTP/1.1\r\nhost: a\0"s), "BadFieldValue");
  CHECK_EQUAL(FaultOf("GET /\x80"), "BadTarget");
  CHECK_EQUAL(FaultOf("GET / HTTP/3"), "");
}

TEST(RequestsInARow) {
  const std::string transcript =
      TranscriptOf(Get("content-length: 2\r\n") + "hi" + Get("") + "GET");
  CHECK(Contains(transcript, "data \"hi\"\nend\nrequest GET \"/\" origin\n"));
  CHECK_EQUAL(gudeg::test::LastLine(transcript), "incomplete head");
}

TEST(RequestParserStaysAtItsResult) {
  using namespace gudeg::engine;
  const std::string text = Get("");
  const uint8_t* const data = reinterpret_cast<const uint8_t*>(text.data());
  FieldSlice fields[100];
  const Limits limits;
  RequestHeadParser parser;
  CHECK(parser.Parse(data, text.size(), limits, fields) == Progress::kDone);
  CHECK(parser.Parse(data, text.size(), limits, fields) == Progress::kDone);
  CHECK_EQUAL(parser.head().head_bytes, uint32_t(text.size()));
  CHECK(parser.head().method == Method::kGET);
  parser.Reset();
  CHECK(parser.Parse(data, 3, limits, fields) == Progress::kNeedMore);
  RequestHeadParser copy = parser;
  CHECK(copy.Parse(data, text.size(), limits, fields) == Progress::kDone);
  CHECK(parser.Parse(data, 0, limits, fields) == Progress::kNeedMore);
  parser.Reset();
  const uint8_t bad[] = {'\n'};
  CHECK(parser.Parse(bad, 1, limits, fields) == Progress::kFault);
  CHECK(parser.Parse(data, text.size(), limits, fields) == Progress::kFault);
  CHECK(parser.fault() == Fault::kBareLineFeed);
}

}  // namespace
