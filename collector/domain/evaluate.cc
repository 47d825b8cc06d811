#include "collector/domain/evaluate.h"

#include <algorithm>
#include <bit>

#include "collector/domain/wrong_clock.h"

namespace xj::domain {
namespace {

// Icinga's figures: 20 results, weights rising to the newest, up at 30 %, down at 25 %.
constexpr int kHistory = 20;
constexpr std::uint32_t kHistoryMask = (1u << kHistory) - 1;
constexpr int kFlappingUp = 600;  // percent × 20
constexpr int kFlappingDown = 500;

// Sum of weights (percent) over the changes: 118 for the newest down to 80 for the oldest.
int flapping_sum(std::uint32_t changes) {
  int sum = 0;
  for (std::uint32_t bits = changes; bits != 0; bits &= bits - 1) sum += 118 - 2 * std::countr_zero(bits);
  return sum;
}

Message reason_of(const ItemMemory& m, const Standing& before, const Standing& after,
                  const EvalPolicy& policy) {
  const std::string state = "@core.state." + std::string(to_text(m.state));
  if (after.flapping && !before.flapping)
    return {"domain.why.flapping", {{"percent", std::to_string(flapping_sum(m.changes) / kHistory)}}};
  if (before.flapping && !after.flapping)
    return {"domain.why.flapping_over",
            {{"percent", std::to_string(flapping_sum(m.changes) / kHistory)}, {"state", state}}};
  if (!after.problem) return {"domain.why.ok", {}};
  if (before.silent && !after.silent) return {"domain.why.data_back", {{"state", state}}};
  if (before.problem)
    return {"domain.why.changed",
            {{"from", "@core.state." + std::string(to_text(before.state))}, {"to", state}}};
  return {"domain.why.hard", {{"state", state}, {"count", std::to_string(policy.attempts)}}};
}

Timestamp larger(Timestamp a, Timestamp b) { return a < b ? b : a; }
// What lies ahead of the collector's clock was noted before that clock was set back, and tells nothing.
Timestamp known_by(Timestamp now, Timestamp t) { return t > now ? Timestamp{} : t; }

}  // namespace

EvalPolicy policy_of(const CheckSpec& spec) {
  const Duration silence =
      spec.stale_after > Duration{0} ? spec.stale_after : 3 * spec.interval + spec.timeout;
  return {std::clamp(spec.attempts, 1, 255), silence};
}

Standing ItemMemory::standing() const {
  Standing s;
  s.flapping = flapping, s.silent = silent;
  s.problem = hard != State::ok || flapping || silent;
  s.state = flapping ? worst : hard != State::ok ? hard : silent ? State::unknown : State::ok;
  return s;
}

bool is_news(const Transition& t) {
  if (!t.after.problem) return false;
  return !t.before.problem ||
         (t.before.state != t.after.state && worse(t.before.state, t.after.state) == t.after.state);
}

bool is_late(const ItemMemory& memory, const Observation& seen, const EvalPolicy& policy) {
  if (seen.lane == wire::Lane::replay && seen.received - seen.slot > policy.stale_after) return true;
  if (!memory.seen || seen.slot > memory.newest) return false;
  // Slots that went back because the agent's clock was ahead and was set right are news, not history.
  return !(seen.lane == wire::Lane::live && memory.newest > seen.received + kWrongClock);
}

std::optional<Transition> evaluate(ItemMemory& m, const Observation& seen, const EvalPolicy& policy) {
  if (is_late(m, seen, policy)) return std::nullopt;

  const bool changed = m.seen && seen.state != m.state;
  const bool steady =
      m.seen && !changed && seen.state == m.hard && m.changes == 0 && !m.silent && !m.flapping;
  if (steady) {
    m.newest = seen.slot;
    m.received = seen.received;
    return std::nullopt;
  }

  const Standing before = m.standing();
  const bool gap = m.seen && seen.slot - m.newest > policy.stale_after;
  m.changes = ((m.changes << 1) | (changed ? 1u : 0u)) & kHistoryMask;
  m.state = seen.state;
  m.newest = seen.slot;
  m.received = seen.received;
  m.seen = true;

  if (seen.state == State::ok) {
    m.bad = 0;
    m.hard = State::ok;
  } else {
    m.worst = m.flapping ? worse(m.worst, seen.state) : seen.state;
    // Bad results on two sides of a gap are not a row.
    if (m.bad == 0 || (gap && m.hard == State::ok)) m.bad = 0, m.bad_since = seen.slot;
    if (m.bad < 255) ++m.bad;
    // What already stands as a problem needs no second proof: it only changes its state.
    if (m.bad >= policy.attempts || m.hard != State::ok || before.silent) m.hard = seen.state;
  }
  m.silent = false;
  const int sum = flapping_sum(m.changes);
  m.flapping = sum > (m.flapping ? kFlappingDown : kFlappingUp);

  const Standing after = m.standing();
  if (after == before) return std::nullopt;
  m.since = seen.slot;

  Transition t;
  t.before = before, t.after = after;
  t.at = std::min(seen.slot, seen.received), t.known = seen.received;
  t.reason = reason_of(m, before, after, policy);
  if (seen.message != nullptr) t.message = *seen.message;
  if (t.message.empty())
    t.message = {"domain.saw", {{"state", "@core.state." + std::string(to_text(seen.state))}}};
  t.evidence.since = m.bad > 0 ? std::min(m.bad_since, t.at) : t.at;
  t.evidence.attempts = m.bad;
  if (seen.metrics != nullptr) t.evidence.metrics = *seen.metrics;
  return t;
}

double flapping_percent(const ItemMemory& memory) { return flapping_sum(memory.changes) / double{kHistory}; }

std::optional<Transition> judge_silence(ItemMemory& m, const EvalPolicy& policy, const AgentMemory& agent,
                                        Timestamp now, Timestamp listening_since) {
  if (!m.seen || m.silent || agent.silent) return std::nullopt;
  const Timestamp until =
      larger(larger(known_by(now, m.received), listening_since), known_by(now, agent.back)) +
      policy.stale_after;
  if (now <= until || known_by(now, agent.heard) <= until) return std::nullopt;
  Transition t;
  t.before = m.standing();
  m.silent = true;
  m.since = until;
  t.after = m.standing();
  t.at = until, t.known = now;
  t.message = {"domain.no_data", {{"limit", to_text(policy.stale_after)}}};
  t.reason = {"domain.why.no_data", {{"limit", to_text(policy.stale_after)}}};
  t.evidence.since = m.received, t.evidence.attempts = m.bad;
  return t;
}

std::optional<Transition> agent_heard(AgentMemory& m, Timestamp now) {
  m.heard = now;
  if (!m.silent) return std::nullopt;
  m.silent = false;
  m.back = now;
  Transition t;
  t.before = {true, State::unknown, false, true};
  t.at = t.known = now;
  t.message = t.reason = {"domain.why.agent_back", {}};
  t.evidence.since = now;
  return t;
}

std::optional<Transition> judge_agent(AgentMemory& m, Duration limit, Timestamp now,
                                      Timestamp listening_since) {
  // One never heard of is not silent but not yet there; enrolment shows it.
  if (m.heard == Timestamp{} || m.silent) return std::nullopt;
  const Timestamp until = larger(known_by(now, m.heard), listening_since) + limit;
  if (now <= until) return std::nullopt;
  m.silent = true;
  Transition t;
  t.after = {true, State::unknown, false, true};
  t.at = until, t.known = now;
  t.message = {"domain.agent_silent", {{"limit", to_text(limit)}}};
  t.reason = {"domain.why.agent_silent", {{"limit", to_text(limit)}}};
  t.evidence.since = m.heard;
  return t;
}

void append_json(std::string& out, const ItemMemory& m) {
  const int flags = (m.seen ? 1 : 0) | (m.flapping ? 2 : 0) | (m.silent ? 4 : 0) | (m.held ? 8 : 0);
  const std::int64_t values[] = {to_ms(m.newest),
                                 to_ms(m.received),
                                 to_ms(m.bad_since),
                                 to_ms(m.since),
                                 static_cast<std::int64_t>(m.changes),
                                 m.bad,
                                 static_cast<std::int64_t>(m.state),
                                 static_cast<std::int64_t>(m.hard),
                                 static_cast<std::int64_t>(m.worst),
                                 flags};
  char separator = '[';
  for (const auto v : values) {
    out += separator;
    append_json_number(out, v);
    separator = ',';
  }
  out += ']';
}

std::optional<ItemMemory> item_memory_from(const Json& json) {
  if (json.size() != 10 || !json.is_array()) return std::nullopt;
  for (const auto& v : json.items())
    if (!v.is_int()) return std::nullopt;
  const auto at = [&](std::size_t i) { return json.at(i).int_or(0); };
  const auto in = [&](std::size_t i, std::int64_t most) { return at(i) >= 0 && at(i) <= most; };
  if (!in(4, kHistoryMask) || !in(5, 255) || !in(6, 3) || !in(7, 3) || !in(8, 3) || !in(9, 15))
    return std::nullopt;
  ItemMemory m;
  m.newest = from_ms(at(0)), m.received = from_ms(at(1)), m.bad_since = from_ms(at(2)),
  m.since = from_ms(at(3));
  m.changes = static_cast<std::uint32_t>(at(4)), m.bad = static_cast<std::uint8_t>(at(5));
  m.state = static_cast<State>(at(6)), m.hard = static_cast<State>(at(7)),
  m.worst = static_cast<State>(at(8));
  m.seen = (at(9) & 1) != 0, m.flapping = (at(9) & 2) != 0, m.silent = (at(9) & 4) != 0;
  m.held = (at(9) & 8) != 0;
  return m;
}

void append_json(std::string& out, const AgentMemory& m) {
  out += '[';
  append_json_number(out, to_ms(m.heard));
  out += ',';
  append_json_number(out, to_ms(m.back));
  out += m.silent ? ",1]" : ",0]";
}

std::optional<AgentMemory> agent_memory_from(const Json& json) {
  if (!json.is_array() || json.size() != 3) return std::nullopt;
  for (const auto& v : json.items())
    if (!v.is_int()) return std::nullopt;
  return AgentMemory{from_ms(json.at(0).int_or(0)), from_ms(json.at(1).int_or(0)), json.at(2).int_or(0) != 0};
}

}  // namespace xj::domain
