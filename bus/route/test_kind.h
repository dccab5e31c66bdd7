// How durations are written in tests: 90s, 15m, 2h, 3d, 500ms; a moment may be a range of them, 1s..2s.
#pragma once

namespace simpul {

inline constexpr const char* duration_pattern = "^[0-9]{1,9}(ms|s|m|h|d)$";
inline constexpr const char* duration_range_pattern = "^[0-9]{1,9}(ms|s|m|h|d)(\\.\\.[0-9]{1,9}(ms|s|m|h|d))?$";
inline constexpr const char* dead_pattern = "^(always|[0-9]{1,9}(ms|s|m|h|d))$";

}  // namespace simpul
