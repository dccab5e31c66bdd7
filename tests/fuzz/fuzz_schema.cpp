// Any two texts, split at the first line that is "---": a schema and a value. Compiling refuses or gives a schema, both
// passes agree, and nothing masked shows what it hides.
#include <cstdint>
#include <cstdlib>

#include "bus/schema/schema.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace simpul;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  auto split = input.find("\n---\n");
  if (split == input.npos) return 0;
  auto registry = compile_schemas({{"folder/fuzz.json", std::string(input.substr(0, split))}});
  if (!registry) {
    require(!registry.error().empty());
    return 0;
  }
  auto value = json::parse(std::string(input.substr(split + 5)));
  if (!value) return 0;
  auto schema = (*registry)->find("folder/fuzz");
  require(schema->valid(value->root()) == schema->explain(value->root()).empty());
  require(json::equal(json::parse(schema->masked(value->root(), PersonalData::specific))->root(), value->root()));
  require(json::parse(schema->masked(value->root(), PersonalData::none)).has_value());
  auto cursor = schema->cursor();
  cursor->type();
  for (const auto& name : cursor->properties()) {
    bool required = false;
    if (auto property = cursor->property(name, required)) property->items()->type();
    schema->personal_at("/" + name);
  }
  return 0;
}
