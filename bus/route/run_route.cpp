#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "bus/route/route_program.h"

namespace simpul {
namespace {

// Memory of one evaluation, kept by each thread for the next: routing allocates nothing that it gives back.
struct Scratch {
  json::Arena arena;
  std::vector<const json::Value*> slots;
  std::vector<json::Value> values;
};

Scratch& scratch() {
  static thread_local Scratch kept;
  return kept;
}

using Words = std::expected<void, std::string>;  // why something could not be evaluated

std::string cannot(std::string_view what, const PlacedExpression& expression, std::string_view why) {
  const auto& place = expression.place;
  return fmt::format("{} ({}:{}:{}) cannot be evaluated: {}", what, place.file, place.start.line, place.start.column,
                     why);
}

// An event in the slots of a program.
class Frame {
 public:
  Frame(const RouteProgram& program, const Event& event) : program_(program), memory_(scratch()) {
    auto& [arena, slots, values] = memory_;
    arena.reset();
    values.clear();
    values.reserve(5 + program.lets.size());  // pointers into it stay good
    slots.clear();
    for (auto text : {event.id(), event.source(), event.type(), event.subject(), event.time()}) {
      values.push_back(json::Value::view_string(text));
      slots.push_back(text.empty() ? nullptr : &values.back());
    }
    slots.push_back(event.data());
  }

  // False when the route's condition says no.
  std::expected<bool, std::string> wanted() const { return test(program_.when, "the route's `when`"); }

  Words lets() {
    for (const auto& [name, let] : program_.lets) {
      auto value = let.expression->evaluate(memory_.slots, memory_.arena);
      if (!value) return std::unexpected(cannot("let " + name, let, value.error().message));
      memory_.values.push_back(value->value);
      memory_.slots.push_back(value->absent ? nullptr : &memory_.values.back());
    }
    return {};
  }

  std::expected<bool, std::string> test(const PlacedExpression& condition, std::string_view what) const {
    if (!condition) return true;
    auto verdict = condition.expression->test(memory_.slots, memory_.arena);
    if (!verdict) return std::unexpected(cannot(what, condition, verdict.error().message));
    return *verdict;
  }

  std::expected<std::span<const json::Value>, std::string> list(const PlacedExpression& each) const {
    auto value = each.expression->evaluate(memory_.slots, memory_.arena);
    if (!value) return std::unexpected(cannot("`each`", each, value.error().message));
    if (value->absent) return std::span<const json::Value>();
    if (!value->value.is_array()) return std::unexpected(cannot("`each`", each, "it gives no list"));
    if (value->value.size() > parts_limit)
      return std::unexpected(cannot("`each`", each,
                                    fmt::format("its list has {} items, and at most {} are delivered of one event",
                                                value->value.size(), parts_limit)));
    return value->value.items();
  }

  void push_item(const json::Value& item) { memory_.slots.push_back(&item); }
  void pop_item() { memory_.slots.pop_back(); }

  // Calls `take` with every key.
  template <class Take>
  Words keys(const std::vector<PlacedExpression>& expressions, Take take) const {
    std::size_t count = 0;
    for (const auto& key : expressions) {
      auto value = key.expression->evaluate(memory_.slots, memory_.arena);
      if (!value) return std::unexpected(cannot("the key", key, value.error().message));
      if (value->absent || value->value.is_null()) return std::unexpected(cannot("the key", key, "there is no value"));
      auto single = std::span(&value->value, 1);
      auto all = value->value.is_array() ? value->value.items() : single;
      if (all.empty()) return std::unexpected(cannot("the key", key, "its list is empty"));
      for (const auto& one : all) {
        if (!one.is_string() && !one.is_number())
          return std::unexpected(cannot("the key", key, "it gives neither text nor a number"));
        if (one.text().empty()) return std::unexpected(cannot("the key", key, "it is empty"));
        if (++count > keys_limit)
          return std::unexpected(cannot("the key", key, fmt::format("there are more than {} keys", keys_limit)));
        take(one.text());
      }
    }
    return {};
  }

  std::span<const json::Value* const> slots() const { return memory_.slots; }
  json::Arena& arena() { return memory_.arena; }

 private:
  const RouteProgram& program_;
  Scratch& memory_;
};

void add_once(std::vector<Hash128>& keys, const Hash128& key) {
  if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
}

class Router {
 public:
  Router(const RouteProgram& program, const Event& event, KeyHashes& hashes, Generation::Routing& routing)
      : program_(program), frame_(program, event), hashes_(hashes), routing_(routing) {}

  void run() {
    auto wanted = frame_.wanted();
    if (wanted && !*wanted) return;
    Words ready = wanted ? frame_.lets() : Words(std::unexpected(wanted.error()));
    for (const auto& target : program_.targets) {
      auto before = routing_.routes.size();
      auto routed = ready ? this->target(target) : ready;
      if (routed) continue;
      routing_.routes.resize(before);
      routing_.routes.push_back({target.label, target.app, target.first_part, {hashes_.identity()}, routed.error(), 0, {}});
      routing_.unroutable.push_back({target.label, target.app, std::move(routed.error())});
    }
  }

 private:
  Words target(const TargetProgram& target) {
    auto wanted = frame_.test(target.when, "`when`");
    if (!wanted) return std::unexpected(std::move(wanted.error()));
    if (!*wanted) return {};
    if (!target.each) return part(target, 0);
    auto items = frame_.list(target.each);
    if (!items) return std::unexpected(std::move(items.error()));
    for (std::size_t i = 0; i < items->size(); ++i) {
      frame_.push_item((*items)[i]);
      auto fits = frame_.test(target.where, "`where`");
      auto done = !fits   ? Words(std::unexpected(std::move(fits.error())))
                  : *fits ? part(target, static_cast<std::uint32_t>(i))
                          : Words();
      frame_.pop_item();
      if (!done) return done;
    }
    return {};
  }

  Words part(const TargetProgram& target, std::uint32_t index) {
    Routed routed{target.label, target.app, target.first_part + index, {}, {}, 0, {}};
    const auto& own = target.keys.empty() ? program_.keys : target.keys;
    if (own.empty()) {
      routed.keys.push_back(hashes_.identity());
    } else {
      auto done = frame_.keys(own, [&](std::string_view key) { add_once(routed.keys, hashes_.of(key)); });
      if (!done) return done;
    }
    routing_.routes.push_back(std::move(routed));
    return {};
  }

  const RouteProgram& program_;
  Frame frame_;
  KeyHashes& hashes_;
  Generation::Routing& routing_;
};

std::unexpected<Problem> unmapped(std::string code, std::string message, std::string hint) {
  return fail(std::move(code), std::move(message), std::move(hint));
}

std::unexpected<Problem> no_longer(const TargetProgram& target) {
  return unmapped("map.not_wanted",
                  fmt::format("under this generation the route {} does not send this to {}", target.label, target.app),
                  "discard the delivery, or retry it under the generation of its event");
}

std::unexpected<Problem> unroutable(std::string why) {
  return unmapped("map.unroutable", std::move(why),
                  "mend the data at its source and have it sent again, or mend the route");
}

// Conditions, item and keys of one part, as routing saw them.
Result<void> stand_at(Frame& frame, const RouteProgram& program, const TargetProgram& target, std::uint32_t part) {
  auto wanted = frame.wanted();
  if (!wanted) return unroutable(std::move(wanted.error()));
  if (!*wanted) return no_longer(target);
  if (auto lets = frame.lets(); !lets) return unroutable(std::move(lets.error()));
  wanted = frame.test(target.when, "`when`");
  if (!wanted) return unroutable(std::move(wanted.error()));
  if (!*wanted) return no_longer(target);
  if (target.each) {
    auto items = frame.list(target.each);
    if (!items) return unroutable(std::move(items.error()));
    auto index = part % parts_limit;
    if (index >= items->size()) return no_longer(target);
    frame.push_item((*items)[index]);
    wanted = frame.test(target.where, "`where`");
    if (!wanted) return unroutable(std::move(wanted.error()));
    if (!*wanted) return no_longer(target);
  }
  auto keys = frame.keys(target.keys.empty() ? program.keys : target.keys, [](std::string_view) {});
  if (!keys) return unroutable(std::move(keys.error()));
  return {};
}

}  // namespace

Hash128 KeyHashes::of(std::string_view key) {
  for (const auto& [text, hash] : known_)
    if (text == key) return hash;
  return known_.emplace_back(key, hash_.of(key)).second;
}

Hash128 KeyHashes::identity() {
  if (!has_identity_) identity_ = hash_.of(event_.source(), event_.id());
  has_identity_ = true;
  return identity_;
}

void run_route(const RouteProgram& program, const Event& event, KeyHashes& hashes, Generation::Routing& routing) {
  Router(program, event, hashes, routing).run();
}

Result<std::string> run_mapping(const RouteProgram& program, const TargetProgram& target, const Schema& schema,
                                const Event& event, std::uint32_t part) {
  Frame frame(program, event);
  if (auto there = stand_at(frame, program, target, part); !there) return std::unexpected(std::move(there.error()));
  auto made = target.mapping->evaluate(frame.slots(), frame.arena());
  if (!made) return std::unexpected(std::move(made.error()));
  if (made->absent)
    return unmapped("map.absent",
                    fmt::format("the map of {} for {} gives nothing for this event", target.label, target.app),
                    "make the map an object, or guard the target with `when`");
  if (!schema.valid(made->value)) {
    // Words for the integrator who mends it and for the official who waits for it, and where the rule stands.
    std::vector<std::string> reasons;
    for (const auto& violation : schema.explain(made->value, 5))
      reasons.push_back(fmt::format("{}: {} [{}] (schemas/{}:{}:{})",
                                    violation.instance.empty() ? "the payload" : violation.instance,
                                    violation.words.english, violation.words.indonesian, violation.place.file,
                                    violation.place.start.line, violation.place.start.column));
    return unmapped("map.schema",
                    fmt::format("the payload does not fit what {} accepts ({}): {}", target.app, schema.name(),
                                fmt::join(reasons, "; ")),
                    "mend the data at its source, the map, or the schema");
  }
  return json::write(made->value);
}

}  // namespace simpul
