#include "bus/base/telemetry.h"

#include <atomic>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>

namespace simpul {

namespace {

constexpr const char* text_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v";
constexpr const char* json_pattern = "{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",\"level\":\"%l\",%v}";

std::atomic<bool> as_json{false};

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_unique<spdlog::logger>("simpul", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>(text_pattern, spdlog::pattern_time_type::utc));
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::trace);
    // A full pipe or a closed terminal must not end the bus, nor be told to the same broken place.
    made->set_error_handler([](const std::string&) {});
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum level_of(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// Control characters are escaped, so that a line stays a line and a terminal takes no orders from it.
std::string escaped(std::string_view text, bool json) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      out += "\\n";
    else if (byte < 0x20 || byte == 0x7F)
      out += fmt::format("\\u{:04x}", byte);
    else if (json && (c == '"' || c == '\\'))
      (out += '\\') += c;
    else
      out += c;
  }
  return out;
}

}  // namespace

void say(Level level, std::string_view signal, std::string_view text) {
  try {
    auto& to = logger();
    const auto at = level_of(level);
    if (!to.should_log(at)) return;
    const bool json = as_json.load(std::memory_order_relaxed);
    const auto line = json
                          ? fmt::format("\"signal\":\"{}\",\"text\":\"{}\"", escaped(signal, true), escaped(text, true))
                          : fmt::format("{}: {}", signal, escaped(text, false));
    to.log(at, spdlog::string_view_t(line.data(), line.size()));
  } catch (const std::exception&) {
    // Out of memory while telling: what is told is also in the log or in the answer, so the bus goes on.
  }
}

void set_telemetry(Level least, bool json) {
  auto& to = logger();
  as_json.store(json, std::memory_order_relaxed);
  to.set_formatter(
      std::make_unique<spdlog::pattern_formatter>(json ? json_pattern : text_pattern, spdlog::pattern_time_type::utc));
  to.set_level(level_of(least));
}

}  // namespace simpul
