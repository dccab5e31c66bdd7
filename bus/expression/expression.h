// CEL (Common Expression Language, github.com/google/cel-spec): compiled against types, evaluated on events.
//
// compile() parses and checks; what is not supported yet is a problem there (code cel.unsupported), never a
// surprise at run time. Expressions have no clock, no randomness and no network; the same input gives the
// same value. Run time is bounded by a step budget. An Expression is immutable and may be evaluated from
// any thread, each evaluation with its own Arena.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/result.h"
#include "bus/event/json.h"
#include "bus/schema/schema.h"

namespace simpul {

// A code table of config/codes: text to text. Lookups are exact.
struct CodeTable {
  std::string name;
  std::map<std::string, std::string, std::less<>> rows;
  std::optional<std::string> otherwise;  // for a key that is not there; none: evaluation fails
};

// A code table that an expression asks.
struct TableUse {
  std::string table;
  std::vector<std::string> keys;  // all that it may ask for, when they are known
  bool known = false;
  bool guarded = false;  // it stands in a branch, which may keep some of them away
};

// What an expression may name, and the types. Slots are in the order given; evaluate() takes values in it.
struct Scope {
  struct Variable {
    std::string name;                            // "data", "type", "anggota"
    std::shared_ptr<const Schema::Cursor> type;  // null: dyn
    std::optional<SchemaType> plain;             // instead of a cursor, for simple variables
    bool required = true;                        // false: the slot may be null; has(name) asks
    // For inferred(), where the cursor has no schema's text: a schema that its values fit, such as what the expression
    // of a let inferred. Empty: its type is all that is known.
    std::string schema = {};
  };
  std::vector<Variable> variables;
  const std::map<std::string, CodeTable>* tables = nullptr;  // an expression copies those that it uses
  bool absence_is_error = true;  // using an optional field without has(), .? or orValue is a problem
  bool infer = false;            // inferred() is wanted: mappings are proved with it
  // Conditions over the same variables that held before the expression is evaluated: what they ask is known here.
  std::vector<std::string> held = {};
};

// Why an evaluation gave no value. Bounded set of codes: no_such_field, no_such_key (lookup), overflow,
// divide_by_zero, bad_argument, no_overload, budget.
struct EvaluationError {
  std::string code;
  std::string message;  // never the value itself
};

// A value, or `absent` for an optional that is none (a map leaf is then left out).
struct Evaluated {
  json::Value value;
  bool absent = false;
};

// One of the smallest conditions of an expression (what &&, ||, ! and ?: join), as an evaluation found it.
struct ConditionPart {
  std::uint32_t begin = 0, end = 0;  // bytes of the source
  std::optional<bool> held;          // none: it gave no boolean
  std::string error;                 // why it could not be evaluated; else empty
  struct Seen {
    std::string path;                  // "data.kode_wilayah_baru"
    std::optional<std::string> value;  // JSON text, shortened, not masked; none: absent
  };
  std::vector<Seen> seen;  // what it looked at
};

class Expression {
 public:
  virtual ~Expression() = default;
  // `slots` follow Scope::variables; a null pointer is a variable that is absent. Strings and containers of
  // the result live in the arena or in the slots' documents.
  virtual std::expected<Evaluated, EvaluationError> evaluate(std::span<const json::Value* const> slots,
                                                             json::Arena& arena) const = 0;
  // True only for a boolean true; an error is an error.
  virtual std::expected<bool, EvaluationError> test(std::span<const json::Value* const> slots,
                                                    json::Arena& arena) const = 0;
  // What the checker deduced of the result.
  virtual const SchemaType& result() const = 0;
  // The same with its fields and items, as the type of a variable that holds the result; null when nothing
  // is known of it.
  virtual std::shared_ptr<const Schema::Cursor> cursor() const = 0;
  // True when evaluate() may answer `absent`: the value was an optional to the checker.
  virtual bool may_be_absent() const = 0;
  // A JSON Schema (2020-12, JSON text) that every value fits which evaluate() may give on slots that fit their schemas:
  // what mappings are proved with. "true" when nothing is known; empty when Scope::infer was not set. An absent value
  // is not spoken of: see may_be_absent().
  virtual const std::string& inferred() const = 0;
  // What inference met of code tables; empty when Scope::infer was not set.
  virtual std::span<const TableUse> table_uses() const { return {}; }
  // What is allowed and yet worth a look: a part without a type (cel.dyn), what cannot be bounded (cel.unbounded).
  virtual const Problems& warnings() const = 0;
  virtual const std::string& source() const = 0;
  // Why it is what it is, for people: its parts in the order of the source. Not fast.
  virtual std::vector<ConditionPart> parts(std::span<const json::Value* const> slots, json::Arena& arena) const = 0;
  // Equality conjuncts `data.name == "literal"` that must hold for it to be true, for indexes: "data.name", "literal".
  virtual std::span<const std::pair<std::string, std::string>> equalities() const = 0;
};

// What the place of the expression takes: a condition (boolean, or dyn), or a text, an integer or a list of
// these (text_or_key). Where it is not `any`, an optional is a problem.
enum class Expect { any, boolean, text_or_key };

// `place` is where the expression's first character stands in its file; problems point inside it, sorted by
// place. Lines after the first count their columns from the column of the first, as a YAML block has them.
// Codes: cel.syntax, too_long, too_deep, unsupported, unknown_name, unknown_field, unknown_function,
// unknown_table, arguments, pattern, type, enum, optional, null, result, cost; of warnings: dyn, unbounded.
Checked<std::shared_ptr<const Expression>> compile_expression(std::string_view text, const Scope& scope, Expect expect,
                                                              const Place& place, const std::string& path);

// Functions of the language and ours, for `simpul functions` and the docs.
struct FunctionDescription {
  std::string name, area;
  std::vector<std::string> signatures;
  std::string help, example, result;  // the example's value as JSON, "absent" for none
};
std::span<const FunctionDescription> expression_functions();    // by name
std::span<const std::string_view> expression_function_areas();  // as they are to be shown

}  // namespace simpul
