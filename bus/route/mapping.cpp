// Mappings compiled from YAML; make_mapping.cpp evaluates them.
#include "bus/route/mapping.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "bus/route/variables.h"

namespace simpul {
namespace {

// A word that makes more of a map than an object, and the words beside it.
struct NodeWord {
  std::string_view word;
  std::vector<std::string> beside;
};
const std::array<NodeWord, 7>& node_words() {
  static const std::array<NodeWord, 7> words{{{"const", {}},
                                              {"each", {"as", "where", "map"}},
                                              {"switch", {}},
                                              {"let", {"map"}},
                                              {"spread", {"except"}},
                                              {"claim_check", {}},
                                              {"fields", {}}}};
  return words;
}
constexpr std::string_view fields_hint = "an object whose members are called like this is written as { fields: { … } }";

void write_literal(const yaml::Node& node, json::Writer& out) {
  switch (node.kind) {
    case yaml::Kind::null:
      out.null();
      break;
    case yaml::Kind::boolean:
      out.boolean(node.scalar == "true");
      break;
    case yaml::Kind::integer:
    case yaml::Kind::decimal:
      out.raw(node.scalar);
      break;
    case yaml::Kind::text:
      out.string(node.scalar);
      break;
    case yaml::Kind::list:
      out.begin_array();
      for (const auto& item : node.items) write_literal(item, out);
      out.end_array();
      break;
    case yaml::Kind::map:
      out.begin_object();
      for (const auto& entry : node.entries) {
        out.name(entry.key.scalar);
        write_literal(entry.value, out);
      }
      out.end_object();
      break;
  }
}

// A field of the event by its way: data.dokumen.isi, satu.?berkas, data["isi"]. Anything else is computed.
bool is_way(std::string_view text) {
  auto word = [&] {
    std::size_t length = 0;
    while (length < text.size() && (std::isalnum(static_cast<unsigned char>(text[length])) || text[length] == '_'))
      ++length;
    text.remove_prefix(length);
    return length > 0;
  };
  if (!word()) return false;
  while (!text.empty()) {
    const bool index = text[0] == '[';
    if (!index && text[0] != '.') return false;
    text.remove_prefix(1);
    if (text.starts_with('?')) text.remove_prefix(1);
    if (index && (text.starts_with('"') || text.starts_with('\''))) {
      const auto end = text.find(text[0], 1);
      if (end == text.npos) return false;
      text.remove_prefix(end + 1);
    } else if (!word()) {
      return false;
    }
    if (!index) continue;
    if (!text.starts_with(']')) return false;
    text.remove_prefix(1);
  }
  return true;
}

class MappingCompiler {
 public:
  MappingCompiler(ExpressionSource& source, bool takes_claims) : source_(source), takes_claims_(takes_claims) {}

  MappingPart compile(const yaml::Node& node, const Scope& scope) {
    MappingPart part;
    part.place = part.name_place = part.expression_place = node.place;
    part.path = node.path;
    if (node.is_scalar()) {
      part.expression = source_.compile(node, scope, Expect::any);
      return part;
    }
    if (node.kind == yaml::Kind::list) {
      part.kind = MappingPart::list;
      for (const auto& item : node.items) part.parts.push_back(compile(item, scope));
      return part;
    }
    const auto* word = word_of(node);
    if (word == nullptr) {
      part.kind = MappingPart::object;
      members(part, node, scope);
    } else if (word->word == "const") {
      constant(part, *node.find("const"));
    } else if (word->word == "each") {
      each(part, node, scope);
    } else if (word->word == "switch") {
      choice(part, *node.find("switch"), scope);
    } else if (word->word == "let") {
      let(part, node, scope);
    } else if (word->word == "spread") {
      spread(part, node, scope);
    } else if (word->word == "claim_check") {
      claim_check(part, *node.find("claim_check"), scope);
    } else {
      fields(part, *node.find("fields"), scope);
    }
    return part;
  }

  void member(MappingPart& object, std::string name, const Place& place, MappingPart part) {
    part.name = std::move(name);
    part.name_place = place;
    json::write_string(part.name, part.written);
    part.written += ':';
    object.parts.push_back(std::move(part));
  }

 private:
  // The word that the map is made by; what does not go with it is reported.
  const NodeWord* word_of(const yaml::Node& node) {
    const NodeWord* found = nullptr;
    for (const auto& entry : node.entries) {
      auto named = std::ranges::find(node_words(), entry.key.scalar, &NodeWord::word);
      if (named == node_words().end()) continue;
      if (found != nullptr) {
        source_.report(entry.key, "map.word",
                       fmt::format("`{}` and `{}` do not stand side by side", found->word, named->word),
                       fmt::format("nest one in the other; {}", fields_hint));
        continue;
      }
      found = &*named;
    }
    if (found == nullptr || found->word == "spread") return found;
    for (const auto& entry : node.entries) {
      const auto& name = entry.key.scalar;
      if (std::ranges::find(node_words(), name, &NodeWord::word) != node_words().end()) continue;
      if (std::ranges::find(found->beside, name) != found->beside.end()) continue;
      source_.report(
          entry.key, "map.word",
          found->beside.empty()
              ? fmt::format("`{}` stands alone, and here is \"{}\" beside it", found->word, name)
              : fmt::format("\"{}\" does not go with `{}`{}", name, found->word, did_you_mean(name, found->beside)),
          found->beside.empty()
              ? std::string(fields_hint)
              : fmt::format("`{}` takes {}; {}", found->word, fmt::join(found->beside, ", "), fields_hint));
    }
    return found;
  }

  void members(MappingPart& part, const yaml::Node& node, const Scope& scope) {
    for (const auto& entry : node.entries) member(part, entry.key.scalar, entry.key.place, compile(entry.value, scope));
  }

  void constant(MappingPart& part, const yaml::Node& value) {
    part.kind = MappingPart::constant;
    json::Writer writer;
    write_literal(value, writer);
    if (auto literal = json::parse(writer.take()))
      part.literal = std::move(*literal);
    else
      source_.report(value, "map.const", "this literal cannot be written as JSON",
                     "write numbers as 12 or 1.5, and everything else as text in quotes");
  }

  // The member `map` of a node made by `word`.
  void inner_map(MappingPart& part, const yaml::Node& node, std::string_view word, const Scope& scope) {
    if (const auto* map = node.find("map"))
      part.parts.push_back(compile(*map, scope));
    else
      source_.report(node, "map.word", fmt::format("`{}` needs map: what is made", word),
                     fmt::format("add map beside {}; {}", word, fields_hint));
  }

  void each(MappingPart& part, const yaml::Node& node, const Scope& scope) {
    part.kind = MappingPart::each;
    const auto& list = *node.find("each");
    part.expression_place = list.place;
    part.expression = source_.compile(list, scope, Expect::any);
    check_list(list, part.expression.get(), source_);
    auto inner = scope;
    const auto* as = node.find("as");
    if (as == nullptr)
      source_.report(list, "route.each", "each needs as: the name of one item",
                     "add as: with a name, which where and map then know");
    else if (!as->is_scalar())
      source_.report(*as, "config.wrong_type", fmt::format("as must be a text, not {}", yaml::name(as->kind)),
                     "write the name of one item");
    else if (take_name(*as, as->scalar, "an item", scope, source_))
      inner.variables.push_back(item_variable(as->scalar, part.expression.get()));
    if (const auto* where = node.find("where"))
      part.where = {source_.compile(*where, inner, Expect::boolean), where->place};
    inner_map(part, node, "each", inner);
  }

  void choice(MappingPart& part, const yaml::Node& branches, const Scope& scope) {
    part.kind = MappingPart::choice;
    if (branches.kind != yaml::Kind::list || branches.items.empty())
      return source_.report(branches, "map.switch", "switch must be a list of branches",
                            "write each branch as a list item: - when: …, and below it map: …");
    for (const auto& branch : branches.items) {
      const bool is_last = &branch == &branches.items.back();
      const auto* when = branch.find("when");
      const auto* map = branch.find("map");
      if (branch.kind != yaml::Kind::map || map == nullptr) {
        source_.report(branch, "map.switch", "a branch of switch needs map: what is made when it holds",
                       "write { when: …, map: … }");
        continue;
      }
      for (const auto& entry : branch.entries)
        if (entry.key.scalar != "when" && entry.key.scalar != "map")
          source_.report(entry.key, "map.switch",
                         fmt::format("\"{}\" is no part of a branch of switch{}", entry.key.scalar,
                                     did_you_mean(entry.key.scalar, {"when", "map"})),
                         "a branch takes when and map");
      if (when == nullptr && !is_last)
        source_.report(branch, "map.switch", "a branch without `when` takes all, so those below it are never reached",
                       "add when, or move it to the end");
      if (when == nullptr)
        part.conditions.emplace_back();
      else
        part.conditions.push_back({source_.compile(*when, scope, Expect::boolean), when->place});
      part.parts.push_back(compile(*map, scope));
    }
  }

  void let(MappingPart& part, const yaml::Node& node, const Scope& scope) {
    part.kind = MappingPart::let;
    const auto& lets = *node.find("let");
    auto inner = scope;
    if (lets.kind != yaml::Kind::map || lets.entries.empty()) {
      source_.report(lets, "map.let", "let must name expressions", "write let: { name: CEL, … }");
    } else {
      for (const auto& entry : lets.entries) {
        PlacedExpression value{source_.compile(entry.value, inner, Expect::any), entry.value.place};
        if (take_name(entry.key, entry.key.scalar, "a let", inner, source_))
          inner.variables.push_back(let_variable(entry.key.scalar, value.expression.get()));
        part.lets.emplace_back(entry.key.scalar, std::move(value));
      }
    }
    inner_map(part, node, "let", inner);
  }

  void spread(MappingPart& part, const yaml::Node& node, const Scope& scope) {
    part.kind = MappingPart::object;
    for (const auto& entry : node.entries) {
      const auto& name = entry.key.scalar;
      if (name == "spread")
        spread_of(part, entry.value, scope);
      else if (name == "except")
        except(part, entry.value);
      else if (std::ranges::find(node_words(), name, &NodeWord::word) == node_words().end())
        member(part, name, entry.key.place, compile(entry.value, scope));
    }
  }

  void spread_of(MappingPart& part, const yaml::Node& value, const Scope& scope) {
    part.expression_place = value.place;
    part.expression = source_.compile(value, scope, Expect::any);
    if (part.expression == nullptr) return;
    const auto& type = part.expression->result();
    if (type.known && !(type.kinds & SchemaType::object))
      source_.report(value, "map.spread", "spread needs an object, and this is none",
                     "name an object of the event, such as data.alamat");
  }

  void except(MappingPart& part, const yaml::Node& names) {
    std::vector<std::string> known;
    auto cursor = part.expression != nullptr ? part.expression->cursor() : nullptr;
    if (cursor != nullptr && cursor->closed()) known = cursor->properties();
    if (names.kind != yaml::Kind::list)
      return source_.report(names, "map.spread", "except must be a list of names", "write except: [nik, no_kk]");
    for (const auto& name : names.items) {
      if (!name.is_scalar()) {
        source_.report(name, "map.spread", "except must be a list of names", "write except: [nik, no_kk]");
        continue;
      }
      if (!known.empty() && std::ranges::find(known, name.scalar) == known.end())
        source_.report(
            name, "map.spread",
            fmt::format("what is spread has no member \"{}\"{}", name.scalar, did_you_mean(name.scalar, known)),
            fmt::format("it has {}", fmt::join(known, ", ")));
      part.except.push_back(name.scalar);
    }
  }

  void claim_check(MappingPart& part, const yaml::Node& value, const Scope& scope) {
    part.expression_place = value.place;
    if (!takes_claims_)
      return source_.report(value, "map.claim_check", "claim_check is for the maps of routes",
                            "write the expression itself; the route's map leaves the text in the bus");
    part.kind = MappingPart::claim_check;
    part.expression = source_.compile(value, scope, Expect::any);
    if (part.expression == nullptr) return;
    const auto& type = part.expression->result();
    if (!is_way(value.scalar))
      source_.report(value, "map.claim_check", "claim_check takes a text of the event as it is, not one that is made",
                     "name the field, such as data.dokumen.isi");
    else if (type.known && !(type.kinds & SchemaType::string))
      source_.report(value, "map.claim_check", "claim_check takes a text, and this is none",
                     "name a text of the event, such as data.dokumen.isi");
  }

  void fields(MappingPart& part, const yaml::Node& value, const Scope& scope) {
    part.kind = MappingPart::object;
    if (value.kind == yaml::Kind::map) return members(part, value, scope);
    source_.report(value, "map.word", fmt::format("fields must be a map, not {}", yaml::name(value.kind)),
                   "write the members below it, a line each");
  }

  ExpressionSource& source_;
  const bool takes_claims_;
};

}  // namespace

Mapping::Mapping(const yaml::Node& node, const Scope& scope, ExpressionSource& source, bool takes_claims)
    : root_(MappingCompiler(source, takes_claims).compile(node, scope)) {}

Mapping::Mapping(const yaml::Node& node, const std::vector<std::pair<std::string, std::string>>& members,
                 const Scope& scope, ExpressionSource& source) {
  MappingCompiler compiler(source, false);
  root_.kind = MappingPart::object;
  root_.place = root_.name_place = root_.expression_place = node.place;
  root_.path = node.path;
  for (const auto& [name, text] : members) {
    auto leaf = node;
    leaf.kind = yaml::Kind::text;
    leaf.scalar = text;
    compiler.member(root_, name, node.place, compiler.compile(leaf, scope));
  }
}

}  // namespace simpul
