#include "bus/bus.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "bus/base/telemetry.h"
#include "bus/control/control.h"

namespace simpul {
namespace {

constexpr std::size_t commands_limit = 64;
// What `simpul check` refuses is not served, but for what depends on the day: a bus must start again when an agreement
// has ended overnight.
const Inspection accepting{};

Problems one(Problem problem) {
  return {std::move(problem)};
}

LanesOptions lanes_options(const App& app) {
  LanesOptions options;
  options.retry = app.retry;
  options.concurrency = app.concurrency;
  return options;
}

std::string below(const std::string& folder, const std::string& path) {
  return path.starts_with('/') ? path : folder + "/" + path;
}

}  // namespace

// ---- what sources and endpoints see of the bus ---------------------------------------------------------

class Bus::SourceIntake : public Intake {
 public:
  SourceIntake(Bus& bus, std::string app, std::string source)
      : bus_(bus), app_(std::move(app)), source_(std::move(source)), name_(app_ + "/" + source_) {}

  void offer(std::vector<Item> items, StateChanges state,
             std::move_only_function<void(std::vector<Verdict>)> done) override {
    // The rules are those of the generation that serves now, also for a source that was kept over a reload.
    std::vector<std::shared_ptr<const RecordRule>> rules;
    auto serving = bus_.serving();
    if (auto app = serving.deployment->generation->apps().find(app_);
        app != serving.deployment->generation->apps().end())
      if (auto declared = std::ranges::find(app->second.sources, source_, &SourceDeclaration::name);
          declared != app->second.sources.end())
        rules = declared->rules;
    bus_.admission().offer(app_, name_, rules, std::move(items), std::move(state), std::move(done));
  }
  Result<std::optional<std::string>> state(std::string_view key) override { return bus_.view().state(name_, key); }
  Result<void> scan_state(std::string_view after,
                          const std::function<bool(std::string_view, std::string_view)>& each) override {
    return bus_.view().scan_state(name_, after, each);
  }

 private:
  Bus& bus_;
  std::string app_, source_, name_;
};

class Bus::BusGateway : public Gateway {
 public:
  explicit BusGateway(Bus& bus) : bus_(bus) {}

  std::optional<Identity> by_api_key(std::string_view key) override { return bus_.credentials().find(key); }
  std::optional<Secret> signing_secret(std::string_view app) override {
    auto serving = bus_.serving();
    auto found = serving.deployment->signing_secrets.find(std::string(app));
    if (found == serving.deployment->signing_secrets.end()) return std::nullopt;
    return found->second;
  }
  void publish(const std::string& app, std::vector<std::string> events,
               std::move_only_function<void(std::vector<Verdict>)> done) override {
    bus_.admission().publish(app, std::move(events), std::move(done));
  }
  void refused(const std::string& app, std::vector<Reason> reasons, std::string_view received,
               std::string_view content_type) override {
    bus_.admission().record_refusal(app, reasons, received, content_type);
  }
  void lookup(const Identity& asker, const std::string& name, std::string parameters,
              std::move_only_function<void(ControlAnswer)> done) override {
    bus_.lookup(asker, name, std::move(parameters), std::move(done));
  }
  void claim(const Identity& who, const std::string& sha256,
             std::move_only_function<void(ControlAnswer)> done) override {
    run([this, app = who.app, sha256] { return bus_.claim(app, sha256); }, std::move(done));
  }
  void control(const Identity& who, const std::string& command, std::string arguments,
               std::move_only_function<void(ControlAnswer)> done) override {
    auto person = bus_.person(who.person);
    if (!person)
      return done(control_problem(403, "not_a_person", "operators' commands need a person's credential",
                                  "make one: simpul person credential <name>"));
    run([this, person = *person, command,
         arguments = std::move(arguments)] { return bus_.control(person, command, arguments); },
        std::move(done));
  }
  bool ready() override { return bus_.ready(); }
  bool healthy() override { return bus_.healthy(); }

 private:
  // On the thread for what may block; bounded.
  void run(std::move_only_function<ControlAnswer()> answer, std::move_only_function<void(ControlAnswer)> done) {
    std::unique_lock lock(bus_.commands_mutex_);
    if (bus_.commands_stop_ || bus_.commands_.size() >= commands_limit) {
      lock.unlock();
      return done(control_problem(503, "busy", "too many commands wait", "try again in a moment"));
    }
    bus_.commands_.push_back([this, answer = std::move(answer), done = std::move(done)]() mutable {
      if (bus_.stopping_)
        return done(control_problem(503, "bus.stopping", "the bus is stopping", "try again when it runs"));
      done(answer());
    });
    lock.unlock();
    bus_.commands_wake_.notify_one();
  }

  Bus& bus_;
};

// ---- start ---------------------------------------------------------------------------------------------

Bus::Bus(BusOptions options) : options_(std::move(options)) {
  started_at_ = options_.environment.clock->wall();
}

Bus::~Bus() {
  stop(std::chrono::milliseconds(0));
}

Checked<std::unique_ptr<Bus>> Bus::open(BusOptions options) {
  std::unique_ptr<Bus> bus(new Bus(std::move(options)));
  auto& disk = *bus->options_.environment.disk;
  auto files = read_configuration(disk, bus->options_.folder);
  if (!files) return std::unexpected(files.error());
  auto secrets = system_secrets(disk, bus->options_.folder);
  auto deployment =
      compile_deployment(*files, bus->options_.adapters, bus->options_.serve ? &secrets : nullptr, &accepting);
  if (!deployment) return std::unexpected(deployment.error());
  if (auto opened = bus->open_store((*deployment)->generation->settings()); !opened)
    return std::unexpected(opened.error());
  if (bus->options_.serve)
    if (auto fine = bus->refuse_targets_lost_while_down(**deployment); !fine) return std::unexpected(fine.error());
  auto number = bus->accept_generation(*deployment);
  if (!number) return std::unexpected(number.error());
  bus->admission_->serve({*deployment, *number});
  if (bus->options_.serve)
    if (auto started = bus->start_serving(); !started) return std::unexpected(started.error());
  return bus;
}

Checked<void> Bus::open_store(const BusSettings& settings) {
  const auto& environment = options_.environment;
  log_folder_ = below(options_.folder, settings.log_folder);
  auto bad = [](Problem problem) { return std::unexpected(one(std::move(problem))); };
  if (auto made = environment.disk->make_folder(log_folder_); !made) return bad(made.error());
  auto hash = open_view_key(log_folder_, environment);
  if (!hash) return bad(hash.error());
  hash_ = *hash;
  LogOptions log_options;
  log_options.folder = log_folder_;
  log_options.segment_bytes = settings.segment_bytes;
  log_options.reserve_bytes = settings.reserve_bytes;
  log_options.free_floor_bytes = settings.free_floor_bytes;
  auto log = open_segment_log(log_options, environment);
  if (!log) return bad(log.error());
  log_ = std::move(*log);
  const auto& recovery = log_->recovery();
  if (recovery.cut_bytes > 0)
    say(Level::warning, "log.torn_tail",
        fmt::format("cut {} bytes that were never acknowledged from {} at offset {}", recovery.cut_bytes,
                    recovery.cut_segment, recovery.cut_offset));
  for (const auto& damage : recovery.damage) say(Level::error, "log.damaged", to_text(damage));
  ViewOptions view_options;
  view_options.folder = log_folder_;
  auto view = open_view(view_options, *log_, hash_, environment);
  if (!view) return bad(view.error());
  view_ = std::move(*view);
  auto credentials = Credentials::open(log_folder_, environment);
  if (!credentials) return bad(credentials.error());
  credentials_ = std::move(*credentials);
  claims_ = std::make_unique<Claims>(*log_, *view_, environment);
  dispatcher_ = std::make_unique<Dispatcher>(*log_, *view_, *hash_, environment, *claims_,
                                             [this](std::uint32_t number) { return generation(number); });
  admission_ = std::make_unique<Admission>(*log_, *view_, *hash_, environment,
                                           [this](std::vector<FedEvent> fed) { dispatcher_->feed(std::move(fed)); });
  say(Level::info, "log.recovered",
      fmt::format("{} records in {} in {} ms", recovery.next, log_folder_, recovery.took / 1'000'000));
  return {};
}

// The number under which a deployment serves: that of the newest generation when it is the same, else the
// next one, recorded.
Checked<std::uint32_t> Bus::accept_generation(const std::shared_ptr<const Deployment>& deployment) {
  auto bad = [](Problem problem) { return std::unexpected(one(std::move(problem))); };
  auto position = view_->generation(std::nullopt);
  if (!position) return bad(position.error());
  std::uint32_t number = 1;
  if (*position) {
    auto reader = log_->read(**position);
    auto record = reader->next();
    if (!record) return bad(record.error());
    if (*record) {
      auto body = decode_generation((*record)->body);
      if (!body) return bad(body.error());
      if (body->hash == deployment->generation->hash() && body->engine == SIMPUL_VERSION) return body->number;
      number = body->number + 1;
    }
  }
  if (!options_.serve) {  // offline commands accept no generation
    generation_waits_ = true;
    return number;
  }
  NewRecord record;
  record.kind = RecordKind::generation;
  record.generation = number;
  record.type = "generation";
  record.body = encode_generation(number, *deployment->generation, SIMPUL_VERSION);
  std::promise<Result<Position>> promise;
  auto future = promise.get_future();
  std::vector<NewRecord> records;
  records.push_back(std::move(record));
  log_->append(std::move(records), Urgency::reserve,
               [&](Result<Position> first) { promise.set_value(std::move(first)); });
  if (auto first = future.get(); !first) return bad(first.error());
  return number;
}

Checked<void> Bus::start_serving() {
  for (const auto& adapter : options_.adapters)
    if (adapter.make_shared) shared_[adapter.name] = adapter.make_shared();
  gateway_ = std::make_unique<BusGateway>(*this);
  commands_thread_ = std::thread([this] { run_commands(); });
  auto deployment = serving().deployment;
  auto newest = view_->generation(std::nullopt);
  if (!newest) return std::unexpected(one(newest.error()));
  std::lock_guard lock(reload_mutex_);
  if (auto applied = apply_targets(*deployment, newest->value_or(0)); !applied) return applied;
  dispatcher_->start();
  if (auto applied = apply_endpoints(*deployment); !applied) return applied;
  if (auto applied = apply_sources(*deployment); !applied) return applied;
  ready_ = true;
  return {};
}

AdapterContext Bus::context(const std::string& adapter, const std::string& app, const std::string& name) const {
  AdapterContext context;
  context.environment = options_.environment;
  context.app = app;
  context.name = name;
  context.folder = options_.folder;
  if (auto found = shared_.find(adapter); found != shared_.end()) context.shared = found->second;
  return context;
}

// ---- applying a deployment -----------------------------------------------------------------------------

Checked<void> Bus::apply_targets(const Deployment& deployment, Position from) {
  Problems problems;
  // Where a new target begins is recorded at once: what waits for a target that has settled nothing yet must
  // not be passed over when the bus starts again under a newer generation.
  std::vector<CursorMove> begins;
  for (const auto& [name, config] : deployment.targets) {
    if (target_fingerprints_.contains(name)) continue;
    auto cursor = view_->cursor(name);
    if (!cursor)
      problems.push_back(cursor.error());
    else if (!*cursor)
      begins.push_back({name, from});
  }
  if (!begins.empty())
    if (auto recorded = record(RecordKind::cursor, "cursor", encode_cursors(begins)); !recorded)
      problems.push_back(recorded.error());
  if (!problems.empty()) return std::unexpected(std::move(problems));
  for (const auto& [name, config] : deployment.targets) {
    const auto& app = deployment.generation->apps().at(name);
    const auto& fingerprint = deployment.fingerprints.at("target " + name);
    auto known = target_fingerprints_.find(name);
    if (known != target_fingerprints_.end() && known->second == fingerprint) {
      dispatcher_->change_target(name, lanes_options(app));
      continue;
    }
    auto adapter_context = context(app.target->adapter, name, name);
    if (auto conditions = deployment.conditions.find(name); conditions != deployment.conditions.end())
      adapter_context.conditions = conditions->second;
    auto adapter = config->open(std::move(adapter_context));
    auto result = known == target_fingerprints_.end()
                      ? dispatcher_->add_target(name, lanes_options(app), from, std::move(adapter))
                      : dispatcher_->exchange_target(name, lanes_options(app), std::move(adapter));
    if (!result)
      problems.push_back(result.error());
    else
      target_fingerprints_[name] = fingerprint;
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return {};
}

// Those that the serving deployment does not name go, once all that was routed to them is with the dispatcher.
// One for which something came in the last moment stays until the next reload.
void Bus::remove_targets(const Serving& before) {
  auto serving = this->serving();
  std::vector<std::string> names;
  for (const auto& [name, fingerprint] : target_fingerprints_)
    if (!serving.deployment->targets.contains(name)) names.push_back(name);
  if (names.empty()) return;
  auto deadline = environment().clock->steady() + std::chrono::nanoseconds(std::chrono::seconds(10)).count();
  while (!admission_->idle_under(before.number) && environment().clock->steady() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  for (const auto& name : names) {
    auto removed = admission_->idle_under(before.number)
                       ? dispatcher_->remove_target(name)
                       : fail("target.has_waiting", "events for " + name + " are on their way");
    if (removed)
      target_fingerprints_.erase(name);
    else
      say(Level::warning, "target.stays",
          fmt::format("{} is no longer a target and stays until the next reload: {}", name, removed.error().message));
  }
}

Checked<void> Bus::open_endpoint(const std::string& name, const Deployment& deployment) {
  const auto& use = deployment.generation->settings().listen.at(name);
  RunningEndpoint running;
  running.fingerprint = deployment.fingerprints.at("listen " + name);
  running.endpoint = deployment.endpoints.at(name)->open(context(use.adapter, "", name), *gateway_);
  if (auto started = running.endpoint->start(); !started) {
    auto problem = started.error();
    if (problem.place.file.empty()) problem.place = use.node.place;
    return std::unexpected(one(std::move(problem)));
  }
  say(Level::info, "listen.open", fmt::format("{} listens on {}", name, running.endpoint->address()));
  endpoints_[name] = std::move(running);
  return {};
}

Checked<void> Bus::apply_endpoints(const Deployment& deployment) {
  for (auto at = endpoints_.begin(); at != endpoints_.end();) {
    auto fingerprint = deployment.fingerprints.find("listen " + at->first);
    bool same = fingerprint != deployment.fingerprints.end() && fingerprint->second == at->second.fingerprint;
    if (same)
      at->second.endpoint->reload();
    else
      at->second.endpoint->stop();
    at = same ? std::next(at) : endpoints_.erase(at);
  }
  Problems problems;
  for (const auto& [name, config] : deployment.endpoints)
    if (!endpoints_.contains(name))
      if (auto opened = open_endpoint(name, deployment); !opened)
        problems.insert(problems.end(), opened.error().begin(), opened.error().end());
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return {};
}

Checked<void> Bus::apply_sources(const Deployment& deployment) {
  for (auto at = sources_.begin(); at != sources_.end();) {
    auto fingerprint = deployment.fingerprints.find("source " + at->first);
    bool same = fingerprint != deployment.fingerprints.end() && fingerprint->second == at->second.fingerprint;
    if (!same) at->second.source->stop();
    at = same ? std::next(at) : sources_.erase(at);
  }
  Problems problems;
  for (const auto& [name, app] : deployment.generation->apps())
    for (const auto& declared : app.sources) {
      auto full = name + "/" + declared.name;
      auto config = deployment.sources.find(full);
      if (config == deployment.sources.end() || sources_.contains(full)) continue;
      RunningSource running;
      running.fingerprint = deployment.fingerprints.at("source " + full);
      running.intake = std::make_unique<SourceIntake>(*this, name, declared.name);
      running.source = config->second->open(context(declared.use.adapter, name, full), *running.intake);
      if (auto started = running.source->start(); !started)
        problems.push_back(started.error());
      else
        sources_[full] = std::move(running);
    }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return {};
}

// ---- reload --------------------------------------------------------------------------------------------

Checked<void> Bus::refuse_removed_targets(const Deployment& deployment) {
  Problems problems;
  for (const auto& status : dispatcher_->status()) {
    if (deployment.targets.contains(status.name)) continue;
    if (!Dispatcher::waits(status.lanes) && !status.lagging) continue;
    problems.push_back(
        {"target.has_waiting",
         fmt::format("{} is no longer a target, but deliveries wait for it ({} parked, {} others)", status.name,
                     status.lanes.parked, status.lanes.in_memory),
         "let them be delivered, or give them up with `simpul parked discard --reason`, then reload again",
         {"config/apps/" + status.name + ".yaml", {}, {}},
         "target",
         Severity::error});
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return {};
}

// A target that served last and that the files on disk do not name any more: as at a reload, nothing may wait for it.
Checked<void> Bus::refuse_targets_lost_while_down(const Deployment& deployment) {
  auto newest = newest_generation();
  if (!newest) return std::unexpected(one(newest.error()));
  if (*newest == nullptr) return {};
  Problems problems;
  for (const auto& [name, app] : (*newest)->apps()) {
    if (!app.target || deployment.targets.contains(name)) continue;
    auto waits = something_waits(name);
    if (!waits) return std::unexpected(one(waits.error()));
    if (!*waits) continue;
    problems.push_back({"target.has_waiting",
                        fmt::format("{} is no longer a target, but deliveries wait for it", name),
                        "put it back and start the bus; let them be delivered, or give them up with `simpul parked "
                        "discard --reason`, then take it away and reload",
                        {"config/apps/" + name + ".yaml", {}, {}},
                        "target",
                        Severity::error});
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return {};
}

// The generation that served last; null: there was none, or this version cannot compile it.
Result<std::shared_ptr<const Generation>> Bus::newest_generation() {
  auto position = view_->generation(std::nullopt);
  if (!position) return std::unexpected(position.error());
  if (!*position) return nullptr;
  auto reader = log_->read(**position);
  auto record = reader->next();
  if (!record || !*record) return nullptr;
  auto number = decode_generation_number((*record)->body);
  auto found = number ? generation(*number) : Result<std::shared_ptr<const Generation>>(nullptr);
  return found ? *found : nullptr;
}

// From the view and, above the target's cursor, from the log.
Result<bool> Bus::something_waits(const std::string& target) {
  auto rows = view_->waiting(target, 0, 0, 1);
  if (!rows) return std::unexpected(rows.error());
  if (!rows->empty()) return true;
  auto cursor = view_->cursor(target);
  if (!cursor) return std::unexpected(cursor.error());
  if (!*cursor) return false;
  auto reader = log_->read(**cursor);
  for (;;) {
    auto record = reader->next();
    if (!record && record.error().code.starts_with("disk.")) return std::unexpected(record.error());
    if (!record) continue;  // damage was told at the start
    if (!*record) return false;
    if ((*record)->kind != RecordKind::event) continue;
    auto position = (*record)->position;
    auto routes = decode_routes((*record)->body);
    if (!routes) continue;
    for (const auto& routed : *routes) {
      if (routed.target != target) continue;
      auto finished = view_->finished(target, position, routed.part, 1);
      if (!finished) return std::unexpected(finished.error());
      if (finished->empty() || finished->front() != std::pair(position, routed.part)) return true;
    }
  }
}

Checked<std::uint32_t> Bus::reload(const Actor& actor) {
  std::lock_guard lock(reload_mutex_);
  if (stopping_)
    return std::unexpected(
        one({"bus.stopping", "the bus is stopping", "reload when it runs again", {}, {}, Severity::error}));
  auto& disk = *options_.environment.disk;
  auto files = read_configuration(disk, options_.folder);
  if (!files) return std::unexpected(files.error());
  auto secrets = system_secrets(disk, options_.folder);
  auto deployment = compile_deployment(*files, options_.adapters, &secrets, &accepting);
  if (!deployment) return std::unexpected(deployment.error());
  if (auto reloaded = credentials_->reload(); !reloaded) return std::unexpected(one(reloaded.error()));
  auto before = serving();
  if (below(options_.folder, (*deployment)->generation->settings().log_folder) != log_folder_)
    return std::unexpected(one({"reload.log_folder",
                                "the log's folder cannot change while the bus runs",
                                "stop the bus, move the folder, start it again",
                                {"config/simpul.yaml", {}, {}},
                                "log.folder",
                                Severity::error}));
  if (auto fine = refuse_removed_targets(**deployment); !fine) return std::unexpected(fine.error());
  if (auto applied = apply_endpoints(**deployment); !applied) {
    if (auto restored = apply_endpoints(*before.deployment); !restored)
      say(Level::error, "listen.lost", to_text(restored.error()));
    return std::unexpected(applied.error());
  }
  auto number = accept_generation(*deployment);
  if (!number) return number;
  auto from = log_->status().next;
  // Targets first: an event that is routed by the new generation must find them.
  if (auto applied = apply_targets(**deployment, from); !applied) return std::unexpected(applied.error());
  admission_->serve({*deployment, *number});
  if (*number != before.number) remove_targets(before);
  if (auto applied = apply_sources(**deployment); !applied) return std::unexpected(applied.error());
  if (*number != before.number) {
    json::Writer detail;
    detail.begin_object()
        .member("generation", static_cast<std::int64_t>(*number))
        .member("hash", (*deployment)->generation->hash())
        .end_object();
    if (auto recorded = record_act(actor, "reload", "", detail.text()); !recorded)
      return std::unexpected(one(recorded.error()));
    say(Level::info, "reload.serves", fmt::format("generation {} serves, asked for by {}", *number, actor.name));
  }
  return *number;
}

Result<std::shared_ptr<const Generation>> Bus::generation(std::uint32_t number) {
  if (auto now = serving(); now.number == number) return now.deployment->generation;
  {
    std::lock_guard lock(generations_mutex_);
    if (auto found = generations_.find(number); found != generations_.end()) return found->second;
  }
  auto position = view_->generation(number);
  if (!position) return std::unexpected(position.error());
  if (!*position) return fail("generation.unknown", fmt::format("the log has no generation {}", number));
  auto reader = log_->read(**position);
  auto record = reader->next();
  if (!record) return std::unexpected(record.error());
  if (!*record)
    return fail("generation.unknown", fmt::format("generation {} cannot be read at position {}", number, **position));
  auto body = decode_generation((*record)->body);
  if (!body) return std::unexpected(body.error());
  std::vector<std::string> names;
  for (const auto& adapter : options_.adapters) names.push_back(adapter.name);
  auto compiled = compile_generation(body->files, names);
  if (!compiled) return std::unexpected(compiled.error().front());
  std::lock_guard lock(generations_mutex_);
  if (generations_.size() >= 16) generations_.erase(generations_.begin());
  generations_[number] = *compiled;
  return *compiled;
}

// ---- the rest ------------------------------------------------------------------------------------------

bool Bus::healthy() const {
  auto status = log_->status();
  return !status.failed;
}

std::vector<std::string> Bus::addresses() const {
  std::lock_guard lock(reload_mutex_);
  std::vector<std::string> all;
  for (const auto& [name, running] : endpoints_) all.push_back(running.endpoint->address());
  return all;
}

std::optional<Actor> Bus::person(const std::string& name) const {
  const auto& people = serving().deployment->generation->people();
  auto found = people.find(name);
  if (found == people.end()) return std::nullopt;
  return Actor{found->first, found->second.roles, found->second.cleared};
}

std::optional<Actor> Bus::person_of_user(const std::string& unix_user) const {
  auto now = serving();
  for (const auto& [name, person] : now.deployment->generation->people())
    if (std::ranges::find(person.unix_users, unix_user) != person.unix_users.end())
      return Actor{name, person.roles, person.cleared};
  return std::nullopt;
}

Result<Position> Bus::record(RecordKind kind, const std::string& type, const std::string& body) {
  NewRecord record;
  record.kind = kind;
  record.generation = serving().number;
  record.type = type;
  record.body = body;
  std::promise<Result<Position>> promise;
  auto future = promise.get_future();
  std::vector<NewRecord> records;
  records.push_back(std::move(record));
  log_->append(std::move(records), Urgency::reserve,
               [&](Result<Position> first) { promise.set_value(std::move(first)); });
  return future.get();
}

Result<Position> Bus::record_act(const Actor& actor, const std::string& act, const std::string& reason,
                                 const std::string& detail_json) {
  if (generation_waits_)
    return fail("bus.generation_waits",
                "the configuration on disk has not served yet, so that nothing can be recorded under it",
                "start the bus with `simpul run`, then do this");
  json::Writer body;
  body.begin_object()
      .member("person", actor.name)
      .member("act", act)
      .member("reason", reason)
      .name("detail")
      .raw(detail_json)
      .end_object();
  return record(RecordKind::act, "act." + act, body.text());
}

ControlAnswer Bus::claim(const std::string& app, const std::string& sha256) {
  return claims_->fetch(app, sha256, serving().number);
}

ControlAnswer Bus::control(const Actor& actor, const std::string& command, const std::string& arguments) {
  return run_control(*this, actor, command, arguments);
}

void Bus::run_commands() {
  for (;;) {
    std::move_only_function<void()> command;
    {
      std::unique_lock lock(commands_mutex_);
      commands_wake_.wait(lock, [this] { return commands_stop_ || !commands_.empty(); });
      if (commands_.empty()) return;
      command = std::move(commands_.front());
      commands_.pop_front();
    }
    command();
  }
}

void Bus::stop(std::chrono::milliseconds grace) {
  if (stopped_) return;
  stopped_ = true;
  ready_ = false;
  stopping_ = true;
  {
    std::lock_guard lock(reload_mutex_);
    for (auto& [name, running] : endpoints_) running.endpoint->stop();
    for (auto& [name, running] : sources_) running.source->stop();
  }
  {
    std::lock_guard lock(commands_mutex_);
    commands_stop_ = true;
  }
  commands_wake_.notify_one();
  if (commands_thread_.joinable()) commands_thread_.join();
  if (dispatcher_) dispatcher_->stop(grace);
  if (log_) log_->stop();
  if (view_) view_->stop();
  endpoints_.clear();
  sources_.clear();
}

}  // namespace simpul
