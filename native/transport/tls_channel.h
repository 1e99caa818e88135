// TLS between a connected socket and those who read and write it. It works on
// sockets that block and on those that don't.
//
// What is read: Read() takes records as long as there is room. What a full room
// leaves behind shows on no socket: has_input() tells of it. With more room than
// kLeastReadBytes it looks into the socket again, as long as that gives all that
// is asked for. What is written: several records leave in one send(2). Bytes
// count as written when their records are with the kernel; those that are not
// must come first in the next calls of Write(), unchanged, in pieces of any size.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tls_context.h"
#include "tls_failure.h"

namespace gudeg::transport {

// Whom a client expects. Empty: no name is sent, no name is checked.
struct TlsPeer {
  std::string server_name;  // RFC 6066 section 3
  std::string checked_name;  // a host name, or an IP address
};

// What was negotiated, and who the peer is.
struct TlsDetails {
  const char* protocol = "";
  const char* cipher = "";
  const char* standard_cipher = "";  // as RFC 8446 and IANA call it
  const char* cipher_version = "";   // the oldest that has it
  std::string alpn;
  std::string server_name;
  bool is_resumed = false;
  int32_t verify_result = 0;
  std::vector<std::string> chain;  // DER, the peer's own certificate first
};

class TlsChannel {
 public:
  // Room for the largest record.
  static constexpr size_t kLeastReadBytes = 17 * 1024;

  enum class Step : uint8_t {
    kDone,
    kWantsRead,
    kWantsWrite,
    kWantsContext,  // Choose() comes first
    kFailed,
  };

  // Null when memory is out.
  static std::unique_ptr<TlsChannel> Open(std::shared_ptr<TlsContext> context,
                                          int fd, bool is_blocking,
                                          const TlsPeer& peer) noexcept;
  TlsChannel(const TlsChannel&) = delete;
  TlsChannel& operator=(const TlsChannel&) = delete;
  ~TlsChannel();

  Step Handshake() noexcept;
  // From now on, also of the socket.
  void SetBlocking() noexcept { is_blocking_ = true; }
  bool is_established() const noexcept { return established_; }
  bool awaits_context() const noexcept { return awaits_context_; }
  // The name that a client asks for; null for none.
  const char* server_name() const noexcept;
  // Goes on with the certificates and the trust of `context`; null: with those
  // there are.
  void Choose(std::shared_ptr<TlsContext> context) noexcept;
  // Bytes, 0 at the end of input, or a negative errno; -EAGAIN = later; -EPROTO
  // = failure() says more. After a failed handshake: what comes is of no use.
  ssize_t Read(void* data, size_t size) noexcept;
  // Bytes written or a negative errno, as above.
  ssize_t Write(const iovec* pieces, int count) noexcept;
  // Sends what is encrypted. False when the socket is broken.
  bool Flush() noexcept;
  bool has_output() const noexcept { return !unsent_.empty(); }
  // So much is unsent that nothing more should be read: a peer can ask TLS for
  // answers without end (key updates, RFC 8446 section 4.6.3) and read none.
  bool is_congested() const noexcept {
    return unsent_.size() - unsent_start_ > kMaxUnsentBytes;
  }
  // Something can be read whatever the socket says.
  bool has_input() const noexcept;
  // Tells the peer that nothing follows (RFC 8446 section 6.1).
  void SendCloseNotify() noexcept;
  // The input has ended without the peer's close_notify: it may be cut off.
  bool is_cut() const noexcept { return is_cut_; }

  const TlsFailure& failure() const noexcept { return failure_; }
  void FailWith(TlsFailure::Kind kind) noexcept { failure_.kind = kind; }
  TlsDetails Details() const;
  // Our own certificate in DER; empty without.
  std::string OwnCertificate() const;
  // Who issued a certificate in DER, if a trusted CA did; empty without.
  std::string IssuerOf(std::string_view der) const;
  // The Finished message of ours or of the peer's (RFC 5929 section 3).
  std::string Finished(bool of_peer) const;
  // RFC 5705 and RFC 8446 section 7.5. False when there is none.
  bool ExportKeys(std::string_view label, const std::string_view* context,
                  uint8_t* out, size_t size) const noexcept;
  // Lines of the key log, where the context keeps them.
  const std::string& key_log() const noexcept { return key_log_; }
  void KeepKeyLog(const char* line) noexcept { (key_log_ += line) += '\n'; }
  TlsContext* context() const noexcept { return context_.get(); }

  // Called by OpenSSL: a client's session that can be resumed.
  static int OnNewSession(SSL* ssl, SSL_SESSION* session) noexcept;
  // Called by OpenSSL before a server shows its certificate.
  static int OnCertificate(SSL* ssl, void*) noexcept;
  // For the BIO: bytes from the socket, and bytes for it.
  ssize_t ReceiveForBio(void* data, size_t size) noexcept;
  void Append(const uint8_t* data, size_t size) noexcept;

 private:
  static constexpr ssize_t kNoEnd = 1;
  // What Write() leaves is less than this.
  static constexpr size_t kMaxUnsentBytes = 2 * TlsContext::kCipherBytes;

  TlsChannel() = default;
  bool Expect(const TlsContext& context, const TlsPeer& peer) noexcept;
  static void OnInfo(const SSL* ssl, int where, int value) noexcept;
  ssize_t Receive(void* data, size_t size) noexcept;
  ssize_t Send(const uint8_t* data, size_t size) noexcept;
  void KeepBatch(size_t sent) noexcept;
  // What SSL_read() and its like failed with: -EAGAIN, or the end.
  ssize_t Failed(int result) noexcept;
  ssize_t Decrypt(uint8_t* out, size_t size, size_t* got) noexcept;
  // Encrypts at most what the context's memory has room for; the bytes taken,
  // or a negative errno.
  ssize_t Encrypt(const iovec* pieces, int count, size_t skip) noexcept;

  std::shared_ptr<TlsContext> context_;
  SSL* ssl_ = nullptr;
  std::shared_ptr<TlsContext> chosen_;  // for the name that is asked for
  std::string session_key_;             // of a client
  std::string key_log_;
  // Encrypted, and not with the kernel.
  std::vector<uint8_t> unsent_;
  size_t unsent_start_ = 0;
  size_t batch_ = 0;       // bytes in the context's memory, inside one call
  size_t unreported_ = 0;  // plain bytes, encrypted, of which some are unsent
  TlsFailure failure_;
  int fd_ = -1;
  int error_ = 0;      // errno of the last system call that failed
  int receives_ = 0;   // system calls that OpenSSL may cause now
  ssize_t end_ = kNoEnd;  // what Read() gives from now on: 0, or an error
  bool is_blocking_ = false;
  bool established_ = false;
  bool awaits_context_ = false;
  bool has_chosen_ = false;
  bool drained_ = false;  // the socket gave less than was asked for
  bool holds_more_ = false;  // perhaps: Read() had no room to look
  bool is_cut_ = false;
};

}  // namespace gudeg::transport
