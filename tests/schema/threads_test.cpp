// One registry, asked by many threads at once: each must get what one thread alone gets. Under ThreadSanitizer
// (tools/dev sanitize thread) this says that nothing behind a const question is written.
#include <latch>
#include <thread>

#include "bus/schema/pattern.h"
#include "tests/schema/support.h"

namespace simpul {
namespace {

constexpr const char* resident = R"({
  "type": "object", "required": ["nik", "name"], "unevaluatedProperties": false,
  "allOf": [{"$ref": "parts.json#/$defs/named"}],
  "properties": {
    "nik": {"type": "string", "format": "nik", "x-personal-data": "specific"},
    "kind": {"enum": ["a", "b", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]},
    "code": {"type": "string", "pattern": "^\\p{Lu}[a-z]{2,40}(-[0-9]+)*$"},
    "mail": {"type": "string", "format": "email"},
    "children": {"type": "array", "uniqueItems": true, "items": {"$ref": "#"}, "contains": {"required": ["kind"]}},
    "either": {"oneOf": [{"type": "integer", "multipleOf": 0.5}, {"type": "string", "format": "date"}]}
  },
  "patternProperties": {"^x-(\\p{L}|[0-9])+$": {"type": "string"}}
})";
constexpr const char* parts = R"({"$defs": {"named": {
  "properties": {"name": {"type": "string", "minLength": 2, "x-personal-data": "general"}}}}})";

// All that can be asked about one value, as text.
std::string answers(const Schema& schema, const json::Value& value) {
  std::string out = schema.valid(value) ? "valid" : "not valid";
  for (const auto& violation : schema.explain(value))
    out += "\n" + violation.instance + " " + violation.way + " " + violation.words.english + violation.words.indonesian;
  for (const auto& doubt : schema.warnings(value)) out += "\n" + doubt.instance + " " + doubt.words.english;
  out += "\n" + schema.masked(value, PersonalData::none);
  out += std::to_string(static_cast<int>(schema.personal_at("/children/0/name")));
  bool required = false;
  auto name = schema.cursor()->property("name", required);
  return out + std::to_string(name == nullptr ? 0 : name->type().kinds) + std::to_string(required);
}

// Each thread does all of it, from a start of its own, so that they meet in different places.
template <typename Work>
void at_once(const Work& work) {
  constexpr std::size_t count = 4;
  std::latch ready(count);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      ready.arrive_and_wait();
      work(i);
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(SchemaThreads, AskOneRegistryAtOnce) {
  auto registry = compile_schemas({{"resident.json", resident}, {"parts.json", parts}});
  ASSERT_TRUE(registry) << to_text(registry.error());
  std::vector<json::Document> documents;
  for (const char* text :
       {R"({"nik":"3671015207909001","name":"Sari","kind":2,"code":"Abc-12","x-é":"1","either":3})",
        R"({"nik":"9971015207909001","name":"Sari","children":[{"nik":"1","name":"B","kind":2}]})",
        R"({"nik":3,"kind":1.50,"code":"abc","mail":"nobody","extra":1,"x-1":2,"either":"2026-13-01"})",
        R"({"nik":"3671015207909002","name":"Adi","children":[{"kind":1},{"kind":1.0}]})", "[]"})
    documents.push_back(document_of(text));
  auto schema = (*registry)->find("resident");
  std::vector<std::string> alone;
  for (const auto& document : documents) alone.push_back(answers(*schema, document.root()));
  EXPECT_TRUE(alone[0].starts_with("valid")) << alone[0];
  EXPECT_TRUE(alone[2].starts_with("not valid"));

  std::vector<std::string> wrong(4);
  at_once([&](std::size_t self) {
    for (std::size_t i = 0; i < 40; ++i) {
      auto which = (i + self) % documents.size();
      auto found = answers(*(*registry)->find("resident"), documents[which].root());
      if (found != alone[which]) wrong[self] = found;
    }
  });
  EXPECT_THAT(wrong, testing::Each(""));
}

TEST(SchemaThreads, CompileAndMatchPatternsAtOnce) {
  const std::pair<const char*, const char*> cases[] = {{"^[a-z]+(-[0-9]{1,3})?$", "abc-12"},
                                                       {"^\\p{Lu}\\p{Script=Latin}*$", "Sari"},
                                                       {"^(a|b)*c(a|b){9}$", "ababcababababa"},
                                                       {"^[0-9]{3,500}$", "31750"},
                                                       {"(\\w+\\s){0,60}x\\p{Nd}{2,70}", "a b x123"}};
  std::vector<std::unique_ptr<const Pattern>> shared;
  for (const auto& [pattern, text] : cases) {
    auto compiled = Pattern::compile(pattern);
    ASSERT_TRUE(compiled) << pattern << ": " << compiled.error().message;
    shared.push_back(std::move(*compiled));
  }
  std::vector<std::string> wrong(4);
  at_once([&](std::size_t self) {
    for (std::size_t i = 0; i < 50; ++i) {
      auto which = (i + self) % shared.size();
      auto own = Pattern::compile(cases[which].first);
      std::string text = cases[which].second;
      if (!shared[which]->matches(text) || !own || !(*own)->matches(text) || shared[which]->matches(""))
        wrong[self] = text;
    }
  });
  EXPECT_THAT(wrong, testing::Each(""));
}

}  // namespace
}  // namespace simpul
