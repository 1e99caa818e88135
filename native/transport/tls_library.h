// The OpenSSL that is inside the running Node. Nothing is linked: the names
// are found in the process when the addon is loaded, and are weak, so that it
// also loads into a Node without OpenSSL. Every function that is called, by a
// macro of OpenSSL too, must stand in the list; structures of OpenSSL are never looked into.
#pragma once

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#define GUDEG_TLS_FUNCTIONS(X) \
  X(BIO_clear_flags) X(BIO_free) X(BIO_get_data) X(BIO_meth_new) \
  X(BIO_meth_set_create) X(BIO_meth_set_ctrl) X(BIO_meth_set_read) \
  X(BIO_meth_set_write) X(BIO_new) X(BIO_new_mem_buf) X(BIO_set_data) \
  X(BIO_set_flags) X(BIO_set_init) X(CRYPTO_free) X(CRYPTO_malloc) \
  X(ERR_clear_error) X(ERR_peek_error) X(ERR_reason_error_string) \
  X(EVP_DecryptInit_ex) X(EVP_EncryptInit_ex) X(EVP_MAC_CTX_set_params) \
  X(EVP_PKEY_free) X(EVP_aes_256_cbc) X(EVP_sha256) X(HMAC) \
  X(OPENSSL_sk_num) X(OPENSSL_sk_value) X(OSSL_PARAM_construct_end) \
  X(OSSL_PARAM_construct_octet_string) X(OSSL_PARAM_construct_utf8_string) \
  X(OpenSSL_version) X(OpenSSL_version_num) X(PEM_read_bio_PrivateKey) \
  X(PEM_read_bio_X509) X(RAND_bytes) X(SSL_CIPHER_get_name) \
  X(SSL_CIPHER_get_version) X(SSL_CIPHER_standard_name) \
  X(SSL_CTX_add_client_CA) X(SSL_CTX_callback_ctrl) \
  X(SSL_CTX_check_private_key) X(SSL_CTX_ctrl) X(SSL_CTX_free) \
  X(SSL_CTX_get0_certificate) X(SSL_CTX_get0_privatekey) \
  X(SSL_CTX_get_cert_store) X(SSL_CTX_get_ciphers) \
  X(SSL_CTX_get_client_CA_list) X(SSL_CTX_get_options) \
  X(SSL_CTX_get_security_level) X(SSL_CTX_get_timeout) X(SSL_CTX_new) \
  X(SSL_CTX_sess_set_new_cb) X(SSL_CTX_set1_cert_store) \
  X(SSL_CTX_set_alpn_protos) X(SSL_CTX_set_alpn_select_cb) \
  X(SSL_CTX_set_cert_cb) X(SSL_CTX_set_cipher_list) \
  X(SSL_CTX_set_ciphersuites) X(SSL_CTX_set_client_CA_list) \
  X(SSL_CTX_set_keylog_callback) X(SSL_CTX_set_num_tickets) \
  X(SSL_CTX_set_default_read_buffer_len) X(SSL_CTX_set_options) \
  X(SSL_CTX_set_security_level) \
  X(SSL_CTX_set_session_id_context) \
  X(SSL_CTX_set_timeout) X(SSL_CTX_set_tlsext_ticket_key_evp_cb) \
  X(SSL_CTX_set_verify) X(SSL_CTX_use_PrivateKey) X(SSL_CTX_use_certificate) \
  X(SSL_SESSION_free) X(SSL_SESSION_is_resumable) X(SSL_ctrl) \
  X(SSL_do_handshake) X(SSL_dup_CA_list) X(SSL_export_keying_material) \
  X(SSL_free) X(SSL_get0_alpn_selected) \
  X(SSL_get0_param) X(SSL_get1_peer_certificate) X(SSL_get_certificate) \
  X(SSL_get_current_cipher) X(SSL_get_finished) X(SSL_get_peer_finished) \
  X(SSL_get_error) X(SSL_get_ex_data) X(SSL_get_peer_cert_chain) \
  X(SSL_get_servername) X(SSL_get_shutdown) X(SSL_get_verify_result) \
  X(SSL_get_version) X(SSL_has_pending) X(SSL_new) \
  X(SSL_read) X(SSL_select_next_proto) X(SSL_session_reused) \
  X(SSL_set1_host) X(SSL_set_SSL_CTX) X(SSL_set_accept_state) X(SSL_set_bio) \
  X(SSL_set_connect_state) X(SSL_set_ex_data) X(SSL_set_hostflags) \
  X(SSL_set_info_callback) X(SSL_set_read_ahead) X(SSL_set_session) \
  X(SSL_shutdown) X(SSL_version) X(SSL_write) X(TLS_client_method) X(TLS_server_method) \
  X(X509_STORE_CTX_free) X(X509_STORE_CTX_get1_issuer) X(X509_STORE_CTX_init) \
  X(X509_STORE_CTX_new) X(X509_STORE_add_cert) \
  X(X509_VERIFY_PARAM_set1_ip_asc) X(X509_free) \
  X(X509_verify_cert_error_string) X(d2i_X509) X(i2d_X509)

#ifndef _WIN32
#define GUDEG_PRAGMA(text) _Pragma(#text)
#define GUDEG_WEAK(name) GUDEG_PRAGMA(weak name)
GUDEG_TLS_FUNCTIONS(GUDEG_WEAK)
#undef GUDEG_WEAK
#undef GUDEG_PRAGMA
#endif

namespace gudeg::transport {

// "OpenSSL 3.0.19 27 Jan 2026"; null where there is none that has all we need.
const char* TlsLibraryVersion() noexcept;

}  // namespace gudeg::transport
