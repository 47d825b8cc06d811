// Every clock of every example contract, under every grade, is started, met and breached to the second.
#include <gtest/gtest.h>

#include "collector/contract/calendars.h"
#include "collector/contract/loader.h"
#include "collector/domain/clock.h"
#include "collector/domain/tick.h"
#include "tests/fakes/places.h"

namespace xj::collector {
namespace {

using namespace std::chrono_literals;
using domain::ClockStatus;
using domain::EventKind;

// A Wednesday before the seven days of the National Day.
const Timestamp kDetected = *parse_iso("2026-09-30T16:30:00+08:00");

class Life {
 public:
  Life(const domain::Contract& contract, const domain::CaseKind& kind, const std::string& grade)
      : contract_(contract), kind_(kind), grade_(grade) {
    domain::Detected detected;
    detected.case_kind = kind.id;
    // A mere warning, so that no rule of a graver grade ever holds.
    const auto& system = contract.systems.front();
    detected.item = {system.id, system.checks.front().id, system.hosts.front(), ""};
    detected.state = State::warning;
    add(kDetected, std::move(detected));
    add(kDetected, domain::Graded{"", grade, domain::GradeHow::machine, ""});
  }
  void then(const std::string& event, Timestamp at, const std::string& about = {}) {
    const auto kind = domain::parse_event_kind(event);
    ASSERT_TRUE(kind) << event;
    if (*kind == EventKind::registered) return add(at, domain::Registered{});
    if (*kind == EventKind::acknowledged) return add(at, domain::Acknowledged{});
    if (*kind == EventKind::reported) return add(at, domain::Reported{});
    if (*kind == EventKind::arrived) return add(at, domain::Arrived{});
    if (*kind == EventKind::noted) return add(at, domain::Noted{"x", about});
    if (*kind == EventKind::watch_ended) return add(at, domain::WatchEnded{});
    ASSERT_EQ(*kind, EventKind::recovered) << "the test does not know how to cause " << event;
    const auto watch = kind_.watch.find(grade_);
    add(at, domain::Recovered{"x", watch == kind_.watch.end() ? Duration{0} : watch->second});
  }
  domain::ClockView view(const std::string& clock, Timestamp now) const {
    for (auto& v : domain::clocks(state_, contract_, now))
      if (v.name == clock) return v;
    ADD_FAILURE() << "no clock " << clock;
    return {};
  }
  // Whether the machine says the breach by itself when it looks at `now`.
  bool told(const std::string& clock, Timestamp now) const {
    for (const auto& event : domain::tick(state_, contract_, now))
      if (const auto* breach = std::get_if<domain::ClockBreached>(&event.payload))
        if (breach->clock == clock) return true;
    return false;
  }

 private:
  void add(Timestamp at, domain::Payload payload) {
    domain::Event event;
    event.contract = contract_.id, event.number = "1", event.n = state_.last_n + 1;
    event.at = at, event.known = at, event.actor = "system:test", event.via = "test";
    event.revision = contract_.revision, event.calendar = contract_.calendar_edition;
    event.payload = std::move(payload);
    domain::apply(state_, event);
  }
  const domain::Contract& contract_;
  const domain::CaseKind& kind_;
  std::string grade_;
  domain::CaseState state_;
};

TEST(ExampleClocks, EachIsMetUpToItsDueTimeAndBreachedASecondLater) {
  Problems problems;
  const auto holidays = load_holidays(source_dir() + "/config/examples/calendar-cn.csv", problems);
  LoadOptions options;
  options.holidays = &holidays;
  const auto contracts = load_contracts({source_dir() + "/config/examples/contracts"}, options, problems);
  ASSERT_EQ(contracts.size(), 5U) << render(problems, Lang::en);
  std::string list;
  int seen = 0;
  for (const auto& contract : contracts)
    for (const auto& kind : contract->kinds)
      for (const auto& grade : kind.grades)
        for (const auto& clock : kind.clocks) {
          const auto limit = clock.limit.find(grade.id);
          if (limit == clock.limit.end()) continue;
          const auto name = contract->id + '/' + kind.id + '/' + grade.id + '/' + clock.name;
          SCOPED_TRACE(name);
          ++seen;
          list += name + ' ' + to_text(limit->second) + '\n';
          Life before(*contract, kind, grade.id);
          auto start = kDetected;
          if (clock.start != "detected") {
            EXPECT_EQ(before.view(clock.name, kDetected).status, ClockStatus::not_started);
            EXPECT_FALSE(before.view(clock.name, kDetected).due);
            start = kDetected + 1h;
            before.then(clock.start, start);
          }
          const auto due = before.view(clock.name, start).due;
          ASSERT_TRUE(due);
          if (!limit->second.rule && clock.calendar == "7x24") {
            EXPECT_EQ(*due, start + limit->second.time);
          }
          for (const auto& [at, expected] : {std::pair{*due - 1s, ClockStatus::met},
                                             {*due, ClockStatus::met},
                                             {*due + 1s, ClockStatus::breached}}) {
            auto after = before;
            after.then(clock.stop, at, clock.about);
            EXPECT_EQ(after.view(clock.name, at + 1h).status, expected);
          }
          EXPECT_EQ(before.view(clock.name, *due).status, ClockStatus::running);
          EXPECT_EQ(before.view(clock.name, *due + 1s).status, ClockStatus::breached);
          // The end of a watch period comes by itself and in time, so nothing can be late.
          EXPECT_EQ(before.told(clock.name, *due + 1s), clock.stop != "watch_ended");
          EXPECT_FALSE(before.told(clock.name, *due));
          if (!clock.unless.empty()) {
            auto freed = before;
            freed.then(clock.unless, *due);
            EXPECT_EQ(freed.view(clock.name, *due + 1h).status, ClockStatus::ended);
          }
        }
  EXPECT_GT(seen, 60) << list;
  if (HasFailure()) std::puts(list.c_str());
}

}  // namespace
}  // namespace xj::collector
