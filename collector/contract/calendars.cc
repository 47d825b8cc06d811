#include "collector/contract/calendars.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "config/document.h"

namespace xj::collector {
namespace {

using std::chrono::minutes;

// Exactly `digits` digits at the front of `text`, which moves past them.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}
bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}
std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

constexpr minutes hm(int h, int m = 0) { return minutes{h * 60 + m}; }

struct Builtin {
  std::string_view name;
  bool always, every_day, office_hours;
};
constexpr std::array<Builtin, 4> kBuiltins{{{"7x24", true, false, false},
                                            {"7x8", false, true, true},
                                            {"5x8", false, false, true},
                                            {"workday", false, false, false}}};

constexpr std::size_t kMaxBytes = 1u << 20;

struct CsvReader {
  const std::string& file;
  Problems& problems;
  domain::HolidayTable table;
  std::map<domain::Date, int> lines;
  bool header_seen = false;

  void problem(int line, int column, Message what) {
    problems.push_back({{file, line, column}, std::move(what)});
  }

  // "# edition: cn-2026-1", "# covers: 2021-01-01 to 2026-12-31"; other comments are for people.
  void comment(std::string_view text, int line) {
    text = trimmed(text.substr(1));
    if (text.starts_with("edition:")) {
      table.edition = trimmed(text.substr(8));
      if (table.edition.empty() || table.edition.size() > 64)
        problem(line, 1, {"config.holidays.edition", {}});
    } else if (text.starts_with("covers:")) {
      text = trimmed(text.substr(7));
      const auto gap = text.find(" to ");
      const auto from = parse_date(trimmed(text.substr(0, gap)));
      const auto to =
          gap == std::string_view::npos ? std::nullopt : parse_date(trimmed(text.substr(gap + 4)));
      if (!from || !to || *to < *from)
        problem(line, 1, {"config.holidays.covers", {{"value", std::string(text)}}});
      else
        table.covers_from = *from, table.covers_to = *to;
    }
  }

  void row(std::string_view text, int line) {
    const auto first = text.find(',');
    const auto second = first == std::string_view::npos ? first : text.find(',', first + 1);
    if (second == std::string_view::npos || text.find(',', second + 1) != std::string_view::npos) {
      problem(line, 1, {"config.holidays.row", {{"value", std::string(text.substr(0, 60))}}});
      return;
    }
    const auto date_text = trimmed(text.substr(0, first));
    const auto type = trimmed(text.substr(first + 1, second - first - 1));
    const auto date = parse_date(date_text);
    if (!date) {
      problem(line, 1, {"config.holidays.date", {{"value", std::string(date_text)}}});
      return;
    }
    if (type != "holiday" && type != "workday") {
      problem(line, static_cast<int>(first) + 2, {"config.holidays.type", {{"value", std::string(type)}}});
      return;
    }
    if (const auto [before, fresh] = lines.emplace(*date, line); !fresh) {
      problem(line, 1,
              {"config.holidays.twice",
               {{"value", std::string(date_text)}, {"line", std::to_string(before->second)}}});
      return;
    }
    const std::chrono::weekday weekday{*date};
    const bool weekend = weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
    if (type == "workday" && !weekend)
      problems.push_back(
          {{file, line, 1}, {"config.holidays.plain_workday", {{"value", std::string(date_text)}}}, true});
    table.working.emplace(*date, type == "workday");
    if (const auto name = trimmed(text.substr(second + 1)); !name.empty()) table.names.emplace(*date, name);
  }

  void line_read(std::string_view text, int line) {
    text = trimmed(text);
    if (text.empty()) return;
    if (text.front() == '#') {
      comment(text, line);
    } else if (!header_seen) {
      header_seen = true;
      if (text != "date,type,name") problem(line, 1, {"config.holidays.header", {}});
    } else {
      row(text, line);
    }
  }

  void finish() {
    if (table.working.empty() && !has_errors(problems)) problem(0, 0, {"config.holidays.none", {}});
    if (table.edition.empty()) {
      problem(0, 0, {"config.holidays.edition", {}});
    }
    if (table.covers_from == domain::Date{} && !table.working.empty()) {
      // Whole years, as they are announced.
      const std::chrono::year_month_day first{table.working.begin()->first},
          last{table.working.rbegin()->first};
      table.covers_from = domain::Date{first.year() / 1 / 1};
      table.covers_to = domain::Date{last.year() / 12 / 31};
    }
    for (const auto& [date, works] : table.working)
      if (!table.covers(date)) {
        problem(lines[date], 1, {"config.holidays.outside", {{"value", to_text(date)}}});
        break;
      }
  }
};

}  // namespace

std::optional<domain::Date> parse_date(std::string_view text) {
  const auto y = take_digits(text, 4);
  if (!y || !take(text, '-')) return std::nullopt;
  const auto m = take_digits(text, 2);
  if (!m || !take(text, '-')) return std::nullopt;
  const auto d = take_digits(text, 2);
  if (!d || !text.empty()) return std::nullopt;
  const std::chrono::year_month_day ymd{std::chrono::year{*y}, std::chrono::month{static_cast<unsigned>(*m)},
                                        std::chrono::day{static_cast<unsigned>(*d)}};
  if (!ymd.ok() || *y < 1970 || *y > 2199) return std::nullopt;
  return domain::Date{ymd};
}

std::string to_text(domain::Date date) {
  const std::chrono::year_month_day ymd{date};
  char text[40];
  const int used = std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(ymd.year()),
                                 static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
  return std::string(text, static_cast<std::size_t>(used));
}

std::optional<domain::DaySegment> parse_day_segment(std::string_view text) {
  const auto time = [&]() -> std::optional<minutes> {
    const auto h = take_digits(text, 2);
    if (!h || !take(text, ':')) return std::nullopt;
    const auto m = take_digits(text, 2);
    if (!m || *m > 59 || *h > 24 || (*h == 24 && *m != 0)) return std::nullopt;
    return hm(*h, *m);
  };
  const auto from = time();
  if (!from || !take(text, '-')) return std::nullopt;
  const auto to = time();
  if (!to || !text.empty() || *to <= *from) return std::nullopt;
  return domain::DaySegment{*from, *to};
}

domain::HolidayTable read_holidays(std::string_view csv, const std::string& file, Problems& problems) {
  CsvReader reader{file, problems, {}, {}};
  if (csv.size() > kMaxBytes) {
    reader.problem(0, 0, {"config.too_large", {{"limit", std::to_string(kMaxBytes)}}});
    return {};
  }
  if (csv.starts_with("\xEF\xBB\xBF")) csv.remove_prefix(3);
  // A spreadsheet's GBK would turn the names of the days into rubbish on every document.
  if (!config::is_plain_text(csv, file, problems)) return {};
  int number = 0;
  while (!csv.empty()) {
    const auto end = csv.find('\n');
    reader.line_read(csv.substr(0, end), ++number);
    if (end == std::string_view::npos) break;
    csv.remove_prefix(end + 1);
  }
  reader.finish();
  return std::move(reader.table);
}

domain::HolidayTable load_holidays(const std::string& path, Problems& problems) {
  const auto bytes = config::read_bytes(path, kMaxBytes, problems);
  return bytes ? read_holidays(*bytes, path, problems) : domain::HolidayTable{};
}

void merge_holidays(domain::HolidayTable& into, const domain::HolidayTable& more) {
  if (into.working.empty()) {
    into = more;
    return;
  }
  if (more.working.empty()) return;
  into.edition += '+' + more.edition;
  // A gap between two covers is not covered, but one interval is all there is to say; the later, joined when
  // they touch or overlap.
  if (more.covers_from <= into.covers_to + std::chrono::days{1} &&
      into.covers_from <= more.covers_to + std::chrono::days{1}) {
    into.covers_from = std::min(into.covers_from, more.covers_from);
    into.covers_to = std::max(into.covers_to, more.covers_to);
  } else if (more.covers_to > into.covers_to) {
    into.covers_from = more.covers_from;
    into.covers_to = more.covers_to;
  }
  for (const auto& [date, works] : more.working) into.working.insert_or_assign(date, works);
  for (const auto& [date, name] : more.names) into.names.insert_or_assign(date, name);
}

std::optional<domain::HolidayTable> updated_holidays(const domain::HolidayTable& now,
                                                     const domain::HolidayTable& news) {
  if (now.working.empty()) return news;
  if (news.covers_from > now.covers_to + std::chrono::days{1} ||
      now.covers_from > news.covers_to + std::chrono::days{1})
    return std::nullopt;
  domain::HolidayTable out = news;
  out.covers_from = std::min(now.covers_from, news.covers_from);
  out.covers_to = std::max(now.covers_to, news.covers_to);
  for (const auto& [date, works] : now.working) {
    if (news.covers(date)) continue;
    out.working.emplace(date, works);
    if (const auto name = now.names.find(date); name != now.names.end()) out.names.insert(*name);
  }
  return out;
}

std::string write_holidays(const domain::HolidayTable& table) {
  std::string out = "# edition: " + table.edition + "\n# covers: " + to_text(table.covers_from) + " to " +
                    to_text(table.covers_to) + "\ndate,type,name\n";
  for (const auto& [date, works] : table.working) {
    const auto name = table.names.find(date);
    out += to_text(date) + (works ? ",workday," : ",holiday,") +
           (name == table.names.end() ? std::string{} : name->second) + '\n';
  }
  return out;
}

std::optional<domain::WorkCalendar> builtin_calendar(std::string_view name) {
  for (const auto& b : kBuiltins) {
    if (b.name != name) continue;
    domain::WorkCalendar calendar;
    calendar.id = name;
    calendar.always = b.always;
    calendar.every_day = b.every_day;
    if (b.office_hours)
      calendar.segments = {{hm(9), hm(12)}, {hm(13), hm(18)}};
    else
      calendar.segments = {{hm(0), hm(24)}};
    return calendar;
  }
  return std::nullopt;
}

std::vector<std::string> builtin_calendar_names() {
  std::vector<std::string> names;
  for (const auto& b : kBuiltins) names.emplace_back(b.name);
  return names;
}

}  // namespace xj::collector
