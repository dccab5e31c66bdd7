#include "bus/route/record_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "bus/base/environment.h"
#include "bus/route/mapping.h"

namespace simpul {
namespace {

Problem cannot(std::string_view what, const EvaluationError& error, const Place& place) {
  Problem problem;
  problem.code = "rule." + error.code;
  problem.message = fmt::format("{} of the rule cannot be evaluated: {}", what, error.message);
  problem.hint = "mend the record, or the rule";
  problem.place = place;
  return problem;
}

Problem wrong(std::string code, std::string message, std::string hint, const Place& place) {
  Problem problem;
  problem.code = std::move(code);
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  problem.place = place;
  return problem;
}

class CompiledRule final : public RecordRule {
 public:
  CompiledRule(const RuleDeclaration& declaration, std::shared_ptr<const std::map<std::string, CodeTable>> tables,
               const Schema* schema, ExpressionSource& source)
      : type_(declaration.type),
        tables_(std::move(tables)),
        data_(*declaration.data, scope_of(*tables_), source, false) {
    auto scope = scope_of(*tables_);
    auto one = [&](const yaml::Node* node, Expect expect, Attribute& attribute) {
      if (node == nullptr) return;
      attribute.place = node->place;
      attribute.expression = source.compile(*node, scope, expect);
    };
    one(declaration.when, Expect::boolean, when_);
    one(declaration.subject, Expect::any, subject_);
    one(declaration.time, Expect::any, time_);
    if (schema != nullptr) check_mapping(data_, *schema, {}, source.problems());
  }

  const std::string& type() const override { return type_; }

  Result<std::optional<EventParts>> make(const json::Value& row, const json::Value& old,
                                         std::string_view change) const override {
    json::Arena arena;
    auto change_value = json::Value::view_string(change);
    std::vector<const json::Value*> slots{&row, &old, &change_value};
    if (when_.expression) {
      auto verdict = when_.expression->test(slots, arena);
      if (!verdict) return std::unexpected(cannot("when", verdict.error(), when_.place));
      if (!*verdict) return std::nullopt;
    }
    EventParts parts;
    parts.type = type_;
    auto subject = text_of(subject_, "subject", slots, arena);
    if (!subject) return std::unexpected(std::move(subject.error()));
    parts.subject = std::move(*subject);
    auto time = text_of(time_, "time", slots, arena);
    if (!time) return std::unexpected(std::move(time.error()));
    if (!time->empty() && !parse_time(*time))
      return std::unexpected(wrong("rule.time", "time of the rule is no RFC 3339 date and time",
                                   "make it of the form 2026-11-22T03:30:00+07:00, or leave time out", time_.place));
    parts.time = std::move(*time);
    MappingRun run{slots, arena};
    auto data = data_.write(run, parts.data_json);
    if (!data) return std::unexpected(std::move(data.error()));
    if (!*data)
      return std::unexpected(
          wrong("rule.no_data", "data of the rule is absent for this record", "make it an object", data_.root().place));
    return parts;
  }

 private:
  struct Attribute {
    std::shared_ptr<const Expression> expression;
    Place place;
  };

  static Scope scope_of(const std::map<std::string, CodeTable>& tables) {
    SchemaType text;
    text.kinds = SchemaType::string;
    text.known = true;
    Scope scope;
    scope.variables = {{"row", nullptr, std::nullopt}, {"old", nullptr, std::nullopt}, {"change", nullptr, text}};
    scope.tables = &tables;
    return scope;
  }

  // Empty when there is none. A number gives its exact text: identifiers are numeric columns here and there.
  static Result<std::string> text_of(const Attribute& attribute, std::string_view what,
                                     std::span<const json::Value* const> slots, json::Arena& arena) {
    if (!attribute.expression) return std::string();
    auto made = attribute.expression->evaluate(slots, arena);
    if (!made) return std::unexpected(cannot(what, made.error(), attribute.place));
    if (made->absent || made->value.is_null()) return std::string();
    if (made->value.is_string() || made->value.is_number()) return std::string(made->value.text());
    return std::unexpected(wrong("rule.not_text", fmt::format("{} of the rule gives no text", what),
                                 "make it a text, such as row.NIK", attribute.place));
  }

  std::string type_;
  std::shared_ptr<const std::map<std::string, CodeTable>> tables_;  // expressions refer to it
  Attribute when_, subject_, time_;
  Mapping data_;
};

}  // namespace

std::shared_ptr<const RecordRule> compile_rule(const RuleDeclaration& declaration,
                                               std::shared_ptr<const std::map<std::string, CodeTable>> tables,
                                               const Schema* schema, ExpressionSource& source) {
  const auto before = static_cast<std::ptrdiff_t>(source.problems().size());
  auto rule = std::make_shared<const CompiledRule>(declaration, std::move(tables), schema, source);
  const auto is_error = [](const Problem& problem) { return problem.severity == Severity::error; };
  return std::any_of(source.problems().begin() + before, source.problems().end(), is_error) ? nullptr : rule;
}

}  // namespace simpul
