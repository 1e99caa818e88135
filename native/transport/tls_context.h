// What TLS connections of one server or client have in common: certificates,
// trust, versions, ciphers, and the memory that they encrypt into.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tls_library.h"
#include "tls_tickets.h"

namespace gudeg::transport {

struct TlsIdentity {
  std::string_view certificate;  // PEM: the leaf, then what leads to a root
  std::string_view key;          // PEM, not encrypted
};

enum class TlsClientAuth : uint8_t {
  kNone = 0,
  kRequest = 1,  // asked for; what is wrong with it is for others to judge
  kRequire = 2,
};

struct TlsOptions {
  bool is_server = true;
  bool prefers_own_ciphers = true;
  TlsClientAuth client_auth = TlsClientAuth::kNone;
  // Of a client: whether the server's certificate has to be good.
  bool verifies_server = true;
  int min_version = 0x0303;
  int max_version = 0x0304;
  std::vector<TlsIdentity> identities;
  std::string_view ca;  // PEM
  std::string ciphers;
  std::string cipher_suites;
  std::string curves;
  std::string signature_algorithms;
  std::string alpn;  // as on the wire; empty: none
  std::string_view session_id_context;
  std::string_view ticket_secret;  // empty: no tickets
  uint32_t ticket_lifetime_s = 7200;
  std::string_view ocsp_response;  // DER
  int key_log_fd = -1;             // closed with the context
  // Where what stands in identities, ca, ciphers, cipher_suites, versions and
  // the lifetime of tickets is taken from, in place of those.
  SSL_CTX* source = nullptr;
  // Of a server, with `source`.
  bool has_dh_groups = false;
  // Others choose a context for each client that asks for a name.
  bool asks_for_context = false;
  bool keeps_key_log = false;  // each channel its own
};

class TlsContext {
 public:
  // Null when OpenSSL refuses something: `*problem` is "what: why" then.
  static std::shared_ptr<TlsContext> Create(const TlsOptions& options,
                                            std::string* problem) noexcept;
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  // The context for clients that ask for `name` (RFC 6066 section 3), in lower
  // case; "*.example.org" stands for one label.
  void AddName(std::string name, std::shared_ptr<TlsContext> context);

  SSL_CTX* ssl_context() const noexcept { return context_; }
  bool is_server() const noexcept { return is_server_; }

  // Memory for one call of a channel: what it encrypts, and small pieces on
  // their way into one record. Null when memory is out.
  static constexpr size_t kRecordBytes = 16384;
  static constexpr size_t kOverheadBytes = 512;
  static constexpr size_t kCipherBytes = 8 * (kRecordBytes + kOverheadBytes);
  uint8_t* cipher_memory() noexcept;
  uint8_t* record_memory() noexcept;
  // Several records are received at once, into memory that OpenSSL gives back
  // when it has taken them all: four of the largest that TLS 1.3 makes of 16 KiB
  // with its usual ciphers, behind the bytes with which OpenSSL aligns them. So
  // of a long message none is cut in two, and moved to be completed.
  static constexpr size_t kReceiveBytes = 3 + 4 * (5 + kRecordBytes + 1 + 16);

  // The session to resume with a peer, of a client; null when there is none.
  SSL_SESSION* SessionOf(const std::string& peer) const noexcept;
  void KeepSession(const std::string& peer, SSL_SESSION* session) noexcept;

 private:
  TlsContext() = default;
  bool Load(const TlsOptions& options, std::string* problem) noexcept;
  bool LoadRules(const TlsOptions& options, std::string* problem) noexcept;
  bool LoadIdentity(const TlsIdentity& identity, std::string* problem) noexcept;
  bool LoadTrust(const TlsOptions& options, std::string* problem) noexcept;
  bool LoadSource(const TlsOptions& options, std::string* problem) noexcept;
  void SetVerification(const TlsOptions& options) noexcept;
  void LoadServer(const TlsOptions& options) noexcept;
  const TlsContext* Find(std::string_view name) const noexcept;

  static int OnServerName(SSL* ssl, int* alert, void* self) noexcept;
  static int OnAlpn(SSL* ssl, const uint8_t** chosen, uint8_t* chosen_size,
                    const uint8_t* offered, unsigned offered_size,
                    void* self) noexcept;
  static int OnTicketKey(SSL* ssl, uint8_t* name, uint8_t* iv,
                         EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                         int encrypts) noexcept;
  static int OnStatus(SSL* ssl, void* self) noexcept;
  static void OnKeyLog(const SSL* ssl, const char* line) noexcept;

  SSL_CTX* context_ = nullptr;
  bool is_server_ = true;
  TlsClientAuth client_auth_ = TlsClientAuth::kNone;
  int key_log_fd_ = -1;
  bool keeps_key_log_ = false;
  std::string alpn_;
  std::string ocsp_response_;
  TlsTickets tickets_;
  std::unordered_map<std::string, std::shared_ptr<TlsContext>> names_;
  std::unordered_map<std::string, SSL_SESSION*> sessions_;
  std::unique_ptr<uint8_t[]> cipher_memory_;
  std::unique_ptr<uint8_t[]> record_memory_;
};

}  // namespace gudeg::transport
