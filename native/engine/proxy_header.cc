#include "proxy_header.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "ip_address.h"

namespace gudeg::engine {

namespace {

constexpr std::string_view kLineStart = "PROXY ";
constexpr std::string_view kSignature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr size_t kFixedBytes = 16;  // of version 2: signature, type, length
constexpr size_t kTypeBytes = 3;    // type and length of a value behind it

bool StartsLike(const uint8_t* data, size_t size,
                std::string_view start) noexcept {
  return memcmp(data, start.data(), std::min(size, start.size())) == 0;
}

Progress Fail(Fault* out, Fault fault) noexcept {
  *out = fault;
  return Progress::kFault;
}

// Takes words apart that single spaces separate.
class Words {
 public:
  explicit Words(std::string_view text) noexcept : rest_(text) {}

  std::string_view Next() noexcept {
    if (over_) return {};
    const size_t end = rest_.find(' ');
    const std::string_view word = rest_.substr(0, end);
    over_ = end == std::string_view::npos;
    rest_ = over_ ? std::string_view() : rest_.substr(end + 1);
    return word;
  }

  bool over() const noexcept { return over_; }

 private:
  std::string_view rest_;
  bool over_ = false;
};

bool ParsePort(std::string_view text, uint16_t* port) noexcept {
  if (text.empty() || text.size() > 5) return false;
  if (text.size() > 1 && text[0] == '0') return false;
  uint32_t value = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return false;
    value = value * 10 + static_cast<uint32_t>(digit - '0');
  }
  *port = static_cast<uint16_t>(value);
  return value <= 0xffff;
}

bool ParseEnd(std::string_view host, bool is_ipv6, uint8_t* bytes) noexcept {
  const auto* text = reinterpret_cast<const uint8_t*>(host.data());
  return is_ipv6 ? ParseIpv6(text, host.size(), bytes)
                 : ParseIpv4(text, host.size(), bytes);
}

// `TCP4 SOURCE DESTINATION SOURCE-PORT DESTINATION-PORT`, or `UNKNOWN` and
// whatever may follow.
bool ParseLine(std::string_view line, ProxyHeader* header) noexcept {
  Words words(line);
  const std::string_view protocol = words.Next();
  if (protocol == "UNKNOWN") {
    header->family = ProxyHeader::Family::kUnknown;
    return true;
  }
  const bool is_ipv6 = protocol == "TCP6";
  if (!is_ipv6 && protocol != "TCP4") return false;
  header->family =
      is_ipv6 ? ProxyHeader::Family::kIpv6 : ProxyHeader::Family::kIpv4;
  return ParseEnd(words.Next(), is_ipv6, header->source.bytes) &&
         ParseEnd(words.Next(), is_ipv6, header->destination.bytes) &&
         ParsePort(words.Next(), &header->source.port) &&
         ParsePort(words.Next(), &header->destination.port) && words.over();
}

Progress ParseV1(const uint8_t* data, size_t size, ProxyHeader* header,
                 Fault* fault) noexcept {
  const size_t limit = std::min(size, kMaxProxyLineBytes);
  const auto* end = static_cast<const uint8_t*>(memchr(data, '\n', limit));
  if (end == nullptr) {
    return size < kMaxProxyLineBytes ? Progress::kNeedMore
                                     : Fail(fault, Fault::kProxyHeaderTooLarge);
  }
  const std::string_view line(reinterpret_cast<const char*>(data),
                              static_cast<size_t>(end - data));
  if (line.size() <= kLineStart.size() || line.back() != '\r' ||
      !ParseLine(line.substr(kLineStart.size(),
                             line.size() - kLineStart.size() - 1),
                 header)) {
    return Fail(fault, Fault::kBadProxyHeader);
  }
  header->header_bytes = static_cast<uint32_t>(line.size() + 1);
  return Progress::kDone;
}

uint16_t ReadUint16(const uint8_t* data) noexcept {
  return static_cast<uint16_t>(data[0] << 8 | data[1]);
}

// Whether types, lengths and values fill the rest exactly.
bool AreValuesWhole(const uint8_t* data, size_t size) noexcept {
  while (size != 0) {
    if (size < kTypeBytes) return false;
    const size_t length = kTypeBytes + ReadUint16(data + 1);
    if (length > size) return false;
    data += length;
    size -= length;
  }
  return true;
}

size_t HostBytes(ProxyHeader::Family family) noexcept {
  switch (family) {
    case ProxyHeader::Family::kIpv4:
      return kIpv4Bytes;
    case ProxyHeader::Family::kIpv6:
      return kIpv6Bytes;
    case ProxyHeader::Family::kUnix:
      return kUnixPathBytes;
    default:
      return 0;
  }
}

// The addresses of version 2 and the values behind them.
bool ParseBlock(const uint8_t* block, size_t size,
                ProxyHeader* header) noexcept {
  const size_t host_bytes = HostBytes(header->family);
  const size_t port_bytes =
      header->family == ProxyHeader::Family::kUnix ? 0 : 2;
  const size_t address_bytes = 2 * (host_bytes + port_bytes);
  if (size < address_bytes) return false;
  memcpy(header->source.bytes, block, host_bytes);
  memcpy(header->destination.bytes, block + host_bytes, host_bytes);
  if (port_bytes != 0) {
    header->source.port = ReadUint16(block + 2 * host_bytes);
    header->destination.port = ReadUint16(block + 2 * host_bytes + port_bytes);
  }
  return AreValuesWhole(block + address_bytes, size - address_bytes);
}

Progress ParseV2(const uint8_t* data, size_t size, ProxyHeader* header,
                 Fault* fault) noexcept {
  if (size < kFixedBytes) return Progress::kNeedMore;
  const int version = data[12] >> 4;
  const int command = data[12] & 15;  // 0 = LOCAL, 1 = PROXY
  const int family = data[13] >> 4;
  const int protocol = data[13] & 15;  // unspecified, stream, datagram
  if (version != 2 || command > 1 || family > 3 || protocol > 2) {
    return Fail(fault, Fault::kBadProxyHeader);
  }
  const size_t block_bytes = ReadUint16(data + 14);
  if (kFixedBytes + block_bytes > kMaxProxyHeaderBytes) {
    return Fail(fault, Fault::kProxyHeaderTooLarge);
  }
  if (size < kFixedBytes + block_bytes) return Progress::kNeedMore;
  header->header_bytes = static_cast<uint32_t>(kFixedBytes + block_bytes);
  // What else a proxy says of a connection of its own is of no concern.
  header->family = ProxyHeader::Family::kUnknown;
  if (command == 0 || family == 0) return Progress::kDone;
  header->family = static_cast<ProxyHeader::Family>(family);
  return ParseBlock(data + kFixedBytes, block_bytes, header)
             ? Progress::kDone
             : Fail(fault, Fault::kBadProxyHeader);
}

}  // namespace

Progress ParseProxyHeader(const uint8_t* data, size_t size,
                          ProxyVersions versions, ProxyHeader* header,
                          Fault* fault) noexcept {
  const bool takes_v1 =
      versions == ProxyVersions::kV1 || versions == ProxyVersions::kBoth;
  const bool takes_v2 =
      versions == ProxyVersions::kV2 || versions == ProxyVersions::kBoth;
  if (takes_v1 && StartsLike(data, size, kLineStart)) {
    return size < kLineStart.size() ? Progress::kNeedMore
                                    : ParseV1(data, size, header, fault);
  }
  if (takes_v2 && StartsLike(data, size, kSignature)) {
    return ParseV2(data, size, header, fault);
  }
  return Fail(fault, Fault::kMissingProxyHeader);
}

}  // namespace gudeg::engine
