#pragma once
// Every series that was ever spoken of in this process, numbered. A name that many of them share stands once.
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "collector/history/series.h"

namespace xj::collector {

class SeriesNames {
 public:
  // Of a series, never null; they stay where they are as long as this.
  struct Entry {
    const std::string* agent;
    const std::string* check;
    const std::string* item;
    SeriesId id() const { return {*agent, *check, *item}; }
  };
  using Number = std::uint32_t;  // from 0 on, without a gap

  SeriesNames() = default;
  SeriesNames(const SeriesNames&) = delete;
  SeriesNames& operator=(const SeriesNames&) = delete;

  Number number(std::string_view agent, std::string_view check, std::string_view item);  // made when new
  std::optional<Number> find(std::string_view agent, std::string_view check, std::string_view item) const;
  const Entry& operator[](Number number) const { return entries_[number]; }
  std::size_t size() const { return entries_.size(); }
  bool before(Number a, Number b) const;  // as the ids

 private:
  struct Asked {
    std::string_view agent, check, item;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  Asked asked(Number number) const {
    const auto& entry = entries_[number];
    return {*entry.agent, *entry.check, *entry.item};
  }
  bool is(Number number, const Asked& asked) const;
  static std::size_t hash(const Asked& asked);
  std::size_t place(const Asked& asked) const;  // in places_: its own, or a free one
  const std::string* text(std::string_view text);

  std::unordered_set<std::string, TextHash, std::equal_to<>> texts_;
  std::deque<Entry> entries_;
  // Number + 1 where its hash says, or behind; 0: free. At most three quarters are taken. A node each would
  // be more than all else that is kept of a series that is not open.
  std::vector<Number> places_ = std::vector<Number>(16, 0);
};

}  // namespace xj::collector
