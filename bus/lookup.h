// What every lookup obeys, whoever asks: who may ask, what may be asked, and what of an answer leaves the bus.
// Asked by apps and persons through Bus::lookup(), and for deliveries by the dispatcher (enrichment).
#pragma once

#include <optional>
#include <string>

#include "bus/adapter.h"
#include "bus/log/records.h"
#include "bus/route/generation.h"

namespace simpul {

// Why it may not be asked, as an answer to who asks: a status as HTTP's, a code, words and a hint.
struct LookupRefusal {
  int status = 403;
  std::string code, message, hint;
  std::optional<Problems> problems{};  // of the parameters
};

// The lookup of that name that `app` may ask, under this generation.
std::expected<const Lookup*, LookupRefusal> lookup_for_app(const Generation& generation, const std::string& app,
                                                           const std::string& name);
// The lookup of that name, for someone cleared for `cleared`.
std::expected<const Lookup*, LookupRefusal> lookup_for(const Generation& generation, const std::string& asker,
                                                       PersonalData cleared, const std::string& name);
// `parameters` is a JSON object as the lookup wants it.
std::optional<LookupRefusal> refused_parameters(const Lookup& lookup, const std::string& parameters);

Question question_of(const Lookup& lookup, std::string asker, std::string parameters);
// What is recorded of it, but the outcome.
LookupBody lookup_body(const Lookup& lookup, std::string asker, std::string_view parameters, const KeyedHash& hash);

// Only the allowed fields of an object, or of each object of a list, as JSON; none when it is neither.
std::optional<std::string> allowed_fields(const std::string& body, const std::set<std::string>& fields);

}  // namespace simpul
