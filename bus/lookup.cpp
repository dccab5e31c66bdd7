// Lookups: an app asks, another answers through the bus. Who may ask is decided first, what leaves is
// limited to the allow-listed fields, and the record is durable before the answer goes out.
#include <fmt/format.h>

#include <algorithm>

#include "bus/bus.h"
#include "bus/control/control.h"

namespace simpul {
namespace {

struct Asked {
  std::string lookup, asker, answerer, purpose, legal_basis, parameters;
  std::set<std::string> fields;
  Nanoseconds began = 0;
};

std::string lookup_record(const Asked& asked, std::string_view outcome, const KeyedHash& hash, Nanoseconds now) {
  json::Writer writer;
  writer.begin_object().member("lookup", asked.lookup).member("asker", asked.asker).member("answerer", asked.answerer);
  writer.member("purpose", asked.purpose).member("legal_basis", asked.legal_basis).member("outcome", outcome);
  writer.name("fields").begin_array();
  for (const auto& field : asked.fields) writer.string(field);
  writer.end_array()
      .member("key", to_hex(hash.of(asked.parameters)))
      .member("took_ms", (now - asked.began) / 1'000'000)
      .end_object();
  return writer.take();
}

void write_allowed(const json::Value& object, const std::set<std::string>& fields, json::Writer& writer) {
  writer.begin_object();
  for (const auto& member : object.members())
    if (fields.contains(std::string(member.name))) writer.name(member.name).value(member.value);
  writer.end_object();
}

// Only the allow-listed fields of an object, or of each object of a list; none when it is neither.
std::optional<std::string> allowed(const json::Value& value, const std::set<std::string>& fields) {
  json::Writer writer;
  if (value.is_object()) {
    write_allowed(value, fields, writer);
    return writer.take();
  }
  if (!value.is_array()) return std::nullopt;
  writer.begin_array();
  for (const auto& item : value.items()) {
    if (!item.is_object()) return std::nullopt;
    write_allowed(item, fields, writer);
  }
  writer.end_array();
  return writer.take();
}

ControlAnswer to_answer(const Answer& answer, const Asked& asked) {
  switch (answer.kind) {
    case Answer::not_found:
      return control_problem(404, "not_found", "nobody was found for these parameters", "check the values");
    case Answer::timed_out:
      return control_problem(504, "timed_out", fmt::format("{} did not answer in time", asked.answerer),
                             "try again later");
    case Answer::failed:
      return control_problem(502, "failed", fmt::format("{} could not answer: {}", asked.answerer, answer.reason),
                             "try again later, or tell who runs it");
    case Answer::found:
      break;
  }
  auto document = json::parse(answer.body);
  auto body = document ? allowed(document->root(), asked.fields) : std::nullopt;
  if (!body)
    return control_problem(502, "failed",
                           fmt::format("{} answered with something that is not an object", asked.answerer),
                           "tell who runs it");
  return {200, std::move(*body)};
}

std::string_view outcome(const ControlAnswer& answer) {
  switch (answer.status) {
    case 200:
      return "answered";
    case 404:
      return "not_found";
    case 504:
      return "timed_out";
    default:
      return "failed";
  }
}

}  // namespace

void Bus::lookup(const Identity& asker, const std::string& name, std::string parameters,
                 std::move_only_function<void(ControlAnswer)> done) {
  auto serving = this->serving();
  const auto& generation = *serving.deployment->generation;
  Asked asked;
  asked.lookup = name;
  asked.asker = asker.app.empty() ? "person " + asker.person : asker.app;
  asked.parameters = parameters;
  asked.began = environment().clock->steady();
  // A refusal is recorded too, and told also when it could not be.
  auto refuse = [&](ControlAnswer answer) {
    std::vector<NewRecord> records(1);
    records[0].kind = RecordKind::lookup;
    records[0].generation = serving.number;
    records[0].type = "lookup.refused";
    records[0].app = asker.app;
    records[0].body = lookup_record(asked, "refused", *hash_, environment().clock->steady());
    log_->append(
        std::move(records), Urgency::publisher,
        [answer = std::move(answer), done = std::move(done)](Result<Position>) mutable { done(std::move(answer)); });
  };

  auto found = generation.lookups().find(name);
  if (found == generation.lookups().end()) {
    std::vector<std::string> names;
    for (const auto& [known, lookup] : generation.lookups()) names.push_back(known);
    return refuse(control_problem(404, "unknown_lookup",
                                  fmt::format("there is no lookup {}{}", name, did_you_mean(name, names)),
                                  "see config/lookups"));
  }
  const auto& lookup = found->second;
  asked.answerer = lookup.app;
  asked.purpose = lookup.purpose;
  asked.legal_basis = lookup.legal_basis;
  asked.fields = lookup.fields;
  auto cleared = PersonalData::none;
  if (!asker.app.empty()) {
    auto app = generation.apps().find(asker.app);
    if (app == generation.apps().end() || !app->second.asks.contains(name))
      return refuse(control_problem(403, "not_allowed", fmt::format("{} may not ask {}", asker.app, name),
                                    fmt::format("an integrator adds it to `asks` in config/apps/{}.yaml", asker.app)));
    cleared = app->second.cleared;
  } else {
    auto person = this->person(asker.person);
    if (!person || person->roles == 0)
      return refuse(control_problem(403, "not_allowed",
                                    fmt::format("{} is no person of the deployment with a role", asker.person),
                                    "an integrator adds the person in config/people"));
    cleared = person->cleared;
  }
  if (cleared < lookup.personal)
    return refuse(control_problem(
        403, "not_cleared", fmt::format("{} is not cleared for the personal data that {} gives", asked.asker, name),
        "an integrator raises `cleared`, with a legal basis"));
  auto document = json::parse(parameters);
  if (!document)
    return refuse(control_problem(400, "not_json", document.error().message, "send a JSON object of the parameters"));
  if (auto violations = lookup.parameters_schema->explain(document->root(), 8); !violations.empty()) {
    Problems problems;
    // Those who ask read the one language or the other.
    for (const auto& violation : violations)
      problems.push_back(
          {"parameters", violation.words.english, violation.words.indonesian, {}, violation.instance, Severity::error});
    return refuse(control_problems(422, problems));
  }

  Question question;
  question.lookup = name;
  question.asker = asked.asker;
  question.purpose = lookup.purpose;
  question.into = lookup.into;
  question.parameters = std::move(parameters);
  question.timeout = lookup.timeout;
  dispatcher_->ask(lookup.app, std::move(question),
                   [this, asked = std::move(asked), app = asker.app, number = serving.number,
                    done = std::move(done)](Answer answer) mutable {
                     auto reply = to_answer(answer, asked);
                     std::vector<NewRecord> records(1);
                     records[0].kind = RecordKind::lookup;
                     records[0].generation = number;
                     records[0].type = "lookup." + std::string(outcome(reply));
                     records[0].app = app;
                     records[0].body = lookup_record(asked, outcome(reply), *hash_, environment().clock->steady());
                     log_->append(std::move(records), Urgency::publisher,
                                  [reply = std::move(reply), done = std::move(done)](Result<Position> first) mutable {
                                    if (!first && reply.status == 200)
                                      reply = control_problem(503, "not_recorded",
                                                              "the lookup could not be recorded, so it is not answered",
                                                              "try again later");
                                    done(std::move(reply));
                                  });
                   });
}

}  // namespace simpul
