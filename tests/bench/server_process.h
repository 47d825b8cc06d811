#pragma once
// A server that a bench starts and measures; killed by its process id, at the latest with this object.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "core/fault.h"

namespace xj::bench {

inline void figure(const std::string& name, double value, const char* unit) {
  std::printf("{\"name\":\"%s\",\"value\":%.6g,\"unit\":\"%s\"}\n", name.c_str(), value, unit);
  std::fflush(stdout);
}

class ServerProcess {
 public:
  // `args` with the program first, looked for in PATH; what it says goes to the file `log`.
  ServerProcess(std::vector<std::string> args, std::string log) : log_(std::move(log)) {
    int out[2];
    if (::pipe2(out, O_CLOEXEC) != 0) throw Fault("pipe");
    std::vector<char*> argv;
    for (auto& arg : args) argv.push_back(arg.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(out[1], 1);
      const int file = ::open(log_.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
      ::dup2(file, 2);
      ::execvp(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(out[1]);
    out_ = out[0];
    if (pid_ < 0) throw Fault("fork");
  }
  ~ServerProcess() {
    kill();
    ::close(out_);
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // The next line of its standard output; what there is of it when it ends.
  std::string line() {
    std::string line;
    char byte = 0;
    while (::read(out_, &byte, 1) == 1 && byte != '\n') line += byte;
    return line;
  }
  std::string log() const {
    std::ostringstream text;
    text << std::ifstream(log_).rdbuf();
    return text.str();
  }
  bool running() const { return pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == 0; }

  double cpu_seconds() const {
    std::ifstream in("/proc/" + std::to_string(pid_) + "/stat");
    std::string text((std::istreambuf_iterator<char>(in)), {});
    std::istringstream rest(text.substr(text.rfind(')') + 2));
    std::string word;
    double ticks = 0;
    for (int field = 3; rest >> word; ++field)
      if (field == 14 || field == 15) ticks += std::stod(word);
    return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }
  double peak_rss_mib() const { return status_kib("VmHWM:") / 1024.0; }
  double rss_mib() const { return status_kib("VmRSS:") / 1024.0; }

  // Asks it to end and waits; returns all its CPU, the last writing included.
  double stop(int signal = SIGTERM) {
    if (pid_ <= 0) throw Fault("a server is asked to end that does not run");
    ::kill(pid_, signal);
    rusage usage{};
    int status = 0;
    ::wait4(pid_, &status, 0, &usage);
    pid_ = -1;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw Fault("a server ended badly: " + log());
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  void kill() {
    if (pid_ > 0) ::kill(pid_, SIGKILL), ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  double status_kib(const std::string& name) const {
    std::ifstream in("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(in, line);)
      if (line.rfind(name, 0) == 0) return std::stod(line.substr(name.size()));
    return 0;
  }

  std::string log_;
  pid_t pid_ = -1;
  int out_ = -1;
};

}  // namespace xj::bench
