#include "methods.h"

#include <cstring>

#include "perfect_hash.h"

namespace gudeg::engine {

namespace {

constexpr const char* kNames[] = {"",
#define X(name) #name,
                                  GUDEG_METHODS(X)
#undef X
};

constexpr PerfectHash<128> kHash{{93, 111, 38, 16, 2}};
constexpr NameTable<128> kTable(kNames, kHash);
static_assert(!kTable.collision, "search new factors for the methods");

}  // namespace

const char* const kMethodNames[static_cast<size_t>(Method::kCount)] = {
    "",
#define X(name) #name,
    GUDEG_METHODS(X)
#undef X
};

Method LookupMethod(const uint8_t* token, size_t size) noexcept {
  if (size == 0) return Method::kOther;
  const NameSlot& slot = kTable.slots[kHash(token, size)];
  if (slot.size != size || std::memcmp(slot.name, token, size) != 0) {
    return Method::kOther;
  }
  return static_cast<Method>(slot.number);
}

}  // namespace gudeg::engine
