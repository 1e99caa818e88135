#include "transcript.h"

#include <memory>

#include "body_decoder.h"
#include "chunk_line.h"
#include "field_names.h"
#include "head_parser.h"

namespace gudeg::test {

using namespace gudeg::engine;

namespace {

bool met[static_cast<size_t>(Fault::kCount)];

const char* Name(Framing framing) {
  switch (framing) {
    case Framing::kNone:
      return "none";
    case Framing::kLength:
      return "length";
    case Framing::kChunked:
      return "chunked";
    case Framing::kUntilClose:
      return "until-close";
  }
  return "?";
}

const char* Name(TargetForm form) {
  switch (form) {
    case TargetForm::kOrigin:
      return "origin";
    case TargetForm::kAbsolute:
      return "absolute";
    case TargetForm::kAuthority:
      return "authority";
    case TargetForm::kAsterisk:
      return "asterisk";
  }
  return "?";
}

// Reads one stream; see Transcribe().
class Reader {
 public:
  explicit Reader(const TranscriptOptions& options)
      : options_(options), fields_(options.limits.max_header_count) {}

  void Append(std::string_view piece) {
    pending_ += piece;
    while (!over_ && Step()) {
    }
  }

  std::string Finish() {
    if (!over_) FinishOpen();
    return log_;
  }

 private:
  // One step; false when it needs more bytes.
  bool Step() {
    // A fresh copy of the exact size: an overrun is seen by ASan, and nothing
    // may rely on where bytes were before.
    const std::unique_ptr<uint8_t[]> bytes(new uint8_t[pending_.size()]);
    std::copy(pending_.begin(), pending_.end(), bytes.get());
    return in_body_ ? StepBody(bytes.get()) : StepHead(bytes.get());
  }

  bool StepHead(const uint8_t* bytes) {
    if (pending_.empty()) return false;
    const Progress progress =
        options_.is_response
            ? response_.Parse(bytes, pending_.size(), options_.limits,
                              options_.request_method, fields_.data())
            : request_.Parse(bytes, pending_.size(), options_.limits,
                             fields_.data());
    if (progress == Progress::kNeedMore) return false;
    if (progress == Progress::kFault) {
      return Refuse(options_.is_response ? response_.fault()
                                         : request_.fault());
    }
    const MessageHead& head =
        options_.is_response ? static_cast<const MessageHead&>(response_.head())
                             : request_.head();
    if (options_.is_response) {
      Log("response " + std::to_string(response_.head().status) + " " +
          Quote(response_.head().reason));
    } else {
      const RequestHead& request = request_.head();
      Log("request " + Text(request.method_name) + " " + Quote(request.target) +
          " " + Name(request.target_form));
      CheckMethod(request);
    }
    LogFields("field", head.field_count);
    LogHead(head);
    body_.Start(head.framing, head.content_length);
    in_body_ = true;
    pending_.erase(0, head.head_bytes);
    request_.Reset();
    response_.Reset();
    return true;
  }

  void CheckMethod(const RequestHead& request) {
    const std::string name = Text(request.method_name);
    const std::string known = kMethodNames[static_cast<size_t>(request.method)];
    if (!known.empty() && known != name)
      Log(kUnsound + ("WRONG METHOD " + known));
  }

  void LogHead(const MessageHead& head) {
    std::string line = "head version=1." + std::to_string(head.minor_version) +
                       " bytes=" + std::to_string(head.head_bytes) +
                       " framing=" + Name(head.framing);
    if (head.framing == Framing::kLength || head.content_length != 0) {
      line += " length=" + std::to_string(head.content_length);
    }
    line += head.keep_alive ? " keep-alive" : " close";
    if (head.has_upgrade) line += " upgrade";
    if (!options_.is_response && request_.head().expects_continue) {
      line += " expects-continue";
    }
    Log(line);
  }

  bool StepBody(const uint8_t* bytes) {
    const BodyDecoder::Result result =
        body_.Next(bytes, pending_.size(), options_.max_data, options_.limits,
                   fields_.data());
    switch (result.step) {
      case BodyDecoder::Step::kNeedMore:
        pending_.erase(0, result.consumed);
        return false;
      case BodyDecoder::Step::kFault:
        return Refuse(body_.fault());
      case BodyDecoder::Step::kChunkHead: {
        std::string line = "chunk " + std::to_string(body_.chunk_size());
        if (body_.extension_key().length != 0) {
          line += " " + QuoteExtension(body_.extension_key());
          if (body_.extension_value().length != 0) {
            line += " = " + Quote(body_.extension_value());
          }
        }
        Log(line);
        break;
      }
      case BodyDecoder::Step::kData:
        if (result.data != bytes || result.size != result.consumed) {
          Log(kUnsound + std::string("WRONG DATA"));
        }
        data_.append(reinterpret_cast<const char*>(result.data), result.size);
        break;
      case BodyDecoder::Step::kChunkEnd:
        Log("chunk-end");
        break;
      case BodyDecoder::Step::kEnd:
        if (!body_.done()) Log(kUnsound + std::string("WRONG END"));
        LogFields("trailer", body_.trailer_count());
        Log("end");
        in_body_ = false;
        break;
    }
    pending_.erase(0, result.consumed);
    return true;
  }

  void FinishOpen() {
    if (!in_body_) {
      if (!pending_.empty()) Log("incomplete head");
      return;
    }
    if (!options_.close) {
      Log("incomplete body");
    } else if (body_.CloseInput()) {
      Log("end by close");
    } else {
      Refuse(body_.fault());
    }
  }

  bool Refuse(Fault fault) {
    Note(fault);
    const FaultInfo& info = Describe(fault);
    Log(std::string("fault ") + info.name + " " + std::to_string(info.status));
    over_ = true;
    return false;
  }

  void LogFields(const char* what, uint16_t count) {
    for (uint16_t i = 0; i < count; ++i) {
      const FieldSlice& field = fields_[i];
      const Slice name{field.name_offset, field.name_length};
      std::string line = std::string(what) + " " + Text(name) + ": " +
                         Quote({field.value_offset, field.value_length});
      const std::string known = kFieldNames[field.name_id];
      if (!known.empty() && Lower(Text(name)) != known) {
        line += kUnsound + (" WRONG NAME " + known);
      }
      Log(line);
    }
  }

  static std::string Lower(std::string text) {
    for (char& c : text) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    }
    return text;
  }

  std::string Text(Slice slice) const {
    return Escape(
        std::string_view(pending_).substr(slice.offset, slice.length));
  }
  std::string QuoteExtension(Slice slice) const {
    std::vector<uint8_t> text(slice.length);
    const auto* from = reinterpret_cast<const uint8_t*>(pending_.data());
    text.resize(
        CopyExtension(text.data(), from + slice.offset, slice.length));
    return "\"" + Escape(std::string(text.begin(), text.end())) + "\"";
  }
  std::string Quote(Slice slice) const { return "\"" + Text(slice) + "\""; }

  void Log(const std::string& line) {
    if (!data_.empty()) {
      const std::string data = "data \"" + Escape(data_) + "\"\n";
      data_.clear();
      log_ += data;
    }
    log_ += line + "\n";
  }

  const TranscriptOptions& options_;
  std::vector<FieldSlice> fields_;
  RequestHeadParser request_;
  ResponseHeadParser response_;
  BodyDecoder body_;
  std::string pending_;
  std::string data_;
  std::string log_;
  bool in_body_ = false;
  bool over_ = false;
};

}  // namespace

std::string Transcribe(std::string_view input, const std::vector<size_t>& cuts,
                       const TranscriptOptions& options) {
  Reader reader(options);
  size_t at = 0;
  for (const size_t cut : cuts) {
    reader.Append(input.substr(at, cut - at));
    at = cut;
  }
  reader.Append(input.substr(at));
  return reader.Finish();
}

std::string TranscribeEveryWay(std::string_view input,
                               const TranscriptOptions& options,
                               std::string* mismatch) {
  const std::string whole = Transcribe(input, {}, options);
  mismatch->clear();
  std::vector<size_t> every;
  for (size_t cut = 1; cut < input.size(); ++cut) {
    every.push_back(cut);
    const std::string split = Transcribe(input, {cut}, options);
    if (split == whole || !mismatch->empty()) continue;
    *mismatch = "cut at " + std::to_string(cut) + ":\n" + split;
  }
  const std::string bytewise = Transcribe(input, every, options);
  if (bytewise != whole && mismatch->empty()) {
    *mismatch = "byte by byte:\n" + bytewise;
  }
  return whole;
}

std::string Escape(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const uint8_t byte = static_cast<uint8_t>(c);
    if (c == '\r') {
      text += "\\r";
    } else if (c == '\n') {
      text += "\\n";
    } else if (c == '\t') {
      text += "\\t";
    } else if (c == '\\') {
      text += "\\\\";
    } else if (byte >= 0x20 && byte < 0x7f) {
      text += c;
    } else {
      text += "\\x";
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
  }
  return text;
}

void Note(Fault fault) { met[static_cast<size_t>(fault)] = true; }
bool WasMet(Fault fault) { return met[static_cast<size_t>(fault)]; }

}  // namespace gudeg::test
