// What a person asks of a case, checked and turned into its event.
#include <algorithm>
#include <array>

#include "collector/domain/closing.h"
#include "collector/domain/draft.h"
#include "collector/domain/explain.h"
#include "collector/domain/incident.h"
#include "collector/domain/telling.h"

namespace xj::domain {
namespace {

constexpr std::array<std::string_view, kVerbs> kVerbNames{
    "acknowledge", "register", "report", "arrive",   "note",    "recover",       "reopen", "close",
    "false_alarm", "grade",    "pause",  "resume",   "amend",   "request_close", "verify", "reject",
    "confirm",     "merge",    "split",  "escalate", "approve", "disapprove",    "told",   "sign"};

// Clocks of two machines differ; a minute ahead is still "now".
constexpr Duration kAhead{60'000};

Rejection no(std::string id, Message::Args args = {}) { return {{std::move(id), std::move(args)}}; }

std::string list(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& n : names) out += (out.empty() ? "" : ", ") + n;
  return out;
}

std::vector<std::string> pause_reasons(const CaseKind& kind) {
  std::vector<std::string> out;
  for (const auto& c : kind.clocks)
    for (const auto& r : c.pause)
      if (std::find(out.begin(), out.end(), r) == out.end()) out.push_back(r);
  return out;
}

Rejection unknown_grade(const CaseKind& kind, const std::string& grade) {
  std::vector<std::string> known;
  for (const auto& g : kind.grades) known.push_back(g.id);
  return no("domain.refuse.grade", {{"grade", grade}, {"known", list(known)}});
}

using Built = std::variant<Payload, Rejection>;

// Whoever says 16:30 of what began at 16:30:19 means the minute.
Timestamp read_from(Timestamp at, Duration within, Timestamp earliest) {
  return at < earliest && earliest < at + within ? earliest : at;
}

Built amend(const CaseState& s, const Contract& c, const Act& a, Timestamp now) {
  Amended out{a.n, a.field.empty() ? "at" : a.field, {}, a.value, a.text};
  if (auto refused = refuse(s, out)) return *refused;
  const auto& mark = s.marks[a.n - 1];
  const auto start = s.start_of(mark.run);
  auto to = *parse_iso(a.value);
  if (a.n != start) {
    to = read_from(to, a.within, s.at(start));
    out.new_value = to_iso(to);
  }
  switch (mark.kind) {
    case EventKind::merged:
    case EventKind::absorbed:
    case EventKind::split_off:
    case EventKind::problem_moved: return no("domain.refuse.amend_two", {{"n", std::to_string(a.n)}});
    case EventKind::clock_warning:
    case EventKind::clock_breached:
    case EventKind::watch_ended:
    case EventKind::amended:
    case EventKind::rebound:
    case EventKind::calendar_changed:
    case EventKind::dependent_held:
    case EventKind::dependent_freed:
    case EventKind::cause_found:
    case EventKind::problem_unwatched:
    case EventKind::problem_watched: return no("domain.refuse.not_amendable", {{"n", std::to_string(a.n)}});
    case EventKind::detected:
    case EventKind::opened:
    case EventKind::joined:
    case EventKind::problem_changed:
    case EventKind::problem_cleared:
    case EventKind::graded:
    case EventKind::registered:
    case EventKind::acknowledged:
    case EventKind::reported:
    case EventKind::arrived:
    case EventKind::noted:
    case EventKind::recovered:
    case EventKind::reopened:
    case EventKind::closed:
    case EventKind::false_alarm:
    case EventKind::paused:
    case EventKind::resumed:
    case EventKind::close_requested:
    case EventKind::verified:
    case EventKind::close_rejected:
    case EventKind::condition_confirmed:
    case EventKind::escalation_drafted:
    case EventKind::escalation_approved:
    case EventKind::escalation_rejected:
    case EventKind::told:
    case EventKind::signed_off: break;
  }
  if (to > now) return no("domain.refuse.future", {{"at", local_text(to, c.zone)}});
  if (a.n == start) {
    // A run cannot begin after what people did in it.
    for (const auto& other : s.marks)
      if (other.run == mark.run && !person_of(other.actor).empty() && other.kind != EventKind::amended &&
          other.at < to)
        return no("domain.refuse.after_others",
                  {{"at", local_text(to, c.zone)}, {"first", local_text(other.at, c.zone)}});
  } else if (to < s.at(start)) {
    return no("domain.refuse.before_start",
              {{"at", local_text(to, c.zone)}, {"start", local_text(s.at(start), c.zone)}});
  }
  for (const auto& p : s.pauses)
    if ((p.from_n == a.n && p.to_n != 0 && to > s.at(p.to_n)) || (p.to_n == a.n && to < s.at(p.from_n)))
      return no("domain.refuse.pause_order");
  out.old_value = to_iso(mark.at);
  out.new_value = to_iso(to);
  return Payload{std::move(out)};
}

// What stands in the way of closing, by name.
std::optional<Rejection> open_conditions(const CaseState& s, const Contract& c, Timestamp now) {
  std::string zh, en;
  for (const auto& condition : closing_conditions(s, c, now)) {
    if (condition.met) continue;
    const auto n = std::to_string(condition.index);
    zh += (zh.empty() ? "" : "；") + n + " " + condition.text.in(Lang::zh);
    en += (en.empty() ? "" : "; ") + n + " " + condition.text.in(Lang::en);
  }
  if (zh.empty()) return std::nullopt;
  return no("domain.refuse.conditions", {{"open", bilingual(zh, en)}});
}

// Nothing where the person holds the role, or none is named.
std::optional<Rejection> not_of_role(const Contract& c, const std::string& id, const std::string& person) {
  const auto role = c.roles.find(id);
  if (role == c.roles.end()) return std::nullopt;
  const auto& people = role->second.people;
  if (std::find(people.begin(), people.end(), person) != people.end()) return std::nullopt;
  return no("domain.refuse.role",
            {{"role", title_argument(role->second.title, id)}, {"known", list(people)}});
}

Built confirm(const CaseState& s, const Contract& c, const Act& a, Timestamp now) {
  const auto all = closing_conditions(s, c, now);
  if (all.empty()) return no("domain.refuse.no_conditions");
  if (a.n == 0 || a.n > all.size())
    return no("domain.refuse.condition", {{"n", std::to_string(a.n)}, {"most", std::to_string(all.size())}});
  const auto& condition = all[a.n - 1];
  const auto name = title_argument(condition.text, {});
  if (!takes_a_word(condition, s)) return no("domain.refuse.condition_machine", {{"condition", name}});
  if (auto refused = not_of_role(c, condition.role, a.person)) return *refused;
  return Payload{ConditionConfirmed{condition.text.zh, a.text}};
}

Built escalate(const CaseState& s, const Contract& c, const CaseKind& kind, const Act& a, Timestamp now) {
  const auto most = static_cast<int>(kind.escalation.size());
  if (most == 0) return no("domain.refuse.no_steps");
  if (a.n > kind.escalation.size())
    return no("domain.refuse.step", {{"n", std::to_string(a.n)}, {"most", std::to_string(most)}});
  if (a.text.empty()) return no("domain.refuse.text");
  int step = static_cast<int>(a.n);
  for (int i = 1; step == 0 && i <= most; ++i) {
    const auto& grades = kind.escalation[static_cast<std::size_t>(i - 1)].grades;
    const bool fits = grades.empty() || std::find(grades.begin(), grades.end(), s.grade) != grades.end();
    const auto* known = s.escalation(i);
    const bool rejected = known != nullptr && known->decided_n != 0 && !known->approved;
    if (fits && (known == nullptr || rejected)) step = i;
  }
  if (step == 0) return no("domain.refuse.steps_done");
  auto drafted = draft_step(s, c, step, now);
  drafted.text = a.text;
  return Payload{std::move(drafted)};
}

Built decide(const CaseState& s, const Contract& c, const Act& a) {
  const auto* known = s.escalation(static_cast<int>(a.n));
  if (known == nullptr || !known->waits())
    return no("domain.refuse.no_draft", {{"step", a.n == 0 ? "-" : std::to_string(a.n)}});
  if (auto refused = not_of_role(c, known->approve, a.person)) return *refused;
  if (a.verb == Verb::approve) return Payload{EscalationApproved{known->step, known->to, a.text}};
  return Payload{EscalationRejected{known->step, a.text}};
}

// What a word that a rule was followed is about: the telling that is owed, and which of it was done.
std::variant<TellView, Rejection> owed_to_tell(const CaseState& s, const Contract& c, const CaseKind& kind,
                                               const Act& a, Timestamp now) {
  std::vector<std::string> known;
  const TellRule* rule = nullptr;
  for (const auto& one : kind.tell) {
    known.push_back(one.id);
    if (one.id == a.rule) rule = &one;
  }
  if (rule == nullptr)
    return known.empty() ? no("domain.refuse.tell_none")
                         : no("domain.refuse.tell_rule", {{"rule", a.rule}, {"known", list(known)}});
  if (!a.to.empty() && std::find(rule->to.begin(), rule->to.end(), a.to) == rule->to.end())
    return no("domain.refuse.tell_to", {{"to", a.to}, {"known", list(rule->to)}});
  if (!a.how.empty() && !rule->how.empty() &&
      std::find(rule->how.begin(), rule->how.end(), a.how) == rule->how.end())
    return no("domain.refuse.tell_how", {{"how", a.how}, {"known", list(rule->how)}});
  if (!a.how.empty() && !is_way(a.how))
    return no("domain.refuse.tell_how", {{"how", a.how}, {"known", list(ways())}});
  const auto at = a.at.value_or(now);
  const TellView* late = nullptr;
  bool any = false;
  const auto all = tellings(s, c, now);
  for (const auto& view : all) {
    if (view.rule != rule->id || view.run != s.run) continue;
    if (read_from(at, a.within, view.since) < view.since) continue;
    any = true;
    if (parts_left(view, a.to, a.how).empty()) continue;
    if (!view.due || *view.due >= at) return view;
    late = &view;
  }
  if (late != nullptr) return *late;
  return no(any ? "domain.refuse.told_already" : "domain.refuse.tell_not_yet",
            {{"what", title_argument(rule->what, rule->id)}, {"event", "@domain.event." + rule->on}});
}

Built told(const CaseState& s, const Contract& c, const CaseKind& kind, const Act& a, Timestamp now) {
  const auto found = owed_to_tell(s, c, kind, a, now);
  if (const auto* refused = std::get_if<Rejection>(&found)) return *refused;
  const auto& view = std::get<TellView>(found);
  Told out{view.rule, view.turn, {}, {}, {}, {}, a.text};
  for (const auto& part : parts_left(view, a.to, a.how)) {
    if (std::find(out.to.begin(), out.to.end(), part.to) == out.to.end()) out.to.push_back(part.to);
    const auto& how = part.how.empty() ? a.how : part.how;
    if (!how.empty() && std::find(out.how.begin(), out.how.end(), how) == out.how.end())
      out.how.push_back(how);
  }
  return Payload{std::move(out)};
}

Built sign(const CaseState& s, const Contract& c, const CaseKind& kind, const Act& a) {
  if (kind.signatures.empty()) return no("domain.refuse.no_signatures");
  std::vector<std::string> roles, mine, left;
  for (const auto& signature : kind.signatures) {
    const auto& role = signature.role;
    if (std::find(roles.begin(), roles.end(), role) != roles.end()) continue;
    roles.push_back(role);
    if ((!a.part.empty() && role != a.part) || not_of_role(c, role, a.person)) continue;
    mine.push_back(role);
    if (s.signature(role) == nullptr) left.push_back(role);
  }
  if (!a.part.empty() && std::find(roles.begin(), roles.end(), a.part) == roles.end())
    return no("domain.refuse.no_part", {{"part", a.part}, {"known", list(roles)}});
  if (mine.empty())
    return no("domain.refuse.signers",
              {{"roles", roles_argument(a.part.empty() ? roles : std::vector{a.part}, c)}});
  if (left.size() > 1) return no("domain.refuse.which_part", {{"parts", list(left)}});
  return Payload{SignedOff{left.empty() ? mine.front() : left.front(), a.text}};
}

Built build(const CaseState& s, const Contract& c, const CaseKind& kind, const Act& a, Timestamp now) {
  switch (a.verb) {
    case Verb::acknowledge: return Payload{Acknowledged{a.text}};
    case Verb::register_case: return Payload{Registered{a.text}};
    case Verb::report: {
      std::string to = a.to;
      // The contract says whom the report is for where the person does not.
      for (const auto& clock : kind.clocks)
        if (to.empty() && clock.stop == to_text(EventKind::reported)) to = clock.to;
      if (!to.empty() && !c.roles.contains(to) && !c.people.contains(to))
        return no("domain.refuse.unknown_to", {{"to", to}});
      return Payload{Reported{std::move(to), a.text}};
    }
    case Verb::arrive: return Payload{Arrived{a.text}};
    case Verb::note:
      if (a.text.empty()) return no("domain.refuse.text");
      if (!a.about.empty()) {
        // A slip of the pen would leave the clock running.
        const auto known = note_words(kind);
        if (known.empty()) return no("domain.refuse.no_about", {{"about", a.about}});
        if (std::find(known.begin(), known.end(), a.about) == known.end())
          return no("domain.refuse.about", {{"about", a.about}, {"known", list(known)}});
      }
      return Payload{Noted{a.text, a.about}};
    case Verb::recover: return Payload{Recovered{a.text, watch_of(c, s.case_kind, s.grade)}};
    case Verb::reopen:
      if (a.text.empty()) return no("domain.refuse.text");
      return Payload{Reopened{s.run + 1, a.text}};
    case Verb::close: {
      if (s.status == Status::recovered || s.status == Status::closing || s.status == Status::verified) {
        // Else the end of the case would end what is still owed in writing.
        const auto owed = owed_in_writing(s, c, now);
        if (!owed.empty()) return no("domain.refuse.owed", {{"about", list(owed)}, {"first", owed.front()}});
        if (auto open = open_conditions(s, c, now)) return *open;
        if (!kind.closing.empty() && s.status != Status::verified)
          return no("domain.refuse.verify_first", {{"number", s.number}});
      }
      return Payload{Closed{a.text}};
    }
    case Verb::false_alarm:
      if (a.text.empty()) return no("domain.refuse.text");
      return Payload{FalseAlarm{a.text}};
    case Verb::grade: {
      if (kind.grade(a.grade) == nullptr) return unknown_grade(kind, a.grade);
      return Payload{
          Graded{s.grade, a.grade, a.grade == s.grade ? GradeHow::confirmed : GradeHow::changed, a.text}};
    }
    case Verb::pause: {
      const auto reasons = pause_reasons(kind);
      if (reasons.empty()) return no("domain.refuse.no_pause");
      if (std::find(reasons.begin(), reasons.end(), a.reason) == reasons.end())
        return no("domain.refuse.pause_reason", {{"reason", a.reason}, {"known", list(reasons)}});
      return Payload{Paused{a.reason, a.text}};
    }
    case Verb::resume: return Payload{Resumed{a.text}};
    case Verb::amend: return amend(s, c, a, now);
    case Verb::request_close: return Payload{CloseRequested{a.text}};
    case Verb::verify: {
      // Whoever asked does not answer, where there is anybody else.
      const auto asked = s.last(EventKind::close_requested, s.run);
      if (s.status == Status::closing && c.people.size() > 1 &&
          person_of(s.marks[asked - 1].actor) == a.person)
        return no("domain.refuse.same_person", {{"who", actor_argument(s.marks[asked - 1].actor, c)}});
      if (s.status == Status::closing)
        if (auto open = open_conditions(s, c, now)) return *open;
      return Payload{Verified{a.text}};
    }
    case Verb::reject: return Payload{CloseRejected{a.text}};
    case Verb::confirm: return confirm(s, c, a, now);
    case Verb::escalate: return escalate(s, c, kind, a, now);
    case Verb::approve:
    case Verb::disapprove: return decide(s, c, a);
    case Verb::told: return told(s, c, kind, a, now);
    case Verb::sign: return sign(s, c, kind, a);
    case Verb::merge:
    case Verb::split: break;  // of two cases
  }
  return no("domain.refuse.no_case");
}

}  // namespace

std::string_view to_text(Verb verb) { return kVerbNames[static_cast<std::size_t>(verb)]; }

std::optional<Verb> parse_verb(std::string_view text) {
  if (text == "ack") return Verb::acknowledge;
  for (std::size_t i = 0; i < kVerbNames.size(); ++i)
    if (kVerbNames[i] == text) return static_cast<Verb>(i);
  return std::nullopt;
}

Outcome open_case(const CaseBook& book, const ContractPtr& contract, const Opening& what, Timestamp now) {
  const auto& c = *contract;
  if (!c.people.contains(what.person))
    return no("domain.refuse.person", {{"person", what.person}, {"contract", c.id}});
  const CaseKind* kind = what.case_kind.empty() ? c.kind_from_checks() : c.kind(what.case_kind);
  if (what.case_kind.empty() && kind == nullptr && c.kinds.size() == 1) kind = &c.kinds.front();
  if (kind == nullptr) {
    std::vector<std::string> known;
    for (const auto& k : c.kinds) known.push_back(k.id);
    return no("domain.refuse.kind", {{"kind", what.case_kind}, {"known", list(known)}});
  }
  if (c.system(what.system) == nullptr) {
    std::vector<std::string> known;
    for (const auto& s : c.systems) known.push_back(s.id);
    return no("domain.refuse.system", {{"system", what.system}, {"known", list(known)}});
  }
  if (what.text.empty()) return no("domain.refuse.text");
  if (!what.grade.empty() && kind->grade(what.grade) == nullptr) return unknown_grade(*kind, what.grade);
  const auto at = what.at.value_or(now);
  if (at > now + kAhead) return no("domain.refuse.future", {{"at", local_text(at, c.zone)}});
  if (at < c.from)
    return no("domain.refuse.before_term",
              {{"at", local_text(at, c.zone)}, {"from", local_text(c.from, c.zone).substr(0, 10)}});

  Draft draft(book.free_number(c, *kind, now), c, now);
  draft.add(Opened{kind->id, what.system, what.text}, at, actor_person(what.person), what.via);
  // The machine proposes as for any case; what the person says stands above it.
  if (auto proposal = regrade(draft.state(), c, now)) draft.grade(std::move(*proposal), at, what.via);
  if (!what.grade.empty()) {
    const auto& before = draft.state().grade;
    draft.add(Graded{before, what.grade, what.grade == before ? GradeHow::confirmed : GradeHow::changed, {}},
              now, actor_person(what.person), what.via);
  }
  return draft.take();
}

Outcome act(const CaseState& state, const Contract& contract, const Act& what, Timestamp now) {
  const CaseKind* kind = contract.kind(state.case_kind);
  if (state.status == Status::none || kind == nullptr) return no("domain.refuse.no_case");
  if (!contract.people.contains(what.person))
    return no("domain.refuse.person", {{"person", what.person}, {"contract", contract.id}});

  auto built = build(state, contract, *kind, what, now);
  if (auto* refused = std::get_if<Rejection>(&built)) return std::move(*refused);
  auto& payload = std::get<Payload>(built);
  if (auto refused = refuse(state, payload)) return std::move(*refused);

  // The time of an amendment is when it was made; what it mends is in its payload.
  Timestamp at = now;
  if (what.at && what.verb != Verb::amend) {
    if (*what.at > now + kAhead)
      return no("domain.refuse.future", {{"at", local_text(*what.at, contract.zone)}});
    const auto run_start = state.at(state.start_of(state.run));
    at = read_from(*what.at, what.within, run_start);
    if (at < run_start)
      return no("domain.refuse.before_start",
                {{"at", local_text(at, contract.zone)}, {"start", local_text(run_start, contract.zone)}});
    if (what.verb == Verb::resume) {
      const auto paused = state.at(state.pauses.back().from_n);
      at = read_from(at, what.within, paused);
      if (at < paused) return no("domain.refuse.pause_order");
    }
    if (what.verb == Verb::told) {
      const auto view = owed_to_tell(state, contract, *kind, what, now);
      if (const auto* owed = std::get_if<TellView>(&view)) at = read_from(at, what.within, owed->since);
    }
  }
  Draft draft(state, contract, now);
  draft.add(std::move(payload), at, actor_person(what.person), what.via);
  return draft.take();
}

}  // namespace xj::domain
