#include "collector/case_facts.h"

#include <algorithm>
#include <set>

#include "collector/domain/clock.h"
#include "collector/domain/closing.h"
#include "collector/domain/explain.h"
#include "collector/domain/limit.h"
#include "collector/domain/papers.h"

namespace xj::collector {
namespace {

using domain::EventKind;

// Of a long course both ends are printed: how it began and how it ended.
constexpr std::size_t kCourseFirst = 8, kCourseLast = 4, kMostHosts = 8;

Json list() { return Json(Json::Array{}); }

std::string text_of(const domain::Payload& payload) {
  return std::visit(
      [](const auto& p) -> std::string {
        if constexpr (requires { p.text; })
          return p.text;
        else
          return {};
      },
      payload);
}

class Paper {
 public:
  explicit Paper(const CasePaper& in)
      : in_(in), s_(in.state), c_(in.contract), kind_(c_.kind(s_.case_kind)) {}

  Json closing_notice() {
    auto facts = head();
    facts.set("steps", steps());
    facts.set("scope", scope());
    set_notes(facts, "cause");
    set_notes(facts, "plan");
    facts.set("course", course("closing-notice"));
    auto method = notes("method");
    if (const auto n = s_.last(EventKind::recovered, s_.run); n != 0)
      if (const auto said = text_of(event(n).payload); !said.empty()) method.push(said);
    if (method.size() > 0) facts.set("method", std::move(method));
    facts.set("changes", lines([](const domain::Event& e) {
                if (const auto* graded = std::get_if<domain::Graded>(&e.payload))
                  return graded->how != domain::GradeHow::confirmed && !graded->from.empty();
                return e.kind() == EventKind::escalation_drafted ||
                       e.kind() == EventKind::escalation_approved ||
                       e.kind() == EventKind::escalation_rejected;
              }));
    facts.set("clocks", clocks());
    if (auto watched = watch(); !watched.is_null()) facts.set("watch", std::move(watched));
    set_notes(facts, "evaluation");
    facts.set("standing", standing());
    set_notes(facts, "risk");
    for (const auto& [name, which] :
         {std::pair{"requested", EventKind::close_requested}, std::pair{"verified", EventKind::verified},
          std::pair{"closed", EventKind::closed}})
      if (const auto n = s_.last(which, s_.run); n != 0) facts.set(name, word(n));
    facts.set("conditions", conditions());
    facts.set("receivers", receivers());
    facts.set("signatures", signatures());
    return facts;
  }

  Json paper(std::string_view form) {
    auto facts = head();
    auto reported = person_of(1);
    facts.set("reported", std::move(reported.set("at", iso(s_.at(1)))));
    auto handled = s_.first(EventKind::acknowledged, s_.run);
    if (handled == 0) handled = s_.last(EventKind::recovered, s_.run);
    if (handled != 0) facts.set("handler", person_of(handled));
    facts.set("clocks", clocks()).set("course", course(form));
    facts.set("exists", s_.status != domain::Status::false_alarm);
    for (const auto& [name, which] :
         {std::pair{"done", EventKind::recovered}, std::pair{"closed", EventKind::closed},
          std::pair{"false_alarm", EventKind::false_alarm}})
      if (const auto n = s_.last(which, s_.run); n != 0) facts.set(name, word(n));
    facts.set("signatures", signatures());
    for (const auto& place : domain::note_places(form)) set_notes(facts, place.about, place.fact);
    return facts;
  }

  Json emergency_plan(std::uint32_t n) {
    const auto& drafted = std::get<domain::EscalationDrafted>(event(n).payload);
    auto facts = paper("emergency-plan");
    set_draft(facts, drafted, n);
    facts.set("scope", scope()).set("standing", standing());
    Json contacts = list();
    for (const auto& id : drafted.to)
      if (const auto role = c_.roles.find(id); role != c_.roles.end()) {
        std::vector<std::string> names;
        for (const auto& person_id : role->second.people)
          if (const auto person = c_.people.find(person_id); person != c_.people.end())
            names.push_back(person->second.phone.empty() ? person->second.name
                                                         : person->second.name + ' ' + person->second.phone);
        Json one;
        one.set("role", role->second.title.in(in_.lang)).set("names", joined(names));
        contacts.push(std::move(one));
      }
    facts.set("contacts", std::move(contacts));
    return facts;
  }

  Json escalation(std::uint32_t n) {
    const auto& drafted = std::get<domain::EscalationDrafted>(event(n).payload);
    auto facts = head();
    facts.set("detected", iso(s_.at(1)));
    set_draft(facts, drafted, n);
    facts.set("grade", grade(drafted.grade));
    facts.set("clock", passed(drafted, s_.at(n)));
    facts.set("scope", scope()).set("standing", standing());
    facts.set("course", course("escalation-approval"));
    set_notes(facts, "effect");
    return facts;
  }

 private:
  void set_draft(Json& facts, const domain::EscalationDrafted& drafted, std::uint32_t n) const {
    facts.set("step", drafted.step).set("to", plain(domain::roles_argument(drafted.to, c_)));
    if (!drafted.approve.empty()) facts.set("approver", plain(domain::roles_argument({drafted.approve}, c_)));
    facts.set("drafted", word(n));
    if (const auto& reason = event(n).reason; !reason.empty()) facts.set("reason", render(reason, in_.lang));
    for (const auto& known : s_.escalations)
      if (known.drafted_n == n && known.decided_n != 0) {
        auto decision = word(known.decided_n);
        decision.set("outcome", known.approved ? "approved" : "rejected");
        facts.set("decision", std::move(decision));
      }
  }
  // Who did it and how to reach him; a machine has a name alone.
  Json person_of(std::uint32_t n) const {
    Json out;
    out.set("who", who(n));
    const auto person = c_.people.find(std::string(domain::person_of(s_.marks[n - 1].actor)));
    if (person != c_.people.end() && !person->second.phone.empty()) out.set("phone", person->second.phone);
    return out;
  }
  // The boxes of the kind, with the names of those who signed in this run.
  Json signatures() const {
    Json out = list();
    for (std::size_t i = 0; kind_ != nullptr && i < kind_->signatures.size(); ++i) {
      const auto& box = kind_->signatures[i];
      Json one;
      one.set("title", box.title.in(in_.lang));
      if (const auto* given = s_.signature(box.role); given != nullptr) {
        one.set("who", who(given->n)).set("at", iso(s_.at(given->n)));
        if (const auto said = text_of(event(given->n).payload); !said.empty()) one.set("text", said);
      }
      out.push(std::move(one));
    }
    return out;
  }
  // The limit that sets the step off, as it stood at the draft.
  Json passed(const domain::EscalationDrafted& drafted, Timestamp at) const {
    Json out;
    out.set("title", drafted.clock);
    for (const auto& clock : domain::clocks(s_, c_, in_.now)) {
      if (clock.name != drafted.clock || clock.run != drafted.run) continue;
      if (const auto title = clock.title.in(in_.lang); !title.empty()) out.set("title", title);
      if (clock.start) out.set("start", iso(*clock.start));
    }
    const auto* spec = kind_ == nullptr ? nullptr : kind_->clock(drafted.clock);
    if (spec != nullptr)
      if (const auto limit = spec->limit.find(drafted.grade); limit != spec->limit.end())
        out.set("limit", words("reports.paper.duration", {{"value", domain::limit_argument(limit->second)}}));
    const auto due = parse_iso(drafted.due);
    if (!due) return out;
    out.set("due", iso(*due));
    // A breach is drafted within the second after it: nothing worth a figure.
    if (at >= *due + std::chrono::minutes(1)) out.set("over", minutes(at - *due));
    if (at < *due) out.set("left", minutes(*due - at));
    out.set("passed", at > *due);
    return out;
  }
  std::string minutes(Duration time) const {
    const auto whole = std::chrono::duration_cast<Duration>(std::chrono::ceil<std::chrono::minutes>(time));
    return words("reports.paper.duration", {{"value", xj::to_text(whole)}});
  }
  const domain::Event& event(std::uint32_t n) const { return in_.events[n - 1]; }
  std::string iso(Timestamp t) const { return to_iso(t, c_.zone.offset_at(t)); }
  // An argument of a sentence as it reads in the paper's language.
  std::string plain(const std::string& argument) const {
    return render({"reports.paper.value", {{"value", argument}}}, in_.lang);
  }
  std::string words(const char* id, Message::Args args) const {
    return render({id, std::move(args)}, in_.lang);
  }
  std::string separator() const { return in_.lang == Lang::en ? ", " : "、"; }
  std::string joined(const std::vector<std::string>& all) const {
    std::string out;
    for (const auto& one : all) out += (out.empty() ? "" : separator()) + one;
    return out;
  }
  std::string who(std::uint32_t n) const { return plain(domain::actor_argument(s_.marks[n - 1].actor, c_)); }
  std::string grade(const std::string& id) const {
    const auto* found = kind_ == nullptr ? nullptr : kind_->grade(id);
    return found == nullptr ? id : found->title.in(in_.lang);
  }
  // The event's sentence; its time stands in a place of its own.
  std::string says(const domain::Event& e) const {
    auto message = domain::describe(e, c_, s_.case_kind);
    for (auto& [name, value] : message.args)
      if (name == "at" || name == "late") value.clear();
    auto out = render(message, in_.lang);
    out.erase(0, std::min(out.find_first_not_of(' '), out.size()));
    return out;
  }

  // What every paper of a case begins with.
  Json head() const {
    Json facts;
    facts.set("lang", in_.lang == Lang::zh ? "zh" : "en").set("made", iso(in_.now)).set("number", in_.number);
    facts.set("project", c_.title).set("client", "");
    for (const auto& party : c_.parties)
      if (party.role == "client" || party.role == "provider") facts.set(party.role, party.name);
    Json contract;
    contract.set("id", c_.id).set("title", c_.title).set("revision", s_.revision);
    facts.set("contract", std::move(contract));
    Json one;
    one.set("number", s_.number).set("kind", kind_ == nullptr ? s_.case_kind : kind_->title.in(in_.lang));
    const auto* system = c_.system(s_.system);
    one.set("system", system == nullptr ? s_.system : system->title.in(in_.lang));
    one.set("grade", grade(s_.grade));
    one.set("status", text("domain.status." + std::string(domain::to_text(s_.status)), in_.lang));
    std::string summary = s_.text;
    if (summary.empty() && !s_.problems.empty()) {
      const auto& first = s_.problems.front();
      summary = words("reports.paper.problem",
                      {{"item", domain::item_argument(first.item, c_)},
                       {"state", "@core.state." + std::string(xj::to_text(first_state()))}});
      if (!first.message.empty()) summary += words("reports.paper.more", {{"more", first_message()}});
    }
    one.set("summary", summary);
    facts.set("case", std::move(one));
    return facts;
  }
  // As it was found, not as it became.
  State first_state() const {
    for (const auto& e : in_.events) {
      if (const auto* detected = std::get_if<domain::Detected>(&e.payload)) return detected->state;
      if (const auto* joined = std::get_if<domain::Joined>(&e.payload)) return joined->state;
    }
    return State::critical;
  }
  std::string first_message() const {
    for (const auto& e : in_.events) {
      if (const auto* detected = std::get_if<domain::Detected>(&e.payload))
        return render(detected->message, in_.lang);
      if (const auto* joined = std::get_if<domain::Joined>(&e.payload))
        return render(joined->message, in_.lang);
    }
    return {};
  }

  // The steps of an incident's life, each in its place, whether it was taken or not: when it was taken first,
  // recovery when it was the last.
  Json steps() const {
    Json out = list();
    const auto add = [&](EventKind which, std::uint32_t n) {
      Json one;
      one.set("what", text("domain.event." + std::string(domain::to_text(which)), in_.lang));
      if (n != 0) one.set("at", iso(s_.at(n))).set("who", who(n));
      out.push(std::move(one));
    };
    const auto first = [&](EventKind which) {
      for (int run = 1; run <= s_.run; ++run)
        if (const auto n = s_.first(which, run); n != 0) return n;
      return std::uint32_t{0};
    };
    add(EventKind::detected, 1);
    add(EventKind::registered, first(EventKind::registered));
    add(EventKind::acknowledged, first(EventKind::acknowledged));
    add(EventKind::reported, first(EventKind::reported));
    add(EventKind::recovered, s_.last(EventKind::recovered, s_.run));
    add(EventKind::closed, s_.last(EventKind::closed, s_.run));
    return out;
  }

  // Hosts and function points the case ever touched.
  Json scope() const {
    std::vector<std::string> hosts, points;
    const auto add = [](std::vector<std::string>& to, const std::string& what) {
      if (!what.empty() && std::find(to.begin(), to.end(), what) == to.end()) to.push_back(what);
    };
    const auto* system = c_.system(s_.system);
    for (const auto& problem : s_.problems) {
      add(hosts, problem.item.host);
      for (std::size_t i = 0; system != nullptr && i < system->checks.size(); ++i) {
        const auto& check = system->checks[i];
        if (check.id != problem.item.check || check.point.empty()) continue;
        for (const auto& point : system->points)
          if (point.id == check.point) add(points, point.title.in(in_.lang));
      }
    }
    Json out;
    out.set("problems", static_cast<std::int64_t>(s_.problems.size()));
    if (hosts.size() > kMostHosts) {
      const auto count = hosts.size();
      hosts.resize(kMostHosts);
      out.set("hosts", words("reports.paper.hosts_more",
                             {{"hosts", joined(hosts)}, {"count", std::to_string(count)}}));
    } else if (!hosts.empty()) {
      out.set("hosts", joined(hosts));
    }
    if (!points.empty()) out.set("points", joined(points));
    return out;
  }

  Json notes(std::string_view about) const {
    Json out = list();
    for (const auto& e : in_.events)
      if (const auto* note = std::get_if<domain::Noted>(&e.payload); note != nullptr && note->about == about)
        out.push(note->text);
    return out;
  }
  void set_notes(Json& facts, std::string_view about) const { set_notes(facts, about, about); }
  void set_notes(Json& facts, std::string_view about, std::string_view fact) const {
    if (auto all = notes(about); all.size() > 0) facts.set(std::string(fact), std::move(all));
  }

  template <typename Wanted>
  Json lines(Wanted wanted) const {
    Json out = list();
    for (const auto& e : in_.events) {
      if (!wanted(e)) continue;
      Json one;
      one.set("at", iso(s_.at(e.n))).set("what", says(e));
      out.push(std::move(one));
    }
    return out;
  }

  // What was done and by whom; the machine's bookkeeping and what has a place of its own on the form left
  // out.
  Json course(std::string_view form) const {
    const auto all = lines([form](const domain::Event& e) {
      switch (e.kind()) {
        case EventKind::detected:
        case EventKind::opened:
        case EventKind::split_off:
        case EventKind::registered:
        case EventKind::acknowledged:
        case EventKind::reported:
        case EventKind::arrived:
        case EventKind::recovered:
        case EventKind::reopened:
        case EventKind::watch_ended:
        case EventKind::paused:
        case EventKind::resumed:
        case EventKind::absorbed:
        case EventKind::merged:
        case EventKind::problem_moved:
        case EventKind::cause_found:
        case EventKind::false_alarm: return true;
        case EventKind::noted: return !domain::has_place(form, std::get<domain::Noted>(e.payload).about);
        case EventKind::joined:
        case EventKind::problem_changed:
        case EventKind::problem_cleared:
        case EventKind::graded:
        case EventKind::closed:
        case EventKind::clock_warning:
        case EventKind::clock_breached:
        case EventKind::amended:
        case EventKind::rebound:
        case EventKind::calendar_changed:
        case EventKind::problem_unwatched:
        case EventKind::problem_watched:
        case EventKind::close_requested:
        case EventKind::verified:
        case EventKind::close_rejected:
        case EventKind::condition_confirmed:
        case EventKind::escalation_drafted:
        case EventKind::escalation_approved:
        case EventKind::dependent_held:
        case EventKind::dependent_freed:
        case EventKind::escalation_rejected:
        case EventKind::signed_off:
        case EventKind::told: break;
      }
      return false;
    });
    if (all.size() <= kCourseFirst + kCourseLast + 1) return all;
    Json out = list();
    for (std::size_t i = 0; i < kCourseFirst; ++i) out.push(all.at(i));
    Json left;
    left.set("what",
             words("reports.paper.left", {{"count", std::to_string(all.size() - kCourseFirst - kCourseLast)},
                                          {"number", s_.number}}));
    out.push(std::move(left));
    for (auto i = all.size() - kCourseLast; i < all.size(); ++i) out.push(all.at(i));
    return out;
  }

  // Those of the last run, and of the earlier ones what was breached.
  Json clocks() const {
    Json out = list();
    for (const auto& clock : domain::clocks(s_, c_, in_.now)) {
      if (clock.status == domain::ClockStatus::not_started) continue;
      if (clock.run != s_.run && clock.status != domain::ClockStatus::breached) continue;
      Json one;
      auto title = clock.title.in(in_.lang);
      if (title.empty()) title = clock.name;
      if (clock.run != s_.run) title += words("reports.paper.run", {{"run", std::to_string(clock.run)}});
      one.set("title", title);
      one.set("limit", words("reports.paper.duration", {{"value", domain::limit_argument(clock.limit)}}));
      if (clock.due) one.set("due", iso(*clock.due));
      if (clock.stop) one.set("stop", iso(*clock.stop));
      one.set("state", domain::to_text(clock.status));
      if (clock.due && clock.stop && *clock.stop > *clock.due)
        one.set("over",
                words("reports.paper.duration",
                      {{"value", xj::to_text(std::chrono::duration_cast<Duration>(
                                     std::chrono::ceil<std::chrono::minutes>(*clock.stop - *clock.due)))}}));
      out.push(std::move(one));
    }
    return out;
  }

  Json watch() const {
    const auto recovered = s_.last(EventKind::recovered, s_.run);
    if (recovered == 0) return {};
    const auto* said = std::get_if<domain::Recovered>(&event(recovered).payload);
    if (said == nullptr || said->watch == Duration{0}) return {};
    Json out;
    auto length = said->watch;
    out.set("from", iso(s_.at(recovered)));
    if (const auto ended = s_.last(EventKind::watch_ended, s_.run); ended != 0) {
      out.set("to", iso(s_.at(ended)));
      length = std::get<domain::WatchEnded>(event(ended).payload).watch;
    }
    out.set("length", words("reports.paper.duration", {{"value", xj::to_text(length)}}));
    out.set("reopened", static_cast<std::int64_t>(s_.run - 1));
    return out;
  }

  // What nobody saw end.
  Json standing() const {
    Json out = list();
    for (const auto& problem : s_.problems)
      if (!problem.cleared) out.push(render(domain::describe(problem, c_), in_.lang));
    return out;
  }

  Json word(std::uint32_t n) const {
    Json out;
    out.set("at", iso(s_.at(n))).set("who", who(n));
    if (const auto said = text_of(event(n).payload); !said.empty()) out.set("text", said);
    return out;
  }

  Json conditions() const {
    Json out = list();
    for (const auto& condition : domain::closing_conditions(s_, c_, in_.now)) {
      Json one;
      one.set("no", static_cast<std::int64_t>(condition.index)).set("text", condition.text.in(in_.lang));
      one.set("met", condition.met).set("why", render(condition.why, in_.lang));
      out.push(std::move(one));
    }
    return out;
  }

  // Whom the contract has told of the closing.
  Json receivers() const {
    Json out = list();
    std::set<std::string> seen;
    for (std::size_t i = 0; kind_ != nullptr && i < kind_->tell.size(); ++i) {
      const auto& rule = kind_->tell[i];
      if (rule.on != domain::to_text(EventKind::closed)) continue;
      for (const auto& id : rule.to) {
        const auto role = c_.roles.find(id);
        if (role == c_.roles.end() || !seen.insert(id).second) continue;
        std::vector<std::string> names;
        for (const auto& person_id : role->second.people)
          if (const auto person = c_.people.find(person_id); person != c_.people.end())
            names.push_back(person->second.name);
        Json one;
        one.set("role", role->second.title.in(in_.lang)).set("names", joined(names));
        out.push(std::move(one));
      }
    }
    return out;
  }

  const CasePaper& in_;
  const domain::CaseState& s_;
  const domain::Contract& c_;
  const domain::CaseKind* kind_;
};

}  // namespace

Json closing_notice_facts(const CasePaper& paper) { return Paper(paper).closing_notice(); }

Json case_paper_facts(const CasePaper& paper, std::string_view form) { return Paper(paper).paper(form); }

Json emergency_plan_facts(const CasePaper& paper, std::uint32_t drafted_n) {
  return Paper(paper).emergency_plan(drafted_n);
}

Json escalation_facts(const CasePaper& paper, std::uint32_t drafted_n) {
  return Paper(paper).escalation(drafted_n);
}

}  // namespace xj::collector
