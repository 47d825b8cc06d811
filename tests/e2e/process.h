#pragma once
// Real programs for end-to-end tests: started on loopback in a folder of their own, ended by the process id
// that was started, never by name.
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace xj::e2e {

// A folder that is gone with its owner, unless XJ_KEEP is set (then its path is printed).
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const;  // returns the whole path

 private:
  std::string path_;
};

struct Output {
  int code = -1;  // exit code; 128 + signal when killed
  std::string out, err;
};

// Runs to its end, at most `limit`; then it is killed and `code` is 128 + 9.
Output run(const std::vector<std::string>& argv, const std::vector<std::string>& env = {},
           std::chrono::milliseconds limit = std::chrono::seconds(120));

// A program in the background, killed and reaped with its owner. Its output goes to `log`.
class Process {
 public:
  Process() = default;
  Process(const std::vector<std::string>& argv, const std::string& log,
          const std::vector<std::string>& env = {});
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  pid_t pid() const { return pid_; }
  bool running();
  void signal(int number) const;
  int wait(std::chrono::milliseconds limit = std::chrono::seconds(60));  // exit code; -1 when it did not end
  void kill_hard();                                                      // SIGKILL and reap
  void stand_still() const;  // SIGSTOP, and it has come to rest; signal(SIGCONT) lets it go on

 private:
  pid_t pid_ = -1;
  int status_ = -1;
};

// Asks again every 20 ms until true or the limit; for the end of something another process does.
bool wait_until(const std::function<bool()>& done,
                std::chrono::milliseconds limit = std::chrono::seconds(60));

std::string read_file(const std::string& path);
std::string program(const std::string& name);  // build/.../bin/NAME

}  // namespace xj::e2e
