// Reference resolution of RFC 3986 §5.2, for $id and $ref.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace simpul {

// `base` must be a URI with a scheme; the fragment of `reference` is kept.
std::string resolve_uri(std::string_view base, std::string_view reference);
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace simpul
