#include "collector/domain/obligation.h"

#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>

#include "collector/domain/key_duty.h"

namespace xj::domain {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::months;
using std::chrono::weeks;
using std::chrono::year_month_day;

constexpr days kAhead{31};  // what is owed before something can be done from a month before its due time

struct Days {
  Date from, to;  // `to` is outside
};

std::string format(const char* pattern, int a, int b = 0, int c = 0) {
  char text[40];
  const auto used = std::snprintf(text, sizeof text, pattern, a, b, c);
  return std::string(text, static_cast<std::size_t>(std::clamp(used, 0, 39)));
}
int year_of(Date d) { return static_cast<int>(year_month_day{d}.year()); }
int month_of(Date d) { return static_cast<int>(static_cast<unsigned>(year_month_day{d}.month())); }
int day_of(Date d) { return static_cast<int>(static_cast<unsigned>(year_month_day{d}.day())); }

std::string day_name(Date d) { return format("%04d-%02d-%02d", year_of(d), month_of(d), day_of(d)); }
std::string month_name(Date d) { return format("%04d-%02d", year_of(d), month_of(d)); }
// ISO 8601: the week belongs to the year of its Thursday.
std::string week_name(Date monday) {
  const auto thursday = monday + days{3};
  const auto first = Date{std::chrono::year{year_of(thursday)} / 1 / 1};
  return format("%04d-W%02d", year_of(thursday), static_cast<int>((thursday - first).count() / 7 + 1));
}
std::string minute_name(Timestamp t, const Zone& zone) {
  const auto local = zone.to_local(t);
  const auto day = floor<days>(local);
  const auto minute = static_cast<int>(floor<std::chrono::minutes>(local - day).count());
  return day_name(day) + format("T%02d:%02d", minute / 60, minute % 60);
}

// 31 January and one month is 28 February; counted from the same day each time, so nothing drifts.
Date plus_months(Date first, int n) {
  const auto ymd = year_month_day{first};
  const auto month = ymd.year() / ymd.month() + months{n};
  const Date last{month / std::chrono::last};
  const Date same{month / ymd.day()};
  return (month / ymd.day()).ok() ? same : last;
}

// The span of a term's period in the words of the calendar when it is one of the calendar's own.
std::string span_name(Date from, int length) {
  if (day_of(from) == 1 && (month_of(from) - 1) % length == 0) {
    if (length == 3) return format("%04d-Q%d", year_of(from), (month_of(from) - 1) / 3 + 1);
    if (length == 6) return format("%04d-H%d", year_of(from), (month_of(from) - 1) / 6 + 1);
    return format("%04d", year_of(from));
  }
  return day_name(from);
}

bool in_months(const std::vector<int>& list, Date day) {
  return list.empty() || std::find(list.begin(), list.end(), month_of(day)) != list.end();
}

// A day ahead of what has days, two hours ahead of what has one; what comes by the hour is not announced.
std::vector<Duration> usual_warning(Duration length) {
  if (length > days{3}) return {days{1}};
  if (length > std::chrono::hours{12}) return {std::chrono::hours{2}};
  return {};
}

class Maker {
 public:
  Maker(const Contract& contract, const std::vector<Happening>& happenings, Timestamp from, Timestamp to)
      : contract_(contract), happenings_(happenings), from_(from), to_(to) {
    term_ = {floor<days>(contract.zone.to_local(contract.from)),
             floor<days>(contract.zone.to_local(contract.to))};
  }

  void add(const Obligation& o) {
    const auto calendar = contract_.calendars.find(o.calendar);
    if (calendar == contract_.calendars.end()) return;
    calendar_ = &calendar->second;
    due_ = o.due, within_ = o.within, months_ = o.months, warn_ = o.warn;
    form_ = Instance{};
    form_.id = o.id, form_.title = o.title, form_.by = o.by, form_.round = o.round;
    form_.calendar = o.calendar, form_.evidence = o.evidence, form_.times = o.times;
    if (o.every == Every::event) return add_happenings(o.after);
    if (o.period.empty()) return add_scope(o, term_, "once");
    for (const auto& period : contract_.key_periods)
      if (period.id == o.period)
        for (const auto& run : occurrences(period, contract_, term_.from, term_.to - days{1}))
          add_scope(o, {run.from, run.to + days{1}}, day_name(run.from));
  }

  void add(const KeyPeriod& period) {
    const auto calendar = contract_.calendars.find(period.calendar);
    if (calendar == contract_.calendars.end()) return;
    calendar_ = &calendar->second;
    due_.reset(), within_.reset(), warn_.reset(), months_.clear();
    for (std::size_t n = 0; n < period.rounds.size(); ++n) {
      const auto& round = period.rounds[n];
      form_ = Instance{};
      form_.id = key_round_id(period, n + 1);
      form_.title = period.title, form_.calendar = period.calendar, form_.round = round.round;
      auto title = round.title;
      for (const auto& spec : contract_.rounds)
        if (spec.id == round.round) {
          form_.by = spec.inspector;
          if (title.zh.empty()) title = spec.title;
        }
      if (!title.zh.empty()) {
        form_.title.en = period.title.in(Lang::en) + " · " + title.in(Lang::en);
        form_.title.zh += " · " + title.zh;
      }
      for (const auto& run : occurrences(period, contract_, term_.from, term_.to - days{1}))
        for (auto day = run.from; day <= run.to; day += days{1})
          if (round.only.empty() ||
              std::any_of(round.only.begin(), round.only.end(),
                          [&](const DateRange& r) { return r.from <= day && day <= r.to; }))
            add_intervals(round.every, {day, day + days{1}});
    }
    add_tasks(period);
  }

  std::vector<Instance> take() {
    std::stable_sort(out_.begin(), out_.end(), [](const Instance& a, const Instance& b) {
      return a.due.value_or(Timestamp::max()) < b.due.value_or(Timestamp::max());
    });
    return std::move(out_);
  }

 private:
  // What is done in it, by its end; and who is on duty in it, arranged by its beginning.
  void add_tasks(const KeyPeriod& period) {
    if (period.tasks.empty() && !wants_duty(period)) return;
    const auto roles = duty_roles(contract_);
    for (const auto& run : occurrences(period, contract_, term_.from, term_.to - days{1})) {
      const auto start = midnight(run.from), end = midnight(run.to + days{1});
      const auto add = [&](std::string id, const Title& title) {
        form_ = Instance{};
        form_.id = std::move(id), form_.calendar = period.calendar;
        form_.title = {period.title.zh + " · " + title.zh,
                       period.title.in(Lang::en) + " · " + title.in(Lang::en)};
        if (!roles.empty()) form_.by = roles.front();
      };
      for (std::size_t n = 0; n < period.tasks.size(); ++n) {
        add(key_task_id(period, n + 1), period.tasks[n]);
        if (!passes_by(start, end)) put(day_name(run.from), start, end, start, contract_.from);
      }
      if (!wants_duty(period)) continue;
      add(key_duty_id(period), {text("duty.key.arranged", Lang::zh), text("duty.key.arranged", Lang::en)});
      Instance one = form_;
      one.period = day_name(run.from), one.start = start, one.due = start;
      one.opens = std::max(contract_.from, start - kAhead);
      one.until = start, one.looked_to = start;
      one.warn = {days{7}, days{1}};
      one.leaves_cover = calendar_->leaves_cover(start, end - Duration{1});
      if (start > from_ && start <= to_) out_.push_back(std::move(one));
    }
  }

  Timestamp midnight(Date d) const { return contract_.zone.to_utc(d); }

  void add_scope(const Obligation& o, Days scope, const std::string& once) {
    const auto& m = o.months;
    switch (o.every) {
      case Every::interval: {
        // A day or less begins anew each midnight when it divides the day, so that names are whole hours.
        const bool daily = days{1} % o.interval == Duration{0};
        if (!daily) return add_intervals(o.interval, scope);
        for (auto d = scope.from; d < scope.to; d += days{1}) add_intervals(o.interval, {d, d + days{1}});
        return;
      }
      case Every::day:
      case Every::working_day:
        for (auto d = scope.from; d < scope.to; d += days{1})
          if (in_months(m, d)) add_period(day_name(d), {d, d + days{1}});
        return;
      case Every::week: return add_weeks(weeks{1}, scope);
      case Every::fortnight: return add_weeks(weeks{2}, scope);
      case Every::month: {
        const auto ymd = year_month_day{scope.from};
        for (auto d = Date{ymd.year() / ymd.month() / 1}; d < scope.to; d = plus_months(d, 1))
          if (in_months(m, d)) add_cut(month_name(d), {d, plus_months(d, 1)}, scope);
        return;
      }
      case Every::quarter: return add_spans(3, scope);
      case Every::half_year: return add_spans(6, scope);
      case Every::year: return add_spans(12, scope);
      case Every::once:
        if (const auto narrowed = narrow(scope)) add_period(once, *narrowed);
        return;
      case Every::event: return;
    }
  }

  void add_weeks(weeks step, Days scope) {
    const auto monday = term_.from - (std::chrono::weekday{term_.from} - std::chrono::Monday);
    for (auto d = monday; d < scope.to; d += step)
      if (d + step > scope.from && in_months(months_, std::max(d, scope.from)))
        add_cut(week_name(d), {d, d + step}, scope);
  }

  // Quarters, half-years and years of the term.
  void add_spans(int length, Days scope) {
    for (int n = 0;; n += length) {
      const Days span{plus_months(term_.from, n), plus_months(term_.from, n + length)};
      if (span.from >= scope.to) return;
      if (span.to <= scope.from) continue;
      if (const auto narrowed = narrow({std::max(span.from, scope.from), std::min(span.to, scope.to)}))
        add_period(span_name(span.from, length), *narrowed);
    }
  }

  // The first run of days in listed months.
  std::optional<Days> narrow(Days span) const {
    if (months_.empty()) return span;
    auto from = span.from;
    while (from < span.to && !in_months(months_, from)) from += days{1};
    if (from >= span.to) return std::nullopt;
    auto to = from;
    while (to < span.to && in_months(months_, to)) to += days{1};
    return Days{from, to};
  }

  void add_cut(const std::string& name, Days whole, Days scope) {
    const Days cut{std::max(whole.from, scope.from), std::min(whole.to, scope.to)};
    if (cut.from < cut.to) add_period(name, cut);
  }

  void add_period(const std::string& name, Days span) {
    const auto start = midnight(span.from), end = midnight(span.to);
    if (passes_by(start, end)) return;
    bool worked = false;
    for (auto d = span.from; d < span.to && !worked; d += days{1}) worked = is_working_day(*calendar_, d);
    // When the holidays of these days are not known yet, the answer leans on the plain week either way.
    if (worked) put(name, start, end, start, contract_.from);
  }

  void add_intervals(Duration every, Days span) {
    const auto begin = midnight(span.from), end = midnight(span.to);
    if (every <= Duration{0} || passes_by(begin, end)) return;
    std::string last;
    for (auto t = begin; t < end; t += every) {
      if (!in_months(months_, floor<days>(contract_.zone.to_local(t)))) continue;
      const auto stop = std::min(t + every, end);
      auto name = minute_name(t, contract_.zone);
      if (name == last)
        name += 'b';  // the hour that daylight saving time gives twice
      else
        last = name;
      if (!passes_by(t, stop) && calendar_->working_between(t, stop) > Duration{0})
        put(name, t, stop, t, contract_.from);
    }
  }

  void add_happenings(const std::string& word) {
    // The day after which days are counted is the term's last one, not the midnight behind it.
    if (word == "term_end") return put_event(word, contract_.to, contract_.to - Duration{1}, contract_.from);
    if (word == "term_start") return put_event(word, contract_.from, contract_.from, contract_.from);
    std::set<std::string> names;
    for (const auto& happening : happenings_) {
      if (happening.word != word) continue;
      auto name = minute_name(happening.at, contract_.zone);
      // The same, recorded twice.
      if (names.insert(name).second) put_event(name, happening.at, happening.at, happening.known);
    }
  }
  void put_event(const std::string& name, Timestamp at, Timestamp day, Timestamp known) {
    put(name, due_ ? day : at, Timestamp::max(), at, known);
  }

  // Without a rule it is due at its period's end, so most need no more than a look.
  bool passes_by(Timestamp start, Timestamp end) const {
    if (due_ && looks_back(*due_)) return false;
    return start > to_ || (!due_ && !within_ && end <= from_);
  }

  Timestamp last_worked_before(Timestamp end) const {
    auto day = floor<days>(contract_.zone.to_local(end - Duration{1}));
    while (!is_working_day(*calendar_, day)) day -= days{1};  // there is one: add_period() looked
    return midnight(day);
  }

  void put(const std::string& name, Timestamp start, Timestamp end, Timestamp at, Timestamp known) {
    Instance one = form_;
    one.period = name, one.start = at, one.opens = at;
    one.looked_to = end == Timestamp::max() ? start : end - Duration{1};
    if (due_ || within_) {
      auto due = due_under(*calendar_, start, due_ ? Limit{*due_} : Limit{*within_});
      // The last working day of a week that the term cuts short is the last one before the cut.
      if (due_ && due_->form == DayRule::Form::last_working_day && due.at > end)
        due = due_under(*calendar_, last_worked_before(end), Limit{DayRule{.at = due_->at}});
      if (due.at != Timestamp::max()) one.due = due.at;
      if (due.looked_to != Timestamp::max()) one.looked_to = std::max(one.looked_to, due.looked_to);
    } else if (end != Timestamp::max()) {
      one.due = end;
    }
    if (one.due && *one.due < at) one.opens = std::min(*one.due, std::max(known, *one.due - kAhead));
    one.until = std::max(one.due.value_or(end), end);
    if (one.due) one.warn = warn_ ? *warn_ : usual_warning(*one.due - one.opens);
    one.leaves_cover = calendar_->leaves_cover(start, one.looked_to);
    if (one.due ? *one.due > from_ && *one.due <= to_ : one.opens <= to_) out_.push_back(std::move(one));
  }

  const Contract& contract_;
  const std::vector<Happening>& happenings_;
  Timestamp from_, to_;
  Days term_{};
  const WorkCalendar* calendar_ = nullptr;
  std::optional<DayRule> due_;
  std::optional<Duration> within_;
  std::vector<int> months_;
  std::optional<std::vector<Duration>> warn_;
  Instance form_;
  std::vector<Instance> out_;
};

}  // namespace

std::vector<Instance> instances(const Contract& contract, const std::vector<Happening>& happenings,
                                Timestamp from, Timestamp to) {
  Maker maker(contract, happenings, from, to);
  for (const auto& obligation : contract.obligations) maker.add(obligation);
  for (const auto& period : contract.key_periods) maker.add(period);
  return maker.take();
}

std::vector<Instance> instances_of(std::string_view name, const Contract& contract,
                                   const std::vector<Happening>& happenings, Timestamp from, Timestamp to) {
  Maker maker(contract, happenings, from, to);
  for (const auto& obligation : contract.obligations)
    if (obligation.id == name) maker.add(obligation);
  for (const auto& period : contract.key_periods)
    if (name.starts_with(period.id + ':')) maker.add(period);
  auto all = maker.take();
  std::erase_if(all, [&](const Instance& one) { return one.id != name; });
  return all;
}

std::string_view to_text(DutyState state) {
  switch (state) {
    case DutyState::upcoming: return "upcoming";
    case DutyState::due: return "due";
    case DutyState::done: return "done";
    case DutyState::late: return "late";
    case DutyState::missed: return "missed";
  }
  return "";
}

DutyStanding standing(const Instance& instance, const DutyRecords& records, Timestamp now) {
  DutyStanding out;
  out.what = instance;
  for (const auto& f : records.done)
    if (f.at <= now && f.obligation == instance.id && f.period == instance.period)
      out.proofs.push_back({f.at, f.evidence, f.person});
  if (!instance.round.empty())
    for (const auto& s : records.sheets) {
      const auto proved = s.proved.value_or(s.at);
      if (proved > now || s.round != instance.round || s.at < instance.opens || s.at >= instance.until)
        continue;
      // A person who names the sheet says nothing new.
      const bool named = std::any_of(out.proofs.begin(), out.proofs.end(),
                                     [&](const Proof& p) { return p.evidence == s.number; });
      if (!named) out.proofs.push_back({proved, s.number, ""});
    }
  std::stable_sort(out.proofs.begin(), out.proofs.end(),
                   [](const Proof& a, const Proof& b) { return a.at < b.at; });
  const auto needed = static_cast<std::size_t>(std::max(instance.times, 1));
  if (out.proofs.size() >= needed) {
    out.done = out.proofs[needed - 1].at;
    out.state = DutyState::done;
    if (instance.due && *out.done > *instance.due)
      out.state = DutyState::late, out.overdue = *out.done - *instance.due;
  } else if (instance.due && now > *instance.due) {
    out.state = DutyState::missed, out.overdue = now - *instance.due;
  } else {
    out.state = now < instance.opens ? DutyState::upcoming : DutyState::due;
  }
  return out;
}

std::vector<DutyStanding> standings(const Contract& contract, const DutyRecords& records, Timestamp from,
                                    Timestamp to, Timestamp now) {
  // By obligation, so that a year of daily ones does not look at all records each time.
  std::map<std::pair<std::string, std::string>, DutyRecords> of;
  for (const auto& f : records.done) of[{f.obligation, f.period}].done.push_back(f);
  std::map<std::string, std::vector<Sheet>> sheets;
  for (const auto& s : records.sheets) sheets[s.round].push_back(s);
  for (auto& [unused, list] : sheets)
    std::stable_sort(list.begin(), list.end(), [](const Sheet& a, const Sheet& b) { return a.at < b.at; });

  std::vector<DutyStanding> out;
  for (const auto& instance : instances(contract, records.happenings, from, to)) {
    DutyRecords mine;
    if (const auto it = of.find({instance.id, instance.period}); it != of.end()) mine.done = it->second.done;
    if (const auto it = sheets.find(instance.round); it != sheets.end())
      for (auto s = std::lower_bound(it->second.begin(), it->second.end(), instance.opens,
                                     [](const Sheet& a, Timestamp t) { return a.at < t; });
           s != it->second.end() && s->at < instance.until; ++s)
        mine.sheets.push_back(*s);
    out.push_back(standing(instance, mine, now));
  }
  return out;
}

std::vector<YearCount> year_counts(const Contract& contract, const DutyRecords& records, Timestamp now) {
  std::vector<YearCount> out;
  const auto first = floor<days>(contract.zone.to_local(contract.from));
  std::vector<DutyStanding> all;
  if (std::any_of(contract.obligations.begin(), contract.obligations.end(),
                  [](const Obligation& o) { return o.min_per_year > 0; }))
    all = standings(contract, records, contract.from - days{366}, contract.to + days{366}, now);
  for (const auto& o : contract.obligations) {
    if (o.min_per_year == 0) continue;
    for (int n = 0;; ++n) {
      YearCount year{o.id, o.title, contract.zone.to_utc(plus_months(first, 12 * n)),
                     std::min(contract.zone.to_utc(plus_months(first, 12 * n + 12)), contract.to),
                     o.min_per_year};
      if (year.from >= contract.to || year.from > now) break;
      for (const auto& one : all) {
        if (one.what.id != o.id || one.what.start < year.from || one.what.start >= year.to) continue;
        year.owed += one.what.times;
        year.done += static_cast<int>(one.proofs.size());
      }
      out.push_back(std::move(year));
    }
  }
  return out;
}

std::vector<std::string> happening_words(const Contract& contract) {
  std::set<std::string> words;
  for (const auto& o : contract.obligations)
    if (o.every == Every::event && o.after != "term_end" && o.after != "term_start") words.insert(o.after);
  return {words.begin(), words.end()};
}

bool leans_on_holiday_names(const Contract& contract) {
  return std::any_of(contract.key_periods.begin(), contract.key_periods.end(),
                     [](const KeyPeriod& p) { return !p.holidays.empty(); });
}

}  // namespace xj::domain
