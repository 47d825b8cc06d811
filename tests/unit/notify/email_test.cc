#include "collector/notify/email.h"

#include <gtest/gtest.h>

#include "core/fault.h"

namespace xj::collector {
namespace {

const Timestamp kNow = *parse_iso("2026-11-20T08:09:07Z");

OutMessage message() {
  OutMessage m;
  m.key = "office-oa/INC-261120-01/3/first/zhang/mail";
  m.to = "zhang@example.cn";
  m.subject = "【一级】OA 门户无法访问";
  m.text = "第一行\n第二行";
  return m;
}

// The table of what each answer of a mail server means, walked whole: stage × every code.
TEST(SmtpOutcome, EveryCodeAtEveryStage) {
  for (const auto stage :
       {SmtpStage::connect, SmtpStage::login, SmtpStage::sender, SmtpStage::recipient, SmtpStage::content}) {
    const bool about_the_message = stage == SmtpStage::recipient || stage == SmtpStage::content;
    for (int code = 0; code < 700; ++code) {
      const bool login = code == 523 || code == 530 || code == 534 || code == 535 || code == 538;
      const auto want = code >= 200 && code < 300                                  ? Outcome::delivered
                        : about_the_message && code >= 500 && code < 600 && !login ? Outcome::refused
                                                                                   : Outcome::retry;
      EXPECT_EQ(smtp_outcome(stage, code), want) << static_cast<int>(stage) << ' ' << code;
    }
  }
  // The ones that matter, by name.
  EXPECT_EQ(smtp_outcome(SmtpStage::recipient, 550), Outcome::refused) << "no such user";
  EXPECT_EQ(smtp_outcome(SmtpStage::recipient, 450), Outcome::retry) << "greylisted";
  EXPECT_EQ(smtp_outcome(SmtpStage::content, 554), Outcome::refused) << "called spam";
  EXPECT_EQ(smtp_outcome(SmtpStage::content, 452), Outcome::retry) << "disk full";
  EXPECT_EQ(smtp_outcome(SmtpStage::login, 535), Outcome::retry)
      << "a password being changed must not lose alarms";
  EXPECT_EQ(smtp_outcome(SmtpStage::connect, 554), Outcome::retry);
  EXPECT_EQ(smtp_outcome(SmtpStage::sender, 553), Outcome::retry);
  EXPECT_EQ(smtp_outcome(SmtpStage::content, 421), Outcome::retry);
}

TEST(EncodeHeader, PlainStaysPlain) {
  EXPECT_EQ(encode_header("Disk full on web-01"), "Disk full on web-01");
  EXPECT_EQ(encode_header(""), "");
}

TEST(EncodeHeader, Utf8ByRfc2047) { EXPECT_EQ(encode_header("巡检"), "=?UTF-8?B?5beh5qOA?="); }

TEST(EncodeHeader, LongOnesAreFoldedAtWholeCharacters) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "故障";
  const auto out = encode_header(text);
  std::size_t start = 0, words = 0;
  while (start < out.size()) {
    const auto end = std::min(out.find("\r\n ", start), out.size());
    const auto word = out.substr(start, end - start);
    EXPECT_LE(word.size(), 75u);
    EXPECT_TRUE(word.starts_with("=?UTF-8?B?") && word.ends_with("?="));
    // 15 characters of three bytes are 60 letters of base64 without padding: no character was cut.
    if (end != out.size()) {
      EXPECT_EQ(word.find("=?=") == std::string::npos, true) << word;
    }
    ++words;
    start = end + 3;
  }
  EXPECT_EQ(words, 6u);
}

TEST(EncodeHeader, NothingEndsTheHeaderEarly) {
  EXPECT_EQ(encode_header("a\r\nBcc: all@example.cn"), "a  Bcc: all@example.cn");
  EXPECT_EQ(encode_header("=?UTF-8?B?x?="), "=?UTF-8?B?PT9VVEYtOD9CP3g/PQ==?=")
      << "what looks encoded is encoded";
  const std::string broken(200, '\x80');
  EXPECT_FALSE(encode_header(broken).empty()) << "no UTF-8: still an end";
}

TEST(MailText, HasWhatAMailNeeds) {
  const auto text = mail_text(message(), "xunjian@example.cn", kNow);
  EXPECT_NE(text.find("From: =?UTF-8?B?5beh5qOA?= <xunjian@example.cn>\r\n"), std::string::npos) << text;
  EXPECT_NE(text.find("To: <zhang@example.cn>\r\n"), std::string::npos);
  EXPECT_NE(text.find("Date: Fri, 20 Nov 2026 08:09:07 +0000\r\n"), std::string::npos);
  EXPECT_NE(text.find("X-Xunjian-Key: office-oa/INC-261120-01/3/first/zhang/mail\r\n"), std::string::npos);
  EXPECT_NE(text.find("\r\n\r\n56ys5LiA6KGMDQrnrKzkuozooYwNCg==\r\n"), std::string::npos) << text;
  for (std::size_t start = 0; start < text.size();) {
    const auto end = text.find("\r\n", start);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - start, 998u);
    EXPECT_EQ(text.substr(start, end - start).find_first_of("\r\n"), std::string::npos);
    start = end + 2;
  }
}

TEST(MailText, TheMessageIdFollowsTheKeyAlone) {
  const auto id = [](const OutMessage& m, Timestamp t) {
    const auto text = mail_text(m, "xunjian@example.cn", t);
    const auto at = text.find("Message-ID: <");
    return text.substr(at, text.find("\r\n", at) - at);
  };
  auto other = message();
  EXPECT_EQ(id(message(), kNow), id(other, kNow + std::chrono::hours{1}));
  EXPECT_TRUE(id(message(), kNow).ends_with("@example.cn>"));
  other.key += "x";
  EXPECT_NE(id(message(), kNow), id(other, kNow));
}

TEST(MailAddress, PlainOnesOnly) {
  for (const auto* good : {"a@b", "zhang.san+oa@mail.example.cn"}) EXPECT_TRUE(is_mail_address(good)) << good;
  for (const auto* bad :
       {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\r\nDATA", "<a@b>", "a@b,c@d", "张@b", "-a@b"})
    EXPECT_FALSE(is_mail_address(bad)) << bad;
}

TEST(Email, RefusesWhatCanNeverWork) {
  EXPECT_THROW(Email({.url = "smtp://x:25", .from = "nobody"}), Fault);
  EXPECT_THROW(Email({.url = "http://x", .from = "a@b"}), Fault);
  Email email({.url = "smtp://127.0.0.1:1", .from = "a@b", .timeout = Duration{1'000}});
  auto m = message();
  m.to = "a@b\r\nRCPT TO:<c@d>";
  EXPECT_EQ(email.send(m, kNow).outcome, Outcome::refused);
  m.to = "";
  EXPECT_EQ(email.send(m, kNow).outcome, Outcome::refused);
}

TEST(Email, MissingPasswordFileIsTriedAgain) {
  Email email({.url = "smtp://127.0.0.1:1", .from = "a@b", .user = "u", .password_file = "/nonexistent/p"});
  const auto delivery = email.send(message(), kNow);
  EXPECT_EQ(delivery.outcome, Outcome::retry);
  EXPECT_NE(delivery.reason.find("/nonexistent/p"), std::string::npos);
}

}  // namespace
}  // namespace xj::collector
