// The net under the readers: every file against the schema of its kind.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "bus/event/json.h"
#include "bus/route/kinds.h"
#include "bus/schema/schema.h"

namespace simpul {
namespace {

// The YAML as JSON; views the nodes. A number with an exponent that JSON does not take here stays a text.
json::Value value_of(const yaml::Node& node, json::Arena& arena) {
  constexpr std::size_t longest_with_exponent = 24;
  switch (node.kind) {
    case yaml::Kind::null:
      return {};
    case yaml::Kind::boolean:
      return json::Value::make_boolean(node.scalar == "true");
    case yaml::Kind::integer:
      return json::Value::view_number(node.scalar);
    case yaml::Kind::decimal: {
      auto exponent = node.scalar.find_first_of("eE");
      bool takes = exponent == node.scalar.npos ||
                   (node.scalar.size() <= longest_with_exponent && node.scalar.size() - exponent <= 4);
      return takes ? json::Value::view_number(node.scalar) : json::Value::view_string(node.scalar);
    }
    case yaml::Kind::text:
      return json::Value::view_string(node.scalar);
    case yaml::Kind::list: {
      std::vector<json::Value> items;
      for (const auto& item : node.items) items.push_back(value_of(item, arena));
      return arena.array(items);
    }
    case yaml::Kind::map:
      break;
  }
  std::vector<json::Member> members;
  for (const auto& entry : node.entries) members.push_back({entry.key.scalar, value_of(entry.value, arena)});
  return arena.object(members);
}

struct Found {
  const yaml::Node* value = nullptr;
  const yaml::Node* key = nullptr;  // when it is a member
};

// What a JSON Pointer (RFC 6901) into the JSON means in the YAML; the nearest there is.
Found node_at(const yaml::Node& root, std::string_view pointer) {
  Found found{&root, nullptr};
  while (pointer.starts_with('/')) {
    pointer.remove_prefix(1);
    auto end = std::min(pointer.find('/'), pointer.size());
    std::string token;
    for (std::size_t i = 0; i < end; ++i) {
      const bool escaped = pointer[i] == '~' && i + 1 < end;
      token += escaped ? (pointer[++i] == '1' ? '/' : '~') : pointer[i];
    }
    pointer.remove_prefix(end);
    if (const auto* entry = found.value->find_entry(token)) {
      found = {&entry->value, &entry->key};
      continue;
    }
    auto is_item = [&](const auto& item) { return token == std::to_string(&item - found.value->items.data()); };
    auto item = std::ranges::find_if(found.value->items, is_item);
    if (item == found.value->items.end()) break;
    found = {&*item, nullptr};
  }
  return found;
}

bool is_inside(std::string_view inner, std::string_view outer) {
  if (outer.empty() || !inner.starts_with(outer)) return false;
  return inner.size() == outer.size() || inner[outer.size()] == '.' || inner[outer.size()] == '[';
}

bool is_member(std::string_view inner, std::string_view outer) {
  if (!outer.empty() && !inner.starts_with(std::string(outer) + ".")) return false;
  return inner.find_first_of(".[", outer.empty() ? 0 : outer.size() + 1) == inner.npos;
}

// Somebody has spoken of the place, of what is in it, or of what it is in; of a field that needs another one, whoever
// spoke of any field of the same map.
bool is_told(const Problem& fault, const Violation& violation, std::span<const Problem> problems) {
  const bool of_map = violation.rule == "dependentRequired";
  return std::ranges::any_of(problems, [&](const Problem& told) {
    if (told.place.file != fault.place.file || told.severity != Severity::error) return false;
    return told.path == fault.path || told.place.start == fault.place.start || is_inside(told.path, fault.path) ||
           is_inside(fault.path, told.path) || (of_map && is_member(told.path, fault.path));
  });
}

Problem problem_of(const yaml::Node& root, const Violation& violation, const Kind& kind) {
  auto found = node_at(root, violation.instance);
  // A member that may not be there is wrong as a whole, from its name on.
  const bool whole =
      violation.rule == "false" || violation.rule == "additionalProperties" || violation.rule == "propertyNames";
  const auto& where = whole && found.key != nullptr ? *found.key : *found.value;
  auto problem = where.problem("config.kind", violation.words.english,
                               fmt::format("`simpul kinds {}` shows what may stand here", kind.name));
  problem.path = found.value->path;
  return problem;
}

}  // namespace

void check_kinds(const std::map<std::string, yaml::Node>& files, const std::map<std::string, std::string>& schemas,
                 Problems& problems) {
  std::map<std::string, std::string> texts;
  for (const auto& [kind, text] : schemas) texts.emplace(kind + ".json", text);
  auto registry = compile_schemas(texts);
  if (!registry) {
    problems.insert(problems.end(), registry.error().begin(), registry.error().end());
    return;
  }
  json::Arena arena;
  for (const auto& [path, root] : files) {
    const auto* kind = kind_of_file(path);
    auto schema = kind != nullptr ? (*registry)->find(kind->name) : nullptr;
    if (schema == nullptr) continue;
    arena.reset();
    auto value = value_of(root, arena);
    if (schema->valid(value)) continue;
    const auto count = problems.size();
    for (const auto& violation : schema->explain(value)) {
      auto fault = problem_of(root, violation, *kind);
      if (!is_told(fault, violation, std::span(problems).first(count))) problems.push_back(std::move(fault));
    }
  }
}

}  // namespace simpul
