#include "collector/simulate/fleet.h"

#include <algorithm>
#include <cstdlib>

#include "collector/contract/assignment.h"

namespace xj::collector {
namespace {

constexpr Duration kHeartbeat{30'000};     // as agent::Uplink has it
constexpr std::size_t kMaxReplay = 1'000;  // results of one batch of what was kept
constexpr std::size_t kMaxRuns = 4'096;    // of one stretch
// For so long a value stays as it is.
constexpr Duration kWave{3'600'000};
constexpr const char* kEpoch = "simulated";

// The first slot of the grid at or after t.
Timestamp on_grid(Timestamp t, Duration interval) {
  const auto late = t.time_since_epoch() % interval;
  return late == Duration{0} ? t : t + (interval - late);
}

// The metric its kind is judged by (docs/checks.md), and a value that is well.
std::pair<const char*, std::int64_t> metric_of(std::string_view kind) {
  if (kind == "cpu" || kind == "memory" || kind == "swap" || kind == "disk") return {"used_percent", 20};
  if (kind == "http") return {"total_ms", 180};
  if (kind == "tcp") return {"connect_ms", 2};
  if (kind == "certificate") return {"days_left", 200};
  if (kind == "process") return {"count", 1};
  return {"value", 10};
}

// A limit among a check's parameters, and how it is written: "85%" is 85.
std::optional<std::pair<double, std::string>> limit_of(const ParamMap& params, std::string_view name) {
  const auto it = params.find(name);
  if (it == params.end() || it->second.texts.empty()) return std::nullopt;
  const auto& text = it->second.texts.front();
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str()) return std::nullopt;
  return std::pair{value, text};
}

}  // namespace

Fleet::Fleet(const Scenario& scenario) : to_(scenario.to) {
  // Items that the script names are there from the beginning.
  const auto items_of = [&](const std::string& host, const std::string& system, const std::string& check) {
    std::vector<std::string> items;
    for (const auto& step : scenario.script)
      if (const auto* fault = std::get_if<StagedFault>(&step.what);
          fault != nullptr && !fault->item.empty() && fault->system == system && fault->check == check &&
          std::find(fault->hosts.begin(), fault->hosts.end(), host) != fault->hosts.end() &&
          std::find(items.begin(), items.end(), fault->item) == items.end())
        items.push_back(fault->item);
    return items;
  };
  const auto& contract = scenario.contract;
  for (const auto& host : scenario.hosts) {
    auto assigned = assignment_for(host, std::span(&contract, 1));
    Agent agent;
    agent.name = host;
    agent.config = assigned.revision;
    for (const auto& one : assigned.checks) {
      const auto found = find_check(one.id, std::span(&contract, 1));
      if (found.check == nullptr) continue;
      if (!scenario.checks.empty() && !scenario.checks.contains({found.system->id, found.check->id}))
        continue;
      Check check;
      check.interval = one.interval;
      check.retry = one.retry > Duration{0} ? one.retry : one.interval;
      check.params = one.params;
      check.system = found.system->id, check.id = found.check->id;
      check.good.check = one.id;
      const auto [metric, base] = metric_of(one.kind);
      check.base = base;
      check.good.metrics = {{metric, base}};
      for (auto& item : items_of(host, check.system, check.id))
        check.good.items.push_back({std::move(item), State::ok, {}, {{metric, base}}});
      check.next = on_grid(scenario.from, check.interval);
      agent.checks.push_back(std::move(check));
    }
    agent.beat = scenario.from;
    agents_.push_back(std::move(agent));
  }
  find_next();
}

bool Fleet::wants(const std::string& name, const wire::Answer& answer) const {
  const auto agent =
      std::find_if(agents_.begin(), agents_.end(), [&](const Agent& one) { return one.name == name; });
  return agent != agents_.end() && agent->config != answer.config;
}

// As agent::Schedule takes it: what did not change goes on, the rest waits for the next slot of its new grid.
void Fleet::assign(const std::string& name, const wire::Assignment& assignment, Timestamp now) {
  for (auto& agent : agents_) {
    if (agent.name != name) continue;
    agent.config = assignment.revision;
    agent.next = Timestamp{};
    for (auto& check : agent.checks)
      for (const auto& one : assignment.checks) {
        if (one.id != check.good.check) continue;
        const auto retry = one.retry > Duration{0} ? one.retry : one.interval;
        check.params = one.params;
        if (check.interval == one.interval && check.retry == retry) continue;
        check.interval = one.interval, check.retry = retry;
        check.next = on_grid(now + Duration{1}, check.interval);
      }
  }
  find_next();
}

void Fleet::find_next() {
  next_ = Timestamp::max();
  for (auto& agent : agents_) {
    if (agent.next == Timestamp{}) {
      agent.next = agent.beat;
      for (const auto& check : agent.checks) agent.next = std::min(agent.next, check.next);
    }
    next_ = std::min(next_, agent.next);
  }
}

void Fleet::begin(const StagedFault& fault, Timestamp now) {
  const auto until = fault.lasting == Duration{0} ? to_ : now + fault.lasting;
  for (auto& agent : agents_) {
    if (std::find(fault.hosts.begin(), fault.hosts.end(), agent.name) == fault.hosts.end()) continue;
    for (auto& check : agent.checks)
      if (check.system == fault.system && check.id == fault.check) check.faults.push_back({fault, until});
  }
}

void Fleet::begin(const StagedOutage& outage, Timestamp now) {
  const auto until = outage.lasting == Duration{0} ? to_ : now + outage.lasting;
  for (auto& agent : agents_)
    if (std::find(outage.hosts.begin(), outage.hosts.end(), agent.name) != outage.hosts.end())
      agent.away_until = std::max(agent.away_until, until), agent.keeps = outage.kept;
}

void Fleet::fail(Result& result, const StagedFault& fault, const ParamMap& params) {
  auto state = fault.state.value_or(State::ok);
  auto limit = fault.limit;
  if (!fault.state)
    for (const auto& [name, at] : {std::pair{"crit", State::critical}, {"warn", State::warning}}) {
      const auto bound = limit_of(params, name);
      if (state != State::ok || !bound || static_cast<double>(*fault.value) < bound->first) continue;
      state = at;
      if (limit.empty()) limit = bound->second;
    }
  Message says{"simulate.fault", {{"state", "@core.state." + std::string(to_text(state))}}};
  if (fault.value)
    says = {"simulate.fault_value",
            {{"value", std::to_string(*fault.value)}, {"limit", limit.empty() ? "-" : limit}}};
  if (!fault.text.empty()) says = Message::literal(fault.text);
  const auto put = [&](State& into, Message& msg, std::vector<Metric>& metrics) {
    into = worse(into, state);
    if (state != State::ok) msg = says;
    if (fault.value && !metrics.empty()) metrics.front().value = *fault.value;
  };
  if (fault.item.empty()) {
    // The check fails as a whole: it sees no items.
    if (state != State::ok) result.items.clear();
    put(result.state, result.msg, result.metrics);
    return;
  }
  for (auto& item : result.items)
    if (item.key == fault.item) {
      put(item.state, item.msg, item.metrics);
      result.state = worse(result.state, item.state);
    }
}

Result Fleet::look(Check& check, Timestamp slot) {
  auto result = check.good;
  result.slot = slot;
  // Up and down a little, so that history has something to keep.
  const auto wave = (slot.time_since_epoch() / kWave) % 7;
  if (!result.metrics.empty()) result.metrics.front().value = check.base + (wave < 4 ? wave : 7 - wave);
  if (check.faults.empty()) return result;
  std::erase_if(check.faults, [&](const Active& a) { return a.until <= slot; });
  for (const auto& active : check.faults) fail(result, active.fault, check.params);
  return result;
}

void Fleet::send(Agent& agent, std::vector<Result> results, wire::Lane lane, Timestamp now,
                 std::vector<Submission>& into) const {
  wire::Batch batch;
  batch.epoch = kEpoch;
  batch.lane = lane;
  batch.sent = now;
  batch.config = agent.config;
  batch.results = std::move(results);
  into.push_back(make_submission(agent.name, std::move(batch)));
}

std::vector<Submission> Fleet::due(Timestamp now) {
  std::vector<Submission> out;
  for (auto& agent : agents_) {
    if (agent.next > now) continue;
    std::vector<Result> results;
    const bool away = agent.away_until > now;
    for (auto& check : agent.checks) {
      if (check.next > now) continue;
      check.next = on_grid(now + Duration{1}, check.interval);
      if (away && !agent.keeps) continue;
      auto& result = results.emplace_back(look(check, now));
      result.n = ++agent.n;
      if (result.state != State::ok) check.next = std::min(check.next, now + check.retry);
    }
    agent.next = Timestamp{};
    agent.beat = away ? agent.away_until : now + kHeartbeat;
    if (away) {
      agent.kept.insert(agent.kept.end(), std::make_move_iterator(results.begin()),
                        std::make_move_iterator(results.end()));
      continue;
    }
    send(agent, std::move(results), wire::Lane::live, now, out);
    for (std::size_t from = 0; from < agent.kept.size(); from += kMaxReplay) {
      const auto first = agent.kept.begin() + static_cast<std::ptrdiff_t>(from);
      const auto last =
          agent.kept.begin() + static_cast<std::ptrdiff_t>(std::min(from + kMaxReplay, agent.kept.size()));
      send(agent, {std::make_move_iterator(first), std::make_move_iterator(last)}, wire::Lane::replay, now,
           out);
    }
    agent.kept.clear();
  }
  find_next();
  return out;
}

bool Fleet::count(Timestamp now, std::vector<CountedStretch>& into) {
  into.resize(agents_.size());
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    auto& agent = agents_[i];
    if (agent.next > now) continue;
    const bool away = agent.away_until > now;
    auto& stretch = into[i];
    stretch.agent = agent.name;
    for (auto& check : agent.checks) {
      if (check.next > now) continue;
      if (!away && !count(check, now, stretch)) return false;
      check.next = on_grid(now + Duration{1}, check.interval);
      if (!away && check.state != State::ok) check.next = std::min(check.next, now + check.retry);
    }
    agent.next = Timestamp{};
    agent.beat = away ? agent.away_until : now + kHeartbeat;
    if (away) continue;
    if (stretch.contacts++ == 0)
      stretch.first = now;
    else
      stretch.apart = std::max(stretch.apart, now - stretch.last);
    stretch.last = now;
  }
  find_next();
  return true;
}

// One more of the check's newest run, or the first of another.
bool Fleet::count(Check& check, Timestamp now, CountedStretch& into) {
  if (auto* run = check.run < into.runs.size() ? &into.runs[check.run] : nullptr;
      run != nullptr && run->first.slot.time_since_epoch() / kWave == now.time_since_epoch() / kWave &&
      (run->count == 1 || now - run->last() == run->step)) {
    run->step = now - run->last();
    ++run->count;
    return true;
  }
  if (into.runs.size() >= kMaxRuns) return false;
  check.run = into.runs.size();
  auto& run = into.runs.emplace_back();
  run.first = look(check, now);
  check.state = run.first.state;
  return true;
}

// Numbers, and what no agent sends: those that were away have no stretch.
void Fleet::close(std::vector<CountedStretch>& stretches) {
  stretches.resize(agents_.size());
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    stretches[i].epoch = kEpoch, stretches[i].config = agents_[i].config;
    for (auto& run : stretches[i].runs) {
      run.first.n = agents_[i].n + 1;
      agents_[i].n += run.count;
    }
    for (auto& check : agents_[i].checks) check.run = SIZE_MAX;
  }
  std::erase_if(stretches, [](const CountedStretch& one) { return one.contacts == 0; });
}

Timestamp Fleet::changes_after(Timestamp now) const {
  auto next = Timestamp::max();
  const auto look_at = [&](Timestamp t) {
    if (t > now) next = std::min(next, t);
  };
  for (const auto& agent : agents_) {
    look_at(agent.away_until);
    for (const auto& check : agent.checks)
      for (const auto& active : check.faults) look_at(active.until);
  }
  return next;
}

bool Fleet::keeps_back(Timestamp now) const {
  return std::any_of(agents_.begin(), agents_.end(), [&](const Agent& agent) {
    return !agent.kept.empty() || (agent.keeps && agent.away_until > now);
  });
}

}  // namespace xj::collector
