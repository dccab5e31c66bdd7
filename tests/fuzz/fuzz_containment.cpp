// Two texts, split at the first line that is "---": two schemas. Whether the first is contained in the second is
// answered within the steps; a no has a witness that both passes of both schemas confirm, and a yes is not contradicted
// by what the first schema is known to accept.
#include <cstdint>
#include <cstdlib>

#include "bus/schema/containment.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const simpul::Schema& a, const simpul::Schema& b, const simpul::Schema& nothing, bool tolerant) {
  using namespace simpul;
  constexpr std::uint64_t steps = 5'000;
  auto result = contained(a, b, {.tolerant_reader = tolerant, .steps = steps});
  if (result.answer == Contained::undecidable) {
    require(!result.keyword.empty());
    return;
  }
  auto accepted = result.answer == Contained::no ? result : contained(a, nothing, {.steps = steps});
  if (accepted.answer != Contained::no) return;
  auto witness = json::parse(accepted.witness, {.depth = 1000});
  require(witness.has_value());
  const auto& value = witness->root();
  require(a.valid(value) && a.explain(value).empty());
  if (result.answer == Contained::no) {
    require(!b.valid(value) && !b.explain(value).empty() && !result.reasons.empty());
  } else if (!tolerant) {
    require(b.valid(value));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace simpul;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  auto split = input.find("\n---\n");
  if (split == input.npos) return 0;
  auto registry = compile_schemas({{"a.json", std::string(input.substr(0, split))},
                                   {"b.json", std::string(input.substr(split + 5))},
                                   {"nothing.json", "false"}});
  if (!registry) return 0;
  auto a = (*registry)->find("a"), b = (*registry)->find("b"), nothing = (*registry)->find("nothing");
  check(*a, *b, *nothing, false);
  check(*b, *a, *nothing, true);
  return 0;
}
