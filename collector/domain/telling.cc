#include "collector/domain/telling.h"

#include <algorithm>
#include <array>

#include "collector/domain/clock.h"
#include "collector/domain/draft.h"
#include "collector/domain/explain.h"

namespace xj::domain {
namespace {

constexpr std::string_view kPrefix = "tell:";
constexpr std::array<std::string_view, 5> kStatus{"owed", "told", "late", "overdue", "ended"};

bool contains(const std::vector<std::string>& in, std::string_view what) {
  return std::find(in.begin(), in.end(), what) != in.end();
}

bool is_end(EventKind kind) {
  return kind == EventKind::closed || kind == EventKind::false_alarm || kind == EventKind::merged;
}

Duration whole(Duration d) { return std::chrono::ceil<std::chrono::seconds>(d); }

class Rule {
 public:
  Rule(const CaseState& state, const Contract& contract, const TellRule& rule, int run, Timestamp now)
      : s_(state), c_(contract), rule_(rule), run_(run), now_(now) {
    on_ = event_of(s_, rule_.on, run_);
    if (on_ == 0) return;
    if (!is_end(s_.marks[on_ - 1].kind)) end_ = run_end(s_, run_);
    if (rule_.repeat) {
      const auto n = s_.first(EventKind::recovered, run_);
      if (n != 0 && (!end_ || s_.at(n) < *end_)) end_ = s_.at(n);
    }
  }

  void add_to(std::vector<TellView>& out) const {
    if (on_ == 0) return;
    const int last = turns();
    for (int turn = std::max(1, last - kTellTurns + 1); turn <= last; ++turn)
      if (auto view = build(turn)) out.push_back(std::move(*view));
  }
  // When it is owed again; nothing when it is not.
  std::optional<Timestamp> next_turn() const {
    if (on_ == 0 || !rule_.repeat || end_) return std::nullopt;
    return opens(turns() + 1);
  }

 private:
  Timestamp opens(int turn) const {
    return s_.at(on_) + (rule_.repeat ? (turn - 1) * *rule_.repeat : Duration{0});
  }
  // Those that have begun: one at least.
  int turns() const {
    if (!rule_.repeat) return 1;
    const auto to = end_ ? std::min(*end_ - Duration{1}, now_) : now_;
    const auto since = s_.at(on_);
    return to <= since ? 1 : static_cast<int>((to - since) / *rule_.repeat) + 1;
  }

  std::optional<TellView> build(int turn) const {
    TellView v;
    v.rule = rule_.id, v.what = rule_.what, v.run = run_, v.turn = turn;
    v.on = on_, v.since = opens(turn);
    for (const auto& to : rule_.to) {
      if (rule_.how.empty()) v.parts.push_back(part(to, {}, turn));
      for (const auto& how : rule_.how) v.parts.push_back(part(to, how, turn));
    }
    std::uint32_t last = 0;
    const bool all =
        std::all_of(v.parts.begin(), v.parts.end(), [](const TellPart& p) { return p.at.has_value(); });
    for (const auto& p : v.parts)
      if (all && (last == 0 || *p.at > *v.told)) v.told = p.at, last = p.n;
    v.grade = s_.grade_in(run_, last);
    Duration limit{0};  // what the contract gives
    if (!rule_.within.empty()) {
      const auto within = rule_.within.find(v.grade);
      if (within == rule_.within.end()) return std::nullopt;
      limit = within->second;
      v.due = limit > Duration{0}
                  ? v.since + limit
                  : std::max(v.since, turn == 1 ? s_.marks[on_ - 1].known : v.since) + kAtOnce;
    } else if (rule_.repeat) {
      limit = *rule_.repeat;
      v.due = v.since + limit;
    }
    judge(v);
    if (v.status == TellStatus::owed && limit >= kTellWarnFrom) v.warn = v.since + limit / 2;
    explain_it(v);
    return v;
  }
  // The earliest word of it.
  TellPart part(const std::string& to, const std::string& how, int turn) const {
    TellPart out{to, how, std::nullopt, 0};
    for (const auto& told : s_.told) {
      if (told.rule != rule_.id || told.run != run_ || told.turn != turn || !contains(told.to, to) ||
          (!how.empty() && !contains(told.how, how)))
        continue;
      const auto at = s_.at(told.n);
      if (!out.at || at < *out.at) out.at = at, out.n = told.n;
    }
    return out;
  }
  void judge(TellView& v) const {
    if (v.told)
      v.status = !v.due || *v.told <= *v.due ? TellStatus::told : TellStatus::late;
    else if (end_)
      v.status = v.due && *end_ > *v.due ? TellStatus::overdue : TellStatus::ended;
    else
      v.status = v.due && now_ > *v.due ? TellStatus::overdue : TellStatus::owed;
  }

  std::string local(Timestamp t) const { return local_text(t, c_.zone); }
  void explain_it(TellView& v) const {
    const auto what = title_argument(rule_.what, rule_.id);
    const auto say = [&](const char* id, Message::Args args) {
      args.insert(args.begin(), {"what", what});
      v.why.push_back({id, std::move(args)});
    };
    say(v.due ? "domain.tell.owed_by" : "domain.tell.owed", {{"to", roles_argument(rule_.to, c_)},
                                                             {"how", ways_argument(rule_.how)},
                                                             {"at", local(v.since)},
                                                             {"event", "@domain.event." + rule_.on},
                                                             {"due", v.due ? local(*v.due) : ""}});
    for (const auto& p : v.parts)
      if (p.at)
        say("domain.tell.part",
            {{"to", roles_argument({p.to}, c_)},
             {"how", ways_argument(p.how.empty() ? std::vector<std::string>{} : std::vector{p.how})},
             {"at", local(*p.at)},
             {"who", actor_argument(s_.marks[p.n - 1].actor, c_)}});
    switch (v.status) {
      case TellStatus::owed:
        if (v.due) say("domain.tell.left", {{"left", to_text(whole(*v.due - now_))}});
        break;
      case TellStatus::told: say("domain.tell.told", {{"at", local(*v.told)}}); break;
      case TellStatus::late:
        say("domain.tell.late", {{"at", local(*v.told)}, {"over", to_text(whole(*v.told - *v.due))}});
        break;
      case TellStatus::overdue:
        say("domain.tell.overdue", {{"over", to_text(whole(end_.value_or(now_) - *v.due))}});
        break;
      case TellStatus::ended: say("domain.tell.ended", {{"at", local(*end_)}}); break;
    }
  }

  const CaseState& s_;
  const Contract& c_;
  const TellRule& rule_;
  const int run_;
  const Timestamp now_;
  std::uint32_t on_ = 0;
  std::optional<Timestamp> end_;
};

template <typename Each>
void for_each_rule(const CaseState& state, const Contract& contract, Timestamp now, const Each& each) {
  const CaseKind* kind = contract.kind(state.case_kind);
  if (kind == nullptr || state.status == Status::none) return;
  for (int run = 1; run <= state.run; ++run)
    for (const auto& rule : kind->tell) each(Rule(state, contract, rule, run, now));
}

}  // namespace

const std::vector<std::string>& ways() {
  static const std::vector<std::string> all{"phone", "mail", "sms", "push", "oral", "written", "form"};
  return all;
}
bool is_way(std::string_view way) { return contains(ways(), way); }

std::string_view to_text(TellStatus status) { return kStatus[static_cast<std::size_t>(status)]; }

std::vector<TellView> tellings(const CaseState& state, const Contract& contract, Timestamp now) {
  std::vector<TellView> out;
  for_each_rule(state, contract, now, [&](const Rule& rule) { rule.add_to(out); });
  return out;
}

bool missed(const TellView& view) {
  return view.status == TellStatus::late || view.status == TellStatus::overdue;
}

bool is_behind_end(const CaseState& state, const TellView& view) {
  return is_end(state.marks[view.on - 1].kind);
}

bool is_said(const CaseState& state, const TellView& view, bool breach, Timestamp instant) {
  const auto name = tell_clock(view.rule);
  return std::any_of(state.said.begin(), state.said.end(), [&](const ClockSaid& said) {
    return said.breach == breach && said.clock == name && said.run == view.run && said.instant >= instant;
  });
}

bool owes_behind_end(const CaseState& state, const Contract& contract) {
  if (!is_over(state.status)) return false;
  const auto all = tellings(state, contract, state.marks.back().known);
  return std::any_of(all.begin(), all.end(), [&](const TellView& view) {
    return is_behind_end(state, view) && view.due && view.status != TellStatus::told &&
           !is_said(state, view, true, *view.due);
  });
}

std::vector<TellPart> parts_left(const TellView& view, std::string_view to, std::string_view how) {
  std::vector<TellPart> out;
  for (const auto& part : view.parts)
    if (!part.at && (to.empty() || part.to == to) && (how.empty() || part.how.empty() || part.how == how))
      out.push_back(part);
  return out;
}

std::optional<Timestamp> next_telling_instant(const CaseState& state, const Contract& contract,
                                              Timestamp now) {
  std::optional<Timestamp> next;
  const auto consider = [&](std::optional<Timestamp> t) {
    if (t && *t > now && (!next || *t < *next)) next = t;
  };
  const bool over = is_over(state.status);
  if (!over) for_each_rule(state, contract, now, [&](const Rule& rule) { consider(rule.next_turn()); });
  for (const auto& view : tellings(state, contract, now)) {
    if (view.status != TellStatus::owed || (over && !is_behind_end(state, view))) continue;
    consider(view.warn);
    if (view.due) consider(*view.due + Duration{1});  // missed only after it
  }
  return next;
}

std::string tell_clock(std::string_view rule) { return std::string(kPrefix) + std::string(rule); }
bool is_tell_clock(std::string_view clock) { return clock.starts_with(kPrefix); }

std::string tell_argument(const Title& what, std::string_view rule) {
  const std::string plain(rule);
  return bilingual("告知：" + (what.zh.empty() ? plain : what.zh),
                   "tell: " + (what.en.empty() ? plain : what.en));
}

std::string ways_argument(const std::vector<std::string>& how) {
  std::string zh, en;
  for (const auto& way : how) {
    const Message name{"domain.how." + way, {}};
    zh += (zh.empty() ? "" : "、") + (is_way(way) ? render(name, Lang::zh) : way);
    en += (en.empty() ? "" : ", ") + (is_way(way) ? render(name, Lang::en) : way);
  }
  return zh.empty() ? zh : bilingual("（" + zh + "）", " (" + en + ")");
}

std::vector<Event> delivered(const CaseState& state, const Contract& contract, const Told& what, Timestamp at,
                             Timestamp now) {
  // The last run: a message of an earlier one tells nothing of this.
  for (const auto& view : tellings(state, contract, now)) {
    if (view.rule != what.rule || view.run != state.run || view.turn != what.turn) continue;
    const auto left = parts_left(view);
    const bool owed = std::any_of(left.begin(), left.end(), [&](const TellPart& part) {
      return contains(what.to, part.to) && (part.how.empty() || contains(what.how, part.how));
    });
    if (!owed) return {};
    Draft draft(state, contract, now);
    draft.add(what, std::max(at, view.since), "system:notify", "outbox");
    return draft.take();
  }
  return {};
}

}  // namespace xj::domain
