// Key periods on the way of the data: what agents are asked for, and that nobody is silent for a change of
// it.
#include <gtest/gtest.h>

#include "collector/api/json_views.h"
#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

using Words = std::vector<std::string>;
using std::chrono::days;

const Timestamp kBegin = *parse_iso("2026-11-21T00:00:00+08:00");
const Timestamp kEnd = *parse_iso("2026-11-22T00:00:00+08:00");

// oa/http every five minutes, and on the 21st every ten seconds with a stricter threshold.
std::shared_ptr<domain::Contract> with_period(const std::string& revision = "rev-k") {
  auto c = World::contract();
  c->revision = revision;
  auto& http = c->systems[0].checks[0];
  http.interval = 5min, http.stale_after = 15min + 10s, http.tags = {"availability"}, http.attempts = 2;
  http.params["warn"] = {{"85%"}, false, {}};
  for (auto& check : c->systems[0].checks)
    if (check.id != "http") check.interval = 10min, check.stale_after = 30min + 10s;
  domain::KeyPeriod period;
  period.id = "congress", period.title = {"会议保障", "congress"}, period.systems = {"oa"};
  const domain::Date day{std::chrono::year{2026} / 11 / 21};
  period.dates = {{day, day}};
  period.tighten = {{{"availability"}, Duration{10s}, {{"warn", {{"70%"}, false, {}}}}}};
  c->key_periods = {period};
  return c;
}

// web1, which runs oa/http alone. It takes an assignment over when it hears of it, unless `deaf`.
struct Agent : World {
  explicit Agent(Timestamp at) {
    contracts = {with_period()};
    now = at;
    start();
    config = pipeline->assignment("web1").revision;
    interval = interval_now();
    next = now;
  }
  Duration interval_now() const {
    for (const auto& check : pipeline->assignment("web1").checks)
      if (check.id == kHttp) return check.interval;
    return {};
  }
  void hear(const wire::Answer& answer) {
    if (deaf || answer.config == config) return;
    config = answer.config, interval = interval_now();
    next = std::min(next, now + interval);
    ++taken_over;
  }
  void say(std::vector<Result> results, wire::Lane lane = wire::Lane::live) {
    auto b = batch(std::move(results), lane);
    b.config = config;
    hear(send("web1", b));
    spoke = now;
  }
  // Every five seconds: results as they come due, else twice a minute a sign of life.
  void go_on(Duration by, State state = State::ok) {
    const auto end = now + by;
    while (now < end) {
      advance(5s);
      if (away) continue;
      if (now >= next) {
        next = now + interval;
        say({result(++n, kHttp, now, state)});
        ++sent;
      } else if (now - spoke >= 30s) {
        say(lively ? std::vector{result(++n, "office-oa/oa/docs", now, State::ok)} : std::vector<Result>{});
      }
    }
  }
  bool tight() const { return interval == Duration{10s}; }
  Words nothing() const { return {}; }

  std::string config;
  Duration interval{};
  Timestamp next{}, spoke{};
  bool away = false, deaf = false;
  bool lively = false;  // its signs of life are results of another check
  int taken_over = 0, sent = 0;
  std::uint64_t n = 0;
};

TEST(PipelineTighten, TheAssignmentChangesAtBothEndsAndNobodyIsSilentForIt) {
  Agent world(kBegin - 1h);
  const auto plain = world.config;
  world.go_on(1h - 5s);
  EXPECT_FALSE(world.tight());
  EXPECT_EQ(world.interval_now(), Duration{5min});
  world.go_on(5s);  // midnight
  EXPECT_EQ(world.interval_now(), Duration{10s});
  const auto& params = world.pipeline->assignment("web1").checks;
  const auto http =
      std::find_if(params.begin(), params.end(), [](const auto& c) { return c.id == World::kHttp; });
  EXPECT_EQ(http->params.at("warn").texts.front(), "70%");
  world.go_on(30s);
  EXPECT_TRUE(world.tight()) << "heard with the next sign of life";
  EXPECT_NE(world.config, plain);
  world.go_on(24h - 35s);
  EXPECT_GT(world.sent, 8'000);
  EXPECT_TRUE(world.tight());
  world.go_on(60s);
  EXPECT_FALSE(world.tight());
  EXPECT_EQ(world.config, plain) << "what was asked before, to the letter";
  world.go_on(2h);
  EXPECT_EQ(world.taken_over, 2);
  EXPECT_EQ(world.numbers(), world.nothing());
}

TEST(PipelineTighten, WhoRunsItIsHeldToIt) {
  Agent world(kBegin - 1h);
  world.go_on(2h);
  ASSERT_TRUE(world.tight());
  // Speaks, and has nothing of the check any more: 3 intervals and the timeout are 40 s.
  world.next = world.now + 2h;
  world.go_on(35s);
  EXPECT_EQ(world.numbers(), world.nothing());
  world.go_on(35s);
  EXPECT_EQ(world.numbers().size(), 1U);
  // Outside, it may be still for a quarter of an hour.
  Agent outside(kBegin - 3h);
  outside.go_on(1h);
  outside.next = outside.now + 2h;
  outside.go_on(9min);
  EXPECT_EQ(outside.numbers(), outside.nothing());
}

TEST(PipelineTighten, WhoDoesNotHearOfItIsHeldToTheOldRules) {
  Agent world(kBegin - 1h);
  world.deaf = true;
  world.go_on(3h);
  EXPECT_FALSE(world.tight());
  EXPECT_EQ(world.numbers(), world.nothing());
  auto row = checks_view(*world.pipeline, "web1")["checks"].at(0);
  EXPECT_FALSE(row["tightened"]["runs"].bool_or(true));
  world.deaf = false;
  world.go_on(1min);
  EXPECT_TRUE(world.tight());
  world.go_on(1h);
  EXPECT_EQ(world.numbers(), world.nothing());
}

TEST(PipelineTighten, OfflineOverTheBoundaries) {
  for (const auto boundary : {kBegin, kEnd}) {
    Agent world(kBegin - 1h);
    world.go_on(boundary - 10min - world.now);
    world.away = true;
    // Silence of less than is borne outside, of more inside.
    world.go_on(boundary == kBegin ? 14min : 10min + 20s);
    world.away = false;
    if (boundary == kBegin) {
      EXPECT_EQ(world.numbers(), world.nothing());
      world.go_on(2h);
      EXPECT_TRUE(world.tight());
      EXPECT_EQ(world.numbers(), world.nothing());
    } else {
      EXPECT_EQ(world.numbers().size(), 1U) << "it was silent in the period";
    }
  }
}

TEST(PipelineTighten, SpooledResultsFromBeforeAreJudgedByTheirOwnPace) {
  Agent world(kBegin - 1h);
  world.go_on(57min);  // 23:57
  // The line is broken over midnight; the agent goes on, and one bad result is in its spool.
  world.away = true;
  world.go_on(4min);
  world.away = false;
  world.say({});
  world.advance(5s);
  world.say({});
  ASSERT_TRUE(world.tight());
  const auto failed = kBegin - 1min;
  world.say({World::result(++world.n, World::kHttp, failed, State::critical)}, wire::Lane::replay);
  EXPECT_EQ(world.numbers(), world.nothing());
  // Two minutes old is no history for a check that was asked every five: with the next bad one it is a row.
  world.say({World::result(++world.n, World::kHttp, world.now, State::critical)});
  ASSERT_EQ(world.numbers().size(), 1U);
  const auto event = world.pipeline->cases().events("office-oa", world.numbers()[0]).at(0);
  EXPECT_EQ(std::get<domain::Detected>(event.payload).evidence.since, failed);
}

TEST(PipelineTighten, SurvivesARestartInIt) {
  for (const bool orderly : {true, false}) {
    Agent world(kBegin - 1h);
    world.go_on(1h + 40s);
    ASSERT_TRUE(world.tight());
    if (orderly) world.pipeline->save(world.now);
    world.restart();
    EXPECT_EQ(world.interval_now(), Duration{10s});
    EXPECT_EQ(world.pipeline->assignment("web1").revision, world.config);
    world.go_on(10min);
    EXPECT_EQ(world.numbers(), world.nothing());
    EXPECT_TRUE(checks_view(*world.pipeline, "web1")["checks"].at(0)["tightened"]["runs"].bool_or(false));
    world.lively = true;
    // Silence that was found is found at the same place again.
    world.next = world.now + 1h;
    world.go_on(2min);
    ASSERT_EQ(world.numbers().size(), 1U);
    const auto number = world.numbers()[0];
    const auto said = world.course(number);
    const auto standing = world.pipeline->check("web1", World::kHttp)->items[0].since;
    world.restart();
    ASSERT_TRUE(world.pipeline->check("web1", World::kHttp)->items[0].standing.silent);
    EXPECT_EQ(world.pipeline->check("web1", World::kHttp)->items[0].since, standing);
    EXPECT_EQ(world.course(number), said);
    // A collector that was away at the end begins with what is asked then.
    world.crash();
    world.now = kEnd + 10min;
    world.start();
    EXPECT_EQ(world.interval_now(), Duration{5min});
    world.away = false, world.next = world.now;
    world.go_on(1h);
    EXPECT_FALSE(world.tight());
    EXPECT_EQ(world.numbers().size(), 1U);
  }
}

// A collector that starts after the period finds nothing in its journal but a stretch of it. What is steady
// shows nowhere by which rules it was held, so the log has to say which they were.
TEST(PipelineTighten, ACountedStretchIsReplayedUnderThePeriodOfItsTime) {
  Agent world(kBegin - 1h);
  world.go_on(1h + 5min);
  ASSERT_TRUE(world.tight());
  world.pipeline->save(world.now);
  CountedStretch stretch;
  stretch.agent = "web1", stretch.epoch = "e1", stretch.config = world.config;
  stretch.first = world.now + 10s, stretch.apart = 10s, stretch.contacts = 60;
  stretch.runs = {{World::result(world.n + 1, World::kHttp, stretch.first, State::ok), 10s, 60}};
  stretch.last = stretch.runs[0].last();
  ASSERT_TRUE(world.pipeline->take_counted({stretch}, stretch.last));
  world.crash();
  world.now = kEnd + 10min;
  testing::internal::CaptureStderr();
  world.start();
  const auto log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("1 checks are tightened from " + to_iso(stretch.last)), std::string::npos) << log;
  EXPECT_EQ(world.pipeline->check("web1", World::kHttp)->latest.slot, stretch.last);
  EXPECT_EQ(world.interval_now(), Duration{5min});
}

TEST(PipelineTighten, AReloadInItGoesOnOrEndsIt) {
  Agent world(kBegin - 1h);
  world.go_on(2h);
  ASSERT_TRUE(world.tight());
  const auto config = world.config;
  world.pipeline->set_contracts({with_period("rev-2")}, world.now);
  EXPECT_EQ(world.pipeline->assignment("web1").revision, config) << "the same is asked";
  world.go_on(10min);
  EXPECT_EQ(world.taken_over, 1);
  auto without = with_period("rev-3");
  without->key_periods.clear();
  world.pipeline->set_contracts({without}, world.now);
  world.go_on(1min);
  EXPECT_FALSE(world.tight());
  world.go_on(1h);
  world.pipeline->set_contracts({with_period("rev-4")}, world.now);
  world.go_on(1min);
  EXPECT_TRUE(world.tight()) << "it comes in the middle of its day";
  world.go_on(1h);
  EXPECT_EQ(world.numbers(), world.nothing());
}

TEST(PipelineTighten, AClockSetOverTheBoundaryAndBack) {
  Agent world(kBegin - 1h);
  world.go_on(10min);
  const auto real = world.now;
  world.now = kBegin + 1h;
  world.pipeline->listening_from(world.now);
  world.pipeline->tick(world.now);
  world.next = world.now;
  world.go_on(1min);
  EXPECT_TRUE(world.tight());
  world.now = real + 1min;
  world.pipeline->listening_from(world.now);
  world.pipeline->tick(world.now);
  EXPECT_EQ(world.interval_now(), Duration{5min});
  world.next = world.now, world.spoke = world.now;
  world.go_on(40min);
  EXPECT_FALSE(world.tight());
  world.go_on(1h);
  EXPECT_TRUE(world.tight());
  EXPECT_EQ(world.numbers(), world.nothing());
}

TEST(PipelineTighten, SaysByWhichPeriodAndUntilWhen) {
  Agent world(kBegin - 5min);
  world.go_on(4min);
  auto row = checks_view(*world.pipeline, "web1")["checks"].at(0);
  EXPECT_TRUE(row["tightened"].is_null());
  world.go_on(3min);
  row = checks_view(*world.pipeline, "web1")["checks"].at(0);
  EXPECT_EQ(row["tightened"].dump(),
            R"({"interval":"10s","params":{"warn":"70%"},"by":[{"period":"congress","title":)"
            R"({"zh":"会议保障","en":"congress"},"until":"2026-11-22T00:00:00+08:00"}],"runs":true})");
}

}  // namespace
}  // namespace xj::collector
