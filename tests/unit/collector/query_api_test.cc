#include <memory>
#include <optional>

#include "collector/query_run.h"
#include "tests/unit/collector/api.h"

namespace xj::collector {
namespace {

struct Nothing final : HistoryScan {
  using HistoryScan::run;
  void run(const Visit&, const VisitHours&, const GoOn&) override {}
};

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
  EXPECT_EQ(from({{"what", "cpu"}, {"view", "completeness"}}), 96h);
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

// Every six hours, as its slots of the day before tell; the day in UTC has only just begun.
TEST_F(QueryApi, TheIntervalOfTheDayBeforeHoldsOnADayThatHasOneSlot) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(send("oa-db-01", "local/backup", State::ok).status, 200);
    clock_.advance(i < 4 ? 6h : 30min);
  }
  const auto got = ask("GET", "/api/v1/query?what=local/backup&view=completeness&from=2026-11-21+08:30");
  ASSERT_EQ(got.json["lines"].size(), 1U) << got.body;
  EXPECT_EQ(got.json["lines"].at(0)["expected"].int_or(0), 1) << got.body;
  EXPECT_EQ(got.json["lines"].at(0)["received"].int_or(0), 1);
  EXPECT_TRUE(got.json["lines"].at(0)["contract"].is_null());
}

TEST_F(QueryApi, AnAnswerIsBoundedByTheNumbersInIt) {
  const std::string asked = "/api/v1/query?what=cpu&view=availability&step=1m&from=";
  EXPECT_EQ(ask("GET", asked + "9000m").json["lines"].size(), 3U);
  const auto refused = ask("GET", asked + "9600m");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.json["error"]["message"]["id"].string_or(""), "query.many_numbers");
}

class QueryInTheBackground : public QueryApi {
 protected:
  void SetUp() override {
    QueryApi::SetUp();
    minutes(2);
    later_ = &works_;
  }
  using Response = std::optional<http::Response>;
  // Until its turn comes in `works_`.
  std::shared_ptr<Response> post(const query::Words& words = {{"what", "cpu.used_percent"}, {"from", "1h"}}) {
    const auto match = router_->find(http::Door::local, "GET", "/api/v1/query", http::Bearer::not_configured);
    auto response = std::make_shared<Response>();
    http::Request request;
    request.query = words;
    match.route->handler(request, [response](http::Response r) { *response = std::move(r); });
    engine_->run_once();
    return response;
  }
  void work() {
    for (auto& one : works_) one();
    works_.clear();
  }
  // As if each look at whether to stop took that long.
  void reading_takes(Duration each) {
    services_->stopping = [this, each] {
      clock_.advance(each);
      return false;
    };
  }
  std::vector<std::function<void()>> works_;
};

TEST_F(QueryInTheBackground, WhatWaitedTooLongIsToComeAgain) {
  const auto first = post();
  clock_.advance(10s);
  const auto second = post();
  ASSERT_EQ(works_.size(), 2U);
  pipeline_->save(clock_.now());
  clock_.advance(15s);
  work();
  ASSERT_TRUE(*first && *second);
  EXPECT_EQ((*first)->status, 503) << "it was not the question that took long";
  EXPECT_EQ((*second)->status, 200) << (*second)->body;
  room_ = false;
  const auto third = post();
  ASSERT_TRUE(*third);
  EXPECT_EQ((*third)->status, 503);
}

TEST_F(QueryInTheBackground, ItsOwnReadingIsBoundedWhetherOrNotItFindsAnything) {
  pipeline_->save(clock_.now());
  reading_takes(21s);
  const std::vector<query::Words> questions{{{"what", "cpu.used_percent"}},
                                            {{"what", "none.x"}},
                                            {{"what", "cpu"}, {"view", "completeness"}},
                                            {{"what", "none"}, {"view", "availability"}}};
  for (const auto& words : questions) {
    const auto asked = post(words);
    clock_.advance(19s);
    work();
    ASSERT_TRUE(*asked);
    EXPECT_EQ((*asked)->status, 400) << words.at("what");
    EXPECT_NE((*asked)->body.find("query.took_long"), std::string::npos) << (*asked)->body;
  }
  reading_takes(1s);
  const auto asked = post();
  clock_.advance(19s);
  work();
  ASSERT_TRUE(*asked);
  EXPECT_EQ((*asked)->status, 200) << "waiting is not its reading";
}

TEST_F(QueryInTheBackground, ItEndsWithTheCollector) {
  const auto asked = post();
  services_->stopping = [] { return true; };
  work();
  ASSERT_TRUE(*asked);
  EXPECT_EQ((*asked)->status, 503);
}

// Each holds a copy of what was in memory.
TEST_F(QueryInTheBackground, FewAreOnTheirWayAtOnce) {
  std::vector<std::shared_ptr<Response>> asked;
  for (int i = 0; i < 5; ++i) asked.push_back(post());
  EXPECT_EQ(works_.size(), 4U);
  ASSERT_TRUE(*asked[4]);
  EXPECT_EQ((*asked[4])->status, 503);
  EXPECT_FALSE(*asked[0]);
  work();
  for (int i = 0; i < 4; ++i) EXPECT_EQ((*asked[static_cast<std::size_t>(i)])->status, 200);
  const auto again = post();
  work();
  ASSERT_TRUE(*again);
  EXPECT_EQ((*again)->status, 200);
  room_ = false;
  for (int i = 0; i < 5; ++i) EXPECT_EQ((*post())->status, 503);
  room_ = true;
  const auto last = post();
  work();
  ASSERT_TRUE(*last);
  EXPECT_EQ((*last)->status, 200) << "what was not taken gave its place back";
}

// Hosts are under the same windows, but one.
TEST_F(QueryApi, SeriesThatTheSameWindowsConcernShareTheirSpans) {
  auto contract = std::make_shared<domain::Contract>(*example());
  contract->maintenance.clear();
  domain::MaintenanceWindow all, one;
  all.id = "all", all.every = domain::Every::day, all.at = 2h, all.length = 1h;
  one = all, one.id = "one", one.at = 12h, one.hosts = {"host-7"};
  contract->maintenance = {all, one};
  for (auto& check : contract->systems[0].checks)
    if (check.id == "cpu")
      for (int n = 0; n < 300; ++n) check.hosts.push_back("host-" + std::to_string(n));
  Nothing scan;
  const auto query = std::get<query::Query>(query::parse_query(
      {{"what", "cpu"}, {"view", "availability"}, {"host", "host-*"}, {"from", "10d"}}, clock_.now(), {}));
  const auto found = run_query(query, clock_.now(), {contract}, scan, [] { return false; }, {});
  const auto& lines = std::get<std::vector<query::Line>>(found);
  ASSERT_EQ(lines.size(), 300U);
  for (const auto& line : lines)
    EXPECT_EQ(query::total(line)[5], Duration{line.label.host == "host-7" ? 20h : 10h}.count())
        << line.label.host;
}

}  // namespace
}  // namespace xj::collector
