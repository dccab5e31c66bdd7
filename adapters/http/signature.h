// HMAC signatures of requests, as Standard Webhooks has them (https://www.standardwebhooks.com, "v1"):
// base64(HMAC-SHA-256(secret, id "." timestamp "." body)). Used both ways: for apps that post to the bus,
// and for what the bus posts to apps.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "bus/base/config_field.h"
#include "bus/base/environment.h"
#include "bus/base/result.h"

namespace simpul::http {

// The key's bytes: what follows "whsec_" decoded from base64, or the text as it is.
// Fails with code http.signing_secret.
Result<std::string> signing_key(const Secret& secret);

// "v1,<base64>".
std::string sign(std::string_view key, std::string_view id, std::string_view timestamp, std::string_view body);

struct SignatureHeaders {
  std::string_view id;         // webhook-id
  std::string_view timestamp;  // webhook-timestamp: seconds since 1970
  std::string_view signature;  // webhook-signature: one or more, separated by spaces
};
// In constant time for the signature itself. The message says what is wrong without helping to guess it.
Result<void> verify(std::string_view key, const SignatureHeaders& headers, std::string_view body, Nanoseconds now,
                    std::chrono::milliseconds tolerance);

}  // namespace simpul::http
