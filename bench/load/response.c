#include "response.h"

#include <string.h>
#include <strings.h>

static bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// A decimal number up to the end of the line, blanks around it allowed.
static bool ParseLength(const char* text, const char* end, size_t* value) {
  while (text < end && (*text == ' ' || *text == '\t')) text++;
  while (end > text && (end[-1] == ' ' || end[-1] == '\t')) end--;
  if (text == end || end - text > 15) return false;
  size_t sum = 0;
  for (; text < end; text++) {
    if (!IsDigit(*text)) return false;
    sum = sum * 10 + (size_t)(*text - '0');
  }
  *value = sum;
  return true;
}

static bool NameIs(const char* line, const char* colon, const char* name) {
  const size_t length = strlen(name);
  return (size_t)(colon - line) == length &&
         strncasecmp(line, name, length) == 0;
}

static bool ParseHead(const char* input, Head* head) {
  const char* end = input + head->size - 2;
  if (head->size < 17 || memcmp(input, "HTTP/1.", 7) != 0 || input[8] != ' ' ||
      !IsDigit(input[9]) || !IsDigit(input[10]) || !IsDigit(input[11])) {
    return false;
  }
  head->status = (input[9] - '0') * 100 + (input[10] - '0') * 10 +
                 (input[11] - '0');
  head->chunked = false;
  head->content_length = 0;
  bool has_length = false;
  const char* line = (const char*)memchr(input, '\n', head->size) + 1;
  while (line < end) {
    const char* line_end =
        memmem(line, (size_t)(end - line) + 2, "\r\n", 2);
    const char* colon = memchr(line, ':', (size_t)(line_end - line));
    if (colon == NULL) return false;
    if (NameIs(line, colon, "content-length")) {
      if (!ParseLength(colon + 1, line_end, &head->content_length)) {
        return false;
      }
      has_length = true;
    } else if (NameIs(line, colon, "transfer-encoding")) {
      const size_t rest = (size_t)(line_end - colon);
      head->chunked = memmem(colon, rest, "chunked", 7) != NULL;
    }
    line = line_end + 2;
  }
  // Without either the body ends with the connection, which no scenario wants.
  return has_length || head->chunked || head->status == 204 ||
         head->status == 304;
}

ReadResult ReadHead(HeadCache* cache, const char* input, size_t size,
                    Head* head) {
  if (cache->head.size > 0 && size >= cache->head.size &&
      memcmp(input, cache->bytes, cache->head.size) == 0) {
    *head = cache->head;
    return kComplete;
  }
  const char* head_end = memmem(input, size, "\r\n\r\n", 4);
  if (head_end == NULL) return kIncomplete;
  head->size = (size_t)(head_end - input) + 4;
  if (!ParseHead(input, head)) return kMalformed;
  if (head->size <= sizeof cache->bytes) {
    memcpy(cache->bytes, input, head->size);
    cache->head = *head;
  }
  return kComplete;
}

static int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Walks the chunks after the head. With `join` their data is moved together
// at the start; without, nothing is changed.
static ReadResult WalkChunks(char* input, size_t size, bool join,
                             size_t* stream_size, size_t* body_size) {
  size_t at = 0;
  size_t joined = 0;
  for (;;) {
    const char* line_end = memmem(input + at, size - at, "\r\n", 2);
    if (line_end == NULL) return kIncomplete;
    size_t chunk = 0;
    const char* digit = input + at;
    for (; digit < line_end && HexDigit(*digit) >= 0; digit++) {
      if (chunk >> 32 != 0) return kMalformed;
      chunk = chunk * 16 + (size_t)HexDigit(*digit);
    }
    if (digit == input + at || (digit < line_end && *digit != ';')) {
      return kMalformed;
    }
    at = (size_t)(line_end - input) + 2;
    if (chunk == 0) break;
    if (size - at < chunk + 2) return kIncomplete;
    if (memcmp(input + at + chunk, "\r\n", 2) != 0) return kMalformed;
    if (join) memmove(input + joined, input + at, chunk);
    joined += chunk;
    at += chunk + 2;
  }
  for (;;) {  // trailer fields, then an empty line
    const char* line_end = memmem(input + at, size - at, "\r\n", 2);
    if (line_end == NULL) return kIncomplete;
    const bool is_last = line_end == input + at;
    at = (size_t)(line_end - input) + 2;
    if (is_last) break;
  }
  *stream_size = at;
  *body_size = joined;
  return kComplete;
}

ReadResult ReadResponse(HeadCache* cache, char* input, size_t size,
                        Response* response) {
  Head head;
  const ReadResult found = ReadHead(cache, input, size, &head);
  if (found != kComplete) return found;
  response->status = head.status;
  response->body = input + head.size;
  if (!head.chunked) {
    if (size - head.size < head.content_length) return kIncomplete;
    response->body_size = head.content_length;
    response->size = head.size + head.content_length;
    return kComplete;
  }
  size_t stream_size = 0;
  ReadResult walked =
      WalkChunks(response->body, size - head.size, false, &stream_size,
                 &response->body_size);
  if (walked != kComplete) return walked;
  walked = WalkChunks(response->body, size - head.size, true, &stream_size,
                      &response->body_size);
  response->size = head.size + stream_size;
  return walked;
}
