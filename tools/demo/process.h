// Child processes of the demo: started with a log file, ended by pid.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace simpul::demo {

class Process {
 public:
  Process() = default;
  // Starts `arguments`[0] with its output going to a file; empty when it cannot be started.
  static Process start(const std::vector<std::string>& arguments, const std::string& output_file);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();  // kills it, unless let_go() was called

  pid_t pid() const { return pid_; }
  bool running();
  void kill_at_once();                            // SIGKILL, and waits
  bool stop(std::chrono::milliseconds patience);  // SIGTERM, and waits; false: it had to be killed
  void let_go() { pid_ = -1; }

 private:
  pid_t pid_ = -1;
};

struct Ran {
  int code = -1;
  std::string output;  // standard output
  std::string errors;  // standard error
};
// Runs a program to its end.
Ran run(const std::vector<std::string>& arguments);

}  // namespace simpul::demo
