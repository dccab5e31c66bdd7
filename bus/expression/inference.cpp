#include "bus/expression/inference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <vector>

#include "bus/base/bytes.h"
#include "bus/event/json.h"
#include "bus/expression/types.h"

namespace simpul::cel {
namespace {

// A schema that grows beyond this, as lets in lets make it, is told by its type.
constexpr std::size_t text_limit_bytes = 32 * 1024;
constexpr std::size_t values_limit = 500;  // of an enum

using Count = std::optional<std::uint64_t>;

// What is known of the value of a node.
struct Known {
  std::string schema = "true";  // JSON text
  bool text = false;            // it is one, with these lengths
  std::uint64_t min_length = 0;
  Count max_length;
  bool digits = false;                               // of a text: 0 to 9 alone
  std::optional<std::vector<std::string>> values{};  // JSON texts of all that it can be
  // The same for a text of a whole number, which may be written in other ways as well: 1.0, 1e0.
  std::optional<std::vector<std::string>> usual{};
  bool never = false;  // no value: optional.none()
};

std::string quoted(std::string_view text) {
  json::Writer out;
  out.string(text);
  return out.take();
}

std::optional<std::string> text_of(const std::string& json) {
  if (!json.starts_with('"')) return std::nullopt;
  auto document = json::parse(json);
  if (!document || !document->root().is_string()) return std::nullopt;
  return std::string(document->root().text());
}

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max() : a + b;
}

// Of an optional, what may be in it. A type is a value itself: type(x) gives its name.
Type value_type_of(const Type& type) {
  return type.is_optional() ? inner_type(type) : type;
}

Known plain(std::string schema) {
  Known known;
  known.schema = std::move(schema);
  return known;
}

Known text_with(std::uint64_t least, Count most, bool digits = false) {
  Known known;
  known.text = true;
  known.min_length = least;
  known.max_length = most;
  known.digits = digits;
  known.schema = R"({"type":"string")";
  if (least > 0) known.schema += fmt::format(R"(,"minLength":{})", least);
  if (most) known.schema += fmt::format(R"(,"maxLength":{})", *most);
  if (digits) known.schema += R"(,"pattern":"^[0-9]*$")";
  known.schema += '}';
  return known;
}

Known text_that(std::string_view rest, std::uint64_t least, Count most) {
  auto known = text_with(least, most);
  known.schema.pop_back();
  known.schema += fmt::format(",{}}}", rest);
  return known;
}

Known values_of(std::vector<std::string> values) {
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  Known known;
  known.schema = fmt::format(R"({{"enum":[{}]}})", fmt::join(values, ","));
  known.text = !values.empty();
  known.digits = true;
  Count most = 0;
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  for (const auto& value : values) {
    const auto text = text_of(value);
    if (!text) {
      known.text = false;
      break;
    }
    const auto length = count_characters(*text);
    least = std::min<std::uint64_t>(least, length);
    most = std::max<std::uint64_t>(*most, length);
    known.digits = known.digits && text->find_first_not_of("0123456789") == text->npos;
  }
  if (known.text) {
    known.min_length = least;
    known.max_length = most;
  }
  known.values = std::move(values);
  return known;
}

Known none() {
  Known known;
  known.never = true;
  known.schema = "false";
  return known;
}

Known either(const Known& a, const Known& b) {
  if (a.never) return b;
  if (b.never) return a;
  if (a.schema == b.schema) {
    auto same = a;
    if (a.usual != b.usual) same.usual.reset();
    return same;
  }
  if (a.schema == "true" || b.schema == "true") return plain("true");
  if (a.values && b.values && a.values->size() + b.values->size() <= values_limit) {
    auto values = *a.values;
    values.insert(values.end(), b.values->begin(), b.values->end());
    return values_of(std::move(values));
  }
  Known known;
  known.schema = fmt::format(R"({{"anyOf":[{},{}]}})", a.schema, b.schema);
  if (a.text && b.text) {
    known.text = true;
    known.digits = a.digits && b.digits;
    known.min_length = std::min(a.min_length, b.min_length);
    if (a.max_length && b.max_length) known.max_length = std::max(*a.max_length, *b.max_length);
  }
  return known;
}

std::optional<std::int64_t> literal_count(const Node& node) {
  if (node.kind != NodeKind::integer || node.integer < 0) return std::nullopt;
  return node.integer;
}

// A pattern of formatDate whose fields are digits: what it writes, as a regular expression. None when a name is in it.
std::optional<std::pair<std::string, std::uint64_t>> digits_of(std::string_view pattern) {
  std::string out = "^";
  std::uint64_t length = 0;
  while (!pattern.empty()) {
    const char c = pattern.front();
    const auto run = std::min(pattern.find_first_not_of(c), pattern.size());
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      const auto field = pattern.substr(0, run);
      const bool two = field == "dd" || field == "MM" || field == "HH" || field == "mm" || field == "ss";
      if (!two && field != "yyyy") return std::nullopt;
      out += fmt::format("[0-9]{{{}}}", run);
      length += run;
    } else {
      if (std::string_view(" -/.:_").find(c) == std::string_view::npos) return std::nullopt;
      for (std::size_t i = 0; i < run; ++i) out += c == '.' ? std::string("\\.") : std::string(1, c);
      length += run;
    }
    pattern.remove_prefix(run);
  }
  return std::pair{out + "$", length};
}

class Inference {
 public:
  Inference(const Annotations& annotations, const Scope& scope) : annotations_(annotations), scope_(scope) {}

  Known of(const Node& node) {
    auto known = walked(node);
    if (known.schema.size() <= text_limit_bytes) return known;
    return by_type(type_of_node(node));
  }

  // Of what was not walked through it is known that it asks, and not for which keys.
  std::vector<TableUse> take_uses(const Tree& tree) {
    for (const auto& node : tree.nodes)
      if (node.kind == NodeKind::call && node.text == "lookup" && !node.method && node.children.size() == 2 &&
          node.children[0]->kind == NodeKind::text && !met_.contains(&node))
        uses_.push_back({node.children[0]->text, {}, false, true});
    return std::move(uses_);
  }

 private:
  const Type& type_of_node(const Node& node) const {
    static const Type unknown = dyn_type();
    auto found = annotations_.find(&node);
    return found == annotations_.end() ? unknown : found->second.type;
  }

  Known walked(const Node& node) {
    switch (node.kind) {
      case NodeKind::null:
      case NodeKind::boolean:
      case NodeKind::text:
        return values_of({json_text(node)});
      case NodeKind::integer:
        return values_of({fmt::format("{}", node.integer)});
      case NodeKind::name:
        return name(node);
      case NodeKind::select:
      case NodeKind::index:
        return place(type_of_node(node));
      case NodeKind::call:
        return call(node);
      case NodeKind::list:
        return list(node);
      case NodeKind::map:
        return map(node);
      case NodeKind::logical_not:
      case NodeKind::logical_and:
      case NodeKind::logical_or:
        return plain(R"({"type":"boolean"})");
      case NodeKind::conditional:
        return conditional(node);
      case NodeKind::binary:
        if (node.text == "+" && type_of_node(node).only(kind::text)) return joined(node);
        if (node.text == "+" && type_of_node(node).only(kind::list)) return joined_lists(node);
        return by_type(type_of_node(node));
      default:
        return by_type(type_of_node(node));
    }
  }

  Known conditional(const Node& node) {
    of(*node.children[0]);
    ++guarded_;
    auto known = either(of(*node.children[1]), of(*node.children[2]));
    --guarded_;
    return known;
  }

  // ---- what schemas say ------------------------------------------------------------------------------------------

  // A value that stands in an event, or whose type is all that is known.
  Known place(const Type& whole) {
    const auto& type = value_type_of(whole);
    const auto cursor = facts_of(type).cursor;
    auto text = cursor != nullptr ? cursor->schema_text() : std::string();
    if (text.empty()) return by_type(type);
    auto known = plain(std::move(text));
    const auto said = cursor->type();
    known.text = said.known && said.kinds == SchemaType::string;
    known.min_length = said.min_length.value_or(0);
    known.max_length = said.max_length;
    if (const auto kept = kept_kinds(type, said); !kept.empty()) {
      known.schema = fmt::format(R"({{"allOf":[{},{{"type":[{}]}}]}})", known.schema, kept);
      known.text = type.only(kind::text);
      return known;
    }
    if (said.enumeration.empty() || said.enumeration.size() > values_limit) return known;
    auto listed = values_of(said.enumeration);
    listed.schema = std::move(known.schema);
    return listed;
  }

  // The names of what a condition left of the place's types; empty: all of them.
  static std::string kept_kinds(const Type& type, const SchemaType& said) {
    constexpr unsigned numbers = kind::numeric;
    constexpr std::array<std::tuple<unsigned, unsigned, std::string_view>, 6> all = {
        {{kind::null, SchemaType::null, R"("null")"},
         {kind::boolean, SchemaType::boolean, R"("boolean")"},
         {numbers, SchemaType::integer | SchemaType::number, R"("number")"},
         {kind::text, SchemaType::string, R"("string")"},
         {kind::list, SchemaType::array, R"("array")"},
         {kind::map, SchemaType::object, R"("object")"}}};
    if (!said.known || type.is_dyn()) return {};
    std::vector<std::string_view> kept;
    bool fewer = false;
    for (const auto& [kinds, of_schema, name] : all) {
      if (type.can_be(kinds))
        kept.push_back(name);
      else
        fewer = fewer || (said.kinds & of_schema) != 0;
    }
    return fewer && !kept.empty() ? fmt::format("{}", fmt::join(kept, ",")) : std::string();
  }

  Known by_type(const Type& whole) {
    const auto& type = value_type_of(whole);
    if (type.is_dyn() || type.can_be(kind::opaque | kind::parameter) || type.is_optional()) return plain("true");
    if (type.only(kind::text)) return text_with(0, std::nullopt);
    std::vector<std::string> all;
    auto add = [&](unsigned kinds, std::string_view schema) {
      if (type.can_be(kinds)) all.emplace_back(schema);
    };
    add(kind::null, R"({"type":"null"})");
    add(kind::boolean, R"({"type":"boolean"})");
    add(kind::integer, R"({"type":"integer"})");
    add(kind::uinteger, R"({"type":"integer","minimum":0})");
    add(kind::real | kind::number, R"({"type":"number"})");
    add(kind::text | kind::bytes | kind::timestamp | kind::duration | kind::type, R"({"type":"string"})");
    if (type.can_be(kind::list)) {
      const auto item = type.only(kind::list) ? item_type(type) : dyn_type();
      const auto items = item.is_dyn() ? std::string("true") : place(item).schema;
      all.push_back(fmt::format(R"({{"type":"array","items":{}}})", items));
    }
    add(kind::map, R"({"type":"object"})");
    if (type.only(kind::timestamp)) return text_that(R"("format":"date-time")", 20, 30);
    if (all.empty()) return plain("true");
    return plain(all.size() == 1 ? all.front() : fmt::format(R"({{"anyOf":[{}]}})", fmt::join(all, ",")));
  }

  Known name(const Node& node) {
    for (auto bound = bound_.rbegin(); bound != bound_.rend(); ++bound)
      if (bound->first == node.text) return bound->second ? *bound->second : place(type_of_node(node));
    auto known = place(type_of_node(node));
    if (facts_of(value_type_of(type_of_node(node))).cursor != nullptr && known.schema.find("$ref") != known.schema.npos)
      return known;
    auto variable = std::ranges::find(scope_.variables, node.text, &Scope::Variable::name);
    if (variable == scope_.variables.end() || variable->schema.empty()) return known;
    return plain(variable->schema);
  }

  // ---- what expressions make -------------------------------------------------------------------------------------

  Known list(const Node& node) {
    std::vector<std::string> items;
    bool certain = true;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      items.push_back(of(*node.children[i]).schema);
      certain = certain && !(i < node.optional_children.size() && node.optional_children[i]);
    }
    if (items.empty()) return plain(R"({"type":"array","maxItems":0})");
    if (certain)
      return plain(fmt::format(R"({{"type":"array","prefixItems":[{}],"items":false,"minItems":{}}})",
                               fmt::join(items, ","), items.size()));
    return plain(fmt::format(R"({{"type":"array","items":{{"anyOf":[{}]}},"maxItems":{}}})", fmt::join(items, ","),
                             items.size()));
  }

  Known map(const Node& node) {
    json::Writer properties, required;
    properties.begin_object();
    required.begin_array();
    std::set<std::string> names;
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const auto& key = *node.children[i];
      if (key.kind != NodeKind::text || !names.insert(key.text).second) return plain(R"({"type":"object"})");
      properties.name(key.text).raw(of(*node.children[i + 1]).schema);
      if (!(i / 2 < node.optional_children.size() && node.optional_children[i / 2])) required.string(key.text);
    }
    properties.end_object();
    required.end_array();
    return plain(fmt::format(R"({{"type":"object","properties":{},"required":{},"additionalProperties":false}})",
                             properties.text(), required.text()));
  }

  static std::optional<std::vector<std::string>> products(const std::vector<std::string>& lefts,
                                                          const std::vector<std::string>& rights) {
    if (lefts.size() * rights.size() > values_limit) return std::nullopt;
    std::vector<std::string> all;
    for (const auto& left : lefts)
      for (const auto& right : rights) {
        const auto a = text_of(left), b = text_of(right);
        if (!a || !b) return std::nullopt;
        all.push_back(quoted(*a + *b));
      }
    return all;
  }

  Known joined(const Node& node) {
    const auto a = of(*node.children[0]), b = of(*node.children[1]);
    const auto least = sum(a.text ? a.min_length : 0, b.text ? b.min_length : 0);
    const auto most =
        a.text && b.text && a.max_length && b.max_length ? Count(sum(*a.max_length, *b.max_length)) : std::nullopt;
    if (a.text && b.text && a.values && b.values)
      if (auto all = products(*a.values, *b.values)) return values_of(std::move(*all));
    auto known = text_with(least, most, a.text && b.text && a.digits && b.digits);
    const auto &left = a.usual ? a.usual : a.values, &right = b.usual ? b.usual : b.values;
    if (a.text && b.text && left && right) known.usual = products(*left, *right);
    return known;
  }

  // The items of both, in a row.
  Known joined_lists(const Node& node) {
    std::vector<std::string> items;
    std::uint64_t least = 0;
    Count most = 0;
    for (const auto* child : node.children) {
      const auto list = list_of(*child);
      if (list.item != "false") items.push_back(list.item);
      least = sum(least, list.least);
      most = most && list.most ? Count(sum(*most, *list.most)) : std::nullopt;
    }
    std::ranges::sort(items);
    items.erase(std::unique(items.begin(), items.end()), items.end());
    if (items.empty()) items.emplace_back("true");
    auto schema = fmt::format(
        R"({{"type":"array","items":{},"minItems":{})",
        items.size() == 1 ? items.front() : fmt::format(R"({{"anyOf":[{}]}})", fmt::join(items, ",")), least);
    if (most) schema += fmt::format(R"(,"maxItems":{})", *most);
    return plain(schema + "}");
  }

  struct ListFacts {
    std::string item = "true";  // what every item fits
    std::uint64_t least = 0;
    Count most;
  };
  // What is known of a list: what the walk said of it, when it said so in its own words, or its type.
  ListFacts list_of(const Node& node) {
    const auto known = of(node);
    const auto document = json::parse(known.schema);
    const auto* array = document && document->root().is_object() ? document->root().find("type") : nullptr;
    if (array == nullptr || !array->is_string() || array->text() != "array") {
      const Type type = value_type_of(type_of_node(node));
      if (!type.only(kind::list)) return {};
      const auto [least, most] = counts_of(node);
      return {place(item_type(type)).schema, least, most};
    }
    ListFacts facts{items_of(document->root()), 0, std::nullopt};
    auto count = [&](const char* name) -> Count {
      const auto* value = document->root().find(name);
      const auto whole = value != nullptr && value->is_number() ? value->as_integer() : std::nullopt;
      return whole && *whole >= 0 ? Count(static_cast<std::uint64_t>(*whole)) : std::nullopt;
    };
    facts.least = count("minItems").value_or(0);
    facts.most = count("maxItems");
    if (const auto* rest = document->root().find("items"); rest != nullptr && rest->is_boolean() && !rest->boolean())
      if (const auto* prefix = document->root().find("prefixItems"); prefix != nullptr) facts.most = prefix->size();
    return facts;
  }

  // The list that a macro goes through, as counts.
  std::pair<std::uint64_t, Count> counts_of(const Node& list) const {
    const auto& type = value_type_of(type_of_node(list));
    if (!type.only(kind::list)) return {0, std::nullopt};
    const auto cursor = facts_of(type).cursor;
    if (cursor == nullptr) return {0, std::nullopt};
    const auto said = cursor->type();
    return {said.min_items.value_or(0), said.max_items};
  }

  Known macro_list(const Node& target, const std::string& items, bool all) {
    if (!value_type_of(type_of_node(target)).only(kind::list))
      return plain(fmt::format(R"({{"type":"array","items":{}}})", items));
    const auto [least, most] = counts_of(target);
    auto schema = fmt::format(R"({{"type":"array","items":{})", items);
    if (all && least > 0) schema += fmt::format(R"(,"minItems":{})", least);
    if (most) schema += fmt::format(R"(,"maxItems":{})", *most);
    return plain(schema + "}");
  }

  Known bound(const std::string& name, std::optional<Known> known, const Node& body) {
    bound_.emplace_back(name, std::move(known));
    auto result = of(body);
    bound_.pop_back();
    return result;
  }

  // `optional.of(x)` is read as a method of a name that no variable has.
  bool is_in_space(const Node& node, std::string_view space) const {
    if (!node.method || node.children.empty()) return false;
    const auto& receiver = *node.children[0];
    return receiver.kind == NodeKind::name && receiver.text == space && !annotations_.contains(&receiver);
  }

  Known macro(const Node& node, bool& is_macro) {
    is_macro = true;
    const auto& c = node.children;
    if (node.method && node.text == "map" && (c.size() == 3 || c.size() == 4) && c[1]->kind == NodeKind::name)
      return macro_list(*c[0], bound(c[1]->text, std::nullopt, *c.back()).schema, c.size() == 3);
    if (node.method && node.text == "filter" && c.size() == 3 && c[1]->kind == NodeKind::name) {
      const auto& type = value_type_of(type_of_node(*c[0]));
      if (!type.only(kind::list)) return by_type(type_of_node(node));
      return macro_list(*c[0], place(item_type(type)).schema, false);
    }
    if (is_in_space(node, "cel") && node.text == "bind" && c.size() == 4 && c[1]->kind == NodeKind::name)
      return bound(c[1]->text, of(*c[2]), *c[3]);
    is_macro = false;
    return {};
  }

  Known call(const Node& node) {
    bool done = false;
    if (auto known = macro(node, done); done) return known;
    if (auto known = optionals(node, done); done) return known;
    if (node.text == "lookup" && !node.method && node.children.size() == 2) return lookup(node);
    if (auto known = texts(node, done); done) return known;
    const bool text = type_of_node(node).only(kind::text);
    if (auto known = dates(node, done); done && text) return known;
    if (node.text == "size" && node.children.size() == 1) return sized(*node.children[0]);
    if (node.text == "string" && !node.method && node.children.size() == 1) return string_of(*node.children[0]);
    if (node.text == "sha256" && text) return text_that(R"("pattern":"^[0-9a-f]{64}$")", 64, 64);
    if (is_in_space(node, "nik") || is_in_space(node, "nip") || is_in_space(node, "npwp")) {
      if (node.text == "birthDate") return text_that(R"("format":"date")", 10, 10);
      if (node.text == "sex") return values_of({R"("L")", R"("P")"});
      if (node.text == "region") return text_that(R"("pattern":"^[0-9]{2}[.][0-9]{2}[.][0-9]{2}$")", 8, 8);
      if (node.text == "normal") return text_that(R"("pattern":"^[0-9]{16}$")", 16, 16);
    }
    if (node.text == "uuid5" && text) return text_that(R"("format":"uuid")", 36, 36);
    return by_type(type_of_node(node));
  }

  Known optionals(const Node& node, bool& done) {
    done = true;
    const auto& c = node.children;
    if (node.method && (node.text == "orValue" || node.text == "or") && c.size() == 2)
      return either(of(*c[0]), of(*c[1]));
    if (node.method && node.text == "value" && c.size() == 1 && type_of_node(*c[0]).is_optional()) return of(*c[0]);
    if (is_in_space(node, "optional") && node.text == "none") return none();
    if (is_in_space(node, "optional") && c.size() == 2) return of(*c[1]);  // of, ofNonZeroValue
    done = false;
    return {};
  }

  Known lookup(const Node& node) {
    const auto& table_name = *node.children[0];
    if (scope_.tables == nullptr || table_name.kind != NodeKind::text) return text_with(0, std::nullopt);
    auto table = scope_.tables->find(table_name.text);
    if (table == scope_.tables->end()) return text_with(0, std::nullopt);
    std::vector<std::string> values;
    const auto key = of(*node.children[1]);
    met_.insert(&node);
    ask(table_name.text, key);
    bool misses = true;
    if (key.values && key.text) {
      misses = false;
      for (const auto& value : *key.values) {
        auto row = table->second.rows.find(*text_of(value));
        if (row == table->second.rows.end())
          misses = true;
        else
          values.push_back(quoted(row->second));
      }
    } else {
      for (const auto& [from, to] : table->second.rows) values.push_back(quoted(to));
    }
    if (misses && table->second.otherwise) values.push_back(quoted(*table->second.otherwise));
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    if (values.empty()) return none();  // every key fails
    if (values.size() > values_limit) return text_with(0, std::nullopt);
    return values_of(std::move(values));
  }

  void ask(const std::string& table, const Known& key) {
    TableUse use{table, {}, false, guarded_ > 0};
    const auto& keys = key.usual ? key.usual : key.values;
    use.known = keys.has_value();
    for (const auto& value : keys.value_or(std::vector<std::string>())) {
      const auto text = text_of(value);
      use.keys.push_back(text ? *text : value);  // a number is looked up as it is written
    }
    uses_.push_back(std::move(use));
  }

  Known sized(const Node& of_what) {
    const auto& type = value_type_of(type_of_node(of_what));
    Count most;
    std::uint64_t least = 0;
    if (type.only(kind::list))
      std::tie(least, most) = counts_of(of_what);
    else if (type.only(kind::text)) {
      const auto known = of(of_what);
      if (known.text) std::tie(least, most) = std::pair(known.min_length, known.max_length);
    }
    return plain(most ? fmt::format(R"({{"type":"integer","minimum":{},"maximum":{}}})", least, *most)
                      : fmt::format(R"({{"type":"integer","minimum":{}}})", least));
  }

  Known string_of(const Node& what) {
    const auto& type = value_type_of(type_of_node(what));
    if (type.only(kind::text)) return of(what);
    if (type.only(kind::boolean)) return values_of({R"("true")", R"("false")"});
    if (type.only(kind::integer)) {
      const auto known = of(what);
      auto made = type.from_json ? text_with(1, std::nullopt) : text_that(R"("pattern":"^(0|-?[1-9][0-9]*)$")", 1, 20);
      if (!known.values) return made;
      std::vector<std::string> texts;
      for (const auto& value : *known.values) {
        if (value.find_first_not_of("-0123456789") != value.npos) return made;
        texts.push_back(quoted(value));
      }
      if (!type.from_json) return values_of(std::move(texts));
      made.usual = std::move(texts);
      return made;
    }
    return text_with(0, std::nullopt);
  }

  // ---- functions of texts ------------------------------------------------------------------------------------------

  Known texts(const Node& node, bool& done) {
    const auto& c = node.children;
    done = !c.empty() && value_type_of(type_of_node(*c[0])).only(kind::text) && type_of_node(node).only(kind::text);
    if (!done) return {};
    auto from = of(*c[0]);
    if (!from.text) from = text_with(0, std::nullopt);
    const auto count = c.size() > 1 ? literal_count(*c[1]) : std::nullopt;
    const auto number = static_cast<std::uint64_t>(count.value_or(0));
    if (node.text == "truncate" && c.size() == 2) {
      if (!count) return text_with(0, from.max_length, from.digits);
      const auto most = from.max_length ? std::min(*from.max_length, number) : number;
      // What is short enough stays as it is.
      if (from.max_length && *from.max_length <= number) return from;
      return text_with(std::min(from.min_length, number), most, from.digits);
    }
    if ((node.text == "padLeft" || node.text == "padRight") && c.size() == 3) {
      const bool one = c[2]->kind == NodeKind::text && count_characters(c[2]->text) == 1;
      const bool digit = one && c[2]->text[0] >= '0' && c[2]->text[0] <= '9';
      if (!count || !one) return text_with(from.min_length, std::nullopt);
      const auto most = from.max_length ? Count(std::max(*from.max_length, number)) : std::nullopt;
      return text_with(std::max(from.min_length, number), most, from.digits && digit);
    }
    if (node.text == "digits" && c.size() == 1)
      return text_with(from.digits ? from.min_length : 0, from.max_length, true);
    if ((node.text == "lowerAscii" || node.text == "upperAscii" || node.text == "reverse" || node.text == "mask") &&
        node.method)
      return text_with(from.min_length, from.max_length, from.digits && node.text != "mask");
    if (node.text == "trim") return text_with(from.digits ? from.min_length : 0, from.max_length, from.digits);
    if (node.text == "substring" && count) {
      const auto end = c.size() == 3 ? literal_count(*c[2]) : std::nullopt;
      if (end && *end >= *count)
        return text_with(static_cast<std::uint64_t>(*end - *count), static_cast<std::uint64_t>(*end - *count),
                         from.digits);
      const auto most = from.max_length && *from.max_length >= number ? Count(*from.max_length - number) : std::nullopt;
      return text_with(0, c.size() == 2 ? most : from.max_length, from.digits);
    }
    if (node.text == "charAt") return text_with(0, 1, from.digits);
    done = false;
    return {};
  }

  Known dates(const Node& node, bool& done) {
    done = true;
    const auto& c = node.children;
    if (node.text == "date" || node.text == "dateIn") return text_that(R"("format":"date")", 10, 10);
    if ((node.text == "formatDate" || node.text == "formatTime") && c.size() >= 2) {
      // Of two patterns the last is the one that writes; of a time zone and a pattern the pattern.
      const auto& pattern = *c[node.text == "formatTime" ? 1 : c.size() - 1];
      if (node.text == "formatDate" && c.size() == 3) return text_with(0, std::nullopt);
      if (pattern.kind == NodeKind::text)
        if (const auto digits = digits_of(pattern.text))
          return text_that(fmt::format(R"("pattern":{})", quoted(digits->first)), digits->second, digits->second);
      return text_with(0, std::nullopt);
    }
    done = false;
    return {};
  }

  const Annotations& annotations_;
  const Scope& scope_;
  std::vector<TableUse> uses_;
  std::set<const Node*> met_;  // lookups that were walked through
  unsigned guarded_ = 0;       // branches around the node, which may keep some values away
  std::vector<std::pair<std::string, std::optional<Known>>> bound_;  // by macros, innermost last; none: by its type
};

}  // namespace

std::string items_of(const json::Value& array_schema) {
  if (!array_schema.is_object()) return "true";
  const auto* rest = array_schema.find("items");
  const auto* prefix = array_schema.find("prefixItems");
  if (prefix == nullptr || !prefix->is_array() || prefix->size() == 0)
    return rest != nullptr ? json::write(*rest) : "true";
  if (rest == nullptr) return "true";
  std::vector<std::string> all;
  for (const auto& item : prefix->items()) all.push_back(json::write(item));
  const bool no_more = rest->is_boolean() && !rest->boolean();
  if (!no_more) all.push_back(json::write(*rest));
  return all.size() == 1 ? all.front() : fmt::format(R"({{"anyOf":[{}]}})", fmt::join(all, ","));
}

Inferred infer(const Tree& tree, const Annotations& annotations, const Scope& scope) {
  if (tree.root == nullptr) return {"true", {}};
  Inference inference(annotations, scope);
  auto known = inference.of(*tree.root);
  return {std::move(known.schema), inference.take_uses(tree)};
}

}  // namespace simpul::cel
