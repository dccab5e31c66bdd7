#include "bus/deployment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "bus/route/kinds.h"

namespace simpul {
namespace {

const AdapterSpec* find_adapter(const AdapterTable& adapters, const std::string& name) {
  auto found = std::ranges::find(adapters, name, &AdapterSpec::name);
  return found == adapters.end() ? nullptr : &*found;
}

// What an adapter's fields are read with. Secrets and values that were filled in become part of the fingerprint, so
// that a rotated secret or another address reopens its adapter.
class Reading {
 public:
  Reading(const SecretSource* secrets, const SecretSource* environment, const AdapterUse& use, Deployment& out,
          Problems& problems)
      : out_(out), text_(use.fingerprint) {
    values_.needed = secrets != nullptr;
    context_ = {nullptr, &problems, &values_};
    const auto* inner = secrets != nullptr ? secrets : environment;
    if (inner == nullptr) return;
    recording_ = [this, inner](std::string_view kind, std::string_view name) {
      auto value = (*inner)(kind, name);
      if (value) text_ = to_hex(sha256(text_, *value));
      return value;
    };
    values_.source = &recording_;
    if (secrets != nullptr) context_.secrets = &recording_;
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  FieldContext& context() { return context_; }
  void done(const std::string& name) {
    out_.fingerprints[name] = text_;
    std::ranges::move(values_.missing, std::back_inserter(out_.needs));
  }

 private:
  Deployment& out_;
  std::string text_;
  SecretSource recording_;
  EnvironmentValues values_;
  FieldContext context_;
};

Problem no_side(const AdapterUse& use, std::string_view side, std::string_view hint) {
  return use.node.problem("adapter.no_side", fmt::format("the adapter {} cannot be a {}", use.adapter, side),
                          std::string(hint));
}

class Compiler {
 public:
  Compiler(const AdapterTable& adapters, const SecretSource* secrets, const SecretSource* environment, Deployment& out,
           Problems& problems)
      : adapters_(adapters), secrets_(secrets), environment_(environment), out_(out), problems_(problems) {}

  void app(const App& app) {
    if (app.target) target(app);
    for (const auto& source : app.sources) this->source(app, source);
    if (app.signing_secret) signing_secret(app);
  }

  void endpoint(const std::string& name, const AdapterUse& use) {
    const auto* spec = find_adapter(adapters_, use.adapter);
    if (spec == nullptr) return;  // compile_generation has said it
    if (!spec->read_endpoint) {
      problems_.push_back(no_side(use, "listener", "name an adapter that listens, such as http"));
      return;
    }
    Reading reading(secrets_, environment_, use, out_, problems_);
    out_.endpoints[name] = spec->read_endpoint(use.node, reading.context());
    reading.done("listen " + name);
  }

 private:
  void target(const App& app) {
    const auto& use = *app.target;
    const auto* spec = find_adapter(adapters_, use.adapter);
    if (spec == nullptr) return;
    if (!spec->read_target) {
      problems_.push_back(no_side(use, "target", "name an adapter that takes deliveries out"));
      return;
    }
    Reading reading(secrets_, environment_, use, out_, problems_);
    auto before = problems_.size();
    auto config = spec->read_target(use.node, reading.context());
    if (config == nullptr || problems_.size() != before) return;
    check_intos(app, *config);
    for (const auto& expression : config->expressions()) condition(app, expression);
    reading.done("target " + app.name);
    out_.targets[app.name] = std::move(config);
  }

  void check_intos(const App& app, const TargetConfig& config) {
    auto intos = config.intos();
    for (const auto& [into, schema] : app.accepts) {
      if (into == "default" || std::ranges::find(intos, into) != intos.end()) continue;
      problems_.push_back(
          app.target->node.problem("app.into_unknown",
                                   fmt::format("accepts names `{}`, which the target of {} does not have{}", into,
                                               app.name, did_you_mean(into, intos)),
                                   intos.empty() ? "this target has one place only: use `default`"
                                                 : fmt::format("one of: {}", fmt::join(intos, ", "))));
    }
  }

  void condition(const App& app, const NamedExpression& named) {
    Scope scope;
    SchemaType status;
    status.kinds = SchemaType::integer;
    status.known = true;
    scope.variables.push_back({"status", nullptr, status});
    scope.variables.push_back({"body", nullptr, std::nullopt});
    scope.absence_is_error = false;
    auto compiled = compile_expression(named.text, scope, Expect::boolean, named.place, named.path);
    if (!compiled) {
      problems_.insert(problems_.end(), compiled.error().begin(), compiled.error().end());
      return;
    }
    out_.conditions[app.name][named.name] = [expression = *compiled](int code, std::string_view body) -> Result<bool> {
      json::Arena arena;
      auto code_value = arena.integer(code);
      json::Value null;
      auto document = json::parse(std::string(body));
      const json::Value* slots[] = {&code_value, document ? &document->root() : &null};
      auto verdict = expression->test(slots, arena);
      if (!verdict)
        return fail("condition." + verdict.error().code, verdict.error().message,
                    "mend the condition, or ask what the application answers");
      return *verdict;
    };
  }

  void source(const App& app, const SourceDeclaration& source) {
    const auto* spec = find_adapter(adapters_, source.use.adapter);
    if (spec == nullptr) return;
    if (!spec->read_source) {
      problems_.push_back(
          no_side(source.use, "source", "applications that call the bus need no source: they post to its listener"));
      return;
    }
    Reading reading(secrets_, environment_, source.use, out_, problems_);
    auto name = app.name + "/" + source.name;
    out_.sources[name] = spec->read_source(source.use.node, reading.context());
    reading.done("source " + name);
  }

  void signing_secret(const App& app) {
    FieldContext context{secrets_, &problems_};
    static const FieldDescription description{"signing_secret", FieldType::secret, {}, {}};
    Secret secret;
    if (field_readers::secret(secret, *app.signing_secret, description, context))
      out_.signing_secrets[app.name] = secret;
  }

  const AdapterTable& adapters_;
  const SecretSource* secrets_;
  const SecretSource* environment_;
  Deployment& out_;
  Problems& problems_;
};

}  // namespace

Checked<std::shared_ptr<const Deployment>> compile_deployment(const ConfigurationFiles& files,
                                                              const AdapterTable& adapters, const SecretSource* secrets,
                                                              const Inspection* inspection,
                                                              const SecretSource* environment) {
  std::vector<std::string> names;
  for (const auto& adapter : adapters) names.push_back(adapter.name);
  auto deployment = std::make_shared<Deployment>();
  auto generation = compile_generation(
      files, names,
      [&](const std::map<std::string, App>& apps, const BusSettings& settings, Problems& problems) {
        Compiler compiler(adapters, secrets, environment, *deployment, problems);
        for (const auto& [name, app] : apps) compiler.app(app);
        for (const auto& [name, use] : settings.listen) compiler.endpoint(name, use);
      },
      configuration_schemas(adapters), inspection);
  if (!generation) return std::unexpected(generation.error());
  deployment->generation = *generation;
  return deployment;
}

SecretSource system_secrets(Disk& disk, std::string folder) {
  return [&disk, folder = std::move(folder)](std::string_view kind, std::string_view name) -> Result<std::string> {
    if (kind == "env") {
      const char* value = std::getenv(std::string(name).c_str());
      if (value == nullptr)
        return fail("secret.missing", fmt::format("the environment variable {} is not set", name),
                    "set it for the bus's process");
      return std::string(value);
    }
    auto path = name.starts_with('/') ? std::string(name) : folder + "/" + std::string(name);
    auto text = disk.read_whole(path, 64 * 1024);
    if (!text)
      return fail("secret.missing", fmt::format("the secret file {} cannot be read: {}", path, text.error().message),
                  "write the secret to that file, readable by the bus only (mode 0600)");
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    return *text;
  };
}

std::map<std::string, std::string> configuration_schemas(const AdapterTable& adapters) {
  std::vector<AdapterFields> all;
  for (const auto& adapter : adapters) {
    AdapterFields fields{adapter.name, adapter.summary, {}};
    auto side = [&](const char* name, const std::vector<FieldDescription>& declared) {
      if (!declared.empty()) fields.sides.emplace(name, declared);
    };
    side("source", adapter.source_fields);
    side("target", adapter.target_fields);
    side("listener", adapter.endpoint_fields);
    all.push_back(std::move(fields));
  }
  return kind_schemas(all);
}

}  // namespace simpul
