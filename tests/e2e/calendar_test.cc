// `xunjian calendar` and `sla due` as shipped: no collector, no configuration, nothing of this machine but
// zones.
#include <gtest/gtest.h>

#include "core/json.h"
#include "tests/e2e/process.h"
#include "tests/fakes/places.h"

namespace xj::e2e {
namespace {

Json json_of(const Output& output) {
  EXPECT_EQ(output.code, 0) << output.err;
  auto parsed = parse_json(output.out);
  return std::holds_alternative<Json>(parsed) ? std::get<Json>(parsed) : Json{};
}
std::vector<std::string> xunjian(std::vector<std::string> words) {
  words.insert(words.begin(), program("xunjian"));
  return words;
}

TEST(CalendarProgram, AnswersOfflineWithoutConfiguration) {
  // From a folder with nothing in it, under a zone that is not the contract's.
  TempDir dir;
  const auto from_there = [&](const std::string& arguments) {
    return run({"/bin/sh", "-c", "cd " + dir.path() + " && exec " + program("xunjian") + " " + arguments},
               {"TZ=America/New_York", "XUNJIAN_LANG=en"});
  };
  const auto due =
      json_of(from_there("calendar due --calendar 5x8 --from 2026-11-20T16:00:00+08:00 --add 240m --json"));
  EXPECT_EQ(due.dump(), R"({"due":"2026-11-23T11:00:00+08:00"})");
  const auto between =
      json_of(from_there("calendar between --calendar 5x8 --from 2026-11-20T16:00:00+08:00 --to "
                         "2026-11-23T11:00:00+08:00 --json"));
  EXPECT_EQ(between.dump(), R"({"minutes":240})");
  const auto far =
      json_of(from_there("calendar between --calendar 5x8 --from 2026-01-01T00:00:00+08:00 --to "
                         "2126-01-01T00:00:00+08:00 --json"));
  EXPECT_EQ(far["warnings"].at(0)["id"].string_or(""), "calendar.leaves_cover");
  const auto shown = from_there("calendar show --month 2026-10");
  EXPECT_EQ(shown.code, 0);
  EXPECT_NE(shown.out.find("2026-10: 18 working days"), std::string::npos) << shown.out;
  const auto refused = from_there("calendar due --calendar 5x8 --from yesterday --add 2h");
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("\"yesterday\" is no time"), std::string::npos) << refused.err;
}

TEST(CalendarProgram, ImportedDaysAreUsedByTheNextCall) {
  TempDir dir;
  const auto news = dir.write("2027.csv",
                              "# edition: cn-2027-1\n# covers: 2027-01-01 to 2027-12-31\ndate,type,name\n"
                              "2027-01-01,holiday,元旦\n");
  const auto data = dir / "calendar-cn.csv";
  const auto imported = json_of(run(xunjian({"calendar", "import", news, "--to", data, "--json"})));
  EXPECT_TRUE(imported["written"].bool_or(false));
  const std::vector<std::string> question{
      "calendar", "due", "--calendar", "5x8",        "--from", "2026-12-31T17:00:00+08:00",
      "--add",    "2h",  "--json",     "--holidays", data};
  EXPECT_EQ(json_of(run(xunjian(question))).dump(), R"({"due":"2027-01-04T10:00:00+08:00"})");
}

TEST(CalendarProgram, SlaDueAnswersForTheExampleContract) {
  const auto answer =
      json_of(run(xunjian({"sla", "due", "--contract", source_dir() + "/config/examples/contracts/office-oa",
                           "--kind", "incident", "--grade", "II", "--at", "2026-09-30T16:30:00+08:00",
                           "--event", "recovered=2026-09-30T18:30:00+08:00", "--json"})));
  bool seen = false;
  for (const auto& clock : answer["clocks"].items()) {
    for (const auto* key : {"name", "limit", "calendar", "starts_on"})
      EXPECT_TRUE(clock[key].is_string()) << key;
    EXPECT_TRUE(clock["segments"].is_array());
    if (clock["name"].string_or("") != "report") continue;
    seen = true;
    EXPECT_EQ(clock["due"].string_or(""), "2026-09-30T17:00:00+08:00");
  }
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace xj::e2e
