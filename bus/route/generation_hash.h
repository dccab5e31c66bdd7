// What a generation is named by.
#pragma once

#include <string>

#include "bus/route/generation.h"

namespace simpul {

// Hex SHA-256 over the files in the order of their paths: path, zero byte, length in decimal, zero byte, text.
std::string hash_of(const ConfigurationFiles& files);

}  // namespace simpul
