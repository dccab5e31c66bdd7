// The differential program: random schemas and documents, our passes against each other, and ours against the peers'.
// 0 when there is nothing to find, 1 when there is, 2 when it was called wrongly.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "tests/schema/differential/compare.h"

namespace simpul::differential {
namespace {

constexpr std::string_view usage =
    "usage: differential [pairs] [seed] [--peers FOLDER] [--documents N]\n"
    "  pairs            how many pairs of a schema and a document (10000)\n"
    "  seed             where to begin (1); a seed gives the same pairs for ever\n"
    "  --peers FOLDER   the node_modules that hold ajv, and Blaze's program as the arbiter; without: our passes only\n"
    "  --documents N    documents of each schema (50)\n"
    "Each finding is printed as a small pair. example: differential 1000000 42 --peers build/peers/node_modules\n";

bool read_count(std::string_view text, std::size_t& count) {
  auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size();
}

struct Arguments {
  Plan plan;
  std::string peers;
  bool good = true, help = false;
};

Arguments read_arguments(int count, char** values) {
  Arguments out;
  std::size_t place = 0, number = 0;
  for (int i = 1; i < count && out.good; ++i) {
    std::string_view argument = values[i];
    if (argument == "--help") {
      out.help = true;
    } else if (argument == "--peers" && i + 1 < count) {
      out.peers = values[++i];
    } else if (argument == "--documents" && i + 1 < count) {
      out.good = read_count(values[++i], out.plan.documents) && out.plan.documents > 0;
    } else if (place < 2 && read_count(argument, number)) {
      if (place++ == 0) {
        out.plan.pairs = number;
      } else {
        out.plan.seed = number;
      }
    } else {
      out.good = false;
    }
  }
  return out;
}

void print(const Report& report, double seconds) {
  for (const auto& finding : report.findings) fmt::print("\nfinding: {}\n", to_text(finding));
  fmt::print("\n{} schemas, {} pairs ({:.0f} % valid) in {:.0f} s\n", report.counts.schemas, report.counts.pairs,
             100.0 * static_cast<double>(report.counts.valid) /
                 static_cast<double>(std::max<std::size_t>(1, report.counts.pairs)),
             seconds);
  if (report.compared > 0)
    fmt::print("compared with the peer: {}; not, for numbers that doubles do not hold: {}\n", report.compared,
               report.not_compared);
  for (const auto& [name, count] : report.known) fmt::print("  {:8} the peer is known to be wrong: {}\n", count, name);
  for (const auto& [why, count] : report.refused) fmt::print("  {:8} schemas the peer refuses: {}\n", count, why);
  fmt::print("{} findings\n", report.findings.size());
}

int run_program(int count, char** values) {
  auto arguments = read_arguments(count, values);
  if (arguments.help || !arguments.good) {
    fmt::print(arguments.help ? stdout : stderr, "{}", usage);
    return arguments.help ? 0 : 2;
  }
  auto& plan = arguments.plan;
  std::unique_ptr<Peer> peer;
  std::unique_ptr<Arbiter> arbiter;
  if (!arguments.peers.empty()) {
    std::string why;
    peer = Peer::start(arguments.peers, why);
    if (peer == nullptr) {
      fmt::print(stderr, "differential: {}\n", why);
      return 2;
    }
    arbiter = Arbiter::start(arguments.peers);
    if (arbiter == nullptr) fmt::print(stderr, "differential: no arbiter: Blaze's program is not among the peers\n");
  }
  plan.peer = peer.get();
  plan.arbiter = arbiter.get();
  auto began = std::chrono::steady_clock::now(), said = began;
  auto since = [](auto then) { return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count(); };
  plan.progress = [&](const Report& report) {
    if (since(said) < 10) return;
    said = std::chrono::steady_clock::now();
    fmt::print(stderr, "differential: {} pairs, {} findings, {:.0f} s\n", report.counts.pairs, report.findings.size(),
               since(began));
  };
  auto report = run(plan);
  print(report, since(began));
  return report.findings.empty() ? 0 : 1;
}

}  // namespace
}  // namespace simpul::differential

int main(int argc, char** argv) {
  return simpul::differential::run_program(argc, argv);
}
