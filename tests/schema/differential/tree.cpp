#include "tests/schema/differential/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "bus/event/json.h"
#include "bus/event/syntax.h"

namespace simpul::differential {
namespace {

using Kind = Tree::Kind;

void write_string(const std::string& text, Dice* dice, std::string& out) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    std::size_t size = 1;
    auto scalar = utf8_at(text, at, size);
    size = std::max<std::size_t>(size, 1);
    if (dice != nullptr && dice->chance(20)) {
      if (scalar >= 0x10000) {
        auto rest = scalar - 0x10000;
        out += fmt::format("\\u{:04x}\\u{:04X}", 0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff));
      } else {
        out += fmt::format("\\u{:04x}", static_cast<unsigned>(scalar));
      }
    } else if (scalar < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(scalar));
    } else {
      if (scalar == '"' || scalar == '\\') out += '\\';
      out += text.substr(at, size);
    }
    at += size;
  }
  out += '"';
}

struct Number {
  bool negative = false;
  std::string digits;  // without zeros at either end; empty for 0
  long exponent = 0;   // the value is 0.digits times ten to it
};

Number read_number(const std::string& text) {
  Number out;
  std::size_t at = 0;
  if (text[at] == '-') out.negative = true, ++at;
  long point = 0;
  bool fraction = false;
  for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
    if (text[at] == '.') {
      fraction = true;
      continue;
    }
    out.digits += text[at];
    if (!fraction) ++point;
  }
  if (at < text.size()) point += std::strtol(text.c_str() + at + 1, nullptr, 10);
  auto zeros = std::min(out.digits.find_first_not_of('0'), out.digits.size());
  out.digits.erase(0, zeros);
  out.exponent = point - static_cast<long>(zeros);
  while (out.digits.ends_with('0')) out.digits.pop_back();
  if (out.digits.empty()) out.exponent = 0;
  return out;
}

std::string number_otherwise(const std::string& text, Dice& dice) {
  auto number = read_number(text);
  std::string sign = number.negative ? "-" : "";
  if (number.digits.empty())
    return sign + std::string(dice.pick(std::initializer_list<const char*>{"0", "0.0", "0e7"}));
  switch (dice.below(3)) {
    case 0:
      return text;
    case 1:  // 12 as 1.2e1
      return fmt::format("{}{}.{}0e{}", sign, number.digits.substr(0, 1), number.digits.substr(1), number.exponent - 1);
    default:  // 12 as 120E-1
      return fmt::format("{}{}0E{}", sign, number.digits,
                         number.exponent - static_cast<long>(number.digits.size()) - 1);
  }
}

void write_into(const Tree& tree, Dice* dice, bool numbers, std::string& out) {
  auto space = [&] {
    if (dice != nullptr && dice->chance(5)) out += dice->pick(std::string_view(" \n\t\r"));
  };
  space();
  switch (tree.kind) {
    case Kind::null:
      out += "null";
      break;
    case Kind::boolean:
      out += tree.truth ? "true" : "false";
      break;
    case Kind::number:
      out += dice != nullptr && numbers ? number_otherwise(tree.text, *dice) : tree.text;
      break;
    case Kind::string:
      write_string(tree.text, dice, out);
      break;
    case Kind::array:
      out += '[';
      for (std::size_t i = 0; i < tree.items.size(); ++i) {
        if (i > 0) out += ',';
        write_into(tree.items[i], dice, numbers, out);
      }
      out += ']';
      break;
    case Kind::object: {
      out += '{';
      std::size_t turn = dice != nullptr && !tree.members.empty() ? dice->below(tree.members.size()) : 0;
      for (std::size_t i = 0; i < tree.members.size(); ++i) {
        if (i > 0) out += ',';
        const auto& [name, value] = tree.members[(i + turn) % tree.members.size()];
        write_string(name, dice, out);
        out += ':';
        write_into(value, dice, numbers, out);
      }
      out += '}';
      break;
    }
  }
  space();
}

}  // namespace

std::uint64_t Dice::next() {
  // splitmix64 (Steele, Lea, Flood 2014)
  state_ += 0x9e3779b97f4a7c15ull;
  auto mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ull;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebull;
  return mixed ^ (mixed >> 31);
}

Tree Tree::boolean(bool truth) {
  Tree tree;
  tree.kind = Kind::boolean;
  tree.truth = truth;
  return tree;
}
Tree Tree::number(std::string text) {
  Tree tree;
  tree.kind = Kind::number;
  tree.text = std::move(text);
  return tree;
}
Tree Tree::string(std::string text) {
  Tree tree;
  tree.kind = Kind::string;
  tree.text = std::move(text);
  return tree;
}
Tree Tree::array(std::vector<Tree> items) {
  Tree tree;
  tree.kind = Kind::array;
  tree.items = std::move(items);
  return tree;
}
Tree Tree::object(std::vector<std::pair<std::string, Tree>> members) {
  Tree tree;
  tree.kind = Kind::object;
  tree.members = std::move(members);
  return tree;
}

const Tree* Tree::find(std::string_view name) const {
  for (const auto& [each, value] : members) {
    if (each == name) return &value;
  }
  return nullptr;
}

Tree& Tree::set(std::string name, Tree value) {
  if (auto* there = find(name)) return *there = std::move(value);
  return members.emplace_back(std::move(name), std::move(value)).second;
}

void Tree::remove(std::string_view name) {
  std::erase_if(members, [&](const auto& member) { return member.first == name; });
}

std::size_t Tree::size() const {
  std::size_t sum = 1;
  for (const auto& item : items) sum += item.size();
  for (const auto& [name, value] : members) sum += value.size();
  return sum;
}

std::string write(const Tree& tree) {
  std::string out;
  write_into(tree, nullptr, false, out);
  return out;
}

std::string write_otherwise(const Tree& tree, Dice& dice, bool numbers) {
  std::string out;
  write_into(tree, &dice, numbers, out);
  return out;
}

bool same(const Tree& a, const Tree& b) {
  auto left = json::parse(write(a)), right = json::parse(write(b));
  return left && right && json::equal(left->root(), right->root());
}

bool fits_doubles(const Tree& tree) {
  if (tree.is(Kind::number)) {
    auto number = read_number(tree.text);
    return number.digits.size() <= 15 && number.exponent > -300 && number.exponent < 300;
  }
  return std::all_of(tree.items.begin(), tree.items.end(), fits_doubles) &&
         std::all_of(tree.members.begin(), tree.members.end(),
                     [](const auto& member) { return fits_doubles(member.second); });
}

}  // namespace simpul::differential
