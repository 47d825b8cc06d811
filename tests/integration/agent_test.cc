// The agent in one process with the collector's real transport and enrolment: join, check, spool, mutual TLS,
// commands, an outage, renewal.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>

#include "agent/app.h"
#include "agent/enroll.h"
#include "checks/subprocess.h"
#include "collector/http/enrolment.h"
#include "collector/http/server.h"
#include "collector/store/migrate.h"
#include "core/guarded.h"
#include "core/io/db.h"
#include "tests/fakes/held_port.h"
#include "tests/fakes/patience.h"
#include "tests/fakes/places.h"
#include "tests/integration/http_peer.h"

namespace xj::agent {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

// The real time plus what a test adds. While `wall` is set, the time of day stands at it and only the
// monotonic clock goes on: then no slot ever comes of itself, and each check runs as often as it was asked
// to.
class ShiftedClock final : public Clock {
 public:
  Timestamp now() const override { return wall ? *wall : system_.now() + shift; }
  MonoTime mono() const override { return system_.mono() + shift; }
  Duration shift{0};
  std::optional<Timestamp> wall;

 private:
  SystemClock system_;
};

struct Ledger {
  std::map<std::pair<std::string, std::uint64_t>, int> times;  // (epoch, number) → how often it came
  std::map<std::string, std::vector<Result>> of_check;
  std::set<std::string> names;  // whom the certificates named
  wire::Assignment assignment;
  std::vector<wire::Command> commands;
  int conflicts = 0;
};

class AgentIntegration : public ::testing::Test {
 protected:
  AgentIntegration() {
    db = io::open_sqlite(pki.dir / "state.db");
    collector::migrate(*db, fs, pki.dir / "state.db", real.now());
    enrolment = std::make_unique<http::Enrolment>(*db, pki.ca, revoked, http::EnrolmentOptions{});
    start();
    config.state_dir = pki.dir / "agent";
    config.spool.dir = config.state_dir + "/spool";
    config.collector.ca_file = config.state_dir + "/ca.pem";
    config.collector.cert_file = config.state_dir + "/agent.pem";
    config.collector.key_file = config.state_dir + "/agent.key";
    config.collector.timeout = seconds{60};
    config.send.every = Duration{200};
    config.limits.memory = 0;  // what it measures is this whole process: it would slow down for the test
    config.limits.cpu = 0;
  }

  void start() {
    http::ServerConfig c;
    c.agents = agents;
    c.people = people;
    c.tls = pki.files();
    c.is_revoked = [this](const std::string& a, const std::string& s) { return revoked.is_revoked(a, s); };
    auto routes = http::enrolment_routes(
        [this](const std::function<void(http::Enrolment&, Timestamp)>& work) {
          const std::lock_guard lock(mutex);
          work(*enrolment, real.now());
          return true;
        },
        real);
    routes.push_back({http::Access::agent, "POST", "/v1/results",
                      [this](http::Request r, const http::Done& done) { results(r, done); }, 8u << 20});
    routes.push_back(
        {http::Access::agent, "GET", "/v1/assignment", [this](http::Request r, const http::Done& done) {
           http::Response response;
           ledger.with([&](const Ledger& l) {
             if (r.query["have"] == l.assignment.revision)
               response.status = 304;
             else
               response.body = wire::encode(l.assignment);
           });
           done(std::move(response));
         }});
    server = std::make_unique<http::Server>(c, std::move(routes), real);
    server->start();
  }
  // As a collector that is told to end: what it has taken is answered before it goes. The agent goes on
  // meanwhile, for it must hear the answer.
  void end_server() {
    auto stopped = std::async(std::launch::async, [this] { server->stop(seconds{60}); });
    EXPECT_TRUE(
        until([&](const Ledger&) { return stopped.wait_for(seconds{0}) == std::future_status::ready; }));
    stopped.get();
    server.reset();
  }
  void results(http::Request& request, const http::Done& done) {
    const auto decoded = wire::decode_batch(request.body);
    if (!std::holds_alternative<wire::DecodedBatch>(decoded))
      return done(http::error_response(400, "malformed", ""));
    const auto& batch = std::get<wire::DecodedBatch>(decoded);
    wire::Answer answer;
    answer.refused = batch.refused;
    answer.now = real.now();
    ledger.with([&](Ledger& l) {
      l.names.insert(request.peer.agent);
      for (const auto& r : batch.batch.results) {
        if (++l.times[{batch.batch.epoch, r.n}] == 1) l.of_check[r.check].push_back(r);
        answer.accepted.push_back({r.n, r.n});
        answer.have = std::max(answer.have, r.n);
      }
      answer.config = l.assignment.revision;
      answer.commands = std::exchange(l.commands, {});
    });
    http::Response response;
    response.body = wire::encode(answer);
    done(std::move(response));
  }

  int join(const std::string& token, const std::string& pin = {}) {
    EnrollOptions o;
    o.collector = "https://" + people;
    o.token = token;
    o.ca_sha256 = pin;
    o.ca_file = config.collector.ca_file;
    o.cert_file = config.collector.cert_file;
    o.key_file = config.collector.key_file;
    o.timeout = seconds{60};
    out.str("");
    err.str("");
    return enroll(o, fs, out, err, Lang::en);
  }
  std::string token(const std::string& name) {
    const std::lock_guard lock(mutex);
    return enrolment->create_token(name, hours{1}, "test", real.now());
  }
  App& run() {
    config.collector.url = "https://" + agents;
    app = std::make_unique<App>(config, AppParts{clock, fs, checks::builtin(), nullptr});
    return *app;
  }
  // Turns of the agent until it is so; false after a bound.
  bool until(const std::function<bool(const Ledger&)>& so, Duration bound = seconds{60}) {
    const auto end = SystemClock().mono() + bound;
    while (SystemClock().mono() < end) {
      if (ledger.with([&](const Ledger& l) { return so(l); })) return true;
      app->turn(Duration{20});
    }
    return false;
  }
  static std::size_t count(const Ledger& l, const std::string& check) {
    const auto it = l.of_check.find(check);
    return it == l.of_check.end() ? 0 : it->second.size();
  }
  static mode_t mode_of(const std::string& file) {
    struct stat st{};
    return ::stat(file.c_str(), &st) == 0 ? st.st_mode & 0777 : 0;
  }
  config::OwnCheck own(const std::string& name, const std::string& kind, Duration interval) {
    config::OwnCheck c;
    c.name = name;
    c.kind = kind;
    c.interval = interval;
    return c;
  }

  test::TestPki pki;
  SystemClock real;    // the collector's: OpenSSL looks at nothing else
  ShiftedClock clock;  // the agent's
  io::PosixFileSystem fs;
  std::mutex mutex;
  std::unique_ptr<io::Db> db;
  http::RevocationList revoked;
  std::unique_ptr<http::Enrolment> enrolment;
  Guarded<Ledger> ledger;
  const test::HeldPort agents_port, people_port;  // also while the server is away
  const std::string agents = agents_port.address(), people = people_port.address();
  std::unique_ptr<http::Server> server;
  config::AgentConfig config;
  std::ostringstream out, err;
  std::unique_ptr<App> app;
};

TEST_F(AgentIntegration, JoinsOnceAndSaysWhyWhenItCannot) {
  const auto good = token("oa-app-1");
  EXPECT_EQ(join("xj1.nonsense"), 2);
  EXPECT_NE(err.str().find("xunjian token create"), std::string::npos);
  auto parsed = *io::parse_token(good);
  parsed.ca_sha256[0] = parsed.ca_sha256[0] == 'a' ? 'b' : 'a';
  EXPECT_EQ(join(io::to_text(parsed)), 1);
  EXPECT_NE(err.str().find("fingerprint"), std::string::npos) << err.str();
  EXPECT_EQ(join(good, "12"), 2);
  parsed = *io::parse_token(good);
  parsed.secret[0] = parsed.secret[0] == 'a' ? 'b' : 'a';
  EXPECT_EQ(join(io::to_text(parsed)), 1);
  EXPECT_NE(err.str().find("403"), std::string::npos) << err.str();
  EXPECT_FALSE(fs.exists(config.collector.cert_file));
  ASSERT_EQ(join(good, pki.ca.info().sha256), 0) << err.str();
  EXPECT_NE(out.str().find("oa-app-1"), std::string::npos);
  EXPECT_EQ(mode_of(config.collector.key_file), 0600U);
  EXPECT_EQ(io::read_certificate(io::read_whole(fs, config.collector.cert_file)).name, "oa-app-1");
  EXPECT_EQ(join(good), 1) << "a token is for one use";
  server->stop(Duration{0});
  EXPECT_EQ(join(token("x")), 1);
  EXPECT_NE(err.str().find("no connection"), std::string::npos) << err.str();
}

TEST_F(AgentIntegration, AssignedAndOwnChecksReachTheCollectorUnderTheCertificatesName) {
  ASSERT_EQ(join(token("oa-app-1")), 0) << err.str();
  ledger.with([](Ledger& l) {
    l.assignment.revision = "r1";
    wire::AssignedCheck load;
    load.id = "s0/oa/load";
    load.kind = "load";
    auto forbidden = load;
    forbidden.id = "s0/oa/shell";
    forbidden.kind = "command";
    forbidden.params["argv"] = {{"/bin/sh", "-c", "true"}, true, {}};
    auto wrong = load;
    wrong.id = "s0/oa/typo";
    wrong.params["warm"] = {{"1"}, false, {}};
    l.assignment.checks = {load, forbidden, wrong};
  });
  config.checks = {own("uptime", "uptime", seconds{60})};
  run();
  EXPECT_EQ(app->name(), "oa-app-1");
  ASSERT_TRUE(until([](const Ledger& l) {
    return count(l, "s0/oa/load") > 0 && count(l, "s0/oa/shell") > 0 && count(l, "s0/oa/typo") > 0 &&
           count(l, "local/uptime") > 0 && count(l, "local/agent") > 0;
  }));
  ledger.with([](const Ledger& l) {
    EXPECT_EQ(l.names, std::set<std::string>{"oa-app-1"});
    EXPECT_EQ(l.of_check.at("s0/oa/shell")[0].state, State::unknown);
    EXPECT_EQ(l.of_check.at("s0/oa/shell")[0].msg.id, "agent.refused.command");
    EXPECT_EQ(l.of_check.at("s0/oa/typo")[0].state, State::unknown);
    EXPECT_NE(l.of_check.at("s0/oa/load")[0].state, State::unknown);
  });
  EXPECT_EQ(app->revision(), "r1");
  // A command out of turn, heard with the next answer and obeyed once although it is said twice.
  const auto before = ledger.with([](const Ledger& l) { return count(l, "s0/oa/load"); });
  ledger.with([](Ledger& l) {
    l.commands = {{"c1", "run_now", {"s0/oa/load", "s0/oa/none"}},
                  {"c1", "run_now", {"s0/oa/load"}},
                  {"c2", "dance", {}}};
  });
  clock.shift += seconds{61};
  ASSERT_TRUE(until([&](const Ledger& l) { return count(l, "s0/oa/load") > before + 1; }));
  // The assignment is there at the next start although the collector is away.
  server->stop(Duration{0});
  app->stop();
  app.reset();
  run();
  EXPECT_EQ(app->revision(), "r1");
}

TEST_F(AgentIntegration, AnOutageLosesNothingAndSendsNothingTwice) {
  ASSERT_EQ(join(token("oa-app-1")), 0) << err.str();
  config.checks = {own("load", "load", Duration{200}), own("memory", "memory", Duration{200})};
  run();
  ASSERT_TRUE(until([](const Ledger& l) { return count(l, "local/load") > 3; }));
  end_server();
  const auto held = [this] { return app->spool_status().held; };
  ASSERT_TRUE(until([&](const Ledger&) {
    return held() > 12 && !app->uplink_status().connected &&
           app->uplink_status().trouble.id == "io.http.connect";
  })) << held()
      << ' ' << render(app->uplink_status().trouble, Lang::en);
  // Also over a restart of the agent.
  app->stop();
  app.reset();
  run();
  EXPECT_GT(held(), 12U);
  start();
  ASSERT_TRUE(until([&](const Ledger& l) { return held() < 3 && count(l, "local/load") > 8; }));
  ledger.with([](const Ledger& l) {
    std::map<std::string, std::set<std::uint64_t>> numbers;
    for (const auto& [key, times] : l.times) numbers[key.first].insert(key.second);
    ASSERT_EQ(numbers.size(), 1U) << "one epoch";
    const auto& all = numbers.begin()->second;
    EXPECT_EQ(*all.begin(), 1U);
    EXPECT_EQ(*all.rbegin(), all.size()) << "no number is missing";
    for (const auto& [key, times] : l.times) EXPECT_EQ(times, 1) << key.second;
    for (const auto& [check, results] : l.of_check) {
      std::set<Timestamp> slots;
      for (const auto& r : results) EXPECT_TRUE(slots.insert(r.slot).second) << check;
    }
  });
}

TEST_F(AgentIntegration, RenewsItsCertificateByItselfAndARevokedOneIsToldSo) {
  ASSERT_EQ(join(token("oa-app-1")), 0) << err.str();
  const auto before = io::read_certificate(io::read_whole(fs, config.collector.cert_file));
  run();
  ASSERT_TRUE(until([](const Ledger& l) { return count(l, "local/agent") > 0; }));
  EXPECT_EQ(io::read_certificate(io::read_whole(fs, config.collector.cert_file)).serial, before.serial);
  // The agent's clock passes the renewal date; its looks are an hour apart.
  clock.shift = io::renewal_due(before) - SystemClock().now() + hours{2};
  ASSERT_TRUE(until([&](const Ledger&) {
    return io::read_certificate(io::read_whole(fs, config.collector.cert_file)).serial != before.serial;
  }));
  clock.shift += seconds{61};
  const auto times = ledger.with([](const Ledger& l) { return count(l, "local/agent"); });
  ASSERT_TRUE(until([&](const Ledger& l) { return count(l, "local/agent") > times; }))
      << "the new one is good";
  {
    const std::lock_guard lock(mutex);
    ASSERT_TRUE(enrolment->revoke("oa-app-1", "test", real.now()));
  }
  server->drop_revoked();
  clock.shift += seconds{61};
  ASSERT_TRUE(until([&](const Ledger&) {
    return !app->uplink_status().connected && !app->uplink_status().trouble.empty();
  }));
}

// A port of loopback that takes connections and never says a word.
class Silent {
 public:
  Silent() {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t n = sizeof a;
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&a), n) != 0 || ::listen(fd_, 64) != 0) std::abort();
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&a), &n);
    url = "http://127.0.0.1:" + std::to_string(ntohs(a.sin_port)) + "/";
  }
  ~Silent() { ::close(fd_); }
  Silent(const Silent&) = delete;
  Silent& operator=(const Silent&) = delete;
  std::string url;

 private:
  int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

std::vector<pid_t> workers() {
  const auto self = std::to_string(::getpid());
  std::ifstream file("/proc/" + self + "/task/" + self + "/children");
  std::vector<pid_t> out;
  for (pid_t pid = 0; file >> pid;) out.push_back(pid);
  return out;
}

TEST_F(AgentIntegration, ASharedWorkerThatIsKilledCostsNoResult) {
  ASSERT_EQ(join(token("oa-app-1")), 0) << err.str();
  const Silent silent;
  const auto web = [this](const std::string& name, const std::string& url, Duration timeout) {
    auto check = own(name, "http", seconds{2});
    check.params["url"].texts = {url};
    check.params["verify"].texts = {"false"};
    check.params["cert_warn"].texts = check.params["cert_crit"].texts = {"0s"};
    check.timeout = timeout;
    return check;
  };
  config.probe = bin_dir() + "/xunjian-agent-probe";
  config.limits.workers = 1;
  config.checks = {web("page", "https://" + people + "/v1/enroll", seconds{60}),
                   web("silent", silent.url, seconds{3})};
  config.checks[0].params["status"].texts = {"400-499"};
  run();
  const auto counts = [](const Ledger& l) {
    return std::pair{count(l, "local/page"), count(l, "local/silent")};
  };
  ASSERT_TRUE(until([&](const Ledger& l) { return counts(l) >= std::pair<std::size_t, std::size_t>{1, 1}; }));
  int killed = 0;
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(until([](const Ledger&) { return !workers().empty(); }));
    const auto before = ledger.with(counts);
    for (const auto pid : workers()) killed += ::kill(pid, SIGKILL) == 0;
    ASSERT_TRUE(until(
        [&](const Ledger& l) { return counts(l).first > before.first && counts(l).second > before.second; }));
  }
  EXPECT_GE(killed, 3);
  ledger.with([](const Ledger& l) {
    for (const auto& r : l.of_check.at("local/page"))
      EXPECT_EQ(r.state, State::ok) << render(r.msg, Lang::en);
    for (const auto& r : l.of_check.at("local/silent"))
      EXPECT_EQ(r.msg.id, "checks.http.timed_out") << render(r.msg, Lang::en);
    for (const auto& [number, times] : l.times) EXPECT_EQ(times, 1) << number.second;
  });
  app->stop();
  app.reset();
  EXPECT_TRUE(test::eventually([] { return checks::reap_strays() == 0; }));
  EXPECT_TRUE(workers().empty()) << "left behind";
}

TEST_F(AgentIntegration, ASecondAgentOnTheSameFolderIsRefused) {
  run();
  EXPECT_THROW(App(config, AppParts{clock, fs, checks::builtin(), nullptr}), Fault);
}

TEST_F(AgentIntegration, AReloadKeepsWhatRunsAndTakesWhatIsNew) {
  ASSERT_EQ(join(token("oa-app-1")), 0) << err.str();
  config.checks = {own("load", "load", seconds{60})};
  // A running clock may put the check's own slot right behind its first run, and both into one batch.
  clock.wall = real.now();
  run();
  ASSERT_TRUE(until([](const Ledger& l) { return count(l, "local/load") > 0; }));
  config.checks.push_back(own("memory", "memory", seconds{60}));
  app->reload(config);
  ASSERT_TRUE(until([](const Ledger& l) { return count(l, "local/memory") > 0; }));
  // By their ids "load" comes first in a turn: had the reload made it run again, that were here by now.
  ledger.with([](const Ledger& l) {
    EXPECT_EQ(count(l, "local/load"), 1U);
    EXPECT_EQ(count(l, "local/memory"), 1U);
  });
}

}  // namespace
}  // namespace xj::agent
