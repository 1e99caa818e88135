#include "tls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef BENCH_WITHOUT_TLS

static void Refuse(void) {
  fprintf(stderr,
          "load: built without OpenSSL; install its development files "
          "(libssl-dev), then run make clean in bench/\n");
  exit(2);
}

void TlsStart(const char* ca_path) {
  (void)ca_path;
  Refuse();
}

Tls* TlsOpen(int fd, const Tls* after) {
  (void)fd;
  (void)after;
  Refuse();
  return NULL;
}

bool TlsHandshake(Tls* tls) { return tls != NULL; }

ssize_t TlsSend(Tls* tls, const void* data, size_t size) {
  (void)tls;
  (void)data;
  (void)size;
  return -1;
}

ssize_t TlsReceive(Tls* tls, void* data, size_t size) {
  (void)tls;
  (void)data;
  (void)size;
  return -1;
}

bool TlsHasInput(const Tls* tls) { return tls != NULL; }
void TlsShutdown(Tls* tls) { (void)tls; }
void TlsFree(Tls* tls) { (void)tls; }

#else

#include <openssl/err.h>
#include <openssl/ssl.h>

static const char kCipherSuite[] = "TLS_AES_128_GCM_SHA256";
static SSL_CTX* context;

struct Tls {
  SSL* ssl;
  // The newest that the server gave; some servers give none when one was
  // resumed, so that it is used again.
  SSL_SESSION* session;
  bool must_resume;
};

static void Fail(const char* what) {
  const unsigned long code = ERR_get_error();
  const char* reason = code == 0 ? NULL : ERR_reason_error_string(code);
  fprintf(stderr, "load: TLS: %s: %s\n", what,
          reason == NULL ? strerror(errno) : reason);
  exit(1);
}

static int OnNewSession(SSL* ssl, SSL_SESSION* session) {
  Tls* tls = SSL_get_ex_data(ssl, 0);
  SSL_SESSION_free(tls->session);
  tls->session = session;
  return 1;
}

void TlsStart(const char* ca_path) {
  context = SSL_CTX_new(TLS_client_method());
  if (context == NULL ||
      SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_ciphersuites(context, kCipherSuite) != 1 ||
      SSL_CTX_set1_groups_list(context, "X25519") != 1 ||
      SSL_CTX_load_verify_file(context, ca_path) != 1) {
    Fail("options");
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(
      context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, OnNewSession);
}

Tls* TlsOpen(int fd, const Tls* after) {
  Tls* tls = calloc(1, sizeof *tls);
  if (tls == NULL) abort();
  tls->ssl = SSL_new(context);
  if (tls->ssl == NULL || SSL_set_fd(tls->ssl, fd) != 1) Fail("connection");
  SSL_set_ex_data(tls->ssl, 0, tls);
  SSL_set_tlsext_host_name(tls->ssl, "localhost");
  if (after != NULL) {
    if (after->session == NULL) Fail("the server gave no session to resume");
    // OpenSSL spoils what was resumed, for a ticket should be used once.
    tls->session = SSL_SESSION_dup(after->session);
    if (SSL_set_session(tls->ssl, after->session) != 1) Fail("session");
    tls->must_resume = true;
  }
  SSL_set_connect_state(tls->ssl);
  return tls;
}

static bool IsWaiting(const Tls* tls, int result) {
  const int error = SSL_get_error(tls->ssl, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

bool TlsHandshake(Tls* tls) {
  ERR_clear_error();
  const int result = SSL_do_handshake(tls->ssl);
  if (result != 1) {
    if (!IsWaiting(tls, result)) Fail("handshake");
    return false;
  }
  if ((SSL_session_reused(tls->ssl) == 1) != tls->must_resume) {
    Fail(tls->must_resume ? "the server did not resume the session"
                          : "the server resumed a session");
  }
  return true;
}

ssize_t TlsSend(Tls* tls, const void* data, size_t size) {
  size_t written = 0;
  ERR_clear_error();
  const int result = SSL_write_ex(tls->ssl, data, size, &written);
  if (result == 1) return (ssize_t)written;
  if (!IsWaiting(tls, result)) Fail("write");
  errno = EAGAIN;
  return -1;
}

ssize_t TlsReceive(Tls* tls, void* data, size_t size) {
  size_t got = 0;
  ERR_clear_error();
  const int result = SSL_read_ex(tls->ssl, data, size, &got);
  if (result == 1) return (ssize_t)got;
  if (SSL_get_error(tls->ssl, result) == SSL_ERROR_ZERO_RETURN) return 0;
  if (!IsWaiting(tls, result)) Fail("read");
  errno = EAGAIN;
  return -1;
}

bool TlsHasInput(const Tls* tls) { return SSL_has_pending(tls->ssl) == 1; }

void TlsShutdown(Tls* tls) { SSL_shutdown(tls->ssl); }

void TlsFree(Tls* tls) {
  SSL_free(tls->ssl);
  SSL_SESSION_free(tls->session);
  free(tls);
}

#endif
