#include <gmock/gmock.h>

#include <future>

#include "bus/control/unix_socket.h"
#include "tests/bus/probe.h"

namespace simpul {
namespace {

using testing::HasSubstr;
using testing::Not;

using PeopleTest = CityTest;

TEST_F(PeopleTest, PersonalDataIsSeenOnlyByThoseClearedForIt) {
  publish({event("1", nik_a, "JL RAHASIA")});
  EXPECT_THAT(control("siti", "trace", R"({"id":"1"})").body, Not(HasSubstr("RAHASIA")));
  EXPECT_THAT(control("rahmat", "trace", R"({"id":"1"})").body, HasSubstr("RAHASIA"));
}

TEST_F(PeopleTest, EveryLookIsARecord) {
  publish({event("1", nik_a, "JL SATU")});
  control("rahmat", "trace", R"({"key":")" + nik_a + R"("})");
  auto looks = bodies(RecordKind::access);
  ASSERT_EQ(looks.size(), 1u);
  EXPECT_THAT(looks[0], HasSubstr("rahmat"));
  EXPECT_THAT(looks[0], Not(HasSubstr(nik_a)));
}

TEST_F(PeopleTest, TracesByKeyAndById) {
  publish({event("1", nik_a, "JL SATU"), event("2", nik_a, "JL DUA"), event("3", nik_b, "JL TIGA")});
  auto body = control("rahmat", "trace", R"({"key":")" + nik_a + R"("})").body;
  EXPECT_THAT(body, HasSubstr("JL SATU"));
  EXPECT_THAT(body, HasSubstr("JL DUA"));
  EXPECT_THAT(body, Not(HasSubstr("JL TIGA")));
}

TEST_F(PeopleTest, ARoleIsNeeded) {
  auto answer = control("rahmat", "reload");
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.body, HasSubstr("operator or integrator"));
}

TEST_F(PeopleTest, AKeyIsKeptAsAHashAndEndsWhenRotated) {
  auto made = control("siti", "credential.make", R"({"kind":"app","name":"siak"})");
  ASSERT_EQ(made.status, 200);
  auto document = json::parse(made.body);
  std::string key(document->root().text_of("key"));
  ASSERT_TRUE(bus_->credentials().find(key));
  EXPECT_EQ(bus_->credentials().find(key)->app, "siak");
  auto stored = system_environment().disk->read_whole(bus_->log_folder() + "/keys/credentials.json");
  EXPECT_THAT(*stored, Not(HasSubstr(key)));
  control("siti", "credential.make", R"({"kind":"app","name":"siak"})");
  EXPECT_FALSE(bus_->credentials().find(key)) << "the earlier key must have ended";
  EXPECT_EQ(control("siti", "credential.make", R"({"kind":"app","name":"siakk"})").status, 404);
}

TEST_F(PeopleTest, TheControlSocketKnowsItsPeerAndLeavesNothingOpen) {
  auto path = (folder_ / "var/simpul.sock").string();
  std::string seen;
  {
    auto socket = ControlSocket::open(
        path, [&](const std::string& user, const std::string& command, const std::string& arguments) {
          seen = user + " " + command + " " + arguments;
          return ControlAnswer{200, R"({"fine":true})"};
        });
    ASSERT_TRUE(socket) << to_text(socket.error());
    EXPECT_EQ(std::filesystem::status(path).permissions() & std::filesystem::perms::others_all,
              std::filesystem::perms::none);
    auto answer = ask_control_socket(path, "status", R"({"a":1})");
    ASSERT_TRUE(answer) << to_text(answer.error());
    EXPECT_EQ(answer->body, R"({"fine":true})");
    EXPECT_EQ(seen, unix_user_name(::getuid()) + R"( status {"a":1})");
    auto second = ControlSocket::open(
        path, [](const std::string&, const std::string&, const std::string&) { return ControlAnswer{}; });
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "control.in_use");
  }
  auto gone = ask_control_socket(path, "status", "{}");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, "control.not_running");
}

TEST_F(PeopleTest, AFileInTheControlSocketsPlaceIsNotRemoved) {
  write("var/simpul.sock", "precious");
  auto socket =
      ControlSocket::open((folder_ / "var/simpul.sock").string(),
                          [](const std::string&, const std::string&, const std::string&) { return ControlAnswer{}; });
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, "control.not_a_socket");
  EXPECT_TRUE(std::filesystem::is_regular_file(folder_ / "var/simpul.sock"));
}

using LookupTest = CityTest;

TEST_F(LookupTest, APersonWhoIsNoLongerDeclaredAsksNothing) {
  write("config/lookups/warga.yaml",
        "lookup: warga\ndescription: public facts\napp: siak\nparameters: { nik: { format: nik } }\nfields: "
        "[nilai]\npersonal: none\n"
        "purpose: verifikasi\nlegal_basis: UU27/2022:20(2)e\ntimeout_ms: 2000\n");
  hub_.reply = {Answer::found, R"({"nilai":1})", ""};
  ASSERT_EQ(control("siti", "reload").status, 200) << control("siti", "reload").body;
  auto ask = [&](const std::string& person) {
    std::promise<ControlAnswer> promise;
    auto future = promise.get_future();
    Identity identity;
    identity.person = person;
    bus_->lookup(identity, "warga", R"({"nik":")" + nik_a + R"("})",
                 [&](ControlAnswer answer) { promise.set_value(std::move(answer)); });
    return future.get().status;
  };
  EXPECT_EQ(ask("siti"), 200);
  EXPECT_EQ(ask("nobody"), 403);
}

TEST_F(LookupTest, AnswersOnlyTheFieldsOnItsList) {
  hub_.reply = {Answer::found, R"({"nik":")" + nik_a + R"(","alamat":"JL SATU","agama":1})", ""};
  auto answer = lookup("pajak", R"({"nik":")" + nik_a + R"("})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"nik":")" + nik_a + R"(","alamat":"JL SATU"})");
  auto records = bodies(RecordKind::lookup);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_THAT(records[0], HasSubstr("verifikasi"));
  EXPECT_THAT(records[0], Not(HasSubstr(nik_a)));
}

TEST_F(LookupTest, OnlyWhoMayAskIsAnswered) {
  auto answer = lookup("siak", R"({"nik":")" + nik_a + R"("})");
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(bodies(RecordKind::lookup).at(0), HasSubstr("refused"));
}

TEST_F(LookupTest, ParametersAreChecked) {
  EXPECT_EQ(lookup("pajak", R"({"nik":"12"})").status, 422);
}

TEST_F(LookupTest, NobodyFoundIsSaid) {
  hub_.reply = {Answer::not_found, "", ""};
  EXPECT_EQ(lookup("pajak", R"({"nik":")" + nik_a + R"("})").status, 404);
}

using BackupTest = CityTest;

TEST_F(BackupTest, ABackupOfARunningBusCanBeRunAgain) {
  publish({event("1", nik_a, "JL SATU")});
  hub_.taken("pajak", 1);
  auto to = folder_ / "backup";
  ASSERT_EQ(control("siti", "backup", R"({"folder":")" + to.string() + R"(","with_keys":true})").status, 200);
  EXPECT_EQ(control("siti", "backup", R"({"folder":")" + to.string() + R"("})").status, 500)
      << "a backup never writes over another";
  bus_->stop(std::chrono::milliseconds(100));
  bus_.reset();
  std::filesystem::remove_all(folder_ / "var/log");
  std::filesystem::rename(to, folder_ / "var/log");
  open();
  EXPECT_EQ(publish({event("1", nik_a, "JL SATU")})[0].kind, Verdict::duplicate);
}

}  // namespace
}  // namespace simpul
