// Targets whose app calls the bus: deliveries wait in a hub, bounded by the target's credit, until the app
// fetches them at the endpoint and says what became of each.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/settings.h"
#include "bus/adapter.h"

namespace simpul::http {

// Between the polled targets and the endpoints of one running bus. Safe from any thread; calls settle and
// fetch callbacks without a lock held.
class PolledHub {
 public:
  struct Fetched {
    std::string token;
    std::string app, route, into, idempotency_key, type, event_id, time, traceparent, payload;
    std::uint64_t position = 0;
    std::uint32_t part = 0, attempt = 1;
  };
  using Fetch = std::move_only_function<void(std::vector<Fetched>)>;
  struct Wanted {
    std::size_t limit = 1;                    // deliveries
    std::size_t limit_bytes = 0;              // of payloads; one is given in any case
    Nanoseconds until = 0;                    // steady time; waits no longer than this
    std::shared_ptr<std::atomic<bool>> gone;  // set when nobody listens any more
    const void* owner = nullptr;
  };

  // --- the target's side ---
  void open(const std::string& app, Environment environment, std::chrono::milliseconds visibility);
  // Everything of the app goes back to the bus; returns when no settle of it is running.
  void close(const std::string& app);
  void put(const std::string& app, std::vector<Delivery> deliveries);

  // --- the endpoint's side ---
  bool knows(const std::string& app);
  // `done` is called once: with deliveries, or with none when the time is over.
  void fetch(const std::string& app, Wanted wanted, Fetch done);
  // False: no such delivery is out, or its time was over.
  bool settle(const std::string& app, const std::string& token, Settlement settlement);
  // Ends waits and visibility that are over.
  void tick(Nanoseconds steady_now);
  // Ends every wait of one owner.
  void end_waits(const void* owner);

 private:
  struct Out {
    Delivery delivery;
    Nanoseconds until = 0;
  };
  struct Waiter {
    Wanted wanted;
    Fetch done;
  };
  struct App {
    Environment environment;
    Nanoseconds visibility = 0;
    std::deque<Delivery> waiting;
    std::map<std::string, Out> out;
    std::deque<Waiter> waiters;
    int settling = 0;
    bool open = false;
  };
  struct Call {
    Fetch done;
    std::vector<Fetched> fetched;
  };
  std::vector<Fetched> take(App& app, const Wanted& wanted);
  void serve(App& app, std::vector<Call>& calls);
  void settle_all(App& app, std::unique_lock<std::mutex>& lock, std::vector<Delivery> deliveries,
                  const Settlement& settlement);

  std::mutex mutex_;
  std::condition_variable settled_;
  std::map<std::string, App> apps_;
};

std::unique_ptr<Target> make_polled_target(const TargetSettings& settings, AdapterContext context,
                                           std::shared_ptr<PolledHub> hub);

}  // namespace simpul::http
