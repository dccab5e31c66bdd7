// A small deployment in a temporary folder, run by the real program, and a user's means to look at it: the
// command line, HTTP on a plain socket, and files.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bus/event/json.h"

namespace simpul::program {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline constexpr seconds patience{30};
inline const std::string nik_a = "3671015207909001";
inline const std::string nik_b = "3671015207909002";

// Waits until `condition` holds; false when it did not in time.
bool wait_until(const std::function<bool()>& condition, milliseconds most = patience);

struct Ran {
  int code = -1;  // 128 + signal when one ended it
  std::string out, err;
  std::string all() const { return out + err; }
};
struct RunOptions {
  std::string input{};              // standard input
  std::vector<std::string> with{};  // NAME=value beside the test's own environment
};
Ran run(const std::vector<std::string>& arguments, const RunOptions& options = {});

// A program that runs beside the test; killed at the end.
class Child {
 public:
  Child() = default;
  Child(const std::vector<std::string>& arguments, const std::string& output_file,
        const std::vector<std::string>& with = {});
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();

  pid_t pid() const { return pid_; }
  bool running();
  void signal(int number) const;
  void kill();                                                   // SIGKILL, and waits
  std::optional<int> ends_within(milliseconds most = patience);  // the exit code; 128 + signal

 private:
  pid_t pid_ = -1;
  std::optional<int> code_;
};

struct HttpAnswer {
  int status = 0;  // 0: no answer
  std::string head, body;
};

class SmallDeployment : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  std::string path(const std::string& below) const { return (folder_ / below).string(); }
  void write(const std::string& below, const std::string& text) const;
  std::string read(const std::string& below) const;
  // The first occurrence in a file of the deployment.
  void change(const std::string& below, const std::string& from, const std::string& to) const;
  std::vector<std::string> lines_of(const std::string& folder) const;  // of all files in it

  Ran simpul(std::vector<std::string> arguments, const RunOptions& options = {}) const;
  json::Document asked(std::vector<std::string> arguments) const;  // with --json; the test fails when it is none
  // Starts the bus and waits until it is ready; the test fails when it does not become so.
  void start(const std::vector<std::string>& with = {});
  void stop();  // SIGTERM, exit code 0
  bool ready();
  std::string output() const { return read("bus.log"); }  // what the bus said

  // Sends bytes as they are and reads until the bus closes.
  HttpAnswer send_bytes(const std::string& bytes) const;
  HttpAnswer http(const std::string& method, const std::string& target, const std::string& body = {},
                  const std::vector<std::string>& headers = {}) const;
  std::string key();  // loket's API key, made when first asked for
  HttpAnswer post(const std::string& body, const std::string& type = "application/cloudevents+json");
  static std::string event(const std::string& id, const std::string& nik, const std::string& address);
  // Lines that arsip holds, once there are so many.
  std::vector<std::string> archived(std::size_t count) const;

  std::filesystem::path folder_;
  Child bus_;
  std::string port_, key_;
};

std::string port_of(int listening_socket);
std::string number_of(const json::Value& root,
                      const std::vector<std::string>& path);  // text of a member, "" when missing

}  // namespace simpul::program
