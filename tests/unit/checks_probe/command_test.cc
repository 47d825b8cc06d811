#include <signal.h>

#include "probe_fixture.h"
#include "tests/fakes/patience.h"

namespace xj::checks {
namespace {

ParamMap argv(std::vector<std::string> words) {
  ParamMap out;
  out["argv"].texts = std::move(words);
  out["argv"].list = true;
  return out;
}

CheckOutcome script(const std::string& text, Duration timeout = Duration{60'000}) {
  return probe("command", argv({"/bin/sh", "-c", text}), timeout).outcome;
}

TEST(CommandCheck, ExitCodesAreStates) {
  EXPECT_EQ(script("echo fine; exit 0").state, State::ok);
  EXPECT_EQ(script("echo hm; exit 1").state, State::warning);
  EXPECT_EQ(script("echo bad; exit 2").state, State::critical);
  EXPECT_EQ(script("echo ?; exit 3").state, State::unknown);
  const auto odd = script("echo what; exit 77");
  EXPECT_EQ(odd.state, State::unknown);
  EXPECT_EQ(english(odd.msg), "exit code 77 is none of 0 - 3: what");
  EXPECT_EQ(script("kill -9 $$").msg.id, "checks.command.killed");
}

TEST(CommandCheck, TextRowsAndMetrics) {
  const auto out = script("echo 'ALL FINE | time=250ms'; echo second; exit 0");
  EXPECT_EQ(english(out.msg), "ALL FINE");
  EXPECT_DOUBLE_EQ(value_of(out.metrics, "time_seconds"), 0.25);
  ASSERT_EQ(out.rows.size(), 1U);
  EXPECT_EQ(out.rows[0][0], "second");
  EXPECT_EQ(english(script("exit 2").msg), "exit code 2, no output");
  EXPECT_EQ(english(script("echo to stderr >&2; exit 1").msg), "to stderr");
}

TEST(CommandCheck, ArgumentsReachTheProgramAsTheyAre) {
  const auto out = probe("command", argv({"/usr/bin/printf", "%s", "a b;$HOME|x=1 'q'"})).outcome;
  EXPECT_EQ(english(out.msg), "a b;$HOME");
}

TEST(CommandCheck, TheDeadlineKillsAllOfIt) {
  TempDir dir;
  const auto out = script("sleep 1000 & echo $! > " + dir.path("pid") + "; sleep 1000", Duration{2'000});
  EXPECT_EQ(out.state, State::unknown);
  EXPECT_EQ(english(out.msg), "timed out after 2 s");
  pid_t pid = 0;
  std::ifstream(dir.path("pid")) >> pid;
  ASSERT_GT(pid, 0);
  std::string state;
  EXPECT_TRUE(test::eventually([&] {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    state.assign(std::istreambuf_iterator<char>(in), {});
    return state.empty() || state.find(") Z") != std::string::npos;
  })) << "still there: "
      << state;
}

TEST(CommandCheck, WhatHoldsTheOutputOpenDoesNotHoldTheCheck) {
  const auto out = script("setsid sleep 60 & echo $!; exit 0");
  const auto pid = static_cast<pid_t>(std::stol(english(out.msg)));
  ASSERT_GT(pid, 1);
  ::kill(pid, SIGKILL);  // a session of its own, which nobody else ends
  EXPECT_EQ(out.state, State::ok);
  EXPECT_LT(value_of(out.metrics, "took_ms"), 50'000);
}

TEST(CommandCheck, OutputWithoutEndIsCut) {
  EXPECT_EQ(script("yes | head -c 5000000; exit 1").state, State::warning);
}

TEST(CommandCheck, WhatIsNotThereIsUnknown) {
  const auto out = probe("command", argv({"/no/such/plugin"})).outcome;
  EXPECT_EQ(out.state, State::unknown);
  EXPECT_NE(english(out.msg).find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace xj::checks
