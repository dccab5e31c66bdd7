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
  ExpressionSource(const ConfigurationFiles& files, Problems& problems) : files_(files), problems_(problems) {}

  // Null, with problems reported, when it does not compile.
  std::shared_ptr<const Expression> compile(const yaml::Node& node, const Scope& scope, Expect expect);
  void report(const yaml::Node& node, std::string code, std::string message, std::string hint = {});
  Problems& problems() { return problems_; }

 private:
  const ConfigurationFiles& files_;
  Problems& problems_;
};

// Where each character of a scalar stands in the file's text; one more for its end. When the two do not
// agree every mark is that of the scalar.
std::vector<Mark> character_marks(std::string_view file_text, const yaml::Node& scalar);

}  // namespace simpul
