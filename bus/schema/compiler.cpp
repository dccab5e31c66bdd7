#include "bus/schema/compiler.h"

#include <algorithm>

#include <fmt/format.h>

#include "bus/event/syntax.h"
#include "bus/schema/uri.h"

namespace simpul {
namespace {

constexpr std::string_view file_base = "schemas:///";
constexpr std::size_t schema_depth = 200;
constexpr std::size_t chain_limit = 100;  // schemas that look at one value, each inside the last

std::string without_fragment(std::string_view uri) {
  return std::string(uri.substr(0, uri.find('#')));
}

// The nodes that look at the same value as this one.
std::vector<const Node*> in_place(const Node& node) {
  std::vector<const Node*> out;
  auto take = [&](const Node* child) {
    if (child != nullptr) out.push_back(child);
  };
  take(node.ref);
  for (const auto* list : {&node.all_of, &node.any_of, &node.one_of}) {
    for (const auto* child : *list) take(child);
  }
  take(node.negated);
  take(node.condition);
  take(node.consequence);
  take(node.alternative);
  for (const auto& dependent : node.dependent_schemas) take(dependent.node);
  return out;
}

}  // namespace

void SchemaCompiler::add(const std::string& path, const std::string& text) {
  auto& file = store_.files.emplace_back();
  file.path = path;
  file.name = path.ends_with(".json") ? path.substr(0, path.size() - 5) : path;
  auto document = json::parse(text, {.depth = schema_depth});
  if (!document) {
    problems.push_back(std::move(document.error()));
    problems.back().place.file = path;
    return;
  }
  file.document = std::move(*document);
  Scope scope{&file, std::string(file_base) + path, ""};
  resources_.emplace(scope.base, Resource{&file, &file.document.root()});
  file.root = compile(file.document.root(), scope);
}

void SchemaCompiler::add_resource(const std::string& uri, Resource resource, std::uint32_t offset) {
  auto [at, added] = resources_.emplace(uri, resource);
  if (added || at->second.root == resource.root) return;
  problem(*resource.file, offset, "/$id", "schema.duplicate_id",
          fmt::format("the $id \"{}\" is used in {} already", uri, at->second.file->path),
          "give each schema an $id of its own");
}

// $id and $anchor (core §8.2)
void SchemaCompiler::identify(const json::Value& value, Scope& scope) {
  if (const auto* id = value.find("$id"); id != nullptr && id->is_string()) {
    auto uri = resolve_uri(scope.base, id->text());
    bool fragment = uri.find('#') != uri.npos && !uri.ends_with('#');
    if (fragment || !is_uri_reference(id->text())) {
      problem(*scope.file, id->raw_offset(), scope.pointer + "/$id", "schema.bad_keyword",
              "$id must be a URI reference without a fragment", "use $anchor for a name inside the schema");
    } else {
      scope.base = without_fragment(uri);
      add_resource(scope.base, {scope.file, &value}, id->raw_offset());
    }
  }
}

const Node* SchemaCompiler::compile(const json::Value& value, const Scope& outer) {
  auto& node = store_.nodes.emplace_back();
  Scope scope = outer;
  node.file = scope.file;
  node.source = &value;
  node.pointer = scope.pointer;
  node.offset = value.raw_offset();
  nodes_.emplace(&value, &node);
  if (value.is_boolean()) {
    node.boolean = value.boolean();
    return &node;
  }
  if (!value.is_object()) {
    problem(*scope.file, value.raw_offset(), scope.pointer, "schema.bad_schema", "a schema is an object, true or false",
            "correct the value");
    return &node;
  }
  identify(value, scope);
  if (const auto* anchor = value.find("$anchor"); anchor != nullptr && anchor->is_string()) {
    if (!anchors_.emplace(fmt::format("{}#{}", scope.base, anchor->text()), &node).second) {
      problem(*scope.file, anchor->raw_offset(), scope.pointer + "/$anchor", "schema.duplicate_id",
              fmt::format("the $anchor \"{}\" is used twice", anchor->text()),
              "give each schema an $anchor of its own");
    }
  }
  const auto& table = keywords();
  for (const auto& [name, member] : value.members()) {
    Keyword keyword{node, value, name, member, scope};
    if (auto found = table.find(name); found != table.end()) {
      node.rules |= found->second.rules;
      (this->*found->second.handler)(keyword);
    } else {
      unknown_keyword(keyword);
    }
  }
  finish(node);
  return &node;
}

void SchemaCompiler::finish(Node& node) {
  node.required_count =
      static_cast<std::size_t>(std::count_if(node.properties.rules().begin(), node.properties.rules().end(),
                                             [](const PropertyRule& rule) { return rule.required; }));
}

const Node* SchemaCompiler::find(const std::string& uri) const {
  auto base = without_fragment(uri);
  auto resource = resources_.find(base);
  if (resource == resources_.end()) return nullptr;
  auto fragment =
      uri.size() > base.size() ? percent_decoded(std::string_view(uri).substr(base.size() + 1)) : std::string();
  if (!fragment) return nullptr;
  if (fragment->empty() || fragment->front() == '/') {
    const auto* value = json::at_pointer(*resource->second.root, *fragment);
    auto node = value == nullptr ? nodes_.end() : nodes_.find(value);
    return node == nodes_.end() ? nullptr : node->second;
  }
  auto anchor = anchors_.find(base + "#" + *fragment);
  return anchor == anchors_.end() ? nullptr : anchor->second;
}

void SchemaCompiler::resolve(const Reference& reference) {
  const auto* target = find(resolve_uri(reference.base, reference.target));
  // A file with an $id may still name its neighbours by their paths.
  if (target == nullptr) target = find(resolve_uri(std::string(file_base) + reference.file->path, reference.target));
  if (target == nullptr) return missing(reference);
  reference.node->ref = target;
}

void SchemaCompiler::missing(const Reference& reference) {
  std::string target(reference.target);
  auto base = without_fragment(target);
  std::vector<std::string> candidates;
  for (const auto& node : store_.nodes) {
    if (node.file == reference.file && !node.pointer.empty()) candidates.push_back("#" + node.pointer);
  }
  for (const auto& [anchor, node] : anchors_) {
    if (node->file == reference.file) candidates.push_back(anchor.substr(anchor.find('#')));
  }
  auto folder = reference.file->path.substr(
      0, reference.file->path.rfind('/') == std::string::npos ? 0 : reference.file->path.rfind('/') + 1);
  std::vector<std::string> files;
  for (const auto& file : store_.files) {
    bool beside = file.path.starts_with(folder);
    files.push_back(beside ? file.path.substr(folder.size()) : "/" + file.path);
  }
  for (const auto& [uri, resource] : resources_) {
    if (!uri.starts_with(file_base)) files.push_back(uri);
  }
  bool local = base.empty();
  bool file_found = !local && find(without_fragment(resolve_uri(reference.base, target))) != nullptr;
  auto guess = local ? nearest(target, candidates) : nearest(base, files);
  auto hint = !guess.empty() ? fmt::format("write \"{}\"", guess)
              : file_found   ? std::string("the file is there, but has no schema at this place")
              : local        ? std::string("define it below $defs")
                             : std::string("nothing is fetched: put the file below schemas/, or name it by its $id");
  problem(
      *reference.file, reference.offset, reference.node->pointer + "/$ref", "schema.missing_ref",
      fmt::format("nothing is at \"{}\"{}", target, guess.empty() ? "" : fmt::format(", did you mean \"{}\"?", guess)),
      std::move(hint));
}

// A loop of schemas that look at one value would never end. Depth first over the schemas that look at the same value;
// the length of every chain is bounded as well, so that a valid value can never exhaust the stack.
void SchemaCompiler::check_loops() {
  enum class State : std::uint8_t { unseen, open, done };
  struct Visit {
    const Node* node;
    std::vector<const Node*> next;
    std::size_t at = 0;
  };
  std::unordered_map<const Node*, std::pair<State, std::size_t>> seen;  // with the longest chain below
  for (const auto& start : store_.nodes) {
    std::vector<Visit> path;
    auto enter = [&](const Node* node) {
      seen[node] = {State::open, 1};
      path.push_back({node, in_place(*node)});
    };
    if (seen[&start].first == State::unseen) enter(&start);
    while (!path.empty()) {
      auto& top = path.back();
      if (top.at == top.next.size()) {
        const auto* done = top.node;
        auto chain = seen[done].second;
        path.pop_back();
        seen[done].first = State::done;
        if (!path.empty()) seen[path.back().node].second = std::max(seen[path.back().node].second, chain + 1);
        if (chain == chain_limit) {
          problem(*done->file, done->offset, done->pointer, "schema.too_deep",
                  fmt::format("{} schemas refer to each other in a row", chain_limit),
                  "refer to the last one directly");
        }
        continue;
      }
      const auto* next = top.next[top.at++];
      auto state = seen[next].first;
      if (state == State::unseen) {
        enter(next);
      } else if (state == State::open) {
        problem(*top.node->file, top.node->offset, top.node->pointer, "schema.endless_ref",
                "this schema refers to itself for the same value, without an end",
                "refer to it from properties or items, so that each step looks at a part of the value");
      } else {
        seen[top.node].second = std::max(seen[top.node].second, seen[next].second + 1);
      }
    }
  }
}

void SchemaCompiler::link() {
  for (const auto& reference : references_) resolve(reference);
  check_loops();
}

}  // namespace simpul
