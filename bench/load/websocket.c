#include "websocket.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { kFin = 0x80, kCompressed = 0x40, kMasked = 0x80 };

Bytes MakeFrame(Bytes message, bool text, bool compressed) {
  static const unsigned char kMask[4] = {0x37, 0xfa, 0x21, 0x3d};
  unsigned char* frame = malloc(message.size + 14);
  if (frame == NULL) abort();
  size_t at = 2;
  frame[0] = (unsigned char)(kFin | (compressed ? kCompressed : 0) |
                             (text ? 1 : 2));
  if (message.size < 126) {
    frame[1] = (unsigned char)(kMasked | message.size);
  } else {
    const int bytes = message.size < 65536 ? 2 : 8;
    frame[1] = (unsigned char)(kMasked | (bytes == 2 ? 126 : 127));
    for (int i = bytes - 1; i >= 0; i--) {
      frame[at++] = (unsigned char)((uint64_t)message.size >> (i * 8));
    }
  }
  memcpy(frame + at, kMask, 4);
  at += 4;
  for (size_t i = 0; i < message.size; i++) {
    frame[at + i] = (unsigned char)((unsigned char)message.data[i] ^ kMask[i % 4]);
  }
  return (Bytes){.data = (char*)frame, .size = at + message.size};
}

void OpenWebSocket(int fd, Bytes handshake) {
  char head[2048];
  size_t used = 0;
  if (send(fd, handshake.data, handshake.size, MSG_NOSIGNAL) !=
      (ssize_t)handshake.size) {
    fprintf(stderr, "load: the handshake can't be sent\n");
    exit(1);
  }
  while (used < 4 || memcmp(head + used - 4, "\r\n\r\n", 4) != 0) {
    if (used == sizeof head || recv(fd, head + used, 1, 0) != 1) {
      fprintf(stderr, "load: no answer to the handshake:\n%.*s\n", (int)used,
              head);
      exit(1);
    }
    used++;
  }
  if (used < 12 || memcmp(head, "HTTP/1.1 101", 12) != 0) {
    fprintf(stderr, "load: the handshake was refused:\n%.*s\n", (int)used,
            head);
    exit(1);
  }
}

ReadResult ReadFrame(char* input, size_t size, Response* response) {
  const unsigned char* bytes = (const unsigned char*)input;
  if (size < 2) return kIncomplete;
  if ((bytes[1] & kMasked) != 0) return kMalformed;
  size_t at = 2;
  uint64_t length = bytes[1];
  const size_t wide = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (size < at + wide) return kIncomplete;
  if (wide != 0) {
    length = 0;
    for (size_t i = 0; i < wide; i++) length = length << 8 | bytes[at++];
  }
  if (size - at < length) return kIncomplete;
  response->status = bytes[0];
  response->body = input + at;
  response->body_size = (size_t)length;
  response->size = at + (size_t)length;
  return kComplete;
}
