#include "tools/demo/city.h"

#include <sqlite3.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <memory>

namespace simpul::demo {

std::vector<City::Row> City::query(const std::string& database, const std::string& sql,
                                   const std::vector<std::string>& values) const {
  std::vector<Row> rows;
  sqlite3* raw = nullptr;
  auto path = folder_ + "/" + database;
  int opened = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> handle(raw, sqlite3_close);
  if (opened != SQLITE_OK) return rows;
  sqlite3_busy_timeout(raw, 5000);
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(raw, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) return rows;
  std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> guard(statement, sqlite3_finalize);
  for (std::size_t i = 0; i < values.size(); ++i)
    sqlite3_bind_text(statement, static_cast<int>(i) + 1, values[i].c_str(), static_cast<int>(values[i].size()),
                      SQLITE_TRANSIENT);
  while (sqlite3_step(statement) == SQLITE_ROW) {
    Row row;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
      row.emplace_back(text == nullptr ? "" : text);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Family> City::families() const {
  std::vector<Family> families;
  for (auto& row :
       query("siak.db",
             "SELECT printf('%016d', NO_KK), printf('%016d', NIK_KK), ALAMAT FROM DATA_KELUARGA ORDER BY NO_KK")) {
    Family family{row[0], row[1], row[2], {row[1]}, {}};
    for (auto& member : query("siak.db",
                              "SELECT printf('%016d', NIK), STAT_HBKEL FROM BIODATA_WNI WHERE NO_KK = CAST(? AS "
                              "INTEGER) AND NIK <> CAST(? AS INTEGER)",
                              {row[0], row[1]})) {
      family.members.push_back(member[0]);
      if (member[1] == "4") family.children.push_back(member[0]);
    }
    families.push_back(std::move(family));
  }
  return families;
}

bool City::enter_address(const std::string& no_kk, const std::string& address) const {
  auto rows =
      query("siak.db", "UPDATE DATA_KELUARGA SET ALAMAT = ?2 WHERE NO_KK = CAST(?1 AS INTEGER) RETURNING ALAMAT",
            {no_kk, address});
  return rows.size() == 1 && rows[0][0] == address;
}

std::map<std::string, std::string> City::simrs_addresses() const {
  std::map<std::string, std::string> found;
  for (auto& row : query("simrs.db", "SELECT no_ktp, alamat FROM pasien")) found[row[0]] = row[1];
  return found;
}

std::map<std::string, std::string> City::sismiop_addresses() const {
  std::map<std::string, std::string> found;
  for (auto& row : query("sismiop.db", "SELECT SUBJEK_PAJAK_ID, JALAN_WP FROM DAT_SUBJEK_PAJAK"))
    found[row[0]] = row[1];
  return found;
}

std::string City::simrs_name(const std::string& nik) const {
  auto rows = query("simrs.db", "SELECT nm_pasien FROM pasien WHERE no_ktp = ?", {nik});
  return rows.empty() ? "" : rows[0][0];
}

std::vector<City::Taken> City::taken(const std::string& app) const {
  std::vector<Taken> all;
  for (auto& row : query("received.db",
                         "SELECT body, idempotency_key, attempts FROM received WHERE app = ? AND outcome = 'berhasil' "
                         "ORDER BY number",
                         {app})) {
    Taken taken{row[0], row[1], 0};
    std::from_chars(row[2].data(), row[2].data() + row[2].size(), taken.attempts);
    all.push_back(std::move(taken));
  }
  return all;
}

std::vector<std::string> City::lines(const std::string& folder) const {
  std::vector<std::string> all;
  std::error_code error;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/" + folder, error))
    if (entry.is_regular_file() && !entry.path().filename().string().starts_with('.')) files.push_back(entry.path());
  std::ranges::sort(files);
  for (const auto& file : files) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) all.push_back(line);
  }
  return all;
}

}  // namespace simpul::demo
