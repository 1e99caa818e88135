#include "json.h"

namespace gudeg::test {

std::string Json(std::string_view bytes) {
  std::string text = "\"";
  for (const char c : bytes) {
    const uint8_t byte = static_cast<uint8_t>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\') {
      text += c;
    } else {
      text += "\\u00";
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
  }
  return text + "\"";
}

JsonList& JsonList::Add(std::string_view ready) {
  if (!text_.empty()) text_ += ",";
  text_ += ready;
  return *this;
}

JsonList& JsonList::Add(std::string_view key, std::string_view ready) {
  return Add(Json(key) + ":" + std::string(ready));
}

}  // namespace gudeg::test
