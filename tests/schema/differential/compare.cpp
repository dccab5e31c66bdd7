#include "tests/schema/differential/compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "tests/schema/differential/known.h"

namespace simpul::differential {
namespace {

// The same complaint about another schema is the same finding: places and numbers in its words do not count.
std::string kind_of(std::string what) {
  std::erase_if(what, [](char c) { return (c >= '0' && c <= '9') || c == '"'; });
  return what.substr(0, std::min<std::size_t>(what.find('('), 60));
}

class Comparison {
 public:
  explicit Comparison(const Plan& plan) : plan_(plan), dice_(plan.seed) {}

  Report run() {
    Taste taste;
    taste.numbers_beyond_doubles = taste.country_formats = plan_.peer == nullptr;
    auto seed = plan_.seed;
    while (report_.counts.pairs < plan_.pairs && report_.findings.size() < plan_.findings && !gone_) {
      auto one = make_case(seed++ * 1000003, plan_.documents, taste);
      if (plan_.peer != nullptr) plan_.peer->send(one.dialect, one.schema, one.documents);
      std::vector<Finding> alone;
      auto answers = judge(one, dice_, report_.counts, alone);
      auto theirs = plan_.peer != nullptr ? plan_.peer->receive() : std::nullopt;
      gone_ = plan_.peer != nullptr && !theirs;
      for (const auto& finding : alone) add_own(finding);
      if (theirs) compare(one, answers, *theirs);
      if (plan_.progress) plan_.progress(report_);
    }
    if (gone_) report_.findings.push_back({"the peer ended", {}});
    return std::move(report_);
  }

 private:
  void add(Finding finding) {
    bool there = std::any_of(report_.findings.begin(), report_.findings.end(),
                             [&](const Finding& each) { return to_text(each) == to_text(finding); });
    if (!there) report_.findings.push_back(std::move(finding));
  }

  void add_own(const Finding& finding) {
    auto kind = kind_of(finding.what);
    if (++own_[kind] > 3) return;  // three of a kind show it
    auto small = shrink(finding.pair, [&](const Pair& pair) { return kind_of(complaint(pair)) == kind; });
    add({complaint(small), small});
  }

  void compare(const Case& one, const std::vector<bool>& answers, const Peer::Answer& theirs) {
    if (!theirs.refused.empty()) {
      ++report_.refused[kind_of(theirs.refused)];
      return;
    }
    for (std::size_t i = 0; i < answers.size() && i < theirs.valid.size(); ++i) {
      if (!fits_doubles(one.documents[i])) {
        ++report_.not_compared;
        continue;
      }
      ++report_.compared;
      if (answers[i] != theirs.valid[i]) disagreement({one.dialect, one.schema, one.documents[i]});
    }
  }

  // Nothing when one of the sides does not answer.
  std::optional<bool> peer_says(const Pair& pair) {
    auto answer = plan_.peer->ask(pair.dialect, pair.schema, {pair.document});
    if (!answer || !answer->refused.empty() || answer->valid.size() != 1) return std::nullopt;
    return answer->valid[0];
  }
  bool agrees(const Pair& pair) {
    auto ours = is_valid(pair.schema, pair.document), theirs = peer_says(pair);
    return ours && theirs && *ours == *theirs;
  }
  bool disagrees(const Pair& pair) {
    auto ours = is_valid(pair.schema, pair.document), theirs = ours ? peer_says(pair) : std::nullopt;
    return ours && theirs && *ours != *theirs;
  }

  // The rule that explains the disagreement; empty when none does.
  std::string explanation(const Pair& pair) {
    const auto* known = explained(pair, [&](const Pair& other) { return agrees(other); });
    if (known == nullptr) return {};
    if (!known->needs_arbiter || plan_.arbiter == nullptr) return known->name;
    auto same = for_arbiter(pair);
    auto ours = is_valid(pair.schema, pair.document);
    if (is_valid(same.schema, same.document) != ours) return {};
    auto verdict = plan_.arbiter->is_valid(same.schema, same.document);
    if (!verdict) return known->name + ", the arbiter does not answer";
    return *verdict == ours ? known->name + ", the arbiter agrees with us" : "";
  }

  void disagreement(const Pair& pair) {
    if (auto why = explanation(pair); !why.empty()) {
      ++report_.known[why];
      return;
    }
    auto small = shrink(pair, [&](const Pair& other) { return disagrees(other) && explanation(other).empty(); }, 1000);
    bool ours = is_valid(small.schema, small.document).value_or(false);
    auto verdict = plan_.arbiter != nullptr ? plan_.arbiter->is_valid(small.schema, small.document) : std::nullopt;
    add({fmt::format(
             "draft {}: we say {}, the peer says {}{}", name_of(small.dialect), ours ? "valid" : "invalid",
             ours ? "invalid" : "valid",
             verdict ? *verdict == ours ? "; the arbiter agrees with us" : "; the arbiter agrees with the peer" : ""),
         small});
  }

  const Plan& plan_;
  Dice dice_;
  Report report_;
  std::map<std::string, std::size_t> own_;
  bool gone_ = false;
};

}  // namespace

Report run(const Plan& plan) {
  return Comparison(plan).run();
}

}  // namespace simpul::differential
