#include "tests/unit/cli/commands.h"

namespace xj::cli {
namespace {

constexpr const char* kRow =
    R"({"key":"test/mail/1","channel":"mail","address":"a@example.invalid","subject":{"text":"try"},)"
    R"("created":"2026-11-20T01:59:00Z",)";

TEST_F(Commands, NotificationsSayHowTheyWent) {
  answer("GET /api/v1/notifications?state=waiting&limit=2",
         R"({"notifications":[{"key":"a/INC-1/3/first/zhang/mail","channel":"mail","person":"zhang",
 "address":"z@example.invalid","subject":{"text":"portal down"},"created":"2026-11-20T01:59:00Z",
 "state":"waiting","attempts":2,"error":"no connection"},
 {"key":"b","channel":"hook","person":"","address":"","subject":{"text":"portal up"},
 "created":"2026-11-20T01:58:00Z","state":"waiting","attempts":0,"error":""}]})");
  answer("GET /api/v1/status", R"({"contracts":[]})");
  EXPECT_EQ(call({"notify", "list", "--state", "waiting", "--limit", "2"}), 0) << err_.str();
  EXPECT_EQ(out_.str(),
            "CREATED         STATE    CHANNEL  TO     TRIES  SUBJECT      ERROR\n"
            "11-20 09:59:00  waiting  mail     zhang      2  portal down  no connection\n"
            "11-20 09:58:00  waiting  hook                0  portal up\n");
  answer("GET /api/v1/notifications", R"({"notifications":[]})");
  EXPECT_EQ(call({"notify", "list"}, Lang::zh), 0);
  EXPECT_EQ(out_.str(), "没有通知记录\n");
}

TEST_F(Commands, AChannelIsTriedAndTheFirstAttemptIsTheAnswer) {
  const std::string row = kRow;
  answer("POST /api/v1/notifications/test", row + R"("state":"waiting","attempts":0,"error":""})", 201);
  const auto look = "GET /api/v1/notifications?key=test%2Fmail%2F1";
  const auto now = [&](const std::string& rest) {
    answer(look, R"({"notifications":[)" + row + rest + "]}");
  };
  now(R"("state":"delivered","attempts":1,"error":""})");
  EXPECT_EQ(call({"notify", "test", "mail", "--to", "a@example.invalid"}), 0) << err_.str();
  EXPECT_EQ(out_.str(), "mail: delivered\n");
  EXPECT_EQ(answers_.asked.at(0).body, R"({"channel":"mail","lang":"en","to":"a@example.invalid"})");
  now(R"("state":"waiting","attempts":1,"error":"Connection refused"})");
  EXPECT_EQ(call({"notify", "test", "mail", "--to", "a@example.invalid"}), 1);
  EXPECT_NE(err_.str().find("tried again. Connection refused"), std::string::npos) << err_.str();
  now(R"("state":"refused","attempts":1,"error":"550"})");
  EXPECT_EQ(call({"notify", "test", "mail"}), 1);
  EXPECT_EQ(err_.str(), "mail: refused. 550\n");
  now(R"("state":"waiting","attempts":0,"error":""})");
  EXPECT_EQ(call({"notify", "test", "mail", "--wait", "2s"}), 1);
  EXPECT_EQ(paused_, Duration{2'000});
  EXPECT_NE(err_.str().find("within 2s"), std::string::npos) << err_.str();
  EXPECT_EQ(call({"notify", "test", "mail", "--wait", "soon"}), 2);
}

}  // namespace
}  // namespace xj::cli
