// Every scan path gives what the portable one gives, at any alignment.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "scan.h"

namespace {

using namespace gudeg::engine;

void Require(bool condition, const char* path, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s: %s\n", path, what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  // The first byte shifts the rest against the allocation.
  const size_t shift = data[0] % 64;
  const size_t count = size - 1;
  const std::unique_ptr<uint8_t[]> memory(new uint8_t[shift + count]);
  uint8_t* const begin = memory.get() + shift;
  std::copy(data + 1, data + size, begin);
  const uint8_t* const end = begin + count;
  const std::unique_ptr<uint8_t[]> copy(new uint8_t[count]);

  const ScanPath* listed[kMaxScanPaths];
  const size_t path_count = ListScanPaths(listed);
  const ScanPath& plain = *listed[0];
  const uint8_t* const value_end = plain.find_field_value_end(begin, end);
  const uint8_t* const target_end = plain.find_target_end(begin, end);
  const ScanPath direct{"inline", FindFieldValueEnd, FindTargetEnd,
                        CopyFieldValue};
  for (size_t i = 0; i <= path_count; ++i) {
    const ScanPath& path = i == path_count ? direct : *listed[i];
    Require(path.find_field_value_end(begin, end) == value_end, path.name,
            "find_field_value_end");
    Require(path.find_target_end(begin, end) == target_end, path.name,
            "find_target_end");
    const size_t copied = path.copy_field_value(copy.get(), begin, count);
    Require(begin + copied == value_end, path.name, "copy_field_value");
    Require(std::equal(copy.get(), copy.get() + copied, begin), path.name,
            "copied bytes");
  }
  return 0;
}
