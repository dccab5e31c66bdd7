#include <algorithm>
#include <filesystem>

#include "bus/event/json.h"
#include "tests/adapters/conformance.h"
#include "tests/adapters/database.h"
#include "tests/adapters/http_support.h"

namespace simpul::test {
namespace {

namespace fs = std::filesystem;

int number_in(const std::string& object) {
  auto document = json::parse(object);
  if (!document) return -1;
  const auto* value = document->root().find("n");
  if (value == nullptr) return -1;
  if (auto integer = value->as_integer()) return static_cast<int>(*integer);
  return value->is_string() ? std::atoi(std::string(value->text()).c_str()) : -1;
}

class SqlSourceRig : public SourceRig {
 public:
  SqlSourceRig(std::string fields, std::string seen, bool in_order)
      : fields_(std::move(fields)), seen_(std::move(seen)), in_order_(in_order) {
    make("app.db");
  }
  std::string yaml() override {
    return "database: app.db\ntable: t\npoll_ms: 20\nfull_check_polls: 1\nbusy_timeout_ms: 20\n" + fields_;
  }
  std::string folder() override { return folder_.path(); }
  void bring(int first, int last) override {
    Database database(folder_ / "app.db");
    database.run("WITH RECURSIVE i(n) AS (SELECT " + std::to_string(first) + " UNION ALL SELECT n+1 FROM i WHERE n < " +
                 std::to_string(last) + ") INSERT INTO t (n) SELECT n FROM i");
  }
  int number_of(const Item& item) override { return number_in(item.row); }
  bool settled(FakeIntake& intake) override { return seen_.empty() || intake.wait_state(seen_); }
  bool in_order() const override { return in_order_; }
  void break_peer() override { fs::rename(folder_ / "app.db", folder_ / "away.db"); }
  void mend_peer() override { fs::rename(folder_ / "away.db", folder_ / "app.db"); }

 private:
  void make(const std::string& name) {
    Database database(folder_ / name);
    database.run("CREATE TABLE t (n INTEGER PRIMARY KEY, sent TEXT)");
  }
  Folder folder_;
  const std::string fields_, seen_;
  const bool in_order_;
};

class FileSourceRig : public SourceRig {
 public:
  FileSourceRig() { fs::create_directories(folder_ / "in"); }
  std::string yaml() override { return "folder: in\npattern: \"*.csv\"\ncolumns: [n]\npoll_ms: 20\nsettle_ms: 0\n"; }
  std::string folder() override { return folder_.path(); }
  void bring(int first, int last) override {
    std::string text;
    for (int n = first; n <= last; ++n) text += std::to_string(n) + "\n";
    folder_.write("in/f" + std::to_string(1'000'000 + first) + ".csv", text);
  }
  int number_of(const Item& item) override { return number_in(item.row); }
  bool settled(FakeIntake&) override { return true; }
  void break_peer() override { fs::rename(folder_ / "in", folder_ / "away"); }
  void mend_peer() override { fs::rename(folder_ / "away", folder_ / "in"); }

 private:
  Folder folder_;
};

class SqlTargetRig : public TargetRig {
 public:
  SqlTargetRig() {
    Database database(folder_ / "app.db");
    database.run("CREATE TABLE t (at INTEGER PRIMARY KEY, n INTEGER)");
  }
  std::string yaml() override {
    return "database: app.db\nbusy_timeout_ms: 50\ntables: { t: { table: t, mode: insert } }\n";
  }
  std::string folder() override { return folder_.path(); }
  std::string into() override { return "t"; }
  std::string payload(int number) override { return "{\"n\":" + std::to_string(number) + "}"; }
  std::vector<int> effects() override {
    Database database(folder_ / "app.db");
    std::istringstream rows(database.rows("SELECT n FROM t ORDER BY at"));
    std::vector<int> out;
    for (int n = 0; rows >> n;) out.push_back(n);
    return out;
  }
  void break_peer() override { fs::rename(folder_ / "app.db", folder_ / "away.db"); }
  bool mend_peer() override {
    fs::rename(folder_ / "away.db", folder_ / "app.db");
    return true;
  }

 private:
  Folder folder_;
};

class FileTargetRig : public TargetRig {
 public:
  FileTargetRig() { fs::create_directories(folder_ / "out"); }
  std::string yaml() override { return "folder: out\nfiles: { t: { name: t.csv, columns: [n], header: false } }\n"; }
  std::string folder() override { return folder_.path(); }
  std::string into() override { return "t"; }
  std::string payload(int number) override { return "{\"n\":" + std::to_string(number) + "}"; }
  std::vector<int> effects() override {
    std::istringstream lines(folder_.read("out/t.csv"));
    std::vector<int> out;
    for (int n = 0; lines >> n;) out.push_back(n);
    return out;
  }
  void break_peer() override { fs::rename(folder_ / "out", folder_ / "away"); }
  bool mend_peer() override {
    fs::rename(folder_ / "away", folder_ / "out");
    return true;
  }

 private:
  Folder folder_;
};

// An application that keeps what it did by Idempotency-Key, as the README of http asks it to.
class HttpTargetRig : public TargetRig {
 public:
  HttpTargetRig() {
    app_ = std::make_unique<http_test::FakeApp>([this](const http_test::AppRequest& request) {
      std::lock_guard lock(mutex_);
      auto key = request.headers.find("idempotency-key");
      if (key == request.headers.end() || keys_.insert(key->second).second) effects_.push_back(number_in(request.body));
      return std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    });
    url_ = app_->url();
  }
  std::string yaml() override { return "url: " + url_ + "\nconnect_timeout_ms: 500\ntimeout_ms: 2000\n"; }
  std::string folder() override { return folder_.path(); }
  std::string into() override { return {}; }
  std::string payload(int number) override { return "{\"n\":" + std::to_string(number) + "}"; }
  std::vector<int> effects() override {
    std::lock_guard lock(mutex_);
    return effects_;
  }
  bool in_order() const override { return false; }  // deliveries of one batch run side by side
  void break_peer() override { app_.reset(); }
  bool mend_peer() override { return false; }

 private:
  Folder folder_;
  std::mutex mutex_;
  std::vector<int> effects_;
  std::set<std::string> keys_;
  std::string url_;
  std::unique_ptr<http_test::FakeApp> app_;
};

}  // namespace

const std::vector<NamedRig<SourceRig>>& source_rigs() {
  static const std::vector<NamedRig<SourceRig>> rigs = {
      {"sql", "sql_row_hash", [] { return std::make_unique<SqlSourceRig>("key: [n]\n", "shape", false); }},
      {"sql", "sql_increasing",
       [] { return std::make_unique<SqlSourceRig>("mode: increasing\ncolumn: n\n", "last", true); }},
      {"sql", "sql_outbox",
       [] { return std::make_unique<SqlSourceRig>("mode: outbox\nkey: [n]\nafter: mark:sent\n", "", true); }},
      {"file", "file", [] { return std::make_unique<FileSourceRig>(); }},
  };
  return rigs;
}

const std::vector<NamedRig<TargetRig>>& target_rigs() {
  static const std::vector<NamedRig<TargetRig>> rigs = {
      {"sql", "sql", [] { return std::make_unique<SqlTargetRig>(); }},
      {"file", "file", [] { return std::make_unique<FileTargetRig>(); }},
      {"http", "http", [] { return std::make_unique<HttpTargetRig>(); }},
  };
  return rigs;
}

}  // namespace simpul::test
