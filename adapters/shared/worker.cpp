#include "adapters/shared/worker.h"

#include <algorithm>

#include "bus/base/telemetry.h"

namespace simpul {

void Worker::start(std::function<void()> run) {
  stop();
  stopping_ = false;
  woken_ = false;
  thread_ = std::thread(std::move(run));
}

void Worker::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Worker::wait_for(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [this] { return stopping_ || woken_; });
  woken_ = false;
  return stopping_;
}

void Worker::wake() {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

void Trouble::report(const std::string& text) {
  ++tries_;
  if (text == said_) return;
  said_ = text;
  say(Level::warning, signal_, name_ + ": " + text);
}

void Trouble::over() {
  if (!said_.empty()) say(Level::info, signal_, name_ + ": works again");
  said_.clear();
  tries_ = 0;
}

std::chrono::milliseconds Trouble::pause() const {
  return std::min(std::chrono::milliseconds(30'000), std::chrono::milliseconds(200ll << std::min(tries_, 8u)));
}

std::string resolve_path(const std::string& folder, const std::string& path) {
  if (path.empty() || path.front() == '/' || folder.empty()) return path;
  return folder.back() == '/' ? folder + path : folder + "/" + path;
}

}  // namespace simpul
