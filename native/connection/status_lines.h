// Standard reason phrases (RFC 9110 section 15), as whole status lines.
#pragma once

#include <cstdint>
#include <string_view>

namespace gudeg::connection {

// "HTTP/1.1 200 OK\r\n"; empty for a status without a standard phrase.
std::string_view StatusLine(uint16_t status) noexcept;

}  // namespace gudeg::connection
