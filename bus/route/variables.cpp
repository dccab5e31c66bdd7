#include "bus/route/variables.h"

#include <fmt/format.h>

#include <algorithm>

#include "bus/expression/inference.h"
#include "bus/route/kind_reader.h"

namespace simpul {

bool take_name(const yaml::Node& where, const std::string& name, std::string_view what, const Scope& scope,
               ExpressionSource& source) {
  if (!is_identifier(name)) {
    source.report(where, "route.name", fmt::format("\"{}\" is no name for {}", name, what),
                  "use letters, digits and _, not beginning with a digit, and no word of CEL");
    return false;
  }
  if (std::ranges::find(scope.variables, name, &Scope::Variable::name) == scope.variables.end()) return true;
  source.report(where, "route.name", fmt::format("the name \"{}\" is taken", name),
                "choose another; id, source, type, subject, time and data are the event's");
  return false;
}

Scope::Variable let_variable(const std::string& name, const Expression* value) {
  Scope::Variable variable{name, nullptr, std::nullopt};
  if (value == nullptr) return variable;
  variable.type = value->cursor();
  if (variable.type == nullptr) variable.plain = value->result();
  variable.schema = value->inferred();
  variable.required = !value->may_be_absent();
  variable.schema = value->inferred();
  return variable;
}

Scope::Variable item_variable(const std::string& name, const Expression* list) {
  Scope::Variable variable{name, nullptr, std::nullopt};
  if (list == nullptr || !(list->result().kinds & SchemaType::array)) return variable;
  if (auto cursor = list->cursor()) variable.type = cursor->items();
  // Of what the list is known to hold, the schema of its items.
  if (auto inferred = json::parse(list->inferred()); inferred && inferred->root().is_object())
    if (inferred->root().find("items") != nullptr) variable.schema = cel::items_of(inferred->root());
  return variable;
}

void check_list(const yaml::Node& node, const Expression* list, ExpressionSource& source) {
  if (list == nullptr || !list->result().known || (list->result().kinds & SchemaType::array)) return;
  source.report(node, "route.each", "each needs a list, and this is no list",
                "name a list of the event, such as data.anggota_ikut");
}

}  // namespace simpul
