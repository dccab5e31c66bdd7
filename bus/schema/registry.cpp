// The schemas of a registry, as the rest of the bus sees them.
#include "bus/schema/compiler.h"

namespace simpul {
namespace {

class CompiledSchema final : public Schema {
 public:
  CompiledSchema(std::shared_ptr<const SchemaStore> store, const SchemaFile& file)
      : store_(std::move(store)), file_(file) {}
  const std::string& name() const override { return file_.name; }
  bool valid(const json::Value& value) const override { return is_valid(*file_.root, value); }
  std::vector<Violation> explain(const json::Value& value, std::size_t limit) const override {
    return violations_of(*file_.root, value, limit);
  }
  std::vector<Violation> warnings(const json::Value&, std::size_t) const override { return {}; }
  std::shared_ptr<const Cursor> cursor() const override { return make_cursor(store_, *file_.root); }
  std::string masked(const json::Value& value, PersonalData cleared) const override {
    return masked_text(*file_.root, value, cleared);
  }
  PersonalData personal_at(std::string_view pointer) const override { return personal_class(*file_.root, pointer); }
  const Node& root() const { return *file_.root; }

 private:
  std::shared_ptr<const SchemaStore> store_;
  const SchemaFile& file_;
};

class CompiledRegistry : public SchemaRegistry {
 public:
  explicit CompiledRegistry(const std::shared_ptr<const SchemaStore>& store) {
    for (const auto& file : store->files) {
      if (!file.built_in) schemas_.emplace(file.name, std::make_shared<CompiledSchema>(store, file));
    }
  }
  std::shared_ptr<const Schema> find(std::string_view name) const override {
    auto found = schemas_.find(name);
    return found == schemas_.end() ? nullptr : found->second;
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const auto& [name, schema] : schemas_) names.push_back(name);
    return names;
  }

 private:
  std::map<std::string, std::shared_ptr<const Schema>, std::less<>> schemas_;
};

}  // namespace

const Node* root_of(const Schema& schema) {
  const auto* compiled = dynamic_cast<const CompiledSchema*>(&schema);
  return compiled == nullptr ? nullptr : &compiled->root();
}

Checked<std::shared_ptr<const SchemaRegistry>> compile_schemas(const std::map<std::string, std::string>& files,
                                                               const SchemaRules& rules) {
  auto store = std::make_shared<SchemaStore>();
  SchemaCompiler compiler(*store, rules);
  for (const auto& [path, text] : files) compiler.add(path, text);
  compiler.link();
  if (!compiler.problems.empty()) return std::unexpected(std::move(compiler.problems));
  return std::make_shared<CompiledRegistry>(std::move(store));
}

}  // namespace simpul
