// Questions about days that history no longer has: through the pipeline, with days that a person removed.
#include "tests/unit/collector/api.h"

namespace xj::collector {
namespace {

// Twelve days of a check that runs every six hours, the tenth of its days silent; then all but the last three
// and today are removed.
class QueryKept : public Api {
 protected:
  static constexpr auto kCheck = "office-oa/oa/certificate";
  void SetUp() override {
    Api::SetUp();
    ASSERT_EQ(send("oa-app-01", kCheck, State::ok).status, 200);
    for (int slot = 1; slot < 48; ++slot) {
      clock_.advance(6h);
      if (slot / 4 == 10) continue;
      ASSERT_EQ(send("oa-app-01", kCheck, State::ok).status, 200);
    }
    clock_.advance(6h);
    pipeline_->save(clock_.now());
    settle(clock_.now());
  }
  void settle(Timestamp now) { pipeline_->history().settle(pipeline_->history().durable_position(), now); }
  void prune() {
    const auto done = ask("POST", "/api/v1/history/prune", R"({"before":"2026-11-29"})");
    ASSERT_EQ(done.status, 200) << done.body;
    ASSERT_EQ(done.json["days"].size(), 9U) << done.body;
  }
  Answered asked(const std::string& more) {
    auto got = ask("GET", "/api/v1/query?from=12d&" + more);
    EXPECT_EQ(got.status, 200) << got.body;
    return got;
  }
  // Of the host that spoke, and of one that never did.
  void expect_removed_days_left_out(const std::string& when) {
    const auto complete = asked("what=certificate&view=completeness");
    const auto& line = complete.json["lines"].at(0);
    EXPECT_EQ(line["expected"].int_or(0), 12) << when << complete.body;
    EXPECT_EQ(line["received"].int_or(0), 8) << when;
    EXPECT_EQ(line["silences"].int_or(0), 1) << when;
    EXPECT_EQ(line["longest"].at(0)["from"].string_or(""), "2026-11-30T09:00:00+08:00") << when;
    EXPECT_EQ(complete.json["not_kept"].dump(), R"({"days":9,"first":"2026-11-20","last":"2026-11-28"})");
    const auto available = asked("what=certificate&view=availability");
    const auto& states = available.json["lines"].at(0);
    EXPECT_EQ(states["ok_ms"].int_or(0), Duration{51h}.count()) << when << available.body;
    EXPECT_EQ(states["silent_ms"].int_or(0), Duration{21h}.count()) << when;
    EXPECT_EQ(available.json["not_kept"]["days"].int_or(0), 9) << when;
    const auto never = asked("what=cpu&host=oa-db-01&view=availability");
    EXPECT_EQ(never.json["lines"].at(0)["silent_ms"].int_or(0), Duration{73h - 90s}.count()) << when;
    const auto slots = asked("what=cpu&host=oa-db-01&view=completeness");
    EXPECT_EQ(slots.json["lines"].at(0)["expected"].int_or(0), 73 * 60) << when << slots.body;
    EXPECT_EQ(slots.json["lines"].at(0)["received"].int_or(-1), 0) << when;
  }
};

TEST_F(QueryKept, BeforeAnyIsRemovedAllOfTheTimeCounts) {
  const auto complete = asked("what=certificate&view=completeness");
  EXPECT_EQ(complete.json["lines"].at(0)["expected"].int_or(0), 48) << complete.body;
  EXPECT_EQ(complete.json["lines"].at(0)["received"].int_or(0), 44);
  EXPECT_TRUE(complete.json["not_kept"].is_null());
  EXPECT_EQ(asked("what=cpu&host=oa-db-01&view=availability").json["lines"].at(0)["silent_ms"].int_or(0),
            Duration{12 * 24h}.count());
  const auto longer = ask("GET", "/api/v1/query?from=20d&what=certificate&view=completeness");
  EXPECT_EQ(longer.json["lines"].at(0)["expected"].int_or(0), 48)
      << "no one was asked before anything came: " << longer.body;
  EXPECT_EQ(longer.json["not_kept"]["days"].int_or(0), 8);
}

TEST_F(QueryKept, RemovedDaysAreNoSilence) {
  prune();
  expect_removed_days_left_out("removed");
}

TEST_F(QueryKept, NorWhenAResultComesLateToOneOfThem) {
  prune();
  auto& history = pipeline_->history();
  history.add(history.handle("oa-app-01", kCheck, ""), parse_iso("2026-11-22T01:00:00Z").value(),
              State::critical, {}, {});
  expect_removed_days_left_out("late, in memory");
  pipeline_->save(clock_.now());
  expect_removed_days_left_out("late, in a file");
  settle(clock_.now() + 2h);
  expect_removed_days_left_out("late, sealed");
}

TEST_F(QueryKept, AMetricSaysItWhereTheHoursOfTheseDaysDoNotAnswer) {
  prune();
  const std::string what = "what=certificate.used_percent&";
  const auto halves = asked(what + "step=30m");
  EXPECT_EQ(halves.json["not_kept"].dump(), R"({"days":9,"first":"2026-11-20","last":"2026-11-28"})");
  EXPECT_EQ(asked(what + "step=1h&over=rate").json["not_kept"]["days"].int_or(0), 9);
  const auto hours = asked(what + "step=1h");
  EXPECT_TRUE(hours.json["not_kept"].is_null()) << "they answer";
  EXPECT_EQ(hours.json["lines"].at(0)["values"].at(0).number_or(0), 97.5) << hours.body;
  EXPECT_TRUE(ask("GET", "/api/v1/query?from=2d&" + what + "step=30m").json["not_kept"].is_null());
}

}  // namespace
}  // namespace xj::collector
