// Takes over what another context of TLS has, one of Node's: its options were
// read, checked and loaded by Node's own code.
#pragma once

#include "tls_library.h"

namespace gudeg::transport {

// Certificates, keys, trust, versions, cipher suites, options and the lifetime
// of sessions; not the callbacks. Null, or the part that OpenSSL refuses.
const char* CopyTlsContext(SSL_CTX* from, SSL_CTX* to) noexcept;

}  // namespace gudeg::transport
