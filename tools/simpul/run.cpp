// `simpul run`: the bus as a process. SIGTERM or SIGINT stops it cleanly, a second one at once; SIGHUP
// reloads. Tells systemd what it does (sd_notify, https://www.freedesktop.org/software/systemd/man/sd_notify.html)
// when NOTIFY_SOCKET is set.
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "adapters/registry.h"
#include "bus/base/telemetry.h"
#include "bus/bus.h"
#include "bus/control/control.h"
#include "bus/control/unix_socket.h"
#include "tools/simpul/cli.h"

namespace simpul {
namespace {

void notify(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  auto length = std::strlen(path);
  if (length == 0 || length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // abstract
  int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  (void)::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size);
  ::close(fd);
}

Actor actor_of(const Bus& bus, const std::string& unix_user) {
  return bus.person_of_user(unix_user).value_or(Actor{"unix user " + unix_user, 0, PersonalData::none});
}

ControlAnswer answer_socket(Bus& bus, const std::string& unix_user, const std::string& command,
                            const std::string& arguments) {
  auto person = bus.person_of_user(unix_user);
  if (!person)
    return control_problem(
        403, "unknown_person", fmt::format("the user {} of this machine is no person of the deployment", unix_user),
        fmt::format("an integrator adds unix_users: [{}] to a file in config/people, and reloads with SIGHUP",
                    unix_user));
  return bus.control(*person, command, arguments);
}

// While the bus starts (a long recovery, a view rebuilt) SIGTERM and SIGINT end the process at once: what was
// acknowledged is on disk, as after kill -9. A SIGHUP is kept for later.
class StartWatch {
 public:
  explicit StartWatch(const sigset_t& signals) : signals_(signals), thread_([this] { run(); }) {}
  // Ends the watch; true when a reload was asked for meanwhile.
  bool end() {
    started_ = true;
    thread_.join();
    return reload_;
  }

 private:
  void run() {
    while (!started_) {
      timespec pause{0, 50'000'000};
      int signal = sigtimedwait(&signals_, nullptr, &pause);
      if (signal == SIGHUP) reload_ = true;
      if (signal != SIGTERM && signal != SIGINT) continue;
      say(Level::info, "bus.stopped", "asked to stop before everything had started");
      std::fflush(nullptr);
      ::_exit(exit_done);
    }
  }

  const sigset_t& signals_;
  std::atomic<bool> started_ = false, reload_ = false;
  std::thread thread_;
};

void reload_by_signal(Bus& bus) {
  notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\n", system_environment().clock->steady() / 1000));
  auto number = bus.reload(actor_of(bus, unix_user_name(::getuid())));
  if (number)
    say(Level::info, "reload.done", fmt::format("generation {} serves", *number));
  else
    say(Level::error, "reload.refused", "the running configuration stays as it is:\n" + to_text(number.error()));
  notify("READY=1\n");
}

int serve(const Cli& cli, bool json_lines) {
  set_telemetry(Level::info, json_lines);
  // Signals are taken by sigwait alone, so that no thread is interrupted by them.
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  BusOptions options;
  options.folder = cli.folder;
  options.adapters = all_adapters();
  options.environment = system_environment();
  StartWatch start(signals);
  auto opened = Bus::open(std::move(options));
  bool reload_asked = start.end();
  if (!opened) {
    auto code = print_problems(cli, opened.error());
    // What stands in a file of the deployment is mended there; all else on disk has failed.
    const auto& first = opened.error().front();
    return first.place.file.empty() && (first.code.starts_with("disk.") || first.code.starts_with("log.")) ? exit_failed
                                                                                                           : code;
  }
  auto& bus = **opened;
  const auto& settings = bus.serving().deployment->generation->settings();
  auto path =
      settings.control_socket.starts_with('/') ? settings.control_socket : cli.folder + "/" + settings.control_socket;
  auto answer = [&](const std::string& user, const std::string& command, const std::string& arguments) {
    return answer_socket(bus, user, command, arguments);
  };
  auto socket = ControlSocket::open(path, answer);
  if (!socket) {
    bus.stop();
    print_problems(cli, {socket.error()});
    return exit_failed;
  }
  notify("READY=1\n");
  say(Level::info, "bus.ready", fmt::format("generation {} serves; control socket {}", bus.serving().number, path));
  if (reload_asked) reload_by_signal(bus);
  for (int signal = 0; sigwait(&signals, &signal) == 0 && signal == SIGHUP;) reload_by_signal(bus);
  notify("STOPPING=1\n");
  say(Level::info, "bus.stopping", "finishing what runs; a second signal stops at once");
  std::thread([&signals] {
    int signal = 0;
    while (sigwait(&signals, &signal) == 0)
      if (signal != SIGHUP) ::_exit(exit_failed);
  }).detach();
  socket->reset();
  bus.stop();
  say(Level::info, "bus.stopped", "everything is on disk");
  std::fflush(nullptr);
  ::_exit(exit_done);  // the waiting thread above has no other end
}

}  // namespace

void add_run(CLI::App& app, Cli& cli, Run& run) {
  auto* command = app.add_subcommand("run", "Run the bus until SIGTERM; SIGHUP reloads the configuration");
  command->footer("Example: simpul -C /etc/simpul run");
  command->callback([&] { run = [&] { return serve(cli, cli.json); }; });
}

}  // namespace simpul
