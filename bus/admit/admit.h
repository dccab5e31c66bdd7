// Admission: may this app publish this type, was it seen before, does it fit its schema, whom does it
// concern. The decision is pure; committing it is the caller's.
//
// Order: shape of the event (CloudEvents) → publish right → duplicate or conflict → schema → routing.
//
// A refusal's record keeps what was received, base64, at most the first 64 KiB, so that quarantine can repair it.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "bus/base/result.h"
#include "bus/event/event.h"
#include "bus/log/log.h"
#include "bus/log/records.h"
#include "bus/log/view.h"
#include "bus/route/generation.h"

namespace simpul {

inline constexpr std::size_t received_limit_bytes = 64u << 10;

struct RefusalWhy {
  std::string code;  // not_allowed, unknown_type, id_conflict, schema, or what Event::parse says: json.…, event.…
  std::string message;
  std::string instance;         // JSON Pointer into the event ("/data/nik"), or an attribute's name
  std::string rule;             // of the schema: "pattern"; else empty
  std::string indonesian = {};  // the message for those who read Indonesian; empty where there is none
  std::string schema = {};      // where the rule stands: "dukcapil/pindah_datang/1.json:12:7"
};

struct Decision {
  enum Kind { admit, duplicate, conflict, refuse } kind = admit;
  std::string id;                      // the event's, as far as it could be read
  Hash128 identity;                    // identity_of the event, when it could be read
  Position position = 0;               // duplicate and conflict: of the first one
  bool pending = false;                // duplicate of one that is not committed yet: answer when that one is
  std::vector<RefusalWhy> reasons;     // conflict and refuse
  std::vector<RefusalWhy> warnings;    // admit: what soft rules of the schema's formats doubt
  std::optional<NewRecord> record;     // admit: the event; conflict and refuse: the refusal
  std::shared_ptr<const Event> event;  // admit
  Generation::Routing routing;         // admit
};

// Dedupe of what is on its way to the log and not in the view yet. Not thread safe: one per admitting thread
// group, guarded by its owner. Bounded by what the log's queue takes.
class InFlight {
 public:
  struct Entry {
    Hash128 content;
    std::uint64_t ticket;  // of the append() that carries it
  };
  const Entry* find(const Hash128& identity) const;
  void add(const Hash128& identity, Entry entry);
  void remove(const Hash128& identity);
  std::size_t size() const;

 private:
  std::unordered_map<Hash128, Entry> entries_;
};

struct AdmitContext {
  const Generation* generation = nullptr;
  std::uint32_t generation_number = 0;
  const KeyedHash* hash = nullptr;
  IdentityIndex* view = nullptr;
  const InFlight* in_flight = nullptr;
  RouteObserver* observer = nullptr;  // of the routing; a trial counts what it reaches
};

// The dedupe hash of an event: (source, id).
Hash128 identity_of(const Event& event, const KeyedHash& hash);

// `app` publishes the structured JSON `text`. A Problem only when the view cannot be read: answer "later".
Result<Decision> decide(const std::string& app, std::string text, const AdmitContext& context);

// RFC 9457 problem details of a conflict or refusal:
// {"type","title","status","detail","event","errors":[{"field","rule","message","message_id"}]}
std::string problem_details(const Decision& decision);

}  // namespace simpul
