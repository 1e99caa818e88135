#include "conversation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  gudeg::fuzz::CheckConversation(data, size, false, "");
  return 0;
}
