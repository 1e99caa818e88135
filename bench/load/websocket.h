// The frames of a WebSocket, as the load generator sends and reads them.
#ifndef BENCH_LOAD_WEBSOCKET_H_
#define BENCH_LOAD_WEBSOCKET_H_

#include "options.h"
#include "response.h"

// A masked frame with a whole message.
Bytes MakeFrame(Bytes message, bool text, bool compressed);

// Sends the handshake and waits for its 101; ends the program when another
// answer comes. The socket is blocking still.
void OpenWebSocket(int fd, Bytes handshake);

// Reads the frame at the start of the input: `body` is its payload, `status`
// its first byte.
ReadResult ReadFrame(char* input, size_t size, Response* response);

#endif
