#include "tests/schema/differential/judge.h"

#include <algorithm>

namespace simpul::differential {
namespace {

using Kind = Tree::Kind;

// Numbers of draft 4 mean their text: 1.0 is no integer there.
bool numbers_may_change(const Tree& schema) {
  const auto* dialect = schema.find("$schema");
  return dialect == nullptr || dialect->text != uri_of(Dialect::draft4);
}

std::string complaint_of(const Schema& schema, const Tree& document, const Tree& file, Dice& dice, bool& valid) {
  auto parsed = json::parse(write(document));
  if (!parsed) return "the document does not load: " + parsed.error().message;
  valid = schema.valid(parsed->root());
  if (valid != schema.explain(parsed->root()).empty())
    return valid ? "valid() says yes, explain() has reasons" : "valid() says no, explain() has no reason";
  auto again = json::parse(write_otherwise(document, dice, numbers_may_change(file)));
  if (!again) return "the document does not load when it is written otherwise: " + again.error().message;
  if (schema.valid(again->root()) != valid) return "the answer changes with the document's spelling";
  if (schema.explain(again->root(), 1).empty() != valid) return "the explanation changes with the document's spelling";
  return {};
}

// Every tree that is a little smaller than `tree`, most daring first; `use` says whether to stop there.
bool smaller(const Tree& tree, const std::function<bool(const Tree&)>& use) {
  for (const auto& item : tree.items) {
    if (use(item)) return true;
  }
  for (const auto& [name, value] : tree.members) {
    if (value.is(Kind::object) && use(value)) return true;
  }
  for (int half = 0; half < 2 && tree.members.size() > 6; ++half) {
    auto less = tree;
    auto middle = less.members.begin() + static_cast<std::ptrdiff_t>(less.members.size() / 2);
    half == 0 ? less.members.erase(less.members.begin(), middle) : less.members.erase(middle, less.members.end());
    if (use(less)) return true;
  }
  for (std::size_t i = 0; i < tree.items.size(); ++i) {
    auto less = tree;
    less.items.erase(less.items.begin() + static_cast<std::ptrdiff_t>(i));
    if (use(less)) return true;
  }
  for (std::size_t i = 0; i < tree.members.size(); ++i) {
    auto less = tree;
    less.members.erase(less.members.begin() + static_cast<std::ptrdiff_t>(i));
    if (use(less)) return true;
  }
  if (tree.is(Kind::string) && !tree.text.empty() && use(Tree::string(""))) return true;
  if (tree.is(Kind::number) && tree.text != "0" && use(Tree::number("0"))) return true;
  for (std::size_t i = 0; i < tree.items.size(); ++i) {
    if (smaller(tree.items[i], [&](const Tree& part) {
          auto changed = tree;
          changed.items[i] = part;
          return use(changed);
        }))
      return true;
  }
  for (std::size_t i = 0; i < tree.members.size(); ++i) {
    if (smaller(tree.members[i].second, [&](const Tree& part) {
          auto changed = tree;
          changed.members[i].second = part;
          return use(changed);
        }))
      return true;
  }
  return false;
}

std::vector<const Tree*> children(const Tree& tree) {
  std::vector<const Tree*> out;
  for (const auto& item : tree.items) out.push_back(&item);
  for (const auto& [name, value] : tree.members) out.push_back(&value);
  return out;
}

// A step down in both at once: a subschema and a part of the document.
bool both_smaller(const Pair& pair, const std::function<bool(const Pair&)>& use) {
  for (const auto* outer : children(pair.schema)) {
    for (const auto* inner : children(*outer)) {
      for (const auto* schema : {outer, inner}) {
        for (const auto* part : children(pair.document)) {
          if (schema->is(Kind::object) && use({pair.dialect, *schema, *part})) return true;
        }
      }
    }
  }
  return false;
}

}  // namespace

std::string to_text(const Finding& finding) {
  return finding.what + "\n  schema   " + write(finding.pair.schema) + "\n  document " + write(finding.pair.document);
}

std::shared_ptr<const Schema> load(const Tree& schema, std::string& why) {
  SchemaRules rules;
  rules.strict = false;
  auto registry = compile_schemas({{"case.json", write(schema)}}, rules);
  if (registry) return (*registry)->find("case");
  why = registry.error().empty() ? "without a reason" : registry.error().front().message;
  return nullptr;
}

std::optional<bool> is_valid(const Tree& schema, const Tree& document) {
  std::string why;
  auto loaded = load(schema, why);
  auto parsed = json::parse(write(document));
  if (loaded == nullptr || !parsed) return std::nullopt;
  return loaded->valid(parsed->root());
}

std::vector<bool> judge(const Case& one, Dice& dice, Counts& counts, std::vector<Finding>& findings) {
  std::string why;
  auto schema = load(one.schema, why);
  ++counts.schemas;
  if (schema == nullptr) {
    findings.push_back({"refused at load: " + why, {one.dialect, one.schema, Tree::null()}});
    return {};
  }
  std::vector<bool> answers;
  for (const auto& document : one.documents) {
    bool valid = false;
    auto what = complaint_of(*schema, document, one.schema, dice, valid);
    if (!what.empty()) findings.push_back({what, {one.dialect, one.schema, document}});
    ++counts.pairs;
    counts.valid += valid;
    answers.push_back(valid);
  }
  return answers;
}

std::string complaint(const Pair& pair) {
  std::string why;
  auto schema = load(pair.schema, why);
  if (schema == nullptr) return "refused at load: " + why;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    Dice dice(seed);
    bool valid = false;
    auto what = complaint_of(*schema, pair.document, pair.schema, dice, valid);
    if (!what.empty()) return what;
  }
  return {};
}

Pair shrink(Pair pair, const std::function<bool(const Pair&)>& fails, std::size_t tries) {
  bool progress = true;
  auto attempt = [&](const Pair& candidate) {
    if (tries == 0) return true;  // stops the search; nothing is taken over
    --tries;
    if (!fails(candidate)) return false;
    pair = candidate;
    progress = true;
    return true;
  };
  while (progress && tries > 0) {
    progress = false;
    auto now = pair;
    both_smaller(now, attempt);
    now = pair;
    smaller(now.schema, [&](const Tree& schema) { return attempt({now.dialect, schema, now.document}); });
    now = pair;
    smaller(now.document, [&](const Tree& document) { return attempt({now.dialect, now.schema, document}); });
  }
  return pair;
}

}  // namespace simpul::differential
