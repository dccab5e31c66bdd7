// Name-based UUIDs (RFC 9562 §5.5): the same namespace and name give the same UUID, on every machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace simpul {

// The namespace is a UUID, or "dns", "url", "oid" or "x500" (RFC 9562 §6.6); none when it is neither.
std::optional<std::string> uuid5(std::string_view name_space, std::string_view name);

}  // namespace simpul
