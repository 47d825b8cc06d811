#pragma once
// A program of Debian that plays the other end of a channel; started by a test, killed by its process id.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include "core/fault.h"
#include "core/json.h"
#include "tests/fakes/places.h"

namespace xj::test {

class PeerProcess {
 public:
  // Waits for the port that the script prints.
  PeerProcess(const std::string& script, std::vector<std::string> args) {
    int out[2];
    if (::pipe2(out, O_CLOEXEC) != 0) throw Fault("pipe");
    args.insert(args.begin(), {"/usr/bin/python3", source_dir() + "/tests/integration/peers/" + script});
    std::vector<char*> argv;
    for (auto& a : args) argv.push_back(a.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(out[1], 1);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(out[1]);
    std::string line;
    char c = 0;
    while (::read(out[0], &c, 1) == 1 && c != '\n') line += c;
    ::close(out[0]);
    if (line.empty()) throw Fault(script + " did not start; is python3-aiosmtpd installed?", "./run deps");
    port_ = std::stoi(line);
  }
  ~PeerProcess() { stop(); }
  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;

  void stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  int port() const { return port_; }

 private:
  pid_t pid_ = -1;
  int port_ = 0;
};

// The JSON lines a peer has written so far.
inline std::vector<Json> received(const std::string& path) {
  std::vector<Json> out;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (file.eof()) break;  // the peer is writing this one
    auto json = parse_json(line);
    if (const auto* bad = std::get_if<JsonError>(&json)) throw Fault("a peer wrote no JSON: " + bad->what);
    out.push_back(std::move(std::get<Json>(json)));
  }
  return out;
}

}  // namespace xj::test
