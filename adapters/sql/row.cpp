#include "adapters/sql/row.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "bus/base/bytes.h"
#include "bus/event/json.h"

namespace simpul::sql {

namespace {

std::size_t digits_of(const std::string& text) {
  std::size_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 1 && value <= 40 ? value : 0;
}

std::string as_text(const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return std::to_string(*integer);
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* real = std::get_if<double>(&cell)) {
    // Up to 2^53 a real holds every whole number exactly.
    if (std::nearbyint(*real) == *real && std::abs(*real) <= 9007199254740992.0)
      return std::to_string(static_cast<std::int64_t>(*real));
    return fmt::format("{}", *real);
  }
  return {};
}

}  // namespace

RowShape::RowShape(const std::vector<std::string>& text_columns, const std::map<std::string, std::string>& digits)
    : text_(text_columns.begin(), text_columns.end()) {
  for (const auto& [column, count] : digits) digits_[column] = digits_of(count);
}

std::string RowShape::json(const std::string& column, const Cell& cell) const {
  json::Writer out;
  auto digits = digits_.find(column);
  if (std::holds_alternative<std::monostate>(cell)) {
    out.null();
  } else if (const auto* bytes = std::get_if<Bytes>(&cell)) {
    out.string(to_base64(bytes->value));
  } else if (digits != digits_.end() || text_.contains(column)) {
    auto text = as_text(cell);
    bool number = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits != digits_.end() && number && text.size() < digits->second)
      text.insert(0, digits->second - text.size(), '0');
    out.string(text);
  } else if (const auto* integer = std::get_if<std::int64_t>(&cell)) {
    out.integer(*integer);
  } else if (const auto* real = std::get_if<double>(&cell)) {
    if (std::isfinite(*real))
      out.real(*real);
    else
      out.null();
  } else {
    out.string(std::get<std::string>(cell));
  }
  return out.take();
}

std::string RowShape::fingerprint() const {
  std::string out;
  for (const auto& column : text_) out += column + ",";
  for (const auto& [column, count] : digits_) out += fmt::format("{}:{},", column, count);
  return out;
}

void check_digits(const std::map<std::string, std::string>& digits, const yaml::Node& node, Problems& problems) {
  for (const auto& [column, count] : digits) {
    if (digits_of(count) != 0) continue;
    const auto* field = node.find("digits");
    problems.push_back((field != nullptr ? *field : node)
                           .problem("field.range", fmt::format("digits of {} is \"{}\"", column, count),
                                    "write a number from 1 to 40: { NIK: 16 }"));
  }
}

}  // namespace simpul::sql
