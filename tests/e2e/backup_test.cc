// The shipped programs: three agents send over mutual TLS while `xunjian db backup` copies the collector's
// folder. Restored elsewhere, with a collector on it, every result that was acknowledged before the command
// was given is found exactly once, and cases, notifications and documents are those of then.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "core/io/http_client.h"
#include "core/wire.h"
#include "tests/e2e/collector_files.h"
#include "tests/e2e/people.h"
#include "tests/e2e/process.h"
#include "tests/fakes/contract_yaml.h"
#include "tests/fakes/held_port.h"
#include "tests/fakes/identity.h"

namespace xj::e2e {
namespace {

using namespace std::chrono_literals;

constexpr int kAgents = 3;
constexpr std::uint64_t kMost = 9'000;  // of each: one question finds all of a check
constexpr std::uint64_t kBatch = 30;

std::string agent_name(int agent) { return "load-" + std::to_string(agent); }

std::string config_of(const TempDir& dir, const std::string& data, const test::HeldPort& port,
                      const std::string& name) {
  return write_files(dir, {.name = name,
                           .data = data,
                           .agents = port.address(),
                           .contract = fakes::contract_yaml("life", R"(  app:
    title: 应用
    hosts: [load-0, load-1, load-2]
    checks:
      watched: {title: 观察, kind: cpu, interval: 1m, attempts: 3}
)"),
                           .more = {}});
}

// What agents were told is in.
class Ledger {
 public:
  void add(int agent, std::uint64_t n) {
    std::lock_guard lock(mutex_);
    told_.emplace(agent, n);
  }
  std::set<std::pair<int, std::uint64_t>> now() const {
    std::lock_guard lock(mutex_);
    return told_;
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::pair<int, std::uint64_t>> told_;
};

void send_results(int agent, const std::string& port, const io::TlsIdentity& identity,
                  const std::atomic<bool>& stop, Ledger& ledger) {
  const auto client = io::make_http_client("https://localhost:" + port, identity);
  const auto base = from_ms(to_ms(SystemClock().now()) / 1'000 * 1'000 - 3LL * 3'600'000);
  for (std::uint64_t next = 1; next + kBatch <= kMost && !stop;) {
    wire::Batch batch;
    batch.epoch = "life-1";
    batch.sent = SystemClock().now();
    for (auto n = next; n < next + kBatch; ++n) {
      Result result;
      result.n = n;
      result.check = "life/app/watched";
      result.slot = base + Duration{static_cast<std::int64_t>(n) * 1'000};
      result.state = agent == 0 && n > 60 ? State::critical : State::ok;
      if (result.state != State::ok) result.msg = {"checks.x", {{"value", "1"}, {"limit", "0"}}};
      result.metrics = {{"n", static_cast<std::int64_t>(n)}};
      batch.results.push_back(std::move(result));
    }
    const auto got =
        client->send({"POST", "/v1/results", {{"Content-Type", "application/json"}}, wire::encode(batch)},
                     Duration{5'000});
    const auto* response = std::get_if<io::HttpResponse>(&got);
    if (response == nullptr || response->status != 200) {
      client->close();
      std::this_thread::sleep_for(5ms);
      continue;
    }
    const auto answer = wire::decode_answer(response->body);
    if (!std::holds_alternative<wire::Answer>(answer)) return;
    for (const auto& [first, last] : std::get<wire::Answer>(answer).accepted)
      for (auto n = first; n <= last; ++n) ledger.add(agent, n);
    next += kBatch;
    std::this_thread::sleep_for(4ms);
  }
}

TEST(BackupUnderLoad, IsRestoredWithAllThatWasAcknowledgedBefore) {
  TempDir dir;
  const test::HeldPort port, other_port;
  const auto socket = dir / "first", other = dir / "second", backup = dir / "backup",
             restored = dir / "restored";
  const auto config = config_of(dir, "data", port, "first");
  Process collector({program("xunjian-collector"), "serve", "--config", config}, dir / "first.log");
  ASSERT_TRUE(wait_until([&] { return ready(socket); })) << read_file(dir / "first.log");

  Ledger ledger;
  std::atomic<bool> stop{false};
  std::vector<std::thread> agents;
  for (int agent = 0; agent < kAgents; ++agent)
    agents.emplace_back([&, agent,
                         identity = fakes::make_identity(fakes::authority_of(dir / "data"), dir / "data",
                                                         agent_name(agent), dir.path())] {
      send_results(agent, port.text(), identity, stop, ledger);
    });
  const bool loaded = wait_until([&] { return ledger.now().size() > 1'500; });
  const auto cases = ask(socket, "GET", "/api/v1/cases").body;
  const auto number = cases["cases"].at(0)["number"].string_or("");
  const auto course = ask(socket, "GET", "/api/v1/cases/life/" + number).body["events"].dump();
  const auto told = ask(socket, "GET", "/api/v1/notifications").body["notifications"];
  const auto papers = ask(socket, "GET", "/api/v1/documents").body["documents"].dump();

  for (const auto& bad : {std::string("here"), std::string{}, dir / "data/within"}) {
    Json body;
    EXPECT_EQ(ask(socket, "POST", "/api/v1/backups", body.set("to", bad).dump()).status, 400) << bad;
  }
  EXPECT_EQ(ask(socket, "GET", "/api/v1/backups").body["state"].string_or(""), "none");
  const auto acknowledged = ledger.now();
  const auto made =
      run({program("xunjian"), "--lang", "en", "--server", "unix:" + socket, "db", "backup", "--to", backup});
  const auto during = ledger.now().size() - acknowledged.size();
  const auto held = run({program("xunjian"), "--lang", "en", "db", "check", "--dir", dir / "data"});
  stop = true;
  for (auto& agent : agents) agent.join();
  collector.kill_hard();
  ASSERT_TRUE(loaded);
  ASSERT_EQ(made.code, 0) << made.out << made.err;
  EXPECT_NE(made.out.find("keys"), std::string::npos) << made.out;
  EXPECT_EQ(held.code, 2) << held.out;
  EXPECT_NE(held.err.find("xunjian-collector ("), std::string::npos) << held.err;

  const auto sound = run({program("xunjian"), "--lang", "en", "db", "check", "--dir", backup});
  EXPECT_EQ(sound.code, 0) << sound.out << sound.err;
  const auto back =
      run({program("xunjian"), "--lang", "en", "db", "restore", "--from", backup, "--to", restored});
  ASSERT_EQ(back.code, 0) << back.out << back.err;
  EXPECT_NE(back.out.find("everything is sound"), std::string::npos) << back.out;
  const auto again =
      run({program("xunjian"), "--lang", "en", "db", "restore", "--from", backup, "--to", restored});
  EXPECT_EQ(again.code, 1);
  EXPECT_NE(again.err.find("is not empty"), std::string::npos) << again.err;

  Process second(
      {program("xunjian-collector"), "serve", "--config", config_of(dir, "restored", other_port, "second")},
      dir / "second.log");
  ASSERT_TRUE(wait_until([&] { return ready(other); })) << read_file(dir / "second.log");
  std::size_t found_all = 0, lost = 0, doubled = 0;
  for (int agent = 0; agent < kAgents; ++agent) {
    const auto json =
        ask(other, "GET", "/api/v1/results?limit=10000&host=" + agent_name(agent) + "&check=life/app/watched")
            .body;
    std::multiset<std::uint64_t> found;
    for (const auto& sample : json["results"].items())
      found.insert(static_cast<std::uint64_t>(sample["metrics"]["n"].int_or(0)));
    found_all += found.size();
    doubled += found.size() - std::set<std::uint64_t>(found.begin(), found.end()).size();
    for (const auto& [of, n] : acknowledged) lost += of == agent && found.count(n) == 0 ? 1 : 0;
  }
  EXPECT_EQ(lost, 0u);
  EXPECT_EQ(doubled, 0u);
  EXPECT_NE(number, "");
  // A case goes on while agents send; what it was then is how it begins now.
  const auto now_course = ask(other, "GET", "/api/v1/cases/life/" + number).body["events"].dump();
  EXPECT_EQ(now_course.substr(0, course.size() - 1), course.substr(0, course.size() - 1));
  std::set<std::string> keys;
  const auto now_told = ask(other, "GET", "/api/v1/notifications").body["notifications"];
  for (const auto& row : now_told.items()) keys.insert(row["key"].string_or(""));
  for (const auto& row : told.items()) EXPECT_EQ(keys.count(row["key"].string_or("")), 1u) << row.dump();
  EXPECT_EQ(ask(other, "GET", "/api/v1/documents").body["documents"].dump(), papers);

  second.signal(SIGTERM);
  EXPECT_EQ(second.wait(), 0);
  const auto at_rest = run({program("xunjian"), "--lang", "en", "db", "check", "--dir", restored});
  EXPECT_EQ(at_rest.code, 0) << at_rest.out << at_rest.err;
  EXPECT_EQ(at_rest.out.find("not sealed"), std::string::npos) << at_rest.out;
  std::printf("acknowledged before=%zu during=%zu found=%zu lost=%zu doubled=%zu\n", acknowledged.size(),
              during, found_all, lost, doubled);
}

}  // namespace
}  // namespace xj::e2e
