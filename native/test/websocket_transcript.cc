#include "websocket_transcript.h"

#include <cstdlib>
#include <cstring>
#include <memory>

namespace gudeg::test {

using engine::WebSocketDecoder;
using Step = WebSocketDecoder::Step;

bool WebSocketTranscript::Feed(std::string_view bytes) {
  // At the exact end of an allocation, so that reading on is noticed.
  const std::unique_ptr<uint8_t[]> memory(new uint8_t[bytes.size()]);
  if (!bytes.empty()) memcpy(memory.get(), bytes.data(), bytes.size());
  size_t at = 0;
  for (;;) {
    const WebSocketDecoder::Result result =
        decoder_.Next(memory.get() + at, bytes.size() - at);
    if (result.consumed > bytes.size() - at) std::abort();
    at += result.consumed;
    const std::string data(reinterpret_cast<const char*>(result.data),
                           result.size);
    switch (result.step) {
      case Step::kNeedMore:
        if (at != bytes.size()) std::abort();
        return true;
      case Step::kData:
        message_ += data;
        if (result.ends_message) {
          text_ += decoder_.is_compressed() ? "compressed " : "";
          text_ += decoder_.is_text() ? "text " : "binary ";
          text_ += message_ + "\n";
          message_.clear();
        }
        break;
      case Step::kPing:
        text_ += "ping " + data + "\n";
        break;
      case Step::kPong:
        text_ += "pong " + data + "\n";
        break;
      case Step::kClose:
        text_ += "close " + std::to_string(result.code) + " " + data + "\n";
        return false;
      case Step::kFault:
        text_ += std::string("fault ") + Describe(result.fault).name + "\n";
        return false;
    }
  }
}

std::string Frame(const TestFrame& frame) {
  const std::string& payload = frame.payload;
  std::string out(1, static_cast<char>(frame.first));
  const uint8_t masked = frame.masked ? 0x80 : 0;
  int length_bytes = frame.length_bytes;
  if (length_bytes == 0 && payload.size() > 125) {
    length_bytes = payload.size() > 0xffff ? 8 : 2;
  }
  if (length_bytes == 0) {
    out += static_cast<char>(masked | payload.size());
  } else {
    out += static_cast<char>(masked | (length_bytes == 2 ? 126 : 127));
    for (int i = length_bytes - 1; i >= 0; i--) {
      out += static_cast<char>(static_cast<uint64_t>(payload.size()) >> i * 8);
    }
  }
  static constexpr char kKey[] = {'\x37', '\xfa', '\x21', '\x3d'};
  if (frame.masked) out.append(kKey, 4);
  for (size_t i = 0; i < payload.size(); i++) {
    out += frame.masked ? static_cast<char>(payload[i] ^ kKey[i % 4])
                        : payload[i];
  }
  return out;
}

}  // namespace gudeg::test
