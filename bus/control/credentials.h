// API credentials of apps and persons: keys are kept only as hashes, in `keys/credentials.json` below the
// log's folder (mode 0600):
//
//   {"credentials":[{"kind":"app"|"person","name":N,"id":8 HEX,"hash":SHA-256 HEX of the key,
//                    "made":RFC3339,"until":RFC3339 or null}]}
//
// A key reads `simpul_<id>_<secret>`: 8 hex digits to find it by, 43 base64url characters of 256 random
// bits. That much randomness needs no slow hash: SHA-256 keeps a post cheap. Comparing takes constant time.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bus/adapter.h"
#include "bus/base/environment.h"
#include "bus/base/result.h"

namespace simpul {

struct Credential {
  std::string kind;  // "app", "person"
  std::string name, id, hash;
  std::string made, until;  // until: empty while it has no end
};

// Safe from any thread.
class Credentials {
 public:
  // `folder` is that of the log. A missing file is an empty list; a broken one a problem.
  static Result<std::unique_ptr<Credentials>> open(const std::string& folder, const Environment& environment);

  std::optional<Identity> find(std::string_view key) const;
  // Makes a key, and shows it this once. Earlier keys of the same owner end after `overlap` (0: at once).
  Result<std::string> make(const std::string& kind, const std::string& name, Nanoseconds overlap);
  Result<std::size_t> revoke(const std::string& kind, const std::string& name);  // how many ended
  std::vector<Credential> list() const;
  Result<void> reload();

 private:
  Credentials(std::string path, const Environment& environment) : path_(std::move(path)), environment_(environment) {}
  Result<void> store(const std::vector<Credential>& credentials);
  std::string path_;
  Environment environment_;
  mutable std::mutex mutex_;
  std::vector<Credential> credentials_;
};

}  // namespace simpul
