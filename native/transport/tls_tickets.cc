#include "tls_tickets.h"

#include <time.h>

#include <cstring>

namespace gudeg::transport {

namespace {

constexpr int kError = -1;
constexpr int kUnknown = 0;  // a full handshake follows
constexpr int kTaken = 1;
constexpr int kTakenAndRenewed = 2;

// HMAC-SHA-256 as a key derivation in counter mode (NIST SP 800-108).
bool Expand(const uint8_t* secret, size_t secret_size, char label,
            int64_t epoch, uint8_t* out) noexcept {
  uint8_t input[16] = {'g', 'u', 'd', 'e', 'g', ' ', 'k',
                       static_cast<uint8_t>(label)};
  memcpy(input + 8, &epoch, sizeof epoch);
  unsigned int size = 0;
  return HMAC(EVP_sha256(), secret, static_cast<int>(secret_size), input,
              sizeof input, out, &size) != nullptr;
}

}  // namespace

void TlsTickets::Start(const uint8_t* secret, size_t size,
                       uint32_t lifetime_s) noexcept {
  // Whatever its length: all of it counts.
  if (!Expand(secret, size, 's', 0, secret_)) return;
  lifetime_s_ = lifetime_s;
  keys_[0].epoch = keys_[1].epoch = -1;
}

bool TlsTickets::Derive(int64_t epoch, Key* key) noexcept {
  uint8_t name[32];
  if (!Expand(secret_, kSecretBytes, 'n', epoch, name) ||
      !Expand(secret_, kSecretBytes, 'c', epoch, key->cipher) ||
      !Expand(secret_, kSecretBytes, 'm', epoch, key->mac)) {
    key->epoch = -1;
    return false;
  }
  memcpy(key->name, name, sizeof key->name);
  key->epoch = epoch;
  return true;
}

const TlsTickets::Key* TlsTickets::At(int64_t epoch) noexcept {
  Key* key = &keys_[epoch & 1];
  return key->epoch == epoch || Derive(epoch, key) ? key : nullptr;
}

int TlsTickets::Apply(uint8_t* key_name, uint8_t* iv, EVP_CIPHER_CTX* cipher,
                      EVP_MAC_CTX* mac, bool encrypts,
                      bool renews) noexcept {
  const int64_t epoch = static_cast<int64_t>(time(nullptr)) / lifetime_s_;
  const Key* key = At(epoch);
  int verdict = renews ? kTakenAndRenewed : kTaken;
  if (key == nullptr) return kError;
  if (encrypts) {
    memcpy(key_name, key->name, sizeof key->name);
    if (RAND_bytes(iv, 16) != 1) return kError;
  } else if (memcmp(key_name, key->name, sizeof key->name) != 0) {
    key = At(epoch - 1);
    if (key == nullptr) return kError;
    if (memcmp(key_name, key->name, sizeof key->name) != 0) return kUnknown;
    verdict = kTakenAndRenewed;
  }
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY,
                                        const_cast<uint8_t*>(key->mac),
                                        sizeof key->mac),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                       const_cast<char*>("SHA256"), 0),
      OSSL_PARAM_construct_end()};
  if (EVP_MAC_CTX_set_params(mac, parameters) != 1) return kError;
  const auto start = encrypts ? EVP_EncryptInit_ex : EVP_DecryptInit_ex;
  if (start(cipher, EVP_aes_256_cbc(), nullptr, key->cipher, iv) != 1) {
    return kError;
  }
  return verdict;
}

}  // namespace gudeg::transport
