#include "collector/store/deduction_records.h"
#include "tests/unit/collector/api.h"

namespace xj::collector {
namespace {

class DeductionsApi : public Api {
 protected:
  Json contract(const std::string& more = "") {
    const auto answer = ask("GET", "/api/v1/deductions?contract=office-oa" + more);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json["contracts"].at(0);
  }
  std::string refusal(const std::string& body) {
    const auto answer = ask("POST", records_, body);
    EXPECT_GE(answer.status, 400) << answer.body;
    return answer.json["error"]["message"]["id"].string_or("");
  }
  const std::string records_ = "/api/v1/deductions/office-oa/records";
};

TEST_F(DeductionsApi, LatenessIsRecordedGrowsAndIsWaived) {
  EXPECT_EQ(contract()["lines"].size(), 0U);
  EXPECT_EQ(contract()["totals"].size(), 0U);
  EXPECT_EQ(contract()["from"].string_or(""), "2026-01-01T00:00:00+08:00");
  const auto made =
      ask("POST", records_, R"({"verb":"record","name":"late","at":"2026-11-10","why":"报告未交"})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.json["record"]["actor"].string_or(""), "person:work-one") << "ops1's account";
  EXPECT_EQ(made.json["record"]["via"].string_or(""), "socket:ops1");
  EXPECT_EQ(made.json["record"]["at"].string_or(""), "2026-11-10T23:59:59+08:00");
  const auto& line = made.json["lines"].at(0);
  EXPECT_EQ(line["units"].int_or(0), 10);
  EXPECT_TRUE(line["running"].bool_or(false));
  EXPECT_EQ(line["amount_cents"].int_or(0), 2'430'25) << "0.1 % of 243,025 a day";
  EXPECT_EQ(line["why"].at(1)["id"].string_or(""), "money.why.share_day");
  clock_.advance(24h);
  EXPECT_EQ(contract()["lines"].at(0)["amount_cents"].int_or(0), 2'673'28);
  EXPECT_EQ(contract()["totals"].at(0)["amount_cents"].int_or(0), 2'673'28);
  EXPECT_EQ(contract("&to=2026-11-09")["lines"].size(), 0U);
  EXPECT_EQ(contract("&from=2026-11-10&to=2026-11-10")["lines"].size(), 1U);
  EXPECT_EQ(contract("&name=late")["lines"].size(), 1U);
  EXPECT_EQ(contract("&name=breach")["lines"].size(), 0U);

  const auto waived =
      ask("POST", records_, R"({"verb":"waive","name":"late","of":1,"ground":"force_majeure","why":"洪水"})");
  ASSERT_EQ(waived.status, 201) << waived.body;
  EXPECT_EQ(waived.json["lines"].at(0)["state"].string_or(""), "waived");
  EXPECT_EQ(contract()["totals"].at(0)["amount_cents"].int_or(-1), 0);
  const auto withdrawn = ask("POST", records_, R"({"verb":"withdraw","of":2,"why":"看错"})");
  EXPECT_EQ(withdrawn.status, 201);
  EXPECT_EQ(withdrawn.json["record"]["name"].string_or(""), "late");
  EXPECT_EQ(withdrawn.json["lines"].size(), 0U);
  EXPECT_EQ(contract()["totals"].at(0)["amount_cents"].int_or(-1), 2'673'28);
  const auto list = ask("GET", records_).json["records"];
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list.at(1)["ground"].string_or(""), "force_majeure");
  EXPECT_EQ(list.at(2)["of"].int_or(0), 2);
  EXPECT_EQ(MoneyStore(*db_).records("office-oa").size(), 3U);
}

TEST_F(DeductionsApi, AContractThatHasNotBegunHidesNoOther) {
  ASSERT_EQ(
      ask("POST", records_, R"({"verb":"record","name":"late","at":"2026-11-10","why":"报告未交"})").status,
      201);
  const auto first = example();
  auto next = std::make_shared<domain::Contract>(*first);
  next->id = "office-next", next->from = first->to, next->to = first->to + 24h * 365;
  next->systems.clear(), next->obligations.clear(), next->rounds.clear(), next->key_periods.clear();
  pipeline_->set_contracts({first, next}, clock_.now());
  const auto all = ask("GET", "/api/v1/deductions");
  ASSERT_EQ(all.status, 200) << all.body;
  ASSERT_EQ(all.json["contracts"].size(), 2U);
  EXPECT_EQ(all.json["contracts"].at(0)["lines"].size(), 1U);
  EXPECT_EQ(all.json["contracts"].at(1)["lines"].size(), 0U);
  EXPECT_EQ(all.json["contracts"].at(1)["to"].string_or(""),
            all.json["contracts"].at(1)["from"].string_or("-"));
  // Whoever names both is told that they are the wrong way round; one alone is no mistake.
  EXPECT_EQ(ask("GET", "/api/v1/deductions?from=2026-11-30&to=2026-11-01").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/deductions?from=2027-11-30").status, 200);
  EXPECT_EQ(ask("GET", "/api/v1/deductions?to=2025-11-30").status, 200);
}

TEST_F(DeductionsApi, AClientsDelayNamesItsSum) {
  const auto made = ask("POST", records_,
                        R"({"verb":"record","name":"client-late","count":30,"sum":"98625","why":"尾款",)"
                        R"("at":"2026-10-01 09:00"})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.json["lines"].at(0)["amount_cents"].int_or(0), 2'958'75);
  EXPECT_TRUE(made.json["lines"].at(0)["ends"].is_null()) << "30 days are not over 30 days";
  EXPECT_EQ(ask("POST", records_,
                R"({"verb":"record","name":"client-late","count":31,"sum":"98625.50","why":"尾款"})")
                .json["lines"]
                .at(0)["ends"]
                .bool_or(false),
            true);
  EXPECT_EQ(contract()["totals"].at(0)["party"].string_or(""), "client");
}

TEST_F(DeductionsApi, WhatCannotBeSaysWhy) {
  EXPECT_EQ(refusal(R"({"verb":"celebrate"})"), "collector.api.verb");
  EXPECT_EQ(refusal(R"({"verb":"record","name":"late","why":"x","at":"soon"})"), "collector.api.bad_query");
  EXPECT_EQ(refusal(R"({"verb":"record","name":"late","why":"x","until":"soon"})"),
            "collector.api.bad_query");
  EXPECT_EQ(refusal(R"({"verb":"record","name":"late","why":"x","count":-1})"), "collector.api.bad_query");
  EXPECT_EQ(refusal(R"({"verb":"record","name":"late","why":"x","sum":"1.234"})"), "collector.api.bad_query");
  EXPECT_EQ(refusal(R"({"verb":"waive","name":"late","why":"x","ground":"mood"})"),
            "collector.api.bad_query");
  EXPECT_EQ(refusal(R"({"verb":"record","name":"late"})"), "money.refuse.why");
  EXPECT_EQ(refusal(R"({"verb":"record","name":"breach","case":"INC-1","why":"x"})"), "money.refuse.no_case");
  EXPECT_EQ(refusal(R"({"verb":"record","name":"late","at":"2026-11-21","why":"x"})"), "money.refuse.future");
  EXPECT_EQ(ask("POST", records_, R"({"verb":"record","nam":"late"})").status, 400);
  EXPECT_EQ(ask("POST", "/api/v1/deductions/x/records", "{}").status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/deductions/x/records").status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/deductions?contract=x").status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/deductions?name=lat").json["error"]["message"]["id"].string_or(""),
            "money.refuse.near");
  EXPECT_EQ(ask("GET", "/api/v1/deductions?name=quarrel").status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/deductions?from=yesterday").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/deductions?from=2026-02-02&to=2026-01-01").status, 400);
  // An account that is nobody's in the contract.
  EXPECT_EQ(
      ask("POST", records_, R"({"verb":"record","name":"breach","why":"x"})", {"", "", "x", "unix"}).status,
      ask("POST", "/api/v1/obligations/office-oa/records", R"({"verb":"happened","name":"breach_notice"})",
          {"", "", "x", "unix"})
          .status);
}

}  // namespace
}  // namespace xj::collector
