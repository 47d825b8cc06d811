// Stretches that are counted: what they come to, also from the journal alone, and that they are refused
// wherever the time in them could bring anything.
#include <gtest/gtest.h>

#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

// web1 and web2 run oa/http every minute, and have said twice that it is well.
struct Fleet : World {
  Fleet() {
    start();
    for (int i = 0; i < 2; ++i) {
      for (const auto* host : {"web1", "web2"}) speak(host, State::ok);
      pipeline->tick(now);
      now += 60s;
    }
    now -= 60s;
  }
  void speak(const std::string& host, State state) {
    auto b = batch({result(++n[host], kHttp, now, state, 5)});
    b.config = pipeline->assignment(host).revision;
    send(host, b);
  }
  // The next `count` minutes of a host.
  CountedStretch minutes(const std::string& host, std::uint64_t count, State state = State::ok) {
    CountedStretch s;
    s.agent = host, s.epoch = "e1", s.config = pipeline->assignment(host).revision;
    s.runs = {{result(n[host] + 1, kHttp, now + 60s, state, 5), 60s, count}};
    s.first = now + 60s, s.last = s.runs[0].last();
    s.apart = 60s, s.contacts = count;
    return s;
  }
  std::vector<CountedStretch> both(std::uint64_t count) {
    return {minutes("web1", count), minutes("web2", count)};
  }
  std::size_t samples(const std::string& host) { return values(host, kHttp).size(); }
  std::map<std::string, std::uint64_t> n;
};

TEST(PipelineCounted, CountsInFull) {
  Fleet w;
  const auto until = w.now + 20min;
  ASSERT_TRUE(w.pipeline->take_counted(w.both(20), until));
  EXPECT_EQ(w.samples("web1"), 22U);
  EXPECT_EQ(w.pipeline->figures().results, 44U);
  EXPECT_EQ(w.pipeline->figures().batches, 44U);
  EXPECT_EQ(w.pipeline->agent("web1")->heard, until);
  const auto check = w.pipeline->check("web1", World::kHttp);
  EXPECT_EQ(check->latest.slot, until);
  EXPECT_EQ(check->latest.n, 22U);
  EXPECT_EQ(check->received, until);
  w.now = until;
  w.advance(180s);
  EXPECT_TRUE(w.numbers().empty()) << "heard until then";
  // As after results that were sent: the same number with the same content is a repeat, with another none.
  auto again = w.batch({World::result(22, World::kHttp, until, State::ok, 5)});
  EXPECT_EQ(w.send("web1", again).accepted, (std::vector<wire::Range>{{22, 22}}));
  again.results[0].state = State::critical;
  EXPECT_EQ(w.send("web1", again).refused.at(0).code, "conflict");
  again.results[0].n = 5;
  EXPECT_EQ(w.send("web1", again).refused.at(0).code, "conflict") << "too long ago to be compared";
  EXPECT_EQ(w.send("web1", again).have, 22U);
}

TEST(PipelineCounted, ComesBackFromTheJournal) {
  Fleet w;
  ASSERT_TRUE(w.pipeline->take_counted(w.both(20), w.now + 20min));
  w.now += 20min;
  w.restart();
  EXPECT_EQ(w.samples("web1"), 22U);
  EXPECT_EQ(w.pipeline->agent("web2")->heard, w.now);
  EXPECT_EQ(w.pipeline->check("web2", World::kHttp)->latest.slot, w.now);
  EXPECT_EQ(w.send("web1", w.batch({World::result(22, World::kHttp, w.now, State::ok, 5)})).accepted,
            (std::vector<wire::Range>{{22, 22}}));
  // And goes on where it was: two more that fail are not yet three.
  for (std::uint64_t i = 1; i <= 3; ++i) {
    EXPECT_TRUE(w.numbers().empty());
    w.now += 60s;
    w.send("web1", {World::result(22 + i, World::kHttp, w.now, State::critical)});
  }
  EXPECT_EQ(w.numbers().size(), 1U);
}

TEST(PipelineCounted, AStandingProblemIsCountedUntilItsClocksSpeak) {
  Fleet w;
  for (int i = 0; i < 3; ++i) {
    w.now += 60s;
    w.speak("web1", State::critical);
    w.speak("web2", State::ok);
    w.pipeline->tick(w.now);
  }
  ASSERT_EQ(w.numbers().size(), 1U);
  w.advance(5s);
  w.now -= 5s;
  const auto due = w.pipeline->quiet_until();
  EXPECT_GT(due, w.now);
  EXPECT_LT(due, w.now + 30min) << "a clock's warning";
  const auto room = static_cast<std::uint64_t>((due - w.now) / 60s);
  ASSERT_GE(room, 1U);
  const auto stretch = [&](std::uint64_t count) {
    return std::vector{w.minutes("web1", count, State::critical), w.minutes("web2", count)};
  };
  EXPECT_FALSE(w.pipeline->take_counted(stretch(room + 1), w.now + (room + 1) * 60s));
  const auto events = w.pipeline->figures().events;
  EXPECT_TRUE(w.pipeline->take_counted(stretch(room - 1), w.now + (room - 1) * 60s));
  EXPECT_EQ(w.pipeline->figures().events, events);
}

// Each refusal leaves everything as it was.
TEST(PipelineCounted, IsRefusedWhereAnythingCouldHappen) {
  Fleet w;
  const auto refused = [&](const char* why, std::vector<CountedStretch> stretches, Duration length = 20min) {
    const auto before = w.pipeline->figures();
    EXPECT_FALSE(w.pipeline->take_counted(stretches, w.now + length)) << why;
    EXPECT_EQ(w.pipeline->figures().results, before.results) << why;
    EXPECT_EQ(w.pipeline->figures().journal_position, before.journal_position) << why;
    EXPECT_EQ(w.samples("web1"), 2U) << why;
  };
  const auto with = [&](auto change) {
    auto stretches = w.both(20);
    change(stretches[0]);
    return stretches;
  };
  refused("another state", {w.minutes("web1", 20, State::warning), w.minutes("web2", 20)});
  refused("web1 would be silent meanwhile", {w.minutes("web2", 20)});
  refused("web1 would be silent at the end", {w.minutes("web1", 10), w.minutes("web2", 20)});
  refused("slower than silence is borne", with([](CountedStretch& s) {
            s.runs[0].step = 200s, s.runs[0].count = 5, s.last = s.runs[0].last();
          }));
  refused("heard too seldom", with([](CountedStretch& s) { s.apart = 200s; }));
  refused("a hole between", with([](CountedStretch& s) {
            auto later = s.runs[0];
            s.runs[0].count = 5;
            later.first.n += 5, later.first.slot += 10min, later.count = 10;
            s.runs.push_back(later);
          }));
  refused("numbers that were used", with([](CountedStretch& s) { s.runs[0].first.n = 2; }));
  refused("slots that were seen", with([](CountedStretch& s) { s.runs[0].first.slot -= 60s; }));
  refused("a check nobody knows", with([](CountedStretch& s) { s.runs[0].first.check = "office-oa/oa/x"; }));
  refused("a check not seen yet", with([](CountedStretch& s) {
            auto other = s.runs[0];
            other.first.check = World::kLogin, other.first.n += 20;
            s.runs.push_back(other);
          }));
  refused("an item not seen yet",
          with([](CountedStretch& s) { s.runs[0].first.items = {{"/data", State::ok, {}, {}}}; }));
  refused("another assignment", with([](CountedStretch& s) { s.config = "other"; }));
  refused("a host no contract knows", with([](CountedStretch& s) { s.agent = "web3"; }));
  w.pipeline->run_now({{"web1", {World::kHttp}}}, w.now);
  refused("somebody waits for a result", w.both(20));
}

TEST(PipelineCounted, WhatPeopleSaidIsOverIsLookedAtOneByOne) {
  Fleet w;
  for (int i = 0; i < 3; ++i) {
    w.now += 60s;
    w.speak("web1", State::critical), w.speak("web2", State::ok);
    w.pipeline->tick(w.now);
  }
  ASSERT_EQ(w.numbers().size(), 1U);
  domain::Act act;
  act.verb = domain::Verb::recover, act.person = "zhang", act.at = w.now, act.text = "好了", act.via = "t";
  const auto done = w.pipeline->act({"office-oa", w.numbers()[0]}, act, w.now);
  ASSERT_TRUE(std::holds_alternative<std::vector<domain::Event>>(done));
  EXPECT_FALSE(
      w.pipeline->take_counted({w.minutes("web1", 2, State::critical), w.minutes("web2", 2)}, w.now + 2min));
}

}  // namespace
}  // namespace xj::collector
