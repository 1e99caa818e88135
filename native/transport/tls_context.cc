#include "tls_context.h"

#include <sys/uio.h>
#include <unistd.h>

#include <cstring>
#include <new>

#include "tls_channel.h"
#include "tls_context_copy.h"
#include "tls_failure.h"

namespace gudeg::transport {

namespace {

// Sessions that a client keeps, one for each peer.
constexpr size_t kMaxSessions = 256;

struct FreeBio {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;
using Certificate = std::unique_ptr<X509, FreeCertificate>;
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

Bio ReadText(std::string_view text) noexcept {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Keys come decrypted: nobody is asked for a passphrase on a terminal.
int NoPassphrase(char*, int, int, void*) noexcept { return -1; }

Certificate ReadCertificate(BIO* bio) noexcept {
  return Certificate(PEM_read_bio_X509(bio, nullptr, NoPassphrase, nullptr));
}

bool Fail(const char* what, std::string* problem) noexcept {
  const char* reason = TlsReasonText(static_cast<uint32_t>(ERR_peek_error()));
  *problem = std::string(what) + ": " + (reason == nullptr ? "unknown" : reason);
  ERR_clear_error();
  return false;
}

// Of a certificate that is asked for but not insisted on.
int AcceptAny(int, X509_STORE_CTX*) noexcept { return 1; }

}  // namespace

std::shared_ptr<TlsContext> TlsContext::Create(const TlsOptions& options,
                                               std::string* problem) noexcept {
  std::shared_ptr<TlsContext> context(new (std::nothrow) TlsContext());
  ERR_clear_error();
  if (context == nullptr || !context->Load(options, problem)) return nullptr;
  ERR_clear_error();
  return context;
}

TlsContext::~TlsContext() {
  for (const auto& [peer, session] : sessions_) SSL_SESSION_free(session);
  if (context_ != nullptr) SSL_CTX_free(context_);
  if (key_log_fd_ >= 0) close(key_log_fd_);
}

bool TlsContext::Load(const TlsOptions& options,
                      std::string* problem) noexcept {
  is_server_ = options.is_server;
  key_log_fd_ = options.key_log_fd;
  keeps_key_log_ = options.keeps_key_log;
  alpn_ = options.alpn;
  context_ = SSL_CTX_new(is_server_ ? TLS_server_method() : TLS_client_method());
  if (context_ == nullptr) return Fail("context", problem);
  SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_default_read_buffer_len(context_, kReceiveBytes);
  SSL_CTX_set_options(context_, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  if (!(options.source == nullptr ? LoadRules(options, problem)
                                  : LoadSource(options, problem))) {
    return false;
  }
  if (!options.curves.empty() &&
      SSL_CTX_set1_groups_list(context_, options.curves.c_str()) != 1) {
    return Fail("curves", problem);
  }
  SetVerification(options);
  if (key_log_fd_ >= 0 || keeps_key_log_) {
    SSL_CTX_set_keylog_callback(context_, OnKeyLog);
  }
  if (is_server_) {
    LoadServer(options);
    return true;
  }
  if (!alpn_.empty()) {
    SSL_CTX_set_alpn_protos(context_,
                            reinterpret_cast<const uint8_t*>(alpn_.data()),
                            static_cast<unsigned>(alpn_.size()));
  }
  SSL_CTX_set_session_cache_mode(
      context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context_, TlsChannel::OnNewSession);
  return true;
}

bool TlsContext::LoadRules(const TlsOptions& options,
                           std::string* problem) noexcept {
  SSL_CTX_set_min_proto_version(context_, options.min_version);
  SSL_CTX_set_max_proto_version(context_, options.max_version);
  if (!options.ciphers.empty() &&
      SSL_CTX_set_cipher_list(context_, options.ciphers.c_str()) != 1) {
    return Fail("ciphers", problem);
  }
  if (!options.cipher_suites.empty() &&
      SSL_CTX_set_ciphersuites(context_, options.cipher_suites.c_str()) != 1) {
    return Fail("cipherSuites", problem);
  }
  for (const TlsIdentity& identity : options.identities) {
    if (!LoadIdentity(identity, problem)) return false;
  }
  return LoadTrust(options, problem);
}

bool TlsContext::LoadSource(const TlsOptions& options,
                            std::string* problem) noexcept {
  const char* refused = CopyTlsContext(options.source, context_);
  if (refused != nullptr) return Fail(refused, problem);
  if (!options.signature_algorithms.empty() &&
      SSL_CTX_set1_sigalgs_list(
          context_, options.signature_algorithms.c_str()) != 1) {
    return Fail("signature algorithms", problem);
  }
  if (options.has_dh_groups) SSL_CTX_set_dh_auto(context_, 1);
  return true;
}

bool TlsContext::LoadIdentity(const TlsIdentity& identity,
                              std::string* problem) noexcept {
  const Bio chain = ReadText(identity.certificate);
  const Certificate leaf = ReadCertificate(chain.get());
  if (!leaf || SSL_CTX_use_certificate(context_, leaf.get()) != 1) {
    return Fail("certificate", problem);
  }
  SSL_CTX_clear_chain_certs(context_);
  while (const Certificate next = ReadCertificate(chain.get())) {
    SSL_CTX_add1_chain_cert(context_, next.get());
  }
  ERR_clear_error();  // the end of the text
  const Bio text = ReadText(identity.key);
  const Key key(
      PEM_read_bio_PrivateKey(text.get(), nullptr, NoPassphrase, nullptr));
  if (!key || SSL_CTX_use_PrivateKey(context_, key.get()) != 1 ||
      SSL_CTX_check_private_key(context_) != 1) {
    return Fail("key", problem);
  }
  return true;
}

bool TlsContext::LoadTrust(const TlsOptions& options,
                           std::string* problem) noexcept {
  size_t count = 0;
  if (!options.ca.empty()) {
    const Bio text = ReadText(options.ca);
    X509_STORE* store = SSL_CTX_get_cert_store(context_);
    while (const Certificate authority = ReadCertificate(text.get())) {
      X509_STORE_add_cert(store, authority.get());
      if (is_server_) SSL_CTX_add_client_CA(context_, authority.get());
      count++;
    }
    if (count == 0) return Fail("ca", problem);
    ERR_clear_error();  // the end of the text
  }
  return true;
}

void TlsContext::SetVerification(const TlsOptions& options) noexcept {
  client_auth_ = options.client_auth;
  if (!is_server_) {
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER,
                       options.verifies_server ? nullptr : AcceptAny);
  } else if (options.client_auth == TlsClientAuth::kRequire) {
    SSL_CTX_set_verify(context_,
                       SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       nullptr);
  } else if (options.client_auth == TlsClientAuth::kRequest) {
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, AcceptAny);
  }
}

void TlsContext::LoadServer(const TlsOptions& options) noexcept {
  if (options.prefers_own_ciphers) {
    SSL_CTX_set_options(context_, SSL_OP_CIPHER_SERVER_PREFERENCE);
  }
  if (options.asks_for_context) {
    SSL_CTX_set_cert_cb(context_, TlsChannel::OnCertificate, nullptr);
  }
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_id_context(
      context_,
      reinterpret_cast<const uint8_t*>(options.session_id_context.data()),
      static_cast<unsigned>(options.session_id_context.size()));
  SSL_CTX_set_tlsext_servername_callback(context_, OnServerName);
  SSL_CTX_set_tlsext_servername_arg(context_, this);
  if (!alpn_.empty()) SSL_CTX_set_alpn_select_cb(context_, OnAlpn, this);
  if (options.ticket_secret.empty()) {
    SSL_CTX_set_options(context_, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context_, 0);
  } else {
    const uint32_t lifetime_s =
        options.source == nullptr
            ? options.ticket_lifetime_s
            : static_cast<uint32_t>(SSL_CTX_get_timeout(context_));
    tickets_.Start(
        reinterpret_cast<const uint8_t*>(options.ticket_secret.data()),
        options.ticket_secret.size(), lifetime_s);
    SSL_CTX_set_timeout(context_, static_cast<long>(lifetime_s));
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context_, OnTicketKey);
  }
  if (!options.ocsp_response.empty()) {
    ocsp_response_ = options.ocsp_response;
    SSL_CTX_set_tlsext_status_cb(context_, OnStatus);
    SSL_CTX_set_tlsext_status_arg(context_, this);
  }
}

void TlsContext::AddName(std::string name, std::shared_ptr<TlsContext> context) {
  names_[std::move(name)] = std::move(context);
}

const TlsContext* TlsContext::Find(std::string_view name) const noexcept {
  std::string lower(name);
  for (char& each : lower) {
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each | 0x20);
  }
  auto found = names_.find(lower);
  if (found == names_.end()) {
    const size_t dot = lower.find('.');
    if (dot == std::string::npos) return nullptr;
    found = names_.find("*" + lower.substr(dot));
  }
  return found == names_.end() ? nullptr : found->second.get();
}

int TlsContext::OnServerName(SSL* ssl, int*, void* self) noexcept {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
  const TlsContext* context = static_cast<TlsContext*>(self)->Find(name);
  if (context != nullptr) SSL_set_SSL_CTX(ssl, context->context_);
  return SSL_TLSEXT_ERR_OK;
}

int TlsContext::OnAlpn(SSL*, const uint8_t** chosen, uint8_t* chosen_size,
                       const uint8_t* offered, unsigned offered_size,
                       void* self) noexcept {
  const std::string& own = static_cast<TlsContext*>(self)->alpn_;
  uint8_t* found = nullptr;
  const int status = SSL_select_next_proto(
      &found, chosen_size, reinterpret_cast<const uint8_t*>(own.data()),
      static_cast<unsigned>(own.size()), offered, offered_size);
  // RFC 7301 section 3.2: no_application_protocol.
  if (status != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

int TlsContext::OnTicketKey(SSL* ssl, uint8_t* name, uint8_t* iv,
                            EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                            int encrypts) noexcept {
  // The channel's, whatever name was asked for.
  const auto* channel = static_cast<TlsChannel*>(SSL_get_ex_data(ssl, 0));
  // A ticket of TLS 1.3 is for one use (RFC 8446 appendix C.4), so that each
  // session has to end with a new one.
  const bool renews = SSL_version(ssl) == TLS1_3_VERSION;
  return channel->context()->tickets_.Apply(name, iv, cipher, mac,
                                            encrypts != 0, renews);
}

int TlsContext::OnStatus(SSL* ssl, void* self) noexcept {
  const std::string& response = static_cast<TlsContext*>(self)->ocsp_response_;
  auto* copy = static_cast<uint8_t*>(OPENSSL_malloc(response.size()));
  if (copy == nullptr) return SSL_TLSEXT_ERR_NOACK;
  memcpy(copy, response.data(), response.size());
  SSL_set_tlsext_status_ocsp_resp(ssl, copy,
                                  static_cast<long>(response.size()));
  return SSL_TLSEXT_ERR_OK;
}

void TlsContext::OnKeyLog(const SSL* ssl, const char* line) noexcept {
  auto* channel = static_cast<TlsChannel*>(SSL_get_ex_data(ssl, 0));
  const TlsContext& context = *channel->context();
  if (context.keeps_key_log_) channel->KeepKeyLog(line);
  if (context.key_log_fd_ < 0) return;
  const iovec pieces[2] = {{const_cast<char*>(line), strlen(line)},
                           {const_cast<char*>("\n"), 1}};
  // For debugging: a full disk must not end connections.
  static_cast<void>(writev(context.key_log_fd_, pieces, 2) == 0);
}

uint8_t* TlsContext::cipher_memory() noexcept {
  if (!cipher_memory_) {
    cipher_memory_.reset(new (std::nothrow) uint8_t[kCipherBytes]);
  }
  return cipher_memory_.get();
}

uint8_t* TlsContext::record_memory() noexcept {
  if (!record_memory_) {
    record_memory_.reset(new (std::nothrow) uint8_t[kRecordBytes]);
  }
  return record_memory_.get();
}

SSL_SESSION* TlsContext::SessionOf(const std::string& peer) const noexcept {
  const auto found = sessions_.find(peer);
  return found == sessions_.end() ? nullptr : found->second;
}

void TlsContext::KeepSession(const std::string& peer,
                             SSL_SESSION* session) noexcept {
  const auto found = sessions_.find(peer);
  if (found != sessions_.end()) {
    SSL_SESSION_free(found->second);
    found->second = session;
    return;
  }
  if (sessions_.size() >= kMaxSessions) {
    SSL_SESSION_free(sessions_.begin()->second);
    sessions_.erase(sessions_.begin());
  }
  sessions_.emplace(peer, session);
}

}  // namespace gudeg::transport
