#include "collector/contract/roster.h"

#include <algorithm>

#include "collector/contract/calendars.h"
#include "config/document.h"

namespace xj::collector {
namespace {

constexpr std::size_t kMaxBytes = 4u << 20;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

class RosterReader {
 public:
  RosterReader(const std::string& file, const domain::Zone& zone, const std::vector<std::string>& people,
               Problems& problems)
      : file_(file), zone_(zone), people_(people), problems_(problems) {}

  void line(std::string_view text, int number) {
    number_ = number;
    text = trimmed(text);
    if (text.empty() || text.front() == '#') return;
    std::vector<std::string> fields;
    for (std::string_view rest = text;;) {
      const auto comma = rest.find(',');
      fields.emplace_back(trimmed(rest.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
    if (!headed_) {
      headed_ = true;
      if (fields != std::vector<std::string>{"from", "to", "a", "b"}) problem({"duty.roster.heading", {}});
      return;
    }
    if (fields.size() < 3 || fields.size() > 4) return problem({"duty.roster.fields", {}});
    domain::Shift shift;
    shift.line = number;
    const bool timed = time(fields[0], false, shift.from) && time(fields[1], true, shift.to);
    const bool known = person(fields[2]) && (fields.size() < 4 || fields[3].empty() || person(fields[3]));
    if (!timed || !known) return;
    shift.a = fields[2];
    if (fields.size() == 4) shift.b = fields[3];
    if (shift.to <= shift.from) return problem({"duty.roster.backwards", {}});
    if (shift.a == shift.b) return problem({"duty.roster.same", {{"person", shift.a}}});
    shifts_.push_back(std::move(shift));
  }

  domain::Roster finish() {
    if (!headed_) problem({"duty.roster.heading", {}});
    std::stable_sort(shifts_.begin(), shifts_.end(),
                     [](const domain::Shift& x, const domain::Shift& y) { return x.from < y.from; });
    for (const auto& fault : domain::roster_faults(shifts_)) {
      number_ = fault.line;
      problem({fault.overlap ? "duty.roster.overlap" : "duty.roster.gap",
               {{"from", wall(fault.from)}, {"to", wall(fault.to)}}},
              !fault.overlap);
    }
    if (has_errors(own_)) shifts_.clear();
    problems_.insert(problems_.end(), own_.begin(), own_.end());
    return {file_, std::move(shifts_)};
  }

 private:
  void problem(Message what, bool warning = false) {
    own_.push_back({{file_, number_, number_ > 0 ? 1 : 0}, std::move(what), warning});
  }
  std::string wall(Timestamp t) const {
    auto text = to_iso(t, zone_.offset_at(t)).substr(0, 16);
    text[10] = ' ';
    return text;
  }
  // "2026-11-20 08:00" on the contract's wall; a day alone is its beginning, or as an end its end.
  bool time(const std::string& text, bool end, Timestamp& into) {
    if (const auto day = parse_date(text)) {
      into = zone_.to_utc(*day + std::chrono::days{end ? 1 : 0});
      return true;
    }
    const auto at = text.size() == 16 ? parse_wall(text, text.substr(0, 10)) : std::nullopt;
    if (!at) {
      problem({"duty.roster.time", {{"value", text}}});
      return false;
    }
    into = zone_.to_utc(std::chrono::local_time<Duration>{at->time_since_epoch()});
    return true;
  }
  bool person(const std::string& id) {
    if (std::find(people_.begin(), people_.end(), id) != people_.end()) return true;
    problem({"duty.roster.person", {{"person", id}, {"known", joined(people_)}}});
    return false;
  }

  const std::string& file_;
  const domain::Zone& zone_;
  const std::vector<std::string>& people_;
  Problems& problems_;
  Problems own_;
  std::vector<domain::Shift> shifts_;
  int number_ = 0;
  bool headed_ = false;
};

}  // namespace

domain::Roster read_roster(std::string_view csv, const std::string& file, const domain::Zone& zone,
                           const std::vector<std::string>& people, Problems& problems) {
  if (csv.size() > kMaxBytes) {
    problems.push_back({{file, 0, 0}, {"config.too_large", {{"limit", std::to_string(kMaxBytes)}}}});
    return {};
  }
  if (csv.starts_with("\xEF\xBB\xBF")) csv.remove_prefix(3);
  if (!config::is_plain_text(csv, file, problems)) return {};
  RosterReader reader(file, zone, people, problems);
  for (int number = 1; !csv.empty(); ++number) {
    const auto end = csv.find('\n');
    reader.line(csv.substr(0, end), number);
    if (end == std::string_view::npos) break;
    csv.remove_prefix(end + 1);
  }
  return reader.finish();
}

domain::Roster load_roster(const std::string& path, const domain::Zone& zone,
                           const std::vector<std::string>& people, Problems& problems) {
  const auto bytes = config::read_bytes(path, kMaxBytes, problems);
  return bytes ? read_roster(*bytes, path, zone, people, problems) : domain::Roster{};
}

}  // namespace xj::collector
