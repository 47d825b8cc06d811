#include "collector/domain/tighten.h"

#include <gtest/gtest.h>

#include "collector/domain/evaluate.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

Timestamp t(const char* iso) { return *parse_iso(iso); }
Date d(int month, unsigned day) { return Date{std::chrono::year{2026} / month / static_cast<int>(day)}; }
ParamMap params(const char* name, const char* value) { return {{name, {{value}, false, {}}}}; }

KeyPeriod period(std::string id, DateRange range, std::vector<Tightening> tighten) {
  KeyPeriod p;
  p.id = std::move(id), p.title = {"重保" + p.id, p.id}, p.dates = {range}, p.tighten = std::move(tighten);
  return p;
}
std::shared_ptr<Contract> with(std::vector<KeyPeriod> periods) {
  auto c = fixture::contract();
  c->key_periods = std::move(periods);
  return c;
}
const Tightened* find(const std::vector<Tightened>& all, std::string_view system, std::string_view check) {
  for (const auto& one : all)
    if (one.system == system && one.check == check) return &one;
  return nullptr;
}

TEST(Tighten, HoldsFromTheFirstInstantOfTheFirstDayToTheLastOfTheLast) {
  const auto c = with({period("congress", {d(3, 4), d(3, 5)}, {{{}, 10s, {}}})});
  const auto begin = t("2026-03-04T00:00:00+08:00"), end = t("2026-03-06T00:00:00+08:00");
  EXPECT_TRUE(tightened_at(*c, begin - 1ms).empty());
  EXPECT_EQ(tightened_at(*c, begin).size(), 5U);
  EXPECT_EQ(tightened_at(*c, end - 1ms).size(), 5U);
  EXPECT_TRUE(tightened_at(*c, end).empty());
  EXPECT_EQ(tightening_changes(*c, begin - days{40}), begin);
  EXPECT_EQ(tightening_changes(*c, begin - 1ms), begin);
  EXPECT_EQ(tightening_changes(*c, begin), end);
  EXPECT_EQ(tightening_changes(*c, end - 1ms), end);
  EXPECT_EQ(tightening_changes(*c, end), Timestamp::max());
  EXPECT_EQ(day_began(*c, begin + 23h), begin);
  const auto all = tightened_at(*c, begin + 5h);
  const auto* http = find(all, "oa", "http");
  ASSERT_NE(http, nullptr);
  EXPECT_EQ(http->spec.interval, 10s);
  EXPECT_EQ(policy_of(http->spec).stale_after, 40s);
  EXPECT_EQ(http->spec.attempts, 3);
  EXPECT_EQ(http->by, (std::vector<Tightened::By>{{"congress", {"重保congress", "congress"}, end}}));
}

TEST(Tighten, NeverLoosens) {
  auto c = with({period("p", {d(3, 4), d(3, 5)}, {{{}, 60s, {}}, {{}, 90s, {}}})});
  EXPECT_TRUE(tightened_at(*c, t("2026-03-04T12:00:00+08:00")).empty()) << "as often as ever";
  // Silence that the contract says itself stays as it says.
  c->key_periods[0].tighten = {{{}, 20s, {}}};
  c->systems[0].checks[0].stale_after = 10min;
  const auto all = tightened_at(*c, t("2026-03-04T12:00:00+08:00"));
  EXPECT_EQ(find(all, "oa", "http")->spec.stale_after, 10min);
  EXPECT_EQ(find(all, "oa", "docs")->spec.stale_after, 70s);
}

TEST(Tighten, ConcernsTagsAndSystems) {
  auto c = with({period("p", {d(3, 4), d(3, 5)}, {{{"security", "capacity"}, 10s, {}}})});
  const auto noon = t("2026-03-04T12:00:00+08:00");
  auto all = tightened_at(*c, noon);
  EXPECT_EQ(all.size(), 2U);
  EXPECT_NE(find(all, "oa", "disk"), nullptr);
  EXPECT_NE(find(all, "oa", "login"), nullptr);
  c->key_periods[0].systems = {"hr"};
  EXPECT_TRUE(tightened_at(*c, noon).empty());
  c->key_periods[0].tighten[0].tags.clear();
  all = tightened_at(*c, noon);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].system, "hr");
}

TEST(Tighten, OfSeveralTheShortestIntervalAndTheLastParameterHold) {
  auto c = with({period("long", {d(3, 1), d(3, 10)}, {{{}, 20s, params("warn", "70%")}}),
                 period("short", {d(3, 4), d(3, 5)}, {{{}, 30s, params("warn", "75%")}}),
                 period("idle", {d(3, 4), d(3, 5)}, {{{}, 40s, {}}})});
  c->systems[0].checks[0].params = params("crit", "95%");
  const auto all = tightened_at(*c, t("2026-03-04T12:00:00+08:00"));
  const auto* http = find(all, "oa", "http");
  ASSERT_NE(http, nullptr);
  EXPECT_EQ(http->spec.interval, 20s);
  EXPECT_EQ(http->spec.params.at("warn").texts.front(), "75%");
  EXPECT_EQ(http->spec.params.at("crit").texts.front(), "95%");
  ASSERT_EQ(http->by.size(), 2U) << "one that changes nothing is not named";
  EXPECT_EQ(http->by[0].until, t("2026-03-11T00:00:00+08:00"));
  EXPECT_EQ(http->by[1].until, t("2026-03-06T00:00:00+08:00"));
  // Each of the boundaries is one.
  std::vector<std::string> changes;
  for (auto at = tightening_changes(*c, c->from); at != Timestamp::max(); at = tightening_changes(*c, at))
    changes.push_back(to_iso(at, 480min).substr(5, 11));
  EXPECT_EQ(changes, (std::vector<std::string>{"03-01T00:00", "03-04T00:00", "03-06T00:00", "03-11T00:00"}));
}

TEST(Tighten, FollowsHolidaysAndMonthsAndTheContractsZone) {
  KeyPeriod p;
  p.id = "p", p.holidays = {"国庆节"}, p.months = {12}, p.tighten = {{{}, 10s, {}}};
  auto c = with({p});
  auto& table = c->calendars.at("office").holidays;
  for (unsigned day = 1; day <= 7; ++day)
    table.working[d(10, day)] = false, table.names[d(10, day)] = "国庆节";
  table.working[d(10, 10)] = true, table.names[d(10, 10)] = "国庆节";
  EXPECT_EQ(tightening_changes(*c, t("2026-05-01T00:00:00+08:00")), t("2026-10-01T00:00:00+08:00"));
  EXPECT_EQ(tightening_changes(*c, t("2026-10-01T00:00:00+08:00")), t("2026-10-08T00:00:00+08:00"));
  EXPECT_TRUE(tightened_at(*c, t("2026-10-10T12:00:00+08:00")).empty()) << "worked instead";
  EXPECT_EQ(tightening_changes(*c, t("2026-10-08T00:00:00+08:00")), t("2026-12-01T00:00:00+08:00"));
  // A night on which the clock is put back has one midnight.
  c->zone = {"Somewhere",
             {{Timestamp{}, 60min},
              {t("2026-12-01T00:00:00+02:00"), 120min},
              {t("2027-01-01T00:00:00+02:00"), 60min}}};
  const auto begin = tightening_changes(*c, t("2026-11-20T00:00:00Z"));
  EXPECT_EQ(begin, t("2026-11-30T22:00:00Z"));
  EXPECT_EQ(tightening_changes(*c, begin), t("2026-12-31T23:00:00Z"));
}

}  // namespace
}  // namespace xj::domain
