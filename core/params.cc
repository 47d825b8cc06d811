#include "core/params.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace xj {
namespace {

template <typename T>
std::optional<T> whole_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if constexpr (std::is_floating_point_v<T>)
    if (!std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<bool> parse_flag(std::string_view text) {
  if (text == "true" || text == "yes" || text == "on") return true;
  if (text == "false" || text == "no" || text == "off") return false;
  return std::nullopt;
}

std::string_view accepted_id(ParamType type) {
  switch (type) {
    case ParamType::text: return "core.accepts.text";
    case ParamType::integer: return "core.accepts.integer";
    case ParamType::number: return "core.accepts.number";
    case ParamType::percent: return "core.accepts.percent";
    case ParamType::duration: return "core.accepts.duration";
    case ParamType::bytes: return "core.accepts.bytes";
    case ParamType::flag: return "core.accepts.flag";
    case ParamType::text_list: return "core.accepts.text_list";
    case ParamType::integer_list: return "core.accepts.integer_list";
  }
  return {};
}

bool is_list(ParamType type) { return type == ParamType::text_list || type == ParamType::integer_list; }

// "a, b" as the fallback of a list, or from a key=value word.
std::vector<std::string> split_commas(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto comma = text.find(',');
    auto part = text.substr(0, comma);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    if (!part.empty()) out.emplace_back(part);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return out;
}

}  // namespace

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && ((text[digits] >= '0' && text[digits] <= '9') || text[digits] == '.'))
    ++digits;
  const auto number = whole_number<double>(text.substr(0, digits));
  if (!number) return std::nullopt;
  auto unit = text.substr(digits);
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  static constexpr std::array<std::pair<std::string_view, double>, 12> units{{{"", 1},
                                                                              {"B", 1},
                                                                              {"KB", 1e3},
                                                                              {"MB", 1e6},
                                                                              {"GB", 1e9},
                                                                              {"TB", 1e12},
                                                                              {"KiB", 1024.0},
                                                                              {"MiB", 1048576.0},
                                                                              {"GiB", 1073741824.0},
                                                                              {"TiB", 1099511627776.0},
                                                                              {"K", 1024.0},
                                                                              {"M", 1048576.0}}};
  for (const auto& [name, factor] : units)
    if (name == unit) {
      const double value = *number * factor;
      if (value < 0 || value > 9e18) return std::nullopt;
      return static_cast<std::int64_t>(value);
    }
  return std::nullopt;
}

std::optional<double> parse_percent(std::string_view text) {
  if (!text.empty() && text.back() == '%') text.remove_suffix(1);
  const auto number = whole_number<double>(text);
  if (!number || *number < 0 || *number > 100) return std::nullopt;
  return number;
}

struct Params::Parsed {
  ParamType type = ParamType::text;
  bool present = false;
  std::string text;
  std::int64_t integer = 0;
  double number = 0;
  Duration duration{0};
  bool flag = false;
  std::vector<std::string> texts;
  std::vector<std::int64_t> integers;

  bool parse_one(const std::string& value) {
    switch (type) {
      case ParamType::text: text = value; return true;
      case ParamType::integer:
      case ParamType::integer_list: {
        const auto v = whole_number<std::int64_t>(value);
        if (!v) return false;
        integer = *v;
        integers.push_back(*v);
        return true;
      }
      case ParamType::number: {
        const auto v = whole_number<double>(value);
        if (v) number = *v;
        return v.has_value();
      }
      case ParamType::percent: {
        const auto v = parse_percent(value);
        if (v) number = *v;
        return v.has_value();
      }
      case ParamType::duration: {
        const auto v = parse_duration(value);
        if (v) duration = *v;
        return v.has_value();
      }
      case ParamType::bytes: {
        const auto v = parse_bytes(value);
        if (v) integer = *v;
        return v.has_value();
      }
      case ParamType::flag: {
        const auto v = parse_flag(value);
        if (v) flag = *v;
        return v.has_value();
      }
      case ParamType::text_list: texts.push_back(value); return true;
    }
    return false;
  }
};

Params::Params(std::span<const ParamSpec> specs, const ParamMap& values, const Place& whole,
               Problems& problems) {
  std::vector<std::string> known;
  for (const auto& spec : specs) {
    known.emplace_back(spec.name);
    Parsed parsed;
    parsed.type = spec.type;
    const auto fall_back = [&] {
      parsed = Parsed{};
      parsed.type = spec.type;
      if (spec.fallback.empty()) return;
      parsed.present = true;
      const auto parts = is_list(spec.type) ? split_commas(spec.fallback)
                                            : std::vector<std::string>{std::string(spec.fallback)};
      for (const auto& part : parts)
        if (!parsed.parse_one(part))
          throw std::logic_error("fallback of parameter " + std::string(spec.name) + " does not parse");
    };
    fall_back();
    if (const auto it = values.find(spec.name); it != values.end()) {
      const auto& given = it->second;
      Parsed read;
      read.type = spec.type;
      read.present = true;
      bool good = is_list(spec.type) || (!given.list && given.texts.size() == 1);
      std::vector<std::string> parts = given.texts;
      if (is_list(spec.type) && !given.list && given.texts.size() == 1)
        parts = split_commas(given.texts.front());
      for (const auto& part : parts) good = good && read.parse_one(part);
      if (good) {
        parsed = std::move(read);
      } else {
        std::string shown;
        for (const auto& part : given.texts) shown += (shown.empty() ? "" : ", ") + part;
        problems.push_back({given.place.file.empty() && given.place.line == 0 ? whole : given.place,
                            {"core.param_wrong",
                             {{"name", std::string(spec.name)},
                              {"value", shown},
                              {"type", "@" + std::string(accepted_id(spec.type))}}}});
      }
    } else if (spec.required) {
      problems.push_back({whole, {"core.param_missing", {{"name", std::string(spec.name)}}}});
    }
    parsed_.emplace(spec.name, std::move(parsed));
  }
  for (const auto& [name, value] : values) {
    if (parsed_.contains(name)) continue;
    const auto hint = did_you_mean(name, known);
    std::string all;
    for (const auto& k : known) all += (all.empty() ? "" : ", ") + k;
    const auto place = value.place.line == 0 ? whole : value.place;
    if (hint.empty())
      problems.push_back({place, {"core.param_unknown", {{"name", name}, {"known", all}}}});
    else
      problems.push_back({place, {"core.param_unknown_near", {{"name", name}, {"near", hint}}}});
  }
}

Params::~Params() = default;
Params::Params(Params&&) noexcept = default;

const Params::Parsed& Params::at(std::string_view name, ParamType type) const {
  const auto it = parsed_.find(name);
  if (it == parsed_.end() || it->second.type != type)
    throw std::logic_error("parameter " + std::string(name) + " is not in the spec with this type");
  return it->second;
}

bool Params::has(std::string_view name) const {
  const auto it = parsed_.find(name);
  if (it == parsed_.end()) throw std::logic_error("parameter " + std::string(name) + " is not in the spec");
  return it->second.present;
}
std::string Params::text(std::string_view name) const { return at(name, ParamType::text).text; }
std::int64_t Params::integer(std::string_view name) const { return at(name, ParamType::integer).integer; }
double Params::number(std::string_view name) const { return at(name, ParamType::number).number; }
double Params::percent(std::string_view name) const { return at(name, ParamType::percent).number; }
Duration Params::duration(std::string_view name) const { return at(name, ParamType::duration).duration; }
std::int64_t Params::bytes(std::string_view name) const { return at(name, ParamType::bytes).integer; }
bool Params::flag(std::string_view name) const { return at(name, ParamType::flag).flag; }
std::vector<std::string> Params::text_list(std::string_view name) const {
  return at(name, ParamType::text_list).texts;
}
std::vector<std::int64_t> Params::integer_list(std::string_view name) const {
  return at(name, ParamType::integer_list).integers;
}

}  // namespace xj
