// Deployments that cannot run, as `simpul check` and `simpul run` meet them: exit code, and words that say
// what is wrong, where, and what to do.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/program/small_deployment.h"

namespace simpul::program {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class BadDeployments : public SmallDeployment {
 protected:
  // `simpul check` fails with these words, and `simpul run` says the same.
  void expect_refused(const testing::Matcher<const std::string&>& words) {
    auto checked = simpul({"check"});
    EXPECT_EQ(checked.code, 1);
    EXPECT_THAT(checked.err, words);
    auto machines = simpul({"check", "--json"});
    EXPECT_EQ(machines.code, 1);
    EXPECT_TRUE(json::parse(machines.out)) << machines.out;
    auto ran = simpul({"run"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, words);
  }
  // `simpul run` ends by itself with this code and these words.
  void expect_cannot_run(int code, const testing::Matcher<const std::string&>& words) {
    Child child({SIMPUL_PROGRAM, "-C", folder_.string(), "run"}, path("second.log"));
    auto ended = child.ends_within();
    auto said = read("second.log");
    EXPECT_EQ(ended, code) << said;
    EXPECT_THAT(said, words);
  }
};

TEST_F(BadDeployments, ADuplicateKeyInYaml) {
  write("config/apps/arsip.yaml", read("config/apps/arsip.yaml") + "title: Another archive\n");
  expect_refused(AllOf(HasSubstr("config/apps/arsip.yaml:14:1:"), HasSubstr("title"), HasSubstr("line 2")));
}

TEST_F(BadDeployments, AYamlBomb) {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char level = 'b'; level <= 'k'; ++level) {
    std::string before = "*" + std::string(1, static_cast<char>(level - 1)),
                line = std::string(1, level) + ": &" + std::string(1, level) + " [" + before;
    for (int i = 0; i < 8; ++i) line += ", " + before;
    bomb += line + "]\n";
  }
  write("routes/bom.yaml", bomb);
  expect_refused(AllOf(HasSubstr("routes/bom.yaml:1:4:"), HasSubstr("anchor")));
}

TEST_F(BadDeployments, DeepYaml) {
  write("routes/dalam.yaml", std::string(10'000, '['));
  expect_refused(AllOf(HasSubstr("routes/dalam.yaml:1:"), HasSubstr("deep")));
  std::string block;
  for (std::size_t i = 0; i < 10'000; ++i) block += std::string(std::min<std::size_t>(i, 900), ' ') + "a:\n";
  write("routes/dalam.yaml", block);
  expect_refused(HasSubstr("routes/dalam.yaml:"));
}

TEST_F(BadDeployments, AnUnterminatedQuoteAndBytesThatAreNoText) {
  write("routes/kutip.yaml", "route: \"kutip\non: x\n");
  expect_refused(AllOf(HasSubstr("routes/kutip.yaml:1:8:"), HasSubstr("quote")));
  write("routes/kutip.yaml", "route: \xff\xfe\n");
  expect_refused(AllOf(HasSubstr("routes/kutip.yaml:1:8:"), HasSubstr("UTF-8")));
  write("routes/kutip.yaml", std::string("route: a\0b\n", 11));
  expect_refused(HasSubstr("routes/kutip.yaml:1:9:"));
}

TEST_F(BadDeployments, UnknownFieldsWithTheNearestName) {
  change("config/apps/arsip.yaml", "format: jsonl", "fromat: jsonl");
  change("config/apps/loket.yaml", "settle_ms", "setle_ms");
  change("routes/alamat.yaml", "description:", "desription:");
  expect_refused(AllOf(HasSubstr("config/apps/arsip.yaml:"), HasSubstr("format"), HasSubstr("config/apps/loket.yaml:"),
                       HasSubstr("settle_ms"), HasSubstr("routes/alamat.yaml:2:1:"), HasSubstr("description")));
}

TEST_F(BadDeployments, DuplicateKeysAndDepthInASchema) {
  write("schemas/apps/ganda.json", R"({"type":"object","type":"string"})");
  expect_refused(AllOf(HasSubstr("schemas/apps/ganda.json"), HasSubstr("type")));
  write("schemas/apps/ganda.json", std::string(10'000, '['));
  expect_refused(AllOf(HasSubstr("schemas/apps/ganda.json"), HasSubstr("deep")));
}

TEST_F(BadDeployments, MissingFilesAndFolders) {
  std::filesystem::remove(folder_ / "schemas/apps/alamat.json");
  expect_refused(AllOf(HasSubstr("config/apps/arsip.yaml:"), HasSubstr("apps/alamat")));
  std::filesystem::remove(folder_ / "config/simpul.yaml");
  expect_refused(HasSubstr("config/simpul.yaml"));
  std::filesystem::remove_all(folder_ / "config");
  expect_refused(HasSubstr("config"));
  auto nowhere = run({SIMPUL_PROGRAM, "-C", path("nowhere"), "check"});
  EXPECT_EQ(nowhere.code, 1);
  EXPECT_THAT(nowhere.err, HasSubstr("nowhere"));
}

TEST_F(BadDeployments, ASecretThatIsNotThere) {
  change("config/apps/arsip.yaml",
         "  file:\n    folder: keluar\n    files: { alamat: { name: alamat.jsonl, format: jsonl } }\n",
         "  http: { url: \"http://127.0.0.1:9\", paths: { alamat: /x }, sign: \"${file:secrets/arsip}\" }\n");
  EXPECT_EQ(simpul({"check"}).code, 0) << "secrets are where the bus runs";
  expect_cannot_run(1, AllOf(HasSubstr("config/apps/arsip.yaml:"), HasSubstr("secrets/arsip")));
}

// As a user that no folder is open to: root reads everything, so root becomes nobody first.
TEST_F(BadDeployments, AFolderThatCannotBeRead) {
  auto as_nobody = [&](std::vector<std::string> arguments) {
    std::vector<std::string> all;
    if (::getuid() == 0) all = {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
    all.insert(all.end(), {SIMPUL_PROGRAM, "-C", folder_.string()});
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run(all);
  };
  ::chmod(path("routes").c_str(), 0);
  auto checked = as_nobody({"check"});
  EXPECT_EQ(checked.code, 1) << checked.all();
  EXPECT_THAT(checked.err, AllOf(HasSubstr("routes"), HasSubstr("ermission")));
  ::chmod(path("routes").c_str(), 0755);
  ::chmod(path("var").c_str(), 0500);
  auto ran = as_nobody({"run"});
  EXPECT_EQ(ran.code, 4) << ran.all();
  EXPECT_THAT(ran.err, AllOf(HasSubstr("var/log"), HasSubstr("ermission")));
  ::chmod(path("var").c_str(), 0700);
}

TEST_F(BadDeployments, APortInUse) {
  int taken = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(taken, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(taken, 1), 0);
  auto port = port_of(taken);
  change("config/simpul.yaml", "127.0.0.1:0", "127.0.0.1:" + port);
  expect_cannot_run(1, AllOf(HasSubstr("config/simpul.yaml:"), HasSubstr(port), HasSubstr("in use")));
  ::close(taken);
}

TEST_F(BadDeployments, AControlSocketWhosePathIsTooLong) {
  change("config/simpul.yaml", "var/simpul.sock", "var/" + std::string(120, 's') + ".sock");
  expect_cannot_run(4, AllOf(HasSubstr("socket"), HasSubstr("long"), HasSubstr("config/simpul.yaml")));
}

TEST_F(BadDeployments, TwoProcessesOnOneLog) {
  start();
  expect_cannot_run(4, AllOf(HasSubstr(std::to_string(bus_.pid())), HasSubstr("var/log")));
  EXPECT_EQ(post(event("a", nik_a, "JL SATU")).status, 202) << "the first is not disturbed";
  EXPECT_EQ(simpul({"status"}).code, 0) << "its control socket is still its own";
}

TEST_F(BadDeployments, ATargetsFolderThatIsMissingHoldsThatTargetOnly) {
  std::filesystem::remove(folder_ / "keluar");
  start();
  EXPECT_EQ(post(event("a", nik_a, "JL SATU")).status, 202);
  EXPECT_TRUE(wait_until([&] { return simpul({"status", "--json"}).out.find("keluar") != std::string::npos; }))
      << "the status says which folder";
  std::filesystem::create_directory(folder_ / "keluar");
  EXPECT_EQ(archived(1).size(), 1u);
}

}  // namespace
}  // namespace simpul::program
