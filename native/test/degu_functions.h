// Degu's internal parse functions, made of the engine's parts, so that cases
// recorded for them can be run one by one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gudeg::test {

struct FunctionResult {
  bool known = true;  // false: there is no such function
  bool ok = false;
  std::string json;  // the result, or with !ok the fault's name
};

FunctionResult CallDeguFunction(std::string_view name,
                                const std::vector<std::string>& args);

}  // namespace gudeg::test
