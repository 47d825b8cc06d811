#include "agent/uplink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "tests/fakes/power_cut_fs.h"

namespace xj::agent {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using wire::Lane;

const Timestamp kStart = *parse_iso("2026-11-20T08:00:00Z");

// A collector that answers when it is asked to; requests wait in `asked` until then.
class FakeTransport final : public Transport {
 public:
  void start(io::HttpRequest request, MonoTime, MonoTime deadline) override {
    EXPECT_FALSE(busy_);
    busy_ = true;
    until = deadline;
    asked.push_back(std::move(request));
    if (reply) result_ = reply(asked.back());
  }
  bool busy() const override { return busy_; }
  bool finished() const override { return result_.has_value(); }
  io::HttpConnection::Want want() const override { return {-1, 0, until}; }
  void on_ready(MonoTime) override {}
  io::HttpResult take() override {
    busy_ = false;
    auto out = std::move(*result_);
    result_.reset();
    return out;
  }
  void answer(io::HttpResult result) { result_ = std::move(result); }

  std::function<io::HttpResult(const io::HttpRequest&)> reply;
  std::vector<io::HttpRequest> asked;
  MonoTime until{};

 private:
  bool busy_ = false;
  std::optional<io::HttpResult> result_;
};

io::HttpResponse response(int status, std::string body = {},
                          std::vector<std::pair<std::string, std::string>> headers = {}) {
  return {status, std::move(headers), std::move(body)};
}
io::HttpError refused_connection() {
  return {io::HttpFailure::connect, {"io.http.connect", {{"address", "127.0.0.1:1"}, {"detail", "refused"}}}};
}

class UplinkTest : public ::testing::Test {
 protected:
  UplinkTest() {
    SpoolOptions options;
    options.dir = "/state/spool";
    options.lazy = seconds{2};
    options.make_epoch = [this] { return "e" + std::to_string(++epochs); };
    spool = std::make_unique<Spool>(fs, options, clock.now(), clock.mono());
    transport.reply = [this](const io::HttpRequest& r) { return collector(r); };
    uplink =
        std::make_unique<Uplink>(*spool, transport, UplinkOptions{"web-1", seconds{30}, seconds{5}, 100});
  }
  // What a good collector does; tests change `config`, `commands` or replace transport.reply.
  io::HttpResult collector(const io::HttpRequest& request) {
    if (request.target.starts_with("/v1/assignment")) {
      if (request.target == "/v1/assignment?have=" + config) return response(304);
      return response(200, wire::encode(wire::Assignment{config, {}}));
    }
    if (request.target == "/v1/renew") return response(200, R"({"certificate":"PEM"})");
    auto body = request.body;
    for (const auto& [name, value] : request.headers)
      if (name == "Content-Encoding") body = std::get<std::string>(wire::inflate(body));
    const auto decoded = wire::decode_batch(body);
    const auto& batch = std::get<wire::DecodedBatch>(decoded).batch;
    batches.push_back(batch);
    wire::Answer answer;
    for (const auto& r : batch.results) {
      answer.accepted.push_back({r.n, r.n});
      answer.have = std::max(answer.have, r.n);
    }
    answer.now = clock.now() + offset;
    answer.config = config;
    answer.commands = std::exchange(commands, {});
    return response(200, wire::encode(answer));
  }
  void append(int count = 1, bool urgent = false, std::size_t bytes = 10) {
    for (int i = 0; i < count; ++i) {
      Result r;
      r.check = "local/a";
      r.slot = clock.now();
      r.msg = Message::literal(std::string(bytes, 'x'));
      spool->append(r, clock.now(), clock.mono(), urgent);
      uplink->appended(clock.mono(), urgent);
    }
  }
  // One turn of the loop at this moment.
  void turn() {
    spool->tick(clock.now(), clock.mono());
    uplink->step(clock.now(), clock.mono());
  }
  // The loop for a while: from one wake-up to the next. Fails when it never sleeps.
  void live(Duration time) {
    const auto end = clock.mono() + time;
    int turns = 0;
    while (true) {
      turn();
      ASSERT_LT(++turns, 5000) << "the loop spins";
      const auto next = std::min({spool->next(), uplink->next(clock.mono()), end});
      if (next <= clock.mono() && clock.mono() >= end) return;
      ASSERT_GE(next, clock.mono());
      idle_turns = next == clock.mono() ? idle_turns + 1 : 0;
      ASSERT_LT(idle_turns, 5) << "awake without work";
      clock.advance(next - clock.mono());
      if (clock.mono() >= end) return turn();
    }
  }
  std::size_t posts() const {
    return static_cast<std::size_t>(std::count_if(transport.asked.begin(), transport.asked.end(),
                                                  [](const auto& r) { return r.target == "/v1/results"; }));
  }

  fakes::PowerCutFs fs;
  ManualClock clock{kStart};
  int epochs = 0, idle_turns = 0;
  Duration offset{0};
  std::string config;
  std::vector<wire::Command> commands;
  std::vector<wire::Batch> batches;
  FakeTransport transport;
  std::unique_ptr<Spool> spool;
  std::unique_ptr<Uplink> uplink;
};

TEST_F(UplinkTest, FirstAsksForTheAssignmentThenSendsAtOnce) {
  config = "rev1";
  append();
  turn();
  ASSERT_EQ(transport.asked.size(), 2U);
  EXPECT_EQ(transport.asked[0].target, "/v1/assignment?have=");
  EXPECT_EQ(uplink->take_assignment()->revision, "rev1");
  EXPECT_FALSE(uplink->take_assignment());
  EXPECT_EQ(transport.asked[1].target, "/v1/results");
  EXPECT_EQ(batches.at(0).lane, Lane::live);
  EXPECT_EQ(batches[0].epoch, spool->epoch());
  EXPECT_EQ(batches[0].config, "rev1");
  EXPECT_EQ(spool->status().held, 0U);
  EXPECT_TRUE(uplink->status().connected);
}

TEST_F(UplinkTest, OrdinaryResultsWaitForCompanyNewsDoNot) {
  append();
  live(seconds{1});
  const auto before = posts();
  for (int i = 0; i < 10; ++i) {
    append();
    live(Duration{900});
  }
  EXPECT_EQ(posts() - before, 1U);
  live(seconds{10});
  EXPECT_EQ(posts() - before, 2U);
  EXPECT_EQ(spool->status().held, 0U);
  const auto then = clock.mono();
  append(1, true);
  live(seconds{1});
  EXPECT_EQ(posts() - before, 3U);
  EXPECT_LE(clock.mono() - then, seconds{1});
}

TEST_F(UplinkTest, SilenceIsBrokenByAHeartbeatThatLearnsOfNewThings) {
  live(minutes{1});
  transport.asked.clear();
  append();
  live(minutes{1});
  config = "rev2";
  commands = {{"c1", "run_now", {"local/a"}}};
  live(minutes{3});
  EXPECT_EQ(uplink->take_assignment()->revision, "rev2");
  const auto heard = uplink->take_commands();
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].args[0], "local/a");
  EXPECT_LE(posts(), 11U);
  EXPECT_TRUE(batches.back().results.empty());
}

TEST_F(UplinkTest, WhatIsNotYetSyncedIsNotForgottenByAHeartbeat) {
  append();
  live(seconds{10});
  clock.advance(seconds{61});
  append();  // in the turn in which the heartbeat is due
  turn();
  EXPECT_TRUE(batches.back().results.empty());
  live(seconds{8});
  EXPECT_EQ(spool->status().held, 0U);
}

TEST_F(UplinkTest, BacksOffWithJitterAndComesBack) {
  transport.reply = [](const auto&) { return refused_connection(); };
  append();
  live(minutes{10});
  EXPECT_FALSE(uplink->status().connected);
  EXPECT_EQ(uplink->status().trouble.id, "io.http.connect");
  EXPECT_EQ(uplink->status().since, kStart);
  const auto tries = transport.asked.size();
  EXPECT_GE(tries, 10U);
  EXPECT_LE(tries, 30U);
  EXPECT_EQ(uplink->take_log().size(), 1U) << "one line for one trouble";
  transport.reply = [this](const auto& r) { return collector(r); };
  live(minutes{2});
  EXPECT_TRUE(uplink->status().connected);
  EXPECT_FALSE(uplink->status().since);
  EXPECT_EQ(spool->status().held, 0U);
}

TEST_F(UplinkTest, TwoHostsDoNotComeBackTogether) {
  std::vector<Duration> waits;
  for (const auto* name : {"web-1", "web-2", "db-1"}) {
    FakeTransport away;
    away.reply = [](const auto&) { return refused_connection(); };
    Uplink one(*spool, away, {name, seconds{30}, seconds{5}, 100});
    one.step(clock.now(), clock.mono());
    waits.push_back(one.next(clock.mono()) - clock.mono());
  }
  EXPECT_NE(waits[0], waits[1]);
  EXPECT_NE(waits[1], waits[2]);
  for (const auto wait : waits) {
    EXPECT_GE(wait, Duration{500});
    EXPECT_LE(wait, seconds{1});
  }
}

TEST_F(UplinkTest, RetryAfterIsHeard) {
  live(seconds{1});
  for (const int status : {429, 503}) {
    transport.reply = [status](const auto&) { return response(status, "", {{"retry-after", "120"}}); };
    append(1, true);
    live(seconds{2});
    const auto at = transport.asked.size();
    live(seconds{110});
    EXPECT_EQ(transport.asked.size(), at) << status;
    transport.reply = [this](const auto& r) { return collector(r); };
    live(seconds{20});
    EXPECT_GT(transport.asked.size(), at);
    EXPECT_EQ(spool->status().held, 0U);
  }
  // Nonsense there is no reason to be silent for ever.
  transport.reply = [](const auto&) { return response(503, "", {{"retry-after", "99999999"}}); };
  append(1, true);
  live(seconds{2});
  EXPECT_LE(uplink->next(clock.mono()) - clock.mono(), std::chrono::hours{1});
}

TEST_F(UplinkTest, WhomTheSameMomentWasNamedComesBackSpread) {
  constexpr int kHosts = 200;
  std::vector<std::unique_ptr<FakeTransport>> collectors;
  std::vector<std::unique_ptr<Uplink>> hosts;
  for (int i = 0; i < kHosts; ++i) {
    auto& away = *collectors.emplace_back(std::make_unique<FakeTransport>());
    away.reply = [](const auto&) { return response(503, "", {{"retry-after", "5"}}); };
    hosts.push_back(std::make_unique<Uplink>(
        *spool, away, UplinkOptions{"web-" + std::to_string(i), seconds{30}, seconds{5}, 100}));
  }
  // All ask at once, again and again; each is told five seconds every time.
  for (int time = 0; time < 6; ++time) {
    for (const auto& host : hosts) host->step(clock.now(), clock.mono());
    std::map<std::int64_t, int> by_second;
    MonoTime last{};
    for (const auto& host : hosts) {
      const auto next = host->next(clock.mono());
      EXPECT_GE(next - clock.mono(), seconds{5});
      EXPECT_LE(next - clock.mono(), seconds{5} + Uplink::kMaxSpread);
      ++by_second[(next - clock.mono()) / seconds{1}];
      last = std::max(last, next);
    }
    const auto busiest = std::max_element(by_second.begin(), by_second.end(),
                                          [](const auto& a, const auto& b) { return a.second < b.second; });
    if (time >= 5) {
      EXPECT_LT(busiest->second, kHosts / 10) << "in second " << busiest->first;
    }
    clock.advance(last - clock.mono());
  }
}

TEST_F(UplinkTest, ABacklogThatHasNoRoomKeepsNothingNewWaiting) {
  transport.reply = [](const auto&) { return refused_connection(); };
  append(1000);
  live(minutes{5});
  int turned_away = 0;
  bool room = false;
  transport.reply = [&](const io::HttpRequest& request) -> io::HttpResult {
    const auto before = batches.size();
    auto result = collector(request);
    if (room || batches.size() == before || batches.back().lane != Lane::replay) return result;
    batches.pop_back();
    ++turned_away;
    return response(429, "", {{"retry-after", "1"}});
  };
  live(minutes{1});
  EXPECT_TRUE(uplink->status().connected);
  for (int i = 0; i < 20; ++i) {
    const auto before = batches.size();
    append(1, true);
    live(seconds{3});
    ASSERT_GT(batches.size(), before) << "the live one waits for the backlog";
    EXPECT_EQ(batches.back().results.size(), 1U);
  }
  EXPECT_GT(turned_away, 3);
  EXPECT_LT(turned_away, 40) << "it asks ever more rarely";
  EXPECT_TRUE(uplink->status().connected);
  EXPECT_EQ(spool->status().held, 1000U);
  room = true;
  live(minutes{2});
  EXPECT_EQ(spool->status().held, 0U);
}

TEST_F(UplinkTest, LiveGoesBeforeTheBacklogWhichIsPaced) {
  transport.reply = [](const auto&) { return refused_connection(); };
  append(1000);
  live(minutes{5});
  transport.reply = [this](const auto& r) { return collector(r); };
  append(3, true);
  live(minutes{2});
  ASSERT_GE(batches.size(), 2U);
  EXPECT_EQ(batches[0].lane, Lane::live);
  EXPECT_EQ(batches[0].results.size(), 3U);
  EXPECT_EQ(batches[1].lane, Lane::replay);
  EXPECT_EQ(spool->status().held, 0U);
}

TEST_F(UplinkTest, ReplayRateHoldsOverManyBatches) {
  transport.reply = [](const auto&) { return refused_connection(); };
  append(5000);
  live(minutes{5});
  transport.reply = [this](const auto& r) { return collector(r); };
  live(minutes{1});
  const auto start = clock.mono();
  const auto held = spool->status().held;
  live(seconds{10});
  EXPECT_EQ(clock.mono() - start, seconds{10});
  const auto sent = held - spool->status().held;
  EXPECT_LE(sent, 2000U) << "100 a second in requests of at most 1000";
  live(minutes{2});
  EXPECT_EQ(spool->status().held, 0U);
}

TEST_F(UplinkTest, AMalformedBatchIsHalvedUntilTheCulpritIsAlone) {
  live(seconds{1});
  transport.reply = [this](const io::HttpRequest& request) -> io::HttpResult {
    if (request.target == "/v1/results" && request.body.find("\"n\":7,") != std::string::npos)
      return response(400, R"({"error":{"code":"malformed","detail":"results[6]"}})");
    return collector(request);
  };
  append(20, true);
  live(minutes{3});
  EXPECT_EQ(spool->status().held, 0U);
  EXPECT_EQ(spool->status().refused, 1U);
  std::size_t arrived = 0;
  for (const auto& batch : batches) arrived += batch.results.size();
  EXPECT_EQ(arrived, 19U);
}

TEST_F(UplinkTest, SomethingThatRefusesEverythingDoesNotEmptyTheSpool) {
  live(seconds{1});
  transport.reply = [this](const io::HttpRequest& request) -> io::HttpResult {
    if (request.target == "/v1/results") return response(400, "<html>400 Bad Request</html>");
    return collector(request);
  };
  append(200, true);
  live(minutes{10});
  EXPECT_GE(spool->status().held, 150U) << "one a minute at most, once the first few were given up";
  transport.reply = [this](const auto& r) { return collector(r); };
  live(minutes{2});
  EXPECT_EQ(spool->status().held, 0U);
}

TEST_F(UplinkTest, AnAnswerThatSettlesNothingIsAFailureNotALoop) {
  live(seconds{1});
  transport.asked.clear();
  transport.reply = [this](const io::HttpRequest&) {
    wire::Answer answer;
    answer.now = clock.now();
    return response(200, wire::encode(answer));
  };
  append(1, true);
  live(minutes{5});
  EXPECT_LE(transport.asked.size(), 20U);
  EXPECT_EQ(uplink->status().trouble.id, "agent.uplink.nothing_settled");
  EXPECT_EQ(spool->status().held, 1U);
}

TEST_F(UplinkTest, WhateverTheCollectorSaysNothingIsLostAndNothingSpins) {
  live(seconds{1});
  const std::vector<io::HttpResult> nonsense{
      response(200, "{"),
      response(200, "[]"),
      response(204),
      response(302),
      response(401),
      response(403),
      response(404),
      response(500),
      io::HttpError{io::HttpFailure::tls_rejected_us, {"io.tls.rejected_us", {}}}};
  for (const auto& one : nonsense) {
    transport.asked.clear();
    transport.reply = [&one](const auto&) { return one; };
    append(3, true);
    live(minutes{5});
    EXPECT_LE(transport.asked.size(), 40U);
    EXPECT_FALSE(uplink->status().connected);
    EXPECT_EQ(spool->status().held, 3U);
    transport.reply = [this](const auto& r) { return collector(r); };
    live(minutes{2});
    EXPECT_EQ(spool->status().held, 0U);
  }
}

TEST_F(UplinkTest, ResultsGoOnWhenTheAssignmentCannotBeHad) {
  transport.reply = [this](const io::HttpRequest& request) -> io::HttpResult {
    if (request.target.starts_with("/v1/assignment")) return response(404);
    return collector(request);
  };
  append();
  live(seconds{2});
  EXPECT_EQ(spool->status().held, 0U);
}

TEST_F(UplinkTest, RenewalIsAskedUntilItComes) {
  live(seconds{1});
  uplink->renew("CSR");
  transport.reply = [this](const io::HttpRequest& request) -> io::HttpResult {
    if (request.target == "/v1/renew") return response(500);
    return collector(request);
  };
  live(minutes{30});
  EXPECT_TRUE(uplink->renewing());
  EXPECT_FALSE(uplink->take_certificate());
  const auto failures = uplink->status().failures;
  EXPECT_GE(failures, 2U);
  EXPECT_LE(failures, 5U);
  transport.reply = [this](const auto& r) { return collector(r); };
  live(minutes{11});
  EXPECT_EQ(uplink->take_certificate(), "PEM");
  EXPECT_FALSE(uplink->renewing());
}

TEST_F(UplinkTest, LargeBodiesAreCompressedAndTheOffsetIsMeasured) {
  live(seconds{1});
  offset = seconds{7};
  append(100, true, 1000);
  live(seconds{5});
  EXPECT_EQ(uplink->status().offset, seconds{7});
  EXPECT_EQ(batches.back().results.size(), 100U);
  EXPECT_LT(transport.asked.back().body.size(), 20'000U);
}

TEST_F(UplinkTest, TheDeadlineOfARequestIsTheTransports) {
  transport.reply = nullptr;
  turn();
  EXPECT_EQ(transport.until, clock.mono() + seconds{30});
  EXPECT_EQ(uplink->next(clock.mono()), transport.until);
  transport.answer(response(304));
  turn();
  EXPECT_FALSE(transport.finished());
}

}  // namespace
}  // namespace xj::agent
