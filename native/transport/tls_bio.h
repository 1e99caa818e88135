// OpenSSL's way to the socket of a channel.
#pragma once

#include "tls_library.h"

namespace gudeg::transport {

class TlsChannel;

// Null when memory is out.
BIO* NewChannelBio(TlsChannel* channel) noexcept;

}  // namespace gudeg::transport
