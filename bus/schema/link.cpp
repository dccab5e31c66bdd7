// The last step: dynamic references and loops.
//
// `$dynamicRef` and `$recursiveRef` lead to the outermost resource on the way that has the anchor. So from each
// file's root every way is followed; what matters of a way is, for each anchor, the first resource that had it. A
// node from which such a reference can be reached is copied once for each difference it can see; all other nodes stay
// single. An anchor that only one resource has needs no copies: its references have one target whatever the way.
#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "bus/schema/compiler.h"

namespace simpul {
namespace {

constexpr std::size_t copies_limit = 50'000;
constexpr std::size_t anchors_limit = 64;  // bits of a mask
constexpr std::size_t chain_limit = 100;   // schemas that look at one value, each inside the last

// The first node that the way met, by anchor; ordered by anchor.
using Way = std::vector<std::pair<unsigned, const Node*>>;

class Linker {
 public:
  Linker(SchemaStore& store, const std::vector<SchemaResource*>& resource_of,
         const std::vector<DynamicReference>& references, ProblemList& problems)
      : store_(store), resource_of_(resource_of), problems_(problems), originals_(store.nodes.size()) {
    number_anchors(references);
  }

  std::vector<bool> run() {
    std::vector<bool> replaced(originals_, false);
    if (anchors_.empty()) return replaced;
    if (anchors_.size() > anchors_limit) {
      too_many(*store_.nodes.front().file);
      return replaced;
    }
    mark_dependents();
    for (auto& file : store_.files) {
      if (file.root == nullptr || file.built_in) continue;
      file.root = copy_for(*file.root, {});
      while (!work_.empty() && copies_ <= copies_limit) {
        auto work = std::move(work_.back());
        work_.pop_back();
        connect(work);
      }
      if (copies_ <= copies_limit) continue;
      too_many(file);
      break;
    }
    for (std::size_t i = 0; i < originals_; ++i) replaced[i] = masks_[i] != 0;
    return replaced;
  }

 private:
  struct Work {
    Node* copy;
    const Node* original;
    Way way;
  };

  // Anchors that several resources have and some reference looks for.
  void number_anchors(const std::vector<DynamicReference>& references) {
    std::unordered_map<std::string_view, std::vector<const Node*>> wanted;
    for (const auto& reference : references) wanted.try_emplace(reference.anchor);
    if (wanted.empty()) return;
    std::vector<const SchemaResource*> seen;
    for (const auto* resource : resource_of_) {
      if (resource->dynamic_anchors.empty() || std::find(seen.begin(), seen.end(), resource) != seen.end()) continue;
      seen.push_back(resource);
      for (const auto& [anchor, node] : resource->dynamic_anchors) {
        if (auto found = wanted.find(anchor); found != wanted.end()) found->second.push_back(node);
      }
    }
    for (auto& [anchor, nodes] : wanted) {
      if (nodes.size() < 2) continue;
      anchors_.emplace(anchor, static_cast<unsigned>(anchors_.size()));
      providers_.push_back(std::move(nodes));
    }
    for (const auto& reference : references) {
      if (auto found = anchors_.find(reference.anchor); found != anchors_.end())
        anchor_of_.emplace(reference.node, found->second);
    }
  }

  // For each node the anchors that something reachable from it looks for: backwards from the references.
  void mark_dependents() {
    std::vector<std::vector<std::uint32_t>> parents(originals_);
    masks_.assign(originals_, 0);
    std::vector<std::uint32_t> changed;
    for (const auto& node : store_.nodes) {
      for_each_child(node, [&](const Node* child, Part) { parents[child->index].push_back(node.index); });
      auto anchor = anchor_of_.find(&node);
      if (anchor == anchor_of_.end()) continue;
      masks_[node.index] |= std::uint64_t(1) << anchor->second;
      changed.push_back(node.index);
      for (const auto* target : providers_[anchor->second]) parents[target->index].push_back(node.index);
    }
    while (!changed.empty()) {
      auto index = changed.back();
      changed.pop_back();
      for (auto parent : parents[index]) {
        if ((masks_[parent] | masks_[index]) == masks_[parent]) continue;
        masks_[parent] |= masks_[index];
        changed.push_back(parent);
      }
    }
  }

  // The node that stands for `node` when it is reached by `way`.
  const Node* copy_for(const Node& node, const Way& way) {
    auto mask = masks_[node.index];
    if (mask == 0) return &node;
    Way seen;
    for (const auto& entry : way) {
      if (mask >> entry.first & 1) seen.push_back(entry);
    }
    for (const auto& [anchor, target] : resource_of_[node.index]->dynamic_anchors) {
      auto number = anchors_.find(anchor);
      if (number == anchors_.end() || !(mask >> number->second & 1)) continue;
      auto place = std::lower_bound(seen.begin(), seen.end(), number->second,
                                    [](const auto& entry, unsigned wanted) { return entry.first < wanted; });
      if (place == seen.end() || place->first != number->second) seen.insert(place, {number->second, target});
    }
    auto [found, added] = copies_of_.try_emplace({node.index, seen}, nullptr);
    if (!added) return found->second;
    auto& copy = store_.nodes.emplace_back(node);
    copy.index = static_cast<std::uint32_t>(store_.nodes.size() - 1);
    found->second = &copy;
    ++copies_;
    work_.push_back({&copy, &node, std::move(seen)});
    return &copy;
  }

  void connect(const Work& work) {
    if (auto anchor = anchor_of_.find(work.original); anchor != anchor_of_.end()) {
      auto place = std::find_if(work.way.begin(), work.way.end(),
                                [&](const auto& entry) { return entry.first == anchor->second; });
      if (place != work.way.end()) work.copy->dynamic_ref = place->second;
    }
    for_each_child(*work.copy, [&](const Node*& child, Part) { child = copy_for(*child, work.way); });
  }

  void too_many(const SchemaFile& file) {
    problems_.add(file, 0,
                  {"schema.too_many_ways",
                   fmt::format("the dynamic references take their schemas in "
                               "more than {} different ways",
                               copies_limit),
                   "use $ref where the target does not depend on the way, or "
                   "fewer $dynamicAnchor of one name",
                   {},
                   {},
                   Severity::error});
  }

  SchemaStore& store_;
  const std::vector<SchemaResource*>& resource_of_;
  ProblemList& problems_;
  std::size_t originals_;
  std::unordered_map<std::string_view, unsigned> anchors_;
  std::vector<std::vector<const Node*>> providers_;  // by anchor
  std::unordered_map<const Node*, unsigned> anchor_of_;
  std::vector<std::uint64_t> masks_;
  std::map<std::pair<std::uint32_t, Way>, const Node*> copies_of_;
  std::vector<Work> work_;
  std::size_t copies_ = 0;
};

}  // namespace

std::vector<bool> link_dynamic_references(SchemaStore& store, const std::vector<SchemaResource*>& resource_of,
                                          const std::vector<DynamicReference>& references, ProblemList& problems) {
  if (references.empty()) return {};
  return Linker(store, resource_of, references, problems).run();
}

// A loop of schemas that look at one value would never end. Depth first over the schemas that look at the same value;
// the length of every chain is bounded as well, so that a valid value can never exhaust the stack.
void check_loops(const SchemaStore& store, const std::vector<bool>& replaced, ProblemList& problems) {
  enum class State : std::uint8_t { unseen, open, done };
  struct Visit {
    const Node* node;
    std::vector<const Node*> next;
    std::size_t at = 0;
  };
  std::vector<State> states(store.nodes.size(), State::unseen);
  std::vector<std::uint32_t> chains(store.nodes.size(), 1);  // the longest below, the node itself counted
  std::vector<Visit> path;
  std::unordered_set<const json::Value*> told;
  auto enter = [&](const Node& node) {
    states[node.index] = State::open;
    auto& visit = path.emplace_back(Visit{&node, {}, 0});
    for_each_in_place(node, [&](const Node& child) { visit.next.push_back(&child); });
  };
  auto tell = [&](const Node& node, std::string code, std::string message, std::string hint) {
    // Copies of a node stand for one place.
    if (!told.insert(node.source).second) return;
    problems.add(*node.file, node.offset,
                 {std::move(code), std::move(message), std::move(hint), {}, node.pointer, Severity::error});
  };
  for (const auto& start : store.nodes) {
    if (start.index < replaced.size() && replaced[start.index]) continue;
    if (!(start.rules & Node::logic_rules) && start.dependent_schemas.empty()) continue;
    if (states[start.index] == State::unseen) enter(start);
    while (!path.empty()) {
      auto& top = path.back();
      if (top.at == top.next.size()) {
        const auto& done = *top.node;
        path.pop_back();
        states[done.index] = State::done;
        if (chains[done.index] == chain_limit) {
          tell(done, "schema.too_deep", fmt::format("{} schemas refer to each other in a row", chain_limit),
               "refer to the last one directly");
        }
        if (!path.empty()) {
          auto& above = chains[path.back().node->index];
          above = std::max(above, chains[done.index] + 1);
        }
        continue;
      }
      const auto& next = *top.next[top.at++];
      if (states[next.index] == State::unseen) {
        enter(next);
      } else if (states[next.index] == State::open) {
        tell(*top.node, "schema.endless_ref", "this schema refers to itself for the same value, without an end",
             "refer to it from properties or items, so that each step looks at "
             "a part of the value");
      } else {
        chains[top.node->index] = std::max(chains[top.node->index], chains[next.index] + 1);
      }
    }
  }
}

}  // namespace simpul
