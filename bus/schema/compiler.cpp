#include "bus/schema/compiler.h"

#include <algorithm>

#include <fmt/format.h>

#include "bus/event/syntax.h"
#include "bus/schema/metaschema.h"
#include "bus/schema/uri.h"

namespace simpul {
namespace {

constexpr std::string_view file_base = "schemas:///";
constexpr std::size_t schema_depth = 200;
constexpr std::size_t nodes_limit = 400'000;
constexpr std::size_t pointer_bytes_limit = 256u << 20;
constexpr unsigned metaschema_steps = 8;

std::string_view without_empty_fragment(std::string_view uri) {
  return uri.ends_with('#') ? uri.substr(0, uri.size() - 1) : uri;
}

}  // namespace

std::string file_address(const std::string& path) {
  return path.find("://") == std::string::npos ? std::string(file_base) + path : path;
}

void SchemaCompiler::problem(const SchemaFile& file, std::uint32_t offset, std::string path, std::string code,
                             std::string message, std::string hint) {
  list_.add(file, offset, {std::move(code), std::move(message), std::move(hint), {}, std::move(path), Severity::error});
}

SchemaFile* SchemaCompiler::add_file(const std::string& path, std::string text, bool built_in) {
  auto& file = store_.files.emplace_back();
  file.path = path;
  file.name = path.ends_with(".json") ? path.substr(0, path.size() - 5) : path;
  file.built_in = built_in;
  auto document = json::parse(std::move(text), {.depth = schema_depth});
  if (!document) {
    list_.add(file, std::move(document.error()));
    return nullptr;
  }
  file.document = std::move(*document);
  auto address = file_address(path);
  const auto& root = file.document.root();
  for (auto keyword : {"$id", "id"}) {
    auto id = root.text_of(keyword);
    if (!id.empty()) roots_.emplace(without_empty_fragment(resolve_uri(address, id)), &file);
  }
  roots_.emplace(std::move(address), &file);
  return &file;
}

void SchemaCompiler::add(const std::string& path, const std::string& text) {
  if (auto* file = add_file(path, text, false)) own_files_.push_back(file);
}

void SchemaCompiler::link() {
  Problem why;
  default_dialect_ = find_dialect(rules_.dialect, why);
  if (default_dialect_ == nullptr) {
    problems.push_back(std::move(why));
    return;
  }
  for (auto* file : own_files_) compile_file(*file);
  // A reference may have a meta-schema compiled, or a place that no keyword makes a schema: more references.
  for (std::size_t i = 0; i < references_.size(); ++i) {
    auto reference = references_[i];
    resolve(reference);
  }
  std::vector<bool> replaced;
  if (list_.empty()) replaced = link_dynamic_references(store_, resource_of_, dynamic_references_, list_);
  if (!too_big_) check_loops(store_, replaced, list_);
  if (!list_.empty()) problems = list_.take();
}

void SchemaCompiler::compile_file(SchemaFile& file) {
  const auto& value = file.document.root();
  const auto* dialect = dialect_of(file, value, default_dialect_);
  auto& resource =
      resources_.emplace_back(SchemaResource{&file, &value, "", file_address(file.path), dialect, {}, {}, {}});
  by_address_.emplace(resource.uri, &resource);
  file.root = compile(value, resource, "");
}

// The dialect that `$schema` names (core §8.1.1), or the one around it.
const Dialect* SchemaCompiler::dialect_of(const SchemaFile& file, const json::Value& value, const Dialect* outer) {
  const auto* name = value.find("$schema");
  if (name == nullptr || !name->is_string()) return outer;
  Problem why;
  const auto* found = find_dialect(name->text(), why);
  if (found != nullptr) return found;
  why.path = "/$schema";
  list_.add(file, name->raw_offset(), std::move(why));
  return outer;
}

const Dialect* SchemaCompiler::find_dialect(std::string_view name, Problem& why, unsigned steps) {
  auto uri = without_empty_fragment(name);
  if (const auto* standard = standard_dialect(uri)) return standard;
  if (auto own = own_dialects_.find(uri); own != own_dialects_.end()) return &own->second;
  std::string address(uri);
  auto root = roots_.find(address);
  if (root == roots_.end() && find_metaschema(address)) {
    add_file(address, std::string(*find_metaschema(address)), true);
    root = roots_.find(address);
  }
  if (root != roots_.end() && steps < metaschema_steps)
    return dialect_by(address, root->second->document.root(), why, steps + 1);
  std::vector<std::string> all = standard_dialect_uris();
  for (const auto& [known, file] : roots_) {
    if (file->document.root().find("$vocabulary") != nullptr) all.push_back(known);
  }
  why = {
      "schema.unknown_dialect",
      root != roots_.end()
          ? fmt::format("the meta-schemas that {} leads to have no end", quoted(name))
          : fmt::format("$schema names no meta-schema that is known: {}{}", quoted(name), did_you_mean(name, all)),
      fmt::format("write one of {}, or put the meta-schema below schemas/", fmt::join(standard_dialect_uris(), ", ")),
      {},
      {},
      Severity::error};
  return nullptr;
}

// A meta-schema of its own takes in the vocabularies that it lists (core §8.1.2); one that lists none, those of its
// own meta-schema.
const Dialect* SchemaCompiler::dialect_by(const std::string& uri, const json::Value& metaschema, Problem& why,
                                          unsigned steps) {
  const auto* vocabularies = metaschema.find("$vocabulary");
  auto parent = metaschema.text_of("$schema");
  std::optional<Dialect> dialect;
  for (const auto& [name, required] : vocabularies != nullptr && vocabularies->is_object()
                                          ? vocabularies->members()
                                          : std::span<const json::Member>()) {
    const auto* known = find_vocabulary(name);
    bool demanded = required.is_boolean() && required.boolean();
    if (known == nullptr && demanded) {
      why = {"schema.unsupported",
             fmt::format("the meta-schema {} demands the vocabulary {}, which "
                         "is not known here",
                         quoted(uri), quoted(name)),
             "use a meta-schema without it, or have it say false to the "
             "vocabulary",
             {},
             {},
             Severity::error};
      return nullptr;
    }
    if (known == nullptr) continue;
    if (!dialect) dialect = Dialect{known->draft, Dialect::core | Dialect::ours, uri};
    dialect->draft = std::max(dialect->draft, known->draft);
    dialect->vocabularies |= known->bits;
    // 2019-09 §7.2: where its vocabulary is demanded, a format asserts.
    if (known->bits == Dialect::format && known->draft == Draft::draft2019_09 && demanded)
      dialect->vocabularies |= Dialect::format_assertion;
  }
  if (!dialect) {
    const auto* like = parent.empty() ? standard_dialect("https://json-schema.org/draft/2020-12/schema")
                                      : find_dialect(parent, why, steps);
    if (like == nullptr) return nullptr;
    dialect = *like;
    dialect->uri = uri;
  }
  return &own_dialects_.emplace(uri, std::move(*dialect)).first->second;
}

// Real registries come nowhere near these bounds; they keep the memory of a hostile one small.
bool SchemaCompiler::room_for(const json::Value& value, const SchemaFile& file, std::size_t pointer_size) {
  pointer_bytes_ += pointer_size;
  if (store_.nodes.size() < nodes_limit && pointer_bytes_ < pointer_bytes_limit) return true;
  if (!too_big_) {
    problem(file, value.raw_offset(), "", "schema.too_big",
            fmt::format("the schemas have more than {} parts, or parts whose "
                        "paths are too long",
                        nodes_limit),
            "use fewer and smaller schemas");
  }
  too_big_ = true;
  return false;
}

Node* SchemaCompiler::compile(const json::Value& value, SchemaResource& outer, std::string pointer) {
  if (!room_for(value, *outer.file, pointer.size())) return &store_.nodes.front();  // nothing is linked after this
  auto& node = store_.nodes.emplace_back();
  node.index = static_cast<std::uint32_t>(store_.nodes.size() - 1);
  node.file = outer.file;
  node.source = &value;
  node.pointer = std::move(pointer);
  node.offset = value.raw_offset();
  node.draft = outer.dialect->draft;
  resource_of_.push_back(&outer);
  if (&value == outer.value) outer.root = &node;
  if (value.is_boolean()) {
    node.boolean = value.boolean();
    return &node;
  }
  if (!value.is_object()) {
    problem(*outer.file, value.raw_offset(), node.pointer, "schema.bad_schema", "a schema is an object, true or false",
            "correct the value");
    return &node;
  }
  auto& resource = identify(node, value, outer);
  resource_of_[node.index] = &resource;
  node.draft = resource.dialect->draft;
  node.fraction_counts = node.draft == Draft::draft4;
  const auto* ref = ref_hides(node.draft) ? value.find("$ref") : nullptr;
  bool hidden = ref != nullptr && ref->is_string();
  if (!hidden) add_anchors(node, value, resource);
  for (const auto& [name, member] : value.members()) keyword({node, value, name, member, resource}, hidden);
  finish(node);
  return &node;
}

void SchemaCompiler::finish(Node& node) {
  const auto& rules = node.properties.rules();
  node.required_count = static_cast<std::size_t>(
      std::count_if(rules.begin(), rules.end(), [](const PropertyRule& rule) { return rule.required; }));
}

// The resource a schema belongs to: its own when it has an identifier (core §8.2.1), and then `$schema` may change
// the draft as well.
SchemaResource& SchemaCompiler::identify(Node& node, const json::Value& value, SchemaResource& outer) {
  bool root = &value == outer.value;
  const auto* dialect = root ? outer.dialect : dialect_of(*outer.file, value, outer.dialect);
  const auto* id = value.find(id_keyword(dialect->draft));
  const auto* ref = ref_hides(dialect->draft) ? value.find("$ref") : nullptr;
  if (id == nullptr || !id->is_string() || (ref != nullptr && ref->is_string())) return outer;
  return begin_resource(node, value, outer, dialect, *id);
}

SchemaResource& SchemaCompiler::begin_resource(Node& node, const json::Value& value, SchemaResource& outer,
                                               const Dialect* dialect, const json::Value& id) {
  auto keyword = id_keyword(dialect->draft);
  auto uri = resolve_uri(outer.uri, id.text());
  auto hash = std::min(uri.find('#'), uri.size());
  auto fragment = percent_decoded(std::string_view(uri).substr(std::min(hash + 1, uri.size())));
  bool names_place = fragment && !fragment->empty();
  // Before 2019-09 an identifier could be a fragment: the anchor of today.
  bool anchor_allowed = dialect->draft <= Draft::draft7;
  if (!fragment || (names_place && !anchor_allowed) || (rules_.strict && !is_uri_reference(id.text()))) {
    problem(*outer.file, id.raw_offset(), fmt::format("{}/{}", node.pointer, keyword), "schema.bad_keyword",
            fmt::format("{} must be a URI reference without a fragment", keyword),
            anchor_allowed ? "correct the value" : "use $anchor for a name inside the schema");
    return outer;
  }
  auto* resource = &outer;
  bool only_anchor = names_place && (id.text().front() == '#' || uri.compare(0, hash, outer.uri) == 0);
  if (!only_anchor) {
    uri.resize(hash);
    if (&value != outer.value) {
      resource = &resources_.emplace_back(
          SchemaResource{outer.file, &value, node.pointer, std::move(uri), dialect, &node, {}, {}});
    } else {
      resource->uri = std::move(uri);
    }
    add_address(*resource, keyword, id.raw_offset());
  }
  if (names_place) {
    // The text of a fragment without escapes is the end of the identifier's own.
    auto name = id.text().substr(id.text().find('#') + 1);
    if (name.front() != '/') add_anchor(node, *resource, keyword, id, name, false);
  }
  return *resource;
}

void SchemaCompiler::add_address(SchemaResource& resource, std::string_view keyword, std::uint32_t offset) {
  auto [at, added] = by_address_.emplace(resource.uri, &resource);
  if (added || at->second == &resource) return;
  problem(*resource.file, offset, fmt::format("{}/{}", resource.pointer, keyword), "schema.duplicate_id",
          fmt::format("the {} {} is used in {} already", keyword, quoted(resource.uri), at->second->file->path),
          fmt::format("give each schema an {} of its own", keyword));
}

// Names inside a resource (core §8.2.2; 2019-09 core §8.2.4.2.1).
void SchemaCompiler::add_anchors(Node& node, const json::Value& value, SchemaResource& resource) {
  if (node.draft < Draft::draft2019_09) return;
  if (const auto* at = value.find("$anchor"); at != nullptr && at->is_string())
    add_anchor(node, resource, "$anchor", *at, at->text(), false);
  if (node.draft == Draft::draft2020_12) {
    if (const auto* at = value.find("$dynamicAnchor"); at != nullptr && at->is_string())
      add_anchor(node, resource, "$dynamicAnchor", *at, at->text(), true);
  } else if (resource.value == &value) {
    const auto* at = value.find("$recursiveAnchor");
    if (at != nullptr && at->is_boolean() && at->boolean()) resource.dynamic_anchors.emplace_back("", &node);
  }
}

void SchemaCompiler::add_anchor(Node& node, SchemaResource& resource, std::string_view keyword, const json::Value& at,
                                std::string_view name, bool dynamic) {
  auto [found, added] = resource.anchors.emplace(name, &node);
  if (!added && found->second != &node) {
    problem(*resource.file, at.raw_offset(), fmt::format("{}/{}", node.pointer, keyword), "schema.duplicate_id",
            fmt::format("the {} {} is used twice", keyword, quoted(name)),
            fmt::format("give each schema an {} of its own", keyword));
    return;
  }
  if (dynamic) resource.dynamic_anchors.emplace_back(name, &node);
}

}  // namespace simpul
