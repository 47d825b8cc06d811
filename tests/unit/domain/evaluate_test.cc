#include "collector/domain/evaluate.h"

#include <gtest/gtest.h>

namespace xj::domain {
namespace {

using namespace std::chrono_literals;

const Timestamp kT0 = *parse_iso("2026-11-20T01:00:00Z");
constexpr EvalPolicy kPolicy{3, 190s};

struct Item1 {
  ItemMemory m;
  Timestamp now = kT0;
  EvalPolicy policy = kPolicy;
  // One result a minute later, seen at once.
  std::optional<Transition> see(State s, wire::Lane lane = wire::Lane::live) {
    now += 60s;
    return evaluate(m, {now, now, lane, s, nullptr, nullptr}, policy);
  }
  std::optional<Transition> at(Timestamp slot, Timestamp received, State s, wire::Lane lane) {
    return evaluate(m, {slot, received, lane, s, nullptr, nullptr}, policy);
  }
};
constexpr auto ok = State::ok, warning = State::warning, critical = State::critical, unknown = State::unknown;

TEST(Evaluate, BadResultsCountUntilTheyAreHardAndOneOkRecovers) {
  Item1 i;
  EXPECT_FALSE(i.see(ok));
  EXPECT_FALSE(i.see(critical));
  EXPECT_FALSE(i.see(critical));
  EXPECT_FALSE(i.m.standing().problem);
  const auto t = i.see(critical);
  ASSERT_TRUE(t);
  EXPECT_EQ(t->before, Standing{});
  EXPECT_EQ(t->after, (Standing{true, critical, false, false}));
  EXPECT_EQ(t->at, i.now);
  EXPECT_EQ(t->evidence.attempts, 3);
  EXPECT_EQ(t->evidence.since, i.now - 120s);
  EXPECT_EQ(t->reason.id, "domain.why.hard");
  EXPECT_FALSE(i.see(critical)) << "said once";
  const auto well = i.see(ok);
  ASSERT_TRUE(well);
  EXPECT_TRUE(well->before.problem);
  EXPECT_EQ(well->after, Standing{});
  EXPECT_FALSE(i.see(ok));
}

TEST(Evaluate, AnOkInBetweenStartsTheCountAgain) {
  Item1 i;
  for (int round = 0; round < 2; ++round) {
    EXPECT_FALSE(i.see(critical));
    EXPECT_FALSE(i.see(critical));
    EXPECT_FALSE(i.see(ok));
  }
}

TEST(Evaluate, KindsOfBadCountTogetherAndTheLastOneIsTheState) {
  Item1 i;
  EXPECT_FALSE(i.see(warning));
  EXPECT_FALSE(i.see(unknown));
  const auto t = i.see(critical);
  ASSERT_TRUE(t);
  EXPECT_EQ(t->after.state, critical);
}

TEST(Evaluate, AStandingProblemChangesItsStateAtOnce) {
  Item1 i;
  i.see(warning), i.see(warning);
  ASSERT_TRUE(i.see(warning));
  const auto worse = i.see(critical);
  ASSERT_TRUE(worse);
  EXPECT_EQ(worse->before.state, warning);
  EXPECT_EQ(worse->after.state, critical);
  EXPECT_EQ(worse->reason.id, "domain.why.changed");
}

TEST(Evaluate, OneAttemptIsHardAtOnceAndTheItemsOwnWordsAreKept) {
  Item1 i;
  i.policy.attempts = 1;
  const Message said{"checks.disk.full", {{"used", "96%"}, {"limit", "95%"}}};
  const std::vector<Metric> metrics{{"used_percent", Number(96.0)}};
  const auto t = evaluate(i.m, {kT0, kT0 + 2s, wire::Lane::live, critical, &said, &metrics}, i.policy);
  ASSERT_TRUE(t);
  EXPECT_EQ(t->message, said);
  EXPECT_EQ(t->evidence.metrics, metrics);
  EXPECT_EQ(t->at, kT0);
  EXPECT_EQ(t->known, kT0 + 2s);
}

TEST(Evaluate, AnAgentsClockAheadNeverPutsAnEventAfterItWasKnown) {
  Item1 i;
  i.policy.attempts = 1;
  const auto t = i.at(kT0 + 30s, kT0, critical, wire::Lane::live);
  ASSERT_TRUE(t);
  EXPECT_EQ(t->at, kT0);
  EXPECT_LE(t->evidence.since, t->at);
}

TEST(Evaluate, LateDataChangesNothing) {
  Item1 i;
  i.see(ok);
  const auto before = i.m;
  EXPECT_FALSE(i.at(i.now, i.now + 1s, critical, wire::Lane::live)) << "the same slot again";
  EXPECT_FALSE(i.at(i.now - 60s, i.now, critical, wire::Lane::live)) << "older than what was judged";
  EXPECT_EQ(i.m, before);
  // An hour's backlog, ending in what would be hard: history only.
  for (int k = 1; k <= 56; ++k)
    EXPECT_FALSE(i.at(i.now + k * 60s, i.now + 3600s, critical, wire::Lane::replay));
  EXPECT_EQ(i.m, before);
  EXPECT_TRUE(
      is_late(i.m, {i.now + 60s, i.now + 3600s, wire::Lane::replay, critical, nullptr, nullptr}, kPolicy));
  // The backlog's end is young enough to be news.
  EXPECT_FALSE(i.at(i.now + 3500s, i.now + 3600s, ok, wire::Lane::replay));
  EXPECT_EQ(i.m.newest, i.now + 3500s);
}

TEST(Evaluate, ReplayNeverRecoversAnOldProblem) {
  Item1 i;
  i.see(critical), i.see(critical), i.see(critical);
  EXPECT_FALSE(i.at(i.now + 60s, i.now + 3600s, ok, wire::Lane::replay));
  EXPECT_TRUE(i.m.standing().problem);
  const auto t = i.at(i.now + 3600s, i.now + 3600s, ok, wire::Lane::live);
  ASSERT_TRUE(t) << "the first live result resumes";
  EXPECT_FALSE(t->after.problem);
}

TEST(Evaluate, BadResultsOnTwoSidesOfAGapAreNoRow) {
  Item1 i;
  i.see(critical), i.see(critical);
  i.now += 3600s;
  EXPECT_FALSE(i.see(critical));
  EXPECT_EQ(i.m.bad, 1);
  EXPECT_EQ(i.m.bad_since, i.now);
  EXPECT_FALSE(i.see(critical));
  EXPECT_TRUE(i.see(critical));
}

TEST(Evaluate, SlotsThatGoBackAfterAWrongClockAreNews) {
  Item1 i;
  i.at(kT0 + 1h, kT0, ok, wire::Lane::live);  // the agent's clock was an hour ahead
  i.policy.attempts = 1;
  const auto t = i.at(kT0 + 60s, kT0 + 60s, critical, wire::Lane::live);
  ASSERT_TRUE(t);
  EXPECT_EQ(i.m.newest, kT0 + 60s);
}

TEST(Evaluate, FlappingIsSaidOnceAtItsBeginningAndOnceAtItsEnd) {
  Item1 i;
  i.policy.attempts = 3;  // never hard: the state changes every time
  i.see(ok);
  std::vector<std::pair<int, Standing>> said;
  for (int k = 1; k <= 12; ++k)
    if (const auto t = i.see(k % 2 == 1 ? critical : ok)) said.emplace_back(k, t->after);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].first, 6) << "weights 118+116+…+108 pass 600 with the sixth change";
  EXPECT_EQ(said[0].second, (Standing{true, critical, true, false}));
  EXPECT_GT(flapping_percent(i.m), 30);
  int until = 0;
  std::optional<Transition> end;
  while (!end && until < 40) end = i.see(ok), ++until;
  ASSERT_TRUE(end);
  EXPECT_EQ(end->after, Standing{});
  EXPECT_EQ(end->reason.id, "domain.why.flapping_over");
  EXPECT_LE(flapping_percent(i.m), 25);
}

TEST(Evaluate, WhileFlappingTheWorstStateStandsAndHardnessSaysNothing) {
  Item1 i;
  i.policy.attempts = 1;
  i.see(ok);
  for (int k = 1; k <= 6; ++k) i.see(k % 2 == 1 ? warning : ok);
  ASSERT_TRUE(i.m.flapping);
  EXPECT_EQ(i.m.standing().state, warning);
  const auto worse = i.see(critical);
  ASSERT_TRUE(worse);
  EXPECT_EQ(worse->after.state, critical);
  EXPECT_FALSE(i.see(warning));
  EXPECT_FALSE(i.see(ok)) << "no recovery while it flaps";
}

TEST(Evaluate, FlappingThatEndsBadStaysAProblem) {
  Item1 i;
  i.policy.attempts = 2;
  i.see(ok);
  for (int k = 1; k <= 7; ++k) i.see(k % 2 == 1 ? critical : ok);
  ASSERT_TRUE(i.m.flapping);
  std::optional<Transition> end;
  for (int k = 0; k < 40 && !end; ++k) end = i.see(critical);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->after, (Standing{true, critical, false, false}));
}

// An oracle that keeps the 20 results as they are.
TEST(Evaluate, FlappingPercentIsIcingas) {
  Item1 i;
  std::vector<bool> changes(20, false);
  std::uint32_t random = 12345;
  State last = ok;
  i.see(ok);
  for (int k = 0; k < 300; ++k) {
    random = random * 1664525u + 1013904223u;
    const State s = (random >> 28) < 6 ? critical : ok;
    i.see(s);
    changes.erase(changes.begin());
    changes.push_back(s != last);
    last = s;
    double value = 0;
    for (int j = 0; j < 20; ++j) value += (0.8 + 0.02 * j) * (changes[static_cast<std::size_t>(j)] ? 1 : 0);
    ASSERT_NEAR(flapping_percent(i.m), 100.0 * value / 20.0, 1e-9);
  }
}

TEST(Silence, ACheckIsSilentOnlyWhenItsAgentSpeaks) {
  Item1 i;
  i.see(ok);
  const auto deadline = i.now + 190s;
  AgentMemory agent{deadline, {}, false};
  EXPECT_FALSE(judge_silence(i.m, i.policy, agent, deadline, kT0));
  EXPECT_FALSE(judge_silence(i.m, i.policy, agent, deadline + 1ms, kT0)) << "the agent was not heard since";
  agent.heard = deadline + 1ms;
  const auto t = judge_silence(i.m, i.policy, agent, deadline + 1ms, kT0);
  ASSERT_TRUE(t);
  EXPECT_EQ(t->at, deadline);
  EXPECT_EQ(t->after, (Standing{true, unknown, false, true}));
  EXPECT_FALSE(judge_silence(i.m, i.policy, agent, deadline + 1h, kT0)) << "said once";
}

TEST(Silence, IsNoRecoveryAndTheFirstResultEndsIt) {
  Item1 i;
  i.see(critical), i.see(critical), i.see(critical);
  AgentMemory agent{i.now + 1h, {}, false};
  const auto silent = judge_silence(i.m, i.policy, agent, i.now + 1h, kT0);
  ASSERT_TRUE(silent);
  EXPECT_EQ(silent->after, (Standing{true, critical, false, true}));
  i.now += 1h;
  const auto back = i.see(warning);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->after, (Standing{true, warning, false, false})) << "it stood already: no second proof";
  EXPECT_EQ(back->reason.id, "domain.why.data_back");
}

TEST(Silence, TheCollectorsOwnAbsenceSilencesNobody) {
  Item1 i;
  i.see(ok);
  const auto started = i.now + 3h;
  AgentMemory agent{started + 1s, {}, false};
  EXPECT_FALSE(judge_silence(i.m, i.policy, agent, started + 1s, started));
  EXPECT_FALSE(judge_agent(agent, 5min, started + 5min + 1s, started));
  EXPECT_TRUE(judge_agent(agent, 5min, started + 5min + 1001ms, started));
}

TEST(Silence, ACollectorsClockThatWasAheadAndIsSetBackHidesNobodysSilence) {
  Item1 i;
  i.see(ok);
  AgentMemory agent;
  agent_heard(agent, i.now);  // a day later than it really was
  const auto right = i.now - 24h;
  EXPECT_FALSE(judge_agent(agent, 5min, right + 5min, right)) << "it gets its full time";
  EXPECT_TRUE(judge_agent(agent, 5min, right + 5min + 1s, right)) << "but not a day of it";
  AgentMemory living;
  agent_heard(living, i.now);
  agent_heard(living, right + 4min);
  EXPECT_FALSE(judge_agent(living, 5min, right + 8min, right));
  agent_heard(living, right + 30min);
  EXPECT_TRUE(judge_silence(i.m, i.policy, living, right + 30min, right));
}

TEST(Silence, AnAgentComesBackAndItsChecksGetTheirTime) {
  AgentMemory agent;
  EXPECT_FALSE(judge_agent(agent, 5min, kT0, kT0)) << "never heard of is not silent";
  Item1 i;
  i.see(ok);
  EXPECT_FALSE(agent_heard(agent, i.now));
  EXPECT_FALSE(judge_agent(agent, 5min, i.now + 5min, kT0));
  const auto gone = judge_agent(agent, 5min, i.now + 5min + 1ms, kT0);
  ASSERT_TRUE(gone);
  EXPECT_TRUE(gone->after.silent);
  EXPECT_EQ(gone->at, i.now + 5min);
  EXPECT_FALSE(judge_silence(i.m, i.policy, agent, i.now + 1h, kT0)) << "explained by the agent's silence";
  const auto back = agent_heard(agent, i.now + 1h);
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->before.problem);
  EXPECT_FALSE(back->after.problem);
  EXPECT_FALSE(agent_heard(agent, i.now + 1h + 100s));
  EXPECT_FALSE(judge_silence(i.m, i.policy, agent, i.now + 1h + 100s, kT0));
}

TEST(Memory, SurvivesASnapshotAndRefusesOtherThings) {
  Item1 i;
  for (const auto s : {ok, critical, ok, warning, warning, warning, unknown}) i.see(s);
  std::string text;
  append_json(text, i.m);
  EXPECT_EQ(item_memory_from(std::get<Json>(parse_json(text))), i.m);
  i.m.held = true;
  text.clear();
  append_json(text, i.m);
  EXPECT_EQ(item_memory_from(std::get<Json>(parse_json(text))), i.m);
  AgentMemory agent{kT0, kT0 - 1h, true};
  text.clear();
  append_json(text, agent);
  EXPECT_EQ(agent_memory_from(std::get<Json>(parse_json(text))), agent);
  for (const char* wrong : {"[]", "{}", "[1,2,3]", "[0,0,0,0,0,0,7,0,0,0]", "[0,0,0,0,0,300,0,0,0,0]",
                            "[0,0,0,0,0,0,0,0,0,16]", "[0,0,0,0,0,0,0,0,0,\"1\"]"})
    EXPECT_FALSE(item_memory_from(std::get<Json>(parse_json(wrong)))) << wrong;
}

TEST(Policy, FillsSilenceAndBoundsAttempts) {
  CheckSpec c;
  c.interval = 60s, c.timeout = 10s, c.attempts = 0;
  EXPECT_EQ(policy_of(c).stale_after, 190s);
  EXPECT_EQ(policy_of(c).attempts, 1);
  c.stale_after = 5min, c.attempts = 1000;
  EXPECT_EQ(policy_of(c).stale_after, 5min);
  EXPECT_EQ(policy_of(c).attempts, 255);
}

}  // namespace
}  // namespace xj::domain
