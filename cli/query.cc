#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

#include "cli/query_ask.h"
#include "core/csv.h"
#include "core/width.h"

namespace xj::cli {
namespace {

constexpr std::array kLabels{"contract", "system", "check", "host", "item"};
constexpr std::array kSpent{"ok", "warning", "critical", "unknown", "silent", "maintenance"};
constexpr int kCurve = 40;  // columns of a curve where the width is not limited

// As many digits as a person reads.
std::string figure(double value) {
  char text[64];
  const auto size = std::fabs(value);
  const auto* form = size >= 1e15 ? "%.3g" : size >= 1'000 ? "%.0f" : size >= 1 ? "%.2f" : "%.3g";
  std::snprintf(text, sizeof text, form, value);
  std::string out = text;
  if (out.find('.') != std::string::npos && out.find('e') == std::string::npos) {
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.') out.pop_back();
  }
  return out;
}
std::string figure(const Json& value) { return value.is_number() ? figure(value.number_or(0)) : "-"; }

// Cut, not rounded: 99.999 is not 100. In whole numbers: a double of 57/200 is a little less than that.
std::string percent(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return "-";
  __extension__ using Wide = __int128;  // of times of many series
  const auto hundredths = static_cast<std::int64_t>(Wide{part} * 10'000 / whole);
  char text[32];
  std::snprintf(text, sizeof text, "%lld.%02lld%%", static_cast<long long>(hundredths / 100),
                static_cast<long long>(hundredths % 100));
  return text;
}

std::string available(const Json& of) {
  const auto up = of["ok_ms"].int_or(0) + of["warning_ms"].int_or(0);
  return percent(up, up + of["critical_ms"].int_or(0));
}

std::string span(const Json& ms) { return to_text(Duration{ms.int_or(0) / 1'000 * 1'000}); }

// What tells the lines apart: labels that are the same in all of them say nothing.
std::vector<std::string> telling(const Json& lines) {
  std::vector<std::string> out;
  for (const auto* label : kLabels) {
    const auto first = lines.at(0)[label].string_or("");
    const bool same = std::all_of(lines.items().begin(), lines.items().end(),
                                  [&](const Json& line) { return line[label].string_or("") == first; });
    if (!same) out.emplace_back(label);
  }
  // The contract and the system stand in a check's id.
  if (std::find(out.begin(), out.end(), "check") != out.end())
    std::erase_if(out, [](const std::string& label) { return label == "contract" || label == "system"; });
  return out;
}

std::string name_of(const Context& c, const Json& line, const std::vector<std::string>& labels) {
  std::string out;
  for (const auto& label : labels)
    if (const auto text = line[label].string_or(""); !text.empty())
      out += (out.empty() ? "" : " ") + printable(text);
  if (!out.empty()) return out;
  // One line alone: what it is about, nearest first.
  for (const auto* label : {"host", "item", "check", "system", "contract"})
    if (const auto text = line[label].string_or(""); !text.empty()) return printable(text);
  return c.t("query.all");
}

std::vector<double> values_of(const Json& line) {
  std::vector<double> values;
  for (const auto& value : line["values"].items())
    values.push_back(value.is_number() ? value.number_or(0) : std::nan(""));
  return values;
}

Timestamp begin_of(const Json& answer, std::size_t point) {
  return parse_iso(answer["from"].string_or("")).value_or(Timestamp{}) +
         Duration{answer["step_ms"].int_or(0)} * static_cast<std::int64_t>(point);
}

// The table, and what of it had no room.
void print_table(Context& c, const Table& table) {
  c.print(table);
  if (const auto left_out = table.left_out(c.width); !left_out.empty())
    paragraph(c, c.out, c.say({"query.left_out", {{"columns", joined(c, left_out)}}}));
}

// ---- metric ----

void print_points(Context& c, const Json& answer) {
  const Times times(c, answer);
  Table table({{times.title("query.col.from")}, {c.t("query.col.value"), Fit::keep, true}});
  const auto& values = answer["lines"].at(0)["values"];
  for (std::size_t i = 0; i < values.size(); ++i)
    table.add({times.shown(Json(to_iso(begin_of(answer, i)))), figure(values.at(i))});
  c.print(table);
}

void print_lines(Context& c, const Json& answer) {
  Table table({{c.t("query.col.line"), Fit::fold},
               {c.t("query.col.mean"), Fit::keep, true},
               {c.t("query.col.least"), Fit::drop, true},
               {c.t("query.col.greatest"), Fit::drop, true},
               {c.t("query.col.last"), Fit::drop, true},
               {c.t("query.col.points"), Fit::drop, true}});
  const auto labels = telling(answer["lines"]);
  for (const auto& line : answer["lines"].items()) {
    auto values = values_of(line);
    const auto all = values.size();
    std::erase_if(values, [](double v) { return std::isnan(v); });
    if (values.empty()) continue;
    const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
    table.add({name_of(c, line, labels), figure(line["mean"]), figure(*least), figure(*greatest),
               figure(values.back()), std::to_string(values.size()) + '/' + std::to_string(all)});
  }
  print_table(c, table);
}

// ---- curves ----

// The mean of what falls into each column; nothing where nothing does.
std::vector<double> squeezed(const std::vector<double>& values, std::size_t columns) {
  if (values.size() <= columns) return values;
  std::vector<double> out;
  for (std::size_t column = 0; column < columns; ++column) {
    double sum = 0;
    int count = 0;
    for (auto i = column * values.size() / columns; i < (column + 1) * values.size() / columns; ++i)
      if (!std::isnan(values[i])) sum += values[i], ++count;
    out.push_back(count > 0 ? sum / count : std::nan(""));
  }
  return out;
}

std::string curve(const std::vector<double>& values, double least, double greatest, bool unicode) {
  constexpr std::array blocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr std::array marks{"_", ".", "-", ":", "=", "+", "*", "#"};
  std::string out;
  for (const auto value : values) {
    if (std::isnan(value)) {
      out += ' ';
      continue;
    }
    const auto share = greatest > least ? (value - least) / (greatest - least) : 0.0;
    const auto step = std::min<std::size_t>(static_cast<std::size_t>(share * 8), 7);
    out += unicode ? blocks[step] : marks[step];
  }
  return out;
}

// All on one scale, so that they can be compared; as wide as the names and the figures leave room for.
void print_curves(Context& c, const Json& answer) {
  const auto labels = telling(answer["lines"]);
  int names = display_width(c.t("query.col.line")), figures = display_width(c.t("query.col.last"));
  double least = 0, greatest = 0;
  bool any = false;
  struct Curve {
    std::string name, last = "-";
    std::vector<double> values;
  };
  std::vector<Curve> curves;
  for (const auto& line : answer["lines"].items()) {
    auto& one = curves.emplace_back();
    one.name = name_of(c, line, labels), one.values = values_of(line);
    for (const auto value : one.values) {
      if (std::isnan(value)) continue;
      least = any ? std::min(least, value) : value;
      greatest = any ? std::max(greatest, value) : value;
      any = true;
      one.last = figure(value);
    }
    names = std::max(names, display_width(one.name));
    figures = std::max(figures, display_width(one.last));
  }
  if (figure(least) == figure(greatest)) greatest = least;  // no one sees where the difference is
  const int room = c.width > 0 ? c.width - names - figures - 4 : kCurve;  // two spaces between columns
  const auto columns = static_cast<std::size_t>(std::clamp(room, 8, 200));
  Table table({{c.t("query.col.line"), Fit::fold},
               {c.t("query.col.curve")},
               {c.t("query.col.last"), Fit::keep, true}});
  for (const auto& one : curves)
    table.add({one.name, curve(squeezed(one.values, columns), least, greatest, c.unicode), one.last});
  c.print(table);
  const Times times(c, answer);
  paragraph(c, c.out,
            c.say({"query.scale",
                   {{"least", figure(least)},
                    {"greatest", figure(greatest)},
                    {"from", times.shown(answer["from"])},
                    {"to", times.shown(answer["to"])}}}));
}

// ---- states ----

void print_availability(Context& c, const Json& answer) {
  std::vector<Column> columns{{c.t("query.col.line"), Fit::fold},
                              {c.t("query.col.availability"), Fit::keep, true}};
  for (const auto* kind : kSpent) {
    // Without them a share of what is known looks like one of all.
    const bool tells = kind == std::string_view("unknown") || kind == std::string_view("silent");
    columns.push_back({c.t(std::string("query.col.") + kind), tells ? Fit::keep : Fit::drop, true});
  }
  Table table(columns);
  const auto labels = telling(answer["lines"]);
  const Times times(c, answer);
  const auto row = [&](std::string name, const Json& of) {
    std::vector<Cell> cells{std::move(name), available(of)};
    for (const auto* kind : kSpent) {
      const auto& ms = of[std::string(kind) + "_ms"];
      cells.emplace_back(ms.int_or(0) > 0 ? span(ms) : "");
    }
    table.add(std::move(cells));
  };
  for (const auto& line : answer["lines"].items()) {
    row(name_of(c, line, labels), line);
    const auto& points = line["points"];
    for (std::size_t i = 0; i < points.size(); ++i)
      row("  " + times.shown(Json(to_iso(begin_of(answer, i)))), points.at(i));
  }
  print_table(c, table);
}

std::string lasted(const Json& silence) {
  const auto from = parse_iso(silence["from"].string_or("")),
             until = parse_iso(silence["until"].string_or(""));
  return from && until ? to_text(*until - *from) : "";
}

void print_completeness(Context& c, const Json& answer) {
  const Times times(c, answer);
  Table table({{c.t("query.col.line"), Fit::fold},
               {c.t("query.col.completeness"), Fit::keep, true},
               {c.t("query.col.expected"), Fit::keep, true},
               {c.t("query.col.received"), Fit::keep, true},
               {c.t("query.col.silences"), Fit::keep, true},
               {times.title("query.col.longest"), Fit::wrap, false, true}});
  const auto labels = telling(answer["lines"]);
  for (const auto& line : answer["lines"].items()) {
    const auto& longest = line["longest"].at(0);
    table.add({name_of(c, line, labels), percent(line["received"].int_or(0), line["expected"].int_or(0)),
               line["expected"].dump(), line["received"].dump(), line["silences"].dump(),
               longest.is_null() ? "" : times.shown(longest["from"]) + " +" + lasted(longest)});
  }
  c.print(table);
}

// ---- CSV, RFC 4180: a row a point, or a row a line ----

void csv_row(Context& c, const Json& line, const std::vector<std::string>& cells) {
  std::string out;
  for (const auto* label : kLabels) out += csv_field(printable(line[label].string_or(""))) + ',';
  for (const auto& cell : cells) out += csv_field(cell) + ',';
  out.back() = '\r';
  c.out << out << '\n';
}

void print_csv(Context& c, const Json& answer) {
  const auto view = answer["view"].string_or("");
  const std::vector<std::string> shares{"availability", "ok_ms",     "warning_ms",    "critical_ms",
                                        "unknown_ms",   "silent_ms", "maintenance_ms"};
  const std::vector<std::string> counts{"completeness", "expected", "received", "silences", "silent_ms"};
  std::vector<std::string> head;
  if (view != "completeness") head.emplace_back("from");
  if (view == "metric") head.emplace_back("value");
  if (view == "availability") head.insert(head.end(), shares.begin(), shares.end());
  if (view == "completeness") head = counts;
  Json names;
  for (const auto* label : kLabels) names.set(label, label);
  csv_row(c, names, head);
  const auto from = answer["from"].string_or("");
  const auto wall = parse_iso(from.substr(0, 19) + 'Z'), utc = parse_iso(from);
  const auto offset =
      wall && utc ? std::chrono::round<std::chrono::minutes>(*wall - *utc) : std::chrono::minutes{0};
  const auto time = [&](std::size_t point) { return to_iso(begin_of(answer, point), offset); };
  const auto cell = [](const Json& value) { return value.is_null() ? std::string{} : value.dump(); };
  const auto fields = [&](const Json& of, const std::vector<std::string>& wanted,
                          std::vector<std::string> cells) {
    for (const auto& name : wanted) cells.push_back(cell(of[name]));
    return cells;
  };
  for (const auto& line : answer["lines"].items()) {
    if (view == "completeness") {
      csv_row(c, line, fields(line, counts, {}));
    } else if (view == "availability") {
      const auto& points = line["points"];
      if (points.size() == 0) csv_row(c, line, fields(line, shares, {from}));
      for (std::size_t i = 0; i < points.size(); ++i)
        csv_row(c, line, fields(points.at(i), shares, {time(i)}));
    } else {
      const auto& values = line["values"];
      for (std::size_t i = 0; i < values.size(); ++i) csv_row(c, line, {time(i), cell(values.at(i))});
    }
  }
}

// What is not as it would be if all results were kept.
void say_what_is_gone(Context& c, const Json& answer, std::ostream& to) {
  if (answer["estimated"].bool_or(false)) paragraph(c, to, c.say({"query.estimated", {}}));
  const auto& gone = answer["not_kept"];
  if (!gone.is_object()) return;
  const auto first = gone["first"].string_or(""), last = gone["last"].string_or("");
  const auto* id = answer["view"].string_or("") != "metric" ? "query.not_kept"
                   : answer["over"].string_or("") == "rate" ? "query.no_rate"
                                                            : "query.hours_only";
  paragraph(c, to,
            c.say({id,
                   {{"days", std::to_string(gone["days"].int_or(0)) + 'd'},
                    {"span", printable(first == last ? first : first + " – " + last)}}}));
}

}  // namespace

int run_query(Context& c, const Arguments& a) {
  const auto answer = ask_query(c, a);
  const auto& lines = answer["lines"];
  const auto view = answer["view"].string_or("");
  Message why;
  // A program that asks again and again only where the answer would be a refusal.
  const bool for_programs = c.json || a.has("--csv");
  const bool may_be_metric = view != "metric" && a.words[0].find('.') != std::string::npos;
  if (lines.size() == 0 && (!for_programs || may_be_metric)) why = why_nothing(c, answer, a.words[0]);
  if (c.json) return c.print(answer), kOk;
  if (a.has("--csv")) return print_csv(c, answer), say_what_is_gone(c, answer, c.err), kOk;
  if (!why.empty()) {
    paragraph(c, c.out, c.say(why));
    say_what_is_gone(c, answer, c.out);
    return kOk;
  }
  if (view == "availability")
    print_availability(c, answer);
  else if (view == "completeness")
    print_completeness(c, answer);
  else if (a.has("--sparkline"))
    print_curves(c, answer);
  else if (lines.size() == 1)
    print_points(c, answer);
  else
    print_lines(c, answer);
  say_what_is_gone(c, answer, c.out);
  return kOk;
}

}  // namespace xj::cli
