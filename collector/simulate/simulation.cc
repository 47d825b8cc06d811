#include "collector/simulate/simulation.h"

#include <algorithm>
#include <charconv>

#include "collector/api/desk_request.h"
#include "collector/api/money_request.h"
#include "collector/api/round.h"
#include "collector/contract/loader.h"
#include "collector/deductions.h"
#include "collector/domain/clock.h"
#include "collector/domain/telling.h"
#include "collector/sheet_desk.h"
#include "collector/store/migrate.h"

namespace xj::collector {
namespace {

constexpr Duration kTick{60'000};
// Snapshot, sealing of days and what else the collector does beside its work.
constexpr Duration kChores{3'600'000};
// A stretch is counted when nothing has happened for so long before it, and nothing will for so long after
// it: then what the collector only looks at every few seconds has been looked at.
constexpr Duration kQuiet{2 * 60'000};
constexpr Duration kLongestStretch{6 * 3'600'000};
constexpr Duration kShortestStretch{5 * 60'000};

bool is_fault(const Step& step) {
  return std::holds_alternative<StagedFault>(step.what) || std::holds_alternative<StagedOutage>(step.what);
}

PipelineOptions pipeline_options(const Scenario& scenario) {
  PipelineOptions options;
  options.journal.segment_bytes = 16u << 20;
  options.read_contract = [contract = scenario.contract](const std::string& tree) {
    return tree == contract->tree ? contract : nullptr;
  };
  return options;
}

}  // namespace

Simulation::Simulation(Scenario scenario, const SimulationOptions& options)
    : scenario_(std::move(scenario)),
      options_(options),
      fleet_(scenario_),
      now_(scenario_.from),
      next_tick_(scenario_.from + kTick),
      next_chores_(scenario_.from + kChores),
      quiet_since_(scenario_.from),
      next_count_(scenario_.from) {
  if (!fs_.list(options_.dir).empty())
    throw Fault(options_.dir + " is not empty", "name a folder that does not exist yet");
  fs_.make_dirs(options_.dir);
  const auto state = options_.dir + "/state.db";
  db_ = io::open_sqlite(state);
  db_->execute("pragma synchronous = off");
  migrate(*db_, fs_, state, now_);
  pipeline_ = std::make_unique<Pipeline>(fs_, *db_, options_.dir, std::vector{scenario_.contract}, now_,
                                         pipeline_options(scenario_));
  for (const auto& step : scenario_.script) {
    if (step.when.at)
      ++fixed_;
    else
      waiting_.push_back({&step, std::nullopt});
  }
}

Simulation::~Simulation() = default;

void Simulation::run() {
  for (;;) {
    stage(true);
    if (fleet_.next() == now_) send();
    look_for_news();
    stage(false);
    pipeline_->tick(now_);
    deliver();
    look_for_news();
    stage(true);
    stage(false);
    deliver();
    if (now_ >= next_tick_) next_tick_ = now_ + kTick;
    count();
    if (now_ >= next_chores_) {
      chores(false);
      next_chores_ = now_ + kChores;
      if (options_.progress) options_.progress(now_);
    }
    const auto next_one = next();
    if (!next_one) break;
    now_ = *next_one;
  }
  now_ = scenario_.to;
  pipeline_->tick(now_);
  deliver();
  look_for_news();
  pipeline_->save(now_);
  for (const auto& waiting : waiting_) left_.push_back(waiting.step);
  if (options_.progress) options_.progress(now_);
}

// When something happens next; nothing when that is behind the end.
std::optional<Timestamp> Simulation::next() const {
  auto next = std::min(next_tick_, fleet_.next());
  if (at_ < fixed_) next = std::min(next, *scenario_.script[at_].when.at);
  for (const auto& waiting : waiting_)
    if (waiting.at) next = std::min(next, std::max(*waiting.at, now_ + Duration{1}));
  if (const auto due = pipeline_->book().next_deadline(); due && *due > now_) next = std::min(next, *due);
  if (const auto due = pipeline_->storms().next(); due && *due > now_) next = std::min(next, *due);
  if (next >= scenario_.to) return std::nullopt;
  return next;
}

// Cases that were opened, and what is due anew.
void Simulation::look_for_news() {
  const auto events = pipeline_->figures().events;
  if (events == events_seen_) return;
  events_seen_ = events;
  quiet_since_ = now_;
  std::vector<std::pair<Timestamp, domain::CaseRef>> fresh;
  for (const auto& ref : pipeline_->cases().numbers())
    if (std::find(cases_.begin(), cases_.end(), ref) == cases_.end())
      fresh.emplace_back(pipeline_->cases().events(ref.contract, ref.number).front().known, ref);
  std::sort(fresh.begin(), fresh.end());
  for (auto& [known, ref] : fresh) cases_.push_back(std::move(ref));
  for (auto& waiting : waiting_) waiting.at = resolve(waiting.step->when);
}

const domain::CaseRef* Simulation::find_case(const std::string& name) const {
  std::size_t n = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), n);
  if (error == std::errc{} && end == name.data() + name.size())
    return n >= 1 && n <= cases_.size() ? &cases_[n - 1] : nullptr;
  const auto it =
      std::find_if(cases_.begin(), cases_.end(), [&](const auto& ref) { return ref.number == name; });
  return it == cases_.end() ? nullptr : &*it;
}

std::optional<Timestamp> Simulation::resolve(const When& when) {
  const auto* ref = find_case(when.case_name);
  if (ref == nullptr) return std::nullopt;
  const auto found = pipeline_->find_case(*ref);
  if (!found) return std::nullopt;
  const auto& state = found->state;
  if (when.clock.empty()) return state.at(state.start_of(state.run)) + when.offset;
  for (const auto& clock : domain::clocks(state, *found->contract, now_))
    if (clock.name == when.clock && clock.run == state.run && clock.due) return *clock.due + when.offset;
  for (const auto& telling : domain::tellings(state, *found->contract, now_))
    if (domain::tell_clock(telling.rule) == when.clock && telling.run == state.run && telling.due)
      return *telling.due + when.offset;
  return std::nullopt;
}

// Every channel carries what the contract wants told, at once.
void Simulation::deliver() {
  const auto figures = pipeline_->figures().notifications;
  if (figures == told_of_) return;
  told_of_ = figures;
  quiet_since_ = now_;
  for (const auto& row : pipeline_->outbox().telling(now_))
    pipeline_->outbox().finish(row.key, OutboxState::delivered, now_, "");
  pipeline_->record_told(now_);
}

// What the script has for this instant: before the batches what the agents see, behind them what people do.
void Simulation::stage(bool faults) {
  // Of one instant, faults may stand behind acts in the file.
  for (auto i = at_; i < fixed_ && *scenario_.script[i].when.at <= now_; ++i)
    if (is_fault(scenario_.script[i]) == faults) perform(scenario_.script[i]);
  if (!faults)
    while (at_ < fixed_ && *scenario_.script[at_].when.at <= now_) ++at_;
  for (bool again = true; again;) {
    again = false;
    for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
      if (!it->at || *it->at > now_ || is_fault(*it->step) != faults) continue;
      const auto& step = *it->step;
      waiting_.erase(it);
      perform(step);
      look_for_news();  // what this act made due may be due at once
      again = true;
      break;
    }
  }
}

void Simulation::perform(const Step& step) {
  quiet_since_ = now_;
  if (const auto* fault = std::get_if<StagedFault>(&step.what)) return fleet_.begin(*fault, now_);
  if (const auto* outage = std::get_if<StagedOutage>(&step.what)) return fleet_.begin(*outage, now_);
  if (const auto* act = std::get_if<StagedAct>(&step.what)) return perform(step, *act);
  if (const auto* opening = std::get_if<StagedOpening>(&step.what)) return perform(step, *opening);
  if (const auto* record = std::get_if<StagedRecord>(&step.what)) return perform(step, *record);
  if (const auto* record = std::get_if<StagedMoney>(&step.what)) return perform(step, *record);
  if (const auto* sheet = std::get_if<StagedSheet>(&step.what)) return perform(step, *sheet);
  if (const auto* duty = std::get_if<StagedDuty>(&step.what)) return perform(step, *duty);
  perform(step, std::get<StagedRound>(step.what));
}

void Simulation::perform(const Step& step, const StagedAct& act) {
  const auto* ref = find_case(act.case_name);
  Performed done{now_,
                 step.line,
                 ref != nullptr ? ref->number : act.case_name,
                 act.person,
                 act.json["verb"].string_or(""),
                 {},
                 true,
                 std::nullopt};
  const auto which = ref != nullptr ? *ref : domain::CaseRef{scenario_.contract->id, act.case_name};
  if (const auto found = pipeline_->find_case(which)) {
    auto asked = read_act(act.json, *found->contract, now_);
    if (const auto* bad = std::get_if<BadAct>(&asked)) {
      done.refused = bad->what;
    } else {
      auto& what = std::get<domain::Act>(asked);
      what.person = act.person, what.via = "simulate";
      const auto outcome = pipeline_->act(which, what, now_);
      if (const auto* refused = std::get_if<domain::Rejection>(&outcome)) done.refused = refused->why;
    }
  } else {
    done.refused = {"collector.no_case", {{"contract", which.contract}, {"number", which.number}}};
  }
  done.expected = done.refused.empty() != act.refused;
  performed_.push_back(std::move(done));
  look_for_news();
}

void Simulation::perform(const Step& step, const StagedOpening& opening) {
  const auto& contract = *scenario_.contract;
  Performed done{now_, step.line,   opening.json["kind"].string_or(""), opening.person, "open", {},
                 true, std::nullopt};
  auto asked = read_opening(opening.json, contract, now_);
  if (const auto* bad = std::get_if<BadAct>(&asked)) {
    done.refused = bad->what;
  } else {
    auto& what = std::get<domain::Opening>(asked);
    what.person = opening.person, what.via = "simulate";
    const auto outcome = pipeline_->open_case(contract.id, what, now_);
    if (const auto* refused = std::get_if<domain::Rejection>(&outcome))
      done.refused = refused->why;
    else
      done.number = std::get<std::vector<domain::Event>>(outcome).front().number;
  }
  done.expected = done.refused.empty() != opening.refused;
  performed_.push_back(std::move(done));
  look_for_news();
}

void Simulation::perform(const Step& step, const StagedRecord& record) {
  const auto& contract = *scenario_.contract;
  const auto named = [](const std::string& about, const std::string& period) {
    return about + (period.empty() ? "" : ' ' + period);
  };
  const auto& json = record.json;
  Performed done{now_,
                 step.line,
                 json["verb"].string_or("") == "withdraw"
                     ? std::to_string(json["n"].int_or(0))
                     : named(json["name"].string_or(""), json["period"].string_or("")),
                 record.person,
                 json["verb"].string_or(""),
                 {},
                 true,
                 std::nullopt};
  auto asked = read_record(json, contract, now_);
  if (const auto* bad = std::get_if<BadAct>(&asked)) {
    done.refused = bad->what;
  } else {
    auto& draft = std::get<domain::DutyRecord>(asked);
    draft.actor = "person:" + record.person, draft.via = "simulate";
    const auto outcome = pipeline_->duties().record(contract, std::move(draft), now_);
    if (const auto* refused = std::get_if<domain::Rejection>(&outcome)) {
      done.refused = refused->why;
    } else {
      const auto& kept = std::get<domain::DutyRecord>(outcome);
      done.number = named(kept.about, kept.period), done.told = kept.at;
    }
  }
  done.expected = done.refused.empty() != record.refused;
  performed_.push_back(std::move(done));
}

void Simulation::perform(const Step& step, const StagedMoney& record) {
  const auto contract = pipeline_->contract(scenario_.contract->id);
  auto json = record.json;
  if (const auto* ref = find_case(json["case"].string_or("")); ref != nullptr) json.set("case", ref->number);
  const auto number = json["case"].string_or("");
  Performed done{now_,
                 step.line,
                 json["name"].string_or("") + (number.empty() ? "" : ' ' + number),
                 record.person,
                 "deduction " + json["verb"].string_or(""),
                 {},
                 true,
                 std::nullopt};
  auto asked = read_money_record(json, *contract, now_);
  if (const auto* bad = std::get_if<BadAct>(&asked)) {
    done.refused = bad->what;
  } else {
    auto& draft = std::get<domain::MoneyRecord>(asked);
    draft.actor = domain::actor_person(record.person), draft.via = "simulate";
    const auto outcome = record_money(*pipeline_, contract, std::move(draft), now_);
    if (const auto* refused = std::get_if<domain::Rejection>(&outcome)) {
      done.refused = refused->why;
    } else {
      const auto& kept = std::get<domain::MoneyRecord>(outcome);
      done.told = kept.at;
      if (done.number.empty()) done.number = kept.about + " #" + std::to_string(kept.of);
    }
  }
  done.expected = done.refused.empty() != record.refused;
  performed_.push_back(std::move(done));
}

void Simulation::perform(const Step& step, const StagedRound& round) {
  RoundAsk ask;
  ask.contract = scenario_.contract->id;
  ask.round = round.round;
  ask.inspector = round.inspector, ask.recorder = round.recorder;
  ask.analysis = round.analysis;
  ask.lang = options_.lang;
  Performed done{now_, step.line, {}, round.inspector, "round", {}, true, std::nullopt};
  const auto made = run_round(*pipeline_, ask, now_);
  if (const auto* refused = std::get_if<domain::Rejection>(&made))
    done.refused = refused->why, done.expected = false;
  else
    sheets_.push_back(done.number = std::get<Document>(made).number);
  performed_.push_back(std::move(done));
}

void Simulation::perform(const Step& step, const StagedSheet& sheet) {
  std::size_t n = 0;
  const auto& name = sheet.number;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), n);
  const bool counted = error == std::errc{} && end == name.data() + name.size();
  const auto& number = counted && n >= 1 && n <= sheets_.size() ? sheets_[n - 1] : name;
  for (const auto& json : sheet.json) {
    Performed done{now_, step.line, number,      sheet.person, "sheet " + json["verb"].string_or(""),
                   {},   true,      std::nullopt};
    done.expected = !sheet.refused;
    perform(std::move(done), number, json);
  }
}

// `done.expected`: whether it is to be accepted.
void Simulation::perform(Performed done, const std::string& number, const Json& json) {
  const auto& contract = scenario_.contract->id;
  if (auto found = find_sheet(*pipeline_, contract, number)) {
    auto asked = read_sheet_act(json, *found->contract, now_);
    if (const auto* bad = std::get_if<BadAct>(&asked)) {
      done.refused = bad->what;
    } else {
      auto& what = std::get<domain::SheetAct>(asked);
      what.person = done.person, what.via = "simulate";
      const auto outcome = act_on_sheet(*pipeline_, std::move(*found), what, now_);
      if (const auto* refused = std::get_if<domain::Rejection>(&outcome)) done.refused = refused->why;
    }
  } else {
    done.refused = {"round.no_sheet", {{"contract", contract}, {"number", number}}};
  }
  done.expected = done.refused.empty() == done.expected;
  performed_.push_back(std::move(done));
}

void Simulation::perform(const Step& step, const StagedDuty& duty) {
  const auto in_force = pipeline_->contract(scenario_.contract->id);
  Performed done{now_, step.line, duty.role,   duty.person, "duty " + duty.json["verb"].string_or(""),
                 {},   true,      std::nullopt};
  auto asked = read_duty_change(duty.json, duty.role, *in_force, now_);
  if (const auto* bad = std::get_if<BadAct>(&asked)) {
    done.refused = bad->what;
  } else {
    auto& draft = std::get<domain::DutyRecord>(asked);
    draft.actor = "person:" + duty.person, draft.via = "simulate";
    const auto outcome = pipeline_->duties().record(*in_force, std::move(draft), now_);
    if (const auto* refused = std::get_if<domain::Rejection>(&outcome))
      done.refused = refused->why;
    else
      pipeline_->follow_duty(now_);
  }
  done.expected = done.refused.empty() != duty.refused;
  performed_.push_back(std::move(done));
}

void Simulation::send() {
  if (!pipeline_->held_back().empty()) chores(true);
  auto batches = fleet_.due(now_);
  std::vector<std::string> from;
  for (const auto& batch : batches) from.push_back(batch.agent);
  const auto answers = pipeline_->take(std::move(batches), now_);
  pipeline_->apply(now_);
  for (std::size_t i = 0; i < from.size(); ++i)
    if (fleet_.wants(from[i], answers[i])) fleet_.assign(from[i], pipeline_->assignment(from[i]), now_);
}

// What is to come as far as anybody knows, when that is nothing but the same again: counted, and on to its
// end.
void Simulation::count() {
  if (!options_.counted || now_ < next_count_ || now_ < quiet_since_ + kQuiet || fleet_.keeps_back(now_))
    return;
  auto until = std::min({pipeline_->quiet_until(), fleet_.changes_after(now_), scenario_.to});
  if (at_ < fixed_) until = std::min(until, *scenario_.script[at_].when.at);
  for (const auto& waiting : waiting_)
    if (waiting.at) until = std::min(until, *waiting.at);
  until = std::min(until - kQuiet, now_ + kLongestStretch);
  if (until < now_ + kShortestStretch) return;
  next_count_ = now_ + kShortestStretch;
  // The same instants as one after the other, on a fleet that is thrown away when it comes to nothing.
  auto fleet = fleet_;
  std::vector<CountedStretch> stretches;
  auto tick = next_tick_, last = now_;
  for (;;) {
    const auto now = std::min(tick, fleet.next());
    if (now >= until) break;
    if (fleet.next() == now && !fleet.count(now, stretches)) return;
    if (now >= tick) tick = now + kTick;
    last = now;
  }
  if (!pipeline_->held_back().empty()) chores(true);
  fleet.close(stretches);
  if (!pipeline_->take_counted(stretches, last)) return;
  for (const auto& stretch : stretches)
    for (const auto& run : stretch.runs) counted_ += run.count;
  fleet_ = std::move(fleet);
  now_ = next_count_ = last, next_tick_ = tick;
}

void Simulation::chores(bool urgent) {
  if (urgent) return pipeline_->save(now_);
  pipeline_->history().settle(pipeline_->applied(), now_);
  if (const auto snapshot = pipeline_->snapshot()) {
    pipeline_->write_snapshot(*snapshot);
    pipeline_->snapshot_written(snapshot->position);
  }
  pipeline_->release_journal();
}

}  // namespace xj::collector
