#include "core/text.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace xj {
namespace {

std::set<std::string> placeholders(std::string_view pattern) {
  std::set<std::string> out;
  static const std::regex name("\\{[a-z_]+(:duration)?\\}");
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

TEST(Text, DurationsAreWordsWhereTheSentenceSaysSo) {
  const auto left = [](const char* value, Lang lang) {
    return render({"domain.clock.running", {{"clock", "x"}, {"left", value}}}, lang);
  };
  EXPECT_EQ(left("1h59m57s", Lang::zh), "时限“x”计时中，剩余 1 小时 59 分 57 秒");
  EXPECT_EQ(left("1h59m57s", Lang::en), "clock \"x\" is running, 1 h 59 min 57 s left");
  EXPECT_EQ(left("30m", Lang::zh), "时限“x”计时中，剩余 30 分钟");
  EXPECT_EQ(left("0s", Lang::zh), "时限“x”计时中，剩余 0 秒");
  EXPECT_EQ(left("1d", Lang::en), "clock \"x\" is running, 1 day left");
  const Message over{"domain.did.watch_ended", {{"at", "T"}, {"who", "W"}, {"watch", "14d"}, {"late", ""}}};
  EXPECT_EQ(render(over, Lang::zh), "T W：14 天观察期结束");
  EXPECT_EQ(render(over, Lang::en), "T W: the watch period of 14 days is over");
  const auto took = [](const char* value) {
    return render({"checks.tcp.ok", {{"peer", "p"}, {"value", value}}}, Lang::zh);
  };
  EXPECT_EQ(took("0.13ms"), "p 已连接，用时 0.13 毫秒");
  EXPECT_EQ(took("97%"), "p 已连接，用时 97%") << "what is no duration stays as it is";
  EXPECT_EQ(took("-5m"), "p 已连接，用时 -5m");
  EXPECT_EQ(took(""), "p 已连接，用时 ");
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
