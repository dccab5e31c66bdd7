// Any two texts, split at the first line that is "---": a schema and a value. Loaded as the bus does (strict) and as
// the standards say, under every dialect: loading refuses or gives a schema, both passes agree, whoever loads more
// strictly decides alike where the formats assert, and nothing masked shows what it hides.
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "bus/schema/schema.h"

namespace {

using namespace simpul;

void require(bool condition) {
  if (!condition) std::abort();
}

std::shared_ptr<const Schema> load(std::string_view text, const SchemaRules& rules) {
  auto registry = compile_schemas({{"folder/fuzz.json", std::string(text)}}, rules);
  if (registry) return (*registry)->find("folder/fuzz");
  require(!registry.error().empty());
  return nullptr;
}

// Both passes of one schema over one value; what it answers.
bool judged(const Schema& schema, const json::Value& value) {
  bool valid = schema.valid(value);
  require(valid == schema.explain(value).empty());
  require(valid == schema.explain(value, 1).empty());
  schema.warnings(value);
  return valid;
}

void look_around(const Schema& schema, const json::Value& value) {
  require(json::equal(json::parse(schema.masked(value, PersonalData::specific))->root(), value));
  require(json::parse(schema.masked(value, PersonalData::none)).has_value());
  auto cursor = schema.cursor();
  cursor->type();
  for (const auto& name : cursor->properties()) {
    bool required = false;
    if (auto property = cursor->property(name, required)) property->items()->type();
    schema.personal_at("/" + name);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr const char* dialects[] = {
      "https://json-schema.org/draft/2020-12/schema", "https://json-schema.org/draft/2019-09/schema",
      "http://json-schema.org/draft-07/schema#", "http://json-schema.org/draft-06/schema#",
      "http://json-schema.org/draft-04/schema#"};
  std::string_view input(reinterpret_cast<const char*>(data), size);
  auto split = input.find("\n---\n");
  if (split == input.npos) return 0;
  auto text = input.substr(0, split);
  auto document = json::parse(std::string(input.substr(split + 5)));
  for (const char* dialect : dialects) {
    SchemaRules rules;
    rules.dialect = dialect;
    auto strict = load(text, rules);
    rules.strict = false;
    auto lenient = load(text, rules);
    rules.formats_assert = false;
    auto annotating = load(text, rules);
    require(strict == nullptr || (lenient != nullptr && annotating != nullptr));  // strict refuses more, never less
    if (!document || lenient == nullptr) continue;
    bool valid = judged(*lenient, document->root());
    if (strict != nullptr) {
      require(judged(*strict, document->root()) == valid);
      look_around(*strict, document->root());
    }
    if (annotating != nullptr) judged(*annotating, document->root());
  }
  return 0;
}
