// What a PROXY header says does not depend on how it is cut, is never longer
// than the limit, and its addresses are those that the C library reads.
#include <arpa/inet.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "ip_address.h"
#include "proxy_header.h"

namespace {

using namespace gudeg::engine;

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void CompareAddresses(const std::string& text) {
  if (text.find('\0') != std::string::npos) return;
  const auto* data = reinterpret_cast<const uint8_t*>(text.data());
  uint8_t ours[16] = {};
  uint8_t theirs[16] = {};
  const bool ipv4 = ParseIpv4(data, text.size(), ours);
  Require(ipv4 == (inet_pton(AF_INET, text.c_str(), theirs) == 1), "IPv4");
  Require(!ipv4 || memcmp(ours, theirs, 4) == 0, "bytes of IPv4");
  const bool ipv6 = ParseIpv6(data, text.size(), ours);
  Require(ipv6 == (inet_pton(AF_INET6, text.c_str(), theirs) == 1), "IPv6");
  Require(!ipv6 || memcmp(ours, theirs, 16) == 0, "bytes of IPv6");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const auto versions = static_cast<ProxyVersions>(data[0] % 4);
  data++;
  size--;
  CompareAddresses({reinterpret_cast<const char*>(data), size});
  ProxyHeader whole;
  Fault fault = Fault::kNone;
  const Progress verdict =
      ParseProxyHeader(data, size, versions, &whole, &fault);
  Require((verdict == Progress::kFault) == (fault != Fault::kNone), "a fault");
  if (verdict == Progress::kDone) {
    Require(whole.header_bytes <= size, "not beyond the input");
    Require(whole.header_bytes <= kMaxProxyHeaderBytes, "not beyond the limit");
  }
  if (verdict == Progress::kNeedMore) {
    Require(size < kMaxProxyHeaderBytes, "no more than the limit is kept");
  }
  // The first part that is decided is decided as the whole is.
  for (size_t part = 0; part <= size; part++) {
    ProxyHeader header;
    Fault early = Fault::kNone;
    const Progress progress =
        ParseProxyHeader(data, part, versions, &header, &early);
    if (progress == Progress::kNeedMore) continue;
    Require(progress == verdict && early == fault, "the same verdict");
    Require(header.header_bytes == whole.header_bytes, "the same length");
    Require(memcmp(&header.source.bytes, &whole.source.bytes,
                   sizeof header.source.bytes) == 0,
            "the same source");
    break;
  }
  return 0;
}
