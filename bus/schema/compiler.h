// Compiles schema files to nodes. Files are read first (compiler.cpp), so that `$schema` may name a meta-schema of
// any of them; then each schema's keywords (keywords.cpp, assertions.cpp, applicators.cpp), then references
// (references.cpp), then dynamic references and loops (link.cpp).
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "bus/schema/dialect.h"
#include "bus/schema/node.h"
#include "bus/schema/problem_list.h"

namespace simpul {

// A schema with an identifier of its own, and all below it that have none (core §4.3.5).
struct SchemaResource {
  const SchemaFile* file;
  const json::Value* value;
  std::string pointer;  // in the file
  std::string uri;      // absolute, without a fragment
  const Dialect* dialect;
  Node* root = nullptr;
  std::unordered_map<std::string_view, Node*> anchors;
  // Those of them that `$dynamicRef` looks for by the way. "" is the root of a resource with `$recursiveAnchor`.
  std::vector<std::pair<std::string_view, Node*>> dynamic_anchors;
};

// A node's `dynamic_ref` that depends on the way: the first resource on it that has the anchor decides.
struct DynamicReference {
  const Node* node;
  std::string_view anchor;
};

// The address a file has without an identifier: its path below schemas/, unless the path is an address itself.
std::string file_address(const std::string& path);

class SchemaCompiler {
 public:
  SchemaCompiler(SchemaStore& store, const SchemaRules& rules) : store_(store), rules_(rules) {}
  void add(const std::string& path, const std::string& text);
  void link();  // after every file was added
  Problems problems;

 private:
  struct Reference {
    Node* node;
    std::string_view keyword;
    std::string_view target;
    std::uint32_t offset;
  };
  // What stands where in a file, by pointer.
  struct Places {
    std::unordered_map<std::string_view, Node*> nodes;
    std::map<std::string, const json::Value*, std::less<>> values;  // those in `indexed` objects
    std::unordered_set<const json::Value*> indexed;
  };
  // A keyword in hand.
  struct Keyword {
    Node& node;
    const json::Value& schema;
    std::string_view name;
    const json::Value& value;
    SchemaResource& resource;
  };
  using Handler = void (SchemaCompiler::*)(const Keyword&);
  struct Entry {
    Handler handler;
    unsigned rules;
    unsigned vocabulary;
    Draft first = Draft::draft4, last = Draft::draft2020_12;
    bool kept = false;  // understood in later drafts too, as their meta-schemas allow
    bool knows(Draft draft) const { return first <= draft && draft <= last; }
  };
  static const std::unordered_map<std::string_view, Entry>& keywords();

  SchemaFile* add_file(const std::string& path, std::string text, bool built_in);
  void compile_file(SchemaFile& file);
  Node* compile(const json::Value& value, SchemaResource& outer, std::string pointer);
  bool room_for(const json::Value& value, const SchemaFile& file, std::size_t pointer_size);
  SchemaResource& identify(Node& node, const json::Value& value, SchemaResource& outer);
  SchemaResource& begin_resource(Node& node, const json::Value& value, SchemaResource& outer, const Dialect* dialect,
                                 const json::Value& id);
  void add_address(SchemaResource& resource, std::string_view keyword, std::uint32_t offset);
  void add_anchors(Node& node, const json::Value& value, SchemaResource& resource);
  void add_anchor(Node& node, SchemaResource& resource, std::string_view keyword, const json::Value& at,
                  std::string_view name, bool dynamic);
  const Dialect* dialect_of(const SchemaFile& file, const json::Value& value, const Dialect* outer);
  const Dialect* find_dialect(std::string_view uri, Problem& why, unsigned steps = 0);
  const Dialect* dialect_by(const std::string& uri, const json::Value& metaschema, Problem& why, unsigned steps);
  void keyword(const Keyword& keyword, bool hidden);
  void unknown_keyword(const Keyword& keyword);
  std::vector<std::string> names_of_draft(Draft draft) const;
  static void finish(Node& node);
  const Node* child(const Keyword& keyword);
  const Node* child(const Keyword& keyword, const json::Value& value, std::optional<std::string_view> step);
  std::vector<const Node*> children(const Keyword& keyword);
  bool expect(const Keyword& keyword, json::Kind kind, std::string_view what);
  std::optional<std::uint64_t> count(const Keyword& keyword);
  std::vector<std::string_view> names(const Keyword& keyword, const json::Value& list);
  std::shared_ptr<const Pattern> pattern(const Keyword& keyword, std::string_view source, const json::Value& at);

  void any_annotation(const Keyword& keyword);
  void text_annotation(const Keyword& keyword);
  void flag_annotation(const Keyword& keyword);
  void array_annotation(const Keyword& keyword);
  void schema_annotation(const Keyword& keyword);
  void personal_data(const Keyword& keyword);
  void event_mark(const Keyword& keyword);
  void owner(const Keyword& keyword);
  void definitions(const Keyword& keyword);
  void identifier(const Keyword& keyword);
  void dialect_name(const Keyword& keyword);
  void vocabulary(const Keyword& keyword);
  void reference(const Keyword& keyword);
  void type(const Keyword& keyword);
  void enumeration(const Keyword& keyword);
  void constant(const Keyword& keyword);
  void length(const Keyword& keyword);
  void pattern_keyword(const Keyword& keyword);
  void format(const Keyword& keyword);
  void content(const Keyword& keyword);
  void bound(const Keyword& keyword);
  void exclusive_flag(const Keyword& keyword);
  void multiple_of(const Keyword& keyword);
  void item_keyword(const Keyword& keyword);
  void additional_items(const Keyword& keyword);
  void item_count(const Keyword& keyword);
  void unique_items(const Keyword& keyword);
  void properties(const Keyword& keyword);
  void pattern_properties(const Keyword& keyword);
  void property_keyword(const Keyword& keyword);
  void required(const Keyword& keyword);
  void property_count(const Keyword& keyword);
  void dependencies(const Keyword& keyword);
  void dependent_required(const Keyword& keyword);
  void dependent_schemas(const Keyword& keyword);
  void logic(const Keyword& keyword);

  SchemaResource& resource_of(const Node& node) const { return *resource_of_[node.index]; }
  void resolve(const Reference& reference);
  SchemaResource* find_resource(const std::string& uri);
  Node* find(const std::string& uri, std::string_view* anchor = nullptr);
  Node* find_place(SchemaResource& resource, const std::string& pointer);
  Places& places(const SchemaFile& file);
  const json::Value* value_at(const SchemaFile& file, Places& places, std::string_view pointer);
  void missing(const Reference& reference, SchemaResource& resource);
  std::string guess_address(std::string_view address, const SchemaResource& from);
  std::string guess_place(std::string_view fragment, const SchemaResource& resource);
  void problem(const SchemaFile& file, std::uint32_t offset, std::string path, std::string code, std::string message,
               std::string hint);
  void problem(const Keyword& keyword, std::string code, std::string message, std::string hint);

  SchemaStore& store_;
  const SchemaRules& rules_;
  ProblemList list_;
  const Dialect* default_dialect_ = nullptr;
  std::vector<SchemaFile*> own_files_;                        // those that could be read
  std::unordered_map<std::string, SchemaFile*> roots_;        // files by the addresses of their roots
  std::map<std::string, Dialect, std::less<>> own_dialects_;  // of meta-schemas that are no draft's
  std::deque<SchemaResource> resources_;
  std::unordered_map<std::string, SchemaResource*> by_address_;
  std::vector<SchemaResource*> resource_of_;  // by the node's index
  std::unordered_map<const SchemaFile*, Places> places_;
  std::size_t placed_ = 0;  // nodes that stand in places_
  std::unordered_map<std::string_view, std::shared_ptr<const Pattern>> patterns_;
  std::vector<Reference> references_;
  std::vector<DynamicReference> dynamic_references_;
  std::size_t pointer_bytes_ = 0, pattern_bytes_ = 0;
  std::size_t guessed_ = 0;
  bool too_big_ = false;
};

// Copies the nodes whose dynamic references depend on the way, one copy for each way that differs; `resource_of` goes
// by the index of the nodes there are before. Tells which of these have copies in their place (link.cpp).
std::vector<bool> link_dynamic_references(SchemaStore& store, const std::vector<SchemaResource*>& resource_of,
                                          const std::vector<DynamicReference>& references, ProblemList& problems);
// Loops that would look at one value for ever, and chains too long for the stack.
void check_loops(const SchemaStore& store, const std::vector<bool>& replaced, ProblemList& problems);

}  // namespace simpul
