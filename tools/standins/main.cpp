// standins: the city's other systems, as far as the demo and the tests need them.
#include <charconv>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "bus/base/bytes.h"
#include "bus/base/environment.h"
#include "bus/event/json.h"
#include "tools/standins/applications.h"
#include "tools/standins/database.h"
#include "tools/standins/families.h"
#include "tools/standins/http_server.h"
#include "tools/standins/legacy_databases.h"

namespace simpul::standins {
namespace {

constexpr const char* usage = R"(standins: stand-ins of the city's systems, with synthetic people

  standins make <folder> [--seed 1] [--families 40]
      makes siak.db, simrs.db, sismiop.db, the webhook's secret, and the folder that SIMGAJI and the kecamatan read
  standins serve <folder> [--port 8481] [--address 127.0.0.1]
      serves SPMB, perizinan, e-Sabakota and Tangerang LIVE; --port 0 takes any free port; prints the port as JSON
      what comes is kept in received.db; POST /_control/<app>/down|up|slow|error_in_200 switches how one behaves
  standins sql <database> "<statement>"
      runs one statement on a stand-in's database and prints its rows, a JSON object a line

Exit codes: 0 done, 1 something failed, 2 the command line is wrong
)";

struct Arguments {
  std::vector<std::string> plain;
  std::uint64_t seed = 1, families = 40, port = 8481;
  std::string address = "127.0.0.1";
};

std::optional<Arguments> read_arguments(int count, char** values) {
  Arguments out;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = values[i];
    if (!word.starts_with("--")) {
      out.plain.emplace_back(word);
      continue;
    }
    if (i + 1 == count) return std::nullopt;
    const std::string_view value = values[++i];
    if (word == "--address") {
      out.address = value;
      continue;
    }
    auto* number = word == "--seed"       ? &out.seed
                   : word == "--families" ? &out.families
                   : word == "--port"     ? &out.port
                                          : nullptr;
    if (number == nullptr) return std::nullopt;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), *number);
    if (read.ec != std::errc() || read.ptr != value.data() + value.size()) return std::nullopt;
  }
  if (out.port > 65535 || out.families < 1 || out.families > 100'000) return std::nullopt;
  return out;
}

int failed(const Problem& problem) {
  fmt::print(stderr, "{}\n", to_text(problem));
  return 1;
}

int make(const Arguments& arguments) {
  auto& environment = system_environment();
  const auto& folder = arguments.plain[1];
  for (const auto* part : {"", "/kecamatan", "/simgaji"})
    if (auto made = environment.disk->make_folder(folder + part); !made) return failed(made.error());
  if (auto made = make_legacy_databases(folder, make_families(arguments.seed, arguments.families)); !made)
    return failed(made.error());
  std::string key(32, '\0');
  environment.random->fill(std::as_writable_bytes(std::span(key)));
  if (auto written = environment.disk->write_whole(folder + "/" + webhook_secret_file, "whsec_" + to_base64(key), true);
      !written)
    return failed(written.error());
  return 0;
}

int serve(const Arguments& arguments) {
  // Blocked in every thread, and taken by sigwait below.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);

  auto applications = Applications::open(arguments.plain[1]);
  if (!applications) return failed(applications.error());
  HttpServer server(arguments.address, static_cast<std::uint16_t>(arguments.port),
                    [&](const Request& request) { return (*applications)->handle(request); });
  if (auto started = server.start(); !started) return failed(started.error());
  fmt::print("{{\"ready\":true,\"address\":\"{}\",\"port\":{}}}\n", arguments.address, server.port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ending, &signal);
  (*applications)->stop();
  server.stop();
  return 0;
}

int sql(const Arguments& arguments) {
  if (!system_environment().disk->exists(arguments.plain[1]))
    return failed(fail("standins.database", fmt::format("there is no database {}", arguments.plain[1]),
                       "make it: standins make <folder>")
                      .error());
  auto database = Database::open(arguments.plain[1]);
  if (!database) return failed(database.error());
  auto done = database->query(arguments.plain[2], {},
                              [](const std::vector<std::string>& names, const std::vector<Cell>& cells) {
                                json::Writer row;
                                row.begin_object();
                                for (std::size_t i = 0; i < names.size(); ++i) {
                                  row.name(names[i]);
                                  if (const auto* integer = std::get_if<std::int64_t>(&cells[i]))
                                    row.integer(*integer);
                                  else if (const auto* real = std::get_if<double>(&cells[i]))
                                    row.real(*real);
                                  else if (const auto* text = std::get_if<std::string>(&cells[i]))
                                    row.string(*text);
                                  else
                                    row.null();
                                }
                                row.end_object();
                                fmt::print("{}\n", row.text());
                              });
  return done ? 0 : failed(done.error());
}

int run(int count, char** values) {
  const auto arguments = read_arguments(count, values);
  const auto is = [&](std::string_view command, std::size_t words) {
    return arguments && arguments->plain.size() == words && arguments->plain[0] == command;
  };
  if (is("make", 2)) return make(*arguments);
  if (is("serve", 2)) return serve(*arguments);
  if (is("sql", 3)) return sql(*arguments);
  const bool asked = count == 2 && (std::string_view(values[1]) == "--help" || std::string_view(values[1]) == "help");
  fmt::print(asked ? stdout : stderr, "{}", usage);
  return asked ? 0 : 2;
}

}  // namespace
}  // namespace simpul::standins

int main(int count, char** values) {
  return simpul::standins::run(count, values);
}
