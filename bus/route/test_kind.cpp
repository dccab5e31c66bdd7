// The declaration of the kind `test`: what `simpul test` runs beside the routes (tools/trial reads it).
#include "bus/route/test_kind.h"
#include "bus/route/kind_reader.h"
#include "bus/route/kinds.h"

namespace simpul {
namespace {

using Type = FieldType;
using Declared = std::vector<FieldDescription>;

FieldDescription duration(const char* name, const char* help, const char* example, const char* otherwise = "") {
  return {name, Type::text, {.help = help, .example = example, .default_text = otherwise, .pattern = duration_pattern}};
}

FieldDescription moment(const char* name, const char* help) {
  return {name, Type::text, {.help = help, .example = "500ms..1s", .pattern = duration_range_pattern}};
}

FieldDescription times(const char* help, std::int64_t most) {
  return {"times", Type::integer, {.help = help, .min = 1, .max = most, .default_text = "1"}};
}

// An event, or a record of a source, as a test gives it.
Declared event_fields() {
  return {
      {"like",
       Type::text,
       {.help = "The name of an event above, or a .test.json file beside the test: what is not said here is as there",
        .example = "keluarga",
        .min = 1}},
      {"from", Type::text, {.help = "The app that publishes it", .example = "siak", .min = 1}},
      {"id", Type::text, {.help = "Its id", .example = "E-1", .min = 1, .default_text = "its number in the case"}},
      {"source", Type::text, {.help = "Its source", .min = 1, .default_text = "the bus's source and the app"}},
      {"type", Type::text, {.help = "Its type", .example = "dukcapil.penduduk.pindah_datang.v1", .min = 1}},
      {"subject", Type::text, {.help = "Whom or what it is about", .example = "\"3671015207909001\"", .min = 1}},
      {"time", Type::text, {.help = "When it happened: RFC 3339", .min = 1, .default_text = "when the test begins"}},
      {"data", Type::value, {.help = "Its data, whole", .example = "{ nik: \"3671015207909001\" }"}},
      {"extensions", Type::value_map, {.help = "Its other attributes", .example = "{ causationid: E-0 }"}},
      {"of",
       Type::text,
       {.help = "A record instead of an event: the app's source that brings it, as app/source",
        .example = "siak/keluarga",
        .min = 1}},
      {"change",
       Type::text,
       {.help = "What happened to the record", .choices = {"insert", "update", "delete"}, .default_text = "insert"}},
      {"row", Type::value_map, {.help = "The record as it is now", .example = "{ NO_RT: \"001\" }"}},
      {"old", Type::value_map, {.help = "The record as it was remembered", .example = "{ NO_RT: \"002\" }"}},
      {"set",
       Type::value_map,
       {.help = "Members that differ, by path: data.rt, data.anggota_ikut.0.nik, row.NO_RT, or a JSON Pointer",
        .example = "{ data.rt: \"002\" }"}},
      {"remove", Type::text_list, {.help = "Members that are not there, by path", .example = "[data.tgl_pindah]"}},
  };
}

Declared step_fields() {
  auto fields = event_fields();
  fields.push_back(duration("after", "How long after the one before it", "2h", "0s"));
  fields.push_back(times("How many of them, each with an id of its own; {n} in any text is its number", 20'000));
  return fields;
}

Declared app_behaviour_fields() {
  return {
      {"app", Type::text, {.help = "Which app behaves so", .example = "spmb", .required = true, .min = 1}},
      {"into", Type::text, {.help = "Only in this place of it", .example = "domisili", .min = 1}},
      {"only",
       Type::value_map,
       {.help = "Only deliveries with these members, by name or JSON Pointer", .example = "{ rt: \"002\" }"}},
      {"refuse",
       Type::text,
       {.help = "It refuses with these words, and the delivery is parked", .example = "NIK tidak dikenal", .min = 1}},
      {"fails",
       Type::integer,
       {.help = "It fails so many times, and the delivery is tried again", .min = 1, .max = 1'000'000}},
      {"reason", Type::text, {.help = "The words with which it fails", .default_text = "HTTP 503", .needs = "fails"}},
      [] {
        auto field = duration("retry_after", "When it wants to be tried again after a failure", "30s");
        field.options.needs = "fails";
        return field;
      }(),
      {"dead",
       Type::text,
       {.help = "It cannot be reached: until so long after the test began, or `always`",
        .example = "2h",
        .pattern = dead_pattern}},
      duration("slow", "How long it takes to answer", "30s", "0s"),
  };
}

Declared answer_fields() {
  return {
      {"lookup", Type::text, {.help = "Which lookup is answered", .example = "penduduk", .required = true, .min = 1}},
      {"with",
       Type::value_map,
       {.help = "Only when it is asked with these parameters", .example = "{ nik: \"3671015207909001\" }"}},
      {"found", Type::value, {.help = "The answer: an object, or a list of them", .example = "{ NAMA_LGKP: ANI }"}},
      {"missing", Type::boolean, {.help = "Nobody is found", .default_text = "false"}},
      {"fails", Type::text, {.help = "The app cannot answer, in these words", .example = "SIAK is closed", .min = 1}},
      duration("slow", "How long the answer takes; beyond the lookup's timeout there is none", "10s", "0s"),
  };
}

Declared of_delivery(const char* what) {
  return {
      {"to", Type::text, {.help = what, .example = "sismiop", .required = true, .min = 1}},
      {"into", Type::text, {.help = "Into which place of it", .example = "dat_subjek_pajak", .min = 1}},
      {"event", Type::text, {.help = "The id of the event that it comes of", .example = "E-1", .min = 1}},
      times("How many of them", 1'000'000),
  };
}

Declared delivery_fields() {
  auto fields = of_delivery("The app that gets it");
  fields.push_back({"payload", Type::value, {.help = "The whole payload", .example = "{ nik: \"3671015207909001\" }"}});
  fields.push_back({"has",
                    Type::value_map,
                    {.help = "Members of the payload, by name or JSON Pointer; it may have others",
                     .example = "{ rt: \"001\", /anggota/0: \"3671015207909002\" }"}});
  fields.push_back({"lacks", Type::text_list, {.help = "Members that the payload has not", .example = "[no_kk]"}});
  fields.push_back({"attempts", Type::integer, {.help = "How often it was handed over", .min = 1, .max = 1'000'000}});
  fields.push_back({"tried_at",
                    Type::text_list,
                    {.help = "When it was handed over each time, after the test began",
                     .example = "[0s, 400ms..600ms]",
                     .pattern = duration_range_pattern}});
  fields.push_back(moment("at", "When it was delivered, after the test began: a duration, or from..to"));
  return fields;
}

Declared parked_fields() {
  auto fields = of_delivery("The app that would have got it");
  fields.push_back({"reason", Type::text, {.help = "What its reason holds", .example = "table", .min = 1}});
  fields.push_back({"attempts", Type::integer, {.help = "How often it was handed over", .min = 0, .max = 1'000'000}});
  fields.push_back(moment("at", "When it was parked, after the test began"));
  return fields;
}

Declared refusal_fields() {
  return {
      {"event", Type::text, {.help = "The id of what was refused", .example = "E-1", .min = 1}},
      {"code",
       Type::text,
       {.help = "Why: schema, not_allowed, unknown_type, id_conflict, rule, …", .example = "schema", .min = 1}},
      {"field", Type::text, {.help = "The field that is wrong: JSON Pointer into the event", .example = "/data/nik"}},
      {"rule", Type::text, {.help = "The schema's rule that it breaks", .example = "pattern", .min = 1}},
      {"message", Type::text, {.help = "What its message holds", .example = "NIK", .min = 1}},
      times("How many of them", 1'000'000),
  };
}

Declared made_fields() {
  return {
      {"type", Type::text, {.help = "The type of the event that was made", .required = true, .min = 1}},
      {"from", Type::text, {.help = "The app whose source it is", .example = "siak", .min = 1}},
      {"subject", Type::text, {.help = "Its subject", .min = 1}},
      {"time", Type::text, {.help = "Its time", .min = 1}},
      {"data", Type::value, {.help = "Its data, whole", .example = "{ nik: \"3671015207909001\" }"}},
      {"has",
       Type::value_map,
       {.help = "Members of its data, by name or JSON Pointer; it may have others", .example = "{ rt: \"001\" }"}},
      {"lacks", Type::text_list, {.help = "Members that its data has not", .example = "[no_kk_lama]"}},
      times("How many of them", 1'000'000),
  };
}

Declared question_fields() {
  return {
      {"lookup", Type::text, {.help = "The lookup that was asked", .example = "penduduk", .required = true, .min = 1}},
      {"with", Type::value_map, {.help = "The parameters", .example = "{ nik: \"3671015207909001\" }"}},
      times("How many of them", 1'000'000),
  };
}

Declared expected_fields() {
  return {
      {"deliveries",
       Type::group_list,
       {.help = "What is delivered: to one app in this order where the key is the same"},
       delivery_fields()},
      {"parked", Type::group_list, {.help = "What is parked, and waits for a person"}, parked_fields()},
      {"waiting",
       Type::group_list,
       {.help = "What is neither delivered nor parked when the test ends"},
       of_delivery("The app that has not got it yet")},
      {"refused", Type::group_list, {.help = "What is not admitted"}, refusal_fields()},
      {"duplicates",
       Type::text_list,
       {.help = "The ids of events that were admitted before, once for each time", .example = "[E-1]"}},
      {"events", Type::group_list, {.help = "What the sources' rules make of records"}, made_fields()},
      {"asked", Type::group_list, {.help = "What lookups are asked; left out: any"}, question_fields()},
  };
}

FieldDescription apps_field(const char* help) {
  return {"apps", Type::group_list, {.help = help}, app_behaviour_fields()};
}

FieldDescription lookups_field(const char* help) {
  return {"lookups", Type::group_list, {.help = help}, answer_fields()};
}

Declared case_fields() {
  return {
      {"name",
       Type::text,
       {.help = "What holds, in words", .example = "a family keeps its place", .required = true, .min = 1}},
      {"only",
       Type::text_list,
       {.help = "Look at deliveries to these apps alone; an empty list: at none",
        .example = "[sismiop]",
        .default_text = "all apps",
        .unique = true}},
      {"strict", Type::boolean, {.help = "Whatever is not expected is a failure, too", .default_text = "true"}},
      apps_field("How apps behave, before what the file says; the first that fits counts"),
      lookups_field("How lookups are answered, before what the file says; the first that fits counts"),
      {"given",
       Type::group_list,
       {.help = "What is published, in this order", .example = "[{ like: keluarga }]", .required = true, .min = 1},
       step_fields()},
      duration("until", "When the test ends, after the last of what is given", "2h", "7d"),
      {"rows",
       Type::text,
       {.help = "A .test.csv file beside the test: each row changes what is given and says what is expected",
        .example = "pindah-datang.test.csv",
        .min = 1}},
      {"snapshot",
       Type::boolean,
       {.help = "All that happens is as the .test.snapshot.yaml beside the test says", .default_text = "false"}},
      {"expect", Type::group, {.help = "What must happen; {}: nothing at all"}, expected_fields()},
  };
}

}  // namespace

const Declared& test_fields() {
  static const Declared fields{
      {"test",
       Type::text,
       {.help = "What is tested, as the file is called", .required = true, .min = 1, .pattern = name_pattern}},
      {"description", Type::text, {.help = "One sentence for those who read the tests"}},
      {"now",
       Type::text,
       {.help = "When each test begins: RFC 3339",
        .example = "2026-03-02T01:00:00Z",
        .min = 1,
        .default_text = "2026-01-05T02:00:00Z"}},
      {"events",
       Type::group_map,
       {.help = "Events and records that cases are like, by name", .pattern = name_pattern},
       event_fields()},
      apps_field("How apps behave; an app that is not named takes everything at once"),
      lookups_field("How lookups are answered; one that is not answered here fails"),
      {"cases", Type::group_list, {.help = "The tests, in order", .required = true, .min = 1}, case_fields()},
  };
  return fields;
}

}  // namespace simpul
