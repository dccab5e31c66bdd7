// Cases from the CloudEvents specification 1.0.2, each naming its section: "core" is spec.md, "json" the JSON event
// format.
#include "bus/event/event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace simpul {
namespace {

using testing::HasSubstr;

Event event_of(std::string text) {
  auto event = Event::parse(text);
  if (!event) {
    ADD_FAILURE() << text << "\n" << to_text(event.error());
    return std::move(*Event::parse(R"({"specversion":"1.0","id":"1","source":"/x","type":"t"})"));
  }
  return std::move(*event);
}

std::vector<std::string> codes(std::string text) {
  std::vector<std::string> out;
  auto event = Event::parse(std::move(text));
  if (!event) {
    for (const auto& problem : event.error()) out.push_back(problem.code + " " + problem.path);
  }
  return out;
}

std::string with(std::string members) {
  return R"({"specversion":"1.0","id":"A234","source":"/siak","type":"id.go.kota.pindah")" +
         (members.empty() ? "" : "," + members) + "}";
}

struct Case {
  const char* section;
  std::string text;
  std::vector<std::string> problems;
};

std::vector<Case> table() {
  std::string bad = "event.bad_attribute ", missing = "event.missing_attribute ";
  return {
      {"core §3.1 required attributes only", with(""), {}},
      {"core §3.1.1 id is required", R"({"specversion":"1.0","source":"/s","type":"t"})", {missing + "id"}},
      {"core §3.1.1 source is required", R"({"specversion":"1.0","id":"1","type":"t"})", {missing + "source"}},
      {"core §3.1.1 specversion is required", R"({"id":"1","source":"/s","type":"t"})", {missing + "specversion"}},
      {"core §3.1.1 type is required", R"({"specversion":"1.0","id":"1","source":"/s"})", {missing + "type"}},
      {"core §3.1.1 all are missing",
       "{}",
       {missing + "specversion", missing + "id", missing + "source", missing + "type"}},
      {"core §3.1.1 id is not empty", R"({"specversion":"1.0","id":"","source":"/s","type":"t"})", {bad + "id"}},
      {"core §3.1.1 source is not empty", R"({"specversion":"1.0","id":"1","source":"","type":"t"})", {bad + "source"}},
      {"core §3.1.1 type is not empty", R"({"specversion":"1.0","id":"1","source":"/s","type":""})", {bad + "type"}},
      {"core §3.1.1 id is a string", R"({"specversion":"1.0","id":1,"source":"/s","type":"t"})", {bad + "id"}},
      {"core §3.1.1 specversion is 1.0",
       R"({"specversion":"0.3","id":"1","source":"/s","type":"t"})",
       {"event.specversion specversion"}},
      {"core §3.1.1 specversion is a string",
       R"({"specversion":1.0,"id":"1","source":"/s","type":"t"})",
       {bad + "specversion"}},
      {"core §3.1.1 source: an absolute URI",
       R"({"specversion":"1.0","id":"1","source":"https://siak.example/a?b#c","type":"t"})",
       {}},
      {"core §3.1.1 source: a URN",
       R"({"specversion":"1.0","id":"1","source":"urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66","type":"t"})",
       {}},
      {"core §3.1.1 source: a relative reference",
       R"({"specversion":"1.0","id":"1","source":"cloudevents/spec/pull/123","type":"t"})",
       {}},
      {"core §3.1.1 source: no URI-reference",
       R"({"specversion":"1.0","id":"1","source":"two words","type":"t"})",
       {bad + "source"}},
      {"core §3.1.1 source: a bad escape",
       R"({"specversion":"1.0","id":"1","source":"/a%2","type":"t"})",
       {bad + "source"}},
      {"core §3.1.2 subject", with(R"("subject":"3671015207909001")"), {}},
      {"core §3.1.2 subject is not empty", with(R"("subject":"")"), {bad + "subject"}},
      {"core §3.1.2 time in UTC", with(R"("time":"2018-04-05T17:31:00Z")"), {}},
      {"core §3.1.2 time with offset and fraction", with(R"("time":"2018-04-05T17:31:00.123456789+07:00")"), {}},
      {"core §3.1.2 time before 1678", with(R"("time":"0001-01-01T00:00:00Z")"), {}},
      {"core §3.1.2 time without offset", with(R"("time":"2018-04-05T17:31:00")"), {bad + "time"}},
      {"core §3.1.2 time: a date only", with(R"("time":"2018-04-05")"), {bad + "time"}},
      {"core §3.1.2 time: no such day", with(R"("time":"2018-02-30T00:00:00Z")"), {bad + "time"}},
      {"core §3.1.2 time: a number", with(R"("time":1522949460)"), {bad + "time"}},
      {"core §3.1.2 datacontenttype with a parameter", with(R"("datacontenttype":"text/xml; charset=utf-8")"), {}},
      {"core §3.1.2 datacontenttype is a media type", with(R"("datacontenttype":"json")"), {bad + "datacontenttype"}},
      {"core §3.1.2 datacontenttype is not empty", with(R"("datacontenttype":"")"), {bad + "datacontenttype"}},
      {"core §3.1.2 dataschema", with(R"("dataschema":"https://schemas.example/pindah/1")"), {}},
      {"core §3.1.2 dataschema is not empty", with(R"("dataschema":"")"), {bad + "dataschema"}},
      {"core §3.1.2 dataschema is absolute", with(R"("dataschema":"/pindah/1")"), {bad + "dataschema"}},
      {"core §3.4 type URI is RFC 3986 §4.3: no fragment",
       with(R"("dataschema":"https://schemas.example/pindah#1")"),
       {bad + "dataschema"}},
      {"core §3.1 names are lower case", with(R"("Causation":"x")"), {"event.attribute_name Causation"}},
      {"core §3.1 names have no hyphen", with(R"("causation-id":"x")"), {"event.attribute_name causation-id"}},
      {"core §3.1 names have no underscore", with(R"("causation_id":"x")"), {"event.attribute_name causation_id"}},
      {"core §3.1 names are ASCII", with(R"("é":"x")"), {"event.attribute_name é"}},
      {"core §3.1 names are not empty", with(R"("":"x")"), {"event.attribute_name "}},
      {"core §3.1 names may start with a digit", with(R"("1st":"x")"), {}},
      {"core §3.1 names longer than 20 are only discouraged", with(R"("anextensionwithalongname":"x")"), {}},
      {"core §3.4 extension: string", with(R"("ext":"x")"), {}},
      {"core §3.4 extension: empty string", with(R"("ext":"")"), {}},
      {"core §3.4 extension: boolean", with(R"("ext":true)"), {}},
      {"core §3.4 extension: integer", with(R"("ext":-2147483648)"), {}},
      {"core §3.4 extension: integer beyond 32 bits", with(R"("ext":2147483648)"), {bad + "ext"}},
      {"json §2.2 integer: no fraction", with(R"("ext":5.0)"), {bad + "ext"}},
      {"json §2.2 integer: no exponent", with(R"("ext":5e0)"), {bad + "ext"}},
      {"core §3.4 extension: an object is none", with(R"("ext":{"a":1})"), {bad + "ext"}},
      {"core §3.4 extension: an array is none", with(R"("ext":[1])"), {bad + "ext"}},
      {"core §3.4 string: control characters", with(R"("ext":"a\u0007")"), {bad + "ext"}},
      {"core §3.4 string: C1 control characters", with(R"("subject":"a\u0085")"), {bad + "subject"}},
      {"core §3.4 string: non-characters", with(R"("ext":"\ufffe")"), {bad + "ext"}},
      {"core §3.4 string: non-characters FDD0", with(R"("ext":"\ufdd0")"), {bad + "ext"}},
      {"core §3.4 string: non-characters beyond the first plane", with(R"("ext":"\ud83f\udfff")"), {bad + "ext"}},
      {"core §3.4 string: lone surrogates", with(R"("ext":"\ud800")"), {"json.syntax "}},
      {"core §3.4 string: emoji are fine", with(R"("ext":"\ud83d\ude00é�")"), {}},
      {"json §2.2 null is unset", with(R"("subject":null,"ext":null,"time":null)"), {}},
      {"json §2.2 null is unset, so a required one is missing",
       R"({"specversion":"1.0","id":null,"source":"/s","type":"t"})",
       {missing + "id"}},
      {"json §3.1 data of any kind", with(R"("data":[1,{"a":null}])"), {}},
      {"json §3.1 data may be null", with(R"("data":null)"), {}},
      {"json §3.1 data_base64", with(R"("data_base64":"AAEC/w==")"), {}},
      {"json §3.1 data_base64 is Base64", with(R"("data_base64":"A*")"), {bad + "data_base64"}},
      {"json §3.1 data_base64 is a string", with(R"("data_base64":5)"), {bad + "data_base64"}},
      {"json §3.1.1 data or data_base64", with(R"("data":1,"data_base64":"AA==")"), {"event.two_data data_base64"}},
      {"json §3 an event is an object", "[]", {"event.not_an_object "}},
      {"json §3 member names are unique", with(R"("id":"2")"), {"json.duplicate_member /id"}},
      {"json §3 text is JSON", "<event/>", {"json.syntax "}},
  };
}

TEST(Event, FollowsTheSpecification) {
  for (const auto& c : table()) EXPECT_EQ(codes(c.text), c.problems) << c.section << "\n" << c.text;
}

TEST(Event, GivesItsAttributesAndData) {
  auto event =
      event_of(with(R"("subject":"3671015207909001","time":"2026-11-22T07:30:00Z","datacontenttype":"application/json",
    "dataschema":"https://s.example/1","traceparent":"00-4bf9-01","flag":true,"count":7,"gone":null,
        "data": {"nik" : 9471010101900001 } )"));
  EXPECT_EQ(event.id(), "A234");
  EXPECT_EQ(event.source(), "/siak");
  EXPECT_EQ(event.type(), "id.go.kota.pindah");
  EXPECT_EQ(event.subject(), "3671015207909001");
  EXPECT_EQ(event.time(), "2026-11-22T07:30:00Z");
  EXPECT_EQ(event.dataschema(), "https://s.example/1");
  EXPECT_EQ(event.datacontenttype(), "application/json");
  EXPECT_EQ(event.attribute("traceparent")->text(), "00-4bf9-01");
  EXPECT_TRUE(event.attribute("flag")->boolean());
  EXPECT_EQ(event.attribute("count")->as_integer(), 7);
  EXPECT_EQ(event.attribute("gone"), nullptr);
  EXPECT_EQ(event.attribute("data"), nullptr);
  EXPECT_EQ(event.data_text(), R"({"nik" : 9471010101900001 })");
  EXPECT_EQ(event.data()->find("nik")->text(), "9471010101900001");
  EXPECT_FALSE(event.has_binary_data());
  EXPECT_FALSE(event.binary_data());
}

TEST(Event, KeepsItsTextByteForByte) {
  std::string text =
      "{ \"unknown\":\"\\u0041 b\",\n \"specversion\" : "
      "\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data\":1.50e400000 }";
  EXPECT_EQ(codes(text), std::vector<std::string>{"json.number_range "});
  text.replace(text.find("e400000"), 7, "e+1");
  auto event = event_of(text);
  Event moved = std::move(event);
  EXPECT_EQ(moved.text(), text);
  EXPECT_EQ(moved.data_text(), "1.50e+1");
  EXPECT_EQ(moved.attribute("unknown")->text(), "A b");
}

TEST(Event, ReportsEveryProblemInOnePassWithItsPlace) {
  auto event = Event::parse(
      "{\"specversion\":\"1.0\",\n\"id\":\"\",\n \"time\":\"yesterday\",\"Bad\":1,\n\"ext\":[],\"type\":\"t\"}");
  ASSERT_FALSE(event);
  ASSERT_EQ(event.error().size(), 5u);
  EXPECT_EQ(event.error()[0].path, "id");
  EXPECT_EQ(event.error()[0].place.start, (Mark{2, 6}));
  EXPECT_EQ(event.error()[1].path, "time");
  EXPECT_EQ(event.error()[1].place.start, (Mark{3, 9}));
  EXPECT_EQ(event.error()[2].path, "Bad");
  EXPECT_EQ(event.error()[3].path, "ext");
  EXPECT_EQ(event.error()[4].path, "source");
  for (const auto& problem : event.error()) EXPECT_FALSE(problem.hint.empty());
}

TEST(Event, NeverQuotesAnAttributesValue) {
  auto event = Event::parse(
      with(R"("subject":"3671015207909001\u0001","time":"3671015207909001","datacontenttype":"3671015207909001")"));
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().size(), 3u);
  EXPECT_THAT(to_text(event.error()), testing::Not(HasSubstr("3671015207909001")));
}

TEST(Event, BoundsItsSize) {
  EXPECT_EQ(codes(with("\"subject\":\"" + std::string(4096, 'x') + "\"")), std::vector<std::string>{});
  EXPECT_EQ(codes(with("\"subject\":\"" + std::string(4097, 'x') + "\"")),
            std::vector<std::string>{"event.too_big subject"});
  EXPECT_EQ(codes(with("\"data\":\"" + std::string(event_limit_bytes, 'x') + "\"")),
            std::vector<std::string>{"event.too_big "});
  EXPECT_EQ(codes(with("\"data\":" + std::string(10'000, '['))), std::vector<std::string>{"json.too_deep "});
}

TEST(Event, HashesTheSameContentAlike) {
  auto hash = [](std::string text) { return event_of(std::move(text)).content_hash(); };
  auto base = hash(with(R"("ext":5,"subject":"s","data":{"a": 1})"));
  EXPECT_EQ(
      base,
      hash(
          R"({ "data":{"a": 1},"subject":"s","type":"id.go.kota.pindah","ext":"5","id":"A234","source":"/siak","specversion":"1.0"})"));
  EXPECT_EQ(base,
            hash(with(R"("ext":5,"subject":"s","gone":null,"datacontenttype":"application/json","data":{"a": 1})")));
  EXPECT_NE(base, hash(with(R"("ext":5,"subject":"s","data":{"a":1})")));
  EXPECT_NE(base, hash(with(R"("ext":6,"subject":"s","data":{"a": 1})")));
  EXPECT_NE(base, hash(with(R"("ext":5,"data":{"a": 1})")));
  EXPECT_NE(hash(with(R"("data":"AA==")")), hash(with(R"("data_base64":"AA==")")));
  EXPECT_NE(hash(with(R"("data":null)")), hash(with("")));
  EXPECT_NE(hash(with(R"("data":"5")")), hash(with(R"("data":5)")));
  EXPECT_NE(hash(with(R"("a":"x","b":"")")), hash(with(R"("a":"","b":"x")")));
}

TEST(Event, ComposesFromParts) {
  EventParts parts;
  parts.id = "1\"";
  parts.source = "/s";
  parts.type = "t";
  parts.extensions = {{"causationid", "c"}};
  parts.data_json = "{\"n\":1.0}";
  EXPECT_EQ(compose(parts),
            R"({"specversion":"1.0","id":"1\"","source":"/s","type":"t","causationid":"c","data":{"n":1.0}})");
  parts.data_json.clear();
  parts.data_binary = std::string("\0\xff", 2);
  auto event = event_of(compose(parts));
  EXPECT_TRUE(event.has_binary_data());
  EXPECT_EQ(event.binary_data().value(), std::string("\0\xff", 2));
  parts.datacontenttype = "text/plain";
  EXPECT_TRUE(event_of(compose(parts)).has_binary_data()) << "no UTF-8";
  parts.data_binary = "<p>é</p>";
  EXPECT_EQ(event_of(compose(parts)).data()->text(), "<p>é</p>");
  parts.datacontenttype = "text/plain; charset=iso-8859-1";
  EXPECT_TRUE(event_of(compose(parts)).has_binary_data());
  EXPECT_EQ(codes(compose(EventParts{})).size(), 3u);
}

}  // namespace
}  // namespace simpul
