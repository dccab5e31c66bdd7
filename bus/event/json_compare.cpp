// Which values are the same: equality, a hash that agrees with it, and the first of many that stands twice.
#include <algorithm>
#include <vector>

#include "bus/event/decimal.h"
#include "bus/event/fingerprint.h"
#include "bus/event/json.h"

namespace simpul::json {
namespace {

constexpr std::size_t few = 16;  // up to here pairs are compared: no hash pays

std::vector<const Member*> by_name(std::span<const Member> members) {
  std::vector<const Member*> order;
  order.reserve(members.size());
  for (const auto& member : members) order.push_back(&member);
  std::sort(order.begin(), order.end(), [](const Member* x, const Member* y) { return x->name < y->name; });
  return order;
}

bool equal_objects(const Value& a, const Value& b) {
  auto left = a.members(), right = b.members();
  bool same_order = true;
  for (std::size_t i = 0; i < left.size() && same_order; ++i) same_order = left[i].name == right[i].name;
  if (same_order) {
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (!equal(left[i].value, right[i].value)) return false;
    }
    return true;
  }
  if (left.size() <= few) {
    return std::all_of(left.begin(), left.end(), [&](const Member& member) {
      const auto* other = b.find(member.name);
      return other != nullptr && equal(member.value, *other);
    });
  }
  auto x = by_name(left), y = by_name(right);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i]->name != y[i]->name || !equal(x[i]->value, y[i]->value)) return false;
  }
  return true;
}

// An order of values in which equal ones are neighbours, whatever their hashes.
std::string canonical(const Value& value) {
  switch (value.kind()) {
    case Kind::number: {
      std::string out;
      append_canonical_number(value.text(), out);
      return out;
    }
    case Kind::array: {
      std::string out = "[";
      for (const auto& item : value.items()) out += canonical(item) + ",";
      return out + "]";
    }
    case Kind::object: {
      std::string out = "{";
      for (const auto* member : by_name(value.members())) {
        write_string(member->name, out);
        out += ":" + canonical(member->value) + ",";
      }
      return out + "}";
    }
    default:
      return write(value);
  }
}

struct Hashed {
  std::uint64_t hash;
  std::uint32_t index;
};

// The lowest index in a run of items with one hash that is equal to an item before it, or `none`.
std::size_t repeated_in(std::span<const Hashed> run, std::span<const Value> items, std::size_t none) {
  if (run.size() <= few) {
    for (std::size_t i = 1; i < run.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (equal(items[run[i].index], items[run[k].index])) return run[i].index;
      }
    }
    return none;
  }
  // Many items with one hash: repeated ones, or made to collide. Sorting stays within n log n either way.
  std::vector<std::pair<std::string, std::uint32_t>> texts;
  for (const auto& one : run) texts.emplace_back(canonical(items[one.index]), one.index);
  std::sort(texts.begin(), texts.end());
  for (std::size_t i = 1; i < texts.size(); ++i) {
    if (texts[i].first == texts[i - 1].first) none = std::min<std::size_t>(none, texts[i].second);
  }
  return none;
}

}  // namespace

bool equal(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return a.boolean() == b.boolean();
    case Kind::number:
      return compare_numbers(a.text(), b.text()) == 0;
    case Kind::string:
      return a.text() == b.text();
    case Kind::array: {
      auto left = a.items(), right = b.items();
      return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(),
                                                       [](const Value& x, const Value& y) { return equal(x, y); });
    }
    case Kind::object:
      return a.size() == b.size() && equal_objects(a, b);
  }
  return false;
}

std::uint64_t hash(const Value& value) {
  auto kind = static_cast<std::uint64_t>(value.kind()) + 1;
  switch (value.kind()) {
    case Kind::null:
      break;
    case Kind::boolean:
      return mixed(kind, value.boolean() ? 3 : 5);
    case Kind::number:
      return mixed(kind, hash_number(value.text()));
    case Kind::string:
      return mixed(kind, text_hash(value.text()));
    case Kind::array: {
      auto sum = mixed(kind, value.size());
      for (const auto& item : value.items()) sum = mixed(sum, hash(item));
      return sum;
    }
    case Kind::object: {
      std::uint64_t sum = 0;  // in any order
      for (const auto& [name, member] : value.members()) sum += mixed(text_hash(name), hash(member));
      return mixed(kind, sum);
    }
  }
  return mixed(kind, 7);
}

std::optional<std::size_t> first_repeated(std::span<const Value> items) {
  if (items.size() <= few) {
    for (std::size_t i = 1; i < items.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (equal(items[i], items[k])) return i;
      }
    }
    return std::nullopt;
  }
  std::vector<Hashed> order(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) order[i] = {hash(items[i]), static_cast<std::uint32_t>(i)};
  std::sort(order.begin(), order.end(),
            [](const Hashed& a, const Hashed& b) { return a.hash != b.hash ? a.hash < b.hash : a.index < b.index; });
  auto found = items.size();
  for (std::size_t from = 0, to = 0; from < order.size(); from = to) {
    while (to < order.size() && order[to].hash == order[from].hash) ++to;
    if (to - from > 1) {
      found = std::min(found, repeated_in(std::span(order).subspan(from, to - from), items, items.size()));
    }
  }
  return found < items.size() ? std::optional(found) : std::nullopt;
}

}  // namespace simpul::json
