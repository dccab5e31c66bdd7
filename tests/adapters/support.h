// What tests of adapters share: folders that go away, YAML to an open source or target, deliveries and
// their settlements.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "bus/adapter.h"
#include "bus/base/environment.h"
#include "bus/base/yaml.h"
#include "tests/adapters/fake_intake.h"

namespace simpul::test {

class Folder {
 public:
  Folder() {
    static std::atomic<int> serial = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("simpul-adapters-" + std::to_string(::getpid()) + "-" + std::to_string(++serial));
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string path() const { return path_.string(); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    // In place with its whole content at once, as a careful program would.
    auto hidden = (path_ / name).parent_path() / (".write-" + (path_ / name).filename().string());
    std::ofstream(hidden, std::ios::binary) << text;
    std::filesystem::rename(hidden, path_ / name);
  }
  std::string read(const std::string& name) const {
    std::ifstream in(path_ / name, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }
  bool exists(const std::string& name) const { return std::filesystem::exists(path_ / name); }

 private:
  std::filesystem::path path_;
};

inline yaml::Node yaml_of(const std::string& text) {
  auto node = yaml::read(text, "test.yaml");
  if (!node) {
    ADD_FAILURE() << to_text(node.error());
    return {};
  }
  return *node;
}

inline AdapterContext context_of(const std::string& folder, const std::string& name = "app/source") {
  AdapterContext context;
  context.environment = system_environment();
  context.app = name.substr(0, name.find('/'));
  context.name = name;
  context.folder = folder;
  return context;
}

inline Problems problems_of_source(const AdapterSpec& spec, const std::string& text) {
  Problems problems;
  FieldContext fields{nullptr, &problems};
  spec.read_source(yaml_of(text), fields);
  return problems;
}

inline Problems problems_of_target(const AdapterSpec& spec, const std::string& text) {
  Problems problems;
  FieldContext fields{nullptr, &problems};
  spec.read_target(yaml_of(text), fields);
  return problems;
}

inline std::unique_ptr<Source> source_of(const AdapterSpec& spec, const std::string& text, const std::string& folder,
                                         Intake& intake, std::shared_ptr<void> shared = nullptr) {
  Problems problems;
  FieldContext fields{nullptr, &problems};
  auto config = spec.read_source(yaml_of(text), fields);
  EXPECT_TRUE(problems.empty()) << to_text(problems);
  auto context = context_of(folder);
  context.shared = std::move(shared);
  return config->open(std::move(context), intake);
}

inline std::unique_ptr<Target> target_of(const AdapterSpec& spec, const std::string& text, const std::string& folder,
                                         std::shared_ptr<void> shared = nullptr) {
  Problems problems;
  FieldContext fields{nullptr, &problems};
  auto config = spec.read_target(yaml_of(text), fields);
  EXPECT_TRUE(problems.empty()) << to_text(problems);
  auto context = context_of(folder, "app");
  context.shared = std::move(shared);
  return config->open(std::move(context));
}

// Collects settlements; each must come exactly once.
class Settlements {
 public:
  Delivery delivery(const std::string& key, const std::string& into, const std::string& payload,
                    std::uint32_t attempt = 1) {
    Delivery delivery;
    delivery.app = "app";
    delivery.route = "route";
    delivery.into = into;
    delivery.position = std::hash<std::string>{}(key) % 1'000'000;
    delivery.attempt = attempt;
    delivery.idempotency_key = key;
    delivery.type = "test.type.v1";
    delivery.event_id = key;
    delivery.time = "2026-11-22T03:00:00Z";
    delivery.payload = payload;
    delivery.settle = [this, key](Settlement settlement) {
      std::lock_guard lock(mutex_);
      settled_[key].push_back(std::move(settlement));
      ++count_;
      changed_.notify_all();
    };
    return delivery;
  }
  bool wait(std::size_t count, std::chrono::seconds limit = std::chrono::seconds(20)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return count_ >= count; });
  }
  std::size_t count() {
    std::lock_guard lock(mutex_);
    return count_;
  }
  std::vector<Settlement> of(const std::string& key) {
    std::lock_guard lock(mutex_);
    return settled_[key];
  }
  // Delivers one and waits for its answer.
  Settlement one(Target& target, const std::string& key, const std::string& into, const std::string& payload,
                 std::uint32_t attempt = 1) {
    auto before = of(key).size();
    std::vector<Delivery> deliveries;
    deliveries.push_back(delivery(key, into, payload, attempt));
    target.deliver(std::move(deliveries));
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), [&] { return settled_[key].size() > before; })) {
      ADD_FAILURE() << "the delivery " << key << " was not settled";
      return {};
    }
    return settled_[key].back();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::vector<Settlement>> settled_;
  std::size_t count_ = 0;
};

// Asks and waits for the answer.
inline Answer ask(Target& target, Question question) {
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Answer> answer;
  };
  auto shared = std::make_shared<Shared>();
  target.ask(std::move(question), [shared](Answer answer) {
    std::lock_guard lock(shared->mutex);
    shared->answer = std::move(answer);
    shared->changed.notify_all();
  });
  std::unique_lock lock(shared->mutex);
  if (!shared->changed.wait_for(lock, std::chrono::seconds(20), [&] { return shared->answer.has_value(); })) {
    ADD_FAILURE() << "no answer came";
    return {Answer::failed, {}, "none"};
  }
  return *shared->answer;
}

}  // namespace simpul::test
