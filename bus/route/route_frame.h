// The values of a route's variables for one event, and what the parts of a route ask of them. Problems are words for
// who must act, without values.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bus/event/event.h"
#include "bus/route/route_program.h"

namespace simpul {

using FrameWords = std::expected<void, std::string>;  // why something could not be evaluated
using FrameVerdict = std::expected<bool, std::string>;

class RouteFrame {
 public:
  // Works in memory that each thread keeps for its next event: one frame at a time. With an observer, conditions are
  // told to it.
  explicit RouteFrame(const Event& event, RouteObserver* observer = nullptr);

  // Only the event's own variables again.
  void rewind();
  // The variables back to as many as there were.
  std::size_t mark() const { return slots_.size(); }
  void back_to(std::size_t mark) { slots_.resize(mark); }

  FrameVerdict test(const PlacedExpression& condition, std::string_view what) const;  // true where there is none
  FrameWords push_lets(const LetPrograms& lets);
  // The answers to a target's questions, parsed, as variables.
  Result<void> push_answers(const TargetProgram& target, const EnrichmentAnswers& answers);
  void push_item(const json::Value& item) { slots_.push_back(&item); }

  // The items of a target's list; at most parts_limit.
  std::expected<std::span<const json::Value>, std::string> list(const PlacedExpression& each) const;
  // The branch that holds; none: an error.
  std::expected<std::size_t, std::string> branch(const StepProgram& choose) const;
  std::string no_branch(const StepProgram& choose) const;
  // Which apps of `among` are named, by their index. `targets` are the route's.
  std::expected<std::vector<std::size_t>, std::string> recipients(const StepProgram& step,
                                                                  std::span<const TargetProgram> targets) const;
  std::expected<std::optional<Nanoseconds>, std::string> not_before(const PlacedExpression& until) const;
  // A parameter of a question, as text.
  std::expected<std::string_view, std::string> parameter(const std::string& name, const PlacedExpression& value) const;

  // Calls `take` with every key.
  template <class Take>
  FrameWords keys(const std::vector<PlacedExpression>& expressions, Take take) const {
    std::size_t count = 0;
    for (const auto& key : expressions) {
      auto all = texts(key, "the key");
      if (!all) return std::unexpected(std::move(all.error()));
      for (const auto& one : *all) {
        if (++count > keys_limit) return too_many_keys(key);
        take(one.text());
      }
    }
    return {};
  }

  std::vector<const json::Value*>& slots() { return slots_; }
  json::Arena& arena() { return arena_; }
  const json::Value* data() const { return event_.data(); }

 private:
  std::expected<Evaluated, std::string> evaluate(const PlacedExpression& expression, std::string_view what) const;
  // One text or number, or a list of these, none empty.
  std::expected<std::span<const json::Value>, std::string> texts(const PlacedExpression& expression,
                                                                 std::string_view what) const;
  static std::unexpected<std::string> too_many_keys(const PlacedExpression& key);
  const json::Value* kept(const json::Value& value) const;

  const Event& event_;
  RouteObserver* observer_;
  json::Arena& arena_;
  std::vector<const json::Value*>& slots_;
  std::vector<json::Document> documents_;
};

}  // namespace simpul
