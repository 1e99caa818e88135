// Nanoseconds per message head, best of several rounds.
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "body_decoder.h"
#include "head_parser.h"
#include "serializer.h"

namespace {

using namespace gudeg::engine;
using Clock = std::chrono::steady_clock;

constexpr int kRounds = 15;
constexpr int kLoops = 50000;

const uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

template <typename Work>
void Measure(const char* name, size_t size, Work work) {
  double best = 1e30;
  size_t sum = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto start = Clock::now();
    for (int i = 0; i < kLoops; ++i) sum += work();
    const std::chrono::duration<double, std::nano> spent = Clock::now() - start;
    best = spent.count() / kLoops < best ? spent.count() / kLoops : best;
  }
  std::printf("%-32s %5zu bytes %8.1f ns   (check %zu)\n", name, size, best,
              sum);
}

void MeasureRequest(const char* name, std::string_view text, Profile profile) {
  FieldSlice fields[100];
  Limits limits;
  limits.profile = profile;
  RequestHeadParser parser;
  Measure(name, text.size(), [&] {
    parser.Reset();
    const Progress progress =
        parser.Parse(Bytes(text), text.size(), limits, fields);
    return static_cast<size_t>(progress) + parser.head().head_bytes;
  });
}

constexpr std::string_view kSmall =
    "GET / HTTP/1.1\r\nhost: localhost:8080\r\n\r\n";

constexpr std::string_view kBrowser =
    "GET /api/items?page=2 HTTP/1.1\r\n"
    "Host: www.example.com\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 "
    "Firefox/128.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    "\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Referer: https://www.example.com/start\r\n"
    "Connection: keep-alive\r\n"
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "Cache-Control: max-age=0\r\n\r\n";

constexpr std::string_view kDeguPost =
    "POST / HTTP/1.1\r\ncontent-length: 108\r\ncontent-type: "
    "application/json\r\n\r\n";

constexpr std::string_view kResponse =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n"
    "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nConnection: keep-alive\r\n\r\n";

}  // namespace

int main() {
  MeasureRequest("request, small", kSmall, Profile::kRfc);
  MeasureRequest("request, browser", kBrowser, Profile::kRfc);
  const std::string cookie =
      "GET / HTTP/1.1\r\nhost: a\r\ncookie: " + std::string(4000, 'x') +
      "\r\n\r\n";
  MeasureRequest("request, long cookie", cookie, Profile::kRfc);
  MeasureRequest("degu request, small", kSmall, Profile::kDegu);
  MeasureRequest("degu request, post", kDeguPost, Profile::kDegu);

  FieldSlice fields[100];
  const Limits limits;
  ResponseHeadParser response;
  Measure("response", kResponse.size(), [&] {
    response.Reset();
    const Progress progress = response.Parse(Bytes(kResponse), kResponse.size(),
                                             limits, Method::kGET, fields);
    return static_cast<size_t>(progress) + response.head().head_bytes;
  });

  uint8_t out[512];
  size_t written = 0;
  const auto write = [&] {
    HeadWriter writer(out, sizeof(out), Profile::kRfc);
    writer.StatusLine(200, "OK");
    writer.Field("content-type", "text/plain; charset=utf-8");
    writer.Literal("date: Thu, 01 Jan 2026 00:00:00 GMT\r\n");
    writer.ContentLength(12);
    writer.End();
    written = writer.size();
    return written + static_cast<size_t>(writer.fault());
  };
  write();
  Measure("write response", written, write);

  const std::string_view chunk = "d\r\nhello, world\n\r\n0\r\n\r\n";
  BodyDecoder decoder;
  Measure("chunked body", chunk.size(), [&] {
    decoder.Start(Framing::kChunked, 0);
    size_t at = 0;
    while (!decoder.done()) {
      at += decoder
                .Next(Bytes(chunk) + at, chunk.size() - at, chunk.size(),
                      limits, fields)
                .consumed;
    }
    return at;
  });
  return 0;
}
