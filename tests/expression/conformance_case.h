// A test of cel-spec's suites, as conformance_fixture.cjs gives it, in the words of our engine: declarations from its
// types, cells from its values, and whether a result is the one that it wants.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bus/event/json.h"
#include "bus/expression/checker.h"

namespace simpul::cel {

// Where the suites are, or why they are not.
struct Suites {
  std::string packages;
  std::string missing;
};
Suites find_suites();
// What the fixture script answers for a section ("--sections": which there are); nothing when it fails.
std::optional<json::Document> read_suite(const Suites& suites, const std::string& section);

// Cells live as long as this.
class ProtoValues {
 public:
  // cel.expr.Value in protobuf's JSON; none for messages and enums.
  std::optional<Cell> cell(const json::Value& value);
  std::optional<std::string> text_of(const json::Value& value) const;

 private:
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }
  std::optional<Cell> object(const json::Value& message);

  std::deque<std::string> texts_;
  std::deque<std::vector<Cell>> lists_;
  std::deque<std::vector<Entry>> maps_;
};

// cel.expr.Type in protobuf's JSON; none for messages. `parameters` collects the names of type parameters.
std::optional<Type> proto_type(const json::Value& type, std::vector<std::string>& parameters);

// The variables and functions that a test declares, values bound to names among them; none when one is a message.
std::optional<Declarations> declarations_of(const json::Value& test);
// What cel-go's own tests of its checker have declared beforehand (checker_test.go, its default environment).
void add_default_environment(Declarations& declarations);

// Strict: kinds must be the same, doubles may both be NaN, maps may stand in another order.
bool same(const Cell& wanted, const Cell& got);
std::string to_text(const Cell& cell);

}  // namespace simpul::cel
