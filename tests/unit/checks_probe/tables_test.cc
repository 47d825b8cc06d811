// The worker's table and THE TABLE of checks, held together.
#include <sys/socket.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "probe_fixture.h"

namespace xj::checks {
namespace {

TEST(Tables, EveryKindThatNeedsAWorkerHasOneAndNoneIsLeftOver) {
  std::set<std::string_view> worker;
  for (const auto& type : probe_types()) {
    EXPECT_TRUE(worker.insert(type.name).second) << type.name;
    EXPECT_NE(type.run, nullptr);
    EXPECT_EQ(builtin().find(type.name) == nullptr, !type.params.empty()) << type.name;
  }
  for (const auto& type : builtin().all())
    EXPECT_EQ(worker.contains(type.name), type.where == Where::probe || type.where_with != nullptr)
        << type.name;
}

TEST(Serve, SeveralRequestsUntilTheInputEnds) {
  int in[2], out[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, in), 0);
  ASSERT_EQ(::pipe(out), 0);
  int code = -1;
  std::thread worker([&] {
    const SystemClock clock;
    code = serve(in[1], out[1], clock);
    ::close(out[1]);
  });
  ProbeRequest good{"statfs", params_of({{"path", "/"}}), Duration{60'000}, {}};
  ProbeRequest bad{"no-such-kind", {}, Duration{1000}, {{"a", "b", State::warning}}};
  const auto text = encode(good) + "\n" + encode(bad) + "\n" + encode(good) + "\n";
  // Byte by byte: a line may come in pieces.
  for (const char c : text) ASSERT_EQ(::write(in[0], &c, 1), 1);
  ::shutdown(in[0], SHUT_WR);
  std::string answers;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::read(out[0], buffer, sizeof buffer)) > 0;)
    answers.append(buffer, static_cast<std::size_t>(n));
  worker.join();
  for (const int fd : {in[0], in[1], out[0]}) ::close(fd);
  EXPECT_EQ(code, 0);
  std::vector<ProbeAnswer> all;
  for (std::size_t at = 0; at < answers.size();) {
    const auto end = answers.find('\n', at);
    ASSERT_NE(end, std::string::npos);
    const auto answer = decode_answer(std::string_view(answers).substr(at, end - at));
    ASSERT_TRUE(std::holds_alternative<ProbeAnswer>(answer)) << std::get<std::string>(answer);
    all.push_back(std::get<ProbeAnswer>(answer));
    at = end + 1;
  }
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].outcome.state, State::ok);
  EXPECT_GT(value_of(all[0].outcome.metrics, "total_bytes"), 0);
  EXPECT_EQ(all[1].outcome.msg.id, "checks.probe.bad_request");
  EXPECT_EQ(all[1].memory, bad.memory) << "not seeing changes no memory";
}

TEST(Serve, ALineThatIsNoRequestEndsIt) {
  int in[2];
  ASSERT_EQ(::pipe(in), 0);
  ASSERT_EQ(::write(in[1], "nonsense\n", 9), 9);
  ::close(in[1]);
  const SystemClock clock;
  EXPECT_EQ(serve(in[0], 1, clock), 1);
  ::close(in[0]);
}

TEST(Answer, BadParametersAreSaid) {
  const auto out = probe("http", params_of({{"url", "gopher://x"}})).outcome;
  EXPECT_EQ(out.state, State::unknown);
  EXPECT_NE(english(out.msg).find("gopher://x"), std::string::npos);
}

TEST(TcpProbe, ANameThatIsNone) {
  ::setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);  // where name servers do not answer
  const auto out = probe("tcp", params_of({{"host", "no-such-name.invalid"}, {"port", "80"}})).outcome;
  EXPECT_EQ(out.state, State::critical);
  EXPECT_EQ(out.msg.id, "checks.tcp.no_name");
}

}  // namespace
}  // namespace xj::checks
