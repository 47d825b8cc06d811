#include "collector/domain/deduction.h"

#include <random>

#include "tests/unit/domain/deduction_books.h"

namespace xj::domain {
namespace {

TEST(Deduction, ABreachCostsAndWhatIsMetDoesNot) {
  for (const auto& [at, expected] : {std::pair{Duration{4h - 1s}, Lines{}},
                                     {Duration{4h}, Lines{}},
                                     {Duration{4h + 1ms}, Lines{"failure counted 500000"}}}) {
    Books b({of_resolve(fixed("failure", 5'000))});
    b.open();
    b.then(Recovered{"", 0ms}, at);
    EXPECT_EQ(b.says(100h), expected) << at.count();
  }
  // Not stopped yet: as soon as the due time has passed.
  Books b({of_resolve(fixed("failure", 5'000))});
  b.open();
  EXPECT_EQ(b.says(4h), Lines{});
  EXPECT_EQ(b.says(4h + 1ms), Lines{"failure counted 500000"});
  const auto costs = b.costs(5h);
  EXPECT_EQ(costs.lines[0].what.at, kT0 + 4h);
  EXPECT_TRUE(costs.lines[0].what.running);
  EXPECT_EQ(costs.lines[0].what.length, 5h);
  EXPECT_EQ(costs.totals.at(0).cents, 500'000);
  EXPECT_EQ(costs.totals.at(0).party, "provider");
}

TEST(Deduction, OnlyItsGrades) {
  auto d = of_resolve(fixed("failure", 5'000));
  d.grades = {"III"};
  Books b({d});
  b.open();
  EXPECT_EQ(b.says(100h), Lines{});
  b.then(Graded{"II", "III", GradeHow::changed, ""}, 1h);
  EXPECT_EQ(b.says(100h), Lines{"failure counted 500000"});
}

TEST(Deduction, AnOutageIsSplitToTheMillisecond) {
  auto day = of_resolve(fixed("day", 5'000)), days = of_resolve(fixed("days", 10'000));
  auto more = of_resolve(share("more", 50'000, "system"));
  day.up_to = 24h, days.over = 24h, days.up_to = 72h, more.over = 72h;
  for (const auto& [at, expected] : {std::pair{Duration{24h - 1s}, Lines{"day counted 500000"}},
                                     {Duration{24h}, Lines{"day counted 500000"}},
                                     {Duration{24h + 1ms}, Lines{"days counted 1000000"}},
                                     {Duration{72h}, Lines{"days counted 1000000"}},
                                     {Duration{72h + 1ms}, Lines{"more counted 3625000"}}}) {
    Books b({day, days, more});
    b.open();
    EXPECT_EQ(b.says(at), expected) << "while it lasts, " << at.count();
    b.then(Recovered{"", 0ms}, at);
    EXPECT_EQ(b.says(1000h), expected) << at.count();
    EXPECT_EQ(b.costs(1000h).lines[0].what.until, kT0 + at);
  }
}

TEST(Deduction, PausesAreTakenOutOfTheOutage) {
  auto day = of_resolve(fixed("day", 5'000)), days = of_resolve(fixed("days", 10'000));
  day.up_to = 24h, days.over = 24h;
  Books b({day, days});
  b.open();
  b.then(Paused{"client", ""}, 5h);
  b.then(Resumed{""}, 8h);
  b.then(Recovered{"", 0ms}, 26h);
  const auto costs = b.costs(100h);
  ASSERT_EQ(costs.lines.size(), 1U);
  EXPECT_EQ(costs.lines[0].what.deduction, "day");
  EXPECT_EQ(costs.lines[0].what.length, 23h);
  EXPECT_EQ(costs.lines[0].what.paused, 3h);
  EXPECT_EQ(costs.lines[0].what.events, (std::vector<std::uint32_t>{1, 3, 4, 5}));
  // Paused before it was due: the breach comes so much later, and so may not come at all.
  Books c({day, days});
  c.open();
  c.then(Paused{"client", ""}, 1h);
  c.then(Resumed{""}, 3h);
  c.then(Recovered{"", 0ms}, 6h);
  EXPECT_EQ(c.says(100h), Lines{});
}

TEST(Deduction, AFalseAlarmAndAMergedCaseDoNotCount) {
  auto d = of_resolve(fixed("failure", 5'000));
  d.from_count = 2;
  Books b({d});
  b.open();
  b.then(FalseAlarm{""}, 5h);
  b.open(1h);
  b.then(Merged{"INC-9", ""}, 7h);
  b.open(2h);
  EXPECT_EQ(b.says(100h), (Lines{"failure not_counting -", "failure not_counting -", "failure free 0"}));
  EXPECT_EQ(b.costs(100h).totals.at(0).cents, 0);
  EXPECT_EQ(b.costs(100h).lines[1].why.back().id, "money.why.merged");
}

TEST(Deduction, EachRunIsOneTime) {
  Books b({of_resolve(fixed("failure", 5'000))});
  b.open();
  b.then(Recovered{"", 168h}, 5h);
  b.then(Reopened{2, ""}, 10h);
  b.then(Recovered{"", 168h}, 15h);
  EXPECT_EQ(b.says(20h), (Lines{"failure counted 500000", "failure counted 500000"}));
  EXPECT_EQ(b.costs(20h).lines[1].nth, 2);
  EXPECT_EQ(b.costs(20h).lines[1].what.run, 2);
}

TEST(Deduction, TheFirstOnesMayBeFree) {
  auto d = fixed("absence", 5'000);
  d.from_count = 2;
  Books b({d});
  EXPECT_EQ(b.put(b.draft(MoneyRecordKind::recorded, "absence")), "");
  EXPECT_EQ(b.says(2400h), Lines{"absence free 0"});
  EXPECT_EQ(b.put(b.draft(MoneyRecordKind::recorded, "absence", kT0 + 24h)), "");
  EXPECT_EQ(b.put(b.draft(MoneyRecordKind::recorded, "absence", kT0 + 48h)), "");
  EXPECT_EQ(b.says(2400h), (Lines{"absence free 0", "absence counted 500000", "absence counted 500000"}));
  // Three at once: the second and the third of them cost.
  Books c({d});
  auto three = c.draft(MoneyRecordKind::recorded, "absence");
  three.count = 3;
  EXPECT_EQ(c.put(three), "");
  EXPECT_EQ(c.says(2400h), Lines{"absence counted 1000000"});
  EXPECT_EQ(c.costs(2400h).lines[0].units, 2);
  // The window shows one of them; what came before it counts all the same.
  EXPECT_EQ(b.costs(2400h, kT0 + 48h).lines.at(0).cents, 500'000);
  EXPECT_EQ(b.costs(2400h, kT0 + 48h).lines.at(0).nth, 3);
}

TEST(Deduction, LatenessGrowsByTheDayAndEndsAtTheCap) {
  auto late = share("late", 1'000, "contract");
  late.per = Per::day, late.ends_after = 30 * 24h;
  auto ended = share("late-ended", 50'000, "contract");
  ended.over = 30 * 24h;
  Books b({late, ended});
  const auto due = *parse_iso("2026-11-30T23:59:59+08:00");
  const auto after = [&](int days) { return due - kT0 + std::chrono::hours{24 * days}; };
  EXPECT_EQ(b.put(b.draft(MoneyRecordKind::recorded, "late", due)), "");
  EXPECT_EQ(b.put(b.draft(MoneyRecordKind::recorded, "late-ended", due)), "");
  EXPECT_EQ(b.says(after(0)), (Lines{"late counted 0", "late-ended outside -"}));
  EXPECT_EQ(b.says(after(1)), (Lines{"late counted 24303", "late-ended outside -"})) << "243.025, half up";
  EXPECT_EQ(b.says(after(30)), (Lines{"late counted 729075", "late-ended outside -"}));
  EXPECT_FALSE(b.costs(after(30)).lines[0].ends);
  EXPECT_EQ(b.says(after(31)), (Lines{"late counted 753378", "late-ended counted 1215125"}));
  EXPECT_TRUE(b.costs(after(31)).lines[0].ends);
  EXPECT_EQ(b.costs(after(31)).totals.at(0).cents, 753'378 + 1'215'125);
}

// Who never came is late until there was nothing to come for, however long the case then stays open.
TEST(Deduction, WhatIsNeededNoLongerGetsNoLater) {
  auto late = fixed("onsite-late", 1'000);
  late.per = Per::day, late.kind = "incident", late.clock = "onsite";
  Books b({late});
  ClockSpec onsite;
  onsite.name = "onsite", onsite.calendar = "7x24", onsite.start = "detected", onsite.stop = "arrived";
  onsite.unless = "recovered", onsite.limit = {{"II", 2h}};
  b.contract->kinds[0].clocks.push_back(onsite);
  b.open();
  EXPECT_EQ(b.says(30h), Lines{"onsite-late counted 100000"}) << "the day after";
  b.then(Recovered{"", 168h}, 30h);
  const auto costs = b.costs(240h);
  ASSERT_EQ(costs.lines.size(), 1U);
  EXPECT_EQ(costs.lines[0].cents, 100'000);
  EXPECT_EQ(costs.lines[0].what.until, kT0 + 30h);
  EXPECT_FALSE(costs.lines[0].what.running);
  EXPECT_EQ(costs.lines[0].what.length, 28h);
  EXPECT_EQ(costs.lines[0].what.events, (std::vector<std::uint32_t>{1, 3})) << "the recovery is behind it";
}

TEST(Deduction, ACapHoldsForAllOfOneBase) {
  auto late = share("late", 10'000, "item");
  late.per = Per::day, late.cap = Amount{std::nullopt, 100'000};
  Books b({late});
  for (const int days : {6, 6, 2}) {
    auto r = b.draft(MoneyRecordKind::recorded, "late", kT0 + std::chrono::hours{b.records.size()});
    r.count = days, r.system = "oa";
    EXPECT_EQ(b.put(r), "");
  }
  // 1 % of 725,000 a day, 10 % in all.
  EXPECT_EQ(b.says(2400h), (Lines{"late counted 4350000", "late counted 2900000", "late counted 0"}));
  EXPECT_EQ(b.costs(2400h).lines[1].capped_cents, 1'450'000);
  EXPECT_EQ(b.costs(2400h).totals.at(0).cents, 7'250'000);
}

// The sum stands, and the line says that nothing holds it down.
TEST(Deduction, ACapThatCannotBeReckonedIsSaidToBeOpen) {
  auto late = fixed("late", 1'000);
  late.per = Per::day, late.cap = Amount{std::nullopt, 50'000};
  for (const auto& [base, why] : {std::pair{"contract", "money.why.no_value"},
                                  {"open", "money.why.base_open"},
                                  {"item", "money.why.no_system"}}) {
    late.base = base;
    Books b({late});
    b.contract->value_cents.reset();
    auto r = b.draft(MoneyRecordKind::recorded, "late");
    r.count = 500;
    EXPECT_EQ(b.put(r), "");
    const auto line = b.costs(2400h).lines.at(0);
    EXPECT_EQ(line.cents, 500'000'00) << base;
    ASSERT_GE(line.why.size(), 2U) << base;
    EXPECT_EQ(line.why.end()[-2].id, "money.why.cap_open") << base;
    EXPECT_EQ(line.why.back().id, why) << base;
  }
  late.base = "contract";
  Books b({late});
  auto r = b.draft(MoneyRecordKind::recorded, "late");
  r.count = 500;
  EXPECT_EQ(b.put(r), "");
  EXPECT_EQ(b.costs(2400h).lines.at(0).cents, 12'151'25) << "5 % of 243,025";
}

TEST(Deduction, WhereTheBaseIsOpenNothingIsGuessed) {
  auto loss = share("leak", 1'000, "open");
  loss.losses = true;
  auto overdue = share("client-late", 500, "overdue");
  overdue.per = Per::day, overdue.party = "client";
  Books b({loss, share("item", 30'000, "item"), share("other", 30'000, "other"), overdue});
  for (const auto* name : {"leak", "item", "other", "client-late"})
    EXPECT_EQ(b.put(b.draft(MoneyRecordKind::recorded, name)), "");
  EXPECT_EQ(b.says(24h),
            (Lines{"leak base_open -", "item base_open -", "other base_open -", "client-late base_open -"}));
  const auto costs = b.costs(24h);
  EXPECT_EQ(costs.lines[0].why.at(2).id, "money.why.base_open");
  EXPECT_EQ(costs.lines[0].why.at(3).id, "money.why.losses");
  EXPECT_EQ(costs.lines[1].why.back().id, "money.why.no_system");
  EXPECT_EQ(costs.lines[2].why.back().id, "money.why.no_price");
  EXPECT_EQ(costs.lines[3].why.back().id, "money.why.no_sum");
  ASSERT_EQ(costs.totals.size(), 2U);
  EXPECT_EQ(costs.totals[0].open, 3);
  EXPECT_EQ(costs.totals[0].cents, 0);
  EXPECT_EQ(costs.totals[1].party, "client");
  b.contract->value_cents.reset();
  b.contract->deductions = {share("leak", 1'000, "contract")};
  b.records = {b.records[0]};
  EXPECT_EQ(b.costs(24h).lines.at(0).why.back().id, "money.why.no_value");
}

TEST(Deduction, TheBaseOfASystemIsItsOnePrice) {
  Books b({share("item", 30'000, "item")});
  auto r = b.draft(MoneyRecordKind::recorded, "item");
  r.system = "hr";
  EXPECT_EQ(b.put(r), "");
  EXPECT_EQ(b.costs(24h).lines.at(0).why.back().id, "money.why.no_item");
  r.price = "oa-part";
  EXPECT_EQ(b.put(r), "");
  EXPECT_EQ(b.says(24h), (Lines{"item base_open -", "item counted 2175000"}));
  b.contract->prices.push_back({"third", {"三", ""}, 1'00, {"oa"}, {}});
  r.price.clear(), r.system = "oa";
  EXPECT_EQ(b.put(r), "");
  EXPECT_EQ(b.costs(24h).lines.at(2).why.back().id, "money.why.many_items");
}

TEST(Deduction, ASumOverdueIsTheRecords) {
  auto overdue = share("client-late", 5'000, "overdue");
  overdue.per = Per::day, overdue.party = "client", overdue.cap = Amount{std::nullopt, 50'000};
  Books b({overdue});
  auto r = b.draft(MoneyRecordKind::recorded, "client-late");
  r.sum_cents = 1'000'01, r.count = 9;
  EXPECT_EQ(b.put(r), "");
  EXPECT_EQ(b.says(24h), Lines{"client-late counted 4500"}) << "45.00045";
  r.at += 1h, r.count = 11;
  EXPECT_EQ(b.put(r), "");
  EXPECT_EQ(b.says(24h), (Lines{"client-late counted 4500", "client-late counted 5000"}))
      << "each its own cap";
}

TEST(Deduction, EachIsJudgedByItsOwnRevision) {
  Books before({of_resolve(fixed("failure", 5'000))}), after({of_resolve(fixed("failure", 8'000))});
  before.open();
  after.open(100h);
  std::vector<Occasion> all;
  for (const auto* books : {&after, &before})
    for (const auto& line : books->costs(300h).lines) all.push_back(line.what);
  const auto costs = reckon(std::move(all), {}, Timestamp::min(), Timestamp::max());
  ASSERT_EQ(costs.lines.size(), 2U);
  EXPECT_EQ(costs.lines[0].cents, 500'000);
  EXPECT_EQ(costs.lines[1].cents, 800'000);
  EXPECT_EQ(costs.lines[1].nth, 2) << "they count as one";
}

// A contract renewed under its id: what happened in the term before is not held against anybody again.
TEST(Deduction, EachTermCountsForItself) {
  auto d = of_resolve(fixed("failure", 5'000));
  d.from_count = 2, d.ends_after_count = 2, d.cap = Amount{7'000'00, std::nullopt};
  Books before({d}), after({d});
  after.contract->from = before.contract->to, after.contract->to += 365 * 24h;
  std::vector<Occasion> all;
  for (auto* books : {&before, &after}) {
    for (const auto at : {0h, 100h, 200h}) books->open(at + (books == &after ? 1000h : 0h));
    for (const auto& line : books->costs(2400h).lines) all.push_back(line.what);
  }
  const auto costs = reckon(std::move(all), {}, Timestamp::min(), Timestamp::max());
  ASSERT_EQ(costs.lines.size(), 6U);
  for (const std::size_t first : {0U, 3U}) {
    EXPECT_EQ(costs.lines[first].state, CostState::free) << first;
    EXPECT_EQ(costs.lines[first].nth, 1) << first;
    EXPECT_FALSE(costs.lines[first].ends) << first;
    EXPECT_EQ(costs.lines[first + 1].cents, 5'000'00) << first;
    EXPECT_TRUE(costs.lines[first + 1].ends) << first;
    EXPECT_EQ(costs.lines[first + 2].cents, 2'000'00) << first;
  }
}

TEST(Deduction, SharesAreRoundedHalfUpOnceALine) {
  EXPECT_EQ(share_of(100, 5'000, 1), 1) << "0.5";
  EXPECT_EQ(share_of(99, 5'000, 1), 0);
  EXPECT_EQ(share_of(50, 5'000, 1), 0);
  EXPECT_EQ(share_of(50, 5'000, 4), 1);
  EXPECT_EQ(share_of(100'000'000'000'000, 1'000'000, 10'000), 1'000'000'000'000'000'000);
  EXPECT_EQ(share_of(INT64_MAX, 1'000'000, 2), INT64_MAX) << "never wraps around";
  std::mt19937_64 random(7);
  for (int i = 0; i < 2'000; ++i) {
    // An independent way: whole and rest apart, small enough for 64 bits.
    const auto base = static_cast<std::int64_t>(random() % 1'000'000'000);
    const auto ppm = static_cast<std::int64_t>(random() % 1'000'001);
    const auto whole = base / 1'000'000 * ppm, rest = base % 1'000'000 * ppm;
    EXPECT_EQ(share_of(base, ppm, 1), whole + rest / 1'000'000 + (rest % 1'000'000 >= 500'000 ? 1 : 0));
  }
}

TEST(Deduction, DaysAreDatesBehindTheDueDate) {
  const auto zone = fixture::contract()->zone;
  const auto t = [](const char* iso) { return *parse_iso(iso); };
  const auto due = t("2026-12-01T00:00:00+08:00");  // the end of the 30th
  EXPECT_EQ(days_late(zone, due, due), 0);
  EXPECT_EQ(days_late(zone, due, due - 1s), 0);
  EXPECT_EQ(days_late(zone, due, due + 1ms), 1);
  EXPECT_EQ(days_late(zone, due, t("2026-12-02T00:00:00+08:00")), 1);
  EXPECT_EQ(days_late(zone, due, t("2026-12-02T00:00:01+08:00")), 2);
  EXPECT_EQ(days_late(zone, t("2026-11-30T10:00:00+08:00"), t("2026-11-30T23:00:00+08:00")), 0);
}

TEST(Deduction, SumsAndSharesAsPeopleWriteThem) {
  EXPECT_EQ(yuan_text(500'000), "5,000");
  EXPECT_EQ(yuan_text(753'378), "7,533.78");
  EXPECT_EQ(yuan_text(5), "0.05");
  EXPECT_EQ(yuan_text(1'991'000'000), "19,910,000");
  EXPECT_EQ(share_text(30'000), "3%");
  EXPECT_EQ(share_text(500), "0.05%");
  EXPECT_EQ(share_text(1'000'000), "100%");
}

TEST(Deduction, TheReckoningReadsInBothLanguages) {
  auto late = share("late", 1'000, "contract");
  late.per = Per::day;
  Books b({of_resolve(fixed("failure", 5'000)), late});
  b.open();
  b.then(Recovered{"", 0ms}, 5h);
  auto r = b.draft(MoneyRecordKind::recorded, "late");
  r.count = 31;
  EXPECT_EQ(b.put(r), "");
  const auto lines = b.costs(100h).lines;
  std::string zh, en;
  for (const auto& line : lines)
    for (const auto& why : line.why) zh += render(why, Lang::zh) + '\n', en += render(why, Lang::en) + '\n';
  EXPECT_EQ(zh,
            "登记 1，张工，2026-11-20 09:00:00：因故\n"
            "每日为合同总价（243,025 元）的 0.1%，31 天，计 7,533.78 元。\n"
            "时限“处置”（二级）应在 2026-11-20 13:00:00 前完成，实际完成于 2026-11-20 14:00:00。\n"
            "综合办公平台自 2026-11-20 09:00:00 至 2026-11-20 14:00:00 中断，计 5 小时。\n"
            "第 1 次；每次 5,000 元，计 5,000 元。\n");
  EXPECT_EQ(en,
            "Record 1, by 张工, of 2026-11-20 09:00:00: 因故\n"
            "0.1% of the contract's value (243,025 yuan) a day, 31 days: 7,533.78 yuan.\n"
            "“resolve” (II) was due by 2026-11-20 13:00:00 and came at 2026-11-20 14:00:00.\n"
            "office platform was out from 2026-11-20 09:00:00 to 2026-11-20 14:00:00: 5 h.\n"
            "Number 1; 5,000 yuan each time: 5,000 yuan.\n");
}

}  // namespace
}  // namespace xj::domain
