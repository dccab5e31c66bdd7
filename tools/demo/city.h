// The city as the demo sees it: from outside, through each application's own tables and files, never
// through the bus.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace simpul::demo {

struct Family {
  std::string no_kk, head, address;
  std::vector<std::string> members;   // NIKs, the head first
  std::vector<std::string> children;  // NIKs
};

class City {
 public:
  explicit City(std::string folder) : folder_(std::move(folder)) {}  // with the stand-ins' databases

  std::vector<Family> families() const;
  // Enters a new address in SIAK's own table, as its clerk would.
  bool enter_address(const std::string& no_kk, const std::string& address) const;

  // What the applications hold. Keys are NIKs, values addresses.
  std::map<std::string, std::string> simrs_addresses() const;
  std::map<std::string, std::string> sismiop_addresses() const;
  // Bodies that an HTTP application took, in the order they came; each counts once however often it was sent.
  struct Taken {
    std::string body, key;
    int attempts = 0;
  };
  std::vector<Taken> taken(const std::string& app) const;
  // Lines of the files that were dropped for an application.
  std::vector<std::string> lines(const std::string& folder) const;
  // A column of a patient.
  std::string simrs_name(const std::string& nik) const;

 private:
  using Row = std::vector<std::string>;
  std::vector<Row> query(const std::string& database, const std::string& sql,
                         const std::vector<std::string>& values = {}) const;
  std::string folder_;
};

}  // namespace simpul::demo
