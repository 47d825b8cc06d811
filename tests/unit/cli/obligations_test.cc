// `obligations` from a contract file, with no collector and nothing installed.
#include <cstdlib>

#include "core/width.h"
#include "tests/fakes/places.h"
#include "tests/unit/cli/commands.h"

namespace xj::cli {
namespace {

const std::string kContracts = source_dir() + "/config/examples/contracts/";

class ObligationsOffline : public OfflineCommands {
 protected:
  ObligationsOffline() : OfflineCommands("2026-11-27T10:00:00+08:00") {}
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
  const auto refused = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "obligations");
    return refusal(words);
  };
  const auto oa = kContracts + "office-oa";
  EXPECT_NE(refused({"--contract", "/nowhere/contract.yaml"}), "");
  EXPECT_NE(refused({"--contract", oa, "--due", "soon"}).find("--due"), std::string::npos);
  EXPECT_NE(refused({"--contract", oa, "--from", "yesterday"}).find("--from"), std::string::npos);
  EXPECT_NE(refused({"--contract", oa, "--from", "2026-02-02", "--to", "2026-01-01"}).find("--to"),
            std::string::npos);
  EXPECT_NE(refused({"--contract", oa, "--from", "2026-02-30"}).find("--from"), std::string::npos);
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

// Against a collector that is a table of answers.
class ObligationsAsked : public testing::Test {
 protected:
  struct Client final : io::HttpClient {
    explicit Client(ObligationsAsked& t) : test(t) {}
    io::HttpResult send(const io::HttpRequest& request, Duration) override {
      test.asked_.push_back(request.method + ' ' + request.target +
                            (request.body.empty() ? "" : ' ' + request.body));
      if (request.target == "/api/v1/status")
        return io::HttpResponse{200, {}, R"({"contracts":[{"id":"oa"}]})"};
      return io::HttpResponse{test.status_, {}, test.answer_};
    }
    void close() override {}
    ObligationsAsked& test;
  };
  int call(const std::vector<std::string>& words, Lang lang = Lang::en) {
    out_.str("");
    err_.str("");
    asked_.clear();
    Context context(out_, err_, clock_);
    context.lang = lang;
    context.width = 80;
    context.connect = [this](const std::string&, const io::TlsIdentity&) {
      return std::make_unique<Client>(*this);
    };
    return run(words, context);
  }
  ManualClock clock_{parse_iso("2026-11-27T10:00:00+08:00").value()};
  std::ostringstream out_, err_;
  std::vector<std::string> asked_;
  std::string answer_;
  int status_ = 200;
};

TEST_F(ObligationsAsked, TheListAndItsStates) {
  answer_ = R"({"obligations":[
    {"contract":"oa","name":"daily-log","title":{"zh":"每日日志检查","en":"Daily log"},"period":"2026-11-26",
     "due":"2026-11-27T00:00:00+08:00","times":1,"state":"missed","proofs":[],"by_title":{"zh":"巡检人","en":"Inspector"}},
    {"contract":"oa","name":"queries","title":{"zh":"数据查询","en":"Queries"},"period":"2026-11",
     "due":"2026-12-01T00:00:00+08:00","times":4,"state":"due","proofs":[{"at":"2026-11-03T09:00:00+08:00","evidence":"q1"}]},
    {"contract":"oa","name":"review","title":{"zh":"整改","en":"Review"},"period":"2026-11-02T09:00","due":null,
     "times":1,"state":"due","proofs":[]}],
    "counts":[{"name":"queries","title":{"zh":"数据查询","en":"Queries"},"from":"2026-01-01T00:00:00+08:00",
     "to":"2027-01-01T00:00:00+08:00","least":48,"owed":48,"done":41}]})";
  ASSERT_EQ(call({"obligations"}), 0) << err_.str();
  EXPECT_EQ(asked_,
            std::vector<std::string>{"GET /api/v1/obligations?to=2026-12-04T02%3A00%3A00Z&open=true"});
  EXPECT_EQ(out_.str(),
            "due     left  state   name       period            what         by\n"
            "2026-11-26\n"
            "24:00   -10h  missed  daily-log  2026-11-26        Daily log    Inspector\n"
            "2026-11-30\n"
            "24:00  3d14h  due     queries    2026-11           Queries 1/4\n"
            "without a due time\n"
            "-             due     review     2026-11-02T09:00  Review\n");
  ASSERT_EQ(call({"obligations", "--counts"}, Lang::zh), 0);
  EXPECT_NE(out_.str().find("queries  2026-01-01    48    41  数据查询"), std::string::npos) << out_.str();
  ASSERT_EQ(call({"obligations", "--contract", "oa", "--all", "--due", "1d"}), 0);
  EXPECT_EQ(asked_,
            std::vector<std::string>{"GET /api/v1/obligations?contract=oa&to=2026-11-28T02%3A00%3A00Z"});
  ASSERT_EQ(call({"obligations", "--from", "2026-10-01", "--to", "2026-10-31"}), 0);
  EXPECT_EQ(asked_, std::vector<std::string>{"GET /api/v1/obligations?from=2026-10-01&to=2026-10-31"});
  EXPECT_EQ(call({"obligations", "--contract", kContracts + "office-oa", "--counts"}), kUsage);
}

TEST_F(ObligationsAsked, WhatIsPutOnRecord) {
  status_ = 201;
  answer_ = R"({"record":{"n":7,"period":"2026-11","about":"queries","at":"2026-11-27T09:30:00+08:00"},
    "obligation":{"title":{"zh":"数据查询","en":"Queries"},"state":"due","times":4,"proofs":[{},{}]}})";
  ASSERT_EQ(call({"obligations", "done", "queries", "--period", "2026-11", "--evidence", "q2", "--as", "li",
                  "--at", "09:30"}),
            0)
      << err_.str();
  EXPECT_EQ(asked_.at(1),
            R"(POST /api/v1/obligations/oa/records )"
            R"({"name":"queries","text":"q2","verb":"done","at":"09:30","as":"li","period":"2026-11"})");
  EXPECT_EQ(out_.str(), "record 7: Queries 2026-11: 2 of 4 done\n");
  ASSERT_EQ(call({"obligations", "happened", "oa/release", "--note", "2.1"}), 0) << err_.str();
  EXPECT_EQ(asked_.at(0),
            R"(POST /api/v1/obligations/oa/records {"name":"release","text":"2.1","verb":"happened"})");
  EXPECT_EQ(out_.str(), "record 7: release at 2026-11-27 09:30\n");
  ASSERT_EQ(call({"obligations", "withdraw", "7", "--why", "wrong"}), 0) << err_.str();
  EXPECT_EQ(out_.str(), "record 7 (queries) does not hold any more\n");

  for (const auto& words :
       std::vector<std::vector<std::string>>{{"obligations", "done", "queries"},
                                             {"obligations", "done"},
                                             {"obligations", "withdraw", "x", "--why", "y"},
                                             {"obligations", "withdraw", "7"},
                                             {"obligations", "dnoe", "x"}}) {
    EXPECT_EQ(call(words), kUsage);
    EXPECT_FALSE(err_.str().empty());
  }
}

TEST_F(ObligationsAsked, TheRecords) {
  answer_ = R"({"records":[
    {"n":1,"kind":"done","about":"daily-log","period":"2026-11-26","at":"2026-11-26T17:00:00+08:00","actor":"person:li","actor_name":"李工","text":"log.pdf","why":""},
    {"n":2,"kind":"withdrawn","of":1,"about":"daily-log","period":"2026-11-26","at":"2026-11-26T18:00:00+08:00","actor":"person:li","text":"","why":"another day"}]})";
  ASSERT_EQ(call({"obligations", "records"}), 0) << err_.str();
  EXPECT_EQ(asked_.at(1), "GET /api/v1/obligations/oa/records");
  EXPECT_NE(out_.str().find("withdraws 1"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("李工"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("another day"), std::string::npos);
  answer_ = R"({"records":[]})";
  ASSERT_EQ(call({"obligations", "records", "oa"}, Lang::zh), 0);
  EXPECT_EQ(out_.str(), "没有登记记录。\n");
}

}  // namespace
}  // namespace xj::cli
