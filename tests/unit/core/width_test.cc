#include "core/width.h"

#include <gtest/gtest.h>

namespace xj {
namespace {

TEST(Width, ChineseTakesTwoColumnsCombiningMarksNone) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("磁盘"), 4);
  EXPECT_EQ(display_width("ａ：「」"), 8);
  EXPECT_EQ(display_width("e\xCC\x81"), 1);
  EXPECT_EQ(display_width("…–"), 2);
  EXPECT_EQ(display_width("😀"), 2);
  EXPECT_EQ(display_width("𠀀"), 2);
  EXPECT_EQ(display_width("\xFF\xE4\xB8"), 3) << "broken bytes count one each";
}

TEST(Width, CutsBetweenCharactersAndSaysSo) {
  EXPECT_EQ(cut("磁盘空间", 8), "磁盘空间");
  EXPECT_EQ(cut("磁盘空间", 7), "磁盘空…");
  EXPECT_EQ(cut("磁盘空间", 6), "磁盘…");
  EXPECT_EQ(cut("磁盘空间", 1), "…");
  EXPECT_EQ(cut("磁盘空间", 0), "");
  for (int w = 1; w < 12; ++w) EXPECT_LE(display_width(cut("a磁b盘c空d间", w)), w);
}

TEST(Width, NothingMovesTheCursor) {
  EXPECT_EQ(printable("a\033[31mb\tc\n"), "a [31mb c ");
  EXPECT_EQ(printable("a\xC2\x9B"
                      "31m"),
            "a  31m");
}

TEST(Width, WrapsAtSpacesAndAroundChinese) {
  const auto lines = [](const char* text, int width) { return wrapped(text, width); };
  using L = std::vector<std::string>;
  EXPECT_EQ(lines("", 5), (L{""}));
  EXPECT_EQ(lines("one two", 7), (L{"one two"}));
  EXPECT_EQ(lines("one two three", 8), (L{"one two", "three"}));
  EXPECT_EQ(lines("abcdefgh", 3), (L{"abc", "def", "gh"}));
  EXPECT_EQ(lines("磁盘空间，不足", 8), (L{"磁盘空", "间，不足"})) << "no line begins with a comma";
  EXPECT_EQ(lines("磁盘 /data 已满", 9), (L{"磁盘", "/data 已", "满"}));
  EXPECT_EQ(lines("磁", 1), (L{"磁"}));
  for (int w = 2; w < 30; ++w) {
    std::string all;
    for (const auto& line : wrapped("a磁b盘 c空d间，（满）", w)) {
      EXPECT_LE(display_width(line), w);
      all += line;
    }
    std::erase(all, ' ');
    EXPECT_EQ(all, "a磁b盘c空d间，（满）");
  }
}

}  // namespace
}  // namespace xj
