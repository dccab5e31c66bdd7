#include "bus/route/prove_mappings.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "bus/route/mapping_schema.h"
#include "bus/route/refutation.h"
#include "bus/schema/containment.h"

namespace simpul {
namespace {

constexpr std::uint64_t steps_of_one = 50'000, steps_of_all = 20'000'000;
constexpr std::size_t parts_tried = 4;      // of an event that a list splits
constexpr std::size_t shown_bytes = 2'000;  // of an example
constexpr std::string_view own_folder = "simpul-proofs/";

struct Question {
  RouteProgram* program = nullptr;
  TargetProgram* target = nullptr;
  std::string name;  // of the schema of what the map makes
  Containment answer;
  std::vector<std::string> guesses;  // names of schemas of events
};

// A deployment's schemas, with ours beside them.
class Workshop {
 public:
  explicit Workshop(const std::map<std::string, std::string>& texts) : texts_(texts) {
    for (const auto& [path, text] : texts) {
      auto document_has = [&, &text = text](std::string_view word) { return text.find(word) != text.npos; };
      // A dynamic reference means something else when the way to it begins elsewhere (core §8.2.3.2).
      dynamic_ = dynamic_ || document_has("$dynamicRef") || document_has("$recursiveRef");
    }
  }

  bool is_dynamic() const { return dynamic_; }
  bool has(std::string_view address) const {
    return address.starts_with(base) && texts_.contains(std::string(address.substr(base.size())));
  }
  static std::string address(const std::string& schema) { return fmt::format("{}{}.json", base, schema); }

  // The name under which the registry will find it; the same text twice is one schema.
  std::string add(const std::string& text) {
    auto [found, is_new] = names_.try_emplace(text, fmt::format("{}{}", own_folder, names_.size()));
    if (is_new) texts_.emplace(found->second + ".json", text);
    return found->second;
  }
  std::shared_ptr<const SchemaRegistry> compile() const {
    auto compiled = compile_schemas(texts_);
    return compiled ? *compiled : nullptr;
  }

 private:
  static constexpr std::string_view base = "schemas:///";
  std::map<std::string, std::string> texts_;
  std::map<std::string, std::string> names_;
  bool dynamic_ = false;
};

struct Refuted {
  std::string data;  // of the event, JSON
  Problem problem;   // what running it said
};

class Proofs {
 public:
  Proofs(const std::vector<std::shared_ptr<RouteProgram>>& programs,
         const std::map<std::string, std::string>& schema_texts, Problems* problems)
      : workshop_(schema_texts), problems_(problems) {
    for (const auto& program : programs)
      for (auto& target : program->targets)
        if (target.mapping != nullptr && target.accepts != nullptr && program->data != nullptr)
          questions_.push_back({program.get(), &target, {}, {}, {}});
  }

  void run() {
    if (questions_.empty()) return;
    if (workshop_.is_dynamic()) {
      for (auto& question : questions_) question.answer.keyword = "$dynamicRef";
    } else {
      ask();
    }
    if (problems_ == nullptr) return;
    guess();
    for (const auto& question : questions_)
      if (!question.target->proved) report(question);
  }

 private:
  void ask() {
    const auto refers = [&](std::string_view address) { return workshop_.has(address); };
    for (auto& question : questions_)
      question.name = workshop_.add(mapping_schema(question.target->mapping->root(), refers));
    const auto registry = workshop_.compile();
    std::map<std::pair<std::string, std::string>, Containment> known;
    for (auto& question : questions_) {
      const auto made = registry != nullptr ? registry->find(question.name) : nullptr;
      const auto accepted = registry != nullptr ? registry->find(question.target->accepts->name()) : nullptr;
      if (made == nullptr || accepted == nullptr) {
        question.answer.keyword = "a schema that stands elsewhere";
        continue;
      }
      auto [found, is_new] = known.try_emplace({question.name, accepted->name()});
      if (is_new) found->second = answer(*made, *accepted);
      question.answer = found->second;
      if (question.answer.answer != Contained::yes) continue;
      if (may_be_absent(question.target->mapping->root())) {
        question.answer.answer = Contained::undecidable;
        question.answer.keyword = "the map itself, which may give nothing";
        continue;
      }
      question.target->proved = true;
    }
  }

  // A mapping gets its share of what is left, so that one that is hard leaves the others their time.
  Containment answer(const Schema& made, const Schema& accepted) {
    if (steps_left_ == 0) {
      Containment given_up;
      given_up.keyword = "caps";
      return given_up;
    }
    const auto steps = std::min(steps_of_one, steps_left_);
    auto answer = contained(made, accepted, {.steps = steps});
    // What it took is not told; what was not decided took most.
    steps_left_ -= answer.answer == Contained::undecidable ? steps : std::min<std::uint64_t>(steps, 2'000);
    return answer;
  }

  // Schemas of events that might lead to what the target refuses, compiled together.
  void guess() {
    for (auto& question : questions_) {
      if (question.answer.answer != Contained::no || !question.target->enrichments.empty()) continue;
      const auto witness = json::parse(question.answer.witness);
      if (!witness) continue;
      for (const auto& text : refuting_guesses(*question.program, *question.target, witness->root()))
        question.guesses.push_back(workshop_.add(fmt::format(R"({{"allOf":[{{"$ref":"{}"}},{}]}})",
                                                             Workshop::address(question.program->data->name()), text)));
    }
    if (std::ranges::none_of(questions_, [](const Question& question) { return !question.guesses.empty(); })) return;
    nothing_ = workshop_.add("false");
    registry_ = workshop_.compile();
  }

  std::optional<Refuted> refuted(const Question& question) const {
    if (registry_ == nullptr) return std::nullopt;
    const auto nothing = registry_->find(nothing_);
    for (const auto& name : question.guesses) {
      const auto schema = registry_->find(name);
      if (schema == nullptr || nothing == nullptr) continue;
      const auto found = contained(*schema, *nothing, {.steps = steps_of_one});
      if (found.answer != Contained::no) continue;
      if (auto run = run_with(question, found.witness)) return run;
    }
    return std::nullopt;
  }

  static std::optional<Refuted> run_with(const Question& question, const std::string& data) {
    EventParts parts;
    parts.id = "contoh-1";
    parts.source = "urn:contoh";
    parts.type = question.program->type;
    parts.subject = "contoh";
    parts.time = "2026-01-01T00:00:00Z";
    parts.data_json = data;
    auto event = Event::parse(compose(parts));
    if (!event || event->data() == nullptr || !question.program->data->valid(*event->data())) return std::nullopt;
    const TargetChoice choice{question.program, question.target};
    const auto most = question.target->each ? parts_tried : 1;
    for (std::uint32_t part = 0; part < most; ++part) {
      auto mapped = run_mapping(std::span(&choice, 1), *event, part, EventOf::this_generation, {}, nullptr);
      if (!mapped && mapped.error().code == "map.schema") return Refuted{data, std::move(mapped.error())};
    }
    return std::nullopt;
  }

  void report(const Question& question) {
    const auto& target = *question.target;
    const auto& root = target.mapping->root();
    const bool refused = question.answer.answer == Contained::no && !question.answer.reasons.empty();
    const auto& part = refused ? part_at(root, question.answer.reasons.front().instance) : root;
    if (auto found = refused ? refuted(question) : std::nullopt) return refute(question, *found);
    Problem problem{"map.not_proved", {}, {}, part.place, part.path, Severity::warning, {}};
    const auto runs = "each payload is checked when it is made, and one that does not fit is parked";
    if (refused) {
      const auto& reason = question.answer.reasons.front();
      problem.message =
          fmt::format("{} may refuse what this map makes: {}{}", target.accepts->name(),
                      reason.instance.empty() ? std::string() : reason.instance + ": ", reason.words.english);
      problem.hint = fmt::format(
          "no event was found that leads there; {}. A narrower schema of the event, or a "
          "function such as truncate, would prove it",
          runs);
    } else {
      problem.message = fmt::format("it cannot be proved that {} accepts what this map makes, because of {}{}",
                                    target.accepts->name(), question.answer.keyword,
                                    question.answer.place.empty() ? std::string() : " in " + question.answer.place);
      problem.hint = runs;
    }
    problems_->push_back(std::move(problem));
  }

  void refute(const Question& question, const Refuted& found) {
    const auto& target = *question.target;
    const auto& root = target.mapping->root();
    // The run's own reason, which may be another than the one that led there.
    auto reasons = reasons_of(question, found);
    const auto& part = reasons ? part_at(root, reasons->instance) : root;
    const auto shown = found.data.size() <= shown_bytes ? found.data : "too long to be shown";
    Problem problem{"map.refuted", {}, {}, part.place, part.path, Severity::error, {}};
    problem.message = fmt::format(
        "{} refuses what this map makes of some events{}", target.accepts->name(),
        reasons
            ? fmt::format(": {}{}", reasons->instance.empty() ? "" : reasons->instance + ": ", reasons->words.english)
            : std::string());
    problem.hint = fmt::format(
        "narrow the event's schema, or cut, convert or guard the value; for example, an event "
        "with the data {}",
        shown);
    if (reasons && !reasons->place.file.empty())
      problem.related.push_back(
          {{"schemas/" + reasons->place.file, reasons->place.start, reasons->place.end}, "what the target demands"});
    problems_->push_back(std::move(problem));
  }

  // Runs the map again, without the check, to point at the field.
  static std::optional<Violation> reasons_of(const Question& question, const Refuted& found) {
    EventParts parts{
        "contoh-1", "urn:contoh", question.program->type, "contoh", "2026-01-01T00:00:00Z", {}, {}, {}, found.data, {}};
    auto event = Event::parse(compose(parts));
    if (!event) return std::nullopt;
    auto unchecked = *question.target;
    unchecked.proved = true;
    const TargetChoice choice{question.program, &unchecked};
    const auto most = question.target->each ? parts_tried : 1;
    for (std::uint32_t part = 0; part < most; ++part) {
      auto mapped = run_mapping(std::span(&choice, 1), *event, part, EventOf::this_generation, {}, nullptr);
      auto document = mapped ? json::parse(mapped->payload) : Result<json::Document>(std::unexpected(mapped.error()));
      if (!document) continue;
      auto reasons = question.target->accepts->explain(document->root(), 1);
      if (!reasons.empty()) return reasons.front();
    }
    return std::nullopt;
  }

  Workshop workshop_;
  Problems* problems_;
  std::vector<Question> questions_;
  std::uint64_t steps_left_ = steps_of_all;
  std::shared_ptr<const SchemaRegistry> registry_;
  std::string nothing_;
};

}  // namespace

void prove_mappings(const std::vector<std::shared_ptr<RouteProgram>>& programs,
                    const std::map<std::string, std::string>& schema_texts, Problems* problems) {
  Proofs(programs, schema_texts, problems).run();
}

}  // namespace simpul
