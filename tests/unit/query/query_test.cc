#include "collector/query/query.h"

#include <gtest/gtest.h>

namespace xj::query {
namespace {

const auto kNow = *parse_iso("2026-11-20T12:34:56+08:00");

domain::Zone shanghai() { return {"Asia/Shanghai", {{Timestamp::min(), std::chrono::minutes{480}}}}; }

Query read(const Words& words) {
  const auto read = parse_query(words, kNow, shanghai());
  if (const auto* message = std::get_if<Message>(&read)) {
    ADD_FAILURE() << render(*message, Lang::en);
    return {};
  }
  return std::get<Query>(read);
}
std::string refused(const Words& words) {
  const auto read = parse_query(words, kNow, shanghai());
  const auto* message = std::get_if<Message>(&read);
  return message == nullptr ? "taken" : render(*message, Lang::en);
}
std::string local(Timestamp t) { return to_iso(t, std::chrono::minutes{480}); }

TEST(Query, AMetricOfACheckOverTheLastDayIfNothingElseIsSaid) {
  const auto q = read({{"what", "cpu.used_percent"}});
  EXPECT_EQ(q.check, "cpu");
  EXPECT_EQ(q.metric, "used_percent");
  EXPECT_EQ(q.host, "*");
  EXPECT_EQ(q.item, "*");
  EXPECT_EQ(local(q.to), "2026-11-20T12:34:56+08:00");
  EXPECT_EQ(local(q.from), "2026-11-19T12:30:00+08:00") << "whole steps";
  EXPECT_EQ(q.step, Duration{900'000});
  EXPECT_EQ(q.points(), 97u) << "the last one is cut";
  EXPECT_EQ(q.across, Across::none);
}

TEST(Query, TheDotBehindTheLastSlashPartsCheckAndMetric) {
  const auto q = read({{"what", "gov.v2/oa/cpu.a.b"}});
  EXPECT_EQ(q.check, "gov.v2/oa/cpu");
  EXPECT_EQ(q.metric, "a.b");
}

TEST(Query, TimesAreSpansBackOrOfTheZone) {
  const auto q = read({{"what", "cpu.x"}, {"from", "7d"}, {"to", "2026-11-20"}, {"step", "1d"}});
  EXPECT_EQ(local(q.from), "2026-11-13T00:00:00+08:00") << "days begin at midnight of the zone";
  EXPECT_EQ(local(q.to), "2026-11-20T00:00:00+08:00");
  const auto given = read({{"what", "cpu.x"}, {"from", "2026-11-19 08:30"}, {"to", "09:00"}, {"step", "1h"}});
  EXPECT_EQ(local(given.from), "2026-11-19T08:30:00+08:00") << "what was named is not moved";
  EXPECT_EQ(local(given.to), "2026-11-20T09:00:00+08:00");
  EXPECT_EQ(read({{"what", "cpu.x"}, {"from", "2026-11-19T00:00:00Z"}, {"to", "2026-12-01"}}).to, kNow)
      << "what is to come is not asked for";
}

// On 2026-10-25 Berlin goes from +02:00 back to +01:00: that day began an hour before its offset at noon
// says.
TEST(Query, DaysBeginAtMidnightAlsoWhereTheClockChanges) {
  const domain::Zone berlin{"Europe/Berlin",
                            {{Timestamp::min(), std::chrono::minutes{120}},
                             {*parse_iso("2026-10-25T01:00:00Z"), std::chrono::minutes{60}}}};
  const auto begin = [&](const char* now, const char* from, const char* step) {
    const auto read =
        parse_query({{"what", "cpu.x"}, {"from", from}, {"step", step}}, *parse_iso(now), berlin);
    return to_iso(std::get<Query>(read).from);
  };
  EXPECT_EQ(begin("2026-10-26T12:00:00+01:00", "30h", "1d"), "2026-10-24T22:00:00Z");
  EXPECT_EQ(begin("2026-10-28T12:00:00+01:00", "7d", "1d"), "2026-10-20T22:00:00Z");
  EXPECT_EQ(begin("2026-10-28T12:00:00+01:00", "2d", "1d"), "2026-10-25T23:00:00Z");
}

TEST(Query, LinesArePutTogetherByWhatIsNamed) {
  const auto q = read({{"what", "disk.used_percent"}, {"by", "host,item"}, {"over", "max"}, {"top", "5"}});
  EXPECT_TRUE(q.by.host && q.by.item && !q.by.check);
  EXPECT_EQ(q.across, Across::max) << "as over time";
  EXPECT_EQ(q.top, 5u);
  EXPECT_EQ(read({{"what", "net.rx"}, {"by", "host"}, {"over", "rate"}}).across, Across::avg);
  EXPECT_EQ(read({{"what", "net.rx"}, {"across", "sum"}}).across, Across::sum);
}

TEST(Query, StatesOfTheResultsThemselvesOverAllOfTheTime) {
  const auto q = read({{"what", "cpu"}, {"view", "availability"}, {"from", "30d"}});
  EXPECT_EQ(q.item, "");
  EXPECT_EQ(q.points(), 1u);
  EXPECT_EQ(local(q.from), "2026-10-21T12:34:56+08:00");
  EXPECT_EQ(read({{"what", "cpu"}, {"view", "availability"}, {"by", "system"}}).across, Across::sum);
  EXPECT_EQ(read({{"what", "disk"}, {"view", "completeness"}, {"item", "/*"}}).item, "/*");
}

TEST(Query, WhatIsWrongIsSaidWithItsPlaceAndWhatGoesThere) {
  EXPECT_EQ(refused({}), "what: “” does not go there; it accepts: CHECK.METRIC");
  EXPECT_EQ(refused({{"what", "cpu"}}), "what: “cpu” does not go there; it accepts: CHECK.METRIC");
  EXPECT_EQ(refused({{"what", "cpu.used*"}}),
            "what: a metric takes no pattern, so not “used*”; the check, hosts and items take them");
  for (const auto* what : {"cpu.", ".x", "a/.x"})
    EXPECT_EQ(refused({{"what", what}}),
              "what: “" + std::string(what) + "” does not go there; it accepts: CHECK.METRIC");
  EXPECT_EQ(
      refused({{"what", "cpu.x"}, {"over", "mean"}}),
      "over: “mean” does not go there; it accepts: avg, min, max, sum, count, last, rate, p50, p95, p99");
  EXPECT_EQ(refused({{"what", "cpu.x"}, {"by", "host,rack"}}),
            "by: “rack” does not go there; it accepts: contract, system, check, host, item");
  EXPECT_EQ(refused({{"what", "cpu.x"}, {"step", "0s"}}),
            "step: “0s” does not go there; it accepts: 1s, 5m, 1h, 1d");
  EXPECT_EQ(refused({{"what", "cpu.x"}, {"step", "1500ms"}}),
            "step: “1500ms” does not go there; it accepts: 1s, 5m, 1h, 1d");
  for (const auto* top : {"0", "-1", "5001", "5x", "99999999999999999999"})
    EXPECT_EQ(refused({{"what", "cpu.x"}, {"top", top}}),
              "top: “" + std::string(top) + "” does not go there; it accepts: 1-5000");
  EXPECT_EQ(refused({{"what", "cpu.x"}, {"from", "soon"}}),
            "from: “soon” does not go there; it accepts: 7d, 2026-09-30, 2026-09-30 16:30, 16:30, "
            "2026-09-30T16:30:00+08:00");
  EXPECT_EQ(
      refused({{"what", "cpu.x"}, {"frm", "7d"}}),
      "a query knows no “frm”; it knows: what, host, item, from, to, step, over, across, by, top, view");
  EXPECT_EQ(refused({{"what", std::string(257, 'x')}}), "what: at most 256 bytes, and none of them zero");
  EXPECT_EQ(
      refused({{"what", "cpu.x"}, {"from", "1h"}, {"to", "2h"}}),
      "from 2026-11-20T11:34:56+08:00 to 2026-11-20T10:34:56+08:00 is no time to ask for: from must lie "
      "before to, and now, by at most 3700 days");
  EXPECT_EQ(refused({{"what", "cpu.x"}, {"from", "30d"}, {"step", "1s"}}),
            "2592000 points a line are more than 11000; give a longer step or a shorter time");
  EXPECT_EQ(refused({{"what", "cpu"}, {"view", "availability"}, {"over", "max"}}),
            "over is for metrics, not with view=availability");
  EXPECT_EQ(refused({{"what", "cpu"}, {"view", "completeness"}, {"step", "1h"}}),
            "step does not go with view=completeness, which is of all of the time");
  EXPECT_EQ(refused({{"what", "cpu.x"}, {"from", "5000d"}}),
            "from: 5000 days is too long ago; at most 3700 days");
  EXPECT_EQ(refused({{"what", "cpu.x"}, {"to", "3701d"}}),
            "to: 3701 days is too long ago; at most 3700 days");
  EXPECT_EQ(refused({{"what", "cpu"}, {"view", "availability"}, {"across", "max"}}),
            "across: “max” does not go there; it accepts: none, sum");
}

// It would be held against names as it stands, and find nothing.
TEST(Query, ABracketThatIsNotClosedIsRefusedInEveryPattern) {
  const std::string mend = " has a [ without its ]; a bracket itself is [[]";
  EXPECT_EQ(refused({{"what", "cpu.x"}, {"host", "["}}), "host: “[”" + mend);
  EXPECT_EQ(refused({{"what", "cpu.x"}, {"item", "/data[0"}}), "item: “/data[0”" + mend);
  EXPECT_EQ(refused({{"what", "cp[u.x"}}), "what: “cp[u”" + mend);
  EXPECT_EQ(refused({{"what", "cp[u"}, {"view", "availability"}}), "what: “cp[u”" + mend);
  EXPECT_EQ(read({{"what", "cpu.x"}, {"host", "web[[]0]"}}).host, "web[[]0]");
}

}  // namespace
}  // namespace xj::query
