// Text that stands in XML: in an element or an attribute.
#pragma once

#include <string>
#include <string_view>

namespace simpul::trial {

// XML 1.0 §2.2 and §2.4: marks are written as references, characters that it may not hold become U+FFFD.
std::string xml_text(std::string_view text);

}  // namespace simpul::trial
