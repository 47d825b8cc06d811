#include "collector/notify/webhook.h"

#include <gtest/gtest.h>

#include "core/fault.h"

#include "collector/notify/builtin.h"

namespace xj::collector {
namespace {

OutMessage message() {
  OutMessage m;
  m.key = "office-oa/INC-261120-01/3/first//hook";
  m.subject = "门户 \"OA\" 故障";
  m.text = "一\n二{{id}}";
  m.event = R"({"kind":"detected","n":3})";
  return m;
}

TEST(HttpOutcome, EveryStatus) {
  for (int status = 0; status < 1000; ++status) {
    auto want = Outcome::retry;
    if (status >= 200 && status < 300) want = Outcome::delivered;
    if (status >= 400 && status < 500) want = Outcome::refused;
    for (const int mendable : {401, 403, 404, 407, 408, 409, 421, 423, 425, 429})
      if (status == mendable) want = Outcome::retry;
    EXPECT_EQ(http_outcome(status), want) << status;
  }
  EXPECT_EQ(http_outcome(400), Outcome::refused);
  EXPECT_EQ(http_outcome(413), Outcome::refused);
  EXPECT_EQ(http_outcome(429), Outcome::retry);
  EXPECT_EQ(http_outcome(503), Outcome::retry);
  EXPECT_EQ(http_outcome(302), Outcome::retry);
}

TEST(RetryAfter, SecondsOnlyAndBounded) {
  EXPECT_EQ(retry_after("120"), Duration{120'000});
  EXPECT_EQ(retry_after(" 7\r\n"), Duration{7'000});
  EXPECT_EQ(retry_after("999999"), Duration{3'600'000});
  EXPECT_EQ(retry_after("-1"), Duration{0});
  EXPECT_EQ(retry_after("Fri, 20 Nov 2026 08:00:00 GMT"), Duration{0});
  EXPECT_EQ(retry_after(""), Duration{0});
}

TEST(WebhookTemplate, PlainForm) {
  EXPECT_EQ(
      WebhookTemplate("").fill(message()),
      R"({"id":"office-oa/INC-261120-01/3/first//hook","subject":"门户 \"OA\" 故障","text":"一\n二{{id}}",)"
      R"("person":"","event":{"kind":"detected","n":3}})");
}

TEST(WebhookTemplate, ShapeOfAChatRobot) {
  const WebhookTemplate t(
      R"({"msgtype":"text","text":{"content":"{{subject}}\n{{text}}"},"at":["{{person}}",1,null]})");
  EXPECT_EQ(t.fill(message()),
            R"({"msgtype":"text","text":{"content":"门户 \"OA\" 故障\n一\n二{{id}}"},"at":["",1,null]})")
      << "what a value brings along is never looked at again";
}

TEST(WebhookTemplate, EventInsideTextIsText) {
  EXPECT_EQ(WebhookTemplate(R"(["e: {{event}}"])").fill(message()),
            R"(["e: {\"kind\":\"detected\",\"n\":3}"])");
  auto broken = message();
  broken.event = "no json";
  EXPECT_EQ(WebhookTemplate(R"(["{{event}}"])").fill(broken), R"(["no json"])");
}

TEST(WebhookTemplate, FaultsAreFoundAtStart) {
  EXPECT_THROW(WebhookTemplate("{"), Fault);
  EXPECT_THROW(WebhookTemplate("{{text}}"), Fault);
  EXPECT_THROW(WebhookTemplate(R"({"a":"{{txt}}"})"), Fault);
  EXPECT_THROW(WebhookTemplate(R"({"a":["{{text"]})"), Fault);
}

TEST(Webhook, RefusesWhatCanNeverWork) {
  EXPECT_THROW(Webhook({.url = "ftp://x"}), Fault);
  EXPECT_THROW(Webhook({.url = "https://x", .accept = "errcode"}), Fault);
  EXPECT_THROW(Webhook({.url = "https://x", .accept = "=0"}), Fault);
}

TEST(Builtin, KnowsEachKind) {
  const ChannelOptions mail = EmailOptions{.url = "smtp://x:25", .from = "a@b"},
                       hook = WebhookOptions{.url = "https://x"};
  EXPECT_EQ(kind_of(mail), "email");
  EXPECT_EQ(kind_of(hook), "webhook");
  EXPECT_TRUE(needs_address(mail));
  EXPECT_FALSE(needs_address(hook));
  EXPECT_NE(make_channel(mail), nullptr);
  EXPECT_NE(make_channel(hook), nullptr);
}

TEST(Webhook, NobodyListening) {
  Webhook hook({.url = "http://127.0.0.1:1/", .timeout = Duration{2'000}});
  const auto delivery = hook.send(message(), from_ms(0));
  EXPECT_EQ(delivery.outcome, Outcome::retry);
  EXPECT_FALSE(delivery.reason.empty());
}

}  // namespace
}  // namespace xj::collector
