// Field names and methods: every name is found, nothing else is.
#include <random>
#include <string>

#include "field_names.h"
#include "methods.h"
#include "test_case.h"

namespace {

using namespace gudeg::engine;

size_t Field(const std::string& name) {
  return static_cast<size_t>(LookupFieldName(
      reinterpret_cast<const uint8_t*>(name.data()), name.size()));
}

size_t MethodOf(const std::string& name) {
  return static_cast<size_t>(
      LookupMethod(reinterpret_cast<const uint8_t*>(name.data()), name.size()));
}

std::string Upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return text;
}

TEST(FieldNamesAreFoundInAnyCase) {
  constexpr size_t kCount = static_cast<size_t>(KnownField::kCount);
  for (size_t i = 1; i < kCount; ++i) {
    std::string name = kFieldNames[i];
    CHECK_EQUAL_FOR(Field(name), i, name);
    CHECK_EQUAL_FOR(Field(Upper(name)), i, name);
    name[0] = Upper(name)[0];
    CHECK_EQUAL_FOR(Field(name), i, name);
  }
  CHECK_EQUAL(std::string(kFieldNames[0]), "");
}

TEST(NearlyFieldNamesAreUnknown) {
  constexpr size_t kCount = static_cast<size_t>(KnownField::kCount);
  CHECK_EQUAL(Field(""), size_t{0});
  for (size_t i = 1; i < kCount; ++i) {
    const std::string name = kFieldNames[i];
    for (size_t at = 0; at < name.size(); ++at) {
      // Bytes that a careless fold takes for one another.
      for (const int change : {0x20, 0x40, 0x80, 1}) {
        std::string other = name;
        other[at] = static_cast<char>(other[at] ^ change);
        std::string folded = other;
        for (char& c : folded) {
          if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
        }
        const size_t found = Field(other);
        CHECK_FOR(found == 0 || kFieldNames[found] == folded, other);
      }
    }
    CHECK_FOR(Field(name + "x") == 0, name);
    CHECK_FOR(Field(name.substr(1)) != i, name);
  }
}

TEST(MethodsAreFoundInTheirCase) {
  constexpr size_t kCount = static_cast<size_t>(Method::kCount);
  for (size_t i = 1; i < kCount; ++i) {
    std::string name = kMethodNames[i];
    CHECK_EQUAL_FOR(MethodOf(name), i, name);
    CHECK_EQUAL_FOR(MethodOf(name + "X"), size_t{0}, name);
    for (char& c : name) c = static_cast<char>(c | 0x20);
    CHECK_EQUAL_FOR(MethodOf(name), size_t{0}, name);
  }
  CHECK_EQUAL(MethodOf(""), size_t{0});
  CHECK_EQUAL(MethodOf("BREW"), size_t{0});
}

TEST(RandomNamesNeverHitByAccident) {
  std::mt19937 random(7);
  for (int round = 0; round < 200000; ++round) {
    std::string name;
    for (size_t size = random() % 12; size > 0; --size) {
      name += static_cast<char>('A' + random() % 26);
    }
    const size_t method = MethodOf(name);
    CHECK_FOR(method == 0 || kMethodNames[method] == name, name);
    const size_t field = Field(name);
    CHECK_FOR(field == 0 || Upper(kFieldNames[field]) == name, name);
  }
}

}  // namespace
