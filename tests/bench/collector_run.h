#pragma once
// The real collector on loopback for the benches: own folder, own certificates, figures of its process.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "core/fault.h"
#include "tests/fakes/identity.h"
#include "tests/fakes/places.h"

namespace xj::bench {

inline void figure(const std::string& name, double value, const char* unit) {
  std::printf("{\"name\":\"%s\",\"value\":%.6g,\"unit\":\"%s\"}\n", name.c_str(), value, unit);
  std::fflush(stdout);
}

class CollectorRun {
 public:
  // `contract` as YAML; started and answering when this returns.
  explicit CollectorRun(const std::string& contract) {
    char name[] = "/tmp/xunjian-bench-XXXXXX";
    if (::mkdtemp(name) == nullptr) throw Fault("no temporary folder");
    dir_ = name;
    std::ofstream(dir_ + "/contract.yaml") << contract;
    std::ofstream(dir_ + "/collector.yaml")
        << "data_dir: " << dir_
        << "/data\nlisten: {agents: \"127.0.0.1:0\", people: \"127.0.0.1:0\", socket: \"" << dir_
        << "/socket\"}\nnames: [localhost, 127.0.0.1]\ncontracts: [" << dir_ << "/contract.yaml]\n";
    int out[2];
    if (::pipe2(out, O_CLOEXEC) != 0) throw Fault("pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(out[1], 1);
      const std::string program = bin_dir() + "/xunjian-collector";
      const std::string config = dir_ + "/collector.yaml";
      const int log = ::open((dir_ + "/log").c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
      ::dup2(log, 2);
      ::execl(program.c_str(), program.c_str(), "serve", "--config", config.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(out[1]);
    std::string line;
    char byte = 0;
    while (::read(out[0], &byte, 1) == 1 && byte != '\n') line += byte;
    ::close(out[0]);
    const auto at = line.find("agents=");
    if (at == std::string::npos) throw Fault("the collector did not start: " + log());
    address_ = line.substr(at + 7, line.find(' ', at) - at - 7);
    const auto colon = address_.rfind(':');
    url_ = "https://localhost" + address_.substr(colon);
    started_cpu_ = cpu_seconds();
  }
  ~CollectorRun() {
    if (pid_ > 0) ::kill(pid_, SIGKILL), ::waitpid(pid_, nullptr, 0);
    std::error_code ignored;
    if (::getenv("XJ_KEEP") == nullptr) std::filesystem::remove_all(dir_, ignored);
  }
  CollectorRun(const CollectorRun&) = delete;
  CollectorRun& operator=(const CollectorRun&) = delete;

  const std::string& dir() const { return dir_; }
  const std::string& url() const { return url_; }
  std::string data() const { return dir_ + "/data"; }
  std::string log() const {
    std::ostringstream text;
    text << std::ifstream(dir_ + "/log").rdbuf();
    return text.str();
  }

  io::TlsIdentity identity(const std::string& agent) const {
    return fakes::make_identity(fakes::authority_of(data()), data(), agent, dir_);
  }

  // User and system time of the collector since it was ready.
  double cpu_since_ready() const { return cpu_seconds() - started_cpu_; }
  double peak_rss_mib() const { return status_kib("VmHWM:") / 1024.0; }
  double rss_mib() const { return status_kib("VmRSS:") / 1024.0; }

  // SIGTERM and wait; returns all its CPU since it was ready, the last writing included.
  double stop() {
    ::kill(pid_, SIGTERM);
    rusage usage{};
    int status = 0;
    ::wait4(pid_, &status, 0, &usage);
    pid_ = -1;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw Fault("the collector ended badly: " + log());
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime) - started_cpu_;
  }

 private:
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
  double status_kib(const std::string& name) const {
    std::ifstream in("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(in, line);)
      if (line.rfind(name, 0) == 0) return std::stod(line.substr(name.size()));
    return 0;
  }

  std::string dir_, address_, url_;
  pid_t pid_ = -1;
  double started_cpu_ = 0;
};

}  // namespace xj::bench
