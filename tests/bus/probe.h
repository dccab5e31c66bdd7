// A city in a temporary folder, run by the real bus, whose applications are probes: they note what they
// are handed and answer as the test says.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "bus/bus.h"

namespace simpul {

inline const std::string nik_a = "3671015207909001";
inline const std::string nik_b = "3671015207909002";

// What all probes share: deliveries taken, and how each app answers.
class ProbeHub {
 public:
  using Answering = std::function<Settlement(const Delivery&)>;

  void answer(const std::string& app, Answering how) {
    std::lock_guard lock(mutex_);
    answers_[app] = std::move(how);
  }
  Settlement take(const Delivery& delivery) {
    std::lock_guard lock(mutex_);
    auto how = answers_.find(delivery.app);
    auto settlement = how == answers_.end() ? Settlement{} : how->second(delivery);
    attempts_[delivery.app].push_back(delivery.payload);
    keys_[delivery.app].push_back(delivery.idempotency_key);
    if (settlement.kind == Settlement::delivered) taken_[delivery.app].push_back(delivery.payload);
    changed_.notify_all();
    return settlement;
  }
  // From now on the app keeps what it is handed, and gives it back when it is stopped.
  void keep(const std::string& app, bool whether) {
    std::lock_guard lock(mutex_);
    if (whether)
      keeps_.insert(app);
    else
      keeps_.erase(app);
  }
  bool keeps(const Delivery& delivery) {
    std::lock_guard lock(mutex_);
    if (!keeps_.contains(delivery.app)) return false;
    attempts_[delivery.app].push_back(delivery.payload);
    changed_.notify_all();
    return true;
  }
  // Waits until an app has taken so many; what it has then.
  std::vector<std::string> taken(const std::string& app, std::size_t count) { return wait_for(taken_, app, count); }
  std::vector<std::string> attempts(const std::string& app, std::size_t count) {
    return wait_for(attempts_, app, count);
  }
  std::vector<std::string> idempotency_keys(const std::string& app) {
    std::lock_guard lock(mutex_);
    return keys_[app];
  }
  using Reply = std::move_only_function<void(Answer)>;
  Answer reply;  // to lookups
  // From now on lookups are answered so, instead.
  void answer_lookups(std::function<void(const Question&, Reply)> how) {
    std::lock_guard lock(mutex_);
    answer_lookup_ = std::move(how);
  }
  void ask(Question question, Reply done) {
    std::function<void(const Question&, Reply)> how;
    {
      std::lock_guard lock(mutex_);
      how = answer_lookup_;
      ++asked_;
      changed_.notify_all();
    }
    if (how)
      how(question, std::move(done));
    else
      done(reply);
  }
  // Waits until so many lookups were asked; how many there were then.
  std::size_t asked(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return asked_ >= count; });
    return asked_;
  }

 private:
  std::vector<std::string> wait_for(std::map<std::string, std::vector<std::string>>& of, const std::string& app,
                                    std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return of[app].size() >= count; });
    return of[app];
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Answering> answers_;
  std::set<std::string> keeps_;
  std::function<void(const Question&, Reply)> answer_lookup_;
  std::size_t asked_ = 0;
  std::map<std::string, std::vector<std::string>> taken_, attempts_, keys_;
};

struct ProbeFields {
  std::string note;
};

class ProbeTarget : public Target {
 public:
  explicit ProbeTarget(ProbeHub& hub) : hub_(hub) {}
  Result<void> start() override { return {}; }
  void stop() override {
    for (auto& delivery : kept_) delivery.settle(Settlement{Settlement::retry, "stopping", "", std::nullopt, false});
    kept_.clear();
  }
  void deliver(std::vector<Delivery> deliveries) override {
    for (auto& delivery : deliveries) {
      if (hub_.keeps(delivery))
        kept_.push_back(std::move(delivery));
      else
        delivery.settle(hub_.take(delivery));
    }
  }
  void ask(Question question, std::move_only_function<void(Answer)> done) override {
    hub_.ask(std::move(question), std::move(done));
  }

 private:
  ProbeHub& hub_;
  std::vector<Delivery> kept_;
};

class ProbeConfig : public TargetConfig {
 public:
  explicit ProbeConfig(ProbeHub& hub) : hub_(hub) {}
  std::unique_ptr<Target> open(AdapterContext) const override { return std::make_unique<ProbeTarget>(hub_); }

 private:
  ProbeHub& hub_;
};

inline AdapterTable probe_adapters(ProbeHub& hub) {
  static const auto fields = Fields<ProbeFields>("probe").text("note", &ProbeFields::note, {.help = "Anything"});
  AdapterSpec spec;
  spec.name = "probe";
  spec.summary = "Notes what it is handed";
  spec.target_fields = fields.descriptions();
  spec.read_target = [&hub](const yaml::Node& node, FieldContext& context) {
    (void)fields.read(node, context);
    return std::make_unique<ProbeConfig>(hub);
  };
  return {spec};
}

// The system's clock, which a test may set.
class SetClock : public Clock {
 public:
  Nanoseconds wall() const override { return system_environment().clock->wall() + ahead; }
  Nanoseconds steady() const override { return system_environment().clock->steady(); }
  std::atomic<Nanoseconds> ahead = 0;
};

class CityTest : public testing::Test {
 protected:
  void SetUp() override {
    environment_.clock = &clock_;
    std::array<std::byte, 8> random;
    system_environment().random->fill(random);
    folder_ = std::filesystem::temp_directory_path() /
              ("simpul-bus-" + to_hex(std::span(reinterpret_cast<const std::uint8_t*>(random.data()), 8)));
    write("config/simpul.yaml",
          "city: Kota Uji\nsource: urn:uji\nlog: { folder: var/log, segment_mebibytes: 8, reserve_mebibytes: 8, "
          "free_floor_mebibytes: 16 }\n"
          "control: { socket: var/simpul.sock }\nlisten: {}\n");
    write("config/people/siti.yaml",
          "person: siti\ntitle: Siti\nroles: [operator, integrator]\ncleared: none\nunix_users: [siti]\n");
    write("config/people/rahmat.yaml",
          "person: rahmat\ntitle: Rahmat\nroles: [auditor]\ncleared: general\nunix_users: [rahmat]\n");
    write("config/apps/siak.yaml",
          "app: siak\ntitle: SIAK\nowner: disdukcapil\npublishes: [warga.alamat.diubah.v1]\ntarget:\n  probe: {}\n");
    write_app("pajak");
    write_app("rsud");
    write("config/lookups/warga.yaml",
          "lookup: warga\ndescription: who lives where\napp: siak\nparameters: { nik: { format: nik } }\nfields: [nik, "
          "alamat]\npersonal: general\n"
          "purpose: verifikasi\nlegal_basis: UU27/2022:20(2)e\ntimeout_ms: 2000\n");
    write(
        "schemas/events/warga.alamat.diubah.v1.json",
        R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["nik","alamat"],"additionalProperties":false,
              "properties":{"nik":{"type":"string","format":"nik","x-personal-data":"general"},"alamat":{"type":"string","maxLength":100,"x-personal-data":"general"},
              "nilai":{"type":"integer"}}})");
    write(
        "schemas/apps/alamat.json",
        R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["nik","alamat"],"additionalProperties":false,
              "properties":{"nik":{"type":"string","x-personal-data":"general"},"alamat":{"type":"string","x-personal-data":"general"}}})");
    write_route("rsud, pajak");
    open();
  }
  void TearDown() override {
    bus_.reset();
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }

  void write(const std::string& path, const std::string& text) {
    auto full = folder_ / path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full, std::ios::binary) << text;
  }
  void write_app(const std::string& name, const std::string& more = {}, const std::string& note = {}) {
    write("config/apps/" + name + ".yaml",
          "app: " + name + "\ntitle: " + name + "\nowner: " + name +
              "\nreceives: [warga.alamat.diubah.v1]\nasks: [warga]\ncleared: general\n"
              "purpose: uji\nlegal_basis: UU27/2022:20(2)e\nretry: { attempts: 3, first_ms: 10, limit_ms: 20 }\n"
              "target:\n  probe: { note: \"" +
              note + "\" }\naccepts: { default: apps/alamat }\n" + more);
  }
  // To each of these, separated by ", ".
  void write_route(const std::string& apps) {
    std::string text = "route: alamat\ndescription: a new address\non: warga.alamat.diubah.v1\nkey: data.nik\nto:\n";
    for (std::size_t at = 0; at < apps.size();) {
      auto end = std::min(apps.find(", ", at), apps.size());
      text += "  - app: " + apps.substr(at, end - at) + "\n    map: { nik: data.nik, alamat: data.alamat }\n";
      at = end + 2;
    }
    write("routes/alamat.yaml", text);
  }
  void open() {
    BusOptions options;
    options.folder = folder_;
    options.adapters = probe_adapters(hub_);
    options.environment = environment_;
    auto bus = Bus::open(std::move(options));
    ASSERT_TRUE(bus) << to_text(bus.error());
    bus_ = std::move(*bus);
  }
  void restart() {
    bus_->stop(std::chrono::milliseconds(100));
    bus_.reset();
    open();
  }
  static std::string event(const std::string& id, const std::string& nik, const std::string& address) {
    return R"({"specversion":"1.0","id":")" + id +
           R"(","source":"urn:uji:siak","type":"warga.alamat.diubah.v1","data":{"nik":")" + nik + R"(","alamat":")" +
           address + R"("}})";
  }
  static std::string payload(const std::string& nik, const std::string& address) {
    return R"({"nik":")" + nik + R"(","alamat":")" + address + R"("})";
  }
  std::vector<Verdict> publish(std::vector<std::string> events) {
    std::promise<std::vector<Verdict>> promise;
    auto future = promise.get_future();
    bus_->admission().publish("siak", std::move(events),
                              [&](std::vector<Verdict> verdicts) { promise.set_value(std::move(verdicts)); });
    return future.get();
  }
  ControlAnswer control(const std::string& person, const std::string& command, const std::string& arguments = "{}") {
    return bus_->control(*bus_->person(person), command, arguments);
  }
  // Waits until the command's answer says so.
  bool control_says(const std::string& person, const std::string& command, const std::string& arguments,
                    const std::string& words) {
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < deadline) {
      if (control(person, command, arguments).body.find(words) != std::string::npos) return true;
      std::this_thread::yield();
    }
    return false;
  }
  ControlAnswer lookup(const std::string& app, const std::string& parameters) {
    std::promise<ControlAnswer> promise;
    auto future = promise.get_future();
    Identity identity;
    identity.app = app;
    bus_->lookup(identity, "warga", parameters, [&](ControlAnswer answer) { promise.set_value(std::move(answer)); });
    return future.get();
  }
  std::vector<std::string> bodies(RecordKind kind) {
    std::vector<std::string> all;
    auto reader = bus_->log().read(0);
    for (;;) {
      auto record = reader->next();
      if (!record || !*record) return all;
      if ((*record)->kind == kind) all.emplace_back((*record)->body);
    }
  }

  std::filesystem::path folder_;
  SetClock clock_;
  Environment environment_ = system_environment();
  ProbeHub hub_;
  std::unique_ptr<Bus> bus_;
};

}  // namespace simpul
