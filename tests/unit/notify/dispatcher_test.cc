#include "collector/notify/dispatcher.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_channel.h"
#include "tests/fakes/temp_db.h"

namespace xj::collector {
namespace {

const Timestamp kStart = *parse_iso("2026-11-20T08:00:00Z");

struct DispatchTest : testing::Test {
  test::TempDb file;
  std::unique_ptr<io::Db> db = file.open();
  ManualClock clock{kStart};
  test::ChannelScript mail, hook;
  Channels channels;
  std::unique_ptr<Dispatch> dispatch;

  void SetUp() override {
    channels["mail"] = std::make_unique<test::FakeChannel>(mail);
    channels["hook"] = std::make_unique<test::FakeChannel>(hook);
    dispatch = std::make_unique<Dispatch>(*db, channels, DispatchOptions{std::chrono::hours{24}, 50});
  }

  OutboxRow row(const std::string& key, const std::string& channel) {
    OutboxRow r;
    r.key = key;
    r.channel = channel;
    r.person = "zhang";
    r.address = "zhang@example.cn";
    r.subject = Message::literal("主题");
    r.lines = {Message::literal("甲"), {"collector.http.not_found", {}}};
    r.created = r.due = clock.now();
    return r;
  }
  OutboxRow stored(const std::string& key) {
    for (const auto& r : Outbox(*db).recent(1000))
      if (r.key == key) return r;
    ADD_FAILURE() << "no row " << key;
    return {};
  }
};

TEST_F(DispatchTest, DeliversOnceInTheLanguageOfTheRow) {
  Outbox outbox(*db);
  auto english = row("b", "mail");
  english.lang = Lang::en;
  EXPECT_TRUE(outbox.add(row("a", "mail")));
  EXPECT_TRUE(outbox.add(english));
  EXPECT_FALSE(outbox.add(row("a", "mail"))) << "a replayed event adds nothing";
  EXPECT_EQ(dispatch->run(clock), 2);
  EXPECT_EQ(dispatch->run(clock), 0);
  ASSERT_EQ(mail.seen.size(), 2u);
  EXPECT_EQ(mail.seen[0].subject, "主题");
  EXPECT_EQ(mail.seen[0].text, "甲\n没有这个地址。");
  EXPECT_EQ(mail.seen[1].text, "甲\nThere is no such address.");
  EXPECT_EQ(mail.seen[0].to, "zhang@example.cn");
  const auto done = stored("a");
  EXPECT_EQ(done.state, OutboxState::delivered);
  EXPECT_EQ(done.done, kStart);
  EXPECT_EQ(done.attempts, 1);
  EXPECT_FALSE(outbox.add(row("a", "mail"))) << "also not after it was delivered";
}

TEST_F(DispatchTest, NotBeforeItsTime) {
  dispatch->run(clock);
  auto later = row("a", "mail");
  later.due += std::chrono::minutes{5};
  Outbox(*db).add(later);
  EXPECT_EQ(dispatch->run(clock), 0);
  EXPECT_EQ(Outbox(*db).next_due(), later.due);
  clock.advance(std::chrono::minutes{5});
  EXPECT_EQ(dispatch->run(clock), 1);
}

TEST_F(DispatchTest, TriesAgainOnTheScheduleUntilItWorks) {
  Outbox(*db).add(row("a", "mail"));
  mail.next = {{Outcome::retry, "down", {}}, {Outcome::retry, "still down", {}}};
  dispatch->run(clock);
  EXPECT_EQ(stored("a").due, kStart + std::chrono::seconds{5});
  EXPECT_EQ(stored("a").last_error, "down");
  dispatch->run(clock);
  EXPECT_EQ(mail.seen.size(), 1u);
  clock.advance(std::chrono::seconds{5});
  dispatch->run(clock);
  EXPECT_EQ(stored("a").due, clock.now() + std::chrono::seconds{15});
  clock.advance(std::chrono::seconds{15});
  dispatch->run(clock);
  EXPECT_EQ(stored("a").state, OutboxState::delivered);
  EXPECT_EQ(stored("a").attempts, 3);
  EXPECT_EQ(mail.seen.size(), 3u);
  EXPECT_EQ(mail.seen[0].key, mail.seen[2].key);
}

TEST_F(DispatchTest, AClockSetBackDelaysNothingBeyondItsBackoff) {
  Outbox(*db).add(row("tried", "mail"));
  mail.next = {{Outcome::retry, "down", {}}, {Outcome::retry, "down", {}}, {Outcome::retry, "down", {}}};
  for (int i = 0; i < 3; ++i) dispatch->run(clock), clock.advance(std::chrono::seconds{15});
  ASSERT_EQ(stored("tried").attempts, 3);
  clock.step_wall(-std::chrono::hours{5});
  dispatch->run(clock);
  EXPECT_EQ(stored("tried").due, clock.now() + std::chrono::seconds{30}) << "its third wait";
  EXPECT_EQ(stored("tried").created, clock.now()) << "else it would live five hours longer";
  clock.advance(std::chrono::seconds{30});
  dispatch->run(clock);
  EXPECT_EQ(stored("tried").state, OutboxState::delivered);

  // Written by an engine whose clock was ahead, found when the clock is right again: at once.
  Outbox(*db).add(row("fresh", "hook"));
  clock.step_wall(-std::chrono::hours{24 * 365});
  dispatch->run(clock);
  EXPECT_EQ(stored("fresh").state, OutboxState::delivered);
}

TEST_F(DispatchTest, WhatWaitsLongerThanItsBackoffIsFoundAtStart) {
  auto ahead = row("a", "mail"), tried = row("b", "hook");
  ahead.due = ahead.created = tried.created = clock.now() + std::chrono::hours{24};
  tried.due = tried.created + std::chrono::minutes{15};
  tried.attempts = 100;
  Outbox(*db).add(ahead);
  Outbox(*db).add(tried);
  EXPECT_EQ(dispatch->run(clock), 1);
  EXPECT_EQ(stored("a").state, OutboxState::delivered);
  EXPECT_EQ(stored("b").due, clock.now() + std::chrono::minutes{15});
}

TEST_F(DispatchTest, AClockThatOnlyCreepsMovesNothing) {
  dispatch->run(clock);
  auto later = row("a", "mail");
  later.due += std::chrono::minutes{5};
  Outbox(*db).add(later);
  for (int i = 0; i < 60; ++i) {
    clock.advance(std::chrono::seconds{2});
    clock.step_wall(Duration{-10});
    EXPECT_EQ(dispatch->run(clock), 0);
  }
  EXPECT_EQ(stored("a").due, later.due);
}

TEST_F(DispatchTest, AChannelInTroubleIsNotShutByTheClock) {
  Outbox(*db).add(row("a", "mail"));
  mail.next = {{Outcome::retry, "down", {}}};
  dispatch->run(clock);
  clock.step_wall(-std::chrono::hours{5});
  clock.advance(std::chrono::seconds{30});
  Outbox(*db).add(row("b", "mail"));
  dispatch->run(clock);
  EXPECT_EQ(stored("b").state, OutboxState::delivered);
}

TEST_F(DispatchTest, WhatIsOverIsForgottenAfterItsTimeAFewAtATime) {
  dispatch->set(
      {.max_age = std::chrono::hours{24 * 1000}, .keep = std::chrono::hours{24 * 90}, .forget = 10});
  for (int i = 0; i < 25; ++i) Outbox(*db).add(row("old" + std::to_string(i), "mail"));
  mail.next = {{Outcome::refused, "no such user", {}}};
  dispatch->run(clock);
  Outbox(*db).add(row("waits", "none"));  // no such channel: tried again and again
  clock.advance(std::chrono::hours{24 * 90});
  Outbox(*db).add(row("new", "mail"));
  dispatch->run(clock);
  EXPECT_EQ(Outbox(*db).recent(1000).size(), 27u) << "kept for 90 days";
  clock.advance(std::chrono::minutes{10});
  std::vector<std::size_t> left;
  for (int pass = 0; pass < 4; ++pass) dispatch->run(clock), left.push_back(Outbox(*db).recent(1000).size());
  EXPECT_EQ(left, (std::vector<std::size_t>{17, 7, 2, 2}));
  EXPECT_EQ(stored("waits").state, OutboxState::waiting) << "what waits is never forgotten";
  EXPECT_EQ(stored("new").state, OutboxState::delivered);
}

TEST_F(DispatchTest, WhatIsOverIsFoundByAnIndex) {
  const auto plan = db->prepare(
      "explain query plan select rowid from outbox where done is not null and done < 1 order by done limit "
      "1");
  ASSERT_TRUE(plan->step());
  EXPECT_NE(plan->text_at(3).find("outbox_done"), std::string::npos) << plan->text_at(3);
}

TEST_F(DispatchTest, RefusedIsFinal) {
  Outbox(*db).add(row("a", "mail"));
  Outbox(*db).add(row("b", "mail"));
  mail.next = {{Outcome::refused, "no such user", {}}};
  dispatch->run(clock);
  EXPECT_EQ(stored("a").state, OutboxState::refused);
  EXPECT_EQ(stored("a").last_error, "no such user");
  EXPECT_EQ(stored("b").state, OutboxState::delivered) << "the channel itself works";
  clock.advance(std::chrono::hours{30});
  EXPECT_EQ(dispatch->run(clock), 0);
}

TEST_F(DispatchTest, GivesUpWhatIsTooOldWhenItFailsAgain) {
  Outbox(*db).add(row("a", "mail"));
  Outbox(*db).add(row("b", "mail"));
  clock.advance(std::chrono::hours{25});
  mail.next = {{Outcome::retry, "down", {}}};
  dispatch->run(clock);
  EXPECT_EQ(stored("a").state, OutboxState::expired);
  clock.advance(std::chrono::minutes{1});
  dispatch->run(clock);
  EXPECT_EQ(stored("b").state, OutboxState::delivered) << "late is better than never";
}

TEST_F(DispatchTest, ADeadChannelDelaysNoOtherAndIsTriedSparingly) {
  for (int i = 0; i < 60; ++i) Outbox(*db).add(row("m" + std::to_string(i), "mail"));
  for (int i = 0; i < 60; ++i) Outbox(*db).add(row("h" + std::to_string(i), "hook"));
  mail.next.assign(1000, {Outcome::retry, "down", {}});
  dispatch->run(clock);
  dispatch->run(clock);
  EXPECT_EQ(hook.seen.size(), 60u);
  EXPECT_EQ(mail.seen.size(), 1u) << "one time-out, not sixty";
  // In five minutes of trouble one probe every half minute at most, and a few at the start.
  for (int s = 0; s < 300; ++s) clock.advance(std::chrono::seconds{1}), dispatch->run(clock);
  EXPECT_LE(mail.seen.size(), 15u);
  EXPECT_GE(mail.seen.size(), 9u);
  // Once it works again all go, those that were never tried at once.
  mail.next.clear();
  for (int s = 0; s < 1000; ++s) clock.advance(std::chrono::seconds{1}), dispatch->run(clock);
  EXPECT_EQ(Outbox(*db).waiting(), 0);
  EXPECT_EQ(dispatch->counts().delivered, 120u);
}

TEST_F(DispatchTest, ThePeersRetryAfterIsKept) {
  Outbox(*db).add(row("a", "hook"));
  hook.next = {{Outcome::retry, "HTTP 429", Duration{120'000}}};
  dispatch->run(clock);
  EXPECT_EQ(stored("a").due, kStart + std::chrono::seconds{120});
}

TEST_F(DispatchTest, AChannelTakenOutOfTheConfigurationIsSaidAndExpires) {
  Outbox(*db).add(row("a", "pager"));
  Outbox(*db).add(row("b", "mail"));
  dispatch->run(clock);
  EXPECT_EQ(stored("a").state, OutboxState::waiting);
  EXPECT_NE(stored("a").last_error.find("pager"), std::string::npos);
  EXPECT_EQ(stored("b").state, OutboxState::delivered);
  clock.advance(std::chrono::hours{25});
  dispatch->run(clock);
  EXPECT_EQ(stored("a").state, OutboxState::expired);
}

TEST_F(DispatchTest, StopsBetweenRows) {
  for (int i = 0; i < 5; ++i) Outbox(*db).add(row("m" + std::to_string(i), "mail"));
  int asked = 0;
  EXPECT_EQ(dispatch->run(clock, [&] { return ++asked <= 2; }), 2);
  EXPECT_EQ(Outbox(*db).waiting(), 3);
}

TEST(Backoff, GrowsAndStays) {
  EXPECT_EQ(backoff(1), Duration{5'000});
  EXPECT_EQ(backoff(0), Duration{5'000});
  for (int i = 1; i < 20; ++i) EXPECT_LE(backoff(i), backoff(i + 1));
  EXPECT_EQ(backoff(8), std::chrono::minutes{15});
  EXPECT_EQ(backoff(1'000'000), std::chrono::minutes{15});
}

}  // namespace
}  // namespace xj::collector
