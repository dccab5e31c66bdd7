#include <fmt/format.h>

#include "adapters/shared/offering.h"
#include "adapters/shared/worker.h"
#include "adapters/sql/driver.h"
#include "adapters/sql/reader.h"
#include "adapters/sql/settings.h"
#include "bus/base/telemetry.h"

namespace simpul::sql {

namespace {

class SqlSource : public Source {
 public:
  SqlSource(const SourceSettings& settings, AdapterContext context, Intake& intake)
      : settings_(settings),
        context_(std::move(context)),
        intake_(intake),
        offering_(intake, worker_, context_.name),
        trouble_("source.sql", context_.name) {}
  ~SqlSource() override { worker_.stop(); }

  Result<void> start() override {
    worker_.start([this] { run(); });
    return {};
  }
  void stop() override { worker_.stop(); }

 private:
  void run() {
    std::unique_ptr<Reader> reader;
    while (!worker_.stopping()) {
      auto done = poll(reader);
      auto pause = settings_.poll;
      if (done) {
        trouble_.over();
      } else {
        const auto& problem = done.error();
        trouble_.report(problem.hint.empty() ? problem.message : problem.message + "; " + problem.hint);
        if (problem.code != "sql.busy") reader.reset();
        pause = trouble_.pause();
      }
      if (worker_.wait_for(pause)) return;
    }
  }

  Result<void> poll(std::unique_ptr<Reader>& reader) {
    if (reader && reader->connection().replaced()) {
      say(Level::info, "source.sql",
          context_.name + ": another database is in place of " + settings_.database + " now; reading it anew");
      reader.reset();
    }
    if (!reader) {
      Where where{resolve_path(context_.folder, settings_.database),
                  settings_.mode == "outbox" ? Access::write : Access::read, settings_.busy_timeout};
      auto connection = find_driver(settings_.driver)->connect(where);
      if (!connection) return std::unexpected(connection.error());
      reader = make_reader({settings_, context_, intake_, offering_, worker_}, std::move(*connection));
    }
    return reader->poll();
  }

  const SourceSettings settings_;
  const AdapterContext context_;
  Intake& intake_;
  Worker worker_;
  Offering offering_;
  Trouble trouble_;
};

}  // namespace

std::unique_ptr<Source> open_source(const SourceSettings& settings, AdapterContext context, Intake& intake) {
  return std::make_unique<SqlSource>(settings, std::move(context), intake);
}

}  // namespace simpul::sql
