// Configuration fields, declared once. From one declaration come parsing, checking, the documentation's
// table and the editor's JSON Schema.
//
//   struct FileSource { std::string folder; std::chrono::milliseconds poll{500}; };
//   const Fields<FileSource>& fields() {
//     static const auto f = Fields<FileSource>("file source")
//         .text("folder", &FileSource::folder, {.help = "The folder to watch", .required = true})
//         .duration_ms("poll_ms", &FileSource::poll, {.help = "How often it is read", .min = 10, .max = 3600000});
//     return f;
//   }
//
// Names are snake_case nouns with the full unit as suffix (poll_ms, body_limit_bytes), never ending in
// `_config`; Fields' constructor asserts that. A value `${env:NAME}` or `${file:PATH}` in a field declared
// secret is resolved after parsing by a SecretSource; a secret written in the YAML itself is a problem. Texts and whole
// numbers take `${env:NAME}` where the context has EnvironmentValues, texts also in their midst; nothing else takes it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/result.h"
#include "bus/base/yaml.h"

namespace simpul {

// A value that must never be printed: its text form is "***".
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

// Fills `${env:NAME}` and `${file:PATH}`; PATH is relative to the deployment's folder.
using SecretSource = std::function<Result<std::string>(std::string_view kind, std::string_view name)>;

struct FieldOptions {
  std::string help{};     // one sentence
  std::string example{};  // as YAML
  std::string unit{};     // "ms", "bytes"; empty when the name says it
  bool required = false;
  std::vector<std::string> choices{};  // for text, and each entry of a list of text
  std::optional<std::int64_t> min{};   // integers and durations: bounds included; text, lists and maps: length
  std::optional<std::int64_t> max{};
  std::string default_text{};  // for the documentation, when the member's default does not say it
  // What a text, each entry of a list or each name of a map looks like, for the editor (ECMA-262) and for the schema
  // that `simpul check` asks; whoever reads the field says the same in words.
  std::string pattern{};
  std::string format{};           // "date"
  bool unique = false;            // no entry of a list stands twice
  std::string needs{};            // another field of the same map without which this one says nothing
  bool is_alternative = false;    // of the fields of a map that are so marked exactly one is there
  std::string side{};             // of an adapter: "source", "target" or "listener"
  bool from_environment = false;  // `${env:NAME}` may stand here: the editor's schema says so
};

enum class FieldType {
  text,
  integer,
  boolean,
  duration_ms,
  secret,
  expression,
  text_list,
  text_map,
  group,
  group_list,
  group_map,
  // Of the bus's own kinds of files (bus/route/kinds.h), read there.
  text_or_list,
  expression_or_list,
  expression_map,
  steps,        // of a route, as in the document's own `to`
  mapping,      // the nodes of a map (bus/route/generation.h): leaves are expressions
  value,        // any YAML, as it stands
  value_map,    // of any YAML, by name
  adapter,      // a group of its children and of the one adapter that it names
  adapter_map,  // of adapters, by name
};
// "list of text", for the documentation.
std::string_view words(FieldType type);

// What the documentation and the editor's schema are made of.
struct FieldDescription {
  std::string name;
  FieldType type = FieldType::text;
  FieldOptions options{};
  std::vector<FieldDescription> children{};  // of groups and adapters
};

// A variable that a value needs, and where.
struct NeededVariable {
  std::string name;
  Place place;
  std::string path;
};

// How `${env:NAME}` in texts and whole numbers is filled in. What is filled in is a value: it is not read again,
// neither as YAML nor for more of the same.
struct EnvironmentValues {
  const SecretSource* source = nullptr;  // null: nothing is known of the environment
  bool needed = true;  // what is not set is a problem; else it is listed, and what depends on it is not checked
  std::vector<NeededVariable> missing{};
};

struct FieldContext {
  const SecretSource* secrets = nullptr;  // null while checking only: secrets stay unresolved, and empty
  Problems* problems = nullptr;
  EnvironmentValues* values = nullptr;  // null: these fields never take any

  std::size_t unknown() const { return values == nullptr ? 0 : values->missing.size(); }
};

// One field bound to a member; made by Fields<T>.
template <class T>
struct BoundField {
  FieldDescription description;
  // Reads `node` into the object; reports to the context.
  std::function<void(T&, const yaml::Node&, FieldContext&)> read;
};

// Reads scalars with their checks; shared by every Fields<T>.
namespace field_readers {
bool text(std::string& out, const yaml::Node&, const FieldDescription&, FieldContext&);
bool expression(std::string& out, const yaml::Node&, const FieldDescription&, FieldContext&);
bool integer(std::int64_t& out, const yaml::Node&, const FieldDescription&, FieldContext&);
bool boolean(bool& out, const yaml::Node&, const FieldDescription&, FieldContext&);
bool secret(Secret& out, const yaml::Node&, const FieldDescription&, FieldContext&);
bool text_list(std::vector<std::string>& out, const yaml::Node&, const FieldDescription&, FieldContext&);
bool text_map(std::map<std::string, std::string>& out, const yaml::Node&, const FieldDescription&, FieldContext&);
bool expect_map(const yaml::Node&, const FieldDescription&, FieldContext&);
bool expect_list(const yaml::Node&, const FieldDescription&, FieldContext&);
void check_name(std::string_view name);
void unknown_keys(const yaml::Node&, const std::vector<FieldDescription>&, std::string_view what, Problems&);
void missing(const yaml::Node&, const FieldDescription&, std::string_view what, Problems&);
}  // namespace field_readers

template <class T>
class Fields {
 public:
  // `what` names the thing in messages: "file source".
  explicit Fields(std::string what) : what_(std::move(what)) {}

  Fields& text(std::string name, std::string T::* member, FieldOptions options = {}) {
    return add(std::move(name), FieldType::text, std::move(options),
               [member](T& object, const yaml::Node& node, const FieldDescription& d, FieldContext& c) {
                 field_readers::text(object.*member, node, d, c);
               });
  }
  // A CEL expression: text here, compiled by the bus and handed to the adapter as a condition.
  Fields& expression(std::string name, std::string T::* member, FieldOptions options = {}) {
    return add(std::move(name), FieldType::expression, std::move(options),
               [member](T& object, const yaml::Node& node, const FieldDescription& d, FieldContext& c) {
                 field_readers::expression(object.*member, node, d, c);
               });
  }
  Fields& integer(std::string name, std::int64_t T::* member, FieldOptions options = {}) {
    return add(std::move(name), FieldType::integer, std::move(options),
               [member](T& object, const yaml::Node& node, const FieldDescription& d, FieldContext& c) {
                 field_readers::integer(object.*member, node, d, c);
               });
  }
  Fields& duration_ms(std::string name, std::chrono::milliseconds T::* member, FieldOptions options = {}) {
    return add(std::move(name), FieldType::duration_ms, std::move(options),
               [member](T& object, const yaml::Node& node, const FieldDescription& d, FieldContext& c) {
                 std::int64_t value = 0;
                 if (field_readers::integer(value, node, d, c)) object.*member = std::chrono::milliseconds(value);
               });
  }
  Fields& boolean(std::string name, bool T::* member, FieldOptions options = {}) {
    return add(std::move(name), FieldType::boolean, std::move(options),
               [member](T& object, const yaml::Node& node, const FieldDescription& d, FieldContext& c) {
                 field_readers::boolean(object.*member, node, d, c);
               });
  }
  Fields& secret(std::string name, Secret T::* member, FieldOptions options = {}) {
    return add(std::move(name), FieldType::secret, std::move(options),
               [member](T& object, const yaml::Node& node, const FieldDescription& d, FieldContext& c) {
                 field_readers::secret(object.*member, node, d, c);
               });
  }
  Fields& text_list(std::string name, std::vector<std::string> T::* member, FieldOptions options = {}) {
    return add(std::move(name), FieldType::text_list, std::move(options),
               [member](T& object, const yaml::Node& node, const FieldDescription& d, FieldContext& c) {
                 field_readers::text_list(object.*member, node, d, c);
               });
  }
  Fields& text_map(std::string name, std::map<std::string, std::string> T::* member, FieldOptions options = {}) {
    return add(std::move(name), FieldType::text_map, std::move(options),
               [member](T& object, const yaml::Node& node, const FieldDescription& d, FieldContext& c) {
                 field_readers::text_map(object.*member, node, d, c);
               });
  }
  template <class U>
  Fields& group(std::string name, std::optional<U> T::* member, const Fields<U>& inner, FieldOptions options = {}) {
    return add(
        std::move(name), FieldType::group, std::move(options),
        [member, &inner](T& object, const yaml::Node& node, const FieldDescription&, FieldContext& c) {
          object.*member = inner.read(node, c);
        },
        inner.descriptions());
  }
  template <class U>
  Fields& groups(std::string name, std::vector<U> T::* member, const Fields<U>& inner, FieldOptions options = {}) {
    return add(
        std::move(name), FieldType::group_list, std::move(options),
        [member, &inner](T& object, const yaml::Node& node, const FieldDescription& d, FieldContext& c) {
          if (!field_readers::expect_list(node, d, c)) return;
          for (const auto& item : node.items) (object.*member).push_back(inner.read(item, c));
        },
        inner.descriptions());
  }
  template <class U>
  Fields& group_map(std::string name, std::map<std::string, U> T::* member, const Fields<U>& inner,
                    FieldOptions options = {}) {
    return add(
        std::move(name), FieldType::group_map, std::move(options),
        [member, &inner](T& object, const yaml::Node& node, const FieldDescription& d, FieldContext& c) {
          if (!field_readers::expect_map(node, d, c)) return;
          for (const auto& entry : node.entries) (object.*member)[entry.key.scalar] = inner.read(entry.value, c);
        },
        inner.descriptions());
  }
  // Checks that concern several fields; reports at the node.
  Fields& check(std::function<void(const T&, const yaml::Node&, Problems&)> rule) {
    rules_.push_back(std::move(rule));
    return *this;
  }

  // Reads a map node. Every problem is reported to the context; the object then holds what could be read.
  T read(const yaml::Node& node, FieldContext& context) const {
    T object;
    FieldDescription self{what_, FieldType::group, {}, {}};
    if (!field_readers::expect_map(node, self, context)) return object;
    auto before = context.problems->size();
    const auto unknown = context.unknown();
    field_readers::unknown_keys(node, descriptions_, what_, *context.problems);
    for (const auto& field : fields_) {
      if (const auto* value = node.find(field.description.name))
        field.read(object, *value, context);
      else if (field.description.options.required)
        field_readers::missing(node, field.description, what_, *context.problems);
    }
    if (context.problems->size() == before && context.unknown() == unknown)
      for (const auto& rule : rules_) rule(object, node, *context.problems);
    return object;
  }

  const std::vector<FieldDescription>& descriptions() const { return descriptions_; }
  const std::string& what() const { return what_; }

 private:
  template <class Reader>
  Fields& add(std::string name, FieldType type, FieldOptions options, Reader reader,
              std::vector<FieldDescription> children = {}) {
    field_readers::check_name(name);
    FieldDescription description{std::move(name), type, std::move(options), std::move(children)};
    descriptions_.push_back(description);
    fields_.push_back({description, [reader, description](T& object, const yaml::Node& node, FieldContext& context) {
                         reader(object, node, description, context);
                       }});
    return *this;
  }

  std::string what_;
  std::vector<BoundField<T>> fields_;
  std::vector<FieldDescription> descriptions_;
  std::vector<std::function<void(const T&, const yaml::Node&, Problems&)>> rules_;
};

// The documentation's table (Markdown) and the editor's JSON Schema (JSON text, 2020-12) of some fields. A mapping is
// the reference #/$defs/mapping, of which mapping_json_schema() is the definition.
std::string fields_markdown(const std::vector<FieldDescription>& fields);
std::string fields_json_schema(const std::vector<FieldDescription>& fields);
std::string mapping_json_schema();
// Text as a JSON string, with its quotes.
std::string json_text(std::string_view text);

}  // namespace simpul
