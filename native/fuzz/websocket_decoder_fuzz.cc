// What the decoder finds does not depend on how its input is cut, and is what
// a reader of whole input finds that is written from RFC 6455 alone.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "utf8_validator.h"
#include "websocket_transcript.h"

namespace {

using namespace gudeg::engine;
using gudeg::test::WebSocketTranscript;

struct Setting {
  WebSocketRole role;
  WebSocketLimits limits;
  bool deflate;
};

// Byte by byte: the blocks of the fast path are what is under test.
bool FeedBytes(Utf8Validator* validator, const std::string& text) {
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (!validator->Feed(&byte, 1)) return false;
  }
  return true;
}

// Complete frames only, one after the other; gives what comes before the first
// fault or incomplete frame.
class WholeReader {
 public:
  WholeReader(const std::string& bytes, const Setting& setting)
      : bytes_(bytes), setting_(setting) {}

  std::string Read() {
    while (ReadFrame()) continue;
    return found_;
  }

 private:
  uint8_t Byte(size_t at) const { return static_cast<uint8_t>(bytes_[at]); }

  bool ReadFrame() {
    if (bytes_.size() < at_ + 2) return false;
    const uint8_t first = Byte(at_);
    const uint8_t second = Byte(at_ + 1);
    const int opcode = first & 15;
    const bool fin = (first & 128) != 0;
    const bool rsv1 = (first & 64) != 0;
    if ((first & 48) != 0 || (opcode > 2 && opcode < 8) || opcode > 10) {
      return false;
    }
    if (rsv1 && (!setting_.deflate || opcode == 0 || opcode > 2)) return false;
    const bool masked = (second & 128) != 0;
    if (masked != (setting_.role == WebSocketRole::kServer)) return false;
    uint64_t length = second & 127;
    if (opcode > 7 && (!fin || length > 125)) return false;
    size_t at = at_ + 2;
    const size_t wide = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (bytes_.size() < at + wide + (masked ? 4 : 0)) return false;
    if (wide != 0) {
      length = 0;
      for (size_t i = 0; i < wide; i++) length = length << 8 | Byte(at++);
      if (length < 126 || (wide == 8 && length < 65536) || length >> 63 != 0) {
        return false;
      }
    }
    const size_t key = at;
    if (masked) at += 4;
    if (length > bytes_.size() - at) return false;
    std::string payload = bytes_.substr(at, static_cast<size_t>(length));
    for (size_t i = 0; masked && i < payload.size(); i++) {
      payload[i] = static_cast<char>(payload[i] ^ bytes_[key + i % 4]);
    }
    at_ = at + payload.size();
    return opcode > 7 ? Control(opcode, payload)
                      : Data(opcode, fin, rsv1, payload);
  }

  bool Control(int opcode, const std::string& payload) {
    if (opcode != 8) {
      found_ += (opcode == 9 ? "ping " : "pong ") + payload + "\n";
      return true;
    }
    uint16_t code = 0;
    const auto* data = reinterpret_cast<const uint8_t*>(payload.data());
    if (CheckClosePayload(data, payload.size(), &code) !=
        WebSocketFault::kNone) {
      return false;
    }
    found_ += "close " + std::to_string(code) + " " +
              payload.substr(std::min<size_t>(payload.size(), 2)) + "\n";
    return false;
  }

  bool Data(int opcode, bool fin, bool rsv1, const std::string& payload) {
    if ((opcode == 0) != open_) return false;
    if (!open_) {
      open_ = true;
      text_ = opcode == 1;
      compressed_ = rsv1;
      message_.clear();
      utf8_.Reset();
      frames_ = 0;
    }
    message_ += payload;
    if (++frames_ > setting_.limits.max_frames) return false;
    const uint64_t most = setting_.limits.max_message_bytes;
    if (message_.size() > (compressed_ ? most + most / 1024 + 64 : most)) {
      return false;
    }
    const bool checked = text_ && !compressed_;
    if (checked && !FeedBytes(&utf8_, payload)) return false;
    if (!fin) return true;
    open_ = false;
    if (checked && !utf8_.complete()) return false;
    found_ += std::string(compressed_ ? "compressed " : "") +
              (text_ ? "text " : "binary ") + message_ + "\n";
    return true;
  }

  const std::string& bytes_;
  const Setting& setting_;
  size_t at_ = 0;
  std::string found_;
  std::string message_;
  Utf8Validator utf8_;
  uint32_t frames_ = 0;
  bool open_ = false;
  bool text_ = false;
  bool compressed_ = false;
};

std::string Decode(const std::string& bytes, const Setting& setting,
                   size_t first, size_t step) {
  WebSocketTranscript transcript(setting.role, setting.limits, setting.deflate);
  bool open = transcript.Feed(bytes.substr(0, first));
  for (size_t at = first; open && at < bytes.size(); at += step) {
    open = transcript.Feed(bytes.substr(at, step));
  }
  return transcript.text();
}

void Require(bool condition, const char* what, const std::string& a,
             const std::string& b) {
  if (condition) return;
  std::fprintf(stderr, "%s:\n--\n%s--\n%s", what, a.c_str(), b.c_str());
  std::abort();
}

std::string WithoutFault(const std::string& transcript) {
  const size_t last = transcript.rfind("fault ");
  const bool is_line =
      last != std::string::npos && (last == 0 || transcript[last - 1] == '\n') &&
      transcript.find('\n', last) == transcript.size() - 1;
  return is_line ? transcript.substr(0, last) : transcript;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  const Setting setting{
      (data[0] & 1) != 0 ? WebSocketRole::kClient : WebSocketRole::kServer,
      {(data[0] & 2) != 0 ? 40U : 100000U, (data[0] & 4) != 0 ? 3U : 100U},
      (data[0] & 8) != 0};
  const size_t first = data[1];
  const size_t step = data[2] % 16 + 1;
  const std::string bytes(reinterpret_cast<const char*>(data + 3), size - 3);
  const std::string whole = Decode(bytes, setting, bytes.size(), 1);
  const std::string cut =
      Decode(bytes, setting, std::min(first, bytes.size()), step);
  Require(whole == cut, "whole and cut differ", whole, cut);
  const std::string read = WholeReader(bytes, setting).Read();
  // A payload may hold what looks like a fault's line.
  Require(whole == read || WithoutFault(whole) == read,
          "decoder and reader differ", whole, read);
  return 0;
}
