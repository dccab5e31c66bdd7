// An event or a record as a test writes it: by what differs from another one. Made into what is given at the end.
#pragma once

#include <set>
#include <string>

#include "bus/base/result.h"
#include "tools/trial/cases.h"
#include "tools/trial/tree.h"

namespace simpul::trial {

struct Draft {
  std::string app, of, change = "insert";
  Tree tree = Tree::object();     // CloudEvents' members; of a record: row and old
  std::set<std::string> removed;  // members that no default brings back
  Nanoseconds after = 0;
  std::uint64_t times = 1;
  Place place;
  bool is_record() const { return !of.empty(); }
};

struct DraftDefaults {
  std::string source;  // the bus's
  Nanoseconds begins = 0;
};

// Adds what the drafts give, in order; each has its number for its id.
void give(const std::vector<Draft>& drafts, const DraftDefaults& defaults, std::vector<Given>& out);

// A case for each row of a table: `drafts` are what the case gives, the first of them is changed by the row.
struct TableText {
  std::string path, text;
  Place named;  // where the test names it
};
void read_table(const TableText& table, const Case& like, const std::vector<Draft>& drafts,
                const DraftDefaults& defaults, const Generation& generation, std::vector<Case>& out,
                Problems& problems);

}  // namespace simpul::trial
