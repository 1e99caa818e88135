#include "degu_functions.h"

#include <map>

#include "body_decoder.h"
#include "char_class.h"
#include "chunk_line.h"
#include "degu_fields.h"
#include "degu_head.h"
#include "degu_start_line.h"
#include "head_parser.h"
#include "json.h"
#include "numbers.h"

namespace gudeg::test {

using namespace gudeg::engine;

namespace {

constexpr uint32_t kMaxFields = 8192;  // more than a preamble can hold

using Args = std::vector<std::string>;

Limits DeguLimits() {
  Limits limits;
  limits.profile = Profile::kDegu;
  limits.max_start_line_bytes = limits.max_head_bytes;
  limits.max_header_count = kMaxFields;
  return limits;
}

const uint8_t* Bytes(const std::string& text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

uint32_t Size(const std::string& text) {
  return static_cast<uint32_t>(text.size());
}

FunctionResult Accept(std::string json) { return {true, true, json}; }
FunctionResult Refuse(Fault fault) {
  return {true, false, Json(Describe(fault).name)};
}

std::string Number(uint64_t value) { return std::to_string(value); }

std::string Part(const std::string& text, Slice slice) {
  return text.substr(slice.offset, slice.length);
}

// [mount, path, query] of a uri that was accepted.
void AddUri(const std::string& uri, JsonList* list) {
  const size_t mark = uri.find('?');
  const std::string path = uri.substr(1, std::min(mark, uri.size()) - 1);
  JsonList components;
  size_t start = 0;
  while (!path.empty()) {
    const size_t stop = std::min(path.find('/', start), path.size());
    components.Add(Json(path.substr(start, stop - start)));
    if (stop == path.size()) break;
    start = stop + 1;
  }
  list->Add(JsonList().Array()).Add(components.Array());
  list->Add(mark == std::string::npos ? "null" : Json(uri.substr(mark + 1)));
}

std::string HeadersJson(const std::string& text, const FieldSlice* fields,
                        uint16_t count) {
  JsonList headers;
  for (uint16_t i = 0; i < count; ++i) {
    const FieldSlice& field = fields[i];
    std::string name = Part(text, {field.name_offset, field.name_length});
    for (char& c : name) {
      c = static_cast<char>(ToLower(static_cast<uint8_t>(c)));
    }
    const std::string value =
        Part(text, {field.value_offset, field.value_length});
    std::string json = Json(value);
    if (name == "content-length") json = value;
    ByteRange range;
    if (name == "range" && ParseRange(Bytes(value), value.size(), &range)) {
      json = JsonList()
                 .Add("$range", JsonList()
                                    .Add(Number(range.start))
                                    .Add(Number(range.stop))
                                    .Array())
                 .Object();
    }
    ContentRangeValue content;
    if (name == "content-range" &&
        ParseContentRange(Bytes(value), value.size(), &content)) {
      json = JsonList()
                 .Add("$contentRange", JsonList()
                                           .Add(Number(content.start))
                                           .Add(Number(content.stop))
                                           .Add(Number(content.total))
                                           .Array())
                 .Object();
    }
    headers.Add(name, json);
  }
  return headers.Object();
}

std::string BodyJson(const MessageHead& head, const std::string& reader) {
  if (head.framing == Framing::kLength) {
    return Json("Body(" + reader + ", " + Number(head.content_length) + ")");
  }
  if (head.framing == Framing::kChunked) {
    return Json("ChunkedBody(" + reader + ")");
  }
  return Json("None");
}

FunctionResult ParseMethod(const Args& args) {
  const Method method = LookupMethod(Bytes(args[0]), args[0].size());
  if (!IsDeguMethod(method)) return Refuse(Fault::kUnsupportedMethod);
  const unsigned bit = 1U << (static_cast<unsigned>(method) - 1);
  return Accept(JsonList().Add(Json(args[0])).Add(Number(bit)).Array());
}

FunctionResult ParseUri(const Args& args) {
  if (!IsDeguUri(Bytes(args[0]), args[0].size())) {
    return Refuse(Fault::kBadTarget);
  }
  JsonList list;
  list.Add(Json(args[0]));
  AddUri(args[0], &list);
  return Accept(list.Array());
}

FunctionResult ParseRequestLine(const Args& args) {
  RequestHead head;
  const Fault fault =
      ParseDeguRequestLine(Bytes(args[0]), Size(args[0]), &head);
  if (fault != Fault::kNone) return Refuse(fault);
  const std::string uri = Part(args[0], head.target);
  JsonList list;
  list.Add(Json(Part(args[0], head.method_name))).Add(Json(uri));
  AddUri(uri, &list);
  return Accept(list.Array());
}

FunctionResult ParseHeaders(const Args& args) {
  const bool is_response = args.size() > 1 && args[1] == "1";
  std::vector<FieldSlice> fields(kMaxFields);
  MessageHead head;
  const Fault fault =
      ParseDeguFields(Bytes(args[0]), 0, Size(args[0]), DeguLimits(),
                      is_response, fields.data(), &head);
  if (fault != Fault::kNone) return Refuse(fault);
  return Accept(HeadersJson(args[0], fields.data(), head.field_count));
}

FunctionResult ParseHeaderName(const Args& args) {
  if (args[0].empty() || args[0].size() > 32 ||
      !AllOf(Bytes(args[0]), args[0].size(), kDeguName)) {
    return Refuse(Fault::kBadFieldName);
  }
  std::string name = args[0];
  for (char& c : name) {
    c = static_cast<char>(ToLower(static_cast<uint8_t>(c)));
  }
  return Accept(Json(name));
}

FunctionResult ParseContentLength(const Args& args) {
  uint64_t length = 0;
  if (!ParseLength(Bytes(args[0]), args[0].size(), kDeguMaxLength, &length)) {
    return Refuse(Fault::kBadContentLength);
  }
  if (length > kMaxSafeInteger) return Refuse(Fault::kContentLengthTooLarge);
  return Accept(Number(length));
}

FunctionResult ParseRangeValue(const Args& args) {
  ByteRange range;
  if (!ParseRange(Bytes(args[0]), args[0].size(), &range)) {
    return Refuse(Fault::kBadRange);
  }
  const std::string ends =
      JsonList().Add(Number(range.start)).Add(Number(range.stop)).Array();
  return Accept(JsonList().Add("$range", ends).Object());
}

FunctionResult ParseContentRangeValue(const Args& args) {
  ContentRangeValue range;
  if (!ParseContentRange(Bytes(args[0]), args[0].size(), &range)) {
    return Refuse(Fault::kBadContentRange);
  }
  const std::string parts = JsonList()
                                .Add(Number(range.start))
                                .Add(Number(range.stop))
                                .Add(Number(range.total))
                                .Array();
  return Accept(JsonList().Add("$contentRange", parts).Object());
}

std::string RequestJson(const std::string& text, const RequestHead& head,
                        const FieldSlice* fields, const std::string& reader) {
  const std::string uri = Part(text, head.target);
  JsonList list;
  list.Add(Json(Part(text, head.method_name))).Add(Json(uri));
  list.Add(HeadersJson(text, fields, head.field_count));
  AddUri(uri, &list);
  return list.Add(BodyJson(head, reader)).Array();
}

FunctionResult ParseRequest(const Args& args) {
  std::vector<FieldSlice> fields(kMaxFields);
  RequestHead head;
  const Fault fault = ParseDeguRequest(Bytes(args[0]), Size(args[0]),
                                       DeguLimits(), fields.data(), &head);
  if (fault != Fault::kNone) return Refuse(fault);
  return Accept(RequestJson(args[0], head, fields.data(), "<rfile>"));
}

FunctionResult ReadRequest(const Args& args) {
  std::vector<FieldSlice> fields(kMaxFields);
  RequestHeadParser parser;
  const Progress progress =
      parser.Parse(Bytes(args[0]), args[0].size(), DeguLimits(), fields.data());
  if (progress == Progress::kNeedMore) {
    return Refuse(args[0].empty() ? Fault::kEmptyHead : Fault::kTruncatedHead);
  }
  if (progress == Progress::kFault) return Refuse(parser.fault());
  return Accept(RequestJson(args[0], parser.head(), fields.data(), "<reader>"));
}

FunctionResult ParseResponseLine(const Args& args) {
  ResponseHead head;
  const Fault fault = ParseDeguStatusLine(Bytes(args[0]), Size(args[0]), &head);
  if (fault != Fault::kNone) return Refuse(fault);
  return Accept(JsonList()
                    .Add(Number(head.status))
                    .Add(Json(Part(args[0], head.reason)))
                    .Array());
}

FunctionResult ParseResponse(const Args& args) {
  const Method method = LookupMethod(Bytes(args[0]), args[0].size());
  if (!IsDeguMethod(method)) return Refuse(Fault::kUnsupportedMethod);
  std::vector<FieldSlice> fields(kMaxFields);
  ResponseHead head;
  const Fault fault =
      ParseDeguResponse(Bytes(args[1]), Size(args[1]), DeguLimits(), method,
                        fields.data(), &head);
  if (fault != Fault::kNone) return Refuse(fault);
  return Accept(JsonList()
                    .Add(Number(head.status))
                    .Add(Json(Part(args[1], head.reason)))
                    .Add(HeadersJson(args[1], fields.data(), head.field_count))
                    .Add(BodyJson(head, "<rfile>"))
                    .Array());
}

FunctionResult ParseChunkSizeOf(const Args& args) {
  uint64_t size = 0;
  if (!engine::ParseChunkSize(Bytes(args[0]), args[0].size(), true, &size)) {
    return Refuse(Fault::kBadChunkSize);
  }
  if (size > DeguLimits().max_chunk_bytes) {
    return Refuse(Fault::kChunkTooLarge);
  }
  return Accept(Number(size));
}

std::string ExtensionJson(const std::string& text, Slice key, Slice value) {
  if (key.length == 0) return "null";
  return JsonList()
      .Add(Json(Part(text, key)))
      .Add(Json(Part(text, value)))
      .Array();
}

FunctionResult ParseChunkExtension(const Args& args) {
  ChunkLine line;
  const Fault fault =
      ParseDeguChunkExtension(Bytes(args[0]), 0, Size(args[0]), &line);
  if (fault != Fault::kNone) return Refuse(fault);
  return Accept(ExtensionJson(args[0], line.key, line.value));
}

FunctionResult ParseChunk(const Args& args) {
  ChunkLine line;
  const Fault fault = ParseDeguChunk(Bytes(args[0]), Size(args[0]), &line);
  if (fault != Fault::kNone) return Refuse(fault);
  if (line.size > DeguLimits().max_chunk_bytes) {
    return Refuse(Fault::kChunkTooLarge);
  }
  return Accept(JsonList()
                    .Add(Number(line.size))
                    .Add(ExtensionJson(args[0], line.key, line.value))
                    .Array());
}

FunctionResult ListChunkedBody(const Args& args) {
  const Limits limits = DeguLimits();
  BodyDecoder decoder;
  decoder.Start(Framing::kChunked, 0);
  JsonList chunks;
  std::string rest = args[0];
  std::string extension = "null";
  std::string content;
  const auto add_chunk = [&] {
    chunks.Add(JsonList().Add(extension).Add(Json(content)).Array());
    content.clear();
  };
  for (;;) {
    const BodyDecoder::Result result =
        decoder.Next(Bytes(rest), rest.size(), rest.size(), limits, nullptr);
    switch (result.step) {
      case BodyDecoder::Step::kNeedMore:
        decoder.CloseInput();
        return Refuse(decoder.fault());
      case BodyDecoder::Step::kFault:
        return Refuse(decoder.fault());
      case BodyDecoder::Step::kChunkHead:
        extension = ExtensionJson(rest, decoder.extension_key(),
                                  decoder.extension_value());
        break;
      case BodyDecoder::Step::kData:
        content.append(rest, 0, result.size);
        break;
      case BodyDecoder::Step::kChunkEnd:
        add_chunk();
        break;
      case BodyDecoder::Step::kEnd:
        add_chunk();
        return Accept(chunks.Array());
    }
    rest.erase(0, result.consumed);
  }
}

struct Function {
  size_t min_args;
  FunctionResult (*call)(const Args& args);
};

const std::map<std::string_view, Function>& Functions() {
  static const std::map<std::string_view, Function> functions = {
      {"parse_method", {1, ParseMethod}},
      {"parse_uri", {1, ParseUri}},
      {"parse_request_line", {1, ParseRequestLine}},
      {"parse_header_name", {1, ParseHeaderName}},
      {"parse_headers", {1, ParseHeaders}},
      {"parse_content_length", {1, ParseContentLength}},
      {"parse_range", {1, ParseRangeValue}},
      {"parse_content_range", {1, ParseContentRangeValue}},
      {"parse_request", {1, ParseRequest}},
      {"parse_response_line", {1, ParseResponseLine}},
      {"parse_response", {2, ParseResponse}},
      {"parse_chunk_size", {1, ParseChunkSizeOf}},
      {"parse_chunk_extension", {1, ParseChunkExtension}},
      {"parse_chunk", {1, ParseChunk}},
      {"list(ChunkedBody)", {1, ListChunkedBody}},
      {"Reader.read_request", {1, ReadRequest}},
  };
  return functions;
}

}  // namespace

FunctionResult CallDeguFunction(std::string_view name,
                                const std::vector<std::string>& args) {
  const auto found = Functions().find(name);
  if (found == Functions().end() || args.size() < found->second.min_args) {
    return {false, false, ""};
  }
  return found->second.call(args);
}

}  // namespace gudeg::test
