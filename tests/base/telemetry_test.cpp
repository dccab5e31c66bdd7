#include "bus/base/telemetry.h"

#include <regex>

#include <gtest/gtest.h>

namespace simpul {
namespace {

std::string said(Level least, bool json, Level level, std::string_view text) {
  set_telemetry(least, json);
  testing::internal::CaptureStderr();
  say(level, "test.signal", text);
  auto line = testing::internal::GetCapturedStderr();
  set_telemetry(Level::info, false);
  return line;
}

TEST(Telemetry, OneLineForPeople) {
  const auto line = said(Level::info, false, Level::warning, "first\nsecond {} \x1b[31m");
  EXPECT_TRUE(std::regex_match(
      line,
      std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning test\.signal: first\\nsecond \{\} \\u001b\[31m\n)")))
      << line;
}

TEST(Telemetry, OneObjectForMachines) {
  const auto line = said(Level::info, true, Level::error, "a \"b\" \\");
  EXPECT_TRUE(std::regex_match(
      line,
      std::regex(R"raw(\{"time":"[^"]+Z","level":"error","signal":"test\.signal","text":"a \\"b\\" \\\\"\}\n)raw")))
      << line;
}

TEST(Telemetry, WhatIsBelowTheLevelIsNotWritten) {
  EXPECT_EQ(said(Level::info, false, Level::debug, "x"), "");
  EXPECT_NE(said(Level::debug, false, Level::debug, "x"), "");
}

}  // namespace
}  // namespace simpul
