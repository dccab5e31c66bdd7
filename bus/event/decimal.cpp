#include "bus/event/decimal.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "bus/event/fingerprint.h"

namespace simpul::json {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::int64_t exponent_bound = 1'000'000'000'000'000;

// The number's significant digits, from the first that is not zero to the last that is not.
struct Decimal {
  bool negative = false;
  std::string_view digits;   // with at most one '.' among them; empty for zero
  std::size_t count = 0;     // digits without the '.'
  std::int64_t leading = 0;  // exponent of ten of the first digit
  std::int64_t lowest() const { return leading - static_cast<std::int64_t>(count) + 1; }
};

Decimal read(std::string_view text) {
  Decimal result;
  if (!text.empty() && text.front() == '-') {
    result.negative = true;
    text.remove_prefix(1);
  }
  std::int64_t exponent = 0;
  if (auto e = text.find_first_of("eE"); e != text.npos) {
    auto digits = text.substr(e + 1);
    text = text.substr(0, e);
    bool minus = false;
    if (!digits.empty() && (digits.front() == '+' || digits.front() == '-')) {
      minus = digits.front() == '-';
      digits.remove_prefix(1);
    }
    for (char c : digits) exponent = std::min(exponent_bound, exponent * 10 + (c - '0'));
    if (minus) exponent = -exponent;
  }
  auto first = text.find_first_not_of("0.");
  if (first == text.npos) {
    result.negative = false;
    return result;
  }
  auto last = text.find_last_not_of("0.");
  auto point = std::min(text.find('.'), text.size());
  result.digits = text.substr(first, last - first + 1);
  result.count = result.digits.size() - (first < point && point <= last ? 1 : 0);
  result.leading = exponent + (first < point ? static_cast<std::int64_t>(point - first) - 1
                                             : -static_cast<std::int64_t>(first - point));
  return result;
}

int compare_digits(std::string_view a, std::string_view b) {
  std::size_t i = 0, j = 0;
  for (;;) {
    if (i < a.size() && a[i] == '.') ++i;
    if (j < b.size() && b[j] == '.') ++j;
    if (i == a.size() || j == b.size()) return (i < a.size() ? 1 : 0) - (j < b.size() ? 1 : 0);
    if (a[i] != b[j]) return a[i] < b[j] ? -1 : 1;
    ++i;
    ++j;
  }
}

int compare(const Decimal& a, const Decimal& b) {
  if (a.count == 0 || b.count == 0) {
    if (a.count == b.count) return 0;
    return a.count == 0 ? (b.negative ? 1 : -1) : (a.negative ? -1 : 1);
  }
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  int order = a.leading != b.leading ? (a.leading < b.leading ? -1 : 1) : compare_digits(a.digits, b.digits);
  return a.negative ? -order : order;
}

}  // namespace

int compare_numbers(std::string_view a, std::string_view b) {
  return a == b ? 0 : compare(read(a), read(b));
}

bool is_integer_number(std::string_view number) {
  auto value = read(number);
  return value.count == 0 || value.lowest() >= 0;
}

std::optional<std::int64_t> integer_of(std::string_view number) {
  auto value = read(number);
  if (value.count == 0) return 0;
  if (value.lowest() < 0 || value.leading > 18) return std::nullopt;
  std::uint64_t sum = 0;  // below 10^19, which fits
  for (char c : value.digits) {
    if (c != '.') sum = sum * 10 + static_cast<unsigned>(c - '0');
  }
  for (auto i = value.lowest(); i > 0; --i) sum *= 10;
  constexpr auto greatest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (sum > greatest + (value.negative ? 1u : 0u)) return std::nullopt;
  return static_cast<std::int64_t>(value.negative ? 0 - sum : sum);
}

void append_canonical_number(std::string_view number, std::string& out) {
  auto value = read(number);
  if (value.count == 0) {
    out += '0';
    return;
  }
  if (value.negative) out += '-';
  for (char c : value.digits) {
    if (c != '.') out += c;
  }
  if (value.lowest() != 0) {
    out += 'e';
    out += std::to_string(value.lowest());
  }
}

std::uint64_t hash_number(std::string_view number) {
  auto value = read(number);
  std::uint64_t sum = value.negative ? 1 : 0, word = 0;
  std::size_t count = 0;
  for (char c : value.digits) {
    if (c == '.') continue;
    word = word * 10 + static_cast<unsigned>(c - '0');
    if (++count % 18 == 0) sum = mixed(sum, std::exchange(word, 0));
  }
  return mixed(mixed(sum, word), value.count == 0 ? 0 : static_cast<std::uint64_t>(value.leading));
}

std::optional<Divisor> Divisor::of(std::string_view number) {
  auto value = read(number);
  if (value.count == 0 || value.negative || value.count > 18) return std::nullopt;
  Divisor result{0, value.lowest()};
  for (char c : value.digits) {
    if (c != '.') result.digits = result.digits * 10 + static_cast<unsigned>(c - '0');
  }
  return result;
}

bool Divisor::divides(std::string_view number) const {
  auto value = read(number);
  if (value.count == 0) return true;
  // The value's digits end in no zero, so they are no multiple of ten: a value that reaches lower than the
  // divisor's last place cannot be a multiple of it.
  auto shift = value.lowest() - exponent;
  if (shift < 0) return false;
  Wide rest = 0;
  for (char c : value.digits) {
    if (c != '.') rest = (rest * 10 + static_cast<unsigned>(c - '0')) % digits;
  }
  Wide power = 10 % digits;
  for (auto left = static_cast<std::uint64_t>(shift); left > 0 && rest != 0; left >>= 1) {
    if (left & 1) rest = rest * power % digits;
    power = power * power % digits;
  }
  return rest == 0;
}

}  // namespace simpul::json
