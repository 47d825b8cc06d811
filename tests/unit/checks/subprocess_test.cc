#include "checks/subprocess.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/fakes/patience.h"

namespace xj::checks {
namespace {

SpawnOptions shell(const std::string& script) {
  SpawnOptions o;
  o.argv = {"/bin/sh", "-c", script};
  o.env = clean_environment();
  return o;
}

// Until the child has ended; false after a minute.
bool finish(Subprocess& child, ExitStatus& status) {
  for (const test::Patience patience; patience.left();) {
    pollfd p{child.output_fd(), POLLIN, 0};
    ::poll(&p, 1, 10);
    child.drain();
    if (const auto s = child.reap()) {
      child.drain();
      status = *s;
      return true;
    }
  }
  return false;
}

bool gone(pid_t pid) {
  return test::eventually([pid] {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    std::string text((std::istreambuf_iterator<char>(in)), {});
    const auto close = text.rfind(')');
    return text.empty() || (close != std::string::npos && text.substr(close + 2, 1) == "Z");
  });
}

TEST(Subprocess, OutputAndExitCode) {
  Subprocess child(shell("echo out; echo err >&2; exit 2"));
  ExitStatus status;
  ASSERT_TRUE(finish(child, status));
  EXPECT_EQ(status.code, 2);
  EXPECT_EQ(status.signal, 0);
  EXPECT_EQ(child.output(), "out\n");
}

TEST(Subprocess, AFloodIsReadInPiecesSoThatDeadlinesAreKept) {
  Subprocess child(shell("exec cat /dev/zero"));
  for (int i = 0; i < 3; ++i) {
    pollfd p{child.output_fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&p, 1, 60'000), 1);
    EXPECT_FALSE(child.drain());  // a test that does not come back is the failure
  }
  child.kill_group(SIGKILL);
}

TEST(Subprocess, ErrorsCanJoinTheOutput) {
  auto o = shell("echo err >&2");
  o.merge_errors = true;
  Subprocess child(o);
  ExitStatus status;
  ASSERT_TRUE(finish(child, status));
  EXPECT_EQ(child.output(), "err\n");
}

TEST(Subprocess, NothingIsInherited) {
  ::setenv("XJ_SECRET_OF_PARENT", "1", 1);
  const int leaked = ::dup(0);  // without CLOEXEC, as a careless library would
  Subprocess child(shell("env; ls /proc/self/fd | tr '\\n' ' '; pwd"));
  ExitStatus status;
  ASSERT_TRUE(finish(child, status));
  ::close(leaked);
  EXPECT_EQ(child.output().find("XJ_SECRET"), std::string::npos);
  EXPECT_NE(child.output().find("LC_ALL=C.UTF-8"), std::string::npos);
  EXPECT_NE(child.output().find("0 1 2 3 /\n"), std::string::npos) << child.output();  // 3 is ls's own folder
}

TEST(Subprocess, WhatCannotStartIsAFaultThatNamesIt) {
  SpawnOptions o;
  o.argv = {"/no/such/program"};
  try {
    Subprocess child(o);
    FAIL();
  } catch (const Fault& f) {
    EXPECT_NE(std::string(f.what()).find("/no/such/program"), std::string::npos);
  }
  o.argv = {"relative"};
  EXPECT_THROW(Subprocess{o}, Fault);
  o.argv = {};
  EXPECT_THROW(Subprocess{o}, Fault);
}

TEST(Subprocess, OutputIsLimitedAndTheChildStillEnds) {
  auto o = shell("head -c 1000000 /dev/zero");
  o.max_output = 1000;
  Subprocess child(o);
  ExitStatus status;
  ASSERT_TRUE(finish(child, status));
  EXPECT_EQ(status.code, 0);
  EXPECT_EQ(child.output().size(), 1000U);
  EXPECT_TRUE(child.truncated());
}

TEST(Subprocess, KillReachesWhatTheChildStarted) {
  Subprocess child(shell("sleep 1000 & echo $!; wait"));
  while (child.output().find('\n') == std::string::npos) {
    pollfd p{child.output_fd(), POLLIN, 0};
    ASSERT_GT(::poll(&p, 1, 60'000), 0);
    child.drain();
  }
  const auto grandchild = static_cast<pid_t>(std::stol(child.output()));
  child.kill_group(SIGKILL);
  ExitStatus status;
  ASSERT_TRUE(finish(child, status));
  EXPECT_EQ(status.signal, SIGKILL);
  EXPECT_TRUE(gone(grandchild));
}

TEST(Subprocess, WhatAnEndedChildLeftBehindGoesToo) {
  Subprocess child(shell("sleep 1000 >/dev/null & echo $!"));
  ExitStatus status;
  ASSERT_TRUE(finish(child, status));
  EXPECT_EQ(status.code, 0);
  EXPECT_TRUE(gone(static_cast<pid_t>(std::stol(child.output()))));
}

TEST(Subprocess, DestroyingKills) {
  pid_t pid = 0;
  {
    Subprocess child(shell("exec sleep 1000"));
    pid = child.pid();
  }
  EXPECT_TRUE(gone(pid));
  EXPECT_TRUE(test::eventually([] { return reap_strays() == 0; }));
}

TEST(Subprocess, InputReachesTheChildAndAClosedEndIsNoSignal) {
  auto o = shell("read line; echo got $line; exec 0<&-; exec sleep 1000");
  o.input = true;
  Subprocess child(o);
  std::string_view bytes = "hello\n";
  EXPECT_TRUE(child.write(bytes));
  EXPECT_TRUE(bytes.empty());
  while (child.output().find('\n') == std::string::npos) {
    pollfd p{child.output_fd(), POLLIN, 0};
    ASSERT_GT(::poll(&p, 1, 60'000), 0);
    child.drain();
  }
  EXPECT_EQ(child.output(), "got hello\n");
  const std::string much(1u << 20, 'x');
  EXPECT_TRUE(test::eventually([&] {
    std::string_view rest = much;
    return !child.write(rest);
  }));
}

TEST(Subprocess, LimitsHold) {
  auto o = shell("while :; do :; done");
  o.cpu_seconds = 1;
  Subprocess child(o);
  ExitStatus status;
  ASSERT_TRUE(finish(child, status));
  EXPECT_NE(status.signal, 0);
  EXPECT_GT(status.cpu_seconds, 0.5);
}

}  // namespace
}  // namespace xj::checks
