// UTF-8 (RFC 3629) in pieces, refused at the first byte that cannot belong to
// it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gudeg::engine {

class Utf8Validator {
 public:
  void Reset() noexcept { *this = Utf8Validator(); }
  // False for good once a byte is wrong.
  bool Feed(const uint8_t* data, size_t size) noexcept;
  // No character is left unfinished.
  bool complete() const noexcept { return missing_ == 0; }
  // All bytes so far are below 0x80.
  bool ascii() const noexcept { return ascii_; }

 private:
  const uint8_t* FinishCharacter(const uint8_t* at,
                                 const uint8_t* end) noexcept;

  uint8_t missing_ = 0;  // bytes of the character that is under way
  // What the next of them may be.
  uint8_t least_ = 0x80;
  uint8_t most_ = 0xbf;
  bool ascii_ = true;
};

}  // namespace gudeg::engine
