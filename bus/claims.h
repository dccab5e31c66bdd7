// Claim checks: large texts that stay in the bus. An app is handed {sha256, bytes} in a delivery and fetches the text
// by its SHA-256, with its own credential. The text is read from the event in the log: there is no second copy.
//
// A claim is a committed entry of the state "claims" before the delivery is handed over: "<app>/<sha256>" →
// {"position":N,"pointer":P,"bytes":N,"until":RFC3339}. It may be fetched until `until`: `claim_kept` after the last
// hand-over that named it, a day less at most. Expired ones are swept. At most `claims_limit` are open for one app;
// beyond that its deliveries with claims are parked. Every fetch is on record (access.claim) before the text goes out.
//
// Safe from any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/adapter.h"
#include "bus/log/log.h"
#include "bus/log/view.h"
#include "bus/route/generation.h"

namespace simpul {

inline constexpr Nanoseconds claim_kept = 30ll * 24 * 3'600'000'000'000;
inline constexpr std::size_t claims_limit = 100'000;

class Claims {
 public:
  Claims(Log& log, View& view, const Environment& environment);

  // What must be committed before a delivery of `app` with these claims is handed over; none: they stand already.
  // Code claims.too_many: park it; another code: the view could not be read, try later.
  Result<std::optional<NewRecord>> give(const std::string& app, Position event, const std::vector<Claim>& claims,
                                        std::uint32_t generation);
  // The text, or a problem: 404 when the app has no such claim, 410 when its event can no longer be read. Blocks.
  ControlAnswer fetch(const std::string& app, const std::string& sha256, std::uint32_t generation);
  // The record that removes some claims that have expired; none: nothing to do now. Cheap: looks at a page of
  // claims at a time.
  std::optional<NewRecord> sweep();

 private:
  struct Kept {
    Position position = 0;
    std::string pointer;
    std::uint64_t bytes = 0;
    Nanoseconds until = 0;
  };
  static std::string encode(const Kept& kept);
  static std::optional<Kept> decode(std::string_view text);
  Result<void> count();  // with the mutex held

  Log& log_;
  View& view_;
  Environment environment_;
  std::mutex mutex_;
  std::optional<std::map<std::string, std::size_t, std::less<>>> open_;  // by app, once counted
  std::string swept_;                                                    // up to this key
  Nanoseconds sweep_at_ = 0;
};

}  // namespace simpul
