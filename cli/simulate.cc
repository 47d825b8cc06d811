// `xunjian simulate SCENARIO.yaml --out DIR`: the collector's own pipeline on a clock of its own.
#include <algorithm>
#include <filesystem>
#include <map>

#include "cli/calendars.h"
#include "cli/data_folder.h"
#include "collector/domain/explain.h"
#include "collector/simulate/outcome.h"
#include "core/io/log.h"

namespace xj::cli {
namespace {

collector::Scenario load(const Context& c, const Arguments& a) {
  const auto holidays = find_holidays(c, a);
  Problems problems;
  collector::LoadOptions load_options;
  load_options.holidays = &holidays.table;
  auto scenario = collector::load_scenario(a.words[0], load_options, problems);
  if (!scenario) {
    std::erase_if(problems, [](const Problem& p) { return p.warning; });
    auto lines = render(problems, c.json ? Lang::en : c.lang);
    while (lines.ends_with('\n')) lines.pop_back();
    throw CommandFailed(Message::literal(std::move(lines)), {}, kUsage);
  }
  return std::move(*scenario);
}

struct Tally {
  std::string title;
  int started = 0, met = 0, breached = 0, open = 0, ended = 0;
};

void show(Context& c, const collector::Outcome& outcome, const collector::Scenario& scenario) {
  Table grades(
      {{c.t("simulate.col.kind")}, {c.t("cli.col.grade")}, {c.t("simulate.col.count"), Fit::keep, true}});
  Table clocks({{c.t("cli.col.grade")},
                {c.t("cli.col.clock"), Fit::fold},
                {c.t("simulate.col.started"), Fit::keep, true},
                {c.t("simulate.col.met"), Fit::keep, true},
                {c.t("simulate.col.breached"), Fit::keep, true},
                {c.t("simulate.col.open"), Fit::keep, true},
                {c.t("simulate.col.ended"), Fit::keep, true}});
  const auto title = [&](const domain::Title& given, const std::string& id) {
    const auto& words = given.in(c.lang);
    return words.empty() ? id : words;
  };
  for (const auto& kind : scenario.contract->kinds)
    for (const auto& grade : kind.grades) {
      const auto count =
          std::count_if(outcome.cases.begin(), outcome.cases.end(), [&](const collector::CaseOutcome& one) {
            return one.state.case_kind == kind.id && one.state.grade == grade.id;
          });
      if (count > 0)
        grades.add({title(kind.title, kind.id), title(grade.title, grade.id), std::to_string(count)});
      for (const auto& spec : kind.clocks) {
        Tally tally;
        for (const auto& one : outcome.cases)
          for (const auto& clock : one.clocks) {
            if (one.state.case_kind != kind.id || clock.grade != grade.id || clock.name != spec.name)
              continue;
            if (clock.start) ++tally.started;
            switch (clock.status) {
              case domain::ClockStatus::not_started: break;
              case domain::ClockStatus::running:
              case domain::ClockStatus::paused: ++tally.open; break;
              case domain::ClockStatus::met: ++tally.met; break;
              case domain::ClockStatus::breached: ++tally.breached; break;
              case domain::ClockStatus::ended: ++tally.ended; break;
            }
          }
        if (tally.started == 0) continue;
        clocks.add({title(grade.title, grade.id),
                    title(spec.title, spec.name),
                    std::to_string(tally.started),
                    {std::to_string(tally.met), tally.met > 0 ? Colour::good : Colour::none},
                    {std::to_string(tally.breached), tally.breached > 0 ? Colour::bad : Colour::none},
                    std::to_string(tally.open),
                    std::to_string(tally.ended)});
      }
    }
  if (!grades.empty()) c.print(grades), c.out << '\n';
  if (!clocks.empty()) c.print(clocks), c.out << '\n';
  Table duties({{c.t("simulate.col.obligation"), Fit::wrap},
                {c.t("simulate.col.done"), Fit::keep, true},
                {c.t("simulate.col.late"), Fit::keep, true},
                {c.t("simulate.col.missed"), Fit::keep, true},
                {c.t("simulate.col.open"), Fit::keep, true}});
  for (const auto& count : collector::duty_counts(outcome))
    duties.add({title(count.title, count.id),
                {std::to_string(count.done), count.done > 0 ? Colour::good : Colour::none},
                {std::to_string(count.late), count.late > 0 ? Colour::notice : Colour::none},
                {std::to_string(count.missed), count.missed > 0 ? Colour::bad : Colour::none},
                std::to_string(count.open)});
  if (!duties.empty()) c.print(duties), c.out << '\n';
  for (const auto& total : outcome.costs.totals)
    paragraph(c, c.out,
              c.say({"money.total",
                     {{"party", "@money.party." + total.party},
                      {"sum", domain::yuan_text(total.cents)},
                      {"counted", std::to_string(total.counted)}}}));
  if (!outcome.costs.totals.empty()) c.out << '\n';
}

// What did not go as the script says.
void complain(Context& c, const collector::Outcome& outcome, const collector::Scenario& scenario) {
  for (const auto& done : outcome.performed) {
    if (done.expected) continue;
    const auto* what = done.refused.empty() ? "simulate.not_refused" : "simulate.refused";
    paragraph(c, c.err,
              c.say({what,
                     {{"file", scenario.file},
                      {"line", std::to_string(done.line)},
                      {"who", done.person.empty() ? "-" : done.person},
                      {"number", done.number.empty() ? "-" : done.number},
                      {"what", done.what},
                      {"why", c.say(done.refused)}}}));
  }
  for (const auto line : outcome.left)
    paragraph(c, c.err, c.say({"simulate.left", {{"file", scenario.file}, {"line", std::to_string(line)}}}));
}

}  // namespace

int run_simulate(Context& c, const Arguments& a) {
  const auto dir = a.get("--out");
  if (dir.empty())
    throw CommandFailed({"cli.error.missing_option", {{"option", "--out"}}}, {"simulate.mend.out", {}},
                        kUsage);
  auto scenario = load(c, a);
  std::error_code error;
  if (std::filesystem::exists(dir, error) && !std::filesystem::is_empty(dir, error))
    throw CommandFailed({"simulate.not_empty", {{"dir", dir}}}, {"simulate.mend.out", {}}, kUsage);
  // What the pipeline would say to the administrator of a real collector is no news here.
  log::set_level(log::Level::error);
  collector::SimulationOptions options{dir, c.lang, {}};
  Bar bar(c);
  options.progress = [&, from = scenario.from, to = scenario.to](Timestamp now) {
    bar.at(static_cast<std::uint64_t>((now - from).count()), static_cast<std::uint64_t>((to - from).count()));
    if (now >= to) bar.end();
  };
  const auto began = c.clock.mono();
  collector::Outcome outcome;
  std::vector<std::string> files;
  try {
    collector::Simulation simulation(std::move(scenario), options);
    simulation.run();
    scenario = simulation.scenario();
    outcome = collector::outcome_of(simulation);
  } catch (const Fault& fault) {
    throw CommandFailed(Message::literal(fault.what()),
                        fault.hint().empty() ? Message{} : Message::literal(fault.hint()));
  }
  const auto took = c.clock.mono() - began;
  files = collector::write_outcome(outcome, scenario, dir, c.lang);
  const auto speed = took.count() <= 0
                         ? outcome.figures.results
                         : outcome.figures.results * 1'000 / static_cast<std::uint64_t>(took.count());
  if (c.json) {
    auto json = collector::outcome_json(outcome, scenario);
    json.set("dir", dir).set("took_ms", took.count()).set("results_per_s", static_cast<std::int64_t>(speed));
    Json list{Json::Array{}};
    for (auto& file : files) list.push(std::move(file));
    json.set("files", std::move(list));
    c.print(json);
    return outcome.as_scripted() ? kOk : kFailed;
  }
  show(c, outcome, scenario);
  const auto& zone = scenario.contract->zone;
  const auto seconds =
      std::to_string(took.count() / 1'000) + '.' + std::to_string(took.count() % 1'000 / 100);
  paragraph(c, c.out,
            c.say({"simulate.done",
                   {{"from", domain::local_text(scenario.from, zone)},
                    {"to", domain::local_text(scenario.to, zone)},
                    {"hosts", std::to_string(scenario.hosts.size())},
                    {"results", grouped(outcome.figures.results)},
                    {"seconds", seconds},
                    {"speed", grouped(speed)}}}));
  paragraph(c, c.out,
            c.say({"simulate.counts",
                   {{"cases", std::to_string(outcome.cases.size())},
                    {"events", std::to_string(outcome.figures.events)},
                    {"notifications", std::to_string(outcome.figures.notifications)},
                    {"documents", std::to_string(outcome.documents.size())}}}));
  c.out << dir << "/events.txt\n";
  complain(c, outcome, scenario);
  return outcome.as_scripted() ? kOk : kFailed;
}

}  // namespace xj::cli
