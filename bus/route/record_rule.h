// Rules that make events of records: a table's row, a file's line.
#pragma once

#include <memory>

#include "bus/route/declarations.h"
#include "bus/route/expression_source.h"

namespace simpul {

// Null, with problems reported, when something does not compile. `schema` is the event type's, or null.
std::shared_ptr<const RecordRule> compile_rule(const RuleDeclaration& declaration,
                                               std::shared_ptr<const std::map<std::string, CodeTable>> tables,
                                               const Schema* schema, ExpressionSource& source);

}  // namespace simpul
