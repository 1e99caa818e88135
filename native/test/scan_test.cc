#include "scan.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "test_case.h"

namespace {

using namespace gudeg::engine;

bool StopsValue(uint8_t byte) {
  return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}
bool StopsTarget(uint8_t byte) {
  return byte <= 0x20 || byte >= 0x7f || byte == '#' || byte == '\\';
}

template <typename Stops>
size_t Expected(const uint8_t* data, size_t size, Stops stops) {
  size_t i = 0;
  while (i < size && !stops(data[i])) ++i;
  return i;
}

std::vector<ScanPath> Paths() {
  const ScanPath* listed[kMaxScanPaths];
  const size_t count = ListScanPaths(listed);
  std::vector<ScanPath> paths;
  for (size_t i = 0; i < count; ++i) paths.push_back(*listed[i]);
  paths.push_back({"inline", FindFieldValueEnd, FindTargetEnd, CopyFieldValue});
  return paths;
}

// All paths against the definition, on bytes that stand at the exact end of
// their allocation.
void CheckBytes(const uint8_t* data, size_t size, const std::string& what) {
  const size_t value = Expected(data, size, StopsValue);
  const size_t target = Expected(data, size, StopsTarget);
  const std::unique_ptr<uint8_t[]> copy(new uint8_t[size]);
  for (const ScanPath& path : Paths()) {
    const std::string context = std::string(path.name) + " " + what;
    CHECK_EQUAL_FOR(static_cast<size_t>(
                        path.find_field_value_end(data, data + size) - data),
                    value, context);
    CHECK_EQUAL_FOR(
        static_cast<size_t>(path.find_target_end(data, data + size) - data),
        target, context);
    CHECK_EQUAL_FOR(path.copy_field_value(copy.get(), data, size), value,
                    context);
    CHECK_FOR(std::equal(data, data + value, copy.get()), context);
  }
}

TEST(ScanFindsEveryByteAtEveryPlace) {
  constexpr size_t kMaxSize = 100;
  for (size_t size = 0; size <= kMaxSize; ++size) {
    const std::unique_ptr<uint8_t[]> bytes(new uint8_t[size]);
    std::memset(bytes.get(), 'x', size);
    CheckBytes(bytes.get(), size, "clean " + std::to_string(size));
  }
  // Every byte value, at every place of runs that end in each kind of tail.
  for (const size_t size : {1, 15, 16, 17, 31, 33, 64, 67, 96, 113}) {
    const std::unique_ptr<uint8_t[]> bytes(new uint8_t[size]);
    for (size_t at = 0; at < size; ++at) {
      for (unsigned byte = 0; byte < 256; ++byte) {
        std::memset(bytes.get(), 'x', size);
        bytes[at] = static_cast<uint8_t>(byte);
        CheckBytes(bytes.get(), size,
                   "byte " + std::to_string(byte) + " at " +
                       std::to_string(at) + " of " + std::to_string(size));
      }
    }
  }
}

TEST(ScanAgreesAtAllAlignments) {
  std::mt19937 random(20260101);
  for (int round = 0; round < 4000; ++round) {
    const size_t size = random() % 200;
    const size_t offset = random() % 33;
    const std::unique_ptr<uint8_t[]> bytes(new uint8_t[offset + size]);
    const bool rare = random() % 2 == 0;
    for (size_t i = 0; i < offset + size; ++i) {
      bytes[i] = static_cast<uint8_t>(
          rare && random() % 64 != 0 ? 'a' + random() % 26 : random() % 256);
    }
    CheckBytes(bytes.get() + offset, size, "round " + std::to_string(round));
  }
}

TEST(ScanListsAPathForThisMachine) {
  const ScanPath* paths[kMaxScanPaths];
  const size_t count = ListScanPaths(paths);
  CHECK(count >= 1);
  CHECK_EQUAL(std::string(paths[0]->name), "portable");
  CHECK_EQUAL(std::string(paths[count - 1]->name), std::string(kScan.name));
#ifdef GUDEG_SCAN_BLOCKS
  CHECK(count >= 2);
#endif
}

}  // namespace
