#include "collector/domain/deduction.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "collector/domain/explain.h"

namespace xj::domain {
namespace {

__extension__ using Wide = __int128;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

std::int64_t narrow(Wide value) { return value > kMost ? kMost : static_cast<std::int64_t>(value); }
std::int64_t plus(std::int64_t a, std::int64_t b) { return narrow(static_cast<Wide>(a) + b); }

const Deduction* deduction_of(const Contract& contract, std::string_view id) {
  const auto& all = contract.deductions;
  const auto it = std::find_if(all.begin(), all.end(), [&](const Deduction& d) { return d.id == id; });
  return it == all.end() ? nullptr : &*it;
}
const Price* price_of(const Contract& contract, std::string_view id) {
  const auto& all = contract.prices;
  const auto it = std::find_if(all.begin(), all.end(), [&](const Price& p) { return p.id == id; });
  return it == all.end() ? nullptr : &*it;
}
bool holds(const std::vector<std::string>& list, const std::string& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

// Whole seconds, rounded away from zero, so that what is longer by a hair is said to be longer.
std::string whole(Duration d) { return xj::to_text(Duration{std::chrono::ceil<std::chrono::seconds>(d)}); }

bool fits(const Deduction& d, Duration length) {
  return (!d.over || length > *d.over) && (!d.up_to || length <= *d.up_to);
}

// Wall time that pauses for these reasons take out of [from, to].
Duration paused_in(const CaseState& state, const std::vector<std::string>& reasons, int run, Timestamp from,
                   Timestamp to, std::vector<std::uint32_t>& events) {
  std::vector<std::pair<Timestamp, Timestamp>> all;
  for (const auto& p : state.pauses) {
    if (p.run != run || !holds(reasons, p.reason)) continue;
    const auto begin = std::max(state.at(p.from_n), from);
    const auto end = std::min(p.to_n == 0 ? to : state.at(p.to_n), to);
    if (end <= begin) continue;
    all.emplace_back(begin, end);
    events.push_back(p.from_n);
    if (p.to_n != 0) events.push_back(p.to_n);
  }
  std::sort(all.begin(), all.end());
  Duration sum{0};
  auto covered = from;
  for (const auto& [begin, end] : all)
    if (end > covered) sum += end - std::max(begin, covered), covered = end;
  return sum;
}

class CaseReader {
 public:
  CaseReader(const CaseState& state, std::span<const Event> events, const ContractPtr& contract,
             Timestamp now)
      : s_(state), events_(events), contract_(contract), now_(now) {}

  std::vector<Occasion> read() {
    const auto* kind = contract_->kind(s_.case_kind);
    if (kind == nullptr || s_.status == Status::none) return {};
    std::vector<ClockView> views;
    for (const auto& d : contract_->deductions) {
      if (d.kind != s_.case_kind) continue;
      if (d.clock.empty()) {
        for (int run = 1; run <= s_.run; ++run) of_run(d, run);
        continue;
      }
      if (views.empty()) views = clocks(s_, *contract_, now_);
      for (const auto& view : views)
        if (view.name == d.clock && view.status == ClockStatus::breached) of_clock(d, *kind, view);
    }
    return std::move(out_);
  }

 private:
  Occasion begin(const Deduction& d, int run, std::string grade) const {
    Occasion one;
    one.contract = contract_, one.deduction = d.id, one.number = s_.number, one.run = run;
    one.system = s_.system, one.grade = std::move(grade);
    one.events.push_back(s_.start_of(run));
    if (run != s_.run) return one;
    if (s_.status == Status::false_alarm) one.void_why = {"money.why.false_alarm", {}};
    if (s_.status == Status::merged) one.void_why = {"money.why.merged", {{"into", s_.into}}};
    return one;
  }
  void finish(const Deduction& d, Occasion one, std::optional<Timestamp> stop,
              const std::vector<std::string>& pauses) {
    if (!stop) stop = run_end(s_, one.run);
    one.until = stop, one.running = !stop;
    const auto end = std::max(stop.value_or(now_), *one.since);
    one.paused = paused_in(s_, pauses, one.run, *one.since, end, one.events);
    one.length = end - *one.since - one.paused;
    one.days = days_late(contract_->zone, one.due.value_or(*one.since), end);
    if (!fits(d, one.length)) return;
    std::sort(one.events.begin(), one.events.end());
    one.events.erase(std::unique(one.events.begin(), one.events.end()), one.events.end());
    out_.push_back(std::move(one));
  }
  void of_run(const Deduction& d, int run) {
    const auto grade = s_.grade_in(run);
    if (!d.grades.empty() && !holds(d.grades, grade)) return;
    auto one = begin(d, run, grade);
    one.at = s_.at(s_.start_of(run)), one.since = one.at, one.outage = true;
    std::optional<Timestamp> stop;
    if (const auto n = s_.first(EventKind::recovered, run); n != 0) stop = s_.at(n), one.events.push_back(n);
    finish(d, std::move(one), stop, {});
  }
  void of_clock(const Deduction& d, const CaseKind& kind, const ClockView& view) {
    if (!view.due || (!d.grades.empty() && !holds(d.grades, view.grade))) return;
    const auto& spec = *kind.clock(view.name);
    auto one = begin(d, view.run, view.grade);
    one.clock = view.name, one.due = view.due, one.at = *view.due;
    one.outage = spec.stop == to_text(EventKind::recovered);
    one.since = one.outage ? view.start : view.due;
    for (const auto& event : events_) {
      const auto* breach = std::get_if<ClockBreached>(&event.payload);
      if (breach != nullptr && breach->clock == view.name && breach->run == view.run)
        one.events.push_back(event.n);
    }
    if (view.stop)
      one.events.push_back(spec.about.empty() ? event_of(s_, spec.stop, view.run)
                                              : s_.first_note(spec.about, view.run));
    else if (view.end)
      end_without_stop(one, spec, view);
    finish(d, std::move(one), view.stop ? view.stop : view.end, spec.pause);
  }

  // What the clock waited for never came: something else made it needless, or ended the run.
  void end_without_stop(Occasion& one, const ClockSpec& spec, const ClockView& view) const {
    if (const auto n = spec.unless.empty() ? 0 : event_of(s_, spec.unless, view.run);
        n != 0 && s_.at(n) == *view.end) {
      one.ended_by = spec.unless;
      one.events.push_back(n);  // needed no longer, and no later by the day
      return;
    }
    if (const auto n = end_of(s_, view.run); n != 0) one.ended_by = to_text(s_.marks[n - 1].kind);
  }

  const CaseState& s_;
  std::span<const Event> events_;
  const ContractPtr& contract_;
  const Timestamp now_;
  std::vector<Occasion> out_;
};

// What a share is taken of.
struct Base {
  std::optional<std::int64_t> cents;
  std::string price;  // id
  std::string key;    // what a cap is counted for
  Message open;       // why it cannot be said
};
Base base_of(const Deduction& d, const Occasion& what) {
  const auto& contract = *what.contract;
  Base out;
  const auto of_price = [&](const Price& price) {
    out.price = price.id, out.key = "price:" + price.id, out.cents = price.cents;
    if (!price.cents) out.open = {"money.why.no_price", {{"price", title_argument(price.title, price.id)}}};
  };
  if (d.base.empty()) return out;
  if (d.base == "open") {
    out.open = {"money.why.base_open", {}};
  } else if (d.base == "contract") {
    out.key = d.base, out.cents = contract.value_cents;
    if (!out.cents) out.open = {"money.why.no_value", {}};
  } else if (d.base == "overdue") {
    out.key = "record:" + std::to_string(what.record), out.cents = what.sum_cents;
    if (!out.cents) out.open = {"money.why.no_sum", {}};
  } else if (d.base == "item" || d.base == "system") {
    if (const auto* price = price_of(contract, what.price); price != nullptr) {
      of_price(*price);
      return out;
    }
    std::vector<const Price*> all;
    for (const auto& price : contract.prices)
      if (!what.system.empty() && holds(price.systems, what.system)) all.push_back(&price);
    const auto* system = contract.system(what.system);
    const auto title = system == nullptr ? what.system : title_argument(system->title, system->id);
    if (all.size() == 1)
      of_price(*all.front());
    else if (what.system.empty())
      out.open = {"money.why.no_system", {}};
    else
      out.open = {all.empty() ? "money.why.no_item" : "money.why.many_items", {{"system", title}}};
  } else if (const auto* price = price_of(contract, d.base); price != nullptr) {
    of_price(*price);
  }
  return out;
}

class Reckoner {
 public:
  CostLine line(Occasion what, const Deduction& d, std::span<const MoneyRecord> records) {
    CostLine out;
    out.title = d.title, out.party = d.party, out.per = d.per, out.rate = d.amount, out.base = d.base;
    out.losses = d.losses;
    out.what = std::move(what);
    say_what(out, records);
    const auto& w = out.what;
    const auto stop = [&](CostState state, Message why = {}) {
      out.state = state;
      if (!why.empty()) out.why.push_back(std::move(why));
      return out;
    };
    if (!w.void_why.empty()) return stop(CostState::not_counting, w.void_why);
    if (w.waived != 0) return stop(CostState::waived);
    if (!fits(d, w.length) && asks_how_long(d)) return stop(CostState::outside, outside(d, w));
    if (d.major && w.record == 0 && w.judged == 0)
      return stop(CostState::to_judge, {"money.why.to_judge", {}});
    count(out, d);
    return out;
  }

 private:
  void say_what(CostLine& out, std::span<const MoneyRecord> records) const {
    const auto& w = out.what;
    const auto& contract = *w.contract;
    const auto local = [&](Timestamp t) { return local_text(t, contract.zone); };
    if (w.run != 0) {
      const auto* kind = contract.kind(contract_kind(contract, w));
      const auto* clock = kind == nullptr ? nullptr : kind->clock(w.clock);
      const auto* grade = kind == nullptr ? nullptr : kind->grade(w.grade);
      const auto* system = contract.system(w.system);
      const Message::Args args{
          {"clock", clock == nullptr ? w.clock : title_argument(clock->title, clock->name)},
          {"grade", grade == nullptr ? w.grade : title_argument(grade->title, grade->id)},
          {"due", w.due ? local(*w.due) : "-"},
          {"since", local(*w.since)},
          {"until", w.until ? local(*w.until) : "-"},
          {"event", w.ended_by.empty() ? "" : "@domain.event." + w.ended_by},
          {"system", system == nullptr ? w.system : title_argument(system->title, system->id)},
          {"length", whole(w.length)},
          {"paused", whole(w.paused)}};
      if (!w.clock.empty()) out.why.push_back({breach_text(w), args});
      if (w.outage) out.why.push_back({w.running ? "money.why.outage_open" : "money.why.outage", args});
      if (w.paused > Duration{0}) out.why.push_back({"money.why.paused", args});
    }
    for (const auto& r : records) {
      const auto* id = r.n == w.record                           ? "money.why.record"
                       : r.n == w.judged                         ? "money.why.judged"
                       : r.n != w.waived                         ? nullptr
                       : r.ground == WaiverGround::force_majeure ? "money.why.force_majeure"
                                                                 : "money.why.waived";
      if (id == nullptr || r.n == 0) continue;
      out.why.push_back({id,
                         {{"who", actor_argument(r.actor, contract)},
                          {"at", local(r.at)},
                          {"n", std::to_string(r.n)},
                          {"why", r.why}}});
    }
  }
  static const char* breach_text(const Occasion& w) {
    if (!w.until) return "money.why.breach_open";
    return w.ended_by.empty() ? "money.why.breach" : "money.why.breach_ended";
  }
  static std::string contract_kind(const Contract& contract, const Occasion& w) {
    const auto* d = deduction_of(contract, w.deduction);
    return d == nullptr ? std::string{} : d->kind;
  }
  static Message outside(const Deduction& d, const Occasion& w) {
    const bool shorter = d.over && w.length <= *d.over;
    return {shorter ? "money.why.shorter" : "money.why.longer",
            {{"length", whole(w.length)}, {"limit", xj::to_text(shorter ? *d.over : *d.up_to)}}};
  }

  void count(CostLine& out, const Deduction& d) {
    const auto& w = out.what;
    auto& before = times_[{d.id, w.contract->from}];
    const int all = d.per == Per::day ? w.days : w.count;
    const int earlier = d.per == Per::day ? 0 : before;
    before += d.per == Per::day ? 1 : w.count;
    out.nth = before;
    out.units = std::clamp(earlier + all - (d.from_count - 1), 0, all);
    amount(out, d);
    if (d.ends_after_count > 0 && before >= d.ends_after_count) {
      out.ends = true;
      out.why.push_back({"money.why.ends_count",
                         {{"n", std::to_string(before)}, {"limit", std::to_string(d.ends_after_count)}}});
    }
    if (d.ends_after && w.length > *d.ends_after) {
      out.ends = true;
      out.why.push_back({"money.why.ends_after", {{"limit", xj::to_text(*d.ends_after)}}});
    }
  }

  void amount(CostLine& out, const Deduction& d) {
    const auto base = base_of(d, out.what);
    out.base_of = base.price, out.base_cents = base.cents;
    const auto units = std::to_string(out.units);
    if (out.units == 0 && d.per != Per::day) {
      out.state = CostState::free, out.cents = 0;
      out.why.push_back(
          {"money.why.free", {{"n", std::to_string(out.nth)}, {"from", std::to_string(d.from_count)}}});
      return;
    }
    Message::Args args{{"n", std::to_string(out.nth)}, {"units", units}};
    std::int64_t cents = 0;
    if (d.amount.cents) {
      cents = narrow(static_cast<Wide>(*d.amount.cents) * out.units);
      args.emplace_back("rate", yuan_text(*d.amount.cents));
    } else if (!base.cents) {
      out.state = CostState::base_open;
      out.why.push_back({"money.why.share_open", {{"rate", share_text(d.amount.ppm.value_or(0))}}});
      out.why.push_back(base.open);
      if (d.losses) out.why.push_back({"money.why.losses", {}});
      return;
    } else {
      cents = share_of(*base.cents, d.amount.ppm.value_or(0), out.units);
      args.emplace_back("rate", share_text(d.amount.ppm.value_or(0)));
      const auto* price = price_of(*out.what.contract, base.price);
      args.emplace_back("base", price != nullptr       ? title_argument(price->title, price->id)
                                : d.base == "contract" ? "@money.base.contract"
                                                       : "@money.base.overdue");
      args.emplace_back("of", yuan_text(*base.cents));
    }
    const auto full = cents;
    if (d.cap) {
      const auto cap = d.cap->cents ? d.cap->cents
                       : base.cents ? std::optional(share_of(*base.cents, d.cap->ppm.value_or(0), 1))
                                    : std::nullopt;
      auto& used = spent_[{d.id, out.what.contract->from, d.cap->cents ? std::string{} : base.key}];
      if (cap) cents = std::min(cents, std::max<std::int64_t>(*cap - used, 0));
      used = plus(used, cents);
    }
    out.cents = cents, out.capped_cents = full - cents;
    args.emplace_back("sum", yuan_text(full));
    const std::string what = d.amount.cents ? "sum" : "share";
    out.why.push_back({"money.why." + what +
                           (d.per == Per::day    ? "_day"
                            : d.per == Per::item ? "_item"
                            : out.units == 1     ? "_time"
                                                 : "_times"),
                       std::move(args)});
    if (out.capped_cents > 0)
      out.why.push_back({"money.why.capped",
                         {{"cap", d.cap->cents ? yuan_text(*d.cap->cents) : share_text(*d.cap->ppm)},
                          {"sum", yuan_text(cents)}}});
    if (d.cap && d.cap->ppm && !base.cents) {
      out.why.push_back({"money.why.cap_open", {{"cap", share_text(*d.cap->ppm)}}});
      if (!base.open.empty()) out.why.push_back(base.open);
    }
    if (d.losses) out.why.push_back({"money.why.losses", {}});
  }

  // By deduction and the beginning of its term: a contract that is renewed under its id begins anew.
  std::map<std::pair<std::string, Timestamp>, int> times_;                         // that counted so far
  std::map<std::tuple<std::string, Timestamp, std::string>, std::int64_t> spent_;  // under a cap, of a base
};

// A record about a case in which the machine saw the breach speaks of that one, and is none of its own.
void join(std::vector<Occasion>& all, std::span<const MoneyRecord> records) {
  const auto of_run = [](const MoneyRecord& r, int run) { return r.run == 0 || r.run == run; };
  std::set<std::uint32_t> gone;
  for (const auto* record : holding(records, MoneyRecordKind::recorded))
    for (auto& one : all) {
      if (one.run == 0 || record->number.empty() || one.number != record->number ||
          one.deduction != record->about || !of_run(*record, one.run))
        continue;
      one.judged = record->n, gone.insert(record->n);
      if (!record->price.empty()) one.price = record->price;
    }
  std::erase_if(all, [&](const Occasion& one) { return one.record != 0 && gone.contains(one.record); });
  for (const auto* waiver : holding(records, MoneyRecordKind::waived))
    for (auto& one : all)
      if (one.deduction == waiver->about &&
          (waiver->of != 0 ? one.record == waiver->of
                           : one.number == waiver->number && one.run != 0 && of_run(*waiver, one.run)))
        one.waived = waiver->n;
}

bool costs(const CostLine& line) {
  return line.state == CostState::counted || line.state == CostState::base_open;
}

}  // namespace

std::string_view to_text(CostState state) {
  switch (state) {
    case CostState::counted: return "counted";
    case CostState::base_open: return "base_open";
    case CostState::free: return "free";
    case CostState::to_judge: return "to_judge";
    case CostState::outside: return "outside";
    case CostState::waived: return "waived";
    case CostState::not_counting: return "not_counting";
  }
  return "";
}

std::int64_t share_of(std::int64_t base_cents, std::int64_t ppm, int units) {
  constexpr std::int64_t million = 1'000'000;
  return narrow((static_cast<Wide>(base_cents) * ppm * units + million / 2) / million);
}

int days_late(const Zone& zone, Timestamp due, Timestamp end) {
  using std::chrono::days;
  using std::chrono::floor;
  const auto date = [&](Timestamp t) { return floor<days>(zone.to_local(t - Duration{1})); };
  return static_cast<int>(std::max<std::int64_t>((date(end) - date(due)).count(), 0));
}

std::string yuan_text(std::int64_t cents) {
  auto whole = std::to_string(cents / 100);
  for (auto at = static_cast<std::int64_t>(whole.size()) - 3; at > 0; at -= 3)
    whole.insert(static_cast<std::size_t>(at), ",");
  const auto rest = std::to_string(100 + cents % 100).substr(1);
  return rest == "00" ? whole : whole + '.' + rest;
}

std::string share_text(std::int64_t ppm) {
  auto text = std::to_string(ppm / 10'000) + '.' + std::to_string(10'000 + ppm % 10'000).substr(1);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + '%';
}

std::vector<Occasion> occasions(const CaseState& state, std::span<const Event> events,
                                const ContractPtr& contract, Timestamp now) {
  return CaseReader(state, events, contract, now).read();
}

std::vector<Occasion> occasions(std::span<const MoneyRecord> records, const RevisionReader& contract,
                                Timestamp now) {
  std::vector<Occasion> out;
  for (const auto* r : holding(records, MoneyRecordKind::recorded)) {
    Occasion one;
    one.contract = contract(r->revision);
    const auto* d = one.contract == nullptr ? nullptr : deduction_of(*one.contract, r->about);
    if (d == nullptr) continue;  // accept() keeps none that its revision does not know
    one.deduction = r->about, one.number = r->number, one.record = r->n, one.system = r->system;
    one.price = r->price, one.at = r->at, one.sum_cents = r->sum_cents;
    one.count = std::max(r->count, 1);
    if (asks_how_long(*d)) {
      const auto end = std::max(r->until.value_or(now), r->at);
      const bool counted = d->per == Per::day && r->count > 0;
      one.running = !counted && !r->until;
      one.since = r->at, one.until = r->until;
      one.days = counted ? r->count : days_late(one.contract->zone, r->at, end);
      one.outage = !d->kind.empty();
      one.length = one.outage && !counted ? end - r->at : std::chrono::hours{24} * one.days;
    }
    out.push_back(std::move(one));
  }
  return out;
}

Costs reckon(std::vector<Occasion> all, std::span<const MoneyRecord> records, Timestamp from, Timestamp to) {
  join(all, records);
  const auto place = [](const Occasion& one) {
    return deduction_of(*one.contract, one.deduction) - one.contract->deductions.data();
  };
  std::stable_sort(all.begin(), all.end(), [&](const Occasion& a, const Occasion& b) {
    return std::tuple(a.at, place(a), a.number, a.run, a.record) <
           std::tuple(b.at, place(b), b.number, b.run, b.record);
  });
  Reckoner reckoner;
  Costs out;
  for (auto& one : all) {
    const auto& d = *deduction_of(*one.contract, one.deduction);
    auto line = reckoner.line(std::move(one), d, records);
    if (line.what.at >= from && line.what.at < to) out.lines.push_back(std::move(line));
  }
  // The contract does not say whether one breach pays twice: each that does is named.
  for (auto& line : out.lines) {
    if (!costs(line) || line.what.run == 0) continue;
    for (const auto& other : out.lines)
      if (&other != &line && costs(other) && other.what.number == line.what.number &&
          other.what.run == line.what.run && other.what.clock == line.what.clock)
        line.also.push_back(other.what.deduction);
    std::string names;
    for (const auto& name : line.also) names += (names.empty() ? "" : ", ") + name;
    if (!names.empty()) line.why.push_back({"money.why.also", {{"names", names}}});
  }
  for (const auto* party : {"provider", "client"}) {
    CostTotal total{party, 0, 0, 0, 0};
    bool any = false;
    for (const auto& line : out.lines) {
      if (line.party != party) continue;
      any = true;
      total.cents = plus(total.cents, line.cents.value_or(0));
      total.counted += line.state == CostState::counted ? 1 : 0;
      total.open += line.state == CostState::base_open ? 1 : 0;
      total.to_judge += line.state == CostState::to_judge ? 1 : 0;
    }
    if (any) out.totals.push_back(std::move(total));
  }
  return out;
}

}  // namespace xj::domain
