// Every write and sync of the collector meets a power cut once. Whatever was acknowledged before it is found
// exactly once afterwards: in the journal or the history, in the evaluator's memory, in the cases.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

struct Sent {
  std::string agent;
  std::vector<Result> results;
};
struct Step {
  Timestamp at;
  std::vector<Sent> batches;  // of one commit; empty: a tick
  bool save = false;
};

const std::string kHttp = "office-oa/oa/http";
const std::string kDocs = "office-oa/oa/docs";

// Two hosts: one turns bad, its neighbour joins the case, both recover; one falls silent, long enough to be
// noticed also by a collector that restarts meanwhile, and comes back.
std::vector<Step> story() {
  std::vector<Step> steps;
  std::map<std::string, std::uint64_t> n;
  auto now = domain::fixture::kT0;
  const auto sent = [&](const std::string& agent, State state) {
    std::vector<Result> results;
    for (const auto& check : {kHttp, kDocs}) {
      const auto number = ++n[agent];
      results.push_back(World::result(number, check, now, check == kHttp ? state : State::ok));
    }
    return Sent{agent, results};
  };
  for (int minute = 0; minute < 22; ++minute) {
    now += 60s;
    const auto one = minute >= 2 && minute < 7 ? State::critical : State::ok;
    const auto two = minute >= 3 && minute < 8 ? State::warning : State::ok;
    Step step{now, {sent("web1", one)}, false};
    if (minute < 9 || minute > 19) step.batches.push_back(sent("web2", two));
    steps.push_back(step);
    steps.push_back({now + 30s, {}, minute % 6 == 3});
  }
  return steps;
}

struct Ledger {
  std::set<std::pair<std::string, std::uint64_t>> acknowledged;
};

void run(World& world, const std::vector<Step>& steps, std::size_t& next, Ledger& ledger) {
  for (; next < steps.size(); ++next) {
    const auto& step = steps[next];
    world.now = step.at;
    if (step.batches.empty()) {
      world.pipeline->tick(world.now);
      if (step.save) world.pipeline->save(world.now);
      continue;
    }
    std::vector<Submission> list;
    for (const auto& sent : step.batches)
      list.push_back(World::submission(sent.agent, world.batch(sent.results)));
    const auto answers = world.pipeline->take(std::move(list), world.now);
    for (std::size_t i = 0; i < answers.size(); ++i)
      for (const auto& [first, last] : answers[i].accepted)
        for (auto number = first; number <= last; ++number)
          ledger.acknowledged.insert({step.batches[i].agent, number});
    world.pipeline->apply(world.now);
  }
}

std::vector<std::string> all_events(World& world) {
  std::vector<std::string> out;
  for (const auto& number : world.numbers()) {
    std::size_t n = 0;
    for (const auto& kind : world.course(number))
      out.push_back(number + " " + std::to_string(++n) + " " + kind);
  }
  return out;
}

std::multiset<std::pair<std::string, std::uint64_t>> all_results(World& world) {
  std::multiset<std::pair<std::string, std::uint64_t>> out;
  world.pipeline->history().for_each([&](const SeriesId& id, const std::vector<Sample>& samples) {
    for (const auto& s : samples)
      out.insert({id.agent, static_cast<std::uint64_t>(std::get<std::int64_t>(s.metrics.at(0).value))});
  });
  return out;
}

TEST(PowerCut, AtEveryOperationEveryAcknowledgedResultIsThereExactlyOnce) {
  const auto steps = story();
  std::vector<std::string> expected_events;
  std::multiset<std::pair<std::string, std::uint64_t>> expected_results;
  std::uint64_t operations = 0, first = 0;
  {
    World world;
    world.start();
    first = world.disk.operations();
    std::size_t next = 0;
    Ledger ledger;
    run(world, steps, next, ledger);
    world.pipeline->save(world.now);
    operations = world.disk.operations();
    expected_events = all_events(world);
    expected_results = all_results(world);
    EXPECT_EQ(ledger.acknowledged.size(), expected_results.size());
  }
  ASSERT_GT(expected_events.size(), 8u);
  ASSERT_GT(operations, first + 50);

  // A step keeps the whole in the seconds a unit test may take; over the runs every kind of operation is met.
  for (std::uint64_t cut = 1; cut <= operations; cut += 1 + (cut % 5)) {
    World world;
    Ledger ledger;
    std::size_t next = 0;
    world.disk.cut_at(cut);
    try {
      world.start();
      run(world, steps, next, ledger);
      world.pipeline->save(world.now);
    } catch (const std::exception&) {
      ASSERT_TRUE(world.disk.cut()) << "a fault without a cut, at " << cut;
    }
    if (!world.disk.cut()) continue;
    world.crash();
    world.disk.restart(cut % 5);
    world.start();
    // What was told to be in is in, before anybody sends again.
    {
      const auto found = all_results(world);
      for (const auto& told : ledger.acknowledged)
        ASSERT_EQ(found.count(told), 1u) << "cut " << cut << " " << told.first << "/" << told.second;
    }
    // The agents send the step again that was cut off, and go on.
    run(world, steps, next, ledger);
    EXPECT_EQ(all_results(world), expected_results) << "cut " << cut;
    EXPECT_EQ(all_events(world), expected_events) << "cut " << cut;
    std::set<std::string> keys;
    for (const auto& row : world.pipeline->outbox().recent(1'000)) EXPECT_TRUE(keys.insert(row.key).second);
    if (testing::Test::HasFailure()) return;
  }
}

// Applying the same journal twice is applying it once: forget the snapshot's progress, replay, compare.
TEST(Replay, OfEverythingGivesTheSameState) {
  const auto steps = story();
  World world;
  world.start();
  std::size_t next = 0;
  Ledger ledger;
  run(world, steps, next, ledger);
  const auto events = all_events(world);
  const auto results = all_results(world);
  const auto before = world.pipeline->checks({});
  for (int life = 0; life < 3; ++life) {
    world.restart();
    EXPECT_EQ(all_events(world), events);
    EXPECT_EQ(all_results(world), results);
    const auto after = world.pipeline->checks({});
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t i = 0; i < after.size(); ++i) {
      EXPECT_EQ(after[i].latest, before[i].latest);
      ASSERT_EQ(after[i].items.size(), before[i].items.size());
      for (std::size_t k = 0; k < after[i].items.size(); ++k)
        EXPECT_EQ(after[i].items[k].standing, before[i].items[k].standing);
    }
    if (life == 1) world.pipeline->save(world.now);
  }
  // All of it sent once more changes nothing, whether it can still be compared or not.
  for (const auto& step : steps)
    for (const auto& sent : step.batches) {
      const auto answer = world.send(sent.agent, world.batch(sent.results));
      EXPECT_NE(answer.accepted.empty(), answer.refused.empty());
      for (const auto& refused : answer.refused) EXPECT_EQ(refused.code, "conflict");
    }
  EXPECT_EQ(all_results(world), results);
  EXPECT_EQ(all_events(world), events);
}

}  // namespace
}  // namespace xj::collector
