// Another validator, kept running as a child process and asked in lines of JSON (ajv.js says the form).
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/schema/differential/generate.h"

namespace simpul::differential {

class Peer {
 public:
  // ajv, by its packages in `packages`; null, and why, when it is not there.
  static std::unique_ptr<Peer> start(const std::string& packages, std::string& why);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // Sent now, answered by the next receive(): the peer works meanwhile.
  void send(Dialect dialect, const Tree& schema, const std::vector<Tree>& documents);
  struct Answer {
    std::vector<bool> valid;  // one for each document
    std::string refused;      // instead: why it does not take the schema
  };
  std::optional<Answer> receive();  // nothing when the peer is gone
  std::optional<Answer> ask(Dialect dialect, const Tree& schema, const std::vector<Tree>& documents);

 private:
  Peer() = default;
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
  std::string read_;
};

// Blaze's program, run once for a pair: slow, and asked only where the other peer is known to be weak.
class Arbiter {
 public:
  static std::unique_ptr<Arbiter> start(const std::string& packages);  // null when it is not there
  ~Arbiter();
  Arbiter(const Arbiter&) = delete;
  Arbiter& operator=(const Arbiter&) = delete;
  std::optional<bool> is_valid(const Tree& schema, const Tree& document);  // nothing when it takes the schema not

 private:
  Arbiter() = default;
  std::string program_, folder_;
};

}  // namespace simpul::differential
