// A thread of an adapter's own that can be asked to stop and waits without holding up the stop.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace simpul {

class Worker {
 public:
  ~Worker() { stop(); }
  // `run` returns soon after stopping() turns true.
  void start(std::function<void()> run);
  // Returns when `run` has returned. Any number of times.
  void stop();
  bool stopping() const { return stopping_; }
  // True when the worker is to stop; else the time has passed or wake() was called.
  bool wait_for(std::chrono::milliseconds time);
  void wake();

 private:
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> stopping_ = false;
  bool woken_ = false;
};

// Trouble that lasts is said once, when it begins or changes, and once more when it is over.
class Trouble {
 public:
  Trouble(std::string signal, std::string name) : signal_(std::move(signal)), name_(std::move(name)) {}
  void report(const std::string& text);
  void over();
  // How long to wait before the next try: doubles from 200 ms to 30 s while the trouble lasts.
  std::chrono::milliseconds pause() const;

 private:
  std::string signal_, name_, said_;
  unsigned tries_ = 0;
};

// A path of a field: relative ones start at the deployment's folder.
std::string resolve_path(const std::string& folder, const std::string& path);

}  // namespace simpul
