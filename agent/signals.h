#pragma once
// SIGTERM, SIGINT and SIGHUP as something a loop can wait for.
namespace xj::agent {

// One a process. The first SIGTERM or SIGINT asks to stop; the second ends the process at once (exit code
// 130).
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int fd() const;      // readable when something has come
  bool stop() const;   // stays true
  bool take_reload();  // each SIGHUP once
};

}  // namespace xj::agent
