// The inbox: a table beside the application's own, with the idempotency key of every delivery that was
// written. It is entered in the same transaction as the row, so a delivery that comes again changes nothing.
#pragma once

#include <memory>
#include <string>

#include "adapters/sql/driver.h"

namespace simpul::sql {

class Inbox {
 public:
  // Makes the table when it is not there.
  static Result<Inbox> open(Connection& connection, const std::string& table);
  // Inside a transaction. False: the key was there, the delivery was written before.
  Result<bool> enter(const std::string& idempotency_key, const std::string& time);

 private:
  Inbox(Connection& connection, std::unique_ptr<Statement> statement)
      : connection_(&connection), statement_(std::move(statement)) {}

  Connection* connection_;
  std::unique_ptr<Statement> statement_;
};

}  // namespace simpul::sql
