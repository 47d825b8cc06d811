// Who is on duty, as people change it over the API, and who is told then.
#include <set>

#include "collector/store/recompute.h"
#include "tests/unit/collector/api.h"

namespace xj::collector {
namespace {

class DutyApi : public Api {
 protected:
  Json role(const std::string& id, const std::string& more = "") {
    const auto answer = ask("GET", "/api/v1/duty?contract=office-oa" + more);
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto& roles = answer.json["contracts"].at(0)["roles"];
    for (const auto& one : roles.items())
      if (one["role"].string_or("") == id) return one;
    return {};
  }
  // Persons told so far.
  std::set<std::string> told() {
    std::set<std::string> out;
    const auto answer = ask("GET", "/api/v1/notifications?limit=1000");
    for (const auto& one : answer.json["notifications"].items()) out.insert(one["person"].string_or(""));
    return out;
  }
  const std::string target_ = "/api/v1/duty/office-oa/work-group";
  const std::string swap_ =
      R"({"verb":"set","why":"leave","shifts":[{"from":"2026-11-20 08:00","to":"2026-11-20 18:00","a":"work-two"}]})";
};

TEST_F(DutyApi, WhoWasSetIsToldAtOnceAndAfterARestart) {
  EXPECT_FALSE(role("work-group")["roster"].bool_or(true)) << "no roster: all are told";
  const auto set = ask("POST", target_, swap_);
  ASSERT_EQ(set.status, 201) << set.body;
  EXPECT_EQ(set.json["shifts"].at(0)["from"].string_or(""), "2026-11-20T08:00:00+08:00");
  const auto shift = role("work-group")["shifts"].at(0);
  EXPECT_EQ(shift["a"].string_or(""), "work-two");
  EXPECT_EQ(shift["change"]["by"].string_or(""), "work-one") << "ops1's account";
  EXPECT_EQ(shift["change"]["kind"].string_or(""), "duty_set");
  EXPECT_EQ(shift["change"]["why"].string_or(""), "leave");
  EXPECT_EQ(shift["change"]["known"].string_or(""), "2026-11-20T09:00:00+08:00");
  EXPECT_EQ(role("work-group", "&at=2026-11-20T19:00:00%2B08:00")["shifts"].size(), 0U);
  break_database();
  EXPECT_TRUE(told().contains("work-two"));
  EXPECT_FALSE(told().contains("work-one"));
  EXPECT_EQ(ask("GET", "/api/v1/obligations/office-oa/records").json["records"].size(), 0U);

  pipeline_->save(clock_.now());
  const auto dir = temp_.path().substr(0, temp_.path().rfind('/'));
  engine_.reset();
  pipeline_.reset();
  pipeline_ = std::make_unique<Pipeline>(fs_, *db_, dir, std::vector{example()}, clock_.now(), options());
  const auto contract = pipeline_->contract("office-oa");
  ASSERT_NE(domain::on_duty(contract->roles.at("work-group").roster, clock_.now()), nullptr);
  EXPECT_EQ(domain::on_duty(contract->roles.at("work-group").roster, clock_.now())->a, "work-two");
  // A reload keeps it.
  pipeline_->set_contracts({example()}, clock_.now());
  EXPECT_EQ(pipeline_->contract("office-oa")->roles.at("work-group").roster.shifts.size(), 1U);
}

TEST_F(DutyApi, ARosterIsTakenOverAndASwapStandsAboveIt) {
  ASSERT_EQ(ask("POST", target_, swap_).status, 201);
  const auto imported = ask(
      "POST", target_,
      R"({"verb":"import","as":"desk-one","shifts":[{"from":"2026-11-20T00:00:00+08:00","to":"2026-11-21T00:00:00+08:00",
      "a":"work-one","b":"work-two"},{"from":"2026-11-21T00:00:00+08:00","to":"2026-11-22T00:00:00+08:00","a":"work-two"}]})");
  ASSERT_EQ(imported.status, 201) << imported.body;
  const auto shifts = role("work-group", "&at=2026-11-20T00:00:00%2B08:00&days=2")["shifts"];
  ASSERT_EQ(shifts.size(), 4U);
  EXPECT_EQ(shifts.at(0)["a"].string_or(""), "work-one");
  EXPECT_EQ(shifts.at(0)["change"]["kind"].string_or(""), "roster_imported");
  EXPECT_EQ(shifts.at(0)["change"]["by"].string_or(""), "desk-one");
  EXPECT_EQ(shifts.at(1)["a"].string_or(""), "work-two");
  EXPECT_EQ(shifts.at(1)["change"]["kind"].string_or(""), "duty_set");
  EXPECT_EQ(shifts.at(2)["from"].string_or(""), "2026-11-20T18:00:00+08:00");
  EXPECT_EQ(shifts.at(2)["b"].string_or(""), "work-two");
}

TEST_F(DutyApi, WhatCannotBeIsRefusedWithWords) {
  const auto refused = [&](const std::string& target, const std::string& body) {
    const auto answer = ask("POST", target, body);
    EXPECT_GE(answer.status, 400) << answer.body;
    return answer.json["error"]["message"]["id"].string_or("");
  };
  const auto with = [&](const std::string& from, const std::string& to) {
    auto body = swap_;
    return body.replace(body.find(from), from.size(), to);
  };
  EXPECT_EQ(refused("/api/v1/duty/office-oa/work-groop", swap_), "duty.refuse.role_near");
  EXPECT_EQ(refused("/api/v1/duty/elsewhere/work-group", swap_), "collector.no_contract");
  EXPECT_EQ(refused(target_, with("work-two", "work-tow")), "duty.refuse.person_near");
  EXPECT_EQ(refused(target_, with("2026-11-20 18:00", "2026-11-20 08:30")), "duty.refuse.over");
  EXPECT_EQ(refused(target_, with("2026-11-20 18:00", "tonight")), "collector.api.bad_query");
  EXPECT_EQ(refused(target_, with("\"set\"", "\"swap\"")), "collector.api.verb");
  EXPECT_EQ(refused(target_, with("\"leave\"", "\"\"")), "duty.refuse.why");
  EXPECT_EQ(ask("GET", "/api/v1/duty?days=999").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/duty?contract=x").status, 404);
  EXPECT_EQ(ask("POST", target_, swap_, {"", "", "", "192.0.2.7"}).status, 403) << "nobody's account";
}

}  // namespace
}  // namespace xj::collector
