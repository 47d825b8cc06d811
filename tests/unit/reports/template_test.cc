#include "reports/template.h"

#include <gtest/gtest.h>

#include "reports/html.h"

namespace xj::reports {
namespace {

constexpr std::string_view kManifest = R"({
  "form": "f", "title": {"zh": "表单", "en": "Form"},
  "labels": {"who": {"zh": "姓名", "en": "Name"}},
  "choices": {"state": {"ok": {"title": {"zh": "正常", "en": "OK"}, "mark": "✓"},
                        "bad": {"title": {"zh": "坏", "en": "Bad"}, "mark": "×"}}},
  "facts": {"name": "text", "day": "date", "at": "time", "why?": "message", "n": "integer", "on?": "flag",
            "items": [{"title": "text", "state": "state", "parts": ["text"]}]}
})";

const Manifest& manifest() {
  static const Manifest m = [] {
    Problems problems;
    auto out = parse_manifest(kManifest, "manifest.json", problems);
    EXPECT_TRUE(problems.empty()) << render(problems, Lang::en);
    return out;
  }();
  return m;
}

Json facts(std::string_view lang = "zh") {
  const auto text =
      std::string(R"({"made":"2026-09-30T16:35:12+08:00","name":"<b>&\"{{n}}","day":"2026-09-03",
      "at":"2026-09-03T08:05:09+08:00","n":7,"items":[{"title":"甲","state":"ok","parts":["x","y"]},
      {"title":"乙","state":"bad","parts":[]}],"lang":")") +
      std::string(lang) + "\"}";
  auto parsed = parse_json(text);
  EXPECT_TRUE(std::holds_alternative<Json>(parsed));
  return std::get<Json>(parsed);
}

std::string body(std::string_view inner) { return "<html><body>" + std::string(inner) + "</body></html>"; }

// The body as HTML, without the shell around it.
std::string filled(std::string_view inner, std::string_view lang = "zh") {
  Problems problems;
  const auto t = Template::parse(body(inner), "form.xhtml", manifest(), problems);
  EXPECT_TRUE(problems.empty()) << render(problems, Lang::en);
  if (!problems.empty()) return {};
  const auto html = to_html(t.fill(facts(lang)), "", "test");
  const auto begin = html.find("<body>\n") + 7;
  return html.substr(begin, html.find("\n</body>") - begin);
}

std::string wrong(std::string_view xhtml, TemplateLimits limits = {}) {
  Problems problems;
  (void)Template::parse(xhtml, "form.xhtml", manifest(), problems, limits);
  return render(problems, Lang::en);
}

TEST(Template, FactsAreEscapedInTextAndAttributesAndNeverReadAgain) {
  EXPECT_EQ(filled("<p title=\"{{name}}\">{{name}}</p>"),
            "<p title=\"&lt;b&gt;&amp;&quot;{{n}}\">&lt;b&gt;&amp;\"{{n}}</p>");
}

TEST(Template, RepeatsAndConditionsWorkOnTheElementThatCarriesThem) {
  EXPECT_EQ(filled("<p repeat=\"items as item, i\" if=\"item.state != ok\" class=\"{{item.state.code}}\">"
                   "{{i}} {{item.title}}</p>"),
            "<p class=\"bad\">2 乙</p>");
  EXPECT_EQ(filled("<div repeat=\"items as item\"><span repeat=\"item.parts as part\">{{part}}</span>"
                   "<b if=\"not item.parts\">none</b>{{item.parts.count}}</div>"),
            "<div><span>x</span><span>y</span>2</div><div><b>none</b>0</div>");
  EXPECT_EQ(filled("<p if=\"why\">a</p><p if=\"not why\">b</p><p if=\"n\">c</p><p if=\"n = 7\">d</p><p "
                   "if=\"on\">e</p>"),
            "<p>b</p><p>c</p><p>d</p>");
}

TEST(Template, ValuesReadInTheLanguageOfTheFacts) {
  const auto inner =
      "<p>{{form.title}} {{label.who}} {{day}} {{day.month}} {{at}} {{at.clock}}</p>"
      "<p repeat=\"items as item\">{{item.state}} {{item.state.mark}}</p>";
  EXPECT_EQ(filled(inner), "<p>表单 姓名 2026年9月3日 9 2026-09-03 08:05 08:05</p><p>正常 ✓</p><p>坏 ×</p>");
  EXPECT_EQ(filled(inner, "en"),
            "<p>Form Name 2026-09-03 9 2026-09-03 08:05 08:05</p><p>OK ✓</p><p>Bad ×</p>");
}

TEST(Template, AnUndeclaredNameIsToldAtItsPlace) {
  EXPECT_EQ(wrong("<html><body>\n  <p>编号 {{nam}}</p>\n</body></html>"),
            "form.xhtml:2:9: the manifest declares no \"nam\" here; did you mean \"name\"?\n");
  const auto in_attribute =
      wrong("<html><body>\n<p id=\"x\"\n   class=\"a {{items.title}}\">x</p></body></html>");
  EXPECT_TRUE(in_attribute.starts_with("form.xhtml:3:13: ")) << in_attribute;
  EXPECT_NE(wrong(body("<p>{{items}}</p>")), "");
  EXPECT_NE(wrong(body("<p>{{item.title}}</p>")), "") << "the variable is only known inside of its repeat";
  EXPECT_NE(wrong(body("<p>{{label.nobody}}</p>")), "");
  EXPECT_NE(wrong(body("<p>{{name.length}}</p>")), "");
  EXPECT_NE(wrong(body("<p if=\"items.state = fine\">x</p>")), "");
  EXPECT_NE(wrong(body("<div repeat=\"items as item\"><p if=\"item.state = fine\">x</p></div>")), "");
  EXPECT_NE(wrong(body("<p>{{name</p>")), "");
}

TEST(Template, SeveralProblemsAreToldInOneGo) {
  const auto text = wrong("<html><body>\n<p>{{a1}}</p>\n<p>{{b1}}</p>\n<div onclick=\"x\"/>\n</body></html>");
  EXPECT_NE(text.find("form.xhtml:2:4:"), std::string::npos) << text;
  EXPECT_NE(text.find("form.xhtml:3:4:"), std::string::npos) << text;
  EXPECT_NE(text.find("form.xhtml:4:15: <div> takes no attribute \"onclick\""), std::string::npos) << text;
}

TEST(Template, RepeatsAreProven) {
  EXPECT_NE(wrong(body("<p repeat=\"items\">x</p>")), "");
  EXPECT_NE(wrong(body("<p repeat=\"name as x\">x</p>")), "");
  EXPECT_NE(wrong(body("<p repeat=\"items as name\">x</p>")), "") << "hides a fact";
  EXPECT_NE(wrong(body("<p repeat=\"items as label\">x</p>")), "");
  // One wrong list is one problem, not one for each use of its variable.
  const auto text = wrong(body("<p repeat=\"itms as item\">{{item.title}}{{item.state}}</p>"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
}

TEST(Template, WhatFormsMayNotHoldIsRefused) {
  EXPECT_NE(wrong("<!DOCTYPE html><html><body/></html>").find("DOCTYPE"), std::string::npos);
  EXPECT_NE(wrong("<!DOCTYPE x [<!ENTITY a \"b\">]><html><body>&a;</body></html>").find("DOCTYPE"),
            std::string::npos);
  EXPECT_NE(wrong("<html><body>&nbsp;</body></html>"), "");
  EXPECT_NE(wrong("<html><body><script>x</script></body></html>"), "");
  EXPECT_NE(wrong("<html><body><p><table/></p></body></html>"), "");
  EXPECT_NE(wrong("<html><body><table>words</table></body></html>"), "");
  EXPECT_NE(wrong("<html><body><p>").find("not well-formed"), std::string::npos);
  EXPECT_NE(wrong("<p>x</p>"), "");
  EXPECT_NE(wrong(""), "");
  EXPECT_NE(wrong("<?php x ?><html><body/></html>"), "");
  EXPECT_NE(wrong(body("<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>")), "");
  EXPECT_NE(wrong(body("<svg xmlns=\"http://www.w3.org/2000/svg\"><use href=\"file:///etc/passwd\"/></svg>")),
            "");
}

TEST(Template, SizesAreBounded) {
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<div>";
  EXPECT_NE(wrong("<html><body>" + deep), "");
  EXPECT_NE(wrong(body("<p>x</p><p>y</p>"), {.bytes = 1000, .depth = 10, .nodes = 3}), "");
  EXPECT_NE(wrong(body("<p>xxxxxxxxxxxxxxxxxxxxxxxxxxx</p>"), {.bytes = 20, .depth = 10, .nodes = 10}), "");
}

TEST(Template, DrawingsPassAsTheyAreWritten) {
  const std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"5\"><rect width='10' "
      "height='5'/></svg>";
  EXPECT_EQ(filled("<div>" + svg + "</div>"), "<div>" + svg + "</div>");
}

}  // namespace
}  // namespace xj::reports
