#pragma once
// Lives of cases as tables: when, what happens, what follows. Manual time, the real evaluator, machine,
// clocks and tick, applied the way the engine applies them.
//
//   run({{"+0s",  "oa/http@web1 critical x3", "detected graded | INC-261120-01 open II | report running
//   +30m"},
//        {"+10m", "zhang ack",                "acknowledged | respond met"}});
//
// when:    offset from 2026-11-20 09:00 (+08:00); time only goes on, and ticks at every deadline on the way.
// happens: "system/check@host[:item] state [xN]" N results a minute apart, the last at `when`; "… silent";
//          "person verb [key=value …]" with text= last (takes the rest); "-" nothing.
// follows: kinds of the events since the row before, "-" for none; then any of "NUMBER status grade [run N]",
//          "clock status [due]", "refused id", "told person/channel …" (of all events of the row).
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "collector/domain/case_book.h"
#include "collector/domain/clock.h"
#include "collector/domain/incident.h"
#include "collector/domain/routing.h"
#include "collector/domain/tick.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {

class Scenario {
 public:
  struct Row {
    std::string when, happens, follows;
  };

  explicit Scenario(std::shared_ptr<const Contract> contract = fixture::contract())
      : contract_(std::move(contract)) {}

  void run(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
      SCOPED_TRACE(row.when + "  " + row.happens);
      recent_.clear(), refused_.clear(), told_.clear();
      advance(fixture::kT0 + *parse_duration(row.when.substr(1)));
      happen(row.happens);
      tick_due();
      follow(row.follows);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }

  const std::vector<Event>& events() const { return all_; }
  const CaseBook& book() const { return book_; }
  Timestamp now() const { return now_; }
  const ContractPtr& contract() const { return contract_; }

 private:
  static std::vector<std::string> words(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> out;
    for (std::string w; in >> w;) out.push_back(w);
    return out;
  }

  static Duration signed_offset(const std::string& text) {
    const auto d = *parse_duration(text.substr(1));
    return text[0] == '-' ? -d : d;
  }

  void commit(const std::vector<Event>& events) {
    for (const auto& e : events) {
      book_.apply(e, contract_, now_);
      auto& state = last_[e.number];
      apply(state, e);
      ASSERT_TRUE(state.last_n == e.n);
      recent_.push_back(std::string(to_text(e.kind())));
      all_.push_back(e);
      current_ = e.number;
      // What is kept is what was decided.
      const auto back = decode_event(encode(e));
      ASSERT_TRUE(std::holds_alternative<Event>(back)) << encode(e);
      EXPECT_EQ(std::get<Event>(back), e);
    }
    if (events.empty()) return;
    for (const auto& n : route(events, last_[events.back().number], *contract_, now_)) {
      EXPECT_TRUE(keys_.insert(n.key).second) << n.key;
      told_.insert(n.person + '/' + n.channel);
    }
  }
  void take(Outcome outcome) {
    if (auto* refused = std::get_if<Rejection>(&outcome))
      refused_ = refused->why.id;
    else
      commit(std::get<std::vector<Event>>(outcome));
  }
  void tick_due() {
    for (const auto& ref : book_.due(now_)) {
      commit(tick(book_.find(ref)->state, *contract_, now_));
      book_.reschedule(ref, now_);
      if (const auto* open = book_.find(ref); open != nullptr) {
        EXPECT_TRUE(tick(open->state, *contract_, now_).empty()) << "tick is not idempotent";
      }
    }
  }
  void advance(Timestamp to) {
    ASSERT_GE(to, now_) << "time only goes on";
    for (auto next = book_.next_deadline(); next && *next <= to; next = book_.next_deadline()) {
      const auto at = std::max(now_, *next);
      ASSERT_TRUE(at > now_ || ++stuck_ < 100) << "a deadline that never passes";
      now_ = at;
      tick_due();
    }
    now_ = to;
  }

  void happen(const std::string& what) {
    const auto w = words(what);
    if (w[0] == "-") return;
    if (w[0].find('@') != std::string::npos) {
      observe(w);
      return;
    }
    Act a;
    a.person = w[0], a.via = "cli";
    const auto verb = parse_verb(w.at(1));
    ASSERT_TRUE(verb) << w[1];
    a.verb = *verb;
    if (const auto text = what.find("text="); text != std::string::npos) a.text = what.substr(text + 5);
    for (std::size_t i = 2; i < w.size() && !w[i].starts_with("text="); ++i) {
      const auto eq = w[i].find('=');
      const auto key = w[i].substr(0, eq), value = w[i].substr(eq + 1);
      if (key == "grade")
        a.grade = value;
      else if (key == "to")
        a.to = value;
      else if (key == "reason")
        a.reason = value;
      else if (key == "n")
        a.n = static_cast<std::uint32_t>(std::stoul(value));
      else if (key == "at")
        a.at = fixture::kT0 + signed_offset(value);
      else if (key == "value")
        a.value = to_iso(fixture::kT0 + signed_offset(value));
      else
        FAIL() << "unknown key " << key;
    }
    take(act(last_[current_], *contract_, a, now_));
  }

  void observe(const std::vector<std::string>& w) {
    const auto slash = w[0].find('/'), at = w[0].find('@'), colon = w[0].find(':');
    ItemRef item{w[0].substr(0, slash), w[0].substr(slash + 1, at - slash - 1),
                 w[0].substr(at + 1, colon - at - 1),
                 colon == std::string::npos ? "" : w[0].substr(colon + 1)};
    const CheckSpec* spec = nullptr;
    for (const auto& c : contract_->system(item.system)->checks)
      if (c.id == item.check) spec = &c;
    ASSERT_NE(spec, nullptr) << item.check;
    const auto policy = policy_of(*spec);
    auto& memory = items_[item];
    if (w[1] == "silent") {
      AgentMemory agent{now_, {}, false};
      if (auto t = judge_silence(memory, policy, agent, now_, fixture::kT0))
        take(step(book_, contract_, item, *t, now_));
      return;
    }
    const auto state = parse_state(w[1]);
    ASSERT_TRUE(state) << w[1];
    const int count = w.size() > 2 ? std::stoi(w[2].substr(1)) : 1;
    for (int i = count - 1; i >= 0; --i) {
      const auto slot = now_ - i * spec->interval;
      if (auto t = evaluate(memory, {slot, slot, wire::Lane::live, *state, nullptr, nullptr}, policy))
        take(step(book_, contract_, item, *t, now_));
    }
  }

  void follow(const std::string& expected) {
    std::istringstream parts(expected);
    std::string part;
    bool first = true;
    while (std::getline(parts, part, '|')) {
      auto w = words(part);
      if (first) {
        first = false;
        if (w == std::vector<std::string>{"-"}) w.clear();
        EXPECT_EQ(recent_, w);
        continue;
      }
      if (w[0] == "refused") {
        EXPECT_EQ(refused_, w.at(1));
        continue;
      }
      if (w[0] == "told") {
        EXPECT_EQ(told_, std::set<std::string>(w.begin() + 1, w.end()));
        continue;
      }
      const bool is_number = w[0].find('-') != std::string::npos;
      const auto& s = last_[is_number ? w[0] : current_];
      if (is_number) {
        current_ = w[0];
        EXPECT_EQ(to_text(s.status), w.at(1)) << w[0];
        if (w.size() > 2) {
          EXPECT_EQ(s.grade, w[2]);
        }
        if (w.size() > 4) {
          EXPECT_EQ(std::to_string(s.run), w[4]);
        }
        continue;
      }
      const ClockView* view = nullptr;
      const auto all = clocks(s, *contract_, now_);
      for (const auto& v : all)
        if (v.name == w[0] && v.run == s.run) view = &v;
      if (view == nullptr) {
        EXPECT_EQ(w.at(1), "absent") << w[0];
        continue;
      }
      EXPECT_EQ(to_text(view->status), w.at(1)) << w[0];
      if (w.size() > 2) {
        ASSERT_TRUE(view->due) << w[0];
        EXPECT_EQ(to_iso(*view->due, minutes(480)),
                  to_iso(fixture::kT0 + *parse_duration(w[2].substr(1)), minutes(480)))
            << w[0];
      }
    }
  }

  using minutes = std::chrono::minutes;
  ContractPtr contract_;
  CaseBook book_;
  Timestamp now_ = fixture::kT0;
  std::map<ItemRef, ItemMemory> items_;
  std::map<std::string, CaseState> last_;  // closed ones too
  std::vector<Event> all_;
  std::vector<std::string> recent_;
  std::set<std::string> told_, keys_;
  std::string refused_, current_;
  int stuck_ = 0;
};

}  // namespace xj::domain
