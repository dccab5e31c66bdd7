#include "adapters/shared/delivery_queue.h"

namespace simpul {

void DeliveryQueue::open() {
  std::lock_guard lock(mutex_);
  closed_ = false;
}

void DeliveryQueue::push(std::vector<Delivery> deliveries) {
  std::vector<Delivery> refused;
  bool closed = false;
  {
    std::lock_guard lock(mutex_);
    closed = closed_;
    for (auto& delivery : deliveries) {
      if (closed_ || deliveries_.size() >= credit_)
        refused.push_back(std::move(delivery));
      else
        deliveries_.push_back(std::move(delivery));
    }
  }
  changed_.notify_one();
  for (auto& delivery : refused)
    settle_retry(delivery, closed ? "the target is not running" : "the target has more to do than it takes at once");
}

void DeliveryQueue::push(Question question, std::move_only_function<void(Answer)> done) {
  std::string reason;
  {
    std::lock_guard lock(mutex_);
    if (closed_)
      reason = "the application's adapter is not running";
    else if (questions_.size() >= questions_limit)
      reason = "too many questions wait for the application already; ask again later";
    else
      questions_.push_back({std::move(question), std::move(done), std::chrono::steady_clock::now()});
  }
  if (reason.empty()) {
    changed_.notify_one();
    return;
  }
  done(Answer{Answer::failed, {}, std::move(reason)});
}

bool DeliveryQueue::take(std::vector<Delivery>& deliveries, std::vector<WaitingQuestion>& questions, std::size_t most) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || !deliveries_.empty() || !questions_.empty(); });
  if (closed_) return false;
  while (!questions_.empty()) {
    questions.push_back(std::move(questions_.front()));
    questions_.pop_front();
  }
  while (!deliveries_.empty() && deliveries.size() < most) {
    deliveries.push_back(std::move(deliveries_.front()));
    deliveries_.pop_front();
  }
  return true;
}

void DeliveryQueue::close() {
  std::deque<Delivery> deliveries;
  std::deque<WaitingQuestion> questions;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    deliveries.swap(deliveries_);
    questions.swap(questions_);
  }
  changed_.notify_all();
  for (auto& delivery : deliveries) settle_retry(delivery, "the target is stopping");
  for (auto& waiting : questions) waiting.done(Answer{Answer::failed, {}, "the application's adapter is stopping"});
}

void settle_retry(Delivery& delivery, std::string reason, bool unreachable) {
  Settlement settlement;
  settlement.kind = Settlement::retry;
  settlement.reason = std::move(reason);
  settlement.unreachable = unreachable;
  delivery.settle(std::move(settlement));
}

void settle_park(Delivery& delivery, std::string reason) {
  Settlement settlement;
  settlement.kind = Settlement::park;
  settlement.reason = std::move(reason);
  delivery.settle(std::move(settlement));
}

void settle_delivered(Delivery& delivery) {
  delivery.settle(Settlement{});
}

}  // namespace simpul
