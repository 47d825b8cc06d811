#include "collector/simulate/outcome.h"

#include <algorithm>

#include "collector/deductions.h"
#include "collector/domain/deduction_json.h"
#include "collector/domain/explain.h"
#include "collector/domain/incident.h"
#include "collector/domain/obligation_json.h"
#include "collector/sheet_desk.h"
#include "reports/render.h"

namespace xj::collector {
namespace {

std::string iso(Timestamp t, const domain::Zone& zone) { return to_iso(t, zone.offset_at(t)); }

std::string trimmed(std::string text) {
  text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
  for (auto& letter : text)
    if (letter == '\n' || letter == '\r' || letter == '\t') letter = ' ';
  return text;
}

// Without time and "entered later", which stand in places of their own.
std::string says(const domain::Event& event, const CaseOutcome& one, Lang lang) {
  const auto& contract = *one.contract;
  auto message = domain::describe(event, contract, one.state.case_kind);
  for (auto& [name, value] : message.args)
    if (name == "at" || name == "late") value.clear();
  auto out = trimmed(render(message, lang));
  // A warning's reason is its sentence once more.
  if (!event.reason.empty() && event.kind() != domain::EventKind::clock_warning)
    out = render({"simulate.line.why", {{"what", out}, {"why", trimmed(render(event.reason, lang))}}}, lang);
  if (domain::entered_later(event))
    out = render(
        {"simulate.line.late", {{"what", out}, {"known", domain::local_text(event.known, contract.zone)}}},
        lang);
  return out;
}

const domain::Grade* grade_of(const CaseOutcome& one, const std::string& id) {
  const auto* kind = one.contract->kind(one.state.case_kind);
  return kind == nullptr ? nullptr : kind->grade(id);
}

std::string titled(const domain::Title& title, const std::string& id, Lang lang) {
  const auto& words = title.in(lang);
  return words.empty() ? id : words;
}

Json clock_json(const CaseOutcome& one, const domain::ClockView& clock) {
  const auto& zone = one.contract->zone;
  const auto time = [&](const std::optional<Timestamp>& t) { return t ? Json(iso(*t, zone)) : Json(); };
  Json json;
  json.set("case", one.which.number).set("kind", one.state.case_kind).set("run", clock.run);
  json.set("grade", clock.grade).set("clock", clock.name);
  json.set("status", domain::to_text(clock.status)).set("limit", domain::to_text(clock.limit));
  json.set("start", time(clock.start)).set("due", time(clock.due)).set("stop", time(clock.stop));
  return json;
}

const char* record_line(std::string_view what) {
  if (what == "done") return "simulate.line.done";
  if (what == "happened") return "simulate.line.happened";
  if (what == "withdraw" || what == "deduction withdraw") return "simulate.line.withdraw";
  if (what == "deduction record") return "money.line.recorded";
  if (what == "deduction waive") return "money.line.waived";
  return nullptr;
}

std::string whole(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += line + '\n';
  return out;
}

}  // namespace

bool Outcome::as_scripted() const {
  return left.empty() &&
         std::all_of(performed.begin(), performed.end(), [](const Performed& p) { return p.expected; });
}

Outcome outcome_of(Simulation& simulation) {
  auto& pipeline = simulation.pipeline();
  Outcome out;
  for (const auto& ref : simulation.cases()) {
    auto found = pipeline.find_case(ref);
    if (!found) continue;
    CaseOutcome one{ref, std::move(found->state), found->contract, std::move(found->events), {}};
    one.clocks = domain::clocks(one.state, *one.contract, simulation.now());
    out.cases.push_back(std::move(one));
  }
  const auto& contract = simulation.scenario().contract->id;
  for (const auto& listed : pipeline.documents().list(contract, 1'000'000))
    if (auto document = document_now(pipeline, contract, listed.number, std::nullopt))
      out.documents.push_back(std::move(*document));
  std::reverse(out.documents.begin(), out.documents.end());
  for (const auto& number : simulation.sheets())
    if (auto sheet = find_sheet(pipeline, contract, number))
      out.sheets.push_back(
          {sheet->base, sheet->round->title, std::move(sheet->events), std::move(sheet->state)});
  const auto& scenario = simulation.scenario();
  // What is owed later may be done already.
  constexpr std::chrono::days ahead{3 * 366};
  out.obligations = domain::standings(*scenario.contract, pipeline.duties().known(*scenario.contract),
                                      scenario.from, scenario.to + ahead, simulation.now());
  std::erase_if(out.obligations, [&](const domain::DutyStanding& one) {
    const bool open = one.state == domain::DutyState::upcoming || one.state == domain::DutyState::due;
    return open &&
           (one.state == domain::DutyState::upcoming || (one.what.due && *one.what.due > scenario.to));
  });
  out.costs = costs_of(pipeline, pipeline.contract(contract), simulation.now());
  out.figures = pipeline.figures();
  out.performed = simulation.performed();
  for (const auto* step : simulation.left()) out.left.push_back(step->line);
  return out;
}

std::vector<std::string> event_lines(const Outcome& outcome, const domain::Zone& zone, Lang lang) {
  struct Line {
    Timestamp known;
    std::string text;
  };
  std::vector<Line> lines;
  const auto add = [&](Timestamp known, Timestamp at, const std::string& number, const std::string& what) {
    lines.push_back({known, domain::local_text(at, zone) + "  " + number + "  " + what});
  };
  for (const auto& one : outcome.cases)
    for (const auto& event : one.events) add(event.known, event.at, one.which.number, says(event, one, lang));
  for (const auto& sheet : outcome.sheets)
    for (const auto& event : sheet.events) {
      auto what = trimmed(render(domain::describe(event, sheet.base), lang));
      if (event.known - event.at >= std::chrono::minutes{1})
        what = render(
            {"simulate.line.late", {{"what", what}, {"known", domain::local_text(event.known, zone)}}}, lang);
      add(event.known, event.at, sheet.base.number, what);
    }
  for (const auto& done : outcome.performed) {
    if (!done.refused.empty())
      add(done.at, done.at, done.number.empty() ? "-" : done.number,
          render({"simulate.line.refused",
                  {{"who", done.person.empty() ? "-" : done.person},
                   {"what", done.what},
                   {"why", trimmed(render(done.refused, lang))}}},
                 lang));
    else if (done.what == "round")
      add(done.at, done.at, done.number, text("simulate.line.round", lang));
    else if (done.what.starts_with("duty "))
      add(done.at, done.at, done.number, render({"simulate.line.duty", {{"who", done.person}}}, lang));
    else if (const auto* id = record_line(done.what); id != nullptr)
      add(done.at, done.told.value_or(done.at), done.number, render({id, {{"who", done.person}}}, lang));
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Line& a, const Line& b) { return a.known < b.known; });
  std::vector<std::string> out;
  out.reserve(lines.size());
  for (auto& line : lines) out.push_back(std::move(line.text));
  return out;
}

std::vector<std::string> clock_lines(const Outcome& outcome, Lang lang) {
  std::vector<std::string> out;
  for (const auto& one : outcome.cases)
    for (const auto& clock : one.clocks) {
      const auto time = [&](const char* label, const std::optional<Timestamp>& t) {
        return "  " + text(label, lang) + ' ' + (t ? domain::local_text(*t, one.contract->zone) : "-");
      };
      const auto* grade = grade_of(one, clock.grade);
      auto line = one.which.number + (clock.run > 1 ? " #" + std::to_string(clock.run) : "") + "  " +
                  (grade == nullptr ? clock.grade : titled(grade->title, clock.grade, lang)) + "  " +
                  titled(clock.title, clock.name, lang) + "  " +
                  text("cli.clock." + std::string(domain::to_text(clock.status)), lang);
      if (clock.start)
        line += time("simulate.line.start", clock.start) + time("simulate.line.due", clock.due) +
                time("simulate.line.stop", clock.stop);
      out.push_back(std::move(line));
    }
  return out;
}

std::vector<std::string> obligation_lines(const Outcome& outcome, const domain::Zone& zone, Lang lang) {
  std::vector<std::string> out;
  for (const auto& one : outcome.obligations) {
    const auto time = [&](const char* label, const std::optional<Timestamp>& t) {
      return "  " + text(label, lang) + ' ' + (t ? domain::local_text(*t, zone) : "-");
    };
    auto line = one.what.id + "  " + one.what.period + "  " + titled(one.what.title, one.what.id, lang) +
                "  " + text("duty.state." + std::string(domain::to_text(one.state)), lang);
    out.push_back(line + time("simulate.line.due", one.what.due) + time("simulate.line.stop", one.done));
  }
  return out;
}

std::vector<std::string> deduction_lines(const Outcome& outcome, const domain::Zone& zone, Lang lang) {
  std::vector<std::string> out;
  for (const auto& line : outcome.costs.lines) {
    const auto& w = line.what;
    auto about = w.number + (w.run > 1 ? " (" + std::to_string(w.run) + ')' : "");
    if (w.record != 0) about += (about.empty() ? "#" : " #") + std::to_string(w.record);
    auto said = domain::local_text(w.at, zone) + "  " + w.deduction + "  " + about + "  " +
                titled(line.title, w.deduction, lang) + "  " +
                text("money.state." + std::string(domain::to_text(line.state)), lang) + "  " +
                (line.cents ? render({"money.yuan", {{"sum", domain::yuan_text(*line.cents)}}}, lang) : "-");
    if (line.losses) said += "  " + text("money.plus_losses", lang);
    if (line.ends) said += "  " + text("money.may_end", lang);
    out.push_back(std::move(said));
  }
  return out;
}

std::vector<std::string> sheet_lines(const Outcome& outcome, const domain::Zone& zone, Lang lang) {
  std::vector<std::string> out;
  for (const auto& sheet : outcome.sheets) {
    auto line = sheet.base.number + "  " + titled(sheet.title, sheet.base.round, lang) + "  " +
                text("round.state." + std::string(domain::to_text(sheet.state.status)), lang) + "  " +
                text("simulate.line.made", lang) + ' ' + domain::local_text(sheet.base.made, zone);
    for (const auto& signature : sheet.state.signatures) {
      const auto part =
          signature.title.empty() ? text("round.part." + signature.part, lang) : signature.title;
      line += "  " + part + ' ' + signature.name + ' ' + domain::local_text(signature.at, zone);
    }
    out.push_back(std::move(line));
  }
  return out;
}

std::vector<DutyCount> duty_counts(const Outcome& outcome) {
  std::vector<DutyCount> out;
  for (const auto& one : outcome.obligations) {
    auto count =
        std::find_if(out.begin(), out.end(), [&](const DutyCount& c) { return c.id == one.what.id; });
    if (count == out.end()) count = out.insert(out.end(), {one.what.id, one.what.title});
    switch (one.state) {
      case domain::DutyState::upcoming:
      case domain::DutyState::due: ++count->open; break;
      case domain::DutyState::done: ++count->done; break;
      case domain::DutyState::late: ++count->late; break;
      case domain::DutyState::missed: ++count->missed; break;
    }
  }
  return out;
}

Json outcome_json(const Outcome& outcome, const Scenario& scenario) {
  const auto& zone = scenario.contract->zone;
  const auto number = [](std::uint64_t n) { return static_cast<std::int64_t>(n); };
  Json json;
  json.set("scenario", scenario.file).set("contract", scenario.contract->id);
  json.set("from", iso(scenario.from, zone)).set("to", iso(scenario.to, zone));
  json.set("hosts", number(scenario.hosts.size()));
  const auto& f = outcome.figures;
  json.set("batches", number(f.batches)).set("results", number(f.results)).set("values", number(f.values));
  json.set("refused", number(f.refused)).set("transitions", number(f.transitions));
  json.set("events", number(f.events)).set("notifications", number(f.notifications));
  Json cases{Json::Array{}}, clocks{Json::Array{}}, documents{Json::Array{}}, acts{Json::Array{}},
      left{Json::Array{}};
  for (const auto& one : outcome.cases) {
    Json c;
    c.set("number", one.which.number).set("kind", one.state.case_kind).set("system", one.state.system);
    c.set("grade", one.state.grade)
        .set("status", domain::to_text(one.state.status))
        .set("run", one.state.run);
    c.set("opened", iso(one.state.at(1), zone)).set("events", number(one.events.size()));
    cases.push(std::move(c));
    for (const auto& clock : one.clocks) clocks.push(clock_json(one, clock));
  }
  for (const auto& document : outcome.documents) {
    Json d;
    d.set("number", document.number).set("form", document.form).set("about", document.about);
    d.set("state", document.state);
    d.set("created", iso(document.created, zone)).set("hash", document.hash);
    documents.push(std::move(d));
  }
  for (const auto& done : outcome.performed) {
    Json a;
    a.set("line", done.line).set("at", iso(done.at, zone)).set("about", done.number);
    a.set("person", done.person).set("what", done.what);
    if (!done.refused.empty()) a.set("refused", render(done.refused, Lang::en));
    if (!done.expected) a.set("expected", false);
    acts.push(std::move(a));
  }
  for (const auto line : outcome.left) left.push(line);
  Json obligations{Json::Array{}}, counts{Json::Array{}};
  for (const auto& one : outcome.obligations)
    obligations.push(domain::to_json(one, *scenario.contract, true));
  for (const auto& count : duty_counts(outcome)) {
    Json c;
    c.set("name", count.id).set("done", count.done).set("late", count.late);
    c.set("missed", count.missed).set("open", count.open);
    counts.push(std::move(c));
  }
  Json deductions{Json::Array{}}, totals{Json::Array{}};
  for (const auto& line : outcome.costs.lines) deductions.push(domain::to_json(line));
  for (const auto& total : outcome.costs.totals) totals.push(domain::to_json(total));
  json.set("deductions", std::move(deductions)).set("deduction_totals", std::move(totals));
  json.set("cases", std::move(cases)).set("clocks", std::move(clocks)).set("documents", std::move(documents));
  json.set("obligations", std::move(obligations)).set("obligation_counts", std::move(counts));
  json.set("acts", std::move(acts)).set("left", std::move(left)).set("as_scripted", outcome.as_scripted());
  return json;
}

std::vector<std::string> write_outcome(const Outcome& outcome, const Scenario& scenario,
                                       const std::string& dir, Lang lang) {
  io::PosixFileSystem fs;
  std::vector<std::string> names;
  const auto put = [&](std::string name, const std::string& bytes) {
    io::write_whole(fs, dir + '/' + name, bytes);
    names.push_back(std::move(name));
  };
  put("events.txt", whole(event_lines(outcome, scenario.contract->zone, lang)));
  put("clocks.txt", whole(clock_lines(outcome, lang)));
  put("obligations.txt", whole(obligation_lines(outcome, scenario.contract->zone, lang)));
  put("deductions.txt", whole(deduction_lines(outcome, scenario.contract->zone, lang)));
  if (!outcome.sheets.empty()) put("sheets.txt", whole(sheet_lines(outcome, scenario.contract->zone, lang)));
  put("summary.json", outcome_json(outcome, scenario).pretty() + '\n');
  if (outcome.documents.empty()) return names;
  fs.make_dirs(dir + "/documents");
  for (const auto& document : outcome.documents) {
    Problems problems;
    const auto form = reports::load_form(document.form, {}, problems);
    if (form == nullptr) throw Fault("form " + document.form + ": " + xj::render(problems, Lang::en));
    const auto facts = parse_json(document.facts);
    if (!std::holds_alternative<Json>(facts)) throw Fault("document " + document.number + ": no facts");
    // A number is a name of a file here, and nothing else.
    auto name = document.number;
    std::replace(name.begin(), name.end(), '/', '-');
    put("documents/" + name + ".html", reports::render_html(*form, std::get<Json>(facts)));
    put("documents/" + name + ".pdf", reports::render_pdf(*form, std::get<Json>(facts)));
  }
  return names;
}

}  // namespace xj::collector
