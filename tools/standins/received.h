// What the HTTP stand-ins received, in received.db, table received:
//   number           the order in which deliveries came first
//   app, path        where it went
//   idempotency_key  the same for every attempt of one delivery; unique for an app
//   attempts         how often it was handed over
//   outcome          berhasil, or gagal while every attempt was answered with an error
//   body             the JSON, as it was sent
//   at               when it came first
#pragma once

#include <mutex>
#include <string>

#include "bus/base/result.h"
#include "tools/standins/database.h"

namespace simpul::standins {

class Received {
 public:
  static Result<std::unique_ptr<Received>> open(const std::string& folder);

  enum Note {
    fresh,      // or not done yet
    repeated,   // done before; nothing is done again
    different,  // the key was used for another body
  };
  // Notes an attempt; `done` says whether the application does what it was asked.
  Result<Note> note(const std::string& app, const std::string& path, const std::string& key, const std::string& body,
                    bool done);

 private:
  explicit Received(Database database) : database_(std::move(database)) {}

  std::mutex mutex_;
  Database database_;
};

}  // namespace simpul::standins
