// From what is due to what is handed over: the event is read, questions are asked and their answers committed, the
// event is mapped, claims are committed. What must wait for somebody stands in Outlet::preparing meanwhile.
#include <fmt/format.h>

#include <algorithm>

#include "bus/dispatcher_outlet.h"
#include "bus/lookup.h"

namespace simpul {
namespace {

constexpr std::size_t recorded_limit = 1'000;  // lookups of one delivery that are looked at
constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds day = 24 * 3'600 * second;

std::string idempotency_key(const Event& event, const Due& due, const std::string& target) {
  // NUL cannot stand in any of them, so no two deliveries share a text.
  std::string text;
  for (std::string_view part : {event.source(), event.id(), std::string_view(due.route), std::string_view(target)}) {
    text.append(part);
    text.push_back('\0');
  }
  text += std::to_string(due.id.part);
  auto hash = sha256(text);
  return to_hex(std::span<const std::uint8_t>(hash).first(16));
}

bool may_pass(const Problem& why) {
  return why.code.starts_with("disk.") || why.code.starts_with("view.");
}

std::string words(const LookupRefusal& refusal) {
  return refusal.problems ? refusal.code + ": " + refusal.message : refusal.message;
}

}  // namespace

std::size_t Dispatcher::limit_of(const Outlet& outlet) {
  return std::min(outlet.concurrency, outlet.adapter->credit());
}

bool Dispatcher::may_begin(const Outlet& outlet) {
  return outlet.begun.size() < limit_of(outlet) && outlet.preparing.size() < preparing_limit;
}

void Dispatcher::begin_due(Outlet& outlet, Nanoseconds now) {
  std::vector<Delivery> deliveries;
  for (; !outlet.prepared.empty() && outlet.begun.size() < limit_of(outlet); outlet.prepared.pop_front())
    if (auto node = outlet.preparing.extract(outlet.prepared.front()))
      deliveries.push_back(hand_over(outlet, std::move(node.mapped())));
  // Mapping may park some at once, which makes room for others: bounded by what is in memory.
  for (int round = 0; round < 8 && deliveries.empty() && may_begin(outlet); ++round) {
    auto room = std::min(limit_of(outlet) - outlet.begun.size(), preparing_limit - outlet.preparing.size());
    auto due = outlet.lanes->due(now, room);
    if (due.empty()) break;
    for (const auto& one : due)
      if (auto delivery = begin(outlet, one)) deliveries.push_back(std::move(*delivery));
  }
  if (!deliveries.empty()) outlet.adapter->deliver(std::move(deliveries));
}

void Dispatcher::park(Outlet& outlet, const DeliveryId& id, std::string reason, std::uint32_t generation) {
  Lanes::Settled settled;
  settled.kind = Lanes::Settled::park;
  settled.reason = std::move(reason);
  settled.generation = generation;
  outlet.lanes->settle(id, std::move(settled), environment_.clock->steady());
  outlet.touched = true;
}

void Dispatcher::retry(Outlet& outlet, const DeliveryId& id, std::string reason, bool unreachable,
                       std::uint32_t generation) {
  Lanes::Settled settled;
  settled.kind = Lanes::Settled::retry;
  settled.reason = std::move(reason);
  settled.unreachable = unreachable;
  settled.generation = generation;
  outlet.lanes->settle(id, std::move(settled), environment_.clock->steady());
  outlet.touched = true;
}

void Dispatcher::unread(Outlet& outlet, const DeliveryId& id, std::string what, const Problem& why,
                        std::uint32_t generation) {
  auto reason = fmt::format("{}: {}", what, why.message);
  if (may_pass(why))
    retry(outlet, id, std::move(reason), true, generation);
  else
    park(outlet, id, std::move(reason), generation);
}

std::optional<Delivery> Dispatcher::begin(Outlet& outlet, const Due& due) {
  auto parked = [&](std::string reason, std::uint32_t number) {
    park(outlet, due.id, std::move(reason), number);
    return std::nullopt;
  };
  auto cached = event_at(due.id.position);
  if (!cached) {
    unread(outlet, due.id, "the event cannot be read from the log", cached.error(), 0);
    return std::nullopt;
  }
  Preparing preparing;
  preparing.due = due;
  preparing.event = (*cached)->event;
  preparing.number = (*cached)->generation;
  for (const auto& routed : (*cached)->routes) {
    if (routed.route != due.route || routed.target != outlet.name || routed.part != due.id.part) continue;
    if (!routed.reason.empty()) return parked(routed.reason, preparing.number);
    // Lanes let nothing begin before its time, but for what would have to wait too long.
    if (routed.not_before && *routed.not_before > environment_.clock->wall() + day)
      return parked(fmt::format("it must not begin before {}, which is more than {} days after it was entered",
                                format_time(*routed.not_before), until_limit / day),
                    preparing.number);
  }
  auto generation = this->generation(preparing.number);
  if (!generation) {
    unread(outlet, due.id, fmt::format("generation {} cannot be loaded", preparing.number), generation.error(),
           preparing.number);
    return std::nullopt;
  }
  preparing.generation = *generation;
  preparing.target = (*generation)->target_of(due.route, outlet.name);
  if (preparing.target == nullptr)
    return parked(fmt::format("generation {} has no route {} to {}", preparing.number, due.route, outlet.name),
                  preparing.number);
  auto questions = preparing.target->questions(*preparing.event, due.id.part);
  if (!questions) return parked(questions.error().message, preparing.number);
  if (!questions->empty()) {
    if (due.attempt > 1 || due.id.position < own_from_)
      if (auto known = recorded_answers(preparing, outlet.name); !known) {
        unread(outlet, due.id, "what lookups answered before cannot be read", known.error(), preparing.number);
        return std::nullopt;
      }
    std::erase_if(*questions,
                  [&](const EnrichmentQuestion& question) { return preparing.answers.contains(question.name); });
    if (!questions->empty()) {
      ask_questions(outlet, std::move(preparing), *questions);
      return std::nullopt;
    }
  }
  if (!map(outlet, preparing)) return std::nullopt;
  return hand_over(outlet, std::move(preparing));
}

// ---- enrichment ----------------------------------------------------------------------------------------

// What was recorded for this delivery, by an earlier attempt or before a restart; the first answer of a name counts.
Result<void> Dispatcher::recorded_answers(Preparing& preparing, const std::string& target) {
  const auto& id = preparing.due.id;
  LookupFor delivery{id.position, target, preparing.due.route, id.part, {}};
  auto found = view_.by_key(lookup_key(delivery, hash_), recorded_limit, id.position);
  if (!found) return std::unexpected(found.error());
  if (!found->empty() && !fetcher_) fetcher_ = log_.read(found->front().position);
  for (const auto& entry : *found) {
    fetcher_->seek(entry.position);
    auto record = fetcher_->next();
    if (!record) return std::unexpected(record.error());
    if (!*record || (*record)->position != entry.position || (*record)->kind != RecordKind::lookup) continue;
    auto body = decode_lookup((*record)->body);
    if (!body) return std::unexpected(body.error());
    if (body->enriched && body->asked_for)
      preparing.answers.try_emplace(body->asked_for->name, std::move(body->answer));
  }
  return {};
}

// Nothing is asked when one of the questions must not be. Answers come to the dispatcher's thread.
void Dispatcher::ask_questions(Outlet& outlet, Preparing preparing, const std::vector<EnrichmentQuestion>& questions) {
  struct Allowed {
    const EnrichmentQuestion* question;
    const Lookup* lookup;
  };
  std::vector<Allowed> allowed;
  for (const auto& question : questions) {
    auto lookup = lookup_for_app(*preparing.generation, outlet.name, question.lookup);
    auto refused = lookup ? refused_parameters(**lookup, question.parameters) : std::optional(lookup.error());
    if (refused)
      return park(outlet, preparing.due.id,
                  fmt::format("{} of this route cannot be asked: {}", question.name, words(*refused)),
                  preparing.number);
    allowed.push_back({&question, *lookup});
  }
  preparing.ticket = next_ticket_++;
  preparing.open = allowed.size();
  auto id = preparing.due.id;
  auto ticket = preparing.ticket;
  auto began = environment_.clock->steady();
  // Kept for as long as the generation that the lookups are part of.
  auto generation = preparing.generation;
  LookupFor delivery{id.position, outlet.name, preparing.due.route, id.part, {}};
  outlet.preparing[id] = std::move(preparing);
  for (const auto& each : allowed) {
    const auto& question = *each.question;
    auto body = lookup_body(*each.lookup, outlet.name, question.parameters, hash_);
    body.asked_for = delivery;
    body.asked_for->name = question.name;
    ask(each.lookup->app, question_of(*each.lookup, outlet.name, question.parameters),
        [this, generation, lookup = each.lookup, name = outlet.name, id, ticket, began,
         may_be_missing = question.may_be_missing, body = std::move(body)](Answer answer) mutable {
          auto* waiting = find_preparing(name, id, ticket);
          if (waiting == nullptr) return;
          body.took_ms = (environment_.clock->steady() - began) / 1'000'000;
          answered(*waiting, *lookup, may_be_missing, std::move(body), answer);
          if (waiting->open == 0) record_answers(name, *waiting);
        });
  }
}

Dispatcher::Preparing* Dispatcher::find_preparing(const std::string& target, const DeliveryId& id,
                                                  std::uint64_t ticket) {
  auto* outlet = find(target);
  if (outlet == nullptr) return nullptr;
  auto found = outlet->preparing.find(id);
  return found == outlet->preparing.end() || found->second.ticket != ticket ? nullptr : &found->second;
}

void Dispatcher::answered(Preparing& preparing, const Lookup& lookup, bool may_be_missing, LookupBody body,
                          const Answer& answer) {
  const auto& name = body.asked_for->name;
  std::string failed;
  if (answer.kind == Answer::found) {
    body.outcome = "answered";
    body.answer = allowed_fields(answer.body, lookup.fields);
    if (!body.answer)
      failed = fmt::format("{} answered with something that is not an object", lookup.app);
    else if (body.answer->size() > answer_limit_bytes)
      failed = fmt::format("{} answered with {} bytes, and at most {} are taken", lookup.app, body.answer->size(),
                           answer_limit_bytes);
    else if (*body.answer == "[]")
      body.outcome = "not_found";
  } else if (answer.kind == Answer::not_found) {
    body.outcome = "not_found";
  } else if (answer.kind == Answer::timed_out) {
    body.outcome = "timed_out";
    failed = fmt::format("{} did not answer in time", lookup.app);
  } else {
    failed = fmt::format("{} could not answer: {}", lookup.app, answer.reason);
  }
  if (!failed.empty()) {
    if (body.outcome != "timed_out") body.outcome = "failed";
    body.answer.reset();
    preparing.failed = fmt::format("{} of this route is not known: {}", name, failed);
  } else if (body.outcome == "not_found") {
    body.answer.reset();
    body.enriched = may_be_missing;
    if (!may_be_missing) {
      preparing.failed = fmt::format("{} of this route is not known: {} found nobody", name, lookup.app);
      preparing.park = true;
    }
  } else {
    body.enriched = true;
  }
  if (body.enriched) preparing.answers[name] = body.answer;
  --preparing.open;
  NewRecord record;
  record.kind = RecordKind::lookup;
  record.generation = preparing.number;
  record.type = body.enriched ? "lookup.enriched" : "lookup." + body.outcome;
  record.app = body.asked_for->target;
  record.keys.keys = {lookup_key(body.asked_for->position, hash_), lookup_key(*body.asked_for, hash_)};
  record.body = encode(body);
  preparing.records.push_back(std::move(record));
}

// What is not on record is not used.
void Dispatcher::record_answers(const std::string& target, Preparing& preparing) {
  log_.append(std::move(preparing.records), Urgency::reserve,
              [this, target, id = preparing.due.id, ticket = preparing.ticket](Result<Position> first) {
                post([this, target, id, ticket, first = std::move(first)] {
                  if (find_preparing(target, id, ticket) != nullptr) answers_recorded(*find(target), id, first);
                });
              });
}

void Dispatcher::answers_recorded(Outlet& outlet, const DeliveryId& id, const Result<Position>& first) {
  auto node = outlet.preparing.extract(id);
  auto& preparing = node.mapped();
  if (!first)
    return retry(outlet, id, "what lookups answered could not be recorded: " + first.error().message, false,
                 preparing.number);
  if (preparing.park) return park(outlet, id, std::move(preparing.failed), preparing.number);
  if (!preparing.failed.empty()) return retry(outlet, id, std::move(preparing.failed), false, preparing.number);
  if (!map(outlet, preparing)) return;
  outlet.preparing.insert(std::move(node));
  outlet.prepared.push_back(id);
}

// ---- mapping, claims, handing over ---------------------------------------------------------------------

// Mapped, into `preparing`. False: it was parked, or its claims must be committed first.
bool Dispatcher::map(Outlet& outlet, Preparing& preparing) {
  const auto& id = preparing.due.id;
  // The generation is the one that the event was admitted under: see begin().
  auto mapped = preparing.target->map(*preparing.event, id.part, EventOf::this_generation, preparing.answers);
  if (!mapped) {
    park(outlet, id, mapped.error().message, preparing.number);
    return false;
  }
  preparing.payload = std::move(mapped->payload);
  if (mapped->claims.empty()) return true;
  auto record = claims_.give(outlet.name, id.position, mapped->claims, preparing.number);
  if (!record) {
    unread(outlet, id, "its claims cannot be given", record.error(), preparing.number);
    return false;
  }
  if (!*record) return true;
  preparing.ticket = next_ticket_++;
  std::vector<NewRecord> records;
  records.push_back(std::move(**record));
  auto committed = [this, target = outlet.name, id, ticket = preparing.ticket](Result<Position> first) {
    post([this, target, id, ticket, first = std::move(first)] {
      auto* waiting = find_preparing(target, id, ticket);
      if (waiting == nullptr) return;
      auto& mine = *find(target);
      if (first) return mine.prepared.push_back(id);
      auto number = waiting->number;
      mine.preparing.erase(id);
      retry(mine, id, "its claims could not be recorded: " + first.error().message, false, number);
    });
  };
  outlet.preparing[id] = std::move(preparing);
  log_.append(std::move(records), Urgency::reserve, std::move(committed));
  return false;
}

Delivery Dispatcher::hand_over(Outlet& outlet, Preparing preparing) {
  const auto& due = preparing.due;
  const auto& event = *preparing.event;
  Delivery delivery;
  delivery.app = outlet.name;
  delivery.route = due.route;
  delivery.into = preparing.target->into();
  delivery.position = due.id.position;
  delivery.part = due.id.part;
  delivery.attempt = due.attempt;
  delivery.idempotency_key = idempotency_key(event, due, outlet.name);
  delivery.type = event.type();
  delivery.event_id = event.id();
  delivery.time = event.time();
  if (const auto* trace = event.attribute("traceparent"); trace != nullptr && trace->is_string())
    delivery.traceparent = trace->text();
  outlet.begun[due.id] = {to_hex(hash_.of(preparing.payload)), preparing.number};
  delivery.payload = std::move(preparing.payload);
  delivery.settle = [this, name = outlet.name, instance = outlet.instance, id = due.id](Settlement settlement) {
    {
      std::lock_guard lock(mutex_);
      settled_.push_back({name, instance, id, std::move(settlement)});
    }
    wake_.notify_one();
  };
  return delivery;
}

void Dispatcher::sweep_claims(Nanoseconds now) {
  if (now < sweep_claims_at_) return;
  sweep_claims_at_ = now + 10 * second;
  auto record = claims_.sweep();
  if (!record) return;
  std::vector<NewRecord> records;
  records.push_back(std::move(*record));
  log_.append(std::move(records), Urgency::publisher, [](Result<Position>) {});  // refused: the next pass finds them
}

}  // namespace simpul
