// Runs every TEST, or those whose names contain the first argument. After a
// whole run every fault of the engine must have been met.
#include <cstdio>
#include <string_view>

#include "test_case.h"
#include "transcript.h"

namespace gudeg::test {

namespace {

TestCase* first_case = nullptr;
int failures = 0;

// What the engine only names: its callers find these.
bool IsFoundByCallers(engine::Fault fault) {
  return fault == engine::Fault::kNone ||
         fault == engine::Fault::kTruncatedHead ||
         fault == engine::Fault::kTooManyInterimResponses ||
         fault == engine::Fault::kUnaskedSwitch ||
         fault == engine::Fault::kUnaskedBytes ||
         fault == engine::Fault::kForeignProxy ||
         fault == engine::Fault::kBadOutputChunk;
}

void CheckEveryFaultWasMet() {
  for (size_t i = 0; i < static_cast<size_t>(engine::Fault::kCount); ++i) {
    const engine::Fault fault = static_cast<engine::Fault>(i);
    if (IsFoundByCallers(fault) || WasMet(fault)) continue;
    std::printf("FAILED no test meets the fault %s\n",
                engine::Describe(fault).name);
    ++failures;
  }
}

}  // namespace

Registration::Registration(const char* name, void (*run)())
    : test_case{name, run, first_case} {
  first_case = &test_case;
}

void ReportFailure(const char* file, int line, const std::string& message) {
  std::printf("FAILED %s:%d\n    %s\n", file, line, message.c_str());
  ++failures;
}

int RunAll(std::string_view filter) {
  int count = 0;
  for (const TestCase* test = first_case; test != nullptr; test = test->next) {
    if (std::string_view(test->name).find(filter) == std::string_view::npos) {
      continue;
    }
    test->run();
    ++count;
  }
  if (filter.empty()) CheckEveryFaultWasMet();
  std::printf("%d tests, %d failures\n", count, failures);
  return failures == 0 && count > 0 ? 0 : 1;
}

}  // namespace gudeg::test

int main(int argc, char** argv) {
  return gudeg::test::RunAll(argc > 1 ? argv[1] : "");
}
