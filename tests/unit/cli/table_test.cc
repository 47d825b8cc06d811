#include "cli/table.h"

#include <gtest/gtest.h>

#include "cli/width.h"

namespace xj::cli {
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

Table sample() {
  Table table({{"主机"}, {"N", true}, {"说明", false, true}, {"END"}});
  table.add({"oa-db-01", "7", {"磁盘 /data 已用 97%，超过 95%", Colour::bad}, "x"});
  table.add({"应用", "12", "", "yy"});
  return table;
}

TEST(Table, AlignsByColumnsNotBytes) {
  EXPECT_EQ(sample().text(80, false),
            "主机       N  说明                           END\n"
            "oa-db-01   7  磁盘 /data 已用 97%，超过 95%  x\n"
            "应用      12                                 yy\n");
}

TEST(Table, ShrinksWhatMayShrinkAndFits) {
  const auto text = sample().text(40, false);
  EXPECT_EQ(text,
            "主机       N  说明                   END\n"
            "oa-db-01   7  磁盘 /data 已用 97%…   x\n"
            "应用      12                         yy\n");
  for (int width = 30; width < 60; ++width) {
    const auto lines = sample().text(width, false);
    for (std::size_t at = 0; at < lines.size();) {
      const auto end = lines.find('\n', at);
      EXPECT_LE(display_width(lines.substr(at, end - at)), width);
      at = end + 1;
    }
  }
}

TEST(Table, ColoursWrapTheTextAloneAndOnlyWhenAsked) {
  Table table({{"A"}, {"B"}});
  table.add({{"x", Colour::bad}, {"好", Colour::good}});
  EXPECT_EQ(table.text(80, true), "\033[1mA\033[0m  \033[1mB\033[0m\n\033[31mx\033[0m  \033[32m好\033[0m\n");
  EXPECT_EQ(table.text(80, false).find('\033'), std::string::npos);
}

}  // namespace
}  // namespace xj::cli
