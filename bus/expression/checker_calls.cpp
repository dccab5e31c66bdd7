// Calls of functions: which overloads fit, what the result is, and what to say when none does.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bus/base/result.h"
#include "bus/expression/habits.h"
#include "bus/expression/times.h"
#include "bus/expression/typing.h"

namespace simpul::cel {

namespace {

constexpr std::size_t bytes_a_step = 64;  // what the machine counts for one step of a text

bool has_number(const Type& type) {
  if (type.kinds == kind::number) return true;
  return type.parts != nullptr && std::ranges::any_of(type.parts->arguments, has_number);
}

bool gives_number(const Type& type) {
  if (!type.is_dyn() && type.can_be(kind::number)) return true;
  return type.can_be(kind::list) && !type.is_dyn() && item_type(type).kinds == kind::number;
}

const Type& parameter(const Signature& signature, std::size_t index) {
  return signature.parameters[std::min(index, signature.parameters.size() - 1)];
}

bool takes(const Signature& signature, std::size_t count) {
  return count == signature.parameters.size() || (signature.rest && count > signature.parameters.size());
}

// The Op of what the machine knows without a function.
std::optional<Op> op_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Op>, 7> ops = {{{"optional.of", Op::some},
                                                                   {"optional.ofNonZeroValue", Op::some_if_not_zero},
                                                                   {"optional.none", Op::none},
                                                                   {"hasValue", Op::has_value},
                                                                   {"value", Op::value},
                                                                   {"orValue", Op::or_value},
                                                                   {"or", Op::or_else}}};
  for (const auto& [known, op] : ops) {
    if (known == name) return op;
  }
  return std::nullopt;
}

std::string joined(std::vector<std::string> ids) {
  std::ranges::sort(ids);
  const auto [first, last] = std::ranges::unique(ids);
  ids.erase(first, last);
  std::string all;
  for (const auto& id : ids) all += (all.empty() ? "" : "|") + id;
  return all;
}

}  // namespace

std::string plural(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

Checker::Made Checker::call(const Node& node) {
  if (given_.macros) {
    if (auto made = macro_call(node)) return std::move(*made);
  }
  if (auto made = namespaced_call(node)) return std::move(*made);
  if (auto made = special_call(node)) return std::move(*made);
  std::string full;
  const Callable* callable =
      node.method ? find_function(node.text, true, full) : find_function(node.text, node.absolute, full);
  if (callable == nullptr) return unknown_function(node);
  return function_call(node, *callable, node.method, 0);
}

std::optional<Checker::Made> Checker::special_call(const Node& node) {
  const std::string_view name = node.text;
  const bool pattern = name == "matches" && node.children.size() == 2;
  if (pattern && (given_.types || node.children[1]->kind == NodeKind::text)) return matches(node);
  if (!given_.types) return std::nullopt;
  if (name == "lookup" && !node.method && given_.tables != nullptr) return lookup(node);
  const bool optional = name == "orValue" || name == "or" || name == "hasValue" || name == "value";
  if (lenient() && node.method && optional) return optional_method(node);
  return std::nullopt;
}

const Callable* Checker::find_function(const std::string& name, bool absolute, std::string& full) {
  for (const std::string& candidate : candidates(name, absolute)) {
    full = candidate;
    const auto extra = std::ranges::find(given_.functions, candidate, &Declarations::ExtraFunction::name);
    const Callable* known = find_callable(candidate);
    if (extra == given_.functions.end()) {
      if (known != nullptr && known->entry != nullptr) return known;
      continue;
    }
    Callable& merged = extras_[candidate];
    if (merged.name.empty()) {
      if (known != nullptr) merged = *known;
      merged.name = candidate;
      merged.signatures.insert(merged.signatures.end(), extra->signatures.begin(), extra->signatures.end());
    }
    return &merged;
  }
  return nullptr;
}

// math.greatest(1, 2): a name with a dot, not a method of a variable.
std::optional<Checker::Made> Checker::namespaced_call(const Node& node) {
  if (!node.method) return std::nullopt;
  const Node& target = *node.children[0];
  const auto prefix = qualified(target);
  if (!prefix) return std::nullopt;
  const Node* root = &target;
  while (root->kind == NodeKind::select) root = root->children[0];
  std::string full;
  if (const Callable* callable = find_function(fmt::format("{}.{}", *prefix, node.text), root->absolute, full))
    return function_call(node, *callable, false, 1);
  if (!given_.types || !lenient() || is_variable(root->text)) return std::nullopt;
  // The whole is one wrong name only when its beginning is one of ours.
  std::vector<std::string> names;
  bool ours = false;
  for (const auto& entry : functions()) {
    names.emplace_back(entry.name);
    ours = ours || entry.name.starts_with(*prefix + ".");
  }
  if (!ours) return std::nullopt;
  const std::string wrong = fmt::format("{}.{}", *prefix, node.text);
  fault({target.range.begin, node.at.end}, "cel.unknown_function",
        fmt::format("there is no function \"{}\"{}", wrong, did_you_mean(wrong, names)),
        "`simpul functions` lists what is there");
  for (std::size_t i = 1; i < node.children.size(); ++i) check(*node.children[i]);
  return nothing(node);
}

bool Checker::counts(const Signature& signature, bool method, std::span<const Type> arguments, bool loosely,
                     bool is_operator) {
  if (signature.method != method || !takes(signature, arguments.size())) return false;
  const auto& wanted = signature.parameters;
  if (is_operator && wanted.size() == 2 && wanted[0].only(kind::numeric) && wanted[1].only(kind::numeric) &&
      wanted[0].kinds != wanted[1].kinds && !given_.mixed_numbers) {
    return false;
  }
  // Most forms are out at a glance, before anything is unified.
  for (std::size_t i = 0; i < arguments.size() && !loosely; ++i) {
    const unsigned asked = parameter(signature, i).kinds, have = arguments[i].kinds;
    const bool plain = (asked & have & ~kind::null) == 0 && ((asked | have) & kind::parameter) == 0;
    if (plain && asked != kind::null && have != kind::null) return false;
  }
  if (!std::ranges::any_of(wanted, has_number)) return true;
  if (is_operator && !lenient()) return false;
  if (std::ranges::any_of(arguments, gives_number)) return true;
  if (!loosely) return false;
  return !is_operator || std::ranges::any_of(arguments, &Type::from_json);
}

std::optional<Checker::Match> Checker::match(const Callable& callable, bool method, std::span<const Type> arguments) {
  std::vector<Type> types;
  for (const Type& type : arguments) types.push_back(known(type));
  if (auto exact = match(callable, method, types, false)) return exact;
  return lenient() ? match(callable, method, types, true) : std::nullopt;
}

std::optional<Checker::Match> Checker::match(const Callable& callable, bool method, std::span<const Type> arguments,
                                             bool loosely) {
  const bool is_operator = callable.entry == nullptr && !callable.name.empty() && callable.name != "cel.@block" &&
                           extras_.find(callable.name) == extras_.end();
  std::vector<const Signature*> counting;
  for (const auto& signature : callable.signatures) {
    if (counts(signature, method, arguments, loosely, is_operator)) counting.push_back(&signature);
  }
  // Where a number is but loosely a double, the form for numbers is meant, and no other.
  if (loosely) std::ranges::stable_partition(counting, [](const Signature* of) { return has_number(of->result); });
  Match found;
  std::vector<std::string> ids;
  for (const Signature* signature : counting) {
    const std::uint32_t first = unifier_.reserve(signature->type_parameters);
    std::vector<Type> wanted;
    for (std::size_t i = 0; i < arguments.size(); ++i)
      wanted.push_back(unifier_.instantiate(parameter(*signature, i), first));
    if (!unifier_.assignable_all(arguments, wanted, loosely)) continue;
    Type result = known(unifier_.instantiate(signature->result, first));
    ids.push_back(signature->id);
    if (found.first == nullptr) {
      found.first = signature;
      found.result = std::move(result);
      found.parameters = std::move(wanted);
      if (loosely && has_number(signature->result)) break;
    } else if (!found.result.is_dyn() && !is_same(found.result, result)) {
      // What is either a value or an optional is known only when it is there.
      const bool unlike = found.result.is_optional() != result.is_optional();
      found.result = lenient() && !unlike ? join(found.result, result) : dyn_type();
    }
  }
  if (found.first == nullptr) return std::nullopt;
  found.ids = joined(std::move(ids));
  bool from_json = false;
  PersonalData personal = found.result.personal;
  for (const Type& type : arguments) {
    const Type argument = known(type);
    from_json = from_json || (argument.from_json && argument.can_be(kind::numeric));
    personal = std::max(personal, argument.personal);
  }
  found.result.personal = personal;
  if (found.result.only(kind::numeric)) found.result.from_json = from_json;
  return found;
}

Checker::Made Checker::function_call(const Node& node, const Callable& callable, bool method, std::size_t first) {
  std::vector<Made> arguments;
  std::vector<Type> types;
  const bool dyn = callable.name == "dyn";
  const bool quiet = std::exchange(quiet_, quiet_ || dyn);
  const bool unwraps = callable.name == "optional.unwrap" || callable.name == "unwrapOpt";
  for (std::size_t i = first; i < node.children.size(); ++i) {
    optionals_in_lists_ = unwraps && lenient();
    const bool plain = lenient() && !unwraps;
    arguments.push_back(plain ? check_value(*node.children[i]) : check(*node.children[i]));
    types.push_back(arguments.back().type);
  }
  optionals_in_lists_ = false;
  quiet_ = quiet;
  auto fits = match(callable, method, types);
  const bool extreme = callable.name == "math.greatest" || callable.name == "math.least";
  const auto may_be_number = [&](const Type& type) { return known(type).can_be(kind::numeric | kind::parameter); };
  if (extreme && types.size() > 2 && !fits && std::ranges::all_of(types, may_be_number)) {
    std::optional<Type> element;
    for (const Type& type : types) join_element(element, type);
    const std::array<Type, 1> list = {list_of(*element)};
    fits = match(callable, method, list);
    if (fits) fits->parameters.assign(types.size(), dyn_type());
  }
  if (!fits) {
    const std::size_t before = faults_.size();
    if (given_.types) explain_mismatch(node, callable, method, first, types);
    if (faults_.size() == before && given_.types) {
      fault(node.at, "cel.type", fmt::format("{} does not take these values together", callable.name),
            "`simpul functions` shows its forms");
    }
    return nothing(node);
  }
  refer(node, fits->ids);
  if (refuse_unions(node, callable, method, types, first)) return nothing(node, fits->result);
  if (lenient()) check_literals(node, callable.name, first);
  for (std::size_t i = 0; i < types.size(); ++i)
    refuse_null(*node.children[first + i], known(types[i]), fits->parameters[i]);
  if (lenient()) add_facts(node, callable.name, arguments, first, fits->result);
  return emit_call(node, callable, *fits, arguments);
}

Checker::Made Checker::emit_call(const Node& node, const Callable& callable, const Match& match,
                                 const std::vector<Made>& arguments) {
  std::vector<std::uint32_t> operands;
  double cost = 1;
  const std::size_t first = node.children.size() - arguments.size();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    Made made = arguments[i];
    const Type type = known(made.type);
    const auto& longest = facts_of(type).max_length;
    if (longest) cost += static_cast<double>(std::min<std::uint64_t>(*longest, 1 << 20)) / bytes_a_step;
    const bool date = lenient() && is_date_text(type);
    if (date && match.parameters[i].kinds == kind::timestamp) made = as_timestamp(*node.children[first + i], made);
    // timestamp() of a text reads RFC 3339 with a time; a date of the schema is its midnight.
    if (date && callable.name == "timestamp") return as_timestamp(*node.children[first + i], made);
    operands.push_back(made.step);
  }
  if (const auto op = op_of(callable.name)) return emit(node, *op, operands, match.result, cost);
  Made made = emit(node, Op::call, operands, match.result, cost);
  if (callable.entry != nullptr) step(made).function = callable.entry->function;
  for (const auto& extra : given_.functions) {
    if (extra.name == callable.name && extra.run != nullptr) step(made).function = extra.run;
  }
  if (step(made).function == nullptr) {
    step(made).op = Op::constant;  // a function of a suite that has types only
    step(made).constant = Cell::error(ErrorCode::no_overload, made.step);
  }
  return made;
}

bool Checker::check_count(const Node& node, std::string_view name, std::size_t have, std::size_t least,
                          std::size_t most) {
  if (have >= least && have <= most) return true;
  const std::string wanted =
      least == most ? plural(least, "argument") : fmt::format("{} to {}", least, plural(most, "argument"));
  std::string hint;
  if (const FunctionEntry* known = function_of(name)) hint = fmt::format("for example: {}", known->example);
  fault(node.at, "cel.arguments", fmt::format("{} takes {}, not {}", name, wanted, have), hint);
  return false;
}

// No form fits: the way it is written, the number of arguments, or the first argument that no form takes.
void Checker::explain_mismatch(const Node& node, const Callable& callable, bool method, std::size_t first,
                               std::span<const Type> arguments) {
  std::vector<const Signature*> forms;
  for (const auto& signature : callable.signatures) {
    if (signature.method == method) forms.push_back(&signature);
  }
  if (forms.empty()) {
    const std::string value = node.children.size() <= first ? "value" : shown(*node.children[first]);
    const std::string dots = arguments.size() > 1 ? ", ..." : "";
    const std::string rest = arguments.size() > 1 ? "..." : "";
    fault(node.at, "cel.unknown_function", fmt::format("{} is not written like this", callable.name),
          method ? fmt::format("write {}({}{})", callable.name, value, dots)
                 : fmt::format("write {}.{}({})", value, callable.name, rest));
    return;
  }
  const std::size_t receiver = method ? 1 : 0;
  std::size_t least = forms[0]->parameters.size(), most = 0;
  std::vector<const Signature*> counted;
  for (const Signature* form : forms) {
    const std::size_t count = form->parameters.size();
    least = std::min(least, count);
    most = std::max(most, form->rest ? arguments.size() : count);
    if (takes(*form, arguments.size())) counted.push_back(form);
  }
  if (counted.empty()) {
    check_count(node, callable.name, arguments.size() - receiver, least - receiver, std::max(most, least) - receiver);
    return;
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::vector<const Signature*> fitting;
    unsigned wanted = 0;
    Type example;
    for (const Signature* form : counted) {
      const Type& asked = parameter(*form, i);
      wanted |= asked.kinds;
      example = asked;
      const Type fresh = unifier_.instantiate(asked, unifier_.reserve(form->type_parameters));
      if (unifier_.assignable(arguments[i], fresh, lenient())) fitting.push_back(form);
    }
    if (!fitting.empty()) {
      counted = std::move(fitting);
      continue;
    }
    const Node& argument = *node.children[first + i];
    const Type type = known(arguments[i]);
    const bool items = type.only(kind::list) && wanted == kind::list;
    const Type asked = items ? item_type(example) : type_of(wanted & ~kind::parameter);
    std::string hint;
    if (wanted == kind::text && type.can_be(kind::numeric | kind::boolean))
      hint = fmt::format("write string({})", shown(argument));
    if (wanted == kind::integer && type.can_be(kind::real | kind::number | kind::text))
      hint = fmt::format("write int({})", shown(argument));
    if (wanted == kind::real && type.can_be(kind::integer | kind::text))
      hint = fmt::format("write double({})", shown(argument));
    if (items && asked.kinds == kind::text) hint = "write list.map(x, string(x)) to make them texts";
    fault(argument.range, "cel.type",
          items ? fmt::format("{} needs a list of {} here; each item is {}", callable.name, describe(asked),
                              describe(item_type(type)))
                : fmt::format("{} needs {} here; {} is {}", callable.name, describe(asked), shown(argument),
                              describe(type)),
          hint);
    return;
  }
}

// Patterns of dates that are literals, and those that must be.
void Checker::check_literals(const Node& node, std::string_view name, std::size_t first) {
  const Node* value = node.children.size() > first ? node.children[first] : nullptr;
  if (value != nullptr && value->kind == NodeKind::text && node.children.size() == first + 1) {
    if (name == "timestamp" && !read_timestamp(value->text)) {
      fault(value->range, "cel.type", fmt::format("{} is not an instant, or not one that exists", shown(*value)),
            "write \"2026-03-05T07:30:00+07:00\"");
    } else if (name == "duration" && !read_duration(value->text)) {
      fault(value->range, "cel.type", fmt::format("{} is not a duration", shown(*value)),
            "write \"24h\", \"90m\" or \"1h30m\"; a day is 24h");
    }
  }
  const bool dates = name == "date" || name == "formatDate";
  const bool times = name == "formatTime" || name == "readTime";
  const bool zones = times || name == "dateIn" || name.starts_with("get");
  if (!dates && !zones) return;
  const std::size_t last = node.children.size();
  for (std::size_t i = first + 1; i < last; ++i) {
    const Node& argument = *node.children[i];
    const bool zone = zones && i + 1 == last;
    if (zone) {
      if (argument.kind != NodeKind::text || is_time_zone(argument.text)) continue;
      fault(argument.range, "cel.pattern", fmt::format("{} is no time zone", shown(argument)),
            "write \"WIB\", \"WITA\", \"WIT\", \"Asia/Jakarta\" or \"+07:00\"");
      continue;
    }
    const bool writes = name == "formatDate" && i + 1 == last;
    const bool good =
        argument.kind == NodeKind::text &&
        (writes || name == "formatTime" ? is_time_pattern(argument.text) : is_date_pattern(argument.text));
    if (good) continue;
    fault(argument.range, "cel.pattern",
          argument.kind == NodeKind::text
              ? fmt::format("{} is not a pattern of a {}", shown(argument), times ? "time" : "date")
              : fmt::format("a pattern of a {} is a literal, so that it is checked", times ? "time" : "date"),
          "a day is d or dd, a month M, MM, MMM or MMMM, a year yyyy: \"dd-MM-yyyy\", \"d MMMM yyyy\"");
  }
}

// What a function keeps of its argument's facts.
void Checker::add_facts(const Node& node, std::string_view name, std::span<const Made> arguments, std::size_t first,
                        Type& result) {
  if (arguments.empty()) return;
  const Type of = known(arguments[0].type);
  const TypeFacts& from = facts_of(of);
  if (name == "string" && of.kinds == kind::text) {
    result = of;
    return;
  }
  TypeFacts facts;
  if (name == "lowerAscii" || name == "upperAscii" || name == "trim" || name == "substring" || name == "digits" ||
      name == "title" || name == "reverse") {
    facts.max_length = from.max_length;
    facts.max_items = from.max_items;
  } else if (name == "charAt") {
    facts.max_length = 1;
  } else if (name == "nik.sex" || name == "nip.sex") {
    facts.enumeration = {R"("L")", R"("P")"};
    facts.max_length = 1;
  } else if (name == "sha256") {
    facts.max_length = 64;
  } else if (name == "uuid5") {
    facts.max_length = 36;
    facts.format = "uuid";
  } else if (name == "date" || name == "dateIn" || name == "nik.birthDate" || name == "nip.birthDate") {
    facts.format = "date";
    facts.max_length = 10;
  } else if (name == "truncate" && node.children.size() > first + 1) {
    facts.max_length = from.max_length;
    const Node& length = *node.children[first + 1];
    if (length.kind == NodeKind::integer && length.integer >= 0) {
      const auto limit = static_cast<std::uint64_t>(length.integer);
      facts.max_length = std::min(facts.max_length.value_or(limit), limit);
    }
  } else if (name == "addDays" || name == "addMonths") {
    facts.format = from.format;
  } else if (name == "sort" || name == "distinct" || name == "slice") {
    facts.max_items = from.max_items;
  } else if (name == "split") {
    Type part = type_of(kind::text, result.personal);
    TypeFacts part_facts;
    part_facts.max_length = from.max_length;
    result = list_of(with_facts(std::move(part), std::move(part_facts)));
    if (from.max_length) facts.max_items = *from.max_length + 1;
  } else {
    return;
  }
  result = with_facts(std::move(result), std::move(facts));
}

Checker::Made Checker::unknown_function(const Node& node) {
  if (!given_.types) return nothing(node);
  for (const Node* child : node.children) check(*child);
  std::vector<std::string> names;
  for (const auto& known : functions()) names.emplace_back(known.name);
  const std::string habit = hint_for_function(node.text);
  fault(node.at, "cel.unknown_function",
        fmt::format("there is no function \"{}\"{}", node.text, did_you_mean(node.text, names)),
        habit.empty() ? "`simpul functions` lists what is there" : habit);
  return nothing(node);
}

}  // namespace simpul::cel
