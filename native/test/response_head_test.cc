// ResponseHeadParser, kRfc profile.
#include <string>

#include "expect_transcript.h"
#include "test_case.h"

namespace {

using gudeg::test::Contains;
using gudeg::test::Escape;
using gudeg::test::FaultOf;
using gudeg::test::TranscriptOf;

std::string Ok(const std::string& fields, const std::string& body = "",
               const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\n" + fields + "\r\n" + body;
}

// "<framing> <rest of the head line>", or the fault.
std::string Head(const std::string& text, const std::string& options = "") {
  const std::string all = "type=response " + options;
  const std::string transcript = TranscriptOf(text, all);
  const size_t at = transcript.find("framing=");
  if (at == std::string::npos) return FaultOf(text, all);
  return transcript.substr(at + 8, transcript.find('\n', at) - at - 8);
}

TEST(StatusLines) {
  const auto line = [](const std::string& text) {
    const std::string transcript =
        TranscriptOf(text + "\r\ncontent-length: 0\r\n\r\n", "type=response");
    return transcript.substr(0, transcript.find('\n'));
  };
  CHECK_EQUAL(line("HTTP/1.1 200 OK"), "response 200 \"OK\"");
  CHECK_EQUAL(line("HTTP/1.0 404 Not Found"), "response 404 \"Not Found\"");
  CHECK_EQUAL(line("HTTP/1.1 200 "), "response 200 \"\"");
  CHECK_EQUAL(line("HTTP/1.1 200"), "response 200 \"\"");
  CHECK_EQUAL(line("HTTP/1.1 200  OK "), "response 200 \" OK \"");
  CHECK_EQUAL(line("HTTP/1.1 418 I'm a teapot\t\xc3\xa9"),
              "response 418 \"I'm a teapot\\t\\xc3\\xa9\"");
  CHECK_EQUAL(line("HTTP/1.1 099 X"), "fault BadStatus 400");
  CHECK_EQUAL(line("HTTP/1.1 600 X"), "fault BadStatus 400");
  CHECK_EQUAL(line("HTTP/1.1 20 X"), "fault BadStatus 400");
  CHECK_EQUAL(line("HTTP/1.1 2000 X"), "fault BadStatus 400");
  CHECK_EQUAL(line("HTTP/1.1 20A X"), "fault BadStatus 400");
  CHECK_EQUAL(line("HTTP/1.1  200 X"), "fault BadStatus 400");
  CHECK_EQUAL(line("HTTP/1.1"), "fault BadStatusLine 400");
  CHECK_EQUAL(line("HTTP/1.1\t200 X"), "fault BadStatusLine 400");
  CHECK_EQUAL(line("http/1.1 200 X"), "fault BadStatusLine 400");
  CHECK_EQUAL(line("\r\nHTTP/1.1 200 X"), "fault BadStatusLine 400");
  CHECK_EQUAL(line("HTTP/2.0 200 X"), "fault UnsupportedVersion 505");
  CHECK_EQUAL(line("HTTP/1.1 200 a\x01z"), "fault BadReason 400");
  CHECK_EQUAL(line("HTTP/1.1 200 a\x7f"), "fault BadReason 400");
  CHECK_EQUAL(line("HTTP/1.1 200 a\rb"), "fault BareLineFeed 400");
  CHECK_EQUAL(line("HTTP/1.1 200 OK\nx: y"), "fault BareLineFeed 400");
  CHECK_EQUAL(line("HTTP/1.1 200\nx: y"), "fault BareLineFeed 400");
  CHECK_EQUAL(line("HTTP/1.1\n"), "fault BareLineFeed 400");
}

TEST(ResponseFraming) {
  CHECK_EQUAL(Head(Ok("content-length: 2\r\n", "hi")),
              "length length=2 keep-alive");
  CHECK_EQUAL(Head(Ok("transfer-encoding: chunked\r\n", "0\r\n\r\n")),
              "chunked keep-alive");
  CHECK_EQUAL(Head(Ok("", "hi")), "until-close close");
  CHECK_EQUAL(Head(Ok("connection: keep-alive\r\n", "hi")),
              "until-close close");
  CHECK_EQUAL(Head(Ok("content-length: 2\r\nconnection: close\r\n", "hi")),
              "length length=2 close");
  CHECK_EQUAL(Head(Ok("content-length: 2\r\n"), "method=HEAD"),
              "none length=2 keep-alive");
  CHECK_EQUAL(Head(Ok("transfer-encoding: chunked\r\n"), "method=HEAD"),
              "none keep-alive");
  CHECK_EQUAL(Head(Ok("content-length: 2\r\n", "", "304 Not Modified")),
              "none length=2 keep-alive");
  CHECK_EQUAL(Head(Ok("", "", "204 No Content")), "none keep-alive");
  CHECK_EQUAL(Head(Ok("", "", "100 Continue")), "none keep-alive");
  CHECK_EQUAL(
      Head(Ok("connection: upgrade\r\nupgrade: x\r\n", "", "101 Switching")),
      "none keep-alive upgrade");
  CHECK_EQUAL(Head(Ok("content-length: 2\r\ntransfer-encoding: chunked\r\n"),
                   "method=CONNECT"),
              "none keep-alive");
  CHECK_EQUAL(
      Head(Ok("content-length: 2\r\n", "hi", "407 No"), "method=CONNECT"),
      "length length=2 keep-alive");
  CHECK_EQUAL(Head(Ok("content-length: 2\r\ntransfer-encoding: chunked\r\n")),
              "LengthAndTransferEncoding");
  CHECK_EQUAL(Head(Ok("content-length: 2\r\ncontent-length: 2\r\n")),
              "DuplicateContentLength");
  CHECK_EQUAL(Head(Ok("transfer-encoding: gzip\r\n")),
              "UnsupportedTransferEncoding");
  CHECK_EQUAL(Head("HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
              "TransferEncodingInHttp10");
  CHECK_EQUAL(Head(Ok("content-length: 11\r\n"), "max_body_bytes=10"),
              "ContentLengthTooLarge");
  CHECK_EQUAL(
      Head(Ok("content-length: 11\r\n"), "method=HEAD max_body_bytes=10"),
      "none length=11 keep-alive");
  CHECK_EQUAL(Head(Ok("content-length: 9007199254740992\r\n"), "method=HEAD"),
              "ContentLengthTooLarge");
}

TEST(ResponsesEndWithTheConnection) {
  const std::string options = "type=response";
  CHECK(Contains(TranscriptOf(Ok("", "hi"), options),
                 "data \"hi\"\nend by close\n"));
  CHECK_EQUAL(FaultOf(Ok("content-length: 3\r\n", "hi"), options),
              "TruncatedBody");
  CHECK_EQUAL(FaultOf(Ok("", "0123456789"), options + " max_body_bytes=10"),
              "");
  CHECK_EQUAL(FaultOf(Ok("", "0123456789a"), options + " max_body_bytes=10"),
              "BodyTooLarge");
  CHECK(Contains(
      TranscriptOf(Ok("", "0123456789a"), options + " max_body_bytes=10"),
      "data \"0123456789\"\nfault BodyTooLarge 413"));
}

TEST(ResponseLimits) {
  const std::string text = Ok("content-length: 0\r\n");
  CHECK_EQUAL(FaultOf(text, "type=response max_start_line_bytes=15"), "");
  for (int limit = 0; limit < 15; ++limit) {
    CHECK_EQUAL_FOR(FaultOf(text, "type=response max_start_line_bytes=" +
                                      std::to_string(limit)),
                    "HeadTooLarge", std::to_string(limit));
  }
  CHECK_EQUAL(FaultOf(text, "type=response max_head_bytes=20"), "HeadTooLarge");
  CHECK_EQUAL(FaultOf(text, "type=response max_header_count=0"),
              "TooManyFields");
}

}  // namespace
