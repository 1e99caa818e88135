"""Asks a TLS 1.3 server for key updates, and reads none of its answers.

Prints how many the server took: "stopped N", when nothing more goes out for
three seconds, or "sent N" after the limit. Python's ssl has no key updates.

    python3 key-update-flood.py PORT LIMIT
"""

import ctypes
import ctypes.util
import select
import socket
import sys

UPDATE_REQUESTED = 1

port, limit = map(int, sys.argv[1:])
ssl = ctypes.CDLL(ctypes.util.find_library('ssl') or 'libssl.so.3')
for name in ('TLS_client_method', 'SSL_CTX_new', 'SSL_new'):
    getattr(ssl, name).restype = ctypes.c_void_p

peer = socket.socket()
# Small buffers, so that the server has to keep its answers soon.
peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
peer.connect(('127.0.0.1', port))
context = ctypes.c_void_p(ssl.SSL_CTX_new(ctypes.c_void_p(ssl.TLS_client_method())))
tls = ctypes.c_void_p(ssl.SSL_new(context))
ssl.SSL_set_fd(tls, peer.fileno())
if ssl.SSL_connect(tls) != 1:
    sys.exit('no handshake')
peer.setblocking(False)

for count in range(limit):
    ssl.SSL_key_update(tls, UPDATE_REQUESTED)
    while ssl.SSL_do_handshake(tls) != 1:
        _, writable, _ = select.select([], [peer], [], 3)
        if not writable:
            print('stopped', count)
            sys.exit()
print('sent', limit)
