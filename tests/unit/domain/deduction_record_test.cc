// What people put on record about deductions: judgements, waivers, withdrawals.
#include "collector/domain/deduction_record.h"

#include "tests/unit/domain/deduction_books.h"

namespace xj::domain {
namespace {

TEST(DeductionRecords, AGraveEffectIsJudgedByAPerson) {
  auto opinion = of_resolve(share("opinion", 30'000, "item"));
  opinion.major = true, opinion.ends_after_count = 3;
  Books b({opinion, of_resolve(fixed("failure", 5'000))});
  for (const auto at : {0h, 100h, 200h}) {
    b.open(at);
    b.then(Recovered{"", 0ms}, at + 5h);
  }
  EXPECT_EQ(b.says(300h).front(), "opinion to_judge -");
  EXPECT_EQ(b.costs(300h).totals.at(0).cents, 1'500'000);
  EXPECT_EQ(b.costs(300h).totals.at(0).to_judge, 3);
  for (const auto* number : {"INC-1", "INC-2", "INC-3"}) {
    auto r = b.draft(MoneyRecordKind::recorded, "opinion", kT0 + 250h);
    r.number = number;
    EXPECT_EQ(b.put(r), "");
    EXPECT_EQ(b.put(r), "money.refuse.already");
  }
  const auto costs = b.costs(300h);
  ASSERT_EQ(costs.lines.size(), 6U) << "no line of their own";
  EXPECT_EQ(costs.lines[0].cents, 2'175'000);
  EXPECT_EQ(costs.lines[0].also, std::vector<std::string>{"failure"});
  EXPECT_FALSE(costs.lines[2].ends);
  EXPECT_TRUE(costs.lines[4].ends) << "the third";
  // No such effect after all.
  auto waiver = b.draft(MoneyRecordKind::waived, "opinion");
  waiver.number = "INC-3";
  EXPECT_EQ(b.put(waiver), "");
  EXPECT_EQ(b.costs(300h).lines[4].state, CostState::waived);
  EXPECT_FALSE(b.costs(300h).lines[4].ends);
}

TEST(DeductionRecords, WaivedAndForceMajeureDoNotCount) {
  auto d = of_resolve(fixed("failure", 5'000));
  Books b({d, fixed("absence", 5'000)});
  b.open();
  EXPECT_EQ(b.put(b.draft(MoneyRecordKind::recorded, "absence")), "");
  auto waiver = b.draft(MoneyRecordKind::waived, "failure");
  EXPECT_EQ(b.put(waiver, 1h), "money.refuse.waive_what");
  waiver.number = "INC-1";
  EXPECT_EQ(b.put(waiver, 1h), "money.refuse.nothing") << "not breached yet";
  waiver.ground = WaiverGround::force_majeure;
  EXPECT_EQ(b.put(waiver), "");
  EXPECT_EQ(b.put(waiver), "money.refuse.waived");
  waiver = b.draft(MoneyRecordKind::waived, "absence");
  waiver.of = 1;
  EXPECT_EQ(b.put(waiver), "");
  EXPECT_EQ(b.says(100h), (Lines{"absence waived -", "failure waived -"}));
  EXPECT_EQ(b.costs(100h).lines[1].why.back().id, "money.why.force_majeure");
  EXPECT_EQ(b.costs(100h).totals.at(0).cents, 0);
  // The waiver was a mistake.
  auto withdrawal = b.draft(MoneyRecordKind::withdrawn, "");
  withdrawal.of = 2;
  EXPECT_EQ(b.put(withdrawal), "");
  EXPECT_EQ(b.put(withdrawal), "money.refuse.withdrawn");
  withdrawal.of = 4;
  EXPECT_EQ(b.put(withdrawal), "money.refuse.no_record");
  EXPECT_EQ(b.says(100h), (Lines{"absence waived -", "failure counted 500000"}));
  withdrawal.of = 1;
  EXPECT_EQ(b.put(withdrawal), "");
  EXPECT_EQ(b.says(100h), Lines{"failure counted 500000"});
}

TEST(DeductionRecords, WhoJudgesMaySayWhichPriceItIs) {
  auto opinion = of_resolve(share("opinion", 30'000, "item"));
  opinion.major = true;
  Books b(
      {opinion, of_resolve(share("outage", 10'000, "system")), of_resolve(share("open", 10'000, "open"))});
  b.contract->prices.push_back({"third", {"三", ""}, 1'000'00, {"oa"}, {}});
  b.open();
  b.then(Recovered{"", 0ms}, 5h);
  EXPECT_EQ(b.says(10h), (Lines{"opinion to_judge -", "outage base_open -", "open base_open -"}));
  EXPECT_EQ(b.costs(10h).lines[1].why.end()[-2].id, "money.why.many_items");
  auto r = b.draft(MoneyRecordKind::recorded, "opinion", kT0 + 6h);
  r.number = "INC-1", r.price = "third";
  EXPECT_EQ(b.put(r, 10h), "");
  EXPECT_EQ(b.costs(10h).lines[0].base_of, "third");
  // Of one that counts by itself only that is left to say.
  r.about = "outage", r.price.clear();
  EXPECT_EQ(b.put(r, 10h), "money.refuse.by_itself");
  r.price = "oa-part";
  EXPECT_EQ(b.put(r, 10h), "");
  EXPECT_EQ(b.put(r, 10h), "money.refuse.already");
  r.about = "open";
  EXPECT_EQ(b.put(r, 10h), "money.refuse.by_itself") << "no price makes up for what the contract leaves open";
  EXPECT_EQ(b.says(10h), (Lines{"opinion counted 3000", "outage counted 725000", "open base_open -"}));
}

// What a person says of a case is of the run that was there to speak of, and of no later one.
TEST(DeductionRecords, AReopenedCaseIsJudgedAnew) {
  auto opinion = of_resolve(share("opinion", 30'000, "item"));
  opinion.major = true;
  Books b({opinion});
  b.open();
  b.then(Recovered{"", 168h}, 5h);
  auto r = b.draft(MoneyRecordKind::recorded, "opinion", kT0 + 6h);
  r.number = "INC-1";
  EXPECT_EQ(b.put(r, 7h), "");
  EXPECT_EQ(b.records.at(0).run, 1);
  EXPECT_EQ(b.put(r, 7h), "money.refuse.already");
  b.then(Reopened{2, ""}, 10h);
  // Run 2 was not breached yet: there is only run 1 to speak of.
  EXPECT_EQ(b.put(r, 11h), "money.refuse.already");
  b.then(Recovered{"", 168h}, 15h);
  EXPECT_EQ(b.says(20h), (Lines{"opinion counted 2175000", "opinion to_judge -"}));
  EXPECT_EQ(b.put(r, 20h), "");
  EXPECT_EQ(b.records.at(1).run, 2);
  EXPECT_EQ(b.put(r, 20h), "money.refuse.already");
  EXPECT_EQ(b.says(20h), (Lines{"opinion counted 2175000", "opinion counted 2175000"}));
  // The newest first, then the one before.
  b.records.clear();
  for (const int run : {2, 1}) {
    EXPECT_EQ(b.put(r, 20h), "");
    EXPECT_EQ(b.records.back().run, run);
  }
  EXPECT_EQ(b.put(r, 20h), "money.refuse.already");
  // One that was kept without a run holds for each, as it did.
  b.records.pop_back();
  b.records.at(0).run = 0;
  EXPECT_EQ(b.says(20h), (Lines{"opinion counted 2175000", "opinion counted 2175000"}));
  EXPECT_EQ(b.put(r, 20h), "money.refuse.already");
}

TEST(DeductionRecords, AReopenedCaseIsWaivedAnew) {
  Books b({of_resolve(fixed("failure", 5'000))});
  b.open();
  b.then(Recovered{"", 168h}, 5h);
  auto waiver = b.draft(MoneyRecordKind::waived, "failure");
  waiver.number = "INC-1";
  EXPECT_EQ(b.put(waiver, 7h), "");
  b.then(Reopened{2, ""}, 10h);
  EXPECT_EQ(b.put(waiver, 11h), "money.refuse.waived");
  b.then(Recovered{"", 168h}, 15h);
  EXPECT_EQ(b.says(20h), (Lines{"failure waived -", "failure counted 500000"}));
  EXPECT_EQ(b.put(waiver, 20h), "");
  EXPECT_EQ(b.says(20h), (Lines{"failure waived -", "failure waived -"}));
  auto withdrawal = b.draft(MoneyRecordKind::withdrawn, "");
  withdrawal.of = 1;
  EXPECT_EQ(b.put(withdrawal, 20h), "");
  EXPECT_EQ(b.says(20h), (Lines{"failure counted 500000", "failure waived -"}));
  // Kept without a run: for each of them.
  b.records.at(1).run = 0;
  EXPECT_EQ(b.says(20h), (Lines{"failure waived -", "failure waived -"}));
}

// What a waiver or a withdrawal has no use for is not kept for ever without a look at it.
TEST(DeductionRecords, AWaiverKeepsOnlyWhatItSays) {
  Books b({of_resolve(fixed("failure", 5'000))});
  b.open();
  auto r = b.draft(MoneyRecordKind::waived, "failure", kT0 + 101h);
  r.number = "INC-1";
  EXPECT_EQ(b.put(r, 100h), "money.refuse.future");
  r.at = kT0 + 99h;
  auto plain = r;
  r.system = "mars", r.price = "mars", r.count = -7, r.sum_cents = -1, r.until = kT0 + 900h;
  EXPECT_EQ(b.put(r, 100h), "");
  plain.contract = b.contract->id, plain.n = 1, plain.run = 1, plain.known = kT0 + 100h;
  plain.revision = b.contract->revision, plain.calendar = b.contract->calendar_edition;
  EXPECT_EQ(encode(b.records.at(0)), encode(plain));
  r.kind = MoneyRecordKind::withdrawn, r.of = 1, r.number = "INC-9";
  EXPECT_EQ(b.put(r, 100h), "");
  plain.kind = MoneyRecordKind::withdrawn, plain.of = 1, plain.n = 2;
  EXPECT_EQ(encode(b.records.at(1)), encode(plain));
}

TEST(DeductionRecords, WhatCannotBeRecordedSaysWhy) {
  auto late = share("late", 1'000, "contract");
  late.per = Per::day;
  Books b({of_resolve(fixed("failure", 5'000)), late, fixed("absence", 5'000)});
  b.open();
  const auto put = [&](auto change) {
    auto r = b.draft(MoneyRecordKind::recorded, "absence");
    change(r);
    return b.put(r, 100h);
  };
  EXPECT_EQ(put([](auto& r) { r.why.clear(); }), "money.refuse.why");
  EXPECT_EQ(put([](auto& r) { r.why = std::string(2'001, 'x'); }), "money.refuse.long");
  EXPECT_EQ(put([](auto& r) { r.about = "absense"; }), "money.refuse.near");
  EXPECT_EQ(put([](auto& r) { r.about = "quarrel"; }), "money.refuse.unknown");
  EXPECT_EQ(put([](auto& r) { r.at = kT0 + 101h; }), "money.refuse.future");
  EXPECT_EQ(put([](auto& r) { r.at -= 1000 * 24h; }), "money.refuse.far");
  EXPECT_EQ(put([](auto& r) { r.system = "mars"; }), "money.refuse.unknown");
  EXPECT_EQ(put([](auto& r) { r.price = "mars"; }), "money.refuse.unknown");
  EXPECT_EQ(put([](auto& r) { r.count = 10'001; }), "money.refuse.count");
  EXPECT_EQ(put([](auto& r) { r.until = r.at; }), "money.refuse.until");
  EXPECT_EQ(put([](auto& r) { r.sum_cents = 1; }), "money.refuse.sum");
  EXPECT_EQ(put([](auto& r) { r.about = "late", r.until = r.at, r.count = 1; }), "money.refuse.days_twice");
  EXPECT_EQ(put([](auto& r) { r.about = "late", r.until = r.at - 1h; }), "money.refuse.backwards");
  EXPECT_EQ(put([](auto& r) { r.about = "failure", r.number = "INC-1"; }), "money.refuse.by_itself");
  EXPECT_EQ(put([](auto&) {}), "");
  EXPECT_EQ(put([](auto&) {}), "money.refuse.already");
  auto r = b.draft(MoneyRecordKind::recorded, "absence", kT0 + 1h);
  r.number = "INC-7";
  EXPECT_EQ(std::get<Rejection>(accept(r, *b.contract, b.records, {}, 0, kT0 + 2h)).why.id,
            "money.refuse.no_case");
}

}  // namespace
}  // namespace xj::domain
