// Reads one YAML map of a documented kind: what is asked for is known, everything else is reported, with the
// nearest name. Messages are those of bus/base/config_field.h.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/config_field.h"
#include "bus/base/yaml.h"
#include "bus/schema/schema.h"

namespace simpul {

enum class Need { optional, required };  // a required text or list is never empty either

class KindReader {
 public:
  // `what` names the thing in messages: "app".
  KindReader(const yaml::Node& node, std::string what, Problems& problems);

  bool is_map() const { return is_map_; }
  std::string text(const char* name, Need need = Need::optional, const char* example = "");
  std::int64_t integer(const char* name, std::int64_t fallback, std::int64_t min, std::int64_t max);
  std::vector<std::string> text_list(const char* name, Need need = Need::optional, const char* example = "");
  PersonalData personal_data(const char* name, PersonalData fallback, Need need = Need::optional);
  // The member as it stands, or null.
  const yaml::Node* node(const char* name, Need need = Need::optional, const char* example = "");
  const yaml::Node* map(const char* name, Need need = Need::optional,
                        const char* example = "");  // null also when it is not a map
  // Reports what nobody asked for. `others` are keys read elsewhere; `silent` ones are reported elsewhere.
  void finish(const std::vector<std::string>& others = {}, const std::set<std::string>& silent = {});

  const yaml::Node& self() const { return node_; }
  // The member's node when it is there, else this one: where a problem with it stands.
  const yaml::Node& at(const char* name) const;
  void report(const yaml::Node& where, std::string code, std::string message, std::string hint = {});
  Problems& problems() { return problems_; }

 private:
  const yaml::Node* declare(const char* name, const char* type, FieldOptions options);

  const yaml::Node& node_;
  std::string what_;
  Problems& problems_;
  FieldContext context_;
  bool is_map_ = false;
  std::vector<FieldDescription> descriptions_;
};

// The one member of a map that is not in `reserved`: adapters are named so. Reports when there is none, or
// more than one, or the adapter is not known.
struct NamedNode {
  std::string name;
  const yaml::Node* node = nullptr;
};
std::optional<NamedNode> one_adapter(const yaml::Node& map, const std::vector<std::string>& adapters,
                                     std::initializer_list<std::string_view> reserved, std::string_view what,
                                     Problems& problems);

// Hex SHA-256 of what the YAML says, not of how it is laid out.
std::string fingerprint(const yaml::Node& node);

// Lower-case letters, digits, '-' and '_', beginning with a letter, at most 64: names of apps, routes, people.
bool is_name(std::string_view text);
// `instansi.objek.peristiwa.vN`: lower-case words with dots, ended by a version.
bool is_event_type(std::string_view text);
// "general personal data"; and how far somebody is cleared: "cleared for general personal data only".
std::string_view personal_words(PersonalData personal);
std::string_view clearance_words(PersonalData cleared);
// A CEL identifier that is no reserved word.
bool is_identifier(std::string_view text);
// YYYY-MM-DD, a day that exists.
bool is_date(std::string_view text);

}  // namespace simpul
