#include "bus/schema/lint.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>

#include <fmt/format.h>

#include "bus/schema/field_names.h"
#include "bus/schema/node.h"
#include "bus/schema/source_place.h"

namespace simpul {
namespace {

using Nodes = std::vector<const Node*>;

// The node and all that must hold of the same value beside it.
Nodes together(const Node& node) {
  Nodes all{&node};
  auto take = [&](const Node* other) {
    if (other != nullptr && std::ranges::find(all, other) == all.end()) all.push_back(other);
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    take(all[i]->ref);
    take(all[i]->dynamic_ref);
    for (const auto* part : all[i]->all_of) take(part);
  }
  return all;
}

bool says(const Nodes& nodes, std::string_view keyword) {
  return std::ranges::any_of(
      nodes, [&](const Node* node) { return node->source->is_object() && node->source->find(keyword) != nullptr; });
}

// "/properties/a/items" of "/properties/a/items/0".
std::string_view parent_of(std::string_view pointer) {
  auto slash = pointer.rfind('/');
  return slash == pointer.npos ? std::string_view() : pointer.substr(0, slash);
}

// Written as a part of a schema for the same value: inside allOf, if, not … .
bool is_part(const Node& node) {
  auto up = parent_of(node.pointer);
  auto step = [](std::string_view pointer) { return pointer.substr(std::min(pointer.rfind('/') + 1, pointer.size())); };
  auto last = step(node.pointer), before = step(up);
  for (std::string_view list : {"allOf", "anyOf", "oneOf", "dependentSchemas", "dependencies"})
    if (before == list && !up.ends_with("/properties/" + std::string(list))) return true;
  for (std::string_view one : {"not", "if", "then", "else"})
    if (last == one && before != "properties" && before != "$defs" && before != "definitions") return true;
  return false;
}

class Linter {
 public:
  explicit Linter(const SchemaRegistry& registry) {
    for (const auto& name : registry.names()) {
      auto schema = registry.find(name);
      auto nodes = nodes_of(*schema);
      if (nodes.empty()) continue;
      schemas_.push_back(std::move(schema));
      auto& file = files_.emplace_back(nodes.front()->file, Nodes{});
      // Several nodes may stand for one place: the first tells enough.
      for (const auto* node : nodes)
        if (places_.emplace(std::pair(node->file, std::string_view(node->pointer)), node).second)
          file.second.push_back(node);
      for (const auto* node : nodes) note_references(*node);
    }
  }

  Problems run() {
    for (const auto& [file, nodes] : files_) {
      for (const auto* node : nodes) {
        look(*node);
      }
      unused(*file);
      if (more_ > 0) found_.back().message += fmt::format("; {} more warnings about this file are not shown", more_);
      in_file_ = more_ = 0;
    }
    std::ranges::stable_sort(found_, {}, [](const Problem& problem) {
      return std::tuple(problem.place.file, problem.place.start.line, problem.place.start.column);
    });
    return std::move(found_);
  }

 private:
  static constexpr std::size_t limit_of_file = 1000, values_looked_at = 1000;

  void note_references(const Node& node) {
    // What is referred to from a part, or beside other rules, is meant to be added to.
    for (const auto* target : {node.ref, node.dynamic_ref}) {
      if (target == nullptr) continue;
      for (auto up = std::string_view(target->pointer); !up.empty(); up = parent_of(up))
        referred_.insert({target->file, up});
      if (is_part(node) || node.unevaluated_properties != nullptr || !node.properties.rules().empty())
        extended_.insert(target);
    }
  }

  void look(const Node& node) {
    if (!node.source->is_object()) return;
    fields(node);
    open_object(node);
    required(node);
    enumeration(node);
    never(node);
    unanchored(node);
    ignored(node);
    examples(node);
  }

  void warn(const Node& node, std::string_view keyword, std::string_view code, std::string message, std::string hint) {
    // A place is found by reading the file up to it, so there is a bound.
    if (in_file_ == limit_of_file) {
      ++more_;
      return;
    }
    ++in_file_;
    Problem problem;
    problem.code = "lint." + std::string(code);
    problem.message = std::move(message);
    problem.hint = std::move(hint);
    problem.place = place_of(node, keyword);
    problem.path = node.pointer;
    if (!keyword.empty()) json::append_pointer(problem.path, keyword);
    problem.severity = Severity::warning;
    found_.push_back(std::move(problem));
  }

  // ---- fields -------------------------------------------------------------------------------------------------

  bool classified_above(const Node& node) const {
    for (std::string_view up = node.pointer;; up = parent_of(up)) {
      auto at = places_.find(std::pair(node.file, up));
      if (at != places_.end())
        for (const auto* each : together(*at->second))
          if (each->personal) return true;
      if (up.empty()) return false;
    }
  }

  void fields(const Node& node) {
    for (const auto& rule : node.properties.rules()) {
      if (rule.node == nullptr || rule.node->file != node.file || rule.node->boolean == false) continue;
      const auto& field = *rule.node;
      auto all = together(field);
      if (auto guess = personal_by_name(rule.name); guess && !classified_above(field) && !has_parts_classified(all))
        warn(field, "", "personal_data",
             fmt::format("\"{}\" looks like personal data ({}) and has no class, so it is shown to everybody",
                         rule.name, *guess == PersonalData::specific ? "specific" : "general"),
             fmt::format("add \"x-personal-data\": \"{}\", or \"none\" if it is about nobody",
                         *guess == PersonalData::specific ? "specific" : "general"));
      identifier(rule.name, field, all);
      // A part refines a field that is explained where it is declared.
      if (!is_part(node) && !says(all, "title") && !says(all, "description"))
        warn(field, "", "no_description", fmt::format("nobody can read what \"{}\" means", rule.name),
             "add a title or a description");
    }
  }

  static bool has_parts_classified(const Nodes& all) {
    std::unordered_set<const Node*> seen(all.begin(), all.end());
    Nodes open = all;
    while (!open.empty() && seen.size() < 1000) {
      const auto* node = open.back();
      open.pop_back();
      if (node->personal) return true;
      for_each_child(*node, [&](const Node* child, Part) {
        if (seen.insert(child).second) open.push_back(child);
      });
    }
    return false;
  }

  void identifier(std::string_view name, const Node& field, const Nodes& all) {
    auto format = identifier_of_name(name);
    if (format.empty()) return;
    bool number = false, text = false, formatted = says(all, "format") || says(all, "const") || says(all, "enum");
    for (const auto* each : all) {
      number = number || (each->typed && (each->types & (SchemaType::number | SchemaType::integer)) != 0);
      text = text || (each->typed && (each->types & SchemaType::string) != 0);
    }
    if (number)
      warn(
          field, "type", "identifier",
          fmt::format("\"{}\" is an identifier and declared as a number: leading zeros are lost, and digits beyond the "
                      "15th in spreadsheets",
                      name),
          fmt::format(R"(write "type": "string", "format": "{}")", format));
    else if (text && !formatted)
      warn(field, "type", "identifier", fmt::format("\"{}\" is text of any form", name),
           fmt::format("add \"format\": \"{}\": it rejects what is certainly wrong", format));
  }

  // ---- objects ------------------------------------------------------------------------------------------------

  void open_object(const Node& node) {
    if (node.properties.rules().empty() || !node.typed || (node.types & SchemaType::object) == 0) return;
    if (is_part(node) || extended_.contains(&node)) return;
    bool declared = std::ranges::any_of(node.properties.rules(), [](const auto& rule) { return rule.node != nullptr; });
    auto all = together(node);
    if (!declared || says(all, "additionalProperties") || says(all, "unevaluatedProperties") ||
        says(all, "patternProperties"))
      return;
    warn(node, "", "open_object", "the object names its fields and takes any others too, a misspelt one included",
         "add \"additionalProperties\": false, or true if others are meant to come");
  }

  void required(const Node& node) {
    std::vector<std::string> declared;
    for (const auto& rule : node.properties.rules())
      if (rule.node != nullptr) declared.emplace_back(rule.name);
    for (const auto& rule : node.properties.rules()) {
      if (!rule.required || rule.node != nullptr) continue;
      if (std::ranges::any_of(node.pattern_properties,
                              [&](const auto& pattern) { return pattern.pattern->matches(rule.name); }))
        continue;
      auto near = rule.name.size() < 3 ? std::string() : nearest(rule.name, declared);
      if (node.closed())
        warn(node, "required", "required",
             fmt::format("\"{}\" is required, but the object is closed and does not have it: nothing fits{}", rule.name,
                         near.empty() ? "" : fmt::format(", did you mean \"{}\"?", near)),
             "declare it below properties, or take it out of required");
      else if (!near.empty())
        warn(node, "required", "required",
             fmt::format("\"{}\" is required and not declared, did you mean \"{}\"?", rule.name, near),
             "declare it below properties, or correct its name");
    }
    if (node.max_properties && node.required_count > *node.max_properties)
      warn(node, "maxProperties", "bounds",
           fmt::format("{} fields are required and at most {} allowed", node.required_count, *node.max_properties),
           "correct one of the two");
  }

  // ---- values -------------------------------------------------------------------------------------------------

  void enumeration(const Node& node) {
    const auto* list = node.source->find("enum");
    if (list != nullptr && list->is_array() && list->size() <= values_looked_at) {
      std::set<std::string> seen;
      std::size_t refused = 0;
      for (const auto& value : list->items()) {
        std::string text = value.is_number() ? canonical(value) : json::write(value);
        if (!seen.insert(text).second)
          warn(node, "enum", "enum", fmt::format("{} stands in the enum twice", shortened(json::write(value))),
               "take one out");
        auto why = violations_of(node, value, 1);
        if (why.empty()) continue;
        ++refused;
        if (refused < list->size())
          warn(node, "enum", "enum",
               fmt::format("{} is in the enum and never fits: {}", shortened(json::write(value)), why[0].words.english),
               "take it out, or correct the rule that refuses it");
        else
          warn(node, "enum", "never", fmt::format("no value of the enum fits the rest: {}", why[0].words.english),
               "correct the type or the values");
      }
    }
    if (const auto* constant = node.source->find("const"); constant != nullptr)
      if (auto why = violations_of(node, *constant, 1); !why.empty())
        warn(node, "const", "never", fmt::format("the constant never fits the rest: {}", why[0].words.english),
             "correct the constant or the rule that refuses it");
  }

  static std::string canonical(const json::Value& number) {
    std::string out;
    json::append_canonical_number(number.text(), out);
    return out;
  }

  static std::string shortened(std::string text) {
    constexpr std::size_t most = 60;
    if (text.size() <= most) return text;
    auto size = most;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
    return text.substr(0, size) + "…";
  }

  // Rules that hold of one value at once and contradict each other; told where all of them meet first.
  void never(const Node& node) {
    auto all = together(node);
    if (std::ranges::any_of(all, [&](const Node* other) { return other != &node && contradiction(together(*other)); }))
      return;
    if (auto words = contradiction(all)) {
      warn(node, words->keyword, words->code, std::move(words->message), "no value fits both: correct one of them");
    }
  }

  struct Contradiction {
    std::string_view keyword, code;
    std::string message;
  };

  template <class T>
  static std::optional<Contradiction> crossed(const Nodes& all, std::optional<T> Node::* least,
                                              std::optional<T> Node::* most, std::string_view least_name,
                                              std::string_view most_name) {
    std::optional<T> low, high;
    for (const auto* node : all) {
      if (node->*least) low = std::max(low.value_or(*(node->*least)), *(node->*least));
      if (node->*most) high = std::min(high.value_or(*(node->*most)), *(node->*most));
    }
    if (!low || !high || *low <= *high) return std::nullopt;
    return Contradiction{least_name, "bounds",
                         fmt::format("{} is {}, but {} is {}", least_name, *low, most_name, *high)};
  }

  static std::optional<Contradiction> contradiction(const Nodes& all) {
    unsigned types = SchemaType::any;
    for (const auto* node : all) types &= node->types;
    bool typed = std::ranges::count(all, true, &Node::typed) > 1;
    if (typed && types == 0) return Contradiction{"", "never", "the types asked for here exclude each other"};
    if (auto found = crossed(all, &Node::min_length, &Node::max_length, "minLength", "maxLength")) return found;
    if (auto found = crossed(all, &Node::min_items, &Node::max_items, "minItems", "maxItems")) return found;
    if (auto found = crossed(all, &Node::min_properties, &Node::max_properties, "minProperties", "maxProperties"))
      return found;
    for (const auto* node : all)
      if (node->contains != nullptr && node->max_contains && node->min_contains > *node->max_contains)
        return Contradiction{
            "minContains", "bounds",
            fmt::format("minContains is {}, but maxContains is {}", node->min_contains, *node->max_contains)};
    return numbers(all);
  }

  static std::optional<Contradiction> numbers(const Nodes& all) {
    using Rule = NumberBound::Rule;
    const NumberBound* low = nullptr;
    const NumberBound* high = nullptr;
    for (const auto* node : all)
      for (const auto& bound : node->bounds) {
        bool lower = bound.rule == Rule::minimum || bound.rule == Rule::exclusive_minimum;
        auto& kept = lower ? low : high;
        int order = kept == nullptr ? 0 : json::compare_numbers(bound.text, kept->text);
        bool exclusive = bound.rule == Rule::exclusive_minimum || bound.rule == Rule::exclusive_maximum;
        if (kept == nullptr || (lower ? order > 0 : order < 0) || (order == 0 && exclusive)) kept = &bound;
      }
    if (low == nullptr || high == nullptr) return std::nullopt;
    int order = json::compare_numbers(low->text, high->text);
    bool touching = low->rule == Rule::minimum && high->rule == Rule::maximum;
    if (order < 0 || (order == 0 && touching)) return std::nullopt;
    return Contradiction{low->keyword(), "bounds",
                         fmt::format("{} is {}, but {} is {}", low->keyword(), low->text, high->keyword(), high->text)};
  }

  void unanchored(const Node& node) {
    const auto* pattern = node.source->find("pattern");
    if (pattern == nullptr || !pattern->is_string()) return;
    auto text = pattern->text();
    // A counted repetition is meant to count all of the text.
    if (text.find('^') != text.npos || text.find('$') != text.npos || text.find('{') == text.npos) return;
    warn(node, "pattern", "pattern",
         fmt::format("\"{}\" is looked for anywhere in the text, so a longer one fits too", text),
         fmt::format("write \"^{}$\" if it is meant to be all of the text", text));
  }

  // Keywords that do nothing where the one they belong to is missing: core §10.2.2, validation §6.4.
  void ignored(const Node& node) {
    struct Follower {
      std::string_view keyword, of;
    };
    constexpr Follower followers[] = {
        {"then", "if"}, {"else", "if"}, {"minContains", "contains"}, {"maxContains", "contains"}};
    for (auto [keyword, of] : followers) {
      if (node.source->find(keyword) == nullptr || node.source->find(of) != nullptr) continue;
      warn(node, keyword, "ignored", fmt::format("{} does nothing without {}", keyword, of),
           fmt::format("add {} beside it, or remove {}", of, keyword));
    }
  }

  void examples(const Node& node) {
    auto look_at = [&](std::string_view keyword, const json::Value& value) {
      auto why = violations_of(node, value, 1);
      if (why.empty()) return;
      const auto& at = why[0].instance;
      warn(node, keyword, "example",
           fmt::format("{} does not fit its own schema{}: {}", keyword == "default" ? "the default" : "an example",
                       at.empty() ? "" : fmt::format(", at {}", at), why[0].words.english),
           "correct it: people copy it");
    };
    if (const auto* value = node.source->find("default"); value != nullptr) look_at("default", *value);
    if (const auto* list = node.source->find("examples"); list != nullptr && list->is_array())
      for (const auto& value : list->items().first(std::min(list->size(), values_looked_at)))
        look_at("examples", value);
  }

  // A file of nothing but definitions is a library: its readers may be elsewhere.
  void unused(const SchemaFile& file) {
    const auto& root = file.document.root();
    if (!root.is_object()) return;
    bool library = std::ranges::none_of(root.members(), [](const json::Member& member) {
      constexpr std::string_view told[] = {"$schema", "$id",   "$comment",    "$anchor",    "$vocabulary",
                                           "$defs",   "title", "description", "definitions"};
      return std::ranges::find(told, member.name) == std::end(told);
    });
    if (library) return;
    for (std::string_view keyword : {"$defs", "definitions"}) {
      const auto* definitions = root.find(keyword);
      if (definitions == nullptr || !definitions->is_object()) continue;
      for (const auto& member : definitions->members()) {
        std::string pointer = "/" + std::string(keyword);
        json::append_pointer(pointer, member.name);
        auto node = places_.find(std::pair(&file, std::string_view(pointer)));
        if (node == places_.end() || referred_.contains({&file, pointer})) continue;
        warn(*node->second, "", "unused", fmt::format("nobody refers to \"{}\"", member.name),
             "take it out, or use it");
      }
    }
  }

  std::vector<std::shared_ptr<const Schema>> schemas_;
  std::vector<std::pair<const SchemaFile*, Nodes>> files_;
  std::map<std::pair<const SchemaFile*, std::string_view>, const Node*> places_;
  std::set<std::pair<const SchemaFile*, std::string_view>> referred_;  // with all that is above
  std::unordered_set<const Node*> extended_;
  Problems found_;
  std::size_t in_file_ = 0, more_ = 0;  // warnings told and not told of the file in hand
};

}  // namespace

Problems lint(const SchemaRegistry& registry) {
  return Linter(registry).run();
}

}  // namespace simpul
