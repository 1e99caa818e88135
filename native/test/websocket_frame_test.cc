#include "websocket_frame.h"

#include <cstring>
#include <string>

#include "test_case.h"

namespace {

using namespace gudeg::engine;

TEST(WebSocketFrameHeadsReadBackAsWritten) {
  const uint64_t lengths[] = {
      0,     1,          125,        126,           127,
      65535, 65536,      0xffffffff, 0x100000000ULL, 0x7fffffffffffffffULL};
  WebSocketMask mask;
  memcpy(&mask, "\x01\x02\x03\xff", 4);
  for (const uint64_t length : lengths) {
    for (const bool masked : {false, true}) {
      for (const bool fin : {false, true}) {
        uint8_t bytes[kMaxFrameHeadBytes];
        const size_t size =
            WriteFrameHead(bytes, WebSocketOpcode::kBinary, fin, !fin, length,
                           masked ? &mask : nullptr);
        FrameHead head;
        WebSocketFault fault = WebSocketFault::kNone;
        const auto role =
            masked ? WebSocketRole::kServer : WebSocketRole::kClient;
        for (size_t part = 0; part < size; part++) {
          CHECK(ParseFrameHead(bytes, part, role, true, &head, &fault) ==
                Progress::kNeedMore);
        }
        CHECK(ParseFrameHead(bytes, size, role, true, &head, &fault) ==
              Progress::kDone);
        CHECK_EQUAL(head.payload_bytes, length);
        CHECK_EQUAL(static_cast<size_t>(head.head_bytes), size);
        CHECK_EQUAL(head.fin, fin);
        CHECK_EQUAL(head.rsv1, !fin);
        CHECK_EQUAL(head.masked, masked);
        if (masked) CHECK_EQUAL(head.mask, mask);
      }
    }
  }
}

TEST(WebSocketCloseReasonsAreCutAtACharacter) {
  uint8_t payload[kMaxControlBytes];
  const auto write = [&payload](const std::string& reason) {
    return WriteClosePayload(payload, 1000,
                             reinterpret_cast<const uint8_t*>(reason.data()),
                             reason.size());
  };
  uint16_t code = 0;
  CHECK_EQUAL(write(""), 2U);
  CHECK_EQUAL(write(std::string(123, 'a')), 125U);
  CHECK_EQUAL(write(std::string(200, 'a')), 125U);
  for (size_t lead = 0; lead < 4; lead++) {
    std::string reason(lead, 'a');
    while (reason.size() < 140) reason += "\xf0\x9f\x98\x80";
    const size_t size = write(reason);
    CHECK(size <= kMaxControlBytes && size > kMaxControlBytes - 4);
    CHECK(CheckClosePayload(payload, size, &code) == WebSocketFault::kNone);
    CHECK_EQUAL(code, 1000);
  }
  CHECK_EQUAL(WriteClosePayload(payload, kNoCloseCode, nullptr, 0), 0U);
}

}  // namespace
