// Reads one YAML map by the fields declared for it: everything else is reported, with the nearest name. Messages are
// those of bus/base/config_field.h.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/config_field.h"
#include "bus/base/yaml.h"
#include "bus/schema/schema.h"

namespace simpul {

class KindReader {
 public:
  // `declared` are the fields that the map may hold (kinds.h); `what` names the map in messages: "app". Both it and
  // the node must outlive the reader. To ask for a field that is not declared, or not so, is a mistake of ours, and so
  // is a declared field that nobody asked for before finish(): both are asserted.
  KindReader(const yaml::Node& node, std::string what, const std::vector<FieldDescription>& declared,
             Problems& problems);

  bool is_map() const { return is_map_; }
  // What the field says; where it is not there, or wrong, the declared default. `example` instead of the declared one.
  std::string text(std::string_view name, const std::string& example = {});
  std::int64_t integer(std::string_view name);
  bool boolean(std::string_view name);
  std::vector<std::string> text_list(std::string_view name);
  PersonalData personal_data(std::string_view name);
  // The member as it stands, of any declared type, or null.
  const yaml::Node* node(std::string_view name);
  const yaml::Node* map(std::string_view name);  // null also when it is not a map
  // Reports what is not declared; `silent` words are reported elsewhere.
  void finish(const std::set<std::string>& silent = {});

  const yaml::Node& self() const { return node_; }
  const FieldDescription& declared(std::string_view name) const;
  // The member's node when it is there, else this one: where a problem with it stands.
  const yaml::Node& at(std::string_view name) const;
  void report(const yaml::Node& where, std::string code, std::string message, std::string hint = {});
  Problems& problems() { return problems_; }

 private:
  const yaml::Node* ask(const FieldDescription& field, const std::string& example = {});

  const yaml::Node& node_;
  std::string what_;
  const std::vector<FieldDescription>& declared_;
  Problems& problems_;
  FieldContext context_;
  bool is_map_ = false;
  std::vector<bool> asked_;
};

// The one member of a map that is not one of the fields in `beside`: adapters are named so. Reports when there is none,
// or more than one, or the adapter is not known.
struct NamedYaml {
  std::string name;
  const yaml::Node* node = nullptr;
};
std::optional<NamedYaml> one_adapter(const yaml::Node& map, const std::vector<std::string>& adapters,
                                     const std::vector<FieldDescription>& beside, std::string_view what,
                                     Problems& problems);

// Hex SHA-256 of what the YAML says, not of how it is laid out.
std::string fingerprint(const yaml::Node& node);

// Lower-case letters, digits, '-' and '_', beginning with a letter, at most 64: names of apps, routes, people.
bool is_name(std::string_view text);
inline constexpr const char* name_pattern = "^[a-z][a-z0-9_-]{0,63}$";
// `instansi.objek.peristiwa.vN`: lower-case words with dots, ended by a version.
bool is_event_type(std::string_view text);
inline constexpr const char* event_type_pattern = "^([a-z][a-z0-9_]*\\.){2,}v[1-9][0-9]*$";
// "general personal data"; and how far somebody is cleared: "cleared for general personal data only".
std::string_view personal_words(PersonalData personal);
std::string_view clearance_words(PersonalData cleared);
// A CEL identifier that is no reserved word.
bool is_identifier(std::string_view text);
inline constexpr const char* identifier_pattern =
    "^[A-Za-z_][A-Za-z0-9_]{0,63}$";  // reserved words told apart elsewhere
// YYYY-MM-DD, a day that exists.
bool is_date(std::string_view text);

}  // namespace simpul
