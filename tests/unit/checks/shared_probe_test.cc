// The agent's side of the shared worker, against workers that misbehave.
#include "checks/shared_probe.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "temp_host.h"
#include "tests/fakes/patience.h"

namespace xj::checks {
namespace {

using std::chrono::seconds;

// Answers request N (a line) with {"id":N}: what a worker says, from the shell.
constexpr const char* kEcho =
    "id() { echo \"$1\" | sed 's/.*\"id\":\\([0-9]*\\).*/\\1/'; }\n"
    "say() { echo '{\"v\":1,\"id\":'$1',\"outcome\":{\"state\":\"ok\",\"msg\":\"n'$1'\"}}'; }\n";

class SharedProbeTest : public ::testing::Test {
 protected:
  SharedProbe& worker(const std::string& script) {
    host_.script("probe", std::string("#!/bin/sh\n") + kEcho + script);
    probe_ = std::make_unique<SharedProbe>(host_.root() + "/probe");
    return *probe_;
  }
  SharedProbe::Ticket send(Duration timeout = seconds{10}) {
    ProbeRequest request;
    request.kind = "http";
    request.timeout = timeout;
    request.memory = {{"a", "b", State::warning}};
    return probe_->send(std::move(request), now_);
  }
  // Lets the worker work; the test's own time stands still. Empty when nothing came.
  std::optional<SharedProbe::Answer> wait(SharedProbe::Ticket ticket) {
    for (const test::Patience patience; patience.left();) {
      if (auto answer = probe_->take(ticket)) return answer;
      wait_once();
    }
    return std::nullopt;
  }
  void wait_once() {
    std::vector<pollfd> polled;
    probe_->add_polls(polled);
    ::poll(polled.data(), polled.size(), 50);
    probe_->poll(now_);
  }

  TempHost host_;
  std::unique_ptr<SharedProbe> probe_;
  MonoTime now_{seconds{100}};
};

TEST_F(SharedProbeTest, OneWorkerAnswersManyInItsOwnOrder) {
  worker("read a; read b; read c; say $(id \"$c\"); say $(id \"$a\"); say $(id \"$b\"); exec sleep 100\n");
  const auto a = send(), b = send(), c = send();
  const auto pid = probe_->pid();
  EXPECT_EQ(english(wait(c)->answer.outcome.msg), "n3");
  EXPECT_EQ(english(wait(a)->answer.outcome.msg), "n1");
  EXPECT_EQ(english(wait(b)->answer.outcome.msg), "n2");
  EXPECT_EQ(probe_->pid(), pid);
  EXPECT_EQ(probe_->busy(), 0U);
  EXPECT_TRUE(probe_->take(a)->lost) << "used up";
}

TEST_F(SharedProbeTest, IdleItGoesAndComesBack) {
  worker("while read l; do say $(id \"$l\"); done\n");
  EXPECT_FALSE(wait(send())->lost);
  probe_->poll(now_);
  ASSERT_TRUE(probe_->next());
  EXPECT_EQ(*probe_->next(), now_ + SharedProbe::kIdle);
  now_ += SharedProbe::kIdle;
  const auto pid = probe_->pid();
  probe_->poll(now_);
  EXPECT_EQ(probe_->pid(), -1);
  // It is not left as a zombie until somebody looks for strays.
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  ASSERT_EQ(probe_->next(), now_ + SharedProbe::kMomentToEnd);
  now_ += SharedProbe::kMomentToEnd;
  probe_->poll(now_);
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_FALSE(probe_->next());
  EXPECT_FALSE(wait(send())->lost);
}

TEST_F(SharedProbeTest, ADeadWorkerLosesThoseUnderWayAndKeepsWhatWasAnswered) {
  worker("read a; read b; say $(id \"$a\"); kill -SEGV $$\n");
  const auto a = send(), b = send();
  EXPECT_TRUE(wait(b)->lost);
  const auto first = wait(a);
  EXPECT_FALSE(first->lost);
  EXPECT_EQ(first->answer.outcome.state, State::ok);
}

TEST_F(SharedProbeTest, AWorkerThatHangsLosesAllForTheFirstOverdueIsNotTheOneToBlame) {
  worker("exec sleep 1000\n");
  const auto near = send(seconds{1}), far = send(seconds{10});
  EXPECT_EQ(*probe_->next(), now_ + seconds{1} + kProbeGrace);
  now_ += seconds{1} + kProbeGrace;
  EXPECT_TRUE(wait(near)->lost);
  EXPECT_TRUE(wait(far)->lost);
  EXPECT_EQ(probe_->pid(), -1);
}

TEST_F(SharedProbeTest, AnOldWorkerGoesWhenNothingIsUnderWay) {
  worker("while read l; do say $(id \"$l\"); done\n");
  const auto first = now_;
  auto ticket = send();
  const auto pid = probe_->pid();
  while (now_ < first + SharedProbe::kLife) {  // never idle for long
    EXPECT_FALSE(wait(ticket)->lost);
    now_ += SharedProbe::kIdle / 2;
    ticket = send();
    ASSERT_EQ(probe_->pid(), pid);
  }
  EXPECT_FALSE(wait(ticket)->lost);
  probe_->poll(now_);
  EXPECT_EQ(probe_->pid(), -1);
  EXPECT_FALSE(wait(send())->lost);
}

TEST_F(SharedProbeTest, NonsenseAndFloodsEndTheWorker) {
  worker("read a; echo nonsense; exec sleep 100\n");
  EXPECT_TRUE(wait(send())->lost);
  worker("read a; exec head -c 9000000 /dev/zero\n");
  EXPECT_TRUE(wait(send())->lost);
}

TEST_F(SharedProbeTest, WithoutAProgramThatIsTheAnswer) {
  probe_ = std::make_unique<SharedProbe>("");
  EXPECT_EQ(wait(send())->answer.outcome.msg.id, "checks.probe.absent");
  probe_ = std::make_unique<SharedProbe>("/no/such");
  EXPECT_EQ(wait(send())->answer.outcome.msg.id, "checks.probe.cannot_start");
}

TEST_F(SharedProbeTest, AcceptsNoMoreThanItMayDriveAndForgets) {
  worker("read first; read second; say $(id \"$first\"); exec sleep 100\n");
  std::vector<SharedProbe::Ticket> all;
  while (probe_->accepts()) all.push_back(send());
  EXPECT_EQ(all.size(), kMaxTransfers);
  probe_->forget(all.front());
  EXPECT_EQ(probe_->busy(), kMaxTransfers - 1);
  EXPECT_FALSE(probe_->accepts()) << "the worker is still at it";
  for (const test::Patience patience; patience.left() && !probe_->accepts();) wait_once();
  EXPECT_TRUE(probe_->accepts());
}

TEST_F(SharedProbeTest, WhenNobodyWaitsAnyMoreTheWorkerGoesAtOnce) {
  worker("exec sleep 100\n");
  const auto a = send(), b = send();
  probe_->forget(a);
  EXPECT_NE(probe_->pid(), -1);
  probe_->forget(b);
  EXPECT_EQ(probe_->pid(), -1);
  EXPECT_EQ(probe_->busy(), 0U);
  probe_->poll(now_);
  EXPECT_FALSE(probe_->next());
}

}  // namespace
}  // namespace xj::checks
