#include "collector/domain/numbering.h"

#include <charconv>
#include <cstdio>

#include "core/fault.h"
#include "core/text.h"

namespace xj::domain {
namespace {

// The pattern with its dates filled, split around the counter.
struct Filled {
  std::string before, after;
  int digits = 0;
};

std::string digits_of(int value, int width) {
  char text[16];
  std::snprintf(text, sizeof text, "%0*d", width, value);
  return text;
}

std::variant<Filled, Message> fill(std::string_view pattern, std::chrono::year_month_day date) {
  const int y = static_cast<int>(date.year());
  const int m = static_cast<int>(static_cast<unsigned>(date.month()));
  const int d = static_cast<int>(static_cast<unsigned>(date.day()));
  Filled out;
  std::string* into = &out.before;
  while (!pattern.empty()) {
    const auto open = pattern.find('{');
    into->append(pattern.substr(0, open));
    if (open == std::string_view::npos) break;
    const auto close = pattern.find('}', open);
    if (close == std::string_view::npos) return Message{"domain.number.unclosed", {}};
    const auto name = pattern.substr(open + 1, close - open - 1);
    if (name == "yyyy")
      *into += digits_of(y, 4);
    else if (name == "yy")
      *into += digits_of(y % 100, 2);
    else if (name == "mm")
      *into += digits_of(m, 2);
    else if (name == "dd")
      *into += digits_of(d, 2);
    else if (name == "yymmdd")
      *into += digits_of(y % 100, 2) + digits_of(m, 2) + digits_of(d, 2);
    else if ((name == "nn" || name == "nnn") && out.digits == 0)
      out.digits = static_cast<int>(name.size()), into = &out.after;
    else
      return Message{"domain.number.unknown", {{"name", std::string(name)}}};
    pattern.remove_prefix(close + 1);
  }
  if (out.digits == 0) return Message{"domain.number.no_counter", {}};
  return out;
}

std::variant<Filled, Message> fill(std::string_view pattern, const Zone& zone, Timestamp at) {
  const auto local = zone.to_local(at);
  return fill(pattern, std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(local)});
}

int capacity(const Filled& f) { return f.digits == 2 ? 99 : 999; }

}  // namespace

std::string number_stem(std::string_view pattern, const Zone& zone, Timestamp at) {
  const auto filled = fill(pattern, zone, at);
  const auto* f = std::get_if<Filled>(&filled);
  return f == nullptr ? std::string(pattern) : f->before + '#' + f->after;
}

std::variant<std::string, Rejection> next_number(std::string_view pattern, const Zone& zone, Timestamp at,
                                                 int used) {
  const auto filled = fill(pattern, zone, at);
  if (const auto* wrong = std::get_if<Message>(&filled)) return Rejection{*wrong};
  const auto& f = std::get<Filled>(filled);
  const int most = capacity(f);
  if (used >= most)
    return Rejection{
        {"domain.number.used_up", {{"pattern", std::string(pattern)}, {"most", std::to_string(most)}}}};
  return f.before + digits_of(used + 1, f.digits) + f.after;
}

std::string next_number_going_on(std::string_view pattern, const Zone& zone, Timestamp at, int used) {
  const auto filled = fill(pattern, zone, at);
  if (const auto* wrong = std::get_if<Message>(&filled))
    throw Fault("number pattern " + std::string(pattern) + ": " + render(*wrong, Lang::en));
  const auto& f = std::get<Filled>(filled);
  return f.before + digits_of(used + 1, f.digits) + f.after;
}

int number_capacity(std::string_view pattern) {
  const auto filled = fill(pattern, {}, Timestamp{});
  const auto* f = std::get_if<Filled>(&filled);
  return f == nullptr ? 0 : capacity(*f);
}

std::string number_prefix(std::string_view pattern, const Zone& zone, Timestamp at) {
  const auto filled = fill(pattern, zone, at);
  const auto* f = std::get_if<Filled>(&filled);
  return f == nullptr ? std::string(pattern) : f->before;
}

int counter_of(std::string_view pattern, const Zone& zone, Timestamp at, std::string_view number) {
  const auto filled = fill(pattern, zone, at);
  const auto* f = std::get_if<Filled>(&filled);
  if (f == nullptr || number.size() < f->before.size() + f->after.size() || !number.starts_with(f->before) ||
      !number.ends_with(f->after))
    return 0;
  const auto counter = number.substr(f->before.size(), number.size() - f->before.size() - f->after.size());
  const auto digits = static_cast<std::size_t>(f->digits);
  // Longer than the pattern says only where it went on, and then it has no leading zero.
  if (counter.size() < digits || (counter.size() > digits && counter.front() == '0')) return 0;
  int value = 0;
  const auto [end, error] = std::from_chars(counter.data(), counter.data() + counter.size(), value);
  return error == std::errc{} && end == counter.data() + counter.size() && value > 0 ? value : 0;
}

Message check_number_pattern(std::string_view pattern) {
  using namespace std::chrono;
  const auto filled = fill(pattern, year_month_day{year{2026}, month{1}, day{1}});
  const auto* wrong = std::get_if<Message>(&filled);
  return wrong == nullptr ? Message{} : *wrong;
}

}  // namespace xj::domain
