// Samples that scaffolds are drawn from: a CSV file with a header, JSON, JSON Lines, or a table of an SQLite database
// (FILE:TABLE). At most a thousand rows of a table are looked at.
#pragma once

#include <string>
#include <vector>

#include "bus/base/result.h"
#include "bus/schema/infer.h"

namespace simpul {

// A member of the objects that the draft describes.
struct SampleField {
  std::string name, type;  // type: as the draft says, such as "string"; empty when it says more than one
  bool required = false;   // it was there in every sample
};

struct Sample {
  std::string schema;  // JSON text of the draft
  std::vector<InferenceNote> notes;
  std::vector<SampleField> fields;
  std::vector<std::string> columns;  // of rows and tables
  std::vector<std::string> key;      // a table's primary key
  std::string database, table;       // of a table
  bool rows = false;                 // it came as CSV
};

// Codes: sample.unreadable, sample.empty, sample.table.
Result<Sample> read_sample(const std::string& from, const std::string& title);

}  // namespace simpul
