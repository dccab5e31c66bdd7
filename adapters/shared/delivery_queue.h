// The bounded queue between the bus and a target's own thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "bus/adapter.h"

namespace simpul {

struct WaitingQuestion {
  Question question;
  std::move_only_function<void(Answer)> done;
  std::chrono::steady_clock::time_point asked;
};

class DeliveryQueue {
 public:
  static constexpr std::size_t questions_limit = 256;

  explicit DeliveryQueue(std::size_t credit) : credit_(credit) {}

  void open();
  // What does not fit is settled at once, as retry.
  void push(std::vector<Delivery> deliveries);
  void push(Question question, std::move_only_function<void(Answer)> done);
  // Waits for work; questions come first. False when the queue is closed: nothing more will come.
  bool take(std::vector<Delivery>& deliveries, std::vector<WaitingQuestion>& questions, std::size_t most);
  // Settles what waits as retry, answers what was asked as failed, refuses what comes after.
  void close();

 private:
  const std::size_t credit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Delivery> deliveries_;
  std::deque<WaitingQuestion> questions_;
  bool closed_ = true;
};

void settle_retry(Delivery& delivery, std::string reason, bool unreachable = false);
void settle_park(Delivery& delivery, std::string reason);
void settle_delivered(Delivery& delivery);

}  // namespace simpul
