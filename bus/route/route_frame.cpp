#include "bus/route/route_frame.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bus/base/environment.h"
#include "bus/route/kind_reader.h"

namespace simpul {
namespace {

constexpr std::size_t event_variables = 6;  // id, source, type, subject, time, data

// Memory of one evaluation, kept by each thread for the next: routing allocates nothing that it gives back.
struct Scratch {
  json::Arena arena;
  std::vector<const json::Value*> slots;
};

Scratch& scratch() {
  static thread_local Scratch kept;
  return kept;
}

std::unexpected<std::string> cannot(std::string_view what, const PlacedExpression& expression, std::string_view why) {
  const auto& place = expression.place;
  return std::unexpected(fmt::format("{} ({}:{}:{}) cannot be evaluated: {}", what, place.file, place.start.line,
                                     place.start.column, why));
}

}  // namespace

RouteFrame::RouteFrame(const Event& event, RouteObserver* observer)
    : event_(event), observer_(observer), arena_(scratch().arena), slots_(scratch().slots) {
  arena_.reset();
  slots_.clear();
  for (auto text : {event.id(), event.source(), event.type(), event.subject(), event.time()})
    slots_.push_back(text.empty() ? nullptr : kept(json::Value::view_string(text)));
  slots_.push_back(event.data());
}

void RouteFrame::rewind() {
  slots_.resize(event_variables);
}

const json::Value* RouteFrame::kept(const json::Value& value) const {
  return new (arena_.allocate(sizeof(json::Value), alignof(json::Value))) json::Value(value);
}

std::expected<Evaluated, std::string> RouteFrame::evaluate(const PlacedExpression& expression,
                                                           std::string_view what) const {
  auto value = expression.expression->evaluate(slots_, arena_);
  if (!value) return cannot(what, expression, value.error().message);
  return *value;
}

FrameVerdict RouteFrame::test(const PlacedExpression& condition, std::string_view what) const {
  if (!condition) return true;
  auto verdict = condition.expression->test(slots_, arena_);
  if (observer_ != nullptr)
    observer_->condition(condition.place, *condition.expression, verdict ? std::optional(*verdict) : std::nullopt,
                         slots_);
  if (!verdict) return cannot(what, condition, verdict.error().message);
  return *verdict;
}

FrameWords RouteFrame::push_lets(const LetPrograms& lets) {
  for (const auto& [name, let] : lets) {
    auto value = let.expression->evaluate(slots_, arena_);
    if (!value) return cannot("let " + name, let, value.error().message);
    slots_.push_back(value->absent ? nullptr : kept(value->value));
  }
  return {};
}

Result<void> RouteFrame::push_answers(const TargetProgram& target, const EnrichmentAnswers& answers) {
  for (const auto& question : target.enrichments) {
    auto given = answers.find(question.name);
    if (given == answers.end())
      return fail("map.not_asked", fmt::format("the lookup {} was not asked for {}", question.lookup, question.name),
                  "ask it first: it is answered before the map is made");
    if (!given->second) {
      if (!question.may_be_missing)
        return fail("map.nobody", fmt::format("the lookup {} found nobody for {}", question.lookup, question.name),
                    "mend the data at its source, or write otherwise: none if the map can do without");
      slots_.push_back(nullptr);
      continue;
    }
    auto document = json::parse(*given->second);
    if (!document || !question.answer->valid(document->root())) {
      std::string where;
      if (document) {
        auto violations = question.answer->explain(document->root(), 1);
        if (!violations.empty())
          where = fmt::format(": {}: {}", violations[0].instance.empty() ? "it" : violations[0].instance,
                              violations[0].words.english);
      }
      return fail(
          "map.answer",
          fmt::format("what the lookup {} answered does not fit {}{}", question.lookup, question.answer->name(), where),
          "tell who runs the answering app, or mend the schema of the answer");
    }
    slots_.push_back(&documents_.emplace_back(std::move(*document)).root());
  }
  return {};
}

std::expected<std::span<const json::Value>, std::string> RouteFrame::list(const PlacedExpression& each) const {
  auto value = evaluate(each, "`each`");
  if (!value) return std::unexpected(std::move(value.error()));
  if (value->absent) return std::span<const json::Value>();
  if (!value->value.is_array()) return cannot("`each`", each, "it gives no list");
  if (value->value.size() > parts_limit)
    return cannot("`each`", each,
                  fmt::format("its list has {} items, and at most {} are delivered of one event", value->value.size(),
                              parts_limit));
  return value->value.items();
}

std::expected<std::size_t, std::string> RouteFrame::branch(const StepProgram& choose) const {
  for (std::size_t i = 0; i < choose.branches.size(); ++i) {
    auto held = test(choose.branches[i].when, "`when` of a branch");
    if (!held) return std::unexpected(std::move(held.error()));
    if (*held) return i;
  }
  return std::unexpected(no_branch(choose));
}

std::string RouteFrame::no_branch(const StepProgram& choose) const {
  return fmt::format("no branch of `choose` ({}:{}:{}) takes this event", choose.place.file, choose.place.start.line,
                     choose.place.start.column);
}

std::expected<std::vector<std::size_t>, std::string> RouteFrame::recipients(
    const StepProgram& step, std::span<const TargetProgram> targets) const {
  auto names = texts(step.recipients, "`recipients`");
  if (!names) return std::unexpected(std::move(names.error()));
  std::vector<std::size_t> named;
  for (std::size_t i = 0; i < names->size(); ++i) {
    const auto name = (*names)[i].text();
    auto app = std::ranges::find_if(step.targets, [&](auto target) { return targets[target].app == name; });
    if (app == step.targets.end())
      return cannot("`recipients`", step.recipients,
                    fmt::format("name {} of {} is not one of `among`", i + 1, names->size()));
    const auto index = static_cast<std::size_t>(app - step.targets.begin());
    if (std::ranges::find(named, index) == named.end()) named.push_back(index);
  }
  std::ranges::sort(named);
  return named;
}

std::expected<std::optional<Nanoseconds>, std::string> RouteFrame::not_before(const PlacedExpression& until) const {
  auto value = evaluate(until, "`until`");
  if (!value) return std::unexpected(std::move(value.error()));
  if (value->absent) return std::nullopt;
  if (!value->value.is_string()) return cannot("`until`", until, "it gives no date and time");
  auto text = std::string(value->value.text());
  if (is_date(text)) text += "T00:00:00Z";
  auto time = parse_time(text);
  if (!time) return cannot("`until`", until, "it gives no date and time");
  return *time;
}

std::expected<std::string_view, std::string> RouteFrame::parameter(const std::string& name,
                                                                   const PlacedExpression& value) const {
  const auto what = "the parameter " + name;
  auto made = evaluate(value, what);
  if (!made) return std::unexpected(std::move(made.error()));
  if (made->absent || made->value.is_null()) return cannot(what, value, "there is no value");
  if (!made->value.is_string() && !made->value.is_number())
    return cannot(what, value, "it gives neither text nor a number");
  return made->value.text();
}

std::expected<std::span<const json::Value>, std::string> RouteFrame::texts(const PlacedExpression& expression,
                                                                           std::string_view what) const {
  auto value = evaluate(expression, what);
  if (!value) return std::unexpected(std::move(value.error()));
  if (value->absent || value->value.is_null()) return cannot(what, expression, "there is no value");
  auto all = value->value.is_array() ? value->value.items() : std::span(kept(value->value), 1);
  if (all.empty()) return cannot(what, expression, "its list is empty");
  for (const auto& one : all) {
    if (!one.is_string() && !one.is_number()) return cannot(what, expression, "it gives neither text nor a number");
    if (one.text().empty()) return cannot(what, expression, "it is empty");
  }
  return all;
}

std::unexpected<std::string> RouteFrame::too_many_keys(const PlacedExpression& key) {
  return cannot("the key", key, fmt::format("there are more than {} keys", keys_limit));
}

}  // namespace simpul
