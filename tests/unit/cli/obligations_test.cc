// `obligations` from a contract file, with no collector and nothing installed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "cli/run.h"
#include "core/width.h"
#include "tests/fakes/places.h"

namespace xj::cli {
namespace {

const std::string kContracts = source_dir() + "/config/examples/contracts/";

class ObligationsOffline : public testing::Test {
 protected:
  int call(const std::vector<std::string>& words, Lang lang = Lang::en) {
    out_.str("");
    err_.str("");
    Context context(out_, err_, clock_);
    context.lang = lang;
    context.width = width_;
    context.connect = [](const std::string&, const io::TlsIdentity&) -> std::unique_ptr<io::HttpClient> {
      throw std::logic_error("an offline command asked the collector");
    };
    return run(words, context);
  }
  Json json() const {
    auto parsed = parse_json(out_.str());
    return std::holds_alternative<Json>(parsed) ? std::get<Json>(parsed) : Json{};
  }
  std::vector<std::string> due(const std::vector<std::string>& words) {
    auto all = words;
    all.insert(all.begin(), "obligations");
    all.insert(all.end(), "--json");
    EXPECT_EQ(call(all), 0) << err_.str();
    std::vector<std::string> out;
    const auto answer = json();
    for (const auto& one : answer["obligations"].items())
      out.push_back(one["name"].string_or("") + ' ' + one["due"].string_or("-"));
    return out;
  }

  ManualClock clock_{parse_iso("2026-11-27T10:00:00+08:00").value()};
  std::ostringstream out_, err_;
  int width_ = 0;
};

TEST_F(ObligationsOffline, FromTheFileAloneForTheTimeAskedFor) {
  const auto oa = kContracts + "office-oa";
  // From now on, a week.
  const auto week = due({"--contract", oa});
  ASSERT_EQ(week.size(), 3 * 7 + 2u);
  EXPECT_EQ(week.front(), "daily-inspection 2026-11-28T00:00:00+08:00");
  EXPECT_EQ(due({"--contract", oa, "--due", "1d"}).size(), 3u);
  // Days are whole: what ends with the 30th is due on it.
  EXPECT_EQ(due({"--contract", oa, "--from", "2026-11-30", "--to", "2026-11-30"}),
            (std::vector<std::string>{
                "daily-inspection 2026-12-01T00:00:00+08:00", "daily-log 2026-12-01T00:00:00+08:00",
                "daily-modules 2026-12-01T00:00:00+08:00", "monthly-report 2026-12-01T00:00:00+08:00",
                "database-report 2026-12-01T00:00:00+08:00"}));
  EXPECT_EQ(due({"--contract", oa, "--from", "2026-11-30T23:00:00+08:00", "--due", "2h"}).size(), 5u);
  EXPECT_EQ(json()["obligations"].at(3)["by"].string_or(""), "project-manager");
  EXPECT_EQ(json()["obligations"].at(3)["period"].string_or(""), "2026-11");
  EXPECT_TRUE(json()["warnings"].is_null());
  EXPECT_EQ(call({"obligations", "--contract", oa, "--from", "2028-01-01"}), 0);
  EXPECT_EQ(out_.str(), "Nothing falls due in this time.\n");
}

TEST_F(ObligationsOffline, DaysBeyondTheHolidayDataAreWarnedOf) {
  EXPECT_EQ(due({"--contract", kContracts + "office-oa", "--from", "2027-01-02", "--to", "2027-02-01"}),
            (std::vector<std::string>{"first-result 2027-01-15T00:00:00+08:00"}));
  EXPECT_EQ(json()["warnings"].at(0)["id"].string_or(""), "calendar.leaves_cover");
  EXPECT_EQ(call({"obligations", "--contract", kContracts + "office-oa", "--from", "2027-01-02"}), 0);
  EXPECT_TRUE(err_.str().empty());
  EXPECT_EQ(call({"obligations", "--contract", kContracts + "office-oa", "--from", "2027-01-14"}), 0);
  EXPECT_NE(err_.str().find("2026-12-31"), std::string::npos);
}

TEST_F(ObligationsOffline, WhatIsWrongIsSaid) {
  const auto refusal = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "obligations");
    EXPECT_EQ(call(words), kUsage) << out_.str();
    return err_.str();
  };
  const auto oa = kContracts + "office-oa";
  EXPECT_NE(refusal({"--contract", "/nowhere/contract.yaml"}), "");
  EXPECT_NE(refusal({"--contract", oa, "--due", "soon"}).find("--due"), std::string::npos);
  EXPECT_NE(refusal({"--contract", oa, "--from", "yesterday"}).find("--from"), std::string::npos);
  EXPECT_NE(refusal({"--contract", oa, "--from", "2026-02-02", "--to", "2026-01-01"}).find("--to"),
            std::string::npos);
  EXPECT_NE(refusal({"--contract", oa, "--from", "2026-02-30"}).find("--from"), std::string::npos);
}

TEST_F(ObligationsOffline, ReadsInEightyColumnsInBothLanguages) {
  width_ = 80;
  for (const auto lang : {Lang::zh, Lang::en}) {
    std::string all;
    for (const auto* contract :
         {"office-oa", "civil-affairs", "zone-oa", "public-service", "investment-oa"}) {
      ASSERT_EQ(
          call({"obligations", "--contract", kContracts + contract, "--from", "2026-12-28", "--due", "5d"},
               lang),
          0)
          << err_.str();
      all +=
          std::string("$ xunjian obligations --contract ") + contract + '\n' + out_.str() + err_.str() + '\n';
      std::istringstream lines(out_.str());
      for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(display_width(line), 80) << line;
        EXPECT_FALSE(line.ends_with(' ')) << line;
      }
    }
    const auto path =
        source_dir() + "/tests/golden/cli/obligations." + (lang == Lang::zh ? "zh.txt" : "en.txt");
    if (std::getenv("XJ_UPDATE_GOLDEN") != nullptr) {
      std::ofstream(path) << all;
      continue;
    }
    std::ifstream in(path);
    std::stringstream kept;
    kept << in.rdbuf();
    EXPECT_EQ(kept.str(), all) << path << " differs; look at it, then run with XJ_UPDATE_GOLDEN=1";
  }
}

}  // namespace
}  // namespace xj::cli
