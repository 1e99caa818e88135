#include "zlib_functions.h"

#ifndef _WIN32
#include <dlfcn.h>
#endif

#include <cstdio>

namespace gudeg::connection {

namespace {

#ifdef _WIN32
void* Find(const char*) noexcept { return nullptr; }
#else
void* Find(const char* name) noexcept { return dlsym(RTLD_DEFAULT, name); }
#endif

template <typename Function>
bool Load(const char* prefix, const char* name, Function* function) noexcept {
  char symbol[64];
  snprintf(symbol, sizeof symbol, "%s%s", prefix, name);
  *function = reinterpret_cast<Function>(Find(symbol));
  return *function != nullptr;
}

// All from one library, or none.
bool LoadAll(const char* prefix, ZlibFunctions* zlib) noexcept {
  return Load(prefix, "deflateInit2_", &zlib->deflate_init2) &&
         Load(prefix, "deflate", &zlib->deflate) &&
         Load(prefix, "deflateReset", &zlib->deflate_reset) &&
         Load(prefix, "deflateEnd", &zlib->deflate_end) &&
         Load(prefix, "inflateInit2_", &zlib->inflate_init2) &&
         Load(prefix, "inflate", &zlib->inflate) &&
         Load(prefix, "inflateReset", &zlib->inflate_reset) &&
         Load(prefix, "inflateResetKeep", &zlib->inflate_reset_keep) &&
         Load(prefix, "inflateEnd", &zlib->inflate_end);
}

struct Lookup {
  ZlibFunctions functions{};
  bool found;
  Lookup() noexcept
      : found(LoadAll("Cr_z_", &functions) || LoadAll("", &functions)) {}
};

}  // namespace

const ZlibFunctions* FindZlib() noexcept {
  static const Lookup lookup;
  return lookup.found ? &lookup.functions : nullptr;
}

}  // namespace gudeg::connection
