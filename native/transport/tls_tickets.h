// Keys of session tickets (RFC 5077, RFC 8446 section 4.6.1). They follow from
// one secret and the time, so that processes which share the secret rotate
// them alike without talking to each other.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tls_library.h"

namespace gudeg::transport {

class TlsTickets {
 public:
  static constexpr size_t kSecretBytes = 32;

  // Forgets everything, and makes tickets from now on. `lifetime_s` is how
  // long one key makes tickets; they are taken for as long again.
  void Start(const uint8_t* secret, size_t size, uint32_t lifetime_s) noexcept;
  bool is_started() const noexcept { return lifetime_s_ != 0; }

  // As SSL_CTX_set_tlsext_ticket_key_evp_cb() wants it. `renews`: who shows a
  // ticket gets another one.
  int Apply(uint8_t* key_name, uint8_t* iv, EVP_CIPHER_CTX* cipher,
            EVP_MAC_CTX* mac, bool encrypts, bool renews) noexcept;

 private:
  struct Key {
    int64_t epoch = -1;
    uint8_t name[16];
    uint8_t cipher[32];
    uint8_t mac[32];
  };
  // Null when it can't be made.
  const Key* At(int64_t epoch) noexcept;
  bool Derive(int64_t epoch, Key* key) noexcept;

  uint8_t secret_[kSecretBytes] = {};
  uint32_t lifetime_s_ = 0;
  Key keys_[2];  // of the even and the odd epoch
};

}  // namespace gudeg::transport
