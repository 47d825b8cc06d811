// What people put on top of a roster: swaps and rosters of their own.
#include <gtest/gtest.h>

#include "collector/domain/duty_record.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;

const Timestamp kDay = *parse_iso("2026-11-20T00:00:00+08:00");
Shift shift(Duration from, Duration to, std::string a, std::string b = {}) {
  return {kDay + from, kDay + to, std::move(a), std::move(b)};
}
std::string words(const std::vector<Shift>& shifts) {
  std::string out;
  for (const auto& s : shifts)
    out += std::to_string((s.from - kDay) / 1h) + '-' + std::to_string((s.to - kDay) / 1h) + s.a + ' ';
  return out;
}
DutyRecord record(std::uint32_t n, RecordKind kind, std::vector<Shift> shifts, std::string role = "duty") {
  DutyRecord r;
  r.contract = "office-oa", r.n = n, r.kind = kind, r.about = std::move(role), r.shifts = std::move(shifts);
  r.at = r.known = kDay, r.why = "ill";
  return r;
}

TEST(DutyChanges, AnOverlayCutsWhatReachesAcrossIt) {
  const std::vector<Shift> under{shift(0h, 8h, "a"), shift(8h, 16h, "b"), shift(16h, 24h, "c")};
  EXPECT_EQ(words(overlaid(under, {shift(4h, 20h, "x")}, kDay + 4h, kDay + 20h)), "0-4a 4-20x 20-24c ");
  EXPECT_EQ(words(overlaid(under, {shift(9h, 10h, "x")}, kDay + 9h, kDay + 10h)),
            "0-8a 8-9b 9-10x 10-16b 16-24c ");
  EXPECT_EQ(words(overlaid(under, {shift(8h, 16h, "x")}, kDay + 8h, kDay + 16h)), "0-8a 8-16x 16-24c ");
  EXPECT_EQ(words(overlaid(under, {shift(24h, 30h, "x")}, kDay + 24h, kDay + 30h)),
            "0-8a 8-16b 16-24c 24-30x ");
  EXPECT_EQ(words(overlaid({}, {shift(1h, 2h, "x")}, kDay + 1h, kDay + 2h)), "1-2x ");
  EXPECT_TRUE(roster_faults(overlaid(under, {shift(4h, 20h, "x")}, kDay + 4h, kDay + 20h)).empty());
}

TEST(DutyChanges, WhatIsSetStandsAboveWhatIsImportedAndThatAboveTheFile) {
  const Roster file{"duty.csv", {shift(0h, 24h, "a"), shift(24h, 48h, "b")}};
  const std::vector<DutyRecord> records{
      record(1, RecordKind::duty_set, {shift(10h, 12h, "s")}),
      record(2, RecordKind::roster_imported, {shift(8h, 16h, "i"), shift(20h, 30h, "j")}),
      record(3, RecordKind::duty_set, {shift(0h, 48h, "other")}, "lead"),
      record(4, RecordKind::duty_set, {shift(11h, 13h, "t")})};
  const auto roster = with_changes(file, "duty", records);
  // The gap of the import is one, too.
  EXPECT_EQ(words(roster.shifts), "0-8a 8-10i 10-11s 11-13t 13-16i 20-30j 30-48b ");
  EXPECT_EQ(on_duty(roster, kDay + 11h)->change, 4U);
  EXPECT_EQ(on_duty(roster, kDay + 9h)->change, 2U);
  EXPECT_EQ(on_duty(roster, kDay + 1h)->change, 0U);
  EXPECT_EQ(on_duty(roster, kDay + 18h), nullptr);
}

TEST(DutyChanges, AreReadBackAsWritten) {
  for (const auto kind : {RecordKind::duty_set, RecordKind::roster_imported}) {
    const auto one = record(7, kind, {shift(8h, 16h, "zhang", "li"), shift(16h, 24h, "li")});
    const auto again = decode_duty_record(encode(one));
    ASSERT_TRUE(std::holds_alternative<DutyRecord>(again));
    EXPECT_EQ(std::get<DutyRecord>(again), one);
    EXPECT_EQ(parse_record_kind(to_text(kind)), kind);
  }
  auto overlapping = record(7, RecordKind::duty_set, {shift(8h, 16h, "zhang"), shift(15h, 24h, "li")});
  EXPECT_TRUE(std::holds_alternative<std::string>(decode_duty_record(encode(overlapping))));
}

TEST(DutyChanges, WhatCannotBeIsRefused) {
  const auto c = fixture::contract();
  const auto now = kDay + 9h;
  const auto refused = [&](DutyRecord draft) {
    const auto outcome = accept(std::move(draft), *c, {}, now);
    const auto* no = std::get_if<Rejection>(&outcome);
    return no == nullptr ? std::string() : no->why.id;
  };
  const auto set = [](Shift s, std::string role = "duty") {
    return record(0, RecordKind::duty_set, {std::move(s)}, std::move(role));
  };
  EXPECT_EQ(refused(set(shift(8h, 16h, "zhang", "li"))), "");
  EXPECT_EQ(refused(set(shift(8h, 16h, "zhang"), "dutty")), "duty.refuse.role_near");
  EXPECT_EQ(refused(set(shift(8h, 16h, "zhang"), "nobody")), "duty.refuse.role");
  EXPECT_EQ(refused(set(shift(8h, 16h, "zhan"))), "duty.refuse.person_near");
  EXPECT_EQ(refused(set(shift(8h, 16h, "zhang", "wang"))), "duty.refuse.person") << "not of the role";
  EXPECT_EQ(refused(set(shift(8h, 16h, "chairman"))), "duty.refuse.person");
  EXPECT_EQ(refused(set(shift(8h, 16h, "zhang", "zhang"))), "duty.roster.same");
  EXPECT_EQ(refused(set(shift(16h, 16h, "zhang"))), "duty.refuse.backwards");
  EXPECT_EQ(refused(set(shift(1h, 9h, "zhang"))), "duty.refuse.over");
  auto silent = set(shift(8h, 16h, "zhang"));
  silent.why.clear();
  EXPECT_EQ(refused(silent), "duty.refuse.why");
  auto two = record(0, RecordKind::duty_set, {shift(8h, 16h, "zhang"), shift(16h, 24h, "li")});
  EXPECT_EQ(refused(two), "duty.refuse.shifts");
  two.kind = RecordKind::roster_imported, two.why.clear();
  EXPECT_EQ(refused(two), "");
  two.shifts[1].from -= 1h;
  EXPECT_EQ(refused(two), "duty.roster.overlap");
  // It is taken back by another one, not by `obligations withdraw`.
  auto kept = std::get<DutyRecord>(accept(set(shift(8h, 16h, "zhang")), *c, {}, now));
  DutyRecord withdrawal;
  withdrawal.kind = RecordKind::withdrawn, withdrawal.of = kept.n, withdrawal.why = "wrong";
  const auto outcome = accept(withdrawal, *c, std::vector{kept}, now);
  EXPECT_EQ(std::get<Rejection>(outcome).why.id, "duty.refuse.no_record");
}

}  // namespace
}  // namespace xj::domain
