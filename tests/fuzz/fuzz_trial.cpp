// Any bytes as the files of `simpul test`: a test, and after lines that are "---" the table, the events and the
// snapshot beside it. They are refused with words, or their cases run and end, alike each time.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/small_deployment.h"
#include "tools/trial/session.h"
#include "tools/trial/verdicts.h"
#include "tools/trial/world.h"

namespace {

using namespace simpul;
using namespace simpul::trial;
using fuzz::require;

constexpr std::size_t cases_run = 5, events_run = 50;

const Generation& generation() {
  static const auto made = compile_generation(fuzz::small_deployment(), fuzz::adapters());
  require(made.has_value());
  return **made;
}

void run(const Case& one) {
  if (one.given.size() > events_run) return;
  const auto outcome = run_case(one, generation(), nullptr);
  const auto again = run_case(one, generation(), nullptr);
  require(to_json(to_tree(outcome, one)) == to_json(to_tree(again, one)));
  for (const auto& failure : failures_of(one, outcome)) require(!failure.message.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(bytes), size);
  std::array<std::string_view, 4> texts;
  for (auto& text : texts) {
    const auto end = rest.find("\n---\n");
    text = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 5);
  }
  const ReadFile read = [&](const std::string& path) -> Result<std::string> {
    const auto place = path.ends_with(".csv")             ? 1
                       : path.ends_with(".json")          ? 2
                       : path.ends_with(".snapshot.yaml") ? 3
                                                          : 0;
    return std::string(texts[static_cast<std::size_t>(place)]);
  };
  const auto file = read_test_file("routes/uji.test.yaml", generation(), read);
  if (!file) {
    require(!file.error().empty());
    for (const auto& problem : file.error()) require(!problem.code.empty() && !problem.message.empty());
    return 0;
  }
  for (std::size_t i = 0; i < file->cases.size() && i < cases_run; ++i) run(file->cases[i]);
  return 0;
}
