#include "ip_address.h"

#include <arpa/inet.h>

#include <cstring>
#include <string>

#include "test_case.h"

namespace {

using namespace gudeg::engine;

const uint8_t* Bytes(const std::string& text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

// What the C library makes of it, `refused`, or that we don't agree.
std::string Read(const std::string& text, int family) {
  const bool is_ipv6 = family == AF_INET6;
  uint8_t ours[16] = {};
  uint8_t theirs[16] = {};
  const bool ok = is_ipv6 ? ParseIpv6(Bytes(text), text.size(), ours)
                          : ParseIpv4(Bytes(text), text.size(), ours);
  if (ok != (inet_pton(family, text.c_str(), theirs) == 1) ||
      (ok && memcmp(ours, theirs, sizeof ours) != 0)) {
    return "differs";
  }
  if (!ok) return "refused";
  char shown[INET6_ADDRSTRLEN];
  return inet_ntop(family, ours, shown, sizeof shown);
}

TEST(Ipv4AddressesAreFourDecimalNumbers) {
  for (const char* good : {"0.0.0.0", "127.0.0.1", "255.255.255.255", "1.20.3.4"}) {
    CHECK_EQUAL_FOR(Read(good, AF_INET), good, good);
  }
  for (const char* bad :
       {"", "1", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.4.5", ".1.2.3.4",
        "1..3.4", "256.1.1.1", "1.2.3.0004", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4",
        "+1.2.3.4", "1.2.3.a", "0x1.2.3.4", "::1"}) {
    CHECK_EQUAL_FOR(Read(bad, AF_INET), "refused", bad);
  }
}

TEST(Ipv6AddressesAreEightGroupsOrHaveOneRun) {
  for (const char* good :
       {"::", "::1", "1::", "2001:db8::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4",
        "fe80::1:2", "1:2:3:4:5:6:1.2.3.4", "ABCD::ef"}) {
    const std::string shown = Read(good, AF_INET6);
    CHECK_FOR(shown != "refused" && shown != "differs", good);
  }
  CHECK_EQUAL(Read("2001:DB8:0:0:0:0:0:1", AF_INET6), "2001:db8::1");
  for (const char* bad :
       {"", ":", ":::", "1", "1:2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8:", ":1:2:3:4:5:6:7:8", "1::2::3", "12345::", "g::",
        "::1.2.3", "::1.2.3.4.5", "1.2.3.4", "1.2.3.4::", "::1%eth0", "[::1]",
        "::1 ", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:1.2.3.4",
        "1:2:3:4::5:6:7:8"}) {
    CHECK_EQUAL_FOR(Read(bad, AF_INET6), "refused", bad);
  }
}

}  // namespace
