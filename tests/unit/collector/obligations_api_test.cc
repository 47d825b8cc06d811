#include "tests/unit/collector/api.h"

namespace xj::collector {
namespace {

class ObligationsApi : public Api {
 protected:
  Json of(const char* name, const char* period, const std::string& more = "") {
    const auto answer = ask("GET", "/api/v1/obligations?contract=office-oa" + more);
    EXPECT_EQ(answer.status, 200) << answer.body;
    for (const auto& one : answer.json["obligations"].items())
      if (one["name"].string_or("") == name && one["period"].string_or("") == period) return one;
    return {};
  }
  const std::string records_ = "/api/v1/obligations/office-oa/records";
};

TEST_F(ObligationsApi, WhatIsOwedAndHowItStands) {
  const auto one = of("daily-log", "2026-11-20");
  EXPECT_EQ(one["state"].string_or(""), "due");
  EXPECT_EQ(one["due"].string_or(""), "2026-11-21T00:00:00+08:00");
  EXPECT_EQ(one["by"].string_or(""), "inspector");
  EXPECT_EQ(of("daily-log", "2026-11-19")["state"].string_or(""), "missed");
  EXPECT_EQ(of("daily-log", "2026-11-19")["overdue_ms"].int_or(0), 9 * 3600'000);
  EXPECT_EQ(of("monthly-report", "2026-11", "&to=2026-11-30")["state"].string_or(""), "due");
  EXPECT_TRUE(of("monthly-report", "2026-11").is_null());
  EXPECT_EQ(ask("GET", "/api/v1/obligations?from=yesterday").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/obligations?from=2026-01-01&to=2027-06-01").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/obligations?open=maybe").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/obligations?contract=x").status, 404);
  EXPECT_TRUE(ask("GET", "/api/v1/obligations?limit=1").json["more"].bool_or(false));
  // A key period's rounds are other contracts'; this one has no yearly minimum.
  EXPECT_EQ(ask("GET", "/api/v1/obligations").json["counts"].size(), 0U);
}

TEST_F(ObligationsApi, DoneIsPutOnRecordAndCanBeTakenBack) {
  const auto done =
      ask("POST", records_, R"({"verb":"done","name":"daily-log","text":"log-1120.pdf","at":"08:30"})");
  ASSERT_EQ(done.status, 201) << done.body;
  EXPECT_EQ(done.json["record"]["actor"].string_or(""), "person:work-one") << "ops1's account";
  EXPECT_EQ(done.json["record"]["via"].string_or(""), "socket:ops1");
  EXPECT_EQ(done.json["record"]["at"].string_or(""), "2026-11-20T08:30:00+08:00");
  EXPECT_EQ(done.json["record"]["known"].string_or(""), "2026-11-20T09:00:00+08:00");
  EXPECT_EQ(done.json["obligation"]["state"].string_or(""), "done");
  EXPECT_EQ(of("daily-log", "2026-11-20")["proofs"].at(0)["evidence"].string_or(""), "log-1120.pdf");
  EXPECT_TRUE(of("daily-log", "2026-11-20", "&open=true").is_null());

  const auto late =
      ask("POST", records_, R"({"verb":"done","name":"daily-log","period":"2026-11-18","text":"x"})");
  EXPECT_EQ(late.json["obligation"]["state"].string_or(""), "late") << late.body;
  const auto again =
      ask("POST", records_, R"({"verb":"done","name":"daily-log","period":"2026-11-18","text":"x"})");
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.json["error"]["message"]["id"].string_or(""), "duty.refuse.done_already");
  EXPECT_EQ(ask("POST", records_, R"({"verb":"withdraw","n":2,"why":"another day"})").status, 201);
  EXPECT_EQ(of("daily-log", "2026-11-18")["state"].string_or(""), "missed");
  const auto list = ask("GET", records_).json["records"];
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list.at(2)["of"].int_or(0), 2);
}

TEST_F(ObligationsApi, WhatHappenedSetsOthersOff) {
  const auto refused = ask("POST", records_, R"({"verb":"done","name":"correction","text":"x"})");
  EXPECT_EQ(refused.json["error"]["message"]["id"].string_or(""), "duty.refuse.not_happened");
  EXPECT_EQ(ask("POST", records_, R"({"verb":"happened","name":"breach_notice"})").status, 201);
  const auto one = of("correction", "2026-11-20T09:00", "&to=2026-12-31");
  EXPECT_EQ(one["due"].string_or(""), "2026-11-30T09:00:00+08:00");
}

TEST_F(ObligationsApi, ASheetProvesItsOwnDay) {
  EXPECT_EQ(ask("POST", "/api/v1/rounds", R"({"contract":"office-oa","round":"daily"})").status, 201);
  const auto one = of("daily-inspection", "2026-11-20");
  EXPECT_EQ(one["state"].string_or(""), "done");
  EXPECT_EQ(one["proofs"].at(0)["evidence"].string_or("").empty(), false);
  EXPECT_TRUE(one["proofs"].at(0)["person"].is_null());
}

TEST_F(ObligationsApi, WhatCannotBeSaysWhy) {
  EXPECT_EQ(ask("POST", records_, R"({"verb":"celebrate"})").status, 400);
  EXPECT_EQ(ask("POST", records_, R"({"verb":"done","nam":"x"})").status, 400);
  EXPECT_EQ(ask("POST", records_, R"({"verb":"done","name":"daily-log","text":"x","at":"soon"})").status,
            400);
  EXPECT_EQ(ask("POST", records_, R"({"verb":"withdraw","n":-1})").status, 400);
  EXPECT_EQ(ask("POST", "/api/v1/obligations/x/records", R"({"verb":"done"})").status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/obligations/x/records").status, 404);
  const http::Peer root{"", "", "root", "unix"};
  EXPECT_EQ(ask("POST", records_, R"({"verb":"done","name":"daily-log","text":"x"})", root).status, 403);
}

}  // namespace
}  // namespace xj::collector
