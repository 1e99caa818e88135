// Writes the few JSON forms that the probe needs. Bytes become the characters
// of the same code (latin-1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gudeg::test {

// A string, quoted and escaped.
std::string Json(std::string_view bytes);

// "[a,b]" of ready-made values; "{k:v}" alike.
class JsonList {
 public:
  JsonList& Add(std::string_view ready);
  JsonList& Add(std::string_view key, std::string_view ready);
  std::string Array() const { return "[" + text_ + "]"; }
  std::string Object() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

}  // namespace gudeg::test
