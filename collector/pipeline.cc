#include "collector/pipeline.h"

#include <algorithm>

#include "collector/domain/maintenance.h"
#include "collector/domain/tick.h"
#include "collector/domain/wrong_clock.h"
#include "collector/ingest/result_bytes.h"
#include "collector/store/agents.h"
#include "core/io/log.h"
#include "core/wire_epochs.h"

namespace xj::collector {
namespace {

constexpr std::string_view kLocal = "local/";

std::size_t values_of(const Result& result) {
  auto values = result.metrics.size();
  for (const auto& item : result.items) values += item.metrics.size();
  return values;
}

bool within(std::uint64_t n, const std::vector<wire::Range>& ranges, std::size_t& at) {
  while (at < ranges.size() && ranges[at].second < n) ++at;
  return at < ranges.size() && ranges[at].first <= n;
}

}  // namespace

// ---- commit (a): from batches to answers ----

std::vector<wire::Answer> Pipeline::take(std::vector<Submission> batches, Timestamp now) {
  apply_taken();
  open_journal();
  key_periods_at(now);
  std::vector<wire::Answer> answers;
  std::vector<Taken> taken;
  answers.reserve(batches.size());
  taken.reserve(batches.size());
  try {
    for (auto& submission : batches) {
      auto& now_taken = taken.emplace_back();
      answers.push_back(admit(submission, now, now_taken));
      // Without a result of its own only what changes how its checks are judged is worth a record.
      const bool takes_over = !tightenings_.checks.empty() &&
                              memory_.agents[submission.agent].config != submission.decoded.batch.config;
      if (!now_taken.fresh.empty() || takes_over) {
        const auto head = encode_head(
            {now_taken.agent, now, now_taken.shift, now_taken.fresh, submission.zstd, submission.body});
        now_taken.record = journal_->append({head, submission.body});
      }
      now_taken.batch = std::move(submission.decoded.batch);
    }
    journal_->sync();
  } catch (...) {
    take_back(taken);
    // What the journal took without being asked to keep it is looked for when it is opened again.
    if (!journal_->usable() || journal_->last() != memory_.position) journal_.reset();
    throw;
  }
  taken_ = std::move(taken);
  figures_.batches += taken_.size();
  return answers;
}

wire::Answer Pipeline::admit(const Submission& submission, Timestamp now, Taken& taken) {
  const auto& batch = submission.decoded.batch;
  auto& agent = memory_.agents[submission.agent];
  auto& epoch = memory_.accepted.epoch(submission.agent, batch.epoch, now);
  taken.agent = submission.agent;
  taken.batch.epoch = batch.epoch;  // all that take_back() needs
  taken.received = now;
  taken.shift = clock_shift(now - batch.sent, agent.shift);
  heed_turns(submission.agent, agent, batch.epoch, now);

  wire::Answer answer;
  answer.refused = submission.decoded.refused;
  RangeSet accepted, fresh;
  std::uint64_t conflicts = 0, future = 0;
  std::uint32_t first = 0;
  auto* place = &first;  // of the next result's check, likely
  // Also when something throws half way: take_back() must know what was noted, or it would be called in when
  // it is sent again.
  const struct Noted {
    const RangeSet& fresh;
    Taken& taken;
    ~Noted() { taken.fresh = fresh.ranges(); }
  } noted{fresh, taken};
  for (std::size_t i = 0; i < batch.results.size(); ++i) {
    const auto& result = batch.results[i];
    const auto refuse = [&](const char* code, std::string detail) {
      answer.refused.push_back({result.n, code, std::move(detail)});
    };
    switch (epoch.look(result.n, submission.hashes[i])) {
      case Accepted::Verdict::repeat:
        accepted.add(result.n, result.n);
        ++figures_.repeats;
        continue;
      case Accepted::Verdict::conflict:
        refuse("conflict", "this number was accepted with other content");
        ++conflicts;
        continue;
      case Accepted::Verdict::too_late:
        refuse("conflict", "this number was accepted too long ago to compare the contents");
        ++conflicts;
        continue;
      case Accepted::Verdict::fresh: break;
    }
    const auto slot = result.slot + taken.shift;
    if (slot > now + options_.future) {
      refuse("future", "slot " + to_iso(slot) + " is ahead of the collector's " + to_iso(now));
      ++future;
    } else if (slot < now - options_.too_old) {
      refuse("too_old", "slot " + to_iso(slot) + " is further back than " + xj::to_text(options_.too_old));
    } else if (auto* check = find_check_entry(submission.agent, agent, result.check, *place);
               check == nullptr) {
      refuse("unknown_check", result.check + " is not assigned to this host");
    } else {
      fresh.add(result.n, result.n);
      epoch.add(result.n, submission.hashes[i], now);
      accepted.add(result.n, result.n);
      taken.checks.push_back(check);
      place = &check->self.behind;
    }
  }
  figures_.refused += answer.refused.size();
  if (conflicts + future > 0) tell_refused(submission.agent, agent, conflicts, future, now, now - batch.sent);
  answer.accepted = accepted.ranges();
  answer.have = epoch.highest;
  answer.now = now;
  answer.config = assigned_revision(submission.agent, agent);
  if (!runs_.empty())
    answer.commands = runs_.commands(submission.agent, now, [&](const std::string& check, Timestamp asked) {
      return arrived(submission.agent, check, asked);
    });
  return answer;
}

// The agent drops what is refused: the loss is counted under its name and told, once an hour at most.
void Pipeline::tell_refused(const std::string& name, AgentEntry& agent, std::uint64_t conflicts,
                            std::uint64_t future, Timestamp now, Duration offset) {
  agent.conflicts += conflicts;
  agent.future += future;
  figures_.conflicts += conflicts;
  figures_.future += future;
  const bool told = agent.refusals_told <= now && now - agent.refusals_told < std::chrono::hours{1};
  if (told) return;
  agent.refusals_told = now;
  if (conflicts > 0)
    log::warning(
        "agent {}: {} numbers came again with other content or too late to compare: its spool was set back "
        "or restored; it begins a new epoch",
        name, conflicts);
  if (future > 0)
    log::warning("agent {}: {} results lie in the future and are refused; its clock is {} ms behind ours now",
                 name, future, offset.count());
}

// Of two machines with one certificate everything is taken, as of one: somebody has to be told.
void Pipeline::heed_turns(const std::string& name, AgentEntry& agent, const std::string& epoch,
                          Timestamp now) {
  // What one machine sends beside its spool's epoch: results it can keep in memory only, and that it has
  // none.
  if (epoch == wire::kNoEpoch || epoch.starts_with(wire::kMemoryEpoch)) return;
  const bool told = agent.turns.several(now);
  if (!agent.turns.see(epoch, now) || told) return;
  log::warning(
      "agent {}: several machines send with its certificate in turn, as a cloned one does; enrol each under "
      "a "
      "name of its own",
      name);
}

const std::string& Pipeline::assigned_revision(const std::string& name, AgentEntry& agent) {
  if (agent.assigned_generation != generation_) {
    agent.assigned = assignment_for(name, contracts_, tightenings_).revision;
    agent.assigned_generation = generation_;
  }
  return agent.assigned;
}

// Assigned now, known from before (late data of a check that is no longer assigned completes its history), or
// of the agent's own file; null for any other.
CheckEntry* Pipeline::find_check_entry(const std::string& name, AgentEntry& agent, const std::string& check,
                                       std::uint32_t& place) {
  if (auto* known = agent.checks.find(check, place)) return known;
  bool welcome = false;
  if (check.starts_with(kLocal)) {
    welcome = agent.checks.size() < kMaxChecksRemembered;
  } else if (const auto found = find_check(check, contracts_); found.check != nullptr) {
    const auto& hosts = found.check->hosts;
    welcome = std::find(hosts.begin(), hosts.end(), name) != hosts.end();
  }
  return welcome ? &memory_.check(agent, check) : nullptr;
}

void Pipeline::take_back(const std::vector<Taken>& batches) {
  for (auto taken = batches.rbegin(); taken != batches.rend(); ++taken) {
    auto& epoch = memory_.accepted.epoch(taken->agent, taken->batch.epoch, taken->received);
    for (auto range = taken->fresh.rbegin(); range != taken->fresh.rend(); ++range)
      for (auto n = range->second;; --n) {
        epoch.take_back(n);
        if (n == range->first) break;
      }
  }
}

// ---- from the journal to history and transitions ----

void Pipeline::apply(Timestamp now) {
  apply_taken();
  settle(now);
}

// Each once, whatever happens: a batch that throws must not come again, nor stop those behind it.
void Pipeline::apply_taken() {
  while (applied_ < taken_.size()) {
    const auto& taken = taken_[applied_++];
    if (taken.record > 0) memory_.position = taken.record;
    apply_batch(taken, {});
  }
  taken_.clear();
  applied_ = 0;
}

void Pipeline::apply_batch(const Taken& taken, Scope scope) {
  auto& agent = memory_.agents[taken.agent];
  key_periods_at(taken.received);
  if (scope.memory) {
    agent.shift = taken.shift;
    agent.offset = taken.received - taken.batch.sent;
    agent.last_batch = taken.received;
    if (agent.config != taken.batch.config) {
      agent.config = taken.batch.config;
      agent.config_since = tightenings_.checks.empty() ? Timestamp{} : taken.received;
    }
    look_what_runs(taken.agent, agent);
    if (const auto back = domain::agent_heard(agent.memory, taken.received))
      transition_of_agent(taken.agent, *back, scope.cases);
  }
  std::size_t range = 0, next = 0;
  for (const auto& result : taken.batch.results) {
    if (!within(result.n, taken.fresh, range)) continue;
    if (scope.memory) ++figures_.results, figures_.values += values_of(result);
    auto& check = next < taken.checks.size() ? *taken.checks[next++] : memory_.check(agent, result.check);
    try {
      apply_result(taken, result, agent, check, scope);
    } catch (const Fault& fault) {
      // A mistake of ours in one result must not stop the ingest of all, now and at every start again.
      ++figures_.unapplied;
      log::error("{} {} number {}: not applied: {}", taken.agent, result.check, result.n, fault.what());
    }
  }
}

void Pipeline::apply_result(const Taken& taken, const Result& result, AgentEntry& agent, CheckEntry& check,
                            Scope scope) {
  see_result(taken, result, agent, check, scope);
  if (scope.memory) remember_latest(result, result.slot + taken.shift, taken.received, check);
}

void Pipeline::remember_latest(const Result& result, Timestamp slot, Timestamp received, CheckEntry& check) {
  if (!check.latest.empty() && slot < check.latest_slot &&
      check.latest_slot <= received + domain::kWrongClock)
    return;
  latest_.clear();
  put_result(latest_, result, slot);
  // Exactly as much as it takes, not twice as much as before: there is one of every check.
  if (latest_.size() > check.latest.capacity())
    std::string(latest_).swap(check.latest);
  else
    check.latest = latest_;
  check.latest_slot = slot;
  check.received = received;
}

// ---- what time alone brings ----

void Pipeline::listening_from(Timestamp now) { listening_since_ = now; }

void Pipeline::tick(Timestamp now) {
  key_periods_at(now);
  if (now >= next_scan_ || now + options_.scan_silence < next_scan_) {
    next_scan_ = now + options_.scan_silence;
    if (judge_silence(now, listening_since_, true) > 0) {
      // Replay must find the silence, and the end of the maintenance window, at this place. If the disk does
      // not take the record now, it finds it later.
      try {
        open_journal();
        const auto record = journal_->append(encode(TickRecord{now, listening_since_}));
        journal_->sync();
        memory_.position = record;
      } catch (const Fault& fault) {
        log::warning("journal: a tick is not kept: {}", fault.what());
        if (journal_ != nullptr && (!journal_->usable() || journal_->last() != memory_.position))
          journal_.reset();
      }
    }
    if (pending_.empty() && !book_damaged_) find_contradicted(now);
    settle(now);
    review_watch(now);
    review_dependents(now);
  } else {
    settle(now);
  }
  record_told(now);
  figures_.notifications += duties_.tick(contracts_, options_.channels, now);
  figures_.notifications += storms_.tick(
      contracts_, [this](const std::string& in, const std::string& number) { return case_now({in, number}); },
      now);
}

// What left the contract, or whose agent was revoked, since the cases were opened. Follows from state.db and
// the contracts in force alone, so the journal need not know.
void Pipeline::review_watch(Timestamp now) {
  if (book_.size() == 0) return;
  const auto names = AgentStore(db_).revoked_agents();
  const std::set<std::string> revoked(names.begin(), names.end());
  std::vector<std::pair<domain::CaseRef, std::vector<domain::Event>>> said;
  for (const auto& [ref, open] : book_.cases()) {
    auto events =
        domain::review_watch(open.state, *open.contract, contract(ref.contract).get(), revoked, now);
    if (!events.empty()) said.emplace_back(ref, std::move(events));
  }
  if (said.empty()) return;
  book_damaged_ = true;
  io::Transaction transaction(db_);
  for (const auto& [ref, events] : said) {
    const auto* open = book_.find(ref);
    log::info("case {}/{}: {} of its problems changed in being watched", ref.contract, ref.number,
              events.size());
    commit(events, open->contract, open->state, now);
  }
  transaction.commit();
  book_damaged_ = false;
}

// How many standings changed by it: whether said or held back, they are remembered.
std::size_t Pipeline::judge_silence(Timestamp now, Timestamp listening_since, bool cases) {
  std::size_t changes = 0;
  key_periods_at(now);
  for (const auto& [name, host] : hosts_) {
    const auto it = memory_.agents.find(name);
    if (it == memory_.agents.end()) continue;
    auto& agent = it->second;
    look_what_runs(name, agent);
    const auto limit = agent.tight ? host.tight_limit : host.limit;
    if (const auto fell = domain::judge_agent(agent.memory, limit, now, listening_since)) {
      ++changes;
      transition_of_agent(name, *fell, cases);
    }
    if (!agent.held.empty()) changes += end_maintenance(name, agent, limit, now, listening_since, cases);
    if (agent.memory.silent) continue;
    // What it runs since a moment ago has its full time from then on.
    const auto since = agent.tight && agent.config_since <= now
                           ? std::max(listening_since, agent.config_since)
                           : listening_since;
    for (auto& check : agent.checks) {
      const auto& terms = bind(agent, check);
      if (terms.spec == nullptr) continue;
      const auto look = [&](ItemEntry& entry, const std::string& item) {
        auto transition = domain::judge_silence(entry.memory, terms.policy, agent.memory, now, since);
        if (transition) {
          ++changes;
          decide(terms.contract, {terms.system->id, terms.spec->id, name, item}, std::move(*transition),
                 entry.memory.held, cases);
        }
        if (entry.memory.held &&
            end_maintenance(name, agent.memory, check, entry, item, now, listening_since, cases))
          ++changes;
      };
      // A check with items is silent item by item; its own memory only speaks where there are none.
      if (check.items.empty()) look(check.self, {});
      for (auto& item : check.items) look(item, item.key);
    }
  }
  return changes;
}

// A person said that a case is over while problems stood. When what comes in goes on saying otherwise for as
// long as silence would be borne, the case is opened again: nothing else would, for nothing changes any more.
void Pipeline::find_contradicted(Timestamp now) {
  for (const auto& [ref, open] : book_.cases()) {
    const auto& state = open.state;
    if (domain::is_handling(state.status) || state.standing_problems() == 0) continue;
    const auto recovered = state.first(domain::EventKind::recovered, state.run);
    if (recovered == 0) continue;
    const auto since = std::max(state.at(recovered), state.marks[recovered - 1].known);
    for (const auto& problem : state.problems) {
      if (problem.cleared || problem.unwatched) continue;
      // What is watched again gets the time to speak.
      const auto& last = state.marks[problem.last_n - 1];
      const bool again = last.kind == domain::EventKind::problem_watched;
      auto transition = still_bad(problem, ref.contract, again ? std::max(since, last.known) : since, now);
      if (!transition) continue;
      pending_.push_back({contract(ref.contract), problem.item, std::move(*transition)});
      if (pending_.back().contract == nullptr) pending_.back().contract = open.contract;
      break;  // the others are in the case already
    }
  }
}

std::optional<domain::Transition> Pipeline::still_bad(const domain::CaseProblem& problem,
                                                      const std::string& contract_id, Timestamp since,
                                                      Timestamp now) {
  const auto& item = problem.item;
  // While something else explains it nothing speaks against a person's word.
  const auto in_force = contract(contract_id);
  if (in_force != nullptr && (domain::maintenance_at(*in_force, item, now) ||
                              domain::cause_of(*in_force, domain::place_of(item), footings(*in_force))))
    return std::nullopt;
  const auto agent = memory_.agents.find(item.host);
  if (agent == memory_.agents.end()) return std::nullopt;
  domain::Transition t;
  if (item.check.empty()) {
    const auto host = hosts_.find(item.host);
    if (host == hosts_.end() || !agent->second.memory.silent || now <= since + host->second.limit)
      return std::nullopt;
    t.after = {true, State::unknown, false, true};
    t.at = now;
  } else {
    auto* check = agent->second.checks.find(contract_id + '/' + item.system + '/' + item.check);
    if (check == nullptr) return std::nullopt;
    const auto& terms = bind(agent->second, *check);
    const auto* of_item = check->items.find(item.item);
    if (terms.spec == nullptr || (!item.item.empty() && of_item == nullptr)) return std::nullopt;
    const auto& memory = item.item.empty() ? check->self.memory : of_item->memory;
    t.after = memory.standing();
    t.at = memory.silent ? now : std::min(memory.newest, memory.received);
    if (!t.after.problem || t.at <= since + terms.policy.stale_after) return std::nullopt;
  }
  t.known = now;
  t.message = problem.message;
  t.evidence = problem.evidence;
  t.reason = {"collector.why.still_bad",
              {{"state", "@core.state." + std::string(to_text(t.after.state))},
               {"time", xj::to_text(std::chrono::floor<std::chrono::seconds>(t.at - since))}}};
  return t;
}

// ---- commit (b): the tail of both ----

void Pipeline::settle(Timestamp now) {
  if (book_damaged_) restore_book(now);
  const auto due = book_.due(now);
  if (pending_.empty() && due.empty()) return;
  book_damaged_ = true;  // until all of it is in the database
  io::Transaction transaction(db_);
  for (const auto& [contract, item, transition] : pending_) {
    ++figures_.transitions;
    domain::Outcome outcome;
    try {
      outcome = domain::step(book_, contract, item, transition, now);
    } catch (const Fault& fault) {
      // A mistake of ours in one case must not stop the ingest of all, now and at every start again.
      log::error("{} {} on {}: not decided: {}", item.system, item.check, item.host, fault.what());
      continue;
    }
    if (const auto* refused = std::get_if<domain::Rejection>(&outcome)) {
      log::error("{} {} on {}: no case could be opened: {}", item.system, item.check, item.host,
                 render(refused->why, Lang::en));
      continue;
    }
    const auto& events = std::get<std::vector<domain::Event>>(outcome);
    commit_all(events, contract, now);
  }
  for (const auto& ref : due) {
    const auto* open = book_.find_held(ref);
    if (open == nullptr) continue;
    const auto events = domain::tick(open->state, *open->contract, now);
    if (events.empty()) {
      notify({}, open->state, *open->contract, now);
      book_.restore(domain::CaseState(open->state), domain::ContractPtr(open->contract),
                    now);  // due anew, later
    } else
      commit(events, open->contract, open->state, now);
  }
  cases_.set_position(memory_.position);
  transaction.commit();
  pending_.clear();
  book_damaged_ = false;
}

}  // namespace xj::collector
