// The real agent, a full host round every 10 s, pushed over mutual TLS to a sink in this process.
//   agent_bench [--rounds N] [--interval 10s] [--hung N]
// CPU is the agent's own (user + system); memory is read from its smaps at the end. Figures named *_alone
// count a library's shared pages in full although this process maps it too, except those of libc, which every
// process has.
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "collector/http/server.h"
#include "core/guarded.h"
#include "core/io/pki.h"
#include "core/wire.h"
#include "tests/fakes/places.h"

using namespace xj;

namespace {

void figure(const std::string& name, double value, const std::string& unit) {
  std::printf("{\"name\":\"%s\",\"value\":%.4g,\"unit\":\"%s\"}\n", name.c_str(), value, unit.c_str());
}

struct Sink {
  std::set<std::pair<std::string, std::uint64_t>> seen;  // (epoch, number): nothing is counted twice
  std::map<std::string, std::uint64_t> of_check;
  std::vector<std::int64_t> late_ms;
  std::uint64_t requests = 0, again = 0;
  std::optional<MonoTime> first;
};

struct Memory {
  double pss = 0, alone = 0, dirty = 0, rss = 0;  // MiB
};

Memory memory_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps");
  Memory out;
  std::string line, path;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string key;
    double kib = 0;
    words >> key;
    if (key.find('-') != std::string::npos && key.back() != ':') {
      const auto slash = line.find('/');
      path = slash == std::string::npos ? "" : line.substr(slash);
      continue;
    }
    words >> kib;
    const bool everybodys =
        path.empty() || path.find("/libc.so") != path.npos || path.find("/ld-linux") != path.npos;
    if (key == "Rss:") out.rss += kib / 1024, out.alone += everybodys ? 0 : kib / 1024;
    if (key == "Pss:") out.pss += kib / 1024, out.alone += everybodys ? kib / 1024 : 0;
    if (key == "Private_Dirty:") out.dirty += kib / 1024;
  }
  return out;
}

double cpu_ms_of(pid_t pid) {
  // sum_exec_runtime, in ms with nanoseconds behind: ticks would be too coarse.
  std::ifstream file("/proc/" + std::to_string(pid) + "/schedstat");
  double ns = 0;
  file >> ns;
  return ns / 1e6;
}

int threads_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  std::string line;
  while (std::getline(file, line))
    if (line.starts_with("Threads:")) return std::stoi(line.substr(8));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  int rounds = 6, hung = 0;
  Duration interval = std::chrono::seconds{10};
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--rounds") rounds = std::stoi(argv[i + 1]);
    if (name == "--hung") hung = std::stoi(argv[i + 1]);
    if (name == "--interval") interval = parse_duration(argv[i + 1]).value_or(interval);
  }
  char temp[] = "/tmp/xj-agent-bench-XXXXXX";
  const std::string dir = ::mkdtemp(temp);
  const SystemClock clock;
  const io::Validity life{clock.now() - std::chrono::hours{1}, clock.now() + std::chrono::hours{24}};
  const auto ca_key = io::make_key(), server_key = io::make_key(), agent_key = io::make_key();
  const io::Authority ca(io::Authority::make(ca_key, "bench", life), ca_key);
  io::write_secret(dir + "/ca.pem", ca.certificate());
  io::write_secret(dir + "/server.key", server_key);
  io::write_secret(dir + "/server.pem",
                   ca.sign_server(io::make_request(server_key, ""), {"127.0.0.1"}, life));
  io::write_secret(dir + "/agent.key", agent_key);
  io::write_secret(dir + "/agent.pem", ca.sign_agent(io::make_request(agent_key, "bench"), "bench", life));

  Guarded<Sink> sink;
  http::ServerConfig config;
  config.agents = "127.0.0.1:0";
  config.tls = {dir + "/ca.pem", dir + "/server.pem", dir + "/server.key"};
  const auto results = [&](http::Request request, const http::Done& done) {
    std::string body = request.body;
    if (request.headers["content-encoding"] == "zstd") body = std::get<std::string>(wire::inflate(body));
    const auto decoded = wire::decode_batch(body);
    const auto& batch = std::get<wire::DecodedBatch>(decoded).batch;
    wire::Answer answer;
    answer.now = clock.now();
    sink.with([&](Sink& s) {
      ++s.requests;
      if (!s.first && !batch.results.empty()) s.first = clock.mono();
      for (const auto& r : batch.results) {
        if (!s.seen.insert({batch.epoch, r.n}).second) ++s.again;
        ++s.of_check[r.check];
        if (r.check.find("hung") == std::string::npos) s.late_ms.push_back(r.late.count());
        answer.accepted.push_back({r.n, r.n});
        answer.have = std::max(answer.have, r.n);
      }
    });
    http::Response response;
    response.body = wire::encode(answer);
    done(std::move(response));
  };
  const auto nothing = [](http::Request, const http::Done& done) {
    http::Response response;
    response.status = 304;
    done(std::move(response));
  };
  http::Server server(config,
                      {{http::Access::agent, "POST", "/v1/results", results, 8u << 20, true},
                       {http::Access::agent, "GET", "/v1/assignment", nothing}},
                      clock);
  server.start();

  {
    std::ofstream yaml(dir + "/agent.yaml");
    yaml << "collector:\n  url: https://" << server.agents_address() << "\nstate_dir: " << dir
         << "\nallow:\n  commands: []\nchecks:\n";
    for (const auto* kind : {"cpu", "load", "memory", "swap", "disk", "diskio", "network", "uptime"})
      yaml << "  - {name: " << kind << ", kind: " << kind << ", interval: " << to_text(interval) << "}\n";
    yaml << "  - {name: process, kind: process, interval: " << to_text(interval)
         << ", params: {name: xunjian-agent}}\n";
    for (int i = 0; i < hung; ++i)
      yaml << "  - {name: hung" << i << ", kind: command, interval: " << to_text(interval)
           << ", timeout: 5s, params: {argv: [/bin/sleep, \"1000\"]}}\n";
  }
  const auto started = clock.mono();
  const pid_t pid = ::fork();
  if (pid == 0) {
    const char* other = std::getenv("XJ_AGENT");
    const std::string program = other != nullptr ? other : bin_dir() + "/xunjian-agent";
    ::execl(program.c_str(), program.c_str(), "run", "--config", (dir + "/agent.yaml").c_str(), nullptr);
    ::_exit(127);
  }
  const auto wait = [&](Duration time) { std::this_thread::sleep_for(time); };
  for (int i = 0; i < 500 && !sink.with([](const Sink& s) { return s.first.has_value(); }); ++i)
    wait(Duration{10});
  // The start is over; from here on it is rounds.
  wait(interval);
  const double cpu_before = cpu_ms_of(pid);
  wait(interval * rounds);
  const double cpu = cpu_ms_of(pid) - cpu_before;
  const auto memory = memory_of(pid);
  const int threads = threads_of(pid);
  ::kill(pid, SIGTERM);
  int status = 0;
  ::waitpid(pid, &status, 0);
  server.stop(Duration{1000});

  const auto s = sink.with([](const Sink& all) { return all; });
  bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0 && s.first && s.again == 0;
  for (const auto* kind :
       {"cpu", "load", "memory", "swap", "disk", "diskio", "network", "uptime", "process"}) {
    const auto it = s.of_check.find(std::string("local/") + kind);
    const auto count = it == s.of_check.end() ? 0 : it->second;
    if (count < static_cast<std::uint64_t>(rounds)) {
      std::cerr << "agent_bench: only " << count << " results of " << kind << " in " << rounds << " rounds\n";
      good = false;
    }
  }
  auto late = s.late_ms;
  std::sort(late.begin(), late.end());
  const std::string suffix = hung > 0 ? "_with_" + std::to_string(hung) + "_hung" : "";
  figure("agent_cpu_ms_per_round" + suffix, cpu / rounds, "ms");
  figure("agent_pss_mib" + suffix, memory.alone, "MiB");
  figure("agent_pss_shared_mib" + suffix, memory.pss, "MiB");
  figure("agent_private_dirty_mib" + suffix, memory.dirty, "MiB");
  figure("agent_rss_mib" + suffix, memory.rss, "MiB");
  figure("agent_threads" + suffix, threads, "threads");
  figure("first_result_ms" + suffix, s.first ? static_cast<double>((*s.first - started).count()) : -1, "ms");
  figure("agent_late_p99_ms" + suffix, late.empty() ? -1 : static_cast<double>(late[late.size() * 99 / 100]),
         "ms");
  figure("agent_requests_per_round" + suffix, static_cast<double>(s.requests) / (rounds + 1), "requests");
  [[maybe_unused]] const int removed = std::system(("rm -rf " + dir).c_str());
  return good ? 0 : 1;
}
