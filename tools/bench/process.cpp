// `simpul run` as a process of its own, on a generated deployment of 200 applications and 500 routes.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <thread>

#include "tools/bench/city.h"
#include "tools/bench/machine.h"
#include "tools/bench/measure.h"

extern char** environ;

namespace simpul::bench {
namespace {

constexpr int apps = 200, routes = 500, types = 100;

std::string type_name(int number) {
  return fmt::format("dinas.layanan{}.diubah.v1", number);
}
// Of a route: each of an application's routes takes another type.
std::string type_of(int route) {
  return type_name((route + route / apps) % types);
}

constexpr const char* event_schema =
    R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["nik","nama","alamat"],
"additionalProperties":false,"properties":{"nik":{"type":"string","format":"nik","x-personal-data":"general"},
"nama":{"type":"string","minLength":1,"maxLength":100,"x-personal-data":"general"},"alamat":{"type":"string","maxLength":200,"x-personal-data":"general"},
"rt":{"type":"string","pattern":"^[0-9]{3}$"},"rw":{"type":"string","pattern":"^[0-9]{3}$"},
"kode_wilayah":{"type":"string","pattern":"^[0-9]{2}[.][0-9]{2}[.][0-9]{2}[.][12][0-9]{3}$"},"tanggal":{"type":"string","format":"date"},
"jumlah":{"type":"integer","minimum":0,"maximum":1000000},"status":{"type":"string","enum":["baru","ubah","hapus"]}}})";

constexpr const char* app_schema =
    R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["nik","alamat"],
"additionalProperties":false,"properties":{"nik":{"type":"string","x-personal-data":"general"},"nama":{"type":"string","x-personal-data":"general"},
"alamat":{"type":"string","x-personal-data":"general"}}})";

// Every application publishes a type or is one of those that receive five; a route takes one type to one application.
Result<void> write_deployment(const std::string& folder) {
  std::vector<std::pair<std::string, std::string>> files{
      {"config/simpul.yaml",
       "city: Kota Uji\nsource: urn:uji\nlog: { folder: var/log }\ncontrol: { socket: var/simpul.sock }\n"
       "listen:\n  api:\n    http:\n      address: 127.0.0.1:0\n"},
      {"config/people/siti.yaml",
       "person: siti\ntitle: Siti\nroles: [operator]\ncleared: general\nunix_users: [root]\n"}};
  for (int i = 0; i < types; ++i) files.emplace_back(fmt::format("schemas/events/{}.json", type_name(i)), event_schema);
  for (int i = 0; i < apps; ++i) {
    std::string receives;
    for (int k = 0; k * apps + i < routes; ++k) receives += (k == 0 ? "" : ", ") + type_of(k * apps + i);
    files.emplace_back(
        fmt::format("config/apps/app{}.yaml", i),
        fmt::format("app: app{0}\ntitle: Aplikasi {0}\nowner: dinas{0}\n{1}receives: [{2}]\ncleared: general\npurpose: "
                    "uji\nlegal_basis: UU27/2022:20(2)e\n"
                    "target:\n  http:\n    url: http://127.0.0.1:9/app{0}\n    paths: {{ {3} }}\naccepts: {{ {4} }}\n",
                    i, i < types ? fmt::format("publishes: [{}]\n", type_name(i)) : "", receives,
                    "a0: /a0, a1: /a1, a2: /a2",
                    fmt::format("a0: apps/app{0}/a, a1: apps/app{0}/a, a2: apps/app{0}/a", i)));
    files.emplace_back(fmt::format("schemas/apps/app{}/a.json", i), app_schema);
  }
  for (int i = 0; i < routes; ++i)
    files.emplace_back(
        fmt::format("routes/r{}.yaml", i),
        fmt::format("route: r{0}\ndescription: layanan\non: {1}\nwhen: data.alamat.startsWith(\"Jalan\")\nkey: "
                    "data.nik\nto:\n  - app: app{2}\n    into: a{3}\n"
                    "    map: {{ nik: data.nik, nama: data.nama, alamat: data.alamat + \" Kota Uji\" }}\n",
                    i, type_of(i), i % apps, i / apps));
  for (const auto& [path, text] : files)
    if (auto written = write_file(folder + "/" + path, text); !written) return written;
  return {};
}

// Hears sd_notify.
class Listener {
 public:
  explicit Listener(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return;
    path.copy(address.sun_path, path.size());
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    good_ = ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Listener() {
    if (socket_ >= 0) ::close(socket_);
  }
  bool good() const { return good_; }
  bool hears_ready() {
    pollfd waiting{socket_, POLLIN, 0};
    std::array<char, 256> text{};
    while (::poll(&waiting, 1, 60'000) > 0) {
      const auto got = ::recv(socket_, text.data(), text.size(), 0);
      if (got > 0 && std::string_view(text.data(), static_cast<std::size_t>(got)).starts_with("READY=1")) return true;
    }
    return false;
  }

 private:
  int socket_ = -1;
  bool good_ = false;
};

Result<pid_t> start(const std::string& folder, const std::string& notify_path) {
  const auto program = (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "simpul").string();
  std::vector<std::string> words{program, "-C", folder, "run"};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::string notify = "NOTIFY_SOCKET=" + notify_path;
  std::vector<char*> environment{notify.data()};
  for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
  environment.push_back(nullptr);
  const auto words_of_it = folder + "/stderr";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 2, words_of_it.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return fail("bench.failed", program + " could not be started; build the target simpul");
  return pid;
}

Figures run_process(const Setting& setting) {
  const auto folder = setting.folder + "/deployment";
  if (auto written = write_deployment(folder); !written) return std::unexpected(written.error());
  const auto notify_path = setting.folder + "/notify";
  Listener listener(notify_path);
  if (!listener.good()) return fail("bench.failed", notify_path + " cannot be listened on");
  const auto begin = steady_now();
  auto pid = start(folder, notify_path);
  if (!pid) return std::unexpected(pid.error());
  const bool ready = listener.hears_ready();
  const auto took = seconds_since(begin);
  if (!ready) {
    ::kill(*pid, SIGKILL);
    ::waitpid(*pid, nullptr, 0);
    return fail("bench.failed", "simpul run was not ready within a minute; its words: " + folder + "/stderr");
  }
  std::this_thread::sleep_for(std::chrono::seconds(setting.quick ? 1 : 5));
  const auto name = std::to_string(*pid);
  const auto resident = resident_mib(name, "VmRSS"), peak = resident_mib(name, "VmHWM");
  ::kill(*pid, SIGTERM);
  ::waitpid(*pid, nullptr, 0);
  return std::vector<Figure>{{"idle_memory", "MiB", resident, std::nullopt},
                             {"idle_memory_peak", "MiB", peak, std::nullopt},
                             {"ready_time", "s", took, std::nullopt}};
}

}  // namespace

std::vector<Measure> process_measures() {
  Measure measure;
  measure.names = {"idle_memory", "idle_memory_peak", "ready_time"};
  measure.what = fmt::format(
      "`simpul run` on {} applications with http targets and {} routes, its first start: from exec to READY=1; "
      "resident memory 5 s later",
      apps, routes);
  measure.run = run_process;
  measure.disk_bytes = 1ull << 30;
  return {measure};
}

}  // namespace simpul::bench
