#include "bus/expression/unify.h"

#include <algorithm>

namespace simpul::cel {

namespace {

constexpr unsigned work_limit = 50'000;
constexpr unsigned depth_limit = 80;

bool has_parameter(const Type& type, unsigned depth = 0) {
  if (type.is_parameter() || depth > depth_limit) return true;
  if (type.parts == nullptr) return false;
  return std::ranges::any_of(type.parts->arguments, [&](const Type& of) { return has_parameter(of, depth + 1); });
}

}  // namespace

bool is_same(const Type& a, const Type& b) {
  if (a.kinds != b.kinds || a.parameter != b.parameter) return false;
  if (a.parts == b.parts) return a.parts != nullptr || facts_of(a).cursor == facts_of(b).cursor;
  if (a.parts == nullptr || b.parts == nullptr || a.parts->name != b.parts->name) return false;
  return std::ranges::equal(a.parts->arguments, b.parts->arguments, is_same);
}

bool is_as_general(const Type& a, const Type& b) {
  if (a.is_dyn() || a.is_parameter()) return true;
  if (b.is_dyn() || b.is_parameter()) return false;
  if ((a.kinds & ~kind::null) != (b.kinds & ~kind::null)) return false;
  if (a.kinds == kind::type || a.parts == nullptr || b.parts == nullptr) return true;
  return a.parts->name == b.parts->name && std::ranges::equal(a.parts->arguments, b.parts->arguments, is_as_general);
}

std::uint32_t Unifier::reserve(std::uint32_t count) {
  const std::uint32_t first = next_;
  next_ += count;
  return first;
}

Type Unifier::instantiate(const Type& type, std::uint32_t first, unsigned depth) const {
  if (type.is_parameter()) return parameter_of(first + type.parameter);
  if (type.parts == nullptr || depth > depth_limit || !has_parameter(type)) return type;
  std::vector<Type> arguments;
  for (const auto& argument : type.parts->arguments) arguments.push_back(instantiate(argument, first, depth + 1));
  return with_arguments(type, std::move(arguments));
}

const Type* Unifier::find(std::uint32_t parameter) const {
  const auto found = std::ranges::find(bound_, parameter, &Bound::parameter);
  return found == bound_.end() ? nullptr : &found->type;
}

void Unifier::bind(std::uint32_t parameter, Type type) {
  const auto found = std::ranges::find(bound_, parameter, &Bound::parameter);
  if (found == bound_.end()) {
    bound_.push_back({parameter, std::move(type)});
  } else {
    found->type = std::move(type);
  }
}

bool Unifier::assignable(const Type& from, const Type& to, bool loosely) {
  return assignable_all({&from, 1}, {&to, 1}, loosely);
}

bool Unifier::assignable_all(std::span<const Type> from, std::span<const Type> to, bool loosely) {
  if (from.size() != to.size()) return false;
  const bool plain = std::ranges::none_of(from, [](const Type& type) { return has_parameter(type); }) &&
                     std::ranges::none_of(to, [](const Type& type) { return has_parameter(type); });
  std::vector<Bound> before;
  if (!plain) before = bound_;
  loosely_ = loosely;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (fits(from[i], to[i])) continue;
    if (!plain) bound_ = std::move(before);
    return false;
  }
  return true;
}

bool Unifier::fits(const Type& from, const Type& to) {
  if (++work_ > work_limit || depth_ > depth_limit) return true;
  if (to.is_parameter()) {
    bool known = false;
    if (substitutes(from, to, known)) return true;
    if (known) return false;
  }
  if (from.is_parameter()) {
    bool known = false;
    return substitutes(to, from, known);
  }
  if (from.is_dyn() || to.is_dyn()) return true;
  if (from.kinds == kind::null || to.kinds == kind::null) {
    const Type& other = from.kinds == kind::null ? to : from;
    constexpr unsigned nullable = kind::timestamp | kind::duration | kind::opaque | kind::optional;
    return other.can_be(kind::null) || (as_cel_go_ && other.can_be(nullable));
  }
  const unsigned both = from.kinds & to.kinds & ~kind::null;
  if (both != 0) return fits_structure(both, from, to);
  if (!loosely_) return false;
  if (to.can_be(kind::number) && from.can_be(kind::numeric)) return true;
  if (to.can_be(kind::real) && (from.can_be(kind::number) || (from.from_json && from.can_be(kind::integer))))
    return true;
  return to.can_be(kind::timestamp) && is_date_text(from);
}

bool Unifier::fits_structure(unsigned kinds, const Type& from, const Type& to) {
  if (kinds & ~(kind::list | kind::map | kind::optional | kind::opaque)) return true;
  ++depth_;
  bool good = true;
  if (kinds & kind::list) good = fits(item_type(from), item_type(to));
  if (good && (kinds & kind::map)) good = fits(key_type(from), key_type(to)) && fits(value_type(from), value_type(to));
  if (good && (kinds & kind::optional)) good = fits(inner_type(from), inner_type(to));
  if (good && (kinds & kind::opaque)) {
    const auto& a = from.parts->arguments;
    const auto& b = to.parts->arguments;
    good = from.parts->name == to.parts->name && a.size() == b.size();
    for (std::size_t i = 0; good && i < a.size(); ++i) good = fits(a[i], b[i]);
  }
  --depth_;
  return good;
}

bool Unifier::substitutes(const Type& type, const Type& parameter, bool& known) {
  if (type.is_parameter() && type.parameter == parameter.parameter) return known = true;
  if (const Type* found = find(parameter.parameter)) {
    known = true;
    const Type bound = *found;
    if (is_same(type, bound)) {
      if (type.facts != bound.facts || type.personal != bound.personal) bind(parameter.parameter, general(type, bound));
      return true;
    }
    ++depth_;
    const bool good = fits(type, bound);
    --depth_;
    if (!good) return false;
    Type wider = general(type, bound);
    if (!occurs(parameter.parameter, wider)) bind(parameter.parameter, std::move(wider));
    return true;
  }
  if (occurs(parameter.parameter, type)) return false;
  bind(parameter.parameter, type);
  return true;
}

bool Unifier::occurs(std::uint32_t parameter, const Type& in, unsigned depth) {
  if (++work_ > work_limit || depth > depth_limit) return true;
  if (in.is_parameter()) {
    if (in.parameter == parameter) return true;
    const Type* found = find(in.parameter);
    return found != nullptr && occurs(parameter, *found, depth + 1);
  }
  if (in.parts == nullptr) return false;
  return std::ranges::any_of(in.parts->arguments, [&](const Type& type) { return occurs(parameter, type, depth + 1); });
}

// The one of two types that is less specific; of two that are the same, without the facts that only one has.
Type Unifier::general(const Type& a, const Type& b) {
  if (!has_parameter(a) && !has_parameter(b) && (!as_cel_go_ || is_same(a, b))) return join(a, b);
  Type type = is_as_general(a, b) ? a : b;
  if (!as_cel_go_ && !type.is_parameter()) type.kinds |= (a.kinds | b.kinds) & kind::null;
  type.personal = std::max(a.personal, b.personal);
  if (facts_of(type).cursor == nullptr) type.facts = nullptr;
  return type;
}

bool Unifier::unite(Type& into, const Type& other) {
  if (!assignable(into, other)) return false;
  into = general(into, other);
  return true;
}

Type Unifier::resolve(const Type& type, bool to_dyn) {
  return resolve(type, to_dyn, 0);
}

Type Unifier::resolve(const Type& type, bool to_dyn, unsigned depth) {
  if (++work_ > work_limit || depth > depth_limit) return dyn_type(type.personal);
  if (type.is_parameter()) {
    const Type* found = find(type.parameter);
    if (found != nullptr) return resolve(*found, to_dyn, depth + 1);
    return to_dyn ? dyn_type(type.personal) : type;
  }
  if (type.parts == nullptr || !has_parameter(type)) return type;
  std::vector<Type> arguments;
  for (const auto& argument : type.parts->arguments) arguments.push_back(resolve(argument, to_dyn, depth + 1));
  return with_arguments(type, std::move(arguments));
}

}  // namespace simpul::cel
