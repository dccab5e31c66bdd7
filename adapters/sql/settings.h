// The fields of the sql adapter as they are read; declared in sql.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bus/adapter.h"

namespace simpul::sql {

struct SourceSettings {
  std::string driver = "sqlite";
  std::string database;
  std::string table, query;
  std::vector<std::string> key;
  std::string mode = "row_hash";
  std::string column;
  std::string initial = "baseline";
  std::vector<std::string> remember;
  bool deletes = false;
  std::int64_t deletes_limit_percent = 20;
  std::string after;
  std::string event_column;
  std::vector<std::string> text_columns;
  std::map<std::string, std::string> digits;
  std::chrono::milliseconds poll{1000};
  std::int64_t full_check_polls = 60;
  std::int64_t batch_items = 200;
  std::chrono::milliseconds busy_timeout{2000};
};

struct TableSettings {
  std::string table;
  std::string mode = "upsert";
  std::vector<std::string> key;
  std::map<std::string, std::string> columns;
  std::string missing = "park";
};

struct LookupSettings {
  std::string query;
  std::vector<std::string> text_columns;
  std::map<std::string, std::string> digits;
};

struct TargetSettings {
  std::string driver = "sqlite";
  std::string database;
  std::map<std::string, TableSettings> tables;
  std::map<std::string, LookupSettings> lookups;
  std::string inbox = "simpul_inbox";
  std::int64_t batch_items = 64;
  std::chrono::milliseconds busy_timeout{2000};
};

std::unique_ptr<Source> open_source(const SourceSettings& settings, AdapterContext context, Intake& intake);
std::unique_ptr<Target> open_target(const TargetSettings& settings, AdapterContext context);

// The settings' query as it can stand in brackets: no end mark.
std::string without_end(std::string query);

}  // namespace simpul::sql
