// `xunjian sla due`: the clocks of a case that is only thought of, by the code that runs the real ones.
#include <algorithm>

#include "cli/calendars.h"
#include "collector/domain/clock.h"
#include "collector/domain/explain.h"

namespace xj::cli {
namespace {

constexpr std::size_t kSegments = 2000;
constexpr std::size_t kShownSegments = 12;

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

struct Happening {
  Timestamp at;
  domain::EventKind kind;
  std::string about;  // of a note
  std::string given;
};

// What a person can say has happened; what the machine notes by itself is not among it.
constexpr std::string_view kEvents[] = {"graded",      "registered", "acknowledged", "reported",
                                        "arrived",     "noted",      "recovered",    "reopened",
                                        "watch_ended", "closed",     "false_alarm"};

std::vector<Happening> happenings(const Arguments& a) {
  std::vector<Happening> out;
  for (const auto& given : a.all("--event")) {
    const auto equals = given.find('=');
    auto name = given.substr(0, equals);
    std::string about;
    if (name.starts_with("noted:")) about = name.substr(6), name = "noted";
    if (equals == std::string::npos ||
        std::find(std::begin(kEvents), std::end(kEvents), name) == std::end(kEvents))
      throw CommandFailed({"calendar.sla.bad_event",
                           {{"value", given}, {"known", joined({std::begin(kEvents), std::end(kEvents)})}}},
                          {}, kUsage);
    out.push_back({time_of("--event " + name, given.substr(equals + 1)), *domain::parse_event_kind(name),
                   about, given});
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& x, const auto& y) { return x.at < y.at; });
  return out;
}

domain::Payload payload_of(domain::EventKind kind, const domain::CaseState& state,
                           const domain::CaseKind& spec, const std::string& grade) {
  using domain::EventKind;
  switch (kind) {
    case EventKind::graded: return domain::Graded{state.grade, grade, domain::GradeHow::changed, "-"};
    case EventKind::registered: return domain::Registered{"-"};
    case EventKind::acknowledged: return domain::Acknowledged{"-"};
    case EventKind::reported: return domain::Reported{"", "-"};
    case EventKind::arrived: return domain::Arrived{"-"};
    case EventKind::recovered: {
      const auto watch = spec.watch.find(grade);
      return domain::Recovered{"-", watch == spec.watch.end() ? Duration{0} : watch->second};
    }
    case EventKind::reopened: return domain::Reopened{state.run + 1, "-"};
    case EventKind::watch_ended: return domain::WatchEnded{};
    case EventKind::closed: return domain::Closed{"-"};
    case EventKind::false_alarm: return domain::FalseAlarm{"-"};
    case EventKind::detected:
    case EventKind::opened:
    case EventKind::escalation_drafted:
    case EventKind::escalation_approved:
    case EventKind::escalation_rejected:
    case EventKind::dependent_held:
    case EventKind::dependent_freed:
    case EventKind::cause_found:
    case EventKind::merged:
    case EventKind::absorbed:
    case EventKind::split_off:
    case EventKind::problem_moved:
    case EventKind::told:
    case EventKind::signed_off:
    case EventKind::close_requested:
    case EventKind::verified:
    case EventKind::close_rejected:
    case EventKind::condition_confirmed:
    case EventKind::joined:
    case EventKind::problem_changed:
    case EventKind::problem_cleared:
    case EventKind::noted:
    case EventKind::clock_warning:
    case EventKind::clock_breached:
    case EventKind::paused:
    case EventKind::resumed:
    case EventKind::amended:
    case EventKind::rebound:
    case EventKind::calendar_changed:
    case EventKind::problem_unwatched:
    case EventKind::problem_watched: break;
  }
  return domain::Noted{"-", ""};
}

class Thought {
 public:
  Thought(const domain::Contract& contract, const domain::CaseKind& kind, std::string grade)
      : contract_(contract), kind_(kind), grade_(std::move(grade)) {}

  void begin(Timestamp at, bool graded_later) {
    domain::Detected detected;
    detected.case_kind = kind_.id;
    if (!contract_.systems.empty()) detected.item.system = contract_.systems.front().id;
    detected.item.host = "-";
    add(at, std::move(detected));
    if (!graded_later) add(at, domain::Graded{"", grade_, domain::GradeHow::machine, ""});
  }
  void happen(const Happening& what) {
    auto payload = payload_of(what.kind, state_, kind_, grade_);
    if (auto* note = std::get_if<domain::Noted>(&payload)) note->about = what.about;
    if (!what.about.empty() &&
        std::none_of(kind_.clocks.begin(), kind_.clocks.end(),
                     [&](const domain::ClockSpec& c) { return c.about == what.about; })) {
      std::string known;
      for (const auto& clock : kind_.clocks)
        if (!clock.about.empty()) known += (known.empty() ? "" : ", ") + clock.about;
      throw CommandFailed(known.empty()
                              ? Message{"domain.refuse.no_about", {{"about", what.about}}}
                              : Message{"domain.refuse.about", {{"about", what.about}, {"known", known}}},
                          {}, kUsage);
    }
    if (what.at < state_.at(1))
      throw CommandFailed({"calendar.sla.early", {{"value", what.given}}}, {}, kUsage);
    if (const auto refused = domain::refuse(state_, payload))
      throw CommandFailed({"calendar.sla.refused", {{"value", what.given}}}, refused->why, kUsage);
    add(what.at, std::move(payload));
  }
  const domain::CaseState& state() const { return state_; }

 private:
  void add(Timestamp at, domain::Payload payload) {
    domain::Event event;
    event.contract = contract_.id, event.number = "-", event.n = ++n_;
    event.at = at, event.known = at, event.actor = "system:cli", event.via = "cli";
    event.revision = contract_.revision, event.calendar = contract_.calendar_edition;
    event.payload = std::move(payload);
    domain::apply(state_, event);
  }
  const domain::Contract& contract_;
  const domain::CaseKind& kind_;
  std::string grade_;
  domain::CaseState state_;
  std::uint32_t n_ = 0;
};

std::string title(const Context& c, const domain::Title& title, const std::string& id) {
  const auto& words = title.in(c.lang);
  return words.empty() ? id : words;
}

// "2026-09-30 16:30", with seconds where there are any.
std::string shown(Timestamp t, const domain::Zone& zone) {
  auto text = domain::local_text(t, zone);
  if (text.ends_with(":00")) text.resize(text.size() - 3);
  return text;
}

void show(const Context& c, const domain::Contract& contract, const std::vector<domain::ClockView>& clocks) {
  Table table({{c.t("calendar.col.clock"), Fit::fold},
               {c.t("calendar.col.limit")},
               {c.t("calendar.col.calendar")},
               {c.t("calendar.col.start")},
               {c.t("calendar.col.due")}});
  for (const auto& clock : clocks) {
    auto name = title(c, clock.title, clock.name);
    if (clock.run > 1) name += " (" + std::to_string(clock.run) + ')';
    table.add({std::move(name), c.say({"calendar.limit", {{"limit", domain::limit_argument(clock.limit)}}}),
               clock.calendar, clock.start ? shown(*clock.start, contract.zone) : c.t("calendar.not_started"),
               clock.due ? shown(*clock.due, contract.zone) : "-"});
  }
  c.print(table);
  for (const auto& clock : clocks) {
    if (!clock.start || !clock.due) continue;
    const auto segments =
        segments_of(contract.calendars.at(clock.calendar), *clock.start, *clock.due, kShownSegments);
    c.out << '\n' << title(c, clock.title, clock.name) << '\n';
    for (const auto& s : segments.shown)
      c.out << "  " << shown(s.from, contract.zone) << " – " << shown(s.to, contract.zone) << "  "
            << hours_text(s.to - s.from) << '\n';
    if (segments.left_out > 0)
      c.out << "  " << c.say({"calendar.left_out", {{"count", std::to_string(segments.left_out)}}}) << '\n';
  }
}

}  // namespace

int run_sla_due(Context& c, const Arguments& a) {
  for (const auto& [option, value] :
       {std::pair{"--contract", "PATH"}, {"--kind", "KIND"}, {"--grade", "GRADE"}})
    if (a.get(option).empty())
      throw CommandFailed({"calendar.option_missing", {{"option", std::string(option) + ' ' + value}}}, {},
                          kUsage);
  const auto at = time_of("--at", a.get("--at"));
  const auto events = happenings(a);
  const auto contract = find_contract(c, a, find_holidays(c, a));
  const auto* kind = contract->kind(a.get("--kind"));
  if (kind == nullptr) {
    std::vector<std::string> known;
    for (const auto& each : contract->kinds) known.push_back(each.id);
    throw CommandFailed({"calendar.sla.no_kind", {{"value", a.get("--kind")}, {"known", joined(known)}}}, {},
                        kUsage);
  }
  if (kind->grade(a.get("--grade")) == nullptr) {
    std::vector<std::string> known;
    for (const auto& each : kind->grades) known.push_back(each.id);
    throw CommandFailed({"calendar.sla.no_grade", {{"value", a.get("--grade")}, {"known", joined(known)}}},
                        {}, kUsage);
  }

  Thought thought(*contract, *kind, a.get("--grade"));
  thought.begin(at, std::any_of(events.begin(), events.end(),
                                [](const Happening& h) { return h.kind == domain::EventKind::graded; }));
  for (const auto& event : events) thought.happen(event);

  const auto clocks = domain::clocks(thought.state(), *contract, c.clock.now());
  std::vector<Message> warnings;
  Json list{Json::Array{}};
  for (const auto& clock : clocks) {
    const auto& calendar = contract->calendars.at(clock.calendar);
    Json one;
    one.set("name", clock.name);
    one.set("start", clock.start ? Json(iso_in(contract->zone, *clock.start)) : Json());
    one.set("limit", domain::to_text(clock.limit));
    one.set("due", clock.due ? Json(iso_in(contract->zone, *clock.due)) : Json());
    one.set("calendar", clock.calendar);
    one.set("starts_on", kind->clock(clock.name)->start);
    Segments segments;
    if (clock.start && clock.due) segments = segments_of(calendar, *clock.start, *clock.due, kSegments);
    one.set("segments", segments_json(segments, contract->zone));
    list.push(std::move(one));
    if (clock.leaves_cover && clock.start)
      warnings.push_back(cover_warning(calendar, *clock.start, clock.looked_to.value_or(*clock.start)));
    if (clock.start && !clock.due)
      warnings.push_back(
          {"calendar.never", {{"calendar", clock.calendar}, {"limit", domain::limit_argument(clock.limit)}}});
  }
  Json json;
  json.set("clocks", std::move(list));
  if (!c.json) show(c, *contract, clocks);
  warn(c, std::move(warnings), json);
  if (c.json) c.print(json);
  return kOk;
}

}  // namespace xj::cli
