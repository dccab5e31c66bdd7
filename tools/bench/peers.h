// Other programs beside which an engine is measured: those that ./tools/dev peers installed into build/peers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace simpul::bench {

std::string peers_folder();
// What a program prints, or nothing when it cannot be started or fails.
std::string output_of(std::vector<std::string> words);
// The first number of a text; 0 without one.
double number_in(std::string_view text);

}  // namespace simpul::bench
