// Steady stretches that are counted instead of sent: what the simulator saves of a month in which nothing
// happens. Each result is numbered, kept in history and shown to the evaluator as one that was sent; what is
// spared is its way over the wire, its bytes in the journal, and the ticks between, which is why none may
// find anything.
#include <algorithm>

#include "collector/ingest/accepted.h"
#include "collector/pipeline.h"
#include "core/io/log.h"

namespace xj::collector {
namespace {

// What is seen of it once more changes nothing: evaluate() takes it, and no standing moves.
bool is_steady(const domain::ItemMemory& memory, State state) {
  return memory.seen && memory.state == state && memory.hard == state && !memory.flapping && !memory.silent;
}

// The runs of a check within a stretch, in order.
using RunsOfCheck = std::vector<const CountedRun*>;

Duration longest_gap(const RunsOfCheck& runs, Timestamp before, Timestamp until) {
  Duration gap{0};
  for (const auto* run : runs) {
    gap = std::max({gap, run->first.slot - before, run->step});
    before = run->last();
  }
  return std::max(gap, until - before);
}

bool shows(const RunsOfCheck& runs, const std::string& key, State& state) {
  for (const auto* run : runs) {
    const auto& items = run->first.items;
    const auto item = std::find_if(items.begin(), items.end(), [&](const Item& i) { return i.key == key; });
    if (item == items.end() || (run != runs.front() && item->state != state)) return false;
    state = item->state;
  }
  return !runs.empty();
}

}  // namespace

Timestamp Pipeline::quiet_until() const {
  auto until = std::min(duties_.next_look(), tightenings_.until);
  if (const auto due = book_.next_deadline()) until = std::min(until, *due);
  if (const auto summary = storms_.next()) until = std::min(until, *summary);
  return until;
}

bool Pipeline::nothing_happens(const std::vector<CountedStretch>& stretches, Timestamp until) {
  if (!pending_.empty() || !taken_.empty() || book_damaged_ || journal_ == nullptr || !runs_.empty())
    return false;
  if (quiet_until() <= until) return false;
  for (const auto& stretch : stretches) {
    if (!tightenings_.holds(stretch.first) || stretch.last > until) return false;
    if (!hosts_.contains(stretch.agent) || !memory_.agents.contains(stretch.agent)) return false;
  }
  // What people said is over, while problems stood, may be opened again by what goes on coming in.
  for (const auto& [ref, open] : book_.cases())
    if (!domain::is_handling(open.state.status) && open.state.standing_problems() > 0) return false;
  for (const auto& [name, host] : hosts_) {
    const auto found = memory_.agents.find(name);
    if (found == memory_.agents.end()) continue;
    auto& agent = found->second;
    const auto stretch = std::find_if(stretches.begin(), stretches.end(),
                                      [&, of = name](const CountedStretch& one) { return one.agent == of; });
    const auto* counted = stretch == stretches.end() ? nullptr : &*stretch;
    if (!nothing_happens(name, agent, agent.tight ? host.tight_limit : host.limit, counted, until))
      return false;
  }
  return true;
}

bool Pipeline::nothing_happens(const std::string& name, AgentEntry& agent, Duration limit,
                               const CountedStretch* stretch, Timestamp until) {
  if (!agent.held.empty()) return false;
  const auto heard = agent.memory.heard;
  if (stretch == nullptr) {
    if (agent.memory.silent || heard == Timestamp{}) return true;  // and it stays so
    if (until > heard + limit) return false;
  } else {
    const auto gap = std::max({stretch->first - heard, stretch->apart, until - stretch->last});
    if (agent.memory.silent || agent.shift != Duration{0} || stretch->first <= heard || gap > limit)
      return false;
    if (agent.config != stretch->config || assigned_revision(name, agent) != stretch->config) return false;
    auto number = memory_.accepted.have(name, stretch->epoch);
    for (const auto& run : stretch->runs) {
      const bool known = agent.checks.contains(run.first.check);
      if (run.first.n <= number || run.count == 0 || run.count > kMaxCounted || !known ||
          (run.count > 1 && run.step <= Duration{0}) || run.first.slot < stretch->first ||
          run.last() > stretch->last)
        return false;
      number = run.first.n + run.count - 1;
    }
  }
  for (auto& check : agent.checks) {
    const auto& terms = bind(agent, check);
    RunsOfCheck runs;
    if (stretch != nullptr)
      for (const auto& run : stretch->runs)
        if (run.first.check == check.id) runs.push_back(&run);
    for (std::size_t i = 1; i < runs.size(); ++i)
      if (runs[i]->first.slot <= runs[i - 1]->last()) return false;
    if (terms.spec == nullptr) continue;
    // An item that is not spoken of must not become silent by it.
    const auto stays = [&](const domain::ItemMemory& memory, bool spoken_of, State state) {
      if (memory.held) return false;
      if (!spoken_of)
        return !memory.seen || memory.silent || until <= memory.received + terms.policy.stale_after;
      return is_steady(memory, state) && runs.front()->first.slot > memory.newest &&
             longest_gap(runs, memory.received, until) <= terms.policy.stale_after;
    };
    for (const auto* run : runs) {
      const auto& result = run->first;
      if (result.items.empty() ? !is_steady(check.self.memory, result.state)
                               : check.self.memory.seen && !is_steady(check.self.memory, State::ok))
        return false;
      for (const auto& item : result.items)
        if (!check.items.contains(item.key)) return false;
    }
    if (check.self.memory.held) return false;
    // As in judge_silence(): a check with items is silent item by item.
    if (check.items.empty() && !stays(check.self.memory, !runs.empty(), check.self.memory.state))
      return false;
    for (const auto& item : check.items) {
      State state = State::ok;
      const bool spoken_of = shows(runs, item.key, state);
      // Now with it and now without: nothing that is steady.
      if (!spoken_of && std::any_of(runs.begin(), runs.end(), [&](const CountedRun* run) {
            const auto& items = run->first.items;
            return std::any_of(items.begin(), items.end(), [&](const Item& i) { return i.key == item.key; });
          }))
        return false;
      if (!stays(item.memory, spoken_of, state)) return false;
    }
  }
  return true;
}

std::uint64_t Pipeline::keep(const CountedStretch& stretch) {
  wire::Batch batch;
  batch.epoch = stretch.epoch, batch.config = stretch.config;
  batch.sent = stretch.last;
  CountedRecord record{stretch.agent, stretch.last, stretch.contacts, {}, {}};
  for (const auto& run : stretch.runs) {
    batch.results.push_back(run.first);
    record.runs.push_back({run.step, run.count});
  }
  return journal_->append({encode_head(record), wire::encode(batch)});
}

bool Pipeline::take_counted(const std::vector<CountedStretch>& stretches, Timestamp until) {
  if (!nothing_happens(stretches, until)) return false;
  std::vector<std::uint64_t> records;
  try {
    // That an agent was heard is worth no record, as in take().
    for (const auto& stretch : stretches) records.push_back(stretch.runs.empty() ? 0 : keep(stretch));
    journal_->sync();
  } catch (...) {
    // As in take(): what is in it all the same is found when it is opened again.
    if (!journal_->usable() || journal_->last() != memory_.position) journal_.reset();
    throw;
  }
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    if (records[i] > 0) memory_.position = records[i];
    apply_counted(stretches[i], {});
  }
  return true;
}

void Pipeline::apply_counted(const CountedStretch& stretch, Scope scope) {
  auto& agent = memory_.agents[stretch.agent];
  if (scope.memory) {
    figures_.batches += stretch.contacts;
    agent.offset = Duration{0};
    agent.last_batch = stretch.last;
    if (const auto back = domain::agent_heard(agent.memory, stretch.last))
      transition_of_agent(stretch.agent, *back, scope.cases);
  }
  struct Fresh {
    Timestamp when;
    std::uint64_t n, hash;
  };
  std::vector<Fresh> window;
  RangeSet old;  // what nobody will ask for again
  Taken taken;
  taken.agent = stretch.agent;
  for (const auto& run : stretch.runs) {
    auto result = run.first;
    auto& check = memory_.check(agent, result.check);
    for (std::uint64_t i = 0; i < run.count; ++i) {
      result.slot = taken.received = run.slot(i);
      result.n = run.first.n + i;
      see_result(taken, result, agent, check, scope);
      if (!scope.memory) continue;
      if (result.slot + kWindowAge < stretch.last)
        old.add(result.n, result.n);
      else
        window.push_back({result.slot, result.n, content_hash(result)});
    }
    if (!scope.memory) continue;
    remember_latest(result, result.slot, result.slot, check);
    figures_.results += run.count;
    auto values = result.metrics.size();
    for (const auto& item : result.items) values += item.metrics.size();
    figures_.values += values * run.count;
  }
  if (!scope.memory) return;
  auto& epoch = memory_.accepted.epoch(stretch.agent, stretch.epoch, stretch.last);
  for (const auto& [first, last] : old.ranges()) epoch.add_old(first, last);
  std::sort(window.begin(), window.end(),
            [](const Fresh& a, const Fresh& b) { return std::pair(a.when, a.n) < std::pair(b.when, b.n); });
  for (const auto& one : window) epoch.add(one.n, one.hash, one.when);
}

void Pipeline::replay_counted(std::uint64_t number, const CountedRecord& record, Scope scope) {
  auto read = read_submission(record.agent, std::string(record.body), false);
  const auto* submission = std::get_if<Submission>(&read);
  if (submission == nullptr || submission->decoded.batch.results.size() != record.runs.size())
    throw Fault("journal record " + std::to_string(number) + " holds a stretch this program cannot read",
                "start the program that wrote it, stop it in good order, and update again");
  const auto& batch = submission->decoded.batch;
  key_periods_at(record.received);
  CountedStretch stretch;
  stretch.agent = record.agent, stretch.epoch = batch.epoch, stretch.config = batch.config;
  stretch.last = record.received, stretch.contacts = record.contacts;
  for (std::size_t i = 0; i < record.runs.size(); ++i)
    stretch.runs.push_back({batch.results[i], record.runs[i].step, record.runs[i].count});
  apply_counted(stretch, scope);
}

}  // namespace xj::collector
