#include "adapters/http/signature.h"

#include <charconv>
#include <cstdint>

#include "bus/base/bytes.h"

namespace simpul::http {

Result<std::string> signing_key(const Secret& secret) {
  constexpr std::string_view prefix = "whsec_";
  std::string_view text = secret.reveal();
  if (text.empty())
    return fail("http.signing_secret", "the signing secret is empty", "make one with: simpul app credential");
  if (!text.starts_with(prefix)) return std::string(text);
  auto key = from_base64(text.substr(prefix.size()));
  if (!key || key->empty())
    return fail("http.signing_secret", "the signing secret starts with whsec_ but what follows is not base64",
                "copy the secret again, padding included");
  return std::move(*key);
}

std::string sign(std::string_view key, std::string_view id, std::string_view timestamp, std::string_view body) {
  std::string message;
  message.reserve(id.size() + timestamp.size() + body.size() + 2);
  message.append(id).append(1, '.').append(timestamp).append(1, '.').append(body);
  auto hash = hmac_sha256(key, message);
  return "v1," + to_base64({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

Result<void> verify(std::string_view key, const SignatureHeaders& headers, std::string_view body, Nanoseconds now,
                    std::chrono::milliseconds tolerance) {
  if (headers.id.empty() || headers.timestamp.empty() || headers.signature.empty())
    return fail("http.signature",
                "a signed request needs the headers webhook-id, webhook-timestamp and webhook-signature");
  std::int64_t seconds = 0;
  const char* end = headers.timestamp.data() + headers.timestamp.size();
  auto read = std::from_chars(headers.timestamp.data(), end, seconds);
  if (read.ec != std::errc() || read.ptr != end || seconds < 0)
    return fail("http.signature", "webhook-timestamp is not a count of seconds since 1970");
  std::int64_t distance = now / 1'000'000'000 - seconds;
  if (distance < 0) distance = -distance;
  if (distance > tolerance.count() / 1000)
    return fail("http.signature", "webhook-timestamp is too far from the bus's clock",
                "set the clock of the sender, and sign each request anew");

  auto expected = sign(key, headers.id, headers.timestamp, body);
  bool known_version = false;
  for (std::string_view rest = headers.signature; !rest.empty();) {
    auto space = rest.find(' ');
    auto one = rest.substr(0, space);
    rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
    if (!one.starts_with("v1,")) continue;
    known_version = true;
    if (equal_constant_time(one, expected)) return {};
  }
  if (!known_version) return fail("http.signature", "webhook-signature holds no signature of version v1");
  return fail("http.signature", "the signature does not fit the request",
              "sign id, timestamp and the exact body, joined by dots");
}

}  // namespace simpul::http
