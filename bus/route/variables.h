// The variables that YAML adds to expressions: lets, items and answers get their names and types here, wherever they
// stand.
#pragma once

#include <string>
#include <string_view>

#include "bus/base/yaml.h"
#include "bus/expression/expression.h"
#include "bus/route/expression_source.h"

namespace simpul {

// Reports a name that is none, or that the scope has already. `what` it is to be the name of: "a let".
bool take_name(const yaml::Node& where, const std::string& name, std::string_view what, const Scope& scope,
               ExpressionSource& source);
// One that holds what the expression gives, which is null when it did not compile.
Scope::Variable let_variable(const std::string& name, const Expression* value);
// One that holds an item of the list.
Scope::Variable item_variable(const std::string& name, const Expression* list);
// Reports a list that can never be one.
void check_list(const yaml::Node& node, const Expression* list, ExpressionSource& source);

}  // namespace simpul
