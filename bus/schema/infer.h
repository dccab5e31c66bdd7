// A schema drafted from samples: what all of them have in common, and what is guessed from names and values.
//
// Every sample that was added is valid for the draft. Samples are looked at once and forgotten: memory grows with the
// number of different fields, which is bounded, never with the number of samples. What is guessed is said in notes();
// a person decides.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bus/event/json.h"

namespace simpul {

struct InferenceNote {
  std::string path;    // "anggota_ikut[].nik"; empty: the whole
  std::string text;    // never a value of the samples, unless it became one of an enum
  bool doubt = false;  // something to look at, not merely a guess
};

struct SchemaDraft {
  std::string schema;  // JSON text, indented
  std::vector<InferenceNote> notes;
};

class Inference {
 public:
  Inference();
  ~Inference();
  void add(const json::Value& sample);
  // A row of a table, all of whose cells are text: a column is a number where all of its cells read as one and none
  // begins with a zero that would be lost. An empty cell is an absent field.
  void add_row(const std::vector<std::string>& columns, const std::vector<std::string>& cells);
  std::uint64_t samples() const;
  SchemaDraft draft(std::string_view title) const;

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

// What a cell of a table is for a schema that allows these kinds (SchemaType::Kind): a number, a boolean, or text.
json::Value cell_value(std::string_view cell, unsigned kinds);

}  // namespace simpul
