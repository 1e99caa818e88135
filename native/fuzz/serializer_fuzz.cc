// What the serializer lets out, the parser reads back as the same parts.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "body_decoder.h"
#include "head_parser.h"
#include "serializer.h"

namespace {

using namespace gudeg::engine;

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

struct Head {
  uint16_t status;
  std::string reason;
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> fields;
};

Head TakeHead(FuzzedDataProvider& input) {
  Head head;
  head.status = input.ConsumeIntegral<uint16_t>();
  head.reason = input.ConsumeRandomLengthString(40);
  head.method = input.ConsumeRandomLengthString(12);
  head.target = input.ConsumeRandomLengthString(80);
  for (int count = input.ConsumeIntegralInRange(0, 5); count > 0; --count) {
    std::string name = input.ConsumeRandomLengthString(40);
    head.fields.emplace_back(std::move(name),
                             input.ConsumeRandomLengthString(120));
  }
  return head;
}

std::string_view View(const uint8_t* out, Slice slice) {
  return {reinterpret_cast<const char*>(out) + slice.offset, slice.length};
}

void RequireFields(const uint8_t* out, const FieldSlice* fields,
                   const MessageHead& parsed, const Head& head) {
  Require(parsed.field_count == head.fields.size(), "count of fields");
  for (size_t i = 0; i < head.fields.size(); ++i) {
    Require(View(out, {fields[i].name_offset, fields[i].name_length}) ==
                head.fields[i].first,
            "field name");
    Require(View(out, {fields[i].value_offset, fields[i].value_length}) ==
                head.fields[i].second,
            "field value");
  }
}

// Faults that a well-formed head may still have: those of its meaning.
bool IsAboutMeaning(Fault fault) {
  switch (fault) {
    case Fault::kBadTarget:
    case Fault::kMissingHost:
    case Fault::kDuplicateHost:
    case Fault::kBadHost:
    case Fault::kBadContentLength:
    case Fault::kContentLengthTooLarge:
    case Fault::kDuplicateContentLength:
    case Fault::kLengthAndTransferEncoding:
    case Fault::kBadTransferEncoding:
    case Fault::kUnsupportedTransferEncoding:
    case Fault::kUnsupportedExpectation:
      return true;
    default:
      return false;
  }
}

void CheckResponse(const Head& head, size_t capacity) {
  const std::unique_ptr<uint8_t[]> out(new uint8_t[capacity]);
  HeadWriter writer(out.get(), capacity, Profile::kRfc);
  writer.StatusLine(head.status, head.reason);
  for (const auto& [name, value] : head.fields) writer.Field(name, value);
  writer.End();
  Require(writer.size() <= capacity, "size within capacity");
  if (writer.fault() != Fault::kNone) return;
  FieldSlice fields[100];
  ResponseHeadParser parser;
  const Progress progress =
      parser.Parse(out.get(), writer.size(), Limits(), Method::kHEAD, fields);
  if (progress == Progress::kFault && IsAboutMeaning(parser.fault())) return;
  Require(progress == Progress::kDone, "response is read back");
  Require(parser.head().head_bytes == writer.size(), "size of the response");
  Require(parser.head().status == head.status, "status");
  Require(View(out.get(), parser.head().reason) == head.reason, "reason");
  RequireFields(out.get(), fields, parser.head(), head);
}

void CheckRequest(const Head& head, size_t capacity) {
  const std::unique_ptr<uint8_t[]> out(new uint8_t[capacity]);
  HeadWriter writer(out.get(), capacity, Profile::kRfc);
  writer.RequestLine(head.method, head.target);
  for (const auto& [name, value] : head.fields) writer.Field(name, value);
  writer.End();
  Require(writer.size() <= capacity, "size within capacity");
  if (writer.fault() != Fault::kNone) return;
  FieldSlice fields[100];
  RequestHeadParser parser;
  const Progress progress =
      parser.Parse(out.get(), writer.size(), Limits(), fields);
  if (progress == Progress::kFault && IsAboutMeaning(parser.fault())) return;
  Require(progress == Progress::kDone, "request is read back");
  Require(parser.head().head_bytes == writer.size(), "size of the request");
  Require(View(out.get(), parser.head().method_name) == head.method, "method");
  Require(View(out.get(), parser.head().target) == head.target, "target");
  RequireFields(out.get(), fields, parser.head(), head);
}

// A Degu head that the strict writer lets out holds exactly its lines.
void CheckDeguShape(const Head& head, size_t capacity) {
  const std::unique_ptr<uint8_t[]> out(new uint8_t[capacity]);
  HeadWriter writer(out.get(), capacity, Profile::kDegu);
  writer.RequestLine(head.method, head.target);
  for (const auto& [name, value] : head.fields) writer.Field(name, value);
  writer.End();
  if (writer.fault() != Fault::kNone) return;
  size_t lines = 0;
  for (size_t i = 0; i < writer.size(); ++i) {
    const uint8_t byte = out[i];
    Require((byte >= 0x20 && byte < 0x7f) || byte == '\r' || byte == '\n',
            "only visible bytes");
    if (byte == '\n') ++lines;
  }
  Require(lines == head.fields.size() + 2, "count of lines");
}

void CheckChunkLine(FuzzedDataProvider& input, Profile profile) {
  const uint64_t size = input.ConsumeIntegral<uint32_t>() >> 8;
  const std::string key = input.ConsumeRandomLengthString(20);
  const std::string value = input.ConsumeRandomLengthString(20);
  const size_t capacity = input.ConsumeIntegralInRange<size_t>(0, 70);
  const std::unique_ptr<uint8_t[]> out(new uint8_t[capacity]);
  const size_t written =
      WriteChunkLine(out.get(), capacity, size, key, value, profile);
  if (written == 0) return;
  Require(written <= capacity, "chunk line within capacity");
  Limits limits;
  limits.profile = profile;
  BodyDecoder decoder;
  FieldSlice trailers[100];
  decoder.Start(Framing::kChunked, 0);
  const BodyDecoder::Result result =
      decoder.Next(out.get(), written, 0, limits, trailers);
  Require(result.step == BodyDecoder::Step::kChunkHead, "chunk is read back");
  Require(result.consumed == written && decoder.chunk_size() == size,
          "chunk size");
  // `a=b` may be written as one text and is read as a key and a value.
  const auto join = [](std::string_view name, std::string_view text) {
    std::string joined(name);
    if (!text.empty()) joined.append("=").append(text);
    return joined;
  };
  Require(join(View(out.get(), decoder.extension_key()),
               View(out.get(), decoder.extension_value())) == join(key, value),
          "extension");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider input(data, size);
  const size_t capacity = input.ConsumeIntegralInRange<size_t>(0, 2048);
  CheckChunkLine(input, Profile::kRfc);
  CheckChunkLine(input, Profile::kDegu);
  const Head head = TakeHead(input);
  CheckResponse(head, capacity);
  CheckRequest(head, capacity);
  CheckDeguShape(head, capacity);
  return 0;
}
