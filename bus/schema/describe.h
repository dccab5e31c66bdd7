// What a schema says of its fields, for routes, masking and audit, and for the people who must fill them in.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bus/schema/schema.h"

namespace simpul {

struct FieldAnnotation {
  // JSON Pointer into documents; "*" stands for every item of an array and for every member that has no name of its
  // own:
  // "/anggota_ikut/*/nik". "" is the document.
  std::string path;
  std::string title, description;
  std::string owner;                           // x-owner, its parent's when it has none
  PersonalData personal = PersonalData::none;  // as masking takes it: the parent's class where it has none of its own
  bool classified = false;                     // x-personal-data stands here or above
  bool key = false, subject = false;           // x-key, x-subject
  bool required = false;                       // present whenever its parent is
  bool conditional = false;                    // only in some of the forms that the document may have
};

// Every field that the schema names, parents before their parts, in the order of the file. A schema that contains
// itself is followed once. At most `limit`.
std::vector<FieldAnnotation> annotations(const Schema& schema, std::size_t limit = 10'000);

// A page of Markdown: what the document is, and a table of its fields with meaning, form and limits in words.
std::string schema_markdown(const Schema& schema, bool indonesian);

}  // namespace simpul
