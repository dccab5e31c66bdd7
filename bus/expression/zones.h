// Time zones by name: how far a place's clock is from UTC at an instant.
//
// Built in, so that the same event gives the same bytes on every machine: offsets ("+07:00", "-02:30", "07:00"), UTC,
// GMT, Z, and the zones of Indonesia (WIB, WITA, WIT; Asia/Jakarta, Pontianak, Makassar, Jayapura) with the offsets
// that hold since 1988. Other names of the IANA database are read from /usr/share/zoneinfo (RFC 8536): they are unknown
// on a machine without it, and change when it does.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace simpul::cel {

// Seconds east of Greenwich at an instant in seconds since 1970; none when there is no such zone. Safe from any thread.
std::optional<std::int64_t> zone_offset(std::string_view zone, std::int64_t seconds);

// Of the built-in ones: their answer needs nothing of the machine.
bool is_built_in_zone(std::string_view zone);

// RFC 8536 bytes as zone_offset reads them; none when they are damaged. For tests and fuzzers.
std::optional<std::int64_t> zone_file_offset(std::string_view bytes, std::int64_t seconds);

}  // namespace simpul::cel
