// `calendar` and `sla due`, with no collector and nothing installed.
#include <sys/stat.h>

#include <cstdlib>

#include "core/width.h"
#include "tests/fakes/places.h"
#include "tests/unit/cli/commands.h"

namespace xj::cli {
namespace {

namespace fs = std::filesystem;

class CalendarCommands : public OfflineCommands {
 protected:
  CalendarCommands() : OfflineCommands("2026-11-21T10:00:00+08:00") {}
  std::string due(const std::string& calendar, const std::string& from, const std::string& add) {
    if (call({"calendar", "due", "--calendar", calendar, "--from", from, "--add", add, "--json"}) != 0)
      return err_.str() + out_.str();
    return json()["due"].string_or("");
  }
};

TEST_F(CalendarCommands, DueIsTheEarliestInstantAtWhichTheTimeIsUsedUp) {
  EXPECT_EQ(due("5x8", "2026-11-20T16:00:00+08:00", "2h"), "2026-11-20T18:00:00+08:00");
  EXPECT_EQ(due("5x8", "2026-11-20T17:00:00+08:00", "1h"), "2026-11-20T18:00:00+08:00") << "a Friday";
  EXPECT_EQ(due("5x8", "2026-11-20T17:00:00+08:00", "60m1s"), "2026-11-23T09:00:01+08:00");
  EXPECT_EQ(due("5x8", "2026-09-30T08:30:00Z", "240m"), "2026-10-08T11:30:00+08:00")
      << "over the National Day";
  EXPECT_EQ(due("7x24", "2026-10-01T23:00:00+08:00", "90m"), "2026-10-02T00:30:00+08:00");
  EXPECT_EQ(due("7x8", "2026-10-01T17:30:00+08:00", "1h"), "2026-10-02T09:30:00+08:00");
  EXPECT_EQ(due("workday", "2026-09-30T12:00:00+08:00", "24h"), "2026-10-08T12:00:00+08:00");
  EXPECT_EQ(due("5x8", "2026-10-03T12:00:00+08:00", "0s"), "2026-10-03T12:00:00+08:00");
  ASSERT_EQ(call({"calendar", "due", "--calendar", "5x8", "--from", "2026-11-20T16:00:00+08:00", "--add",
                  "2h", "--json"}),
            0);
  EXPECT_EQ(json().dump(), R"({"due":"2026-11-20T18:00:00+08:00"})") << "nothing else unless asked for";
  EXPECT_EQ(call({"calendar", "due", "--calendar", "workday", "--from", "2026-09-30T16:00:00+08:00", "--by",
                  "2nd working day"}),
            0);
  EXPECT_EQ(out_.str(), "2026-10-10T00:00:00+08:00\n");
}

TEST_F(CalendarCommands, BetweenCountsMinutesAndPartsOfThem) {
  const auto minutes = [&](const std::string& from, const std::string& to) {
    EXPECT_EQ(call({"calendar", "between", "--calendar", "5x8", "--from", from, "--to", to, "--json"}), 0)
        << err_.str();
    return json().dump();
  };
  EXPECT_EQ(minutes("2026-11-20T16:00:00+08:00", "2026-11-23T10:00:00+08:00"), R"({"minutes":180})");
  EXPECT_EQ(minutes("2026-11-20T16:00:30+08:00", "2026-11-20T16:02:00+08:00"), R"({"minutes":1.5})");
  EXPECT_EQ(minutes("2026-10-01T00:00:00+08:00", "2026-10-08T00:00:00+08:00"), R"({"minutes":0})");
  EXPECT_EQ(minutes("2026-11-20T16:00:00+08:00", "2026-11-20T16:00:00+08:00"), R"({"minutes":0})");
}

TEST_F(CalendarCommands, ExplainSumsUpToTheAnswer) {
  ASSERT_EQ(call({"calendar", "due", "--calendar", "5x8", "--from", "2026-09-30T16:30:00+08:00", "--add",
                  "240m", "--explain", "--json"}),
            0);
  EXPECT_EQ(json()["segments"].dump(),
            R"([{"from":"2026-09-30T16:30:00+08:00","to":"2026-09-30T18:00:00+08:00","minutes":90},)"
            R"({"from":"2026-10-08T09:00:00+08:00","to":"2026-10-08T11:30:00+08:00","minutes":150}])");
  EXPECT_EQ(json()["special_days"].size(), 7U);
  EXPECT_EQ(json()["special_days"].at(0).dump(), R"({"date":"2026-10-01","working":false,"name":"国庆节"})");
}

TEST_F(CalendarCommands, DatesBeyondTheDataAreAWarningNeverAGuess) {
  ASSERT_EQ(call({"calendar", "due", "--calendar", "5x8", "--from", "2026-12-31T17:00:00+08:00", "--add",
                  "2h", "--json"}),
            0);
  EXPECT_EQ(json()["due"].string_or(""), "2027-01-01T10:00:00+08:00");
  EXPECT_EQ(json()["warnings"].at(0)["id"].string_or(""), "calendar.leaves_cover");
  EXPECT_EQ(json()["warnings"].size(), 1U);
  ASSERT_EQ(call({"calendar", "between", "--calendar", "5x8", "--from", "2020-12-31T17:00:00+08:00", "--to",
                  "2021-01-04T10:00:00+08:00"}),
            0);
  EXPECT_EQ(
      err_.str(),
      "warning: the holiday data (cn-2026-1) end: they cover 2021-01-01 to 2026-12-31; beyond that the plain "
      "week, Monday to Friday, was taken\n");
  // What needs no holidays warns of none.
  ASSERT_EQ(call({"calendar", "due", "--calendar", "7x24", "--from", "2030-12-31T17:00:00+08:00", "--add",
                  "2h", "--json"}),
            0);
  EXPECT_TRUE(json()["warnings"].is_null());
  // The Saturday after decides which working day is the last.
  ASSERT_EQ(call({"calendar", "due", "--calendar", "5x8", "--from", "2026-12-30T10:00:00+08:00", "--by",
                  "last working day of the week", "--json"}),
            0);
  EXPECT_EQ(json()["warnings"].size(), 1U);
}

TEST_F(CalendarCommands, ACenturyIsAnsweredAtOnceAndItsExplanationIsBounded) {
  const auto before = std::chrono::steady_clock::now();
  ASSERT_EQ(call({"calendar", "between", "--calendar", "5x8", "--from", "2026-01-01T00:00:00+08:00", "--to",
                  "2126-01-01T00:00:00+08:00", "--explain", "--json"}),
            0);
  EXPECT_EQ(json()["segments"].size(), 2000U);
  EXPECT_GT(json()["segments_left_out"].int_or(0), 50'000);
  ASSERT_EQ(call({"calendar", "between", "--calendar", "5x8", "--from", "2026-01-01T00:00:00+08:00", "--to",
                  "2126-01-01T00:00:00+08:00", "--explain"}),
            0);
  EXPECT_LT(out_.str().size(), 8000U);
  EXPECT_EQ(call({"calendar", "due", "--calendar", "5x8", "--from", "2026-01-01T00:00:00+08:00", "--add",
                  "99999999h"}),
            kFailed);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(50));
}

TEST_F(CalendarCommands, WhatCannotBeReadIsRefusedWithWhatWould) {
  const std::vector<std::string> base{"calendar", "due", "--calendar", "5x8"};
  const auto with = [&](std::vector<std::string> more) {
    auto words = base;
    words.insert(words.end(), more.begin(), more.end());
    return refusal(words);
  };
  const std::string t = "2026-11-20T16:00:00+08:00";
  EXPECT_EQ(with({"--add", "2h"}), "xunjian: --from TIME is required\n");
  EXPECT_EQ(with({"--from", "2026-11-20 16:00", "--add", "2h"}),
            "xunjian: --from: \"2026-11-20 16:00\" is no time; expected one with its offset such as "
            "2026-09-30T16:30:00+08:00\n");
  EXPECT_NE(with({"--from", "2026-02-30T16:00:00+08:00", "--add", "2h"}), "");
  EXPECT_NE(with({"--from", "2250-01-01T00:00:00+08:00", "--add", "2h"}).find("1970 to 2199"),
            std::string::npos);
  EXPECT_NE(with({"--from", t, "--add", "-5m"}).find("\"-5m\" is no working time"), std::string::npos);
  EXPECT_NE(with({"--from", t, "--add", "99999999999999999999h"}), "");
  EXPECT_EQ(with({"--from", t}), "xunjian: give either --add TIME or --by RULE\n");
  EXPECT_NE(with({"--from", t, "--add", "2h", "--by", "same day"}), "");
  EXPECT_NE(with({"--from", t, "--by", "tomorrow"}).find("is no rule"), std::string::npos);
  EXPECT_EQ(refusal({"calendar", "due", "--calendar", "7x24", "--from", t, "--by", "2nd working day"}),
            "xunjian: every day of calendar 7x24 is worked, so it has no such rule; use 5x8 or workday\n");
  EXPECT_EQ(refusal({"calendar", "due", "--calendar", "6x8", "--from", t, "--add", "2h"}),
            "xunjian: no calendar \"6x8\"; known: 7x24, 7x8, 5x8, workday\n");
  EXPECT_EQ(
      refusal({"calendar", "between", "--calendar", "5x8", "--from", t, "--to", "2026-11-19T00:00:00+08:00"}),
      "xunjian: --to 2026-11-19T00:00:00+08:00 lies before --from 2026-11-20T16:00:00+08:00\n");
  EXPECT_NE(refusal({"calendar", "show", "--month", "2026-13"}), "");
  EXPECT_NE(refusal({"calendar", "show", "--year", "26"}), "");
  EXPECT_NE(refusal({"calendar", "show", "--year", "2026", "--month", "2026-01"}), "");
  // A file that is asked for and cannot be used is not passed over in silence.
  EXPECT_NE(refusal({"calendar", "show", "--holidays", (dir_ / "none.csv").string()}), "");
  holidays_file_ = write("bad.csv", "date,type,name\n2026-13-01,holiday,x\n");
  EXPECT_NE(refusal({"calendar", "show"}).find("bad.csv:2:1"), std::string::npos);
}

constexpr const char* kContract =
    "contract: {id: c, title: 名, parties: {client: 甲, provider: 乙}, term: {from: 2026-01-01, to: "
    "2026-12-31}, zone: "
    "Europe/Berlin}\n"
    "calendars:\n  early: {base: 5x8, hours: ['07:00-11:00'], days: {2026-11-23: rest}}\n"
    "people: {one: {name: 某}}\nroles: {duty: {people: [one]}}\nsystems: {s: {hosts: [h]}}\n"
    "kinds:\n  incident:\n    number: 'I-{yymmdd}-{nn}'\n    watch: 3d\n"
    "    grades: {I: {title: {zh: 一级, en: Grade I}}, II: {title: 二级}}\n    clocks:\n"
    "      respond: {title: {zh: 响应, en: Respond}, limit: 90m, calendar: early, start: detected, stop: "
    "acknowledged, to: duty}\n"
    "      data: {title: {zh: 数据修改, en: Data change}, limit: {II: 2nd working day}, calendar: workday, "
    "start: detected, "
    "stop: recovered, to: duty}\n"
    "      written: {title: {zh: 书面报告, en: Written report}, limit: {I: 24h, II: 'by 18:00'}, start: "
    "recovered, stop: closed, to: duty}\n";

TEST_F(CalendarCommands, AContractsOwnCalendarsAreUsedInItsZone) {
  const auto path = write("contract.yaml", kContract);
  ASSERT_EQ(call({"calendar", "due", "--contract", path, "--calendar", "early", "--from",
                  "2026-11-20T10:30:00Z", "--add", "30m", "--json"}),
            0)
      << err_.str();
  EXPECT_EQ(json()["due"].string_or(""), "2026-11-24T07:30:00+01:00") << "Monday is a day of rest there";
  // Across the end of summer time.
  ASSERT_EQ(call({"calendar", "due", "--contract", path, "--calendar", "7x24", "--from",
                  "2026-10-25T00:30:00Z", "--add", "1h", "--json"}),
            0);
  EXPECT_EQ(json()["due"].string_or(""), "2026-10-25T02:30:00+01:00");
  EXPECT_NE(refusal({"calendar", "due", "--contract", path, "--calendar", "late", "--from",
                     "2026-11-20T10:30:00Z", "--add", "30m"})
                .find("known: 5x8, 7x24, 7x8, early, workday"),
            std::string::npos);
}

TEST_F(CalendarCommands, SlaDueTellsEveryClock) {
  const auto path = write("contract.yaml", kContract);
  const std::vector<std::string> base{
      "sla",      "due",     "--contract", path,   "--kind",
      "incident", "--grade", "II",         "--at", "2026-11-20T09:30:00+01:00"};
  const auto with = [&](std::vector<std::string> more) {
    auto words = base;
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  ASSERT_EQ(call(with({"--json"})), 0) << err_.str();
  EXPECT_EQ(
      json().dump(),
      R"({"clocks":[{"name":"respond","start":"2026-11-20T09:30:00+01:00","limit":"1h30m",)"
      R"("due":"2026-11-20T11:00:00+01:00","calendar":"early","starts_on":"detected",)"
      R"("segments":[{"from":"2026-11-20T09:30:00+01:00","to":"2026-11-20T11:00:00+01:00","minutes":90}]},)"
      R"({"name":"data","start":"2026-11-20T09:30:00+01:00","limit":"2nd working day",)"
      R"("due":"2026-11-25T00:00:00+01:00","calendar":"workday","starts_on":"detected",)"
      R"("segments":[{"from":"2026-11-20T09:30:00+01:00","to":"2026-11-21T00:00:00+01:00","minutes":870},)"
      R"({"from":"2026-11-23T00:00:00+01:00","to":"2026-11-25T00:00:00+01:00","minutes":2880}]},)"
      R"({"name":"written","start":null,"limit":"by 18:00","due":null,"calendar":"7x24","starts_on":"recovered",)"
      R"("segments":[]}]})");
  ASSERT_EQ(call(with({"--event", "recovered=2026-11-20T18:30:00+01:00", "--event",
                       "acknowledged=2026-11-20T10:00:00+01:00", "--json"})),
            0)
      << err_.str();
  EXPECT_EQ(json()["clocks"].at(2)["start"].string_or(""), "2026-11-20T18:30:00+01:00");
  EXPECT_EQ(json()["clocks"].at(2)["due"].string_or(""), "2026-11-21T18:00:00+01:00");
  // A reopening begins run 2, and run 1 stays.
  ASSERT_EQ(call(with({"--event", "recovered=2026-11-20T18:30:00+01:00", "--event",
                       "reopened=2026-11-24T09:00:00+01:00", "--json"})),
            0);
  EXPECT_EQ(json()["clocks"].size(), 6U);
  EXPECT_EQ(json()["clocks"].at(3)["due"].string_or(""), "2026-11-24T10:30:00+01:00");

  EXPECT_EQ(
      refusal(with({"--event", "closed=2026-11-20T18:30:00+01:00"})).rfind("xunjian: --event closed=", 0),
      0U);
  EXPECT_NE(
      refusal(with({"--event", "recovered=2026-11-19T18:30:00+01:00"})).find("lies before the detection"),
      std::string::npos);
  EXPECT_NE(refusal(with({"--event", "solved=2026-11-20T18:30:00+01:00"})).find("expected KIND=TIME"),
            std::string::npos);
  EXPECT_NE(refusal(with({"--event", "recovered"})), "");
  EXPECT_NE(refusal(with({"--grade", "V"})).find("known: I, II"), std::string::npos);
  EXPECT_NE(refusal(with({"--kind", "bug"})).find("known: incident"), std::string::npos);
  EXPECT_EQ(refusal({"sla", "due"}), "xunjian: --contract PATH is required\n");
  const auto broken = write("broken.yaml", "contract: {id: c}\n");
  EXPECT_NE(refusal(with({"--contract", broken})).find("broken.yaml:1:11: "), std::string::npos);
}

TEST_F(CalendarCommands, SlaDueAgreesWithTheExampleContract) {
  ASSERT_EQ(call({"sla", "due", "--contract", source_dir() + "/config/examples/contracts/office-oa", "--kind",
                  "incident", "--grade", "II", "--at", "2026-09-30T16:30:00+08:00", "--json"}),
            0)
      << err_.str();
  std::map<std::string, std::string> due;
  const auto answer = json();
  for (const auto& clock : answer["clocks"].items())
    due[clock["name"].string_or("")] = clock["due"].string_or("");
  EXPECT_EQ(due["respond"], "2026-09-30T17:00:00+08:00");
  EXPECT_EQ(due["report"], "2026-09-30T17:00:00+08:00");
  EXPECT_EQ(due["resolve"], "2026-09-30T20:30:00+08:00");
}

TEST_F(CalendarCommands, SlaDueKnowsWhatANoteIsAbout) {
  std::vector<std::string> words{"sla",        "due",
                                 "--contract", source_dir() + "/config/examples/contracts/public-service",
                                 "--kind",     "incident",
                                 "--grade",    "major",
                                 "--at",       "2026-09-30T16:30:00+08:00",
                                 "--event",    "recovered=2026-09-30T20:00:00+08:00"};
  ASSERT_EQ(call(words), 0) << err_.str();
  words.insert(words.end(), {"--event", "noted:written-report=2026-10-01T12:00:00+08:00", "--json"});
  ASSERT_EQ(call(words), 0) << err_.str();
  std::map<std::string, std::string> due;
  const auto answer = json();
  for (const auto& clock : answer["clocks"].items())
    due[clock["name"].string_or("")] = clock["due"].string_or("");
  EXPECT_EQ(due["plan"], "2026-10-01T08:30:00+08:00");
  EXPECT_EQ(due["written_report"], "2026-10-01T20:00:00+08:00");
  words[words.size() - 2] = "noted:letter=2026-10-01T12:00:00+08:00";
  words.pop_back();
  EXPECT_NE(refusal(words).find("there are: emergency-plan, written-report"), std::string::npos);
}

TEST_F(CalendarCommands, ShowTellsEveryDayToPrograms) {
  ASSERT_EQ(call({"calendar", "show", "--year", "2026", "--json"}), 0);
  EXPECT_EQ(json()["days"].size(), 365U);
  std::size_t working = 0;
  const auto answer = json();
  for (const auto& day : answer["days"].items()) working += day["working"].bool_or(false) ? 1 : 0;
  EXPECT_EQ(working, 248U);
  ASSERT_EQ(call({"calendar", "show", "--month", "2027-02", "--json"}), 0);
  EXPECT_EQ(json()["days"].size(), 28U);
  EXPECT_FALSE(json()["days"].at(0)["known"].bool_or(true));
  EXPECT_EQ(json()["warnings"].size(), 1U);
}

constexpr const char* kNextYear =
    "# edition: cn-2027-1\n# covers: 2027-01-01 to 2027-12-31\ndate,type,name\n2027-01-01,holiday,元旦\n"
    "2027-01-02,holiday,元旦\n2027-01-03,holiday,元旦\n2027-10-09,workday,国庆节\n";

TEST_F(CalendarCommands, ImportPutsNextYearToUse) {
  holidays_file_ = (dir_ / "calendar-cn.csv").string();
  const auto news = write("2027.csv", kNextYear);
  ASSERT_EQ(call({"calendar", "import", news, "--dry-run"}), 0) << err_.str();
  EXPECT_FALSE(fs::exists(holidays_file_));
  ASSERT_EQ(call({"calendar", "import", news}), 0) << err_.str();
  EXPECT_EQ(out_.str(),
            "DATE        WAS         IS      NAME\n"
            "2027-01-01  plain week  off     元旦\n"
            "2027-01-02  plain week  off     元旦\n"
            "2027-01-03  plain week  off     元旦\n"
            "2027-10-09  plain week  worked  国庆节\n"
            "edition cn-2026-1 -> cn-2027-1, covers 2021-01-01 to 2027-12-31: 4 days changed\n"
            "written to " +
                holidays_file_ + "; systemctl reload xunjian-collector makes the collector read it\n");
  // Whoever runs the collector can read it.
  struct stat status{};
  ASSERT_EQ(::stat(holidays_file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0644U);
  EXPECT_EQ(due("5x8", "2026-12-31T17:00:00+08:00", "2h"), "2027-01-04T10:00:00+08:00");
  EXPECT_TRUE(json()["warnings"].is_null());
  EXPECT_EQ(due("5x8", "2026-09-30T16:30:00+08:00", "240m"), "2026-10-08T11:30:00+08:00")
      << "the years before stay";
  // Again: nothing to do.
  ASSERT_EQ(call({"calendar", "import", news, "--json"}), 0);
  EXPECT_EQ(json()["written"].bool_or(true), false);
  EXPECT_EQ(json()["changes"].size(), 0U);
  // And what the collector reads is this file.
  EXPECT_EQ(bytes(holidays_file_).substr(0, 21), "# edition: cn-2027-1\n");
}

TEST_F(CalendarCommands, ImportRefusesWhatWouldHarm) {
  holidays_file_ = (dir_ / "calendar-cn.csv").string();
  ASSERT_EQ(call({"calendar", "import", write("2027.csv", kNextYear)}), 0);
  const auto kept = bytes(holidays_file_);
  EXPECT_EQ(
      refusal({"calendar", "import",
               write("bad.csv", "# edition: x\ndate,type,name\n2028-02-30,holiday,x\n2028-01-01,feast,x\n")}),
      "xunjian: " + (dir_ / "bad.csv").string() +
          ":3:1: \"2028-02-30\" is no date; expected one such as 2026-10-01\n" + (dir_ / "bad.csv").string() +
          ":4:12: \"feast\" is not accepted; expected holiday or workday\n  " + holidays_file_ +
          " stays as it was\n");
  EXPECT_NE(refusal({"calendar", "import",
                     write("same.csv",
                           "# edition: cn-2027-1\n# covers: 2027-01-01 to "
                           "2027-12-31\ndate,type,name\n2027-01-01,holiday,元旦\n")})
                .find("edition cn-2027-1 is in use with other content"),
            std::string::npos);
  EXPECT_EQ(call({"calendar", "import",
                  write("gap.csv",
                        "# edition: y\n# covers: 2029-01-01 to "
                        "2029-12-31\ndate,type,name\n2029-01-01,holiday,元旦\n")}),
            kFailed);
  EXPECT_NE(err_.str().find("days would be left without data"), std::string::npos);
  EXPECT_NE(call({"calendar", "import", (dir_ / "none.csv").string()}), 0);
  EXPECT_EQ(bytes(holidays_file_), kept);
  // Where it cannot be written, it says so.
  EXPECT_EQ(call({"calendar", "import", (dir_ / "2027.csv").string(), "--to",
                  (dir_ / "no" / "folder.csv").string()}),
            kFailed);
  EXPECT_NE(err_.str(), "");
  EXPECT_FALSE(fs::exists(dir_ / "no"));
}

// Both languages at 80 columns. With XJ_UPDATE_GOLDEN set the files are written, for a person to look at.
TEST_F(CalendarCommands, LooksAsItDid) {
  width_ = 80;
  const auto office = source_dir() + "/config/examples/contracts/office-oa";
  const auto own = write("contract.yaml", kContract);
  const std::vector<std::vector<std::string>> calls{
      {"calendar", "due", "--calendar", "5x8", "--from", "2026-09-30T16:30:00+08:00", "--add", "12h",
       "--explain"},
      {"calendar", "due", "--calendar", "5x8", "--from", "2026-12-30T16:30:00+08:00", "--by",
       "last working day of the week"},
      {"calendar", "between", "--calendar", "7x8", "--from", "2026-09-30T16:30:30+08:00", "--to",
       "2026-10-02T09:00:00+08:00", "--explain"},
      {"calendar", "show"},
      {"calendar", "show", "--month", "2026-10"},
      {"calendar", "show", "--month", "2026-02", "--calendar", "workday"},
      {"calendar", "show", "--month", "2026-11", "--calendar", "early", "--contract", own},
      {"calendar", "show", "--month", "2027-01"},
      {"calendar", "show", "--month", "2027-01", "--calendar", "7x24"},
      {"sla", "due", "--contract", office, "--kind", "incident", "--grade", "II", "--at",
       "2026-09-30T16:30:00+08:00"},
      {"sla", "due", "--contract", own, "--kind", "incident", "--grade", "II", "--at",
       "2026-12-30T16:30:00+08:00"},
      {"calendar", "due", "--calendar", "5x8", "--from", "2026-09-30T16:30:00", "--add", "12h"}};
  for (const auto lang : {Lang::zh, Lang::en}) {
    std::string all;
    for (const auto& words : calls) {
      (void)call(words, lang);
      all += "$ xunjian";
      for (const auto& word : words) all += ' ' + (word == office || word == own ? "CONTRACT" : word);
      all += '\n' + out_.str() + err_.str() + '\n';
      std::istringstream lines(out_.str());
      for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(display_width(line), 80) << line;
        EXPECT_FALSE(line.ends_with(' ')) << line;
      }
    }
    const auto path = source_dir() + "/tests/golden/cli/calendar." + (lang == Lang::zh ? "zh.txt" : "en.txt");
    if (std::getenv("XJ_UPDATE_GOLDEN") != nullptr) {
      std::ofstream(path) << all;
      continue;
    }
    EXPECT_EQ(bytes(path), all) << path << " differs; look at it, then run with XJ_UPDATE_GOLDEN=1";
  }
}

}  // namespace
}  // namespace xj::cli
