#include "bus/schema/metaschema.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "bus/schema/dialect.h"
#include "bus/schema/problem_list.h"

namespace simpul {
namespace {

constexpr std::size_t schema_depth = 200;
constexpr std::size_t violations_limit = 1000;

std::string_view without_empty_fragment(std::string_view uri) {
  return uri.ends_with('#') ? uri.substr(0, uri.size() - 1) : uri;
}

// `$id`, or `id` in draft 4, is the first member of its name in each of the texts.
std::string_view address_of(std::string_view text) {
  constexpr std::string_view name = "id\": \"";
  auto start = text.find(name) + name.size();
  return without_empty_fragment(text.substr(start, text.find('"', start) - start));
}

}  // namespace

std::optional<std::string_view> find_metaschema(std::string_view uri) {
  static const auto by_address = [] {
    std::unordered_map<std::string_view, std::string_view> all;
    for (auto text : metaschema_texts()) all.emplace(address_of(text), text);
    return all;
  }();
  auto found = by_address.find(without_empty_fragment(uri));
  if (found == by_address.end()) return std::nullopt;
  return found->second;
}

MetaschemaCheck::MetaschemaCheck(std::map<std::string, std::string> files, std::string dialect)
    : files_(std::move(files)), dialect_(std::move(dialect)) {}

Problems MetaschemaCheck::check(const std::string& path, const std::string& text) {
  auto document = json::parse(text, {.depth = schema_depth});
  if (!document) {
    auto problem = std::move(document.error());
    problem.place.file = path;
    return {std::move(problem)};
  }
  auto named = document->root().text_of("$schema");
  std::string uri(named.empty() ? std::string_view(dialect_) : named);
  auto found = compiled_.find(uri);
  if (found == compiled_.end()) {
    auto files = find_metaschema(uri) ? std::map<std::string, std::string>() : files_;
    json::Writer reference;
    reference.begin_object().member("$ref", std::string_view(uri)).end_object();
    const std::string name = "\x01metaschema";
    files[name + ".json"] = reference.take();
    auto registry = compile_schemas(files, {.strict = false});
    Checked<std::shared_ptr<const Schema>> schema;
    if (registry) {
      schema = (*registry)->find(name);
    } else {
      schema = std::unexpected(std::move(registry.error()));
    }
    found = compiled_.emplace(uri, std::move(schema)).first;
  }
  SchemaFile file;
  file.path = path;
  file.document = std::move(*document);
  const auto& root = file.document.root();
  ProblemList problems;
  if (!found->second) {
    const auto* at = root.find("$schema");
    problems.add(file, at != nullptr ? at->raw_offset() : root.raw_offset(),
                 {"schema.unknown_dialect",
                  fmt::format("there is no meta-schema {} to check this schema by", quoted(uri)),
                  fmt::format("write one of {}", fmt::join(standard_dialect_uris(), ", ")),
                  {},
                  "/$schema",
                  Severity::error});
    return problems.take();
  }
  for (const auto& violation : (*found->second)->explain(root, violations_limit)) {
    const auto* value = json::at_pointer(root, violation.instance);
    problems.add(file, value != nullptr ? value->raw_offset() : root.raw_offset(),
                 {"schema.metaschema",
                  violation.words.english,
                  fmt::format("the meta-schema says so at {}", violation.schema),
                  {},
                  violation.instance,
                  Severity::error});
  }
  return problems.take();
}

}  // namespace simpul
