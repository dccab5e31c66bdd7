// The city that is measured: one application that publishes, applications that receive, one event type of
// 1 KiB with a schema of some twenty rules, one route with one condition.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bus/bus.h"

namespace simpul::bench {

struct CityOptions {
  std::string folder;
  int targets = 1;                                         // applications that the route names
  bool wanted = true;                                      // does the route's condition hold for the events?
  bool http = false;                                       // listens on a free port of loopback
  std::size_t concurrency = 256;                           // of each target
  std::function<Settlement(const Delivery&)> answer = {};  // empty: delivered
};

class City {
 public:
  static Result<std::unique_ptr<City>> open(CityOptions options);

  Bus& bus() { return *bus_; }
  std::uint64_t delivered() const { return delivered_; }
  bool wait_delivered(std::uint64_t count, std::chrono::seconds limit);
  Result<std::string> key();  // an API key of the publisher
  std::uint16_t port() const;
  void stop();
  void close() { bus_.reset(); }  // as it is: nothing is stopped cleanly by the caller

 private:
  explicit City(CityOptions options) : options_(std::move(options)) {}
  Result<void> write() const;
  CityOptions options_;
  std::atomic<std::uint64_t> delivered_ = 0;
  std::unique_ptr<Bus> bus_;
  friend class NullTarget;
};

inline constexpr std::size_t event_bytes = 1024;
inline constexpr const char* publisher = "siak";
inline constexpr const char* event_type = "warga.alamat.diubah.v1";
// "penerima-1" …
std::string target_name(int number);

// Makes events of exactly event_bytes; the same number gives the same event.
class EventMaker {
 public:
  EventMaker();
  const std::string& make(std::uint64_t number);  // lives until the next call
  static std::uint64_t number_of(std::string_view id);

 private:
  std::string text_;
  std::size_t id_at_ = 0, nik_at_ = 0;
};

// Publishes events with a bounded number of them unanswered.
class Publishing {
 public:
  Publishing(Bus& bus, std::size_t limit) : bus_(bus), limit_(limit) {}
  void publish(std::vector<std::string> events);  // waits while too many are unanswered
  void wait();                                    // until all are answered
  std::uint64_t accepted() const { return accepted_; }
  std::uint64_t others() const { return others_; }
  const std::string& why() const { return why_; }  // of the first other

 private:
  Bus& bus_;
  std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t open_ = 0;
  std::uint64_t accepted_ = 0, others_ = 0;
  std::string why_;
};

Nanoseconds steady_now();
double seconds_since(Nanoseconds begin);
Result<void> write_file(const std::string& path, const std::string& text);

}  // namespace simpul::bench
