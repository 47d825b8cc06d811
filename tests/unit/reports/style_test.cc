#include "reports/typeset/style.h"

#include <gtest/gtest.h>

namespace xj::reports {
namespace {

StyleSheet sheet(std::string_view css) {
  Problems problems;
  auto out = StyleSheet::parse(css, "style.css", problems);
  EXPECT_TRUE(problems.empty()) << render(problems, Lang::en);
  return out;
}
std::string wrong(std::string_view css) {
  Problems problems;
  StyleSheet::parse(css, "style.css", problems);
  return render(problems, Lang::en);
}
Node element(std::string tag, std::string classes = {}) {
  Node n;
  n.tag = std::move(tag);
  if (!classes.empty()) n.attributes.emplace_back("class", std::move(classes));
  return n;
}

TEST(Style, MoreSpecificRulesWinThenLaterOnes) {
  const auto css =
      sheet("td.a { color: #f00 } td { color: #0f0; text-align: right } td { text-align: center }");
  Cascade cascade(css);
  const auto* style = cascade.style(nullptr, element("td", "x a"));
  EXPECT_EQ(style->color, (Color{1, 0, 0}));
  EXPECT_EQ(style->align, Align::center);
}

TEST(Style, DescendantsAndChildrenAreToldApart) {
  const auto css = sheet(".t td { padding: 2pt } .t > td { padding: 9pt }");
  Cascade cascade(css);
  const auto* table = cascade.style(nullptr, element("table", "t"));
  const auto* row = cascade.style(table, element("tr"));
  EXPECT_EQ(cascade.style(row, element("td"))->padding[kLeft], 2);
  EXPECT_EQ(cascade.style(table, element("td"))->padding[kLeft], 9);
}

TEST(Style, FontsInheritAndBoxesDoNot) {
  const auto css = sheet(
      "body { font-size: 10pt; margin: 3pt; color: #123456; border: 1pt solid #000 } p { font-size: 2em; "
      "padding: 1em }");
  Cascade cascade(css);
  const auto* body = cascade.style(nullptr, element("body"));
  const auto* p = cascade.style(body, element("p"));
  EXPECT_EQ(p->font_size, 20);
  EXPECT_EQ(p->padding[kTop], 20) << "em is the element's own size";
  EXPECT_EQ(p->margin[kTop], 0);
  EXPECT_EQ(p->border[kTop].width, 0);
  EXPECT_EQ(p->color, body->color);
}

TEST(Style, ElementsThatLookAlikeShareOneStyle) {
  const auto css = sheet("td { padding: 1pt }");
  Cascade cascade(css);
  const auto* row = cascade.style(nullptr, element("tr"));
  EXPECT_EQ(cascade.style(row, element("td")), cascade.style(row, element("td")));
  EXPECT_NE(cascade.style(row, element("td")), cascade.style(row, element("td", "a")));
}

TEST(Style, PageAndMedia) {
  const auto css = sheet(
      "@page { size: A4 landscape; margin: 10mm 20mm; } @media screen { p { display: flex } }"
      "@media print { p { font-weight: bold } }");
  EXPECT_NEAR(css.page.width, 841.89, 0.01);
  EXPECT_NEAR(css.page.margin[kLeft], 56.69, 0.01);
  EXPECT_NEAR(css.page.margin[kTop], 28.35, 0.01);
  Cascade cascade(css);
  EXPECT_EQ(cascade.style(nullptr, element("p"))->weight, 700);
}

TEST(Style, WhatIsNotInTheSubsetIsToldAtItsPlace) {
  EXPECT_EQ(wrong("p { color: #000;\n  float: left; }"),
            "style.css:2:3: \"float: left\" is not in the supported subset\n");
  EXPECT_NE(wrong("p { padding: 5% }"), "");
  EXPECT_NE(wrong("p { padding: -1pt }"), "");
  EXPECT_NE(wrong("p:hover { color: red }"), "");
  EXPECT_NE(wrong("@import \"x.css\";"), "");
  EXPECT_NE(wrong("@font-face { src: url(x) }"), "");
  EXPECT_NE(wrong("p { background: url(http://x/) }"), "");
  EXPECT_NE(wrong("p { color: #000"), "");
  EXPECT_NE(wrong("p { font-size: 1e9pt }"), "");
  EXPECT_NE(wrong("@page { margin: 200mm }"), "") << "nothing would fit between the margins";
  EXPECT_EQ(wrong("/* only a remark } */"), "");
}

TEST(Style, AllProblemsInOneGo) {
  const auto text = wrong("p { float: left }\nq > { color: red }\ntd { position: fixed; color: blau }\n");
  EXPECT_NE(text.find("style.css:1:5"), std::string::npos) << text;
  EXPECT_NE(text.find("style.css:2:"), std::string::npos) << text;
  EXPECT_NE(text.find("style.css:3:6"), std::string::npos) << text;
  EXPECT_NE(text.find("style.css:3:23"), std::string::npos) << text;
}

}  // namespace
}  // namespace xj::reports
