// Reads responses from a byte stream: status, content-length or chunked.
#ifndef BENCH_LOAD_RESPONSE_H_
#define BENCH_LOAD_RESPONSE_H_

#include <stdbool.h>
#include <stddef.h>

enum { kHeadCacheSize = 1024 };

// What a head says about the body that follows it.
typedef struct Head {
  size_t size;  // bytes, the empty line included
  int status;
  bool chunked;
  size_t content_length;
} Head;

// The last head seen. A server sends the same one for about a second (until
// its Date changes), so a comparison stands in for most parsing.
typedef struct HeadCache {
  Head head;
  char bytes[kHeadCacheSize];
} HeadCache;

typedef enum ReadResult { kComplete, kIncomplete, kMalformed } ReadResult;

typedef struct Response {
  int status;
  size_t size;       // bytes of the stream that it takes
  char* body;        // inside the input
  size_t body_size;  // after the chunked coding is taken off
} Response;

// Finds the head at the start of the input and reads it.
ReadResult ReadHead(HeadCache* cache, const char* input, size_t size,
                    Head* head);

// Reads the response at the start of the input. A chunked body is joined in
// place, so the input is changed, but only once the response is complete.
ReadResult ReadResponse(HeadCache* cache, char* input, size_t size,
                        Response* response);

#endif
