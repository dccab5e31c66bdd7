// Lookups: an app asks, another answers through the bus. Who may ask is decided first, what leaves is
// limited to the allow-listed fields, and the record is durable before the answer goes out.
#include "bus/lookup.h"

#include <fmt/format.h>

#include <algorithm>

#include "bus/bus.h"
#include "bus/control/control.h"

namespace simpul {
namespace {

void write_allowed(const json::Value& object, const std::set<std::string>& fields, json::Writer& writer) {
  writer.begin_object();
  for (const auto& member : object.members())
    if (fields.contains(std::string(member.name))) writer.name(member.name).value(member.value);
  writer.end_object();
}

ControlAnswer to_answer(const LookupRefusal& refusal) {
  return refusal.problems ? control_problems(refusal.status, *refusal.problems)
                          : control_problem(refusal.status, refusal.code, refusal.message, refusal.hint);
}

ControlAnswer to_answer(const Answer& answer, const Lookup& lookup) {
  switch (answer.kind) {
    case Answer::not_found:
      return control_problem(404, "not_found", "nobody was found for these parameters", "check the values");
    case Answer::timed_out:
      return control_problem(504, "timed_out", fmt::format("{} did not answer in time", lookup.app), "try again later");
    case Answer::failed:
      return control_problem(502, "failed", fmt::format("{} could not answer: {}", lookup.app, answer.reason),
                             "try again later, or tell who runs it");
    case Answer::found:
      break;
  }
  auto body = allowed_fields(answer.body, lookup.fields);
  if (!body)
    return control_problem(502, "failed", fmt::format("{} answered with something that is not an object", lookup.app),
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

std::expected<const Lookup*, LookupRefusal> lookup_for_app(const Generation& generation, const std::string& app,
                                                           const std::string& name) {
  auto found = generation.apps().find(app);
  auto cleared = found == generation.apps().end() ? PersonalData::none : found->second.cleared;
  auto lookup = lookup_for(generation, app, cleared, name);
  bool unknown = !lookup && lookup.error().status == 404;
  if (!unknown && (found == generation.apps().end() || !found->second.asks.contains(name)))
    return std::unexpected(LookupRefusal{403, "not_allowed", fmt::format("{} may not ask {}", app, name),
                                         fmt::format("an integrator adds it to `asks` in config/apps/{}.yaml", app)});
  return lookup;
}

std::expected<const Lookup*, LookupRefusal> lookup_for(const Generation& generation, const std::string& asker,
                                                       PersonalData cleared, const std::string& name) {
  auto found = generation.lookups().find(name);
  if (found == generation.lookups().end()) {
    std::vector<std::string> names;
    for (const auto& [known, lookup] : generation.lookups()) names.push_back(known);
    return std::unexpected(LookupRefusal{404, "unknown_lookup",
                                         fmt::format("there is no lookup {}{}", name, did_you_mean(name, names)),
                                         "see config/lookups"});
  }
  if (cleared < found->second.personal)
    return std::unexpected(LookupRefusal{
        403, "not_cleared", fmt::format("{} is not cleared for the personal data that {} gives", asker, name),
        "an integrator raises `cleared`, with a legal basis"});
  return &found->second;
}

std::optional<LookupRefusal> refused_parameters(const Lookup& lookup, const std::string& parameters) {
  auto document = json::parse(parameters);
  if (!document)
    return LookupRefusal{400, "not_json", document.error().message, "send a JSON object of the parameters"};
  auto violations = lookup.parameters_schema->explain(document->root(), 8);
  if (violations.empty()) return std::nullopt;
  Problems problems;
  // Those who ask read the one language or the other.
  for (const auto& violation : violations)
    problems.push_back(
        {"parameters", violation.words.english, violation.words.indonesian, {}, violation.instance, Severity::error});
  LookupRefusal refusal{422, "parameters", problems.front().message, problems.front().hint};
  refusal.problems = std::move(problems);
  return refusal;
}

Question question_of(const Lookup& lookup, std::string asker, std::string parameters) {
  Question question;
  question.lookup = lookup.name;
  question.asker = std::move(asker);
  question.purpose = lookup.purpose;
  question.into = lookup.into;
  question.parameters = std::move(parameters);
  question.timeout = lookup.timeout;
  return question;
}

LookupBody lookup_body(const Lookup& lookup, std::string asker, std::string_view parameters, const KeyedHash& hash) {
  LookupBody body;
  body.lookup = lookup.name;
  body.asker = std::move(asker);
  body.answerer = lookup.app;
  body.purpose = lookup.purpose;
  body.legal_basis = lookup.legal_basis;
  body.fields.assign(lookup.fields.begin(), lookup.fields.end());
  body.key = to_hex(hash.of(parameters));
  return body;
}

std::optional<std::string> allowed_fields(const std::string& body, const std::set<std::string>& fields) {
  auto document = json::parse(body);
  if (!document) return std::nullopt;
  const auto& value = document->root();
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

void Bus::lookup(const Identity& asker, const std::string& name, std::string parameters,
                 std::move_only_function<void(ControlAnswer)> done) {
  auto serving = this->serving();
  const auto& generation = *serving.deployment->generation;
  auto began = environment().clock->steady();
  auto who = asker.app.empty() ? "person " + asker.person : asker.app;
  auto to_record = [this, began, number = serving.number, app = asker.app](LookupBody body, std::string_view how) {
    body.outcome = how;
    body.took_ms = (environment().clock->steady() - began) / 1'000'000;
    std::vector<NewRecord> records(1);
    records[0].kind = RecordKind::lookup;
    records[0].generation = number;
    records[0].type = "lookup." + std::string(how);
    records[0].app = app;
    records[0].body = encode(body);
    return records;
  };
  // A refusal is recorded too, and told also when it could not be.
  auto refuse = [&](const LookupRefusal& refusal) {
    LookupBody body;
    if (auto known = generation.lookups().find(name); known != generation.lookups().end())
      body = lookup_body(known->second, who, parameters, *hash_);
    body.lookup = name;
    body.asker = who;
    body.key = to_hex(hash_->of(parameters));
    log_->append(
        to_record(std::move(body), "refused"), Urgency::publisher,
        [answer = to_answer(refusal), done = std::move(done)](Result<Position>) mutable { done(std::move(answer)); });
  };

  auto allowed = std::expected<const Lookup*, LookupRefusal>(nullptr);
  if (!asker.app.empty()) {
    allowed = lookup_for_app(generation, asker.app, name);
  } else {
    auto person = this->person(asker.person);
    if (!person || person->roles == 0)
      return refuse({403, "not_allowed", fmt::format("{} is no person of the deployment with a role", asker.person),
                     "an integrator adds the person in config/people"});
    allowed = lookup_for(generation, who, person->cleared, name);
  }
  if (!allowed) return refuse(allowed.error());
  const auto& lookup = **allowed;
  if (auto refused = refused_parameters(lookup, parameters)) return refuse(*refused);

  auto body = lookup_body(lookup, who, parameters, *hash_);
  dispatcher_->ask(
      lookup.app, question_of(lookup, who, std::move(parameters)),
      [this, serving, &lookup, body = std::move(body), to_record, done = std::move(done)](Answer answer) mutable {
        auto reply = to_answer(answer, lookup);
        log_->append(to_record(std::move(body), outcome(reply)), Urgency::publisher,
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
