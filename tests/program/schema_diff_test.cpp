// `simpul schema diff`: two versions, two folders, and a version against the log.
#include <gmock/gmock.h>

#include "tests/program/small_deployment.h"

namespace simpul::program {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class SchemaDiff : public SmallDeployment {
 protected:
  const std::string type = "warga.alamat.diubah.v1";
  const std::string file = "schemas/events/warga.alamat.diubah.v1.json";
  std::string changed(const std::string& from, const std::string& to) const {
    auto text = read(file);
    auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  }
};

TEST_F(SchemaDiff, AFieldThatBecomesShorterBreaksBackwardWithADocumentThatShowsIt) {
  write("new.json", changed("\"maxLength\":100", "\"maxLength\":20"));
  auto ran = simpul({"schema", "diff", path(file), path("new.json"), "--language", "en"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_THAT(ran.out, AllOf(HasSubstr("alamat"), HasSubstr("✗ backward"), HasSubstr("✓ forward")));
  EXPECT_THAT(ran.out, HasSubstr("for example: {"));
  EXPECT_THAT(ran.out, HasSubstr("new.json:")) << "why it is refused, and where";
  EXPECT_EQ(simpul({"schema", "diff", path(file), path("new.json"), "--require", "forward"}).code, 0);
  EXPECT_EQ(simpul({"schema", "diff", path(file), path("new.json"), "--require", "full"}).code, 1);
  EXPECT_EQ(simpul({"schema", "diff", path(file), path("new.json"), "--require", "none"}).code, 0);
}

TEST_F(SchemaDiff, AFieldMoreBreaksOnlyReadersThatCloseTheirObjects) {
  write("new.json", changed("\"lain\":true", "\"lain\":true,\"baru\":{\"type\":\"string\"}"));
  auto ran = simpul({"schema", "diff", path(file), path("new.json"), "--language", "en"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_THAT(ran.out, AllOf(HasSubstr("✓ backward"), HasSubstr("✗ forward"),
                             HasSubstr("✓ readers that ignore fields they do not know can read it")));
  EXPECT_EQ(simpul({"schema", "diff", path(file), path("new.json"), "--require", "full"}).code, 1);
  EXPECT_EQ(simpul({"schema", "diff", path(file), path("new.json"), "--require", "full", "--tolerant"}).code, 0);
}

TEST_F(SchemaDiff, AnOldVersionFromElsewhereFindsWhatItRefersTo) {
  write("schemas/common/umum.json",
        R"({"$defs":{"nik":{"type":"string","format":"nik","x-personal-data":"general"}}})");
  write(
      file,
      R"({"type":"object","properties":{"nik":{"$ref":"../common/umum.json#/$defs/nik"}},"additionalProperties":false})");
  write("old.json", read(file));
  auto ran = simpul({"schema", "diff", path("old.json"), type, "--language", "en"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_THAT(ran.out, HasSubstr("nothing changed"));
  auto machine = asked({"schema", "diff", path("old.json"), type});
  EXPECT_EQ(machine.root().find("backward")->text_of("answer"), "yes");
}

TEST_F(SchemaDiff, FoldersAreComparedByName) {
  write("lama/schemas/events/a.json", R"({"type":"string"})");
  write("lama/schemas/events/b.json", R"({"type":"string"})");
  write("baru/schemas/events/a.json", R"({"type":["string","null"]})");
  write("baru/schemas/events/c.json", R"({"type":"string"})");
  auto ran = simpul({"schema", "diff", path("lama/schemas"), path("baru/schemas")});
  EXPECT_EQ(ran.code, 1) << "a schema that is gone breaks its readers";
  EXPECT_THAT(ran.out, AllOf(HasSubstr("events/b.json is gone"), HasSubstr("events/c.json is new"),
                             HasSubstr("1 compared, 1 changed, 1 new, 1 gone")));
  EXPECT_EQ(simpul({"schema", "diff", path("lama/schemas"), path(file)}).code, 2);
  EXPECT_EQ(simpul({"schema", "diff", path(file)}).code, 2);
}

TEST_F(SchemaDiff, AgainstTheLogCountsAndShowsWhatWouldBeRefusedAndIsRecorded) {
  start();
  ASSERT_EQ(post(event("a", nik_a, "JL SATU")).status, 202);
  ASSERT_EQ(post(event("b", nik_b, "JL YANG LEBIH PANJANG")).status, 202);
  write("new.json", changed("\"maxLength\":100,\"x-personal-data\":\"general\"", "\"enum\":[\"JL SATU\"]"));
  auto ran = simpul({"schema", "diff", "--against-log", path("new.json"), "--type", type, "--language", "en"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_THAT(ran.out, HasSubstr("1 of 2 recorded events of warga.alamat.diubah.v1 would be refused"));
  EXPECT_THAT(ran.out, HasSubstr("/alamat: "));
  EXPECT_THAT(ran.out, Not(HasSubstr("LEBIH PANJANG"))) << "what the serving schema calls personal stays unsaid";
  auto same = simpul({"schema", "diff", "--against-log", type});
  EXPECT_EQ(same.code, 0) << same.all();
  EXPECT_THAT(same.out, HasSubstr("0 of 2 recorded events"));
  auto machine = asked({"schema", "diff", "--against-log", path("new.json"), "--type", type});
  EXPECT_EQ(number_of(machine.root().items()[0], {"refused"}), "1");
  stop();
  auto offline = simpul({"--offline", "schema", "diff", "--against-log", path("new.json"), "--type", type});
  EXPECT_EQ(offline.code, 1) << offline.all();
  EXPECT_THAT(offline.out, HasSubstr("1 of 2"));
}

TEST_F(SchemaDiff, AgainstTheLogNeedsABus) {
  auto ran = simpul({"schema", "diff", "--against-log", type});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("--offline"));
}

}  // namespace
}  // namespace simpul::program
