#include "core/glob.h"

#include <gtest/gtest.h>

namespace xj {
namespace {

TEST(Glob, Patterns) {
  struct Row {
    const char *pattern, *text;
    bool fits;
  };
  const Row rows[] = {
      {"", "", true},
      {"", "a", false},
      {"*", "", true},
      {"*", "anything/at all", true},
      {"/var/*", "/var/lib", true},
      {"/var/*", "/var", false},
      {"a?c", "abc", true},
      {"a?c", "a/c", true},
      {"a?c", "ac", false},
      {"?", "数", true},
      {"/数?/*", "/数据/备份", true},
      {"eth[0-3]", "eth2", true},
      {"eth[0-3]", "eth4", false},
      {"eth[!0-3]", "eth4", true},
      {"[]a]", "]", true},
      {"a[b", "a[b", true},
      {"*.jar", "x.jar.bak", false},
      {"*oa-server*", "java -jar oa-server.jar", true},
      {"a*b*c", "aXbYbZc", true},
      {"a**", "a", true},
      {"a\\*", "a\\x", true},
  };
  for (const auto& row : rows)
    EXPECT_EQ(glob_match(row.pattern, row.text), row.fits) << row.pattern << " ~ " << row.text;
}

TEST(Glob, ABracketThatIsNotClosedIsSeen) {
  for (const auto* open : {"[", "web[0", "[]", "[!]", "a[]b", "[a]["})
    EXPECT_TRUE(has_open_set(open)) << open;
  for (const auto* closed : {"", "web*", "]", "[a]", "[]]", "[!]]", "[[]", "[[]x[0-9]", "a]"})
    EXPECT_FALSE(has_open_set(closed)) << closed;
}

TEST(Glob, ManyStarsStayQuick) {
  const std::string text(20'000, 'a');
  EXPECT_FALSE(glob_match("*a*a*a*a*a*a*a*a*a*a*b", text));
}

TEST(Glob, MalformedTextIsOnlyBytes) {
  EXPECT_TRUE(glob_match("?", "\xff"));
  EXPECT_TRUE(glob_match("a*", std::string("a\xe6\x95", 3)));
  EXPECT_FALSE(glob_match("[", ""));
}

}  // namespace
}  // namespace xj
