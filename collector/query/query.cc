#include "collector/query/query.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "core/glob.h"

namespace xj::query {
namespace {

constexpr std::array kViews{"metric", "availability", "completeness"};
constexpr std::array kOvers{"avg", "min", "max", "sum", "count", "last", "rate", "p50", "p95", "p99"};
constexpr std::array kAcrosses{"none", "sum", "avg", "min", "max", "count"};
constexpr std::array kBys{"contract", "system", "check", "host", "item"};
constexpr std::array kWords{"what", "host",   "item", "from", "to",  "step",
                            "over", "across", "by",   "top",  "view"};
constexpr std::size_t kUsualPoints = 100;
constexpr std::array<Duration, 8> kSteps{Duration{60'000},      Duration{300'000},      Duration{900'000},
                                         Duration{3'600'000},   Duration{21'600'000},   Duration{86'400'000},
                                         Duration{604'800'000}, Duration{2'592'000'000}};

template <std::size_t N>
std::string listed(const std::array<const char*, N>& words) {
  std::string out;
  for (const auto* word : words) out += (out.empty() ? "" : ", ") + std::string(word);
  return out;
}

// What went wrong ends the reading of a query where it stands.
struct Wrong {
  Message message;
};
[[noreturn]] void wrong(std::string_view name, std::string_view given, std::string accepts) {
  throw Wrong{
      {"query.bad_word",
       {{"name", std::string(name)}, {"given", std::string(given)}, {"accepts", std::move(accepts)}}}};
}

class Reader {
 public:
  Reader(const Words& words, Timestamp now, const domain::Zone& zone)
      : words_(words), now_(now), zone_(zone) {}

  Query read() {
    for (const auto& [name, value] : words_) {
      if (std::find(kWords.begin(), kWords.end(), name) == kWords.end())
        throw Wrong{{"query.no_such_word", {{"name", name.substr(0, 64)}, {"known", listed(kWords)}}}};
      if (value.size() > kMaxText || value.find('\0') != std::string::npos)
        throw Wrong{{"query.long_word", {{"name", name}, {"most", std::to_string(kMaxText)}}}};
    }
    q_.view = choice<View>("view", kViews, View::metric);
    read_what();
    q_.host = text("host").empty() ? "*" : text("host");
    // A metric may stand in the result or in its items; a state of all of it stands in the result.
    q_.item = words_.contains("item") ? text("item") : q_.view == View::metric ? "*" : "";
    closed("host", q_.host);
    closed("item", q_.item);
    read_how();
    read_times();
    return q_;
  }

 private:
  std::string text(const char* name) const {
    const auto it = words_.find(name);
    return it == words_.end() ? std::string{} : it->second;
  }

  template <typename T, std::size_t N>
  T choice(const char* name, const std::array<const char*, N>& accepts, T fallback) const {
    const auto given = text(name);
    if (given.empty()) return fallback;
    const auto it = std::find(accepts.begin(), accepts.end(), given);
    if (it == accepts.end()) wrong(name, given, listed(accepts));
    return static_cast<T>(it - accepts.begin());
  }

  // "cpu.used_percent", "gov/oa/cpu.used_percent": the first dot behind the last slash.
  void read_what() {
    const auto what = text("what");
    if (what.empty()) wrong("what", what, q_.view == View::metric ? "CHECK.METRIC" : "CHECK");
    q_.check = what;
    if (q_.view != View::metric) return closed("what", q_.check);
    const auto slash = what.rfind('/');
    const auto dot = what.find('.', slash == std::string::npos ? 0 : slash + 1);
    if (dot == std::string::npos || dot + 1 == what.size() || dot == 0 || dot == slash + 1)
      wrong("what", what, "CHECK.METRIC");
    q_.check = what.substr(0, dot);
    q_.metric = what.substr(dot + 1);
    if (q_.metric.find_first_of("*?[") != std::string::npos)
      throw Wrong{{"query.metric_pattern", {{"name", "what"}, {"metric", q_.metric}}}};
    closed("what", q_.check);
  }

  void read_how() {
    q_.over = choice<Over>("over", kOvers, Over::avg);
    read_by();
    const auto usual = !q_.by.any()              ? Across::none
                       : q_.view != View::metric ? Across::sum
                       : q_.over == Over::min    ? Across::min
                       : q_.over == Over::max    ? Across::max
                       : q_.over == Over::sum    ? Across::sum
                       : q_.over == Over::count  ? Across::sum
                                                 : Across::avg;
    q_.across = choice<Across>("across", kAcrosses, usual);
    if (q_.by.any() && q_.across == Across::none) wrong("across", "none", "sum, avg, min, max, count");
    if (q_.view != View::metric) {
      if (q_.across != Across::none && q_.across != Across::sum) wrong("across", text("across"), "none, sum");
      refuse("query.only_metrics", "over");
    }
    const auto top = text("top");
    if (top.empty()) return;
    std::size_t n = 0;
    const auto [end, error] = std::from_chars(top.data(), top.data() + top.size(), n);
    if (error != std::errc{} || end != top.data() + top.size() || n < 1 || n > kMaxLines)
      wrong("top", top, "1-" + std::to_string(kMaxLines));
    q_.top = n;
  }

  void read_by() {
    std::string_view rest;
    const auto all = text("by");
    for (rest = all; !rest.empty();) {
      const auto comma = rest.find(',');
      const auto one = rest.substr(0, comma);
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
      bool* const flags[] = {&q_.by.contract, &q_.by.system, &q_.by.check, &q_.by.host, &q_.by.item};
      const auto it = std::find(kBys.begin(), kBys.end(), one);
      if (it == kBys.end()) wrong("by", one, listed(kBys));
      *flags[it - kBys.begin()] = true;
    }
  }

  static void closed(const char* name, const std::string& pattern) {
    if (has_open_set(pattern)) throw Wrong{{"query.open_set", {{"name", name}, {"given", pattern}}}};
  }

  // What a view has no use for.
  void refuse(const char* id, const char* name) const {
    if (!text(name).empty())
      throw Wrong{{id, {{"name", name}, {"with", "view=" + std::string(to_text(q_.view))}}}};
  }

  struct Instant {
    Timestamp at;
    bool ago = false;
  };
  std::optional<Instant> instant(const char* name) const {
    const auto given = text(name);
    if (given.empty()) return std::nullopt;
    if (const auto at = parse_iso(given)) return Instant{*at};
    if (const auto ago = parse_duration(given)) {
      if (*ago <= kMaxRange) return Instant{now_ - *ago, true};
      throw Wrong{{"query.far_back", {{"name", name}, {"given", given}, {"most", xj::to_text(kMaxRange)}}}};
    }
    const auto today = to_iso(now_, zone_.offset_at(now_)).substr(0, 10);
    if (const auto wall = parse_wall(given.size() == 10 ? given + " 00:00" : given, today))
      return Instant{zone_.to_utc(std::chrono::local_time<Duration>{wall->time_since_epoch()})};
    wrong(name, given, "7d, 2026-09-30, 2026-09-30 16:30, 16:30, 2026-09-30T16:30:00+08:00");
  }

  void read_times() {
    q_.to = std::min(instant("to").value_or(Instant{now_}).at, now_);
    const auto from = instant("from").value_or(Instant{q_.to - Duration{86'400'000}, true});
    q_.from = from.at;
    if (q_.from >= q_.to || q_.to - q_.from > kMaxRange || to_ms(q_.from) < 0)
      throw Wrong{{"query.no_range",
                   {{"from", to_iso(q_.from, zone_.offset_at(q_.from))},
                    {"to", to_iso(q_.to, zone_.offset_at(q_.to))},
                    {"most", xj::to_text(kMaxRange)}}}};
    read_step();
    if (from.ago && q_.step < q_.to - q_.from) {  // whole steps of the clock on the wall
      const auto wall = zone_.to_local(q_.from);
      q_.from = zone_.to_utc(wall - wall.time_since_epoch() % q_.step);
    }
    if (q_.points() > kMaxPoints)
      throw Wrong{{"query.many_points",
                   {{"points", std::to_string(q_.points())}, {"most", std::to_string(kMaxPoints)}}}};
  }

  void read_step() {
    const auto given = text("step");
    const auto length = q_.to - q_.from;
    if (q_.view == View::completeness) {
      refuse("query.no_steps", "step");
      q_.step = length;
    } else if (given.empty() && q_.view == View::availability) {
      q_.step = length;
    } else if (given.empty()) {
      const auto fits = [&](Duration step) {
        return length / step <= static_cast<std::int64_t>(kUsualPoints);
      };
      const auto it = std::find_if(kSteps.begin(), kSteps.end(), fits);
      q_.step = it == kSteps.end() ? kSteps.back() : *it;
    } else {
      const auto step = parse_duration(given);
      if (!step || *step < Duration{1'000} || *step > kMaxRange || *step % Duration{1'000} != Duration{0})
        wrong("step", given, "1s, 5m, 1h, 1d");
      q_.step = *step;
    }
  }

  const Words& words_;
  Timestamp now_;
  const domain::Zone& zone_;
  Query q_;
};

}  // namespace

std::string_view to_text(View view) { return kViews[static_cast<std::size_t>(view)]; }
std::string_view to_text(Over over) { return kOvers[static_cast<std::size_t>(over)]; }
std::string_view to_text(Across across) { return kAcrosses[static_cast<std::size_t>(across)]; }

std::variant<Query, Message> parse_query(const Words& words, Timestamp now, const domain::Zone& zone) {
  try {
    return Reader(words, now, zone).read();
  } catch (const Wrong& found) {
    return found.message;
  }
}

}  // namespace xj::query
