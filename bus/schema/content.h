// Content inside strings (draft 7 validation §8): in that draft a string may be checked for being what contentEncoding
// and contentMediaType say. Since 2019-09 they only annotate (§8.1).
#pragma once

#include <string_view>

#include "bus/schema/formats.h"

namespace simpul {

// As a format, for base64 and for JSON; null for every other content, of which nothing is asserted.
const Format* content_format(std::string_view encoding, std::string_view media_type);

}  // namespace simpul
