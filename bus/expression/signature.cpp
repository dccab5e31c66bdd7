#include "bus/expression/signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>

namespace simpul::cel {

namespace {

constexpr std::array<std::pair<std::string_view, unsigned>, 12> plain_types = {{{"bool", kind::boolean},
                                                                                {"bytes", kind::bytes},
                                                                                {"double", kind::real},
                                                                                {"duration", kind::duration},
                                                                                {"dyn", kind::any},
                                                                                {"int", kind::integer},
                                                                                {"null_type", kind::null},
                                                                                {"number", kind::number},
                                                                                {"string", kind::text},
                                                                                {"timestamp", kind::timestamp},
                                                                                {"type", kind::type},
                                                                                {"uint", kind::uinteger}}};
constexpr unsigned depth_limit = 8;

class SignatureReader {
 public:
  explicit SignatureReader(std::string_view text) : rest_(text) {}

  std::expected<NamedSignature, std::string> read() {
    NamedSignature out;
    Signature& signature = out.signature;
    if (const auto receiver = receiver_end()) {
      signature.method = true;
      signature.parameters.push_back(type(0));
      if (!take(".")) return failed("a dot is missing after the receiver");
    }
    const std::size_t open = rest_.find('(');
    if (open == std::string_view::npos) return failed("( is missing");
    out.name = rest_.substr(0, open);
    rest_.remove_prefix(open + 1);
    while (!take(")")) {
      if (take("...")) {
        signature.rest = true;
      } else {
        signature.parameters.push_back(type(0));
      }
      take(",");
      if (rest_.empty() || !error_.empty()) return failed(") is missing");
    }
    if (!take("->")) return failed("-> is missing");
    signature.result = type(0);
    if (!error_.empty() || !rest_.empty()) return failed("text after the result");
    if (signature.rest && signature.parameters.size() <= (signature.method ? 1u : 0u))
      return failed("nothing to repeat");
    signature.type_parameters = highest_;
    return out;
  }

 private:
  // A receiver is a type before a dot; "math.abs(" is a name: `math` is no type.
  std::optional<std::size_t> receiver_end() const {
    std::size_t depth = 0;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == '(') {
        if (depth == 0 && !is_type(rest_.substr(0, i))) return std::nullopt;
        ++depth;
      } else if (rest_[i] == ')') {
        if (depth > 0) --depth;
      } else if (rest_[i] == '.' && depth == 0) {
        // list(A).join, but optional.of: a type of parts has them.
        const std::size_t open = rest_.find('(');
        const std::string_view name = rest_.substr(0, std::min(i, open));
        const bool generic = name == "list" || name == "map" || name == "optional";
        if (!is_type(name) || (generic && open > i)) return std::nullopt;
        return i;
      }
    }
    return std::nullopt;
  }
  static bool is_type(std::string_view name) {
    if (name == "list" || name == "map" || name == "optional") return true;
    if (name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z') return true;
    for (const auto& [known, kinds] : plain_types) {
      if (known == name) return true;
    }
    return false;
  }

  bool take(std::string_view token) {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
    return true;
  }

  Type type(unsigned depth) {
    std::size_t end = 0;
    while (end < rest_.size() && (std::isalnum(static_cast<unsigned char>(rest_[end])) != 0 || rest_[end] == '_'))
      ++end;
    const std::string_view name = rest_.substr(0, end);
    rest_.remove_prefix(end);
    std::vector<Type> arguments;
    const bool generic = name == "list" || name == "map" || name == "optional" || name == "type";
    if (generic && depth < depth_limit && take("(")) {
      do {
        arguments.push_back(type(depth + 1));
      } while (take(","));
      if (!take(")")) error_ = ") is missing after a type";
    }
    take("");
    if (name == "list" && arguments.size() == 1) return list_of(arguments[0]);
    if (name == "map" && arguments.size() == 2) return map_of(arguments[0], arguments[1]);
    if (name == "optional" && arguments.size() == 1) return optional_of(arguments[0]);
    if (name == "type" && arguments.size() == 1) return type_of_type(arguments[0]);
    if (name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z') {
      const auto number = static_cast<std::uint32_t>(name[0] - 'A');
      highest_ = std::max(highest_, number + 1);
      return parameter_of(number);
    }
    for (const auto& [known, kinds] : plain_types) {
      if (known == name) return type_of(kinds);
    }
    if (error_.empty()) error_ = fmt::format("\"{}\" is no type", name);
    return dyn_type();
  }

  std::unexpected<std::string> failed(std::string_view what) const {
    return std::unexpected(error_.empty() ? std::string(what) : error_);
  }

  std::string_view rest_;
  std::string error_;
  std::uint32_t highest_ = 0;
};

std::map<std::string, Callable, std::less<>> all_callables() {
  std::map<std::string, Callable, std::less<>> all;
  for (const auto& entry : functions()) {
    Callable& callable = all[std::string(entry.name)];
    callable.name = entry.name;
    callable.entry = &entry;
    for (const auto& overload : entry.overloads) {
      if (overload.id.empty()) continue;  // a macro's form, to be read by people
      if (auto read = read_signature(overload.id, overload.signature)) {
        callable.signatures.push_back(std::move(read->signature));
      }
    }
  }
  for (const auto& overload : operator_overloads()) {
    Callable& callable = all[std::string(overload.name)];
    callable.name = overload.name;
    if (auto read = read_signature(overload.id, overload.signature)) {
      callable.signatures.push_back(std::move(read->signature));
    }
  }
  return all;
}

}  // namespace

std::expected<NamedSignature, std::string> read_signature(std::string_view id, std::string_view text) {
  auto read = SignatureReader(text).read();
  if (read) read->signature.id = id;
  return read;
}

const Callable* find_callable(std::string_view name) {
  static const std::map<std::string, Callable, std::less<>> all = all_callables();
  const auto found = all.find(name);
  return found == all.end() ? nullptr : &found->second;
}

}  // namespace simpul::cel
