// Instants and spans of time as CEL has them: CellKind::timestamp and duration, their ranges and their texts.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "bus/expression/cell.h"

namespace simpul::cel {

inline constexpr std::int64_t earliest_timestamp = -62'135'596'800;  // 0001-01-01T00:00:00Z
inline constexpr std::int64_t latest_timestamp = 253'402'300'799;    // 9999-12-31T23:59:59Z
// Seconds, either way: just less than from the earliest timestamp to the latest, whose difference is out of range in
// CEL's conformance suite (timestamps/timestamp_range).
inline constexpr std::int64_t longest_duration = 315'537'897'598;
inline constexpr std::uint32_t nanoseconds_a_second = 1'000'000'000;
inline constexpr std::size_t time_text_bytes = 48;  // what write_timestamp and write_duration need at most

// A cell in its range, or none. `nanoseconds` may be below zero or beyond a second.
std::optional<Cell> timestamp_of(std::int64_t seconds, std::int64_t nanoseconds);
std::optional<Cell> duration_of(std::int64_t seconds, std::int64_t nanoseconds);

// RFC 3339 §5.6 date-time: "2026-03-05T07:30:00.5+07:00". Digits of a fraction after the ninth are dropped; a leap
// second is the first of the next minute.
std::optional<Cell> read_timestamp(std::string_view text);
// RFC 3339 §5.6 full-date: its midnight, UTC.
std::optional<Cell> read_full_date(std::string_view text);
// "1h30m", "-3.5s", "250ms", "0": numbers with h, m, s, ms, us or ns (cel-spec, langdef.md, "Conversions").
std::optional<Cell> read_duration(std::string_view text);

// "2026-03-05T00:30:00.5Z" and "-3.5s": no more digits of the fraction than it has. The view is into the buffer, of
// time_text_bytes at least.
std::string_view write_timestamp(const Cell& timestamp, std::span<char> buffer);
std::string_view write_duration(const Cell& duration, std::span<char> buffer);

}  // namespace simpul::cel
