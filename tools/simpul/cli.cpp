#include "tools/simpul/cli.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

#include "adapters/registry.h"
#include "bus/base/bytes.h"
#include "bus/base/telemetry.h"
#include "bus/bus.h"
#include "bus/control/control.h"
#include "bus/control/unix_socket.h"

namespace simpul {
namespace {

std::string styled(const Cli& cli, std::string_view code, std::string_view text) {
  return cli.colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

// Characters that a terminal shows: code points without colour codes.
std::size_t shown(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      while (i < text.size() && text[i] != 'm') ++i;
      continue;
    }
    plain.push_back(text[i]);
  }
  return count_characters(plain);
}

Result<std::string> socket_path(const Cli& cli) {
  if (!cli.socket.empty()) return cli.socket;
  auto path = cli.folder + "/config/simpul.yaml";
  auto text = system_environment().disk->read_whole(path);
  if (!text)
    return fail("cli.no_deployment", "there is no deployment in " + cli.folder + ": " + text.error().message,
                "name its folder with -C, or the bus's socket with --socket");
  auto root = yaml::read(*text, "config/simpul.yaml");
  if (!root) return std::unexpected(root.error().front());
  std::string socket = "var/simpul.sock";
  if (const auto* control = root->find("control"); control != nullptr)
    if (const auto* value = control->find("socket"); value != nullptr) socket = value->scalar;
  return socket.starts_with('/') ? socket : cli.folder + "/" + socket;
}

Result<ControlAnswer> ask_offline(const Cli& cli, const std::string& command, const std::string& arguments) {
  set_telemetry(Level::error, false);
  BusOptions options;
  options.folder = cli.folder;
  options.adapters = all_adapters();
  options.environment = system_environment();
  options.serve = false;
  auto bus = Bus::open(std::move(options));
  if (!bus) return std::unexpected(bus.error().front());
  Actor actor;
  if (auto person = (*bus)->person_of_user(unix_user_name(::getuid())))
    actor = *person;
  else
    return fail("cli.unknown_person",
                fmt::format("the user {} is no person of this deployment", unix_user_name(::getuid())),
                "an integrator adds it to unix_users of a file in config/people");
  auto answer = (*bus)->control(actor, command, arguments);
  (*bus)->stop(std::chrono::milliseconds(0));
  return answer;
}

}  // namespace

std::string bold(const Cli& cli, std::string_view text) {
  return styled(cli, "1", text);
}
std::string green(const Cli& cli, std::string_view text) {
  return styled(cli, "32", text);
}
std::string yellow(const Cli& cli, std::string_view text) {
  return styled(cli, "33", text);
}
std::string red(const Cli& cli, std::string_view text) {
  return styled(cli, "31", text);
}
std::string grey(const Cli& cli, std::string_view text) {
  return styled(cli, "90", text);
}

void Table::print(const Cli& cli, std::FILE* to) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], shown(row[i]));
    }
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows_[r].size(); ++i) {
      line += r == 0 ? bold(cli, rows_[r][i]) : rows_[r][i];
      if (i + 1 < rows_[r].size()) line.append(widths[i] - shown(rows_[r][i]) + 2, ' ');
    }
    fmt::print(to, "{}\n", line);
  }
}

Progress::Progress(const Cli& cli, std::string what)
    : what_(std::move(what)), wanted_(!cli.json && ::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\n");
}

void Progress::at(std::uint64_t done, std::uint64_t all) {
  if (!wanted_ || all == 0) return;
  auto percent = static_cast<int>(std::min<std::uint64_t>(100, done * 100 / all));
  if (percent == percent_) return;
  percent_ = percent;
  shown_ = true;
  auto filled = static_cast<std::size_t>(percent) * 40 / 100;
  fmt::print(stderr, "\r{} [{}{}] {:3}% ({} of {})", what_, std::string(filled, '#'), std::string(40 - filled, ' '),
             percent, done, all);
  std::fflush(stderr);
}

int print_problems(const Cli& cli, const Problems& problems) {
  if (cli.json)
    fmt::print("{}\n", control_problems(422, problems).body);
  else
    for (const auto& problem : problems) {
      auto text = to_text(problem);
      fmt::print(stderr, "{}\n",
                 problem.severity == Severity::error ? red(cli, "✗ ") + text : yellow(cli, "! ") + text);
    }
  return has_errors(problems) ? exit_refused : exit_done;
}

int print_refusal(const Cli& cli, const ControlAnswer& answer) {
  int code = answer.status == 503 || answer.status == 504 ? exit_unreachable
             : answer.status >= 500                       ? exit_failed
                                                          : exit_refused;
  if (cli.json) {
    fmt::print("{}\n", answer.body);
    return code;
  }
  auto document = json::parse(answer.body);
  if (!document || !document->root().is_object()) {
    fmt::print(stderr, "{}\n", answer.body);
    return code;
  }
  const auto& root = document->root();
  fmt::print(stderr, "{} {}\n", red(cli, "✗"),
             root.text_of("title").empty() ? root.text_of("outcome") : root.text_of("title"));
  if (auto hint = root.text_of("hint"); !hint.empty()) fmt::print(stderr, "  {}\n", hint);
  for (const char* list : {"problems", "reasons"})
    if (const auto* items = root.find(list); items != nullptr && items->is_array())
      for (const auto& item : items->items()) {
        auto place = item.text_of("file").empty() ? std::string()
                                                  : fmt::format("{}:{}:{}: ", item.text_of("file"),
                                                                item.find("line") ? item.find("line")->text() : "",
                                                                item.find("column") ? item.find("column")->text() : "");
        auto field = item.text_of(list == std::string_view("problems") ? "path" : "field");
        fmt::print(stderr, "  {}{}{}\n", place, item.text_of("message"),
                   field.empty() ? "" : fmt::format(" ({})", field));
        if (auto words = item.text_of("message_id"); !words.empty()) fmt::print(stderr, "      {}\n", words);
        if (auto hint = item.text_of("hint"); !hint.empty()) fmt::print(stderr, "      {}\n", hint);
      }
  return code;
}

Asked ask_bus(const Cli& cli, const std::string& command, const std::string& arguments) {
  Asked asked;
  Result<ControlAnswer> answer = ControlAnswer{};
  if (cli.offline) {
    answer = ask_offline(cli, command, arguments);
  } else {
    auto path = socket_path(cli);
    answer =
        path ? ask_control_socket(*path, command, arguments) : Result<ControlAnswer>(std::unexpected(path.error()));
  }
  if (!answer) {
    asked.code = answer.error().code.starts_with("control.") ? exit_unreachable : exit_failed;
    auto problem = answer.error();
    if (problem.code == "control.not_running") problem.hint += ", or use --offline to read its log on disk";
    print_problems(cli, {problem});
    return asked;
  }
  if (answer->status < 200 || answer->status > 299) {
    asked.code = print_refusal(cli, *answer);
    return asked;
  }
  auto document = json::parse(answer->body);
  if (!document) {
    print_problems(cli, {document.error()});
    asked.code = exit_failed;
    return asked;
  }
  asked.ok = true;
  asked.body = std::move(*document);
  return asked;
}

Result<std::string> read_input(const std::string& path, std::size_t limit) {
  std::string text;
  if (path == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
    if (text.size() > limit)
      return fail("cli.too_big", fmt::format("standard input has more than {} bytes", limit), "send it in pieces");
    return text;
  }
  return system_environment().disk->read_whole(path, limit);
}

std::string short_time(std::string_view rfc3339) {
  auto time = parse_time(rfc3339);
  if (!time) return std::string(rfc3339);
  auto seconds = static_cast<std::time_t>(*time / 1'000'000'000);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace simpul
