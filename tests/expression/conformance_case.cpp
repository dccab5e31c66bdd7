#include "tests/expression/conformance_case.h"

#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "bus/base/bytes.h"
#include "bus/expression/machine.h"
#include "bus/expression/times.h"

namespace simpul::cel {

namespace {

bool has_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    if (::access((rest.substr(0, end) + "/" + name).c_str(), X_OK) == 0) return true;
    rest.erase(0, end + 1);
  }
  return false;
}

std::string quoted(const std::string& word) {
  return "'" + word + "'";
}

// "123", 123, "-0", "NaN".
std::string scalar_text(const json::Value& value) {
  return std::string(value.is_string() || value.is_number() ? value.text() : "");
}

std::optional<double> real_of(const json::Value& value) {
  const std::string text = scalar_text(value);
  if (text == "NaN") return std::nan("");
  if (text == "Infinity") return HUGE_VAL;
  if (text == "-Infinity") return -HUGE_VAL;
  double real = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), real).ec != std::errc{}) return std::nullopt;
  return real;
}

template <typename Integer>
std::optional<Integer> integer_of(const json::Value& value) {
  const std::string text = scalar_text(value);
  Integer integer = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), integer);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return integer;
}

std::optional<std::string> bytes_of(const json::Value& value) {
  auto bytes = from_base64(value.text());
  if (!bytes) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

constexpr std::string_view any_prefix = "type.googleapis.com/google.protobuf.";

// Messages that CEL has as values of its own.
std::optional<Type> known_message(std::string_view name) {
  const auto wrapper = [](unsigned kinds) { return type_of(kinds | kind::null); };
  if (name == "google.protobuf.BoolValue") return wrapper(kind::boolean);
  if (name == "google.protobuf.Int32Value" || name == "google.protobuf.Int64Value") return wrapper(kind::integer);
  if (name == "google.protobuf.UInt32Value" || name == "google.protobuf.UInt64Value") return wrapper(kind::uinteger);
  if (name == "google.protobuf.FloatValue" || name == "google.protobuf.DoubleValue") return wrapper(kind::real);
  if (name == "google.protobuf.StringValue") return wrapper(kind::text);
  if (name == "google.protobuf.BytesValue") return wrapper(kind::bytes);
  if (name == "google.protobuf.Duration") return type_of(kind::duration);
  if (name == "google.protobuf.Timestamp") return type_of(kind::timestamp);
  if (name == "google.protobuf.ListValue") return list_of(dyn_type());
  if (name == "google.protobuf.Struct") return map_of(type_of(kind::text), dyn_type());
  if (name == "google.protobuf.Value" || name == "google.protobuf.Any") return dyn_type();
  return std::nullopt;
}

unsigned primitive_kind(std::string_view name) {
  if (name == "BOOL") return kind::boolean;
  if (name == "INT64") return kind::integer;
  if (name == "UINT64") return kind::uinteger;
  if (name == "DOUBLE") return kind::real;
  if (name == "STRING") return kind::text;
  return name == "BYTES" ? kind::bytes : 0;
}

std::optional<std::vector<Type>> proto_types(const json::Value* types, std::vector<std::string>& parameters) {
  std::vector<Type> out;
  if (types == nullptr) return out;
  for (const auto& type : types->items()) {
    auto one = proto_type(type, parameters);
    if (!one) return std::nullopt;
    out.push_back(std::move(*one));
  }
  return out;
}

std::optional<Declarations::ExtraFunction> proto_function(const std::string& name, const json::Value& function) {
  Declarations::ExtraFunction out{name, {}, nullptr};
  const auto* overloads = function.find("overloads");
  if (overloads == nullptr) return out;
  for (const auto& overload : overloads->items()) {
    std::vector<std::string> parameters;
    auto arguments = proto_types(overload.find("params"), parameters);
    const auto* result = overload.find("resultType");
    auto type = result == nullptr ? std::optional(dyn_type()) : proto_type(*result, parameters);
    if (!arguments || !type) return std::nullopt;
    Signature signature;
    signature.id = std::string(overload.text_of("overloadId"));
    const auto* method = overload.find("isInstanceFunction");
    signature.method = method != nullptr && method->boolean();
    signature.parameters = std::move(*arguments);
    signature.result = std::move(*type);
    signature.type_parameters = static_cast<std::uint32_t>(parameters.size());
    out.signatures.push_back(std::move(signature));
  }
  return out;
}

}  // namespace

Suites find_suites() {
  Suites suites;
  suites.packages = std::string(SIMPUL_SOURCE_DIR) + "/build/suites/node_modules";
  std::error_code failed;
  if (!std::filesystem::exists(suites.packages + "/@bufbuild/cel-spec/package.json", failed)) {
    suites.missing =
        "there is no cel-spec below " + suites.packages + ": ./tools/dev test installs it where there is npm";
  } else if (!has_program("node")) {
    suites.missing = "there is no node on the path";
  }
  return suites;
}

std::optional<json::Document> read_suite(const Suites& suites, const std::string& section) {
  const std::string script = std::string(SIMPUL_SOURCE_DIR) + "/tests/expression/conformance_fixture.cjs";
  const std::string command = "node " + quoted(script) + " " + quoted(suites.packages) + " " + quoted(section);
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  std::string text;
  char buffer[65536];
  for (std::size_t count = 0; (count = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, count);
  if (::pclose(pipe) != 0) return std::nullopt;
  auto document = json::parse(std::move(text), {.depth = 500});
  if (!document) return std::nullopt;
  return std::move(*document);
}

std::optional<Cell> ProtoValues::object(const json::Value& message) {
  std::string_view name = message.text_of("@type");
  if (!name.starts_with(any_prefix)) return std::nullopt;
  name.remove_prefix(any_prefix.size());
  const auto* value = message.find("value");
  if (value == nullptr) return std::nullopt;
  if (name == "Timestamp") return read_timestamp(value->text());
  if (name == "Duration") return read_duration(value->text());
  if (name == "BoolValue") return Cell::of(value->boolean());
  if (name == "StringValue") return Cell::of(value->text());
  if (name == "Int32Value" || name == "Int64Value")
    return integer_of<std::int64_t>(*value).transform([](auto i) { return Cell::of(i); });
  if (name == "UInt32Value" || name == "UInt64Value")
    return integer_of<std::uint64_t>(*value).transform([](auto i) { return Cell::of(i); });
  if (name == "FloatValue" || name == "DoubleValue")
    return real_of(*value).transform([](auto r) { return Cell::of(r); });
  if (name == "BytesValue")
    return bytes_of(*value).transform([this](auto b) { return Cell::bytes(keep(std::move(b))); });
  return std::nullopt;
}

std::optional<Cell> ProtoValues::cell(const json::Value& value) {
  if (value.members().empty()) return std::nullopt;
  const auto& [name, held] = value.members().front();
  if (name == "nullValue") return Cell::null();
  if (name == "boolValue") return Cell::of(held.boolean());
  if (name == "int64Value") return integer_of<std::int64_t>(held).transform([](auto i) { return Cell::of(i); });
  if (name == "uint64Value") return integer_of<std::uint64_t>(held).transform([](auto i) { return Cell::of(i); });
  if (name == "doubleValue") return real_of(held).transform([](auto r) { return Cell::of(r); });
  if (name == "stringValue") return Cell::of(held.text());
  if (name == "bytesValue") return bytes_of(held).transform([this](auto b) { return Cell::bytes(keep(std::move(b))); });
  if (name == "typeValue") return Cell::type(held.text());
  if (name == "objectValue") return object(held);
  if (name == "listValue") {
    std::vector<Cell> items;
    const auto* values = held.find("values");
    for (std::size_t i = 0; values != nullptr && i < values->size(); ++i) {
      const auto item = cell(values->items()[i]);
      if (!item) return std::nullopt;
      items.push_back(*item);
    }
    const auto& kept = lists_.emplace_back(std::move(items));
    return Cell::list(kept.data(), kept.size());
  }
  if (name == "mapValue") {
    std::vector<Entry> entries;
    const auto* values = held.find("entries");
    for (std::size_t i = 0; values != nullptr && i < values->size(); ++i) {
      const auto key = cell(*values->items()[i].find("key"));
      const auto inner = cell(*values->items()[i].find("value"));
      if (!key || !inner) return std::nullopt;
      entries.push_back({*key, *inner});
    }
    const auto& kept = maps_.emplace_back(std::move(entries));
    return Cell::map(kept.data(), kept.size());
  }
  return std::nullopt;
}

std::optional<Type> proto_type(const json::Value& type, std::vector<std::string>& parameters) {
  if (type.members().empty()) return dyn_type();
  const auto& [name, held] = type.members().front();
  if (name == "dyn") return dyn_type();
  if (name == "null") return type_of(kind::null);
  if (name == "primitive") return type_of(primitive_kind(held.text()));
  if (name == "wrapper") return type_of(primitive_kind(held.text()) | kind::null);
  if (name == "messageType") return known_message(held.text());
  if (name == "wellKnown") {
    if (held.text() == "ANY") return dyn_type();
    return type_of(held.text() == "DURATION" ? kind::duration : kind::timestamp);
  }
  if (name == "typeParam") {
    const auto found = std::find(parameters.begin(), parameters.end(), held.text());
    const auto number = static_cast<std::uint32_t>(found - parameters.begin());
    if (found == parameters.end()) parameters.emplace_back(held.text());
    return parameter_of(number);
  }
  const auto part = [&](std::string_view member) {
    const auto* inner = held.find(member);
    return inner == nullptr ? std::optional(dyn_type()) : proto_type(*inner, parameters);
  };
  if (name == "listType") return part("elemType").transform([](Type item) { return list_of(std::move(item)); });
  if (name == "mapType") {
    auto key = part("keyType"), value = part("valueType");
    if (!key || !value) return std::nullopt;
    return map_of(std::move(*key), std::move(*value));
  }
  if (name == "abstractType") {
    auto inner = proto_types(held.find("parameterTypes"), parameters);
    if (!inner) return std::nullopt;
    const std::string own(held.text_of("name"));
    if (own == "optional_type" && inner->size() == 1) return optional_of(inner->front());
    return opaque_of(own, std::move(*inner));
  }
  return std::nullopt;
}

std::optional<Declarations> declarations_of(const json::Value& test) {
  Declarations out;
  out.as_cel_go = true;
  out.container = std::string(test.text_of("container"));
  if (const auto* flag = test.find("disableCheck")) out.types = !flag->boolean();
  if (const auto* flag = test.find("disableMacros")) out.macros = !flag->boolean();
  if (const auto* declared = test.find("typeEnv")) {
    for (const auto& one : declared->items()) {
      const std::string name(one.text_of("name"));
      if (const auto* ident = one.find("ident")) {
        std::vector<std::string> parameters;
        auto type = ident->find("type") == nullptr ? std::nullopt : proto_type(*ident->find("type"), parameters);
        if (!type) return std::nullopt;
        out.variables.push_back({name, std::move(*type), true});
      } else if (const auto* function = one.find("function")) {
        auto made = proto_function(name, *function);
        if (!made) return std::nullopt;
        out.functions.push_back(std::move(*made));
      }
    }
  }
  if (const auto* bound = test.find("bindings")) {
    for (const auto& [name, value] : bound->members()) {
      const auto declared = [&name = name](const auto& variable) { return variable.name == name; };
      if (std::find_if(out.variables.begin(), out.variables.end(), declared) == out.variables.end())
        out.variables.push_back({std::string(name), dyn_type(), true});
    }
  }
  return out;
}

void add_default_environment(Declarations& declarations) {
  const Type text = type_of(kind::text);
  const std::pair<const char*, Type> variables[] = {
      {"is", text},
      {"ii", type_of(kind::integer)},
      {"iu", type_of(kind::uinteger)},
      {"iz", type_of(kind::boolean)},
      {"ib", type_of(kind::bytes)},
      {"id", type_of(kind::real)},
      {"ix", type_of(kind::null)},
  };
  for (const auto& [name, type] : variables) declarations.variables.push_back({name, type, true});
  Signature global{.id = "fg_s_0", .parameters = {}, .result = text};
  Signature method{.id = "fi_s_s_0", .method = true, .parameters = {text}, .result = text};
  declarations.functions.push_back({"fg_s", {std::move(global)}, nullptr});
  declarations.functions.push_back({"fi_s_s", {std::move(method)}, nullptr});
}

bool same(const Cell& wanted, const Cell& got) {
  if (wanted.is_list() && got.is_list()) {
    if (wanted.size != got.size) return false;
    for (std::size_t i = 0; i < wanted.size; ++i) {
      if (!same(Machine::item(wanted, i), Machine::item(got, i))) return false;
    }
    return true;
  }
  if (wanted.is_map() && got.is_map()) {
    if (wanted.size != got.size) return false;
    for (std::size_t i = 0; i < wanted.size; ++i) {
      const Entry one = Machine::entry(wanted, i);
      bool found = false;
      for (std::size_t j = 0; j < got.size && !found; ++j) {
        const Entry other = Machine::entry(got, j);
        found = same(one.key, other.key) && same(one.value, other.value);
      }
      if (!found) return false;
    }
    return true;
  }
  if (wanted.kind != got.kind) return false;
  switch (wanted.kind) {
    case CellKind::null:
      return true;
    case CellKind::boolean:
      return wanted.boolean == got.boolean;
    case CellKind::integer:
      return wanted.integer == got.integer;
    case CellKind::uinteger:
      return wanted.uinteger == got.uinteger;
    case CellKind::real:
      return wanted.real == got.real || (std::isnan(wanted.real) && std::isnan(got.real));
    case CellKind::text:
    case CellKind::bytes:
    case CellKind::type:
      return wanted.text() == got.text();
    case CellKind::timestamp:
    case CellKind::duration:
      return wanted.integer == got.integer && wanted.size == got.size;
    default:
      return false;
  }
}

std::string to_text(const Cell& cell) {
  char buffer[time_text_bytes];
  switch (cell.kind) {
    case CellKind::null:
      return "null";
    case CellKind::boolean:
      return cell.boolean ? "true" : "false";
    case CellKind::integer:
      return std::to_string(cell.integer);
    case CellKind::uinteger:
      return std::to_string(cell.uinteger) + "u";
    case CellKind::real:
      return fmt::format("double {}", cell.real);
    case CellKind::number:
      return fmt::format("number {}", cell.text());
    case CellKind::text:
      return fmt::format("\"{}\"", cell.text());
    case CellKind::bytes:
      return fmt::format("bytes {}", to_base64(cell.text()));
    case CellKind::type:
      return fmt::format("type {}", cell.text());
    case CellKind::timestamp:
      return fmt::format("timestamp {}", write_timestamp(cell, buffer));
    case CellKind::duration:
      return fmt::format("duration {}", write_duration(cell, buffer));
    case CellKind::optional:
      return cell.size == 0 ? "optional.none()" : fmt::format("optional.of({})", to_text(*cell.cells));
    case CellKind::error:
      return fmt::format("error {}", static_cast<int>(cell.code));
    default:
      break;
  }
  std::string out = cell.is_list() ? "[" : "{";
  for (std::size_t i = 0; i < cell.size; ++i) {
    if (i > 0) out += ", ";
    if (cell.is_list()) {
      out += to_text(Machine::item(cell, i));
    } else {
      const Entry entry = Machine::entry(cell, i);
      out += to_text(entry.key) + ": " + to_text(entry.value);
    }
  }
  return out + (cell.is_list() ? "]" : "}");
}

}  // namespace simpul::cel
