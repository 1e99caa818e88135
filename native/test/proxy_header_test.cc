#include "proxy_header.h"

#include <string>
#include <string_view>

#include "test_case.h"
#include "transcript.h"

namespace {

using namespace gudeg::engine;
using namespace std::string_literals;

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string Shown(const ProxyHeader& header) {
  const auto host = [&header](const ProxyEnd& end) {
    std::string text;
    const size_t size = header.family == ProxyHeader::Family::kIpv4   ? 4
                        : header.family == ProxyHeader::Family::kIpv6 ? 16
                                                                      : 0;
    for (size_t i = 0; i < size; i++) {
      text += std::to_string(end.bytes[i]) + (i + 1 < size ? "." : ":");
    }
    if (size == 0) text = reinterpret_cast<const char*>(end.bytes) + ":"s;
    return text + std::to_string(end.port);
  };
  if (header.family == ProxyHeader::Family::kUnknown) return "unknown";
  return host(header.source) + " " + host(header.destination);
}

// What comes of the whole text: the same as of every part of it first.
std::string Read(const std::string& text,
                 ProxyVersions versions = ProxyVersions::kBoth) {
  for (size_t size = 0; size <= text.size(); size++) {
    ProxyHeader header;
    Fault fault = Fault::kNone;
    switch (ParseProxyHeader(reinterpret_cast<const uint8_t*>(text.data()),
                             size, versions, &header, &fault)) {
      case Progress::kNeedMore:
        continue;
      case Progress::kDone:
        return Shown(header) + " in " + std::to_string(header.header_bytes);
      case Progress::kFault:
        gudeg::test::Note(fault);
        return Describe(fault).name + " at "s + std::to_string(size);
    }
  }
  return "more";
}

std::string V2(char command, char family, const std::string& block,
               size_t length) {
  return kSignature + command + family + static_cast<char>(length >> 8) +
         static_cast<char>(length) + block;
}

std::string V2(char command, char family, const std::string& block) {
  return V2(command, family, block, block.size());
}

TEST(ProxyLinesNameBothEnds) {
  CHECK_EQUAL(Read("PROXY TCP4 1.2.3.4 5.6.7.8 9 65535\r\nGET /"),
              "1.2.3.4:9 5.6.7.8:65535 in 36");
  CHECK_EQUAL(Read("PROXY TCP6 ::1 ::2 0 80\r\n"),
              "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1:0 "
              "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2:80 in 25");
  CHECK_EQUAL(Read("PROXY UNKNOWN\r\n"), "unknown in 15");
  CHECK_EQUAL(Read("PROXY UNKNOWN ffff:f::1 whatever 1\r\n"),
              "unknown in 36");
}

TEST(ProxyLinesAreReadToTheLetter) {
  for (const char* bad :
       {"PROXY\r\n", "PROXYTCP4 ", "proxy TCP4", "GET / HTTP/1.1\r\n", "P\r\n",
        " PROXY TCP4", "\r\nPROXY"}) {
    CHECK_FOR(Read(bad).starts_with("MissingProxyHeader"), bad);
  }
  for (const char* bad :
       {"PROXY \r\n", "PROXY TCP4\r\n", "PROXY TCP5 1.2.3.4 5.6.7.8 9 10\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 9\r\n", "PROXY UNKNOWNX\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 9 10 11\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 9 10 \r\n",
        "PROXY TCP4  1.2.3.4 5.6.7.8 9 10\r\n",
        "PROXY TCP4 1.2.3.4\t5.6.7.8 9 10\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 9 10\n", "PROXY \n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 9 65536\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 09 10\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 -9 10\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8  10\r\n",
        "PROXY TCP4 1.2.3.400 5.6.7.8 9 10\r\n",
        "PROXY TCP4 ::1 ::2 9 10\r\n", "PROXY TCP6 1.2.3.4 5.6.7.8 9 10\r\n",
        "PROXY TCP6 ::1%lo ::2 9 10\r\n"}) {
    CHECK_FOR(Read(bad).starts_with("BadProxyHeader"), bad);
  }
}

TEST(ProxyLinesEndWithin107Bytes) {
  const std::string start = "PROXY UNKNOWN ";
  CHECK_EQUAL(Read(start + std::string(91, 'a') + "\r\n"), "unknown in 107");
  CHECK_EQUAL(Read(start + std::string(92, 'a') + "\r\n"),
              "ProxyHeaderTooLarge at 107");
}

TEST(BinaryProxyHeadersNameBothEnds) {
  const std::string ipv4 = "\x01\x02\x03\x04\x05\x06\x07\x08\x00\x09\x01\x00"s;
  CHECK_EQUAL(Read(V2('\x21', '\x11', ipv4) + "GET"),
              "1.2.3.4:9 5.6.7.8:256 in 28");
  CHECK_EQUAL(Read(V2('\x21', '\x12', ipv4)), "1.2.3.4:9 5.6.7.8:256 in 28");
  const std::string ipv6 =
      std::string(15, '\0') + "\x01" + std::string(15, '\0') + "\x02\x00\x01\x00\x02"s;
  CHECK_EQUAL(Read(V2('\x21', '\x21', ipv6)),
              "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1:1 "
              "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2:2 in 52");
  const std::string paths = "/from" + std::string(103, '\0') + "/to" +
                            std::string(105, '\0');
  CHECK_EQUAL(Read(V2('\x21', '\x31', paths)), "/from:0 /to:0 in 232");
}

TEST(BinaryProxyHeadersMayHaveValuesBehindTheAddresses) {
  const std::string ipv4(12, '\0');
  CHECK_EQUAL(Read(V2('\x21', '\x11', ipv4 + "\x04\x00\x02ok\x05\x00\x00"s)),
              "0.0.0.0:0 0.0.0.0:0 in 36");
  for (const std::string& bad : {"\x04"s, "\x04\x00"s, "\x04\x00\x02o"s}) {
    CHECK(Read(V2('\x21', '\x11', ipv4 + bad)).starts_with("BadProxyHeader"));
  }
}

TEST(ProxiesThatSpeakForThemselvesNameNobody) {
  CHECK_EQUAL(Read(V2('\x20', '\x00', "")), "unknown in 16");
  CHECK_EQUAL(Read(V2('\x20', '\x11', std::string(12, '\1'))), "unknown in 28");
  CHECK_EQUAL(Read(V2('\x21', '\x00', "anything")), "unknown in 24");
}

TEST(BinaryProxyHeadersAreRefusedAsSoonAsTheyAreWrong) {
  const std::string ipv4(12, '\0');
  CHECK_EQUAL(Read(V2('\x11', '\x11', ipv4)), "BadProxyHeader at 16");
  CHECK_EQUAL(Read(V2('\x22', '\x11', ipv4)), "BadProxyHeader at 16");
  CHECK_EQUAL(Read(V2('\x21', '\x41', ipv4)), "BadProxyHeader at 16");
  CHECK_EQUAL(Read(V2('\x21', '\x13', ipv4)), "BadProxyHeader at 16");
  CHECK_EQUAL(Read(V2('\x21', '\x11', std::string(11, '\0'))),
              "BadProxyHeader at 27");
  CHECK_EQUAL(Read(V2('\x21', '\x11', "", 4081)), "ProxyHeaderTooLarge at 16");
  CHECK_EQUAL(Read(V2('\x21', '\x11', "", 4080)), "more");
  CHECK_EQUAL(Read("\r\n\r\n\0\r\nQUIX"s), "MissingProxyHeader at 11");
}

TEST(OneVersionAloneCanBeTaken) {
  const std::string line = "PROXY UNKNOWN\r\n";
  const std::string binary = V2('\x20', '\x00', "");
  CHECK_EQUAL(Read(line, ProxyVersions::kV1), "unknown in 15");
  CHECK_EQUAL(Read(line, ProxyVersions::kV2), "MissingProxyHeader at 1");
  CHECK_EQUAL(Read(binary, ProxyVersions::kV2), "unknown in 16");
  CHECK_EQUAL(Read(binary, ProxyVersions::kV1), "MissingProxyHeader at 1");
}

}  // namespace
