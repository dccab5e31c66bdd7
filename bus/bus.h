// The bus, wired: opens log and view, compiles the deployment, starts what it names, reloads, stops.
//
// Threads: the log's writer, the view's indexer, the dispatcher, the adapters' own, one for operators'
// commands, and that of the control socket. Public functions are safe from any thread unless said otherwise.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bus/adapter.h"
#include "bus/admission.h"
#include "bus/base/result.h"
#include "bus/claims.h"
#include "bus/control/credentials.h"
#include "bus/deployment.h"
#include "bus/dispatcher.h"
#include "bus/log/log.h"
#include "bus/log/view.h"

namespace simpul {

struct BusOptions {
  std::string folder;  // of the deployment
  AdapterTable adapters;
  Environment environment;
  bool serve = true;  // false: log, view and configuration only, for offline commands
};

// Who asks for something: a person by name, or the bus itself (its own start, a signal).
struct Actor {
  std::string name;
  unsigned roles = 0;  // PersonRole bits
  PersonalData cleared = PersonalData::none;
};

class Bus {
 public:
  // Recovers, checks the configuration, and starts everything. On a problem nothing runs.
  static Checked<std::unique_ptr<Bus>> open(BusOptions options);
  ~Bus();

  // Stops taking, finishes, flushes. Once.
  void stop(std::chrono::milliseconds grace = std::chrono::seconds(3));

  // Reads the configuration again. A bad one leaves the running one as it is. Returns the number that serves.
  Checked<std::uint32_t> reload(const Actor& actor);

  // An operator's command, see control/control.h.
  ControlAnswer control(const Actor& actor, const std::string& command, const std::string& arguments);
  // Who a Unix user is: a person with that user in its file; none when no person has it.
  std::optional<Actor> person_of_user(const std::string& unix_user) const;
  std::optional<Actor> person(const std::string& name) const;

  // A lookup, asked by an app or a person; recorded before the answer goes out.
  void lookup(const Identity& asker, const std::string& name, std::string parameters,
              std::move_only_function<void(ControlAnswer)> done);

  // The bytes of a large text that the app was given a claim on, or a problem. Blocks.
  ControlAnswer claim(const std::string& app, const std::string& sha256);

  // Commits a record of the bus itself (an act, an access) and waits.
  Result<Position> record(RecordKind kind, const std::string& type, const std::string& body);
  Result<Position> record_act(const Actor& actor, const std::string& act, const std::string& reason,
                              const std::string& detail_json);

  Log& log() { return *log_; }
  View& view() { return *view_; }
  const KeyedHash& hash() const { return *hash_; }
  Admission& admission() { return *admission_; }
  Dispatcher& dispatcher() { return *dispatcher_; }
  Credentials& credentials() { return *credentials_; }
  Serving serving() const { return admission_->serving(); }
  const Environment& environment() const { return options_.environment; }
  const BusOptions& options() const { return options_; }
  const std::string& log_folder() const { return log_folder_; }
  bool ready() const { return ready_; }
  bool healthy() const;
  Nanoseconds started_at() const { return started_at_; }
  std::vector<std::string> addresses() const;
  // The generation of a number, from memory or from the log.
  Result<std::shared_ptr<const Generation>> generation(std::uint32_t number);

 private:
  class SourceIntake;
  class BusGateway;
  struct RunningSource {
    std::unique_ptr<Intake> intake;
    std::unique_ptr<Source> source;
    std::string fingerprint;
  };
  struct RunningEndpoint {
    std::unique_ptr<Endpoint> endpoint;
    std::string fingerprint;
  };

  explicit Bus(BusOptions options);
  Checked<void> open_store(const BusSettings& settings);
  Checked<std::uint32_t> accept_generation(const std::shared_ptr<const Deployment>& deployment);
  Checked<void> start_serving();
  Checked<void> open_endpoint(const std::string& name, const Deployment& deployment);
  Checked<void> apply_endpoints(const Deployment& deployment);
  Checked<void> apply_targets(const Deployment& deployment, Position from);
  void remove_targets(const Serving& before);
  Checked<void> apply_sources(const Deployment& deployment);
  Checked<void> refuse_removed_targets(const Deployment& deployment);
  Checked<void> refuse_targets_lost_while_down(const Deployment& deployment);
  Result<std::shared_ptr<const Generation>> newest_generation();
  Result<bool> something_waits(const std::string& target);
  AdapterContext context(const std::string& adapter, const std::string& app, const std::string& name) const;
  void run_commands();

  BusOptions options_;
  std::string log_folder_;
  std::shared_ptr<const KeyedHash> hash_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<View> view_;
  std::unique_ptr<Credentials> credentials_;
  std::unique_ptr<Admission> admission_;
  std::unique_ptr<Claims> claims_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<BusGateway> gateway_;
  std::map<std::string, std::shared_ptr<void>> shared_;  // by adapter
  std::map<std::string, RunningSource> sources_;
  std::map<std::string, RunningEndpoint> endpoints_;
  std::map<std::string, std::string> target_fingerprints_;
  mutable std::mutex reload_mutex_;  // one reload at a time; guards the three maps above
  std::mutex generations_mutex_;
  std::map<std::uint32_t, std::shared_ptr<const Generation>> generations_;
  std::atomic<bool> ready_ = false;
  std::atomic<bool> stopping_ = false;
  bool stopped_ = false;
  bool generation_waits_ = false;  // offline, and the files on disk are not those that served last
  Nanoseconds started_at_ = 0;

  // Operators' commands from transports that must not block.
  std::mutex commands_mutex_;
  std::condition_variable commands_wake_;
  std::deque<std::move_only_function<void()>> commands_;
  bool commands_stop_ = false;
  std::thread commands_thread_;
};

}  // namespace simpul
