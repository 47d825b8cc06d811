#include "core/time.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>

namespace xj {
namespace {

using namespace std::chrono;

// Reads exactly `digits` decimal digits at `pos` and moves past them.
std::optional<int> fixed_digits(std::string_view text, std::size_t& pos, std::size_t digits) {
  if (pos + digits > text.size()) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const char c = text[pos + i];
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  pos += digits;
  return value;
}

bool take(std::string_view text, std::size_t& pos, char wanted) {
  if (pos >= text.size() || text[pos] != wanted) return false;
  ++pos;
  return true;
}

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
constexpr std::array<Unit, 6> kUnits{
    {{"w", 604'800'000}, {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

}  // namespace

Timestamp SystemClock::now() const { return time_point_cast<Duration>(system_clock::now()); }
MonoTime SystemClock::mono() const { return time_point_cast<Duration>(steady_clock::now()); }

std::string to_iso(Timestamp t, minutes offset) {
  const auto local = t + offset;
  const auto day = floor<days>(local);
  const year_month_day ymd{day};
  const hh_mm_ss time{local - day};
  char text[48];
  int used = std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(ymd.year()),
                           static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                           static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                           static_cast<int>(time.seconds().count()));
  std::string out(text, static_cast<std::size_t>(used));
  if (const auto ms = time.subseconds().count(); ms != 0) {
    used = std::snprintf(text, sizeof text, ".%03d", static_cast<int>(ms));
    out.append(text, static_cast<std::size_t>(used));
  }
  if (offset == minutes{0}) return out + "Z";
  const auto total = offset.count() < 0 ? -offset.count() : offset.count();
  used = std::snprintf(text, sizeof text, "%c%02d:%02d", offset.count() < 0 ? '-' : '+',
                       static_cast<int>(total / 60), static_cast<int>(total % 60));
  return out.append(text, static_cast<std::size_t>(used));
}

std::optional<Timestamp> parse_iso(std::string_view text) {
  std::size_t pos = 0;
  const auto y = fixed_digits(text, pos, 4);
  if (!y || !take(text, pos, '-')) return std::nullopt;
  const auto mo = fixed_digits(text, pos, 2);
  if (!mo || !take(text, pos, '-')) return std::nullopt;
  const auto d = fixed_digits(text, pos, 2);
  if (!d || !(take(text, pos, 'T') || take(text, pos, ' '))) return std::nullopt;
  const auto h = fixed_digits(text, pos, 2);
  if (!h || !take(text, pos, ':')) return std::nullopt;
  const auto mi = fixed_digits(text, pos, 2);
  if (!mi) return std::nullopt;
  int s = 0, ms = 0;
  if (take(text, pos, ':')) {
    const auto seconds_read = fixed_digits(text, pos, 2);
    if (!seconds_read) return std::nullopt;
    s = *seconds_read;
    if (take(text, pos, '.')) {
      int scale = 100;
      const std::size_t start = pos;
      while (pos < text.size() && text[pos] >= '0' && text[pos] <= '9') {
        ms += (text[pos++] - '0') * scale;
        scale /= 10;
      }
      if (pos == start || pos - start > 9) return std::nullopt;
    }
  }
  minutes offset{0};
  if (!take(text, pos, 'Z')) {
    const bool minus = take(text, pos, '-');
    if (!minus && !take(text, pos, '+')) return std::nullopt;
    const auto oh = fixed_digits(text, pos, 2);
    if (!oh) return std::nullopt;
    take(text, pos, ':');
    const auto om = fixed_digits(text, pos, 2);
    if (!om || *oh > 14 || *om > 59) return std::nullopt;
    offset = hours{*oh} + minutes{*om};
    if (minus) offset = -offset;
  }
  if (pos != text.size() || *y < 1970 || *h > 23 || *mi > 59 || s > 59) return std::nullopt;
  const year_month_day ymd{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
  if (!ymd.ok()) return std::nullopt;
  return Timestamp{sys_days{ymd}} + hours{*h} + minutes{*mi} + seconds{s} + milliseconds{ms} - offset;
}

std::optional<Timestamp> parse_wall(std::string_view text, std::string_view today) {
  std::string whole;
  if (text.size() > 2 && text[2] == ':') whole = std::string(today) + 'T';
  whole += text;
  return parse_iso(whole + 'Z');
}

std::optional<Duration> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  while (!text.empty()) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || count < 0 || text.front() == '-') return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::size_t letters = 0;
    while (letters < text.size() && text[letters] >= 'a' && text[letters] <= 'z') ++letters;
    const auto name = text.substr(0, letters);
    std::int64_t unit = 0;
    for (const auto& u : kUnits)
      if (u.name == name) unit = u.ms;
    if (unit == 0) return std::nullopt;
    text.remove_prefix(letters);
    if (count > (std::numeric_limits<std::int64_t>::max() / 4 - total) / unit) return std::nullopt;
    total += count * unit;
  }
  return Duration{total};
}

std::string to_text(Duration d) {
  if (d.count() == 0) return "0s";
  std::string out = d.count() < 0 ? "-" : "";
  std::int64_t left = d.count() < 0 ? -d.count() : d.count();
  for (const auto& u : kUnits) {
    if (u.name == "w") continue;  // people read 14d, not 2w
    if (left >= u.ms) {
      out += std::to_string(left / u.ms);
      out += u.name;
      left %= u.ms;
    }
  }
  return out;
}

}  // namespace xj
