#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "bus/route/kind_reader.h"
#include "bus/route/kinds.h"
#include "tools/trial/draft.h"

namespace simpul::trial {
namespace {

constexpr Nanoseconds millisecond = 1'000'000, second = 1000 * millisecond, day = 86'400 * second;
constexpr Nanoseconds default_begin = 1'767'578'400 * second;  // 2026-01-05T02:00:00Z, as test_fields() says
constexpr Nanoseconds default_until = 7 * day;

std::string beside(const std::string& path, const std::string& name) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? name : path.substr(0, slash + 1) + name;
}

std::string stem_of(const std::string& path) {
  auto name = path.substr(path.rfind('/') == path.npos ? 0 : path.rfind('/') + 1);
  for (std::string_view end : {".test.yaml", ".yaml"})
    if (name.ends_with(end)) return name.substr(0, name.size() - end.size());
  return name;
}

class FileReader {
 public:
  FileReader(const std::string& path, const yaml::Node& root, const Generation& generation, const ReadFile& read)
      : root_(root), generation_(generation), read_(read), reader_(root, "test", test_fields(), problems_) {
    out_.path = path;
    out_.name = stem_of(path);
    out_.snapshot_path = beside(path, out_.name + ".test.snapshot.yaml");
  }

  Checked<TestFile> read() {
    if (!reader_.is_map()) return std::unexpected(std::move(problems_));
    const auto name = reader_.text("test", out_.name);
    if (!name.empty() && name != out_.name)
      reader_.report(reader_.at("test"), "config.file_name",
                     fmt::format("the file is called {}.test.yaml, but says test: {}", out_.name, name),
                     fmt::format("write test: {}, or rename the file to {}.test.yaml", out_.name, name));
    reader_.text("description");
    begins_ = moment(reader_, "now").value_or(default_begin);
    defaults_ = {generation_.settings().source, begins_};
    if (const auto* events = reader_.map("events"))
      for (const auto& entry : events->entries) base(entry);
    behaviours_ = behaviours(reader_);
    answers_ = answers(reader_);
    if (const auto* cases = list(reader_, "cases"))
      for (const auto& node : cases->items) one_case(node, reader_.declared("cases"));
    reader_.finish();
    names_are_one();
    read_snapshots();
    if (!has_errors(problems_)) return std::move(out_);
    std::ranges::stable_sort(problems_, {}, [](const Problem& each) {
      return std::tuple(each.place.file, each.place.start.line, each.place.start.column);
    });
    return std::unexpected(std::move(problems_));
  }

 private:
  // ---- what fields hold ------------------------------------------------------------------------------

  const yaml::Node* list(KindReader& reader, std::string_view name) {
    const auto* node = reader.node(name);
    if (node == nullptr) return nullptr;
    const auto& field = reader.declared(name);
    FieldContext context{nullptr, &problems_};
    if (!field_readers::expect_list(*node, field, context)) return nullptr;
    if (field.options.min && node->items.empty()) {
      reader.report(*node, "config.empty", fmt::format("{} is empty", name), field.options.help);
      return nullptr;
    }
    return node;
  }

  std::optional<Nanoseconds> moment(KindReader& reader, std::string_view name) {
    const auto text = reader.self().find(name) != nullptr ? reader.text(name) : (reader.text(name), std::string());
    if (text.empty()) return std::nullopt;
    auto time = parse_time(text);
    if (time) return *time;
    reader.report(reader.at(name), time.error().code, time.error().message, time.error().hint);
    return std::nullopt;
  }

  std::optional<Nanoseconds> duration(KindReader& reader, std::string_view name) {
    const bool there = reader.self().find(name) != nullptr;
    const auto text = reader.text(name);
    if (!there || text.empty()) return std::nullopt;
    auto value = read_duration(text);
    if (!value) no_duration(reader.at(name), text);
    return value;
  }

  void no_duration(const yaml::Node& node, const std::string& text) {
    problems_.push_back(node.problem("test.duration", fmt::format("\"{}\" is no duration", text),
                                     "write a number and its unit: 500ms, 90s, 15m, 2h or 3d"));
  }

  std::optional<Moment> range(const yaml::Node& node, const std::string& text) {
    const auto dots = text.find("..");
    auto from = read_duration(text.substr(0, dots));
    auto to = dots == text.npos ? from : read_duration(text.substr(dots + 2));
    if (from && to && *from <= *to) return Moment{*from, *to, text};
    problems_.push_back(node.problem("test.duration", fmt::format("\"{}\" is no time after the beginning", text),
                                     "write a duration, such as 2h, or the least and the most, such as 1s..2s"));
    return std::nullopt;
  }

  std::optional<Moment> range(KindReader& reader, std::string_view name) {
    const auto text = reader.text(name);
    return text.empty() ? std::nullopt : range(reader.at(name), text);
  }

  std::optional<Tree> value(KindReader& reader, std::string_view name) {
    const auto* node = reader.node(name);
    return node == nullptr ? std::nullopt : std::optional(Tree::of(*node));
  }

  Members members(KindReader& reader, std::string_view name) {
    Members out;
    if (const auto* map = reader.map(name))
      for (const auto& entry : map->entries) {
        const auto& word = entry.key.scalar;
        auto path = word.starts_with('/') ? tree_path(word) : TreePath{word};
        out.push_back({std::move(path), word, Tree::of(entry.value), false});
      }
    return out;
  }

  // The app that a field names; it must be there.
  std::string app(KindReader& reader, std::string_view name) {
    auto text = reader.text(name);
    if (text.empty() || generation_.apps().contains(text)) return text;
    std::vector<std::string> names;
    for (const auto& [known, app] : generation_.apps()) names.push_back(known);
    reader.report(reader.at(name), "test.unknown_app",
                  fmt::format("there is no app \"{}\"{}", text, did_you_mean(text, names)), "see config/apps");
    return {};
  }

  std::string into(KindReader& reader, const std::string& app) {
    auto text = reader.text("into");
    if (text.empty() || app.empty()) return text;
    std::vector<std::string> names;
    for (const auto& [known, schema] : generation_.apps().at(app).accepts) names.push_back(known);
    if (std::ranges::find(names, text) == names.end())
      reader.report(reader.at("into"), "test.unknown_into",
                    fmt::format("{} has no place \"{}\"{}", app, text, did_you_mean(text, names)),
                    fmt::format("see `accepts` in config/apps/{}.yaml", app));
    return text;
  }

  std::string lookup(KindReader& reader) {
    auto text = reader.text("lookup");
    if (text.empty() || generation_.lookups().contains(text)) return text;
    std::vector<std::string> names;
    for (const auto& [known, lookup] : generation_.lookups()) names.push_back(known);
    reader.report(reader.at("lookup"), "test.unknown_lookup",
                  fmt::format("there is no lookup \"{}\"{}", text, did_you_mean(text, names)), "see config/lookups");
    return {};
  }

  // ---- behaviours and answers ------------------------------------------------------------------------

  std::vector<Behaviour> behaviours(KindReader& parent) {
    std::vector<Behaviour> out;
    const auto* nodes = list(parent, "apps");
    for (std::size_t i = 0; nodes != nullptr && i < nodes->items.size(); ++i) {
      const auto before = problems_.size();
      KindReader reader(nodes->items[i], "behaviour", parent.declared("apps").children, problems_);
      Behaviour one;
      one.app = app(reader, "app");
      one.into = into(reader, one.app);
      one.only = members(reader, "only");
      one.refuse = reader.text("refuse");
      one.fails = static_cast<std::uint32_t>(reader.integer("fails"));
      one.reason = reader.text("reason");
      one.retry_after = duration(reader, "retry_after");
      const auto dead = reader.text("dead");
      if (dead == "always") {
        one.dead_until = forever;
      } else if (!dead.empty()) {
        auto until = read_duration(dead);
        if (!until)
          reader.report(reader.at("dead"), "test.duration", fmt::format("\"{}\" is no duration", dead),
                        "write always, or until how long after the test began, such as 2h");
        one.dead_until = until.value_or(0);
      }
      one.slow = duration(reader, "slow").value_or(0);
      reader.finish();
      if (problems_.size() == before && one.fails == 0)
        for (const char* needs : {"reason", "retry_after"})
          if (reader.self().find(needs) != nullptr)
            reader.report(reader.at(needs), "test.needs", fmt::format("{} says nothing without fails", needs),
                          "add fails, or leave it out");
      out.push_back(std::move(one));
    }
    return out;
  }

  std::vector<GivenAnswer> answers(KindReader& parent) {
    std::vector<GivenAnswer> out;
    const auto* nodes = list(parent, "lookups");
    for (std::size_t i = 0; nodes != nullptr && i < nodes->items.size(); ++i) {
      const auto before = problems_.size();
      KindReader reader(nodes->items[i], "answer", parent.declared("lookups").children, problems_);
      GivenAnswer one;
      one.lookup = lookup(reader);
      one.with = members(reader, "with");
      one.found = value(reader, "found");
      one.missing = reader.boolean("missing");
      one.fails = reader.text("fails");
      one.slow = duration(reader, "slow").value_or(0);
      reader.finish();
      const int kinds = (one.found ? 1 : 0) + (one.missing ? 1 : 0) + (one.fails.empty() ? 0 : 1);
      if (problems_.size() == before && kinds != 1)
        reader.report(reader.self(), "test.answer", "an answer is one of found, missing and fails",
                      "write found: { … }, missing: true, or fails: and words");
      out.push_back(std::move(one));
    }
    return out;
  }

  // ---- what is given ---------------------------------------------------------------------------------

  void base(const yaml::Entry& entry) {
    KindReader reader(entry.value, "event", reader_.declared("events").children, problems_);
    if (!is_name(entry.key.scalar))
      problems_.push_back(entry.key.problem("config.name", fmt::format("\"{}\" is no name", entry.key.scalar),
                                            "use lower-case letters, digits, - and _, beginning with a letter"));
    auto draft = this->draft(reader);
    reader.finish();
    bases_.insert_or_assign(entry.key.scalar, std::move(draft));
  }

  Draft draft(KindReader& reader) {
    Draft draft;
    if (const auto like = reader.text("like"); !like.empty()) draft = like_this(reader, like);
    draft.place = reader.self().place;
    auto take = [&](const char* name, std::string& out) {
      if (auto text = reader.text(name); !text.empty() && reader.self().find(name) != nullptr) out = std::move(text);
    };
    take("from", draft.app);
    take("of", draft.of);
    take("change", draft.change);
    std::vector<std::string> of_event, of_record;
    for (const char* name : {"id", "source", "type", "subject", "time"}) {
      const bool there = reader.self().find(name) != nullptr;
      if (auto text = reader.text(name); there && !text.empty()) draft.tree.member(name) = Tree::string(text);
      if (there && name != std::string_view("id")) of_event.emplace_back(name);
    }
    for (const char* name : {"data", "row", "old"}) {
      const auto* node = name == std::string_view("data") ? reader.node(name) : reader.map(name);
      if (node != nullptr) draft.tree.member(name) = Tree::of(*node);
      if (node != nullptr) (name == std::string_view("data") ? of_event : of_record).emplace_back(name);
    }
    if (const auto* map = reader.map("extensions"))
      for (const auto& entry : map->entries) {
        draft.tree.member(entry.key.scalar) = Tree::of(entry.value);
        of_event.emplace_back("extensions");
      }
    check_source(reader, draft);
    if (reader.self().find("change") != nullptr) of_record.emplace_back("change");
    for (const auto& name : draft.is_record() ? of_event : of_record)
      if (reader.self().find(name) != nullptr)
        reader.report(reader.at(name), "test.record",
                      draft.is_record() ? fmt::format("a record of {} has no {}", draft.app + "/" + draft.of, name)
                                        : fmt::format("an event has no {}", name),
                      draft.is_record() ? "write row, old and change; the source's rules make the event"
                                        : "name the source that brings the record: of: app/source");
    changes(reader, draft);
    return draft;
  }

  void changes(KindReader& reader, Draft& draft) {
    if (const auto* map = reader.map("set"))
      for (const auto& entry : map->entries)
        if (!set_path(draft.tree, tree_path(entry.key.scalar), Tree::of(entry.value)))
          problems_.push_back(
              entry.key.problem("test.path", fmt::format("there is no {} in what is given", entry.key.scalar),
                                "write the path from the event's top, such as data.rt; an item of a list has its index "
                                "from 0, and a new one the next index"));
    const auto removed = reader.text_list("remove");
    for (std::size_t i = 0; i < removed.size(); ++i) {
      auto path = tree_path(removed[i]);
      const bool is_default = path.size() == 1 && !draft.is_record() &&
                              (path[0] == "id" || path[0] == "source" || path[0] == "time" || path[0] == "specversion");
      if (path.size() == 1) draft.removed.insert(path.front());
      if (!remove_path(draft.tree, path) && !is_default)
        reader.report(reader.at("remove").items[i], "test.path",
                      fmt::format("there is no {} in what is given", removed[i]),
                      "write the path from the event's top, such as data.tgl_pindah");
    }
  }

  // `of: siak/keluarga` is taken apart: the app, and its source.
  void check_source(KindReader& reader, Draft& draft) {
    const auto* node = reader.self().find("of");
    if (node == nullptr || draft.of.empty()) return;
    const auto slash = draft.of.find('/');
    auto app = draft.of.substr(0, slash);
    auto name = slash == draft.of.npos ? std::string() : draft.of.substr(slash + 1);
    std::vector<std::string> names;
    bool found = false;
    for (const auto& [known, one] : generation_.apps())
      for (const auto& source : one.sources) {
        names.push_back(known + "/" + source.name);
        found = found || (known == app && source.name == name);
      }
    if (!found)
      reader.report(*node, "test.unknown_source",
                    fmt::format("there is no source \"{}\"{}", draft.of, did_you_mean(draft.of, names)),
                    "write app/source, as in config/apps");
    draft.app = std::move(app);
    draft.of = std::move(name);
  }

  Draft like_this(KindReader& reader, const std::string& like) {
    if (auto found = bases_.find(like); found != bases_.end()) return found->second;
    if (like.ends_with(".test.json")) return from_file(reader.at("like"), like);
    std::vector<std::string> names;
    for (const auto& [name, draft] : bases_) names.push_back(name);
    const auto* events = root_.find("events");
    const bool below = events != nullptr && events->find(like) != nullptr;
    reader.report(
        reader.at("like"), "test.unknown_event",
        below ? fmt::format("the event \"{}\" stands below this one", like)
              : fmt::format("there is no event \"{}\"{}", like, did_you_mean(like, names)),
        below ? "move it up" : "declare it under events at the top, or name a .test.json file beside the test");
    return {};
  }

  Draft from_file(const yaml::Node& node, const std::string& name) {
    Draft draft;
    auto text = read_beside(node, name);
    if (!text) return draft;
    auto document = json::parse(std::move(*text));
    if (!document) {
      auto problem = document.error();
      problem.place.file = beside(out_.path, name);
      problems_.push_back(std::move(problem));
      return draft;
    }
    if (!document->root().is_object()) {
      problems_.push_back(node.problem("test.file", fmt::format("{} holds no event", name),
                                       "write a CloudEvents event as JSON into it"));
      return draft;
    }
    draft.tree = Tree::of(document->root());
    return draft;
  }

  std::optional<std::string> read_beside(const yaml::Node& node, const std::string& name) {
    if (name.find('/') != name.npos) {
      problems_.push_back(node.problem("test.file", fmt::format("\"{}\" is not beside the test", name),
                                       "keep what a test reads in the test's own folder"));
      return std::nullopt;
    }
    const auto path = beside(out_.path, name);
    auto text = read_(path);
    if (!text) {
      problems_.push_back(node.problem("test.file", fmt::format("{} cannot be read: {}", path, text.error().message),
                                       "write the file, or name another"));
      return std::nullopt;
    }
    if (std::ranges::find(out_.beside, path) == out_.beside.end()) out_.beside.push_back(path);
    return std::move(*text);
  }

  std::vector<Draft> steps(KindReader& parent) {
    std::vector<Draft> out;
    const auto* nodes = list(parent, "given");
    std::uint64_t count = 0;
    for (std::size_t i = 0; nodes != nullptr && i < nodes->items.size(); ++i) {
      KindReader reader(nodes->items[i], "given event", parent.declared("given").children, problems_);
      const auto before = problems_.size();
      auto draft = this->draft(reader);
      draft.after = duration(reader, "after").value_or(0);
      draft.times = static_cast<std::uint64_t>(reader.integer("times"));
      reader.finish();
      count += draft.times;
      if (problems_.size() == before && draft.app.empty())
        reader.report(reader.self(), "test.nobody", "nobody publishes this event",
                      "add from: and the app, here or where it is like");
      out.push_back(std::move(draft));
    }
    if (count > events_limit)
      parent.report(*nodes, "test.too_many", fmt::format("a case gives at most {} events", events_limit),
                    "make several cases of it");
    return out;
  }

  // ---- what is expected ------------------------------------------------------------------------------

  void expected(KindReader& parent, Case& out) {
    const auto* node = parent.map("expect");
    if (node == nullptr) return;
    out.expects = true;
    KindReader reader(*node, "expectation", parent.declared("expect").children, problems_);
    out.asks_are_expected = node->find("asked") != nullptr;
    deliveries(reader, "deliveries", Expectation::delivery, out);
    deliveries(reader, "parked", Expectation::parked, out);
    deliveries(reader, "waiting", Expectation::waiting, out);
    refusals(reader, out);
    const auto ids = reader.text_list("duplicates");
    for (std::size_t i = 0; i < ids.size(); ++i) {
      Expectation one;
      one.kind = Expectation::duplicate;
      one.event = ids[i];
      one.place = i < reader.at("duplicates").items.size() ? reader.at("duplicates").items[i].place : node->place;
      out.expected.push_back(std::move(one));
    }
    made(reader, out);
    asked(reader, out);
    reader.finish();
  }

  template <class Read>
  void each(KindReader& parent, const char* name, const char* what, Expectation::Kind kind, Case& out, Read read) {
    const auto* nodes = list(parent, name);
    for (std::size_t i = 0; nodes != nullptr && i < nodes->items.size(); ++i) {
      KindReader reader(nodes->items[i], what, parent.declared(name).children, problems_);
      Expectation one;
      one.kind = kind;
      one.place = nodes->items[i].place;
      one.times = static_cast<std::uint64_t>(reader.integer("times"));
      read(reader, one);
      reader.finish();
      out.expected.push_back(std::move(one));
    }
  }

  void attempts(KindReader& reader, Expectation& one) {
    const bool there = reader.self().find("attempts") != nullptr;
    const auto count = reader.integer("attempts");
    if (there) one.attempts = static_cast<std::uint32_t>(count);
  }

  void whole_or_part(KindReader& reader, const char* whole, Expectation& one) {
    one.whole = value(reader, whole);
    one.has = members(reader, "has");
    one.lacks = reader.text_list("lacks");
    if (one.whole && (!one.has.empty() || !one.lacks.empty()))
      reader.report(reader.at(whole), "test.twice",
                    fmt::format("{} is the whole, and has and lacks are parts of it", whole),
                    "keep the whole, or its parts");
  }

  void deliveries(KindReader& parent, const char* name, Expectation::Kind kind, Case& out) {
    const char* what = kind == Expectation::delivery ? "delivery"
                       : kind == Expectation::parked ? "parked delivery"
                                                     : "waiting delivery";
    each(parent, name, what, kind, out, [&](KindReader& reader, Expectation& one) {
      one.app = app(reader, "to");
      one.into = into(reader, one.app);
      one.event = reader.text("event");
      if (kind == Expectation::waiting) return;
      attempts(reader, one);
      one.at = range(reader, "at");
      if (kind == Expectation::parked) {
        one.reason = reader.text("reason");
        return;
      }
      whole_or_part(reader, "payload", one);
      const auto times = reader.text_list("tried_at");
      for (std::size_t i = 0; i < times.size(); ++i)
        if (auto moment = range(reader.at("tried_at").items[i], times[i])) one.tried_at.push_back(std::move(*moment));
    });
  }

  void refusals(KindReader& parent, Case& out) {
    each(parent, "refused", "refusal", Expectation::refused, out, [&](KindReader& reader, Expectation& one) {
      one.event = reader.text("event");
      one.code = reader.text("code");
      one.field = reader.text("field");
      one.rule = reader.text("rule");
      one.reason = reader.text("message");
    });
  }

  void made(KindReader& parent, Case& out) {
    each(parent, "events", "made event", Expectation::made, out, [&](KindReader& reader, Expectation& one) {
      one.type = reader.text("type");
      one.app = app(reader, "from");
      one.subject = reader.text("subject");
      one.time = reader.text("time");
      whole_or_part(reader, "data", one);
    });
  }

  void asked(KindReader& parent, Case& out) {
    each(parent, "asked", "question", Expectation::asked, out, [&](KindReader& reader, Expectation& one) {
      one.lookup = lookup(reader);
      one.has = members(reader, "with");
    });
  }

  // ---- cases -----------------------------------------------------------------------------------------

  void one_case(const yaml::Node& node, const FieldDescription& declared) {
    const auto before = problems_.size();
    KindReader reader(node, "case", declared.children, problems_);
    Case one;
    one.place = node.place;
    one.begins = begins_;
    one.name = reader.text("name");
    auto looked_at = only(reader);
    if (node.find("only") != nullptr) one.only = std::move(looked_at);
    one.strict = reader.boolean("strict");
    one.snapshot = reader.boolean("snapshot");
    one.behaviours = behaviours(reader);
    one.behaviours.insert(one.behaviours.end(), behaviours_.begin(), behaviours_.end());
    one.answers = answers(reader);
    one.answers.insert(one.answers.end(), answers_.begin(), answers_.end());
    auto drafts = steps(reader);
    one.until = duration(reader, "until").value_or(default_until);
    const auto rows = reader.text("rows");
    expected(reader, one);
    reader.finish();
    if (problems_.size() != before || drafts.empty()) return;
    if (!rows.empty()) return table(reader.at("rows"), rows, one, drafts);
    if (!one.expects && !one.snapshot)
      return reader.report(node, "test.no_expectation", fmt::format("the case \"{}\" expects nothing", one.name),
                           "add expect ({} means that nothing happens), rows, or snapshot: true");
    give(drafts, defaults_, one.given);
    check_ids(node, one);
    out_.cases.push_back(std::move(one));
  }

  std::vector<std::string> only(KindReader& reader) {
    auto names = reader.text_list("only");
    std::vector<std::string> known;
    for (const auto& [name, app] : generation_.apps()) known.push_back(name);
    for (std::size_t i = 0; i < names.size(); ++i)
      if (!generation_.apps().contains(names[i]))
        reader.report(reader.at("only").items[i], "test.unknown_app",
                      fmt::format("there is no app \"{}\"{}", names[i], did_you_mean(names[i], known)),
                      "see config/apps");
    return names;
  }

  // An id that is expected must be one that is given; records make ids of their own.
  void check_ids(const yaml::Node& node, const Case& one) {
    std::vector<std::string> ids;
    for (const auto& given : one.given) {
      if (given.event.empty()) return;
      ids.push_back(given.id);
    }
    std::ranges::sort(ids);
    for (const auto& expected : one.expected)
      if (!expected.event.empty() && !std::ranges::binary_search(ids, expected.event)) {
        auto problem = node.problem("test.unknown_id",
                                    fmt::format("no event with the id \"{}\" is given{}", expected.event,
                                                ids.size() <= 100 ? did_you_mean(expected.event, ids) : ""),
                                    "ids are those of `id`, or event-1, event-2 and so on");
        problem.place = expected.place;
        problems_.push_back(std::move(problem));
      }
  }

  void table(const yaml::Node& node, const std::string& name, const Case& like, const std::vector<Draft>& drafts) {
    if (!name.ends_with(".test.csv"))
      return problems_.push_back(node.problem("test.file",
                                              fmt::format("a table's file ends in .test.csv, not {}", name),
                                              fmt::format("call it {}.test.csv", out_.name)));
    if (auto text = read_beside(node, name))
      read_table({beside(out_.path, name), std::move(*text), node.place}, like, drafts, defaults_, generation_,
                 out_.cases, problems_);
  }

  // A case is found by its name, also in the snapshots.
  void names_are_one() {
    std::map<std::string_view, const Case*> names;
    for (const auto& one : out_.cases)
      if (auto [first, added] = names.emplace(one.name, &one); !added) {
        Problem problem{"test.repeated",
                        fmt::format("two cases are called \"{}\"", one.name),
                        "give each a name of its own",
                        one.place,
                        {},
                        Severity::error};
        problem.related.push_back({first->second->place, "the first one stands here"});
        problems_.push_back(std::move(problem));
      }
  }

  void read_snapshots() {
    if (std::ranges::none_of(out_.cases, &Case::snapshot)) return;
    out_.beside.push_back(out_.snapshot_path);
    auto text = read_(out_.snapshot_path);
    if (!text) return;  // not written yet; or each case says that it has none
    auto root = yaml::read(*text, out_.snapshot_path);
    if (!root) {
      problems_.insert(problems_.end(), root.error().begin(), root.error().end());
      return;
    }
    for (const auto& entry : root->entries) out_.snapshots.emplace(entry.key.scalar, Tree::of(entry.value));
  }

  const yaml::Node& root_;
  const Generation& generation_;
  const ReadFile& read_;
  Problems problems_;
  KindReader reader_;
  TestFile out_;
  Nanoseconds begins_ = default_begin;
  DraftDefaults defaults_;
  std::map<std::string, Draft> bases_;
  std::vector<Behaviour> behaviours_;
  std::vector<GivenAnswer> answers_;
};

}  // namespace

std::optional<Nanoseconds> read_duration(std::string_view text) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at - text.data() > 9) return std::nullopt;
  const std::string_view unit(at, static_cast<std::size_t>(end - at));
  const Nanoseconds scale = unit == "ms"  ? millisecond
                            : unit == "s" ? second
                            : unit == "m" ? 60 * second
                            : unit == "h" ? 3600 * second
                            : unit == "d" ? day
                                          : 0;
  constexpr Nanoseconds most = 36'500 * day;
  if (scale == 0 || number > static_cast<std::uint64_t>(most / scale)) return std::nullopt;
  return static_cast<Nanoseconds>(number) * scale;
}

std::string duration_words(Nanoseconds duration) {
  struct Unit {
    Nanoseconds scale;
    const char* word;
  };
  static constexpr Unit units[] = {{day, "d"}, {3600 * second, "h"}, {60 * second, "m"}, {second, "s"}};
  for (const auto& [scale, word] : units)
    if (duration >= scale && duration % scale == 0) return fmt::format("{}{}", duration / scale, word);
  if (duration == 0) return "0s";
  if (duration % millisecond == 0 && duration < 10 * second) return fmt::format("{}ms", duration / millisecond);
  return fmt::format("{:.3f}s", static_cast<double>(duration) / static_cast<double>(second));
}

bool is_as_said(const NamedMember& member, const Tree* actual) {
  if (actual == nullptr) return false;
  if (!member.by_text) {
    std::vector<Difference> found;
    differences(member.value, *actual, "", found);
    return found.empty();
  }
  if (actual->kind == json::Kind::string || actual->kind == json::Kind::number)
    return actual->text == member.value.text;
  return to_json(*actual) == member.value.text;
}

bool holds(const Members& members, const Tree& tree) {
  return std::ranges::all_of(members, [&](const auto& each) { return is_as_said(each, at_path(tree, each.path)); });
}

Checked<TestFile> read_test_file(const std::string& path, const Generation& generation, const ReadFile& read) {
  auto text = read(path);
  if (!text) {
    auto problem = text.error();
    problem.place.file = path;
    return std::unexpected(Problems{std::move(problem)});
  }
  auto root = yaml::read(*text, path);
  if (!root) return std::unexpected(std::move(root.error()));
  return FileReader(path, *root, generation, read).read();
}

}  // namespace simpul::trial
