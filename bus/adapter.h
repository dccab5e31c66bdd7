// The adapter contract: what the bus asks of a protocol, and what it gives.
//
// An adapter is one folder adapters/<name>/ and one line in adapters/registry.cpp. It declares its fields
// once (bus/base/config_field.h), reads them into a config object, and opens sources, targets or endpoints
// from it. It never sees routes, expressions or the log: conditions come compiled, events go in through an
// Intake and come out as Deliveries.
//
// Life of a source:  open → start → (offer … verdicts)* → stop.
// Life of a target:  open → start → (deliver … settle)* → stop. `deliver` is called again for the same
//                    delivery with the same idempotency key and a higher attempt until it is settled as
//                    delivered or parked.
// Life of an endpoint: open → start → stop; it serves many apps through a Gateway, both ways.
//
// Threads. The bus may call start, stop, deliver and ask from its own threads, never two of them at once
// for one object, and none of them may block for longer than it takes to hand work to the adapter's own
// thread (stop may: it returns when no callback is running and none will come). Every callback the adapter
// gets (settle, done) may be called from any thread, exactly once, and does not block. What the adapter
// owns it destroys in its destructor, after stop.
//
// Bounds. A target is given at most `credit()` unsettled deliveries; a source offers again only when it
// has its verdicts; an endpoint bounds connections and bodies by its own fields.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bus/base/bytes.h"
#include "bus/base/config_field.h"
#include "bus/base/environment.h"
#include "bus/base/result.h"
#include "bus/base/yaml.h"
#include "bus/event/event.h"

namespace simpul {

// ---- into the bus ------------------------------------------------------------------------------------

// One thing that came in. Either a whole CloudEvents event, or a record (a table's row, a file's line) from
// which the app's `events:` rules make events.
struct Item {
  std::string event;   // structured CloudEvents JSON; empty for a record
  std::string row;     // JSON object
  std::string old;     // JSON object of what was remembered of it before; "null" when there was nothing
  std::string change;  // "insert", "update", "delete"
  std::string id;      // of this change: the same when it is offered again, different for every change
  std::string origin;  // for people: "table DATA_KELUARGA", "file x.csv line 7"; no personal values
};

struct Reason {
  std::string code;             // "schema", "not_allowed", "id_conflict", …
  std::string message;          // for the person who must act
  std::string instance;         // JSON Pointer into the event, or attribute name
  std::string rule;             // the schema's rule
  std::string indonesian = {};  // the message for those who read Indonesian; empty where there is none
  std::string schema = {};      // where the rule stands: FILE:LINE:COLUMN
};

struct Verdict {
  enum Kind {
    accepted,   // committed now
    duplicate,  // committed before, with the same content
    conflict,   // the same id was committed with other content; recorded as refused
    refused,    // recorded as refused; `reasons` say why
    nothing,    // a record that no rule makes an event of
    later,      // nothing was committed of the whole offer: offer it again after `retry_after`
  } kind = accepted;
  std::string id;  // the event's
  std::uint64_t position = 0;
  std::vector<Reason> reasons;
  std::vector<Reason> warnings;  // accepted: what looks wrong nevertheless
  std::chrono::milliseconds retry_after{0};
  bool full = false;  // later, because the disk is full
};

// A source's own memory (row hashes, counters, offsets), committed with the events it belongs to.
struct StateChanges {
  std::vector<std::pair<std::string, std::string>> set;
  std::vector<std::string> unset;
};

class Intake {
 public:
  virtual ~Intake() = default;
  // Verdicts in the order of the items, after the commit. State changes are committed in the same unit as
  // the accepted events, also when some or all items are refused or duplicates; not when the verdict is later.
  virtual void offer(std::vector<Item> items, StateChanges state,
                     std::move_only_function<void(std::vector<Verdict>)> done) = 0;
  virtual Result<std::optional<std::string>> state(std::string_view key) = 0;
  // All committed state in key order from `after` (exclusive); false from `each` ends it. May block; call it
  // from the adapter's own thread.
  virtual Result<void> scan_state(std::string_view after,
                                  const std::function<bool(std::string_view key, std::string_view value)>& each) = 0;
};

// ---- out of the bus ----------------------------------------------------------------------------------

struct Settlement {
  enum Kind {
    delivered,
    retry,  // may succeed later: the bus backs off, and tries again
    park,   // will not succeed as it is: waits for a person, with the reason
  } kind = delivered;
  std::string reason;  // words; no personal values, no secrets
  std::string answer;  // the exact bytes the app answered, for the receipt's hash; may be empty
  std::optional<std::chrono::milliseconds> retry_after;  // the app's own wish
  bool unreachable = false;  // the whole target, not this delivery: the bus holds the target, and probes
};

struct Delivery {
  std::string app, route, into;  // `into`: which table, path or file of the target; may be empty
  std::uint64_t position = 0;
  std::uint32_t part = 0;
  std::uint32_t attempt = 1;
  std::string idempotency_key;  // the same for every attempt
  std::string type, event_id, time, traceparent;
  std::string payload;  // the mapped JSON, checked against what the target accepts
  std::move_only_function<void(Settlement)> settle;
};

struct Question {
  std::string lookup, asker, purpose, into;
  std::string parameters;  // JSON object of scalars
  std::chrono::milliseconds timeout{5000};
};
struct Answer {
  enum Kind { found, not_found, failed, timed_out } kind = found;
  std::string body;    // JSON object or array of objects; found only
  std::string reason;  // failed
};

class Target {
 public:
  virtual ~Target() = default;
  virtual Result<void> start() = 0;
  virtual void stop() = 0;
  virtual std::size_t credit() const { return 64; }
  // A batch of deliveries with pairwise different keys; each is settled on its own.
  virtual void deliver(std::vector<Delivery> deliveries) = 0;
  // A lookup; adapters that cannot answer keep this default.
  virtual void ask(Question question, std::move_only_function<void(Answer)> done);
};

class Source {
 public:
  virtual ~Source() = default;
  virtual Result<void> start() = 0;
  virtual void stop() = 0;
};

// ---- endpoints: one listener, many apps --------------------------------------------------------------

enum class PersonRole : unsigned { none = 0, operator_ = 1, integrator = 2, auditor = 4 };

// Who a credential belongs to.
struct Identity {
  std::string app;  // or
  std::string person;
};

struct ControlAnswer {
  int status = 200;  // HTTP's meaning, whatever the transport
  std::string body;  // JSON
};

class Gateway {
 public:
  virtual ~Gateway() = default;
  // An API key, compared by hash in constant time. None: unknown.
  virtual std::optional<Identity> by_api_key(std::string_view key) = 0;
  // The secret with which an app signs (HMAC), or null. Lives until the next reload; use it at once.
  virtual std::optional<Secret> signing_secret(std::string_view app) = 0;
  // Publishes for an app; verdicts in order, after the commit.
  virtual void publish(const std::string& app, std::vector<std::string> events,
                       std::move_only_function<void(std::vector<Verdict>)> done) = 0;
  // Something unreadable came from an app: recorded as refused.
  virtual void refused(const std::string& app, std::vector<Reason> reasons, std::string_view received,
                       std::string_view content_type) = 0;
  // A lookup asked by an app or person. Status and body as for control.
  virtual void lookup(const Identity& asker, const std::string& name, std::string parameters,
                      std::move_only_function<void(ControlAnswer)> done) = 0;
  // The bytes of a large text that an app was given a claim on; status 200, or a problem's as for control.
  virtual void claim(const Identity& who, const std::string& sha256,
                     std::move_only_function<void(ControlAnswer)> done) = 0;
  // An operator's command; `arguments` is a JSON object. Runs on a thread of the bus.
  virtual void control(const Identity& who, const std::string& command, std::string arguments,
                       std::move_only_function<void(ControlAnswer)> done) = 0;
  virtual bool ready() = 0;    // serves: recovered, sources and targets started
  virtual bool healthy() = 0;  // the log takes records
};

class Endpoint {
 public:
  virtual ~Endpoint() = default;
  virtual Result<void> start() = 0;         // binds; code listen.in_use names address and port
  virtual void stop() = 0;                  // stops taking, finishes what runs
  virtual void reload() {}                  // certificates anew
  virtual std::string address() const = 0;  // "127.0.0.1:8480", the real port
};

// ---- what an adapter declares ------------------------------------------------------------------------

// A compiled condition over a JSON text (an application's answer): variables `status` (integer) and
// `body` (the JSON value, or null), evaluated by the bus.
using Condition = std::function<Result<bool>(int status, std::string_view body)>;

struct NamedExpression {
  std::string name;  // the field: "success_when"
  std::string text;
  Place place;
  std::string path;
};

struct AdapterContext {
  Environment environment;
  std::string app;                              // whose source or target it is; empty for an endpoint
  std::string name;                             // "<app>" or "<app>/<source name>": unique, stable over restarts
  std::string folder;                           // of the deployment: relative paths in fields start here
  std::shared_ptr<void> shared;                 // what AdapterSpec::make_shared made, one for a running bus
  std::map<std::string, Condition> conditions;  // by NamedExpression::name
};

class SourceConfig {
 public:
  virtual ~SourceConfig() = default;
  virtual std::unique_ptr<Source> open(AdapterContext context, Intake& intake) const = 0;
};
class TargetConfig {
 public:
  virtual ~TargetConfig() = default;
  virtual std::unique_ptr<Target> open(AdapterContext context) const = 0;
  // The `into` names this target knows; empty: it has one place only, and `into` must not be given.
  virtual std::vector<std::string> intos() const { return {}; }
  virtual std::vector<NamedExpression> expressions() const { return {}; }
};
class EndpointConfig {
 public:
  virtual ~EndpointConfig() = default;
  virtual std::unique_ptr<Endpoint> open(AdapterContext context, Gateway& gateway) const = 0;
};

enum class AdapterStatus { experimental, stable, deprecated };
enum class Faces { trusted_peers, untrusted_peers };  // may strangers talk to it?

struct AdapterSpec {
  std::string name;     // the key in YAML: "http", "sql", "file"
  std::string summary;  // one sentence
  AdapterStatus status = AdapterStatus::experimental;
  Faces faces = Faces::trusted_peers;
  // Fields for the documentation and the editor's schema; empty: the adapter has no such side.
  std::vector<FieldDescription> source_fields, target_fields, endpoint_fields;
  // Read and check a YAML node; problems go to the context; null when the adapter has no such side.
  std::function<std::unique_ptr<SourceConfig>(const yaml::Node&, FieldContext&)> read_source;
  std::function<std::unique_ptr<TargetConfig>(const yaml::Node&, FieldContext&)> read_target;
  std::function<std::unique_ptr<EndpointConfig>(const yaml::Node&, FieldContext&)> read_endpoint;
  // Made once for a running bus and handed to every object of this adapter; may be empty.
  std::function<std::shared_ptr<void>()> make_shared;
};

using AdapterTable = std::vector<AdapterSpec>;

}  // namespace simpul
