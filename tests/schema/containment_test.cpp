// Containment: the labelled pairs of containment_pairs/, one file a keyword, and the changes that a city's permit
// schema sees over the years. A pair is {name, a, b, expected: what is true, tolerant, today: "undecidable" where no
// answer is found}. No wrong yes, no wrong no; each witness is judged by both passes of both schemas. The counts go to
// conformance/containment.json.
#include "bus/schema/containment.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>

#include "tests/schema/support.h"

namespace simpul {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string_view word(Contained answer) {
  return answer == Contained::yes ? "yes" : answer == Contained::no ? "no" : "undecidable";
}

void expect_refuted(const Schema& a, const Schema& b, const Containment& result, const std::string& name) {
  auto witness = json::parse(result.witness, {.depth = 1000});
  ASSERT_TRUE(witness) << name << ": " << result.witness;
  const auto& value = witness->root();
  EXPECT_TRUE(a.valid(value)) << name << ": " << result.witness;
  EXPECT_TRUE(a.explain(value).empty()) << name << ": " << result.witness;
  EXPECT_FALSE(b.valid(value)) << name << ": " << result.witness;
  EXPECT_FALSE(b.explain(value).empty()) << name << ": " << result.witness;
  EXPECT_FALSE(result.reasons.empty()) << name;
}

struct Pair {
  std::shared_ptr<const Schema> a, b;
};

Pair compile_pair(const std::string& a, const std::string& b) {
  auto registry = compile_schemas({{"a.json", a}, {"b.json", b}});
  EXPECT_TRUE(registry) << to_text(registry.error());
  if (!registry) return {};
  return {(*registry)->find("a"), (*registry)->find("b")};
}

struct Counts {
  std::size_t right = 0, total = 0;
  std::vector<std::string> undecided;
};

void run_pair(const std::string& file, const json::Value& pair, Counts& counts) {
  auto name = file + ": " + std::string(pair.text_of("name"));
  SCOPED_TRACE(name);
  auto [a, b] = compile_pair(json::write(*pair.find("a")), json::write(*pair.find("b")));
  ASSERT_TRUE(a != nullptr && b != nullptr);
  const auto* tolerant = pair.find("tolerant");
  auto result = contained(*a, *b, {.tolerant_reader = tolerant != nullptr && tolerant->boolean()});
  ++counts.total;
  if (result.answer == Contained::no) expect_refuted(*a, *b, result, name);
  if (result.answer == Contained::undecidable) {
    counts.undecided.push_back(name);
    EXPECT_EQ(pair.text_of("today"), "undecidable") << result.keyword << " at " << result.place;
    EXPECT_FALSE(result.keyword.empty());
    return;
  }
  EXPECT_EQ(pair.text_of("today"), "") << "it is decided now: take \"today\" away";
  EXPECT_EQ(word(result.answer), pair.text_of("expected")) << result.witness;
  counts.right += word(result.answer) == pair.text_of("expected");
}

void write_counts(const Counts& counts) {
  auto folder = fs::path(SIMPUL_BINARY_DIR) / "conformance";
  fs::create_directories(folder);
  json::Writer out;
  out.begin_object().member("suite", "containment");
  out.member("passed", static_cast<std::int64_t>(counts.right));
  out.member("total", static_cast<std::int64_t>(counts.total));
  out.name("failed").begin_array();
  for (const auto& name : counts.undecided) out.string(name);
  out.end_array().end_object();
  std::ofstream(folder / "containment.json") << out.text() << "\n";
}

TEST(Containment, AnswersTheLabelledPairs) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(fs::path(SIMPUL_SOURCE_DIR) / "tests/schema/containment_pairs"))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  Counts counts;
  for (const auto& path : paths) {
    auto document = json::parse(read_file(path));
    ASSERT_TRUE(document) << path << ": " << document.error().message;
    for (const auto& pair : document->root().items()) run_pair(path.stem().string(), pair, counts);
  }
  write_counts(counts);
  std::cout << "containment: " << counts.right << " of " << counts.total << " pairs decided, "
            << counts.undecided.size() << " undecidable\n";
  EXPECT_GE(counts.total, 400U);
  EXPECT_GE(counts.right * 100, counts.total * 90);
}

// A change to a schema: what stands at a pointer is replaced, added, or with an empty text removed.
struct Edit {
  std::string pointer, text;
};

void write_edited(const json::Value& value, const std::string& at, const std::vector<Edit>& edits, json::Writer& out) {
  auto edit = std::find_if(edits.begin(), edits.end(), [&](const Edit& one) { return one.pointer == at; });
  if (edit != edits.end()) {
    out.raw(edit->text);
  } else if (value.is_object()) {
    out.begin_object();
    for (const auto& [name, member] : value.members()) {
      auto inner = at;
      json::append_pointer(inner, name);
      bool removed = std::any_of(edits.begin(), edits.end(),
                                 [&](const Edit& one) { return one.pointer == inner && one.text.empty(); });
      if (removed) continue;
      out.name(name);
      write_edited(member, inner, edits, out);
    }
    for (const auto& one : edits) {
      auto last = one.pointer.rfind('/');
      if (one.pointer.substr(0, last) != at || one.text.empty()) continue;
      auto name = one.pointer.substr(last + 1);
      if (value.find(name) == nullptr) out.name(name).raw(one.text);
    }
    out.end_object();
  } else {
    out.value(value);
  }
}

struct Change {
  std::string name;
  std::vector<Edit> edits;
  Contained backward, forward;
};

std::vector<Change> permit_changes() {
  using enum Contained;
  const std::string person = "/$defs/person", money = "/$defs/money/properties";
  return {
      {"identical", {}, yes, yes},
      {"written otherwise",
       {{"/properties/id", R"({"allOf":[{"type":"string"},{"format":"uuid"}]})"},
        {"/properties/data", R"({"allOf":[{"$ref":"#/$defs/request"}]})"},
        {"/$defs/request", R"({"$ref":"#/$defs/application"})"},
        {"/$defs/day", R"({"$ref":"#/$defs/date"})"},
        {"/$defs/date", R"({"type":"string","format":"date"})"},
        {"/$defs/person/properties/nik",
         R"({"allOf":[{"pattern":"^[0-9]+$"},{"type":"string","minLength":16,"maxLength":16}]})"}},
       yes,
       yes},
      {"an optional field added", {{person + "/properties/mobile", R"({"type":"string"})"}}, yes, no},
      {"an enum value added", {{money + "/currency", R"({"enum":["IDR","USD","SGD"]})"}}, yes, no},
      {"a pattern widened", {{person + "/properties/nik", R"({"type":"string","pattern":"^[0-9]{15,16}$"})"}}, yes, no},
      {"a length raised",
       {{person + "/properties/name", R"({"type":"string","minLength":1,"maxLength":250})"}},
       yes,
       no},
      {"a required field made optional", {{person + "/required", R"(["type","nik"])"}}, yes, no},
      {"a closed object opened", {{"/$defs/site/additionalProperties", ""}}, yes, no},
      {"a branch added to oneOf",
       {{"/$defs/applicant",
         R"({"oneOf":[{"$ref":"#/$defs/person"},{"$ref":"#/$defs/organisation"},{"$ref":"#/$defs/agency"}]})"},
        {"/$defs/agency", R"({"type":"object","required":["type"],"properties":{"type":{"const":"agency"}}})"}},
       yes,
       no},
      {"an enum value removed", {{money + "/currency", R"({"enum":["IDR"]})"}}, no, yes},
      {"a pattern narrowed",
       {{person + "/properties/nik", R"({"type":"string","pattern":"^3671[0-9]{12}$"})"}},
       no,
       yes},
      {"a minimum raised",
       {{money + "/amount", R"({"type":"integer","minimum":1000,"maximum":1000000000000})"}},
       no,
       yes},
      {"a required field added",
       {{person + "/properties/mobile", R"({"type":"string"})"},
        {person + "/required", R"(["type","nik","name","mobile"])"}},
       no,
       no},
      {"a field renamed",
       {{money + "/amount", ""},
        {money + "/value", R"({"type":"integer","minimum":0,"maximum":1000000000000})"},
        {"/$defs/money/required", R"(["value","currency"])"}},
       no,
       no},
  };
}

TEST(Containment, DecidesEveryChangeOfThePermitBothWaysWithAWitness) {
  auto before = read_file(fs::path(SIMPUL_SOURCE_DIR) / "tools/bench/schema/permit.json");
  auto document = document_of(before);
  for (const auto& change : permit_changes()) {
    SCOPED_TRACE(change.name);
    json::Writer after;
    write_edited(document.root(), "", change.edits, after);
    auto [old, fresh] = compile_pair(before, after.text());
    ASSERT_TRUE(old != nullptr && fresh != nullptr);
    auto backward = contained(*old, *fresh);
    auto forward = contained(*fresh, *old);
    EXPECT_EQ(word(backward.answer), word(change.backward)) << backward.witness << backward.keyword << backward.place;
    EXPECT_EQ(word(forward.answer), word(change.forward)) << forward.witness << forward.keyword << forward.place;
    if (backward.answer == Contained::no) expect_refuted(*old, *fresh, backward, "backward");
    if (forward.answer == Contained::no) expect_refuted(*fresh, *old, forward, "forward");
  }
}

TEST(Containment, GivesTheSameAnswerAndWitnessEveryTime) {
  const std::string a =
      R"({"type":"object","properties":{"a":{"type":"string","pattern":"^[a-z]{2,9}$"}},"required":["a"]})";
  const std::string b = R"({"type":"object","properties":{"a":{"type":"string","maxLength":5}}})";
  auto [one, two] = compile_pair(a, b);
  auto [three, four] = compile_pair(a, b);
  auto first = contained(*one, *two), second = contained(*three, *four);
  EXPECT_EQ(word(first.answer), "no");
  EXPECT_EQ(first.witness, second.witness);
}

TEST(Containment, OfTwoVersionsSaysWhoCanReadWhom) {
  auto [before, after] = compile_pair(
      R"({"type":"object","properties":{"a":{"type":"integer"}},"required":["a"],"additionalProperties":false})",
      R"({"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["a"],"additionalProperties":false})");
  auto result = evolution(*before, *after);
  EXPECT_EQ(word(result.backward.answer), "yes");
  EXPECT_EQ(word(result.forward.answer), "no");
  EXPECT_EQ(result.forward.witness, R"({"a":0,"b":"a"})");
  EXPECT_EQ(result.forward.reasons.at(0).instance, "/b");
  EXPECT_EQ(word(result.forward_tolerant.answer), "yes");
  EXPECT_FALSE(result.full());
  EXPECT_TRUE(evolution(*before, *before).full());
}

TEST(Containment, SaysWhatStoppedItWhenTheStepsAreSpent) {
  auto [a, b] = compile_pair(R"({"type":"object","properties":{"a":{"type":"integer"}}})",
                             R"({"type":"object","properties":{"a":{"type":"number"}}})");
  auto result = contained(*a, *b, {.steps = 3});
  EXPECT_EQ(word(result.answer), "undecidable");
  EXPECT_EQ(result.keyword, "caps");
  EXPECT_EQ(result.place, "b.json#");
}

std::string repeated(std::size_t times, const std::function<std::string(std::size_t)>& text) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += (i == 0 ? "" : ",") + text(i);
  return out;
}

std::string wide_object(std::size_t members, const std::string& type) {
  return R"({"type":"object","properties":{)" +
         repeated(members, [&](auto i) { return "\"p" + std::to_string(i) + R"(":{"type":")" + type + "\"}"; }) +
         R"(},"required":[)" + repeated(members, [](auto i) { return "\"p" + std::to_string(i) + "\""; }) + "]}";
}

TEST(ContainmentOfHostileSchemas, EnumsOfManyValuesAreComparedByValue) {
  auto values = [](std::size_t count) {
    return R"({"enum":[)" + repeated(count, [](auto i) { return "\"v" + std::to_string(i) + "\""; }) + "]}";
  };
  auto [few, many] = compile_pair(values(100'000), values(100'001));
  EXPECT_EQ(word(contained(*few, *many).answer), "yes");
  auto result = contained(*many, *few);
  EXPECT_EQ(word(result.answer), "no");
  EXPECT_EQ(result.witness, "\"v100000\"");
}

TEST(ContainmentOfHostileSchemas, ObjectsOfAThousandMembers) {
  auto [integers, numbers] = compile_pair(wide_object(1'000, "integer"), wide_object(1'000, "number"));
  EXPECT_EQ(word(contained(*integers, *numbers).answer), "yes");
  auto result = contained(*numbers, *integers);
  EXPECT_EQ(word(result.answer), "no");
  expect_refuted(*numbers, *integers, result, "members");
}

// Each runs to an answer within the steps; which one matters less than that it is not a wrong one.
TEST(ContainmentOfHostileSchemas, EndWithinTheSteps) {
  auto anded = [](const std::string& keyword, std::size_t count, const std::function<std::string(std::size_t)>& part) {
    return "{\"" + keyword + "\":[" + repeated(count, part) + "]}";
  };
  auto either = [&](std::size_t i) {
    auto name = "\"p" + std::to_string(i) + "\"";
    return R"({"anyOf":[{"required":[)" + name + R"(]},{"properties":{)" + name + R"(:{"type":"string"}}}]})";
  };
  auto divisor = [](std::size_t i) { return R"({"not":{"multipleOf":)" + std::to_string(i + 2) + "}}"; };
  auto pattern = [](std::size_t i) { return R"({"pattern":"(a|b)*a(a|b){)" + std::to_string(i + 8) + R"(}$"})"; };
  auto nested = [](std::size_t depth, const std::string& inside) {
    std::string text = inside;
    for (std::size_t i = 0; i < depth; ++i) text = R"({"anyOf":[{"items":)" + text + R"(},{"type":"null"}]})";
    return text;
  };
  const std::vector<std::string> hostile{
      anded("allOf", 60, either),
      anded("anyOf", 60, either),
      anded("oneOf", 60, either),
      anded("oneOf", 200, either),
      anded("allOf", 80, divisor),
      anded("allOf", 8, pattern),
      anded("oneOf", 8, pattern),
      nested(15, R"({"type":"string"})"),
      nested(15, R"({"type":"integer"})"),
      R"({"type":"array","minItems":1000000000,"uniqueItems":true,"items":{"type":"string"}})",
      R"({"type":"array","contains":{"type":"integer"},"minContains":4000000000})",
      R"({"type":"object","minProperties":4000000000})",
      R"({"type":"string","minLength":4000000000})",
      R"({"type":"string","pattern":"^[a-z]{500}$","minLength":100000})",
      R"({"type":"integer","minimum":-1e308,"maximum":1e308,"multipleOf":1e-300})",
      R"({"type":"number","exclusiveMinimum":1e-999999,"maximum":1e-999998})",
      R"({"anyOf":[{"items":{"$ref":"#"}},{"properties":{"a":{"$ref":"#"},"b":{"not":{"$ref":"#"}}}}]})",
      wide_object(3'000, "string"),
      "{}",
  };
  std::map<std::string, std::string> files;
  for (std::size_t i = 0; i < hostile.size(); ++i) files[std::to_string(i) + ".json"] = hostile[i];
  auto registry = compile_schemas(files);
  ASSERT_TRUE(registry) << to_text(registry.error());
  for (std::size_t i = 0; i < hostile.size(); ++i) {
    for (std::size_t k = 0; k < hostile.size(); ++k) {
      auto name = std::to_string(i) + " in " + std::to_string(k);
      auto a = (*registry)->find(std::to_string(i)), b = (*registry)->find(std::to_string(k));
      auto result = contained(*a, *b, {.steps = 5'000});
      EXPECT_FALSE(i == k && result.answer == Contained::no) << name;
      if (result.answer == Contained::no) expect_refuted(*a, *b, result, name);
    }
  }
}

}  // namespace
}  // namespace simpul
