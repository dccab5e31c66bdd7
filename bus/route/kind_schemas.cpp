// The JSON Schemas of the kinds, made of their declarations and the adapters'.
#include <fmt/format.h>

#include "bus/event/json.h"
#include "bus/route/kinds.h"

namespace simpul {
namespace {

// An adapter's fields take values from the environment, those of the bus's own kinds do not: they are names.
std::vector<FieldDescription> from_environment(std::vector<FieldDescription> fields) {
  for (auto& field : fields) {
    field.options.from_environment = true;
    field.children = from_environment(std::move(field.children));
  }
  return fields;
}

// The declared fields with each adapter that has the side as one of the alternatives where one is named.
std::vector<FieldDescription> with_adapters(const std::vector<FieldDescription>& fields,
                                            const std::vector<AdapterFields>& adapters) {
  auto out = fields;
  for (auto& field : out) {
    if (field.options.side.empty()) continue;
    for (const auto& adapter : adapters) {
      auto side = adapter.sides.find(field.options.side);
      if (side == adapter.sides.end()) continue;
      field.children.push_back({adapter.name,
                                FieldType::group,
                                {.help = adapter.summary, .is_alternative = true},
                                from_environment(side->second)});
    }
  }
  return out;
}

bool is_flat(const json::Value& value) {
  if (value.is_object()) return value.size() == 0;
  if (!value.is_array()) return true;
  for (const auto& item : value.items())
    if (item.is_array() || item.is_object()) return false;
  return true;
}

// In lines, two spaces deeper for each level; a list of plain values stays on one line.
void write_lines(const json::Value& value, const std::string& indent, std::string& out) {
  if (value.is_array() && is_flat(value)) {
    out += '[';
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ", ";
      json::write(value.items()[i], out);
    }
    out += ']';
    return;
  }
  if (is_flat(value)) return json::write(value, out);
  const auto deeper = indent + "  ";
  out += value.is_array() ? "[" : "{";
  for (std::size_t i = 0; i < value.size(); ++i) {
    out += (i == 0 ? "\n" : ",\n") + deeper;
    if (value.is_object()) {
      json::write_string(value.members()[i].name, out);
      out += ": ";
    }
    write_lines(value.is_array() ? value.items()[i] : value.members()[i].value, deeper, out);
  }
  out += "\n" + indent + (value.is_array() ? "]" : "}");
}

std::string schema_of(const Kind& kind, const std::vector<AdapterFields>& adapters) {
  auto fields = fields_json_schema(with_adapters(kind.fields, adapters));
  auto head =
      fmt::format(R"({{"$schema":"https://json-schema.org/draft/2020-12/schema","title":{},)", json_text(kind.title));
  auto text = head + fields.substr(1);
  if (text.find("#/$defs/mapping") != text.npos) {
    text.pop_back();
    text += R"(,"$defs":{"mapping":)" + mapping_json_schema() + "}}";
  }
  auto document = json::parse(std::move(text));
  SIMPUL_ASSERT(document);
  std::string lines;
  write_lines(document->root(), "", lines);
  return lines + "\n";
}

}  // namespace

std::map<std::string, std::string> kind_schemas(const std::vector<AdapterFields>& adapters) {
  std::map<std::string, std::string> out;
  for (const auto& kind : kinds()) out.emplace(kind.name, schema_of(kind, adapters));
  return out;
}

}  // namespace simpul
