#include "collector/history/series_names.h"

#include <tuple>

namespace xj::collector {

std::size_t SeriesNames::hash(const Asked& asked) {
  const TextHash of_text;
  std::size_t hash = 0;
  for (const auto name : {asked.agent, asked.check, asked.item})
    hash = (hash ^ of_text(name)) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 32;
}

bool SeriesNames::is(Number number, const Asked& other) const {
  const auto known = asked(number);
  return known.agent == other.agent && known.check == other.check && known.item == other.item;
}

std::size_t SeriesNames::place(const Asked& asked) const {
  auto at = hash(asked) % places_.size();
  while (places_[at] != 0 && !is(places_[at] - 1, asked)) at = (at + 1) % places_.size();
  return at;
}

const std::string* SeriesNames::text(std::string_view text) {
  if (const auto it = texts_.find(text); it != texts_.end()) return &*it;
  return &*texts_.emplace(text).first;
}

SeriesNames::Number SeriesNames::number(std::string_view agent, std::string_view check,
                                        std::string_view item) {
  const Asked wanted{agent, check, item};
  auto at = place(wanted);
  if (places_[at] != 0) return places_[at] - 1;
  const auto number = static_cast<Number>(entries_.size());
  if ((entries_.size() + 1) * 4 > places_.size() * 3) {
    std::vector<Number> wider(places_.size() * 2, 0);  // what throws leaves all as it was
    places_.swap(wider);
    for (Number other = 0; other < number; ++other) places_[place(asked(other))] = other + 1;
    at = place(wanted);
  }
  entries_.push_back({text(agent), text(check), text(item)});
  places_[at] = number + 1;
  return number;
}

std::optional<SeriesNames::Number> SeriesNames::find(std::string_view agent, std::string_view check,
                                                     std::string_view item) const {
  const auto at = place({agent, check, item});
  if (places_[at] == 0) return std::nullopt;
  return places_[at] - 1;
}

bool SeriesNames::before(Number a, Number b) const {
  const auto x = asked(a), y = asked(b);
  return std::tie(x.agent, x.check, x.item) < std::tie(y.agent, y.check, y.item);
}

}  // namespace xj::collector
