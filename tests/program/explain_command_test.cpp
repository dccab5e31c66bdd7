// `simpul explain`: a route in words, and an event's way: admitted or why not, each condition with what it saw, what is
// sent, asked or parked.
#include <gmock/gmock.h>

#include "tests/program/small_deployment.h"

namespace simpul::program {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ExplainCommand : public SmallDeployment {
 protected:
  Ran explained(const std::string& event, std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"explain", "-"});
    return simpul(options, {.input = event});
  }
  void route(const std::string& rest) const {
    write("routes/alamat.yaml",
          "route: alamat\ndescription: a new address\non: warga.alamat.diubah.v1\nkey: data.nik\n" + rest);
  }
};

TEST_F(ExplainCommand, ARouteInWords) {
  route(
      "when: data.alamat != \"\"\nto:\n  - app: arsip\n    into: alamat\n    when: data.nik > \"1\"\n"
      "    map: { nik: data.nik, alamat: data.alamat.trim() }\n");
  const auto ran = simpul({"explain", "alamat"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("alamat: a new address"),
                             HasSubstr("takes warga.alamat.diubah.v1, published by loket (Counter)"),
                             HasSubstr("only where data.alamat != \"\""), HasSubstr("→ arsip/alamat (Archive, arsip)"),
                             HasSubstr("where data.nik > \"1\""), HasSubstr("personal data: "), HasSubstr("alamat"),
                             HasSubstr("for arsip, by UU27/2022:20(2)e"), HasSubstr("times, then parked")));
}

TEST_F(ExplainCommand, AnEventThatArrives) {
  const auto ran = explained(event("a", nik_a, " JL SATU "));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("event a warga.alamat.diubah.v1"), HasSubstr("admitted: loket may publish it"),
                    HasSubstr("→ arsip/alamat"), HasSubstr(R"({"nik":")" + nik_a + R"(","alamat":"JL SATU"})")));
  write("event.json", event("a", nik_a, "JL SATU"));
  EXPECT_EQ(simpul({"explain", path("event.json")}).code, 0);
  EXPECT_TRUE(lines_of("keluar").empty());
}

TEST_F(ExplainCommand, AnEventThatIsRefusedSaysTheSchemasPlace) {
  auto text = event("a", nik_a, "JL SATU");
  const auto ran = explained(text.replace(text.find("\"JL SATU\""), 9, "17"));
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("refused: data/alamat"),
                             HasSubstr("(schemas/events/warga.alamat.diubah.v1.json:2:"), Not(HasSubstr("→ arsip"))));
}

TEST_F(ExplainCommand, WhoMayNotPublishIsToldSo) {
  const auto text = event("a", nik_a, "JL SATU");
  const auto ran = explained(text, {"--from", "arsip"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("refused: arsip may not publish this type; it is published by loket"));
  const auto unknown = explained(text, {"--from", "lokett"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("there is no application lokett, did you mean \"loket\"?"));
}

TEST_F(ExplainCommand, AConditionThatDoesNotHoldSaysWhatItSaw) {
  route(
      "when: data.alamat.startsWith(\"JL\") && size(data.alamat) > 10\n"
      "to: [{ app: arsip, into: alamat, map: { nik: data.nik, alamat: data.alamat.trim() } }]\n");
  const auto ran = explained(event("a", nik_a, "JL SATU"));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("does not hold"), HasSubstr("routes/alamat.yaml:5:7"),
                    HasSubstr("data.alamat.startsWith(\"JL\") is true"), HasSubstr("size(data.alamat) > 10 is false"),
                    HasSubstr("JL SATU"), Not(HasSubstr("→ arsip"))));
  EXPECT_THAT(explained(event("a", nik_a, "JL SATU NO 12 B")).out,
              AllOf(HasSubstr(" holds"), HasSubstr("→ arsip/alamat")));
}

TEST_F(ExplainCommand, AnEventThatIsParkedSaysWhy) {
  const auto ran = explained(event("a", nik_a, "JL YANG LEBIH PANJANG DARI EMPAT PULUH HURUF NO 1"));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("parked: "), HasSubstr("alamat")));
  route(
      "to:\n  - choose:\n      - when: data.alamat == \"X\"\n        to: [{ app: arsip, into: alamat, map: { nik: "
      "data.nik, alamat: data.alamat.trim() } }]\n");
  EXPECT_THAT(explained(event("a", nik_a, "JL SATU")).out, HasSubstr("parked"));
}

TEST_F(ExplainCommand, WhatIsAskedFirstIsTold) {
  route(
      "enrich:\n  warga: { lookup: warga, with: { nik: data.nik } }\nto:\n  - app: arsip\n    into: alamat\n"
      "    map: { nik: data.nik, alamat: 'warga.?alamat.orValue(\"\")' }\n");
  const auto ran = explained(event("a", nik_a, "JL SATU"));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("first asks warga with "), HasSubstr(nik_a)));
}

TEST_F(ExplainCommand, AnEventThatNobodyTakesIsKept) {
  change("config/apps/loket.yaml", "publishes: [", "publishes: [warga.lain.terjadi.v1, ");
  write("schemas/events/warga.lain.terjadi.v1.json", R"({"type":"object"})");
  const auto ran =
      explained(R"({"specversion":"1.0","id":"a","source":"urn:uji","type":"warga.lain.terjadi.v1","data":{}})");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("no route takes events of this type"));
}

TEST_F(ExplainCommand, PrintsJsonForMachines) {
  write("event.json", event("a", nik_a, "JL SATU"));
  const auto one = asked({"explain", path("event.json")});
  EXPECT_TRUE(one.root().find("admitted")->boolean());
  const auto& routes = *one.root().find("routes");
  ASSERT_EQ(routes.size(), 1u);
  const auto& delivery = routes.items()[0].find("deliveries")->items()[0];
  EXPECT_EQ(delivery.find("app")->text(), "arsip");
  EXPECT_EQ(delivery.find("payload")->find("alamat")->text(), "JL SATU");
  const auto route = asked({"explain", "alamat"});
  EXPECT_EQ(route.root().find("to")->items()[0].find("schema")->text(), "apps/alamat");
  EXPECT_EQ(route.root().find("on")->items()[0].find("publishers")->items()[0].text(), "loket");
}

TEST_F(ExplainCommand, WhatIsNoEventAndNoRouteIsToldSo) {
  const auto route = simpul({"explain", "almat"});
  EXPECT_EQ(route.code, 1);
  EXPECT_THAT(route.err, AllOf(HasSubstr("there is no route and no file"), HasSubstr("did you mean \"alamat\"?"),
                               HasSubstr("routes: alamat")));
  for (const char* text : {"", "{", "[]", "{\"id\":1}", "{\"specversion\":\"1.0\"}"}) {
    const auto ran = explained(text);
    EXPECT_EQ(ran.code, 1) << text;
    EXPECT_NE(ran.err, "") << text;
  }
  EXPECT_EQ(simpul({"explain", path("config")}).code, 4);
}

}  // namespace
}  // namespace simpul::program
