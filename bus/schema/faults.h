// A fault as the walk finds it: small, without words. Only those that are handed out become Violations (faults.cpp),
// which masks what came, looks for the nearest name and says it in both languages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bus/schema/judge.h"
#include "bus/schema/messages.h"
#include "bus/schema/ways.h"

namespace simpul {

struct Fault {
  const Node* node = nullptr;
  std::string_view keyword;  // as the node's draft writes it; empty: the schema false
  Message message = Message::forbidden;
  const json::Value* value = nullptr;  // what came
  std::string instance, way;
  std::string_view name = {};  // of a field: the one that is missing, unknown, not allowed or badly named
  std::string_view other = {};
  std::uint64_t expected = 0, got = 0;           // counts; for a type its bits
  std::vector<const json::Value*> choices = {};  // of alternatives; an enum's own are in its node
  std::vector<Passed> passed = {};               // schemas on the way, when all alternatives are walked
};

class FaultWriter {
 public:
  FaultWriter(const Node& root, Judge& judge) : root_(root), judge_(judge) {}
  Violation write(const Fault& fault);
  // At most `limit`, in the order of the document, each said once.
  std::vector<Violation> write(std::vector<Fault> faults, std::size_t limit);

 private:
  struct Shown;
  Words words(const Fault& fault, const Shown& shown);
  Words format_words(const Fault& fault, const Shown& shown);
  Words missing_words(const Fault& fault);
  Words unknown_words(const Fault& fault);
  Words choice_words(const Fault& fault, const Shown& shown);
  Words name_words(const Fault& fault, const Shown& shown);

  const Node& root_;
  Judge& judge_;
};

// Of alternatives that all refuse a value: only the one that comes closest is walked, for people, or all.
enum class Alternatives : std::uint8_t { closest, all };

// The faults of a value in the order in which they are found, at most 1 000.
std::vector<Fault> faults_of(const Node& root, const json::Value& value, Judge& judge,
                             Alternatives alternatives = Alternatives::closest);

}  // namespace simpul
