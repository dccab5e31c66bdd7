// The schemas of a registry, as the rest of the bus sees them.
#include "bus/schema/compiler.h"
#include "bus/schema/doubts.h"
#include "bus/schema/program.h"

namespace simpul {
namespace {

// What the schemas of a registry share.
struct Compiled {
  SchemaStore store;
  std::optional<Program> program;
  std::optional<Doubts> doubts;
};

class CompiledSchema final : public Schema {
 public:
  CompiledSchema(std::shared_ptr<const Compiled> compiled, const SchemaFile& file)
      : compiled_(std::move(compiled)), file_(file), entry_(compiled_->program->entry(*file.root)) {}
  const std::string& name() const override { return file_.name; }
  bool valid(const json::Value& value) const override { return compiled_->program->valid(entry_, value); }
  std::vector<Violation> explain(const json::Value& value, std::size_t limit) const override {
    return violations_of(*file_.root, value, limit);
  }
  std::vector<Violation> warnings(const json::Value& value, std::size_t limit) const override {
    return compiled_->doubts->of(*file_.root, value, limit);
  }
  std::shared_ptr<const Cursor> cursor() const override { return make_cursor(compiled_, *file_.root); }
  std::string masked(const json::Value& value, PersonalData cleared) const override {
    return masked_text(*file_.root, value, cleared);
  }
  PersonalData personal_at(std::string_view pointer) const override { return personal_class(*file_.root, pointer); }
  const Node& root() const { return *file_.root; }
  std::vector<const Node*> nodes() const {
    std::vector<const Node*> found;
    for (const auto& node : compiled_->store.nodes)
      if (node.file == &file_) found.push_back(&node);
    return found;
  }

 private:
  std::shared_ptr<const Compiled> compiled_;
  const SchemaFile& file_;
  Program::Entry entry_;
};

class CompiledRegistry : public SchemaRegistry {
 public:
  explicit CompiledRegistry(const std::shared_ptr<const Compiled>& compiled) {
    for (const auto& file : compiled->store.files) {
      if (!file.built_in) schemas_.emplace(file.name, std::make_shared<CompiledSchema>(compiled, file));
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

std::vector<const Node*> nodes_of(const Schema& schema) {
  const auto* compiled = dynamic_cast<const CompiledSchema*>(&schema);
  return compiled == nullptr ? std::vector<const Node*>() : compiled->nodes();
}

Checked<std::shared_ptr<const SchemaRegistry>> compile_schemas(const std::map<std::string, std::string>& files,
                                                               const SchemaRules& rules) {
  auto compiled = std::make_shared<Compiled>();
  SchemaCompiler compiler(compiled->store, rules);
  for (const auto& [path, text] : files) compiler.add(path, text);
  compiler.link();
  if (!compiler.problems.empty()) return std::unexpected(std::move(compiler.problems));
  compiled->program.emplace(compiled->store);
  compiled->doubts.emplace(compiled->store);
  return std::make_shared<CompiledRegistry>(std::move(compiled));
}

}  // namespace simpul
