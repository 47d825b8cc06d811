#include <sstream>

#include "core/width.h"
#include "tests/unit/cli/commands.h"

namespace xj::cli {
namespace {

// Four hours of two hosts; the second has a gap.
constexpr auto kHosts =
    R"({"view":"metric","from":"2026-11-20T06:00:00+08:00","to":"2026-11-20T10:00:00+08:00",
  "step_ms":3600000,"points":4,"lines":[
  {"contract":"gov","system":"oa","check":"gov/oa/cpu","host":"web-01","series":1,"mean":25.0,"values":[10.0,20.0,30.0,40.0]},
  {"contract":"gov","system":"oa","check":"gov/oa/cpu","host":"web-02","series":1,"mean":50.5,"values":[80.0,null,null,21.0]}]})";
constexpr auto kStates =
    R"({"view":"availability","from":"2026-11-20T06:00:00+08:00","to":"2026-11-20T10:00:00+08:00",
  "step_ms":7200000,"points":2,"lines":[
  {"check":"gov/oa/cpu","host":"web-01","series":1,"availability":0.9999,"ok_ms":14399000,"warning_ms":0,"critical_ms":1000,
   "unknown_ms":0,"silent_ms":0,"maintenance_ms":0,"points":[
   {"availability":null,"ok_ms":0,"warning_ms":0,"critical_ms":0,"unknown_ms":0,"silent_ms":7200000,"maintenance_ms":0},
   {"availability":0.5,"ok_ms":3000000,"warning_ms":600000,"critical_ms":3600000,"unknown_ms":0,"silent_ms":0,"maintenance_ms":0}]}]})";

class QueryCommand : public Commands {
 protected:
  std::string shown(const std::vector<std::string>& more, Lang lang = Lang::en) {
    std::vector<std::string> words{"query", "cpu.used_percent"};
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(call(words, lang), 0) << err_.str();
    return out_.str();
  }
};

TEST_F(QueryCommand, ALineAHostWithWhatItCameTo) {
  answer("GET /api/v1/query?what=cpu.used_percent&host=web%2A&from=4h&step=1h&over=avg&by=host&top=5",
         kHosts);
  width_ = 80;
  EXPECT_EQ(shown({"--host", "web*", "--from", "4h", "--step", "1h", "--over", "avg", "--by", "host", "--top",
                   "5"}),
            "LINE    MEAN  LEAST  GREATEST  LAST  POINTS\n"
            "web-01    25     10        40    40     4/4\n"
            "web-02  50.5     21        80    21     2/4\n");
}

TEST_F(QueryCommand, OneLineIsShownPointByPoint) {
  answer(
      "GET /api/v1/query?what=cpu.used_percent&host=web-02",
      R"({"view":"metric","from":"2026-11-20T06:00:00+08:00","to":"2026-11-20T08:30:00+08:00","step_ms":3600000,
         "points":3,"lines":[{"host":"web-02","mean":1.0,"values":[1234567.0,null,0.0123]}]})");
  EXPECT_EQ(shown({"--host", "web-02"}),
            "FROM              VALUE\n"
            "11-20 06:00:00  1234567\n"
            "11-20 07:00:00        -\n"
            "11-20 08:00:00   0.0123\n");
}

TEST_F(QueryCommand, SaysWhichFiguresAreEstimates) {
  answer(
      "GET /api/v1/query?what=cpu.used_percent&over=p95",
      R"({"view":"metric","from":"2026-11-20T06:00:00+08:00","to":"2026-11-20T07:00:00+08:00","step_ms":3600000,
         "points":1,"estimated":true,"lines":[{"host":"web-02","mean":97.0,"estimated":true,"values":[97.0]}]})");
  width_ = 80;
  EXPECT_EQ(shown({"--over", "p95"}),
            "FROM            VALUE\n"
            "11-20 06:00:00     97\n"
            "percentiles of days whose results are gone by age are from hourly sketches:\n"
            "within 1 % of the value\n");
}

TEST_F(QueryCommand, CurvesAreOnOneScaleAndGapsStayGaps) {
  answer("GET /api/v1/query?what=cpu.used_percent", kHosts);
  EXPECT_EQ(shown({"--sparkline"}),
            "LINE    CURVE  LAST\n"
            "web-01  ▁▂▃▄     40\n"
            "web-02  █  ▂     21\n"
            "from 10 to 80; 11-20 06:00:00 to 11-20 10:00:00\n");
  unicode_ = false;
  EXPECT_EQ(shown({"--sparkline"}),
            "LINE    CURVE  LAST\n"
            "web-01  _.-:     40\n"
            "web-02  #  .     21\n"
            "from 10 to 80; 11-20 06:00:00 to 11-20 10:00:00\n");
}

TEST_F(QueryCommand, ManyPointsShareAColumnOfTheCurve) {
  std::string values;
  for (int i = 0; i < 720; ++i) values += (i > 0 ? "," : "") + std::string(i < 360 ? "0.0" : "7.0");
  answer(
      "GET /api/v1/query?what=cpu.used_percent",
      R"({"view":"metric","from":"2026-10-21T10:00:00+08:00","to":"2026-11-20T10:00:00+08:00","step_ms":3600000,
         "points":720,"lines":[{"host":"web-02","values":[)" +
          values + "]}]}");
  width_ = 80;
  const auto text = shown({"--sparkline"});
  const auto line = text.substr(text.find('\n') + 1);
  EXPECT_TRUE(line.starts_with("web-02  ▁▁▁")) << text;
  EXPECT_LE(std::count(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(line.find('\n')), '\x96'),
            80 - 6 - 4 - 4)
      << text;
  EXPECT_NE(line.find("▁███"), std::string::npos) << text;
}

TEST_F(QueryCommand, AvailabilityIsNotRoundedUp) {
  answer("GET /api/v1/query?what=cpu&view=availability&step=2h", kStates);
  EXPECT_EQ(call({"query", "cpu", "--availability", "--step", "2h"}), 0) << err_.str();
  EXPECT_EQ(out_.str(),
            "LINE              AVAILABLE        OK  WARNING  CRITICAL  SILENT\n"
            "web-01               99.99%  3h59m59s                 1s\n"
            "  11-20 06:00:00          -                                   2h\n"
            "  11-20 08:00:00     50.00%       50m      10m        1h\n");
}

TEST_F(QueryCommand, CompletenessNamesTheLongestSilence) {
  answer(
      "GET /api/v1/query?what=cpu&view=completeness&host=web-01",
      R"({"view":"completeness","from":"2026-11-20T06:00:00+08:00","to":"2026-11-20T10:00:00+08:00","step_ms":14400000,
         "lines":[{"host":"web-01","completeness":0.9,"expected":240,"received":216,"silences":3,"silent_ms":1440000,
         "longest":[{"from":"2026-11-20T07:00:00+08:00","until":"2026-11-20T07:20:00+08:00"}]}]})");
  EXPECT_EQ(call({"query", "cpu", "--completeness", "--host", "web-01"}, Lang::zh), 0) << err_.str();
  EXPECT_EQ(out_.str(),
            "对象    完整率  应收  实收  中断次数  最长中断\n"
            "web-01  90.00%   240   216         3  11-20 07:00:00 +20m\n");
}

// 57/200 as a double is a little less than 0.285.
TEST_F(QueryCommand, PercentagesAreCutFromWholeNumbers) {
  const auto complete = [&](std::int64_t received, std::int64_t expected) {
    answer("GET /api/v1/query?what=cpu&view=completeness",
           R"({"view":"completeness","lines":[{"host":"a","completeness":0.5,"expected":)" +
               std::to_string(expected) + R"(,"received":)" + std::to_string(received) +
               R"(,"silences":0}]})");
    EXPECT_EQ(call({"query", "cpu", "--completeness"}), 0) << err_.str();
    const auto line = out_.str().substr(out_.str().find('\n') + 1);
    const auto end = line.find('%');
    return line.substr(line.rfind(' ', end) + 1, end - line.rfind(' ', end));
  };
  EXPECT_EQ(complete(57, 200), "28.50%");
  EXPECT_EQ(complete(29, 100), "29.00%");
  EXPECT_EQ(complete(99'999, 100'000), "99.99%");
  EXPECT_EQ(complete(8, 8), "100.00%");
  EXPECT_EQ(complete(1, 3'000), "0.03%");
  EXPECT_EQ(complete(2'999'999'999'999'999'999, 3'000'000'000'000'000'000), "99.99%");
}

// No line is wider than the terminal, whatever names and figures there are.
TEST_F(QueryCommand, TablesAndCurvesFitTheTerminal) {
  for (const auto* name : {"web-01", "数据库服务器甲", "a-host-with-a-name-that-takes-more-than-half-of-it"})
    for (const auto* value : {"1.0", "123456789012345.0", "1e100", "-1e300"}) {
      std::string values;
      for (int i = 0; i < 300; ++i) values += std::string(i > 0 ? "," : "") + value;
      const auto line =
          R"({"host":")" + std::string(name) + R"(","mean":)" + value + R"(,"values":[)" + values + "]}";
      answer(
          "GET /api/v1/query?what=cpu.used_percent",
          R"({"view":"metric","from":"2026-10-21T10:00:00+08:00","to":"2026-11-20T10:00:00+08:00","step_ms":3600000,
         "points":300,"lines":[)" +
              line + R"(,{"host":"b","mean":2.0,"values":[2.0]}]})");
      for (width_ = 60; width_ <= 80; width_ += 20)
        for (const bool curves : {false, true})
          for (const auto lang : {Lang::en, Lang::zh}) {
            std::istringstream shown_lines(
                shown(curves ? std::vector<std::string>{"--sparkline"} : std::vector<std::string>{}, lang));
            for (std::string text; std::getline(shown_lines, text);)
              EXPECT_LE(display_width(text), width_) << text;
          }
    }
}

TEST_F(QueryCommand, AVeryLargeFigureIsShort) {
  answer(
      "GET /api/v1/query?what=cpu.used_percent",
      R"({"view":"metric","from":"2026-11-20T06:00:00+08:00","to":"2026-11-20T08:00:00+08:00","step_ms":3600000,
         "points":2,"lines":[{"host":"web-02","mean":1.0,"values":[1e100,123456789012345.0]}]})");
  EXPECT_EQ(shown({}),
            "FROM                      VALUE\n"
            "11-20 06:00:00           1e+100\n"
            "11-20 07:00:00  123456789012345\n");
}

TEST_F(QueryCommand, ALineAloneIsNamedByWhatItIsAbout) {
  const auto named = [&](const std::string& labels) {
    answer("GET /api/v1/query?what=cpu&view=completeness",
           R"({"view":"completeness","lines":[{)" + labels +
               R"("completeness":null,"expected":0,"received":0,"silences":0}]})");
    EXPECT_EQ(call({"query", "cpu", "--completeness"}), 0) << err_.str();
    const auto line = out_.str().substr(out_.str().find('\n') + 1);
    return line.substr(0, line.find("  "));
  };
  EXPECT_EQ(named(R"("contract":"gov","system":"oa",)"), "oa");
  EXPECT_EQ(named(R"("contract":"gov","system":"oa","check":"gov/oa/cpu","host":"web-01",)"), "web-01");
  EXPECT_EQ(named(""), "all together");
}

TEST_F(QueryCommand, CsvHasARowAPointAndQuotesWhatNeedsIt) {
  answer(
      "GET /api/v1/query?what=cpu.used_percent",
      R"({"view":"metric","from":"2026-11-20T06:00:00+08:00","to":"2026-11-20T08:00:00+08:00","step_ms":3600000,
         "points":2,"lines":[{"contract":"gov","system":"oa","check":"gov/oa/disk","host":"web-01","item":"/a,\"b\"",
         "values":[10.5,null]}]})");
  EXPECT_EQ(shown({"--csv"}),
            "contract,system,check,host,item,from,value\r\n"
            "gov,oa,gov/oa/disk,web-01,\"/a,\"\"b\"\"\",2026-11-20T06:00:00+08:00,10.5\r\n"
            "gov,oa,gov/oa/disk,web-01,\"/a,\"\"b\"\"\",2026-11-20T07:00:00+08:00,\r\n");
  answer("GET /api/v1/query?what=cpu&view=availability", kStates);
  EXPECT_EQ(call({"query", "cpu", "--availability", "--csv"}), 0);
  EXPECT_NE(
      out_.str().find(",,gov/oa/cpu,web-01,,2026-11-20T08:00:00+08:00,0.5,3000000,600000,3600000,0,0,0\r\n"),
      std::string::npos)
      << out_.str();
}

TEST_F(QueryCommand, WhatDoesNotGoTogetherIsRefusedBeforeItIsAsked) {
  EXPECT_EQ(call({"query", "cpu", "--availability", "--completeness"}), 2);
  EXPECT_EQ(call({"query", "cpu.x", "--csv", "--sparkline"}), 2);
  EXPECT_EQ(call({"query", "cpu", "--availability", "--sparkline"}), 2);
  EXPECT_TRUE(answers_.asked.empty());
  answer("GET /api/v1/query?what=cpu.none", R"({"view":"metric","lines":[]})");
  EXPECT_EQ(call({"query", "cpu.none"}), 0);
  EXPECT_NE(out_.str().find("nothing was found for cpu.none"), std::string::npos);
}

}  // namespace
}  // namespace xj::cli
