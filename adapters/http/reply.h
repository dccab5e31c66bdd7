// What the endpoint answers, and its refusals as problem details (RFC 9457).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bus/adapter.h"

namespace simpul::http {

struct Reply {
  int status = 200;
  std::string body;      // empty: none
  bool problem = false;  // the body is application/problem+json
  bool bytes = false;    // the body is application/octet-stream
  bool close = false;    // the connection ends after it
  std::string headers;   // further header lines, each ending in CRLF
};

Reply json_reply(int status, std::string body);
Reply bytes_reply(std::string body);

// A refusal in words. `hint` follows the message.
Reply problem_reply(int status, std::string_view code, std::string_view message, std::string_view hint = {});
// Of problems found in what came in: the status follows from the first one's code.
Reply problem_reply(const Problems& problems);
Reply problem_reply(const Problem& problem);
Reply with_header(Reply reply, std::string_view name, std::string_view value);

// The HTTP status that a reason's code means.
int status_of(std::string_view code);
// RFC 9110 §15.
std::string_view phrase(int status);

// The answer to one event, or to a batch.
Reply event_reply(const Verdict& verdict, bool ready);
Reply batch_reply(const std::vector<Verdict>& verdicts, bool ready);

std::vector<Reason> reasons_of(const Problems& problems);

// The status line, headers and body as they go out. `date` is the Date header's value.
void append_reply(std::string& out, const Reply& reply, std::string_view date, bool close, bool head_only);

}  // namespace simpul::http
