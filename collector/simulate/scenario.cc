#include "collector/simulate/scenario.h"

#include <algorithm>

#include "collector/contract/assignment.h"
#include "collector/domain/explain.h"
#include "collector/domain/telling.h"
#include "collector/domain/tighten.h"
#include "collector/simulate/people.h"
#include "config/reader.h"

namespace xj::collector {
namespace {

using config::MapReader;
using config::Value;

constexpr Duration kLongest{std::chrono::hours{24 * 3'660}};
constexpr Duration kShortest{1'000};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::optional<Duration> signed_duration(std::string_view text) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto length = parse_duration(text.substr(1));
  if (!length || *length > kLongest) return std::nullopt;
  return text[0] == '-' ? -*length : *length;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

bool within(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Timestamp wall(const domain::Zone& zone, Timestamp read) {
  return zone.to_utc(std::chrono::local_time<Duration>{read.time_since_epoch()});
}

std::optional<Timestamp> instant(std::string_view text, std::string_view today, const domain::Zone& zone) {
  if (const auto t = parse_iso(text)) return t;
  if (const auto t = parse_wall(text, today)) return wall(zone, *t);
  return std::nullopt;
}

class Reading {
 public:
  Reading(const LoadOptions& options, Problems& problems) : options_(options), problems_(problems) {}

  void read(MapReader& top) {
    top["scenario"].required().map([&](MapReader& m) { head(m); });
    const auto script = top["script"];
    if (s_.contract == nullptr || s_.to <= s_.from) return;  // nothing below could be judged
    script.list([&](const Value& v) { v.map([&](MapReader& m) { step(v, m); }); });
    std::stable_sort(s_.script.begin(), s_.script.end(), [](const Step& a, const Step& b) {
      return a.when.at && b.when.at ? *a.when.at < *b.when.at : a.when.at.has_value() && !b.when.at;
    });
  }
  Scenario take() { return std::move(s_); }

 private:
  void head(MapReader& m) {
    m["title"].text(s_.title.zh);
    m["title_en"].text(s_.title.en);
    std::string path;
    const auto contract = m["contract"];
    if (contract.required().path(path)) load(contract, path);
    std::string text;
    const auto start = m["start"];
    const bool started = start.required().text(text);
    const auto length = m["length"];
    const bool long_enough = length.required().duration(length_, kShortest, kLongest);
    const auto hosts = m["hosts"], checks = m["checks"];
    if (s_.contract == nullptr) return;
    if (started) {
      // "today" is no day here, so a bare time of day is refused.
      if (const auto t = instant(text, "", s_.contract->zone); t && *t >= Timestamp{})
        s_.from = *t;
      else
        start.wrong("simulate.accepts.start");
    }
    if (s_.from != Timestamp{} && long_enough) s_.to = s_.from + length_;
    read_hosts(hosts);
    read_checks(checks);
  }

  void load(const Value& value, const std::string& path) {
    const auto files = contract_files(path, problems_);
    if (files.empty()) return;
    if (files.size() > 1) {
      value.problem({"simulate.several_contracts", {{"path", path}, {"files", joined(files)}}});
      return;
    }
    // What is merely warned of belongs to `config check`.
    Problems own;
    s_.contract = load_contract(files.front(), options_, own);
    if (has_errors(own)) problems_.insert(problems_.end(), own.begin(), own.end());
  }

  void read_hosts(const Value& value) {
    const auto all = hosts(std::span(&s_.contract, 1));
    s_.hosts = all;
    if (!value.given()) return;
    std::vector<std::string> asked;
    if (!value.texts(asked)) return;
    for (const auto& host : asked)
      if (!within(all, host)) unknown_name(value, "simulate.what.host", host, all);
    std::sort(asked.begin(), asked.end());
    asked.erase(std::unique(asked.begin(), asked.end()), asked.end());
    s_.hosts = std::move(asked);
  }

  struct Found {
    const domain::System* system = nullptr;
    const domain::CheckSpec* check = nullptr;
  };
  // By "system/check", or by the check alone where only one system has it.
  Found find(const Value& value, const std::string& name) {
    std::vector<Found> found;
    std::vector<std::string> known;
    for (const auto& system : s_.contract->systems)
      for (const auto& check : system.checks) {
        known.push_back(system.id + '/' + check.id);
        if (known.back() == name || check.id == name) found.push_back({&system, &check});
      }
    if (found.size() == 1) return found.front();
    if (found.empty()) {
      unknown_name(value, "simulate.what.check", name, known);
      return {};
    }
    std::vector<std::string> several;
    for (const auto& f : found) several.push_back(f.system->id + '/' + f.check->id);
    value.problem({"simulate.several_checks", {{"value", name}, {"known", joined(several)}}});
    return {};
  }

  void read_checks(const Value& value) {
    std::vector<std::string> asked;
    if (!value.texts(asked)) return;
    for (const auto& name : asked)
      if (const auto found = find(value, name); found.check != nullptr)
        s_.checks.emplace(found.system->id, found.check->id);
  }

  // ---- the script ----

  void step(const Value& value, MapReader& m) {
    Step step;
    step.line = value.place().line;
    std::string text;
    const auto at = m["at"];
    bool good = at.required().text(text);
    if (good) {
      if (auto when = parse_when(text, s_.from, s_.contract->zone)) {
        step.when = std::move(*when);
        if (step.when.at && (*step.when.at < s_.from || *step.when.at >= s_.to)) {
          at.problem({"simulate.outside",
                      {{"value", text},
                       {"from", domain::local_text(s_.from, s_.contract->zone)},
                       {"to", domain::local_text(s_.to, s_.contract->zone)}}});
          good = false;
        }
        if (!step.when.clock.empty() && !known_clock(at, step.when.clock)) good = false;
      } else {
        at.wrong("simulate.accepts.when");
        good = false;
      }
    }
    const auto fault = m["fault"], outage = m["outage"], act = m["act"], open = m["open"],
               obligation = m["obligation"], deduction = m["deduction"], round = m["round"],
               sheet = m["sheet"], duty = m["duty"];
    int given = 0;
    for (const auto& one : {fault, outage, act, open, obligation, deduction, round, sheet, duty})
      given += one.given() ? 1 : 0;
    if (given != 1) {
      m.problem({"simulate.one_of",
                 {{"known", "fault, outage, act, open, obligation, deduction, round, sheet, duty"}}});
      for (const auto* key :
           {"host", "item", "state", "value", "limit", "for", "until", "kept", "every", "times"})
        m.ignore(key);
      for (const auto key : keys_of_people()) m.ignore(key);
      return;
    }
    const auto& contract = *s_.contract;
    if (fault.given()) good = read_fault(fault, m, step) && good;
    if (outage.given()) good = read_outage(outage, m, step) && good;
    if (act.given())
      good = read_act_step(act, m, contract, step.when, step.what.emplace<StagedAct>()) && good;
    if (open.given()) good = read_opening_step(open, m, contract, step.what.emplace<StagedOpening>()) && good;
    if (obligation.given())
      good = read_record_step(obligation, m, contract, step.what.emplace<StagedRecord>()) && good;
    if (deduction.given())
      good = read_money_step(deduction, m, contract, step.when, step.what.emplace<StagedMoney>()) && good;
    if (sheet.given()) good = read_sheet_step(sheet, m, contract, step.what.emplace<StagedSheet>()) && good;
    if (duty.given())
      good = read_duty_step(duty, m, contract, step.what.emplace<StagedDuty>(), problems_) && good;
    if (round.given()) good = read_round_step(round, m, contract, step.what.emplace<StagedRound>()) && good;
    repeat(m, step, good);
  }

  bool known_clock(const Value& at, const std::string& clock) {
    // Of which kind the case will be is known when it is opened.
    std::vector<std::string> known;
    for (const auto& kind : s_.contract->kinds) {
      for (const auto& c : kind.clocks)
        if (!within(known, c.name)) known.push_back(c.name);
      for (const auto& rule : kind.tell)
        if (const auto name = domain::tell_clock(rule.id); !within(known, name)) known.push_back(name);
    }
    if (within(known, clock)) return true;
    unknown_name(at, "simulate.what.clock", clock, known);
    return false;
  }

  void repeat(MapReader& m, const Step& step, bool good) {
    Duration every{0};
    int times = 0;
    const auto again = m["every"], often = m["times"];
    good = (!again.given() || again.duration(every, kShortest, kLongest)) && good;
    good = (!often.given() || often.integer(times, 1, static_cast<int>(kMaxSteps))) && good;
    if (often.given() && !again.given()) again.required(), good = false;
    if (again.given() && !step.when.at && good)
      again.problem({"simulate.every_needs_instant", {}}), good = false;
    if (!good) return;
    s_.script.push_back(step);
    if (every == Duration{0}) return;
    for (int n = 1; (times == 0 || n < times) && s_.script.size() < kMaxSteps; ++n) {
      auto next = step;
      next.when.at = *step.when.at + n * every;
      if (*next.when.at >= s_.to) break;
      s_.script.push_back(std::move(next));
    }
    if (s_.script.size() >= kMaxSteps)
      again.problem({"simulate.too_many", {{"most", std::to_string(kMaxSteps)}}});
  }

  // "for", or "until" where the beginning is an instant; neither: to the end.
  bool read_lasting(MapReader& m, const Step& step, Duration& into) {
    const auto lasting = m["for"], until = m["until"];
    if (lasting.given()) {
      if (until.given()) until.problem({"simulate.for_or_until", {}});
      return lasting.duration(into, kShortest, kLongest) && !until.given();
    }
    if (!until.given()) return true;
    std::string text;
    if (!until.text(text)) return false;
    const auto end = parse_when(text, s_.from, s_.contract->zone);
    if (!end || !end->at || !step.when.at || *end->at <= *step.when.at) {
      until.wrong("simulate.accepts.until");
      return false;
    }
    into = *end->at - *step.when.at;
    return true;
  }

  bool known_hosts(const Value& value, std::vector<std::string>& into,
                   const std::vector<std::string>& among) {
    if (!value.texts(into)) return false;
    bool good = true;
    for (const auto& host : into)
      if (!within(among, host)) unknown_name(value, "simulate.what.host", host, among), good = false;
    return good;
  }

  // Whether the check has limits of its own for a value, in the contract or in one of its key periods.
  bool has_limits(const StagedFault& fault) const {
    const auto among = [](const ParamMap& params) {
      return params.contains("warn") || params.contains("crit");
    };
    for (const auto& check : s_.contract->system(fault.system)->checks) {
      if (check.id != fault.check) continue;
      if (among(check.params)) return true;
      for (const auto& period : s_.contract->key_periods)
        for (const auto& tightening : period.tighten)
          if (domain::concerns(tightening, check) && among(tightening.params)) return true;
    }
    return false;
  }

  bool read_fault(const Value& value, MapReader& m, Step& step) {
    StagedFault fault;
    std::string name;
    bool good = value.text(name);
    const auto host = m["host"];
    if (good) {
      const auto found = find(value, name);
      good = found.check != nullptr;
      if (good) {
        fault.system = found.system->id, fault.check = found.check->id;
        if (!s_.checks.empty() && !s_.checks.contains({fault.system, fault.check})) {
          value.problem({"simulate.not_run", {{"value", name}}});
          good = false;
        }
        for (const auto& one : found.check->hosts)
          if (within(s_.hosts, one)) fault.hosts.push_back(one);
        if (host.given())
          good = known_hosts(host, fault.hosts, std::vector<std::string>(fault.hosts)) && good;
      }
    }
    const auto item = m["item"], state = m["state"], number = m["value"], limit = m["limit"],
               says = m["text"];
    good = (!item.given() || item.text(fault.item)) && good;
    using Judged = std::optional<State>;
    good = (!state.given() || state.choice(fault.state, {{"warning", Judged{State::warning}},
                                                         {"critical", Judged{State::critical}},
                                                         {"unknown", Judged{State::unknown}},
                                                         {"judged", Judged{}}})) &&
           good;
    if (good && !fault.state && !(number.given() && has_limits(fault))) {
      state.problem({"simulate.judged_by_nothing", {{"value", name}}});
      good = false;
    }
    if (number.given()) {
      std::int64_t n = 0;
      good = number.integer(n, -1'000'000'000'000, 1'000'000'000'000) && good;
      fault.value = n;
    }
    good = (!limit.given() || limit.text(fault.limit)) && good;
    good = (!says.given() || says.text(fault.text)) && good;
    good = read_lasting(m, step, fault.lasting) && good;
    step.what = std::move(fault);
    return good;
  }

  bool read_outage(const Value& value, MapReader& m, Step& step) {
    StagedOutage outage;
    bool good = known_hosts(value, outage.hosts, s_.hosts);
    const auto kept = m["kept"];
    good = (!kept.given() || kept.flag(outage.kept)) && good;
    good = read_lasting(m, step, outage.lasting) && good;
    step.what = std::move(outage);
    return good;
  }

  const LoadOptions& options_;
  Problems& problems_;
  Scenario s_;
  Duration length_{0};
};

std::optional<Scenario> from_document(const config::Document& document, const LoadOptions& options,
                                      Problems& problems, std::set<std::string>* asked) {
  Problems own;
  config::ReadContext context{document.file, own, asked};
  Reading reading(options, own);
  config::read_top(document, context, [&](MapReader& top) { reading.read(top); });
  const bool bad = !document.readable || has_errors(own);
  problems.insert(problems.end(), own.begin(), own.end());
  if (bad) return std::nullopt;
  auto scenario = reading.take();
  scenario.file = document.file;
  return scenario;
}

}  // namespace

std::optional<When> parse_when(std::string_view text, Timestamp start, const domain::Zone& zone) {
  When when;
  const auto words = words_of(text);
  if (words.empty()) return std::nullopt;
  if (words[0] == "case") {
    if (words.size() != 3 && words.size() != 4) return std::nullopt;
    when.case_name = words[1];
    if (words.size() == 4) when.clock = words[2];
    const auto offset = signed_duration(words.back());
    if (!offset || (when.clock.empty() && *offset < Duration{0})) return std::nullopt;
    when.offset = *offset;
    return when;
  }
  if (words.size() == 1 && words[0][0] == '+') {
    const auto offset = signed_duration(words[0]);
    if (!offset) return std::nullopt;
    when.at = start + *offset;
    return when;
  }
  const auto first = std::chrono::floor<std::chrono::days>(zone.to_local(start));
  if (words[0] == "day") {
    if (words.size() != 3 || words[1].empty() || words[1].size() > 4) return std::nullopt;
    int day = 0;
    for (const char c : words[1]) {
      if (c < '0' || c > '9') return std::nullopt;
      day = 10 * day + (c - '0');
    }
    const auto clock = parse_wall(words[2], "1970-01-01");
    if (day == 0 || !clock || *clock >= Timestamp{std::chrono::hours{24}}) return std::nullopt;
    when.at = zone.to_utc(first + std::chrono::days{day - 1} + clock->time_since_epoch());
    return when;
  }
  when.at = instant(text, domain::local_text(start, zone).substr(0, 10), zone);
  if (!when.at) return std::nullopt;
  return when;
}

std::optional<Scenario> read_scenario(std::string_view yaml, const std::string& file,
                                      const LoadOptions& options, Problems& problems,
                                      std::set<std::string>* asked) {
  const auto before = problems.size();
  const auto document = config::parse_document(yaml, file, problems);
  auto scenario = from_document(document, options, problems, asked);
  for (auto i = before; i < problems.size(); ++i)
    if (!problems[i].warning) return std::nullopt;
  return scenario;
}

std::optional<Scenario> load_scenario(const std::string& path, const LoadOptions& options,
                                      Problems& problems) {
  const auto before = problems.size();
  const auto document = config::load_document(path, problems);
  auto scenario = from_document(document, options, problems, nullptr);
  for (auto i = before; i < problems.size(); ++i)
    if (!problems[i].warning) return std::nullopt;
  return scenario;
}

}  // namespace xj::collector
