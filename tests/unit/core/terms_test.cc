#include "core/terms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace xj {
namespace {

using Terms = std::vector<std::string>;

// The one way the index is asked.
bool finds(std::string_view text, std::string_view question) {
  const auto terms = index_terms(text);
  const auto has = [&](const SearchTerm& wanted) {
    return std::any_of(terms.begin(), terms.end(), [&](const std::string& t) {
      return wanted.begins ? t.starts_with(wanted.text) : t == wanted.text;
    });
  };
  const auto words = search_words(question);
  return !words.empty() && std::all_of(words.begin(), words.end(), [&](const SearchWord& word) {
    return std::all_of(word.terms.begin(), word.terms.end(), has) &&
           folded(text).find(word.folded) != std::string::npos;
  });
}

TEST(Terms, ChineseGivesOverlappingPairsAndItsLastCharacter) {
  EXPECT_EQ(index_terms("磁盘满了"), (Terms{"了", "满了", "盘满", "磁盘"}));
  EXPECT_EQ(index_terms("盘"), (Terms{"盘"}));
}

TEST(Terms, LatinGivesWholeWordsSmallAndFullwidthIsAscii) {
  EXPECT_EQ(index_terms("ORA-00600：ＯＡ系统"), (Terms{"00600", "oa", "ora", "系统", "统"}));
  EXPECT_EQ(index_terms("  —— ，。 "), Terms{});
}

TEST(Terms, ATextIsFoundByAnyTwoOfItsCharacters) {
  const std::string text = "数据库连接池耗尽，重启Tomcat后恢复";
  for (const auto* word : {"数据", "据库", "库连", "连接", "耗尽", "尽", "恢复", "复", "重启tomcat", "TOMCAT",
                           "tom", "Tomcat后恢", "数据库 恢复"})
    EXPECT_TRUE(finds(text, word)) << word;
  for (const auto* word : {"据数", "数库", "omcat", "数据恢", "启恢", "磁盘", "数据库 磁盘"})
    EXPECT_FALSE(finds(text, word)) << word;
}

TEST(Terms, PairsThatDoNotStandSideBySideAreNotTheWord) {
  // "连接" and "接池" are both there, "连接池" is not.
  EXPECT_FALSE(finds("连接失败，换接池子", "连接池"));
}

TEST(Terms, AQuestionOfNothingButMarksAsksNothing) {
  EXPECT_TRUE(search_words("，。 -- ?").empty());
  EXPECT_TRUE(search_words("").empty());
}

TEST(Terms, WordsBeyondTheLimitAreLeftOut) {
  std::string many;
  for (int i = 0; i < 100; ++i) many += "w" + std::to_string(i) + ' ';
  EXPECT_EQ(search_words(many).size(), kMostSearchWords);
}

TEST(Terms, ALongWordIsCutAndStillFound) {
  const std::string word(500, 'x');
  ASSERT_EQ(index_terms(word).size(), 1U);
  EXPECT_EQ(index_terms(word).front().size(), kLongestTerm);
  EXPECT_TRUE(finds(word, word));
  EXPECT_TRUE(finds(word + "-y", word + "-y"));
}

TEST(Terms, BrokenUtf8IsReadAsFarAsItGoes) {
  EXPECT_EQ(index_terms("磁\xE7\x9B"), (Terms{"磁"}));
  EXPECT_TRUE(search_words("\xFF\xFE").empty());
}

// Whatever stands between two spaces of a text is found by every part of it that begins where a word begins.
TEST(Terms, EveryPartOfATextIsFound) {
  const std::u32string alphabet = U"数据库连接池磁盘满故障abc1 ，-。Ｘ";
  std::mt19937 random(20261121);
  const auto utf8 = [](std::u32string_view text) {
    std::string out;
    for (const auto c : text) {
      if (c < 0x80) {
        out.push_back(static_cast<char>(c));
        continue;
      }
      out.push_back(static_cast<char>(0xE0 | (c >> 12)));
      out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
      out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
    }
    return out;
  };
  const auto latin = [](char32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == U'Ｘ';
  };
  for (int round = 0; round < 2'000; ++round) {
    std::u32string text;
    for (int i = 0; i < 24; ++i) text.push_back(alphabet[random() % alphabet.size()]);
    const auto from = random() % text.size();
    const auto length = 1 + random() % 8;
    const auto part = text.substr(from, length);
    if (from > 0 && latin(text[from - 1]) && latin(text[from])) continue;  // in the middle of a word
    const auto words = search_words(utf8(part));
    if (words.empty()) continue;
    EXPECT_TRUE(finds(utf8(text), utf8(part))) << utf8(text) << " / " << utf8(part);
  }
}

}  // namespace
}  // namespace xj
