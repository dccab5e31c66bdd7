// The second pass, for values that are not valid: every reason, in words, with values shown only where no personal
// class forbids it.
#include <algorithm>

#include <fmt/format.h>

#include "bus/base/bytes.h"
#include "bus/schema/node.h"

namespace simpul {
namespace {

constexpr std::string_view hidden = "•••";
constexpr std::size_t shown_bytes = 60;
constexpr std::size_t shown_choices = 12;
constexpr std::size_t collected_limit = 1000;

std::string type_words(unsigned types) {
  std::vector<std::string_view> names;
  if (types & SchemaType::null) names.push_back("null");
  if (types & SchemaType::boolean) names.push_back("a boolean");
  if (types & SchemaType::number)
    names.push_back("a number");
  else if (types & SchemaType::integer)
    names.push_back("a whole number");
  if (types & SchemaType::string) names.push_back("a string");
  if (types & SchemaType::array) names.push_back("an array");
  if (types & SchemaType::object) names.push_back("an object");
  return fmt::format("{}", fmt::join(names, " or "));
}

std::string count_words(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// At most `size` bytes, cut between characters.
std::string shortened(std::string text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  text.resize(size);
  return text + "…";
}

// Names of one or two characters are near to anything.
std::string guess_of(std::string_view name, const std::vector<std::string>& candidates) {
  return name.size() < 3 ? std::string() : nearest(name, candidates);
}
std::string guess_words(std::string_view name, const std::vector<std::string>& candidates) {
  return name.size() < 3 ? std::string() : did_you_mean(name, candidates);
}

class Explainer {
 public:
  explicit Explainer(const Node& root) : root_(root) {}

  void visit(const Node& node, const json::Value& value, const std::string& path) {
    if (full() || is_valid(node, value)) return;
    if (node.boolean) return add(node, "false", value, path, "no value is allowed here");
    if (node.types != SchemaType::any && !has_kind(node.types, value)) {
      bool fraction = value.is_number() && (node.types & SchemaType::integer);
      add(node, "type", value, path,
          fmt::format("expected {}, got {}", type_words(node.types),
                      fraction ? shown(value, path) : std::string(json::kind_words(value))));
    }
    switch (value.kind()) {
      case json::Kind::string:
        string(node, value, path);
        break;
      case json::Kind::number:
        number(node, value, path);
        break;
      case json::Kind::array:
        array(node, value, path);
        break;
      case json::Kind::object:
        object(node, value, path);
        break;
      default:
        break;
    }
    choices(node, value, path);
    logic(node, value, path);
  }

  std::vector<Violation> take(std::size_t limit) {
    std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Violation> out;
    for (auto& [offset, violation] : found_) {
      if (out.size() == limit) break;
      bool again = std::any_of(out.begin(), out.end(), [&](const Violation& other) {
        return other.instance == violation.instance && other.schema == violation.schema &&
               other.words.english == violation.words.english;
      });
      if (!again) out.push_back(std::move(violation));
    }
    return out;
  }

 private:
  bool full() const { return found_.size() >= collected_limit; }

  void add(const Node& node, std::string_view rule, const json::Value& value, const std::string& path,
           std::string message) {
    if (full()) return;
    auto schema = fmt::format("{}#{}", node.file->path, node.pointer);
    if (rule != "false") json::append_pointer(schema, rule.substr(0, rule.find(':')));
    found_.push_back({value.raw_offset(),
                      Violation{std::string(rule), path, std::move(schema), {}, {}, {}, {std::move(message), {}}}});
  }

  std::string shown(const json::Value& value, const std::string& path) const {
    if (value.is_object() || value.is_array()) return std::string(json::kind_words(value));
    if (value.is_null()) return "null";
    if (personal_class(root_, path) != PersonalData::none) return std::string(hidden);
    return shortened(json::write(value), shown_bytes);
  }

  static std::string below(const std::string& path, std::string_view name) {
    auto out = path;
    json::append_pointer(out, name);
    return out;
  }
  static std::string below(const std::string& path, std::size_t index) {
    auto out = path;
    json::append_pointer(out, index);
    return out;
  }

  void string(const Node& node, const json::Value& value, const std::string& path) {
    auto text = value.text();
    auto length = count_characters(text);
    auto got = count_words(length, "character", "characters");
    if (node.min_length && length < *node.min_length) {
      add(node, "minLength", value, path,
          *node.min_length == 1 ? std::string("must not be empty")
                                : fmt::format("expected at least {} characters, got {}", *node.min_length, length));
    }
    if (node.max_length && length > *node.max_length) {
      add(node, "maxLength", value, path,
          fmt::format("expected at most {}, got {}", count_words(*node.max_length, "character", "characters"), length));
    }
    if (node.format != nullptr && !node.format->matches(text)) {
      auto why = node.format->why != nullptr ? std::string(node.format->why(text).english) : std::string();
      if (why.empty()) {
        bool counts = node.format->expected.english.front() >= '0' && node.format->expected.english.front() <= '9';
        why = fmt::format("expected {}, got {}", node.format->expected.english, counts ? got : shown(value, path));
      }
      add(node, fmt::format("format: {}", node.format->name), value, path, std::move(why));
    }
    if (node.pattern != nullptr && !node.pattern->matches(text)) {
      add(node, "pattern", value, path,
          fmt::format("expected text that matches {}, got {}", node.pattern->source(), shown(value, path)));
    }
  }

  void number(const Node& node, const json::Value& value, const std::string& path) {
    for (const auto& bound : node.bounds) {
      if (bound.holds(value.text())) continue;
      constexpr std::string_view words[] = {"at least", "more than", "at most", "less than"};
      add(node, bound.keyword(), value, path,
          fmt::format("expected {} {}, got {}", words[static_cast<unsigned>(bound.rule)], bound.text,
                      shown(value, path)));
    }
    if (node.multiple_of && !node.multiple_of->divides(value.text())) {
      add(node, "multipleOf", value, path,
          fmt::format("expected a multiple of {}, got {}", node.multiple_text, shown(value, path)));
    }
  }

  void array(const Node& node, const json::Value& value, const std::string& path) {
    auto items = value.items();
    if (node.min_items && items.size() < *node.min_items) {
      add(node, "minItems", value, path,
          fmt::format("expected at least {}, got {}", count_words(*node.min_items, "item", "items"), items.size()));
    }
    if (node.max_items && items.size() > *node.max_items) {
      add(node, "maxItems", value, path,
          fmt::format("expected at most {}, got {}", count_words(*node.max_items, "item", "items"), items.size()));
    }
    for (std::size_t i = 0; i < items.size() && !full(); ++i) {
      const auto* rule = i < node.prefix_items.size() ? node.prefix_items[i] : node.items;
      if (rule == nullptr) continue;
      if (rule == node.items && rule->boolean == false) {
        add(node, "items", items[i], below(path, i),
            fmt::format("expected at most {}, got {}", count_words(node.prefix_items.size(), "item", "items"),
                        items.size()));
        break;
      }
      visit(*rule, items[i], below(path, i));
    }
    if (node.contains != nullptr) contains(node, value, path);
    if (node.unique_items && !items_unique(value)) add(node, "uniqueItems", value, path, duplicate_words(value));
  }

  void contains(const Node& node, const json::Value& value, const std::string& path) {
    std::uint64_t found = 0;
    for (const auto& item : value.items()) found += is_valid(*node.contains, item);
    if (found < node.min_contains) {
      add(node, node.min_contains == 1 ? "contains" : "minContains", value, path,
          fmt::format("expected at least {} of the kind that is asked for, got {}",
                      count_words(node.min_contains, "item", "items"), found));
    }
    if (node.max_contains && found > *node.max_contains) {
      add(node, "maxContains", value, path,
          fmt::format("expected at most {} of the kind that is asked for, got {}",
                      count_words(*node.max_contains, "item", "items"), found));
    }
  }

  static std::string duplicate_words(const json::Value& value) {
    auto items = value.items();
    constexpr std::size_t compared = 200;
    for (std::size_t i = 1; i < std::min(items.size(), compared); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (json::equal(items[i], items[k]))
          return fmt::format("items must differ; item {} equals item {} (counted from 0)", i, k);
      }
    }
    return "items must differ; two are equal";
  }

  // What the object may hold by name.
  static std::vector<std::string> names_of(const Node& node) {
    std::vector<std::string> names;
    for (const auto& rule : node.properties.rules()) names.emplace_back(rule.name);
    return names;
  }

  void missing(const Node& node, const json::Value& value, const std::string& path) {
    std::vector<std::string> strangers;
    for (const auto& member : value.members()) {
      const auto* rule = node.properties.find(member.name);
      if (rule == nullptr) strangers.emplace_back(member.name);
    }
    for (const auto& rule : node.properties.rules()) {
      if (!rule.required || value.find(rule.name) != nullptr) continue;
      auto guess = guess_of(rule.name, strangers);
      add(node, "required", value, path,
          fmt::format("the field \"{}\" is missing{}", rule.name,
                      guess.empty() ? "" : fmt::format("; there is \"{}\"", guess)));
    }
  }

  void object(const Node& node, const json::Value& value, const std::string& path) {
    auto members = value.members();
    if (node.min_properties && members.size() < *node.min_properties) {
      add(node, "minProperties", value, path,
          fmt::format("expected at least {}, got {}", count_words(*node.min_properties, "field", "fields"),
                      members.size()));
    }
    if (node.max_properties && members.size() > *node.max_properties) {
      add(node, "maxProperties", value, path,
          fmt::format("expected at most {}, got {}", count_words(*node.max_properties, "field", "fields"),
                      members.size()));
    }
    missing(node, value, path);
    for (const auto& [name, member] : members) {
      if (full()) return;
      this->member(node, name, member, below(path, name));
    }
    for (const auto& dependent : node.dependent_required) {
      if (value.find(dependent.name) == nullptr) continue;
      for (auto name : dependent.required) {
        if (value.find(name) == nullptr) {
          add(node, "dependentRequired", value, path,
              fmt::format("the field \"{}\" is missing; it is required because \"{}\" is there", name, dependent.name));
        }
      }
    }
    for (const auto& dependent : node.dependent_schemas) {
      if (value.find(dependent.name) != nullptr) visit(*dependent.node, value, path);
    }
  }

  void member(const Node& node, std::string_view name, const json::Value& value, const std::string& path) {
    bool declared = false;
    if (const auto* rule = node.properties.find(name); rule != nullptr && rule->node != nullptr) {
      declared = true;
      if (rule->node->boolean == false) {
        add(*rule->node, "false", value, path, fmt::format("the field \"{}\" is not allowed here", name));
      } else {
        visit(*rule->node, value, path);
      }
    }
    for (const auto& pattern : node.pattern_properties) {
      if (!pattern.pattern->matches(name)) continue;
      declared = true;
      visit(*pattern.node, value, path);
    }
    if (!declared && node.additional_properties != nullptr) {
      if (node.closed()) {
        add(node, "additionalProperties", value, path,
            fmt::format("the field \"{}\" is not known{}", name, guess_words(name, names_of(node))));
      } else {
        visit(*node.additional_properties, value, path);
      }
    }
    if (node.property_names != nullptr && !is_valid(*node.property_names, json::Value::view_string(name))) {
      add(node, "propertyNames", value, path, "the field's name is not of the form that is asked for");
    }
  }

  static std::string choice_words(const std::vector<const json::Value*>& values) {
    std::vector<std::string> texts;
    for (const auto* value : values) {
      if (texts.size() == shown_choices) {
        texts.push_back("…");
        break;
      }
      texts.push_back(shortened(json::write(*value), shown_bytes));
    }
    return fmt::format("{}", fmt::join(texts, ", "));
  }

  void choices(const Node& node, const json::Value& value, const std::string& path) {
    if (node.constant != nullptr && !json::equal(*node.constant, value)) {
      add(node, "const", value, path,
          fmt::format("expected {}, got {}", choice_words({node.constant}), shown(value, path)));
    }
    if (!node.enumeration || is_enumerated(node, value)) return;
    std::vector<std::string> names(node.enumerated_strings.begin(), node.enumerated_strings.end());
    bool open = personal_class(root_, path) == PersonalData::none;
    auto hint = open && value.is_string() ? guess_words(value.text(), names) : std::string();
    add(node, "enum", value, path,
        fmt::format("expected one of {}, got {}{}", choice_words(*node.enumeration), shown(value, path), hint));
  }

  void logic(const Node& node, const json::Value& value, const std::string& path) {
    if (node.ref != nullptr) visit(*node.ref, value, path);
    for (const auto* child : node.all_of) visit(*child, value, path);
    auto valid = [&](const Node* child) { return is_valid(*child, value); };
    if (!node.any_of.empty() && std::none_of(node.any_of.begin(), node.any_of.end(), valid))
      nearest_branch(node, "anyOf", node.any_of, value, path);
    if (!node.one_of.empty()) {
      auto count = std::count_if(node.one_of.begin(), node.one_of.end(), valid);
      if (count == 0) nearest_branch(node, "oneOf", node.one_of, value, path);
      if (count > 1)
        add(node, "oneOf", value, path,
            fmt::format("fits {} of {} alternatives; it must fit exactly one", count, node.one_of.size()));
    }
    if (node.negated != nullptr && valid(node.negated)) add(node, "not", value, path, "is what this schema forbids");
    if (node.condition != nullptr) {
      const auto* next = valid(node.condition) ? node.consequence : node.alternative;
      if (next != nullptr) visit(*next, value, path);
    }
  }

  // Says that no alternative fits, and why the one that comes nearest does not: the one whose violations lie deepest or
  // are fewest, types and constants of the value itself weighing most.
  void nearest_branch(const Node& node, std::string_view rule, const std::vector<const Node*>& branches,
                      const json::Value& value, const std::string& path) {
    add(node, rule, value, path,
        fmt::format("fits none of {}", count_words(branches.size(), "alternative", "alternatives")));
    std::vector<std::pair<std::uint32_t, Violation>> best;
    std::size_t best_cost = SIZE_MAX;
    for (const auto* branch : branches) {
      Explainer other(root_);
      other.visit(*branch, value, path);
      std::size_t cost = 0;
      for (const auto& [offset, violation] : other.found_) {
        bool decisive = violation.rule == "type" || violation.rule == "const" || violation.rule == "enum";
        auto steps = static_cast<std::size_t>(std::count(
            violation.instance.begin() + static_cast<std::ptrdiff_t>(path.size()), violation.instance.end(), '/'));
        cost += decisive && steps <= 1 ? 100 : 1;
      }
      if (cost < best_cost) {
        best_cost = cost;
        best = std::move(other.found_);
      }
    }
    for (auto& item : best) {
      if (!full()) found_.push_back(std::move(item));
    }
  }

  const Node& root_;
  std::vector<std::pair<std::uint32_t, Violation>> found_;
};

}  // namespace

std::vector<Violation> violations_of(const Node& root, const json::Value& value, std::size_t limit) {
  Explainer explainer(root);
  explainer.visit(root, value, "");
  return explainer.take(limit);
}

}  // namespace simpul
