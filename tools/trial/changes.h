// Waits until files below some folders change (inotify), for --watch.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bus/base/result.h"

namespace simpul::trial {

class Changes {
 public:
  // `folders` are below `root`; what is in them and in their own folders is watched.
  static Result<std::unique_ptr<Changes>> watch(const std::string& root, const std::vector<std::string>& folders);
  ~Changes();
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;

  // Blocks until something changed and a moment passed without more; paths from the root on. None: a signal came.
  std::set<std::string> wait();

 private:
  Changes() = default;
  Result<void> add(const std::string& folder, int depth);
  bool take(std::set<std::string>& changed);  // what is there now

  struct Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace simpul::trial
