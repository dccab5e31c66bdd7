// The bodies of records: one JSON object each, documented here, readable by any tool.
//
//   event       {"routes":[{"route":R,"target":T,"part":N,"keys":[HEX…],"reason":WORDS if any,
//               "delay_ms":N if any,"not_before":RFC3339 if any},…],
//               "entered":APP,"event":{…CloudEvents structured JSON, byte for byte…}}
//   refusal     {"app":A,"reasons":[REASON,…],"id":…,"source":…,"content_type":…,"received":BASE64 or null}
//               REASON: {"code":C,"message":M,"instance":P,"rule":R}, where there are any with "message_id" (the
//               message in Indonesian) and "schema" (where the rule stands: FILE:LINE:COLUMN)
//   receipts    {"receipts":[{"position":N,"route":R,"target":T,"part":N,"generation":G,"attempts":N,
//               "outcome":"delivered"|"parked"|"discarded"|"held"|"released","reason":…,"sent":HEX,"answer":HEX,
//               "keys":[HEX…],"at":RFC3339,"due":RFC3339 if any},…]}  `due`: held, and not to begin before
//               `sent` and `answer` are keyed hashes (HMAC-SHA-256, 16 bytes) of the exact bytes.
//   cursor      {"moves":[{"target":T,"position":N},…]}  every delivery of T below N is finished, or is held
//               or parked by a receipt that no later one ended
//   state       {"source":S,"set":[[KEY,VALUE],…],"unset":[KEY,…]}  S is "claims" for what bus/claims.h keeps
//   generation  {"number":N,"hash":HEX,"engine":VERSION,"files":{PATH:TEXT,…}}
//   act         {"person":P,"act":A,"reason":…,"detail":{…}}
//   act.disk_full  {"refused":N,"since":RFC3339,"until":RFC3339}  the log's own: publishers refused for want of room
//   access      {"person":P or "app":A,"what":…,"detail":{…}}
//   lookup      {"lookup":L,"asker":A,"answerer":B,"purpose":…,"legal_basis":…,"outcome":…,"fields":[…],"key":HEX,
//               "took_ms":N}; `key` is a keyed hash of the parameters. Asked for a delivery it has also
//               "for":{"position":N,"target":T,"route":R,"part":N,"name":W}, the delivery and what its map calls the
//               answer; the record's app is T. Of type lookup.enriched it has also "answer":{…}|[…]|null, the allowed
//               fields (null: nobody was found, and the route says that this is an answer): what was mapped, and what
//               every later attempt maps.
//
// "held": the delivery waits behind a held key and was found above the cursor; "released": it may go again
// (an operator's retry), so it is unfinished still but no longer parked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/bytes.h"
#include "bus/base/result.h"
#include "bus/log/log.h"

namespace simpul {

// One delivery that an event must have: the routing result.
struct Routed {
  std::string route, target;
  std::uint32_t part = 0;
  std::vector<Hash128> keys;   // never empty: an event without a key gets one of its own identity
  std::string reason;          // why it cannot be routed by its rule: it is parked with these words; usually empty
  std::uint64_t delay_ms = 0;  // it begins that long after its event's log time, and
  std::optional<Nanoseconds> not_before{};  // not before this wall time
  bool operator==(const Routed&) const = default;
};

// The longest `delay` that a route may ask for, and how far `until` may lie ahead of the event's log time: a delivery
// that would have to wait longer is parked with these words.
inline constexpr std::uint64_t delay_limit_ms = 31ull * 24 * 3'600'000;
inline constexpr Nanoseconds until_limit = 366ll * 24 * 3'600'000'000'000;
// When a delivery of an event logged at `logged` may begin, rounded up to what a record can say; 0: at once.
Nanoseconds due_of(const Routed& routed, Nanoseconds logged);
// `until` lies too far ahead.
bool waits_too_long(const Routed& routed, Nanoseconds logged);

struct EventBody {
  std::vector<Routed> routes;
  std::string_view event;  // structured JSON, a view into what was decoded
};
std::string encode_event(const std::vector<Routed>& routes, std::string_view app, std::string_view event);
Result<EventBody> decode_event(std::string_view body);
// Only the routing result: cheaper, for scans.
Result<std::vector<Routed>> decode_routes(std::string_view body);

struct RefusalReason {
  std::string code, message, instance, rule;
  std::string indonesian = {};  // "message_id": the message in Indonesian
  std::string schema = {};      // where the rule stands: FILE:LINE:COLUMN
};
struct RefusalBody {
  std::string app, id, source, content_type, received;
  std::vector<RefusalReason> reasons;
};
std::string encode(const RefusalBody& body);
Result<RefusalBody> decode_refusal(std::string_view body);

enum class Outcome : std::uint8_t { delivered, parked, discarded, held, released };
std::string_view name(Outcome outcome);
struct Receipt {
  Position position = 0;
  std::string route, target;
  std::uint32_t part = 0;
  std::uint32_t generation = 0;  // the one that mapped it
  std::uint32_t attempts = 0;
  Outcome outcome = Outcome::delivered;
  std::string reason;        // words, without personal values
  std::string sent, answer;  // hex of keyed hashes; empty when nothing was handed over
  std::vector<Hash128> keys;
  Nanoseconds at = 0;
  Nanoseconds due = 0;  // held until then; 0: not by time
};
std::string encode_receipts(const std::vector<Receipt>& receipts);
Result<std::vector<Receipt>> decode_receipts(std::string_view body);

struct CursorMove {
  std::string target;
  Position position = 0;
};
std::string encode_cursors(const std::vector<CursorMove>& moves);
Result<std::vector<CursorMove>> decode_cursors(std::string_view body);

struct StateChange {
  std::string source;
  std::vector<std::pair<std::string, std::string>> set;
  std::vector<std::string> unset;
};
std::string encode(const StateChange& change);
Result<StateChange> decode_state(std::string_view body);

struct LookupFor {
  Position position = 0;
  std::string target, route;
  std::uint32_t part = 0;
  std::string name;
  bool operator==(const LookupFor&) const = default;
};
struct LookupBody {
  std::string lookup, asker, answerer, purpose, legal_basis, outcome;
  std::vector<std::string> fields;
  std::string key;
  std::int64_t took_ms = 0;
  std::optional<LookupFor> asked_for{};
  bool enriched = false;                // `answer` says what was mapped
  std::optional<std::string> answer{};  // JSON; none: nobody was found
};
std::string encode(const LookupBody& body);
Result<LookupBody> decode_lookup(std::string_view body);

// The number in a generation record's body, without reading the rest.
Result<std::uint32_t> decode_generation_number(std::string_view body);

}  // namespace simpul
