// Mappings evaluated: as a value, for what is checked, or straight as text, for what is proved. Both make the same.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "bus/base/bytes.h"
#include "bus/route/generation.h"
#include "bus/route/mapping.h"

namespace simpul {
namespace {

Problem cannot(const MappingPart& part, std::string code, const Place& place, std::string_view why) {
  Problem problem;
  problem.code = "map." + std::move(code);
  problem.message = fmt::format("{} cannot be made: {}", part.path, why);
  problem.hint = "mend the data at its source, or the expression";
  problem.place = place;
  problem.path = part.path;
  return problem;
}

// Where a text stands in a value, as a JSON Pointer behind `pointer`; the value is as deep as an event at most.
bool find_text(const json::Value& value, std::string_view text, std::string& pointer) {
  if (value.is_string()) return value.text() == text;
  const auto length = pointer.size();
  if (value.is_object()) {
    for (const auto& member : value.members()) {
      json::append_pointer(pointer, member.name);
      if (find_text(member.value, text, pointer)) return true;
      pointer.resize(length);
    }
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      json::append_pointer(pointer, i);
      if (find_text(value.items()[i], text, pointer)) return true;
      pointer.resize(length);
    }
  }
  return false;
}

// Values in the arena: room for as many as there may be, of which the first are used.
template <class T>
class ArenaList {
 public:
  ArenaList(json::Arena& arena, std::size_t most)
      : first_(static_cast<T*>(arena.allocate(std::max<std::size_t>(most, 1) * sizeof(T), alignof(T)))) {}
  void push(T value) { new (first_ + size_++) T(value); }
  std::span<const T> all() const { return {first_, size_}; }

 private:
  T* first_;
  std::size_t size_ = 0;
};

class MappingMaker {
 public:
  explicit MappingMaker(MappingRun& run) : run_(run) {}

  Result<Evaluated> value(const MappingPart& part) {
    switch (part.kind) {
      case MappingPart::constant:
        tell(part, true);
        return counted(part, Evaluated{part.literal.root(), false});
      case MappingPart::leaf:
        return leaf(part);
      case MappingPart::object:
        return object(part);
      case MappingPart::list: {
        ArenaList<json::Value> items(run_.arena, part.parts.size());
        for (const auto& inner : part.parts) {
          auto made = value(inner);
          if (!made) return made;
          if (!made->absent) items.push(made->value);
        }
        return Evaluated{json::Value::view_array(items.all()), false};
      }
      case MappingPart::each:
        return each(part);
      case MappingPart::choice: {
        auto taken = branch(part);
        if (!taken) return std::unexpected(std::move(taken.error()));
        return value(**taken);
      }
      case MappingPart::let: {
        const auto slots = run_.slots.size();
        if (auto ready = lets(part); !ready) return std::unexpected(std::move(ready.error()));
        auto made = value(part.parts[0]);
        run_.slots.resize(slots);
        return made;
      }
      case MappingPart::claim_check:
        return claim(part);
    }
    return Evaluated{{}, true};
  }

  // False: absent, and nothing was written.
  Result<bool> text(const MappingPart& part, std::string& out) {
    switch (part.kind) {
      case MappingPart::object:
        return object(part, out);
      case MappingPart::list: {
        const char* before = "[";
        for (const auto& inner : part.parts)
          if (auto made = item(inner, before, out); !made) return made;
        end_list(before, out);
        return true;
      }
      case MappingPart::each:
        return each(part, out);
      case MappingPart::choice: {
        auto taken = branch(part);
        if (!taken) return std::unexpected(std::move(taken.error()));
        return text(**taken, out);
      }
      case MappingPart::let: {
        const auto slots = run_.slots.size();
        if (auto ready = lets(part); !ready) return std::unexpected(std::move(ready.error()));
        auto made = text(part.parts[0], out);
        run_.slots.resize(slots);
        return made;
      }
      case MappingPart::leaf:
      case MappingPart::constant:
      case MappingPart::claim_check:
        break;
    }
    auto made = value(part);
    if (!made) return std::unexpected(std::move(made.error()));
    if (!made->absent) json::write(made->value, out);
    return !made->absent;
  }

 private:
  void tell(const MappingPart& part, bool present) {
    if (run_.observer != nullptr) run_.observer->leaf(part.place, present);
  }

  Result<Evaluated> evaluated(const MappingPart& part) {
    auto made = part.expression->evaluate(run_.slots, run_.arena);
    if (!made) return std::unexpected(cannot(part, made.error().code, part.expression_place, made.error().message));
    return *made;
  }

  Result<Evaluated> leaf(const MappingPart& part) {
    auto made = evaluated(part);
    if (!made) return made;
    tell(part, !made->absent);
    return counted(part, *made);
  }

  // Every value that goes into the payload, so that lists in lists end.
  Result<Evaluated> counted(const MappingPart& part, const Evaluated& made) {
    if (made.absent || (bytes_ += weight(made.value)) <= mapping_limit_bytes) return made;
    return std::unexpected(cannot(part, "too_large", part.place,
                                  fmt::format("what the map makes is larger than {} MiB", mapping_limit_bytes >> 20)));
  }

  // Bytes of its text, more or less; what was read knows how long it stood there.
  static std::size_t weight(const json::Value& value) {
    if (value.is_string() || value.is_number()) return value.size();
    if (value.raw_size() > 0) return value.raw_size();
    std::size_t sum = 4;
    if (value.is_array())
      for (const auto& item : value.items()) sum += weight(item) + 1;
    if (value.is_object())
      for (const auto& member : value.members()) sum += member.name.size() + weight(member.value) + 4;
    return sum;
  }

  Result<bool> holds(const MappingPart& part, const PlacedExpression& condition) {
    auto verdict = condition.expression->test(run_.slots, run_.arena);
    if (run_.observer != nullptr)
      run_.observer->condition(condition.place, *condition.expression, verdict ? std::optional(*verdict) : std::nullopt,
                               run_.slots);
    if (!verdict) return std::unexpected(cannot(part, verdict.error().code, condition.place, verdict.error().message));
    return *verdict;
  }

  Result<const MappingPart*> branch(const MappingPart& part) {
    for (std::size_t i = 0; i < part.parts.size(); ++i) {
      if (!part.conditions[i]) return &part.parts[i];
      auto held = holds(part, part.conditions[i]);
      if (!held) return std::unexpected(std::move(held.error()));
      if (*held) return &part.parts[i];
    }
    return std::unexpected(cannot(part, "no_branch", part.place, "no branch of its switch holds for this event"));
  }

  Result<void> lets(const MappingPart& part) {
    for (const auto& [name, let] : part.lets) {
      auto made = let.expression->evaluate(run_.slots, run_.arena);
      if (!made) return std::unexpected(cannot(part, made.error().code, let.place, made.error().message));
      run_.slots.push_back(made->absent ? nullptr : kept(made->value));
    }
    return {};
  }

  const json::Value* kept(const json::Value& value) {
    return new (run_.arena.allocate(sizeof(json::Value), alignof(json::Value))) json::Value(value);
  }

  // ---- each: `take` is called with every item that fits, which then is the last slot

  template <class Take>
  Result<void> items(const MappingPart& part, std::span<const json::Value> list, Take take) {
    for (const auto& one : list) {
      if (++turns_ > mapping_turns_limit)
        return std::unexpected(cannot(part, "too_large", part.expression_place,
                                      fmt::format("its lists have more than {} items together", mapping_turns_limit)));
      run_.slots.push_back(&one);
      Result<bool> fits = part.where ? holds(part, part.where) : Result<bool>(true);
      Result<void> done;
      if (!fits)
        done = std::unexpected(std::move(fits.error()));
      else if (*fits)
        done = take();
      run_.slots.pop_back();
      if (!done) return done;
    }
    return {};
  }

  // None: absent.
  Result<std::optional<std::span<const json::Value>>> list_of(const MappingPart& part) {
    auto list = evaluated(part);
    if (!list) return std::unexpected(std::move(list.error()));
    if (list->absent) return std::nullopt;
    if (!list->value.is_array())
      return std::unexpected(cannot(part, "not_a_list", part.expression_place, "`each` gives no list"));
    return list->value.items();
  }

  Result<Evaluated> each(const MappingPart& part) {
    auto list = list_of(part);
    if (!list) return std::unexpected(std::move(list.error()));
    if (!*list) return Evaluated{{}, true};
    ArenaList<json::Value> made(run_.arena, (*list)->size());
    auto done = items(part, **list, [&]() -> Result<void> {
      auto item = value(part.parts[0]);
      if (!item) return std::unexpected(std::move(item.error()));
      if (!item->absent) made.push(item->value);
      return {};
    });
    if (!done) return std::unexpected(std::move(done.error()));
    return Evaluated{json::Value::view_array(made.all()), false};
  }

  Result<bool> each(const MappingPart& part, std::string& out) {
    auto list = list_of(part);
    if (!list) return std::unexpected(std::move(list.error()));
    if (!*list) return false;
    const char* before = "[";
    auto done = items(part, **list, [&]() -> Result<void> {
      auto made = item(part.parts[0], before, out);
      if (!made) return std::unexpected(std::move(made.error()));
      return {};
    });
    if (!done) return std::unexpected(std::move(done.error()));
    end_list(before, out);
    return true;
  }

  // One item of a list, with what stands before it: the bracket, then commas.
  Result<bool> item(const MappingPart& part, const char*& before, std::string& out) {
    const auto size = out.size();
    out += before;
    auto made = text(part, out);
    if (!made) return made;
    if (*made)
      before = ",";
    else
      out.resize(size);
    return made;
  }

  static void end_list(const char* before, std::string& out) { out += *before == '[' ? "[]" : "]"; }

  // ---- objects

  bool is_spread(const MappingPart& part, std::string_view name) const {
    return std::ranges::find(part.except, name) == part.except.end() &&
           std::ranges::find(part.parts, name, &MappingPart::name) == part.parts.end();
  }

  Result<std::span<const json::Member>> spread(const MappingPart& part) {
    if (part.expression == nullptr) return std::span<const json::Member>();
    auto made = evaluated(part);
    if (!made) return std::unexpected(std::move(made.error()));
    if (made->absent) return std::span<const json::Member>();
    if (!made->value.is_object())
      return std::unexpected(cannot(part, "not_an_object", part.expression_place, "`spread` gives no object"));
    if (auto fits = counted(part, *made); !fits) return std::unexpected(std::move(fits.error()));
    return made->value.members();
  }

  Result<Evaluated> object(const MappingPart& part) {
    auto others = spread(part);
    if (!others) return std::unexpected(std::move(others.error()));
    ArenaList<json::Member> members(run_.arena, others->size() + part.parts.size());
    for (const auto& member : *others)
      if (is_spread(part, member.name)) members.push(member);
    for (const auto& inner : part.parts) {
      auto made = value(inner);
      if (!made) return made;
      if (!made->absent) members.push({inner.name, made->value});
    }
    return Evaluated{json::Value::view_object(members.all()), false};
  }

  Result<bool> object(const MappingPart& part, std::string& out) {
    auto others = spread(part);
    if (!others) return std::unexpected(std::move(others.error()));
    bool is_empty = true;
    out += '{';
    for (const auto& member : *others) {
      if (!is_spread(part, member.name)) continue;
      if (!is_empty) out += ',';
      json::write_string(member.name, out);
      out += ':';
      json::write(member.value, out);
      is_empty = false;
    }
    for (const auto& inner : part.parts) {
      const auto size = out.size();
      if (!is_empty) out += ',';
      out += inner.written;
      auto made = text(inner, out);
      if (!made) return made;
      if (*made)
        is_empty = false;
      else
        out.resize(size);
    }
    out += '}';
    return true;
  }

  // ---- claim check

  Result<Evaluated> claim(const MappingPart& part) {
    auto made = leaf(part);
    if (!made || made->absent) return made;
    if (!made->value.is_string())
      return std::unexpected(cannot(part, "not_a_text", part.expression_place, "claim_check gives no text"));
    const auto text = made->value.text();
    Claim claim;
    if (run_.data == nullptr || !find_text(*run_.data, text, claim.pointer))
      return std::unexpected(
          cannot(part, "not_of_the_event", part.expression_place, "the text does not stand in the event's data"));
    claim.sha256 = to_hex(sha256(text));
    claim.bytes = text.size();
    ArenaList<json::Member> members(run_.arena, 2);
    members.push({"sha256", run_.arena.string(claim.sha256)});
    members.push({"bytes", run_.arena.integer(static_cast<std::int64_t>(claim.bytes))});
    run_.claims->push_back(std::move(claim));
    return Evaluated{json::Value::view_object(members.all()), false};
  }

  MappingRun& run_;
  std::size_t turns_ = 0, bytes_ = 0;
};

}  // namespace

Result<Evaluated> Mapping::evaluate(MappingRun& run) const {
  const auto slots = run.slots.size();
  auto made = MappingMaker(run).value(root_);
  run.slots.resize(slots);
  return made;
}

Result<bool> Mapping::write(MappingRun& run, std::string& out) const {
  const auto slots = run.slots.size();
  auto made = MappingMaker(run).text(root_, out);
  run.slots.resize(slots);
  return made;
}

}  // namespace simpul
