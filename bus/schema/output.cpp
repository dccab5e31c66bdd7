#include "bus/schema/output.h"

#include <algorithm>
#include <memory>

#include "bus/schema/annotations.h"
#include "bus/schema/faults.h"
#include "bus/schema/source_place.h"

namespace simpul {
namespace {

// One keyword that is to be told.
struct Line {
  const Node* node;
  std::string_view keyword;
  std::string instance, way;
  std::string text;  // an error's words; an annotation as JSON, or nothing
  std::vector<Passed> passed;
};

// A schema with what is told of it, or a keyword (`line`), with what is told below it.
struct Branch {
  const Node* node = nullptr;
  std::string way, instance;
  const Line* line = nullptr;
  std::vector<std::unique_ptr<Branch>> below;
};

std::vector<Line> error_lines(const Node& root, const json::Value& value, Judge& judge) {
  std::vector<Line> lines;
  FaultWriter writer(root, judge);
  for (auto& fault : faults_of(root, value, judge, Alternatives::all)) {
    auto words = writer.write(fault).words.english;
    lines.push_back({fault.node, fault.keyword, std::move(fault.instance), std::move(fault.way), std::move(words),
                     std::move(fault.passed)});
  }
  return lines;
}

std::vector<Line> annotation_lines(const Node& root, const json::Value& value, Judge& judge) {
  std::vector<Line> lines;
  for (auto& held : held_keywords(root, value, judge)) {
    lines.push_back({held.node, held.keyword, std::move(held.instance), std::move(held.way), std::move(held.annotation),
                     std::move(held.passed)});
  }
  return lines;
}

class OutputWriter {
 public:
  OutputWriter(const Node& root, bool valid) : root_(root), valid_(valid) {}

  void basic(const std::vector<Line>& lines) {
    begin(root_, "", "", "");
    list(lines.empty(), [&] {
      for (const auto& line : lines) unit(line);
    });
    out_.end_object();
  }

  void detailed(const std::vector<Line>& lines) {
    Branch top{&root_, "", "", nullptr, {}};
    for (const auto& line : lines) grow(top, line);
    nest(top);
    begin(root_, "", "", "");
    list(top.below.empty(), [&] {
      for (const auto& child : top.below) write(*child);
    });
    out_.end_object();
  }

  std::string take() { return out_.take(); }

 private:
  void begin(const Node& node, std::string_view keyword, std::string_view way, std::string_view instance) {
    out_.begin_object().member("valid", valid_).member("keywordLocation", way);
    out_.member("absoluteKeywordLocation", absolute_location(node, keyword)).member("instanceLocation", instance);
  }
  template <class Fill>
  void list(bool empty, Fill fill) {
    // A unit that is not valid has errors, even none (core §12.3.5).
    if (empty && valid_) return;
    out_.name(valid_ ? "annotations" : "errors").begin_array();
    fill();
    out_.end_array();
  }
  void text(const Line& line) {
    if (!valid_)
      out_.member("error", line.text);
    else if (!line.text.empty())
      out_.name("annotation").raw(line.text);
  }
  void unit(const Line& line) {
    begin(*line.node, line.keyword, line.way, line.instance);
    text(line);
    out_.end_object();
  }

  static void grow(Branch& top, const Line& line) {
    auto* at = &top;
    for (const auto& passed : line.passed) {
      auto way = line.way.substr(0, passed.way), instance = line.instance.substr(0, passed.instance);
      // Lines come in the order of the walk: what belongs together stands together.
      auto* last = at->below.empty() ? nullptr : at->below.back().get();
      if (last == nullptr || last->line != nullptr || last->way != way || last->instance != instance) {
        at->below.push_back(std::make_unique<Branch>(Branch{passed.node, way, instance, nullptr, {}}));
        last = at->below.back().get();
      }
      at = last;
    }
    at->below.push_back(std::make_unique<Branch>(Branch{line.node, line.way, line.instance, &line, {}}));
  }

  // What a keyword's schemas say stands below what the keyword itself says.
  static void nest(Branch& branch) {
    std::vector<std::unique_ptr<Branch>> kept;
    for (auto& child : branch.below) {
      nest(*child);
      auto owner = child->line != nullptr ? kept.end() : std::find_if(kept.begin(), kept.end(), [&](const auto& other) {
        return other->line != nullptr && child->way.starts_with(other->way + "/");
      });
      (owner == kept.end() ? kept : (*owner)->below).push_back(std::move(child));
    }
    branch.below = std::move(kept);
  }

  void write(const Branch& branch) {
    if (branch.line == nullptr && branch.below.size() == 1) return write(*branch.below.front());
    begin(*branch.node, branch.line == nullptr ? std::string_view() : branch.line->keyword, branch.way,
          branch.instance);
    if (branch.line != nullptr) text(*branch.line);
    if (!branch.below.empty()) {
      list(false, [&] {
        for (const auto& child : branch.below) write(*child);
      });
    }
    out_.end_object();
  }

  const Node& root_;
  bool valid_;
  json::Writer out_;
};

}  // namespace

std::optional<OutputForm> output_form(std::string_view name) {
  if (name == "flag") return OutputForm::flag;
  if (name == "basic") return OutputForm::basic;
  if (name == "detailed") return OutputForm::detailed;
  return std::nullopt;
}

std::string output_text(const Schema& schema, const json::Value& value, OutputForm form) {
  const auto* root = root_of(schema);
  bool valid = schema.valid(value);
  if (root == nullptr || form == OutputForm::flag) {
    json::Writer out;
    out.begin_object().member("valid", valid).end_object();
    return out.take();
  }
  Judge judge;
  auto lines = valid ? annotation_lines(*root, value, judge) : error_lines(*root, value, judge);
  OutputWriter writer(*root, valid);
  form == OutputForm::basic ? writer.basic(lines) : writer.detailed(lines);
  return writer.take();
}

}  // namespace simpul
