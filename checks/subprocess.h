#pragma once
// A child in a process group of its own, drained without blocking, killed with everything it started.
#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fault.h"
#include "core/time.h"

namespace xj::checks {

struct SpawnOptions {
  std::vector<std::string> argv;  // argv[0] is the program's absolute path; no shell, no search
  std::vector<std::string> env;   // "NAME=value", all of it: nothing is inherited
  std::string cwd = "/";
  bool own_group = true;               // false: in the parent's, and kill_group() reaches the child alone
  bool input = false;                  // a writable stdin; else /dev/null
  bool merge_errors = false;           // stderr into the output; else stderr is the parent's
  std::size_t max_output = 64u << 10;  // bytes kept; the rest is read and dropped
  std::optional<unsigned> cpu_seconds{};
  std::optional<std::size_t> address_space{};  // bytes
};

struct ExitStatus {
  int code = -1;   // when it exited
  int signal = 0;  // when it was killed
  double cpu_seconds = 0;
};

// The environment a worker or a plugin gets: PATH, a UTF-8 locale, nothing of the agent's.
std::vector<std::string> clean_environment();

// Owned by one thread, which must outlive it: the kernel kills the child when the thread that made it ends.
// The destructor kills the group and reaps if that needs no waiting; a child stuck in the kernel (a dead NFS
// server) stays a zombie of ours until reap_strays() gets it.
class Subprocess {
 public:
  explicit Subprocess(const SpawnOptions& options);  // throws Fault when it cannot be started
  ~Subprocess();
  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;

  pid_t pid() const { return pid_; }
  int output_fd() const { return out_; }  // non-blocking, to poll for reading; -1 after its end
  int input_fd() const { return in_; }    // non-blocking, to poll for writing; -1 when none or closed

  // Sends what it can of `bytes`, which it shortens; false when the child has closed its end.
  bool write(std::string_view& bytes);
  void close_input();
  // Reads what is there, of a flood a piece. True once the output has ended.
  bool drain();
  const std::string& output() const { return output_; }
  void consume(std::size_t bytes) { output_.erase(0, bytes); }  // of output(), after reading a line from it
  bool truncated() const { return truncated_; }

  void kill_group(int signal_number);
  // The status once the child has ended, else empty. Never blocks. Kills what is left of its group.
  std::optional<ExitStatus> reap();

 private:
  pid_t pid_ = -1;
  bool own_group_;
  int out_ = -1;
  int in_ = -1;
  std::size_t max_output_;
  std::string output_;
  bool truncated_ = false;
  std::optional<ExitStatus> status_;
};

// Children that were killed but had not ended when their Subprocess went. Call now and then; returns how many
// are still stuck.
std::size_t reap_strays();

}  // namespace xj::checks
