#include "core/io/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <regex>
#include <string>

namespace xj::log {
namespace {

// What a fresh process with this environment writes to its standard error, a pipe.
std::string written(const std::function<void()>& environment, const std::function<void()>& lines) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    ::dup2(ends[1], STDERR_FILENO);
    environment();
    lines();
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string out;
  char chunk[4096];
  for (ssize_t n = 0; (n = ::read(ends[0], chunk, sizeof chunk)) > 0;)
    out.append(chunk, static_cast<std::size_t>(n));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  return out;
}

void stderr_names_the_journal() {
  struct stat st{};
  ::fstat(STDERR_FILENO, &st);
  ::setenv("JOURNAL_STREAM", (std::to_string(st.st_dev) + ":" + std::to_string(st.st_ino)).c_str(), 1);
}

TEST(Log, LinesHaveTimeZoneAndLevel) {
  const auto out =
      written([] { ::unsetenv("JOURNAL_STREAM"); }, [] { info("hello {}", 7), debug("hidden"); });
  EXPECT_TRUE(std::regex_match(
      out, std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d info hello 7\n)")))
      << out;
}

TEST(Log, UnderSystemdLinesHaveThePriorityAndNoTime) {
  const auto out = written(stderr_names_the_journal, [] {
    set_level(Level::debug);
    debug("d"), info("i"), warning("w"), error("e");
  });
  EXPECT_EQ(out, "<7>d\n<6>i\n<4>w\n<3>e\n");
}

TEST(Log, AnInheritedJournalStreamOfSomebodyElseDoesNotCount) {
  const auto out = written([] { ::setenv("JOURNAL_STREAM", "1:1", 1); }, [] { warning("w"); });
  EXPECT_NE(out.find(" warning w\n"), std::string::npos) << out;
  EXPECT_EQ(out.find("<4>"), std::string::npos) << out;
}

TEST(Log, OneCallIsOneLineWhateverItHolds) {
  const auto out = written(stderr_names_the_journal, [] { error("a\n<3>forged\x1b[31m\t{}", "巡"); });
  EXPECT_EQ(out, "<3>a\\n<3>forged\\x1b[31m\\t巡\n");
}

TEST(Log, BracesOfOthersAreNoFormat) {
  const auto out = written(stderr_names_the_journal, [] { write(Level::info, "{} {0} {x}"); });
  EXPECT_EQ(out, "<6>{} {0} {x}\n");
}

}  // namespace
}  // namespace xj::log
