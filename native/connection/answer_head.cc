#include "answer_head.h"

#include "../engine/field_names.h"
#include "../engine/numbers.h"
#include "../engine/serializer.h"
#include "records.h"
#include "status_lines.h"

namespace gudeg::connection {

using engine::Fault;
using engine::KnownField;
using engine::Method;
using engine::Profile;

namespace {

// Status line without its reason, the fields added here, and the empty line.
constexpr size_t kFixedBound = 224;
constexpr int kNameShift = 20;

std::string_view View(const uint8_t* data, size_t size) noexcept {
  return {reinterpret_cast<const char*>(data), size};
}

// Does a list of tokens hold this one, in any case?
bool HasToken(std::string_view list, std::string_view token) noexcept {
  size_t start = 0;
  while (start <= list.size()) {
    size_t end = list.find(',', start);
    if (end == std::string_view::npos) end = list.size();
    std::string_view item = list.substr(start, end - start);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    bool same = item.size() == token.size();
    for (size_t i = 0; same && i < item.size(); i++) {
      same = (item[i] | 0x20) == token[i];
    }
    if (same) return true;
    start = end + 1;
  }
  return false;
}

AnswerHead Refused(Fault fault, std::string_view detail) noexcept {
  AnswerHead head;
  head.fault = fault;
  head.fault_detail = detail;
  return head;
}

}  // namespace

size_t AnswerHeadBound(const int32_t* answer) noexcept {
  size_t bound = kFixedBound;
  if (answer[kAnswerReasonLength] > 0) {
    bound += static_cast<size_t>(answer[kAnswerReasonLength]);
  }
  for (int i = 0; i < answer[kAnswerFieldCount]; i++) {
    const auto lengths = static_cast<uint32_t>(answer[kAnswerInts + i]);
    bound += (lengths >> kNameShift) + (lengths & 0xfffff) + 4;
  }
  return bound;
}

AnswerHead RenderAnswerHead(const int32_t* answer, const uint8_t* bytes,
                            const AnswerContext& context, uint8_t* out,
                            size_t capacity) noexcept {
  const bool rfc = context.profile == Profile::kRfc;
  const int32_t flags = answer[kAnswerStatus];
  const auto status = static_cast<uint16_t>(flags & 0xffff);
  const bool is_head = context.method == Method::kHEAD;
  const bool no_body = (flags & kAnswerNoBody) != 0;
  const bool streams_chunks = (flags & kAnswerChunked) != 0;
  uint64_t total = static_cast<uint32_t>(answer[kAnswerBodyLength]);
  if ((flags & kAnswerLength) != 0) {
    total =
        static_cast<uint32_t>(answer[kAnswerTotalLow]) |
        static_cast<uint64_t>(static_cast<uint32_t>(answer[kAnswerTotalHigh]))
            << 32;
  }
  // RFC 9110 sections 6.4.1 and 9.3.6: these have no content, ever.
  const bool never_body = status < 200 || status == 204 || status == 304 ||
                          (context.method == Method::kCONNECT && status < 300);

  AnswerHead head;
  const bool interim = (flags & kAnswerInterim) != 0;
  const bool tunnel = (flags & kAnswerTunnel) != 0;
  head.keep_alive = context.keep_alive && (flags & kAnswerClose) == 0;
  if (rfc) {
    const bool switches = status == 101;
    const bool connects =
        context.method == Method::kCONNECT && status >= 200 && status < 300;
    if ((status < 200 && !switches) != interim || (switches && !tunnel) ||
        (tunnel && !switches && !connects)) {
      return Refused(Fault::kBadStatus, {});
    }
    if (never_body && (total != 0 || streams_chunks)) {
      return Refused(Fault::kBodyNotAllowed, {});
    }
    // The bytes behind it would belong to a tunnel.
    if (context.method == Method::kCONNECT && !tunnel && status >= 200 &&
        status < 300) {
      head.keep_alive = false;
    }
  } else if (interim || tunnel) {
    return Refused(Fault::kBadStatus, {});
  }
  head.bodiless = is_head;
  head.chunked = streams_chunks && !(rfc && context.is_http10);
  // HTTP/1.0 knows no chunks: there the body ends with the connection.
  if (streams_chunks && !head.chunked) head.keep_alive = false;

  engine::HeadWriter writer(out, capacity, context.profile);
  const std::string_view standard = StatusLine(status);
  if (answer[kAnswerReasonLength] < 0 && !standard.empty()) {
    writer.Literal(standard);
  } else {
    const auto length = answer[kAnswerReasonLength] < 0
                            ? size_t{0}
                            : static_cast<size_t>(answer[kAnswerReasonLength]);
    writer.StatusLine(status, View(bytes, length));
    if (writer.fault() != Fault::kNone) {
      return Refused(writer.fault(), View(bytes, length));
    }
    bytes += length;
  }

  bool has_length = false;
  bool has_coding = false;
  bool has_connection = false;
  bool has_date = false;
  for (int i = 0; i < answer[kAnswerFieldCount]; i++) {
    const auto lengths = static_cast<uint32_t>(answer[kAnswerInts + i]);
    const std::string_view name = View(bytes, lengths >> kNameShift);
    bytes += name.size();
    const std::string_view value = View(bytes, lengths & 0xfffff);
    bytes += value.size();
    const auto* raw_name = reinterpret_cast<const uint8_t*>(name.data());
    switch (engine::LookupFieldName(raw_name, name.size())) {
      case KnownField::kContentLength: {
        uint64_t length = 0;
        const bool ok =
            engine::ParseLength(reinterpret_cast<const uint8_t*>(value.data()),
                                value.size(), engine::kDeguMaxLength, &length);
        // To HEAD and with 304 it speaks of the body that is not sent.
        const bool speaks_of_other =
            (is_head || status == 304) && no_body && !streams_chunks;
        const bool fits = speaks_of_other ||
                          (!streams_chunks && length == total &&
                           !(rfc && never_body) && !(no_body && length != 0));
        if (!ok || !fits || has_length || has_coding) {
          return Refused(Fault::kBadContentLength, value);
        }
        has_length = true;
        break;
      }
      case KnownField::kTransferEncoding: {
        const bool speaks_of_other = is_head && no_body;
        if (value != "chunked" || has_coding || has_length ||
            !(streams_chunks || speaks_of_other) || (rfc && never_body)) {
          return Refused(Fault::kBadTransferEncoding, value);
        }
        has_coding = true;
        if (streams_chunks && !head.chunked) continue;  // to HTTP/1.0
        break;
      }
      case KnownField::kConnection:
        has_connection = true;
        if (HasToken(value, "close")) head.keep_alive = false;
        break;
      case KnownField::kDate:
        has_date = true;
        break;
      default:
        break;
    }
    writer.Field(name, value);
    if (writer.fault() != Fault::kNone) {
      // Name and value lie side by side in the record.
      AnswerHead refused =
          Refused(writer.fault(), {name.data(), name.size() + value.size()});
      refused.fault_name_size = name.size();
      return refused;
    }
  }

  if (streams_chunks) {
    if (!has_coding && head.chunked) {
      writer.Literal("transfer-encoding: chunked\r\n");
    }
  } else if (!has_length && !has_coding && !(rfc && never_body) &&
             !(no_body && (is_head || !rfc))) {
    writer.ContentLength(total);
  }
  if (rfc && !interim) {
    if (!has_date && !context.date_line.empty()) {
      writer.Literal(context.date_line);
    }
    if (!has_connection && status == 101) {
      writer.Literal("connection: upgrade\r\n");
    } else if (!has_connection && !head.keep_alive && !tunnel) {
      writer.Literal("connection: close\r\n");
    } else if (!has_connection && context.is_http10 && !tunnel) {
      writer.Literal("connection: keep-alive\r\n");
    }
  }
  writer.End();
  if (writer.fault() != Fault::kNone) return Refused(writer.fault(), {});
  head.size = writer.size();
  return head;
}

}  // namespace gudeg::connection
