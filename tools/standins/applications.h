// The applications that speak HTTP: SPMB/Dapodik, perizinan, e-Sabakota and Tangerang LIVE, a path each:
//   /spmb/…  /perizinan/…  /esabakota/…  /tangerang-live/…
// All want an Idempotency-Key and do nothing twice. Tangerang LIVE wants a signature (Standard Webhooks).
// e-Sabakota answers 200 always and says in the body whether it worked.
//
// How they behave is switched from outside:
//   POST /_control/<app>/up             as they should
//   POST /_control/<app>/down           the connection is closed without an answer
//   POST /_control/<app>/slow?ms=2000   the answer comes late
//   POST /_control/<app>/error_in_200   status 200 with an error in the body
//   GET  /_control                      how each behaves now
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bus/base/result.h"
#include "tools/standins/http_server.h"

namespace simpul::standins {

class Applications {
 public:
  // Reads the secret of Tangerang LIVE's webhook from the folder, and keeps what comes in received.db there.
  static Result<std::unique_ptr<Applications>> open(const std::string& folder);
  ~Applications();
  std::optional<Reply> handle(const Request& request);
  // Answers that are waited for come at once from now on.
  void stop();

 private:
  Applications();
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

// The file with the webhook's secret, below the folder.
inline constexpr const char* webhook_secret_file = "tangerang-live.secret";

}  // namespace simpul::standins
