// The shipped collector is killed with SIGKILL at random moments while another process sends results over
// mutual TLS, loses answers on purpose, sends again, and writes down what was acknowledged to it. In the end
// every acknowledged result is found exactly once, and what follows from the results is there, each once: the
// incident, its events, and a notification of each of them that the contract wants told.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "core/io/http_client.h"
#include "core/json.h"
#include "core/wire.h"
#include "tests/e2e/process.h"
#include "tests/fakes/contract_yaml.h"
#include "tests/fakes/held_port.h"
#include "tests/fakes/identity.h"

namespace xj::e2e {
namespace {

using namespace std::chrono_literals;

constexpr int kAgents = 3;
// XJ_KILLS asks for more than the default (`./run soak`); the results grow with them, so that there is
// something to lose at each kill. 40 at most: the slots stay in the past and one question finds all.
const int kKills = [] {
  const char* wanted = std::getenv("XJ_KILLS");
  return wanted == nullptr ? 10 : std::clamp(std::atoi(wanted), 10, 40);
}();
const std::uint64_t kResults = 180 * static_cast<std::uint64_t>(kKills);  // of each agent
constexpr std::uint64_t kBatch = 25;
// The watched check of the first agent is critical from here to there: one incident, detected and recovered.
constexpr std::uint64_t kTurnsBad = 700;
const std::uint64_t kWellAgain = kResults - 90;

std::string agent_name(int agent) { return "kill-" + std::to_string(agent); }
std::string check_of(std::uint64_t n) {
  return n % 3 == 0 ? "life/app/watched" : "local/other" + std::to_string(n % 3);
}

std::string small_contract() {
  return fakes::contract_yaml("life", R"(  app:
    title: 应用
    hosts: [kill-0, kill-1, kill-2]
    checks:
      watched: {title: 观察, kind: cpu, interval: 1m, attempts: 3}
routes:
  found: {on: [detected, recovered], to: [duty], via: [mail]}
)");
}

// How far the generators may go, in a page they share with the test: a share of the results for each life of
// the collector, so that there is something under way at every kill, however quick or slow the machine is.
class Pace {
 public:
  Pace() {
    void* page = ::mmap(nullptr, sizeof *allowed_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) throw std::runtime_error("no shared page");
    allowed_ = new (page) std::atomic<std::uint64_t>{0};
  }
  ~Pace() { ::munmap(allowed_, sizeof *allowed_); }
  Pace(const Pace&) = delete;
  Pace& operator=(const Pace&) = delete;
  void begin_life(int kills) const {
    *allowed_ = kResults * static_cast<std::uint64_t>(kills + 1) / static_cast<std::uint64_t>(kKills + 1);
  }
  std::uint64_t allowed() const { return *allowed_; }

 private:
  std::atomic<std::uint64_t>* allowed_ = nullptr;
};

struct Files {
  TempDir dir;
  Pace pace;
  const test::HeldPort agents_port;
  std::string config;
  std::string socket() const { return dir / "socket"; }

  Files() {
    const auto contract = dir.write("contract.yaml", small_contract());
    config = dir.write("collector.yaml",
                       "data_dir: " + (dir / "data") + "\nlisten: {agents: \"" + agents_port.address() +
                           "\", people: \"127.0.0.1:0\", socket: \"" + socket() +
                           "\"}\nnames: [localhost, 127.0.0.1]\ncontracts: [" + contract +
                           "]\nchannels:\n  mail: {kind: email, url: \"smtp://127.0.0.1:9\", from: "
                           "xunjian@example.invalid}\n");
  }
  Process start() const {
    return Process({program("xunjian-collector"), "serve", "--config", config}, dir / "collector.log");
  }

  Json get(const std::string& target) const {
    const auto client = io::make_http_client("unix:" + socket(), {});
    const auto result = client->send({"GET", target, {}, {}}, Duration{60'000});
    const auto* response = std::get_if<io::HttpResponse>(&result);
    if (response == nullptr || response->status != 200) return {};
    auto json = parse_json(response->body);
    return std::holds_alternative<Json>(json) ? std::get<Json>(json) : Json{};
  }
  bool ready() const { return get("/healthz")["ok"].bool_or(false); }

  io::TlsIdentity identity(int agent) const {
    return fakes::make_identity(fakes::authority_of(dir / "data"), dir / "data", agent_name(agent),
                                dir.path());
  }
};

// Runs in a process of its own and leaves by _exit.
void generate(const Files& files, int agent, pid_t test) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != test) ::_exit(6);
  std::mt19937_64 random(static_cast<std::uint64_t>(agent) + 17);
  std::ofstream ledger(files.dir / ("ledger-" + std::to_string(agent)));
  const auto client =
      io::make_http_client("https://localhost:" + files.agents_port.text(), files.identity(agent));
  const auto base = from_ms(to_ms(SystemClock().now()) / 1'000 * 1'000 - 7'200'000);
  std::set<std::uint64_t> open;  // neither accepted nor refused so far
  for (std::uint64_t n = 1; n <= kResults; ++n) open.insert(n);
  const auto give_up = std::chrono::steady_clock::now() + 40s * kKills;
  while (!open.empty() && std::chrono::steady_clock::now() < give_up) {
    const auto allowed = files.pace.allowed();
    if (*open.begin() > allowed) {
      ::usleep(2'000);
      continue;
    }
    wire::Batch batch;
    batch.epoch = "life-1";
    batch.sent = SystemClock().now();
    // A few that are in already go along, as after a lost answer.
    auto it = open.begin();
    for (std::uint64_t back = random() % 5; back > 0; --back)
      if (*it > back) {
        for (auto n = *it - back; n < *it; ++n) batch.results.push_back({});
        for (std::size_t i = 0; i < batch.results.size(); ++i) batch.results[i].n = *it - back + i;
        break;
      }
    for (; it != open.end() && *it <= allowed && batch.results.size() < kBatch; ++it) {
      batch.results.emplace_back();
      batch.results.back().n = *it;
    }
    for (auto& result : batch.results) {
      result.check = check_of(result.n);
      result.slot = base + Duration{static_cast<std::int64_t>(result.n) * 1'000};
      const bool bad = agent == 0 && result.n >= kTurnsBad && result.n < kWellAgain && result.n % 3 == 0;
      result.state = bad ? State::critical : State::ok;
      if (bad) result.msg = {"checks.x", {{"value", "1"}, {"limit", "0"}}};
      result.metrics = {{"n", static_cast<std::int64_t>(result.n)}};
    }
    io::HttpRequest request{
        "POST", "/v1/results", {{"Content-Type", "application/json"}}, wire::encode(batch)};
    // Every fifth answer is not waited for: the connection is cut when the batch is just there.
    const bool lose = random() % 5 == 0;
    const auto result =
        client->send(request, lose ? Duration{static_cast<std::int64_t>(1 + random() % 3)} : Duration{3'000});
    const auto* response = std::get_if<io::HttpResponse>(&result);
    if (response == nullptr || response->status != 200) {
      client->close();
      ::usleep(5'000);
      continue;
    }
    const auto answer = wire::decode_answer(response->body);
    if (!std::holds_alternative<wire::Answer>(answer)) ::_exit(3);
    if (!std::get<wire::Answer>(answer).refused.empty()) ::_exit(4);
    for (const auto& [first, last] : std::get<wire::Answer>(answer).accepted)
      for (auto n = first; n <= last; ++n) {
        open.erase(n);
        ledger << n << '\n';
      }
    ledger.flush();
    ::usleep(static_cast<useconds_t>(random() % 25'000));
  }
  ::_exit(open.empty() ? 0 : 5);
}

std::set<std::uint64_t> read_ledger(const std::string& path) {
  std::ifstream in(path);
  std::set<std::uint64_t> out;
  for (std::uint64_t n = 0; in >> n;) out.insert(n);
  return out;
}

TEST(KillCollector, EveryAcknowledgedResultIsFoundExactlyOnce) {
  Files files;
  auto collector = files.start();
  ASSERT_TRUE(wait_until([&] { return files.ready(); })) << read_file(files.dir / "collector.log");

  std::vector<pid_t> generators;
  for (int agent = 0; agent < kAgents; ++agent) {
    const auto test = ::getpid();
    const auto pid = ::fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) generate(files, agent, test);
    generators.push_back(pid);
  }
  std::mt19937_64 random(4711);
  for (int kills = 0; kills < kKills; ++kills) {
    files.pace.begin_life(kills);
    ::usleep(static_cast<useconds_t>(20'000 + random() % 80'000));
    if (kills % 3 == 2) {  // in the middle of an orderly stop
      collector.signal(SIGTERM);
      ::usleep(static_cast<useconds_t>(random() % 40'000));
    }
    collector.kill_hard();
    collector = files.start();
    ASSERT_TRUE(wait_until([&] { return files.ready(); })) << read_file(files.dir / "collector.log");
  }
  files.pace.begin_life(kKills);
  for (const auto pid : generators) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
        << "generator ended with " << WEXITSTATUS(status);
  }

  // Once more, at rest, so that what is compared came from the disk; then in good order.
  std::size_t acknowledged = 0;
  std::set<std::pair<int, std::uint64_t>> lost, doubled;  // (agent, result), in either life
  for (int life = 0; life < 2; ++life) {
    if (life == 0) {
      collector.kill_hard();
    } else {
      collector.signal(SIGTERM);
      EXPECT_EQ(collector.wait(), 0);
    }
    collector = files.start();
    ASSERT_TRUE(wait_until([&] { return files.ready(); })) << read_file(files.dir / "collector.log");
    for (int agent = 0; agent < kAgents; ++agent) {
      const auto told = read_ledger(files.dir / ("ledger-" + std::to_string(agent)));
      EXPECT_EQ(told.size(), kResults);
      std::multiset<std::uint64_t> found;
      for (std::uint64_t kind = 0; kind < 3; ++kind) {
        const auto json =
            files.get("/api/v1/results?limit=10000&host=" + agent_name(agent) + "&check=" + check_of(kind));
        for (const auto& sample : json["results"].items())
          found.insert(static_cast<std::uint64_t>(sample["metrics"]["n"].int_or(0)));
      }
      EXPECT_EQ(found.size(), kResults) << agent_name(agent);
      for (const auto n : told)
        if (const auto times = found.count(n); times != 1) (times == 0 ? lost : doubled).emplace(agent, n);
      if (life == 0) acknowledged += told.size();
    }
    const auto cases = files.get("/api/v1/cases");
    EXPECT_EQ(cases["cases"].size(), 1u) << cases.pretty();
    const auto one = files.get("/api/v1/cases/life/" + cases["cases"].at(0)["number"].string_or(""));
    std::map<std::string, int> kinds;
    std::set<std::int64_t> numbers;
    for (const auto& event : one["events"].items()) {
      ++kinds[event["kind"].string_or("")];
      numbers.insert(event["n"].int_or(0));
    }
    for (const auto* kind : {"detected", "graded", "recovered"})
      EXPECT_EQ(kinds[kind], 1) << kind << '\n' << one.pretty();
    EXPECT_EQ(numbers.size(), one["events"].size()) << "each event under a number of its own";
    EXPECT_EQ(*numbers.rbegin(), static_cast<std::int64_t>(numbers.size())) << "and none missing";
    std::set<std::string> keys;
    std::map<std::int64_t, int> told_of;  // by the number of the event
    const auto outbox = files.get("/api/v1/notifications?limit=1000");
    for (const auto& row : outbox["notifications"].items()) {
      EXPECT_TRUE(keys.insert(row["key"].string_or("")).second) << outbox.pretty();
      ++told_of[row["event"]["n"].int_or(0)];
    }
    for (const auto& event : one["events"].items())
      if (const auto kind = event["kind"].string_or(""); kind == "detected" || kind == "recovered") {
        EXPECT_EQ(told_of[event["n"].int_or(0)], 1) << kind << '\n' << outbox.pretty();
      }
  }
  collector.signal(SIGTERM);
  EXPECT_EQ(collector.wait(), 0);
  EXPECT_TRUE(lost.empty()) << "the first: " << agent_name(lost.begin()->first) << " result "
                            << lost.begin()->second;
  EXPECT_TRUE(doubled.empty()) << "the first: " << agent_name(doubled.begin()->first) << " result "
                               << doubled.begin()->second;
  // By the generators' own ledgers; packaging/run/soak.sh adds the runs up.
  std::printf("kills=%d acknowledged=%zu lost=%zu doubled=%zu\n", kKills + 1, acknowledged, lost.size(),
              doubled.size());
}

}  // namespace
}  // namespace xj::e2e
