// TLS on the sockets of the load generator: TLS 1.3 with one cipher suite and
// one group, so that every server does the same work. Whatever else a server
// does ends the program with a message.
#ifndef BENCH_LOAD_TLS_H_
#define BENCH_LOAD_TLS_H_

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct Tls Tls;

// Servers must have a certificate of these CAs (a PEM file).
void TlsStart(const char* ca_path);

// A client on a connected socket. With `after`, the session of that connection
// is resumed: the server must do it.
Tls* TlsOpen(int fd, const Tls* after);

// Goes on with the handshake; false while it waits for the server.
bool TlsHandshake(Tls* tls);

// Like send(2) and recv(2), with EAGAIN.
ssize_t TlsSend(Tls* tls, const void* data, size_t size);
ssize_t TlsReceive(Tls* tls, void* data, size_t size);

// Whether bytes have been taken from the socket that TlsReceive() may give.
bool TlsHasInput(const Tls* tls);

// Says close_notify. The session stays good for TlsOpen(), the memory until
// TlsFree().
void TlsShutdown(Tls* tls);
void TlsFree(Tls* tls);

#endif
