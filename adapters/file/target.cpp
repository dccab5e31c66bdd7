#include <fmt/format.h>

#include <algorithm>

#include "adapters/file/appender.h"
#include "adapters/file/settings.h"
#include "adapters/shared/delivery_queue.h"
#include "adapters/shared/worker.h"
#include "bus/base/bytes.h"
#include "bus/base/environment.h"
#include "bus/event/csv.h"
#include "bus/event/json.h"

namespace simpul::file {

namespace {

constexpr std::size_t credit_of_target = 256;
constexpr std::size_t write_bytes = 8u << 20;  // at once, and in a journal

// One payload as a line of the file. The problem's words are the reason for which a delivery is parked.
Result<std::string> line_of(const std::string& payload, const FileSettings& file) {
  auto document = json::parse(payload);
  if (!document) return fail("line.payload", "the payload is no JSON: " + document.error().message);
  if (file.format == "jsonl") {
    // Written anew: a payload may hold line ends between its members.
    return json::write(document->root()) + "\n";
  }
  if (document->root().is_array())
    return fail("line.payload", "the payload is a list; a CSV file takes one line a delivery: use `each` in the route");
  if (!document->root().is_object()) return fail("line.payload", "the payload is no object of column values");
  std::vector<std::string> fields(file.columns.size());
  for (const auto& member : document->root().members()) {
    auto column = std::find(file.columns.begin(), file.columns.end(), member.name);
    if (column == file.columns.end())
      return fail("line.column",
                  fmt::format("the file has no column {}{}", member.name, did_you_mean(member.name, file.columns)));
    auto& field = fields[static_cast<std::size_t>(column - file.columns.begin())];
    const auto& value = member.value;
    if (value.is_string() || value.is_number())
      field = std::string(value.text());
    else if (value.is_boolean())
      field = value.boolean() ? "true" : "false";
    else if (!value.is_null())
      return fail("line.payload", fmt::format("the value for column {} is a list or an object, a line of CSV holds "
                                              "plain values only; map its parts to columns, or use `each`",
                                              member.name));
    if (file.encoding == "latin-1" && !utf8_to_latin1(field))
      return fail("line.encoding",
                  fmt::format("the value for column {} has a character that latin-1 has not", member.name));
  }
  std::string line;
  write_csv(fields, separator_of(file.separator), line);
  return line;
}

Result<std::string> encoded(std::string text, const FileSettings& file) {
  if (file.encoding != "latin-1") return text;
  auto latin = utf8_to_latin1(text);
  if (!latin) return fail("line.encoding", "the payload has a character that latin-1 has not");
  return *latin;
}

class FileTarget : public Target {
 public:
  FileTarget(const TargetSettings& settings, AdapterContext context)
      : settings_(settings),
        context_(std::move(context)),
        folder_(resolve_path(context_.folder, settings_.folder)),
        trouble_("target.file", context_.name) {}
  ~FileTarget() override { stop(); }

  Result<void> start() override {
    queue_.open();
    worker_.start([this] { run(); });
    return {};
  }
  void stop() override {
    queue_.close();
    worker_.stop();
  }
  std::size_t credit() const override { return credit_of_target; }
  void deliver(std::vector<Delivery> deliveries) override { queue_.push(std::move(deliveries)); }

 private:
  void run() {
    for (;;) {
      std::vector<Delivery> deliveries;
      std::vector<WaitingQuestion> questions;
      if (!queue_.take(deliveries, questions, credit_of_target)) break;
      std::map<std::string, std::vector<Delivery*>> by_file;
      for (auto& delivery : deliveries) {
        if (settings_.files.contains(delivery.into))
          by_file[delivery.into].push_back(&delivery);
        else
          settle_park(delivery, unknown_into(delivery.into));
      }
      for (auto& [into, group] : by_file) write(into, settings_.files.at(into), group);
    }
    appenders_.clear();
  }

  void write(const std::string& into, const FileSettings& file, const std::vector<Delivery*>& deliveries) {
    auto appender = appender_of(into);
    if (!appender) return give_back(into, deliveries, appender.error());
    std::vector<Entry> entries;
    std::vector<Delivery*> written;
    std::size_t bytes = 0;
    bool failed = false;
    auto flush = [&] {
      if (entries.empty()) return;
      auto done =
          (*appender)->append(name_of(file), header_of(file), entries, static_cast<std::uint64_t>(file.rotate_bytes));
      if (!done) {
        failed = true;
        give_back(into, written, done.error());
      } else {
        trouble_.over();
        for (auto* delivery : written) settle_delivered(*delivery);
      }
      entries.clear();
      written.clear();
      bytes = 0;
    };
    for (auto* delivery : deliveries) {
      if (failed) {
        settle_retry(*delivery, "a write to the same file failed just before", true);
        continue;
      }
      if ((*appender)->knows(delivery->idempotency_key)) {
        settle_delivered(*delivery);
        continue;
      }
      auto line = line_of(delivery->payload, file);
      if (line) line = encoded(std::move(*line), file);
      if (!line) {
        settle_park(*delivery, line.error().message);
        continue;
      }
      bytes += line->size();
      entries.push_back({delivery->idempotency_key, std::move(*line)});
      written.push_back(delivery);
      if (bytes >= write_bytes) flush();
    }
    flush();
  }

  Result<Appender*> appender_of(const std::string& into) {
    auto found = appenders_.find(into);
    if (found != appenders_.end()) return found->second.get();
    auto appender = std::make_unique<Appender>(*context_.environment.disk, folder_, into);
    if (auto opened = appender->open(); !opened) return std::unexpected(opened.error());
    return appenders_.emplace(into, std::move(appender)).first->second.get();
  }

  // A write that failed is unfinished: the journal is looked at anew before the next one.
  void give_back(const std::string& into, const std::vector<Delivery*>& deliveries, const Problem& problem) {
    appenders_.erase(into);
    trouble_.report(problem.hint.empty() ? problem.message : problem.message + "; " + problem.hint);
    for (auto* delivery : deliveries) settle_retry(*delivery, problem.message, true);
  }

  std::string name_of(const FileSettings& file) const {
    auto name = file.name;
    auto day =
        format_time(context_.environment.clock->wall() + settings_.utc_offset_minutes * 60'000'000'000).substr(0, 10);
    for (auto at = name.find("{date}"); at != std::string::npos; at = name.find("{date}", at)) name.replace(at, 6, day);
    return name;
  }

  static std::string header_of(const FileSettings& file) {
    std::string text;
    if (file.format != "csv" || !file.header) return text;
    write_csv(file.columns, separator_of(file.separator), text);
    if (file.encoding == "latin-1")
      if (auto latin = utf8_to_latin1(text)) return *latin;
    return text;
  }

  std::string unknown_into(const std::string& into) const {
    std::vector<std::string> names;
    for (const auto& [name, file] : settings_.files) names.push_back(name);
    if (into.empty())
      return fmt::format("the route does not say which file of {} it writes into; one of: {}", context_.app,
                         fmt::join(names, ", "));
    return fmt::format("the target {} has no file `{}`{}", context_.app, into, did_you_mean(into, names));
  }

  const TargetSettings settings_;
  const AdapterContext context_;
  const std::string folder_;
  Trouble trouble_;
  DeliveryQueue queue_{credit_of_target};
  Worker worker_;
  std::map<std::string, std::unique_ptr<Appender>> appenders_;
};

}  // namespace

std::unique_ptr<Target> open_target(const TargetSettings& settings, AdapterContext context) {
  return std::make_unique<FileTarget>(settings, std::move(context));
}

}  // namespace simpul::file
