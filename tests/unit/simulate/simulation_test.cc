// What a scenario makes of the shipped pipeline: counted, complete, the same each time.
#include <gtest/gtest.h>

#include "tests/unit/simulate/stage.h"

namespace xj::collector {
namespace {

using namespace std::chrono_literals;

Scenario scenario(const std::string& more, const std::string& head = {}) {
  Problems problems;
  auto read =
      read_scenario("scenario: {contract: " + source_dir() +
                        "/config/examples/contracts/office-oa/contract.yaml, start: 2026-03-02 09:00, "
                        "length: 6h, hosts: [oa-app-01, oa-db-01]" +
                        head + "}\n" + more,
                    "s.yaml", contract_options(), problems);
  EXPECT_TRUE(read) << render(problems, Lang::en);
  return read.value_or(Scenario{});
}

struct Ran {
  TempDir dir;
  std::unique_ptr<Simulation> simulation;
  Outcome outcome;
  explicit Ran(Scenario s) {
    simulation = std::make_unique<Simulation>(std::move(s), SimulationOptions{dir.path(), Lang::en, {}});
    simulation->run();
    outcome = outcome_of(*simulation);
  }
  std::vector<std::string> events() const {
    return event_lines(outcome, simulation->scenario().contract->zone, Lang::en);
  }
};

const std::string kTwoChecks = ", checks: [oa/cpu, oa/db-port]";

TEST(Simulation, EveryResultIsCountedAndKept) {
  Ran ran(scenario("", kTwoChecks));
  // cpu on both hosts and db-port on one, a minute each: 3 × 360.
  EXPECT_EQ(ran.outcome.figures.results, 1'080U);
  EXPECT_EQ(ran.outcome.figures.refused, 0U);
  EXPECT_EQ(ran.outcome.figures.unapplied, 0U);
  std::size_t series = 0, samples = 0;
  ran.simulation->pipeline().history().for_each(
      [&](const SeriesId&, const std::vector<Sample>& all) { ++series, samples += all.size(); });
  EXPECT_EQ(series, 3U);
  EXPECT_EQ(samples, 1'080U);
  EXPECT_TRUE(ran.events().empty());
  EXPECT_TRUE(ran.outcome.as_scripted());
}

TEST(Simulation, AFaultIsHardAfterItsAttemptsAndOverWithTheFirstOk) {
  // db-port: every minute, each 15 s while not ok, two attempts.
  Ran ran(scenario("script: [{at: '10:00', fault: db-port, value: 5000, limit: 1s, for: 5m}]\n", kTwoChecks));
  const auto events = ran.events();
  ASSERT_GE(events.size(), 4U);
  EXPECT_EQ(events[0].substr(0, 42), "2026-03-02 10:00:15  INC-260302-01  oa-db-");
  ASSERT_EQ(ran.outcome.cases.size(), 1U);
  const auto& detected = std::get<domain::Detected>(ran.outcome.cases[0].events[0].payload);
  EXPECT_EQ(render(detected.message, Lang::en), "simulated: 5000, limit 1s");
  EXPECT_EQ(detected.evidence.attempts, 2);
  const auto recovered = ran.outcome.cases[0].state.first(domain::EventKind::recovered, 1);
  EXPECT_EQ(ran.outcome.cases[0].state.at(recovered), *parse_iso("2026-03-02T10:05:00+08:00"));
  // 20 more of them came at the retry interval than at the usual one: 10:00:15 to 10:05:00.
  EXPECT_EQ(ran.outcome.figures.results, 1'080U + 20U - 5U);
  expect_recomputed(*ran.simulation);
}

TEST(Simulation, AnItemFailsAloneAndTheOthersGoOn) {
  Ran ran(
      scenario("script:\n  - {at: '10:00', fault: disk, host: oa-db-01, item: /data, value: 93, for: 30m}\n"
               "  - {at: '11:00', fault: disk, host: oa-db-01, item: /home, state: warning, for: 30m}\n"));
  ASSERT_EQ(ran.outcome.cases.size(), 1U);
  ASSERT_EQ(ran.outcome.cases[0].state.problems.size(), 2U);
  EXPECT_EQ(ran.outcome.cases[0].state.problems[0].item.item, "/data");
  EXPECT_EQ(ran.outcome.cases[0].state.problems[1].item.item, "/home");
  EXPECT_EQ(ran.outcome.cases[0].state.run, 2) << "the second within the watch period";
  EXPECT_EQ(ran.simulation->pipeline()
                .history()
                .range({"oa-db-01", "office-oa/oa/disk", "/home"}, Timestamp{}, Timestamp::max(), SIZE_MAX)
                .front()
                .state,
            State::ok)
      << "an item is there before it fails";
}

TEST(Simulation, WhatWasKeptThroughAnOutageComesAfterwards) {
  const std::string outage = "{at: '10:00:30', outage: oa-db-01, for: 30m";
  Ran kept(scenario("script: [" + outage + ", kept: true}]\n", kTwoChecks));
  Ran lost(scenario("script: [" + outage + "}]\n", kTwoChecks));
  EXPECT_EQ(kept.outcome.figures.results, 1'080U);
  EXPECT_EQ(lost.outcome.figures.results, 1'080U - 60U);
  for (const auto* ran : {&kept, &lost}) {
    ASSERT_EQ(ran->outcome.cases.size(), 1U) << "the silence is said once";
    const auto& state = ran->outcome.cases[0].state;
    // Heard last at 10:00; silent for more than 3 min 10 s.
    EXPECT_EQ(state.at(1), *parse_iso("2026-03-02T10:03:10+08:00"));
    EXPECT_EQ(state.at(state.first(domain::EventKind::recovered, 1)),
              *parse_iso("2026-03-02T10:30:30+08:00"));
  }
}

TEST(Simulation, ActsGoTheWayOfTheApiAndMayBeRefused) {
  Ran ran(
      scenario("script:\n"
               "  - {at: '10:00', fault: db-port, for: 2h}\n"
               "  - {at: case 1 +1m, act: grade, as: lead-one, grade: III, text: 影响小}\n"
               "  - {at: case 1 respond -1s, act: ack, as: work-one, told: '10:20'}\n"
               "  - {at: case 1 report +1s, act: report, as: command-one}\n"
               "  - {at: '11:30', act: close, case: INC-260302-01, as: desk-one, refused: true}\n"
               "  - {at: '11:31', act: ack, case: 2, as: work-one}\n"
               "  - {at: case 2 +1m, act: ack, as: work-one}\n",
               kTwoChecks));
  ASSERT_EQ(ran.outcome.cases.size(), 1U);
  std::map<std::string, domain::ClockView> clocks;
  for (const auto& clock : ran.outcome.cases[0].clocks) clocks[clock.name] = clock;
  EXPECT_EQ(clocks["respond"].status, domain::ClockStatus::met);
  EXPECT_EQ(clocks["respond"].stop, parse_iso("2026-03-02T10:20:00+08:00")) << "the person's word";
  // Grade III reports within 60 min: the act waited for the new due time.
  EXPECT_EQ(clocks["report"].stop, *clocks["report"].due + 1s);
  EXPECT_EQ(*clocks["report"].due, *clocks["report"].start + 60min);
  EXPECT_EQ(clocks["report"].status, domain::ClockStatus::breached);
  ASSERT_EQ(ran.outcome.performed.size(), 5U);
  EXPECT_TRUE(ran.outcome.performed[3].expected);
  EXPECT_FALSE(ran.outcome.performed[3].refused.empty());
  EXPECT_FALSE(ran.outcome.performed[4].expected) << "there is no second case";
  EXPECT_EQ(ran.outcome.left, std::vector<int>{9});
  EXPECT_FALSE(ran.outcome.as_scripted());
}

TEST(Simulation, PeopleOpenCasesAndCountThemWithThoseOfChecks) {
  Ran ran(scenario(
      "script:\n"
      "  - {at: '10:00', fault: db-port, for: 20m}\n"
      "  - {at: '11:00', open: bug, system: oa, grade: minor, as: client-one, text: 附件名显示不全, "
      "told: '10:58'}\n"
      "  - {at: case 2 +5m, act: ack, as: work-one}\n"
      "  - {at: case 2 respond +1h, open: incident, system: oa, as: desk-one, why: 用户来电}\n"
      "  - {at: case 3 +1m, act: ack, as: work-one}\n"
      "  - {at: '12:00', open: bug, system: oa, as: desk-one, text: 明天的, told: '2026-03-03 10:00', "
      "refused: true}\n"
      "  - {at: '12:01', open: bug, system: oa, as: desk-one, text: x, told: noon}\n",
      kTwoChecks));
  ASSERT_EQ(ran.outcome.cases.size(), 3U);
  const auto& bug = ran.outcome.cases[1];
  EXPECT_EQ(bug.which.number, "BUG-260302-01");
  EXPECT_EQ(bug.state.grade, "minor");
  EXPECT_EQ(bug.state.at(1), *parse_iso("2026-03-02T10:58:00+08:00")) << "detected by the person's word";
  EXPECT_EQ(bug.events.front().actor, "person:client-one");
  EXPECT_EQ(bug.clocks.front().stop, parse_iso("2026-03-02T11:03:00+08:00"));
  // 30 minutes to respond, and an hour after that.
  EXPECT_EQ(ran.outcome.cases[2].state.at(1), *parse_iso("2026-03-02T12:28:00+08:00"));
  EXPECT_EQ(ran.outcome.cases[2].state.case_kind, "incident");
  EXPECT_EQ(ran.outcome.cases[2].state.grade, "III") << "the contract's proposal";
  ASSERT_EQ(ran.outcome.performed.size(), 6U);
  EXPECT_EQ(ran.outcome.performed[0].number, "BUG-260302-01");
  EXPECT_TRUE(ran.outcome.performed[2].expected) << "a time ahead is refused";
  EXPECT_FALSE(ran.outcome.performed[2].refused.empty());
  EXPECT_FALSE(ran.outcome.performed[3].expected) << "\"noon\" is no time";
  EXPECT_EQ(ran.outcome.performed[3].number, "bug");
  EXPECT_TRUE(ran.outcome.left.empty());
  expect_recomputed(*ran.simulation);
}

TEST(Simulation, ObligationsAreCountedAndOpenOnesAreNotOverdue) {
  Ran ran(
      scenario("script:\n"
               "  - {at: '11:00', obligation: done, name: daily-log, as: work-one, text: ok}\n"
               "  - {at: '11:01', obligation: done, name: monthly-report, period: 2026-02, as: manager-one, "
               "text: 月报}\n"
               "  - {at: '11:02', obligation: withdraw, n: 9, as: work-one, why: x}\n"
               "  - {at: '11:03', obligation: done, name: daily-log, as: work-one, text: x, told: noon}\n",
               kTwoChecks));
  // Of the month that ended before the simulation began nothing fell due in it; the day goes on behind its
  // end.
  const auto counts = duty_counts(ran.outcome);
  ASSERT_EQ(counts.size(), 1U);
  EXPECT_EQ(counts[0].id, "daily-log");
  EXPECT_EQ(counts[0].done, 1);
  EXPECT_EQ(counts[0].late + counts[0].missed + counts[0].open, 0);
  ASSERT_EQ(ran.outcome.performed.size(), 4U);
  EXPECT_TRUE(ran.outcome.performed[1].refused.empty()) << "late, and yet put on record";
  EXPECT_EQ(ran.outcome.performed[2].refused.id, "duty.refuse.no_record");
  EXPECT_EQ(ran.outcome.performed[2].number, "9");
  EXPECT_EQ(ran.outcome.performed[3].refused.id, "collector.api.bad_query");
  const auto json = outcome_json(ran.outcome, ran.simulation->scenario());
  EXPECT_EQ(json["obligation_counts"].dump(),
            R"([{"name":"daily-log","done":1,"late":0,"missed":0,"open":0}])");
  EXPECT_EQ(json["obligations"].at(0)["state"].string_or(""), "done");
  expect_recomputed(*ran.simulation);
}

TEST(Simulation, ThePeriodOfARecordSaysWhichOneIsDone) {
  Ran ran(
      scenario("script:\n"
               "  - {at: '11:00', obligation: done, name: monthly-report, as: manager-one, text: 三月}\n"
               "  - {at: '11:01', obligation: done, name: monthly-report, period: 2026-02, as: manager-one, "
               "text: 二月}\n"
               "  - {at: '11:02', obligation: done, name: monthly-report, period: 2026-02, as: manager-one, "
               "text: 再报, refused: true}\n"
               "  - {at: '11:03', obligation: done, name: monthly-report, period: 2026-13, as: manager-one, "
               "text: x, refused: true}\n",
               kTwoChecks));
  const auto& done = ran.outcome.performed;
  ASSERT_EQ(done.size(), 4U);
  EXPECT_EQ(done[0].number, "monthly-report 2026-03") << "the only one that is open";
  EXPECT_EQ(done[1].number, "monthly-report 2026-02");
  EXPECT_EQ(done[2].refused.id, "duty.refuse.done_already");
  EXPECT_EQ(done[3].refused.id, "duty.refuse.period");
  EXPECT_TRUE(ran.outcome.as_scripted());
}

TEST(Simulation, TheSameEachTime) {
  const std::string script =
      "script:\n"
      "  - {at: '10:00', fault: portal-page, for: 40m, every: 2h}\n"
      "  - {at: case 1 +5m, act: ack, as: work-one}\n"
      "  - {at: '14:00', round: daily}\n";
  Ran one(scenario(script)), other(scenario(script));
  EXPECT_EQ(one.events(), other.events());
  EXPECT_EQ(clock_lines(one.outcome, Lang::zh), clock_lines(other.outcome, Lang::zh));
  EXPECT_EQ(outcome_json(one.outcome, one.simulation->scenario()).dump(),
            outcome_json(other.outcome, other.simulation->scenario()).dump());
  ASSERT_EQ(one.outcome.documents.size(), 1U);
  EXPECT_EQ(one.outcome.documents[0].facts, other.outcome.documents[0].facts);
  expect_recomputed(*one.simulation);
}

TEST(Simulation, WritesWhatPeopleRead) {
  Ran ran(
      scenario("script: [{at: '10:00', fault: portal-page, for: 40m}, {at: '14:00', round: daily},\n"
               "  {at: '14:30', deduction: record, name: breach, as: client-one, why: x}]\n"));
  const auto names = write_outcome(ran.outcome, ran.simulation->scenario(), ran.simulation->dir(), Lang::zh);
  EXPECT_EQ(names, (std::vector<std::string>{"events.txt", "clocks.txt", "obligations.txt", "deductions.txt",
                                             "sheets.txt", "summary.json", "documents/260302-01.html",
                                             "documents/260302-01.pdf"}));
  for (const auto& name : names)
    EXPECT_GT(std::filesystem::file_size(ran.dir.path() + '/' + name),
              name == "deductions.txt" || name == "sheets.txt" ? 0U : 100U)
        << name;
}

TEST(Simulation, TakesNoFolderThatHoldsSomething) {
  TempDir dir;
  io::PosixFileSystem fs;
  io::write_whole(fs, dir.path() + "/a", "x");
  EXPECT_THROW(Simulation(scenario(""), {dir.path(), Lang::zh, {}}), Fault);
}

// The way that saves decoding what was just encoded makes the same of a batch.
TEST(Submission, MadeOrRead) {
  wire::Batch batch;
  batch.epoch = "e1";
  batch.sent = *parse_iso("2026-03-02T10:00:00+08:00");
  batch.config = "r1";
  for (std::uint64_t n = 1; n < 4; ++n) {
    Result r;
    r.n = n, r.check = "c/s/x", r.slot = batch.sent;
    r.state = State::warning, r.msg = {"simulate.fault_value", {{"value", "5"}, {"limit", "4"}}};
    r.metrics = {{"used_percent", std::int64_t{93}}, {"ms", 0.1}};
    r.items = {{"/data", State::warning, Message::literal("voll"), {{"v", std::int64_t{1}}}}};
    batch.results.push_back(std::move(r));
  }
  const auto made = make_submission("web1", batch);
  const auto read = std::get<Submission>(read_submission("web1", wire::encode(batch), false));
  EXPECT_EQ(made.agent, read.agent);
  EXPECT_EQ(made.body, read.body);
  EXPECT_EQ(made.zstd, read.zstd);
  EXPECT_EQ(made.plain_bytes, read.plain_bytes);
  EXPECT_EQ(made.hashes, read.hashes);
  EXPECT_EQ(made.decoded.batch, read.decoded.batch);
  EXPECT_TRUE(read.decoded.refused.empty());
}

}  // namespace
}  // namespace xj::collector
