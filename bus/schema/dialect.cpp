#include "bus/schema/dialect.h"

#include <array>

namespace simpul {

const Dialect* standard_dialect(std::string_view uri) {
  static const std::array<Dialect, 5> dialects{{
      {Draft::draft2020_12, Dialect::all, "https://json-schema.org/draft/2020-12/schema"},
      {Draft::draft2019_09, Dialect::all, "https://json-schema.org/draft/2019-09/schema"},
      {Draft::draft7, Dialect::all, "http://json-schema.org/draft-07/schema"},
      {Draft::draft6, Dialect::all, "http://json-schema.org/draft-06/schema"},
      {Draft::draft4, Dialect::all, "http://json-schema.org/draft-04/schema"},
  }};
  for (const auto& dialect : dialects) {
    if (dialect.uri == uri) return &dialect;
  }
  return nullptr;
}

std::vector<std::string> standard_dialect_uris() {
  return {"https://json-schema.org/draft/2020-12/schema", "https://json-schema.org/draft/2019-09/schema",
          "http://json-schema.org/draft-07/schema#", "http://json-schema.org/draft-06/schema#",
          "http://json-schema.org/draft-04/schema#"};
}

const VocabularyUri* find_vocabulary(std::string_view uri) {
  using D = Dialect;
  constexpr auto now = Draft::draft2020_12, before = Draft::draft2019_09;
  static constexpr std::array<VocabularyUri, 14> vocabularies{{
      {"https://json-schema.org/draft/2020-12/vocab/core", now, D::core},
      {"https://json-schema.org/draft/2020-12/vocab/applicator", now, D::applicator},
      {"https://json-schema.org/draft/2020-12/vocab/unevaluated", now, D::unevaluated},
      {"https://json-schema.org/draft/2020-12/vocab/validation", now, D::validation},
      {"https://json-schema.org/draft/2020-12/vocab/meta-data", now, D::meta_data},
      {"https://json-schema.org/draft/2020-12/vocab/format-annotation", now, D::format},
      {"https://json-schema.org/draft/2020-12/vocab/format-assertion", now, D::format | D::format_assertion},
      {"https://json-schema.org/draft/2020-12/vocab/content", now, D::content},
      {"https://json-schema.org/draft/2019-09/vocab/core", before, D::core},
      // Here `unevaluated…` were applicators like the others.
      {"https://json-schema.org/draft/2019-09/vocab/applicator", before, D::applicator | D::unevaluated},
      {"https://json-schema.org/draft/2019-09/vocab/validation", before, D::validation},
      {"https://json-schema.org/draft/2019-09/vocab/meta-data", before, D::meta_data},
      {"https://json-schema.org/draft/2019-09/vocab/format", before, D::format},
      {"https://json-schema.org/draft/2019-09/vocab/content", before, D::content},
  }};
  for (const auto& vocabulary : vocabularies) {
    if (vocabulary.uri == uri) return &vocabulary;
  }
  return nullptr;
}

std::string_view draft_words(Draft draft) {
  constexpr std::array<std::string_view, 5> words{"draft 4", "draft 6", "draft 7", "2019-09", "2020-12"};
  return words[static_cast<std::size_t>(draft)];
}

}  // namespace simpul
