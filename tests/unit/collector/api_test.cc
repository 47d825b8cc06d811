#include "tests/unit/collector/api.h"

#include <fstream>
#include <sstream>

#include "collector/api/background.h"

namespace xj::collector {
namespace {

TEST_F(Api, AgentsFetchTheirChecksAndSendResults) {
  const http::Peer agent{"oa-db-01", "01", "", "192.0.2.1"};
  const auto assigned = ask("GET", "/v1/assignment?have=", {}, agent);
  EXPECT_EQ(assigned.status, 200);
  EXPECT_EQ(assigned.json["checks"].size(), 10U);
  const auto revision = assigned.json["revision"].string_or("");
  EXPECT_EQ(ask("GET", "/v1/assignment?have=" + revision, {}, agent).status, 304);
  const auto answer = send("oa-db-01", "office-oa/oa/cpu", State::ok);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json["config"].string_or(""), revision);
  EXPECT_EQ(ask("POST", "/v1/results", "no json", agent).status, 400);
  EXPECT_EQ(ask("GET", "/v1/assignment", {}, {"", "", "root", "unix"}).status, 404) << "not the agents' door";
}

TEST_F(Api, StatusHostsAndChecksSayWhatIsAndWhatIsMissing) {
  (void)send("oa-db-01", "office-oa/oa/cpu", State::ok);
  const auto status = ask("GET", "/api/v1/status");
  EXPECT_EQ(status.status, 200);
  EXPECT_EQ(status.json["contracts"].at(0)["id"].string_or(""), "office-oa");
  EXPECT_EQ(status.json["hosts"]["heard"].int_or(-1), 1);
  EXPECT_EQ(status.json["hosts"]["never"].int_or(-1), 2);
  const auto hosts = ask("GET", "/api/v1/hosts").json["hosts"];
  ASSERT_EQ(hosts.size(), 3U);
  EXPECT_EQ(hosts.at(0)["state"].string_or(""), "never");
  EXPECT_EQ(hosts.at(2)["name"].string_or(""), "oa-db-01");
  EXPECT_EQ(hosts.at(2)["state"].string_or(""), "heard");
  const auto checks = ask("GET", "/api/v1/checks?host=oa-db-01").json["checks"];
  EXPECT_EQ(checks.size(), 10U);
  EXPECT_EQ(checks.at(0)["check"].string_or(""), "office-oa/oa/cpu");
  EXPECT_EQ(checks.at(0)["state"].string_or(""), "ok");
  EXPECT_EQ(checks.at(0)["slot"].string_or(""), "2026-11-20T09:00:00+08:00");
  EXPECT_EQ(checks.at(0)["metrics"]["used_percent"].number_or(0), 97.5);
  EXPECT_EQ(checks.at(1)["state"].string_or(""), "missing");
}

TEST_F(Api, ResultsComeNewestFirst) {
  for (int i = 0; i < 3; ++i) {
    (void)send("oa-db-01", "office-oa/oa/cpu", i == 1 ? State::warning : State::ok);
    clock_.advance(60s);
  }
  const auto got = ask("GET", "/api/v1/results?host=oa-db-01&check=office-oa/oa/cpu&limit=2");
  ASSERT_EQ(got.json["results"].size(), 2U);
  EXPECT_EQ(got.json["results"].at(0)["slot"].string_or(""), "2026-11-20T09:02:00+08:00");
  EXPECT_EQ(got.json["results"].at(1)["state"].string_or(""), "warning");
  EXPECT_EQ(ask("GET", "/api/v1/results?host=oa-db-01").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/results?host=oa-db-01&check=x&limit=0").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/results?host=oa-db-01&check=x").status, 404);
}

// The engine takes results and ticks while a long read waits or runs; the read sees what was there when it
// was asked.
TEST_F(Api, ALongReadDoesNotHoldTheEngine) {
  (void)send("oa-db-01", "office-oa/oa/cpu", State::ok);
  std::vector<std::function<void()>> later;
  later_ = &later;
  const auto match = router_->find(http::Door::local, "GET", "/api/v1/results", http::Bearer::not_configured);
  http::Request request;
  request.query = {{"host", "oa-db-01"}, {"check", "office-oa/oa/cpu"}};
  std::optional<http::Response> response;
  match.route->handler(request, [&](http::Response r) { response = std::move(r); });
  engine_->run_once();
  ASSERT_EQ(later.size(), 1U);
  EXPECT_FALSE(response);
  clock_.advance(60s);
  EXPECT_EQ(send("oa-db-01", "office-oa/oa/cpu", State::warning).status, 200);
  pipeline_->save(clock_.now());
  later[0]();
  ASSERT_TRUE(response);
  const auto read = std::get<Json>(parse_json(response->body));
  ASSERT_EQ(read["results"].size(), 1U);
  EXPECT_EQ(read["results"].at(0)["slot"].string_or(""), "2026-11-20T09:00:00+08:00");
  room_ = false;
  const auto full = ask("GET", "/api/v1/results?host=oa-db-01&check=office-oa/oa/cpu");
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.retry_after, "1");
}

TEST_F(Api, ADamagedHistoryFileIsAnsweredToo) {
  (void)send("oa-db-01", "office-oa/oa/cpu", State::ok);
  pipeline_->save(clock_.now());
  const auto history = temp_.path().substr(0, temp_.path().rfind('/')) + "/history";
  for (const auto& name : fs_.list(history))
    if (name.ends_with(".xjh")) fs_.open(history + '/' + name, io::OpenMode::read_write)->truncate(10);
  EXPECT_EQ(ask("GET", "/api/v1/results?host=oa-db-01&check=office-oa/oa/cpu").status, 500);
}

TEST_F(Api, ACaseHasItsClocksAndIsActedOnByWhoTheKernelSays) {
  break_database();
  const auto number = only_case();
  EXPECT_EQ(number, "INC-261120-01");
  const auto target = "/api/v1/cases/office-oa/" + number;
  auto one = ask("GET", target).json;
  EXPECT_EQ(one["grade"].string_or(""), "II");
  EXPECT_EQ(one["status"].string_or(""), "open");
  EXPECT_EQ(one["clocks"].size(), 5U);
  EXPECT_EQ(one["clocks"].at(0)["due"].string_or(""), "2026-11-20T09:31:00+08:00");
  EXPECT_GT(one["explain"].size(), 3U);

  const auto acked = ask("POST", target + "/events", R"({"verb":"ack","text":"看到了"})");
  ASSERT_EQ(acked.status, 200) << acked.body;
  EXPECT_EQ(acked.json["events"].at(0)["kind"].string_or(""), "acknowledged");
  EXPECT_EQ(acked.json["events"].at(0)["actor"].string_or(""), "person:work-one") << "ops1's account";
  one = ask("GET", target).json;
  EXPECT_EQ(one["status"].string_or(""), "acknowledged");
  EXPECT_EQ(one["clocks"].at(0)["status"].string_or(""), "met");
}

TEST_F(Api, APersonOpensACase) {
  const auto made = ask("POST", "/api/v1/cases/office-oa",
                        R"({"system":"oa","text":"用户电话：无法登录","grade":"II","at":"08:50"})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.json["number"].string_or(""), "INC-261120-01");
  EXPECT_EQ(made.json["events"].at(0)["actor"].string_or(""), "person:work-one");
  const auto target = "/api/v1/cases/office-oa/" + only_case();
  const auto one = ask("GET", target).json;
  EXPECT_EQ(one["text"].string_or(""), "用户电话：无法登录");
  EXPECT_EQ(one["grade"].string_or(""), "II");
  EXPECT_EQ(one["opened"].string_or(""), "2026-11-20T08:50:00+08:00");
  EXPECT_EQ(one["clocks"].at(0)["due"].string_or(""), "2026-11-20T09:20:00+08:00");
  EXPECT_EQ(ask("GET", "/api/v1/cases?open=true").json["cases"].at(0)["problem"]["text"].string_or(""),
            "用户电话：无法登录");
  EXPECT_GT(pipeline_->figures().notifications, 0U) << "told as any new case";
  EXPECT_EQ(ask("POST", "/api/v1/cases/office-oa", R"({"kind":"bug","system":"oa","text":"x"})")
                .json["number"]
                .string_or(""),
            "BUG-261120-01");
  EXPECT_EQ(ask("POST", "/api/v1/cases/office-oa", R"({"system":"crm","text":"x"})").status, 409);
  EXPECT_EQ(ask("POST", "/api/v1/cases/office-oa", R"({"system":"oa","texts":"x"})").status, 400);
  EXPECT_EQ(ask("POST", "/api/v1/cases/office-oa", R"({"system":"oa","text":"x","at":"soon"})").status, 400);
  EXPECT_EQ(ask("POST", "/api/v1/cases/other", R"({"system":"oa","text":"x"})").status, 404);
  EXPECT_EQ(ask("POST", "/api/v1/cases/office-oa", R"({"system":"oa","text":"x"})", {"", "", "root", "unix"})
                .status,
            403);
}

TEST_F(Api, CasesAreMergedAndSplitInOneStep) {
  const auto called = ask("POST", "/api/v1/cases/office-oa", R"({"system":"oa","text":"慢"})").json;
  clock_.advance(60s);
  break_database();
  const auto first = called["number"].string_or("");
  const std::string second = "INC-261120-02", base = "/api/v1/cases/office-oa/";
  auto answer = ask("POST", base + second + "/events",
                    R"({"verb":"merge","into":")" + first + R"(","text":"同一故障"})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json["events"].at(0)["case"].string_or(""), second);
  EXPECT_EQ(answer.json["events"].at(1)["case"].string_or(""), first);
  auto merged = ask("GET", base + second).json;
  EXPECT_EQ(merged["status"].string_or(""), "merged");
  EXPECT_EQ(merged["merged_into"].string_or(""), first);
  EXPECT_EQ(merged["problems"].at(0)["moved_to"].string_or(""), first);
  EXPECT_EQ(only_case(), first);
  answer = ask("POST", base + first + "/events",
               R"({"verb":"split","items":["db-port@oa-db-01"],"text":"另一原因"})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto third = answer.json["events"].at(1)["case"].string_or("");
  EXPECT_EQ(third, "INC-261120-03");
  EXPECT_EQ(ask("GET", base + third).json["split_from"].string_or(""), first);
  EXPECT_EQ(ask("POST", base + third + "/events", R"({"verb":"split","items":[7],"text":"x"})").status, 400);
  // Everything derived comes out the same from the events.
  EXPECT_EQ(pipeline_->cases().rebuild(
                [this](const domain::CaseState& state) { return pipeline_->contract(state.contract); }),
            3U);
  EXPECT_EQ(ask("GET", "/api/v1/cases").json["cases"].size(), 3U);
}

TEST_F(Api, ActsThatCannotBeSayWhy) {
  break_database();
  const auto target = "/api/v1/cases/office-oa/" + only_case() + "/events";
  const http::Peer root{"", "", "root", "unix"};
  auto refused = ask("POST", target, R"({"verb":"ack"})", root);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.json["error"]["message"]["id"].string_or(""), "collector.api.who");
  const auto as = ask("POST", target, R"({"verb":"ack","as":"work-two"})", root);
  EXPECT_EQ(as.status, 200);
  EXPECT_EQ(as.json["events"].at(0)["via"].string_or(""), "socket:root")
      << "whose hands it was stays in the record";
  EXPECT_EQ(ask("POST", target, R"({"verb":"ack","as":"nobody"})", root).status, 400);
  EXPECT_EQ(ask("POST", target, R"({"verb":"celebrate"})").status, 400);
  const auto about = ask("POST", target, R"({"verb":"note","text":"x","about":"lunch"})");
  EXPECT_EQ(about.json["error"]["message"]["id"].string_or(""), "domain.refuse.about") << about.body;
  EXPECT_EQ(ask("POST", target, R"({"verb":"ack","tex":"x"})").status, 400);
  EXPECT_EQ(ask("POST", target, R"([])").status, 400);
  EXPECT_EQ(ask("POST", target, R"({"verb":"note","at":"yesterday"})").status, 400);
  EXPECT_EQ(ask("POST", "/api/v1/cases/office-oa/INC-0/events", R"({"verb":"ack"})").status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/cases/office-oa/INC-0").status, 404);
  refused = ask("POST", target, R"({"verb":"close"})");
  EXPECT_EQ(refused.status, 409) << refused.body;
}

TEST_F(Api, ARoundIsTheWholeListWithWhatIsMissing) {
  (void)send("oa-app-01", "office-oa/oa/cpu", State::ok);
  break_database();
  const auto made = ask("POST", "/api/v1/rounds", R"({"contract":"office-oa","round":"daily"})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.json["number"].string_or(""), "261120-01");
  const auto target = std::string("/api/v1/documents/office-oa/261120-01");
  const auto facts = ask("GET", target).json;
  EXPECT_EQ(facts["inspector"].string_or(""), "丙一示例");
  EXPECT_EQ(facts["client"].string_or(""), "示例市知识产权办公室");
  // 10 checks on three hosts, 2 of them fresh, 5 points watched, 8 by hand.
  const auto expected = facts["completeness"]["expected"].int_or(0);
  EXPECT_EQ(facts["completeness"]["received"].int_or(0), 2);
  EXPECT_EQ(facts["completeness"]["missing"].int_or(0), expected - 2);
  EXPECT_EQ(facts["counts"]["ok"].int_or(-1), 1);
  EXPECT_EQ(facts["counts"]["critical"].int_or(-1), 1);
  EXPECT_EQ(facts["counts"]["missing"].int_or(-1), expected - 2);
  EXPECT_EQ(facts["counts"]["manual"].int_or(-1), 8);
  EXPECT_EQ(facts["counts"]["total"].int_or(-1), expected + 8);
  bool named = false;
  for (const auto& finding : facts["findings"].items())
    named = named || finding["case"].string_or("") == "INC-261120-01";
  EXPECT_TRUE(named) << "the finding names its incident";
  EXPECT_EQ(facts["cases"].at(0)["due"].string_or(""), "2026-11-20T09:31:00+08:00");

  // The facts fit the form: it can be set.
  const auto html = ask("GET", target + "?format=html");
  EXPECT_EQ(html.status, 200) << html.body;
  EXPECT_NE(html.body.find("数据库端口"), std::string::npos);
  const auto pdf = ask("GET", target + "?format=pdf");
  EXPECT_EQ(pdf.status, 200);
  EXPECT_EQ(pdf.content_type, "application/pdf");
  EXPECT_TRUE(pdf.body.starts_with("%PDF-"));
  EXPECT_EQ(ask("GET", target + "?format=doc").status, 400);
  room_ = false;
  EXPECT_EQ(ask("GET", target + "?format=pdf").retry_after, "1");
  room_ = true;
  EXPECT_EQ(ask("GET", "/api/v1/documents/office-oa/000000-00").status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/documents").json["documents"].size(), 1U);

  // A later one is another number; results grow old.
  clock_.advance(25h);
  const auto later = ask("POST", "/api/v1/rounds", R"({"contract":"office-oa","round":"daily","lang":"en"})");
  EXPECT_EQ(later.json["number"].string_or(""), "261121-01");
  EXPECT_EQ(later.json["completeness"]["received"].int_or(-1), 0) << "stale is missing, never normal";
  EXPECT_EQ(ask("POST", "/api/v1/rounds", R"({"contract":"x","round":"daily"})").status, 409);
  EXPECT_EQ(ask("POST", "/api/v1/rounds", R"({"contract":"office-oa","round":"x"})").status, 409);
  EXPECT_EQ(
      ask("POST", "/api/v1/rounds", R"({"contract":"office-oa","round":"daily","inspector":"lead-one"})")
          .status,
      409);
}

TEST_F(Api, TokensAndRevocation) {
  const auto made = ask("POST", "/api/v1/tokens", R"({"agent":"oa-app-01","life":"2h"})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_TRUE(made.json["token"].string_or("").starts_with("xj1."));
  EXPECT_EQ(made.json["expires"].string_or(""), "2026-11-20T03:00:00Z");
  EXPECT_EQ(ask("POST", "/api/v1/tokens", R"({"agent":"../x"})").status, 400);
  EXPECT_EQ(ask("POST", "/api/v1/tokens", R"({"agent":"a","life":"1000d"})").status, 400);
  const auto key = io::make_key();
  Json body;
  body.set("token", made.json["token"]).set("csr", io::make_request(key, ""));
  const auto enrolled = ask("POST", "/v1/enroll", body.dump());
  ASSERT_EQ(enrolled.status, 200) << enrolled.body;
  auto agents = ask("GET", "/api/v1/agents").json["agents"];
  ASSERT_EQ(agents.size(), 1U);
  EXPECT_EQ(agents.at(0)["name"].string_or(""), "oa-app-01");
  EXPECT_EQ(agents.at(0)["state"].string_or(""), "valid");
  EXPECT_EQ(ask("POST", "/api/v1/agents/oa-app-01/revoke").status, 200);
  EXPECT_EQ(dropped_, 1) << "live sessions end";
  EXPECT_EQ(ask("GET", "/api/v1/agents").json["agents"].at(0)["state"].string_or(""), "revoked");
  EXPECT_EQ(ask("POST", "/api/v1/agents/nobody/revoke").status, 404);
}

TEST_F(Api, EveryAddressOfPeopleIsInTheManual) {
  std::ifstream in(source_dir() + "/docs/api.md");
  std::stringstream manual;
  manual << in.rdbuf();
  for (const auto& route : api_routes(*services_)) {
    if (route.access == http::Access::agent || route.pattern == "/v1/enroll") continue;
    EXPECT_NE(manual.str().find('`' + route.method + ' ' + route.pattern), std::string::npos)
        << route.pattern;
  }
}

// With nothing free, every address of both doors says when to come again.
TEST_F(Api, ComeAgainAlwaysSaysWhen) {
  EngineOptions none;
  none.max_waiting_batches = none.max_waiting_works = 0;
  Engine full(*pipeline_, clock_, none);
  Services services{full, clock_, *enrolment_, [](const std::function<void()>&) { return false; },
                    {},   {},     {},          {}};
  wire::Batch batch;
  batch.epoch = "e1";
  batch.sent = clock_.now();
  for (const auto& route : api_routes(services)) {
    if (route.pattern == "/healthz") continue;  // never waits for room
    http::Request request;
    request.method = route.method;
    request.path = route.pattern;
    request.peer = {"oa-db-01", "01", "ops1", "unix"};
    request.params = {{"contract", "office-oa"}, {"number", "x"}, {"name", "x"}};
    request.body = route.pattern == "/v1/results" ? wire::encode(batch) : R"({"token":"x","csr":"x"})";
    std::optional<http::Response> response;
    route.handler(std::move(request), [&](http::Response r) { response = std::move(r); });
    ASSERT_TRUE(response) << route.pattern;
    EXPECT_TRUE(response->status == 429 || response->status == 503)
        << route.pattern << ' ' << response->status;
    EXPECT_EQ(std::count_if(response->headers.begin(), response->headers.end(),
                            [](const auto& header) { return header.first == "Retry-After"; }),
              1)
        << route.method << ' ' << route.pattern;
  }
}

TEST_F(Api, HealthAndMetrics) {
  (void)send("oa-db-01", "office-oa/oa/cpu", State::ok);
  EXPECT_EQ(ask("GET", "/healthz").status, 200);
  const auto metrics = ask("GET", "/metrics");
  EXPECT_NE(metrics.body.find("\nxunjian_results_total 1\n"), std::string::npos) << metrics.body;
  EXPECT_NE(metrics.body.find("# TYPE xunjian_results_total counter\n"), std::string::npos);
}

TEST(BackgroundWork, RunsInOrderAndRefusesWhenFull) {
  std::mutex gate;
  std::condition_variable changed;
  bool open = false;
  int done = 0;
  Background background(1);
  const auto wait = [&] {
    std::unique_lock lock(gate);
    changed.wait(lock, [&] { return open; });
    ++done;
    changed.notify_all();
  };
  ASSERT_TRUE(background.post(wait));
  // The first is in hand or waits; two more cannot both fit behind it.
  const bool second = background.post(wait), third = background.post(wait);
  EXPECT_FALSE(second && third && background.post(wait));
  const int taken = 1 + (second ? 1 : 0) + (third ? 1 : 0);
  std::unique_lock lock(gate);
  open = true;
  changed.notify_all();
  changed.wait(lock, [&] { return done == taken; });
  EXPECT_EQ(done, taken);
}

}  // namespace
}  // namespace xj::collector
