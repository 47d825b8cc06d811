// Every figure of the field's contracts stands in an example, under the id by which it is traced. The figures
// here were typed from the contracts a second time, so that a slip in an example shows.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "collector/contract/calendars.h"
#include "collector/contract/loader.h"
#include "core/json.h"
#include "tests/fakes/places.h"

namespace xj::collector {
namespace {

struct Figure {
  const char* id;
  const char* where;  // contract/keys…; "#" at the end: how many
  const char* value;
};
constexpr Figure kFigures[]{
    // Deadlines, office-oa.
    {"S0-18", "office-oa/kinds/incident/clocks/report/limit/I", "10m"},
    {"S0-19", "office-oa/kinds/incident/clocks/report/limit/II", "30m"},
    {"S0-20", "office-oa/kinds/incident/clocks/report/limit/III", "60m"},
    {"S0-21", "office-oa/kinds/incident/clocks/resolve/limit/I", "2h"},
    {"S0-22", "office-oa/kinds/incident/clocks/resolve/limit/II", "4h"},
    {"S0-23", "office-oa/kinds/incident/clocks/resolve/limit/III", "6h"},
    {"S0-24", "office-oa/kinds/incident/escalation/1/clock", "resolve"},
    {"S0-24", "office-oa/kinds/incident/escalation/1/form", "escalation-approval"},
    {"S0-25", "office-oa/kinds/incident/clocks/watch/limit/I", "14d"},
    {"S0-26", "office-oa/kinds/incident/clocks/watch/limit/II", "7d"},
    {"S0-27", "office-oa/kinds/incident/clocks/watch/limit/III", "3d"},
    {"S0-28", "office-oa/kinds/incident/clocks/respond/limit", "30m"},
    {"S0-29", "office-oa/kinds/bug/clocks/resolve/limit/blocking", "2h"},
    {"S0-30", "office-oa/kinds/incident/clocks/onsite/limit", "4h"},
    {"S0-31", "office-oa/kinds/bug/clocks/resolve/limit/blocking", "2h"},
    {"S0-32", "office-oa/kinds/bug/clocks/resolve/limit/minor", "48h"},
    {"S0-33", "office-oa/kinds/incident/tell/found/within", "0s"},
    // Deadlines, civil-affairs.
    {"S1-48", "civil-affairs/kinds/incident/clocks/report/limit", "1h"},
    {"S1-48", "civil-affairs/kinds/incident/tell/found/how/0", "phone"},
    {"S1-48", "civil-affairs/kinds/incident/tell/found/how/1", "mail"},
    {"S1-49", "civil-affairs/kinds/incident/clocks/register/limit", "1h"},
    {"S1-51", "civil-affairs/kinds/incident/clocks/result/limit", "1h"},
    {"S1-53", "civil-affairs/kinds/incident/clocks/respond/limit/important", "5m"},
    {"S1-54", "civil-affairs/kinds/incident/clocks/remote/limit/important", "4h"},
    {"S1-55", "civil-affairs/kinds/incident/clocks/onsite/limit/important", "2h"},
    {"S1-56", "civil-affairs/kinds/incident/clocks/resolve/limit/important", "2h"},
    {"S1-57", "civil-affairs/kinds/incident/clocks/resolve/limit/nonurgent", "1d"},
    {"S1-58", "civil-affairs/kinds/video-fault/clocks/onsite/limit", "2h"},
    {"S1-58", "civil-affairs/kinds/video-fault/clocks/remote/limit", "4h"},
    {"S1-59", "civil-affairs/kinds/security/clocks/remote/limit", "4h"},
    {"S1-59", "civil-affairs/kinds/security/clocks/onsite/limit/important", "2h"},
    {"S1-60", "civil-affairs/kinds/security/clocks/resolve/limit/small", "2h"},
    {"S1-61", "civil-affairs/kinds/device/clocks/onsite/limit", "2h"},
    {"S1-61", "civil-affairs/kinds/device/clocks/diagnose/limit/device", "2h"},
    {"S1-61", "civil-affairs/kinds/device/clocks/resolve/limit/device", "4h"},
    {"S1-62", "civil-affairs/kinds/device/clocks/onsite/limit", "2h"},
    {"S1-62", "civil-affairs/kinds/device/clocks/clear/limit/part", "4h"},
    {"S1-62", "civil-affairs/kinds/device/clocks/replace/warn/0", "8h"},
    {"S1-63", "civil-affairs/kinds/spare/clocks/respond/limit", "15m"},
    {"S1-63", "civil-affairs/kinds/spare/clocks/onsite/limit", "4h"},
    {"S1-63", "civil-affairs/indicators/spare-availability/at_least", "100%"},
    {"S1-64", "civil-affairs/kinds/spare/clocks/return_form/limit", "24h"},
    {"S1-65", "civil-affairs/kinds/incident/clocks/respond/limit/sign-on", "20m"},
    {"S1-65", "civil-affairs/kinds/incident/clocks/resolve/limit/sign-on", "60m"},
    {"S1-66", "civil-affairs/kinds/incident/clocks/plan/limit/sign-on", "18h"},
    {"S1-66", "civil-affairs/kinds/incident/clocks/plan/warn/0", "6h"},
    {"S1-67", "civil-affairs/kinds/incident/clocks/written_report/limit/sign-on", "24h"},
    {"S1-68", "civil-affairs/kinds/data-request/clocks/respond/limit", "30m"},
    {"S1-70", "civil-affairs/kinds/question/clocks/resolve/limit/technical", "30m"},
    {"S1-71", "civil-affairs/kinds/question/clocks/answer_database/limit/database", "2nd working day"},
    {"S1-72", "civil-affairs/kinds/peripheral/clocks/resolve/limit", "same day"},
    {"S1-73", "civil-affairs/kinds/vulnerability/clocks/resolve/limit", "14d"},
    {"S1-75", "civil-affairs/obligations/upgrade-application/due", "2 working days before"},
    {"S1-76", "civil-affairs/obligations/daily-report/due", "by 18:00"},
    {"S1-77", "civil-affairs/obligations/weekly-report/due", "last working day of the week"},
    {"S1-77", "civil-affairs/obligations/monthly-report/due", "last working day of the month"},
    {"S1-78", "civil-affairs/obligations/video-report/within", "7d"},
    {"S1-79", "civil-affairs/obligations/event-inspection/due", "30 days before"},
    {"S1-79", "civil-affairs/obligations/event-dangers/due", "3 days before"},
    {"S1-80", "civil-affairs/obligations/documents/within", "15d"},
    // Deadlines, zone-oa, public-service, investment-oa.
    {"S2-11", "zone-oa/kinds/incident/clocks/resolve/limit/general", "2h"},
    {"S2-12", "zone-oa/kinds/incident/clocks/resolve/limit/major", "8h"},
    {"S2-13", "zone-oa/kinds/incident/clocks/onsite/limit", "1h"},
    {"S2-14", "zone-oa/kinds/incident/clocks/second_onsite/limit", "2h"},
    {"S2-15", "zone-oa/kinds/incident/clocks/third_party/limit", "12h"},
    {"S2-17", "zone-oa/kinds/release/clocks/resolve/limit", "1h"},
    {"S3-12", "public-service/kinds/incident/clocks/resolve/limit", "2h"},
    {"S3-13", "public-service/kinds/incident/clocks/respond/limit", "8h"},
    {"S3-14", "public-service/kinds/incident/clocks/plan/limit/major", "16h"},
    {"S3-14", "public-service/kinds/incident/clocks/plan/warn/0", "4h"},
    {"S3-15", "public-service/kinds/incident/clocks/written_report/limit", "24h"},
    {"S3-16", "public-service/kinds/challenge/clocks/written_report/limit", "7d"},
    {"S4-07", "investment-oa/kinds/incident/clocks/onsite/limit", "1h"},
    // Service indicators.
    {"S1-81", "civil-affairs/indicators/vulnerability-repair/at_least", "100.00%"},
    {"S1-82", "civil-affairs/obligations/vulnerability-scan/min_per_year", "4"},
    {"S1-83", "civil-affairs/obligations/virus-update/every", "day"},
    {"S1-84", "civil-affairs/indicators/situation-analysis/at_least", "99.99%"},
    {"S1-85", "civil-affairs/indicators/audit-coverage/at_least", "99.99%"},
    {"S1-86", "civil-affairs/indicators/policy-availability/at_least", "99.99%"},
    {"S1-87", "civil-affairs/indicators/intrusion-coverage/at_least", "100.00%"},
    {"S1-88", "civil-affairs/indicators/spare-availability/at_least", "100%"},
    // Money, civil-affairs.
    {"S1-150", "civil-affairs/prices/terminals/amount", "665000"},
    {"S1-150", "civil-affairs/prices/mobile/amount", "60000"},
    {"S1-150", "civil-affairs/prices/video/amount", "350000"},
    {"S1-150", "civil-affairs/prices/security-devices/amount", "25000"},
    {"S1-150", "civil-affairs/prices/governance/amount", "725000"},
    {"S1-150", "civil-affairs/prices/welfare/amount", "3300000"},
    {"S1-150", "civil-affairs/prices/organisations/amount", "1140000"},
    {"S1-150", "civil-affairs/prices/relief/amount", "1150000"},
    {"S1-150", "civil-affairs/prices/social-affairs/amount", "1920000"},
    {"S1-150", "civil-affairs/prices/data/amount", "4090000"},
    {"S1-150", "civil-affairs/prices/administration/amount", "2200000"},
    {"S1-150", "civil-affairs/prices/local-security/amount", "950000"},
    {"S1-150", "civil-affairs/prices/cloud-security/amount", "1000000"},
    {"S1-150", "civil-affairs/prices/meetings/amount", "610000"},
    {"S1-150", "civil-affairs/prices/sms/amount", "650000"},
    {"S1-150", "civil-affairs/prices/traffic/amount", "110000"},
    {"S1-150", "civil-affairs/prices/help-desk/amount", "965000"},
    {"S1-151", "civil-affairs/deductions/opinion/amount", "3%"},
    {"S1-151", "civil-affairs/deductions/opinion/ends_after_count", "3"},
    {"S1-152", "civil-affairs/deductions/failure/amount", "5000"},
    {"S1-153", "civil-affairs/deductions/not-corrected/amount", "3000"},
    {"S1-154", "civil-affairs/deductions/outage-day/amount", "5000"},
    {"S1-154", "civil-affairs/deductions/outage-day/up_to", "24h"},
    {"S1-155", "civil-affairs/deductions/outage-days/amount", "10000"},
    {"S1-155", "civil-affairs/deductions/outage-days/over", "24h"},
    {"S1-155", "civil-affairs/deductions/outage-days/up_to", "72h"},
    {"S1-156", "civil-affairs/deductions/outage-long/amount", "5%"},
    {"S1-156", "civil-affairs/deductions/outage-long/over", "72h"},
    {"S1-157", "civil-affairs/deductions/late-result/amount", "1%"},
    {"S1-157", "civil-affairs/deductions/late-result/per", "day"},
    {"S1-157", "civil-affairs/deductions/late-result/cap", "10%"},
    {"S1-158", "civil-affairs/deductions/absence/amount", "5000"},
    {"S1-158", "civil-affairs/deductions/absence/from_count", "2"},
    {"S1-159", "civil-affairs/deductions/vulnerability-low/amount", "10000"},
    {"S1-160", "civil-affairs/deductions/vulnerability-medium/amount", "7%"},
    {"S1-161", "civil-affairs/deductions/vulnerability-high/amount", "9%"},
    {"S1-162", "civil-affairs/deductions/leak-low/amount", "1‰"},
    {"S1-162", "civil-affairs/deductions/leak-low/base", "open"},
    {"S1-162", "civil-affairs/deductions/leak-higher/amount", "5‰"},
    {"S1-162", "civil-affairs/deductions/leak-higher/base", "open"},
    {"S1-162", "civil-affairs/deductions/leak-key/amount", "5%"},
    {"S1-163", "civil-affairs/deductions/client-late/amount", "0.05%"},
    {"S1-163", "civil-affairs/deductions/client-late/per", "day"},
    {"S1-164", "civil-affairs/payments/first/amount", "9955000"},
    {"S1-164", "civil-affairs/payments/second/amount", "3982000"},
    {"S1-164", "civil-affairs/payments/last/amount", "5973000"},
    {"S1-164", "civil-affairs/payments/last/due", "15 working days"},
    {"S1-164", "civil-affairs/payments/bond/amount", "5%"},
    {"S1-165", "civil-affairs/obligations/acceptance-final/within", "15d"},
    // Money of the others.
    {"S0-76", "office-oa/deductions/late/amount", "0.1%"},
    {"S0-76", "office-oa/deductions/late/ends_after", "30d"},
    {"S0-76", "office-oa/deductions/late-ended/amount", "5%"},
    {"S0-77", "office-oa/deductions/breach/amount", "5%"},
    {"S0-78", "office-oa/obligations/correction/within", "10d"},
    {"S0-79", "office-oa/deductions/client-late/amount", "0.1%"},
    {"S0-79", "office-oa/deductions/client-late/ends_after", "30d"},
    {"S0-80", "office-oa/obligations/first-result/due", "10 working days"},
    {"S0-81", "office-oa/payments/first/amount", "144400"},
    {"S0-81", "office-oa/payments/first/due", "10 working days"},
    {"S0-81", "office-oa/payments/rest/due", "5 working days"},
    {"S0-81", "office-oa/obligations/refund/due", "10 working days"},
    {"S3-40", "public-service/deductions/late/amount", "0.5%"},
    {"S3-40", "public-service/deductions/late-ended/amount", "100000"},
    {"S3-40", "public-service/deductions/late-ended/ends_after", "30d"},
    {"S3-41", "public-service/deductions/wrong-result/amount", "10%"},
    {"S3-42", "public-service/deductions/dispute-stop/amount", "10%"},
    {"S3-43", "public-service/deductions/leak/amount", "100000"},
    {"S3-43", "public-service/deductions/leak-refund/amount", "100%"},
    {"S3-44", "public-service/deductions/client-late/amount", "0.5%"},
    {"S3-44", "public-service/deductions/client-late/cap", "5%"},
    {"S3-45", "public-service/payments/bond/amount", "10%"},
    {"S3-45", "public-service/payments/bond/due", "20 working days"},
    {"S4-15", "investment-oa/deductions/breach/amount", "10%"},
    // Calendars and key periods.
    {"S1-166", "civil-affairs/key_periods/city-congress/days", "7"},
    {"S1-166", "civil-affairs/key_periods/new-year/days", "3"},
    {"S1-166", "civil-affairs/key_periods/spring-festival/days", "7"},
    {"S1-166", "civil-affairs/key_periods/labour-day/days", "5"},
    {"S1-166", "civil-affairs/key_periods/national-day/days", "7"},
    {"S1-167", "civil-affairs/key_periods/video-congress/days", "7"},
    {"S1-167", "civil-affairs/key_periods/video-qingming/days", "15"},
    {"S1-167", "civil-affairs/key_periods/video-special/days", "7"},
    {"S1-167", "civil-affairs/key_periods/video-national/days", "7"},
    {"S1-169", "civil-affairs/key_periods/security/days", "40"},
    {"S1-170", "civil-affairs/key_periods/security/tasks/#", "6"},
    {"S1-171", "civil-affairs/key_periods/sign-on/months/#", "4"},
    {"S1-171", "civil-affairs/key_periods/sign-on/months/1", "4"},
    {"S1-171", "civil-affairs/key_periods/sign-on/months/2", "8"},
    {"S1-171", "civil-affairs/key_periods/sign-on/months/3", "11"},
    {"S1-172", "civil-affairs/key_periods/national-day/rounds/0/every", "1h"},
    {"S1-172", "civil-affairs/key_periods/spring-festival/rounds/1/every", "30m"},
    {"S1-174", "civil-affairs/key_periods/spring-festival/persons", "2"},
    {"S1-174", "civil-affairs/key_periods/mid-autumn/persons", "2"},
    {"S1-175", "civil-affairs/obligations/event-inspection/due", "30 days before"},
    {"S1-175", "civil-affairs/obligations/event-dangers/due", "3 days before"},
    {"S1-176", "civil-affairs/key_periods/qingming/days", "40"},
    {"S1-176", "civil-affairs/obligations/qingming-exchange/min_per_year", "20"},
    {"S1-176", "civil-affairs/obligations/qingming-data/lasting", "2h"},
    {"S1-177", "civil-affairs/obligations/reservation-limits/times", "50"},
    {"S1-177", "civil-affairs/obligations/lottery-reservations/times", "10"},
    {"S1-177", "civil-affairs/key_periods/marriage-peaks/dates/0", "2026-02-14"},
    {"S1-177", "civil-affairs/key_periods/marriage-peaks/dates/1", "2026-05-20"},
    {"S1-177", "civil-affairs/key_periods/marriage-peaks/dates/2", "2026-05-22"},
    {"S1-178", "civil-affairs/key_periods/car-lottery/months/0", "4"},
    {"S1-178", "civil-affairs/key_periods/car-lottery/months/1", "11"},
    {"S1-179", "civil-affairs/obligations/finance-closing/months/0", "11"},
    {"S1-179", "civil-affairs/obligations/finance-closing/months/4", "3"},
    {"S1-179", "civil-affairs/obligations/finance-report/months/0", "3"},
    {"S1-179", "civil-affairs/obligations/finance-report/months/1", "4"},
    {"S1-180", "civil-affairs/obligations/security-drill/lasting", "28d"},
    {"S1-180", "civil-affairs/obligations/security-drill/min_per_year", "2"},
    {"S1-180", "civil-affairs/obligations/emergency-drill/min_per_year", "2"},
    {"S1-181", "civil-affairs/obligations/terminal-check/due", "14 working days"},
    {"S1-182", "civil-affairs/obligations/daily-report/due", "by 18:00"},
    {"S3-48", "public-service/obligations/database-backup/months/0", "5"},
    {"S3-48", "public-service/obligations/database-backup/months/1", "11"},
};

// The whole of requirements.md 3.2 to 3.7, 6 and 7.
struct Range {
  const char* contract;
  int from, to;
};
constexpr Range kIds[]{{"S0", 18, 34}, {"S1", 48, 80},   {"S2", 10, 17}, {"S3", 12, 16}, {"S4", 7, 8},
                       {"S1", 81, 88}, {"S1", 150, 165}, {"S0", 76, 82}, {"S3", 40, 46}, {"S4", 15, 15},
                       {"S2", 32, 32}, {"S1", 166, 182}, {"S3", 47, 48}, {"S4", 16, 16}, {"S0", 83, 83}};

// They stand in an example too, but no figure can be held against it.
struct NoFigure {
  const char *id, *why;
};
constexpr NoFigure kNoFigure[]{
    {"S0-34", "a written report when handling pauses; no time is given"},
    {"S0-82", "criteria of acceptance, judged by people"},
    {"S0-83", "7x24 with holidays and nights; no period is named"},
    {"S1-50", "progress at fixed times; the interval is not stated"},
    {"S1-52", "two reports after the fault; no time is given"},
    {"S1-69", "an answer at once; no figure"},
    {"S1-74", "the client's time limit, which each notice names"},
    {"S1-168", "duty in special periods; their length is not stated"},
    {"S1-173", "what is watched in the rounds; no figure"},
    {"S2-10", "a response at once; no figure"},
    {"S2-16", "told at the first moment; no figure"},
    {"S2-32", "the contract names no penalty"},
    {"S3-46", "faults mended in the client's time"},
    {"S3-47", "service in holidays by the client's wish; no figure"},
    {"S4-08", "restored quickly; no figure"},
    {"S4-16", "services started and stopped by order; no figure"},
};

class Examples : public ::testing::Test {
 protected:
  void SetUp() override {
    Problems problems;
    const auto holidays = load_holidays(source_dir() + "/config/examples/calendar-cn.csv", problems);
    LoadOptions options;
    options.holidays = &holidays;
    for (const auto& contract :
         load_contracts({source_dir() + "/config/examples/contracts"}, options, problems)) {
      auto tree = parse_json(contract->tree);
      ASSERT_TRUE(std::holds_alternative<Json>(tree));
      trees_.emplace(contract->id, std::get<Json>(std::move(tree)));
    }
    EXPECT_EQ(render(problems, Lang::en), "");
    EXPECT_EQ(trees_.size(), 5U);
    for (const auto& [id, tree] : trees_) gather(tree);
  }

  static std::string text(const Json& json) { return json.is_string() ? json.string_or("") : json.dump(); }
  void gather(const Json& json) {
    if (json.is_array())
      for (const auto& item : json.items()) gather(item);
    if (!json.is_object()) return;
    for (const auto& [key, value] : json.fields()) {
      if (key == "ref" && value.is_array())
        for (const auto& id : value.items()) carried_.insert(text(id));
      else
        gather(value);
    }
  }

  // What stands there, and whether it or what holds it bears the id; empty when there is nothing.
  std::pair<std::string, bool> at(const std::string& where, const std::string& id) const {
    std::stringstream words(where);
    std::string word;
    std::getline(words, word, '/');
    const auto tree = trees_.find(word);
    if (tree == trees_.end()) return {};
    const Json* now = &tree->second;
    bool borne = false;
    while (std::getline(words, word, '/')) {
      if (word == "#") return {std::to_string(now->size()), borne};
      if (now->is_array()) {
        const auto index = static_cast<std::size_t>(std::stoi(word));
        if (index >= now->size()) return {};
        now = &now->at(index);
      } else {
        now = &(*now)[word];
      }
      if (now->is_object() && (*now)["ref"].is_array())
        for (const auto& ref : (*now)["ref"].items()) borne = borne || text(ref) == id;
    }
    return {text(*now), borne};
  }

  std::map<std::string, Json> trees_;
  std::set<std::string> carried_;
};

TEST_F(Examples, CarryEveryFigureUnderItsId) {
  for (const auto& figure : kFigures) {
    const auto [value, borne] = at(figure.where, figure.id);
    EXPECT_EQ(value, figure.value) << figure.id << " at " << figure.where;
    EXPECT_TRUE(borne) << figure.where << " does not name " << figure.id;
  }
}

TEST_F(Examples, CarryEveryIdAndEachHasItsFigureHereOrAReason) {
  std::set<std::string> with, without;
  for (const auto& figure : kFigures) with.insert(figure.id);
  for (const auto& [id, why] : kNoFigure) {
    EXPECT_TRUE(without.insert(id).second) << id;
    EXPECT_FALSE(with.contains(id)) << id << " has a figure now";
    EXPECT_NE(std::string(why), "");
  }
  std::set<std::string> all;
  for (const auto& range : kIds)
    for (int n = range.from; n <= range.to; ++n) {
      const auto id = std::string(range.contract) + (n < 10 ? "-0" : "-") + std::to_string(n);
      all.insert(id);
      EXPECT_TRUE(carried_.contains(id)) << id << " stands in no example";
      EXPECT_TRUE(with.contains(id) || without.contains(id))
          << id << " has neither a figure here nor a reason";
    }
  for (const auto& set : {with, without})
    for (const auto& id : set) EXPECT_TRUE(all.contains(id)) << id;
}

// Each is held as a setting: named where the choice was made.
TEST_F(Examples, NameEveryContradictionOfTheContracts) {
  for (const auto* id : {"S0-90", "S0-91", "S1-211", "S1-212", "S1-213", "S1-214", "S1-215", "S1-216",
                         "S1-217", "S1-218", "S1-219", "S2-38", "S3-54", "S3-55", "S4-19"})
    EXPECT_TRUE(carried_.contains(id)) << id;
}

}  // namespace
}  // namespace xj::collector
