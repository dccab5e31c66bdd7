// Cases from the CloudEvents HTTP protocol binding 1.0.2, each naming its section.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bus/event/event.h"

namespace simpul {
namespace {

using Headers = std::vector<HttpHeader>;

Headers binary_headers(Headers more = {}) {
  Headers headers{{"Content-Type", "application/json"},
                  {"ce-specversion", "1.0"},
                  {"CE-ID", "1"},
                  {"ce-source", "/s"},
                  {"ce-type", "t"}};
  headers.insert(headers.end(), more.begin(), more.end());
  return headers;
}

Event binary_event(const Headers& headers, std::string body) {
  auto texts = http_events(HttpMode::binary, headers, std::move(body));
  if (!texts) ADD_FAILURE() << to_text(texts.error());
  auto event = Event::parse(texts ? texts->at(0) : std::string());
  if (!event) {
    ADD_FAILURE() << to_text(event.error());
    return std::move(*Event::parse(R"({"specversion":"1.0","id":"1","source":"/x","type":"t"})"));
  }
  return std::move(*event);
}

std::vector<std::string> binary_codes(const Headers& headers, std::string body = {}) {
  std::vector<std::string> codes;
  auto texts = http_events(HttpMode::binary, headers, std::move(body));
  Problems problems;
  if (!texts) {
    problems = texts.error();
  } else if (auto event = Event::parse(texts->at(0)); !event) {
    problems = event.error();
  }
  for (const auto& problem : problems) codes.push_back(problem.code + " " + problem.path);
  return codes;
}

// §3: the mode is told by the Content-Type
TEST(HttpBinding, TellsTheModeByTheContentType) {
  Headers none, ce{{"CE-Type", "t"}};
  EXPECT_EQ(http_mode("application/cloudevents+json", none).value(), HttpMode::structured);
  EXPECT_EQ(http_mode("Application/CloudEvents+JSON ; charset=UTF-8", ce).value(), HttpMode::structured);
  EXPECT_EQ(http_mode("application/cloudevents-batch+json; charset=\"utf-8\"", none).value(), HttpMode::batched);
  EXPECT_EQ(http_mode("application/json", ce).value(), HttpMode::binary);
  EXPECT_EQ(http_mode("", ce).value(), HttpMode::binary);
  for (std::string_view type :
       {"application/json", "", "text/html", "application/cloudevents+avro", "application/cloudevents-batch+xml"}) {
    auto mode = http_mode(type, none);
    ASSERT_FALSE(mode) << type;
    EXPECT_EQ(mode.error().code, "http.content_type");
    EXPECT_NE(mode.error().hint.find("application/cloudevents+json"), std::string::npos);
  }
  EXPECT_FALSE(http_mode("application/cloudevents+avro", ce))
      << "an event format that is not read is never taken as binary mode";
  EXPECT_FALSE(http_mode("application/cloudevents+json; charset=iso-8859-1", none));
}

// §3.2
TEST(HttpBinding, StructuredModeKeepsTheBody) {
  EXPECT_EQ(http_events(HttpMode::structured, {}, " {} ").value(), std::vector<std::string>{" {} "});
}

// §3.3, JSON format §4
TEST(HttpBinding, BatchedModeKeepsEachElementsText) {
  EXPECT_EQ(http_events(HttpMode::batched, {}, "[ {\"id\" : \"1\" },{\"n\":1.50} ]\n").value(),
            (std::vector<std::string>{"{\"id\" : \"1\" }", "{\"n\":1.50}"}));
  EXPECT_TRUE(http_events(HttpMode::batched, {}, "[]").value().empty());
  EXPECT_EQ(http_events(HttpMode::batched, {}, "{}").error().at(0).code, "event.not_an_array");
  EXPECT_EQ(http_events(HttpMode::batched, {}, "[{}").error().at(0).code, "json.syntax");
}

// §3.1.1, §3.1.3.1
TEST(HttpBinding, BinaryModeReadsHeadersAndBody) {
  auto event = binary_event(binary_headers({{"ce-Subject", "3671015207909001"},
                                            {"ce-time", "2026-11-22T07:30:00Z"},
                                            {"ce-dataschema", "https://s.example/1"},
                                            {"ce-traceparent", "00-1"},
                                            {"X-Other", "x"}}),
                            "{\"nik\": 9471010101900001}");
  EXPECT_EQ(event.id(), "1");
  EXPECT_EQ(event.subject(), "3671015207909001");
  EXPECT_EQ(event.attribute("traceparent")->text(), "00-1");
  EXPECT_EQ(event.attribute("other"), nullptr);
  EXPECT_EQ(event.datacontenttype(), "application/json");
  EXPECT_EQ(event.data_text(), "{\"nik\": 9471010101900001}");
}

// §3.1.2: the body is the data, whatever it is
TEST(HttpBinding, BinaryModeTakesAnyBody) {
  auto with_type = [](std::string type) {
    auto headers = binary_headers();
    headers[0].value = std::move(type);
    return headers;
  };
  EXPECT_EQ(binary_event(with_type("text/plain"), "x\"é").data()->text(), "x\"é");
  EXPECT_EQ(binary_event(with_type("application/octet-stream"), std::string("\0\1", 2)).binary_data().value(),
            std::string("\0\1", 2));
  EXPECT_EQ(binary_event(with_type("application/problem+json; charset=utf-8"), "[1]").data_text(), "[1]");
  EXPECT_EQ(binary_event(binary_headers(), "").data(), nullptr);
}

// §3.1.3.2
TEST(HttpBinding, UndoesPercentEncoding) {
  auto subject = [](std::string value) {
    return std::string(binary_event(binary_headers({{"ce-subject", std::move(value)}}), "").subject());
  };
  EXPECT_EQ(subject("Euro%20%E2%82%AC%20%F0%9F%98%80"), "Euro € 😀");
  EXPECT_EQ(subject("%2525"), "%25") << "one round only";
  EXPECT_EQ(subject("\"two words\""), "two words");
  EXPECT_EQ(subject("\"a \\\"b\\\" \\\\ %41\""), "a \"b\" \\ A");
  EXPECT_EQ(subject("%e2%82%ac"), "€");
  for (std::string value : {"100%", "%4", "%zz", "%FF", "%C0%80", "\xff"}) {
    EXPECT_EQ(binary_codes(binary_headers({{"ce-subject", value}})), std::vector<std::string>{"http.header subject"})
        << value;
  }
}

TEST(HttpBinding, ReportsEveryProblemOfBinaryMode) {
  Headers headers{{"Content-Type", "application/json"},
                  {"ce-id", "1"},
                  {"ce-id", "2"},
                  {"ce-bad_name", "x"},
                  {"ce-data", "x"},
                  {"ce-datacontenttype", "text/plain"},
                  {"ce-specversion", "0.3"},
                  {"ce-time", "now"},
                  {"ce-source", "/s"}};
  EXPECT_EQ(binary_codes(headers, "{\"a\":}"),
            (std::vector<std::string>{"http.header id", "event.attribute_name bad_name", "event.attribute_name data",
                                      "http.header datacontenttype", "event.specversion specversion",
                                      "json.syntax data", "event.bad_attribute time", "event.missing_attribute type"}));
  EXPECT_EQ(binary_codes({{"ce-id", "1"}}),
            (std::vector<std::string>{"event.missing_attribute specversion", "event.missing_attribute source",
                                      "event.missing_attribute type"}));
}

TEST(HttpBinding, ABodyCannotAddAttributes) {
  EXPECT_EQ(binary_codes(binary_headers(), "1,\"evil\":\"x\""), std::vector<std::string>{"json.trailing data"});
  EXPECT_EQ(binary_codes(binary_headers(), "{}},{"), std::vector<std::string>{"json.trailing data"});
}

TEST(HttpBinding, AnUnnamedBodyMustBeJson) {
  auto headers = binary_headers();
  headers.erase(headers.begin());
  EXPECT_EQ(binary_event(headers, "{\"a\":1}").data_text(), "{\"a\":1}");
  auto texts = http_events(HttpMode::binary, headers, "<xml/>");
  ASSERT_FALSE(texts);
  EXPECT_NE(texts.error()[0].hint.find("Content-Type"), std::string::npos);
}

TEST(HttpBinding, WritesBinaryModeAndReadsItAgain) {
  for (
      std::string text :
      {R"({"specversion":"1.0","id":"a b","source":"/s?x=%20","type":"t","subject":"Euro € \"q\" 100%","ext":true,"n":-5,"gone":null,"data":{"a": [1.50]}})",
       R"({"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"text/plain","data":"line\n\u00e9"})",
       R"({"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"application/octet-stream","data_base64":"AAEC/w=="})",
       R"({"specversion":"1.0","id":"1","source":"/s","type":"t","data":"text in JSON"})",
       R"({"specversion":"1.0","id":"1","source":"/s","type":"t"})"}) {
    auto event = Event::parse(text).value();
    auto message = to_http_binary(event);
    for (const auto& header : message.headers) {
      for (char c : header.value) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << header.name;
      EXPECT_NE(header.name, "ce-gone");
    }
    EXPECT_EQ(binary_event(message.headers, message.body).content_hash(), event.content_hash()) << text;
  }
}

TEST(HttpBinding, EncodesSpaceQuoteAndPercent) {
  auto event = Event::parse(R"({"specversion":"1.0","id":"a b\"%~é","source":"/s","type":"t"})").value();
  auto message = to_http_binary(event);
  EXPECT_EQ(message.headers[1].name, "ce-id");
  EXPECT_EQ(message.headers[1].value, "a%20b%22%25~%C3%A9");
  EXPECT_EQ(message.headers.size(), 4u) << "no Content-Type without data";
}

}  // namespace
}  // namespace simpul
