#include "bus/schema/containment.h"

#include "bus/schema/judge.h"
#include "bus/schema/prover.h"

namespace simpul {
namespace {

constexpr std::size_t most_reasons = 32;
constexpr std::size_t witness_depth = 1'000;

Containment not_decided(const Blame& blame, const Node& root) {
  Containment result;
  result.answer = Contained::undecidable;
  result.keyword = blame.keyword;
  if (!blame.detail.empty()) result.keyword += ": " + std::string(blame.detail);
  const Node& node = blame.node != nullptr && blame.node->file != nullptr ? *blame.node : root;
  if (node.file != nullptr) result.place = node.file->path + "#" + node.pointer;
  if (blame.node != nullptr && node.source != nullptr && node.source->is_object() &&
      node.source->find(blame.keyword) != nullptr)
    json::append_pointer(result.place, blame.keyword);
  return result;
}

}  // namespace

Containment contained(const Schema& a, const Schema& b, const ContainmentOptions& options) {
  const auto* from = root_of(a);
  const auto* to = root_of(b);
  if (from == nullptr || to == nullptr) {
    Containment result;
    result.keyword = "not a compiled schema";
    return result;
  }
  Prover prover(options.steps);
  const Node& read = options.tolerant_reader ? prover.opened(*to) : *to;
  auto outcome = prover.solve({prover.literal(*from), opposite(prover.literal(read))});
  if (outcome.is_unknown()) return not_decided(outcome.blame, *to);
  Containment result;
  if (outcome.is_none()) {
    result.answer = Contained::yes;
    return result;
  }
  // The proof is the document itself, read anew: both schemas and both passes must say the same of it.
  result.witness = json::write(outcome.value);
  auto document = json::parse(result.witness, {.depth = witness_depth});
  bool refuted = document && a.valid(document->root()) && !b.valid(document->root()) &&
                 a.explain(document->root(), 1).empty() && !Judge().holds(read, document->root());
  if (refuted) result.reasons = b.explain(document->root(), most_reasons);
  if (!refuted || result.reasons.empty())
    return not_decided({"a witness that both schemas agree on", {}, nullptr}, *to);
  result.answer = Contained::no;
  return result;
}

Evolution evolution(const Schema& before, const Schema& after, std::uint64_t steps) {
  Evolution result;
  result.backward = contained(before, after, {.steps = steps});
  result.forward = contained(after, before, {.steps = steps});
  result.forward_tolerant = contained(after, before, {.tolerant_reader = true, .steps = steps});
  return result;
}

}  // namespace simpul
