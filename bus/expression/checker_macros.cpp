// What needs more than types: has, loops, optionals, bindings, patterns and code tables.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bus/base/bytes.h"
#include "bus/base/result.h"
#include "bus/event/json.h"
#include "bus/expression/typing.h"

namespace simpul::cel {

namespace {

struct LoopForm {
  std::string_view name;
  Macro kind = Macro::all;
  unsigned least = 0, most = 0;  // children, the receiver included
  unsigned two_names_from = 99;  // children from which there are two names
};

constexpr std::array<LoopForm, 11> loop_forms = {{{"all", Macro::all, 3, 4, 4},
                                                  {"exists", Macro::exists, 3, 4, 4},
                                                  {"exists_one", Macro::exists_one, 3, 4, 4},
                                                  {"existsOne", Macro::exists_one, 3, 4, 4},
                                                  {"map", Macro::map, 3, 4},
                                                  {"filter", Macro::filter, 3, 3},
                                                  {"sortBy", Macro::sort_by, 3, 3},
                                                  {"transformList", Macro::map, 4, 5, 4},
                                                  {"transformMap", Macro::transform_map, 4, 5, 4},
                                                  {"transformMapEntry", Macro::transform_map_entry, 4, 5, 4}}};

const LoopForm* loop_form(const Node& node) {
  for (const auto& form : loop_forms) {
    if (!form.name.empty() && form.name == node.text) return &form;
  }
  return nullptr;
}

bool tests(Macro kind) {
  return kind == Macro::all || kind == Macro::exists || kind == Macro::exists_one;
}

bool is_call_of(const Node& node, std::string_view space, std::string_view name) {
  return node.kind == NodeKind::call && node.method && node.text == name && node.children[0]->kind == NodeKind::name &&
         node.children[0]->text == space;
}

}  // namespace

std::optional<Checker::Made> Checker::macro_call(const Node& node) {
  if (!node.method) {
    if (node.text == "has") return has(node);
    return std::nullopt;
  }
  if (node.children[0]->kind == NodeKind::name && node.children[0]->text == "cel" && !is_variable("cel")) {
    if (node.text == "bind") return bind(node);
    if (node.text == "block") return block(node);
    if (auto made = block_variable(node)) return made;
  }
  if (node.text == "optMap" || node.text == "optFlatMap") return optional_map(node, node.text == "optFlatMap");
  if (const LoopForm* form = loop_form(node)) return loop(node, form->kind);
  return std::nullopt;
}

Checker::Made Checker::has(const Node& node) {
  if (!check_count(node, "has", node.children.size(), 1, 1)) return nothing(node);
  const Node& field = *node.children[0];
  Type type = type_of(kind::boolean);
  if (lenient() && field.kind == NodeKind::name && is_variable(field.text)) {
    for (std::size_t i = 0; i < given_.variables.size(); ++i) {
      if (identify(field.text) != "slot " + given_.variables[i].name) continue;
      Made made = emit(node, Op::has_slot, {}, std::move(type));
      step(made).a = static_cast<std::uint32_t>(i);
      return made;
    }
  }
  if (field.kind != NodeKind::select) {
    fault(field.range, "cel.arguments", "has() asks for a field", "write has(data.field)");
    return nothing(node);
  }
  const Made of = check(*field.children[0]);
  const Type whole = known(of.type);
  member(whole.is_optional() ? inner_type(whole) : whole, field.text, field, true);
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
  const Node& pattern = *node.children[1];
  const Made of = check_value(*node.children[0]);
  if (!unifier_.assignable(of.type, type_of(kind::text))) {
    fault(node.children[0]->range, "cel.type",
          fmt::format("matches needs text; {} is {}", shown(*node.children[0]), describe(known(of.type))),
          "write string(...) around it");
  }
  refuse_union(*node.children[0], known(of.type), kind::text);
  if (pattern.kind != NodeKind::text) {
    fault(pattern.range, "cel.pattern",
          "the pattern of matches is a literal, so that it is checked and made ready once",
          "write it in quotes: matches(r\"^[0-9]{16}$\")");
    return nothing(node);
  }
  annotate(pattern, type_of(kind::text));
  auto compiled = std::make_unique<RE2>(pattern.text, RE2::Quiet);
  if (!compiled->ok()) {
    fault(pattern.range, "cel.pattern", fmt::format("the pattern is not RE2: {}", compiled->error()),
          "look-around and back-references are not there; write \\\\ or a raw text r\"...\" for a backslash");
    return nothing(node);
  }
  refer(node, node.method ? "matches_string" : "matches");
  const auto longest = facts_of(known(of.type)).max_length;
  const double cost = 1 + static_cast<double>(std::min<std::uint64_t>(longest.value_or(0), 1 << 20)) / 64;
  Made made = emit(node, Op::matches, {of.step}, type_of(kind::boolean, of.type.personal), cost);
  step(made).a = static_cast<std::uint32_t>(program_.patterns.size());
  program_.patterns.push_back(std::move(compiled));
  return made;
}

Checker::Made Checker::lookup(const Node& node) {
  if (!check_count(node, "lookup", node.children.size(), 2, 2)) return nothing(node);
  const Node& name = *node.children[0];
  const Made key = check_value(*node.children[1]);
  const Type key_type = known(key.type);
  if (!key_type.can_be(kind::text | kind::numeric)) {
    fault(node.children[1]->range, "cel.type",
          fmt::format("a key of a code table is text; {} is {}", shown(*node.children[1]), describe(key_type)),
          "write string(...) around it");
  }
  refuse_union(*node.children[1], key_type, kind::text | kind::numeric);
  if (name.kind != NodeKind::text) {
    fault(name.range, "cel.unknown_table", "the name of the code table is a literal, so that it is checked",
          "write lookup(\"table\", key)");
    return nothing(node, key_type);
  }
  annotate(name, type_of(kind::text));
  const CodeTable* table = nullptr;
  std::vector<std::string> names;
  if (const auto found = given_.tables->find(name.text); found != given_.tables->end()) table = &found->second;
  for (const auto& [known, ignored] : *given_.tables) names.push_back(known);
  if (table == nullptr) {
    fault(name.range, "cel.unknown_table",
          fmt::format("there is no code table \"{}\"{}", name.text, did_you_mean(name.text, names)),
          fmt::format("code tables are the files config/codes/{}.yaml and the like",
                      name.text.empty() ? "name" : name.text));
    return nothing(node, key_type);
  }
  refer(node, "lookup_string_string");
  TypeFacts facts;
  std::uint64_t longest = 0;
  constexpr std::size_t enumeration_limit = 1000;  // a table of all regions is text, not an enum
  const bool is_enum = table->rows.size() <= enumeration_limit;
  const auto value = [&](const std::string& text) {
    longest = std::max<std::uint64_t>(longest, count_characters(text));
    if (is_enum) json::write_string(text, facts.enumeration.emplace_back());
  };
  for (const auto& [row, text] : table->rows) value(text);
  if (table->otherwise) value(*table->otherwise);
  std::ranges::sort(facts.enumeration);
  const auto [first, last] = std::ranges::unique(facts.enumeration);
  facts.enumeration.erase(first, last);
  facts.max_length = longest;
  Type type = with_facts(type_of(kind::text, key_type.personal), std::move(facts));
  Made made = emit(node, Op::lookup, {key.step}, std::move(type));
  step(made).a = static_cast<std::uint32_t>(program_.tables.size());
  program_.tables.push_back(std::make_shared<const CodeTable>(*table));
  return made;
}

Checker::Made Checker::optional_method(const Node& node) {
  const bool takes = node.text == "orValue" || node.text == "or";
  if (!check_count(node, node.text, node.children.size() - 1, takes ? 1 : 0, takes ? 1 : 0)) return nothing(node);
  const Node& receiver = *node.children[0];
  const std::size_t before = faults_.size();
  const Made of = check(receiver);
  const Type from = known(of.type);
  if (!from.is_optional() && !from.is_dyn()) {
    // That the field may be absent is what the person tried to say: one mistake, one problem.
    const bool only_absent = faults_.size() == before + 1 && faults_[before].code == "cel.optional";
    if (only_absent) faults_.pop_back();
    std::string hint = fmt::format("leave {} out: the value is always there", node.text);
    if (only_absent && receiver.kind == NodeKind::select) {
      hint = fmt::format("write {}.?{}.{}(...)", shown(*receiver.children[0]), receiver.text, node.text);
    }
    if (faults_.size() == before) {
      fault(node.at, "cel.optional",
            fmt::format("{} needs an optional; {} is a plain value", node.text, shown(receiver)), hint);
    }
    return nothing(node, from);
  }
  const Type inner = inner_type(from);
  if (node.text == "hasValue") {
    refer(node, "optional_hasValue");
    return emit(node, Op::has_value, {of.step}, type_of(kind::boolean));
  }
  if (node.text == "value") {
    refer(node, "optional_value");
    return emit(node, Op::value, {of.step}, inner);
  }
  const bool plain = node.text == "orValue";
  refer(node, plain ? "optional_orValue_value" : "optional_or_optional");
  const Node& other_node = *node.children[1];
  const Made other = plain ? check_value(other_node) : check(other_node);
  const Type second = known(other.type);
  if (!plain && !second.is_optional() && !second.is_dyn()) {
    fault(other_node.range, "cel.type", "or takes another optional", "write orValue(...) for a plain value");
    return nothing(node, from);
  }
  const Type value = plain ? second : inner_type(second);
  Type type = inner.is_parameter() || inner.kinds == 0 ? value : value.is_parameter() ? inner : join(inner, value);
  type.personal = std::max(inner.personal, value.personal);
  if (!plain) type = optional_of(std::move(type));
  return emit(node, plain ? Op::or_value : Op::or_else, {of.step, other.step}, std::move(type));
}

std::optional<std::string> Checker::local_name(const Node& node) const {
  if (node.kind == NodeKind::name && !node.absolute) return node.text;
  if (!is_call_of(node, "cel", "iterVar") || node.children.size() != 3) return std::nullopt;
  for (std::size_t i = 1; i < 3; ++i) {
    if (node.children[i]->kind != NodeKind::integer) return std::nullopt;
  }
  return fmt::format("@it:{}:{}", node.children[1]->integer, node.children[2]->integer);
}

// The form of a loop, its names, and how deep it stands.
bool Checker::check_loop(const Node& node) {
  const LoopForm& form = *loop_form(node);
  const std::size_t have = node.children.size();
  if (!check_count(node, form.name, have - 1, form.least - 1, form.most - 1)) return false;
  const std::size_t names = have >= form.two_names_from ? 2 : 1;
  for (std::size_t i = 1; i <= names; ++i) {
    const auto name = local_name(*node.children[i]);
    if (name == "__result__") {
      fault(node.children[i]->range, "cel.arguments", "__result__ is a name of the language's own",
            "give it another name");
      return false;
    }
    if (name) continue;
    fault(node.children[i]->range, "cel.arguments",
          fmt::format("{} needs a name here for what it goes through", node.text),
          fmt::format("write list.{}(x, ...)", node.text));
    return false;
  }
  if (macros_ >= macro_limit) {
    fault(node.at, "cel.too_deep", fmt::format("macros nest deeper than {}", macro_limit),
          "split the expression with let");
    return false;
  }
  if (names == 2 && local_name(*node.children[1]) == local_name(*node.children[2])) {
    fault(node.children[2]->range, "cel.arguments", "both names are the same", "give the second one another name");
    return false;
  }
  return true;
}

Checker::Made Checker::loop(const Node& node, Macro kind) {
  if (!check_loop(node)) return nothing(node);
  const LoopForm& form = *loop_form(node);
  const std::size_t names = node.children.size() >= form.two_names_from ? 2 : 1;
  const Node& over_node = *node.children[0];
  const Made over = check_value(over_node);
  Type range = known(over.type);
  if (range.is_parameter()) {
    unifier_.assignable(dyn_type(), range);
    range = dyn_type();
  }
  const bool only_lists = kind == Macro::sort_by;
  if (!range.can_be(only_lists ? kind::list : kind::list | kind::map)) {
    fault(over_node.range, "cel.type",
          fmt::format("{} goes through {}; {} is {}", node.text, only_lists ? "a list" : "a list or an object",
                      shown(over_node), describe(range)),
          range.can_be(kind::text) ? "to find a part of a text, write text.contains(part)" : "");
    if (lenient()) return nothing(node, range);
    range = dyn_type();
  }
  refuse_null(over_node, range, type_of(kind::list));
  if (refuse_union(over_node, range, kind::list) || refuse_union(over_node, range, kind::map))
    return nothing(node, range);
  return loop_body(node, kind, over, range, names);
}

Checker::Made Checker::loop_body(const Node& node, Macro kind, const Made& over, const Type& range, std::size_t names) {
  const bool is_list = range.only(kind::list | kind::null), is_map = range.only(kind::map | kind::null);
  const Type key = is_list ? type_of(kind::integer) : is_map ? key_type(range) : dyn_type(range.personal);
  const Type value = is_list ? item_type(range) : is_map ? value_type(range) : dyn_type(range.personal);
  const std::size_t locals = locals_.size();
  const std::uint32_t slot = slots_;
  locals_.push_back({*local_name(*node.children[1]), names == 2 || is_map ? key : value, slot, ++local_ids_});
  if (names == 2) locals_.push_back({*local_name(*node.children[2]), value, slot + 1, ++local_ids_});
  ++macros_;
  slots_ += 2;
  std::vector<std::uint32_t> operands{over.step};
  const std::size_t mark = presence_.mark();
  Type body;
  for (std::size_t i = names + 1; i < node.children.size(); ++i) {
    const Node& part = *node.children[i];
    const bool last = i + 1 == node.children.size();
    const Made made = check_value(part);
    if (tests(kind) || kind == Macro::filter || !last) {
      check_condition(part, made.type, fmt::format("the condition of {} is not true or false but ", node.text));
      presence_.add(part, true, identifier());
    }
    operands.push_back(made.step);
    body = made.type;
  }
  presence_.back_to(mark);
  --macros_;
  slots_ -= 2;
  locals_.resize(locals);
  const Node& last = *node.children.back();
  if (kind == Macro::transform_map_entry && !known(body).is_parameter() && !known(body).can_be(kind::map)) {
    fault(last.range, "cel.type", fmt::format("transformMapEntry makes entries; this is {}", describe(known(body))),
          "write {key: value}");
  }
  Made made = emit(node, Op::comprehension, operands, loop_result(kind, range, key, value, body));
  step(made).macro = kind;
  step(made).flagged = names == 2;
  step(made).a = slot;
  auto most = facts_of(range).max_items;
  const auto& cursor = facts_of(range).cursor;
  if (is_map && cursor != nullptr && cursor->closed()) most = cursor->properties().size();
  cost_.add_loop(made.step, operands, most, shown(*node.children[0]), node.at);
  return made;
}

Type Checker::loop_result(Macro kind, const Type& range, const Type& key, const Type& value, const Type& body) {
  Type type = type_of(kind::boolean);
  const bool over_map = range.only(kind::map);
  if (kind == Macro::map) type = list_of(body);
  if (kind == Macro::filter) type = list_of(over_map ? key : value);
  if (kind == Macro::sort_by) type = range;
  if (kind == Macro::transform_map) type = map_of(key, body);
  if (kind == Macro::transform_map_entry) {
    const Type entry = known(body);
    type = map_of(key_type(entry), value_type(entry));
  }
  if (lenient() && (kind == Macro::map || kind == Macro::filter) && facts_of(range).max_items) {
    TypeFacts facts;
    facts.max_items = facts_of(range).max_items;
    type = with_facts(std::move(type), std::move(facts));
  }
  type.personal = std::max(range.personal, body.personal);
  return type;
}

Checker::Made Checker::optional_map(const Node& node, bool flat) {
  if (!check_count(node, node.text, node.children.size() - 1, 2, 2)) return nothing(node);
  const auto name = local_name(*node.children[1]);
  if (!name) {
    fault(node.children[1]->range, "cel.arguments", fmt::format("{} needs a name here for the value", node.text),
          fmt::format("write optional.{}(x, ...)", node.text));
    return nothing(node);
  }
  const Made of = check(*node.children[0]);
  const Type inner = unifier_.fresh();
  if (!unifier_.assignable(of.type, optional_of(inner))) {
    fault(node.children[0]->range, "cel.optional",
          fmt::format("{} needs an optional; {} is {}", node.text, shown(*node.children[0]), describe(known(of.type))),
          "select with .?, or use the value as it is");
    return nothing(node);
  }
  const Type from = known(of.type);
  locals_.push_back({*name,
                     from.is_optional() ? inner_type(from)
                     : from.is_dyn()    ? dyn_type()
                                        : inner,
                     slots_, ++local_ids_});
  const std::uint32_t slot = slots_++;
  const Made body = flat ? check(*node.children[2]) : check_value(*node.children[2]);
  --slots_;
  locals_.pop_back();
  Type type = body.type;
  if (!flat) {
    type = optional_of(type);
  } else if (!unifier_.assignable(body.type, optional_of(unifier_.fresh()))) {
    fault(node.children[2]->range, "cel.type",
          fmt::format("optFlatMap gives an optional; this is {}", describe(known(body.type))),
          "write optMap for a plain value");
  }
  type.personal = std::max(type.personal, from.personal);
  Made made = emit(node, flat ? Op::opt_flat_map : Op::opt_map, {of.step, body.step}, std::move(type));
  step(made).a = slot;
  return made;
}

Checker::Made Checker::bind(const Node& node) {
  if (!check_count(node, "cel.bind", node.children.size() - 1, 3, 3)) return nothing(node);
  const auto name = local_name(*node.children[1]);
  if (!name) {
    fault(node.children[1]->range, "cel.arguments", "cel.bind needs a name here for the value",
          "write cel.bind(x, value, expression)");
    return nothing(node);
  }
  const Made value = check(*node.children[2]);
  const std::uint32_t slot = slots_++;
  locals_.push_back({*name, value.type, slot, ++local_ids_});
  const Made body = check(*node.children[3]);
  locals_.pop_back();
  --slots_;
  Made made = emit(node, Op::bind, {value.step, body.step}, body.type);
  step(made).a = slot;
  return made;
}

Checker::Made Checker::block(const Node& node) {
  if (!check_count(node, "cel.block", node.children.size() - 1, 2, 2)) return nothing(node);
  const Node& values = *node.children[1];
  if (values.kind != NodeKind::list) {
    fault(values.range, "cel.arguments", "cel.block needs a list of values here",
          "write cel.block([value], cel.index(0))");
    return nothing(node);
  }
  std::vector<std::uint32_t> operands;
  std::optional<Type> element;
  const std::size_t locals = locals_.size();
  const std::uint32_t first = slots_;
  for (std::size_t i = 0; i < values.children.size(); ++i) {
    const Made value = check(*values.children[i]);
    operands.push_back(value.step);
    join_element(element, value.type);
    // cel-go takes what stands in a block for dyn; for schemas its type is known.
    locals_.push_back({fmt::format("@index{}", i), lenient() ? value.type : dyn_type(), slots_++, ++local_ids_});
  }
  annotate(values, list_of(element ? *element : unifier_.fresh()));
  const Made body = check(*node.children[2]);
  operands.push_back(body.step);
  slots_ = first;
  locals_.resize(locals);
  refer(node, "cel_block_list");
  Made made = emit(node, Op::block, operands, body.type);
  step(made).a = first;
  return made;
}

// cel.index(0) of a block, cel.iterVar(0, 0) of a loop in it.
std::optional<Checker::Made> Checker::block_variable(const Node& node) {
  std::optional<std::string> name;
  if (node.text == "iterVar") name = local_name(node);
  if (node.text == "index" && node.children.size() == 2 && node.children[1]->kind == NodeKind::integer)
    name = fmt::format("@index{}", node.children[1]->integer);
  if (!name) return std::nullopt;
  if (auto made = find_name(node, *name, false)) return made;
  fault(node.range, "cel.unknown_name", fmt::format("there is no {} here", shown(node)),
        "cel.index counts the values of cel.block from 0, and sees those before it");
  return nothing(node);
}

}  // namespace simpul::cel
