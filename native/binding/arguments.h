// Reading arguments that src/core/native has already checked: here only what
// memory safety needs.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>

namespace gudeg::binding {

inline int32_t Int(const Napi::Value& value) {
  int32_t number = -1;
  napi_get_value_int32(value.Env(), value, &number);
  return number;
}

inline double Number(const Napi::Value& value) {
  double number = 0;
  napi_get_value_double(value.Env(), value, &number);
  return number;
}

// 0..2^53-1; anything else, NaN included, is 0.
inline uint64_t Natural(const Napi::Value& value) {
  const double number = Number(value);
  return number >= 0 && number <= 9007199254740991.0
             ? static_cast<uint64_t>(number)
             : 0;
}

inline bool Bool(const Napi::Value& value) {
  bool truth = false;
  napi_get_value_bool(value.Env(), value, &truth);
  return truth;
}

// Sets `out` where an object has a number under `name`.
inline void CountIfGiven(const Napi::Object& given, const char* name,
                         uint32_t* out) {
  const Napi::Value value = given.Get(name);
  if (value.IsNumber()) *out = value.As<Napi::Number>().Uint32Value();
}

// Text of one byte a character; empty when the value is no string.
inline std::string Latin1(const Napi::Value& value) {
  size_t size = 0;
  if (napi_get_value_string_latin1(value.Env(), value, nullptr, 0, &size) !=
      napi_ok) {
    return {};
  }
  std::string text(size, '\0');
  napi_get_value_string_latin1(value.Env(), value, text.data(), size + 1,
                               &size);
  return text;
}

struct Bytes {
  uint8_t* data = nullptr;
  size_t size = 0;
};

// The memory of a Uint8Array; none for anything else.
inline Bytes BytesOf(const Napi::Value& value) {
  napi_typedarray_type type;
  Bytes bytes;
  void* data = nullptr;
  if (napi_get_typedarray_info(value.Env(), value, &type, &bytes.size, &data,
                               nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array) {
    return {};
  }
  bytes.data = static_cast<uint8_t*>(data);
  return bytes;
}

}  // namespace gudeg::binding
