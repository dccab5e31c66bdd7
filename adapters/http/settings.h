// What a person can say about the http adapter's two sides; read by http.cpp from fields declared once.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/config_field.h"
#include "bus/base/result.h"
#include "bus/base/yaml.h"

namespace simpul::http {

struct EndpointSettings {
  std::string address = "127.0.0.1:8480";
  std::int64_t threads = 1;
  std::string certificate_file, key_file;
  bool dangerously_plain = false;
  std::int64_t body_limit_bytes = 1 << 20;
  std::int64_t batch_limit_bytes = 8 << 20;
  std::int64_t batch_events = 1000;
  std::int64_t header_limit_bytes = 16 << 10;
  std::int64_t held_limit_bytes = 64 << 20;
  std::int64_t connections = 1024;
  std::int64_t requests_per_connection = 128;
  std::chrono::milliseconds header_timeout{10000};
  std::chrono::milliseconds body_timeout{60000};
  std::chrono::milliseconds idle_timeout{75000};
  std::chrono::milliseconds stop_timeout{5000};
  std::chrono::milliseconds signature_tolerance{300000};

  bool tls() const { return !certificate_file.empty(); }
};

struct TargetSettings {
  std::string url;
  std::map<std::string, std::string> paths;
  std::map<std::string, std::string> headers;
  Secret bearer, sign;
  std::string success_when, not_found_when;
  Place success_when_place, not_found_when_place;
  std::string success_when_path, not_found_when_path;
  std::chrono::milliseconds timeout{10000};
  std::chrono::milliseconds connect_timeout{3000};
  std::int64_t answer_limit_bytes = 1 << 20;
  std::int64_t concurrency = 16;
  std::string ca_file;
  bool dangerously_plain = false;
  bool poll = false;
  std::vector<std::string> intos;
  std::chrono::milliseconds visibility{60000};
};

// "127.0.0.1:8480", "[::1]:8480".
struct HostPort {
  std::string host;  // an IP address, without brackets
  std::uint16_t port = 0;
  bool loopback = false;
};
Result<HostPort> parse_address(std::string_view text);

// "POST /api/siswa", "/api/siswa".
struct MethodPath {
  std::string method, path;
};
Result<MethodPath> parse_method_path(std::string_view text);

// The host of an http or https URL, without port or brackets.
struct UrlParts {
  bool tls = false;
  bool loopback = false;
  std::string host;
  std::string base;  // without a slash at its end
};
Result<UrlParts> parse_url(std::string_view url);

const Fields<EndpointSettings>& endpoint_fields();
const Fields<TargetSettings>& target_fields();

}  // namespace simpul::http
