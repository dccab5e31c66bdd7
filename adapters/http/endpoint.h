// The endpoint: listens, spreads connections over its loops, stops cleanly, reads certificates anew.
#pragma once

#include <memory>

#include "adapters/http/polled_target.h"
#include "adapters/http/settings.h"
#include "bus/adapter.h"

namespace simpul::http {

std::unique_ptr<Endpoint> make_endpoint(const EndpointSettings& settings, AdapterContext context, Gateway& gateway,
                                        std::shared_ptr<PolledHub> hub);

}  // namespace simpul::http
