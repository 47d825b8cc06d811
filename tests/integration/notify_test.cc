// Channels and dispatcher against servers that are not ours.
#include <gtest/gtest.h>

#include <chrono>
#include <map>

#include "collector/notify/builtin.h"
#include "collector/notify/dispatcher.h"
#include "core/io/log.h"
#include "tests/fakes/held_port.h"
#include "tests/fakes/patience.h"
#include "tests/fakes/temp_db.h"
#include "tests/integration/http_peer.h"
#include "tests/integration/peer_process.h"

namespace xj::collector {
namespace {

using test::eventually;
using test::PeerProcess;
using test::received;

constexpr const char* kSubject =
    "【一级】办公系统 OA 门户无法访问，已持续 10 分钟，请立即处理（合同：office-oa）";
constexpr const char* kText =
    "发现时间：2026-11-20 16:00\n响应截止：16:10\nMixed English and 中文 100% \"引号\"";

// Twenty times as fast as the world: a back-off of 15 s passes in less than one.
class FastClock final : public Clock {
 public:
  Timestamp now() const override { return start_ + 20 * (real_.now() - start_); }
  MonoTime mono() const override { return mono_start_ + 20 * (real_.mono() - mono_start_); }

 private:
  SystemClock real_;
  Timestamp start_ = real_.now();
  MonoTime mono_start_ = real_.mono();
};

struct Notify : testing::Test {
  test::TestPki pki;
  const std::string& dir = pki.dir.path();
  std::string log_file = dir + "/received.jsonl";
  FastClock clock;

  void SetUp() override { log::set_level(log::Level::error); }
  void TearDown() override { log::set_level(log::Level::info); }

  std::vector<std::string> smtp_args(int port = 0, std::vector<std::string> more = {}) {
    std::vector<std::string> args{std::to_string(port), dir + "/maildir", log_file};
    args.insert(args.end(), more.begin(), more.end());
    return args;
  }
  EmailOptions email(int port, const std::string& scheme = "smtp") {
    EmailOptions o;
    o.url = scheme + "://127.0.0.1:" + std::to_string(port);
    o.from = "xunjian@example.cn";
    o.ca_file = pki.dir / "ca.pem";
    o.tls = EmailOptions::Tls::never;
    o.timeout = Duration{60'000};
    return o;
  }
  WebhookOptions hook(int port, const std::string& path) {
    WebhookOptions o;
    o.url = "http://127.0.0.1:" + std::to_string(port) + path;
    o.timeout = Duration{60'000};
    return o;
  }
  static OutMessage message(const std::string& to = "zhang@example.cn") {
    OutMessage m;
    m.key = "office-oa/INC-261120-01/3/first/zhang/mail";
    m.to = to;
    m.person = "zhang";
    m.subject = kSubject;
    m.text = kText;
    m.event = R"({"kind":"detected","n":3})";
    return m;
  }
};

TEST_F(Notify, MailArrivesAsItWasMeant) {
  PeerProcess peer("smtp_peer.py", smtp_args());
  Email channel(email(peer.port()));
  const auto delivery = channel.send(message(), *parse_iso("2026-11-20T08:00:00Z"));
  ASSERT_EQ(delivery.outcome, Outcome::delivered) << delivery.reason;
  const auto mails = received(log_file);
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_EQ(mails[0]["subject"].string_or(""), kSubject);
  EXPECT_EQ(mails[0]["text"].string_or(""), std::string(kText) + "\n");
  EXPECT_EQ(mails[0]["from"].string_or(""), "xunjian@example.cn");
  EXPECT_EQ(mails[0]["sender"].string_or(""), "巡检 <xunjian@example.cn>");
  EXPECT_EQ(mails[0]["to"].at(0).string_or(""), "zhang@example.cn");
  EXPECT_EQ(mails[0]["date"].string_or(""), "2026-11-20T08:00:00+00:00");
  EXPECT_EQ(mails[0]["key"].string_or(""), message().key);
  EXPECT_EQ(mails[0]["defects"].size(), 0u);
  EXPECT_FALSE(mails[0]["tls"].bool_or(true));
  // The same connection again, and the same identity.
  ASSERT_EQ(channel.send(message(), clock.now()).outcome, Outcome::delivered);
  EXPECT_EQ(received(log_file)[1]["id"], mails[0]["id"]);
}

TEST_F(Notify, MailOverStartTlsWithLogin) {
  io::write_secret(pki.dir / "password", "geheim 密码\n");
  PeerProcess peer("smtp_peer.py",
                   smtp_args(0, {"--tls", "starttls", "--cert", pki.dir / "server.pem", "--key",
                                 pki.dir / "server.key", "--login", "xunjian", "geheim 密码"}));
  auto options = email(peer.port());
  options.tls = EmailOptions::Tls::required;
  options.user = "xunjian";
  options.password_file = pki.dir / "password";
  Email channel(options);
  const auto delivery = channel.send(message(), clock.now());
  ASSERT_EQ(delivery.outcome, Outcome::delivered) << delivery.reason;
  EXPECT_TRUE(received(log_file)[0]["tls"].bool_or(false));
  EXPECT_TRUE(received(log_file)[0]["login"].bool_or(false));

  // A wrong password is somebody's to mend, and is never shown.
  io::write_secret(pki.dir / "password", "wrong-and-secret");
  Email wrong(options);
  const auto refused = wrong.send(message(), clock.now());
  EXPECT_EQ(refused.outcome, Outcome::retry);
  EXPECT_EQ(refused.reason.find("wrong-and-secret"), std::string::npos);
  EXPECT_NE(refused.reason.find("535"), std::string::npos) << refused.reason;
  // The file is read at each delivery.
  io::write_secret(pki.dir / "password", "geheim 密码");
  EXPECT_EQ(wrong.send(message(), clock.now()).outcome, Outcome::delivered);
}

TEST_F(Notify, MailOverImplicitTls) {
  PeerProcess peer("smtp_peer.py", smtp_args(0, {"--tls", "implicit", "--cert", pki.dir / "server.pem",
                                                 "--key", pki.dir / "server.key"}));
  Email channel(email(peer.port(), "smtps"));
  const auto delivery = channel.send(message(), clock.now());
  ASSERT_EQ(delivery.outcome, Outcome::delivered) << delivery.reason;
  // A server of another authority gets nothing.
  test::TestPki other;
  auto options = email(peer.port(), "smtps");
  options.ca_file = other.dir / "ca.pem";
  Email strict(options);
  const auto refused = strict.send(message(), clock.now());
  EXPECT_EQ(refused.outcome, Outcome::retry);
  EXPECT_NE(refused.reason.find("certificate"), std::string::npos) << refused.reason;
  EXPECT_EQ(received(log_file).size(), 1u);
}

TEST_F(Notify, MailInClearWhereTlsIsRequiredIsNotSent) {
  PeerProcess peer("smtp_peer.py", smtp_args());
  auto options = email(peer.port());
  options.tls = EmailOptions::Tls::required;
  EXPECT_EQ(Email(options).send(message(), clock.now()).outcome, Outcome::retry);
  EXPECT_TRUE(received(log_file).empty());
  options.tls = EmailOptions::Tls::when_offered;
  EXPECT_EQ(Email(options).send(message(), clock.now()).outcome, Outcome::delivered);
}

TEST_F(Notify, WhatTheMailServerSaysDecides) {
  PeerProcess peer("smtp_peer.py", smtp_args());
  Email channel(email(peer.port()));
  const auto nobody = channel.send(message("nobody@example.cn"), clock.now());
  EXPECT_EQ(nobody.outcome, Outcome::refused);
  EXPECT_NE(nobody.reason.find("no such user"), std::string::npos) << nobody.reason;
  const auto later = channel.send(message("later@example.cn"), clock.now());
  EXPECT_EQ(later.outcome, Outcome::retry);
  EXPECT_NE(later.reason.find("greylisted"), std::string::npos) << later.reason;
  const auto big = channel.send(message("big@example.cn"), clock.now());
  EXPECT_EQ(big.outcome, Outcome::refused);
  EXPECT_NE(big.reason.find("mailbox full"), std::string::npos) << big.reason;
  EXPECT_EQ(channel.send(message(), clock.now()).outcome, Outcome::delivered);
}

TEST_F(Notify, WebhookArrivesAsItWasMeant) {
  PeerProcess peer("webhook_peer.py", {"0", log_file});
  io::write_secret(pki.dir / "token", "t0ken\n");
  auto options = hook(peer.port(), "/ok");
  options.token_file = pki.dir / "token";
  Webhook channel(options);
  const auto delivery = channel.send(message(), clock.now());
  ASSERT_EQ(delivery.outcome, Outcome::delivered) << delivery.reason;
  const auto posts = received(log_file);
  ASSERT_EQ(posts.size(), 1u);
  EXPECT_EQ(posts[0]["headers"]["authorization"].string_or(""), "Bearer t0ken");
  EXPECT_EQ(posts[0]["headers"]["content-type"].string_or(""), "application/json; charset=utf-8");
  EXPECT_EQ(posts[0]["headers"]["idempotency-key"].string_or("").size(), 40u);
  EXPECT_EQ(posts[0]["body"]["id"].string_or(""), message().key);
  EXPECT_EQ(posts[0]["body"]["subject"].string_or(""), kSubject);
  EXPECT_EQ(posts[0]["body"]["text"].string_or(""), kText);
  EXPECT_EQ(posts[0]["body"]["event"]["n"].int_or(0), 3);
  ASSERT_EQ(channel.send(message(), clock.now()).outcome, Outcome::delivered);
  EXPECT_EQ(received(log_file)[1]["headers"]["idempotency-key"], posts[0]["headers"]["idempotency-key"]);
}

// What openssl computes from the key is what came.
TEST_F(Notify, WebhookIsSignedAsAnybodyCanCompute) {
  PeerProcess peer("webhook_peer.py", {"0", log_file});
  io::write_secret(pki.dir / "key", "an agreed key\n");
  auto options = hook(peer.port(), "/ok");
  options.secret_file = pki.dir / "key";
  const auto sent = *parse_iso("2026-11-20T08:00:00Z");
  ASSERT_EQ(Webhook(options).send(message(), sent).outcome, Outcome::delivered);
  const auto post = received(log_file).at(0);
  const auto seconds = post["headers"]["x-xunjian-timestamp"].string_or("");
  EXPECT_EQ(seconds, std::to_string(to_ms(sent) / 1'000));
  io::write_secret(pki.dir / "signed", seconds + '.' + post["raw"].string_or(""));
  const auto command = "openssl dgst -sha256 -hmac 'an agreed key' < " + (pki.dir / "signed");
  FILE* const openssl = ::popen(command.c_str(), "r");
  ASSERT_NE(openssl, nullptr);
  char line[256] = "";
  ASSERT_NE(std::fgets(line, sizeof line, openssl), nullptr);
  EXPECT_EQ(::pclose(openssl), 0);
  std::string independent(line);  // "SHA2-256(stdin)= 0f3a..."
  independent = independent.substr(independent.find("= ") + 2);
  independent.pop_back();
  EXPECT_EQ(post["headers"]["x-xunjian-signature"].string_or(""), "sha256=" + independent);
  io::write_secret(pki.dir / "key", "two\nlines\n");
  EXPECT_EQ(Webhook(options).send(message(), sent).outcome, Outcome::retry);
}

TEST_F(Notify, WebhookOverTlsTrustsItsAuthorityOnly) {
  PeerProcess peer("webhook_peer.py",
                   {"0", log_file, "--cert", pki.dir / "server.pem", "--key", pki.dir / "server.key"});
  auto options = hook(peer.port(), "/ok");
  options.url.replace(0, 4, "https");
  options.ca_file = pki.dir / "ca.pem";
  EXPECT_EQ(Webhook(options).send(message(), clock.now()).outcome, Outcome::delivered);
  test::TestPki other;
  options.ca_file = other.dir / "ca.pem";
  EXPECT_EQ(Webhook(options).send(message(), clock.now()).outcome, Outcome::retry);
  EXPECT_EQ(received(log_file).size(), 1u);
}

TEST_F(Notify, WhatTheWebhookAnswersDecides) {
  PeerProcess peer("webhook_peer.py", {"0", log_file});
  const auto send = [&](const std::string& path, const std::string& accept = {}) {
    auto options = hook(peer.port(), path);
    options.accept = accept;
    if (path == "/slow") options.timeout = Duration{700};
    return Webhook(options).send(message(), clock.now());
  };
  const auto busy = send("/busy");
  EXPECT_EQ(busy.outcome, Outcome::retry);
  EXPECT_EQ(busy.retry_after, Duration{1'000});
  const auto gone = send("/code/410");
  EXPECT_EQ(gone.outcome, Outcome::refused);
  EXPECT_NE(gone.reason.find("because I say so"), std::string::npos);
  EXPECT_EQ(send("/code/401").outcome, Outcome::retry);
  EXPECT_EQ(send("/code/500").outcome, Outcome::retry);
  EXPECT_EQ(send("/code/204").outcome, Outcome::delivered);
  EXPECT_EQ(send("/redirect").outcome, Outcome::retry);
  const auto robot = send("/errcode", "errcode=0");
  EXPECT_EQ(robot.outcome, Outcome::retry) << "200 is not enough for this one";
  EXPECT_NE(robot.reason.find("keywords"), std::string::npos);
  EXPECT_EQ(send("/errcode", "errcode=0").outcome, Outcome::delivered);
  EXPECT_EQ(send("/slow").outcome, Outcome::retry);
  for (const auto& post : received(log_file))
    EXPECT_NE(post["path"].string_or(""), "/ok") << "a redirect was followed";
}

// The whole of it: rows in the database, the thread, real servers, one of which comes up late.
TEST_F(Notify, DispatcherDeliversEachKeyOnceThroughAnOutage) {
  const test::HeldPort port;
  PeerProcess web("webhook_peer.py", {"0", dir + "/hooks.jsonl"});
  test::TempDb file;
  Channels channels;
  channels["mail"] = make_channel(email(port.number()));
  channels["hook"] = make_channel(hook(web.port(), "/busy"));
  const auto db = file.open();
  Outbox outbox(*db);
  const auto add = [&](const std::string& key, const std::string& channel, Lang lang) {
    OutboxRow row;
    row.key = key;
    row.channel = channel;
    row.person = "zhang";
    row.address = "zhang@example.cn";
    row.lang = lang;
    row.subject = Message::literal(kSubject);
    row.lines = {Message::literal(kText), {"collector.http.not_found", {}}};
    row.created = row.due = clock.now();
    EXPECT_TRUE(outbox.add(row));
  };
  Dispatcher dispatcher([&file] { return file.open(); }, std::move(channels), {}, clock);
  for (int i = 0; i < 10; ++i) add("mail-" + std::to_string(i), "mail", i % 2 == 0 ? Lang::zh : Lang::en);
  add("hook-0", "hook", Lang::zh);
  dispatcher.wake();
  ASSERT_TRUE(eventually([&] { return dispatcher.counts().retried >= 2; })) << "nobody listens yet";
  for (const auto& row : outbox.recent(100))
    EXPECT_TRUE(row.channel != "mail" || row.state != OutboxState::delivered) << row.key;

  PeerProcess mail("smtp_peer.py", smtp_args(port.number()));
  ASSERT_TRUE(eventually([&] { return outbox.waiting() == 0; }));
  std::map<std::string, int> seen;
  for (const auto& m : received(log_file)) {
    seen[m["key"].string_or("")]++;
    EXPECT_EQ(m["subject"].string_or(""), kSubject);
    const bool zh = (m["key"].string_or("").back() - '0') % 2 == 0;
    EXPECT_EQ(m["text"].string_or(""),
              std::string(kText) + (zh ? "\n没有这个地址。\n" : "\nThere is no such address.\n"));
  }
  EXPECT_EQ(seen.size(), 10u);
  for (const auto& [key, count] : seen) EXPECT_EQ(count, 1) << key;
  EXPECT_EQ(received(dir + "/hooks.jsonl").size(), 3u) << "twice busy, then taken";
  for (const auto& row : outbox.recent(100)) {
    EXPECT_EQ(row.state, OutboxState::delivered) << row.key;
    EXPECT_TRUE(row.done) << row.key;
    EXPECT_GE(row.attempts, 1) << row.key;
  }
  const auto counts = dispatcher.counts();
  EXPECT_EQ(counts.delivered, 11u);
  EXPECT_EQ(counts.refused + counts.expired, 0u);
}

TEST_F(Notify, DispatcherEndsInTimeAndTakesNewChannels) {
  PeerProcess web("webhook_peer.py", {"0", log_file});
  test::TempDb file;
  const auto db = file.open();
  Outbox outbox(*db);
  Channels none;
  Dispatcher dispatcher([&file] { return file.open(); }, std::move(none), {}, clock);
  OutboxRow row;
  row.key = "a";
  row.channel = "hook";
  row.subject = Message::literal("x");
  row.created = row.due = clock.now();
  outbox.add(row);
  dispatcher.wake();
  ASSERT_TRUE(eventually([&] { return dispatcher.counts().retried >= 1; }));
  Channels channels;
  channels["hook"] = make_channel(hook(web.port(), "/ok"));
  dispatcher.replace(std::move(channels), {});
  EXPECT_TRUE(eventually([&] { return outbox.waiting() == 0; }));
  EXPECT_EQ(received(log_file).size(), 1u);
}

}  // namespace
}  // namespace xj::collector
