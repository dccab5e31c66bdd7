// The demo's stage: a work folder with the deployment, the stand-ins and the bus, and what the acts share.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tools/demo/city.h"
#include "tools/demo/process.h"

namespace simpul::demo {

struct Options {
  std::string source;    // the repository: config/, routes/, schemas/
  std::string programs;  // where simpul and standins are
  std::string folder;    // to work in; made anew
  bool keep = false;
  bool colour = false;
};

class Stage {
 public:
  explicit Stage(Options options);

  // Each prints what it does, and false means that the demo cannot go on (the reason is printed).
  bool prepare();  // deployment copied, databases made, stand-ins serving
  bool start_bus();
  void kill_bus();  // kill -9
  bool stop_bus();
  bool bus_runs() { return bus_.running(); }
  void leave_running();

  Ran simpul(std::vector<std::string> arguments) const;
  bool behave(const std::string& app, const std::string& how) const;  // up, down, …

  struct Posted {
    int status = 0;
    std::string body;
  };
  // Posts an event as the service counter of Disdukcapil, over HTTP with its API key.
  Posted post(const std::string& event_json) const;
  static std::string event(const std::string& id, const std::string& type, const std::string& data_json);

  City& city() { return *city_; }
  const Options& options() const { return options_; }
  const std::string& api() const { return api_; }

  // Waits until `condition` holds; false when it did not within the time. Polled every few milliseconds.
  bool wait(std::chrono::milliseconds most, const std::function<bool()>& condition) const;

  // Words.
  void title(const std::string& text) const;
  void say(const std::string& text) const;
  // One observed fact; remembers a failure.
  bool observe(bool holds, const std::string& what);
  bool all_observed() const { return failures_ == 0; }
  std::string styled(const std::string& code, const std::string& text) const;

 private:
  bool copy_deployment();
  bool serve_standins();
  Posted http(const std::string& method, const std::string& url, const std::string& body,
              const std::vector<std::string>& headers) const;

  Options options_;
  Process standins_, bus_;
  std::unique_ptr<City> city_;
  std::string standins_port_, api_, key_;
  int failures_ = 0;
};

}  // namespace simpul::demo
