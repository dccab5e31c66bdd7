#include "tools/trial/verdicts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

namespace simpul::trial {
namespace {

constexpr std::size_t candidates_limit = 64;  // looked at for the nearest
constexpr std::size_t unexpected_limit = 5;   // told of one app, the rest are counted
constexpr std::size_t payload_limit = 400;    // bytes shown of one payload

std::string at_most(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
  return text.substr(0, limit) + "…";
}

std::string place_words(const std::string& app, const std::string& into) {
  return into.empty() ? app : app + "/" + into;
}

Tree parsed(const std::string& text) {
  auto document = json::parse(text);
  return document ? Tree::of(document->root()) : Tree();
}

// What happened, of one kind, as expectations are compared with it.
struct Item {
  const DeliveryOutcome* delivery = nullptr;
  const RefusalOutcome* refusal = nullptr;
  const MadeEvent* made = nullptr;
  const QuestionOutcome* question = nullptr;
  std::string duplicate = {};
  std::optional<Tree> payload = {};
  bool taken = false;
};

class Comparison {
 public:
  Comparison(const Expectation& expected, Item& item) : expected_(expected), item_(item) {}

  std::vector<Difference> run() {
    switch (expected_.kind) {
      case Expectation::delivery:
      case Expectation::parked:
      case Expectation::waiting:
        delivery(*item_.delivery);
        break;
      case Expectation::refused:
        refusal(*item_.refusal);
        break;
      case Expectation::duplicate:
        same("event", expected_.event, item_.duplicate);
        break;
      case Expectation::made:
        made(*item_.made);
        break;
      case Expectation::asked:
        same("lookup", expected_.lookup, item_.question->lookup);
        members(item_.question->parameters);
        break;
    }
    return std::move(out_);
  }

 private:
  void same(const char* what, const std::string& expected, const std::string& actual) {
    if (!expected.empty() && expected != actual) out_.push_back({what, expected, actual});
  }

  void holds_words(const char* what, const std::string& expected, const std::string& actual) {
    if (actual.find(expected) == actual.npos) out_.push_back({what, fmt::format("… {} …", expected), actual});
  }

  void moment(const std::string& what, const Moment& expected, Nanoseconds actual) {
    if (actual < expected.from || actual > expected.to) out_.push_back({what, expected.words, duration_words(actual)});
  }

  void members(const Tree& actual) {
    if (expected_.whole) differences(*expected_.whole, actual, "", out_);
    for (const auto& member : expected_.has) {
      const auto* there = at_path(actual, member.path);
      if (is_as_said(member, there)) continue;
      const auto name = member.name.starts_with('/') ? member.name : "/" + member.name;
      if (there == nullptr || member.by_text || (!member.value.is_object() && !member.value.is_array()))
        out_.push_back({name, member.by_text ? member.value.text : to_json(member.value),
                        there == nullptr ? "" : to_json(*there)});
      else
        differences(member.value, *there, name, out_);
    }
    for (const auto& name : expected_.lacks)
      if (const auto* there = at_path(actual, name.starts_with('/') ? tree_path(name) : TreePath{name}))
        out_.push_back({name.starts_with('/') ? name : "/" + name, "", to_json(*there)});
  }

  void delivery(const DeliveryOutcome& actual) {
    same("into", expected_.into, actual.into);
    same("event", expected_.event, actual.event);
    if (expected_.kind == Expectation::parked) holds_words("reason", expected_.reason, actual.reason);
    if (expected_.attempts && *expected_.attempts != actual.tried.size())
      out_.push_back({"attempts", std::to_string(*expected_.attempts), std::to_string(actual.tried.size())});
    if (expected_.at) moment("at", *expected_.at, actual.at);
    if (!expected_.tried_at.empty()) tried(actual);
    if (expected_.whole || !expected_.has.empty() || !expected_.lacks.empty()) {
      if (!item_.payload) item_.payload = parsed(actual.payload);
      members(*item_.payload);
    }
  }

  void tried(const DeliveryOutcome& actual) {
    if (!expected_.attempts && expected_.tried_at.size() != actual.tried.size())
      out_.push_back({"attempts", std::to_string(expected_.tried_at.size()), std::to_string(actual.tried.size())});
    for (std::size_t i = 0; i < std::min(expected_.tried_at.size(), actual.tried.size()); ++i)
      moment(fmt::format("tried_at[{}]", i), expected_.tried_at[i], actual.tried[i]);
  }

  void refusal(const RefusalOutcome& actual) {
    same("event", expected_.event, actual.event);
    if (expected_.code.empty() && expected_.field.empty() && expected_.rule.empty() && expected_.reason.empty()) return;
    auto fits = [&](const RefusalWhy& why) {
      return (expected_.code.empty() || why.code == expected_.code) &&
             (expected_.field.empty() || why.instance == expected_.field) &&
             (expected_.rule.empty() || why.rule == expected_.rule || why.rule.starts_with(expected_.rule + ":")) &&
             why.message.find(expected_.reason) != why.message.npos;
    };
    if (std::ranges::any_of(actual.reasons, fits)) return;
    const auto why = actual.reasons.empty() ? RefusalWhy() : actual.reasons.front();
    same("code", expected_.code, why.code);
    same("field", expected_.field, why.instance);
    same("rule", expected_.rule, why.rule);
    if (!expected_.reason.empty()) holds_words("message", expected_.reason, why.message);
    if (out_.empty()) out_.push_back({"code", expected_.code, why.code});
  }

  void made(const MadeEvent& actual) {
    same("type", expected_.type, actual.type);
    same("from", expected_.app, actual.app);
    same("subject", expected_.subject, actual.subject);
    same("time", expected_.time, actual.time);
    members(actual.data);
  }

  const Expectation& expected_;
  Item& item_;
  std::vector<Difference> out_;
};

std::string name_of(const Expectation& expected) {
  switch (expected.kind) {
    case Expectation::delivery:
    case Expectation::parked:
    case Expectation::waiting:
      return fmt::format("{} for {}", expected.event.empty() ? "a delivery" : "the delivery of " + expected.event,
                         place_words(expected.app, expected.into));
    case Expectation::refused:
      return expected.event.empty() ? "an event" : expected.event;
    case Expectation::duplicate:
      return expected.event;
    case Expectation::made:
      return "an event " + expected.type;
    case Expectation::asked:
      return "the lookup " + expected.lookup;
  }
  return {};
}

const char* happens(Expectation::Kind kind) {
  switch (kind) {
    case Expectation::delivery:
      return "was not delivered";
    case Expectation::parked:
      return "was not parked";
    case Expectation::waiting:
      return "does not wait at the end";
    case Expectation::refused:
      return "was not refused";
    case Expectation::duplicate:
      return "was not taken for a duplicate";
    case Expectation::made:
      return "was not made";
    case Expectation::asked:
      return "was not asked";
  }
  return "";
}

class Judgement {
 public:
  Judgement(const Case& one, const Outcome& outcome) : case_(one), outcome_(outcome) {
    for (const auto& delivery : outcome.deliveries) {
      if (!is_looked_at(delivery.app)) continue;
      items_[kind_of(delivery)].push_back({.delivery = &delivery});
    }
    for (const auto& refusal : outcome.refused) items_[Expectation::refused].push_back({.refusal = &refusal});
    for (const auto& id : outcome.duplicates) items_[Expectation::duplicate].push_back({.duplicate = id});
    for (const auto& made : outcome.made) items_[Expectation::made].push_back({.made = &made});
    for (const auto& question : outcome.asked) items_[Expectation::asked].push_back({.question = &question});
  }

  std::vector<Failure> run() {
    for (const auto& question : outcome_.asked)
      if (!question.answered && std::exchange(told_unanswered_, true) == false)
        fail(case_.place,
             fmt::format("the lookup {} was asked with {}, and the test has no answer", question.lookup,
                         to_json(question.parameters)),
             fmt::format("add to lookups: {{ lookup: {}, with: {}, found: {{ … }} }}, or missing: true",
                         question.lookup, to_json(question.parameters)));
    std::vector<std::pair<const Expectation*, std::uint64_t>> open;  // and how many are missing
    for (const auto& expected : case_.expected) {
      std::uint64_t missing = expected.times;
      auto& items = items_[expected.kind];
      for (auto at = first_free(expected); at < items.size() && missing > 0; ++at)
        if (is_candidate(expected, items[at]) && Comparison(expected, items[at]).run().empty()) {
          take(expected, items[at]);
          --missing;
        }
      if (missing > 0) open.emplace_back(&expected, missing);
    }
    for (const auto& [expected, missing] : open) unfulfilled(*expected, missing);
    check_order();
    if (case_.strict) unexpected();
    return std::move(failures_);
  }

 private:
  static Expectation::Kind kind_of(const DeliveryOutcome& delivery) {
    return delivery.state == DeliveryOutcome::delivered ? Expectation::delivery
           : delivery.state == DeliveryOutcome::parked  ? Expectation::parked
                                                        : Expectation::waiting;
  }

  bool is_looked_at(const std::string& app) const {
    return !case_.only || std::ranges::find(*case_.only, app) != case_.only->end();
  }

  static bool is_candidate(const Expectation& expected, const Item& item) {
    return !item.taken && (item.delivery == nullptr || item.delivery->app == expected.app);
  }

  // Items before it are all taken: many alike are matched in one pass.
  std::size_t first_free(const Expectation& expected) {
    auto& items = items_[expected.kind];
    auto& at = first_free_[expected.kind];
    while (at < items.size() && items[at].taken) ++at;
    return at;
  }

  void take(const Expectation& expected, Item& item) {
    item.taken = true;
    if (expected.kind == Expectation::delivery) in_order_.emplace_back(&expected, item.delivery);
  }

  void fail(const Place& place, std::string message, std::string hint, std::vector<Difference> found = {}) {
    failures_.push_back({place, std::move(message), std::move(found), std::move(hint)});
  }

  void unfulfilled(const Expectation& expected, std::uint64_t missing) {
    auto& items = items_[expected.kind];
    Item* nearest = nullptr;
    std::vector<Difference> least;
    std::size_t seen = 0;
    for (auto at = first_free(expected); at < items.size() && seen < candidates_limit; ++at) {
      if (!is_candidate(expected, items[at])) continue;
      ++seen;
      auto found = Comparison(expected, items[at]).run();
      if (nearest == nullptr || found.size() < least.size()) {
        nearest = &items[at];
        least = std::move(found);
      }
    }
    if (nearest != nullptr) {
      take(expected, *nearest);
      auto message = fmt::format("{} is not as expected", name_of(expected));
      if (missing > 1) message += fmt::format(", and {} more are missing", missing - 1);
      return fail(expected.place, std::move(message), hint_of(*nearest), std::move(least));
    }
    auto message = fmt::format("{} {}", name_of(expected), happens(expected.kind));
    if (expected.times > 1) message += fmt::format(" ({} of {} are missing)", missing, expected.times);
    fail(expected.place, message + instead(expected),
         expected.kind == Expectation::refused || expected.kind == Expectation::duplicate
             ? "look at what is given, and at the schema of its type"
             : "look at the conditions of the route and of its target, or take the expectation out");
  }

  // What became of what was expected otherwise; it is then not told again as unexpected.
  std::string instead(const Expectation& expected) {
    if (expected.app.empty() || expected.kind == Expectation::made) {
      if (outcome_.refused.empty() || expected.kind == Expectation::refused) return {};
      return refused_instead();
    }
    for (auto kind : {Expectation::delivery, Expectation::parked, Expectation::waiting})
      for (auto& item : items_[kind]) {
        const auto* there = item.delivery;
        if (item.taken || there->app != expected.app || (!expected.into.empty() && there->into != expected.into) ||
            (!expected.event.empty() && there->event != expected.event))
          continue;
        item.taken = true;
        if (kind == Expectation::delivery)
          return fmt::format(": it was delivered after {} with {}", duration_words(there->at),
                             at_most(there->payload, payload_limit));
        if (kind == Expectation::parked)
          return fmt::format(": it was parked after {} with the reason: {}", duration_words(there->at), there->reason);
        return fmt::format(": it still waits after {}{}", duration_words(outcome_.ended),
                           there->reason.empty() ? std::string() : ", because " + there->reason);
      }
    return refused_instead();
  }

  std::string refused_instead() {
    for (auto& item : items_[Expectation::refused]) {
      if (item.taken) continue;
      item.taken = true;
      return ": " + words_of(*item.refusal);
    }
    return {};
  }

  static std::string words_of(const RefusalOutcome& refusal) {
    std::string words = fmt::format("{} was refused", refusal.event);
    for (const auto& why : refusal.reasons)
      words += fmt::format("{} {}{} ({}{}{})", &why == refusal.reasons.data() ? ":" : ";",
                           why.instance.empty() ? "" : why.instance + ": ", why.message, why.code,
                           why.rule.empty() ? "" : ", ", why.rule);
    return words;
  }

  static std::string hint_of(const Item& item) {
    if (item.delivery != nullptr)
      return fmt::format("mend the route {}, or what is expected here", item.delivery->route);
    if (item.made != nullptr)
      return fmt::format("mend the rules in config/apps/{}.yaml, or what is expected here", item.made->app);
    return "mend what is given, or what is expected here";
  }

  void check_order() {
    // By app and key: the latest that was delivered so far, in the order in which they are expected.
    std::map<std::pair<std::string, Hash128>, const DeliveryOutcome*> latest;
    auto position = [&](const DeliveryOutcome* one) { return one - outcome_.deliveries.data(); };
    for (const auto& [expected, delivery] : in_order_)
      for (const auto& key : delivery->keys) {
        auto& before = latest[{delivery->app, key}];
        if (before != nullptr && position(delivery) < position(before)) {
          fail(expected->place,
               fmt::format("{} was delivered after {}, before the delivery of {} that is expected before it",
                           name_of(*expected), duration_words(delivery->at), before->event),
               "deliveries with one key come in the order of their events: put the expectations in that order");
          return;
        }
        before = delivery;
      }
  }

  void unexpected() {
    std::map<std::string, std::size_t> counts;
    for (auto& [kind, items] : items_)
      for (auto& item : items) {
        if (item.taken || (kind == Expectation::asked && !case_.asks_are_expected)) continue;
        if (kind == Expectation::made && !expects_made()) continue;
        const auto whom = item.delivery != nullptr ? item.delivery->app : std::string();
        if (++counts[whom] > unexpected_limit) continue;
        tell_unexpected(kind, item);
      }
    for (const auto& [whom, count] : counts)
      if (count > unexpected_limit)
        fail(case_.place,
             fmt::format("{} more are not expected{}", count - unexpected_limit, whom.empty() ? "" : " for " + whom),
             "expect them with times:, or name in only: the apps that the case is about");
  }

  // Events of records are compared when the case speaks of them; what they lead to is looked at anyhow.
  bool expects_made() const {
    return std::ranges::any_of(case_.expected, [](const auto& e) { return e.kind == Expectation::made; });
  }

  void tell_unexpected(Expectation::Kind kind, const Item& item) {
    const auto* there = item.delivery;
    switch (kind) {
      case Expectation::delivery:
        return fail(case_.place,
                    fmt::format("{} got what is not expected: {}", place_words(there->app, there->into),
                                at_most(there->payload, payload_limit)),
                    fmt::format("expect it under deliveries, or mend `when` of the route {}; a case about some apps "
                                "alone names them in only:",
                                there->route));
      case Expectation::parked:
        return fail(case_.place,
                    fmt::format("the delivery of {} for {} was parked: {}", there->event,
                                place_words(there->app, there->into), there->reason),
                    fmt::format("mend what is given or the route {}, or expect it under parked", there->route));
      case Expectation::waiting:
        return fail(
            case_.place,
            fmt::format("the delivery of {} for {} still waits when {} after {}{}", there->event,
                        place_words(there->app, there->into),
                        outcome_.at_horizon ? "the test ends" : "nothing more can happen",
                        duration_words(outcome_.ended), there->reason.empty() ? std::string() : ": " + there->reason),
            "let the app come back earlier or until: be later, or expect it under waiting");
      case Expectation::refused:
        return fail(case_.place, words_of(*item.refusal), "mend what is given, or expect it under refused");
      case Expectation::duplicate:
        return fail(case_.place, fmt::format("{} was taken for a duplicate", item.duplicate),
                    "give each event an id of its own, or expect it under duplicates");
      case Expectation::made:
        return fail(case_.place,
                    fmt::format("an event {} was made that is not expected: {}", item.made->type,
                                at_most(to_json(item.made->data), payload_limit)),
                    "expect it under events, or mend the rule");
      case Expectation::asked:
        return fail(case_.place,
                    fmt::format("the lookup {} was asked with {}, which is not expected", item.question->lookup,
                                to_json(item.question->parameters)),
                    "expect it under asked, or leave asked out");
    }
  }

  const Case& case_;
  const Outcome& outcome_;
  std::map<Expectation::Kind, std::vector<Item>> items_;
  std::map<Expectation::Kind, std::size_t> first_free_;
  std::vector<std::pair<const Expectation*, const DeliveryOutcome*>> in_order_;
  std::vector<Failure> failures_;
  bool told_unanswered_ = false;
};

Tree tree_of(const DeliveryOutcome& delivery) {
  Tree out = Tree::object();
  out.add("to", Tree::string(delivery.app));
  if (!delivery.into.empty()) out.add("into", Tree::string(delivery.into));
  out.add("event", Tree::string(delivery.event));
  if (delivery.tried.size() > 1 || delivery.state != DeliveryOutcome::delivered)
    out.add("attempts", Tree::integer(static_cast<std::int64_t>(delivery.tried.size())));
  if (delivery.at != 0) out.add("at", Tree::string(duration_words(delivery.at)));
  if (delivery.state != DeliveryOutcome::delivered && !delivery.reason.empty())
    out.add("reason", Tree::string(delivery.reason));
  if (delivery.state == DeliveryOutcome::delivered) out.add("payload", parsed(delivery.payload));
  return out;
}

Tree tree_of(const RefusalOutcome& refusal) {
  Tree out = Tree::object();
  out.add("event", Tree::string(refusal.event));
  Tree reasons = Tree::array();
  for (const auto& why : refusal.reasons) {
    Tree reason = Tree::object();
    reason.add("code", Tree::string(why.code));
    if (!why.instance.empty()) reason.add("field", Tree::string(why.instance));
    if (!why.rule.empty()) reason.add("rule", Tree::string(why.rule));
    reason.add("message", Tree::string(why.message));
    reasons.items.push_back(std::move(reason));
  }
  out.add("reasons", std::move(reasons));
  return out;
}

}  // namespace

std::vector<Failure> failures_of(const Case& one, const Outcome& outcome) {
  return Judgement(one, outcome).run();
}

Tree to_tree(const Outcome& outcome, const Case& one) {
  Tree out = Tree::object();
  auto add = [&](const char* name, Tree item) {
    auto& list = out.member(name);
    list.kind = json::Kind::array;
    list.items.push_back(std::move(item));
  };
  for (const auto& delivery : outcome.deliveries) {
    if (one.only && std::ranges::find(*one.only, delivery.app) == one.only->end()) continue;
    add(delivery.state == DeliveryOutcome::delivered ? "deliveries"
        : delivery.state == DeliveryOutcome::parked  ? "parked"
                                                     : "waiting",
        tree_of(delivery));
  }
  for (const auto& refusal : outcome.refused) add("refused", tree_of(refusal));
  for (const auto& id : outcome.duplicates) add("duplicates", Tree::string(id));
  for (const auto& made : outcome.made) {
    Tree event = Tree::object();
    event.add("type", Tree::string(made.type)).add("subject", Tree::string(made.subject));
    event.add("time", Tree::string(made.time)).add("data", made.data);
    add("events", std::move(event));
  }
  for (const auto& question : outcome.asked) {
    Tree asked = Tree::object();
    asked.add("lookup", Tree::string(question.lookup)).add("by", Tree::string(question.asker));
    asked.add("with", question.parameters);
    add("asked", std::move(asked));
  }
  return out;
}

}  // namespace simpul::trial
