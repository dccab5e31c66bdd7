// Any bytes of a client: the endpoint answers each request once, or refuses and closes.
#include <cstdint>
#include <cstdlib>

#include "adapters/http/settings.h"
#include "adapters/http/signature.h"
#include "adapters/http/words.h"
#include "tests/fuzz/http_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (!simpul::http_test::serve_bytes(text, data[0])) std::abort();
  if (auto url = simpul::http::parse_url(text); url && url->host.empty()) std::abort();
  if (auto path = simpul::http::parse_method_path(text); path && path->path.find_first_of("\r\n ") != std::string::npos)
    std::abort();
  simpul::http::parse_address(text);
  if (simpul::http::verify("k", {text, "1700000000", text}, text, 1'700'000'000'000'000'000, std::chrono::minutes(5)))
    std::abort();
  if (!simpul::is_utf8(simpul::http::safe_words(text))) std::abort();
  return 0;
}
