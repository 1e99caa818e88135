#include "tls_context_copy.h"

#include <cstring>
#include <string>

namespace gudeg::transport {

namespace {

// OpenSSL has one list for all versions and takes two: only those of TLS 1.3
// have names that begin like that.
bool CopyCiphers(SSL_CTX* from, SSL_CTX* to) noexcept {
  const STACK_OF(SSL_CIPHER)* all = SSL_CTX_get_ciphers(from);
  std::string suites;
  std::string ciphers;
  for (int i = 0; all != nullptr && i < sk_SSL_CIPHER_num(all); i++) {
    const char* name = SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i));
    std::string& list = strncmp(name, "TLS_", 4) == 0 ? suites : ciphers;
    if (!list.empty()) list += ':';
    list += name;
  }
  if (SSL_CTX_set_ciphersuites(to, suites.c_str()) != 1) return false;
  // None where the versions leave TLS 1.3 alone.
  return ciphers.empty() || SSL_CTX_set_cipher_list(to, ciphers.c_str()) == 1;
}

bool CopyIdentities(SSL_CTX* from, SSL_CTX* to) noexcept {
  long found = SSL_CTX_set_current_cert(from, SSL_CERT_SET_FIRST);
  for (; found == 1; found = SSL_CTX_set_current_cert(from, SSL_CERT_SET_NEXT)) {
    X509* leaf = SSL_CTX_get0_certificate(from);
    EVP_PKEY* key = SSL_CTX_get0_privatekey(from);
    STACK_OF(X509)* chain = nullptr;
    SSL_CTX_get0_chain_certs(from, &chain);
    if (SSL_CTX_use_certificate(to, leaf) != 1) return false;
    SSL_CTX_clear_chain_certs(to);
    for (int i = 0; chain != nullptr && i < sk_X509_num(chain); i++) {
      SSL_CTX_add1_chain_cert(to, sk_X509_value(chain, i));
    }
    if (SSL_CTX_use_PrivateKey(to, key) != 1) return false;
  }
  return true;
}

}  // namespace

const char* CopyTlsContext(SSL_CTX* from, SSL_CTX* to) noexcept {
  // First: what it doesn't allow is refused below.
  SSL_CTX_set_security_level(to, SSL_CTX_get_security_level(from));
  // Node allows renegotiation and counts it; here it is refused.
  SSL_CTX_set_options(
      to, SSL_CTX_get_options(from) & ~SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
  SSL_CTX_set_min_proto_version(to, SSL_CTX_get_min_proto_version(from));
  SSL_CTX_set_max_proto_version(to, SSL_CTX_get_max_proto_version(from));
  if (!CopyCiphers(from, to)) return "ciphers";
  if (!CopyIdentities(from, to)) return "certificate";
  SSL_CTX_set1_cert_store(to, SSL_CTX_get_cert_store(from));
  const STACK_OF(X509_NAME)* authorities = SSL_CTX_get_client_CA_list(from);
  if (authorities != nullptr) {
    SSL_CTX_set_client_CA_list(to, SSL_dup_CA_list(authorities));
  }
  SSL_CTX_set_timeout(to, SSL_CTX_get_timeout(from));
  ERR_clear_error();
  return nullptr;
}

}  // namespace gudeg::transport
