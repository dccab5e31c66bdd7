#include "bus/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "bus/base/telemetry.h"
#include "bus/dispatcher_outlet.h"

namespace simpul {
namespace {

constexpr std::size_t scan_chunk_records = 4'000;
constexpr std::size_t waiting_page = 256;
constexpr std::size_t fetches_per_turn = 32;
constexpr std::size_t finished_page = 4'096;
constexpr std::size_t receipts_per_record = 500;
constexpr std::size_t receipts_per_commit = 20'000;
constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds writing_patience = 5 * second;  // when stopping

// What is being prepared takes no place of what is handed over.
LanesOptions for_lanes(LanesOptions options) {
  options.concurrency += preparing_limit;
  return options;
}

}  // namespace

Dispatcher::Dispatcher(Log& log, View& view, const KeyedHash& hash, const Environment& environment, Claims& claims,
                       GenerationByNumber generations)
    : log_(log),
      view_(view),
      hash_(hash),
      environment_(environment),
      claims_(claims),
      generations_(std::move(generations)),
      own_from_(log.status().next) {}

Dispatcher::~Dispatcher() {
  if (thread_.joinable()) stop(std::chrono::milliseconds(0));
}

void Dispatcher::start() {
  thread_ = std::thread([this] { run(); });
}

void Dispatcher::post(std::move_only_function<void()> call) {
  {
    std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
  }
  wake_.notify_one();
}

// Runs on the dispatcher's thread (or here, before it runs) and waits for the result.
template <class Function>
auto Dispatcher::call(Function function) {
  if (!thread_.joinable() || std::this_thread::get_id() == thread_.get_id()) return function();
  std::promise<decltype(function())> promise;
  auto future = promise.get_future();
  post([&] { promise.set_value(function()); });
  return future.get();
}

Dispatcher::Outlet* Dispatcher::find(const std::string& name) {
  auto found = outlets_.find(name);
  return found == outlets_.end() ? nullptr : found->second.get();
}

// ---- targets -------------------------------------------------------------------------------------------

Result<void> Dispatcher::add_target(const std::string& name, const LanesOptions& options, Position from,
                                    std::unique_ptr<Target> adapter) {
  auto cursor = view_.cursor(name);
  if (!cursor) return std::unexpected(cursor.error());
  auto at = cursor->value_or(from);
  auto lanes =
      std::make_unique<Lanes>(name, for_lanes(options), at, std::vector<Waiting>(), environment_.random->next(), false);
  lanes->at(environment_.clock->steady(), environment_.clock->wall());
  DeliveryId next;
  for (bool complete = false; !complete;) {
    auto page = view_.waiting(name, next.position, next.part, waiting_page);
    if (!page) return std::unexpected(page.error());
    complete = page->size() < waiting_page;
    if (!page->empty()) next = {page->back().position, page->back().part + 1};
    lanes->load(std::move(*page), complete);
  }
  next = {at, 0};
  for (bool complete = false; !complete;) {
    auto page = view_.finished(name, next.position, next.part, finished_page);
    if (!page) return std::unexpected(page.error());
    complete = page->size() < finished_page;
    std::vector<DeliveryId> ids;
    for (auto [position, part] : *page) ids.push_back({position, part});
    if (!ids.empty()) next = {ids.back().position, ids.back().part + 1};
    lanes->finished_before(ids);
  }
  return call([&]() -> Result<void> {
    auto outlet = std::make_unique<Outlet>();
    outlet->name = name;
    outlet->adapter = std::move(adapter);
    outlet->concurrency = options.concurrency;
    outlet->instance = next_instance_++;
    outlet->written_cursor = cursor->has_value() ? at : 0;
    outlet->lanes = std::move(lanes);
    auto now = environment_.clock->steady();
    start_adapter(*outlet, now);
    outlets_[name] = std::move(outlet);
    return {};
  });
}

Result<void> Dispatcher::exchange_target(const std::string& name, const LanesOptions& options,
                                         std::unique_ptr<Target> adapter) {
  // The old adapter is stopped on the caller's thread: the others flow on meanwhile.
  auto old = call([&]() -> std::unique_ptr<Target> {
    auto* outlet = find(name);
    if (outlet == nullptr) return nullptr;
    outlet->paused = true;
    return std::move(outlet->adapter);
  });
  if (old) old->stop();
  return call([&]() -> Result<void> {
    auto* outlet = find(name);
    if (outlet == nullptr) return fail("target.unknown", "there is no target " + name);
    auto now = environment_.clock->steady();
    abandon(*outlet, now);
    outlet->adapter = std::move(adapter);
    outlet->concurrency = options.concurrency;
    outlet->lanes->change(for_lanes(options));
    outlet->instance = next_instance_++;
    outlet->paused = false;
    outlet->started = false;
    start_adapter(*outlet, now);
    return {};
  });
}

void Dispatcher::change_target(const std::string& name, const LanesOptions& options) {
  call([&] {
    if (auto* outlet = find(name)) {
      outlet->concurrency = options.concurrency;
      outlet->lanes->change(for_lanes(options));
    }
    return true;
  });
}

bool Dispatcher::waits(const Lanes::Status& status) {
  return status.in_memory > 0 || status.parked > 0 || status.held_keys > 0;
}

Result<void> Dispatcher::remove_target(const std::string& name) {
  // Its last receipts must be on record, or it would do those deliveries again when it comes back.
  bool unwritten = true;
  auto remove = [&]() -> Result<std::unique_ptr<Target>> {
    unwritten = false;
    auto* outlet = find(name);
    if (outlet == nullptr) return std::unique_ptr<Target>();
    auto status = outlet->lanes->status();
    if (waits(status) || !outlet->live)
      return fail("target.has_waiting",
                  fmt::format("deliveries still wait for {}: {} parked, {} others in memory", name, status.parked,
                              status.in_memory),
                  "let them be delivered, or give them up with `simpul parked discard --reason`");
    unwritten = outlet->touched || outlet->writing;
    if (unwritten)
      return fail("target.not_written", "the last receipts of " + name + " could not be written yet",
                  "reload again when the log takes records");
    auto adapter = std::move(outlet->adapter);
    outlets_.erase(name);
    return adapter;
  };
  auto deadline = environment_.clock->steady() + writing_patience;
  auto removed = call(remove);
  while (unwritten && environment_.clock->steady() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    removed = call(remove);
  }
  if (!removed) return std::unexpected(removed.error());
  if (*removed) (*removed)->stop();
  return {};
}

void Dispatcher::start_adapter(Outlet& outlet, Nanoseconds now) {
  auto started = outlet.adapter->start();
  outlet.started = started.has_value();
  if (started) {
    outlet.start_error.clear();
    return;
  }
  outlet.start_again_at = now + 5 * second;
  if (outlet.start_error != started.error().message)
    say(Level::warning, "target.not_started", outlet.name + ": " + to_text(started.error()));
  outlet.start_error = started.error().message;
}

// What the outlet's adapter had not settled when it was stopped may go again.
void Dispatcher::abandon(Outlet& outlet, Nanoseconds now) {
  for (const auto& [id, begun] : outlet.begun) {
    Lanes::Settled settled;
    settled.kind = Lanes::Settled::retry;
    settled.reason = "the target was reopened before the application answered";
    settled.unreachable = true;  // no failure of the delivery
    settled.sent = begun.sent;
    settled.generation = begun.generation;
    outlet.lanes->settle(id, std::move(settled), now);
  }
  outlet.begun.clear();
}

// ---- the thread ----------------------------------------------------------------------------------------

void Dispatcher::run() {
  for (;;) {
    bool more = turn();
    std::unique_lock lock(mutex_);
    if (stop_ && closing_) return;
    if (more || !fed_.empty() || !settled_.empty() || !calls_.empty()) continue;
    auto now = environment_.clock->steady();
    auto wake = next_wake(now);
    if (wake > now) wake_.wait_for(lock, std::chrono::nanoseconds(wake - now));
  }
}

bool Dispatcher::turn() {
  for (auto& [name, outlet] : outlets_) outlet->lanes->at(environment_.clock->steady(), environment_.clock->wall());
  for (auto& [name, outlet] : outlets_)
    for (std::size_t i = 0; i < fetches_per_turn && environment_.clock->steady() >= fetch_again_at_; ++i)
      if (!fetch_waiting(*outlet)) break;
  take_inbox();
  bool more = closing_ ? false : scan();
  auto now = environment_.clock->steady();
  for (auto& [name, outlet] : outlets_) {
    if (closing_ || outlet->paused) continue;
    if (!outlet->started && now >= outlet->start_again_at) start_adapter(*outlet, now);
    if (outlet->started) begin_due(*outlet, now);
  }
  end_overdue_asks(now);
  if (!closing_) sweep_claims(now);
  write(now);
  return more;
}

Nanoseconds Dispatcher::next_wake(Nanoseconds now) const {
  auto wake = now + second;
  for (const auto& [name, outlet] : outlets_) {
    if (outlet->paused || closing_) continue;  // a call comes
    if (!outlet->started)
      wake = std::min(wake, std::max(outlet->start_again_at, now + 1'000'000));
    else if (auto at = outlet->lanes->wake_at(); at && may_begin(*outlet))
      wake = std::min(wake, std::max(*at, now + 100'000));
  }
  return wake;
}

void Dispatcher::take_inbox() {
  std::deque<std::vector<FedEvent>> fed;
  std::deque<SettledMessage> settled;
  std::deque<std::move_only_function<void()>> calls;
  bool overflow = false;
  {
    std::lock_guard lock(mutex_);
    fed.swap(fed_);
    settled.swap(settled_);
    calls.swap(calls_);
    fed_count_ = 0;
    std::swap(overflow, fed_overflow_);
  }
  if (overflow)
    for (auto& [name, outlet] : outlets_) outlet->live = false;  // the log has what was dropped
  for (auto& events : fed) take_fed(std::move(events));
  for (auto& message : settled) take_settled(std::move(message));
  // Last: who removes, exchanges or stops a target must know what was fed to it and settled by it until then.
  for (auto& call : calls) call();
}

void Dispatcher::feed(std::vector<FedEvent> events) {
  {
    std::lock_guard lock(mutex_);
    if (fed_overflow_ || fed_count_ + events.size() > inbox_limit_events) {
      fed_overflow_ = true;
      fed_.clear();
      fed_count_ = 0;
    } else {
      fed_count_ += events.size();
      fed_.push_back(std::move(events));
    }
  }
  wake_.notify_one();
}

void Dispatcher::take_fed(std::vector<FedEvent> events) {
  for (auto& fed : events) {
    bool wanted = false;
    for (std::size_t i = 0; i < fed.routes.size(); ++i) {
      const auto& target = fed.routes[i].target;
      bool first = std::none_of(fed.routes.begin(), fed.routes.begin() + static_cast<std::ptrdiff_t>(i),
                                [&](const Routed& r) { return r.target == target; });
      auto* outlet = first ? find(target) : nullptr;
      if (outlet == nullptr || !outlet->live || fed.position < outlet->lanes->scan_position()) continue;
      std::vector<Routed> mine;
      for (const auto& routed : fed.routes)
        if (routed.target == target) mine.push_back(routed);
      auto logged = logged_at(fed.position, mine);
      outlet->lanes->scanned(fed.position);
      if (logged && outlet->lanes->offer(fed.position, mine, *logged))
        wanted = true;
      else
        outlet->live = false;
    }
    if (wanted) cache(fed.position, {std::move(fed.event), fed.generation, std::move(fed.routes)});
  }
  auto below = events.back().position + 1;
  fed_below_ = below;
  for (auto& [name, outlet] : outlets_)
    if (outlet->live && below > outlet->lanes->scan_position()) outlet->lanes->scanned(below);
}

// The log time of an event, where its deliveries wait by it: read from the log, which stamps it. None: it cannot be
// read now, and the scan comes by.
std::optional<Nanoseconds> Dispatcher::logged_at(Position position, const std::vector<Routed>& mine) {
  if (std::ranges::none_of(mine, [](const Routed& each) { return each.delay_ms > 0 || each.not_before; })) return 0;
  if (!fetcher_)
    fetcher_ = log_.read(position);
  else
    fetcher_->seek(position);
  auto record = fetcher_->next();
  if (!record || !*record || (*record)->position != position) return std::nullopt;
  return (*record)->time;
}

void Dispatcher::take_settled(SettledMessage message) {
  auto* outlet = find(message.target);
  if (outlet == nullptr || outlet->instance != message.instance) return;
  auto begun = outlet->begun.find(message.id);
  if (begun == outlet->begun.end()) return;
  Lanes::Settled settled;
  switch (message.settlement.kind) {
    case Settlement::delivered:
      settled.kind = Lanes::Settled::delivered;
      break;
    case Settlement::retry:
      settled.kind = Lanes::Settled::retry;
      break;
    case Settlement::park:
      settled.kind = Lanes::Settled::park;
      break;
  }
  settled.reason = std::move(message.settlement.reason);
  if (message.settlement.retry_after)
    settled.retry_after = std::chrono::nanoseconds(*message.settlement.retry_after).count();
  // That a target was stopped is no failure of the delivery, and must not park it.
  settled.unreachable = message.settlement.unreachable || outlet->paused || targets_stop_;
  settled.sent = begun->second.sent;
  if (!message.settlement.answer.empty()) settled.answer = to_hex(hash_.of(message.settlement.answer));
  settled.generation = begun->second.generation;
  outlet->begun.erase(begun);
  outlet->lanes->settle(message.id, std::move(settled), environment_.clock->steady());
  outlet->touched = true;
}

// ---- finding again in the log --------------------------------------------------------------------------

// One chunk of the log for all targets that lag and have room, from the one that is furthest behind.
bool Dispatcher::scan() {
  Outlet* furthest = nullptr;
  for (auto& [name, outlet] : outlets_) {
    outlet->full = outlet->lanes->room() == 0;
    if (outlet->live || outlet->full) continue;
    if (furthest == nullptr || outlet->lanes->scan_position() < furthest->lanes->scan_position())
      furthest = outlet.get();
  }
  auto now = environment_.clock->steady();
  if (furthest == nullptr || now < scan_again_at_) return false;
  auto from = furthest->lanes->scan_position();
  if (!scanner_ || scanner_at_ != from) behind_damage_ = false;
  if (!scanner_)
    scanner_ = log_.read(from);
  else if (scanner_at_ != from)
    scanner_->seek(from);
  scanner_at_ = from;
  for (std::size_t i = 0; i < scan_chunk_records; ++i) {
    auto record = scanner_->next();
    if (!record && record.error().code.starts_with("disk.")) {
      // Not read now, which says nothing about what stands there: nothing may be passed over.
      say(Level::error, "log.unread", to_text(record.error()));
      scanner_.reset();
      scan_again_at_ = now + second;
      break;
    }
    if (!record) {
      say(Level::error, "log.damaged", to_text(record.error()));
      behind_damage_ = true;
      continue;
    }
    if (!*record) {
      // What was fed to those who were live must have been seen here too, whatever the log shows first; unless
      // it is damaged by now, up to the end.
      if (scanner_at_ < fed_below_ && !behind_damage_) return true;
      become_live(std::max(scanner_at_, fed_below_));
      return false;
    }
    behind_damage_ = false;
    scanner_at_ = (*record)->position + 1;
    if ((*record)->kind == RecordKind::event) scan_record(**record);
    if (std::ranges::none_of(outlets_, [](const auto& o) { return !o.second->live && !o.second->full; })) break;
  }
  for (auto& [name, outlet] : outlets_)
    if (!outlet->live && !outlet->full && outlet->lanes->scan_position() >= from &&
        outlet->lanes->scan_position() < scanner_at_)
      outlet->lanes->scanned(scanner_at_);
  return scanner_ != nullptr;
}

void Dispatcher::scan_record(const Record& record) {
  auto routes = decode_routes(record.body);
  if (!routes) {
    say(Level::error, "log.unreadable_event", fmt::format("position {}: {}", record.position, routes.error().message));
    return;
  }
  bool wanted = false;
  for (auto& [name, outlet] : outlets_) {
    if (outlet->live || outlet->full || outlet->lanes->scan_position() > record.position) continue;
    std::vector<Routed> mine;
    for (const auto& routed : *routes)
      if (routed.target == name) mine.push_back(routed);
    if (mine.empty()) continue;
    outlet->lanes->scanned(record.position);
    if (outlet->lanes->offer(record.position, mine, record.time))
      wanted = true;
    else
      outlet->full = true;
  }
  if (!wanted || cache_.contains(record.position)) return;
  auto body = decode_event(record.body);
  if (!body) return;
  if (auto event = Event::parse(std::string(body->event)))
    cache(record.position, {std::make_shared<const Event>(std::move(*event)), record.generation, std::move(*routes)});
}

// The scan has seen all that is committed below `end`: whoever stands there is fed from now on. What was
// committed since is in the inbox, or will be.
void Dispatcher::become_live(Position end) {
  for (auto& [name, outlet] : outlets_) {
    if (outlet->live || outlet->full) continue;
    if (outlet->lanes->scan_position() < end) outlet->lanes->scanned(end);
    outlet->live = true;
  }
}

// False: there is nothing to fetch, or nothing came of it.
bool Dispatcher::fetch_waiting(Outlet& outlet) {
  auto wanted = outlet.lanes->wants_waiting();
  if (!wanted) return false;
  auto fetch = *wanted;
  auto rows = view_.waiting(outlet.name, fetch.from.position, fetch.from.part, fetch.limit, &fetch.key);
  if (!rows) {
    say(Level::error, "view.unread", to_text(rows.error()));
    fetch_again_at_ = environment_.clock->steady() + second;
    return false;
  }
  bool complete = rows->size() < fetch.limit;
  outlet.lanes->feed_waiting(fetch, std::move(*rows), complete);
  auto next = outlet.lanes->wants_waiting();
  return next && next->key != fetch.key;
}

void Dispatcher::cache(Position position, Cached cached) {
  auto size = cached.event->text().size() * 3 + 512;  // text, parsed copy, values
  if (!cache_.try_emplace(position, std::move(cached)).second) return;
  cache_order_.emplace_back(position, size);
  cache_bytes_ += size;
  while (cache_bytes_ > event_cache_limit_bytes && cache_order_.size() > 1) {
    cache_.erase(cache_order_.front().first);
    cache_bytes_ -= cache_order_.front().second;
    cache_order_.pop_front();
  }
}

Result<const Dispatcher::Cached*> Dispatcher::event_at(Position position) {
  if (auto found = cache_.find(position); found != cache_.end()) return &found->second;
  if (!fetcher_)
    fetcher_ = log_.read(position);
  else
    fetcher_->seek(position);
  auto record = fetcher_->next();
  if (!record) return std::unexpected(record.error());
  if (!*record || (*record)->position != position || (*record)->kind != RecordKind::event)
    return fail("log.no_event", fmt::format("position {} holds no readable event", position));
  auto body = decode_event((*record)->body);
  if (!body) return std::unexpected(body.error());
  auto event = Event::parse(std::string(body->event));
  if (!event) return std::unexpected(event.error().front());
  cache(position, {std::make_shared<const Event>(std::move(*event)), (*record)->generation, body->routes});
  return &cache_.find(position)->second;
}

Result<std::shared_ptr<const Generation>> Dispatcher::generation(std::uint32_t number) {
  if (auto found = loaded_.find(number); found != loaded_.end()) return found->second;
  auto generation = generations_(number);
  if (!generation) return generation;
  if (loaded_.size() >= 16) loaded_.erase(loaded_.begin());
  loaded_[number] = *generation;
  return generation;
}

// ---- receipts ------------------------------------------------------------------------------------------

// One commit at a time carries what has collected; cursors of targets that had nothing to do move along
// once a second only.
void Dispatcher::write(Nanoseconds now) {
  if (writing_ || now < write_again_at_) return;
  if (unwritten_.empty()) collect_writing(now);
  if (unwritten_.empty()) return;
  writing_ = true;
  log_.append(unwritten_, Urgency::reserve, [this](Result<Position> first) {
    bool durable = first.has_value();
    if (!durable)
      say(Level::error, "receipts.not_written", "receipts could not be written and wait: " + to_text(first.error()));
    post([this, durable] { written(durable); });
  });
}

void Dispatcher::collect_writing(Nanoseconds now) {
  bool idle_too = now - idle_cursors_at_ >= second || closing_;
  std::vector<Receipt> receipts;
  std::vector<CursorMove> moves;
  for (auto& [name, outlet] : outlets_) {
    if (receipts.size() >= receipts_per_commit) break;  // the others are still touched, and come next
    bool moved = outlet->lanes->cursor() != outlet->written_cursor;
    if (!outlet->touched && !(idle_too && moved)) continue;
    auto writing = outlet->lanes->take_writing(environment_.clock->wall());
    outlet->touched = false;
    outlet->written_cursor = outlet->lanes->cursor();
    if (writing.empty()) continue;
    outlet->writing = true;
    std::ranges::move(writing.receipts, std::back_inserter(receipts));
    if (writing.cursor) moves.push_back({name, *writing.cursor});
  }
  if (idle_too) idle_cursors_at_ = now;
  auto add = [&](RecordKind kind, std::string type, std::string body) {
    NewRecord record;
    record.kind = kind;
    record.type = std::move(type);
    record.body = std::move(body);
    unwritten_.push_back(std::move(record));
  };
  for (std::size_t i = 0; i < receipts.size(); i += receipts_per_record) {
    auto end = std::min(receipts.size(), i + receipts_per_record);
    add(RecordKind::receipts, "receipts",
        encode_receipts(
            {receipts.begin() + static_cast<std::ptrdiff_t>(i), receipts.begin() + static_cast<std::ptrdiff_t>(end)}));
  }
  if (!moves.empty()) add(RecordKind::cursor, "cursor", encode_cursors(moves));
}

void Dispatcher::written(bool durable) {
  writing_ = false;
  if (!durable) {
    write_again_at_ = environment_.clock->steady() + second;
    return;
  }
  unwritten_.clear();
  for (auto& [name, outlet] : outlets_) {
    if (!outlet->writing) continue;
    outlet->writing = false;
    outlet->lanes->committed();
    outlet->touched = true;  // what was settled meanwhile
  }
}

void Dispatcher::stop(std::chrono::milliseconds grace) {
  call([&] {
    closing_ = true;  // nothing new begins
    return true;
  });
  auto deadline = environment_.clock->steady() + std::chrono::nanoseconds(grace).count();
  while (environment_.clock->steady() < deadline) {
    bool done =
        call([&] { return std::ranges::all_of(outlets_, [](const auto& o) { return o.second->begun.empty(); }); });
    if (done) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  auto adapters = call([&] {
    targets_stop_ = true;
    std::vector<Target*> all;
    for (auto& [name, outlet] : outlets_)
      if (outlet->adapter) all.push_back(outlet->adapter.get());
    return all;
  });
  for (auto* adapter : adapters) adapter->stop();
  // What was settled up to now is in the inbox: two more rounds write it. On a disk without room for even that it
  // is left: those deliveries are done again, under the same idempotency keys.
  auto written = [&] {
    return !writing_ && unwritten_.empty() &&
           std::ranges::none_of(outlets_, [](const auto& o) { return o.second->touched; });
  };
  deadline = environment_.clock->steady() + writing_patience;
  while (!log_.status().failed && !call(written)) {
    if (environment_.clock->steady() > deadline) {
      say(Level::error, "receipts.not_written",
          "stopping without the last receipts; what they tell of is delivered again after the next start");
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

// ---- operators -----------------------------------------------------------------------------------------

std::vector<Dispatcher::TargetStatus> Dispatcher::status() {
  auto next = log_.status().next;
  return call([&] {
    std::vector<TargetStatus> all;
    for (auto& [name, outlet] : outlets_) {
      TargetStatus status;
      status.name = name;
      status.lanes = outlet->lanes->status();
      status.lagging = !outlet->live;
      status.behind = outlet->live ? 0 : next - std::min(next, outlet->lanes->scan_position());
      status.with_target = outlet->begun.size();
      status.start_error = outlet->start_error;
      all.push_back(std::move(status));
    }
    return all;
  });
}

Result<void> Dispatcher::retry_parked(const std::string& target, const DeliveryId& id) {
  return call([&]() -> Result<void> {
    auto* outlet = find(target);
    if (outlet == nullptr || !outlet->lanes->retry_parked(id, environment_.clock->steady()))
      return fail("parked.unknown",
                  fmt::format("no delivery of position {} part {} is parked for {}", id.position, id.part, target),
                  "see `simpul parked list`; it may have been dealt with meanwhile");
    outlet->touched = true;
    return {};
  });
}

Result<void> Dispatcher::discard_parked(const std::string& target, const DeliveryId& id, const std::string& reason) {
  return call([&]() -> Result<void> {
    auto* outlet = find(target);
    if (outlet == nullptr || !outlet->lanes->discard_parked(id, reason, environment_.clock->steady()))
      return fail("parked.unknown",
                  fmt::format("no delivery of position {} part {} is parked for {}", id.position, id.part, target),
                  "see `simpul parked list`; it may have been dealt with meanwhile");
    outlet->touched = true;
    return {};
  });
}

void Dispatcher::ask(const std::string& target, Question question, std::move_only_function<void(Answer)> done) {
  post([this, target, question = std::move(question), done = std::move(done)]() mutable {
    auto* outlet = find(target);
    Answer refusal;
    refusal.kind = Answer::failed;
    if (outlet == nullptr)
      refusal.reason = target + " has no target that could answer";
    else if (closing_)
      refusal.reason = "the bus is stopping";
    else if (!outlet->started || !outlet->adapter)
      refusal.reason = target + " is not reachable: " + outlet->start_error;
    else if (asks_.size() >= asks_limit)
      refusal.reason = "too many lookups wait for answers";
    if (!refusal.reason.empty()) return done(std::move(refusal));
    auto number = next_ask_++;
    asks_[number] = {std::move(done),
                     environment_.clock->steady() + std::chrono::nanoseconds(question.timeout).count() + second / 2};
    outlet->adapter->ask(std::move(question), [this, number](Answer answer) mutable {
      post([this, number, answer = std::move(answer)]() mutable { this->answer(number, std::move(answer)); });
    });
  });
}

void Dispatcher::answer(std::uint64_t ask, Answer answer) {
  auto found = asks_.find(ask);
  if (found == asks_.end()) return;  // it was overdue
  auto done = std::move(found->second.done);
  asks_.erase(found);
  done(std::move(answer));
}

void Dispatcher::end_overdue_asks(Nanoseconds now) {
  for (auto ask = asks_.begin(); ask != asks_.end();) {
    auto number = ask->first;
    bool overdue = ask->second.deadline <= now;
    ++ask;
    if (!overdue) continue;
    Answer timed_out;
    timed_out.kind = Answer::timed_out;
    timed_out.reason = "the application did not answer in time";
    answer(number, std::move(timed_out));
  }
}

}  // namespace simpul
