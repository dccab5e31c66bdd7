// Calls: functions of the table, and those that the checker must understand: has, macros, optionals,
// patterns, code tables.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bus/base/bytes.h"
#include "bus/base/result.h"
#include "bus/event/json.h"
#include "bus/expression/checker.h"

namespace simpul::cel {

namespace {

constexpr std::array<std::string_view, 11> namespaces = {"optional", "math",  "base64", "strings", "sets", "lists",
                                                         "cel",      "regex", "nik",    "nop",     "uuid5"};

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string plural(std::size_t count) {
  return fmt::format("{} argument{}", count, count == 1 ? "" : "s");
}

}  // namespace

Checker::Made Checker::call(const Node& node) {
  if (node.method && node.children[0]->kind == NodeKind::name && !is_variable(node.children[0]->text) &&
      contains(namespaces, node.children[0]->text)) {
    return optional_namespace(node);
  }
  if (const auto kind = macro_of(node)) return macro(node, *kind);
  if (auto made = special_call(node)) return std::move(*made);
  return table_call(node);
}

std::optional<Checker::Made> Checker::special_call(const Node& node) {
  const std::string_view name = node.text;
  if (name == "has" && !node.method) return has(node);
  if (name == "matches") return matches(node);
  if (name == "lookup" && !node.method) return lookup(node);
  if (node.method && (name == "orValue" || name == "or" || name == "hasValue" || name == "value"))
    return optional_method(node);
  return std::nullopt;
}

bool Checker::check_count(const Node& node, std::size_t least, std::size_t most) {
  const std::size_t have = node.children.size();
  if (have >= least && have <= most) return true;
  const std::size_t receiver = node.method ? 1 : 0;
  const std::string wanted =
      least == most ? plural(least - receiver) : fmt::format("{} to {}", least - receiver, plural(most - receiver));
  std::string hint;
  for (const auto& known : expression_functions()) {
    if (known.name == node.text) hint = fmt::format("{}, for example: {}", known.signature, known.example);
  }
  fault(node.at, "cel.arguments", fmt::format("{} takes {}, not {}", node.text, wanted, have - receiver), hint);
  return false;
}

Checker::Made Checker::has(const Node& node) {
  if (!check_count(node, 1, 1)) return nothing(node);
  const Node& field = *node.children[0];
  Type type = type_of(SchemaType::boolean);
  if (field.kind == NodeKind::name && is_variable(field.text)) {
    for (std::size_t i = 0; i < scope_.variables.size(); ++i) {
      if (identify(field.text) != "slot " + scope_.variables[i].name) continue;
      Made made = emit(node, Op::has_slot, {}, std::move(type));
      step(made).a = static_cast<std::uint32_t>(i);
      return made;
    }
  }
  if (field.kind != NodeKind::select || field.optional) {
    fault(field.range, "cel.arguments", "has() asks for a field", "write has(data.field)");
    return nothing(node);
  }
  const Made of = check(*field.children[0]);
  Type inner = of.type;
  inner.optional = false;
  member(inner, field.text, field, true);
  const std::string_view name = program_.keep(field.text);
  const Step before = step(of);
  if ((before.op == Op::slot || before.op == Op::path) && before.first + before.count == program_.names.size()) {
    program_.names.push_back(name);
    Made made = emit(node, Op::has_path, {}, std::move(type));
    step(made).a = before.a;
    step(made).first = before.first;
    step(made).count = before.count + 1;
    return made;
  }
  Made made = emit(node, Op::has, {of.step}, std::move(type));
  step(made).name = name;
  return made;
}

Checker::Made Checker::matches(const Node& node) {
  if (!check_count(node, 2, 2)) return nothing(node);
  const Node& pattern = *node.children[1];
  const Made of = check_value(*node.children[0]);
  if (!of.type.can_be(SchemaType::string)) {
    fault(node.children[0]->range, "cel.type",
          fmt::format("matches needs text; {} is {}", shown(*node.children[0]), describe(of.type.kinds())),
          "write string(...) around it");
  }
  if (pattern.kind != NodeKind::text) {
    fault(pattern.range, "cel.pattern",
          "the pattern of matches is a literal, so that it is checked and made ready once",
          "write it in quotes: matches(r\"^[0-9]{16}$\")");
    return nothing(node);
  }
  auto compiled = std::make_unique<RE2>(pattern.text, RE2::Quiet);
  if (!compiled->ok()) {
    fault(pattern.range, "cel.pattern", fmt::format("the pattern is not RE2: {}", compiled->error()),
          "look-around and back-references are not there; write \\\\ or a raw text r\"...\" for a backslash");
    return nothing(node);
  }
  Made made = emit(node, Op::matches, {of.step}, type_of(SchemaType::boolean, of.type.schema.personal));
  step(made).a = static_cast<std::uint32_t>(program_.patterns.size());
  program_.patterns.push_back(std::move(compiled));
  return made;
}

Checker::Made Checker::lookup(const Node& node) {
  if (!check_count(node, 2, 2)) return nothing(node);
  const Node& name = *node.children[0];
  const Made key = check_value(*node.children[1]);
  if (!key.type.can_be(SchemaType::string | numeric_kinds)) {
    fault(node.children[1]->range, "cel.type",
          fmt::format("a key of a code table is text; {} is {}", shown(*node.children[1]), describe(key.type.kinds())));
  }
  if (name.kind != NodeKind::text) {
    fault(name.range, "cel.unknown_table", "the name of the code table is a literal, so that it is checked",
          "write lookup(\"table\", key)");
    return nothing(node, key.type);
  }
  const CodeTable* table = nullptr;
  std::vector<std::string> names;
  if (scope_.tables != nullptr) {
    if (const auto found = scope_.tables->find(name.text); found != scope_.tables->end()) table = &found->second;
    for (const auto& [known, ignored] : *scope_.tables) names.push_back(known);
  }
  if (table == nullptr) {
    fault(name.range, "cel.unknown_table",
          fmt::format("there is no code table \"{}\"{}", name.text, did_you_mean(name.text, names)),
          fmt::format("code tables are the files config/codes/{}.yaml and the like",
                      name.text.empty() ? "name" : name.text));
    return nothing(node, key.type);
  }
  Type type = type_of(SchemaType::string, key.type.schema.personal);
  std::uint64_t longest = 0;
  constexpr std::size_t enumeration_limit = 1000;  // a table of all regions is text, not an enum
  const bool is_enum = table->rows.size() <= enumeration_limit;
  const auto value = [&](const std::string& text) {
    longest = std::max<std::uint64_t>(longest, count_characters(text));
    if (is_enum) json::write_string(text, type.schema.enumeration.emplace_back());
  };
  for (const auto& [row, text] : table->rows) value(text);
  if (table->otherwise) value(*table->otherwise);
  std::ranges::sort(type.schema.enumeration);
  const auto [first, last] = std::ranges::unique(type.schema.enumeration);
  type.schema.enumeration.erase(first, last);
  type.schema.max_length = longest;
  Made made = emit(node, Op::lookup, {key.step}, std::move(type));
  step(made).a = static_cast<std::uint32_t>(program_.tables.size());
  program_.tables.push_back(std::make_shared<const CodeTable>(*table));
  return made;
}

Checker::Made Checker::optional_method(const Node& node) {
  const bool takes = node.text == "orValue" || node.text == "or";
  if (!check_count(node, takes ? 2 : 1, takes ? 2 : 1)) return nothing(node);
  const Node& receiver = *node.children[0];
  const std::size_t before = faults_.size();
  const Made of = check(receiver);
  if (!of.type.optional && !of.type.is_dyn()) {
    // That the field may be absent is what the person tried to say: one mistake, one problem.
    const bool only_absent = faults_.size() == before + 1 && faults_[before].code == "cel.optional";
    if (only_absent) faults_.pop_back();
    std::string hint = "leave it out: the value is always there";
    if (receiver.kind == NodeKind::select) {
      hint = fmt::format("write {}.?{}.{}(...)", shown(*receiver.children[0]), receiver.text, node.text);
    }
    if (faults_.size() == before) {
      fault(node.at, "cel.optional",
            fmt::format("{} needs an optional; {} is a plain value", node.text, shown(receiver)), hint);
    }
    return nothing(node, of.type);
  }
  if (node.text == "hasValue") return emit(node, Op::has_value, {of.step}, type_of(SchemaType::boolean));
  if (node.text == "value") {
    Type type = of.type;
    type.optional = false;
    return emit(node, Op::value, {of.step}, std::move(type));
  }
  const bool plain = node.text == "orValue";
  const Made other = plain ? check_value(*node.children[1]) : check(*node.children[1]);
  if (!plain && !other.type.optional && !other.type.is_dyn()) {
    fault(node.children[1]->range, "cel.type", "or takes another optional", "write orValue(...) for a plain value");
    return nothing(node, of.type);
  }
  Type type = join(of.type, other.type);
  type.optional = !plain;
  return emit(node, plain ? Op::or_value : Op::or_else, {of.step, other.step}, std::move(type));
}

Checker::Made Checker::optional_namespace(const Node& node) {
  const std::string full = fmt::format("{}.{}", node.children[0]->text, node.text);
  const Range at = {node.children[0]->range.begin, node.at.end};
  if (full == "optional.none" || full == "optional.of") {
    const std::size_t takes = full == "optional.of" ? 2 : 1;
    if (!check_count(node, takes, takes)) return nothing(node);
    Type type = type_of(0);
    type.optional = true;
    if (takes == 1) return emit(node, Op::none, {}, std::move(type));
    const Made of = check_value(*node.children[1]);
    type = of.type;
    type.optional = true;
    return emit(node, Op::some, {of.step}, std::move(type));
  }
  const std::string hint = node.children[0]->text == "optional" ? "optional.of and optional.none are there"
                                                                : "`simpul functions` lists what is there";
  fault(at, "cel.unsupported", fmt::format("{} is not supported yet", full), hint);
  return nothing(node);
}

std::optional<Macro> Checker::macro_of(const Node& node) const {
  if (!node.method) return std::nullopt;
  const std::string_view name = node.text;
  if (name == "all") return Macro::all;
  if (name == "exists") return Macro::exists;
  if (name == "exists_one" || name == "existsOne") return Macro::exists_one;
  if (name == "map" || name == "transformList") return Macro::map;
  if (name == "filter") return Macro::filter;
  if (name == "transformMap") return Macro::transform_map;
  return std::nullopt;
}

Checker::Made Checker::macro(const Node& node, Macro kind) {
  const bool transforms = node.text == "transformList" || node.text == "transformMap";
  const bool tests = kind == Macro::all || kind == Macro::exists || kind == Macro::exists_one;
  const std::size_t have = node.children.size();
  if (!check_count(node, transforms ? 4 : 3, transforms ? 5 : kind == Macro::filter ? 3 : 4)) return nothing(node);
  const bool two = transforms || (tests && have == 4);
  const std::size_t names = two ? 2 : 1;
  for (std::size_t i = 1; i <= names; ++i) {
    if (node.children[i]->kind == NodeKind::name) continue;
    fault(node.children[i]->range, "cel.arguments",
          fmt::format("{} needs a name here for what it goes through", node.text),
          fmt::format("write list.{}(x, ...)", node.text));
    return nothing(node);
  }
  if (macros_ >= macro_limit) {
    fault(node.at, "cel.too_deep", fmt::format("macros nest deeper than {}", macro_limit),
          "split the expression with let");
    return nothing(node);
  }
  const Node& over = *node.children[0];
  const Made range = check_value(over);
  if (!range.type.can_be(SchemaType::array | SchemaType::object)) {
    fault(over.range, "cel.type",
          fmt::format("{} goes through a list or an object; {} is {}", node.text, shown(over),
                      describe(range.type.kinds())));
    return nothing(node, range.type);
  }
  const bool is_list = !range.type.can_be(SchemaType::object), is_map = !range.type.can_be(SchemaType::array);
  const PersonalData personal = range.type.schema.personal;
  const Type key = is_list                                  ? type_of(SchemaType::integer)
                   : is_map && range.type.cursor != nullptr ? type_of(SchemaType::string)
                                                            : dyn_type(personal);
  const Type value = is_list                                   ? item_type(range.type)
                     : is_map && range.type.element != nullptr ? *range.type.element
                                                               : dyn_type(personal);
  const std::uint32_t slot = 2 * macros_;
  const std::size_t locals = locals_.size();
  locals_.push_back({node.children[1]->text,
                     two || is_map ? key
                     : is_list     ? value
                                   : dyn_type(personal),
                     slot, ++local_ids_});
  if (two) {
    if (node.children[1]->text == node.children[2]->text) {
      fault(node.children[2]->range, "cel.arguments", "both names are the same", "give the second one another name");
    }
    locals_.push_back({node.children[2]->text, value, slot + 1, ++local_ids_});
  }
  ++macros_;
  std::vector<std::uint32_t> operands{range.step};
  const std::size_t mark = presence_.mark();
  Type body;
  for (std::size_t i = names + 1; i < have; ++i) {
    const Node& part = *node.children[i];
    const Made made = check_value(part);
    const bool condition = tests || kind == Macro::filter || i + 1 < have;
    if (condition && !made.type.can_be(SchemaType::boolean)) {
      fault(part.range, "cel.type",
            fmt::format("the condition of {} is {}, not true or false", node.text, describe(made.type.kinds())),
            "compare it with something");
    }
    if (i + 1 < have) presence_.add(part, true, identifier());
    operands.push_back(made.step);
    body = made.type;
  }
  presence_.back_to(mark);
  --macros_;
  locals_.resize(locals);
  Type type = type_of(SchemaType::boolean);
  if (kind == Macro::map || kind == Macro::filter) {
    type = type_of(SchemaType::array);
    type.schema.max_items = range.type.schema.max_items;
    type.element = std::make_shared<const Type>(kind == Macro::map ? body : is_list ? value : key);
  } else if (kind == Macro::transform_map) {
    type = type_of(SchemaType::object);
    type.element = std::make_shared<const Type>(body);
  }
  type.schema.personal = std::max(personal, body.schema.personal);
  Made made = emit(node, Op::comprehension, operands, std::move(type));
  step(made).macro = kind;
  step(made).flagged = two;
  step(made).a = slot;
  return made;
}

Checker::Made Checker::table_call(const Node& node) {
  const FunctionEntry* entry = nullptr;
  for (const auto& known : functions()) {
    if (known.name == node.text) entry = &known;
  }
  if (entry == nullptr) return unknown_function(node);
  if (node.method ? !entry->method : !entry->plain) {
    const std::string first = node.children.empty() ? "value" : shown(*node.children[0]);
    const std::string right =
        node.method ? fmt::format("write {}({})", node.text, first) : fmt::format("write {}.{}(...)", first, node.text);
    fault(node.at, "cel.unknown_function", fmt::format("{} is not written like this", node.text), right);
    return nothing(node);
  }
  std::vector<Made> arguments;
  std::vector<std::uint32_t> operands;
  for (const Node* child : node.children) {
    arguments.push_back(check_value(*child));
    operands.push_back(arguments.back().step);
  }
  if (!check_count(node, entry->minimum, entry->maximum) || !check_arguments(*entry, node, arguments))
    return nothing(node);
  if (node.text == "date" || node.text == "formatDate") check_date_patterns(node);
  Made made = emit(node, Op::call, operands, result_of(*entry, node, arguments));
  step(made).function = entry->function;
  return made;
}

bool Checker::check_arguments(const FunctionEntry& entry, const Node& node, const std::vector<Made>& arguments) {
  bool good = true;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Node& argument = *node.children[i];
    const bool items = entry.name == "join" && i == 0;
    if (!arguments[i].type.can_be(entry.kinds[i])) {
      const bool convert =
          entry.kinds[i] == SchemaType::string && arguments[i].type.can_be(numeric_kinds | SchemaType::boolean);
      fault(argument.range, "cel.type",
            fmt::format("{} needs {} here; {} is {}", node.text, describe(entry.kinds[i]), shown(argument),
                        describe(arguments[i].type.kinds())),
            convert ? fmt::format("write string({})", shown(argument)) : "");
      good = false;
    } else if (items && !item_type(arguments[i].type).can_be(SchemaType::string)) {
      fault(argument.range, "cel.type",
            fmt::format("join needs a list of texts; these are {}", describe(item_type(arguments[i].type).kinds())),
            "write list.map(x, string(x)).join(...)");
      good = false;
    }
  }
  return good;
}

void Checker::check_date_patterns(const Node& node) {
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    const Node& pattern = *node.children[i];
    if (pattern.kind == NodeKind::text && is_date_pattern(pattern.text)) continue;
    fault(pattern.range, "cel.pattern", fmt::format("{} is not a pattern of a date", shown(pattern)),
          "write dd, mm and yyyy once each: \"dd-mm-yyyy\", \"yyyy-mm-dd\", \"yyyymmdd\"");
  }
}

Type Checker::result_of(const FunctionEntry& entry, const Node& node, const std::vector<Made>& arguments) {
  PersonalData personal = PersonalData::none;
  for (const auto& argument : arguments) personal = std::max(personal, argument.type.schema.personal);
  if (entry.name == "dyn") return dyn_type(personal);
  const Type& first = arguments[0].type;
  Type type = type_of(entry.result, personal);
  auto& longest = type.schema.max_length;
  const std::string_view name = entry.name;
  if (name == "lowerAscii" || name == "upperAscii" || name == "trim" || name == "substring" || name == "digits" ||
      name == "title") {
    longest = first.schema.max_length;
  } else if (name == "string" && first.kinds() == SchemaType::string) {
    type = first;
  } else if (name == "charAt") {
    longest = 1;
  } else if (name == "sha256") {
    longest = 64;
  } else if (name == "date") {
    type.schema.format = "date";
    longest = 10;
  } else if (name == "formatDate") {
    longest = node.children[2]->text.size();
  } else if (name == "truncate") {
    longest = first.schema.max_length;
    if (node.children[1]->kind == NodeKind::integer && node.children[1]->integer >= 0) {
      const auto limit = static_cast<std::uint64_t>(node.children[1]->integer);
      longest = std::min(longest.value_or(limit), limit);
    }
  } else if (name == "split") {
    Type part = type_of(SchemaType::string, personal);
    part.schema.max_length = first.schema.max_length;
    type.element = std::make_shared<const Type>(std::move(part));
  }
  return type;
}

Checker::Made Checker::unknown_function(const Node& node) {
  for (const Node* child : node.children) check(*child);
  if (contains(unsupported_functions(), node.text)) {
    fault(node.at, "cel.unsupported", fmt::format("{} is not supported yet", node.text),
          "`simpul functions` lists what is there");
    return nothing(node);
  }
  std::vector<std::string> names;
  for (const auto& known : expression_functions()) names.push_back(known.name);
  fault(node.at, "cel.unknown_function",
        fmt::format("there is no function \"{}\"{}", node.text, did_you_mean(node.text, names)),
        "`simpul functions` lists what is there");
  return nothing(node);
}

}  // namespace simpul::cel
