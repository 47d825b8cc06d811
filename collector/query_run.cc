#include "collector/query_run.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "collector/domain/maintenance.h"
#include "collector/history/segment.h"

namespace xj::collector {
namespace {

struct Watched {
  const domain::Contract* contract = nullptr;
  const domain::System* system = nullptr;
  const domain::CheckSpec* spec = nullptr;
};

// By "contract/system/check".
std::map<std::string, Watched, std::less<>> watched(const std::vector<domain::ContractPtr>& contracts) {
  std::map<std::string, Watched, std::less<>> all;
  for (const auto& contract : contracts)
    for (const auto& system : contract->systems)
      for (const auto& spec : system.checks)
        all[contract->id + '/' + system.id + '/' + spec.id] = {contract.get(), &system, &spec};
  return all;
}

// Spans of maintenance by the windows they are of: most items have the same.
class Maintained {
 public:
  explicit Maintained(const query::Query& query) : query_(query) {}
  query::SharedSpans of(const Watched& of, const std::string& host) {
    const domain::ItemRef item{of.system->id, of.spec->id, host, {}};
    std::vector<const domain::MaintenanceWindow*> windows;
    for (const auto& window : of.contract->maintenance)
      if (concerns(window, item)) windows.push_back(&window);
    if (windows.empty()) return nullptr;
    auto& shared = made_[windows];
    if (shared == nullptr) shared = make(*of.contract, item);
    return shared;
  }

 private:
  query::SharedSpans make(const domain::Contract& contract, const domain::ItemRef& item) const {
    query::Spans spans;
    for (const auto& one : domain::maintenance_between(contract, item, query_.from, query_.to))
      spans.push_back({to_ms(one.from), to_ms(one.until)});
    return std::make_shared<const query::Spans>(query::united(std::move(spans)));
  }
  const query::Query& query_;
  std::map<std::vector<const domain::MaintenanceWindow*>, query::SharedSpans> made_;
};

constexpr std::int64_t kDay = 86'400'000;

query::SharedSpans gone_by(const Kept& kept) {
  query::Spans spans;
  if (kept.first) spans.push_back({0, *kept.first * kDay});
  for (const auto day : kept.told) spans.push_back({day * kDay, (day + 1) * kDay});
  return spans.empty() ? nullptr : std::make_shared<const query::Spans>(query::united(std::move(spans)));
}

}  // namespace

std::optional<NotKept> not_kept(const query::Query& query, const Kept& kept) {
  const bool of_states = query.view != query::View::metric;
  if (!of_states && query::StepFold::takes_hours(query)) return std::nullopt;
  NotKept out;
  const auto count = [&](std::int64_t first, std::int64_t last) {
    if (first > last) return;
    out.first = out.days == 0 ? first : std::min(out.first, first);
    out.last = out.days == 0 ? last : std::max(out.last, last);
    out.days += static_cast<std::uint64_t>(last - first + 1);
  };
  const auto first = utc_day(query.from), last = utc_day(query.to - Duration{1});
  const auto kept_from = of_states ? kept.first.value_or(first) : first;
  count(first, std::min(kept_from - 1, last));
  for (const auto day : kept.told)
    if (day >= std::max(first, kept_from) && day <= last) count(day, day);
  return out.days == 0 ? std::nullopt : std::optional(out);
}

ScanAsk scan_of(const query::Query& query, const std::vector<domain::ContractPtr>& contracts) {
  ScanAsk ask{query.host, query.check, query.item, query.metric, query.from, query.to};
  const bool of_sketches = query.over >= query::Over::p50;
  if (query::StepFold::takes_hours(query)) {
    // Percentiles are exact as long as all values are there.
    ask.summaries = of_sketches ? Summaries::when_gone : Summaries::instead;
    ask.sketches = of_sketches;
  }
  if (!looks_back(query)) return ask;
  auto check = ask;
  check.agent = check.item = "*";
  Duration back{86'400'000};
  for (const auto& [id, of] : watched(contracts))
    if (fits(check, "", id, "")) back = std::max(back, of.spec->interval * 2);
  ask.from -= back;
  return ask;
}

std::variant<std::vector<query::Line>, Message> run_query(const query::Query& query, Timestamp now,
                                                          const std::vector<domain::ContractPtr>& contracts,
                                                          HistoryScan& scan, const Stop& stop,
                                                          const Message& stopped) {
  const auto checks = watched(contracts);
  const bool of_states = query.view != query::View::metric;
  Maintained maintained(query);
  query::Gather gather(
      query, now,
      [&](const SeriesId& id) {
        query::SeriesFacts facts;
        const auto it = checks.find(id.check);
        if (it == checks.end()) return facts;
        facts.interval = it->second.spec->interval;
        if (of_states) facts.maintenance = maintained.of(it->second, id.agent);
        return facts;
      },
      of_states ? gone_by(scan.kept()) : nullptr);
  if (of_states) {
    const auto ask = scan_of(query, contracts);
    for (const auto& [id, of] : checks)
      for (const auto& host : of.spec->hosts) {
        if (stop()) return stopped;
        if (fits(ask, host, id, "") && !gather.expect({host, id, ""})) return gather.finish(stop, stopped);
      }
  }
  bool in_time = true;
  scan.run([&](const SeriesId& id, const Rows& rows) { return gather.take(id, rows); },
           [&](const SeriesId& id, const std::vector<Hour>& hours) { return gather.take(id, hours); },
           [&] { return in_time = !stop(); });
  if (!in_time) return stopped;
  return gather.finish(stop, stopped);
}

}  // namespace xj::collector
