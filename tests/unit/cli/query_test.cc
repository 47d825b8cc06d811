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
  static std::string url_of(std::string text) {
    for (const auto& [sign, code] : {std::pair{"/", "%2F"}, std::pair{"*", "%2A"}})
      for (auto at = text.find(sign); at != std::string::npos; at = text.find(sign))
        text.replace(at, 1, code);
    return text;
  }
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
            "percentiles of days whose results are no longer kept are from hourly sketches:\n"
            "within 1 % of the value\n");
}

constexpr auto kNotKept = R"("not_kept":{"days":9,"first":"2026-11-08","last":"2026-11-16"})";

TEST_F(QueryCommand, SaysWhichDaysAreNotKept) {
  width_ = 80;
  answer("GET /api/v1/query?what=cpu&view=completeness",
         R"({"view":"completeness",)" + std::string(kNotKept) +
             R"(,"lines":[{"host":"a","completeness":1.0,"expected":60,"received":60,"silences":0}]})");
  EXPECT_EQ(call({"query", "cpu", "--completeness"}), 0) << err_.str();
  EXPECT_EQ(out_.str(),
            "LINE  COMPLETE  EXPECTED  RECEIVED  SILENCES\n"
            "a      100.00%        60        60         0\n"
            "results of 9 days of this time are not kept (2026-11-08 – 2026-11-16, UTC):\n"
            "nothing is counted of it, no silence either\n");
  EXPECT_EQ(call({"query", "cpu", "--completeness"}, Lang::zh), 0);
  EXPECT_NE(out_.str().find("此时间段内有 9 天（2026-11-08 – 2026-11-16，UTC）的结果未保留"),
            std::string::npos)
      << out_.str();
  EXPECT_EQ(call({"query", "cpu", "--completeness", "--csv"}), 0);
  EXPECT_EQ(out_.str().find("not kept"), std::string::npos) << "rows alone";
  EXPECT_NE(err_.str().find("not kept"), std::string::npos) << err_.str();
  const auto metric = [&](const char* over) {
    answer(
        "GET /api/v1/query?what=cpu.used_percent",
        R"({"view":"metric","over":")" + std::string(over) + R"(",)" + kNotKept +
            R"(,"from":"2026-11-20T06:00:00+08:00","step_ms":1800000,"lines":[{"host":"a","values":[null]}]})");
    return shown({});
  };
  EXPECT_NE(metric("avg").find("steps of whole hours"), std::string::npos);
  EXPECT_NE(metric("rate").find("there is no rate"), std::string::npos) << out_.str();
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

TEST_F(QueryCommand, ACurveWhoseEndsReadTheSameIsFlat) {
  answer(
      "GET /api/v1/query?what=cpu.used_percent",
      R"({"view":"metric","from":"2026-11-20T06:00:00+08:00","to":"2026-11-20T08:00:00+08:00","step_ms":3600000,
         "points":2,"lines":[{"host":"web-02","values":[21.7100001,21.7100004]}]})");
  EXPECT_EQ(shown({"--sparkline"}),
            "LINE    CURVE   LAST\n"
            "web-02  ▁▁     21.71\n"
            "from 21.71 to 21.71; 11-20 06:00:00 to 11-20 08:00:00\n");
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

// Of 100 % that is of what was known alone nobody may think that it is of all of the time.
TEST_F(QueryCommand, WhatWasSilentStaysOnANarrowTerminalAndWhatIsLeftOutIsNamed) {
  const std::string ms =
      R"("ok_ms":950399000,"warning_ms":3599000,"critical_ms":86399000,"unknown_ms":86399000,"silent_ms":864000000,"maintenance_ms":7199000)";
  answer("GET /api/v1/query?what=cpu&view=availability",
         R"({"view":"availability","from":"2026-11-20T06:00:00+08:00","lines":[)"
         R"({"host":"a-host-of-some-length-01",)" +
             ms + R"(},{"host":"a-host-of-some-length-02",)" + ms + "}]}");
  for (width_ = 60; width_ <= 160; width_ += 20)
    for (const auto lang : {Lang::en, Lang::zh}) {
      EXPECT_EQ(call({"query", "cpu", "--availability"}, lang), 0) << err_.str();
      const auto text = out_.str();
      EXPECT_NE(text.find("10d"), std::string::npos) << text;
      for (const auto* id : {"ok", "warning", "critical", "unknown", "silent", "maintenance"})
        EXPECT_NE(text.find(xj::text("query.col." + std::string(id), lang)), std::string::npos) << id << '\n'
                                                                                                << text;
      std::istringstream lines(text);
      for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width_) << text;
    }
  width_ = 80;
  EXPECT_EQ(call({"query", "cpu", "--availability"}), 0);
  EXPECT_NE(out_.str().find("no room here for "), std::string::npos) << out_.str();
  width_ = 160;
  EXPECT_EQ(call({"query", "cpu", "--availability"}), 0);
  EXPECT_EQ(out_.str().find("no room here for "), std::string::npos) << out_.str();
}

TEST_F(QueryCommand, TheLongestSilenceIsNamedWhereItStandsBelow) {
  width_ = 80;
  answer(
      "GET /api/v1/query?what=cpu&view=completeness",
      R"({"view":"completeness","lines":[{"host":"a-host-with-a-name-that-is-long-enough","expected":240,"received":216,"silences":3,
         "longest":[{"from":"2026-11-20T07:00:00+08:00","until":"2026-11-20T07:20:00+08:00"}]}]})");
  EXPECT_EQ(call({"query", "cpu", "--completeness"}), 0) << err_.str();
  EXPECT_NE(out_.str().find("\n    LONGEST SILENCE  11-20 07:00:00 +20m\n"), std::string::npos) << out_.str();
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

TEST_F(QueryCommand, WhatTheCollectorRefusesIsSaidOfOptionsAndIsUsage) {
  const auto refusal = [&](const std::string& message) {
    answer("GET /api/v1/query?what=cpu.x&top=0", R"({"error":{"code":"query","message":)" + message + "}}",
           400);
    EXPECT_EQ(call({"query", "cpu.x", "--top", "0"}), 2);
    return err_.str();
  };
  EXPECT_EQ(refusal(R"({"id":"query.bad_word","args":{"name":"top","given":"0","accepts":"1-5000"}})"),
            "xunjian: --top: “0” does not go there; it accepts: 1-5000\n");
  EXPECT_EQ(
      refusal(R"({"id":"query.bad_word","args":{"name":"what","given":"cpu","accepts":"CHECK.METRIC"}})"),
      "xunjian: WHAT: “cpu” does not go there; it accepts: CHECK.METRIC\n");
  EXPECT_EQ(refusal(R"({"id":"query.only_metrics","args":{"name":"over","with":"view=availability"}})"),
            "xunjian: --over is for metrics, not with --availability\n");
  EXPECT_EQ(call({"query", "cpu.x", "--top", "0", "--json"}), 2);
  EXPECT_EQ(json_of(out_.str())["error"]["message"]["args"]["name"].string_or(""), "over") << "the API's own";
  answer("GET /api/v1/query?what=cpu.x&top=0", R"({"error":{"code":"internal","message":{"text":"x"}}})",
         500);
  EXPECT_EQ(call({"query", "cpu.x", "--top", "0"}), 1) << "no usage of ours";
}

constexpr auto kChecks = R"({"checks":[
  {"host":"web-01","check":"gov/oa/cpu","metrics":{"used_percent":1.0,"steal_percent":0.0},"items":[]},
  {"host":"db-01","check":"gov/oa/disk","metrics":{},"items":[{"key":"/","metrics":{"used_percent":1.0}}]},
  {"host":"db-01","check":"gov/oa/load","state":"missing"}]})";

TEST_F(QueryCommand, WhatFoundNothingSaysWhichPartOfItMatchesNothing) {
  answer("GET /api/v1/checks", kChecks);
  const auto why = [&](const std::string& what, const std::string& parts,
                       const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"query", what};
    words.insert(words.end(), more.begin(), more.end());
    std::string target = "GET /api/v1/query?what=" + url_of(what);
    if (!more.empty()) target += '&' + more[0].substr(2) + '=' + url_of(more[1]);
    answer(target, R"({"view":"metric",)" + parts + R"(,"lines":[]})");
    EXPECT_EQ(call(words), 0) << err_.str();
    return out_.str();
  };
  const auto parts = [](const std::string& check, const std::string& metric, const std::string& host = "*",
                        const std::string& item = "*") {
    return R"("check":")" + check + R"(","metric":")" + metric + R"(","host":")" + host + R"(","item":")" +
           item + '"';
  };
  EXPECT_EQ(why("oa/cpu.used_percent", parts("oa/cpu", "used_percent")),
            "no check that is known now fits “oa/cpu”: cpu stands for CONTRACT/SYSTEM/cpu, a name with a "
            "slash is a whole one; "
            "there\nare: gov/oa/cpu, gov/oa/disk, gov/oa/load\n");
  EXPECT_EQ(why("cpu.used_percent", parts("cpu", "used_percent", "db*"), {"--host", "db*"}),
            "no host that is known now and fits “db*” runs cpu; these do: web-01\n");
  EXPECT_EQ(why("cpu.used", parts("cpu", "used")),
            "the newest results have no metric “used”; they have: steal_percent, used_percent\n");
  EXPECT_EQ(why("disk.used_percent", parts("disk", "used_percent", "*", "/x"), {"--item", "/x"}),
            "the newest results have no item that fits “/x”; they have: /\n");
  EXPECT_EQ(why("cpu.used_percent", parts("cpu", "used_percent", "*", "/x"), {"--item", "/x"}),
            "the newest results have no items, so none fits “/x”\n");
  EXPECT_EQ(why("cpu.used_percent", parts("cpu", "used_percent")),
            "nothing of cpu.used_percent came in that time\n");
  EXPECT_EQ(why("load.load1", parts("load", "load1")), "nothing of load.load1 came in that time\n")
      << "nobody knows its metrics";
}

TEST_F(QueryCommand, AStateIsOfACheckNotOfItsMetric) {
  answer("GET /api/v1/checks", kChecks);
  answer("GET /api/v1/query?what=cpu.used_percent&view=availability",
         R"({"view":"availability","check":"cpu.used_percent","host":"*","item":"","lines":[]})");
  for (const auto* form : {"--csv", "--json", "--no-color"})
    EXPECT_EQ(call({"query", "cpu.used_percent", "--availability", form}), 2) << form;
  EXPECT_EQ(err_.str(), "xunjian: cpu.used_percent: --availability takes CHECK alone: cpu\n");
}

}  // namespace
}  // namespace xj::cli
