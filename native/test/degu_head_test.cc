// Both head parsers, kDegu profile.
#include <string>

#include "expect_transcript.h"
#include "test_case.h"

namespace {

using namespace std::string_literals;
using gudeg::test::Contains;
using gudeg::test::Escape;
using gudeg::test::FaultOf;
using gudeg::test::TranscriptOf;

const std::string kRequest = "profile=degu";
const std::string kResponse = "profile=degu type=response";

std::string FaultOfLine(const std::string& line) {
  return FaultOf(line + "\r\n\r\n", kRequest);
}

std::string FaultOfTarget(const std::string& target) {
  return FaultOfLine("GET " + target + " HTTP/1.1");
}

std::string FaultOfFields(const std::string& fields,
                          const std::string& line = "PUT / HTTP/1.1") {
  return FaultOf(line + "\r\n" + fields + "\r\n\r\n", kRequest);
}

TEST(DeguRequests) {
  CHECK_EQUAL(TranscriptOf("PUT /a/b?c HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi",
                           kRequest),
              "request PUT \"/a/b?c\" origin\n"
              "field Content-Length: \"2\"\n"
              "head version=1.1 bytes=42 framing=length length=2 keep-alive\n"
              "data \"hi\"\n"
              "end\n");
  CHECK(Contains(TranscriptOf("GET / HTTP/1.1\r\nconnection: close\r\n"
                              "upgrade: x\r\nexpect: y\r\n\r\n",
                              kRequest),
                 "framing=none keep-alive\nend\n"));
}

TEST(DeguRequestLines) {
  CHECK_EQUAL(FaultOfLine("GET / HTTP/1.1"), "");
  CHECK_EQUAL(FaultOfLine("GET/ HTTP/1.1"), "BadRequestLine");
  CHECK_EQUAL(FaultOfLine("GET foo HTTP/1.1"), "BadRequestLine");
  CHECK_EQUAL(FaultOfLine("GET * HTTP/1.1"), "BadRequestLine");
  CHECK_EQUAL(FaultOfLine("GET http://a/ HTTP/1.1"), "BadRequestLine");
  CHECK_EQUAL(FaultOfLine("OPTIONS / HTTP/1.1"), "UnsupportedMethod");
  CHECK_EQUAL(FaultOfLine("get / HTTP/1.1"), "UnsupportedMethod");
  CHECK_EQUAL(FaultOfLine(" GET / HTTP/1.1"), "BadMethod");
  CHECK_EQUAL(FaultOfLine("GET / HTTP/2.0"), "UnsupportedVersion");
  CHECK_EQUAL(FaultOfLine("GET / HTTP/1.0"), "UnsupportedVersion");
  CHECK_EQUAL(FaultOfLine("GET / http/1.1"), "BadVersion");
  CHECK_EQUAL(FaultOf("\r\nGET / HTTP/1.1\r\n\r\n", kRequest),
              "BadRequestLine");
  CHECK_EQUAL(FaultOf("\r\n\r\n", kRequest), "EmptyHead");
  CHECK_EQUAL(TranscriptOf("GET / HTTP/1.1\n\n", kRequest),
              "incomplete head\n");
}

TEST(DeguTargets) {
  for (const char* good :
       {"/", "/foo", "/foo/", "/foo/bar/", "/?", "/?a", "/foo?k=%20v&x",
        "/a+b:c~_.-", "/.", "/...", "/..a", "/a..", "/foo?.."}) {
    CHECK_EQUAL_FOR(FaultOfTarget(good), "", good);
  }
  for (const std::string& bad :
       {"//"s,         "//foo"s,    "/foo//bar"s,    "/foo//"s,  "/??"s,
        "/foo?k=v?x"s, "/foo?a/b"s, "/.."s,          "/foo/.."s, "/foo/../bar"s,
        "/..?x"s,      "/../"s,     "/foo=bar"s,     "/%41"s,    "/foo#f"s,
        "/foo;v"s,     "/a,b"s,     "/caf\xc3\xa9"s, "/it's"s,   "/$"s,
        "/\\"s,        "/\0"s,      "/a b"s,         "/ "s,      "/?#"s}) {
    CHECK_EQUAL_FOR(FaultOfTarget(bad), "BadTarget", bad);
  }
}

TEST(DeguFieldLines) {
  for (const std::string& good :
       {"foo: bar"s, "f: b"s, "-: -"s, "foo:  bar"s, "foo: bar "s,
        "foo: \"q\" (c) <x>; a=b, [1] *%&+.:_~/?'"s, "host: a"s,
        "foo: a: b"s}) {
    CHECK_EQUAL_FOR(FaultOfFields(good), "", good);
  }
  for (const std::string& bad :
       {"foo:bar"s, "foo:"s, "foo"s, "f:b"s, "f: "s, " baz"s, "foo:\tbar"s}) {
    CHECK_EQUAL_FOR(FaultOfFields(bad), "BadFieldLine", bad);
  }
  for (const std::string& bad :
       {" foo: bar"s, "foo.bar: a"s, "foo\0: bar"s, ": bar"s, "foo_bar: a"s,
        "foo:bar: a"s, std::string(33, 'A') + ": b"}) {
    CHECK_EQUAL_FOR(FaultOfFields(bad), "BadFieldName", bad);
  }
  CHECK_EQUAL(FaultOfFields(std::string(32, 'A') + ": b"), "");
  for (const std::string& bad :
       {"foo: "s, "foo: bar\nx: y"s, "foo: b\tr"s, "foo: caf\xc3\xa9"s,
        "foo: a#b"s, "foo: a!b"s, "foo: a|b"s, "foo: a`b"s, "foo: a\rb"s,
        "foo: $"s, "foo: @"s, "foo: \\"s, "foo: ^"s, "foo: {}"s}) {
    CHECK_EQUAL_FOR(FaultOfFields(bad), "BadFieldValue", bad);
  }
}

TEST(DeguNeverTakesANameTwice) {
  CHECK_EQUAL(FaultOfFields("foo: one\r\nFOO: one"), "DuplicateField");
  CHECK_EQUAL(FaultOfFields("content-type: a\r\ncontent-type: a"),
              "DuplicateField");
  CHECK_EQUAL(FaultOfFields("content-length: 1\r\nContent-Length: 1"),
              "DuplicateContentLength");
  CHECK_EQUAL(FaultOfFields("host: a\r\nhost: a"), "DuplicateHost");
  CHECK_EQUAL(FaultOfFields("transfer-encoding: chunked\r\n"
                            "transfer-encoding: chunked"),
              "DuplicateField");
  // Also among very many, in the first, the middle and the last.
  std::string many = "h0: v";
  for (int i = 1; i < 1000; ++i) many += "\r\nh" + std::to_string(i) + ": v";
  const auto with = [&](const std::string& line) {
    return FaultOf("PUT / HTTP/1.1\r\n" + many + line + "\r\n\r\n",
                   kRequest + " max_header_count=5000");
  };
  CHECK_EQUAL(with(""), "");
  CHECK_EQUAL(with("\r\nhost: a"), "");
  CHECK_EQUAL(with("\r\nH0: x"), "DuplicateField");
  CHECK_EQUAL(with("\r\nh47: x"), "DuplicateField");
  CHECK_EQUAL(with("\r\nh48: x"), "DuplicateField");
  CHECK_EQUAL(with("\r\nh999: x"), "DuplicateField");
  CHECK_EQUAL(FaultOf("PUT / HTTP/1.1\r\n" + many + "\r\n\r\n", kRequest),
              "TooManyFields");
}

TEST(DeguSteeringFields) {
  CHECK_EQUAL(FaultOfFields("content-length: 017"), "BadContentLength");
  CHECK_EQUAL(FaultOfFields("content-length:  1"), "BadContentLength");
  CHECK_EQUAL(FaultOfFields("content-length: 99999999999999999"),
              "BadContentLength");
  CHECK_EQUAL(FaultOfFields("content-length: 9007199254740992"),
              "ContentLengthTooLarge");
  CHECK_EQUAL(FaultOfFields("transfer-encoding: gzip, chunked"),
              "BadTransferEncoding");
  CHECK_EQUAL(FaultOfFields("transfer-encoding: Chunked"),
              "BadTransferEncoding");
  CHECK_EQUAL(FaultOfFields("content-length: 5\r\ntransfer-encoding: chunked"),
              "LengthAndTransferEncoding");
  CHECK_EQUAL(FaultOfFields("range: bytes=0-"), "BadRange");
  CHECK_EQUAL(FaultOfFields("range: bytes=0-1"), "");
  CHECK_EQUAL(FaultOfFields("range: bytes=0-1\r\ncontent-length: 2"),
              "RangeWithBody");
  CHECK_EQUAL(FaultOfFields("range: bytes=0-1\r\ntransfer-encoding: chunked"),
              "RangeWithBody");
  CHECK_EQUAL(FaultOfFields("content-range: bytes 0-1/5"), "MisplacedRange");
  CHECK_EQUAL(FaultOfFields("content-range: bytes 0-1/*"), "BadContentRange");
  for (const char* method : {"GET", "HEAD", "DELETE"}) {
    CHECK_EQUAL(FaultOfFields("content-length: 0", method + " / HTTP/1.1"s),
                "BodyNotAllowed");
  }
  CHECK_EQUAL(FaultOf("PUT / HTTP/1.1\r\ncontent-length: 11\r\n\r\n",
                      kRequest + " max_body_bytes=10"),
              "ContentLengthTooLarge");
}

TEST(DeguPreambleMayFillItsLimit) {
  const std::string start = "GET / HTTP/1.1\r\nx: ";
  const size_t room = 32768 - start.size() - 4;
  CHECK_EQUAL(FaultOf(start + std::string(room, 'a') + "\r\n\r\n", kRequest),
              "");
  CHECK_EQUAL(
      FaultOf(start + std::string(room + 1, 'a') + "\r\n\r\n", kRequest),
      "HeadTooLarge");
  for (int limit = 0; limit < 30; ++limit) {
    const std::string options =
        kRequest + " max_head_bytes=" + std::to_string(limit);
    CHECK_EQUAL_FOR(FaultOf("GET / HTTP/1.1\r\nfoo: bar\r\n\r\n", options),
                    limit < 28 ? "HeadTooLarge" : "", options);
  }
  CHECK_EQUAL(
      FaultOf("GET / HTTP/1.1\r\n\r\n", kRequest + " max_start_line_bytes=13"),
      "TargetTooLong");
}

TEST(DeguResponses) {
  const auto line = [](const std::string& text) {
    const std::string transcript = TranscriptOf(text + "\r\n\r\n", kResponse);
    return transcript.substr(0, transcript.find('\n'));
  };
  CHECK_EQUAL(line("HTTP/1.1 200 OK"), "response 200 \"OK\"");
  CHECK_EQUAL(line("HTTP/1.1 200  OK"), "response 200 \" OK\"");
  CHECK_EQUAL(line("HTTP/1.1 204 "), "fault BadStatusLine 400");
  CHECK_EQUAL(line("HTTP/1.1 200 O"), "fault BadStatusLine 400");
  CHECK_EQUAL(line("HTTP/1.1 2000 OK"), "fault BadStatusLine 400");
  CHECK_EQUAL(line("HTTP/1.0 200 OK"), "fault BadStatusLine 400");
  CHECK_EQUAL(line("HTTP/1.1\t200 OK"), "fault BadStatusLine 400");
  CHECK_EQUAL(line("HTTP/1.1 600 Over"), "fault BadStatus 400");
  CHECK_EQUAL(line("HTTP/1.1 099 Under"), "fault BadStatus 400");
  CHECK_EQUAL(line("HTTP/1.1 20A OK"), "fault BadStatus 400");
  CHECK_EQUAL(line("HTTP/1.1 418 I'm a teapot"), "fault BadReason 400");
  const auto framing = [](const std::string& fields,
                          const std::string& options = "") {
    const std::string all = kResponse + " close=no " + options;
    const std::string text =
        "HTTP/1.1 304 Not Modified\r\n" + fields + "\r\n\r\n";
    const std::string transcript = TranscriptOf(text, all);
    const size_t at = transcript.find("framing=");
    if (at == std::string::npos) return FaultOf(text, all);
    return transcript.substr(at + 8, transcript.find('\n', at) - at - 8);
  };
  CHECK_EQUAL(framing("x: yy"), "none keep-alive");
  CHECK_EQUAL(framing("content-length: 12"), "length length=12 keep-alive");
  CHECK_EQUAL(framing("transfer-encoding: chunked"), "chunked keep-alive");
  CHECK_EQUAL(framing("content-length: 12", "method=HEAD"),
              "none length=12 keep-alive");
  CHECK_EQUAL(framing("range: bytes=0-1"), "MisplacedRange");
  CHECK_EQUAL(framing("content-range: bytes 0-1/5\r\ncontent-length: 2"),
              "length length=2 keep-alive");
  CHECK_EQUAL(FaultOf("HTTP/1.1 200 OK\r\n\r\n",
                      kResponse + " max_start_line_bytes=14"),
              "HeadTooLarge");
}

}  // namespace
