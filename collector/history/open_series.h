#pragma once
// What memory holds of every series: its rows since the last flush, and those that were frozen for one that
// has not ended.
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/history/chunk.h"
#include "collector/history/open_rows.h"
#include "collector/history/series_names.h"

namespace xj::collector {

// Of one series and day; read on any thread, and all that is frozen with it stays while one of them does.
struct FrozenRows {
  const SeriesNames::Entry* series;
  std::shared_ptr<const RowList> rows;
};

// Of one series and day, to be read on any thread; one of the two.
struct RowsOfDay {
  std::int64_t day;
  std::shared_ptr<const RowList> frozen;
  std::shared_ptr<const Chunk> copied;
  void read(Timestamp from, Timestamp to, std::vector<Sample>& out) const {
    copied != nullptr ? copied->read(from, to, out) : frozen->chunk().read(from, to, out);
  }
};

class OpenSeries {
 public:
  using Handle = SeriesNames::Number;
  Handle handle(std::string_view agent, std::string_view check, std::string_view item);
  void add(Handle series, Timestamp slot, State state, const Message& msg,
           const std::vector<Metric>& metrics);

  std::size_t series() const { return dirty_.size(); }  // with rows that are not frozen
  std::size_t bytes() const { return open_->bytes(); }  // of memory those take
  bool full() const { return open_->full(); }           // they are to be written out soon
  std::optional<std::int64_t> first_day() const;        // of all rows; costs a look at every series

  // All rows by day, a day's by series, the older ones of a series first. One flush at a time.
  std::map<std::int64_t, std::vector<FrozenRows>> freeze();
  void written();  // what was frozen is in files

  // Of one series, older rows first. What may still grow is copied; what is frozen is left to the reader.
  std::vector<RowsOfDay> rows(const SeriesId& id) const;
  // Likewise of each that has rows; `open` is good for the call.
  using Lists = std::vector<const RowList*>;
  using Visit =
      std::function<void(const SeriesNames::Entry& series,
                         const std::vector<std::shared_ptr<const RowList>>& frozen, const Lists& open)>;
  using Wanted = std::function<bool(const SeriesNames::Entry& series)>;
  void for_each(const Wanted& wanted, const Visit& visit) const;

 private:
  struct Rows {
    RowList* open = nullptr;
    const RowList* frozen = nullptr;
  };
  std::shared_ptr<const RowList> share(const RowList* list) const { return {frozen_, list}; }

  SeriesNames names_;
  std::deque<Rows> rows_;  // by handle
  std::vector<Handle> dirty_, frozen_series_;
  std::shared_ptr<OpenRows> open_ = std::make_shared<OpenRows>();
  std::shared_ptr<const OpenRows> frozen_;
};

}  // namespace xj::collector
