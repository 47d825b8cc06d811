#pragma once
// A query over history, on any thread: what the contracts say of each series, the scan, the lines.
#include <cstdint>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "collector/domain/contract.h"
#include "collector/history/scan.h"
#include "collector/query/gather.h"
#include "collector/query/query.h"

namespace xj::collector {

// What to scan for it: from a day before it where what spoke last may still speak, or from as long before as
// the slowest check that was asked for takes.
ScanAsk scan_of(const query::Query& query, const std::vector<domain::ContractPtr>& contracts);

// UTC days of the time asked for of which results are not kept, where that makes a difference: to states,
// which are then said of the other days alone; to a metric whose question their hours do not answer.
struct NotKept {
  std::uint64_t days = 0;
  std::int64_t first = 0, last = 0;  // since 1970-01-01; kept ones may lie between them
};
std::optional<NotKept> not_kept(const query::Query& query, const Kept& kept);

// Intervals and maintenance windows are those of the contracts given, for all of the time asked for. Series
// that they expect are in an answer about states even when nothing came. `stop` is asked all along, also
// while nothing is found: true ends it with `stopped`.
using Stop = query::Gather::Stop;
std::variant<std::vector<query::Line>, Message> run_query(const query::Query& query, Timestamp now,
                                                          const std::vector<domain::ContractPtr>& contracts,
                                                          HistoryScan& scan, const Stop& stop,
                                                          const Message& stopped);

}  // namespace xj::collector
