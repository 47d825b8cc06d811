#include "collector/query_run.h"
#include "tests/unit/collector/api.h"

namespace xj::collector {
namespace {

class QueryApi : public Api {
 protected:
  // A result a minute, for so many minutes; all is 97.5 percent.
  void minutes(int count, State state = State::ok) {
    for (int i = 0; i < count; ++i) {
      EXPECT_EQ(send("oa-db-01", "office-oa/oa/cpu", state).status, 200);
      clock_.advance(60s);
    }
  }
};

TEST_F(QueryApi, AMetricInStepsOfEachSeries) {
  minutes(3);
  pipeline_->save(clock_.now());
  clock_.advance(120s);
  minutes(1);
  const auto got = ask("GET", "/api/v1/query?what=cpu.used_percent&from=2026-11-20+08:58&step=2m");
  ASSERT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(got.json["from"].string_or(""), "2026-11-20T08:58:00+08:00");
  EXPECT_EQ(got.json["to"].string_or(""), "2026-11-20T09:06:00+08:00");
  EXPECT_EQ(got.json["points"].int_or(-1), 4);
  ASSERT_EQ(got.json["lines"].size(), 1U);
  const auto& line = got.json["lines"].at(0);
  EXPECT_EQ(line["host"].string_or(""), "oa-db-01");
  EXPECT_EQ(line["check"].string_or(""), "office-oa/oa/cpu");
  EXPECT_EQ(line["values"].dump(), "[null,97.5,97.5,97.5]") << "from a file and from memory";
  EXPECT_EQ(line["mean"].number_or(0), 97.5);
  EXPECT_EQ(ask("GET", "/api/v1/query?what=cpu.used_percent&from=2026-11-20+09:03&to=09:04&step=2m")
                .json["lines"]
                .size(),
            0U);
  EXPECT_EQ(ask("GET", "/api/v1/query?what=cpu.none&from=1h").json["lines"].size(), 0U);
}

TEST_F(QueryApi, AvailabilityKnowsWhoNeverSpoke) {
  minutes(6);
  minutes(4, State::critical);
  const auto got = ask("GET", "/api/v1/query?what=cpu&view=availability&from=2026-11-20+09:00");
  ASSERT_EQ(got.status, 200) << got.body;
  ASSERT_EQ(got.json["lines"].size(), 3U) << "every host the contract watches";
  for (const auto& line : got.json["lines"].items()) {
    if (line["host"].string_or("") == "oa-db-01") {
      EXPECT_EQ(line["availability"].number_or(0), 0.6);
      EXPECT_EQ(line["ok_ms"].int_or(0), 360'000);
      EXPECT_EQ(line["critical_ms"].int_or(0), 240'000);
    } else {
      EXPECT_TRUE(line["availability"].is_null());
      EXPECT_EQ(line["silent_ms"].int_or(0), 600'000);
    }
  }
  const auto steps =
      ask("GET", "/api/v1/query?what=cpu&view=availability&host=oa-db*&from=2026-11-20+09:00&step=5m");
  EXPECT_EQ(steps.json["lines"].at(0)["points"].at(1)["critical_ms"].int_or(0), 240'000);
}

TEST_F(QueryApi, TheScanGoesBackAsFarAsTheSlowestCheckAskedForMaySpeak) {
  auto contract = std::make_shared<domain::Contract>(*example());
  for (auto& check : contract->systems[0].checks)
    if (check.id == "cpu") check.interval = 48h;
  const auto from = [&](const query::Words& words) {
    const auto query = std::get<query::Query>(query::parse_query(words, clock_.now(), {}));
    return query.from - scan_of(query, {contract}).from;
  };
  EXPECT_EQ(from({{"what", "cpu"}, {"view", "availability"}}), 96h);
  EXPECT_EQ(from({{"what", "load"}, {"view", "availability"}}), 24h);
  EXPECT_EQ(from({{"what", "load.load1"}, {"over", "rate"}}), 24h);
  EXPECT_EQ(from({{"what", "cpu.used_percent"}}), 0h);
  EXPECT_EQ(from({{"what", "cpu"}, {"view", "completeness"}}), 0h);
}

TEST_F(QueryApi, ARareResultSpeaksUntilTheNextIsDue) {
  std::string check;
  Duration interval{0};
  for (const auto& one : pipeline_->contract("office-oa")->systems[0].checks)
    if (one.interval > interval) interval = one.interval, check = one.id;
  ASSERT_GE(interval, 1h) << "the example has one that runs rarely";
  const auto host = pipeline_->contract("office-oa")->systems[0].hosts[0];
  ASSERT_EQ(send(host, "office-oa/oa/" + check, State::ok).status, 200);
  clock_.advance(interval + interval / 4);
  const auto got = ask("GET", "/api/v1/query?what=" + check + "&host=" + host + "&view=availability&from=1m");
  EXPECT_EQ(got.json["lines"].at(0)["ok_ms"].int_or(0), 60'000) << got.body;
  clock_.advance(interval);
  const auto later =
      ask("GET", "/api/v1/query?what=" + check + "&host=" + host + "&view=availability&from=1m");
  EXPECT_EQ(later.json["lines"].at(0)["silent_ms"].int_or(0), 60'000) << later.body;
}

TEST_F(QueryApi, CompletenessTellsWhenNothingCame) {
  minutes(3);
  clock_.advance(300s);
  minutes(2);
  const auto got = ask("GET", "/api/v1/query?what=cpu&host=oa-db-01&view=completeness&from=2026-11-20+09:00");
  const auto& line = got.json["lines"].at(0);
  EXPECT_EQ(line["expected"].int_or(0), 10);
  EXPECT_EQ(line["received"].int_or(0), 5);
  EXPECT_EQ(line["completeness"].number_or(0), 0.5);
  EXPECT_EQ(line["longest"].at(0)["from"].string_or(""), "2026-11-20T09:03:00+08:00");
  EXPECT_EQ(line["longest"].at(0)["until"].string_or(""), "2026-11-20T09:08:00+08:00");
}

TEST_F(QueryApi, WhatIsWrongIsAnsweredWithItsMend) {
  const auto wrong = ask("GET", "/api/v1/query?what=cpu.used_percent&over=mean");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(wrong.json["error"]["message"]["id"].string_or(""), "query.bad_word");
  EXPECT_EQ(ask("GET", "/api/v1/query").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/query?what=cpu.x&foo=1").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/query?what=cpu.x", {}, {"oa-db-01", "01", "", "192.0.2.1"}).status, 404)
      << "not the agents' door";
}

TEST_F(QueryApi, ItIsReadBesideTheEngineForATimeThatIsBounded) {
  minutes(2);
  std::vector<std::function<void()>> later;
  later_ = &later;
  const auto match = router_->find(http::Door::local, "GET", "/api/v1/query", http::Bearer::not_configured);
  const auto post = [&](std::optional<http::Response>& response) {
    http::Request request;
    request.query = {{"what", "cpu.used_percent"}, {"from", "1h"}};
    match.route->handler(request, [&](http::Response r) { response = std::move(r); });
    engine_->run_once();
  };
  std::optional<http::Response> first, second;
  post(first);
  clock_.advance(10s);
  post(second);
  ASSERT_EQ(later.size(), 2U);
  pipeline_->save(clock_.now());
  clock_.advance(15s);
  later[0](), later[1]();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->status, 400);
  EXPECT_NE(first->body.find("query.took_long"), std::string::npos);
  EXPECT_EQ(second->status, 200);
  room_ = false;
  EXPECT_EQ(ask("GET", "/api/v1/query?what=cpu.used_percent").status, 503);
}

}  // namespace
}  // namespace xj::collector
