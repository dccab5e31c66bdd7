#include "adapters/http/reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "bus/event/json.h"

namespace simpul::http {
namespace {

std::string_view title(int status) {
  switch (status) {
    case 400:
      return "The request cannot be read";
    case 401:
      return "No valid credential";
    case 403:
      return "Not allowed";
    case 404:
      return "There is nothing here";
    case 405:
      return "This cannot be done here";
    case 406:
      return "The bus has no such form";
    case 408:
      return "The request took too long";
    case 409:
      return "The id belongs to other content";
    case 413:
      return "Too big";
    case 415:
      return "Unknown media type";
    case 422:
      return "The event was refused";
    case 429:
      return "Too much at once";
    case 431:
      return "The header is too big";
    case 501:
      return "Not supported";
    case 503:
      return "The bus cannot take this now";
    case 505:
      return "Unknown version of HTTP";
    case 507:
      return "The disk is full";
    default:
      return "Refused";
  }
}

// What is wrong, in English and, where there are words for it, in Indonesian.
struct Detail {
  std::string english, indonesian = {};
};

void write_reason(json::Writer& out, const Reason& reason) {
  out.begin_object().member("code", reason.code).member("detail", reason.message);
  if (!reason.indonesian.empty()) out.member("detail_id", reason.indonesian);
  if (!reason.instance.empty()) out.member("pointer", reason.instance);
  if (!reason.rule.empty()) out.member("rule", reason.rule);
  out.end_object();
}

void write_reasons(json::Writer& out, std::string_view name, const std::vector<Reason>& reasons) {
  if (reasons.empty()) return;
  out.name(name).begin_array();
  for (const auto& reason : reasons) write_reason(out, reason);
  out.end_array();
}

// RFC 9457 §3; `detail_id` (the detail in Indonesian), `code`, `event` and `errors` are extension members (§3.2).
void write_problem(json::Writer& out, int status, std::string_view code, const Detail& detail, std::string_view event,
                   const std::vector<Reason>& reasons) {
  out.begin_object();
  out.member("type", "urn:simpul:problem:" + std::string(code));
  out.member("title", title(status)).member("status", static_cast<std::int64_t>(status));
  out.member("detail", detail.english);
  if (!detail.indonesian.empty()) out.member("detail_id", detail.indonesian);
  out.member("code", code);
  if (!event.empty()) out.member("event", event);
  write_reasons(out, "errors", reasons);
  out.end_object();
}

struct Refusal {
  int status;
  std::string code;
  Detail detail;
};

Refusal refusal_of(const Verdict& verdict) {
  if (verdict.kind == Verdict::conflict) {
    if (!verdict.reasons.empty())
      return {409, "id_conflict", {verdict.reasons.front().message, verdict.reasons.front().indonesian}};
    return {409,
            "id_conflict",
            {"an event with this source and id was accepted before, with other content; give a changed event an id of "
             "its own"}};
  }
  if (verdict.reasons.empty()) return {422, "refused", {"the event was refused without a reason given"}};
  const auto& first = verdict.reasons.front();
  Detail detail{first.message, first.indonesian};
  if (auto more = verdict.reasons.size() - 1; more > 0) {
    detail.english += fmt::format(" (and {} more, see errors)", more);
    if (!detail.indonesian.empty()) detail.indonesian += fmt::format(" (dan {} lagi, lihat errors)", more);
  }
  return {status_of(first.code), first.code, std::move(detail)};
}

void write_verdict(json::Writer& out, const Verdict& verdict) {
  out.begin_object();
  switch (verdict.kind) {
    case Verdict::accepted:
    case Verdict::duplicate:
      out.member("id", verdict.id).member("position", static_cast<std::int64_t>(verdict.position));
      out.member("status", verdict.kind == Verdict::accepted ? "accepted" : "duplicate");
      write_reasons(out, "warnings", verdict.warnings);
      break;
    case Verdict::nothing:
      out.member("id", verdict.id).member("status", "nothing");
      break;
    case Verdict::conflict:
    case Verdict::refused: {
      auto refusal = refusal_of(verdict);
      out.member("id", verdict.id).member("status", "refused").name("problem");
      write_problem(out, refusal.status, refusal.code, refusal.detail, {}, verdict.reasons);
      break;
    }
    case Verdict::later:
      out.member("id", verdict.id).member("status", "later");
      break;
  }
  out.end_object();
}

Reply later_reply(const Verdict& verdict, bool ready) {
  auto seconds = std::max<std::int64_t>(1, (verdict.retry_after.count() + 999) / 1000);
  Reply reply;
  if (verdict.full)
    reply = problem_reply(507, "disk.full", "the disk of the bus is full: nothing of this request was taken",
                          "send it again later; an operator must make room");
  else if (ready)
    reply = problem_reply(429, "later", "the bus has as much in hand as it takes: nothing of this request was taken",
                          "send it again after Retry-After");
  else
    reply = problem_reply(503, "later", "the bus does not serve yet, or no longer: nothing of this request was taken",
                          "send it again after Retry-After");
  return with_header(std::move(reply), "Retry-After", std::to_string(seconds));
}

}  // namespace

Reply json_reply(int status, std::string body) {
  Reply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

Reply bytes_reply(std::string body) {
  Reply reply;
  reply.body = std::move(body);
  reply.bytes = true;
  return reply;
}

Reply with_header(Reply reply, std::string_view name, std::string_view value) {
  reply.headers.append(name).append(": ").append(value).append("\r\n");
  return reply;
}

Reply problem_reply(int status, std::string_view code, std::string_view message, std::string_view hint) {
  json::Writer out;
  std::string detail(message);
  if (!hint.empty()) detail.append("; ").append(hint);
  write_problem(out, status, code, {std::move(detail)}, {}, {});
  Reply reply = json_reply(status, out.take());
  reply.problem = true;
  return reply;
}

std::vector<Reason> reasons_of(const Problems& problems) {
  std::vector<Reason> reasons;
  reasons.reserve(problems.size());
  for (const auto& problem : problems) {
    auto message = problem.hint.empty() ? problem.message : problem.message + "; " + problem.hint;
    reasons.push_back({problem.code, std::move(message), problem.path, {}});
  }
  return reasons;
}

Reply problem_reply(const Problems& problems) {
  Verdict verdict;
  verdict.kind = Verdict::refused;
  verdict.reasons = reasons_of(problems);
  return event_reply(verdict, true);
}

Reply problem_reply(const Problem& problem) {
  return problem_reply(Problems{problem});
}

int status_of(std::string_view code) {
  if (code == "not_allowed") return 403;
  if (code == "id_conflict") return 409;
  if (code.ends_with(".too_big")) return 413;
  if (code == "http.content_type") return 415;
  if (code.starts_with("json.") || code.starts_with("event.") || code.starts_with("http.")) return 400;
  return 422;
}

std::string_view phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 207:
      return "Multi-Status";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Answer";
  }
}

Reply event_reply(const Verdict& verdict, bool ready) {
  if (verdict.kind == Verdict::later) return later_reply(verdict, ready);
  json::Writer out;
  if (verdict.kind == Verdict::conflict || verdict.kind == Verdict::refused) {
    auto refusal = refusal_of(verdict);
    write_problem(out, refusal.status, refusal.code, refusal.detail, verdict.id, verdict.reasons);
    Reply reply = json_reply(refusal.status, out.take());
    reply.problem = true;
    return reply;
  }
  write_verdict(out, verdict);
  return json_reply(202, out.take());
}

Reply batch_reply(const std::vector<Verdict>& verdicts, bool ready) {
  bool all_taken = true;
  for (const auto& verdict : verdicts) {
    if (verdict.kind == Verdict::later) return later_reply(verdict, ready);
    if (verdict.kind == Verdict::conflict || verdict.kind == Verdict::refused) all_taken = false;
  }
  json::Writer out;
  out.begin_object().name("results").begin_array();
  for (const auto& verdict : verdicts) write_verdict(out, verdict);
  out.end_array().end_object();
  return json_reply(all_taken ? 202 : 207, out.take());
}

void append_reply(std::string& out, const Reply& reply, std::string_view date, bool close, bool head_only) {
  auto to = std::back_inserter(out);
  fmt::format_to(to, "HTTP/1.1 {} {}\r\nDate: {}\r\n", reply.status, phrase(reply.status), date);
  if (!reply.body.empty())
    fmt::format_to(to, "Content-Type: {}\r\n",
                   reply.problem ? "application/problem+json"
                   : reply.bytes ? "application/octet-stream"
                                 : "application/json");
  // RFC 9110 §8.6: none with 204.
  if (reply.status != 204) fmt::format_to(to, "Content-Length: {}\r\n", reply.body.size());
  out += reply.headers;
  if (close) out += "Connection: close\r\n";
  out += "\r\n";
  if (!head_only) out += reply.body;
}

}  // namespace simpul::http
