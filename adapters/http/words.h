// Words of an application that go into reasons: short, one line, and without what may be a personal value.
#pragma once

#include <string>
#include <string_view>

namespace simpul::http {

// At most 200 characters; control characters become spaces, runs of six and more digits become "…".
std::string safe_words(std::string_view text);

}  // namespace simpul::http
