#include "field_names.h"

#include "char_class.h"
#include "perfect_hash.h"

namespace gudeg::engine {

namespace {

constexpr const char* kNames[] = {"",
#define X(id, name) name,
                                  GUDEG_FIELD_NAMES(X)
#undef X
};

constexpr PerfectHash<512> kHash{{431, 174, 35, 491, 3}};
constexpr NameTable<512> kTable(kNames, kHash);
static_assert(!kTable.collision, "search new factors for the field names");

}  // namespace

const char* const kFieldNames[static_cast<size_t>(KnownField::kCount)] = {
    "",
#define X(id, name) name,
    GUDEG_FIELD_NAMES(X)
#undef X
};

KnownField LookupFieldName(const uint8_t* name, size_t size) noexcept {
  if (size == 0) return KnownField::kUnknown;
  const NameSlot& slot = kTable.slots[kHash(name, size)];
  if (!EqualsIgnoreCase(name, size, {slot.name, slot.size})) {
    return KnownField::kUnknown;
  }
  return static_cast<KnownField>(slot.number);
}

}  // namespace gudeg::engine
