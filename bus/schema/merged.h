// A place of a schema as one: the subschemas that all apply to one value there, followed through references and allOf,
// and what they demand together. For comparing two schemas by meaning; what is behind oneOf, anyOf, not and if stays
// apart.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/schema/node.h"

namespace simpul {

using Nodes = std::vector<const Node*>;

struct MergedBound {
  std::string_view text;
  bool exclusive = false;
  bool operator==(const MergedBound& other) const;
};

struct MergedField {
  std::string_view name;
  Nodes nodes;  // what its value must fit; none: anything
  bool required = false;
};

struct Merged {
  explicit Merged(const Nodes& roots);

  Nodes parts;  // each once; the first is the place itself

  bool nothing = false;  // the schema false
  unsigned types = SchemaType::any;
  std::optional<std::vector<const json::Value*>> values;  // of enum and const, in the order written
  std::optional<MergedBound> lower, upper;
  std::optional<std::uint64_t> min_length, max_length, min_items, max_items, min_properties, max_properties;
  std::vector<std::string_view> multiples;  // sorted, like the next two
  std::vector<std::string_view> patterns, formats;

  std::vector<MergedField> fields;  // in the order of their first mention
  std::map<std::string_view, Nodes> pattern_fields;
  bool closed = false;  // no other fields
  Nodes other_fields, field_names;
  std::map<std::string_view, std::vector<std::string_view>> dependent;

  std::vector<Nodes> places;  // of a tuple
  Nodes items, contains;      // items: those behind the tuple
  bool no_more_items = false;
  bool unique = false;
  std::optional<std::uint64_t> min_contains, max_contains;

  std::vector<Nodes> one_of, any_of;  // the branches of each
  Nodes negated, conditions;          // conditions: the nodes that hold an if
  std::vector<NamedNode> dependent_schemas;

  std::optional<PersonalData> personal;
  bool is_key = false, is_subject = false;
  std::string_view owner;

  const MergedField* field(std::string_view name) const;
  // The first annotation of this name that is written at the place: title, description, default …
  const json::Value* annotation(std::string_view name) const;
  // The first part for which `holds`, else the first.
  template <class Holds>
  const Node& part(Holds holds) const {
    for (const auto* node : parts) {
      if (holds(*node)) return *node;
    }
    return *parts.front();
  }

 private:
  void take(const Node& node);
  void take_values(const Node& node);
  void take_bounds(const Node& node);
  void take_object(const Node& node);
  void take_array(const Node& node);
  std::map<std::string_view, std::size_t> field_at_;
};

}  // namespace simpul
