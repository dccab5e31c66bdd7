#include "adapters/http/polled_target.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "bus/base/bytes.h"

namespace simpul::http {
namespace {

std::string make_token(Random& random) {
  std::array<std::uint8_t, 16> bytes;
  random.fill(std::as_writable_bytes(std::span(bytes)));
  return to_hex(bytes);
}

class PolledTarget final : public Target {
 public:
  PolledTarget(const TargetSettings& settings, AdapterContext context, std::shared_ptr<PolledHub> hub)
      : settings_(settings), context_(std::move(context)), hub_(std::move(hub)) {}
  ~PolledTarget() override { stop(); }

  Result<void> start() override {
    hub_->open(context_.app, context_.environment, settings_.visibility);
    started_ = true;
    return {};
  }
  void stop() override {
    if (std::exchange(started_, false)) hub_->close(context_.app);
  }
  std::size_t credit() const override { return static_cast<std::size_t>(settings_.concurrency); }
  void deliver(std::vector<Delivery> deliveries) override { hub_->put(context_.app, std::move(deliveries)); }

 private:
  TargetSettings settings_;
  AdapterContext context_;
  std::shared_ptr<PolledHub> hub_;
  bool started_ = false;
};

Settlement target_stops() {
  Settlement settlement;
  settlement.kind = Settlement::retry;
  settlement.reason = "the target was stopped before the app had settled the delivery";
  settlement.unreachable = true;
  return settlement;
}

}  // namespace

void PolledHub::open(const std::string& name, Environment environment, std::chrono::milliseconds visibility) {
  std::lock_guard lock(mutex_);
  App& app = apps_[name];
  app.environment = environment;
  app.visibility = std::chrono::nanoseconds(visibility).count();
  app.open = true;
}

void PolledHub::settle_all(App& app, std::unique_lock<std::mutex>& lock, std::vector<Delivery> deliveries,
                           const Settlement& settlement) {
  if (deliveries.empty()) return;
  ++app.settling;
  lock.unlock();
  for (auto& delivery : deliveries) delivery.settle(settlement);
  lock.lock();
  --app.settling;
  settled_.notify_all();
}

void PolledHub::close(const std::string& name) {
  std::unique_lock lock(mutex_);
  auto at = apps_.find(name);
  if (at == apps_.end()) return;
  App& app = at->second;
  app.open = false;
  std::vector<Delivery> back;
  for (auto& delivery : app.waiting) back.push_back(std::move(delivery));
  for (auto& [token, out] : app.out) back.push_back(std::move(out.delivery));
  app.waiting.clear();
  app.out.clear();
  settle_all(app, lock, std::move(back), target_stops());
  settled_.wait(lock, [&] { return app.settling == 0; });
}

void PolledHub::put(const std::string& name, std::vector<Delivery> deliveries) {
  std::vector<Call> calls;
  {
    std::unique_lock lock(mutex_);
    App& app = apps_[name];
    if (!app.open) {
      settle_all(app, lock, std::move(deliveries), target_stops());
      return;
    }
    for (auto& delivery : deliveries) app.waiting.push_back(std::move(delivery));
    serve(app, calls);
  }
  for (auto& call : calls) call.done(std::move(call.fetched));
}

std::vector<PolledHub::Fetched> PolledHub::take(App& app, const Wanted& wanted) {
  std::vector<Fetched> fetched;
  std::size_t bytes = 0;
  auto until = app.environment.clock->steady() + app.visibility;
  while (!app.waiting.empty() && fetched.size() < wanted.limit) {
    Delivery& next = app.waiting.front();
    bytes += next.payload.size();
    if (!fetched.empty() && bytes > wanted.limit_bytes) break;
    Fetched one;
    one.token = make_token(*app.environment.random);
    one.app = next.app;
    one.route = next.route;
    one.into = next.into;
    one.idempotency_key = next.idempotency_key;
    one.type = next.type;
    one.event_id = next.event_id;
    one.time = next.time;
    one.traceparent = next.traceparent;
    one.payload = std::move(next.payload);  // never needed again: a retry is mapped anew
    one.position = next.position;
    one.part = next.part;
    one.attempt = next.attempt;
    app.out.emplace(one.token, Out{std::move(next), until});
    app.waiting.pop_front();
    fetched.push_back(std::move(one));
  }
  return fetched;
}

void PolledHub::serve(App& app, std::vector<Call>& calls) {
  while (!app.waiters.empty() && !app.waiting.empty()) {
    Waiter waiter = std::move(app.waiters.front());
    app.waiters.pop_front();
    bool gone = waiter.wanted.gone && waiter.wanted.gone->load();
    calls.push_back({std::move(waiter.done), gone ? std::vector<Fetched>() : take(app, waiter.wanted)});
  }
}

bool PolledHub::knows(const std::string& name) {
  std::lock_guard lock(mutex_);
  auto at = apps_.find(name);
  return at != apps_.end() && at->second.open;
}

void PolledHub::fetch(const std::string& name, Wanted wanted, Fetch done) {
  std::vector<Fetched> fetched;
  {
    std::lock_guard lock(mutex_);
    auto at = apps_.find(name);
    if (at != apps_.end() && at->second.open) {
      App& app = at->second;
      if (app.waiting.empty() && app.environment.clock->steady() < wanted.until) {
        app.waiters.push_back({std::move(wanted), std::move(done)});
        return;
      }
      fetched = take(app, wanted);
    }
  }
  done(std::move(fetched));
}

bool PolledHub::settle(const std::string& name, const std::string& token, Settlement settlement) {
  std::unique_lock lock(mutex_);
  auto at = apps_.find(name);
  if (at == apps_.end()) return false;
  App& app = at->second;
  auto found = app.out.find(token);
  if (found == app.out.end() || found->second.until <= app.environment.clock->steady()) return false;
  std::vector<Delivery> one;
  one.push_back(std::move(found->second.delivery));
  app.out.erase(found);
  settle_all(app, lock, std::move(one), settlement);
  return true;
}

void PolledHub::tick(Nanoseconds now) {
  std::vector<Call> calls;
  {
    std::unique_lock lock(mutex_);
    for (auto& [name, app] : apps_) {
      std::erase_if(app.waiters, [&](Waiter& waiter) {
        if (waiter.wanted.until > now && !(waiter.wanted.gone && waiter.wanted.gone->load())) return false;
        calls.push_back({std::move(waiter.done), {}});
        return true;
      });
      std::vector<Delivery> late;
      for (auto at = app.out.begin(); at != app.out.end();) {
        if (at->second.until > now) {
          ++at;
          continue;
        }
        late.push_back(std::move(at->second.delivery));
        at = app.out.erase(at);
      }
      Settlement settlement;
      settlement.kind = Settlement::retry;
      settlement.reason =
          fmt::format("the app fetched the delivery and did not settle it within {} ms", app.visibility / 1'000'000);
      settle_all(app, lock, std::move(late), settlement);
    }
  }
  for (auto& call : calls) call.done(std::move(call.fetched));
}

void PolledHub::end_waits(const void* owner) {
  std::vector<Call> calls;
  {
    std::lock_guard lock(mutex_);
    for (auto& [name, app] : apps_)
      std::erase_if(app.waiters, [&](Waiter& waiter) {
        if (waiter.wanted.owner != owner) return false;
        calls.push_back({std::move(waiter.done), {}});
        return true;
      });
  }
  for (auto& call : calls) call.done(std::move(call.fetched));
}

std::unique_ptr<Target> make_polled_target(const TargetSettings& settings, AdapterContext context,
                                           std::shared_ptr<PolledHub> hub) {
  return std::make_unique<PolledTarget>(settings, std::move(context), std::move(hub));
}

}  // namespace simpul::http
