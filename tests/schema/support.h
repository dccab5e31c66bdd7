#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bus/schema/schema.h"
#include "tests/small_stack.h"

namespace simpul {

inline std::shared_ptr<const Schema> schema_of(std::string text) {
  auto registry = compile_schemas({{"test.json", text}});
  if (!registry) {
    ADD_FAILURE() << to_text(registry.error());
    return (*compile_schemas({{"test.json", "true"}}))->find("test");
  }
  return (*registry)->find("test");
}

inline json::Document document_of(std::string text) {
  auto document = json::parse(std::move(text), {.depth = 1000});
  if (!document) ADD_FAILURE() << document.error().message;
  return document ? std::move(*document) : json::Document();
}

// "rule instance: message" of each violation.
inline std::vector<std::string> reasons(const Schema& schema, std::string text) {
  auto document = document_of(std::move(text));
  std::vector<std::string> out;
  for (const auto& violation : schema.explain(document.root()))
    out.push_back(violation.rule + " " + violation.instance + ": " + violation.words.english);
  EXPECT_EQ(schema.valid(document.root()), out.empty());
  return out;
}

inline std::vector<std::string> reasons(const std::string& schema, std::string text) {
  return reasons(*schema_of(schema), std::move(text));
}

inline Problems problems_of(const std::map<std::string, std::string>& files) {
  auto registry = compile_schemas(files);
  EXPECT_FALSE(registry);
  return registry ? Problems{} : registry.error();
}

// On a thread whose stack is half of what Linux gives; a build without optimization has frames far bigger than the one
// that is shipped, so what is shipped is what this is about.
inline void on_half_a_stack(const std::function<void()>& work) {
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  constexpr std::size_t bytes = 4u << 20;
#else
  constexpr std::size_t bytes = 256u << 20;
#endif
  on_a_stack_of(bytes, work);
}

}  // namespace simpul
