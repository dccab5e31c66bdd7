#include "bus/route/refutation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

namespace simpul {
namespace {

constexpr std::size_t names_limit = 32;  // lets behind lets
constexpr std::string_view any_item = "*";

using Path = std::vector<std::string>;  // below `data`; "*" is an item

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

bool is_name(std::string_view text) {
  return !text.empty() && !(text.front() >= '0' && text.front() <= '9') &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

// `data.alamat`, `data.?telepon`, `satu.nik`: names with dots; none for every other expression.
std::optional<Path> names_of(std::string_view source) {
  Path names;
  source = trimmed(source);
  while (true) {
    const auto dot = source.find('.');
    auto name = source.substr(0, dot);
    if (!names.empty() && name.starts_with('?')) name.remove_prefix(1);
    if (!is_name(name)) return std::nullopt;
    names.emplace_back(name);
    if (dot == source.npos) return names;
    source.remove_prefix(dot + 1);
  }
}

// What is wanted at a place of the data and below it.
struct Want {
  std::map<std::string, Want> members;  // "*": of every item
  std::vector<std::string> schemas;     // JSON texts
  bool absent = false;

  std::string text() const {
    if (absent) return "false";
    std::vector<std::string> all = schemas;
    std::vector<std::string> properties, required;
    for (const auto& [name, want] : members) {
      if (name == any_item) {
        all.push_back(fmt::format(R"({{"type":"array","minItems":1,"items":{}}})", want.text()));
        continue;
      }
      json::Writer key;
      key.string(name);
      properties.push_back(fmt::format("{}:{}", key.text(), want.text()));
      if (!want.absent) required.push_back(key.take());
    }
    if (!properties.empty())
      all.push_back(fmt::format(R"({{"type":"object","properties":{{{}}},"required":[{}]}})",
                                fmt::join(properties, ","), fmt::join(required, ",")));
    if (all.empty()) return "true";
    return all.size() == 1 ? all.front() : fmt::format(R"({{"allOf":[{}]}})", fmt::join(all, ","));
  }

  Want& at(const Path& path) {
    auto* want = this;
    for (const auto& name : path) want = &want->members[name];
    return *want;
  }
};

// A text literal of CEL without escapes, as JSON; or a number, or true and false.
std::optional<std::string> literal_of(std::string_view text) {
  text = trimmed(text);
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front()) {
    const auto inner = text.substr(1, text.size() - 2);
    if (inner.find_first_of("\\\"'") != inner.npos) return std::nullopt;
    json::Writer out;
    out.string(inner);
    return out.take();
  }
  if (text == "true" || text == "false") return std::string(text);
  const auto digits = text.starts_with('-') ? text.substr(1) : text;
  const bool whole = !digits.empty() && digits.find_first_not_of("0123456789") == digits.npos && digits.size() < 16 &&
                     (digits.size() == 1 || digits.front() != '0');
  return whole ? std::optional(std::string(text)) : std::nullopt;
}

std::string pattern_of(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\^$.|?*+()[]{}/").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

class Guess {
 public:
  Guess(const RouteProgram& program, const TargetProgram& target) {
    for (const auto& [name, let] : program.lets) names_.emplace(name, path_of(let));
    if (target.each) list_ = path_of(target.each);
    for (const auto& [name, let] : target.lets) names_.emplace(name, path_of(let));
  }

  std::optional<Path> path_of(const PlacedExpression& expression) const {
    return expression ? path_of(expression.expression->source()) : std::nullopt;
  }

  std::optional<Path> path_of(std::string_view source) const {
    auto names = names_of(source);
    if (!names || names->size() > names_limit) return std::nullopt;
    Path path;
    if (names->front() != "data") {
      auto known = names_.find(names->front());
      if (known != names_.end()) {
        if (!known->second) return std::nullopt;
        path = *known->second;
      } else if (list_) {
        path = *list_;  // a name that is no let's is the item's
        path.emplace_back(any_item);
      } else {
        return std::nullopt;
      }
    }
    path.insert(path.end(), names->begin() + 1, names->end());
    return path;
  }

  // The conjuncts of a condition that say something of one path each.
  void condition(const PlacedExpression& expression, Want& want) const {
    if (!expression) return;
    auto source = std::string_view(expression.expression->source());
    std::size_t begin = 0, depth = 0;
    char quote = 0;
    for (std::size_t i = 0; i <= source.size(); ++i) {
      if (i == source.size() || (quote == 0 && depth == 0 && source.substr(i, 2) == "&&")) {
        conjunct(trimmed(source.substr(begin, i - begin)), want);
        begin = i + 2;
        ++i;
        continue;
      }
      const char c = source[i];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '(' || c == '[') {
        ++depth;
      } else if ((c == ')' || c == ']') && depth > 0) {
        --depth;
      }
    }
  }

  // The payload's values, at the paths of the leaves that are paths.
  void payload(const MappingPart& part, const json::Value* value, Want& want) const {
    switch (part.kind) {
      case MappingPart::leaf: {
        const auto path = part.expression == nullptr ? std::nullopt : path_of(part.expression->source());
        if (!path || path->empty()) return;
        auto& place = want.at(*path);
        if (value == nullptr)
          place.absent = part.expression->may_be_absent();
        else
          place.schemas.push_back(fmt::format(R"({{"const":{}}})", json::write(*value)));
        return;
      }
      case MappingPart::object:
        for (const auto& inner : part.parts)
          payload(inner, value != nullptr && value->is_object() ? value->find(inner.name) : nullptr, want);
        if (part.expression != nullptr && value != nullptr && value->is_object()) spread(part, *value, want);
        return;
      case MappingPart::let:
        return payload(part.parts.front(), value, want);
      default:
        return;
    }
  }

 private:
  void spread(const MappingPart& part, const json::Value& value, Want& want) const {
    const auto path = path_of(part.expression->source());
    if (!path) return;
    for (const auto& member : value.members()) {
      if (std::ranges::find(part.parts, member.name, &MappingPart::name) != part.parts.end()) continue;
      auto inner = *path;
      inner.emplace_back(member.name);
      want.at(inner).schemas.push_back(fmt::format(R"({{"const":{}}})", json::write(member.value)));
    }
  }

  void conjunct(std::string_view text, Want& want) const {
    auto at = [&](std::string_view source) -> Want* {
      const auto path = path_of(source);
      return path && !path->empty() ? &want.at(*path) : nullptr;
    };
    auto between = [&](std::string_view begin, std::string_view end) -> std::optional<std::string_view> {
      if (!text.starts_with(begin) || !text.ends_with(end) || text.size() < begin.size() + end.size())
        return std::nullopt;
      return text.substr(begin.size(), text.size() - begin.size() - end.size());
    };
    if (const auto inner = between("has(", ")")) {
      at(*inner);
      return;
    }
    for (const auto& [method, before, after] :
         {std::tuple{".startsWith(", "^", ""}, {".endsWith(", "", "$"}, {".contains(", "", ""}}) {
      const auto found = text.find(method);
      if (found == text.npos || !text.ends_with(")")) continue;
      const auto begin = found + std::string_view(method).size();
      const auto literal = literal_of(text.substr(begin, text.size() - begin - 1));
      auto* place = at(text.substr(0, found));
      if (place == nullptr || !literal || !literal->starts_with('"')) return;
      json::Writer pattern;
      pattern.string(before + pattern_of(std::string_view(*literal).substr(1, literal->size() - 2)) + after);
      place->schemas.push_back(fmt::format(R"({{"type":"string","pattern":{}}})", pattern.text()));
      return;
    }
    if (const auto found = text.find("=="); found != text.npos) {
      auto left = text.substr(0, found), right = text.substr(found + 2);
      if (literal_of(left)) std::swap(left, right);
      const auto literal = literal_of(right);
      auto* place = literal ? at(left) : nullptr;
      if (place != nullptr) place->schemas.push_back(fmt::format(R"({{"const":{}}})", *literal));
      return;
    }
    if (const auto size = between("size(", ")> 0"); size || between("size(", ") > 0")) {
      auto* place = at(size ? *size : *between("size(", ") > 0"));
      if (place != nullptr) place->schemas.emplace_back(R"({"minItems":1,"minLength":1})");
      return;
    }
    const bool negated = text.starts_with('!');
    auto* place = at(negated ? text.substr(1) : text);
    if (place != nullptr) place->schemas.push_back(negated ? R"({"const":false})" : R"({"const":true})");
  }

  std::map<std::string, std::optional<Path>> names_;
  std::optional<Path> list_;
};

}  // namespace

std::vector<std::string> refuting_guesses(const RouteProgram& program, const TargetProgram& target,
                                          const json::Value& witness) {
  const Guess guess(program, target);
  Want conditions;
  guess.condition(program.when, conditions);
  guess.condition(target.when, conditions);
  guess.condition(target.where, conditions);
  for (const auto& [step, branch] : target.way)
    if (step->kind == StepProgram::Kind::choose && branch < step->branches.size())
      guess.condition(step->branches[branch].when, conditions);
  if (target.each)
    if (const auto list = guess.path_of(target.each); list && !list->empty()) {
      auto path = *list;
      path.emplace_back(any_item);
      conditions.at(path);
    }
  for (const auto& key : target.keys.empty() ? program.keys : target.keys)
    if (const auto path = guess.path_of(key); path && !path->empty())
      conditions.at(*path).schemas.emplace_back(R"({"minLength":1,"minItems":1})");  // an empty key parks
  Want all = conditions, payload;
  guess.payload(target.mapping->root(), &witness, all);
  guess.payload(target.mapping->root(), &witness, payload);
  std::vector<std::string> texts;
  for (auto text : {all.text(), payload.text(), conditions.text(), std::string("true")})
    if (std::ranges::find(texts, text) == texts.end()) texts.push_back(std::move(text));
  return texts;
}

const MappingPart& part_at(const MappingPart& root, std::string_view pointer) {
  const auto* part = &root;
  while (pointer.starts_with('/')) {
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    std::string token;
    for (std::size_t i = 0; i < end; ++i) {
      const bool escaped = pointer[i] == '~' && i + 1 < end;
      token += escaped ? (pointer[++i] == '1' ? '/' : '~') : pointer[i];
    }
    pointer.remove_prefix(end);
    while (part->kind == MappingPart::let && !part->parts.empty()) part = &part->parts.front();
    const MappingPart* next = nullptr;
    if (part->kind == MappingPart::object) {
      auto found = std::ranges::find(part->parts, token, &MappingPart::name);
      if (found != part->parts.end()) next = &*found;
    } else if (part->kind == MappingPart::each && !part->parts.empty()) {
      next = &part->parts.front();
    } else if (part->kind == MappingPart::list) {
      for (std::size_t i = 0; i < part->parts.size(); ++i)
        if (token == std::to_string(i)) next = &part->parts[i];
    }
    if (next == nullptr) break;
    part = next;
  }
  return *part;
}

}  // namespace simpul
