#include "tests/e2e/process.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace xj::e2e {
namespace {

using namespace std::chrono_literals;

TEST(Process, OutputAndExitCodeComeBack) {
  const auto o = run({"/bin/sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(o.code, 3);
  EXPECT_EQ(o.out, "out\n");
  EXPECT_EQ(o.err, "err\n");
}

TEST(Process, WhatRunsTooLongIsKilled) {
  EXPECT_EQ(run({"/bin/sleep", "60"}, {}, 100ms).code, 128 + SIGKILL);
}

TEST(Process, BackgroundProgramEndsWithItsOwner) {
  TempDir dir;
  pid_t pid = 0;
  {
    Process p({"/bin/sleep", "60"}, dir / "log");
    pid = p.pid();
    EXPECT_TRUE(p.running());
  }
  EXPECT_NE(::kill(pid, 0), 0);
}

}  // namespace
}  // namespace xj::e2e
