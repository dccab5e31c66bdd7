// The control socket: operators' commands over a Unix socket guarded by file modes (0660), so that nothing
// an operator does is open on the network. One JSON object a line each way:
//
//   → {"command":"status","arguments":{…}}
//   ← {"status":200,"body":{…}}
//
// Who asks is known by the peer's credentials (SO_PEERCRED). Lines are at most 8 MiB, connections at most 16; a peer
// that does not read for 5 seconds is dropped.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "bus/adapter.h"
#include "bus/base/result.h"

namespace simpul {

// Runs a command for a Unix user; called on a connection's own thread, and may block.
using SocketCommand = std::function<ControlAnswer(const std::string& unix_user, const std::string& command,
                                                  const std::string& arguments)>;

class ControlSocket {
 public:
  // Code control.in_use when a living bus holds the path; a dead one's socket is replaced.
  static Result<std::unique_ptr<ControlSocket>> open(const std::string& path, SocketCommand command);
  ~ControlSocket();  // ends the connections
  const std::string& path() const;

 private:
  struct Inner;
  explicit ControlSocket(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

// The other side. Code control.not_running when nobody listens there; control.denied when the mode forbids it.
Result<ControlAnswer> ask_control_socket(const std::string& path, const std::string& command,
                                         const std::string& arguments);

// The name of a Unix user id, or its number as text.
std::string unix_user_name(unsigned id);

}  // namespace simpul
