#include "collector/history/open_series.h"

#include <algorithm>
#include <string>

namespace xj::collector {
namespace {

// The newest stands first in memory.
std::vector<const RowList*> oldest_first(const RowList* list) {
  std::vector<const RowList*> lists;
  for (; list != nullptr; list = list->behind()) lists.push_back(list);
  std::reverse(lists.begin(), lists.end());
  return lists;
}

std::string without_nul(std::string_view name) {
  std::string clean(name);
  std::replace(clean.begin(), clean.end(), '\0', '?');
  return clean;
}

}  // namespace

OpenSeries::Handle OpenSeries::handle(std::string_view agent, std::string_view check, std::string_view item) {
  const auto clean = [](std::string_view name) { return name.find('\0') == std::string_view::npos; };
  const auto number = clean(agent) && clean(check) && clean(item)
                          ? names_.number(agent, check, item)
                          : names_.number(without_nul(agent), without_nul(check), without_nul(item));
  while (rows_.size() <= number) rows_.emplace_back();
  return number;
}

void OpenSeries::add(Handle series, Timestamp slot, State state, const Message& msg,
                     const std::vector<Metric>& metrics) {
  auto& rows = rows_[series];
  if (rows.open == nullptr) dirty_.push_back(series);
  rows.open = open_->add(rows.open, slot, state, msg, metrics);
}

std::map<std::int64_t, std::vector<FrozenRows>> OpenSeries::freeze() {
  std::sort(dirty_.begin(), dirty_.end(), [&](Handle a, Handle b) { return names_.before(a, b); });
  frozen_series_ = std::move(dirty_);
  dirty_.clear();
  frozen_ = std::move(open_);
  open_ = std::make_shared<OpenRows>();
  std::map<std::int64_t, std::vector<FrozenRows>> days;
  for (const auto handle : frozen_series_) {
    auto& rows = rows_[handle];
    rows.frozen = std::exchange(rows.open, nullptr);
    for (const auto* list : oldest_first(rows.frozen))
      days[list->day()].push_back({&names_[handle], share(list)});
  }
  return days;
}

void OpenSeries::written() {
  for (const auto handle : frozen_series_) rows_[handle].frozen = nullptr;
  frozen_series_ = {};
  frozen_.reset();
}

std::vector<RowsOfDay> OpenSeries::rows(const SeriesId& id) const {
  std::vector<RowsOfDay> out;
  const auto number = names_.find(id.agent, id.check, id.item);
  if (!number) return out;
  const auto& rows = rows_[*number];
  for (const auto* list : oldest_first(rows.frozen)) out.push_back({list->day(), share(list), nullptr});
  for (const auto* list : oldest_first(rows.open))
    out.push_back({list->day(), nullptr, std::make_shared<const Chunk>(list->chunk())});
  return out;
}

std::optional<std::int64_t> OpenSeries::first_day() const {
  std::optional<std::int64_t> first;
  for (const auto& rows : rows_)
    for (const auto* lists : {rows.frozen, static_cast<const RowList*>(rows.open)})
      for (const auto* list = lists; list != nullptr; list = list->behind())
        if (!first || list->day() < *first) first = list->day();
  return first;
}

void OpenSeries::for_each(const Wanted& wanted, const Visit& visit) const {
  for (Handle handle = 0; handle < rows_.size(); ++handle) {
    const auto& rows = rows_[handle];
    if ((rows.open == nullptr && rows.frozen == nullptr) || !wanted(names_[handle])) continue;
    std::vector<std::shared_ptr<const RowList>> frozen;
    for (const auto* list : oldest_first(rows.frozen)) frozen.push_back(share(list));
    visit(names_[handle], frozen, oldest_first(rows.open));
  }
}

}  // namespace xj::collector
