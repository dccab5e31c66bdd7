// Random schemas over every keyword and draft, and documents built to fit them, half of which are then broken. One
// seed, one case.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/schema/differential/tree.h"

namespace simpul::differential {

enum class Dialect : std::uint8_t { draft4, draft6, draft7, draft2019_09, draft2020_12 };
std::string_view uri_of(Dialect dialect);
std::string_view name_of(Dialect dialect);  // "2020-12"

// What a pair may hold.
struct Taste {
  bool numbers_beyond_doubles = true;  // 1e400, 9007199254740993
  bool country_formats = true;
  bool dynamic_references = true;
};

using FittingTexts = std::map<std::string, std::vector<std::string>>;  // of patterns and formats

struct Case {
  Dialect dialect = Dialect::draft2020_12;
  Tree schema;
  std::vector<Tree> documents;
};

Case make_case(std::uint64_t seed, std::size_t documents, const Taste& taste);

// A document that tries to be valid (documents.cpp); how often it is, chance and the schema say.
Tree make_document(const Tree& schema, const FittingTexts& texts, Dice& dice, bool beyond_doubles);
// Changes one thing somewhere in it.
void break_document(Tree& document, Dice& dice, bool beyond_doubles);

}  // namespace simpul::differential
