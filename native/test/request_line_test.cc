// The request line, kRfc profile.
#include <initializer_list>
#include <string>

#include "expect_transcript.h"
#include "test_case.h"

namespace {

using namespace std::string_literals;
using gudeg::test::CheckFaults;
using gudeg::test::Contains;
using gudeg::test::TranscriptOf;

TEST(RequestLineIsReadWhole) {
  CHECK_EQUAL(TranscriptOf("GET /x?y=1 HTTP/1.1\r\nHost: a\r\n\r\n"),
              "request GET \"/x?y=1\" origin\n"
              "field Host: \"a\"\n"
              "head version=1.1 bytes=32 framing=none keep-alive\n"
              "end\n");
  CHECK_EQUAL(TranscriptOf("\r\n\r\nBREW /pot HTTP/1.0\r\n\r\n"),
              "request BREW \"/pot\" origin\n"
              "head version=1.0 bytes=26 framing=none close\n"
              "end\n");
}

TEST(RequestLineFaults) {
  const auto line = [](const std::string& text) {
    return text + "\r\nhost: a\r\n\r\n";
  };
  CheckFaults({
      {line("GET / HTTP/1.1"), ""},
      {line("M-SEARCH / HTTP/1.1"), ""},
      {line("!#$%&'*+-.^_`|~ / HTTP/1.1"), ""},
      {line(" GET / HTTP/1.1"), "BadMethod"},
      {line("G\x01T / HTTP/1.1"), "BadMethod"},
      {line("GET(/ HTTP/1.1"), "BadMethod"},
      {line("GET"), "BadRequestLine"},
      {line("GET /"), "BadRequestLine"},
      {line("GET  / HTTP/1.1"), "BadRequestLine"},
      {line("GET /  HTTP/1.1"), "BadVersion"},
      {line("GET / HTTP/1.1 "), "BadVersion"},
      {line("GET / "), "BadVersion"},
      {line("GET / http/1.1"), "BadVersion"},
      {line("GET / HTTP/1"), "BadVersion"},
      {line("GET / HTTP/11"), "BadVersion"},
      {line("GET / HTTP/1.10"), "BadVersion"},
      {line("GET / HTTP/a.1"), "BadVersion"},
      {line("GET / HTTP/2.0"), "UnsupportedVersion"},
      {line("GET / HTTP/0.9"), "UnsupportedVersion"},
      {line("GET / HTTP/1.9"), ""},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "UnsupportedVersion"},
      {line("PRI * HTTP/1.1"), "BadTarget"},
      {line("\r\n\r\n\r\nGET / HTTP/1.1"), "BadRequestLine"},
      {line("\n"), "BareLineFeed"},
      {"GET / HTTP/1.1\nhost: a\r\n\r\n", "BareLineFeed"},
      {"GET /\nhost: a\r\n\r\n", "BareLineFeed"},
      {"GET\n", "BareLineFeed"},
      {"GET /\rHTTP/1.1\r\n\r\n", "BareLineFeed"},
      {"GET / HTTP/1.1\rhost: a\r\n\r\n", "BareLineFeed"},
      {"\rGET / HTTP/1.1\r\n\r\n", "BareLineFeed"},
  });
}

TEST(RequestTargets) {
  const auto line = [](const std::string& method, const std::string& target) {
    return method + " " + target + " HTTP/1.1\r\nhost: a\r\n\r\n";
  };
  CheckFaults({
      {line("GET", "/%41/%zz"), ""},
      {line("GET", "/a|b[c]{d}\"e\"<f>^`"), ""},
      {line("GET", "/?a\\b"), ""},
      {line("GET", "/?" + std::string(70, 'a') + "\\b"), ""},
      {line("GET", "/a\\b"), "BadTarget"},
      {line("GET", "/a\\b?c"), "BadTarget"},
      {line("GET", "/a#b"), "BadTarget"},
      {line("GET", "/\x80"), "BadTarget"},
      {line("GET", "/\x7f"), "BadTarget"},
      {line("GET", "/\0"s), "BadTarget"},
      {line("GET", "/\t"), "BadTarget"},
      {line("GET", "foo"), "BadTarget"},
      {line("GET", "*"), "BadTarget"},
      {line("OPTIONS", "*"), ""},
      {line("OPTIONS", "*/"), "BadTarget"},
      {line("GET", "http://a"), ""},
      {line("GET", "HTTP://a:80/x?y"), ""},
      {line("GET", "https://[::1]:8443/"), ""},
      {line("GET", "http://a?q"), ""},
      {line("GET", "http://"), "BadTarget"},
      {line("GET", "http:///x"), "BadTarget"},
      {line("GET", "http://:80/x"), "BadTarget"},
      {line("GET", "http://user@a/x"), "BadTarget"},
      {line("GET", "http://a:b/x"), "BadTarget"},
      {line("GET", "ftp://a/x"), "BadTarget"},
      {line("GET", "a:80"), "BadTarget"},
      {line("CONNECT", "a:80"), ""},
      {line("CONNECT", "[::1]:443"), ""},
      {line("CONNECT", "a"), "BadTarget"},
      {line("CONNECT", "a:"), "BadTarget"},
      {line("CONNECT", ":80"), "BadTarget"},
      {line("CONNECT", "a:65536"), "BadTarget"},
      {line("CONNECT", "a:123456"), "BadTarget"},
      {line("CONNECT", "/x"), "BadTarget"},
      {line("CONNECT", "http://a/x"), "BadTarget"},
  });
  CHECK(Contains(TranscriptOf(line("CONNECT", "a:80")), "\"a:80\" authority"));
  CHECK(Contains(TranscriptOf(line("OPTIONS", "*")), "\"*\" asterisk"));
  CHECK(Contains(TranscriptOf(line("GET", "http://a/")), "absolute"));
}

}  // namespace
