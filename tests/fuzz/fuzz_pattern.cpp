// Two texts, split at the first line end: a pattern and what it is tried on. It is refused with words, or RE2, the
// pattern and its automaton agree on the text, and the automaton on its own operations.
#include <re2/re2.h>

#include <cstdint>
#include <cstdlib>

#include "bus/base/bytes.h"
#include "bus/schema/automaton.h"
#include "bus/schema/pattern.h"
#include "bus/schema/re2_words.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace simpul;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  auto split = input.find('\n');
  auto source = input.substr(0, split);
  std::string_view text = split == input.npos ? std::string_view() : input.substr(split + 1);
  auto pattern = Pattern::compile(source);
  if (!pattern) {
    require(pattern.error().code == "pattern.syntax" || pattern.error().code == "pattern.unsupported");
    require(!pattern.error().message.empty() && !pattern.error().hint.empty());
    return 0;
  }
  if (!is_utf8(text)) return 0;
  auto tree = regex::parse(source);
  require(tree.has_value());
  bool matches = (*pattern)->matches(text);
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(16 << 20);
  if (regex::expanded_size(*tree) < 2'000) {
    RE2 machine(regex::written_for_re2(*tree), options);
    if (machine.ok()) require(RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), machine) == matches);
  }
  auto automaton = Automaton::of_pattern(source, 300);
  if (!automaton) return 0;
  require(automaton->matches(text) == matches);
  auto others = automaton->complement();
  require(others.matches(text) != matches);
  require(others.complement() == *automaton);
  auto shortest = automaton->shortest();
  require(shortest.has_value() != automaton->empty());
  if (!shortest) return 0;
  require(is_utf8(*shortest) && (*pattern)->matches(*shortest));
  require(count_characters(*shortest) == automaton->least_length());
  for (const auto& some : automaton->some(3)) require(is_utf8(some) && (*pattern)->matches(some));
  auto found = automaton->with_length(*automaton->least_length() + 3, std::nullopt);
  if (found.text) require((*pattern)->matches(*found.text));
  return 0;
}
