// Every rule of telling of the example contracts, of every grade, through the whole pipeline: what the
// program sends itself at once, and what a person says a second before it is due, when it is due, a second
// later, and never. Cases that checks open; no example asks for a telling of another kind. No example gives
// what its end makes owed a time either: one is made that does.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "collector/domain/telling.h"
#include "tests/unit/simulate/stage.h"

namespace xj::collector {
namespace {

using namespace std::chrono_literals;
using domain::TellStatus;

// A Monday; the fault begins at ten.
const Timestamp kStart = *parse_iso("2026-03-02T09:55:00+08:00");
const Timestamp kFault = *parse_iso("2026-03-02T10:00:00+08:00");

bool by_machine(const domain::TellRule& rule) {
  return rule.how.empty() || std::all_of(rule.how.begin(), rule.how.end(), [](const std::string& how) {
           return how == "mail" || how == "push";
         });
}

class Tale {
 public:
  Tale(const domain::ContractPtr& contract, const domain::CaseKind& kind, std::string grade,
       const domain::TellRule& rule)
      : contract_(contract), rule_(rule), grade_(std::move(grade)) {
    s_.file = "made by the test";
    s_.contract = contract;
    s_.from = kStart, s_.to = kFault + 8h;
    const auto& system = contract->systems.front();
    const auto& check = system.checks.front();
    s_.hosts = {check.hosts.front()};
    s_.checks = {{system.id, check.id}};
    StagedFault fault;
    fault.system = system.id, fault.check = check.id, fault.hosts = s_.hosts, fault.state = State::warning;
    if (rule.on == "recovered" || rule.on == "closed") fault.lasting = 20min;
    s_.script.push_back({0, {kFault, {}, {}, {}}, fault});
    act(0s, {}, {{"verb", Json("grade")}, {"grade", Json(grade_)}, {"text", Json("按合同定级")}});
    if (rule.on == "acknowledged") act(5min, {}, {{"verb", Json("acknowledge")}});
    if (rule.on == "closed") {
      // To the end by way of the closing conditions, after the watch period.
      const auto after = kind.watch.at(grade_) + 2h;
      s_.to = kFault + after + 4h;
      std::size_t n = 0;
      for (const auto& clock : kind.clocks)
        if (!clock.about.empty())
          act(after, {}, {{"verb", Json("note")}, {"about", Json(clock.about)}, {"text", Json("已提交")}});
      act(after, {}, {{"verb", Json("request_close")}});
      for (const auto& condition : kind.closing) {
        ++n;
        if (condition.proof == domain::ClosingProof::recovered ||
            condition.proof == domain::ClosingProof::watch_over)
          continue;
        const auto role = contract->roles.find(condition.role);
        act(after + 1min, {}, {{"verb", Json("confirm")}, {"n", Json(static_cast<std::int64_t>(n))}},
            role == contract->roles.end() ? "" : role->second.people.front());
      }
      act(after + 2min, {}, {{"verb", Json("verify")}}, std::next(contract->people.begin())->first);
      act(after + 3min, {}, {{"verb", Json("close")}});
    }
  }
  // A person says it so long after it was due; where it has no due time, after its event.
  void told(Duration after, bool due) {
    if (due)
      act(after, domain::tell_clock(rule_.id), {{"verb", Json("told")}, {"rule", Json(rule_.id)}});
    else
      act(s_.to - kFault - 1h, {}, {{"verb", Json("told")}, {"rule", Json(rule_.id)}});
  }
  void run() {
    Simulation simulation(s_, {dir_.path(), Lang::en, {}});
    simulation.run();
    const auto outcome = outcome_of(simulation);
    ASSERT_FALSE(outcome.cases.empty());
    EXPECT_TRUE(outcome.as_scripted())
        << (outcome.performed.empty() ? "" : render(outcome.performed.back().refused, Lang::en));
    for (auto& one : domain::tellings(outcome.cases[0].state, *contract_, s_.to))
      if (one.rule == rule_.id && one.run == 1 && one.turn == 1) view = one, ++owed;
    for (const auto& event : outcome.cases[0].events) {
      if (const auto* warning = std::get_if<domain::ClockWarning>(&event.payload);
          warning != nullptr && warning->clock == domain::tell_clock(rule_.id) && warning->due == view.due) {
        ++warnings;
        EXPECT_EQ(warning->instant, view.since + (*view.due - view.since) / 2);
        EXPECT_EQ(event.known, warning->instant);
      }
      if (const auto* breach = std::get_if<domain::ClockBreached>(&event.payload);
          breach != nullptr && breach->clock == domain::tell_clock(rule_.id) && breach->due == view.due) {
        ++breaches;
        EXPECT_EQ(event.known, breach->due + 1ms) << "said as soon as it is true";
      }
    }
    expect_recomputed(simulation);
  }
  // As the contract gives it; at once is none.
  Duration limit() const {
    return rule_.within.empty() ? rule_.repeat.value_or(0ms) : rule_.within.at(grade_);
  }
  domain::TellView view;
  int warnings = 0, breaches = 0, owed = 0;

 private:
  void act(Duration offset, const std::string& clock, Json::Object what, const std::string& as = {}) {
    StagedAct act;
    act.case_name = "1";
    act.person = as.empty() ? contract_->people.begin()->first : as;
    act.json = Json(std::move(what));
    if (act.json["text"].is_null()) act.json.set("text", "演练");
    s_.script.push_back({0, {std::nullopt, "1", clock, offset}, std::move(act)});
  }
  domain::ContractPtr contract_;
  const domain::TellRule& rule_;
  std::string grade_;
  TempDir dir_;
  Scenario s_;
};

// What a person has to say, to the second.
void hold(const domain::ContractPtr& contract, const domain::CaseKind& kind, const std::string& grade,
          const domain::TellRule& rule) {
  for (const auto& [after, expected] : {std::pair{std::optional(-1s), TellStatus::told},
                                        {std::optional(0s), TellStatus::told},
                                        {std::optional(1s), TellStatus::late},
                                        {std::nullopt, TellStatus::overdue}}) {
    SCOPED_TRACE(after ? std::to_string(after->count()) : "never");
    Tale said(contract, kind, grade, rule);
    if (after) said.told(*after, true);
    said.run();
    ASSERT_TRUE(said.view.due);
    const bool missed = expected != TellStatus::told;
    // A turn that is over is no longer the one a word is about: it stays missed.
    const bool over = missed && rule.repeat;
    EXPECT_EQ(said.view.status, over ? TellStatus::overdue : expected);
    if (after && !over) {
      EXPECT_EQ(said.view.told, *said.view.due + *after);
    }
    EXPECT_EQ(said.warnings, said.limit() >= domain::kTellWarnFrom ? 1 : 0);
    EXPECT_EQ(said.breaches, missed ? 1 : 0);
    EXPECT_EQ(said.view.grade, grade);
  }
}

class TellLimits : public testing::TestWithParam<const char*> {};

TEST_P(TellLimits, AreHitThroughTheWholePipeline) {
  const auto contract = example_contract(GetParam());
  ASSERT_NE(contract, nullptr);
  std::string list;
  for (const auto& kind : contract->kinds)
    for (const auto& rule : kind.tell)
      for (const auto& grade : kind.grades) {
        const auto name = contract->id + '/' + kind.id + '/' + grade.id + "/tell:" + rule.id;
        SCOPED_TRACE(name);
        ASSERT_TRUE(kind.from_checks) << "this test opens no other cases";
        if (!rule.within.empty() && !rule.within.contains(grade.id)) continue;
        const bool limited = !rule.within.empty() || rule.repeat;
        list += name + (limited ? "" : " (no limit)") + ": owed";
        if (by_machine(rule)) {
          Tale sent(contract, kind, grade.id, rule);
          sent.run();
          EXPECT_EQ(sent.owed, 1);
          EXPECT_EQ(sent.view.status, TellStatus::told);
          EXPECT_EQ(sent.breaches, 0);
          list += ", sent by the program";
        } else if (!limited) {
          Tale said(contract, kind, grade.id, rule);
          said.told(0s, false);
          said.run();
          EXPECT_EQ(said.view.status, TellStatus::told);
          list += ", told";
        }
        if (by_machine(rule) || !limited) {
          list += "; never late\n";
          continue;
        }
        hold(contract, kind, grade.id, rule);
        list += ", told in time, told late, never told\n";
      }
  std::fputs(list.c_str(), stdout);
}

// office-oa's notice of the end, with a time for it.
TEST(EndTellLimits, IsHitThroughTheWholePipeline) {
  const auto source = source_dir() + "/config/examples/contracts/office-oa";
  TempDir dir;
  std::filesystem::copy(
      source, dir.path(),
      std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  const auto file = dir.path() + "/contract.yaml";
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  auto changed = text.str();
  const std::string rule = "how: [written], ref: [S0-53, S0-62]}";
  const auto at = changed.find(rule);
  ASSERT_NE(at, std::string::npos);
  changed.replace(at, rule.size(), "how: [written], within: {I: 1h, II: 90m, III: 2h}}");
  std::ofstream(file) << changed;
  Problems problems;
  const auto contract = load_contract(file, contract_options(), problems);
  ASSERT_NE(contract, nullptr) << render(problems, Lang::en);
  int held = 0;
  for (const auto& kind : contract->kinds)
    for (const auto& one : kind.tell)
      for (const auto& grade : kind.grades) {
        if (one.on != "closed") continue;
        SCOPED_TRACE(grade.id);
        hold(contract, kind, grade.id, one);
        ++held;
      }
  EXPECT_EQ(held, 3);
}

INSTANTIATE_TEST_SUITE_P(Examples, TellLimits, testing::ValuesIn(kExamples), [](const auto& param) {
  std::string name = param.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace xj::collector
