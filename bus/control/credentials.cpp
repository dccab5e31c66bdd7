#include "bus/control/credentials.h"

#include <fmt/format.h>

#include <algorithm>

#include "bus/base/bytes.h"
#include "bus/event/json.h"

namespace simpul {
namespace {

std::string to_base64url(std::string_view bytes) {
  auto text = to_base64(bytes);
  while (!text.empty() && text.back() == '=') text.pop_back();
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::string encode(const std::vector<Credential>& credentials) {
  json::Writer writer;
  writer.begin_object().name("credentials").begin_array();
  for (const auto& c : credentials) {
    writer.begin_object()
        .member("kind", c.kind)
        .member("name", c.name)
        .member("id", c.id)
        .member("hash", c.hash)
        .member("made", c.made);
    if (c.until.empty())
      writer.name("until").null();
    else
      writer.member("until", c.until);
    writer.end_object();
  }
  writer.end_array().end_object();
  return writer.take();
}

Result<std::vector<Credential>> decode(const std::string& text, const std::string& path) {
  auto broken = [&] {
    return fail("credentials.broken", path + " is not a list of credentials",
                "restore it from a backup, or remove it and make new credentials");
  };
  auto document = json::parse(text);
  if (!document) return broken();
  const auto* list = document->root().is_object() ? document->root().find("credentials") : nullptr;
  if (list == nullptr || !list->is_array()) return broken();
  std::vector<Credential> credentials;
  for (const auto& item : list->items()) {
    if (!item.is_object()) return broken();
    auto text_of = [&](std::string_view name) { return std::string(item.text_of(name)); };
    credentials.push_back(
        {text_of("kind"), text_of("name"), text_of("id"), text_of("hash"), text_of("made"), text_of("until")});
  }
  return credentials;
}

}  // namespace

Result<std::unique_ptr<Credentials>> Credentials::open(const std::string& folder, const Environment& environment) {
  if (auto made = environment.disk->make_folder(folder + "/keys"); !made) return std::unexpected(made.error());
  std::unique_ptr<Credentials> credentials(new Credentials(folder + "/keys/credentials.json", environment));
  if (auto loaded = credentials->reload(); !loaded) return std::unexpected(loaded.error());
  return credentials;
}

Result<void> Credentials::reload() {
  std::vector<Credential> read;
  if (environment_.disk->exists(path_)) {
    auto text = environment_.disk->read_whole(path_);
    if (!text) return std::unexpected(text.error());
    auto decoded = decode(*text, path_);
    if (!decoded) return std::unexpected(decoded.error());
    read = std::move(*decoded);
  }
  std::lock_guard lock(mutex_);
  credentials_ = std::move(read);
  return {};
}

std::optional<Identity> Credentials::find(std::string_view key) const {
  if (!key.starts_with("simpul_") || key.size() < 16 || key.size() > 128) return std::nullopt;
  auto id = key.substr(7, 8);
  auto hash = to_hex(sha256(key));
  std::lock_guard lock(mutex_);
  for (const auto& credential : credentials_) {
    if (credential.id != id || !equal_constant_time(credential.hash, hash)) continue;
    if (!credential.until.empty()) {
      auto until = parse_time(credential.until);
      if (!until || *until <= environment_.clock->wall()) return std::nullopt;
    }
    Identity identity;
    (credential.kind == "app" ? identity.app : identity.person) = credential.name;
    return identity;
  }
  return std::nullopt;
}

Result<std::string> Credentials::make(const std::string& kind, const std::string& name, Nanoseconds overlap) {
  std::array<std::byte, 36> random;
  environment_.random->fill(random);
  std::string_view bytes(reinterpret_cast<const char*>(random.data()), random.size());
  auto id = to_hex(std::span(reinterpret_cast<const std::uint8_t*>(random.data()), 4));
  auto key = fmt::format("simpul_{}_{}", id, to_base64url(bytes.substr(4)));
  auto now = environment_.clock->wall();
  std::lock_guard lock(mutex_);
  auto credentials = credentials_;
  for (auto& credential : credentials)
    if (credential.kind == kind && credential.name == name && credential.until.empty())
      credential.until = format_time(now + overlap);
  std::erase_if(credentials, [&](const Credential& c) {
    auto until = c.until.empty() ? Result<Nanoseconds>(now + 1) : parse_time(c.until);
    return !until || *until <= now;
  });
  credentials.push_back({kind, name, id, to_hex(sha256(key)), format_time(now), ""});
  if (auto stored = store(credentials); !stored) return std::unexpected(stored.error());
  credentials_ = std::move(credentials);
  return key;
}

Result<std::size_t> Credentials::revoke(const std::string& kind, const std::string& name) {
  std::lock_guard lock(mutex_);
  auto credentials = credentials_;
  auto ended = std::erase_if(credentials, [&](const Credential& c) { return c.kind == kind && c.name == name; });
  if (auto stored = store(credentials); !stored) return std::unexpected(stored.error());
  credentials_ = std::move(credentials);
  return ended;
}

std::vector<Credential> Credentials::list() const {
  std::lock_guard lock(mutex_);
  return credentials_;
}

Result<void> Credentials::store(const std::vector<Credential>& credentials) {
  return environment_.disk->write_whole(path_, encode(credentials), true);
}

}  // namespace simpul
