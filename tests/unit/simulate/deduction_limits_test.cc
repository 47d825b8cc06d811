// Every deduction of the example contracts, through the whole pipeline, with its amount to the cent. Those
// that follow from a case: a second before the limit, at it, and a second later, and the same at the hours at
// which an outage is split. Those that a person records: below and above what they count from. The sums are
// typed here a second time; nothing is computed from the contract.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/simulate/stage.h"

namespace xj::collector {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

// A Monday; the fault begins at ten.
const Timestamp kStart = *parse_iso("2026-03-02T09:55:00+08:00");
const Timestamp kFault = *parse_iso("2026-03-02T10:00:00+08:00");

// "name state cents", with the words of what else it says.
Lines said(const domain::Costs& costs, const std::string& number = {}) {
  Lines out;
  for (const auto& line : costs.lines)
    if (number.empty() || line.what.number == number)
      out.push_back(line.what.deduction + ' ' + std::string(domain::to_text(line.state)) + ' ' +
                    (line.cents ? std::to_string(*line.cents) : "-") + (line.losses ? " losses" : "") +
                    (line.ends ? " ends" : ""));
  return out;
}

class Play {
 public:
  explicit Play(domain::ContractPtr contract) : contract_(std::move(contract)) {
    s_.file = "made by the test";
    s_.contract = contract_;
    s_.from = kStart, s_.to = kFault;
    const auto& system = contract_->systems.front();
    s_.hosts = {system.checks.front().hosts.front()};
    s_.checks = {{system.id, system.checks.front().id}};
    person_ = contract_->people.begin()->first;
  }
  void fault() {
    StagedFault fault;
    fault.system = contract_->systems.front().id, fault.check = contract_->systems.front().checks.front().id;
    fault.hosts = s_.hosts, fault.state = State::warning;
    fixed_.push_back({0, {kFault, {}, {}, {}}, fault});
  }
  void open(const std::string& kind, const std::string& grade) {
    StagedOpening opening;
    opening.person = person_;
    opening.json.set("kind", kind).set("system", contract_->systems.front().id);
    opening.json.set("grade", grade).set("text", "演练");
    fixed_.push_back({0, {kFault, {}, {}, {}}, std::move(opening)});
  }
  // So long after the beginning of a case, or after its clock is due.
  void act(const std::string& which, const char* verb, const std::string& clock, Duration offset,
           Json::Object more = {}) {
    StagedAct act;
    act.case_name = which, act.person = person_;
    act.json = Json(std::move(more));
    act.json.set("verb", verb).set("text", "演练");
    acts_.push_back({0, {std::nullopt, which, clock, offset}, std::move(act)});
  }
  void record(Timestamp at, Json::Object what) {
    StagedMoney record;
    record.person = person_;
    record.json = Json(std::move(what));
    if (record.json["verb"].is_null()) record.json.set("verb", "record");
    record.json.set("why", "演练");
    fixed_.push_back({0, {at, {}, {}, {}}, std::move(record)});
  }
  domain::Costs run(Duration lasting) {
    s_.to = kFault + lasting;
    std::stable_sort(fixed_.begin(), fixed_.end(),
                     [](const Step& a, const Step& b) { return *a.when.at < *b.when.at; });
    s_.script = fixed_;  // those with an instant come first
    s_.script.insert(s_.script.end(), acts_.begin(), acts_.end());
    TempDir dir;
    Simulation simulation(s_, {dir.path(), Lang::en, {}});
    simulation.run();
    const auto outcome = outcome_of(simulation);
    EXPECT_TRUE(outcome.left.empty());
    for (const auto& done : outcome.performed)
      EXPECT_TRUE(done.expected) << done.what << ": " << render(done.refused, Lang::en);
    expect_recomputed(simulation);
    for (const auto& line : outcome.costs.lines) {
      EXPECT_FALSE(line.why.empty());
      if (line.what.run != 0) {
        EXPECT_GE(line.what.events.size(), 2U) << "the beginning and the end at least";
      }
    }
    return outcome.costs;
  }

 private:
  domain::ContractPtr contract_;
  std::string person_;
  Scenario s_;
  std::vector<Step> fixed_, acts_;
};

class DeductionLimits : public testing::Test {
 protected:
  // What of a contract was set off here; printed and held against its list at the end.
  void expect_all(const domain::Contract& contract) {
    std::string list;
    for (const auto& d : contract.deductions) {
      EXPECT_TRUE(seen_.contains(d.id)) << contract.id << '/' << d.id << " is set off by nothing here";
      list += contract.id + '/' + d.id +
              (d.kind.empty() ? ": recorded\n" : ": met, breached at its limit to the second\n");
    }
    std::fputs(list.c_str(), stdout);
  }
  void note(const Lines& lines) {
    for (const auto& line : lines) seen_.insert(line.substr(0, line.find(' ')));
  }
  // A person's records, one after the other, and what they come to together.
  void recorded(const domain::ContractPtr& contract, std::vector<Json::Object> records,
                const Lines& expected) {
    Play play(contract);
    auto at = kStart;
    for (auto& one : records) play.record(at += 1s, std::move(one));
    const auto lines = said(play.run(1min));
    EXPECT_EQ(lines, expected);
    note(lines);
  }
  std::set<std::string> seen_;
};

// 725,000 yuan is the price of the system that fails: 3 % are 21,750, 5 % 36,250, 7 % 50,750, 9 % 65,250.
TEST_F(DeductionLimits, CivilAffairs) {
  const auto contract = example_contract("civil-affairs");
  ASSERT_EQ(contract->systems.front().id, "governance");
  const std::pair<const char*, Duration> grades[] = {
      {"paralysed", 2h}, {"sign-on", 1h}, {"important", 2h}, {"nonurgent", 24h}};
  const auto expected = [](std::string_view grade, Duration limit, Duration out) {
    Lines lines;
    if (out <= limit) return lines;
    lines.push_back(grade == "paralysed" ? "opinion to_judge -" : "failure counted 500000");
    lines.push_back(out <= 24h   ? "outage-day counted 500000"
                    : out <= 72h ? "outage-days counted 1000000"
                                 : "outage-long counted 3625000");
    return lines;
  };
  // Cases that people open, all in one run; number by number.
  struct Expected {
    std::string what, number;
    Lines lines;
  };
  std::vector<Expected> all;
  Play people(contract);
  int cases = 0, faults = 0, holes = 0;
  const auto number = [](const char* kind, int n) {
    return std::string(kind) + "-260302-" + std::to_string(100 + n).substr(1);
  };
  for (const auto& [grade, limit] : grades) {
    std::set<Duration> instants;
    for (const Duration at : {limit, Duration{24h}, Duration{72h}})
      for (const auto by : {-1s, 0s, 1s}) instants.insert(at + by);
    for (const auto out : instants) {
      people.open("incident", grade);
      people.act(std::to_string(++cases), "recover", {}, out);
      all.push_back({std::string(grade) + ", out for " + xj::to_text(out), number("F", ++faults),
                     expected(grade, limit, out)});
    }
  }
  for (const auto& [grade, cents] : {std::pair{"low", "1000000"}, {"medium", "5075000"}, {"high", "6525000"}})
    for (const auto by : {-1s, 0s, 1s}) {
      people.open("vulnerability", grade);
      people.act(std::to_string(++cases), "recover", "resolve", by);
      const auto name = std::string("vulnerability-") + grade;
      all.push_back({name + ' ' + std::to_string(by.count()), number("L", ++holes),
                     by > 0s ? Lines{name + " counted " + cents} : Lines{}});
    }
  const auto costs = people.run(15 * 24h);
  for (const auto& one : all) {
    SCOPED_TRACE(one.what);
    EXPECT_EQ(said(costs, one.number), one.lines);
    note(one.lines);
  }
  // And those that checks open, at their limit.
  for (const auto& [grade, limit] : grades)
    for (const auto by : {-1s, 0s, 1s}) {
      if (limit > 2h) continue;
      SCOPED_TRACE(std::string(grade) + ' ' + std::to_string(by.count()));
      Play checks(contract);
      checks.fault();
      checks.act("1", "grade", {}, 0s, {{"grade", grade}});
      checks.act("1", "recover", "resolve", by);
      EXPECT_EQ(said(checks.run(limit + 10min)), expected(grade, limit, limit + by));
    }

  recorded(contract, {{{"name", "absence"}}, {{"name", "absence"}}, {{"name", "absence"}}},
           {"absence free 0", "absence counted 500000", "absence counted 500000"});
  recorded(contract, {{{"name", "not-corrected"}}, {{"name", "not-corrected"}, {"count", 2}}},
           {"not-corrected counted 300000", "not-corrected counted 600000"});
  // 1 % of 725,000 a day, 10 % at most; of another price anew.
  recorded(contract, {{{"name", "late-result"}, {"count", 9}, {"system", "governance"}}},
           {"late-result counted 6525000"});
  recorded(contract, {{{"name", "late-result"}, {"count", 10}, {"system", "governance"}}},
           {"late-result counted 7250000"});
  recorded(contract,
           {{{"name", "late-result"}, {"count", 11}, {"system", "governance"}},
            {{"name", "late-result"}, {"count", 1}, {"price", "help-desk"}},
            {{"name", "late-result"}, {"count", 1}}},
           {"late-result counted 7250000", "late-result counted 965000", "late-result base_open -"});
  recorded(contract, {{{"name", "leak-low"}}, {{"name", "leak-higher"}}, {{"name", "leak-key"}}},
           {"leak-low base_open -", "leak-higher base_open -", "leak-key counted 99550000 losses"});
  // 0.05 % of 3,982,000 a day.
  recorded(
      contract,
      {{{"name", "client-late"}, {"count", 3}, {"sum", "3982000"}}, {{"name", "client-late"}, {"count", 3}}},
      {"client-late counted 597300", "client-late base_open -"});
  expect_all(*contract);
}

// An effect that only a person can judge: counted once he has, and the third lets the client end the
// contract.
TEST_F(DeductionLimits, SeriousOpinionIsJudged) {
  const auto contract = example_contract("civil-affairs");
  Play play(contract);
  for (const auto* which : {"1", "2", "3", "4"}) {
    play.open("incident", "paralysed");
    play.act(which, "recover", {}, 2h + 1s);
  }
  for (const auto* which : {"1", "2", "3"}) play.record(kFault + 3h, {{"name", "opinion"}, {"case", which}});
  play.record(kFault + 3h, {{"verb", "waive"}, {"name", "opinion"}, {"case", "4"}});
  EXPECT_EQ(said(play.run(4h)),
            (Lines{"opinion counted 2175000", "opinion counted 2175000", "opinion counted 2175000 ends",
                   "opinion waived -", "outage-day counted 500000", "outage-day counted 500000",
                   "outage-day counted 500000", "outage-day counted 500000"}));
}

TEST_F(DeductionLimits, WhatIsWaivedPausedOrFalseDoesNotCount) {
  const auto contract = example_contract("civil-affairs");
  Play play(contract);
  for (int i = 0; i < 5; ++i) play.open("incident", "important");
  play.act("1", "recover", {}, 2h + 1s);
  // An hour of it waited for the client, so that its limit came later.
  play.act("2", "pause", {}, 30min, {{"reason", "client_consent"}});
  play.act("2", "resume", {}, 90min);
  play.act("2", "recover", {}, 2h + 1s);
  play.act("3", "false_alarm", {}, 3h);
  play.act("4", "merge", {}, 3h, {{"into", "F-260302-05"}});
  play.act("5", "recover", {}, 200min);
  EXPECT_EQ(said(play.run(4h)),
            (Lines{"failure counted 500000", "failure not_counting -", "failure not_counting -",
                   "failure counted 500000", "outage-day counted 500000", "outage-day not_counting -",
                   "outage-day not_counting -", "outage-day counted 500000"}));
}

// 0.1 % of 243,025 a day: 30 days 7,290.75, 31 days 7,533.775, and then 5 % more.
TEST_F(DeductionLimits, OfficeOa) {
  const auto contract = example_contract("office-oa");
  const auto late = [&](const char* until, const Lines& expected) {
    SCOPED_TRACE(until);
    recorded(contract,
             {{{"name", "late"}, {"at", "2026-01-20"}, {"until", until}},
              {{"name", "late-ended"}, {"at", "2026-01-20"}, {"until", until}}},
             expected);
  };
  late("2026-02-18 23:59:59", {"late counted 704773", "late-ended outside -"});
  late("2026-02-19 00:00:01", {"late counted 729075", "late-ended outside -"});
  late("2026-02-19 23:59:59", {"late counted 729075", "late-ended outside -"});
  late("2026-02-20 00:00:00", {"late counted 729075", "late-ended outside -"});
  late("2026-02-20 00:00:01", {"late counted 753378 ends", "late-ended counted 1215125"});
  recorded(contract, {{{"name", "breach"}}}, {"breach counted 1215125"});
  recorded(contract,
           {{{"name", "client-late"}, {"count", 30}, {"sum", "98625"}},
            {{"name", "client-late"}, {"count", 31}, {"sum", "98625"}}},
           {"client-late counted 295875", "client-late counted 305738 ends"});
  expect_all(*contract);
}

// 0.5 % of 1,890,000 are 9,450 a day.
TEST_F(DeductionLimits, PublicService) {
  const auto contract = example_contract("public-service");
  for (const auto& [until, expected] :
       {std::pair{"2026-02-20 00:00:00", Lines{"late counted 28350000", "late-ended outside -"}},
        {"2026-02-20 00:00:01", Lines{"late counted 29295000", "late-ended counted 10000000 ends"}}})
    recorded(contract,
             {{{"name", "late"}, {"at", "2026-01-20"}, {"until", until}},
              {{"name", "late-ended"}, {"at", "2026-01-20"}, {"until", until}}},
             expected);
  recorded(
      contract,
      {{{"name", "wrong-result"}}, {{"name", "dispute-stop"}}, {{"name", "leak"}}, {{"name", "leak-refund"}}},
      {"wrong-result counted 18900000 losses", "dispute-stop counted 18900000 losses",
       "leak counted 10000000 losses", "leak-refund counted 189000000"});
  for (const auto& [days, cents] : {std::pair{9, "450000"}, {10, "500000"}, {11, "500000"}})
    recorded(contract, {{{"name", "client-late"}, {"count", days}, {"sum", "100000"}}},
             {std::string("client-late counted ") + cents});
  expect_all(*contract);
}

TEST_F(DeductionLimits, InvestmentOaAndZoneOa) {
  const auto contract = example_contract("investment-oa");
  recorded(contract, {{{"name", "breach"}}}, {"breach counted 2540000 losses"});
  expect_all(*contract);
  EXPECT_TRUE(example_contract("zone-oa")->deductions.empty()) << "no penalty in its text";
}

}  // namespace
}  // namespace xj::collector
