#include "tools/trial/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <unordered_map>

#include "bus/delivery/lanes.h"
#include "bus/lookup.h"

namespace simpul::trial {
namespace {

constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds steady_begin = second;  // 0 means "at once" to the lanes
constexpr std::uint32_t generation_number = 1;
constexpr std::size_t due_batch = 64;
constexpr std::size_t attempts_limit = 100'000;  // of one delivery; the case then ends as at its time's end

const KeyedHash& hash() {
  static const KeyedHash kept("simpul test");
  return kept;
}

// What was admitted, as the view of a bus knows it.
class Memory final : public IdentityIndex {
 public:
  Result<std::optional<Known>> find_identity(const Hash128& identity) override {
    auto found = known_.find(identity);
    return found == known_.end() ? std::nullopt : std::optional(found->second);
  }
  void add(const Hash128& identity, Known known) { known_.emplace(identity, known); }

 private:
  std::unordered_map<Hash128, Known> known_;
};

struct Logged {
  std::shared_ptr<const Event> event;
  std::vector<Routed> routes;
  Nanoseconds wall = 0;
};

struct Outlet {
  const App* app = nullptr;
  std::unique_ptr<Lanes> lanes;
  std::size_t begun = 0;
  std::vector<Position> events;  // that have deliveries for it
  std::size_t offered = 0;       // of them
  std::map<DeliveryId, Waiting> waiting;
  struct Progress {
    DeliveryOutcome outcome;
    std::uint32_t failures = 0;
    EnrichmentAnswers answers;  // of what was asked, kept for later attempts
    bool over = false;
  };
  std::map<DeliveryId, Progress> deliveries;
  bool dead_always = false;
};

class World {
 public:
  World(const Case& one, const Generation& generation, RouteObserver* observer)
      : case_(one), generation_(generation), observer_(observer) {}

  Outcome run() {
    const auto last = case_.given.empty() ? 0 : case_.given.back().at;
    const auto horizon = last + case_.until;
    for (std::size_t next = 0;;) {
      while (next < case_.given.size() && case_.given[next].at <= now_) {
        publish(case_.given[next++]);
        settle_down();
      }
      settle_down();
      auto then = next_wake();
      if (next < case_.given.size()) then = std::min(then.value_or(forever), case_.given[next].at);
      if (!then) break;
      if (*then > horizon || endless_) {
        out_.at_horizon = true;
        if (!endless_) now_ = horizon;
        break;
      }
      now_ = std::max(now_, *then);
    }
    for (auto& [name, outlet] : outlets_)
      for (auto& [id, progress] : outlet->deliveries)
        if (!progress.over) out_.deliveries.push_back(std::move(progress.outcome));
    out_.ended = now_;
    return std::move(out_);
  }

 private:
  Nanoseconds steady() const { return steady_begin + now_; }
  Nanoseconds wall() const { return case_.begins + now_; }

  // ---- in --------------------------------------------------------------------------------------------

  void publish(const Given& given) {
    if (!given.event.empty()) return admit(given.app, given.id, given.event);
    const auto& sources = generation_.apps().at(given.app).sources;
    const auto& source = *std::ranges::find(sources, given.source, &SourceDeclaration::name);
    auto row = json::parse(given.row);
    auto old = json::parse(given.old);
    if (!row || !old) return refuse(given, "shape", "the record is not JSON", {});
    // As Admission does it with an item of a source: an event for each rule that holds, ended by one that cannot be
    // evaluated.
    for (std::size_t i = 0; i < source.rules.size(); ++i) {
      auto parts = source.rules[i]->make(row->root(), old->root(), given.change);
      if (!parts)
        return refuse(given, "rule", parts.error().message, fmt::format("events[{}] ({})", i, source.rules[i]->type()));
      if (!*parts) continue;
      auto& event = **parts;
      event.id = source.rules.size() == 1 ? given.id : fmt::format("{}.{}", given.id, i);
      event.source = fmt::format("{}:{}/{}", generation_.settings().source, given.app, given.source);
      if (event.time.empty()) event.time = format_time(wall());
      auto data = json::parse(event.data_json);
      out_.made.push_back({given.app, event.type, event.subject, event.time, data ? Tree::of(data->root()) : Tree()});
      admit(given.app, event.id, compose(event));
    }
  }

  void refuse(const Given& given, std::string code, std::string message, std::string rule) {
    out_.refused.push_back({given.app, given.id, {{std::move(code), std::move(message), {}, std::move(rule)}}});
  }

  void admit(const std::string& app, const std::string& id, const std::string& text) {
    AdmitContext context;
    context.generation = &generation_;
    context.generation_number = generation_number;
    context.hash = &hash();
    context.view = &memory_;
    context.observer = observer_;
    auto decision = decide(app, text, context);
    SIMPUL_ASSERT(decision);  // this memory can always be read
    switch (decision->kind) {
      case Decision::duplicate:
        out_.duplicates.push_back(id);
        return;
      case Decision::conflict:
      case Decision::refuse:
        ++next_position_;
        out_.refused.push_back({app, decision->id.empty() ? id : decision->id, std::move(decision->reasons)});
        return;
      case Decision::admit:
        break;
    }
    const auto position = next_position_++;
    memory_.add(decision->record->keys.identity, {position, decision->record->keys.content});
    for (const auto& routed : decision->routing.routes) {
      auto& outlet = outlet_of(routed.target);
      if (outlet.events.empty() || outlet.events.back() != position) outlet.events.push_back(position);
      auto& outcome = outlet.deliveries[{position, routed.part}].outcome;
      outcome.app = routed.target;
      outcome.route = routed.route;
      outcome.event = decision->id;
      outcome.part = routed.part;
      outcome.keys = routed.keys;
      if (const auto* target = generation_.target_of(routed.route, routed.target)) outcome.into = target->into();
    }
    if (!decision->routing.routes.empty())
      log_.emplace(position, Logged{std::move(decision->event), std::move(decision->routing.routes), wall()});
  }

  Outlet& outlet_of(const std::string& name) {
    auto& outlet = outlets_[name];
    if (outlet) return *outlet;
    outlet = std::make_unique<Outlet>();
    outlet->app = &generation_.apps().at(name);
    LanesOptions options;
    options.retry = outlet->app->retry;
    options.concurrency = outlet->app->concurrency;
    // Of the name alone: what else a case has changes no wait.
    const auto seed = hash().of("lanes", name).low();
    outlet->lanes = std::make_unique<Lanes>(name, options, 0, std::vector<Waiting>(), seed);
    outlet->dead_always = std::ranges::any_of(case_.behaviours, [&](const Behaviour& each) {
      return each.app == name && each.into.empty() && each.only.empty() && each.dead_until == forever;
    });
    return *outlet;
  }

  // ---- the turn of the dispatcher ----------------------------------------------------------------------

  // Until nothing more happens at this moment.
  void settle_down() {
    for (bool more = true; more;) {
      more = false;
      while (!agenda_.empty() && agenda_.begin()->first.first <= now_) {
        auto act = std::move(agenda_.begin()->second);
        agenda_.erase(agenda_.begin());
        act();
        more = true;
      }
      for (auto& [name, outlet] : outlets_) more = turn(*outlet) || more;
    }
  }

  bool turn(Outlet& outlet) {
    auto& lanes = *outlet.lanes;
    lanes.at(steady(), wall());
    bool more = false;
    if (auto fetch = lanes.wants_waiting()) {
      fetch_waiting(outlet, *fetch);
      more = true;
    }
    while (outlet.offered < outlet.events.size() && feed(outlet)) more = true;
    auto limit = outlet.app->concurrency;
    if (outlet.begun < limit) {
      auto due = lanes.due(steady(), std::min(limit - outlet.begun, due_batch));
      for (const auto& one : due) begin(outlet, one);
      more = more || !due.empty();
    }
    auto writing = lanes.take_writing(wall());
    for (auto& receipt : writing.receipts) note(outlet, receipt);
    if (!writing.empty()) {
      lanes.committed();
      more = true;
    }
    return more;
  }

  bool feed(Outlet& outlet) {
    const auto position = outlet.events[outlet.offered];
    const auto& logged = log_.at(position);
    std::vector<Routed> mine;
    for (const auto& routed : logged.routes)
      if (routed.target == outlet.app->name) mine.push_back(routed);
    outlet.lanes->scanned(position);
    if (!outlet.lanes->offer(position, mine, logged.wall)) return false;
    outlet.lanes->scanned(position + 1);
    ++outlet.offered;
    return true;
  }

  void note(Outlet& outlet, const Receipt& receipt) {
    const DeliveryId id{receipt.position, receipt.part};
    if (receipt.outcome == ReceiptOutcome::delivered || receipt.outcome == ReceiptOutcome::discarded) {
      outlet.waiting.erase(id);
      return;
    }
    Waiting waiting;
    waiting.target = receipt.target;
    waiting.route = receipt.route;
    waiting.position = receipt.position;
    waiting.part = receipt.part;
    waiting.keys = receipt.keys;
    waiting.outcome = receipt.outcome;
    waiting.attempts = receipt.attempts;
    waiting.reason = receipt.reason;
    waiting.since = receipt.at;
    waiting.due = receipt.due;
    outlet.waiting.insert_or_assign(id, std::move(waiting));
    if (receipt.outcome != ReceiptOutcome::parked) return;
    auto& progress = outlet.deliveries.at(id);
    progress.outcome.reason = receipt.reason;
    finish(progress, DeliveryOutcome::parked);
  }

  void fetch_waiting(Outlet& outlet, const Lanes::Fetch& fetch) {
    std::vector<Waiting> rows;
    for (auto at = outlet.waiting.lower_bound(fetch.from); at != outlet.waiting.end() && rows.size() < fetch.limit;
         ++at)
      if (std::ranges::find(at->second.keys, fetch.key) != at->second.keys.end()) rows.push_back(at->second);
    const bool complete = rows.size() < fetch.limit;
    outlet.lanes->feed_waiting(fetch, rows, complete);
  }

  void finish(Outlet::Progress& progress, DeliveryOutcome::State state) {
    if (progress.over) return;
    progress.over = true;
    progress.outcome.state = state;
    progress.outcome.at = now_;
    out_.deliveries.push_back(progress.outcome);
  }

  std::optional<Nanoseconds> next_wake() {
    std::optional<Nanoseconds> wake;
    auto sooner = [&](Nanoseconds at) { wake = std::min(wake.value_or(forever), at); };
    if (!agenda_.empty()) sooner(agenda_.begin()->first.first);
    for (auto& [name, outlet] : outlets_) {
      // It will never take anything: waiting for it changes nothing.
      if (outlet->dead_always || outlet->begun >= outlet->app->concurrency) continue;
      if (auto at = outlet->lanes->wake_at()) sooner(std::max(*at - steady_begin, now_ + 1));
    }
    return wake;
  }

  // ---- out -------------------------------------------------------------------------------------------

  void later(Nanoseconds after, std::move_only_function<void()> act) {
    agenda_.emplace(std::pair(now_ + after, next_act_++), std::move(act));
  }

  void settle(Outlet& outlet, const DeliveryId& id, Lanes::Settled settled) {
    --outlet.begun;
    settled.generation = generation_number;
    auto& progress = outlet.deliveries.at(id);
    if (settled.kind == Lanes::Settled::delivered)
      finish(progress, DeliveryOutcome::delivered);
    else
      progress.outcome.reason = settled.reason;
    outlet.lanes->settle(id, std::move(settled), steady());
  }

  void settle(Outlet& outlet, const DeliveryId& id, Lanes::Settled::Kind kind, std::string reason) {
    Lanes::Settled settled;
    settled.kind = kind;
    settled.reason = std::move(reason);
    settle(outlet, id, std::move(settled));
  }

  // As Dispatcher::make_delivery: a reason of the routing, then what must be asked, then the map.
  void begin(Outlet& outlet, const Due& due) {
    ++outlet.begun;
    const auto& logged = log_.at(due.id.position);
    const auto routed = std::ranges::find_if(logged.routes, [&](const Routed& each) {
      return each.route == due.route && each.target == outlet.app->name && each.part == due.id.part;
    });
    SIMPUL_ASSERT(routed != logged.routes.end());
    if (!routed->reason.empty()) return settle(outlet, due.id, Lanes::Settled::park, routed->reason);
    if (waits_too_long(*routed, logged.wall))
      return settle(outlet, due.id, Lanes::Settled::park,
                    fmt::format("it must not begin before {}, which is more than {} days after it was entered",
                                format_time(*routed->not_before), until_limit / (86'400 * second)));
    const auto* target = generation_.target_of(due.route, outlet.app->name);
    SIMPUL_ASSERT(target != nullptr);  // the same generation routed it
    auto questions = target->questions(*logged.event, due.id.part);
    if (!questions) return settle(outlet, due.id, Lanes::Settled::park, questions.error().message);
    const auto& known = outlet.deliveries.at(due.id).answers;
    std::erase_if(*questions, [&](const auto& question) { return known.contains(question.name); });
    if (questions->empty()) return hand_over(outlet, due.id, *target);
    ask(outlet, due.id, *target, *questions);
  }

  // As Dispatcher::ask_questions and answered: nothing is asked when one must not be, what was answered once is kept.
  void ask(Outlet& outlet, const DeliveryId& id, const RouteTarget& target,
           const std::vector<EnrichmentQuestion>& questions) {
    std::vector<const Lookup*> lookups;
    for (const auto& question : questions) {
      auto lookup = lookup_for_app(generation_, outlet.app->name, question.lookup);
      auto refused = lookup ? refused_parameters(**lookup, question.parameters) : std::optional(lookup.error());
      if (refused)
        return settle(outlet, id, Lanes::Settled::park,
                      fmt::format("{} of this route cannot be asked: {}", question.name, refused->message));
      lookups.push_back(*lookup);
    }
    Nanoseconds took = 0;
    std::string failed;
    bool parks = false;
    EnrichmentAnswers answers;
    for (std::size_t i = 0; i < questions.size(); ++i) {
      const auto& question = questions[i];
      auto answer = answer_to(question, outlet.app->name, *lookups[i], took);
      if (answer.kind == Answer::found) {
        auto body = allowed_fields(answer.body, lookups[i]->fields);
        if (!body)
          answer = {Answer::failed, {}, lookups[i]->app + " answered with something that is not an object"};
        else if (*body == "[]")
          answer.kind = Answer::not_found;
        else
          answers[question.name] = std::move(*body);
      }
      if (answer.kind == Answer::not_found && question.may_be_missing) {
        answers[question.name] = std::nullopt;
      } else if (answer.kind == Answer::not_found) {
        failed = fmt::format("{} of this route is not known: {} found nobody", question.name, lookups[i]->app);
        parks = true;
      } else if (answer.kind != Answer::found) {
        failed = fmt::format("{} of this route is not known: {}", question.name, answer.reason);
      }
    }
    later(took,
          [this, &outlet, id, &target, answers = std::move(answers), failed = std::move(failed), parks]() mutable {
            outlet.deliveries.at(id).answers.merge(answers);
            if (!failed.empty())
              return settle(outlet, id, parks ? Lanes::Settled::park : Lanes::Settled::retry, std::move(failed));
            hand_over(outlet, id, target);
          });
  }

  // `took`: the longest of all that are asked at once.
  Answer answer_to(const EnrichmentQuestion& question, const std::string& asker, const Lookup& lookup,
                   Nanoseconds& took) {
    auto document = json::parse(question.parameters);
    const auto parameters = document ? Tree::of(document->root()) : Tree();
    const auto timeout = std::chrono::nanoseconds(lookup.timeout).count();
    Answer answer;
    auto given = std::ranges::find_if(case_.answers, [&](const GivenAnswer& each) {
      return each.lookup == question.lookup && holds(each.with, parameters);
    });
    out_.asked.push_back({question.lookup, asker, parameters, given != case_.answers.end()});
    answer.kind = Answer::failed;
    answer.reason =
        fmt::format("{} could not answer: the test gives no answer of the lookup {}", lookup.app, question.lookup);
    if (given == case_.answers.end()) return answer;
    took = std::max(took, std::min(given->slow, timeout));
    if (given->slow > timeout) {
      answer.kind = Answer::timed_out;
      answer.reason = fmt::format("{} did not answer in time", lookup.app);
    } else if (given->found) {
      answer.kind = Answer::found;
      answer.body = to_json(*given->found);
    } else if (given->missing) {
      answer.kind = Answer::not_found;
    } else {
      answer.reason = fmt::format("{} could not answer: {}", lookup.app, given->fails);
    }
    return answer;
  }

  void hand_over(Outlet& outlet, const DeliveryId& id, const RouteTarget& target) {
    auto& progress = outlet.deliveries.at(id);
    auto mapped =
        target.map(*log_.at(id.position).event, id.part, EventOf::this_generation, progress.answers, observer_);
    if (!mapped) return settle(outlet, id, Lanes::Settled::park, mapped.error().message);
    auto& outcome = progress.outcome;
    outcome.payload = std::move(mapped->payload);
    outcome.tried.push_back(now_);
    endless_ = endless_ || outcome.tried.size() >= attempts_limit;
    const auto* behaviour = behaviour_of(outcome);
    if (behaviour == nullptr) return settle(outlet, id, Lanes::Settled::delivered, {});
    Lanes::Settled settled;
    if (now_ < behaviour->dead_until) {
      settled.kind = Lanes::Settled::retry;
      settled.reason = outlet.app->name + " cannot be reached";
      settled.unreachable = true;
    } else if (progress.failures < behaviour->fails) {
      ++progress.failures;
      settled.kind = Lanes::Settled::retry;
      settled.reason = behaviour->reason;
      settled.retry_after = behaviour->retry_after;
    } else if (!behaviour->refuse.empty()) {
      settled.kind = Lanes::Settled::park;
      settled.reason = behaviour->refuse;
    }
    if (behaviour->slow == 0) return settle(outlet, id, std::move(settled));
    later(behaviour->slow,
          [this, &outlet, id, settled = std::move(settled)]() mutable { settle(outlet, id, std::move(settled)); });
  }

  const Behaviour* behaviour_of(const DeliveryOutcome& outcome) const {
    std::optional<Tree> payload;
    for (const auto& each : case_.behaviours) {
      if (each.app != outcome.app || (!each.into.empty() && each.into != outcome.into)) continue;
      if (each.only.empty()) return &each;
      if (!payload)
        if (auto document = json::parse(outcome.payload)) payload = Tree::of(document->root());
      if (payload && holds(each.only, *payload)) return &each;
    }
    return nullptr;
  }

  using ReceiptOutcome = simpul::Outcome;  // of a receipt

  const Case& case_;
  const Generation& generation_;
  RouteObserver* observer_;
  Outcome out_;
  Memory memory_;
  Nanoseconds now_ = 0;
  Position next_position_ = 0;
  std::unordered_map<Position, Logged> log_;
  std::map<std::string, std::unique_ptr<Outlet>> outlets_;
  std::map<std::pair<Nanoseconds, std::uint64_t>, std::move_only_function<void()>> agenda_;
  std::uint64_t next_act_ = 0;
  bool endless_ = false;
};

}  // namespace

Outcome run_case(const Case& one, const Generation& generation, RouteObserver* observer) {
  return World(one, generation, observer).run();
}

}  // namespace simpul::trial
