// The overloads of functions.h and the operators' own as types: read once, when first asked for.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bus/expression/functions.h"
#include "bus/expression/types.h"

namespace simpul::cel {

struct Signature {
  std::string id;
  bool method = false;  // the receiver is the first of `parameters`
  bool rest = false;    // the last one any number of times
  std::vector<Type> parameters;
  Type result;
  std::uint32_t type_parameters = 0;  // how many; they are numbered from 0
};

// A function, or an operator by cel-go's name ("_+_"), with the forms it has.
struct Callable {
  std::string name;
  std::vector<Signature> signatures;
  const FunctionEntry* entry = nullptr;  // null: an operator, or a function of a suite
};

// "string.startsWith(string) -> bool": its name and its form. What is wrong with it, otherwise.
struct NamedSignature {
  std::string name;
  Signature signature;
};
std::expected<NamedSignature, std::string> read_signature(std::string_view id, std::string_view text);

const Callable* find_callable(std::string_view name);

// operators.cpp: cel-go's names and ids, and our own ones for JSON numbers.
struct OperatorOverload {
  std::string_view name, id, signature;  // the signature's name is any
};
std::span<const OperatorOverload> operator_overloads();

}  // namespace simpul::cel
