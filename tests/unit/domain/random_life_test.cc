// Random lives of cases, and clocks against an oracle that walks the minutes and shares no code with them.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "collector/domain/case_book.h"
#include "collector/domain/clock.h"
#include "collector/domain/explain.h"
#include "collector/domain/incident.h"
#include "collector/domain/numbering.h"
#include "collector/domain/recheck.h"
#include "collector/domain/routing.h"
#include "collector/domain/tick.h"
#include "tests/fakes/event_samples.h"
#include "tests/fakes/small_contract.h"

// More lives for a long run; few keep the unit tests quick.
#ifndef XJ_RANDOM_LIVES
#define XJ_RANDOM_LIVES 10
#endif

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using fixture::kT0;

class RandomLife {
 public:
  // Each day's numbers are nearly used up, so that they run over.
  explicit RandomLife(unsigned seed, bool regroup = false) : random_(seed), regroup_(regroup) {
    for (int day = 0; day < 400; ++day)
      book_.remember_number({contract_->id, next_number_going_on(contract_->kinds[0].number, contract_->zone,
                                                                 kT0 + day * 24h, 98)});
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      advance(Duration{pick(4) == 0 ? pick(50 * 3'600'000) : pick(600'000)});
      if (pick(8) == 0)
        review();
      else if (pick(3) == 0)
        person();
      else
        observe();
      check();
      if (::testing::Test::HasFailure()) return;
    }
  }
  std::size_t events() const { return count_; }
  std::size_t problems() const { return problems_; }
  std::size_t standing() const { return standing_; }
  std::size_t regrouped() const {
    std::size_t out = 0;
    for (const auto& [number, events] : lives_)
      for (const auto& e : events)
        if (e.kind() == EventKind::merged || e.kind() == EventKind::split_off) ++out;
    return out;
  }

 private:
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  void commit(const std::vector<Event>& events) {
    for (const auto& e : events) {
      auto& list = lives_[e.number];
      const auto before = fold(list);
      ASSERT_FALSE(refuse(before, e.payload)) << "decided what is refused: " << encode(e);
      if (!begins(e.kind())) {
        for (const auto& other : recheck(before, *contract_, e))
          ADD_FAILURE() << encode(e) << ": " << other.field << " again: " << other.again;
      }
      list.push_back(e);
      ASSERT_LE(e.at, e.known);
      ASSERT_EQ(e.known, now_);
      book_.apply(e, contract_, now_);
      route(e, fold(list), *contract_, now_);
      ++count_;
    }
  }
  // A problem stands in one living case: in none only where a person ended its case in spite of it.
  void stand() {
    for (const auto& [item, memory] : items_) {
      int in = 0;
      bool ended = false;
      for (const auto& [number, events] : lives_) {
        const auto state = fold(events);
        const auto* problem = state.problem(item);
        if (problem == nullptr || problem->cleared) continue;
        if (!is_over(state.status)) ++in;
        if (is_over(state.status)) ended = true;
        ASSERT_NE(state.status, Status::merged) << number << " kept what it gave away";
      }
      ASSERT_LE(in, 1) << item.check << ' ' << item.host << " stands in several cases";
      if (memory.standing().problem && !ended) {
        ASSERT_EQ(in, 1) << item.system << ' ' << item.check << ' ' << item.host
                         << " fails and is in no case";
        ++standing_;
      }
    }
  }
  // A problem that is news is in exactly one case that is handled, and stands there.
  void observed(const ItemRef& item, const Transition& t) {
    auto outcome = step(book_, contract_, item, t, now_);
    ASSERT_TRUE(std::holds_alternative<std::vector<Event>>(outcome)) << "a problem without a case";
    take(std::move(outcome));
    if (t.before.problem || !t.after.problem) return;
    int in = 0;
    for (const auto& [ref, open] : book_.cases()) {
      const auto* problem = open.state.problem(item);
      if (is_handling(open.state.status) && problem != nullptr && !problem->cleared) ++in;
    }
    ASSERT_EQ(in, 1) << item.system << ' ' << item.check << ' ' << item.host;
    ++problems_;
  }
  void take(Outcome outcome) {
    if (auto* events = std::get_if<std::vector<Event>>(&outcome)) commit(*events);
  }
  void tick_all() {
    for (const auto& ref : book_.due(now_)) {
      commit(tick(book_.find(ref)->state, *contract_, now_));
      book_.reschedule(ref, now_);
      if (const auto* open = book_.find(ref); open != nullptr) {
        ASSERT_TRUE(tick(open->state, *contract_, now_).empty()) << ref.number;
        ASSERT_TRUE(!open->deadline || *open->deadline > now_) << ref.number;
      }
    }
  }
  // To each deadline on the way; a moment before it nothing may be due.
  void advance(Duration by) {
    const Timestamp to = now_ + by;
    for (auto next = book_.next_deadline(); next && *next <= to; next = book_.next_deadline()) {
      if (*next - 1ms > now_) {
        for (const auto& [ref, open] : book_.cases())
          ASSERT_TRUE(tick(open.state, *contract_, *next - 1ms).empty())
              << "a deadline came late for " << ref.number;
      }
      now_ = std::max(now_, *next);
      tick_all();
      if (::testing::Test::HasFatalFailure()) return;
    }
    now_ = to;
  }
  void observe() {
    static const std::vector<ItemRef> items{{"oa", "http", "web1", ""},  {"oa", "http", "web2", ""},
                                            {"oa", "docs", "web1", ""},  {"oa", "disk", "web1", "/"},
                                            {"oa", "login", "web2", ""}, {"hr", "http", "web2", ""}};
    const auto& item = items[static_cast<std::size_t>(pick(static_cast<int>(items.size())))];
    EvalPolicy policy{1 + pick(2), 190s};
    const auto state = static_cast<State>(pick(2) == 0 ? 0 : pick(4));
    auto& memory = items_[item];
    if (pick(8) == 0) {
      if (auto t = judge_silence(memory, policy, {now_, {}, false}, now_, kT0)) observed(item, *t);
      return;
    }
    const auto slot = now_ - Duration{pick(30'000)};
    if (auto t = evaluate(
            memory,
            {slot, now_, pick(10) == 0 ? wire::Lane::replay : wire::Lane::live, state, nullptr, nullptr},
            policy))
      observed(item, *t);
  }
  // Checks and hosts leave the contract and come back.
  void review() {
    auto other = *contract_;
    std::set<std::string> revoked;
    if (pick(2) == 0) revoked.insert(pick(2) == 0 ? "web1" : "web2");
    if (pick(2) == 0) other.systems[0].checks.erase(other.systems[0].checks.begin() + pick(3));
    const bool gone = pick(6) == 0;
    std::vector<std::vector<Event>> all;
    for (const auto& [ref, open] : book_.cases())
      all.push_back(review_watch(open.state, *contract_, gone ? nullptr : &other, revoked, now_));
    for (const auto& events : all) commit(events);
    for (const auto& [ref, open] : book_.cases())
      ASSERT_TRUE(review_watch(open.state, *contract_, gone ? nullptr : &other, revoked, now_).empty());
  }
  void person() {
    if (lives_.empty() || pick(12) == 0) {
      Opening what;
      what.system = "oa", what.text = "telephone", what.person = "li", what.via = "test";
      if (pick(2) == 0) what.at = now_ - Duration{pick(3'600'000)};
      if (pick(2) == 0) what.grade = "II";
      take(open_case(book_, contract_, what, now_));
      return;
    }
    auto it = lives_.begin();
    std::advance(it, pick(static_cast<int>(lives_.size())));
    for (int tries = 0; regroup_ && tries < 8 && !is_handling(fold(it->second).status); ++tries) {
      it = lives_.begin();
      std::advance(it, pick(static_cast<int>(lives_.size())));
    }
    const auto state = fold(it->second);
    Act a;
    a.verb = static_cast<Verb>(pick(kVerbs));
    if (a.verb == Verb::false_alarm && pick(4) != 0) a.verb = Verb::acknowledge;
    a.person = "zhang", a.via = "test";
    if (pick(3) != 0) a.text = "because";
    if (a.verb == Verb::merge || pick(regroup_ ? 3 : 12) == 0) {
      a.verb = Verb::merge, a.text = "one and the same";
      for (int tries = 0; tries < 4 && (a.into.empty() || !is_handling(fold(lives_[a.into]).status));
           ++tries) {
        auto other = lives_.begin();
        std::advance(other, pick(static_cast<int>(lives_.size())));
        a.into = other->first;
      }
    }
    if (a.verb == Verb::split || pick(regroup_ ? 2 : 12) == 0) {
      a.verb = Verb::split, a.text = "another cause";
      static const char* words[] = {"http", "docs@web1", "@web2", "disk@web1:/", "login"};
      a.items = {words[pick(5)]};
      if (pick(3) == 0) a.items.emplace_back(words[pick(5)]);
    }
    static const char* grades[] = {"I", "II", "III", "IV"};
    a.grade = grades[pick(4)];
    a.reason = pick(2) == 0 ? "client" : "spare_part";
    if (pick(3) == 0) a.at = now_ - Duration{pick(3'600'000)};
    a.n = static_cast<std::uint32_t>(1 + pick(static_cast<int>(state.last_n)));
    a.value = to_iso(now_ - Duration{pick(7'200'000)});
    take(act(book_, state, contract_, a, now_));
  }
  void check() {
    stand();
    if (::testing::Test::HasFatalFailure()) return;
    std::size_t living = 0;
    for (const auto& [number, events] : lives_) {
      const auto state = fold(events);
      if (!is_over(state.status)) ++living;
      for (const auto& view : clocks(state, *contract_, now_)) {
        if (view.stop && view.due) {
          ASSERT_EQ(view.status, *view.stop <= *view.due ? ClockStatus::met : ClockStatus::breached);
        }
        for (const auto& w : view.warns) ASSERT_LT(w.at, *view.due);
      }
      explain(events, *contract_, now_);
    }
    ASSERT_EQ(book_.size(), living);
  }

  std::mt19937 random_;
  bool regroup_;  // people merge and split more than anything else
  ContractPtr contract_ = fixture::contract();
  CaseBook book_;
  Timestamp now_ = kT0;
  std::map<ItemRef, ItemMemory> items_;
  std::map<std::string, std::vector<Event>> lives_;
  std::size_t count_ = 0, problems_ = 0, standing_ = 0;
};

TEST(RandomLife, NothingIsDecidedThatIsRefusedAndNoDeadlineComesLate) {
  std::size_t events = 0, problems = 0;
  for (unsigned seed = 1; seed <= XJ_RANDOM_LIVES; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomLife life(seed);
    ASSERT_NO_THROW(life.run(60));
    if (HasFailure()) return;
    events += life.events();
    problems += life.problems();
  }
  EXPECT_GT(events, 20U * XJ_RANDOM_LIVES) << "the lives were empty";
  EXPECT_GT(problems, 2U * XJ_RANDOM_LIVES) << "nothing ever broke";
}

TEST(RandomLife, AFailingItemIsInExactlyOneLivingCaseHoweverCasesAreRegrouped) {
  std::size_t standing = 0, regrouped = 0;
  for (unsigned seed = 1; seed <= XJ_RANDOM_LIVES; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomLife life(seed, true);
    ASSERT_NO_THROW(life.run(80));
    if (HasFailure()) return;
    standing += life.standing(), regrouped += life.regrouped();
  }
  EXPECT_GT(standing, 10U * XJ_RANDOM_LIVES) << "nothing ever stood";
  EXPECT_GT(regrouped, 1U * XJ_RANDOM_LIVES) << "no case was ever merged or split";
}

// Minutes from kT0 (Friday 09:00).
struct Oracle {
  bool office = false;
  std::vector<std::pair<int, int>> pauses;  // [from, to)
  bool works(int minute) const {
    for (const auto& [from, to] : pauses)
      if (minute >= from && minute < to) return false;
    if (!office) return true;
    const int of_week = (4 * 1440 + 540 + minute) % (7 * 1440);  // Monday 00:00 is 0
    const int day = of_week / 1440, of_day = of_week % 1440;
    return day < 5 && ((of_day >= 540 && of_day < 720) || (of_day >= 780 && of_day < 1080));
  }
  int due(int start, int limit) const {
    int minute = start;
    for (int used = 0; used < limit; ++minute)
      if (works(minute)) ++used;
    return minute;
  }
};

TEST(ClockOracle, DueTimesAgreeMinuteByMinute) {
  std::mt19937 random(7);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (int round = 0; round < 150; ++round) {
    auto contract = fixture::contract();
    auto& spec = contract->kinds[0].clocks[2];  // resolve
    Oracle oracle;
    oracle.office = pick(2) == 0;
    spec.calendar = oracle.office ? "office" : "7x24";
    const int limit = 1 + pick(1500);
    spec.limit = {{"II", std::chrono::minutes(limit)}};
    CaseState s;
    const auto add = [&](Payload p, int minute) {
      auto e = samples::event(std::move(p), s.last_n + 1);
      e.at = e.known = kT0 + std::chrono::minutes(minute);
      apply(s, e);
    };
    add(Detected{"incident", {"oa", "http", "web1", ""}, State::critical, {}, {}}, 0);
    add(Graded{"", "II", GradeHow::machine, ""}, 0);
    int minute = 0;
    for (int k = pick(4); k > 0; --k) {
      const bool listed = pick(4) != 0;
      const int from = minute + pick(600), to = from + 1 + pick(900);
      add(Paused{listed ? "client" : "other", ""}, from);
      add(Resumed{}, to);
      if (listed) oracle.pauses.emplace_back(from, to);
      minute = to;
    }
    const int due = oracle.due(0, limit);
    const auto at = [&](int m, Duration extra) {
      for (auto& v : clocks(s, *contract, kT0 + std::chrono::minutes(m) + extra))
        if (v.name == "resolve") return v;
      return ClockView{};
    };
    ASSERT_EQ(at(due, 0ms).due, kT0 + std::chrono::minutes(due)) << "round " << round;
    EXPECT_EQ(at(due, 0ms).status, ClockStatus::running);
    EXPECT_EQ(at(due, 1ms).status, ClockStatus::breached);
  }
}

}  // namespace
}  // namespace xj::domain
