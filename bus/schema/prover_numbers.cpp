// Numbers: exact decimals between bounds, multiples of some numbers and not of others, and none of those excluded.
//
// All that is said is brought to one power of ten and counted in whole numbers. Between two different bounds there are
// always numbers finer than every divisor, so only multiples need a search.
#include <algorithm>
#include <string>

#include <boost/multiprecision/cpp_int.hpp>

#include "bus/schema/prover.h"

namespace simpul {
namespace {

using Whole = boost::multiprecision::cpp_int;
using Kind = Atom::Kind;
using Rule = NumberBound::Rule;

constexpr std::int64_t most_exponent = 400;  // of ten, and digits: beyond it nothing is decided
constexpr unsigned most_enumerated = 20'000;

struct Decimal {
  Whole digits;
  std::int64_t exponent = 0;
};

std::optional<Decimal> decimal_of(std::string_view text) {
  std::string canonical;
  json::append_canonical_number(text, canonical);
  Decimal result;
  auto e = canonical.find('e');
  auto digits = canonical.substr(0, e);
  if (digits.size() > most_exponent) return std::nullopt;
  if (e != canonical.npos) result.exponent = *json::integer_of(canonical.substr(e + 1));
  if (result.exponent > most_exponent || result.exponent < -most_exponent) return std::nullopt;
  bool minus = digits.front() == '-';
  result.digits = Whole(minus ? digits.substr(1) : digits);
  if (minus) result.digits = -result.digits;
  return result;
}

Whole power_of_ten(std::int64_t exponent) {
  return boost::multiprecision::pow(Whole(10), static_cast<unsigned>(exponent));
}

std::string text_of(const Whole& digits, std::int64_t exponent) {
  bool minus = digits < 0;
  std::string text = Whole(minus ? -digits : digits).str();
  if (digits != 0 && exponent > 0) text.append(static_cast<std::size_t>(exponent), '0');
  if (exponent < 0) {
    auto places = static_cast<std::size_t>(-exponent);
    if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
    text.insert(text.size() - places, 1, '.');
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
  }
  return minus ? "-" + text : text;
}

Whole floor_quotient(const Whole& a, const Whole& b) {
  Whole quotient = a / b;
  return a < 0 && quotient * b != a ? Whole(quotient - 1) : quotient;
}

// What the atoms say, in units of 10^unit.
class NumberSearch {
 public:
  explicit NumberSearch(const Atoms& atoms) {
    for (const auto& atom : atoms) read(atom);
  }

  // `some` with the number's text, the simplest that was found.
  Solution solve(std::string& text) {
    if (whole_text_ && fraction_text_) return Solution::none();
    if (whole_text_) multiples_.push_back({Whole(1), 0});
    if (too_fine_.node != nullptr) return Solution::unknown(too_fine_);
    scale();
    if (low_ && high_ && (*low_ > *high_ || (*low_ == *high_ && (low_open_ || high_open_)))) return Solution::none();
    auto outcome = multiples_.empty() ? between() : among_multiples();
    if (outcome.is_some()) {
      text = text_of(found_, unit_);
      if (fraction_text_ && text.find('.') == text.npos) text += ".0";
    }
    return outcome;
  }

 private:
  void read(const Atom& atom) {
    auto number = [&](std::string_view text, std::string_view keyword) {
      auto result = decimal_of(text);
      if (!result && too_fine_.node == nullptr) too_fine_ = {keyword, {}, atom.node};
      return result.value_or(Decimal{});
    };
    switch (atom.kind) {
      case Kind::bound:
        bounds_.push_back({number(atom.text, "minimum"), atom.rule});
        break;
      case Kind::multiple:
        multiples_.push_back(number(atom.text, "multipleOf"));
        break;
      case Kind::not_multiple:
        divisors_.push_back(number(atom.text, "multipleOf"));
        break;
      case Kind::whole_text:
        whole_text_ = true;
        break;
      case Kind::not_whole_text:
        fraction_text_ = true;
        break;
      case Kind::not_constant:
        exclude(*atom.node->constant, atom);
        break;
      case Kind::not_enumerated:
        for (const auto* value : *atom.node->enumeration) exclude(*value, atom);
        break;
      default:
        break;
    }
  }

  void exclude(const json::Value& value, const Atom& atom) {
    if (!value.is_number()) return;
    if (auto number = decimal_of(value.text()))
      excluded_.push_back(*number);
    else
      too_fine_ = {"enum", {}, atom.node};
  }

  Whole units(const Decimal& decimal) const { return decimal.digits * power_of_ten(decimal.exponent - unit_); }

  // One digit finer than anything that is said.
  void scale() {
    unit_ = 0;
    auto finer = [&](const Decimal& decimal) { unit_ = std::min(unit_, decimal.exponent - 1); };
    for (const auto& [bound, rule] : bounds_) finer(bound);
    for (const auto* list : {&multiples_, &divisors_, &excluded_}) {
      for (const auto& decimal : *list) finer(decimal);
    }
    --unit_;
    for (const auto& [bound, rule] : bounds_) narrow(units(bound), rule);
    for (const auto& decimal : excluded_) gaps_.push_back(units(decimal));
    std::sort(gaps_.begin(), gaps_.end());
  }

  void narrow(Whole at, Rule rule) {
    bool open = rule == Rule::exclusive_minimum || rule == Rule::exclusive_maximum;
    if (rule == Rule::minimum || rule == Rule::exclusive_minimum) {
      if (!low_ || at > *low_ || (at == *low_ && open)) {
        low_ = std::move(at);
        low_open_ = open;
      }
    } else if (!high_ || at < *high_ || (at == *high_ && open)) {
      high_ = std::move(at);
      high_open_ = open;
    }
  }

  bool good(const Whole& value) const {
    if (low_ && (value < *low_ || (low_open_ && value == *low_))) return false;
    if (high_ && (value > *high_ || (high_open_ && value == *high_))) return false;
    if (std::binary_search(gaps_.begin(), gaps_.end(), value)) return false;
    return std::none_of(divisors_.begin(), divisors_.end(),
                        [&](const Decimal& divisor) { return value % units(divisor) == 0; });
  }

  Solution take(Whole value) {
    found_ = std::move(value);
    return Solution::some({});
  }

  Solution between() {
    if (low_ && high_ && *low_ == *high_) return good(*low_) ? take(*low_) : Solution::none();
    Whole one = power_of_ten(-unit_);
    std::vector<Whole> likely{Whole(0), one, Whole(-one), one / 2, Whole(-one / 2)};
    if (low_) {
      Whole whole = floor_quotient(*low_, one) * one;
      for (const Whole& add : {Whole(0), one, Whole(one / 2), Whole(one / 10)}) {
        likely.push_back(*low_ + add);
        likely.push_back(whole + add);
      }
    }
    if (high_) {
      Whole whole = floor_quotient(*high_, one) * one;
      for (const Whole& less : {Whole(0), one, Whole(one / 2), Whole(one / 10)}) {
        likely.push_back(*high_ - less);
        likely.push_back(whole - less);
      }
    }
    for (auto& value : likely) {
      if (good(value)) return take(std::move(value));
    }
    // A digit finer than all that is said is no multiple, excluded by nobody, and there is room for it.
    Whole fine = low_ ? Whole(*low_ + 1) : high_ ? Whole(*high_ - 1) : Whole(1);
    return good(fine) ? take(std::move(fine)) : Solution::unknown({"caps", {}, nullptr});
  }

  Solution among_multiples() {
    Whole step = 1;
    for (const auto& decimal : multiples_) step = boost::multiprecision::lcm(step, units(decimal));
    if (step <= 0) return Solution::unknown({"multipleOf", {}, nullptr});
    Whole cycle = 1;
    for (const auto& divisor : divisors_) {
      Whole whole = units(divisor);
      Whole every = whole / boost::multiprecision::gcd(step, whole);
      if (every == 1) return Solution::none();
      cycle = boost::multiprecision::lcm(cycle, every);
    }
    std::optional<Whole> least, most;
    if (low_) {
      least = -floor_quotient(-*low_, step);
      if (low_open_ && *least * step == *low_) ++*least;
    }
    if (high_) {
      most = floor_quotient(*high_, step);
      if (high_open_ && *most * step == *high_) --*most;
    }
    if (least && most && *least > *most) return Solution::none();
    // From zero, or the bound next to it, outwards; then where no divisor can reach.
    Whole start = least && *least > 0 ? *least : most && *most < 0 ? *most : Whole(0);
    for (unsigned i = 0; i < most_enumerated; ++i) {
      Whole up = start + i, down = start - i;
      bool up_in = !most || up <= *most, down_in = !least || down >= *least;
      if (!up_in && !down_in) return Solution::none();
      if (up_in && good(up * step)) return take(up * step);
      if (down_in && good(down * step)) return take(down * step);
    }
    Whole first = (floor_quotient(start, cycle) + 1) * cycle + 1;
    for (std::size_t i = 0; i <= gaps_.size(); ++i) {
      Whole up = (first + cycle * i) * step, down = (first - cycle * (i + 2)) * step;
      if (good(up)) return take(std::move(up));
      if (good(down)) return take(std::move(down));
    }
    return Solution::unknown({"multipleOf", {}, nullptr});
  }

  struct Bound {
    Decimal at;
    Rule rule;
  };
  std::vector<Bound> bounds_;
  std::vector<Decimal> multiples_, divisors_, excluded_;
  bool whole_text_ = false, fraction_text_ = false;
  Blame too_fine_;
  std::int64_t unit_ = 0;
  std::optional<Whole> low_, high_;
  bool low_open_ = false, high_open_ = false;
  std::vector<Whole> gaps_;
  Whole found_;
};

}  // namespace

Solution Prover::solve_number(const Atoms& atoms) {
  spend(1 + atoms.size() / 4);
  std::string text;
  auto outcome = NumberSearch(atoms).solve(text);
  if (outcome.is_some()) outcome.value = arena_.number(text);
  return outcome;
}

}  // namespace simpul
