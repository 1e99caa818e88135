#include "websocket_decoder.h"

#include <string>
#include <vector>

#include "test_case.h"
#include "websocket_transcript.h"

namespace {

using namespace gudeg::engine;
using gudeg::test::Frame;
using gudeg::test::TestFrame;
using gudeg::test::WebSocketTranscript;
using std::string_literals::operator""s;

bool met[static_cast<size_t>(WebSocketFault::kCount)];

struct Setting {
  WebSocketRole role = WebSocketRole::kServer;
  WebSocketLimits limits{};
  bool deflate = false;
};

std::string Decode(const std::vector<std::string>& pieces,
                   const Setting& setting) {
  WebSocketTranscript transcript(setting.role, setting.limits, setting.deflate);
  for (const std::string& piece : pieces) {
    if (!transcript.Feed(piece)) break;
  }
  return transcript.text();
}

std::vector<std::string> Cut(const std::string& bytes, size_t size) {
  std::vector<std::string> pieces;
  for (size_t at = 0; at < bytes.size(); at += size) {
    pieces.push_back(bytes.substr(at, size));
  }
  return pieces;
}

// Whole, cut at every byte, and in pieces of every small size.
void Expect(const std::string& bytes, const std::string& expected,
            const Setting& setting = {}) {
  CHECK_EQUAL(Decode({bytes}, setting), expected);
  const size_t step = bytes.size() > 4096 ? 97 : 1;
  for (size_t at = 0; at <= bytes.size(); at += step) {
    const std::string context = "cut at " + std::to_string(at);
    CHECK_EQUAL_FOR(Decode({bytes.substr(0, at), bytes.substr(at)}, setting),
                    expected, context);
  }
  for (size_t size = 1; size <= 17; size++) {
    const std::string context = "pieces of " + std::to_string(size);
    CHECK_EQUAL_FOR(Decode(Cut(bytes, size), setting), expected, context);
  }
  for (size_t i = 0; i < static_cast<size_t>(WebSocketFault::kCount); i++) {
    const char* name = Describe(static_cast<WebSocketFault>(i)).name;
    if (expected == "fault "s + name + "\n" ||
        expected.find("\nfault "s + name + "\n") != std::string::npos) {
      met[i] = true;
    }
  }
}

std::string Close(uint16_t code, const std::string& reason) {
  std::string payload = {static_cast<char>(code >> 8),
                         static_cast<char>(code & 0xff)};
  return Frame(0x88, payload + reason);
}

// Defined first, so it runs last.
TEST(WebSocketEveryDecoderFaultWasMet) {
  bool any = false;
  for (const bool one : met) any = any || one;
  if (!any) return;  // alone it proves nothing
  for (size_t i = 1; i < static_cast<size_t>(WebSocketFault::kCount); i++) {
    const auto fault = static_cast<WebSocketFault>(i);
    // Whoever inflates finds that one.
    if (fault == WebSocketFault::kBadCompression) continue;
    CHECK_FOR(met[i], Describe(fault).name);
  }
}

TEST(WebSocketMessagesOfEveryLengthForm) {
  for (const size_t size : {0, 1, 2, 124, 125, 126, 127, 128, 300, 65535}) {
    const std::string text(size, '*');
    Expect(Frame(0x81, text), "text " + text + "\n");
    Expect(Frame(0x82, text), "binary " + text + "\n");
  }
  const std::string large(65536 + 5, 'x');
  Expect(Frame(0x82, large), "binary " + large + "\n");
}

TEST(WebSocketFragmentsWithControlFramesBetween) {
  Expect(Frame(0x01, "He") + Frame(0x89, "p") + Frame(0x00, "") +
             Frame(0x8a, "q") + Frame(0x00, "l") + Frame(0x80, "lo") +
             Frame(0x82, "next"),
         "ping p\npong q\ntext Hello\nbinary next\n");
  Expect(Frame(0x02, "") + Frame(0x80, ""), "binary \n");
}

TEST(WebSocketReservedBitsAndOpcodes) {
  for (const int bits : {0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70}) {
    for (const int opcode : {1, 2, 8, 9, 10}) {
      Expect(Frame(0x82, "a") +
                 Frame(static_cast<uint8_t>(0x80 | bits | opcode), "b"),
             "binary a\nfault ReservedBit\n");
    }
  }
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    Expect(Frame(static_cast<uint8_t>(0x80 | opcode), ""),
           "fault UnknownOpcode\n");
  }
}

TEST(WebSocketRsv1StartsCompressedMessagesOnly) {
  const Setting deflate{.deflate = true};
  Expect(Frame(0xc1, "\xff\xfe") + Frame(0x81, "a"),
         "compressed text \xff\xfe\ntext a\n", deflate);
  Expect(Frame(0x41, "\xff") + Frame(0x80, "\xfe"),
         "compressed text \xff\xfe\n", deflate);
  Expect(Frame(0x41, "a") + Frame(0xc0, "b"), "fault ReservedBit\n", deflate);
  Expect(Frame(0xc9, "a"), "fault ReservedBit\n", deflate);
  Expect(Frame(0xa1, "a"), "fault ReservedBit\n", deflate);
}

TEST(WebSocketMasksByRole) {
  Expect(Frame(TestFrame{0x81, "a", false}), "fault UnmaskedFrame\n");
  const Setting client{.role = WebSocketRole::kClient};
  Expect(Frame(TestFrame{0x81, "a", true}), "fault MaskedFrame\n", client);
  Expect(Frame(TestFrame{0x01, "a", false}) +
             Frame(TestFrame{0x80, "b", false}) +
             Frame(TestFrame{0x88, "\x03\xe8", false}),
         "text ab\nclose 1000 \n", client);
}

TEST(WebSocketControlFrames) {
  const std::string full(125, 'x');
  Expect(Frame(0x89, full) + Frame(0x8a, ""), "ping " + full + "\npong \n");
  Expect(Frame(0x09, "a"), "fault FragmentedControl\n");
  Expect(Frame(0x89, full + "y"), "fault ControlTooLong\n");
  Expect(Frame(TestFrame{0x89, "abc", true, 2}), "fault ControlTooLong\n");
}

TEST(WebSocketLengths) {
  Expect(Frame(TestFrame{0x82, "abc", true, 2}), "fault LengthNotMinimal\n");
  Expect(Frame(TestFrame{0x82, "abc", true, 8}), "fault LengthNotMinimal\n");
  Expect(Frame(TestFrame{0x82, std::string(65535, 'a'), true, 8}),
         "fault LengthNotMinimal\n");
  Expect("\x82\xff\x80\0\0\0\0\0\0\0"s, "fault LengthTooLarge\n");
  Expect("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff"s,
         "fault LengthTooLarge\n");
  Expect("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\1\2\3\4"s,
         "fault MessageTooLarge\n");
}

TEST(WebSocketMessageOrder) {
  Expect(Frame(0x80, "a"), "fault UnexpectedContinuation\n");
  Expect(Frame(0x00, "a"), "fault UnexpectedContinuation\n");
  Expect(Frame(0x01, "a") + Frame(0x81, "b"), "fault InterruptedMessage\n");
  Expect(Frame(0x02, "a") + Frame(0x80, "b") + Frame(0x80, "c"),
         "binary ab\nfault UnexpectedContinuation\n");
}

TEST(WebSocketLimitsOfMessages) {
  const Setting small{.limits = {.max_message_bytes = 5, .max_frames = 3}};
  Expect(Frame(0x81, "12345"), "text 12345\n", small);
  Expect(Frame(0x81, "123456"), "fault MessageTooLarge\n", small);
  Expect(Frame(0x01, "123") + Frame(0x80, "456"), "fault MessageTooLarge\n",
         small);
  Expect(Frame(0x01, "1") + Frame(0x00, "2") + Frame(0x80, "3"), "text 123\n",
         small);
  Expect(Frame(0x01, "") + Frame(0x00, "") + Frame(0x00, "") + Frame(0x00, ""),
         "fault TooManyFrames\n", small);
}

TEST(WebSocketCloseFrames) {
  Expect(Frame(0x88, "") + Frame(0x81, "late"), "close 1005 \n");
  Expect(Close(1000, "bye") + Frame(0x81, "late"), "close 1000 bye\n");
  Expect(Close(4999, std::string(123, 'r')),
         "close 4999 " + std::string(123, 'r') + "\n");
  Expect(Frame(0x88, "\x03"), "fault BadClosePayload\n");
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999,
                         5000, 65535}) {
    Expect(Close(static_cast<uint16_t>(code), ""), "fault BadCloseCode\n");
  }
  for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011,
                         1012, 1013, 1014, 3000, 3999, 4000, 4999}) {
    Expect(Close(static_cast<uint16_t>(code), ""),
           "close " + std::to_string(code) + " \n");
  }
  Expect(Close(1000, "\xce\xba\xe1"), "fault BadCloseReason\n");
  Expect(Close(1000, "\xff"), "fault BadCloseReason\n");
  // Inside a fragmented message too.
  Expect(Frame(0x01, "a") + Close(1001, ""), "close 1001 \n");
}

TEST(WebSocketTextIsUtf8AtEveryCut) {
  const std::string good = "κόσμε \xf0\x9f\x98\x80 \xed\x9f\xbf\xee\x80\x80";
  Expect(Frame(0x81, good), "text " + good + "\n");
  for (size_t at = 0; at <= good.size(); at++) {
    Expect(Frame(0x01, good.substr(0, at)) + Frame(0x89, "") +
               Frame(0x80, good.substr(at)),
           "ping \ntext " + good + "\n");
  }
  const std::string bad[] = {"\xce\xba\xe1\xbd\xb9\xf4\x90\x80\x80 edited",
                             "\xed\xa0\x80", "\xc0\xaf", "\x80",
                             "abc\xe1\xbd"};
  for (const std::string& text : bad) {
    Expect(Frame(0x81, text), "fault InvalidUtf8\n");
    Expect(Frame(0x82, text), "binary " + text + "\n");
  }
}

TEST(WebSocketInvalidTextFailsBeforeItsEnd) {
  // Autobahn 6.4: the fault is there with the first byte that cannot be right.
  const std::string frame = Frame(0x81, "\xce\xba\xf4\x90\x80\x80 and more");
  WebSocketTranscript transcript;
  CHECK(transcript.Feed(frame.substr(0, 6 + 3)));
  CHECK_EQUAL(transcript.text(), "");
  CHECK(!transcript.Feed(frame.substr(6 + 3, 1)));
  CHECK_EQUAL(transcript.text(), "fault InvalidUtf8\n");
}

TEST(WebSocketFaultsAreThereWithTheirByte) {
  const struct {
    std::string bytes;
    const char* fault;
  } cases[] = {
      {"\x91"s, "ReservedBit"},         {"\x83"s, "UnknownOpcode"},
      {"\x09"s, "FragmentedControl"},   {"\x81\x01"s, "UnmaskedFrame"},
      {"\x89\xfe"s, "ControlTooLong"},  {"\x82\xff\x80"s, "LengthTooLarge"},
      {"\x82\xfe\0\x7d"s, "LengthNotMinimal"},
  };
  for (const auto& each : cases) {
    WebSocketTranscript transcript;
    CHECK(!transcript.Feed(each.bytes));
    CHECK_EQUAL(transcript.text(), "fault "s + each.fault + "\n");
  }
}

}  // namespace
