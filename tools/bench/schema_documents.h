// The schema of the schema measures, its event, and many different events that fit it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bus/base/result.h"
#include "bus/schema/schema.h"

namespace simpul::bench {

struct Permit {
  std::string schema_file, event_file;  // tools/bench/schema/
  std::string schema_text, event_text;
  std::shared_ptr<const SchemaRegistry> registry;
  std::shared_ptr<const Schema> schema;
};
Result<Permit> read_permit();

// Permit events that differ in every value: the same for one number, in every run and on every machine.
std::string permit_event(std::uint64_t number);

}  // namespace simpul::bench
