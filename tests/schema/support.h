#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "bus/schema/schema.h"

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

}  // namespace simpul
