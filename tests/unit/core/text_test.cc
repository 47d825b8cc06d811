#include "core/text.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace xj {
namespace {

std::set<std::string> placeholders(std::string_view pattern) {
  std::set<std::string> out;
  static const std::regex name("\\{[a-z_]+\\}");
  const std::string s(pattern);
  for (auto it = std::sregex_iterator(s.begin(), s.end(), name); it != std::sregex_iterator(); ++it)
    out.insert(it->str());
  return out;
}

TEST(Text, EveryEntryHasBothLanguagesWithTheSamePlaceholders) {
  std::set<std::string_view> seen;
  for (const auto area : all_texts())
    for (const auto& entry : area) {
      EXPECT_TRUE(seen.insert(entry.id).second) << "twice: " << entry.id;
      EXPECT_FALSE(entry.en.empty()) << entry.id;
      EXPECT_FALSE(entry.zh.empty()) << entry.id;
      EXPECT_EQ(placeholders(entry.en), placeholders(entry.zh)) << entry.id;
    }
  EXPECT_GT(seen.size(), 10U);
}

TEST(Text, ArgumentsFillAndNestedIdsSpeakTheSameLanguage) {
  const Message m{"core.param_wrong", {{"name", "warn"}, {"value", "x"}, {"type", "@core.accepts.integer"}}};
  EXPECT_EQ(render(m, Lang::en), "warn: \"x\" is not accepted; expected a whole number");
  EXPECT_EQ(render(m, Lang::zh), "warn：不接受 \"x\"，应为 整数");
}

TEST(Text, UnknownIdIsShownNotHidden) {
  EXPECT_EQ(render(Message{"no.such", {{"a", "1"}}}, Lang::en), "no.such a=1");
  EXPECT_EQ(render(Message::literal("disk {x}"), Lang::zh), "disk {x}");
}

}  // namespace
}  // namespace xj
