#include "tools/simpul/scaffold.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "bus/base/yaml.h"
#include "bus/event/json.h"
#include "bus/route/kind_reader.h"
#include "bus/schema/containment.h"

namespace simpul {
namespace {

constexpr std::string_view empty_schema = R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "TITLE",
  "type": "object",
  "required": [],
  "additionalProperties": false,
  "properties": {}
}
)";

// A YAML file of ours: the line for editors, then what the emitter wrote. Values are quoted by it where YAML asks.
std::string document(std::string_view kind, std::string_view up, const YAML::Emitter& yaml) {
  return fmt::format("# yaml-language-server: $schema={}config/kinds/{}.json\n{}\n", up, kind, yaml.c_str());
}

// A member of `row` or `data`: names that CEL does not read as names are written with an index.
std::string member(std::string_view of, const std::string& name) {
  return is_identifier(name) ? fmt::format("{}.{}", of, name) : fmt::format("{}[\"{}\"]", of, name);
}

// A text as YAML reads it back: quoted where it would be something else, such as `yes` or `no`.
void write_text(YAML::Emitter& yaml, const std::string& text) {
  const auto read = yaml::read("a: " + text + "\n", {});
  const bool plain = read && read->kind == yaml::Kind::map && read->entries.size() == 1 &&
                     read->entries[0].value.is_text() && read->entries[0].value.scalar == text;
  if (!plain) yaml << YAML::DoubleQuoted;
  yaml << text;
}

// How an event's member is made of a row. Cells of CSV are texts, and empty ones are no value.
std::string of_row(const SampleField& field, bool cells) {
  if (!cells && field.required) return member("row", field.name);
  if (!cells) return is_identifier(field.name) ? "row.?" + field.name : fmt::format("row[?\"{}\"]", field.name);
  const auto cell = member("row", field.name);
  const std::string convert = field.type == "integer" ? "int" : field.type == "number" ? "double" : "";
  if (field.required) return convert.empty() ? cell : fmt::format("{}({})", convert, cell);
  const auto there = fmt::format("optional.ofNonZeroValue({})", cell);
  return convert.empty() ? there : fmt::format("{}.optMap(cell, {}(cell))", there, convert);
}

// A name in SQL, quoted where it must be.
std::string sql_name(const std::string& name) {
  if (is_identifier(name)) return name;
  std::string out = "\"";
  for (char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

void write_source(YAML::Emitter& yaml, const NewApp& app) {
  const auto& sample = *app.published;
  yaml << YAML::Key << "sources" << YAML::Value << YAML::BeginMap;
  yaml << YAML::Key << (sample.table.empty() ? app.name : std::string("baris")) << YAML::Value << YAML::BeginMap;
  if (!sample.table.empty()) {
    yaml << YAML::Key << "sql" << YAML::Value << YAML::BeginMap;
    yaml << YAML::Key << "database" << YAML::Value;
    write_text(yaml, sample.database);
    std::vector<std::string> names;
    for (const auto& column : sample.columns) names.push_back(sql_name(column));
    yaml << YAML::Key << "query" << YAML::Value << YAML::Literal
         << fmt::format("SELECT {}\n  FROM {}", fmt::join(names, ", "), sql_name(sample.table));
    const auto key = sample.key.empty() ? std::vector{sample.columns.front()} : sample.key;
    yaml << YAML::Key << "key" << YAML::Value << YAML::Flow << key;
    if (sample.key.empty()) yaml << YAML::Comment("the table has no primary key: name what tells its rows apart");
    std::vector<std::string> others;
    for (const auto& column : sample.columns)
      if (std::ranges::find(key, column) == key.end()) others.push_back(column);
    if (!others.empty()) yaml << YAML::Key << "remember" << YAML::Value << YAML::Flow << others;
    yaml << YAML::EndMap;
  } else {
    yaml << YAML::Key << "file" << YAML::Value << YAML::BeginMap;
    yaml << YAML::Key << "folder" << YAML::Value << fmt::format("var/{}/keluar", app.name);
    yaml << YAML::Key << "pattern" << YAML::Value << YAML::DoubleQuoted << (sample.rows ? "*.csv" : "*.jsonl");
    if (sample.rows)
      yaml << YAML::Key << "header" << YAML::Value << true;
    else
      yaml << YAML::Key << "format" << YAML::Value << "jsonl";
    yaml << YAML::EndMap;
  }
  yaml << YAML::Key << "events" << YAML::Value << YAML::BeginSeq << YAML::BeginMap;
  yaml << YAML::Key << "type" << YAML::Value << app.publishes;
  if (!sample.table.empty()) {
    yaml << YAML::Key << "when" << YAML::Value;
    yaml << "change != \"delete\"";
    yaml << YAML::Comment("which changes are this event");
  }
  yaml << YAML::Key << "data" << YAML::Value << YAML::BeginMap;
  for (const auto& field : sample.fields) {
    yaml << YAML::Key << field.name << YAML::Value;
    write_text(yaml, of_row(field, sample.rows));
  }
  yaml << YAML::EndMap << YAML::EndMap << YAML::EndSeq << YAML::EndMap << YAML::EndMap;
}

void write_target(YAML::Emitter& yaml, const NewApp& app) {
  yaml << YAML::Key << "target" << YAML::Value << YAML::BeginMap << YAML::Key << app.target << YAML::Value
       << YAML::BeginMap;
  if (app.target == "http") {
    yaml << YAML::Key << "url" << YAML::Value << fmt::format("http://127.0.0.1:9000/{}", app.name);
    yaml << YAML::Comment("where it takes what is sent; bearer: ${file:secrets/…} where it asks for a key");
  } else if (app.target == "sql") {
    const auto& sample = app.accepted;
    const bool table = sample && !sample->table.empty();
    yaml << YAML::Key << "database" << YAML::Value << (table ? sample->database : fmt::format("var/{}.db", app.name));
    yaml << YAML::Key << "tables" << YAML::Value << YAML::BeginMap << YAML::Key << "masuk" << YAML::Value
         << YAML::BeginMap;
    yaml << YAML::Key << "table" << YAML::Value << (table ? sample->table : std::string("MASUK"));
    yaml << YAML::Key << "mode" << YAML::Value << (table && !sample->key.empty() ? "upsert" : "insert");
    if (table && !sample->key.empty()) yaml << YAML::Key << "key" << YAML::Value << YAML::Flow << sample->key;
    yaml << YAML::EndMap << YAML::EndMap;
  } else {
    yaml << YAML::Key << "folder" << YAML::Value << fmt::format("var/{}/masuk", app.name);
    yaml << YAML::Key << "files" << YAML::Value << YAML::BeginMap << YAML::Key << "masuk" << YAML::Value
         << YAML::BeginMap;
    yaml << YAML::Key << "name" << YAML::Value << "masuk.jsonl" << YAML::Key << "format" << YAML::Value << "jsonl";
    yaml << YAML::EndMap << YAML::EndMap;
  }
  yaml << YAML::EndMap << YAML::EndMap;
}

std::string schema_text(const std::optional<Sample>& sample, const std::string& title) {
  if (sample) return sample->schema;
  std::string text(empty_schema), quoted;
  json::write_string(title, quoted);
  text.replace(text.find("\"TITLE\""), 7, quoted);
  return text;
}

void add_notes(const std::optional<Sample>& sample, const std::string& file, std::vector<std::string>& next) {
  if (!sample) return next.push_back(fmt::format("{}: describe its fields; nothing fits it yet", file));
  for (const auto& note : sample->notes)
    if (note.doubt)
      next.push_back(fmt::format("{}: {}: {}", file, note.path.empty() ? "the whole" : note.path, note.text));
  next.push_back(fmt::format("{}: it was guessed from samples; read it, and mark x-personal-data and x-key", file));
}

}  // namespace

Scaffold scaffold_schema(const std::string& name, const std::optional<Sample>& sample) {
  Scaffold scaffold;
  const auto file = fmt::format("schemas/{}.json", name);
  scaffold.files[file] = schema_text(sample, name);
  add_notes(sample, file, scaffold.next);
  return scaffold;
}

Scaffold scaffold_app(const NewApp& app) {
  Scaffold scaffold;
  const auto file = fmt::format("config/apps/{}.yaml", app.name);
  const std::string into = app.target == "http" ? "default" : "masuk";
  YAML::Emitter yaml;
  yaml << YAML::BeginMap;
  yaml << YAML::Key << "app" << YAML::Value << app.name;
  if (!app.title.empty()) {
    yaml << YAML::Key << "title" << YAML::Value;
    write_text(yaml, app.title);
  }
  yaml << YAML::Key << "owner" << YAML::Value;
  write_text(yaml, app.owner);
  if (!app.publishes.empty()) {
    yaml << YAML::Key << "publishes" << YAML::Value << YAML::Flow << std::vector{app.publishes};
    scaffold.files[fmt::format("schemas/events/{}.json", app.publishes)] = schema_text(app.published, app.publishes);
    add_notes(app.published, fmt::format("schemas/events/{}.json", app.publishes), scaffold.next);
  }
  if (!app.receives.empty()) {
    yaml << YAML::Key << "receives" << YAML::Value << YAML::Flow << std::vector{app.receives};
    yaml << YAML::Key << "cleared" << YAML::Value << "none";
    yaml << YAML::Comment("none, general or specific: the personal data that it may get, by its agreement");
    yaml << YAML::Key << "purpose" << YAML::Value << "isi-tujuan";
    yaml << YAML::Comment("why it gets them, and below the law that allows it");
    yaml << YAML::Key << "legal_basis" << YAML::Value << "isi-dasar-hukum";
  }
  if (app.published) write_source(yaml, app);
  if (!app.receives.empty()) {
    write_target(yaml, app);
    const auto place = fmt::format("apps/{}/{}", app.name, into);
    yaml << YAML::Key << "accepts" << YAML::Value << YAML::BeginMap << YAML::Key << into << YAML::Value << place
         << YAML::EndMap;
    scaffold.files[fmt::format("schemas/{}.json", place)] =
        schema_text(app.accepted, fmt::format("What {} takes", app.name));
    add_notes(app.accepted, fmt::format("schemas/{}.json", place), scaffold.next);
    scaffold.next.push_back(fmt::format("{}: purpose, legal_basis and cleared are to be filled in", file));
  }
  yaml << YAML::EndMap;
  scaffold.files[file] = document("app", "../../", yaml);
  scaffold.next.push_back("simpul check");
  if (!app.receives.empty())
    scaffold.next.push_back(fmt::format("simpul new route <name> --on {} --to {}{}", app.receives, app.name,
                                        into == "default" ? "" : "/masuk"));
  return scaffold;
}

namespace {

// What the map of a new route says of one member of the target.
struct DraftedMember {
  std::string name, expression;  // no expression: nothing of this name comes in
  bool required = false, may_be_absent = false;
};

// The source's member of the same name, whatever its letters' case, or of the nearest one; cut where the target is
// shorter. Nothing where no value of it could be one of the target.
std::string source_of(const std::string& wanted, const SchemaType& to, const Schema::Cursor& source) {
  const auto names = source.properties();
  std::string found;
  for (const auto& name : names)
    if (std::ranges::equal(
            name, wanted, {}, [](unsigned char c) { return std::tolower(c); },
            [](unsigned char c) { return std::tolower(c); }))
      found = name;
  constexpr std::size_t long_enough = 5;  // rt is not rw
  if (found.empty() && wanted.size() >= long_enough) found = nearest(wanted, names);
  if (found.empty()) return {};
  bool required = false;
  const auto given = source.property(found, required);
  const auto from = given == nullptr ? SchemaType() : given->type();
  if ((from.kinds & to.kinds) == 0) return {};
  const bool shorter = from.kinds == SchemaType::string && to.kinds == SchemaType::string && to.format.empty() &&
                       to.enumeration.empty() && from.enumeration.empty() && to.max_length &&
                       (!from.max_length || *from.max_length > *to.max_length);
  auto out = required               ? member("data", found)
             : is_identifier(found) ? fmt::format("data.?{}", found)
                                    : fmt::format("data[?\"{}\"]", found);
  if (shorter)
    out += required ? fmt::format(".truncate({})", *to.max_length)
                    : fmt::format(".optMap(text, text.truncate({}))", *to.max_length);
  return out;
}

std::vector<DraftedMember> draft_map(const Schema& source, const Schema& target) {
  std::vector<DraftedMember> drafted;
  const auto from = source.cursor(), to = target.cursor();
  if (to == nullptr) return drafted;
  for (const auto& name : to->properties()) {
    DraftedMember one{name, {}, false};
    const auto wanted = to->property(name, one.required);
    if (from != nullptr) one.expression = source_of(name, wanted == nullptr ? SchemaType() : wanted->type(), *from);
    one.may_be_absent =
        one.expression.find(".?") != std::string::npos || one.expression.find("[?") != std::string::npos;
    drafted.push_back(std::move(one));
  }
  return drafted;
}

// A document that fits the schema: what shows that it is not contained in "nothing fits". Empty when none was found.
std::string example_of(const Schema& schema) {
  const auto nothing = compile_schemas({{"nothing.json", "false"}});
  if (!nothing) return {};
  const auto found = (*nothing)->find("nothing");
  if (found == nullptr) return {};
  auto answer = contained(schema, *found);
  return answer.answer == Contained::no ? std::move(answer.witness) : std::string();
}

// The test beside a new route: one event that fits, and that it arrives. Empty when nobody publishes the type.
std::string first_test(const NewRoute& route, const Generation& generation, const Schema& source) {
  std::string publisher;
  for (const auto& [name, app] : generation.apps())
    if (publisher.empty() && app.publishes.contains(route.on)) publisher = name;
  const auto text = example_of(source);
  const auto example = json::parse(std::string(text));
  if (publisher.empty() || !example || !example->root().is_object()) return {};
  std::string data;
  for (const auto& member : example->root().members()) {
    data += "      ";
    json::write_string(member.name, data);
    data += ": ";
    json::write(member.value, data);
    data += "\n";
  }
  return fmt::format(
      "# yaml-language-server: $schema=../config/kinds/test.json\n"
      "test: {0}\n"
      "events:\n"
      "  contoh:  # made from the schema: it fits, and means nothing\n"
      "    from: {1}\n"
      "    type: {2}\n"
      "    data:{3}\n{4}"
      "cases:\n"
      "  - name: What {1} publishes reaches {5}\n"
      "    only: [{5}]\n"
      "    given: [{{ like: contoh }}]\n"
      "    expect:\n"
      "      deliveries: [{{ to: {5}{6} }}]\n",
      route.name, publisher, route.on, data.empty() ? " {}" : "", data, route.app,
      route.into.empty() ? "" : ", into: " + route.into);
}

}  // namespace

Result<Scaffold> scaffold_route(const NewRoute& route, const Generation& generation) {
  const auto* source = generation.event_schema(route.on);
  if (source == nullptr) {
    std::vector<std::string> types;
    for (const auto& name : generation.schemas().names())
      if (name.starts_with("events/")) types.push_back(name.substr(7));
    return fail("new.unknown_type", fmt::format("there is no event type {}{}", route.on, did_you_mean(route.on, types)),
                "simpul new schema events/<type> makes one");
  }
  const auto app = generation.apps().find(route.app);
  if (app == generation.apps().end()) {
    std::vector<std::string> names;
    for (const auto& [name, known] : generation.apps()) names.push_back(name);
    return fail("new.unknown_app",
                fmt::format("there is no application {}{}", route.app, did_you_mean(route.app, names)),
                "simpul new app makes one");
  }
  const auto place = app->second.accepts.find(route.into.empty() ? "default" : route.into);
  if (place == app->second.accepts.end()) {
    std::vector<std::string> places;
    for (const auto& [into, schema] : app->second.accepts) places.push_back(into);
    return fail("new.no_place",
                route.into.empty()
                    ? fmt::format("{} has several places, or none", route.app)
                    : fmt::format("{} has no place {}{}", route.app, route.into, did_you_mean(route.into, places)),
                places.empty() ? fmt::format("give config/apps/{}.yaml a target, and what it accepts", route.app)
                               : fmt::format("write --to {}/{}", route.app,
                                             fmt::join(places, fmt::format(", or {}/", route.app))));
  }
  const auto target = generation.schemas().find(place->second);
  Scaffold scaffold;
  const auto file = fmt::format("routes/{}.yaml", route.name);
  YAML::Emitter yaml;
  yaml << YAML::BeginMap;
  yaml << YAML::Key << "route" << YAML::Value << route.name;
  yaml << YAML::Key << "description" << YAML::Value
       << fmt::format("{} goes to {}", route.on, app->second.title.empty() ? route.app : app->second.title);
  yaml << YAML::Key << "on" << YAML::Value << route.on;
  std::vector<std::string> missing;
  yaml << YAML::Key << "to" << YAML::Value << YAML::BeginSeq << YAML::BeginMap;
  yaml << YAML::Key << "app" << YAML::Value << route.app;
  if (!route.into.empty()) yaml << YAML::Key << "into" << YAML::Value << route.into;
  yaml << YAML::Key << "map" << YAML::Value << YAML::BeginMap;
  for (const auto& one : draft_map(*source, *target)) {
    // What must be there is nothing that may be absent, and only a person knows what to take then.
    if (one.required && (one.expression.empty() || one.may_be_absent)) {
      missing.push_back(one.expression.empty() ? one.name : fmt::format("{}: {}.orValue(…)", one.name, one.expression));
      continue;
    }
    if (one.expression.empty()) continue;
    yaml << YAML::Key << one.name << YAML::Value << one.expression;
  }
  yaml << YAML::EndMap << YAML::EndMap << YAML::EndSeq << YAML::EndMap;
  auto text = document("route", "../", yaml);
  if (!missing.empty()) {
    text +=
        fmt::format("    # required, and nothing of the name comes in, or not always: {}\n", fmt::join(missing, ", "));
    scaffold.next.push_back(fmt::format("{}: map {}", file, fmt::join(missing, ", ")));
  }
  scaffold.files[file] = std::move(text);
  if (auto test = first_test(route, generation, *source); !test.empty()) {
    const auto beside = fmt::format("routes/{}.test.yaml", route.name);
    scaffold.files[beside] = std::move(test);
    scaffold.next.push_back(
        fmt::format("{}: give the event values as people write them, and say what must arrive", beside));
  }
  scaffold.next.push_back(fmt::format("{}: read each line of the map; names were matched, meanings were not", file));
  scaffold.next.push_back(fmt::format("{}: `key` orders the deliveries: add it, for example key: data.nik", file));
  if (!app->second.receives.contains(route.on))
    scaffold.next.push_back(fmt::format("config/apps/{}.yaml: add {} to `receives`", route.app, route.on));
  scaffold.next.push_back(fmt::format("simpul check; simpul test {}", route.name));
  return scaffold;
}

}  // namespace simpul
