// The body of a generation record (bus/log/records.h), and its hash.
#include <fmt/format.h>

#include <limits>

#include "bus/event/json.h"
#include "bus/route/generation.h"
#include "bus/route/generation_hash.h"

namespace simpul {
namespace {

constexpr json::Limits body_limits{4, 1u << 30};

std::unexpected<Problem> unreadable(std::string_view what) {
  return fail("generation.unreadable", fmt::format("the generation record cannot be read: {}", what),
              "restore the log from a backup, or apply the configuration anew");
}

}  // namespace

std::string hash_of(const ConfigurationFiles& files) {
  std::string all;
  for (const auto& [path, text] : files) {
    all += path;
    all += '\0';
    all += std::to_string(text.size());
    all += '\0';
    all += text;
  }
  return to_hex(sha256(all));
}

std::string encode_generation(std::uint32_t number, const Generation& generation, std::string_view engine) {
  json::Writer writer;
  writer.begin_object()
      .member("number", static_cast<std::int64_t>(number))
      .member("hash", generation.hash())
      .member("engine", engine);
  writer.name("files").begin_object();
  for (const auto& [path, text] : generation.files()) writer.member(path, text);
  writer.end_object().end_object();
  return writer.take();
}

Result<GenerationBody> decode_generation(std::string_view body) {
  auto document = json::parse(std::string(body), body_limits);
  if (!document) return unreadable(document.error().message);
  const auto& root = document->root();
  const auto* number = root.find("number");
  const auto* files = root.find("files");
  auto value = number != nullptr && number->is_number() ? number->as_integer() : std::nullopt;
  if (!value || *value < 0 || *value > std::numeric_limits<std::uint32_t>::max()) return unreadable("it has no number");
  if (files == nullptr || !files->is_object()) return unreadable("it has no files");
  GenerationBody out;
  out.number = static_cast<std::uint32_t>(*value);
  out.hash = root.text_of("hash");
  out.engine = root.text_of("engine");
  for (const auto& [path, text] : files->members()) {
    if (!text.is_string()) return unreadable(fmt::format("the file {} is no text", path));
    out.files.emplace(path, text.text());
  }
  if (out.hash != hash_of(out.files)) return unreadable("its files do not have the hash that it names");
  return out;
}

}  // namespace simpul
