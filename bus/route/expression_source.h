// Expressions as they stand in YAML: compiled, with problems placed exactly where their characters stand in
// the file, quotes, escapes and blocks counted.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bus/base/yaml.h"
#include "bus/expression/expression.h"
#include "bus/route/generation.h"

namespace simpul {

struct PlacedExpression {
  std::shared_ptr<const Expression> expression;  // null: there is none
  Place place;
  explicit operator bool() const { return expression != nullptr; }
};

class ExpressionSource {
 public:
  // Without `types` it is no wonder that nothing is known of the variables, and no warning says so.
  ExpressionSource(const ConfigurationFiles& files, Problems& problems, bool types = true)
      : files_(files), problems_(problems), types_(types) {}

  // Null, with problems reported, when it does not compile; warnings are reported too.
  std::shared_ptr<const Expression> compile(const yaml::Node& node, const Scope& scope, Expect expect);
  void report(const yaml::Node& node, std::string code, std::string message, std::string hint = {});
  Problems& problems() { return problems_; }

 private:
  void report_placed(const yaml::Node& node, const Problems& found);

  const ConfigurationFiles& files_;
  Problems& problems_;
  const bool types_;
};

// Where each character of a scalar stands in the file's text; one more for its end. When the two do not
// agree every mark is that of the scalar.
std::vector<Mark> character_marks(std::string_view file_text, const yaml::Node& scalar);

}  // namespace simpul
