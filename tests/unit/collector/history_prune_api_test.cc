#include "collector/history/retention.h"
#include "tests/unit/collector/api.h"

namespace xj::collector {
namespace {

class PruneApi : public Api {
 protected:
  void fill(int days) {
    auto& history = pipeline_->history();
    for (int day = days; day > 0; --day)
      history.add(history.handle("a", "c", ""), clock_.now() - day * 24h, State::ok, {}, {{"v", 1.5}});
    history.flush(history.durable_position(), clock_.now());
    history.settle(history.durable_position(), clock_.now());
  }
  std::size_t days() { return days_of(pipeline_->history().hold().manifest.files).size(); }
};

TEST_F(PruneApi, ShowsThenRemoves) {
  fill(5);
  const auto before = day_text(utc_day(clock_.now()) - 2);
  const auto body = [&](const char* dry) {
    return R"({"before":")" + before + R"(","dry_run":)" + dry + "}";
  };
  const auto would = ask("POST", "/api/v1/history/prune", body("true"));
  EXPECT_EQ(would.status, 200) << would.body;
  EXPECT_EQ(would.json["days"].size(), 3u);
  EXPECT_EQ(days(), 5u);
  const auto done = ask("POST", "/api/v1/history/prune", body("false"));
  EXPECT_EQ(done.json["days"].size(), 3u);
  EXPECT_EQ(done.json["files"].int_or(0), 3);
  EXPECT_FALSE(done.json["dry_run"].bool_or(true));
  EXPECT_EQ(days(), 2u);
  EXPECT_EQ(ask("POST", "/api/v1/history/prune", body("false")).json["days"].size(), 0u);
}

TEST_F(PruneApi, RefusesWhatIsNotOverOrNoDay) {
  fill(3);
  EXPECT_EQ(ask("POST", "/api/v1/history/prune", R"({"before":"2026-11-21"})").status, 409);
  for (const auto* bad : {"{}", R"({"before":5})", R"({"before":"soon"})", R"({"until":"2026-11-01"})", "x"})
    EXPECT_EQ(ask("POST", "/api/v1/history/prune", bad).status, 400) << bad;
  EXPECT_EQ(days(), 3u);
}

TEST_F(PruneApi, MetricsSayHowTheRoomIs) {
  Retention retention;
  retention.min_free = 1;
  pipeline_->history().set_retention(retention);
  (void)pipeline_->history().prepare(0, clock_.now());
  const auto text = ask("GET", "/metrics").body;
  EXPECT_NE(text.find("xunjian_history_room_watched 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("xunjian_history_wanted_free_bytes 1\n"), std::string::npos);
  EXPECT_EQ(text.find("xunjian_history_free_bytes 0\n"), std::string::npos);
  EXPECT_NE(text.find("xunjian_history_short_of_room 0\n"), std::string::npos);
}

}  // namespace
}  // namespace xj::collector
