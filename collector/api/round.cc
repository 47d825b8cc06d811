#include "collector/api/round.h"

#include <algorithm>

#include "collector/domain/clock.h"
#include "collector/domain/explain.h"
#include "collector/domain/own_host.h"
#include "collector/domain/sheet.h"
#include "collector/sheet_facts.h"
#include "collector/store/agents.h"
#include "collector/store/sheets.h"
#include "core/io/db.h"
#include "reports/facts.h"

namespace xj::collector {
namespace {

std::string local_iso(Timestamp t, const domain::Zone& zone) { return to_iso(t, zone.offset_at(t)); }

bool covers(const domain::RoundSpec& round, const domain::System& system) {
  return round.systems.empty() ||
         std::find(round.systems.begin(), round.systems.end(), system.id) != round.systems.end();
}

class Sheet {
 public:
  explicit Sheet(const RoundInput& input) : in_(input) {}

  Json make() {
    const auto& contract = in_.contract;
    const auto& zone = contract.zone;
    for (const auto& system : contract.systems)
      if (covers(in_.round, system)) add_system(system);
    const auto made = local_iso(in_.now, zone);
    Json facts;
    facts.set("lang", in_.lang == Lang::zh ? "zh" : "en").set("made", made).set("number", in_.number);
    facts.set("project", contract.title);
    for (const auto& party : contract.parties)
      if (party.role == "client" || party.role == "provider") facts.set(party.role, party.name);
    facts.set("inspector", in_.inspector).set("recorder", in_.recorder).set("method", in_.round.method);
    Json time;
    time.set("from", in_.began ? local_iso(*in_.began, zone) : made);
    // To the minute, as it is printed: 15:15 – 15:15 would be silly.
    if (in_.began && time["from"].string_or("").substr(0, 16) != made.substr(0, 16)) time.set("to", made);
    facts.set("date", time["from"].string_or("").substr(0, 10)).set("time", std::move(time));
    facts.set("contract", Json(Json::Object{{"id", Json(contract.id)},
                                            {"title", Json(contract.title)},
                                            {"revision", Json(contract.revision)}}));
    facts.set("round", in_.round.title.in(in_.lang));
    facts.set("systems", std::move(systems_));
    Json counts;
    counts.set("total", total_);
    for (const auto* state : {"ok", "warning", "critical", "unknown", "missing", "manual"})
      counts.set(state, static_cast<std::int64_t>(counts_[state]));
    facts.set("counts", std::move(counts));
    Json completeness;
    completeness.set("expected", expected_).set("received", received_).set("missing", expected_ - received_);
    facts.set("completeness", std::move(completeness));
    if (!in_.silent.empty()) facts.set("silent", silent());
    facts.set("findings", std::move(findings_)).set("cases", cases());
    if (!in_.analysis.empty()) facts.set("analysis", in_.analysis);
    add_blanks(facts, in_.round, contract, in_.lang);
    return facts;
  }

 private:
  void add_system(const domain::System& system) {
    system_ = &system;
    items_ = Json(Json::Array{});
    for (const auto& check : system.checks)
      for (const auto& host : check.hosts) add_check(check, host);
    // A function point that no check speaks for is a person's to look at.
    for (const auto& point : system.points) {
      const bool watched = std::any_of(system.checks.begin(), system.checks.end(),
                                       [&](const domain::CheckSpec& c) { return c.point == point.id; });
      if (!watched) add_row(point.title.in(in_.lang), "", "manual", {}, {system.id, point.id, "", ""});
    }
    Json json;
    json.set("title", system.title.in(in_.lang)).set("items", std::move(items_));
    systems_.push(std::move(json));
  }

  void add_check(const domain::CheckSpec& check, const std::string& host) {
    const auto title = check.title.in(in_.lang);
    ++expected_;
    const auto view = in_.latest(host, in_.contract.id + '/' + system_->id + '/' + check.id);
    if (!view || view->latest.slot + in_.round.freshness < in_.now) {
      Message note{"collector.round.never", {}};
      if (view)
        note = {"collector.round.stale", {{"at", domain::local_text(view->latest.slot, in_.contract.zone)}}};
      add_row(title, host, "missing", note, {system_->id, check.id, host, ""});
      return;
    }
    ++received_;
    // Items that are ok are one line together; each that is not has its own.
    std::int64_t good = 0;
    for (const auto& item : view->latest.items) good += item.state == State::ok ? 1 : 0;
    const auto bad = static_cast<std::int64_t>(view->latest.items.size()) - good;
    if (bad == 0) {
      add_row(title, host, to_text(view->latest.state), view->latest.msg, {system_->id, check.id, host, ""});
      return;
    }
    for (const auto& item : view->latest.items)
      if (item.state != State::ok)
        add_row(title, host + ' ' + item.key, to_text(item.state),
                item.msg.empty() ? view->latest.msg : item.msg, {system_->id, check.id, host, item.key});
    if (good > 0)
      add_row(title, host, "ok", {"collector.round.rest", {{"count", std::to_string(good)}}},
              {system_->id, check.id, host, ""});
  }

  void add_row(const std::string& title, const std::string& target, std::string_view state,
               const Message& note, const domain::ItemRef& item) {
    ++total_;
    ++counts_[std::string(state)];
    Json row;
    row.set("no", total_)
        .set("item", title)
        .set("target", target.empty() ? system_->title.in(in_.lang) : target);
    row.set("state", state).set("id", item.system + '/' + item.check);
    if (!note.empty()) row.set("note", reports::message_fact(note));
    items_.push(row);
    if (state == "ok" || state == "manual") return;
    Json finding;
    finding.set("no", static_cast<std::int64_t>(findings_.size()) + 1).set("ref", total_);
    finding.set("system", system_->title.in(in_.lang))
        .set("item", title)
        .set("target", target)
        .set("state", state);
    if (!note.empty()) finding.set("note", reports::message_fact(note));
    for (const auto* open : in_.cases) {
      const auto* problem = open->state.problem(item);
      if (problem == nullptr || problem->cleared) continue;
      finding.set("case", open->state.number);
      break;
    }
    findings_.push(std::move(finding));
  }

  Json silent() const {
    Json list{Json::Array{}};
    for (const auto& agent : in_.silent) {
      Json json;
      json.set("what", agent.name).set("from", local_iso(agent.heard, in_.contract.zone));
      list.push(std::move(json));
    }
    return list;
  }

  Json cases() const {
    Json list{Json::Array{}};
    for (const auto* open : in_.cases) {
      const auto& state = open->state;
      const auto* kind = open->contract->kind(state.case_kind);
      const auto* grade = kind == nullptr ? nullptr : kind->grade(state.grade);
      Json json;
      json.set("number", state.number);
      const Message title =
          state.problems.empty()
              ? Message::literal(kind == nullptr ? state.case_kind : kind->title.in(in_.lang))
              : domain::describe(state.problems.front(), *open->contract);
      json.set("title", reports::message_fact(title));
      json.set("grade", grade == nullptr ? state.grade : grade->title.in(in_.lang));
      json.set("opened",
               local_iso(state.marks.empty() ? in_.now : state.marks.front().at, in_.contract.zone));
      std::optional<Timestamp> due;
      for (const auto& clock : domain::clocks(state, *open->contract, in_.now))
        if (clock.run == state.run && clock.due && !clock.stop &&
            clock.status != domain::ClockStatus::ended && (!due || *clock.due < *due))
          due = clock.due;
      if (due) json.set("due", local_iso(*due, in_.contract.zone));
      json.set("status", text("domain.status." + std::string(domain::to_text(state.status)), in_.lang));
      list.push(std::move(json));
    }
    return list;
  }

  const RoundInput& in_;
  const domain::System* system_ = nullptr;
  Json systems_{Json::Array{}}, items_{Json::Array{}}, findings_{Json::Array{}};
  std::map<std::string, std::int64_t> counts_;
  std::int64_t total_ = 0, expected_ = 0, received_ = 0;
};

// The name to print: who was named, else the only person of the role.
std::variant<std::string, domain::Rejection> printed_name(const domain::Contract& contract,
                                                          const std::string& role_id,
                                                          const std::string& person_id) {
  const auto role = contract.roles.find(role_id);
  if (person_id.empty()) {
    if (role == contract.roles.end() || role->second.people.size() != 1) return std::string{};
    return contract.people.at(role->second.people.front()).name;
  }
  const auto person = contract.people.find(person_id);
  const bool in_role = role != contract.roles.end() &&
                       std::find(role->second.people.begin(), role->second.people.end(), person_id) !=
                           role->second.people.end();
  if (person == contract.people.end() || !in_role)
    return domain::Rejection{{"collector.round.not_in_role", {{"person", person_id}, {"role", role_id}}}};
  return person->second.name;
}

struct Found {
  domain::ContractPtr contract;
  const domain::RoundSpec* round = nullptr;  // of *contract
};
std::variant<Found, domain::Rejection> find_round(Pipeline& pipeline, const std::string& contract_id,
                                                  const std::string& round_id) {
  auto contract = pipeline.contract(contract_id);
  if (contract == nullptr) return domain::Rejection{{"collector.no_contract", {{"contract", contract_id}}}};
  if (const auto* spec = domain::round_of(*contract, round_id)) return Found{contract, spec};
  std::string known;
  for (const auto& round : contract->rounds) known += (known.empty() ? "" : ", ") + round.id;
  return domain::Rejection{{"collector.round.no_round", {{"round", round_id}, {"known", known}}}};
}

}  // namespace

Json round_facts(const RoundInput& input) { return Sheet(input).make(); }

std::variant<RoundChecks, domain::Rejection> round_checks(Pipeline& pipeline, const std::string& contract_id,
                                                          const std::string& round_id) {
  auto found = find_round(pipeline, contract_id, round_id);
  if (auto* refused = std::get_if<domain::Rejection>(&found)) return std::move(*refused);
  const auto& [contract, spec] = std::get<Found>(found);
  std::map<std::string, std::vector<std::string>> wanted;
  for (const auto& system : contract->systems)
    if (covers(*spec, system))
      for (const auto& check : system.checks)
        for (const auto& host : check.hosts)
          // What the collector sees of itself comes by itself.
          if (host != domain::kOwnHost)
            wanted[host].push_back(contract->id + '/' + system.id + '/' + check.id);
  const auto revoked = AgentStore(pipeline.db()).revoked_agents();
  RoundChecks out;
  for (auto& [host, checks] : wanted) {
    const auto agent = pipeline.agent(host);
    const char* why = nullptr;
    if (!agent || agent->heard == Timestamp{}) why = "collector.round.away.never";
    if (agent && agent->silent) why = "collector.round.away.silent";
    if (std::find(revoked.begin(), revoked.end(), host) != revoked.end())
      why = "collector.round.away.revoked";
    if (why != nullptr)
      out.away.push_back({host, {why, {}}, checks.size()});
    else
      out.checks.emplace(host, std::move(checks));
  }
  return out;
}

std::variant<Document, domain::Rejection> run_round(Pipeline& pipeline, const RoundAsk& ask, Timestamp now) {
  auto found = find_round(pipeline, ask.contract, ask.round);
  if (auto* refused = std::get_if<domain::Rejection>(&found)) return std::move(*refused);
  const auto& [contract, spec] = std::get<Found>(found);
  auto inspector = printed_name(*contract, spec->inspector, ask.inspector);
  auto recorder = printed_name(*contract, spec->recorder, ask.recorder);
  for (auto* name : {&inspector, &recorder})
    if (auto* refused = std::get_if<domain::Rejection>(name)) return std::move(*refused);

  io::Transaction transaction(pipeline.db());
  auto number = pipeline.documents().next_number(contract->id, spec->number, contract->zone, now);
  if (auto* refused = std::get_if<domain::Rejection>(&number)) return std::move(*refused);
  RoundInput input{
      *contract,
      *spec,
      std::get<std::string>(number),
      now,
      ask.began,
      std::get<std::string>(inspector),
      std::get<std::string>(recorder),
      ask.analysis,
      ask.lang,
      [&](const std::string& host, const std::string& check) { return pipeline.check(host, check); },
      {},
      {}};
  for (const auto& [ref, open] : pipeline.book().cases())
    if (ref.contract == contract->id) input.cases.push_back(&open);
  for (const auto& agent : pipeline.agents()) {
    const bool ours =
        std::any_of(contract->systems.begin(), contract->systems.end(), [&](const domain::System& s) {
          return std::find(s.hosts.begin(), s.hosts.end(), agent.name) != s.hosts.end();
        });
    if (ours && agent.silent) input.silent.push_back(agent);
  }
  Document document;
  document.contract = contract->id;
  document.number = input.number;
  document.kind = "round";
  document.form = spec->form;
  document.about = spec->id;
  document.created = now;
  const auto facts = round_facts(input);
  document.facts = facts.canonical();
  document.hash = reports::facts_hash(facts);
  pipeline.documents().put(document);
  auto base = domain::read_sheet(facts);
  base.round = spec->id, base.made = now;
  Sheets(pipeline.db()).put(row_of(base, {}));
  transaction.commit();
  return document;
}

}  // namespace xj::collector
