// What is asked of one schema and its documents without any peer: that it loads, that both passes agree, and that the
// answer does not change with the spelling of the document. And what makes a failing pair small.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bus/schema/schema.h"
#include "tests/schema/differential/generate.h"

namespace simpul::differential {

struct Pair {
  Dialect dialect = Dialect::draft2020_12;
  Tree schema, document;
};

struct Finding {
  std::string what;  // "the passes disagree", "refused at load: …", "ajv says valid, we say invalid"
  Pair pair;
};
std::string to_text(const Finding& finding);

// Null, and why, when it does not load.
std::shared_ptr<const Schema> load(const Tree& schema, std::string& why);
// Nothing when the schema does not load or the document is no JSON.
std::optional<bool> is_valid(const Tree& schema, const Tree& document);

struct Counts {
  std::size_t schemas = 0, pairs = 0, valid = 0;
};
// The answers, one for each document, and the findings.
std::vector<bool> judge(const Case& one, Dice& dice, Counts& counts, std::vector<Finding>& findings);

// What is wrong with a pair, as judge() would say; empty when nothing is.
std::string complaint(const Pair& pair);

// The smallest pair found that still fails, trying at most `tries` others.
Pair shrink(Pair pair, const std::function<bool(const Pair&)>& fails, std::size_t tries = 4000);

}  // namespace simpul::differential
