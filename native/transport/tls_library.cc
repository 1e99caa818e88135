#include "tls_library.h"

namespace gudeg::transport {

namespace {

bool IsComplete() noexcept {
#ifdef _WIN32
  return true;
#else
#define GUDEG_ADDRESS(name) reinterpret_cast<const void*>(&name),
  const void* const functions[] = {GUDEG_TLS_FUNCTIONS(GUDEG_ADDRESS)};
#undef GUDEG_ADDRESS
  for (const void* function : functions) {
    if (function == nullptr) return false;
  }
  return true;
#endif
}

}  // namespace

const char* TlsLibraryVersion() noexcept {
  if (!IsComplete() || OpenSSL_version_num() < 0x30000000UL) return nullptr;
  return OpenSSL_version(OPENSSL_VERSION);
}

}  // namespace gudeg::transport
