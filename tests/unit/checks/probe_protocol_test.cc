#include "checks/probe_protocol.h"

#include <gtest/gtest.h>

#include "checks/probe_client.h"
#include "temp_host.h"
#include "tests/fakes/patience.h"

namespace xj::checks {
namespace {

ProbeRequest sample_request() {
  ProbeRequest r;
  r.kind = "http";
  r.params["url"].texts = {"https://例子.测试/?a=1&b=\"2\""};
  r.params["status"].texts = {"200", "301"};
  r.params["status"].list = true;
  r.params["empty"].list = true;
  r.timeout = Duration{2500};
  r.memory = {{"", "checks.what.response_time", State::warning}};
  r.id = 7;
  return r;
}

TEST(ProbeProtocol, RequestGoesThereAndBack) {
  const auto line = encode(sample_request());
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto back = decode_request(line);
  ASSERT_TRUE(std::holds_alternative<ProbeRequest>(back)) << std::get<std::string>(back);
  EXPECT_EQ(std::get<ProbeRequest>(back), sample_request());
}

TEST(ProbeProtocol, AnswerGoesThereAndBack) {
  ProbeAnswer a;
  a.outcome.state = State::critical;
  a.outcome.msg = {"checks.above", {{"what", "@checks.what.space"}, {"value", "96%"}, {"limit", "95%"}}};
  a.outcome.metrics = {
      {"total_ms", 12.125}, {"status", std::int64_t{200}}, {"big", std::int64_t{9007199254740993}}};
  a.outcome.items = {
      {"证书 \"a\"\n", State::unknown, Message::literal("text of others"), {{"days_left", -1.5}}}};
  a.outcome.rows = {{"a", ""}, {}};
  a.memory = {{"x", "y", State::critical}};
  a.id = 9;
  const auto back = decode_answer(encode(a));
  ASSERT_TRUE(std::holds_alternative<ProbeAnswer>(back)) << std::get<std::string>(back);
  EXPECT_EQ(std::get<ProbeAnswer>(back), a);
}

TEST(ProbeProtocol, WhatIsNoMessageIsSaidAndNotTaken) {
  for (const auto* line :
       {"", "x", "[]", "{}", R"({"v":2,"kind":"a","timeout_ms":1})", R"({"v":1,"timeout_ms":1})",
        R"({"v":1,"kind":"a"})", R"({"v":1,"id":0,"kind":"a","timeout_ms":1})",
        R"({"v":1,"kind":"a","timeout_ms":-1})", R"({"v":1,"kind":"a","timeout_ms":1,"params":[]})",
        R"({"v":1,"kind":"a","timeout_ms":1,"params":{"x":1}})",
        R"({"v":1,"kind":"a","timeout_ms":1,"params":{"x":[1]}})",
        R"({"v":1,"kind":"a","timeout_ms":1,"memory":[["a","b","bad"]]})"})
    EXPECT_TRUE(std::holds_alternative<std::string>(decode_request(line))) << line;
  for (const auto* line : {R"({"v":1})", R"({"v":1,"outcome":{"state":"fine"}})",
                           R"({"v":1,"outcome":{"state":"ok","msg":["a"]}})",
                           R"({"v":1,"outcome":{"state":"ok","metrics":{"Bad Name":1}}})",
                           R"({"v":1,"outcome":{"state":"ok","metrics":{"a":"1"}}})",
                           R"({"v":1,"outcome":{"state":"ok","items":[{"state":"ok"}]}})"})
    EXPECT_TRUE(std::holds_alternative<std::string>(decode_answer(line))) << line;
  EXPECT_TRUE(std::holds_alternative<std::string>(decode_request(std::string(kMaxProbeLine + 1, ' '))));
}

// The agent's side against workers that misbehave.
class ProbeCallTest : public ::testing::Test {
 protected:
  ProbeAnswer call(const std::string& script, Duration timeout = Duration{60'000}) {
    host_.script("probe", "#!/bin/sh\n" + script);
    ProbeRequest request = sample_request();
    request.timeout = timeout;
    const SystemClock clock;
    return call_probe(host_.root() + "/probe", request, clock);
  }
  TempHost host_;
};

TEST_F(ProbeCallTest, TakesTheAnswerAndTheMemory) {
  const auto a = call(
      "read l; echo "
      "'{\"v\":1,\"outcome\":{\"state\":\"warning\",\"msg\":\"hm\"},\"memory\":[[\"a\",\"b\",\"critical\"]]}"
      "'");
  EXPECT_EQ(a.outcome.state, State::warning);
  ASSERT_EQ(a.memory.size(), 1U);
  EXPECT_EQ(a.memory[0].state, State::critical);
}

TEST_F(ProbeCallTest, EveryFailureIsUnknownWithItsOwnReasonAndKeepsTheMemory) {
  const auto crashed = call("kill -SEGV $$");
  EXPECT_EQ(crashed.outcome.msg.id, "checks.probe.crashed");
  EXPECT_EQ(crashed.memory, sample_request().memory);
  EXPECT_EQ(call("exit 0").outcome.msg.id, "checks.probe.no_answer");
  EXPECT_EQ(call("echo nonsense").outcome.msg.id, "checks.probe.bad_answer");
  const auto late = call("exec sleep 1000", Duration{50});
  EXPECT_EQ(late.outcome.state, State::unknown);
  EXPECT_EQ(english(late.outcome.msg), "timed out after 50 ms");
  const SystemClock clock;
  EXPECT_EQ(call_probe("/no/such", sample_request(), clock).outcome.msg.id, "checks.probe.cannot_start");
  EXPECT_EQ(call_probe("", sample_request(), clock).outcome.msg.id, "checks.probe.absent");
}

// Output and process end one after the other, and much may come between the two.
TEST_F(ProbeCallTest, AWorkerWhoseOutputEndsBeforeItCrashesHasCrashed) {
  host_.script("probe", "#!/bin/sh\nexec 1>&-\nwhile ! test -e " + host_.root() +
                            "/go; do sleep 0.01; done\nkill -SEGV $$\n");
  const MonoTime begun{};
  ProbeCall call(host_.root() + "/probe", sample_request(), begun);
  ASSERT_TRUE(test::eventually([&] { return !call.poll(begun) && call.fd() < 0; }));
  const auto later = begun + Duration{1'000};
  EXPECT_FALSE(call.poll(later)) << "it may be about to say why";
  host_.write("go", "");
  std::optional<ProbeAnswer> answer;
  ASSERT_TRUE(test::eventually([&] { return (answer = call.poll(later)).has_value(); }));
  EXPECT_EQ(answer->outcome.msg.id, "checks.probe.crashed");
}

TEST_F(ProbeCallTest, AFloodIsCut) {
  const auto flooded = call("exec head -c 3000000 /dev/zero");
  EXPECT_EQ(flooded.outcome.state, State::unknown);
}

TEST_F(ProbeCallTest, ALongRequestReachesASlowReader) {
  host_.script("probe",
               "#!/bin/sh\nn=$(wc -c)\necho '{\"v\":1,\"outcome\":{\"state\":\"ok\",\"msg\":\"'$n'\"}}'\n");
  ProbeRequest request = sample_request();
  request.timeout = Duration{60'000};
  request.params["body"].texts = {std::string(900'000, 'x')};
  const SystemClock clock;
  const auto answer = call_probe(host_.root() + "/probe", request, clock);
  EXPECT_EQ(english(answer.outcome.msg), std::to_string(encode(request).size() + 1));
}

}  // namespace
}  // namespace xj::checks
