// What is owed by calendar, said and recorded by the real pipeline.
#include "collector/duty_desk.h"

#include <gtest/gtest.h>

#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

using domain::DutyState;
using domain::RecordKind;

Timestamp t(const char* iso) { return *parse_iso(iso); }

// A daily inspection by 18:00 whose sheet proves it, and a report after each outage.
std::shared_ptr<domain::Contract> contract() {
  auto c = World::contract();
  domain::Obligation daily;
  daily.id = "daily", daily.title = {"每日巡检", "daily inspection"},
  daily.every = domain::Every::working_day;
  daily.calendar = "office", daily.due = domain::parse_day_rule("by 18:00"), daily.by = "lead";
  daily.round = "r";
  domain::Obligation report;
  report.id = "report", report.title = {"报告", "report"}, report.every = domain::Every::event;
  report.after = "outage", report.calendar = "office", report.due = domain::parse_day_rule("2nd working day");
  report.by = "lead";
  c->obligations = {daily, report};
  c->routes.push_back({"duties", {"obligation_due", "obligation_missed"}, {}, {"duty"}, {"mail"}});
  return c;
}

class Desk : public testing::Test {
 protected:
  void SetUp() override {
    world_.contracts = {contract()};
    world_.now = t("2026-11-20T09:00:00+08:00");  // a Friday
    world_.start();
  }
  const domain::Contract& c() { return *world_.contracts[0]; }
  DutyDesk& desk() { return world_.pipeline->duties(); }
  void tick(const char* iso) {
    world_.now = t(iso);
    world_.pipeline->tick(world_.now);
  }
  // Subjects and persons of what waits, oldest first.
  std::vector<std::string> said() {
    std::vector<std::string> out;
    for (const auto& row : world_.pipeline->outbox().recent(1000))
      out.push_back(render(row.subject, Lang::en) + " > " + row.person);
    std::sort(out.begin(), out.end());
    return out;
  }
  domain::DutyRecord draft(RecordKind kind, std::string about, std::string period = "",
                           std::string text = "x") {
    domain::DutyRecord r;
    r.kind = kind, r.about = std::move(about), r.period = std::move(period), r.text = std::move(text);
    r.at = world_.now, r.actor = "person:li", r.via = "socket:ops";
    return r;
  }
  std::string refused(domain::DutyRecord what) {
    const auto outcome = desk().record(c(), std::move(what), world_.now);
    const auto* rejection = std::get_if<domain::Rejection>(&outcome);
    return rejection == nullptr ? "" : rejection->why.id;
  }
  DutyState state(const char* name, const char* period) {
    for (const auto& one : domain::standings(c(), desk().known(c()), c().from, c().to, world_.now))
      if (one.what.id == name && one.what.period == period) return one.state;
    ADD_FAILURE() << name << ' ' << period;
    return {};
  }
  World world_;
};

TEST_F(Desk, SaysBeforeItIsDueAndOnceWhenItWasMissed) {
  tick("2026-11-20T15:59:59+08:00");
  EXPECT_EQ(said(), std::vector<std::string>{});
  tick("2026-11-20T16:00:00+08:00");
  // The route's role, and the one that owes it.
  const std::vector<std::string> due{"Due: daily inspection 2026-11-20 > li",
                                     "Due: daily inspection 2026-11-20 > wang",
                                     "Due: daily inspection 2026-11-20 > zhang"};
  EXPECT_EQ(said(), due);
  EXPECT_EQ(world_.pipeline->outbox().recent(1)[0].address.empty(), false);
  tick("2026-11-20T16:00:01+08:00");
  world_.restart();
  tick("2026-11-20T18:00:00+08:00");
  EXPECT_EQ(said(), due);
  tick("2026-11-20T18:00:01+08:00");
  EXPECT_EQ(said().size(), 6u);
  EXPECT_EQ(said()[3], "Missed: daily inspection 2026-11-20 > li");
  world_.restart();
  tick("2026-11-20T19:30:00+08:00");
  tick("2026-11-21T23:00:00+08:00");
  EXPECT_EQ(said().size(), 6u);
}

TEST_F(Desk, TheDutyOfAKeyPeriodIsOwedBeforeItBeginsAndARosterProvesIt) {
  auto changed = contract();
  changed->obligations.clear();
  domain::KeyPeriod period;
  period.id = "congress", period.title = {"两会", "Congress"}, period.calendar = "7x24", period.pairs = true;
  const domain::Date day{std::chrono::year{2026} / 11 / 23};
  period.dates = {{day, day}};
  period.tasks = {{"运行报告", "Report"}};
  changed->key_periods = {period};
  changed->revision = "rev-key";
  world_.contracts = {changed};
  world_.pipeline->set_contracts(world_.contracts, world_.now);
  tick("2026-11-20T09:00:02+08:00");
  EXPECT_EQ(state("congress:duty", "2026-11-23"), DutyState::due);
  tick("2026-11-22T00:00:00+08:00");
  EXPECT_FALSE(said().empty()) << "a day ahead";
  for (const auto& one : said()) EXPECT_NE(one.find("duty arranged"), std::string::npos) << one;

  auto roster = draft(RecordKind::roster_imported, "duty", "", "");
  roster.shifts = {{t("2026-11-22T20:00:00+08:00"), t("2026-11-24T08:00:00+08:00"), "zhang", "li"}};
  EXPECT_EQ(refused(roster), "");
  world_.pipeline->follow_duty(world_.now);
  const auto now = world_.pipeline->contract(changed->id);
  const auto known = desk().known(*now);
  const auto all = domain::standings(*now, known, now->from, now->to, world_.now);
  const auto duty =
      std::find_if(all.begin(), all.end(), [](const auto& one) { return one.what.id == "congress:duty"; });
  ASSERT_NE(duty, all.end());
  EXPECT_EQ(duty->state, DutyState::done);
  EXPECT_EQ(duty->done, world_.now) << "when it was put on record";

  EXPECT_EQ(refused(draft(RecordKind::done, "congress:task1", "", "见报告")), "duty.refuse.nothing_open")
      << "its days have not begun";
  tick("2026-11-23T09:00:00+08:00");
  for (const auto& one : said()) EXPECT_EQ(one.find("Missed"), std::string::npos) << one;
  EXPECT_EQ(refused(draft(RecordKind::done, "congress:task1", "", "见报告")), "");
  EXPECT_EQ(state("congress:task1", "2026-11-23"), DutyState::done);
}

TEST_F(Desk, WhatIsDoneIsNotReminded) {
  Document sheet;
  sheet.contract = c().id, sheet.number = "S-1", sheet.kind = "round", sheet.about = "r", sheet.form = "f";
  sheet.created = t("2026-11-20T10:00:00+08:00"), sheet.facts = "{}", sheet.hash = "h";
  world_.pipeline->documents().put(sheet);
  tick("2026-11-20T16:00:00+08:00");
  tick("2026-11-20T23:00:00+08:00");
  EXPECT_EQ(said(), std::vector<std::string>{});
  EXPECT_EQ(state("daily", "2026-11-20"), DutyState::done);
}

TEST_F(Desk, AfterDaysWithoutACollectorManyAreSaidInOneSentence) {
  tick("2026-11-20T09:00:01+08:00");
  world_.crash();
  world_.now = t("2026-11-27T08:00:00+08:00");
  world_.start();
  tick("2026-11-27T08:00:01+08:00");
  const auto all = world_.pipeline->outbox().recent(100);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(render(all[0].subject, Lang::en), "Missed: daily inspection 2026-11-26");
  EXPECT_EQ(render(all[0].lines[0], Lang::en),
            "5 of them were missed; the last was due 2026-11-26 18:00:00.");
  tick("2026-11-27T10:00:00+08:00");
  EXPECT_EQ(said().size(), 3u);
}

TEST_F(Desk, WhatNobodyOwedIsSaidOnceSomebodyDoes) {
  auto changed = contract();
  changed->obligations.clear();
  changed->routes.back().to.clear();
  domain::KeyPeriod period;
  period.id = "congress", period.title = {"两会", "Congress"}, period.calendar = "7x24";
  const domain::Date day{std::chrono::year{2026} / 11 / 23};
  period.dates = {{day, day}};
  period.tasks = {{"运行报告", "Report"}};
  changed->key_periods = {period};
  changed->revision = "rev-key";
  world_.contracts = {changed};
  world_.pipeline->set_contracts(world_.contracts, world_.now);
  tick("2026-11-24T00:00:01+08:00");
  EXPECT_EQ(state("congress:task1", "2026-11-23"), DutyState::missed);
  EXPECT_EQ(said(), std::vector<std::string>{}) << "no role has a roster";

  auto roster = draft(RecordKind::roster_imported, "duty", "", "");
  roster.shifts = {{t("2026-11-23T20:00:00+08:00"), t("2026-11-25T08:00:00+08:00"), "zhang", "li"}};
  EXPECT_EQ(refused(roster), "");
  world_.pipeline->follow_duty(world_.now);
  tick("2026-11-24T00:00:02+08:00");
  const auto told = said();
  ASSERT_EQ(told.size(), 2u);
  for (const auto& one : told)
    EXPECT_NE(one.find("Missed: Congress · Report 2026-11-23 > "), std::string::npos) << one;
  desk().look_again();
  tick("2026-11-24T00:00:03+08:00");
  EXPECT_EQ(said(), told);
}

TEST_F(Desk, WhatWasDueBeforeItKnewTheContractIsNotSaid) {
  World fresh;
  fresh.contracts = {contract()};
  fresh.now = t("2026-11-23T18:30:00+08:00");
  fresh.start();
  fresh.pipeline->tick(fresh.now);
  EXPECT_TRUE(fresh.pipeline->outbox().recent(10).empty());
}

TEST_F(Desk, SayingAndItsNotificationsAreOneCommit) {
  world_.db->full = true;
  world_.now = t("2026-11-20T16:00:00+08:00");
  EXPECT_THROW(world_.pipeline->tick(world_.now), io::DbFault);
  world_.db->full = false;
  world_.restart();
  EXPECT_EQ(said(), std::vector<std::string>{});
  tick("2026-11-20T16:00:02+08:00");
  EXPECT_EQ(said().size(), 3u);
}

TEST_F(Desk, RecordsAreKeptAndStatesFollowFromThem) {
  EXPECT_EQ(state("daily", "2026-11-20"), DutyState::due);
  // The only one open now needs no naming.
  const auto kept = desk().record(c(), draft(RecordKind::done, "daily", "", "sheet on paper"), world_.now);
  const auto& record = std::get<domain::DutyRecord>(kept);
  EXPECT_EQ(record.n, 1u);
  EXPECT_EQ(record.period, "2026-11-20");
  EXPECT_EQ(record.revision, c().revision);
  world_.restart();
  EXPECT_EQ(state("daily", "2026-11-20"), DutyState::done);
  ASSERT_EQ(desk().records(c().id).size(), 1u);
  EXPECT_EQ(desk().records(c().id)[0], record);

  EXPECT_EQ(refused(draft(RecordKind::done, "daily", "2026-11-20")), "duty.refuse.done_already");
  auto wrong = draft(RecordKind::withdrawn, "");
  wrong.of = 1;
  EXPECT_EQ(refused(wrong), "duty.refuse.why");
  wrong.why = "it was another sheet";
  EXPECT_EQ(refused(wrong), "");
  EXPECT_EQ(state("daily", "2026-11-20"), DutyState::due);
  EXPECT_EQ(refused(wrong), "duty.refuse.withdrawn");
  wrong.of = 2;
  EXPECT_EQ(refused(wrong), "duty.refuse.no_record");
  wrong.of = 7;
  EXPECT_EQ(refused(wrong), "duty.refuse.no_record");

  EXPECT_EQ(refused(draft(RecordKind::done, "daily", "2026-11-19", "late")), "");
  EXPECT_EQ(state("daily", "2026-11-19"), DutyState::late);
  EXPECT_EQ(refused(draft(RecordKind::done, "daily", "2026-11-22")), "duty.refuse.period");
  EXPECT_EQ(refused(draft(RecordKind::done, "daily", "", "")), "duty.refuse.evidence");
  EXPECT_EQ(refused(draft(RecordKind::done, "weekly")), "duty.refuse.unknown");
  EXPECT_EQ(refused(draft(RecordKind::done, "daily", "", std::string(3'000, 'x'))), "duty.refuse.long");
  auto future = draft(RecordKind::done, "daily");
  future.at += 1h;
  EXPECT_EQ(refused(future), "duty.refuse.future");
}

TEST_F(Desk, WhatHappenedSetsItsObligationOff) {
  EXPECT_EQ(refused(draft(RecordKind::done, "report")), "duty.refuse.not_happened");
  EXPECT_EQ(refused(draft(RecordKind::happened, "release")), "duty.refuse.word");
  EXPECT_EQ(refused(draft(RecordKind::happened, "outage")), "");
  EXPECT_EQ(refused(draft(RecordKind::happened, "outage")), "duty.refuse.happened_already");
  EXPECT_EQ(state("report", "2026-11-20T09:00"), DutyState::due);
  // Said a day ahead of Tuesday 18:00, although it began only now.
  tick("2026-11-23T18:00:00+08:00");
  const auto all = said();
  EXPECT_EQ(std::count(all.begin(), all.end(), "Due: report 2026-11-20T09:00 > wang"), 1);
  EXPECT_EQ(refused(draft(RecordKind::done, "report")), "");
  EXPECT_EQ(state("report", "2026-11-20T09:00"), DutyState::done);
}

TEST_F(Desk, ARecordNobodyCanReadHoldsUpNoResults) {
  world_.db
      ->prepare(
          "insert into duty_records (contract, n, kind, about, period, at, known, body, digest) "
          "values (:c, 1, 'done', 'x', 'x', 0, 0, '{', '')")
      ->bind("c", c().id)
      .run();
  world_.restart();
  tick("2026-11-20T16:00:00+08:00");
  EXPECT_THROW((void)desk().records(c().id), Fault);
  EXPECT_EQ(said(), std::vector<std::string>{});
}

}  // namespace
}  // namespace xj::collector
