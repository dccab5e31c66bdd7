// Routes run: which deliveries an event becomes, and what each of them hands over.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bus/route/route_frame.h"

namespace simpul {
namespace {

void add_once(std::vector<Hash128>& keys, const Hash128& key) {
  if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
}

class Router {
 public:
  Router(const Event& event, KeyHashes& hashes, RouteObserver* observer, Generation::Routing& routing)
      : frame_(event, observer), hashes_(hashes), routing_(routing) {}

  void run(const RouteProgram& program) {
    program_ = &program;
    first_ = routing_.routes.size();
    frame_.rewind();
    auto wanted = frame_.test(program.when, "the route's `when`");
    if (wanted && !*wanted) return;
    FrameWords ready = wanted ? frame_.push_lets(program.lets) : FrameWords(std::unexpected(wanted.error()));
    if (ready) return steps(program.steps);
    for (const auto& target : program.targets) park_once(target, ready.error());
  }

 private:
  void steps(const std::vector<StepProgram>& steps) {
    for (const auto& step : steps) {
      if (step.kind == StepProgram::Kind::target)
        target(program_->targets[step.targets[0]]);
      else if (step.kind == StepProgram::Kind::choose)
        choose(step);
      else
        recipients(step);
    }
  }

  // What could not be decided may have been meant for each of them; what no branch takes is held at the first.
  void choose(const StepProgram& step) {
    for (const auto& branch : step.branches) {
      auto held = frame_.test(branch.when, "`when` of a branch");
      if (!held) return park(step, held.error());
      if (*held) return steps(branch.steps);
    }
    park(program_->targets[step.targets[0]], frame_.no_branch(step));
  }

  void recipients(const StepProgram& step) {
    auto wanted = frame_.test(step.when, "`when`");
    if (!wanted) return park(step, wanted.error());
    if (!*wanted) return;
    auto named = frame_.recipients(step, program_->targets);
    if (!named) return park(step, named.error());
    for (auto index : *named) target(program_->targets[step.targets[index]]);
  }

  void park(const StepProgram& step, const std::string& reason) {
    for (auto target : step.targets) park_once(program_->targets[target], reason);
  }

  // Branches that send to one place send one delivery at most, so one waits for them all.
  void park_once(const TargetProgram& target, const std::string& reason) {
    auto is_there = [&](const Routed& routed) { return routed.route == target.label && routed.target == target.app; };
    if (std::none_of(routing_.routes.begin() + static_cast<std::ptrdiff_t>(first_), routing_.routes.end(), is_there))
      park(target, reason);
  }

  void park(const TargetProgram& target, const std::string& reason) {
    routing_.routes.push_back({target.label, target.app, target.first_part, {hashes_.identity()}, reason, 0, {}});
    routing_.unroutable.push_back({target.label, target.app, reason});
  }

  void target(const TargetProgram& target) {
    const auto before = routing_.routes.size();
    const auto mark = frame_.mark();
    auto routed = parts(target);
    frame_.back_to(mark);
    if (routed) return;
    routing_.routes.resize(before);
    park(target, routed.error());
  }

  FrameWords parts(const TargetProgram& target) {
    auto wanted = frame_.test(target.when, "`when`");
    if (!wanted) return std::unexpected(std::move(wanted.error()));
    if (!*wanted) return {};
    if (!target.each) return part(target, 0);
    auto items = frame_.list(target.each);
    if (!items) return std::unexpected(std::move(items.error()));
    const auto mark = frame_.mark();
    for (std::size_t i = 0; i < items->size(); ++i) {
      frame_.push_item((*items)[i]);
      auto fits = frame_.test(target.where, "`where`");
      if (!fits) return std::unexpected(std::move(fits.error()));
      if (*fits)
        if (auto done = part(target, static_cast<std::uint32_t>(i)); !done) return done;
      frame_.back_to(mark);
    }
    return {};
  }

  FrameWords part(const TargetProgram& target, std::uint32_t index) {
    Routed routed{target.label, target.app, target.first_part + index, {}, {}, 0, {}};
    if (auto ready = frame_.push_lets(target.lets); !ready) return ready;
    const auto& own = target.keys.empty() ? program_->keys : target.keys;
    if (own.empty() || target.wire_tap) {
      routed.keys.push_back(hashes_.identity());
    } else {
      auto done = frame_.keys(own, [&](std::string_view key) { add_once(routed.keys, hashes_.of(key)); });
      if (!done) return done;
    }
    routed.delay_ms = static_cast<std::uint64_t>(target.delay.count());
    if (target.until) {
      auto not_before = frame_.not_before(target.until);
      if (!not_before) return std::unexpected(std::move(not_before.error()));
      routed.not_before = *not_before;
    }
    routing_.routes.push_back(std::move(routed));
    return {};
  }

  const RouteProgram* program_ = nullptr;
  std::size_t first_ = 0;  // of its deliveries
  RouteFrame frame_;
  KeyHashes& hashes_;
  Generation::Routing& routing_;
};

std::unexpected<Problem> no_longer(const TargetProgram& target) {
  return fail("map.not_wanted",
              fmt::format("under this generation the route {} does not send this to {}", target.label, target.app),
              "discard the delivery, or retry it under the generation of its event");
}

std::unexpected<Problem> unroutable(std::string why) {
  return fail("map.unroutable", std::move(why),
              "mend the data at its source and have it sent again, or mend the route");
}

// Whether the steps around a target lead to it for this event.
FrameVerdict is_on_way(RouteFrame& frame, const RouteProgram& program, const TargetProgram& target) {
  for (const auto& [step, index] : target.way) {
    if (step->kind == StepProgram::Kind::choose) {
      auto branch = frame.branch(*step);
      if (!branch) return std::unexpected(std::move(branch.error()));
      if (*branch != index) return false;
      continue;
    }
    auto wanted = frame.test(step->when, "`when`");
    if (!wanted || !*wanted) return wanted;
    auto named = frame.recipients(*step, program.targets);
    if (!named) return std::unexpected(std::move(named.error()));
    if (std::ranges::find(*named, index) == named->end()) return false;
  }
  return true;
}

// Conditions, item, lets and keys of one part, as routing saw them. False: it does not go there.
Result<bool> stand_at(RouteFrame& frame, const TargetChoice& choice, std::uint32_t part) {
  const auto& [program, target] = choice;
  auto wanted = frame.test(program->when, "the route's `when`");
  if (!wanted) return unroutable(std::move(wanted.error()));
  if (!*wanted) return false;
  if (auto lets = frame.push_lets(program->lets); !lets) return unroutable(std::move(lets.error()));
  wanted = is_on_way(frame, *program, *target);
  if (!wanted) return unroutable(std::move(wanted.error()));
  if (!*wanted) return false;
  wanted = frame.test(target->when, "`when`");
  if (!wanted) return unroutable(std::move(wanted.error()));
  if (!*wanted) return false;
  if (target->each) {
    auto items = frame.list(target->each);
    if (!items) return unroutable(std::move(items.error()));
    auto index = part % parts_limit;
    if (index >= items->size()) return false;
    frame.push_item((*items)[index]);
    wanted = frame.test(target->where, "`where`");
    if (!wanted) return unroutable(std::move(wanted.error()));
    if (!*wanted) return false;
  }
  if (auto lets = frame.push_lets(target->lets); !lets) return unroutable(std::move(lets.error()));
  if (target->wire_tap) return true;
  auto keys = frame.keys(target->keys.empty() ? program->keys : target->keys, [](std::string_view) {});
  if (!keys) return unroutable(std::move(keys.error()));
  return true;
}

// The one of the choices that takes the event, its variables in the frame.
Result<TargetChoice> stand_at_one(RouteFrame& frame, std::span<const TargetChoice> choices, std::uint32_t part) {
  for (const auto& choice : choices) {
    frame.rewind();
    auto there = stand_at(frame, choice, part);
    if (!there) return std::unexpected(std::move(there.error()));
    if (*there) return choice;
  }
  return no_longer(*choices[0].target);
}

std::unexpected<Problem> absent(const TargetProgram& target) {
  return fail("map.absent", fmt::format("the map of {} for {} gives nothing for this event", target.label, target.app),
              "make the map an object, or guard the target with `when`");
}

// Words for the integrator who mends it and for the official who waits for it, and where the rule stands.
std::unexpected<Problem> not_accepted(const TargetProgram& target, const json::Value& value) {
  std::vector<std::string> reasons;
  for (const auto& violation : target.accepts->explain(value, 5))
    reasons.push_back(fmt::format("{}: {} [{}] (schemas/{}:{}:{})",
                                  violation.instance.empty() ? "the payload" : violation.instance,
                                  violation.words.english, violation.words.indonesian, violation.place.file,
                                  violation.place.start.line, violation.place.start.column));
  return fail("map.schema",
              fmt::format("the payload does not fit what {} accepts ({}): {}", target.app, target.accepts->name(),
                          fmt::join(reasons, "; ")),
              "mend the data at its source, the map, or the schema");
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

void run_routes(std::span<const RouteProgram* const> programs, const Event& event, KeyHashes& hashes,
                RouteObserver* observer, Generation::Routing& routing) {
  if (programs.empty()) return;
  Router router(event, hashes, observer, routing);
  for (const auto* program : programs) router.run(*program);
}

Result<std::vector<EnrichmentQuestion>> run_questions(std::span<const TargetChoice> choices, const Event& event,
                                                      std::uint32_t part) {
  std::vector<EnrichmentQuestion> questions;
  if (std::ranges::all_of(choices, [](const auto& choice) { return choice.target->enrichments.empty(); }))
    return questions;
  RouteFrame frame(event);
  auto choice = stand_at_one(frame, choices, part);
  if (!choice) return std::unexpected(std::move(choice.error()));
  for (const auto& enrichment : choice->target->enrichments) {
    json::Writer parameters;
    parameters.begin_object();
    for (const auto& [name, value] : enrichment.with) {
      auto text = frame.parameter(name, value);
      if (!text) return unroutable(std::move(text.error()));
      parameters.member(name, *text);
    }
    parameters.end_object();
    questions.push_back({enrichment.name, enrichment.lookup, parameters.take(), enrichment.may_be_missing});
  }
  return questions;
}

Result<Mapped> run_mapping(std::span<const TargetChoice> choices, const Event& event, std::uint32_t part, EventOf of,
                           const EnrichmentAnswers& answers, RouteObserver* observer) {
  RouteFrame frame(event);
  auto choice = stand_at_one(frame, choices, part);
  if (!choice) return std::unexpected(std::move(choice.error()));
  const auto& target = *choice->target;
  if (auto ready = frame.push_answers(target, answers); !ready) return std::unexpected(std::move(ready.error()));
  Mapped mapped;
  MappingRun run{frame.slots(), frame.arena(), observer, frame.data(), &mapped.claims};
  if (target.proved && of == EventOf::this_generation) {
    auto written = target.mapping->write(run, mapped.payload);
    if (!written) return std::unexpected(std::move(written.error()));
    if (!*written) return absent(target);
    return mapped;
  }
  auto made = target.mapping->evaluate(run);
  if (!made) return std::unexpected(std::move(made.error()));
  if (made->absent) return absent(target);
  if (!target.accepts->valid(made->value)) return not_accepted(target, made->value);
  json::write(made->value, mapped.payload);
  return mapped;
}

}  // namespace simpul
