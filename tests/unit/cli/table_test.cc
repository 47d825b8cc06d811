#include "cli/table.h"

#include <gtest/gtest.h>

#include "core/width.h"

namespace xj::cli {
namespace {

Table sample() {
  Table table({{"主机"}, {"N", Fit::keep, true}, {"说明", Fit::fold}, {"END"}});
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

TEST(Table, TitlesFoldAndNothingIsLost) {
  const auto text = sample().text(40, false);
  EXPECT_EQ(text,
            "主机       N  说明                   END\n"
            "oa-db-01   7  磁盘 /data 已用 97%，  x\n"
            "              超过 95%\n"
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

TEST(Table, ColumnsNobodyFilledStayInPipesOnly) {
  Table table({{"A"}, {"B"}, {"C", Fit::wrap}});
  table.add({"1", "", "x"});
  EXPECT_EQ(table.text(80, false), "A  C\n1  x\n");
  EXPECT_EQ(table.text(0, false), "A  B  C\n1     x\n");
}

Table portals() {
  Table table({{"检查"}, {"名称", Fit::drop}, {"时间"}, {"说明", Fit::wrap}});
  table.section("demo/oa");
  table.add({"portal-page", "门户首页", "11-21 08:56:01",
             "http://oa/：无法连接（Connection refused），请检查服务"});
  table.add({"portal-port", "门户端口", "11-21 08:56:02", ""});
  return table;
}

TEST(Table, SentencesGoOnInTheNextLineAndNothingOfThemIsLost) {
  EXPECT_EQ(portals().text(120, false), portals().text(0, false)) << "wide enough is as wide as a pipe";
  EXPECT_EQ(portals().text(0, false),
            "检查         名称      时间            说明\n"
            "demo/oa\n"
            "portal-page  门户首页  11-21 08:56:01  http://oa/：无法连接（Connection refused），请检查服务\n"
            "portal-port  门户端口  11-21 08:56:02\n");
  EXPECT_EQ(portals().text(70, false),
            "检查         名称      时间            说明\n"
            "demo/oa\n"
            "portal-page  门户首页  11-21 08:56:01  http://oa/：无法连接\n"
            "                                       （Connection refused），请检查\n"
            "                                       服务\n"
            "portal-port  门户端口  11-21 08:56:02\n");
}

TEST(Table, NarrowOnesLeaveColumnsOutThenPutSentencesBelow) {
  EXPECT_EQ(portals().text(56, false),
            "检查         时间            说明\n"
            "demo/oa\n"
            "portal-page  11-21 08:56:01  http://oa/：无法连接\n"
            "                             （Connection refused），请\n"
            "                             检查服务\n"
            "portal-port  11-21 08:56:02\n");
  EXPECT_EQ(portals().text(45, false),
            "检查         名称      时间\n"
            "demo/oa\n"
            "portal-page  门户首页  11-21 08:56:01\n"
            "    http://oa/：无法连接（Connection\n"
            "    refused），请检查服务\n"
            "portal-port  门户端口  11-21 08:56:02\n");
  EXPECT_NE(portals().text(20, false).find("portal-page  11-21 08:56:01\n"), std::string::npos)
      << "what names a row is whole at any width";
}

TEST(Table, SaysWhatIsLeftOut) {
  EXPECT_EQ(portals().left_out(120), std::vector<std::string>{});
  EXPECT_EQ(portals().left_out(56), std::vector<std::string>{"名称"});
  EXPECT_EQ(portals().left_out(45), std::vector<std::string>{}) << "what stands below is there";
  EXPECT_EQ(portals().left_out(0), std::vector<std::string>{});
  Table unfilled({{"A"}, {"B", Fit::drop}});
  unfilled.add({"1234567890", ""});
  EXPECT_EQ(unfilled.left_out(10), std::vector<std::string>{}) << "there is nothing in it";
}

TEST(Table, WhatWouldNotTellWhatItIsStandsBehindItsTitleBelow) {
  Table table({{"HOST"}, {"LONGEST", Fit::wrap, false, true}});
  table.add({"a-host-of-some-length", "11-20 07:00:00 +20m"});
  table.add({"other", ""});
  EXPECT_EQ(table.text(30, false),
            "HOST\n"
            "a-host-of-some-length\n"
            "    LONGEST  11-20 07:00:00\n"
            "    +20m\n"
            "other\n");
}

TEST(Table, ColoursWrapTheTextAloneAndOnlyWhenAsked) {
  Table table({{"A"}, {"B"}});
  table.add({{"x", Colour::bad}, {"好", Colour::good}});
  EXPECT_EQ(table.text(80, true), "\033[1mA\033[0m  \033[1mB\033[0m\n\033[31mx\033[0m  \033[32m好\033[0m\n");
  EXPECT_EQ(table.text(80, false).find('\033'), std::string::npos);
}

}  // namespace
}  // namespace xj::cli
