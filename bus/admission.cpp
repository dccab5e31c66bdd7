#include "bus/admission.h"

#include <fmt/format.h>

#include <algorithm>

namespace simpul {

// One publish or offer: answered when every verdict is there.
struct Admission::Call {
  std::vector<Verdict> verdicts;
  std::size_t open = 1;  // its own unit, and the tickets it waits for
  Verdicts done;
};

// What one call appends to the log.
struct Admission::Unit {
  std::uint64_t ticket = 0;
  std::uint32_t generation = 0;
  std::string source;  // empty: the app itself posted
  std::size_t items = 0;
  std::shared_ptr<Call> call;
  std::vector<NewRecord> records;
  struct Admitted {
    std::size_t index;   // of the verdict; the same for all events of one record
    std::size_t record;  // in `records`
    Hash128 identity;
    FedEvent fed;
  };
  std::vector<Admitted> admitted;
  bool later = false;
};

namespace {

Verdict later(std::chrono::milliseconds after, bool full = false) {
  Verdict verdict;
  verdict.kind = Verdict::later;
  verdict.retry_after = after;
  verdict.full = full;
  return verdict;
}

Verdict later_for(const Problem& problem) {
  if (problem.code == "log.full") return later(std::chrono::seconds(5), true);
  if (problem.code == "log.busy") return later(std::chrono::milliseconds(100));
  return later(std::chrono::seconds(2));
}

std::vector<Reason> to_reasons(const std::vector<RefusalWhy>& whys) {
  std::vector<Reason> reasons;
  for (const auto& why : whys)
    reasons.push_back({why.code, why.message, why.instance, why.rule, why.indonesian, why.schema});
  return reasons;
}

}  // namespace

Admission::Admission(Log& log, View& view, const KeyedHash& hash, const Environment& environment,
                     std::function<void(std::vector<FedEvent>)> feed)
    : log_(log), view_(view), hash_(hash), environment_(environment), feed_(std::move(feed)) {}

void Admission::serve(Serving serving) {
  std::lock_guard lock(mutex_);
  serving_ = std::move(serving);
}

Serving Admission::serving() const {
  std::lock_guard lock(mutex_);
  return serving_;
}

Admission::Counts Admission::counts() const {
  std::lock_guard lock(mutex_);
  return counts_;
}

std::map<std::string, Admission::Brought> Admission::sources() const {
  std::lock_guard lock(mutex_);
  return brought_;
}

bool Admission::idle_under(std::uint32_t generation) const {
  std::lock_guard lock(mutex_);
  return !units_open_.contains(generation);
}

// Called with the mutex held.
void Admission::close_unit(const Unit& unit) {
  if (auto open = units_open_.find(unit.generation); --open->second == 0) units_open_.erase(open);
}

void Admission::publish(const std::string& app, std::vector<std::string> events, Verdicts done) {
  auto unit = std::make_unique<Unit>();
  unit->call = std::make_shared<Call>();
  unit->call->done = std::move(done);
  {
    std::lock_guard lock(mutex_);
    unit->ticket = next_ticket_++;
    unit->generation = serving_.number;
    ++units_open_[unit->generation];
    for (auto& event : events)
      unit->call->verdicts.push_back(decide_into(*unit, unit->call->verdicts.size(), app, std::move(event)));
  }
  commit(std::move(unit));
}

void Admission::offer(const std::string& app, const std::string& source,
                      const std::vector<std::shared_ptr<const RecordRule>>& rules, std::vector<Item> items,
                      StateChanges state, Verdicts done) {
  auto unit = std::make_unique<Unit>();
  unit->call = std::make_shared<Call>();
  unit->call->done = std::move(done);
  {
    std::lock_guard lock(mutex_);
    unit->ticket = next_ticket_++;
    unit->generation = serving_.number;
    ++units_open_[unit->generation];
    unit->source = source;
    unit->items = items.size();
    for (auto& item : items) decide_item(*unit, app, source, rules, std::move(item));
    if (!state.set.empty() || !state.unset.empty()) {
      NewRecord record;
      record.kind = RecordKind::state;
      record.generation = serving_.number;
      record.type = "state";
      record.app = app;
      record.body = encode(StateChange{source, std::move(state.set), std::move(state.unset)});
      unit->records.push_back(std::move(record));
    }
  }
  commit(std::move(unit));
}

// Called with the mutex held. `index` is where the verdict will stand.
Verdict Admission::decide_into(Unit& unit, std::size_t index, const std::string& app, std::string text) {
  AdmitContext context{serving_.deployment->generation.get(), serving_.number, &hash_, &view_, &in_flight_};
  auto decision = decide(app, std::move(text), context);
  if (!decision) {
    unit.later = true;
    return later(std::chrono::seconds(1));
  }
  Verdict verdict;
  verdict.id = decision->id;
  verdict.position = decision->position;
  verdict.reasons = to_reasons(decision->reasons);
  verdict.warnings = to_reasons(decision->warnings);
  switch (decision->kind) {
    case Decision::duplicate:
      verdict.kind = Verdict::duplicate;
      ++counts_.duplicates;
      if (decision->pending) {
        if (const auto* first = in_flight_.find(decision->identity)) {
          waiters_[first->ticket].push_back({unit.call, index, decision->identity});
          ++unit.call->open;
        }
      }
      return verdict;
    case Decision::conflict:
      verdict.kind = Verdict::conflict;
      break;
    case Decision::refuse:
      verdict.kind = Verdict::refused;
      break;
    case Decision::admit: {
      verdict.kind = Verdict::accepted;
      Unit::Admitted admitted;
      admitted.index = index;
      admitted.record = unit.records.size();
      admitted.identity = decision->record->keys.identity;
      admitted.fed = {0, serving_.number, std::move(decision->event), std::move(decision->routing.routes)};
      in_flight_.add(admitted.identity, {decision->record->keys.content, unit.ticket});
      unit.admitted.push_back(std::move(admitted));
      unit.records.push_back(std::move(*decision->record));
      return verdict;
    }
  }
  ++counts_.refused;
  if (decision->record) unit.records.push_back(std::move(*decision->record));
  return verdict;
}

// Called with the mutex held. A record may give several events, one for each rule that holds; its verdict is
// the first that is not accepted, else the first.
void Admission::decide_item(Unit& unit, const std::string& app, const std::string& source,
                            const std::vector<std::shared_ptr<const RecordRule>>& rules, Item item) {
  auto& verdicts = unit.call->verdicts;
  auto index = verdicts.size();
  if (!item.event.empty()) {
    verdicts.push_back(decide_into(unit, index, app, std::move(item.event)));
    return;
  }
  auto refuse = [&](std::string code, std::string message, std::string rule) {
    verdicts.resize(index + 1);
    auto& verdict = verdicts[index];
    verdict.kind = Verdict::refused;
    verdict.id = item.id;
    verdict.reasons.push_back({code, message, "", rule});
    ++counts_.refused;
    NewRecord record;
    record.kind = RecordKind::refusal;
    record.generation = serving_.number;
    record.type = "refusal." + code;
    record.app = app;
    RefusalBody body;
    body.app = app;
    body.id = item.id;
    body.content_type = "application/json";
    body.received = to_base64(std::string_view(item.row).substr(0, 64 * 1024));
    body.reasons.push_back({code, item.origin.empty() ? message : item.origin + ": " + message, "", rule});
    record.body = encode(body);
    unit.records.push_back(std::move(record));
  };
  auto row = json::parse(item.row);
  auto old = json::parse(item.old.empty() ? "null" : item.old);
  if (!row || !old) return refuse("shape", "the record is not JSON", "");
  bool any = false;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    auto parts = rules[i]->make(row->root(), old->root(), item.change);
    if (!parts) {
      refuse("rule", parts.error().message, fmt::format("events[{}] ({})", i, rules[i]->type()));
      any = true;
      break;
    }
    if (!*parts) continue;
    auto& event = **parts;
    event.id = rules.size() == 1 ? item.id : fmt::format("{}.{}", item.id, i);
    event.source = fmt::format("{}:{}", serving_.deployment->generation->settings().source, source);
    if (event.time.empty()) event.time = format_time(environment_.clock->wall());
    auto verdict = decide_into(unit, index, app, compose(event));
    // One verdict for the record: keep what a person must know.
    if (!any)
      verdicts.push_back(std::move(verdict));
    else if (verdicts[index].kind == Verdict::accepted && verdict.kind != Verdict::accepted)
      verdicts[index] = std::move(verdict);
    any = true;
  }
  if (any) return;
  verdicts.emplace_back();
  verdicts.back().kind = Verdict::nothing;
  verdicts.back().id = item.id;
}

void Admission::commit(std::unique_ptr<Unit> unit) {
  std::vector<std::shared_ptr<Call>> finished;
  {
    std::lock_guard lock(mutex_);
    if (unit->later) {
      // All or nothing: a source's state must not run ahead of its events.
      for (auto& admitted : unit->admitted) in_flight_.remove(admitted.identity);
      for (auto& verdict : unit->call->verdicts) verdict = later(std::chrono::seconds(1));
      counts_.later += unit->call->verdicts.size();
      Problem unread{"view.unread", "the view could not be read", "", {}, {}, Severity::error};
      settle_waiters(*unit, &unread, finished);
      unit->records.clear();
      unit->admitted.clear();
    }
    if (unit->records.empty()) {
      close_unit(*unit);
      if (--unit->call->open == 0) finished.push_back(unit->call);
    }
  }
  if (!unit->records.empty()) {
    auto records = std::move(unit->records);
    log_.append(std::move(records), Urgency::publisher,
                [this, unit = std::move(unit)](Result<Position> first) mutable { committed(*unit, std::move(first)); });
    return;
  }
  answer(std::move(finished));
}

void Admission::committed(Unit& unit, Result<Position> first) {
  std::vector<FedEvent> fed;
  std::vector<std::shared_ptr<Call>> finished;
  {
    std::lock_guard lock(mutex_);
    auto& verdicts = unit.call->verdicts;
    if (first) {
      counts_.accepted += unit.admitted.size();
      if (!unit.source.empty()) {
        auto& brought = brought_[unit.source];
        ++brought.offers;
        brought.items += unit.items;
        brought.last = environment_.clock->wall();
      }
      for (auto& admitted : unit.admitted) {
        admitted.fed.position = *first + admitted.record;
        if (verdicts[admitted.index].kind == Verdict::accepted)
          verdicts[admitted.index].position = admitted.fed.position;
      }
    } else {
      for (auto& verdict : verdicts) verdict = later_for(first.error());
      counts_.later += verdicts.size();
    }
    for (auto& admitted : unit.admitted) in_flight_.remove(admitted.identity);
    settle_waiters(unit, first ? nullptr : &first.error(), finished);
    if (--unit.call->open == 0) finished.push_back(unit.call);
    if (first)
      for (auto& admitted : unit.admitted) fed.push_back(std::move(admitted.fed));
    // Fed before the unit is closed: when none is open under a generation, all its events are with the dispatcher.
    if (!fed.empty()) feed_(std::move(fed));
    close_unit(unit);
  }
  answer(std::move(finished));
}

// Called with the mutex held: answers those who sent again what this unit carried.
void Admission::settle_waiters(const Unit& unit, const Problem* failed, std::vector<std::shared_ptr<Call>>& finished) {
  auto waiting = waiters_.find(unit.ticket);
  if (waiting == waiters_.end()) return;
  for (auto& waiter : waiting->second) {
    auto& verdict = waiter.call->verdicts[waiter.index];
    auto carried = std::ranges::find(unit.admitted, waiter.identity, &Unit::Admitted::identity);
    if (failed != nullptr)
      verdict = later_for(*failed);
    else if (carried != unit.admitted.end())
      verdict.position = carried->fed.position;
    if (--waiter.call->open == 0) finished.push_back(std::move(waiter.call));
  }
  waiters_.erase(waiting);
}

void Admission::answer(std::vector<std::shared_ptr<Call>> finished) {
  for (auto& call : finished) call->done(std::move(call->verdicts));
}

void Admission::record_refusal(const std::string& app, const std::vector<Reason>& reasons, std::string_view received,
                               std::string_view content_type) {
  NewRecord record;
  record.kind = RecordKind::refusal;
  record.type = reasons.empty() ? "refusal" : "refusal." + reasons.front().code;
  record.app = app;
  RefusalBody body;
  body.app = app;
  body.content_type = content_type;
  body.received = to_base64(received.substr(0, 64 * 1024));
  for (const auto& reason : reasons)
    body.reasons.push_back(
        {reason.code, reason.message, reason.instance, reason.rule, reason.indonesian, reason.schema});
  record.body = encode(body);
  {
    std::lock_guard lock(mutex_);
    record.generation = serving_.number;
    ++counts_.refused;
  }
  std::vector<NewRecord> records;
  records.push_back(std::move(record));
  // Nobody waits for it; when the disk is full it is one of the refusals that are only counted.
  log_.append(std::move(records), Urgency::publisher, [](Result<Position>) {});
}

}  // namespace simpul
