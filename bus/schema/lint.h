// What is allowed in a schema and still most likely a mistake, or leaves the next person guessing.
//
// Every finding is a warning with place, path and what to do; the codes begin with "lint.". Pure: the same schemas give
// the same findings, in the order of files and lines; of one file 1 000 are told and the rest is counted.
//
//   lint.personal_data   a name that tells of a person, without x-personal-data here or above
//   lint.identifier      nik, no_kk, nip … as a number, or as text without the country's format
//   lint.no_description  a field with neither title nor description
//   lint.open_object     an object that names its fields and takes any other as well, without saying so
//   lint.enum            a value twice, or one that the rest of the schema never lets through
//   lint.bounds          a lower bound above the upper one
//   lint.required        a required field that the closed object does not have, or one whose name is nearly declared
//   lint.never           a schema that no value fits
//   lint.pattern         a pattern without ^ and $, which a longer text matches too
//   lint.ignored         a keyword that does nothing here: then without if, minContains without contains
//   lint.unused          a definition of $defs that nobody refers to
//   lint.example         an example or a default that the schema refuses
#pragma once

#include "bus/base/result.h"
#include "bus/schema/schema.h"

namespace simpul {

Problems lint(const SchemaRegistry& registry);

}  // namespace simpul
