// Grammars that event attributes and schema formats share. Each function answers whether the whole text is of the
// form; none throws, allocates, or looks beyond the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bus/base/result.h"

namespace simpul {

// Where a byte of a text stands, for a Problem's place. Columns count characters.
Mark mark_at(std::string_view text, std::size_t offset);

// The character at a byte of a UTF-8 text, and the bytes it takes: 0 when it is none.
char32_t utf8_at(std::string_view text, std::size_t at, std::size_t& size);

bool is_full_date(std::string_view text);  // RFC 3339 §5.6 full-date, a day that exists
bool is_full_time(std::string_view text);  // RFC 3339 §5.6 full-time; a leap second only at 23:59:60 UTC
bool is_date_time(std::string_view text);  // RFC 3339 §5.6 date-time
bool is_calendar_day(unsigned year, unsigned month, unsigned day);
bool is_uri(std::string_view text);            // RFC 3986 §3: with a scheme, a fragment may follow
bool is_absolute_uri(std::string_view text);   // RFC 3986 §4.3: with a scheme, without a fragment
bool is_uri_reference(std::string_view text);  // RFC 3986 §4.1
bool is_iri(std::string_view text);            // RFC 3987 §2.2: with a scheme
bool is_iri_reference(std::string_view text);  // RFC 3987 §2.2
bool is_iri_character(char32_t character);     // RFC 3987 §2.2 ucschar: what an IRI has beyond a URI
bool is_private_use(char32_t character);       // RFC 3987 §2.2 iprivate
bool is_ipv4(std::string_view text);           // RFC 2673 §3.2: four decimal numbers without leading zeros
bool is_ipv6(std::string_view text);           // RFC 4291 §2.2, without a zone
bool is_media_type(std::string_view text);     // RFC 2046, RFC 9110 §8.3.1: type/subtype and parameters
// RFC 6839 §3.1 and CloudEvents JSON format 1.0.2 §3.1: subtype json, or ending in +json.
bool is_json_media_type(std::string_view text);
std::string media_type_essence(std::string_view text);  // "text/plain", lower case, without parameters
std::string media_type_parameter(std::string_view text, std::string_view lower_name);  // unquoted; empty when absent

}  // namespace simpul
