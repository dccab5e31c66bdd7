#include "adapters/sql/inbox.h"

namespace simpul::sql {

Result<Inbox> Inbox::open(Connection& connection, const std::string& table) {
  if (auto made = connection.run(connection.make_inbox(table)); !made) return std::unexpected(made.error());
  auto statement = connection.prepare(connection.enter_inbox(table));
  if (!statement) return std::unexpected(statement.error());
  return Inbox(connection, std::move(*statement));
}

Result<bool> Inbox::enter(const std::string& idempotency_key, const std::string& time) {
  if (auto bound = statement_->bind(0, idempotency_key); !bound) return std::unexpected(bound.error());
  if (auto bound = statement_->bind(1, time); !bound) return std::unexpected(bound.error());
  auto stepped = statement_->step();
  if (!stepped) return std::unexpected(stepped.error());
  bool entered = connection_->changed() > 0;
  statement_->reset();
  return entered;
}

}  // namespace simpul::sql
