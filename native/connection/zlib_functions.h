// The zlib that is inside the running Node. Some versions export it under the
// names of zlib.h (24, 26, builds with a shared zlib), some with a prefix (20,
// 22), so that one binary for all can't be linked to it: the names are looked
// up when first needed.
#pragma once

#include <zlib.h>

namespace gudeg::connection {

struct ZlibFunctions {
  decltype(&::deflateInit2_) deflate_init2;
  decltype(&::deflate) deflate;
  decltype(&::deflateReset) deflate_reset;
  decltype(&::deflateEnd) deflate_end;
  decltype(&::inflateInit2_) inflate_init2;
  decltype(&::inflate) inflate;
  decltype(&::inflateReset) inflate_reset;
  decltype(&::inflateResetKeep) inflate_reset_keep;
  decltype(&::inflateEnd) inflate_end;
};

// Null where the process has no zlib that we can find: messages are not
// compressed then.
const ZlibFunctions* FindZlib() noexcept;

}  // namespace gudeg::connection
