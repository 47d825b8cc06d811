#include "checks/probe/nagios_output.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "core/wire.h"

namespace xj::checks {
namespace {

struct Uom {
  std::string_view name;
  std::string_view suffix;
  double factor;
};
constexpr std::array kUnits{Uom{"", "", 1},
                            Uom{"s", "_seconds", 1},
                            Uom{"ms", "_seconds", 1e-3},
                            Uom{"us", "_seconds", 1e-6},
                            Uom{"ns", "_seconds", 1e-9},
                            Uom{"%", "_percent", 1},
                            Uom{"c", "_total", 1},
                            Uom{"B", "_bytes", 1},
                            Uom{"KB", "_bytes", 1024.0},
                            Uom{"KiB", "_bytes", 1024.0},
                            Uom{"MB", "_bytes", 1048576.0},
                            Uom{"MiB", "_bytes", 1048576.0},
                            Uom{"GB", "_bytes", 1073741824.0},
                            Uom{"GiB", "_bytes", 1073741824.0},
                            Uom{"TB", "_bytes", 1099511627776.0},
                            Uom{"TiB", "_bytes", 1099511627776.0},
                            Uom{"PB", "_bytes", 1125899906842624.0}};

// A label as a metric name: [a-z0-9_.], everything else one underscore.
std::string metric_name(std::string_view label) {
  std::string out;
  for (const char c : label) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.')
      out += c;
    else if (c >= 'A' && c <= 'Z')
      out += static_cast<char>(c - 'A' + 'a');
    else if (out.empty() || out.back() != '_')
      out += '_';
  }
  while (out.size() > 1 && out.back() == '_') out.pop_back();
  if (label == "/") return "root";
  return out;
}

std::string with_suffix(std::string name, std::string_view suffix) {
  constexpr std::size_t kMost = 64;
  if (suffix.size() >= kMost / 2) suffix = suffix.substr(0, kMost / 2);
  if (name.ends_with(suffix)) suffix = {};
  name.resize(std::min(name.size(), kMost - suffix.size()));
  return name.append(suffix);
}

std::optional<Number> number(std::string_view text, std::size_t& used) {
  double value = 0;
  auto rest = text;
  if (rest.starts_with('+')) rest.remove_prefix(1);
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc{} || !std::isfinite(value)) return std::nullopt;
  used = static_cast<std::size_t>(end - text.data());
  const auto digits = std::string_view(rest.data(), static_cast<std::size_t>(end - rest.data()));
  std::int64_t whole = 0;
  if (const auto r = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
      r.ec == std::errc{} && r.ptr == digits.data() + digits.size())
    return Number{whole};
  return Number{value};
}

void add_value(std::string_view label, std::string_view value, std::vector<Metric>& into) {
  value = value.substr(0, value.find(';'));
  // Some locales write 0,25.
  std::string dotted(value);
  if (dotted.find('.') == std::string::npos) std::replace(dotted.begin(), dotted.end(), ',', '.');
  std::size_t used = 0;
  const auto n = number(dotted, used);  // "U" is the protocol's word for no value
  if (!n) return;
  const auto unit = std::string_view(dotted).substr(used);
  const auto known = std::find_if(kUnits.begin(), kUnits.end(), [&](const Uom& u) { return u.name == unit; });
  std::string name = metric_name(label);
  Number result = *n;
  if (known != kUnits.end()) {
    name = with_suffix(std::move(name), known->suffix);
    if (known->factor != 1) {
      const double scaled = as_double(*n) * known->factor;
      const bool whole = known->factor > 1 && std::fabs(scaled) < 9e15 && scaled == std::floor(scaled);
      result = whole ? Number{static_cast<std::int64_t>(scaled)} : Number{scaled};
      if (!std::isfinite(scaled)) return;
    }
  } else {
    name = with_suffix(std::move(name), "_" + metric_name(unit));
  }
  if (name.empty()) return;
  if (std::any_of(into.begin(), into.end(), [&](const Metric& m) { return m.name == name; })) return;
  into.push_back({std::move(name), result});
}

void parse_perfdata(std::string_view text, std::vector<Metric>& into) {
  std::size_t i = 0;
  const auto blank = [&] { return text[i] == ' ' || text[i] == '\t' || text[i] == '\r'; };
  while (i < text.size() && into.size() < kMaxPluginMetrics) {
    if (blank()) {
      ++i;
      continue;
    }
    std::string label;
    if (text[i] == '\'') {
      for (++i; i < text.size(); ++i) {
        if (text[i] != '\'') {
          label += text[i];
        } else if (i + 1 < text.size() && text[i + 1] == '\'') {  // '' is one quote
          label += '\'';
          ++i;
        } else {
          ++i;
          break;
        }
      }
    } else {
      while (i < text.size() && text[i] != '=' && !blank()) label += text[i++];
    }
    if (i >= text.size() || text[i] != '=') {
      while (i < text.size() && !blank()) ++i;  // no value: passed over
      continue;
    }
    const auto from = ++i;
    while (i < text.size() && !blank()) ++i;
    if (!label.empty()) add_value(label, text.substr(from, i - from), into);
  }
}

// At most kMaxText bytes, cut at a character, without control bytes.
std::string clean(std::string_view line) {
  std::string out;
  for (const char c : line) {
    if (out.size() >= wire::kMaxText) break;
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)
      out += c;
    else if (c == '\t')
      out += ' ';
  }
  if (out.size() >= wire::kMaxText) {
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0) == 0x80) out.pop_back();
    if (!out.empty()) out.pop_back();
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

NagiosOutput parse_nagios_output(std::string_view output) {
  // "text|perfdata", then lines of long text; after a second bar all the rest is performance data.
  NagiosOutput out;
  bool first = true, only_perfdata = false;
  while (!output.empty()) {
    const auto newline = output.find('\n');
    const auto line = output.substr(0, newline);
    output = newline == std::string_view::npos ? std::string_view{} : output.substr(newline + 1);
    if (only_perfdata) {
      parse_perfdata(line, out.metrics);
      continue;
    }
    const auto bar = line.find('|');
    auto text = clean(line.substr(0, bar));
    if (first)
      out.text = std::move(text);
    else if (out.long_text.size() < kMaxPluginLines && !(text.empty() && bar != std::string_view::npos))
      out.long_text.push_back(std::move(text));
    if (bar != std::string_view::npos) {
      parse_perfdata(line.substr(bar + 1), out.metrics);
      only_perfdata = !first;
    }
    first = false;
  }
  while (!out.long_text.empty() && out.long_text.back().empty()) out.long_text.pop_back();
  return out;
}

}  // namespace xj::checks
