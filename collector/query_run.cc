#include "collector/query_run.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "collector/domain/maintenance.h"

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

query::Spans maintenance(const Watched& of, const std::string& host, const query::Query& query) {
  query::Spans spans;
  const domain::ItemRef item{of.system->id, of.spec->id, host, {}};
  for (const auto& one : domain::maintenance_between(*of.contract, item, query.from, query.to))
    spans.push_back({to_ms(one.from), to_ms(one.until)});
  return query::united(std::move(spans));
}

}  // namespace

ScanAsk scan_of(const query::Query& query, const std::vector<domain::ContractPtr>& contracts) {
  ScanAsk ask{query.host, query.check, query.item, query.metric, query.from, query.to};
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
  std::map<std::pair<std::string, std::string>, query::Spans>
      windows;  // by check and host: alike for all items
  query::Gather gather(query, now, [&](const SeriesId& id) {
    query::SeriesFacts facts;
    const auto it = checks.find(id.check);
    if (it == checks.end()) return facts;
    facts.interval = it->second.spec->interval;
    if (!of_states || it->second.contract->maintenance.empty()) return facts;
    const auto [found, made] = windows.try_emplace({id.check, id.agent});
    if (made) found->second = maintenance(it->second, id.agent, query);
    facts.maintenance = found->second;
    return facts;
  });
  if (of_states) {
    const auto ask = scan_of(query, contracts);
    for (const auto& [id, of] : checks)
      for (const auto& host : of.spec->hosts)
        if (fits(ask, host, id, "")) gather.expect({host, id, ""});
  }
  bool in_time = true;
  scan.run([&](const SeriesId& id, const Rows& rows) {
    in_time = !stop();
    return in_time && gather.take(id, rows);
  });
  if (!in_time) return stopped;
  return gather.finish();
}

}  // namespace xj::collector
