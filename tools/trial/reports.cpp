#include "tools/trial/reports.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/trial/xml.h"

namespace simpul::trial {
namespace {

constexpr std::size_t column_limit = 48;

std::string place_text(const Place& place) {
  return fmt::format("{}:{}:{}", place.file, place.start.line, place.start.column);
}

// What stands there, in characters that a terminal shows.
std::string shown(const std::string& value) {
  return value.empty() ? "(nothing)" : value;
}

std::string padded(const std::string& text, std::size_t width) {
  const auto length = count_characters(text);
  return length >= width ? text : text + std::string(width - length, ' ');
}

double seconds(Nanoseconds took) {
  return static_cast<double>(took) / 1e9;
}

void write_place(const Place& place, json::Writer& writer) {
  writer.begin_object().member("file", place.file).member("line", std::int64_t{place.start.line});
  writer.member("column", std::int64_t{place.start.column}).end_object();
}

void write_failure(const Failure& failure, json::Writer& writer) {
  writer.begin_object().member("message", failure.message).member("hint", failure.hint);
  writer.name("place");
  write_place(failure.place, writer);
  writer.name("differences").begin_array();
  for (const auto& each : failure.differences) {
    writer.begin_object().member("path", each.path).member("expected", each.expected);
    writer.member("actual", each.actual).end_object();
  }
  writer.end_array().end_object();
}

void write_problem(const Problem& problem, json::Writer& writer) {
  writer.begin_object().member("code", problem.code).member("message", problem.message).member("hint", problem.hint);
  writer.member("path", problem.path).name("place");
  write_place(problem.place, writer);
  writer.end_object();
}

void write_share(const char* name, const Coverage::Share& share, json::Writer& writer) {
  writer.name(name).begin_object().member("reached", static_cast<std::int64_t>(share.reached));
  writer.member("all", static_cast<std::int64_t>(share.all)).end_object();
}

}  // namespace

Counts count(const std::vector<FileResult>& files) {
  Counts counts;
  counts.files = files.size();
  for (const auto& file : files) {
    if (!file.problems.empty()) ++counts.broken;
    counts.cases += file.cases.size();
    for (const auto& each : file.cases) {
      if (!each.failures.empty()) ++counts.failed;
      counts.took += each.took;
    }
  }
  return counts;
}

std::string failure_text(const Failure& failure, const std::string& indent) {
  auto out = fmt::format("{}{}: {}\n", indent, place_text(failure.place), failure.message);
  std::size_t name_width = 6, expected_width = 8;
  for (const auto& each : failure.differences) {
    name_width = std::max(name_width, std::min(count_characters(each.path), column_limit));
    expected_width = std::max(expected_width, std::min(count_characters(shown(each.expected)), column_limit));
  }
  if (!failure.differences.empty())
    out += fmt::format("{}    {}  {}  got\n", indent, padded("member", name_width), padded("expected", expected_width));
  for (const auto& each : failure.differences)
    out += fmt::format("{}    {}  {}  {}\n", indent, padded(each.path.empty() ? "(all)" : each.path, name_width),
                       padded(shown(each.expected), expected_width), shown(each.actual));
  if (failure.differences.size() >= differences_limit) out += indent + "    … and perhaps more\n";
  if (!failure.hint.empty()) out += fmt::format("{}  {}\n", indent, failure.hint);
  return out;
}

std::string to_junit(const std::vector<FileResult>& files) {
  const auto counts = count(files);
  auto out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{}\" failures=\"{}\" errors=\"{}\" "
      "time=\"{:.6f}\">\n",
      counts.cases, counts.failed, counts.broken, seconds(counts.took));
  for (const auto& file : files) {
    const auto own = count({file});
    out += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.6f}\">\n",
                       xml_text(file.path), own.cases + own.broken, own.failed, own.broken, seconds(own.took));
    if (!file.problems.empty()) {
      const auto& first = file.problems.front();
      out += fmt::format(
          "    <testcase classname=\"{0}\" name=\"the file\" file=\"{0}\" line=\"{1}\">\n      <error "
          "message=\"{2}\">{3}</error>\n    </testcase>\n",
          xml_text(file.path), first.place.start.line, xml_text(first.message), xml_text(to_text(file.problems)));
    }
    for (const auto& each : file.cases) {
      out += fmt::format("    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.6f}\"",
                         xml_text(file.path), xml_text(each.name), xml_text(each.place.file), each.place.start.line,
                         seconds(each.took));
      if (each.failures.empty()) {
        out += "/>\n";
        continue;
      }
      out += ">\n";
      for (const auto& failure : each.failures)
        out += fmt::format("      <failure message=\"{}\">{}</failure>\n", xml_text(failure.message),
                           xml_text(failure_text(failure, "")));
      out += "    </testcase>\n";
    }
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

std::string to_json(const std::vector<FileResult>& files, const std::vector<Coverage::OfRoute>* coverage) {
  const auto counts = count(files);
  json::Writer writer;
  writer.begin_object().member("passed", counts.good());
  writer.member("cases", static_cast<std::int64_t>(counts.cases));
  writer.member("failed", static_cast<std::int64_t>(counts.failed)).name("files").begin_array();
  for (const auto& file : files) {
    writer.begin_object().member("file", file.path).name("problems").begin_array();
    for (const auto& problem : file.problems) write_problem(problem, writer);
    writer.end_array().name("cases").begin_array();
    for (const auto& each : file.cases) {
      writer.begin_object().member("name", each.name).member("passed", each.failures.empty()).name("place");
      write_place(each.place, writer);
      writer.member("took_us", each.took / 1000).member("lasted_ms", each.lasted / 1'000'000);
      writer.name("failures").begin_array();
      for (const auto& failure : each.failures) write_failure(failure, writer);
      writer.end_array().end_object();
    }
    writer.end_array().end_object();
  }
  writer.end_array();
  if (coverage != nullptr) {
    writer.name("coverage").begin_object().name("percent").real(Coverage::total(*coverage).percent());
    writer.name("routes").begin_array();
    for (const auto& route : *coverage) {
      writer.begin_object().member("route", route.name).member("reached", route.reached);
      write_share("targets", route.targets, writer);
      write_share("conditions", route.conditions, writer);
      write_share("leaves", route.leaves, writer);
      writer.name("missed").begin_array();
      for (const auto& missed : route.missed) {
        writer.begin_object().member("what", missed.what).name("place");
        write_place(missed.place, writer);
        writer.end_object();
      }
      writer.end_array().end_object();
    }
    writer.end_array().end_object();
  }
  writer.end_object();
  return writer.take();
}

}  // namespace simpul::trial
