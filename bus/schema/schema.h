// JSON Schema, compiled: 2020-12 and, by `$schema`, 2019-09, draft 7, 6 and 4. The bus asks of a schema: is this
// value valid (fast), if not why (exhaustively), what type does an expression see at a path, what do its
// annotations say. containment.h compares two schemas.
//
// A `$ref` resolves only inside the registry and the meta-schemas built in; nothing is fetched. `format` asserts.
// Patterns run in linear time; look-around and back-references are refused at load (code schema.unsupported). A Schema
// is immutable, keeps what it needs alive, and may be used from any thread.
//
// Annotations read by the bus: `x-personal-data: none|general|specific` (UU 27/2022 art. 4), `x-key`,
// `x-subject`, `x-owner`.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/result.h"
#include "bus/event/json.h"

namespace simpul {

enum class PersonalData : unsigned char { none, general, specific };

// One text in both languages of the people who read it.
struct Words {
  std::string english, indonesian;
  bool empty() const { return english.empty(); }
};

// One reason why a value is not valid, or (from warnings()) looks wrong although it is valid.
struct Violation {
  std::string rule;      // the keyword: "required", "pattern", "format: nik"; "false" where no value is allowed
  std::string instance;  // JSON Pointer into the value
  std::string schema;    // JSON Pointer into the schema, with its file: "dukcapil/pindah.json#/properties/nik/pattern"
  std::string way;    // the same keyword by the way that led there, references included: "/properties/nik/$ref/pattern"
  Place place;        // where the keyword stands in the schema's file: path below schemas/, line and column
  std::string value;  // what came, shortened; "•••" when its class is personal, "an object" for what has parts
  Words words;        // for the person who must act: what was expected, what came, the nearest name
};

// What an expression sees. A value may be several kinds (unions); `present` false means the value may be absent.
struct SchemaType {
  enum Kind : unsigned {
    null = 1,
    boolean = 2,
    integer = 4,
    number = 8,
    string = 16,
    array = 32,
    object = 64,
    any = 127
  };
  unsigned kinds = any;                  // `number` covers integers: `integer` stands only where no fraction is allowed
  bool known = false;                    // false: no schema speaks here (dyn)
  std::vector<std::string> enumeration;  // JSON texts; empty: not an enum
  std::string format;                    // of strings
  std::optional<std::uint64_t> max_length, max_items, min_length, min_items;
  PersonalData personal = PersonalData::none;
};

class Schema {
 public:
  virtual ~Schema() = default;
  virtual const std::string& name() const = 0;  // path below schemas/, without .json: "dukcapil/pindah_datang/1"
  virtual bool valid(const json::Value& value) const = 0;
  // At most `limit` violations, in document order; empty when valid.
  virtual std::vector<Violation> explain(const json::Value& value, std::size_t limit = 32) const = 0;
  // What a soft rule of a format doubts in a valid value (a region code that is not in the table): to be looked at,
  // never a reason to refuse. Empty, at no cost, for schemas without such formats.
  virtual std::vector<Violation> warnings(const json::Value& value, std::size_t limit = 32) const = 0;

  // Types, for the expression checker: a cursor into the schema.
  class Cursor {
   public:
    virtual ~Cursor() = default;
    virtual SchemaType type() const = 0;
    // The property's cursor; null when the object is closed and has none. `required` tells whether it must be there.
    virtual std::shared_ptr<const Cursor> property(std::string_view name, bool& required) const = 0;
    virtual std::shared_ptr<const Cursor> items() const = 0;
    virtual std::vector<std::string> properties() const = 0;  // names known, for hints
    virtual bool closed() const = 0;                          // no other properties than those
    // A schema as JSON text that every value fits which may stand here. It refers to the files' places by absolute
    // addresses, so it compiles beside the same files, wherever it is written. Empty when no schema's text speaks here.
    virtual std::string schema_text() const { return {}; }
  };
  virtual std::shared_ptr<const Cursor> cursor() const = 0;

  // Replaces the values of personal classes above `cleared` by "•••" in a copy of the JSON text; object
  // members without an annotation inherit that of their parent. Values no schema speaks of are masked too
  // unless `cleared` is specific.
  virtual std::string masked(const json::Value& value, PersonalData cleared) const = 0;
  // The personal class of what stands at a JSON Pointer.
  virtual PersonalData personal_at(std::string_view instance_pointer) const = 0;
};

class SchemaRegistry {
 public:
  virtual ~SchemaRegistry() = default;
  virtual std::shared_ptr<const Schema> find(std::string_view name) const = 0;  // null when there is none
  virtual std::vector<std::string> names() const = 0;
};

struct SchemaRules {
  // Strict is the bus's own: unknown keywords and formats are refused with the nearest name, and `format` asserts.
  // Otherwise as the standards say: unknown keywords are ignored, and `format` asserts only where the meta-schema's
  // vocabulary demands it (2020-12 §7.2.1), unless `formats_assert`.
  bool strict = true;
  bool formats_assert = true;
  // The dialect of files without `$schema`: its URI.
  std::string dialect = "https://json-schema.org/draft/2020-12/schema";
};

// Compiles all schemas together; `files` maps the path below schemas/ (with .json), or the whole address of a schema
// from elsewhere, to its text. `$ref` may name another file relatively, or by its `$id`. Every problem of every file is
// reported, with line and column; after 1 000 problems the rest is counted (code schema.more_problems).
Checked<std::shared_ptr<const SchemaRegistry>> compile_schemas(const std::map<std::string, std::string>& files,
                                                               const SchemaRules& rules = {});

}  // namespace simpul
