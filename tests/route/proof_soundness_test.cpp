// Soundness of proofs: random schemas of events, mappings and targets. What was
// proved never makes a payload that the target refuses, on many random events
// that fit their schema; what was refuted is refused on the example that is
// shown.
//
// SIMPUL_PROOF_EVENTS=1000000 runs so many events instead of those that fit a
// test run.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/route/small_city.h"
#include "tests/schema/differential/tree.h"

namespace simpul::tests {
namespace {

using differential::Dice;

constexpr std::size_t usual_events = 6'000, events_of_a_proof = 40;

// A field of an event: its schema, and values that fit it.
struct Field {
  enum Kind { text, digits, choice, number, number_choice, date, list } kind = text;
  std::string name;
  bool required = true;
  std::size_t least = 0, most = 20;
  std::vector<std::string> choices;

  std::string schema() const {
    switch (kind) {
      case text:
        return fmt::format(R"({{"type":"string","minLength":{},"maxLength":{}}})", least, most);
      case digits:
        return fmt::format(R"({{"type":"string","pattern":"^[0-9]{{{},{}}}$"}})", least, most);
      case choice: {
        std::string all;
        for (const auto& one : choices) all += (all.empty() ? "\"" : ",\"") + one + "\"";
        return fmt::format(R"({{"enum":[{}]}})", all);
      }
      case number:
        return fmt::format(R"({{"type":"integer","minimum":{},"maximum":{}}})", least, most);
      case number_choice:
        return R"({"type":"integer","enum":[1,2,3]})";
      case date:
        return R"({"type":"string","format":"date"})";
      case list:
        return fmt::format(
            R"({{"type":"array","minItems":{},"maxItems":{},"items":{{"type":"object","required":["nik"],)"
            R"("additionalProperties":false,"properties":{{"nik":{{"type":"string","maxLength":16}},)"
            R"("umur":{{"type":"integer","minimum":0}}}}}}}})",
            least, most);
    }
    return "true";
  }

  std::string value(Dice& dice) const {
    auto word = [&](std::size_t low, std::size_t high, std::string_view letters) {
      std::string out;
      for (auto length = dice.between(low, high); length > 0; --length) out += letters[dice.below(letters.size())];
      return out;
    };
    switch (kind) {
      case text: {
        json::Writer out;
        auto letters = word(least, most, "aB3 -/");
        if (!letters.empty() && dice.chance(20)) letters.replace(0, 1, "é");
        out.string(letters);
        return out.take();
      }
      case digits:
        return "\"" + word(least, most, "0123456789") + "\"";
      case choice:
        return "\"" + dice.pick(choices) + "\"";
      case number: {
        auto whole = std::to_string(dice.between(least, most));
        return dice.chance(10) ? whole + ".0" : whole;
      }
      case number_choice:
        return dice.chance(10) ? "2.0" : std::to_string(dice.between(1, 3));
      case date:
        return fmt::format("\"20{:02}-{:02}-{:02}\"", dice.between(0, 99), dice.between(1, 12), dice.between(1, 28));
      case list: {
        std::string out = "[";
        for (auto count = dice.between(least, most); count > 0; --count) {
          if (out.size() > 1) out += ',';
          out += "{\"nik\":\"" + word(0, 16, "0123456789") + "\"";
          if (dice.chance(50)) out += ",\"umur\":" + std::to_string(dice.below(99));
          out += '}';
        }
        return out + "]";
      }
    }
    return "null";
  }
};

class RandomCity {
 public:
  explicit RandomCity(std::uint64_t seed) : dice_(seed) {
    static constexpr const char* names[] = {"nik", "nama", "jenis", "jumlah", "status", "tanggal", "anggota", "kode"};
    static constexpr Field::Kind kinds[] = {Field::digits,        Field::text, Field::choice, Field::number,
                                            Field::number_choice, Field::date, Field::list,   Field::text};
    for (std::size_t i = 0; i < std::size(names); ++i) {
      Field field;
      field.kind = kinds[i];
      field.name = names[i];
      field.required = dice_.chance(70);
      field.least = dice_.below(4);
      field.most = field.least + dice_.between(1, 12);
      field.choices = {"1", "2"};
      if (dice_.chance(50)) field.choices.emplace_back("L");
      fields_.push_back(field);
    }
    const auto count = dice_.between(1, 4);
    for (std::size_t i = 0; i < count; ++i) add_member(i);
  }

  ConfigurationFiles files() const {
    auto files = small_city();
    std::erase_if(files, [](const auto& file) { return file.first.starts_with("routes/"); });
    files["config/apps/arsip.yaml"] =
        "app: arsip\nowner: arsip\nreceives: [contoh.acak.dibuat.v1]\ncleared: "
        "general\npurpose: arsip\n"
        "legal_basis: UU27/2022:20(2)e\ntarget:\n  sql: { database: arsip.db "
        "}\naccepts: { default: apps/arsip/acak }\n";
    files["config/apps/sumber.yaml"] = "app: sumber\nowner: sumber\npublishes: [contoh.acak.dibuat.v1]\n";
    files["config/codes/acak.yaml"] =
        "table: acak\nrows: { \"1\": SATU, \"2\": DUA, \"3\": TIGA "
        "}\notherwise: LAIN\n";
    files["routes/acak.yaml"] =
        "route: acak\non: contoh.acak.dibuat.v1\nto:\n  - app: arsip\n" + guard_ + "    map:\n" + map_;
    files["schemas/events/contoh.acak.dibuat.v1.json"] = event_schema();
    files["schemas/apps/arsip/acak.json"] =
        fmt::format(R"({{"type":"object","required":[{}],"additionalProperties":false,"properties":{{{}}}}})",
                    required_, accepted_);
    return files;
  }

  Event event(const std::string& data) const { return event_of("contoh.acak.dibuat.v1", data); }

  Event random_event() {
    std::string data = "{";
    for (const auto& field : fields_) {
      if (!field.required && dice_.chance(50)) continue;
      if (data.size() > 1) data += ',';
      data += "\"" + field.name + "\":" + field.value(dice_);
    }
    return event(data + "}");
  }

 private:
  std::string event_schema() const {
    std::string properties, required;
    for (const auto& field : fields_) {
      if (!properties.empty()) properties += ',';
      properties += "\"" + field.name + "\":" + field.schema();
      if (!field.required) continue;
      if (!required.empty()) required += ',';
      required += "\"" + field.name + "\"";
    }
    return fmt::format(R"({{"type":"object","required":[{}],"additionalProperties":false,"properties":{{{}}}}})",
                       required, properties);
  }

  // An expression over one field, and what a target may ask of such a value.
  std::string expression_of(const Field& field, std::string& accepted) {
    const auto limit = dice_.between(1, 18);
    auto texts = [&] {
      accepted = fmt::format(R"({{"type":"string","minLength":{},"maxLength":{}}})", dice_.below(3), limit);
    };
    const auto path =
        field.required ? "data." + field.name : "data.?" + field.name + ".orValue(" + otherwise(field) + ")";
    const auto step = dice_.below(4);
    switch (field.kind) {
      case Field::text:
      case Field::digits:
        texts();
        if (field.kind == Field::digits && dice_.chance(50)) accepted = R"({"type":"string","pattern":"^[0-9]*$"})";
        if (step == 0) return path + fmt::format(".truncate({})", dice_.between(1, 18));
        if (step == 1) return path + " + '/' + " + path;
        if (step == 2) return fmt::format("size({}) > {} ? {} : '-'", path, dice_.below(9), path);
        return path;
      case Field::choice:
        texts();
        if (step == 0) {
          accepted = R"({"enum":["SATU","DUA","TIGA"]})";
          return fmt::format("lookup('acak', {})", path);
        }
        if (step == 1) return path + ".padLeft(3, '0')";
        accepted = dice_.chance(50) ? R"({"enum":["1","2"]})" : R"({"enum":["1","2","L"]})";
        return path;
      case Field::number:
      case Field::number_choice:
        if (step == 0) {
          accepted = R"({"enum":["SATU","DUA","TIGA","LAIN"]})";
          return fmt::format("lookup('acak', string({}))", path);
        }
        accepted = fmt::format(R"({{"type":"integer","minimum":{}}})", dice_.below(3));
        if (step == 1) return path + " * 2";
        if (step == 2) {
          accepted = fmt::format(R"({{"type":"string","maxLength":{}}})", dice_.between(1, 4));
          return "string(" + path + ")";
        }
        return path;
      case Field::date:
        accepted = R"({"type":"string","format":"date"})";
        if (step == 0) {
          accepted = R"({"type":"string","pattern":"^[0-9]{2}/[0-9]{2}/[0-9]{4}$"})";
          return fmt::format("formatDate({}, 'dd/MM/yyyy')", path);
        }
        return path;
      case Field::list:
        if (!field.required) {
          accepted = R"({"type":"boolean"})";
          return "has(data." + field.name + ")";
        }
        accepted = fmt::format(R"({{"type":"array","maxItems":{}}})", dice_.between(1, 14));
        if (step == 0) return path + ".map(a, a.nik)";
        if (step == 1) return path + ".filter(a, a.nik != '1')";
        accepted = fmt::format(R"({{"type":"integer","maximum":{}}})", dice_.between(1, 14));
        return "size(" + path + ")";
    }
    return "''";
  }

  static std::string otherwise(const Field& field) {
    if (field.kind == Field::number || field.kind == Field::number_choice) return "1";
    return field.kind == Field::date ? "'2026-01-01'" : "'1'";
  }

  void add_member(std::size_t index) {
    const auto name = fmt::format("K{}", index);
    const auto& field = dice_.pick(fields_);
    std::string accepted, line;
    if (dice_.chance(15)) {
      accepted = R"({"type":"string","maxLength":3})";
      line = dice_.chance(50) ? "{ const: ABC }" : "{ const: ABCD }";
    } else if (!field.required && dice_.chance(40) && field.kind == Field::text) {
      accepted = fmt::format(R"({{"type":"string","maxLength":{}}})", dice_.between(1, 18));
      line = "\"data.?" + field.name + "\"";
    } else if (field.kind == Field::list && field.required && dice_.chance(50)) {
      accepted = R"({"type":"array","items":{"type":"object","required":["n"],"properties":{"n":{"maxLength":16}}}})";
      line = fmt::format(
          "{{ each: data.{}, as: satu, map: {{ n: satu.nik, u: "
          "satu.?umur }} }}",
          field.name);
    } else {
      line = "\"" + expression_of(field, accepted) + "\"";
    }
    map_ += fmt::format("      {}: {}\n", name, line);
    accepted_ += fmt::format(R"({}"{}":{})", accepted_.empty() ? "" : ",", name, accepted);
    if (dice_.chance(60)) required_ += fmt::format(R"({}"{}")", required_.empty() ? "" : ",", name);
    if (index == 0 && field.required && field.kind == Field::choice && dice_.chance(50))
      guard_ = fmt::format("    when: data.{} == \"1\"\n", field.name);
  }

  Dice dice_;
  std::vector<Field> fields_;
  std::string map_, accepted_, required_, guard_;
};

// The data of the event that a refutation shows.
std::string shown_data(const Problem& problem) {
  const std::string mark = "with the data ";
  const auto at = problem.hint.find(mark);
  return at == std::string::npos ? std::string() : problem.hint.substr(at + mark.size());
}

TEST(ProofSoundness, WhatIsProvedIsNeverRefusedAndWhatIsRefutedIsRefusedAsShown) {
  const auto* wanted = std::getenv("SIMPUL_PROOF_EVENTS");
  const auto most = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : usual_events;
  const auto of_one = wanted != nullptr ? std::max<std::uint64_t>(events_of_a_proof, most / 5'000) : events_of_a_proof;
  const Inspection inspection;
  std::size_t proved = 0, refuted = 0, open = 0, events = 0;
  for (std::uint64_t seed = 1; events < most; ++seed) {
    RandomCity city(seed);
    const auto files = city.files();
    auto accepted = compile_generation(files, city_adapters());
    if (!accepted) continue;  // a kind that can never fit, which needs no proof
    const auto& generation = **accepted;
    const auto* target = generation.target_of("acak", "arsip");
    ASSERT_NE(target, nullptr);
    auto inspected = compile_generation(files, city_adapters(), {}, {}, &inspection);
    const auto& problems = inspected ? (*inspected)->warnings() : inspected.error();
    const Problem* said = nullptr;
    for (const auto& problem : problems)
      if (problem.code == "map.refuted" || problem.code == "map.not_proved") said = &problem;
    events += of_one;
    if (said != nullptr && said->code == "map.refuted") {
      ++refuted;
      auto event = city.event(shown_data(*said));
      ASSERT_NE(event.data(), nullptr) << said->hint;
      ASSERT_TRUE(generation.event_schema(event.type())->valid(*event.data())) << seed << "\n" << to_text(*said);
      const auto mapped = target->map(event, 0, EventOf::this_generation);
      ASSERT_FALSE(mapped) << seed << "\n" << to_text(*said) << "\n" << mapped->payload;
      ASSERT_EQ(mapped.error().code, "map.schema") << seed << "\n" << to_text(*said);
      continue;
    }
    if (said != nullptr) {
      ++open;
      continue;
    }
    ASSERT_TRUE(inspected) << seed << "\n" << to_text(problems);
    ++proved;
    const auto schema = generation.schemas().find("apps/arsip/acak");
    for (std::uint64_t i = 0; i < of_one; ++i) {
      const auto event = city.random_event();
      ASSERT_TRUE(generation.event_schema(event.type())->valid(*event.data())) << seed << "\n" << event.data_text();
      const auto mapped = target->map(event, 0, EventOf::this_generation);
      if (!mapped) {
        ASSERT_NE(mapped.error().code, "map.schema") << seed << "\n" << event.data_text();
        continue;
      }
      // What is checked takes another way to its text.
      const auto checked = target->map(event, 0, EventOf::any);
      ASSERT_TRUE(checked) << seed << "\n" << to_text(checked.error());
      ASSERT_EQ(checked->payload, mapped->payload) << seed;
      const auto payload = json::parse(mapped->payload);
      ASSERT_TRUE(payload) << seed;
      ASSERT_TRUE(schema->valid(payload->root())) << seed << "\n"
                                                  << files.at("routes/acak.yaml") << "\n"
                                                  << event.data_text() << "\n"
                                                  << mapped->payload;
    }
  }
  EXPECT_GT(proved, 0u);
  EXPECT_GT(refuted, 0u);
  RecordProperty("proved", static_cast<int>(proved));
  RecordProperty("refuted", static_cast<int>(refuted));
  RecordProperty("open", static_cast<int>(open));
  if (wanted != nullptr) fmt::print("{} proved, {} refuted, {} open, {} events\n", proved, refuted, open, events);
}

}  // namespace
}  // namespace simpul::tests
