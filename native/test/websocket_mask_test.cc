#include "websocket_mask.h"

#include <cstring>
#include <memory>
#include <string>

#include "test_case.h"

namespace {

using namespace gudeg::engine;

TEST(WebSocketMaskIsTheDefinitionAtEveryLengthAndPlace) {
  static constexpr uint8_t kKey[4] = {0x37, 0xfa, 0x21, 0x3d};
  WebSocketMask mask;
  memcpy(&mask, kKey, 4);
  for (size_t size = 0; size <= 200; size++) {
    for (size_t shift = 0; shift < 17; shift += 4) {
      const std::unique_ptr<uint8_t[]> memory(new uint8_t[shift + size]);
      uint8_t* const data = memory.get() + shift;
      for (size_t i = 0; i < size; i++) data[i] = static_cast<uint8_t>(i * 7);
      const std::unique_ptr<uint8_t[]> other(new uint8_t[size]);
      ApplyMaskPortable(data, other.get(), size, mask);
      ApplyMask(data, data, size, mask);
      bool same = true;
      for (size_t i = 0; i < size; i++) {
        const auto expected =
            static_cast<uint8_t>(static_cast<uint8_t>(i * 7) ^ kKey[i % 4]);
        same = same && data[i] == expected && other[i] == expected;
      }
      CHECK_FOR(same, std::to_string(size) + " bytes");
    }
  }
}

TEST(WebSocketMaskGoesOnAfterAPiece) {
  WebSocketMask mask;
  memcpy(&mask, "\x01\x22\x43\x84", 4);
  uint8_t whole[64] = {};
  ApplyMask(whole, whole, sizeof whole, mask);
  for (size_t at = 0; at <= sizeof whole; at++) {
    uint8_t parts[64] = {};
    ApplyMask(parts, parts, at, mask);
    ApplyMask(parts + at, parts + at, sizeof parts - at, MaskAfter(mask, at));
    CHECK(memcmp(whole, parts, sizeof whole) == 0);
  }
}

}  // namespace
