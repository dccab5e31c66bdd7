// The webhook target: posts deliveries to an application, and asks it lookups.
#pragma once

#include <memory>

#include "adapters/http/polled_target.h"
#include "adapters/http/settings.h"
#include "adapters/shared/http_client.h"
#include "bus/adapter.h"

namespace simpul::http {

// What every http target and endpoint of one running bus shares.
struct SharedObjects {
  std::shared_ptr<PolledHub> hub = std::make_shared<PolledHub>();
  std::shared_ptr<HttpClient> client = std::make_shared<HttpClient>();
};
std::shared_ptr<void> make_shared_objects();
// The context's, or new ones when it has none.
std::shared_ptr<SharedObjects> shared_of(const AdapterContext& context);

std::unique_ptr<Target> make_webhook_target(const TargetSettings& settings, AdapterContext context,
                                            std::shared_ptr<HttpClient> client);

}  // namespace simpul::http
