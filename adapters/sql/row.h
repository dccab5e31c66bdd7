// A row as JSON: how a database's values stand in records and answers.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "adapters/sql/driver.h"
#include "bus/base/result.h"
#include "bus/base/yaml.h"

namespace simpul::sql {

// Which columns are given as text: identifiers that the database keeps as numbers.
class RowShape {
 public:
  // `digits` says to how many digits a number is filled up with zeros; such a column is text too.
  RowShape(const std::vector<std::string>& text_columns, const std::map<std::string, std::string>& digits);
  // Integers and reals as JSON numbers, text as strings, nothing as null, bytes as base64.
  std::string json(const std::string& column, const Cell& cell) const;
  // A part of the fingerprint of what a row looks like.
  std::string fingerprint() const;

 private:
  std::set<std::string> text_;
  std::map<std::string, std::size_t> digits_;
};

// Reports a `digits` field whose values are no numbers from 1 to 40.
void check_digits(const std::map<std::string, std::string>& digits, const yaml::Node& node, Problems& problems);

}  // namespace simpul::sql
