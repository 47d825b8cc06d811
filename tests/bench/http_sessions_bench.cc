// What one idle agent costs the collector's transport: N mutual-TLS sessions, each after a request, held at
// once. usage: http_sessions_bench [N=1000]. Prints JSON lines {"name","value","unit"}. Server and clients
// are two processes, so that the clients' memory is not counted.
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <vector>

#include "collector/http/server.h"
#include "core/io/log.h"
#include "core/json.h"
#include "tests/integration/http_peer.h"

namespace {

using namespace xj;

void figure(const char* name, double value, const char* unit) {
  std::printf("%s\n", Json().set("name", name).set("value", value).set("unit", unit).dump().c_str());
}

double private_kib() {
  std::ifstream file("/proc/self/smaps_rollup");
  double sum = 0;
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("Private_Dirty:") || line.starts_with("Private_Clean:"))
      sum += std::atof(line.c_str() + line.find(':') + 1);
  return sum;
}

double cpu_ms() {
  rusage r{};
  getrusage(RUSAGE_SELF, &r);
  const auto ms = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
  };
  return ms(r.ru_utime) + ms(r.ru_stime);
}

// The agents: connect, speak once, say so, hold until told to end.
int clients(int from_parent, int to_parent, std::size_t count, const test::Identity& me) {
  char port[16] = {};
  if (::read(from_parent, port, sizeof port - 1) <= 0) return 1;
  std::vector<test::RawPeer> peers;
  const std::string request =
      "POST /v1/results HTTP/1.1\r\nHost: c\r\nContent-Length: 400\r\n\r\n" + std::string(400, 'x');
  for (std::size_t i = 0; i < count; ++i) {
    test::RawPeer p(std::string("127.0.0.1:") + port);
    if (!p.connected() || !p.tls(&me) || p.ask(request).status != 200) return 1;
    peers.push_back(std::move(p));
  }
  if (::write(to_parent, "x", 1) != 1) return 1;
  char end = 0;
  (void)!::read(from_parent, &end, 1);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? static_cast<std::size_t>(std::atol(argv[1])) : 1'000;
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  log::set_level(log::Level::error);
  test::TestPki pki;
  const auto me = test::agent_identity(pki.ca, "bench", pki.life());
  int down[2], up[2];
  if (::pipe(down) != 0 || ::pipe(up) != 0) return 1;
  const auto child = ::fork();
  if (child == 0) ::_exit(clients(down[0], up[1], count, me));

  SystemClock clock;
  http::ServerConfig config;
  config.agents = "127.0.0.1:0";
  config.tls = pki.files();
  config.limits.agent_sessions = count + 10;
  config.limits.idle_agents = std::chrono::hours{1};  // the first must still be there when the last has come
  http::Server server(
      std::move(config),
      {{http::Access::agent, "POST", "/v1/results",
        [](const http::Request&, const http::Done& done) { done({200, "application/json", "{}", {}}); }}},
      clock);
  server.start();
  const double before = private_kib(), cpu_before = cpu_ms();
  const auto address = server.agents_address();
  const auto port = address.substr(address.rfind(':') + 1);
  if (::write(down[1], port.data(), port.size()) < 0) return 1;
  pollfd ready{up[0], POLLIN, 0};
  const bool held = ::poll(&ready, 1, 300'000) == 1 && server.stats().sessions == count;
  const double after = private_kib(), cpu_after = cpu_ms();
  if (::write(down[1], "e", 1) < 0) return 1;
  int status = 0;
  ::waitpid(child, &status, 0);
  server.stop(Duration{0});
  if (!held || status != 0) {
    std::fprintf(stderr, "not all %zu sessions were held\n", count);
    return 1;
  }
  figure("tls_session_kib", (after - before) / static_cast<double>(count), "KiB");
  figure("tls_handshake_and_request_cpu_ms", (cpu_after - cpu_before) / static_cast<double>(count), "ms");
  return 0;
}
