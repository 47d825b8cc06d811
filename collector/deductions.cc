#include "collector/deductions.h"

#include <iterator>

#include "collector/store/deduction_records.h"

namespace xj::collector {
namespace {

// A case that is over may still have a clock that runs out later.
constexpr std::chrono::years kNoLater{100};

std::vector<domain::Occasion> occasions_of(Pipeline& pipeline, const CaseRow& row, Timestamp now) {
  const domain::CaseRef which{row.contract, row.number};
  if (const auto* settled = pipeline.settled_costs().find(which, row.last_n)) return *settled;
  const auto found = pipeline.find_case(which);
  if (!found) return {};
  auto out = domain::occasions(found->state, found->events, found->contract, now);
  if (row.over && out == domain::occasions(found->state, found->events, found->contract, now + kNoLater))
    pipeline.settled_costs().keep(which, row.last_n, out);
  return out;
}

}  // namespace

domain::Costs costs_of(Pipeline& pipeline, const domain::ContractPtr& contract, Timestamp from, Timestamp to,
                       Timestamp now) {
  // A case may be bound to an older revision that has deductions which this one has not.
  CaseFilter filter;
  filter.contract = contract->id;
  filter.limit = 100'000'000;
  std::vector<domain::Occasion> all;
  for (const auto& row : pipeline.cases().list(filter)) {
    auto some = occasions_of(pipeline, row, now);
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  const auto records = money_records(pipeline, contract->id);
  auto some = domain::occasions(
      records, [&](const std::string& revision) { return pipeline.contract(contract->id, revision); }, now);
  all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  return domain::reckon(std::move(all), records, from, to);
}

domain::Costs costs_of(Pipeline& pipeline, const domain::ContractPtr& contract, Timestamp now) {
  return costs_of(pipeline, contract, Timestamp::min(), Timestamp::max(), now);
}

std::vector<domain::MoneyRecord> money_records(Pipeline& pipeline, std::string_view contract) {
  return MoneyStore(pipeline.db()).records(contract);
}

std::variant<domain::MoneyRecord, domain::Rejection> record_money(Pipeline& pipeline,
                                                                  const domain::ContractPtr& contract,
                                                                  domain::MoneyRecord draft, Timestamp now) {
  // A withdrawal is about a record alone: every case of the contract need not be read for it.
  std::vector<domain::CostLine> lines;
  if (draft.kind != domain::MoneyRecordKind::withdrawn) lines = costs_of(pipeline, contract, now).lines;
  const auto about = draft.number.empty() ? std::nullopt : pipeline.find_case({contract->id, draft.number});
  io::Transaction transaction(pipeline.db());
  auto outcome = domain::accept(std::move(draft), *contract, money_records(pipeline, contract->id), lines,
                                about ? about->state.run : 0, now);
  if (const auto* kept = std::get_if<domain::MoneyRecord>(&outcome)) {
    MoneyStore(pipeline.db()).append(*kept);
    transaction.commit();
  }
  return outcome;
}

}  // namespace xj::collector
