// The meta-schemas: the schemas of schemas, of all five drafts, built in; and what is wrong with a schema by them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/schema/schema.h"

namespace simpul {

// The texts built in (bus/schema/metaschemas), and one of them by its address, with or without an empty fragment.
const std::vector<std::string_view>& metaschema_texts();
std::optional<std::string_view> find_metaschema(std::string_view uri);

// Checks schemas against the meta-schemas that their `$schema` names. compile_schemas in its strict form says all of
// this in better words; here is the standard's own opinion. Each meta-schema is compiled when it is first asked for.
class MetaschemaCheck {
 public:
  // `files`: the registry, for meta-schemas of its own. `dialect`: of schemas without `$schema`.
  explicit MetaschemaCheck(std::map<std::string, std::string> files = {}, std::string dialect = SchemaRules().dialect);
  // Codes: those of json::parse; schema.unknown_dialect; schema.metaschema for what the meta-schema refuses, with the
  // keyword's place in the text.
  Problems check(const std::string& path, const std::string& text);

 private:
  std::map<std::string, std::string> files_;
  std::string dialect_;
  std::map<std::string, Checked<std::shared_ptr<const Schema>>> compiled_;
};

}  // namespace simpul
