#include "agent/runner.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/fakes/patience.h"

namespace xj::agent {
namespace {

using checks::CheckOutcome;
using checks::CheckType;
using checks::Where;
using std::chrono::seconds;

const Timestamp kStart = *parse_iso("2026-11-20T08:00:00Z");

// Kinds that do what a test needs; what they did is left here.
int made = 0, ran = 0;
int pipe_fds[2] = {-1, -1};

class Counting final : public checks::Check {
 public:
  CheckOutcome run(const checks::RunContext&) override {
    ++ran;
    CheckOutcome out;
    out.metrics = {{"runs", std::int64_t{++runs_}}};
    return out;
  }

 private:
  int runs_ = 0;
};
class Again final : public checks::Check {
 public:
  CheckOutcome run(const checks::RunContext&) override {
    CheckOutcome out;
    if (++runs_ % 3 != 0) out.again = seconds{1};
    return out;
  }

 private:
  int runs_ = 0;
};
class Throwing final : public checks::Check {
 public:
  CheckOutcome run(const checks::RunContext&) override { throw Fault("no such sensor"); }
};
class Waiting final : public checks::NonblockingCheck {
 public:
  checks::Step start(const checks::RunContext&) override { return {pipe_fds[0], true, false, {}}; }
  checks::Step on_ready(const checks::RunContext&) override {
    char c;
    EXPECT_EQ(::read(pipe_fds[0], &c, 1), 1);
    return {-1, false, false, CheckOutcome{}};
  }
  CheckOutcome on_timeout(const checks::RunContext&) override {
    return checks::unknown(Message::literal("timed out"));
  }
};

template <typename T>
std::unique_ptr<checks::Check> make(const Params&, const checks::Environment&) {
  ++made;
  return std::make_unique<T>();
}
std::unique_ptr<checks::NonblockingCheck> make_waiting(const Params&, const checks::Environment&) {
  return std::make_unique<Waiting>();
}

constexpr ParamSpec kParams[] = {{"limit", ParamType::integer, "3", "core.accepts.integer"}};
CheckType kind(std::string_view name, Where where,
               std::unique_ptr<checks::Check> (*factory)(const Params&, const checks::Environment&)) {
  CheckType out;
  out.name = name;
  out.help_id = "core.accepts.text";
  out.params = kParams;
  out.where = where;
  out.make = factory;
  if (where == Where::nonblocking) out.make_nonblocking = make_waiting;
  return out;
}

class RunnerTest : public ::testing::Test {
 protected:
  RunnerTest() {
    made = ran = 0;
    if (::pipe2(pipe_fds, O_CLOEXEC) != 0) std::abort();
  }
  ~RunnerTest() override {
    ::close(pipe_fds[0]);
    ::close(pipe_fds[1]);
    std::filesystem::remove_all(dir);
  }
  Runner& runner(int workers = 2, const std::string& probe = {}) {
    checks::Environment environment;
    environment.probe_program = probe;
    runner_ = std::make_unique<Runner>(registry, environment, workers);
    return *runner_;
  }
  static RunnableCheck check(const std::string& id, const std::string& of_kind) {
    return {id, of_kind, seconds{10}, {}, {}};
  }
  void start(const std::string& id) { runner_->start({id, clock.now()}, clock.now(), clock.mono()); }
  // Waits for descriptors (bounded), as the loop does; time stands still.
  void poll(int wait_ms = 0) {
    std::vector<pollfd> polled;
    runner_->add_polls(polled);
    ::poll(polled.data(), polled.size(), wait_ms);
    runner_->poll(polled, clock.now(), clock.mono());
  }
  Finished one() {
    auto all = runner_->take_finished();
    if (all.size() != 1) {
      ADD_FAILURE() << all.size() << " finished";
      return {};
    }
    return std::move(all[0]);
  }
  // A program for workers, written by the test.
  std::string script(const std::string& body) {
    const auto path = dir + "/probe";
    std::ofstream(path) << "#!/bin/sh\n" << body << '\n';
    ::chmod(path.c_str(), 0755);
    return path;
  }

  const CheckType types[6] = {kind("count", Where::resident, make<Counting>),
                              kind("again", Where::resident, make<Again>),
                              kind("throw", Where::resident, make<Throwing>),
                              kind("wait", Where::nonblocking, nullptr),
                              kind("probe", Where::probe, nullptr),
                              [] {
                                auto web = kind("web", Where::probe, nullptr);
                                web.shares_worker = [](const Params&) { return true; };
                                return web;
                              }()};
  const checks::Registry registry{types};
  ManualClock clock{kStart};
  std::string dir = [] {
    char path[] = "/tmp/xj-runner-XXXXXX";
    return std::string(::mkdtemp(path));
  }();
  std::unique_ptr<Runner> runner_;
};

constexpr const char* kAnswer =
    R"(read line; printf '{"v":1,"outcome":{"state":"warning","msg":"from worker"},"memory":[["a","b","warning"]]}\n')";

TEST_F(RunnerTest, ResidentChecksFinishAtOnceAndKeepWhatTheyRemember) {
  auto& r = runner();
  r.set({check("local/a", "count")});
  start("local/a");
  auto finished = one();
  EXPECT_EQ(finished.id, "local/a");
  EXPECT_EQ(finished.slot, kStart);
  EXPECT_EQ(finished.late, Duration{0});
  // The same set again changes nothing; another parameter makes it anew.
  EXPECT_TRUE(r.set({check("local/a", "count")}).empty());
  start("local/a");
  EXPECT_EQ(one().outcome.metrics[0].value, Number{std::int64_t{2}});
  auto changed = check("local/a", "count");
  changed.params["limit"].texts = {"4"};
  r.set({changed});
  start("local/a");
  EXPECT_EQ(one().outcome.metrics[0].value, Number{std::int64_t{1}});
  EXPECT_EQ(made, 2);
}

constexpr const char* kSharedAnswers =
    R"(while read line; do id=$(echo "$line" | sed 's/.*"id":\([0-9]*\).*/\1/')
       printf '{"v":1,"id":%s,"outcome":{"state":"warning"},"memory":[["a","b","warning"]]}\n' $id; done)";

TEST_F(RunnerTest, ExchangesShareOneWorkerBesideThoseOfTheirOwn) {
  auto& r = runner(1, script(kSharedAnswers));
  r.set({check("local/a", "web"), check("local/b", "web"), check("local/c", "web")});
  for (const auto* id : {"local/a", "local/b", "local/c"}) start(id);
  EXPECT_EQ(r.sharing(), 3U) << "whatever the number of workers";
  EXPECT_EQ(r.queued(), 0U);
  std::vector<Finished> all;
  for (const test::Patience patience; patience.left() && all.size() < 3;) {
    poll(50);
    for (auto& one : r.take_finished()) all.push_back(std::move(one));
  }
  ASSERT_EQ(all.size(), 3U);
  for (const auto& one : all) EXPECT_EQ(one.outcome.state, State::warning);
  EXPECT_EQ(r.running(), 0U);
  ASSERT_TRUE(r.next());
  EXPECT_EQ(*r.next(), clock.mono() + checks::SharedProbe::kIdle);
}

TEST_F(RunnerTest, WhatTheSharedWorkerLostIsAskedAloneAndQueues) {
  // The first worker dies of what it was asked; those after it, one request each, answer.
  const auto program = script("test -e " + dir + "/died || { touch " + dir +
                              "/died; read a; kill -SEGV $$; }\n" + std::string(kAnswer));
  auto& r = runner(1, program);
  r.set({check("local/a", "web"), check("local/b", "web")});
  start("local/a");
  start("local/b");
  std::vector<Finished> all;
  for (const test::Patience patience; patience.left() && all.size() < 2;) {
    poll(50);
    for (auto& one : r.take_finished()) all.push_back(std::move(one));
  }
  ASSERT_EQ(all.size(), 2U);
  for (const auto& one : all)
    EXPECT_EQ(one.outcome.state, State::warning) << render(one.outcome.msg, Lang::en);
  EXPECT_EQ(r.running(), 0U);
}

// What a worker is asked carries an id when it is shared; a check is told by its timeout.
constexpr const char* kOnesOwn = R"(printf '{"v":1,"outcome":{"state":"ok"}}\n')";

RunnableCheck web(const std::string& id, Duration timeout) { return {id, "web", timeout, {}, {}}; }

TEST_F(RunnerTest, TheOneThatBringsTheSharedWorkerDownStaysOutUntilItIsAnswered) {
  const auto program = script("while read line; do case \"$line\" in *:9000,*) test -e " + dir +
                              "/mended || kill -SEGV $$;; esac; case \"$line\" in *'\"id\"'*) " +
                              "id=$(echo \"$line\" | sed 's/.*\"id\":\\([0-9]*\\).*/\\1/'); "
                              "printf '{\"v\":1,\"id\":%s,\"outcome\":{\"state\":\"ok\"}}\\n' $id;; *) " +
                              kOnesOwn + ";; esac; done");
  auto& r = runner(2, program);
  r.set({web("local/bad", seconds{9}), web("local/good", seconds{10})});
  const auto round = [&](std::size_t sharing) {
    start("local/bad");
    start("local/good");
    EXPECT_EQ(r.sharing(), sharing);
    std::map<std::string, CheckOutcome> out;
    for (const test::Patience patience; patience.left() && out.size() < 2;) {
      poll(20);
      clock.advance(Duration{5});  // the output of one that dies ends a moment before it does
      for (auto& one : r.take_finished()) out[one.id] = std::move(one.outcome);
    }
    EXPECT_EQ(out.size(), 2U);
    EXPECT_EQ(out["local/good"].state, State::ok);
    return out["local/bad"];
  };
  EXPECT_EQ(round(2).msg.id, "checks.probe.crashed");
  EXPECT_EQ(round(1).msg.id, "checks.probe.crashed");
  std::ofstream(dir + "/mended") << "";
  EXPECT_EQ(round(1).state, State::ok);
  EXPECT_EQ(round(2).state, State::ok) << "whoever is answered may share again";
}

TEST_F(RunnerTest, WhenTheSharedWorkerHangsWhoeverIsDueFirstIsNotTheOneToBlame) {
  // The worker stands still in somebody's certificate file, on a dead server. Who is due first was only near.
  const auto program =
      script("read line; case \"$line\" in *'\"id\"'*) exec sleep 100;; esac; " + std::string(kOnesOwn));
  auto& r = runner(1, program);
  r.set({web("local/near", seconds{2}), check("local/p", "probe")});
  start("local/near");
  clock.advance(seconds{2} + checks::kProbeGrace);
  Finished finished;
  for (const test::Patience patience; patience.left();) {
    poll(50);
    if (auto all = r.take_finished(); !all.empty()) {
      finished = std::move(all[0]);
      break;
    }
  }
  EXPECT_EQ(finished.id, "local/near");
  EXPECT_EQ(finished.outcome.state, State::ok) << render(finished.outcome.msg, Lang::en);
}

TEST_F(RunnerTest, WhatWasLostWaitsForAWorkerAsLongAsOneThatIsNew) {
  auto& r = runner(1, script("exec sleep 100"));
  auto busy = check("local/busy", "probe");
  busy.timeout = seconds{60};
  r.set({busy, web("local/w", seconds{2})});
  start("local/busy");
  start("local/w");
  clock.advance(seconds{3});
  poll();
  EXPECT_TRUE(r.take_finished().empty()) << "no time was left to wait";
  EXPECT_EQ(r.queued(), 1U);
  clock.advance(seconds{2});
  poll();
  const auto finished = one();
  EXPECT_EQ(finished.outcome.msg, (Message{"agent.check.no_worker", {{"waited", "2s"}, {"workers", "1"}}}));
}

TEST_F(RunnerTest, RoomInTheSharedWorkerIsTakenWhileTheOthersAreBusy) {
  const auto program = script(
      "read line; case \"$line\" in *'\"id\"'*) ;; *) exec sleep 100;; esac; test -e " + dir +
      "/go || exec sleep 100; while true; do id=$(echo \"$line\" | sed "
      "'s/.*\"id\":\\([0-9]*\\).*/\\1/'); printf '{\"v\":1,\"id\":%s,\"outcome\":{\"state\":\"ok\"}}\\n' "
      "$id; read line || exit; done");
  auto& r = runner(1, program);
  auto busy = check("local/busy", "probe");
  busy.timeout = seconds{60};
  std::vector<RunnableCheck> all{busy, check("local/waits", "probe")};
  std::vector<std::string> webs;
  for (std::size_t i = 0; i < checks::kMaxTransfers; ++i) webs.push_back("local/w" + std::to_string(i));
  for (const auto& id : webs) all.push_back(check(id, "web"));
  all.push_back(check("local/last", "web"));
  r.set(all);
  std::ofstream(dir + "/go") << "";
  start("local/busy");
  start("local/waits");  // in front of it in the queue, for a worker of its own
  for (const auto& id : webs) start(id);
  start("local/last");
  EXPECT_EQ(r.sharing(), checks::kMaxTransfers);
  EXPECT_EQ(r.queued(), 2U);
  std::vector<std::string> ended;
  for (const test::Patience patience; patience.left() && ended.size() < webs.size() + 1;) {
    poll(50);
    for (auto& one : r.take_finished()) ended.push_back(one.id);
  }
  EXPECT_EQ(ended.size(), webs.size() + 1);
  EXPECT_EQ(r.queued(), 1U);
}

TEST_F(RunnerTest, ASharedRunThatGoesAwayIsForgotten) {
  auto& r = runner(1, script("exec sleep 100"));
  r.set({check("local/a", "web")});
  start("local/a");
  EXPECT_EQ(r.sharing(), 1U);
  EXPECT_EQ(r.set({}), std::vector<std::string>{"local/a"});
  EXPECT_EQ(r.sharing(), 0U);
}

TEST_F(RunnerTest, AnUnfinishedSampleIsNoResult) {
  auto& r = runner();
  r.set({check("local/a", "again")});
  start("local/a");
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(r.take_finished().empty());
    ASSERT_EQ(r.next(), clock.mono() + seconds{1});
    clock.advance(seconds{1});
    poll();
  }
  const auto finished = one();
  EXPECT_EQ(finished.outcome.state, State::ok);
  EXPECT_EQ(finished.took, seconds{2});
  EXPECT_FALSE(r.next());
}

TEST_F(RunnerTest, PastItsDeadlineItIsUnknownWithSince) {
  auto& r = runner();
  r.set({check("local/a", "again")});
  start("local/a");
  clock.advance(seconds{11});
  poll();
  const auto finished = one();
  EXPECT_EQ(finished.outcome.state, State::unknown);
  EXPECT_EQ(finished.outcome.msg.id, "agent.check.still_running");
  EXPECT_EQ(finished.outcome.msg.args[0].second, "2026-11-20T08:00:00Z");
  EXPECT_EQ(r.running(), 0U);
}

TEST_F(RunnerTest, AFaultIsTheResultOfThatCheckAlone) {
  auto& r = runner();
  r.set({check("local/a", "throw"), check("local/b", "count")});
  start("local/a");
  start("local/b");
  const auto all = r.take_finished();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].outcome.msg.id, "agent.check.fault");
  EXPECT_EQ(all[1].outcome.state, State::ok);
}

TEST_F(RunnerTest, WhatIsRefusedOrUnknownOrWrongNeverRuns) {
  auto& r = runner();
  auto refused = check("c/s/a", "count");
  refused.refused = {"agent.refused.kind", {{"kind", "count"}}};
  auto wrong = check("c/s/b", "count");
  wrong.params["limit"].texts = {"many"};
  auto typo = check("c/s/c", "count");
  typo.params["limits"].texts = {"1"};
  r.set({refused, wrong, typo, check("c/s/d", "kount")});
  for (const auto* id : {"c/s/a", "c/s/b", "c/s/c", "c/s/d"}) start(id);
  const auto all = r.take_finished();
  ASSERT_EQ(all.size(), 4U);
  for (const auto& finished : all) {
    EXPECT_EQ(finished.outcome.state, State::unknown);
    EXPECT_TRUE(has_text(finished.outcome.msg.id)) << finished.outcome.msg.id;
  }
  EXPECT_EQ(all[0].outcome.msg.id, "agent.refused.kind");
  EXPECT_EQ(ran, 0);
}

TEST_F(RunnerTest, NonblockingChecksWaitForTheirDescriptorOrTheirTime) {
  auto& r = runner();
  r.set({check("local/a", "wait")});
  start("local/a");
  poll();
  EXPECT_TRUE(r.take_finished().empty());
  ASSERT_EQ(::write(pipe_fds[1], "x", 1), 1);
  poll();
  EXPECT_EQ(one().outcome.state, State::ok);
  start("local/a");
  clock.advance(seconds{10});
  poll();
  EXPECT_EQ(render(one().outcome.msg, Lang::en), "timed out");
}

TEST_F(RunnerTest, AWorkerAnswersAndItsMemoryComesBackToIt) {
  auto& r = runner(1, script(std::string("read first; echo \"$first\" >> ") + dir +
                             "/requests; echo \"$first\" | (" + kAnswer + ")"));
  r.set({check("local/a", "probe")});
  for (int i = 0; i < 2; ++i) {
    start("local/a");
    Finished finished;
    for (const test::Patience patience; patience.left() && r.running() > 0;) poll(50);
    finished = one();
    EXPECT_EQ(finished.outcome.state, State::warning) << render(finished.outcome.msg, Lang::en);
    EXPECT_EQ(render(finished.outcome.msg, Lang::en), "from worker");
  }
  std::ifstream requests(dir + "/requests");
  std::string first, second;
  std::getline(requests, first);
  std::getline(requests, second);
  EXPECT_EQ(first.find("[\"a\",\"b\",\"warning\"]"), std::string::npos);
  EXPECT_NE(second.find("[\"a\",\"b\",\"warning\"]"), std::string::npos) << second;
}

TEST_F(RunnerTest, HungWorkersHoldUpNobodyElseAndDieWithTheirGroup) {
  auto& r = runner(2, script("sleep 1000 & echo $! >> " + dir + "/pids; echo $$ >> " + dir + "/pids; wait"));
  std::vector<RunnableCheck> all{check("local/count", "count")};
  for (int i = 0; i < 5; ++i) all.push_back(check("local/hung" + std::to_string(i), "probe"));
  r.set(all);
  for (int i = 0; i < 5; ++i) start("local/hung" + std::to_string(i));
  EXPECT_EQ(r.queued(), 3U);
  EXPECT_TRUE(r.is_resident("local/count"));
  EXPECT_FALSE(r.is_resident("local/hung0"));
  start("local/count");
  EXPECT_EQ(one().id, "local/count");
  // Both workers have begun (their children are written down) before time passes.
  const auto pids = [this] {
    std::vector<pid_t> out;
    std::ifstream file(dir + "/pids");
    for (pid_t pid; file >> pid;) out.push_back(pid);
    return out;
  };
  ASSERT_TRUE(test::eventually([&] { return pids().size() == 4; }));
  clock.advance(seconds{12});
  poll();
  poll();
  std::map<std::string, Finished> finished;
  for (auto& f : r.take_finished()) finished.emplace(f.id, f);
  EXPECT_TRUE(finished.contains("local/hung0"));
  EXPECT_EQ(finished.at("local/hung0").outcome.state, State::unknown);
  runner_.reset();
  // Killed with what they started: every process is gone, or a zombie nobody has collected yet.
  for (const auto pid : pids()) {
    EXPECT_TRUE(test::eventually([pid] {
      std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
      std::string word;
      char state = '?';
      return !(stat >> word >> word >> state) || state == 'Z';
    })) << pid;
  }
}

TEST_F(RunnerTest, AQueuedCheckThatNeverGetsAWorkerSaysSo) {
  auto& r = runner(1, script("sleep 1000"));
  auto long_one = check("local/long", "probe");
  long_one.timeout = seconds{100};
  r.set({long_one, check("local/b", "probe")});
  start("local/long");
  start("local/b");
  poll();
  ASSERT_EQ(r.next(), clock.mono() + seconds{10});
  clock.advance(seconds{10});
  poll();
  const auto finished = one();
  EXPECT_EQ(finished.id, "local/b");
  EXPECT_EQ(finished.outcome.msg.id, "agent.check.no_worker");
  EXPECT_EQ(finished.late, seconds{10});
}

TEST_F(RunnerTest, ARemovedCheckEndsWithoutAResult) {
  auto& r = runner(1, script("sleep 1000"));
  r.set({check("local/a", "probe"), check("local/b", "probe")});
  start("local/a");
  start("local/b");
  EXPECT_EQ(r.set({}), (std::vector<std::string>{"local/a", "local/b"}));
  EXPECT_EQ(r.running(), 0U);
  EXPECT_TRUE(r.take_finished().empty());
}

TEST_F(RunnerTest, NoWorkerProgramIsAnAnswerToo) {
  auto& r = runner(1, dir + "/missing");
  r.set({check("local/a", "probe")});
  start("local/a");
  for (const test::Patience patience; patience.left() && r.running() > 0;) poll(20);
  EXPECT_EQ(one().outcome.state, State::unknown);
}

}  // namespace
}  // namespace xj::agent
