// What the people's API tells of notifications.
#include "tests/unit/collector/api.h"

namespace xj::collector {
namespace {

TEST_F(Api, NotificationsAreShownWithWhatBecameOfThem) {
  EXPECT_EQ(ask("GET", "/api/v1/notifications").json["notifications"].size(), 0U);
  break_database();
  const auto number = only_case();
  auto rows = ask("GET", "/api/v1/notifications").json["notifications"];
  ASSERT_GT(rows.size(), 0U);
  const auto first = rows.at(0);
  EXPECT_EQ(first["state"].string_or(""), "waiting");
  EXPECT_EQ(first["event"]["case"].string_or(""), number);
  EXPECT_FALSE(first["next"].is_null());
  EXPECT_TRUE(first["done"].is_null());
  const auto key = first["key"].string_or("");
  pipeline_->outbox().retry(key, clock_.now() + 5s, "no connection");
  pipeline_->outbox().finish(key, OutboxState::refused, clock_.now() + 5s, "550 no such user");
  rows = ask("GET", "/api/v1/notifications?state=refused").json["notifications"];
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows.at(0)["key"].string_or(""), key);
  EXPECT_EQ(rows.at(0)["attempts"].int_or(0), 2);
  EXPECT_EQ(rows.at(0)["error"].string_or(""), "550 no such user");
  EXPECT_EQ(rows.at(0)["done"].string_or(""), to_iso(clock_.now() + 5s));
  EXPECT_EQ(ask("GET", "/api/v1/notifications?limit=1").json["notifications"].size(), 1U);
  EXPECT_EQ(ask("GET", "/api/v1/notifications?key=nothing").json["notifications"].size(), 0U);
  EXPECT_EQ(ask("GET", "/api/v1/notifications?state=gone").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/notifications?limit=0").status, 400);
}

TEST_F(Api, ATestGoesTheWayOfEveryNotification) {
  const auto target = "/api/v1/notifications/test";
  const auto made = ask("POST", target, R"({"channel":"mail","to":"ops@example.invalid","lang":"en"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto due = pipeline_->outbox().due("mail", clock_.now(), 10);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].key, made.json["key"].string_or(""));
  EXPECT_EQ(due[0].address, "ops@example.invalid");
  EXPECT_EQ(due[0].lang, Lang::en);
  EXPECT_NE(render(due[0].lines.at(0), Lang::en).find("ops1"), std::string::npos);
  EXPECT_EQ(pipeline_->figures().notifications, 1U) << "else nobody wakes the dispatcher";
  EXPECT_EQ(ask("POST", target, R"({"channel":"hook"})").status, 201);

  EXPECT_EQ(ask("POST", target, R"({"channel":"mail"})").status, 409) << "to whom?";
  const auto unknown = ask("POST", target, R"({"channel":"fax"})");
  EXPECT_EQ(unknown.status, 409);
  EXPECT_NE(unknown.body.find("hook, mail"), std::string::npos) << unknown.body;
  EXPECT_EQ(ask("POST", target, R"({"channel":"hook","lang":"fr"})").status, 400);
  EXPECT_EQ(ask("POST", target, R"({"chanel":"hook"})").status, 400);
}

}  // namespace
}  // namespace xj::collector
