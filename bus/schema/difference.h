// What changed between two versions of a schema, in words: for `simpul schema diff`, for the person who reviews a
// change, for the auditor who asks since when a field is personal.
//
// Both node graphs are walked side by side by meaning: references followed, the parts of allOf read as one, the names
// of $defs of no account. A difference says what a person would say ("fee.currency lost the value "GBP""), not who
// breaks: containment.h decides that. Recursive schemas end, as every pair of nodes is looked at once.
#pragma once

#include <string>
#include <vector>

#include "bus/schema/schema.h"

namespace simpul {

struct SchemaChange {
  enum class Kind : unsigned char {
    field_added,
    field_removed,
    field_renamed,  // one gone, one new, of the same shape and a like name: a guess, and worded as one
    required,       // became required
    optional,       // became optional
    type,
    values,  // of an enum or a constant
    bounds,  // of numbers, lengths, counts; multipleOf
    pattern,
    format,
    closed,         // to other fields or items, or opened
    items,          // what items must fit, uniqueness, contains, places of a tuple
    branches,       // of oneOf, anyOf
    condition,      // not, if, dependent…
    personal_data,  // x-personal-data
    annotation,     // x-key, x-subject, x-owner
    description,    // title, description, default, examples, deprecated
  };
  // What it does to the values allowed at this place. `unknown`: both or cannot be told from the change alone.
  enum class Effect : unsigned char { none, narrows, widens, unknown };

  std::string path;  // into the value, as a person writes it: "pemohon.nik", "dokumen[].jenis"; "" is the whole value
  Kind kind = Kind::description;
  Effect effect = Effect::none;
  Words words;
  std::string older, newer;  // JSON Pointers with their files, "pindah.json#/properties/nik"; empty on the side without
};

// Place by place from the outside in, fields in the newer schema's order; empty when nothing changed. At most `limit`.
std::vector<SchemaChange> differences(const Schema& older, const Schema& newer, std::size_t limit = 1000);

}  // namespace simpul
