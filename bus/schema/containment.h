// Containment: is every value that schema A accepts accepted by B?
//
// Three answers. Yes is proved. No comes with a witness: a value that was run through both schemas, valid for A and not
// for B. Not decidable says which keyword stopped the proof; it is the answer to everything that is beyond the caps or
// the method, so a wrong yes cannot be. `simpul schema diff` and the mapping checker rest on it:
//
//   backward  old ⊆ new   who reads with the new schema can read what was written by the old
//   forward   new ⊆ old   who still reads with the old schema can read what is written by the new
//   full      both
//
// Patterns, lengths and formats are sets of strings (automaton.h); a format whose set is not regular is equal only
// to itself, or contained where that is certain. Numbers are exact decimals. Recursive schemas are compared by
// coinduction (prover.h says how the search goes). Work, memory and nesting are bounded by the steps.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bus/schema/schema.h"

namespace simpul {

enum class Contained : std::uint8_t { yes, no, undecidable };

struct ContainmentOptions {
  // Reads B as a tolerant reader would: objects that B closes (additionalProperties or unevaluatedProperties false) are
  // open. So adding a field to a closed object is no break for old readers that ignore what they do not know.
  bool tolerant_reader = false;
  // Work is counted, not timed, so that an answer never depends on the machine.
  std::uint64_t steps = 200'000;
};

struct Containment {
  Contained answer = Contained::undecidable;
  std::string witness;             // no: JSON text
  std::vector<Violation> reasons;  // no: why B refuses the witness
  std::string keyword;             // undecidable: what stopped it: "not", "caps", "format: email"
  std::string place;               // undecidable: "file.json#/pointer" of that keyword
};

// Pure: the same schemas give the same answer and witness.
Containment contained(const Schema& a, const Schema& b, const ContainmentOptions& options = {});

// What a change of a schema means for those who write and those who read. Each answer has its own witness.
struct Evolution {
  Containment backward;          // old ⊆ new
  Containment forward;           // new ⊆ old
  Containment forward_tolerant;  // new ⊆ old, by old readers who ignore fields that they do not know
  bool full() const { return backward.answer == Contained::yes && forward.answer == Contained::yes; }
};

// `steps` for each of the three.
Evolution evolution(const Schema& before, const Schema& after, std::uint64_t steps = ContainmentOptions().steps);

}  // namespace simpul
