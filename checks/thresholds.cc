#include "checks/thresholds.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace xj::checks {
namespace {

// One decimal, none when it is zero: 91.3, 90.
std::string short_number(double value) {
  auto text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

std::string bytes_text(double value) {
  static constexpr std::array<const char*, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (std::fabs(value) >= 1024 && unit + 1 < units.size()) value /= 1024, ++unit;
  return short_number(value) + units[unit];
}

bool beyond(const Threshold& t, double value, double limit) {
  return t.above ? value > limit : value < limit;
}
bool beyond_or_near(const Threshold& t, double value, double limit) {
  return t.above ? value >= limit - t.clear : value <= limit + t.clear;
}

}  // namespace

std::string format(double value, Unit unit) {
  switch (unit) {
    case Unit::percent: return short_number(value) + "%";
    case Unit::bytes: return bytes_text(value);
    case Unit::bytes_per_s: return bytes_text(value) + "/s";
    case Unit::per_s: return short_number(value) + "/s";
    case Unit::ms: return value >= 10'000 ? short_number(value / 1000) + "s" : short_number(value) + "ms";
    case Unit::seconds: return to_text(Duration{std::llround(value) * 1000});
    case Unit::days: return short_number(value) + "d";
    case Unit::count: return fmt::format("{:.0f}", value);
    case Unit::number: {
      auto text = fmt::format("{:.2f}", value);
      while (text.back() == '0') text.pop_back();
      if (text.back() == '.') text.pop_back();
      return text;
    }
  }
  return {};
}

State judge(const Threshold& t, double value, State previous) {
  const bool held_crit = previous == State::critical && t.clear > 0;
  const bool held_warn = (previous == State::critical || previous == State::warning) && t.clear > 0;
  if (t.crit && (beyond(t, value, *t.crit) || (held_crit && beyond_or_near(t, value, *t.crit))))
    return State::critical;
  if (t.warn && (beyond(t, value, *t.warn) || (held_warn && beyond_or_near(t, value, *t.warn))))
    return State::warning;
  return State::ok;
}

Message explain(const Threshold& t, double value, State state) {
  if (state != State::warning && state != State::critical) return {};
  const double limit = state == State::critical ? *t.crit : *t.warn;
  const bool held = !beyond(t, value, limit);
  Message::Args args{{"what", "@" + std::string(t.what_id)},
                     {"value", format(value, t.unit)},
                     {"limit", format(limit, t.unit)}};
  if (held) {
    args.emplace_back("back", format(t.above ? limit - t.clear : limit + t.clear, t.unit));
    return {t.above ? "checks.held_above" : "checks.held_below", std::move(args)};
  }
  return {t.above ? "checks.above" : "checks.below", std::move(args)};
}

State ThresholdMemory::get(std::string_view item, std::string_view what) const {
  for (const auto& e : entries_)
    if (e.item == item && e.what == what) return e.state;
  return State::ok;
}

void ThresholdMemory::set(std::string_view item, std::string_view what, State state) {
  for (auto it = entries_.begin(); it != entries_.end(); ++it)
    if (it->item == item && it->what == what) {
      if (state == State::ok)
        entries_.erase(it);
      else
        it->state = state;
      return;
    }
  if (state != State::ok) entries_.push_back({std::string(item), std::string(what), state});
}

void ThresholdMemory::keep_only(const std::vector<Item>& items) {
  std::erase_if(entries_, [&](const Entry& e) {
    return !e.item.empty() &&
           std::none_of(items.begin(), items.end(), [&](const Item& i) { return i.key == e.item; });
  });
}

void apply(const Threshold& t, double value, ThresholdMemory& memory, std::string_view item, State& state,
           Message& msg) {
  if (t.empty()) return;
  const State now = judge(t, value, memory.get(item, t.what_id));
  memory.set(item, t.what_id, now);
  if (now == State::ok) return;
  const State worst = worse(state, now);
  if (worst != state || msg.empty()) msg = explain(t, value, now);
  state = worst;
}

void summarize_items(CheckOutcome& outcome) {
  const Item* worst = nullptr;
  std::size_t bad = 0;
  for (const auto& item : outcome.items) {
    if (item.state == State::ok) continue;
    ++bad;
    if (worst == nullptr || (item.state != worst->state && worse(item.state, worst->state) == item.state))
      worst = &item;
  }
  if (worst == nullptr) return;
  outcome.state = worse(outcome.state, worst->state);
  const auto more = bad > 1 ? fmt::format(" (+{})", bad - 1) : std::string{};
  if (worst->msg.id.empty()) {
    outcome.msg = Message::literal(worst->key + ": " + render(worst->msg, Lang::en) + more);
    return;
  }
  // Every message an item can carry has a sibling that names the item; a test holds that.
  outcome.msg = worst->msg;
  outcome.msg.id += ".of";
  outcome.msg.args.emplace_back("item", worst->key);
  outcome.msg.args.emplace_back("more", more);
}

namespace {

template <typename Get>
Threshold read_threshold(const Params& params, std::string_view warn, std::string_view crit,
                         std::string_view what_id, Unit unit, Get get) {
  Threshold t;
  t.what_id = what_id;
  t.unit = unit;
  if (!warn.empty() && params.has(warn)) t.warn = get(warn);
  if (!crit.empty() && params.has(crit)) t.crit = get(crit);
  return t;
}

}  // namespace

Threshold percent_threshold(const Params& params, std::string_view warn, std::string_view crit,
                            std::string_view clear, std::string_view what_id) {
  auto t = read_threshold(params, warn, crit, what_id, Unit::percent,
                          [&](std::string_view name) { return params.percent(name); });
  if (!clear.empty() && params.has(clear)) t.clear = params.percent(clear);
  return t;
}

Threshold number_threshold(const Params& params, std::string_view warn, std::string_view crit,
                           std::string_view clear, std::string_view what_id, Unit unit) {
  auto t = read_threshold(params, warn, crit, what_id, unit,
                          [&](std::string_view name) { return params.number(name); });
  if (!clear.empty() && params.has(clear)) t.clear = params.number(clear);
  return t;
}

Threshold bytes_threshold(const Params& params, std::string_view warn, std::string_view crit,
                          std::string_view what_id, Unit unit) {
  return read_threshold(params, warn, crit, what_id, unit,
                        [&](std::string_view name) { return static_cast<double>(params.bytes(name)); });
}

Threshold duration_threshold(const Params& params, std::string_view warn, std::string_view crit,
                             std::string_view what_id, Unit unit) {
  const double scale = unit == Unit::days ? 86'400'000.0 : unit == Unit::seconds ? 1000.0 : 1.0;
  return read_threshold(params, warn, crit, what_id, unit, [&](std::string_view name) {
    return static_cast<double>(params.duration(name).count()) / scale;
  });
}

void check_order(const Threshold& t, std::string_view warn, std::string_view crit, const Place& place,
                 Problems& problems) {
  if (!t.warn || !t.crit) return;
  if (t.above ? *t.crit >= *t.warn : *t.crit <= *t.warn) return;
  problems.push_back({place,
                      {t.above ? "checks.order_above" : "checks.order_below",
                       {{"warn", std::string(warn)},
                        {"crit", std::string(crit)},
                        {"warn_value", format(*t.warn, t.unit)},
                        {"crit_value", format(*t.crit, t.unit)}}}});
}

Problem not_one_of(std::string_view name, std::string value, std::string_view known, const Place& place) {
  return {place,
          {"checks.one_of",
           {{"name", std::string(name)}, {"value", std::move(value)}, {"known", std::string(known)}}}};
}

void check_range(const Params& params, std::string_view name, std::int64_t low, std::int64_t high,
                 const Place& place, Problems& problems) {
  const auto value = params.integer(name);
  if (value < low || value > high)
    problems.push_back(
        not_one_of(name, std::to_string(value), std::to_string(low) + " - " + std::to_string(high), place));
}

void check_size(const Params& params, std::string_view name, std::int64_t low, std::int64_t high,
                const Place& place, Problems& problems) {
  const auto shown = [](std::int64_t bytes) { return format(static_cast<double>(bytes), Unit::bytes); };
  const auto value = params.bytes(name);
  if (value < low || value > high)
    problems.push_back(not_one_of(name, shown(value), shown(low) + " - " + shown(high), place));
}

void check_absolute(std::string_view name, const std::string& path, const Place& place, Problems& problems) {
  if (!path.starts_with('/')) problems.push_back(not_one_of(name, path, "@checks.absolute_path", place));
}

}  // namespace xj::checks
