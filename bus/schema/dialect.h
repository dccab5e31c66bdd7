// Dialects: which draft a schema is written in, and which of its vocabularies its meta-schema takes in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/schema/node.h"

namespace simpul {

struct Dialect {
  // Groups of keywords (2020-12 core §8.1.2). Before 2019-09 there was one group: a draft took in all of it.
  enum Vocabulary : unsigned {
    core = 1,
    applicator = 2,
    unevaluated = 4,
    validation = 8,
    meta_data = 16,
    format = 32,  // as an annotation, or as an assertion
    format_assertion = 64,
    content = 128,
    ours = 256,  // x-…: of every dialect
    all = core | applicator | unevaluated | validation | meta_data | format | content | ours
  };
  Draft draft = Draft::draft2020_12;
  unsigned vocabularies = all;
  std::string uri;  // of the meta-schema, without "#"
};

struct VocabularyUri {
  std::string_view uri;
  Draft draft;
  unsigned bits;
};

const VocabularyUri* find_vocabulary(std::string_view uri);
// The dialect of one of the five drafts by its meta-schema's URI without "#"; null for others.
const Dialect* standard_dialect(std::string_view uri);
std::vector<std::string> standard_dialect_uris();
std::string_view draft_words(Draft draft);  // "2020-12", "draft 7"
// What names a schema: `id` in draft 4, `$id` since.
constexpr std::string_view id_keyword(Draft draft) {
  return draft == Draft::draft4 ? "id" : "$id";
}
// Up to draft 7 a `$ref` hides what stands beside it.
constexpr bool ref_hides(Draft draft) {
  return draft <= Draft::draft7;
}

}  // namespace simpul
