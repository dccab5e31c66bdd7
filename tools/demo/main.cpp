// The demo: data entered once in SIAK arrives everywhere, with proof, also when things break. It starts the
// real program and stand-ins of the city's systems in a folder of its own, and ends with 0 only when
// everything it claims was observed.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "bus/event/json.h"
#include "tools/demo/acts.h"

namespace {

constexpr const char* usage = R"(demo: a resident's move, entered once in SIAK, reaches every application that needs it

  demo [--keep] [--folder DIR]

  --keep     leaves the bus and the city's stand-ins running at the end
  --folder   where to work (default: simpul-demo below the system's temporary folder); made anew

Exit code 0 only if everything was observed.
)";

void what_next(simpul::demo::Stage& stage) {
  const auto& options = stage.options();
  auto simpul = options.programs + "/simpul -C " + options.folder;
  fmt::print("\n{}\n", stage.styled("1", "What to try next"));
  if (options.keep) {
    fmt::print(
        "  the bus runs on: {0} status\n  change an address yourself: {1}/standins sql {2}/var/standins/siak.db "
        "\"UPDATE DATA_KELUARGA SET ALAMAT='JL SAYA NO 1' WHERE NO_KK={3}\"\n"
        "  then follow it:  {0} trace --key {4}\n  ask who lives where: {0} lookup penduduk nik={4}\n  end it all:     "
        " pkill -f '{2}'\n",
        simpul, options.programs, options.folder, stage.city().families().front().no_kk,
        stage.city().families().front().head);
  } else {
    fmt::print(
        "  ./tools/dev demo --keep        leaves it running, for you to change things\n  {0} --offline status   reads "
        "the log that this left behind\n",
        simpul);
  }
  fmt::print(
      "  {}/routes and config/   what you saw, in YAML: change it, then `simpul check`\n  README.md                    "
      "  what else there is\n",
      options.source);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace simpul::demo;
  namespace fs = std::filesystem;
  std::error_code error;
  Options options;
  options.source = SIMPUL_SOURCE_DIR;
  options.programs = fs::read_symlink("/proc/self/exe", error).parent_path().string();
  options.folder = (fs::temp_directory_path(error) / fmt::format("simpul-demo-{}", ::getuid())).string();
  options.colour = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    if (word == "--keep")
      options.keep = true;
    else if (word == "--folder" && i + 1 < argc)
      options.folder = fs::absolute(argv[++i], error).string();
    else {
      fmt::print(word == "--help" ? stdout : stderr, "{}", usage);
      return word == "--help" ? 0 : 2;
    }
  }
  if (fs::exists(options.folder, error) && !fs::is_empty(options.folder, error) &&
      !fs::exists(options.folder + "/.simpul-demo", error)) {
    fmt::print(stderr, "{} is not empty and not a demo's folder: name another with --folder\n", options.folder);
    return 2;
  }
  Stage stage(options);
  stage.title("Simpul: what is entered once reaches every application that needs it");
  stage.say("synthetic people, real tables, the real program; working in " + options.folder);
  if (!stage.prepare() || !stage.start_bus()) return 1;
  stage.say(
      fmt::format("the bus listens on {}; SIAK, SIMRS, SISMIOP, SPMB, perizinan, e-Sabakota, kecamatan, SIMGAJI and "
                  "Tangerang LIVE are there",
                  stage.api()));
  auto known = [&] {
    auto document = simpul::json::parse(stage.simpul({"status", "--json"}).output);
    const auto* sources = document ? document->root().find("sources") : nullptr;
    return sources != nullptr && sources->size() > 0 && !sources->items()[0].text_of("last").empty();
  };
  if (!stage.observe(stage.wait(std::chrono::seconds(10), known),
                     "the bus knows SIAK's families as they are; from now on it looks for changes"))
    return 1;
  move_of_a_family(stage);
  invalid_record(stage);
  death_and_corrections(stage);
  one_application_down(stage);
  killed_in_the_middle(stage);
  if (options.keep)
    stage.leave_running();
  else
    stage.observe(stage.stop_bus(), "the bus stops cleanly on SIGTERM");
  fmt::print("\n{}\n", stage.all_observed()
                           ? stage.styled("32;1", "Everything was observed.")
                           : stage.styled("31;1", "Not everything was observed: see the lines with ✗."));
  what_next(stage);
  return stage.all_observed() ? 0 : 1;
}
