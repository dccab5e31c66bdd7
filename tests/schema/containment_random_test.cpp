// Containment against chance: random pairs of schemas, the second often the first with a few keywords changed. When
// the answer is yes, every document at hand that the first accepts must be accepted by the second; when it is no, the
// witness must tell them apart. Documents are small values, and witnesses of the first schema with parts replaced.
//
// SIMPUL_CONTAINMENT_PAIRS=1000000 runs as many pairs, SIMPUL_CONTAINMENT_SEED=7 others than usual.
#include <cstdlib>
#include <iostream>

#include "bus/schema/containment.h"
#include "tests/schema/support.h"

namespace simpul {
namespace {

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  a ^= b + 0x9e3779b97f4a7c15u + (a << 6) + (a >> 2);
  a *= 0xff51afd7ed558ccdu;
  return a ^ (a >> 32);
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// Writes a schema. What is written at a place depends on the seed and the place alone, so that two writers with one
// seed, the second of which changes its mind here and there, write schemas that are nearly the same.
class SchemaWriter {
 public:
  SchemaWriter(std::uint64_t seed, std::uint64_t changes) : seed_(seed), changes_(changes) {}

  std::string write() { return schema(1, 0); }

 private:
  std::uint64_t pick(std::uint64_t place, std::uint64_t question, std::uint64_t of) const {
    auto at = mixed(place, question);
    auto changed = mixed(changes_, at);
    return (changes_ != 0 && changed % 24 == 0 ? changed >> 8 : mixed(seed_, at) >> 8) % of;
  }
  bool chance(std::uint64_t place, std::uint64_t question, std::uint64_t of) const {
    return pick(place, question, of) == 0;
  }
  std::string one_of(std::uint64_t place, std::uint64_t question, std::vector<std::string> all) const {
    return all[pick(place, question, all.size())];
  }
  std::string child(std::uint64_t place, std::uint64_t step, unsigned depth) {
    return schema(mixed(place, 1000 + step), depth + 1);
  }

  void numbers(std::uint64_t at, std::vector<std::string>& out) const {
    if (chance(at, 20, 3)) out.push_back("\"minimum\":" + one_of(at, 21, {"0", "1", "2", "-1", "0.5"}));
    if (chance(at, 22, 3)) out.push_back("\"maximum\":" + one_of(at, 23, {"0", "1", "3", "2.5", "6"}));
    if (chance(at, 24, 6)) out.push_back("\"exclusiveMinimum\":" + one_of(at, 25, {"0", "1", "-0.5"}));
    if (chance(at, 26, 6)) out.push_back("\"exclusiveMaximum\":" + one_of(at, 27, {"3", "2", "1"}));
    if (chance(at, 28, 4)) out.push_back("\"multipleOf\":" + one_of(at, 29, {"1", "2", "3", "0.5", "0.3"}));
  }
  void strings(std::uint64_t at, std::vector<std::string>& out) const {
    if (chance(at, 30, 3)) out.push_back("\"minLength\":" + one_of(at, 31, {"0", "1", "2", "3"}));
    if (chance(at, 32, 3)) out.push_back("\"maxLength\":" + one_of(at, 33, {"0", "1", "2", "3", "12"}));
    if (chance(at, 34, 3))
      out.push_back("\"pattern\":" + one_of(at, 35,
                                            {R"("^a")", R"("b$")", R"("^[ab]+$")", R"("^a?b*$")", R"("[0-9]")",
                                             R"("^.{2}$")", R"("")", R"("^(a|ab)$")"}));
    if (chance(at, 36, 6))
      out.push_back("\"format\":" + one_of(at, 37, {R"("date")", R"("email")", R"("uuid")", R"("uri-reference")"}));
  }
  void arrays(std::uint64_t at, unsigned depth, std::vector<std::string>& out) {
    if (chance(at, 40, 2)) out.push_back("\"items\":" + child(at, 1, depth));
    if (chance(at, 41, 4)) out.push_back("\"prefixItems\":[" + child(at, 2, depth) + "," + child(at, 3, depth) + "]");
    if (chance(at, 42, 4)) out.push_back("\"minItems\":" + one_of(at, 43, {"0", "1", "2"}));
    if (chance(at, 44, 4)) out.push_back("\"maxItems\":" + one_of(at, 45, {"0", "1", "2", "3"}));
    if (chance(at, 46, 6)) out.push_back("\"uniqueItems\":true");
    if (!chance(at, 47, 4)) return;
    out.push_back("\"contains\":" + child(at, 4, depth));
    if (chance(at, 48, 2)) out.push_back("\"minContains\":" + one_of(at, 49, {"0", "1", "2"}));
    if (chance(at, 50, 3)) out.push_back("\"maxContains\":" + one_of(at, 51, {"0", "1", "2"}));
  }
  void objects(std::uint64_t at, unsigned depth, std::vector<std::string>& out) {
    std::string properties;
    std::uint64_t step = 10;
    for (std::string name : {"a", "b", "xa"}) {
      if (chance(at, 60 + step++, 2)) continue;
      properties += (properties.empty() ? "\"" : ",\"") + name + "\":" + child(at, step, depth);
    }
    if (!properties.empty()) out.push_back("\"properties\":{" + properties + "}");
    if (chance(at, 80, 3)) out.push_back("\"required\":" + one_of(at, 81, {R"(["a"])", R"(["a","b"])", R"(["c"])"}));
    if (chance(at, 82, 3))
      out.push_back("\"additionalProperties\":" + (chance(at, 83, 2) ? "false" : child(at, 5, depth)));
    if (chance(at, 84, 5))
      out.push_back("\"patternProperties\":{" + one_of(at, 85, {R"("^x")", R"("a$")", R"("")", R"("^[bc]$")"}) + ":" +
                    child(at, 6, depth) + "}");
    if (chance(at, 86, 8))
      out.push_back("\"propertyNames\":" +
                    one_of(at, 87, {R"({"maxLength":1})", R"({"pattern":"^[ab]"})", R"({"enum":["a","b"]})"}));
    if (chance(at, 88, 6)) out.push_back("\"minProperties\":" + one_of(at, 89, {"0", "1", "2"}));
    if (chance(at, 90, 6)) out.push_back("\"maxProperties\":" + one_of(at, 91, {"0", "1", "2", "3"}));
    if (chance(at, 92, 10)) out.push_back(R"("dependentRequired":{"a":["b"]})");
    if (chance(at, 93, 10)) out.push_back("\"dependentSchemas\":{\"b\":" + child(at, 7, depth) + "}");
    if (chance(at, 94, 10)) out.push_back("\"unevaluatedProperties\":" + child(at, 8, depth));
  }
  void logic(std::uint64_t at, unsigned depth, std::vector<std::string>& out) {
    auto list = [&](std::uint64_t step) {
      auto text = child(at, step, depth) + "," + child(at, step + 1, depth);
      if (chance(at, step, 3)) text += "," + child(at, step + 2, depth);
      return "[" + text + "]";
    };
    if (chance(at, 100, 8)) out.push_back("\"allOf\":" + list(20));
    if (chance(at, 101, 6)) out.push_back("\"anyOf\":" + list(25));
    if (chance(at, 102, 8)) out.push_back("\"oneOf\":" + list(30));
    if (chance(at, 103, 10)) out.push_back("\"not\":" + child(at, 35, depth));
    if (chance(at, 104, 12))
      out.push_back("\"if\":" + child(at, 36, depth) + ",\"then\":" + child(at, 37, depth) +
                    ",\"else\":" + child(at, 38, depth));
  }

  std::string schema(std::uint64_t at, unsigned depth) {
    auto form = pick(at, 1, depth == 0 ? 12 : 16);
    if (form == 12) return "true";
    if (form == 13 && depth > 1) return "false";
    if (form == 14)
      return one_of(at, 2,
                    {R"({"const":1})", R"({"const":"a"})", R"({"enum":["a","b",1]})", R"({"enum":[null,2,"ab"]})",
                     R"({"const":{"a":1}})", R"({"enum":[[],[1],{}]})"});
    if (form == 15 && depth > 0) return R"({"$ref":"#"})";
    std::vector<std::string> out;
    auto type = pick(at, 3, 8);
    constexpr std::string_view types[] = {"null", "boolean", "integer", "number", "string", "array", "object"};
    if (type < 7) {
      out.push_back(chance(at, 4, 5) ? "\"type\":[\"" + std::string(types[type]) + "\",\"string\"]"
                                     : "\"type\":\"" + std::string(types[type]) + "\"");
      if (type == 4 && out.back().find('[') != std::string::npos) out.back() = "\"type\":\"string\"";
    }
    if (type == 2 || type == 3 || type == 7) numbers(at, out);
    if (type == 4 || type == 7) strings(at, out);
    if (depth < 3 && (type == 5 || type == 7)) arrays(at, depth, out);
    if (depth < 3 && (type == 6 || type == 7)) objects(at, depth, out);
    if (depth < 3) logic(at, depth, out);
    std::string text;
    for (const auto& part : out) text += (text.empty() ? "" : ",") + part;
    return "{" + text + "}";
  }

  std::uint64_t seed_, changes_;
};

const std::vector<std::string>& scalars() {
  static const std::vector<std::string> all{"null",
                                            "true",
                                            "false",
                                            "0",
                                            "1",
                                            "2",
                                            "3",
                                            "6",
                                            "-1",
                                            "0.5",
                                            "0.3",
                                            "1.0",
                                            R"("")",
                                            R"("a")",
                                            R"("b")",
                                            R"("ab")",
                                            R"("abb")",
                                            R"("1")",
                                            R"("2026-11-22")",
                                            R"("a@b.id")",
                                            R"("01890a5d-ac96-774b-bcce-b302099a8057")"};
  return all;
}

// Small documents of every shape.
const std::vector<json::Document>& small_documents() {
  static const std::vector<json::Document> all = [] {
    std::vector<std::string> texts = scalars();
    for (auto text : {"[]", "{}", "[[]]", "[{}]", R"({"a":{}})", R"({"a":[]})", R"([1,1])", R"([1,"a",2])"})
      texts.emplace_back(text);
    for (const auto& one : scalars()) {
      texts.push_back("[" + one + "]");
      for (auto name : {"a", "b", "c", "xa"}) texts.push_back("{\"" + std::string(name) + "\":" + one + "}");
      for (auto other : {"1", "\"a\"", "null", "{}"}) {
        texts.push_back("[" + one + "," + other + "]");
        texts.push_back("{\"a\":" + one + ",\"b\":" + other + "}");
        texts.push_back("{\"xa\":" + one + ",\"c\":" + other + "}");
        texts.push_back("{\"a\":1,\"b\":" + one + ",\"q\":" + other + "}");
      }
    }
    std::vector<json::Document> documents;
    for (auto& text : texts) documents.push_back(document_of(text));
    return documents;
  }();
  return all;
}

// The value with one part, chosen by chance, replaced, left out or doubled.
void write_changed(const json::Value& value, std::uint64_t chance, json::Writer& out) {
  if (chance % 4 == 0) {
    out.raw(scalars()[(chance >> 8) % scalars().size()]);
    return;
  }
  if (value.is_array()) {
    out.begin_array();
    auto chosen = value.size() == 0 ? 0 : (chance >> 4) % value.size();
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i == chosen && chance % 4 == 1) continue;
      if (i == chosen && chance % 4 == 2) out.value(value.items()[i]);
      if (i == chosen)
        write_changed(value.items()[i], mixed(chance, i), out);
      else
        out.value(value.items()[i]);
    }
    if (chance % 4 == 3) out.raw(scalars()[(chance >> 9) % scalars().size()]);
    out.end_array();
  } else if (value.is_object()) {
    out.begin_object();
    auto chosen = value.size() == 0 ? 0 : (chance >> 4) % value.size();
    std::size_t i = 0;
    for (const auto& [name, member] : value.members()) {
      bool here = i++ == chosen;
      if (here && chance % 4 == 1) continue;
      out.name(name);
      if (here)
        write_changed(member, mixed(chance, i), out);
      else
        out.value(member);
    }
    std::string added = std::vector<std::string>{"a", "b", "c", "xa", "q"}[(chance >> 12) % 5];
    if (chance % 4 == 3 && value.find(added) == nullptr)
      out.name(added).raw(scalars()[(chance >> 9) % scalars().size()]);
    out.end_object();
  } else {
    out.value(value);
  }
}

struct Tally {
  std::uint64_t pairs = 0, yes = 0, no = 0, undecidable = 0, sampled = 0, missed = 0, seen = 0;
};

// Documents that the first schema accepts: each must be accepted by the second, or the answer is not yes.
bool separates(const Schema& a, const Schema& b, const Schema& nothing, std::uint64_t seed, Tally& tally,
               std::string& found) {
  auto test = [&](const json::Value& value) {
    if (!a.valid(value)) return false;
    ++tally.sampled;
    if (b.valid(value)) return false;
    found = json::write(value);
    return true;
  };
  for (const auto& document : small_documents()) {
    if (test(document.root())) return true;
  }
  auto member = contained(a, nothing);
  if (member.answer != Contained::no) return false;
  auto document = document_of(member.witness);
  for (std::uint64_t i = 0; i < 24; ++i) {
    json::Writer changed;
    write_changed(document.root(), mixed(seed, i), changed);
    auto next = document_of(changed.take());
    if (test(next.root())) return true;
    if (a.valid(next.root())) document = std::move(next);
  }
  return false;
}

void run_pair(std::uint64_t seed, const Schema& nothing, Tally& tally) {
  auto a_text = SchemaWriter(mixed(seed, 1), 0).write();
  auto b_text = seed % 4 == 0 ? SchemaWriter(mixed(seed, 2), 0).write() : SchemaWriter(mixed(seed, 1), seed).write();
  auto registry = compile_schemas({{"a.json", a_text}, {"b.json", b_text}});
  if (!registry) return;  // a reference to itself that nothing guards
  auto a = (*registry)->find("a"), b = (*registry)->find("b");
  auto result = contained(*a, *b, {.steps = 20'000});
  ++tally.pairs;
  std::string found;
  bool separated = separates(*a, *b, nothing, seed, tally, found);
  if (result.answer == Contained::yes) {
    ++tally.yes;
    ASSERT_FALSE(separated) << "seed " << seed << "\na: " << a_text << "\nb: " << b_text << "\ndocument: " << found;
  } else if (result.answer == Contained::no) {
    ++tally.no;
    tally.seen += separated;
    auto witness = document_of(result.witness);
    ASSERT_TRUE(a->valid(witness.root()) && a->explain(witness.root()).empty()) << "seed " << seed;
    ASSERT_TRUE(!b->valid(witness.root()) && !b->explain(witness.root()).empty()) << "seed " << seed;
  } else {
    ++tally.undecidable;
    tally.missed += separated;
    ASSERT_FALSE(result.keyword.empty());
    if (std::getenv("SIMPUL_CONTAINMENT_SHOW") != nullptr)
      std::cout << "undecidable (" << result.keyword << " at " << result.place << ")\n  a: " << a_text
                << "\n  b: " << b_text << "\n  " << found << "\n";
  }
}

TEST(ContainmentByChance, NoDocumentContradictsAnAnswer) {
  auto pairs = from_environment("SIMPUL_CONTAINMENT_PAIRS", 1'000);
  auto seed = from_environment("SIMPUL_CONTAINMENT_SEED", 1);
  auto nothing = schema_of("false");
  Tally tally;
  for (std::uint64_t i = 0; i < pairs && !HasFatalFailure(); ++i) run_pair(mixed(seed, i), *nothing, tally);
  std::cout << "containment by chance: " << tally.pairs << " pairs, " << tally.yes << " yes, " << tally.no << " no ("
            << tally.seen << " of them seen by a document at hand), " << tally.undecidable << " undecidable ("
            << tally.missed << " of them told apart by a document), " << tally.sampled << " documents\n";
  EXPECT_GT(tally.yes, tally.pairs / 20);
  EXPECT_GT(tally.no, tally.pairs / 20);
}

}  // namespace
}  // namespace simpul
