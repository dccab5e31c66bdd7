// JSON Schema's own output, for machines (core §12): `flag` says valid or not; `basic` lists every error, or for a
// valid value every keyword that held with its annotation; `detailed` is the same as a tree, in which what has one
// child only stands for it. Values are masked in error texts by their class, as everywhere. At most 1 000 errors or 10
// 000 keywords are listed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bus/schema/schema.h"

namespace simpul {

enum class OutputForm : std::uint8_t { flag, basic, detailed };

std::optional<OutputForm> output_form(std::string_view name);

// JSON text.
std::string output_text(const Schema& schema, const json::Value& value, OutputForm form);

}  // namespace simpul
