// Compiles schema files to nodes: keywords first (keywords.cpp), then references and loops (compiler.cpp).
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bus/schema/node.h"

namespace simpul {

class SchemaCompiler {
 public:
  SchemaCompiler(SchemaStore& store, const SchemaRules& rules) : store_(store), rules_(rules) {}
  void add(const std::string& path, const std::string& text);
  void link();  // after every file was added
  Problems problems;

 private:
  struct Resource {
    const SchemaFile* file;
    const json::Value* root;
  };
  struct Reference {
    Node* node;
    const SchemaFile* file;
    std::string base;
    std::string_view target;
    std::uint32_t offset;
  };
  // Where a schema is being compiled.
  struct Scope {
    const SchemaFile* file;
    std::string base;
    std::string pointer;
  };
  // A keyword in hand.
  struct Keyword {
    Node& node;
    const json::Value& schema;
    std::string_view name;
    const json::Value& value;
    const Scope& scope;
  };
  using Handler = void (SchemaCompiler::*)(const Keyword&);
  struct Entry {
    Handler handler;
    unsigned rules;
  };
  static const std::map<std::string_view, Entry>& keywords();

  const Node* compile(const json::Value& value, const Scope& scope);
  void identify(const json::Value& value, Scope& scope);
  void unknown_keyword(const Keyword& keyword);
  void finish(Node& node);
  const Node* child(const Keyword& keyword);
  const Node* child(const Keyword& keyword, const json::Value& value, std::string_view step);
  std::vector<const Node*> children(const Keyword& keyword);
  bool expect(const Keyword& keyword, json::Kind kind, std::string_view what);
  std::optional<std::uint64_t> count(const Keyword& keyword);
  std::vector<std::string_view> names(const Keyword& keyword, const json::Value& list);
  std::unique_ptr<const Pattern> pattern(const Keyword& keyword, std::string_view source, const json::Value& at);

  void annotation(const Keyword& keyword);
  void text_annotation(const Keyword& keyword);
  void flag_annotation(const Keyword& keyword);
  void personal_data(const Keyword& keyword);
  void definitions(const Keyword& keyword);
  void reference(const Keyword& keyword);
  void schema_dialect(const Keyword& keyword);
  void type(const Keyword& keyword);
  void enumeration(const Keyword& keyword);
  void constant(const Keyword& keyword);
  void length(const Keyword& keyword);
  void pattern_keyword(const Keyword& keyword);
  void format(const Keyword& keyword);
  void bound(const Keyword& keyword);
  void multiple_of(const Keyword& keyword);
  void item_keyword(const Keyword& keyword);
  void item_count(const Keyword& keyword);
  void unique_items(const Keyword& keyword);
  void properties(const Keyword& keyword);
  void pattern_properties(const Keyword& keyword);
  void property_keyword(const Keyword& keyword);
  void required(const Keyword& keyword);
  void property_count(const Keyword& keyword);
  void dependent_required(const Keyword& keyword);
  void dependent_schemas(const Keyword& keyword);
  void logic(const Keyword& keyword);
  void unsupported(const Keyword& keyword);

  void resolve(const Reference& reference);
  const Node* find(const std::string& uri) const;
  void missing(const Reference& reference);
  void check_loops();
  void add_resource(const std::string& uri, Resource resource, std::uint32_t offset);
  void problem(const SchemaFile& file, std::uint32_t offset, std::string path, std::string code, std::string message,
               std::string hint);
  void problem(const Keyword& keyword, std::string code, std::string message, std::string hint);

  SchemaStore& store_;
  const SchemaRules& rules_;
  std::map<std::string, Resource> resources_;
  std::map<std::string, const Node*> anchors_;
  std::unordered_map<const json::Value*, Node*> nodes_;
  std::vector<Reference> references_;
};

}  // namespace simpul
