#include "agent/self_watch.h"

#include <gtest/gtest.h>

namespace xj::agent {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

std::optional<Number> metric(const Result& result, std::string_view name) {
  for (const auto& m : result.metrics)
    if (m.name == name) return m.value;
  return std::nullopt;
}

struct Watch {
  SelfWatch self;
  SelfNumbers numbers;
  SelfLimits limits{96 << 20, 10};
  Usage usage{8 << 20, Duration{0}};
  MonoTime mono{};
  Result minute(Duration cpu) {
    mono += seconds{60};
    usage.cpu += cpu;
    return self.look(numbers, limits, usage, mono);
  }
};

TEST(SelfWatch, QuietWhenAllIsWellWithItsNumbers) {
  Watch w;
  w.self.ran(Duration{3});
  w.self.ran(Duration{1});
  w.minute(Duration{0});
  const auto result = w.minute(Duration{12});
  EXPECT_EQ(result.state, State::ok);
  EXPECT_TRUE(result.msg.empty());
  EXPECT_EQ(metric(result, "cpu.percent"), Number{0.02});
  EXPECT_EQ(metric(result, "rss.bytes"), Number{std::int64_t{8 << 20}});
  EXPECT_EQ(metric(result, "late.max_ms"), Number{std::int64_t{0}});
}

TEST(SelfWatch, ResultsLostToAClockThatWasAheadAreToldApart) {
  Watch w;
  w.minute(Duration{0});
  w.numbers.spool.refused = 15;
  w.numbers.spool.future = 12;
  const auto result = w.minute(Duration{0});
  EXPECT_EQ(result.state, State::warning);
  EXPECT_EQ(result.msg, (Message{"agent.self.future", {{"count", "12"}}}));
  EXPECT_EQ(metric(result, "spool.future"), Number{std::int64_t{12}});
  EXPECT_EQ(w.minute(Duration{0}).state, State::ok) << "told once";
  w.numbers.spool.refused += 2;
  EXPECT_EQ(w.minute(Duration{0}).msg, (Message{"agent.self.refused", {{"count", "2"}}}));
}

TEST(SelfWatch, ThrottlesWithNumbersAndLetsGoAgain) {
  Watch w;
  w.minute(Duration{0});
  auto result = w.minute(seconds{12});
  EXPECT_EQ(w.self.stretch(), 2);
  EXPECT_EQ(result.state, State::warning);
  EXPECT_EQ(render(result.msg, Lang::en),
            "the agent uses 20.0% of a processor, 10.0% are allowed; intervals are 2 times longer");
  for (int i = 0; i < 9; ++i) w.minute(seconds{12});
  EXPECT_EQ(w.self.stretch(), SelfWatch::kMaxStretch);
  for (int i = 0; i < 3; ++i) w.minute(seconds{1});
  EXPECT_EQ(w.self.stretch(), 1);
  w.usage.rss_bytes = 200 << 20;
  result = w.minute(seconds{1});
  EXPECT_EQ(result.msg.id, "agent.self.memory");
  EXPECT_EQ(w.self.stretch(), 2);
}

TEST(SelfWatch, LossesAreNewsOnceAndTroubleIsTheWorst) {
  Watch w;
  w.numbers.spool.dropped = 5;
  EXPECT_EQ(w.minute(Duration{0}).msg.id, "agent.self.dropped");
  EXPECT_EQ(w.minute(Duration{0}).state, State::ok);
  w.numbers.missed = 2;
  EXPECT_EQ(w.minute(Duration{0}).msg.id, "agent.self.missed");
  w.numbers.spool.refused = 1;
  w.numbers.spool.trouble = {"agent.spool.trouble", {{"dir", "/x"}, {"detail", "full"}}};
  const auto result = w.minute(Duration{0});
  EXPECT_EQ(result.state, State::critical);
  EXPECT_EQ(result.msg.id, "agent.spool.trouble");
}

TEST(SelfWatch, AnEndingCertificateIsSaidInTime) {
  Watch w;
  w.numbers.certificate_left = hours{24 * 8};
  EXPECT_EQ(w.minute(Duration{0}).state, State::ok);
  w.numbers.certificate_left = hours{24 * 3};
  EXPECT_EQ(w.minute(Duration{0}).msg.id, "agent.self.certificate");
}

TEST(SelfWatch, ReadsItsOwnProcess) {
  const auto usage = usage_now();
  EXPECT_GT(usage.rss_bytes, 1 << 20);
  EXPECT_GE(usage.cpu.count(), 0);
}

}  // namespace
}  // namespace xj::agent
