// Finds what type parameters stand for, as cel-go's checker does it (checker/types.go): an assignment either binds
// parameters or changes nothing. Bounded: types that grow beyond measure are taken for dyn.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "bus/expression/types.h"

namespace simpul::cel {

class Unifier {
 public:
  // `as_cel_go`: what differs is dyn; otherwise it is the union of both, and null fits what schemas say.
  explicit Unifier(bool as_cel_go) : as_cel_go_(as_cel_go) {}

  Type fresh() { return parameter_of(next_++); }
  // A signature's type with fresh parameters for its own; `first` is what reserve() gave.
  std::uint32_t reserve(std::uint32_t count);
  Type instantiate(const Type& type, std::uint32_t first, unsigned depth = 0) const;

  // `loosely`: a JSON number also goes where a double or a timestamp's text is asked, see fits().
  bool assignable(const Type& from, const Type& to, bool loosely = false);
  bool assignable_all(std::span<const Type> from, std::span<const Type> to, bool loosely = false);
  // The type with what was found put in; parameters of which nothing is known stay, or become dyn.
  Type resolve(const Type& type, bool to_dyn = false);
  // The type of what is one or the other, when one goes where the other is asked; none otherwise.
  bool unite(Type& into, const Type& other);

 private:
  struct Bound {
    std::uint32_t parameter = 0;
    Type type;
  };
  const Type* find(std::uint32_t parameter) const;
  void bind(std::uint32_t parameter, Type type);
  bool fits(const Type& from, const Type& to);
  bool fits_structure(unsigned kinds, const Type& from, const Type& to);
  bool substitutes(const Type& type, const Type& parameter, bool& known);
  bool occurs(std::uint32_t parameter, const Type& in, unsigned depth = 0);
  Type general(const Type& a, const Type& b);
  Type resolve(const Type& type, bool to_dyn, unsigned depth);

  bool as_cel_go_;
  bool loosely_ = false;
  std::uint32_t next_ = 64;  // below are those of signatures
  unsigned work_ = 0;
  unsigned depth_ = 0;
  std::vector<Bound> bound_;
};

// Whether `a` says the same as `b` or less.
bool is_as_general(const Type& a, const Type& b);
bool is_same(const Type& a, const Type& b);

}  // namespace simpul::cel
