// The smallest test framework that does: TEST(name) { CHECK(...); }
#pragma once

#include <sstream>
#include <string>

namespace gudeg::test {

struct TestCase {
  const char* name;
  void (*run)();
  TestCase* next;
};

// Links a case into the list that test_main.cc runs.
struct Registration {
  Registration(const char* name, void (*run)());
  TestCase test_case;
};

// Prints the message and fails the run at its end.
void ReportFailure(const char* file, int line, const std::string& message);

template <typename A, typename B>
void CheckEqual(const A& actual, const B& expected, const char* text,
                const char* file, int line, const std::string& context) {
  if (actual == expected) return;
  std::ostringstream message;
  message << text << "\n    is       " << actual << "\n    expected "
          << expected;
  if (!context.empty()) message << "\n    for      " << context;
  ReportFailure(file, line, message.str());
}

}  // namespace gudeg::test

#define TEST(name)                                                         \
  static void Test##name();                                                \
  static gudeg::test::Registration registration_##name(#name, Test##name); \
  static void Test##name()

#define CHECK(condition)                                          \
  do {                                                            \
    if (!(condition))                                             \
      gudeg::test::ReportFailure(__FILE__, __LINE__, #condition); \
  } while (false)

#define CHECK_FOR(condition, context)                             \
  do {                                                            \
    if (!(condition))                                             \
      gudeg::test::ReportFailure(                                 \
          __FILE__, __LINE__,                                     \
          std::string(#condition "\n    for      ") + (context)); \
  } while (false)

#define CHECK_EQUAL(actual, expected) \
  gudeg::test::CheckEqual(actual, expected, #actual, __FILE__, __LINE__, "")

#define CHECK_EQUAL_FOR(actual, expected, context)                       \
  gudeg::test::CheckEqual(actual, expected, #actual, __FILE__, __LINE__, \
                          context)
