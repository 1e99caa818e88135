// The input is a chunked body; bit 64 of its first byte makes it one that the
// end of the connection ends.
#include "conversation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const bool until_close = size > 0 && (data[0] & 64) != 0;
  gudeg::fuzz::CheckConversation(
      data, size, true,
      until_close ? "HTTP/1.1 200 OK\r\nx: y\r\n\r\n"
                  : "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
  return 0;
}
