#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>

#include "tests/program/small_deployment.h"

namespace simpul::program {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Commands : public SmallDeployment {
 protected:
  // One event that is delivered (a) and one that parks, because arsip holds 40 characters of an address.
  std::string parked_position() {
    EXPECT_EQ(post(event("a", nik_a, "JL SATU")).status, 202);
    EXPECT_EQ(post(event("b", nik_b, "JL YANG LEBIH PANJANG DARI EMPAT PULUH HURUF NO 1")).status, 202);
    std::string position;
    EXPECT_TRUE(wait_until([&] {
      auto all = asked({"parked", "list"});
      const auto* rows = all.root().find("parked");
      if (rows == nullptr || rows->size() == 0) return false;
      position = rows->items()[0].find("position")->text();
      return true;
    }));
    EXPECT_EQ(archived(1).size(), 1u);
    return position;
  }
};

TEST(Help, EverySubcommandHasAnExample) {
  const std::vector<std::vector<std::string>> all{{"check"},
                                                  {"run"},
                                                  {"status"},
                                                  {"apps"},
                                                  {"routes"},
                                                  {"trace"},
                                                  {"parked", "list"},
                                                  {"parked", "show"},
                                                  {"parked", "retry"},
                                                  {"parked", "discard"},
                                                  {"publish"},
                                                  {"lookup"},
                                                  {"reload"},
                                                  {"app", "credential"},
                                                  {"person", "credential"},
                                                  {"reindex"},
                                                  {"backup"},
                                                  {"test"},
                                                  {"graph"},
                                                  {"explain"},
                                                  {"new", "app"},
                                                  {"new", "route"},
                                                  {"new", "schema"},
                                                  {"functions"},
                                                  {"adapters"},
                                                  {"kinds"},
                                                  {"schema", "check"},
                                                  {"schema", "validate"},
                                                  {"schema", "infer"},
                                                  {"schema", "diff"},
                                                  {"schema", "doc"},
                                                  {"completion"}};
  for (auto words : all) {
    auto name = words.back();
    words.insert(words.begin(), SIMPUL_PROGRAM);
    words.push_back("--help");
    auto ran = run(words);
    EXPECT_EQ(ran.code, 0) << name;
    EXPECT_THAT(ran.out, HasSubstr("\nExample: ")) << name;
  }
  // A subcommand that this list has forgotten is in the program's own help.
  auto help = run({SIMPUL_PROGRAM, "--help"}).out;
  auto listed = help.substr(help.find("Subcommands:"));
  std::size_t count = 0;
  for (std::size_t at = listed.find("\n  "); at != std::string::npos; at = listed.find("\n  ", at + 1))
    if (at + 3 < listed.size() && listed[at + 3] != ' ') ++count;
  EXPECT_EQ(count, 23u) << listed;
  EXPECT_THAT(help, HasSubstr("Exit codes: 0 done, 1 refused"));
}

TEST(Help, VersionAndWrongUse) {
  auto version = run({SIMPUL_PROGRAM, "--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.out, "simpul " SIMPUL_VERSION "\n");
  EXPECT_EQ(run({SIMPUL_PROGRAM}).code, 2);
  auto typo = run({SIMPUL_PROGRAM, "statsu"});
  EXPECT_EQ(typo.code, 2);
  EXPECT_THAT(typo.err, HasSubstr("statsu"));
  EXPECT_EQ(run({SIMPUL_PROGRAM, "status", "--jsno"}).code, 2);
  EXPECT_EQ(run({SIMPUL_PROGRAM, "parked", "discard", "arsip", "1"}).code, 2) << "a reason is required";
  EXPECT_EQ(run({SIMPUL_PROGRAM, "parked", "retry", "arsip"}).code, 2) << "which";
}

TEST(Help, CompletionIsBashThatWorks) {
  auto made = run({SIMPUL_PROGRAM, "completion", "bash"});
  ASSERT_EQ(made.code, 0);
  EXPECT_EQ(run({"/bin/bash", "-n"}, {.input = made.out}).code, 0);
  auto used =
      run({"/bin/bash"},
          {.input = made.out + "COMP_WORDS=(simpul -C /tmp par); COMP_CWORD=3; _simpul; echo \"${COMPREPLY[@]}\"\n"
                               "COMP_WORDS=(simpul parked di); COMP_CWORD=2; _simpul; echo \"${COMPREPLY[@]}\"\n"});
  EXPECT_EQ(used.out, "parked\ndiscard\n") << used.err;
  EXPECT_EQ(run({SIMPUL_PROGRAM, "completion", "fish"}).code, 2);
}

TEST_F(Commands, WithoutARunningBusTheyEndWithThreeAndSayHowToStartIt) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"status"},
                                                                                     {"apps"},
                                                                                     {"routes"},
                                                                                     {"trace", "a"},
                                                                                     {"parked", "list"},
                                                                                     {"reload", "--wait"},
                                                                                     {"lookup", "warga"},
                                                                                     {"app", "credential", "loket"}}) {
    auto ran = simpul(words);
    EXPECT_EQ(ran.code, 3) << words[0];
    EXPECT_THAT(ran.err, HasSubstr("simpul.sock")) << words[0];
    EXPECT_THAT(ran.err, HasSubstr("--offline")) << words[0];
  }
  EXPECT_EQ(simpul({"check"}).code, 0);
}

TEST_F(Commands, EveryOneAnswersPeopleAndMachines) {
  start();
  auto position = parked_position();
  const std::vector<std::vector<std::string>> all{{"check"},
                                                  {"status"},
                                                  {"apps"},
                                                  {"routes"},
                                                  {"trace", "a"},
                                                  {"trace", "--key", nik_a},
                                                  {"trace", "--position", position},
                                                  {"parked", "list"},
                                                  {"parked", "list", "arsip"},
                                                  {"parked", "show", "arsip", position},
                                                  {"reload", "--wait"},
                                                  {"app", "credential", "arsip"},
                                                  {"app", "credential", "--list"},
                                                  {"person", "credential", "saya"},
                                                  {"functions"},
                                                  {"adapters"},
                                                  {"adapters", "sql"},
                                                  {"kinds"}};
  for (const auto& words : all) {
    auto name = words[0] + (words.size() > 1 ? " " + words[1] : "");
    auto people = simpul(words);
    EXPECT_EQ(people.code, 0) << name << ": " << people.err;
    EXPECT_FALSE(people.out.empty()) << name;
    EXPECT_THAT(people.out, Not(HasSubstr("\x1b["))) << name << " colours what is no terminal";
    auto machines = words;
    machines.push_back("--json");
    auto ran = simpul(machines);
    EXPECT_EQ(ran.code, 0) << name;
    EXPECT_TRUE(json::parse(ran.out)) << name << ": " << ran.out;
  }
  // What is not there is an answer too, for both.
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"trace", "nothing"},
                                                                                     {"parked", "show", "arsip", "0"},
                                                                                     {"parked", "retry", "arsip", "0"},
                                                                                     {"lookup", "wagra"},
                                                                                     {"app", "credential", "lokte"},
                                                                                     {"parked", "list", "asrip"}}) {
    auto people = simpul(words);
    EXPECT_EQ(people.code, 1) << words[0] << " " << words[1] << people.all();
    EXPECT_FALSE(people.err.empty()) << words[0];
    auto machines = words;
    machines.push_back("--json");
    auto ran = simpul(machines);
    EXPECT_EQ(ran.code, 1) << words[0];
    EXPECT_TRUE(json::parse(ran.out)) << words[0] << ": " << ran.out;
  }
}

TEST_F(Commands, ParkedIsShownGoesAgainAndIsGivenUp) {
  start();
  auto position = parked_position();
  auto shown = simpul({"parked", "show", "arsip", position});
  EXPECT_THAT(shown.out, HasSubstr("alamat"));
  EXPECT_THAT(shown.out, HasSubstr("simpul parked retry arsip " + position));
  EXPECT_EQ(simpul({"parked", "retry", "arsip", "--all"}).code, 0);
  EXPECT_TRUE(wait_until([&] { return simpul({"parked", "list"}).out.find("arsip") != std::string::npos; }))
      << "it fails again, and is parked again";
  EXPECT_EQ(post(event("c", nik_b, "JL PENDEK")).status, 202);
  auto given_up = simpul({"parked", "discard", "arsip", position, "--reason", "entered anew as c"});
  EXPECT_EQ(given_up.code, 0) << given_up.err;
  EXPECT_EQ(archived(2).size(), 2u);
  auto traced = simpul({"trace", "b"});
  EXPECT_THAT(traced.out, HasSubstr("entered anew as c"));
  EXPECT_EQ(simpul({"parked", "discard", "arsip", position, "--reason", "again"}).code, 1);
}

TEST_F(Commands, AnEventIsPublishedFromAFileAndFromStandardInput) {
  start();
  write("event.json", event("a", nik_a, "JL SATU"));
  auto published = simpul({"publish", "loket", path("event.json")});
  EXPECT_EQ(published.code, 0) << published.err;
  EXPECT_THAT(published.out, HasSubstr("simpul trace a"));
  EXPECT_EQ(simpul({"publish", "loket", "-"}, {.input = event("b", nik_b, "JL DUA")}).code, 0);
  EXPECT_EQ(archived(2).size(), 2u);
  auto wrong = simpul({"publish", "loket", "-"}, {.input = event("c", "123", "JL DUA")});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("nik"));
  EXPECT_EQ(simpul({"publish", "loket", "-"}, {.input = "no json"}).code, 1);
  EXPECT_EQ(simpul({"publish", "arsip", "-"}, {.input = event("d", nik_b, "JL DUA")}).code, 1)
      << "arsip may not publish it";
  auto missing = simpul({"publish", "loket", path("nothing.json")});
  EXPECT_NE(missing.code, 0);
  EXPECT_THAT(missing.err, HasSubstr("nothing.json"));
}

TEST_F(Commands, CredentialsAreRotatedAndEnded) {
  start();
  auto first = key();
  EXPECT_EQ(post(event("a", nik_a, "JL SATU")).status, 202);
  auto second = simpul({"app", "credential", "loket"});
  EXPECT_THAT(second.err, HasSubstr("shown this once"));
  EXPECT_EQ(post(event("b", nik_a, "JL SATU")).status, 401) << "the old key ended";
  key_ = second.out.substr(0, second.out.find('\n'));
  EXPECT_EQ(post(event("b", nik_a, "JL SATU")).status, 202);
  EXPECT_EQ(simpul({"app", "credential", "loket", "--revoke"}).code, 0);
  EXPECT_EQ(post(event("c", nik_a, "JL SATU")).status, 401);
  EXPECT_THAT(simpul({"app", "credential", "--list", "--json"}).out, Not(HasSubstr(key_)));
}

TEST_F(Commands, HttpTakesAnOperatorsCommandWithAPersonsCredentialOnly) {
  start();
  EXPECT_EQ(http("POST", "/v1/control/status", "{}", {"Content-Type: application/json"}).status, 401);
  EXPECT_EQ(http("POST", "/v1/control/status", "{}", {"Content-Type: application/json", "Authorization: Bearer wrong"})
                .status,
            401);
  EXPECT_EQ(
      http("POST", "/v1/control/status", "{}", {"Content-Type: application/json", "Authorization: Bearer " + key()})
          .status,
      403)
      << "an application is no person";
  auto made = simpul({"person", "credential", "saya"});
  auto person = "Authorization: Bearer " + made.out.substr(0, made.out.find('\n'));
  auto answer = http("POST", "/v1/control/status", "{}", {"Content-Type: application/json", person});
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr("Kota Uji"));
  EXPECT_EQ(http("POST", "/v1/control/sattus", "{}", {"Content-Type: application/json", person}).status, 404);
  EXPECT_EQ(
      http("POST", "/v1/events", event("a", nik_a, "JL SATU"), {"Content-Type: application/cloudevents+json", person})
          .status,
      403)
      << "a person is no application";
  EXPECT_EQ(http("GET", "/healthz").status, 200);
  EXPECT_EQ(http("GET", "/readyz").status, 200);
}

TEST_F(Commands, ALookupIsAnsweredOverTheBusAndRecorded) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path("warga.db").c_str(), &database), SQLITE_OK);
  auto statement = "CREATE TABLE warga (nik TEXT PRIMARY KEY, alamat TEXT, rahasia TEXT); INSERT INTO warga VALUES ('" +
                   nik_a + "', 'JL SATU', 'x')";
  EXPECT_EQ(sqlite3_exec(database, statement.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  start();
  auto found = simpul({"lookup", "warga", "nik=" + nik_a});
  EXPECT_EQ(found.code, 0) << found.err;
  EXPECT_THAT(found.out, HasSubstr("JL SATU"));
  auto none = simpul({"lookup", "warga", "nik=" + nik_b});
  EXPECT_EQ(none.code, 1) << none.all();
  auto wrong = simpul({"lookup", "warga", "nik=12"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("nik"));
  EXPECT_EQ(simpul({"lookup", "warga", "nik"}).code, 2);
}

TEST_F(Commands, OfflineTheLogOnDiskAnswers) {
  start();
  auto position = parked_position();
  auto running = simpul({"--offline", "status"});
  EXPECT_EQ(running.code, 4) << "while the bus runs";
  EXPECT_THAT(running.err, HasSubstr(std::to_string(bus_.pid())));
  stop();
  EXPECT_THAT(simpul({"--offline", "status"}).out, HasSubstr("offline"));
  EXPECT_THAT(simpul({"--offline", "trace", "a"}).out, HasSubstr("delivered"));
  EXPECT_THAT(simpul({"--offline", "parked", "list"}).out, HasSubstr(position));
  // An event that is published offline is delivered when the bus starts; under a configuration that has not
  // served yet, nothing may be recorded.
  EXPECT_EQ(simpul({"--offline", "publish", "loket", "-"}, {.input = event("z", nik_a, "JL OFFLINE")}).code, 0);
  change("routes/alamat.yaml", "a new address", "another address");
  auto changed = simpul({"--offline", "publish", "loket", "-"}, {.input = event("y", nik_a, "JL LAGI")});
  EXPECT_EQ(changed.code, 1) << changed.all();
  EXPECT_THAT(changed.err, HasSubstr("simpul run"));
  EXPECT_EQ(simpul({"--offline", "parked", "discard", "arsip", position, "--reason", "x"}).code, 1);
  start();
  EXPECT_EQ(archived(2).size(), 2u);
  EXPECT_EQ(simpul({"trace", "y"}).code, 1);
}

TEST_F(Commands, TheViewIsRebuiltAndTheLogCopied) {
  start();
  parked_position();
  auto running = simpul({"reindex"});
  EXPECT_EQ(running.code, 4);
  EXPECT_THAT(running.err, HasSubstr(std::to_string(bus_.pid())));
  auto copied = simpul({"backup", path("copy"), "--with-keys", "--json"});
  EXPECT_EQ(copied.code, 0) << copied.err;
  EXPECT_TRUE(json::parse(copied.out)) << copied.out;
  EXPECT_NE(simpul({"backup", path("copy")}).code, 0) << "a backup never writes over another";
  stop();
  auto rebuilt = simpul({"reindex", "--json"});
  EXPECT_EQ(rebuilt.code, 0) << rebuilt.err;
  EXPECT_THAT(simpul({"--offline", "trace", "a"}).out, HasSubstr("delivered"));
  // The copy, in place of the log, is the same city.
  std::filesystem::rename(folder_ / "var/log", folder_ / "var/log-before");
  std::filesystem::rename(folder_ / "copy", folder_ / "var/log");
  auto restored = simpul({"--offline", "trace", "a"});
  EXPECT_THAT(restored.out, HasSubstr("delivered")) << restored.err;
  start();
  EXPECT_EQ(post(event("a", nik_a, "JL SATU")).status / 100, 2) << "known, with its credential";
  EXPECT_EQ(asked({"trace", "a"}).root().find("events")->size(), 1u);
}

TEST_F(Commands, ABadConfigurationIsRefusedAndAGoodOneServes) {
  start();
  auto good = read("routes/alamat.yaml");
  write("routes/alamat.yaml",
        good + "  - app: asrip\n    into: alamat\n    map: { nik: data.nik, alamat: data.alamat }\n");
  auto refused = simpul({"reload", "--wait"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("routes/alamat.yaml:9:"));
  EXPECT_THAT(refused.err, HasSubstr("arsip")) << "the nearest name";
  bus_.signal(SIGHUP);
  EXPECT_TRUE(
      wait_until([&] { return output().find("the running configuration stays as it is") != std::string::npos; }));
  EXPECT_THAT(output(), HasSubstr("routes/alamat.yaml:9:"));
  EXPECT_EQ(post(event("a", nik_a, "JL SATU")).status, 202) << "the old one serves on";
  EXPECT_EQ(archived(1).size(), 1u);
  write("routes/alamat.yaml", good + "    when: data.alamat != \"JL DUA\"\n");
  auto before = number_of(asked({"status"}).root(), {"generation", "number"});
  bus_.signal(SIGHUP);
  EXPECT_TRUE(wait_until([&] { return number_of(asked({"status"}).root(), {"generation", "number"}) != before; }));
  EXPECT_EQ(post(event("b", nik_a, "JL DUA")).status, 202);
  EXPECT_EQ(post(event("c", nik_a, "JL TIGA")).status, 202);
  EXPECT_EQ(archived(2).size(), 2u);
  EXPECT_THAT(simpul({"trace", "b"}).out, HasSubstr("no route takes it"));
  EXPECT_EQ(simpul({"reload"}).code, 0);
}

// A socket as systemd gives one to its services.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& path)
      : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size());
    bound_ = ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~NotifySocket() { ::close(fd_); }
  bool bound() const { return bound_; }
  // All that came so far.
  std::string heard() {
    std::array<char, 4096> chunk;
    for (ssize_t count; (count = ::recv(fd_, chunk.data(), chunk.size(), 0)) > 0;)
      heard_.append(chunk.data(), static_cast<std::size_t>(count));
    return heard_;
  }

 private:
  int fd_;
  bool bound_ = false;
  std::string heard_;
};

TEST_F(Commands, SystemdIsToldWhenItIsReadyReloadsAndStops) {
  NotifySocket socket(path("n"));
  ASSERT_TRUE(socket.bound());
  start({"NOTIFY_SOCKET=" + path("n")});
  ASSERT_TRUE(wait_until([&] { return socket.heard().starts_with("READY=1"); }));
  bus_.signal(SIGHUP);
  ASSERT_TRUE(wait_until([&] {
    return socket.heard().find("RELOADING=1") != std::string::npos &&
           socket.heard().rfind("READY=1") > socket.heard().find("RELOADING=1");
  })) << socket.heard();
  // systemd.service(5), Type=notify-reload: the time stands beside RELOADING.
  EXPECT_THAT(socket.heard(), HasSubstr("MONOTONIC_USEC="));
  bus_.signal(SIGTERM);
  ASSERT_TRUE(wait_until([&] { return socket.heard().find("STOPPING=1") != std::string::npos; })) << socket.heard();
  EXPECT_EQ(bus_.ends_within(seconds(10)), 0);
}

TEST_F(Commands, ASecondSignalStopsAtOnce) {
  // A target that hangs keeps a clean stop waiting; the second signal does not wait for it.
  int hangs = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::listen(hangs, 8), 0);
  change("config/apps/arsip.yaml",
         "  file:\n    folder: keluar\n    files: { alamat: { name: alamat.jsonl, format: jsonl } }\n",
         "  http: { url: \"http://127.0.0.1:" + port_of(hangs) + "\", paths: { alamat: /x }, timeout_ms: 60000 }\n");
  start();
  ASSERT_EQ(post(event("a", nik_a, "JL SATU")).status, 202);
  ASSERT_TRUE(wait_until(
      [&] { return number_of(asked({"status"}).root().find("targets")->items()[0], {"with_target"}) == "1"; }));
  bus_.signal(SIGTERM);
  ASSERT_TRUE(wait_until([&] { return output().find("finishing what runs") != std::string::npos; }));
  bus_.signal(SIGTERM);
  EXPECT_TRUE(bus_.ends_within(seconds(10)).has_value());
  ::close(hangs);
}

}  // namespace
}  // namespace simpul::program
