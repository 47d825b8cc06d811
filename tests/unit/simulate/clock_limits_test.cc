// Every clock of every grade of every kind of the example contracts, hit through the whole pipeline a second
// before it is due, when it is due, and a second later. Cases that checks open begin with a fault, the others
// with a person who opens them. Made from the loaded contracts; the figures themselves are typed a second
// time in tests/unit/contract/requirements_test.cc.
#include <gtest/gtest.h>

#include <algorithm>

#include "collector/domain/incident.h"
#include "tests/unit/simulate/stage.h"

namespace xj::collector {
namespace {

using namespace std::chrono_literals;
using domain::ClockStatus;
using domain::EventKind;

// A Monday; the fault begins at ten.
const Timestamp kStart = *parse_iso("2026-03-02T09:55:00+08:00");
const Timestamp kFault = *parse_iso("2026-03-02T10:00:00+08:00");

// The verb by which a person causes an event; empty: only the machine does.
std::string verb_of(EventKind wanted) {
  constexpr std::pair<EventKind, const char*> verbs[] = {
      {EventKind::registered, "register"}, {EventKind::acknowledged, "acknowledge"},
      {EventKind::reported, "report"},     {EventKind::arrived, "arrive"},
      {EventKind::noted, "note"},          {EventKind::recovered, "recover"},
      {EventKind::closed, "close"}};
  for (const auto& [kind, verb] : verbs)
    if (kind == wanted) return verb;
  return {};
}

struct Clock {
  domain::ContractPtr contract;
  std::string grade;
  const domain::ClockSpec* spec = nullptr;
};

class Hit {
 public:
  explicit Hit(const Clock& clock) : clock_(clock) {
    const auto& contract = *clock.contract;
    s_.file = "made by the test";
    s_.contract = clock.contract;
    s_.from = kStart;
    // One check on one host: that it is a warning only keeps graver grades from being proposed.
    const auto& system = contract.systems.front();
    const auto& check = system.checks.front();
    s_.hosts = {check.hosts.front()};
    s_.checks = {{system.id, check.id}};
    person_ = contract.people.begin()->first;
    // A clock that starts with the recovery needs one: then the fault ends by itself.
    fault_.system = system.id, fault_.check = check.id;
    fault_.hosts = s_.hosts;
    fault_.state = State::warning;
    const auto starts = domain::parse_event_kind(clock.spec->start);
    if (starts == EventKind::recovered) fault_.lasting = 20min;
    add({kFault, {}, {}, {}}, fault_);
    act({std::nullopt, "1", {}, 0s}, "grade", {{"grade", Json(clock.grade)}, {"text", Json("按合同定级")}});
    if (starts && *starts != EventKind::detected && *starts != EventKind::recovered)
      act({std::nullopt, "1", {}, 5min}, verb_of(*starts), {});
  }
  // Stopped so long after it is due.
  void stop(Duration after) {
    const auto verb = verb_of(*domain::parse_event_kind(clock_.spec->stop));
    Json::Object more;
    if (verb == "note") more = {{"about", Json(clock_.spec->about)}, {"text", Json("已提交")}};
    act({std::nullopt, "1", clock_.spec->name, after}, verb, std::move(more));
  }
  // How the clock stands at the end, ten minutes behind the latest of all instants of interest.
  void run() {
    const auto limit = clock_.spec->limit.at(clock_.grade);
    // A day rule is due within days at the latest; a simulated day of one check costs little.
    s_.to = kStart + 1h + (limit.rule ? Duration{15 * 24h} : limit.time) + Duration{1h};
    Simulation simulation(s_, {dir_.path(), Lang::en, {}});
    simulation.run();
    outcome_ = outcome_of(simulation);
    // Said to be over while the fault stands, it may be opened anew: that is another case, or another run.
    ASSERT_FALSE(outcome_.cases.empty());
    EXPECT_TRUE(outcome_.as_scripted())
        << (outcome_.performed.empty() ? "" : render(outcome_.performed.back().refused, Lang::en));
    for (auto& view : outcome_.cases[0].clocks)
      if (view.name == clock_.spec->name && view.run == 1) view_ = view;
    for (const auto& event : outcome_.cases[0].events)
      if (const auto* breach = std::get_if<domain::ClockBreached>(&event.payload);
          breach != nullptr && breach->clock == clock_.spec->name && breach->run == 1) {
        ++breaches_;
        EXPECT_EQ(breach->due, view_.due);
        EXPECT_EQ(event.known, breach->due + 1ms) << "said as soon as it is true";
      }
    expect_recomputed(simulation);
  }
  const domain::ClockView& view() const { return view_; }
  int breaches() const { return breaches_; }

 private:
  void add(When when, Staged what) { s_.script.push_back({0, std::move(when), std::move(what)}); }
  void act(When when, const std::string& verb, Json::Object more) {
    StagedAct act;
    act.case_name = "1";
    act.person = person_;
    act.json = Json(std::move(more));
    act.json.set("verb", verb);
    if (act.json["text"].is_null()) act.json.set("text", "演练");
    add(std::move(when), std::move(act));
  }
  const Clock& clock_;
  TempDir dir_;
  Scenario s_;
  StagedFault fault_;
  std::string person_;
  Outcome outcome_;
  domain::ClockView view_;
  int breaches_ = 0;
};

// All clocks of a grade of a kind that people open, in one run: a case a clock and a distance from its due
// time.
class Opened {
 public:
  Opened(const domain::ContractPtr& contract, const domain::CaseKind& kind, const std::string& grade)
      : contract_(contract), kind_(kind), grade_(grade) {
    s_.file = "made by the test";
    s_.contract = contract;
    s_.from = kStart;
    s_.to = kFault;
  }
  void add(const domain::ClockSpec& spec, Duration after) {
    const auto person = contract_->people.begin()->first;
    const auto name = std::to_string(hits_.size() + 1);
    hits_.push_back({&spec, after});
    StagedOpening opening;
    opening.person = person;
    opening.json.set("kind", kind_.id).set("system", contract_->systems.front().id);
    opening.json.set("grade", grade_).set("text", "演练");
    fixed_.push_back({0, {kFault, {}, {}, {}}, std::move(opening)});
    const auto later = [&](When when, const std::string& verb) {
      StagedAct act;
      act.case_name = name, act.person = person;
      act.json.set("verb", verb).set("text", "演练");
      if (verb == "note" && !spec.about.empty()) act.json.set("about", spec.about);
      acts_.push_back({0, std::move(when), std::move(act)});
    };
    if (const auto starts = domain::parse_event_kind(spec.start); starts != EventKind::detected)
      later({std::nullopt, name, {}, 5min}, verb_of(*starts));
    later({std::nullopt, name, spec.name, after}, verb_of(*domain::parse_event_kind(spec.stop)));
    const auto& limit = spec.limit.at(grade_);
    s_.to = std::max(s_.to, kFault + 1h + (limit.rule ? Duration{4 * 24h} : limit.time));
  }
  void run() {
    s_.script = fixed_;  // those with an instant come first
    s_.script.insert(s_.script.end(), acts_.begin(), acts_.end());
    TempDir dir;
    Simulation simulation(s_, {dir.path(), Lang::en, {}});
    simulation.run();
    const auto outcome = outcome_of(simulation);
    ASSERT_EQ(outcome.cases.size(), hits_.size());
    EXPECT_TRUE(outcome.left.empty());
    for (const auto& done : outcome.performed)
      EXPECT_TRUE(done.expected) << done.what << ": " << render(done.refused, Lang::en);
    for (std::size_t i = 0; i < hits_.size(); ++i) judge(outcome.cases[i], *hits_[i].first, hits_[i].second);
    expect_recomputed(simulation);
  }

 private:
  void judge(const CaseOutcome& one, const domain::ClockSpec& spec, Duration after) const {
    SCOPED_TRACE(spec.name + ' ' + std::to_string(after.count()) + " ms after it was due");
    EXPECT_EQ(one.state.case_kind, kind_.id);
    EXPECT_TRUE(std::holds_alternative<domain::Opened>(one.events.front().payload));
    const auto view = std::find_if(one.clocks.begin(), one.clocks.end(),
                                   [&](const auto& v) { return v.name == spec.name && v.run == 1; });
    ASSERT_NE(view, one.clocks.end());
    ASSERT_TRUE(view->start && view->due && view->stop);
    EXPECT_EQ(*view->start, kFault + (spec.start == "detected" ? Duration{0} : Duration{5min}));
    EXPECT_EQ(*view->stop, *view->due + after);
    EXPECT_EQ(view->status, after <= 0s ? ClockStatus::met : ClockStatus::breached);
    EXPECT_EQ(view->grade, grade_);
    const auto& limit = spec.limit.at(grade_);
    if (!limit.rule && spec.calendar == "7x24") {
      EXPECT_EQ(*view->due, *view->start + limit.time);
    }
    int breaches = 0;
    for (const auto& event : one.events)
      if (const auto* breach = std::get_if<domain::ClockBreached>(&event.payload);
          breach != nullptr && breach->clock == spec.name) {
        ++breaches;
        EXPECT_EQ(event.known, *view->due + 1ms) << "said as soon as it is true";
      }
    EXPECT_EQ(breaches, after <= 0s ? 0 : 1);
  }
  domain::ContractPtr contract_;
  const domain::CaseKind& kind_;
  std::string grade_;
  Scenario s_;
  std::vector<Step> fixed_, acts_;
  std::vector<std::pair<const domain::ClockSpec*, Duration>> hits_;
};

struct GradeOfKind {
  std::string contract, kind, grade;
};

std::vector<GradeOfKind> grades_of_all_kinds() {
  std::vector<GradeOfKind> out;
  for (const auto* id : kExamples)
    if (const auto contract = example_contract(id); contract != nullptr)
      for (const auto& kind : contract->kinds)
        for (const auto& grade : kind.grades) out.push_back({id, kind.id, grade.id});
  return out;
}

class ClockLimits : public testing::TestWithParam<GradeOfKind> {};

TEST_P(ClockLimits, AreHitThroughTheWholePipeline) {
  const auto contract = example_contract(GetParam().contract);
  ASSERT_NE(contract, nullptr);
  const auto& kind = *contract->kind(GetParam().kind);
  const auto& grade = *kind.grade(GetParam().grade);
  Opened opened(contract, kind, grade.id);
  std::string list;
  int hit = 0;
  for (const auto& spec : kind.clocks) {
    const auto limit = spec.limit.find(grade.id);
    if (limit == spec.limit.end()) continue;
    const auto name = contract->id + '/' + kind.id + '/' + grade.id + '/' + spec.name;
    SCOPED_TRACE(name);
    list += name + ' ' + domain::to_text(limit->second) + ": started";
    const auto stop = domain::parse_event_kind(spec.stop);
    ASSERT_TRUE(stop);
    if (!kind.from_checks) {
      for (const auto after : {-1s, 0s, 1s}) opened.add(spec, after);
      list += ", met, breached\n";
      ++hit;
      continue;
    }
    const Clock clock{contract, grade.id, &spec};
    const bool by_machine = verb_of(*stop).empty();
    if (by_machine) {
      Hit alone(clock);
      alone.run();
      EXPECT_EQ(alone.view().status, ClockStatus::met);
      EXPECT_EQ(alone.view().stop, alone.view().due);
      EXPECT_EQ(alone.breaches(), 0);
      list += ", met; its end comes by itself and in time, so it cannot be breached\n";
      ++hit;
      continue;
    }
    for (const auto& [after, expected] :
         {std::pair{-1s, ClockStatus::met}, {0s, ClockStatus::met}, {1s, ClockStatus::breached}}) {
      Hit stopped(clock);
      stopped.stop(after);
      stopped.run();
      const auto& view = stopped.view();
      ASSERT_TRUE(view.start && view.due && view.stop);
      EXPECT_EQ(view.status, expected) << after.count() << " s after it was due";
      EXPECT_EQ(*view.stop, *view.due + after);
      EXPECT_EQ(stopped.breaches(), expected == ClockStatus::breached ? 1 : 0);
      EXPECT_EQ(view.grade, grade.id);
      if (!limit->second.rule && spec.calendar == "7x24") {
        EXPECT_EQ(*view.due, *view.start + limit->second.time);
      }
    }
    list += ", met, breached\n";
    ++hit;
  }
  EXPECT_GT(hit, 0);
  if (!kind.from_checks) opened.run();
  std::fputs(list.c_str(), stdout);
}

INSTANTIATE_TEST_SUITE_P(Examples, ClockLimits, testing::ValuesIn(grades_of_all_kinds()),
                         [](const auto& param) {
                           const auto& of = param.param;
                           auto name = of.contract + '_' + of.kind + '_' + of.grade;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// What the cases above leave out: a clock whose start or stop no verb here causes, or a grade that stands in
// no list. The end of a watch period is the machine's.
TEST(ClockLimitsList, NothingIsLeftUncovered) {
  int clocks = 0, opened_by_people = 0;
  std::string left;
  const auto grades = grades_of_all_kinds();
  for (const auto* id : kExamples) {
    const auto contract = example_contract(id);
    for (const auto& kind : contract->kinds) {
      if (!kind.from_checks) ++opened_by_people;
      for (const auto& spec : kind.clocks)
        for (const auto& [grade, limit] : spec.limit) {
          ++clocks;
          const auto starts = domain::parse_event_kind(spec.start),
                     stops = domain::parse_event_kind(spec.stop);
          const bool listed =
              std::any_of(grades.begin(), grades.end(), [&, g = grade](const GradeOfKind& of) {
                return of.contract == id && of.kind == kind.id && of.grade == g;
              });
          const bool caused =
              starts && stops && (starts == EventKind::detected || !verb_of(*starts).empty()) &&
              (!verb_of(*stops).empty() || (kind.from_checks && stops == EventKind::watch_ended));
          if (!listed || !caused)
            left += std::string(id) + '/' + kind.id + '/' + grade + '/' + spec.name + '\n';
        }
    }
  }
  EXPECT_GE(opened_by_people, 13);
  EXPECT_EQ(left, "");
  std::printf("%d clocks of all grades, %d kinds opened by people; left uncovered: %s\n", clocks,
              opened_by_people, left.empty() ? "none" : left.c_str());
}

}  // namespace
}  // namespace xj::collector
