// The fields of the file adapter as they are read; declared in file.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bus/adapter.h"

namespace simpul::file {

struct SourceSettings {
  std::string folder;
  std::string pattern = "*";
  std::string format = "csv";
  std::vector<std::string> columns;
  bool header = false;
  std::string separator = ",";
  std::string encoding = "utf-8";
  bool events = false;
  std::chrono::milliseconds poll{1000};
  std::chrono::milliseconds settle{2000};
  std::string complete_suffix;
  std::string same_again = "ignore";
  std::string on_bad_line = "skip";
  std::string done = "done";
  std::int64_t batch_items = 200;
};

struct FileSettings {
  std::string name;
  std::string format = "csv";
  std::vector<std::string> columns;
  bool header = true;
  std::string separator = ",";
  std::string encoding = "utf-8";
  std::int64_t rotate_bytes = 0;  // 0: not
};

struct TargetSettings {
  std::string folder;
  std::map<std::string, FileSettings> files;
  std::int64_t utc_offset_minutes = 420;
};

// "," or "tab".
char separator_of(const std::string& text);

std::unique_ptr<Source> open_source(const SourceSettings& settings, AdapterContext context, Intake& intake);
std::unique_ptr<Target> open_target(const TargetSettings& settings, AdapterContext context);

}  // namespace simpul::file
