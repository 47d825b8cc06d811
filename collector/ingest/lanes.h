#pragma once
// What has come and waits for the next commit, in the two lanes of the wire. However much backlog pours in
// after an outage, a live result waits for the commit under way and one more, and finds room: the backlog has
// half of it, and an eighth of a commit. Not guarded; whoever shares it locks.
#include <algorithm>
#include <cstddef>
#include <deque>
#include <utility>
#include <vector>

#include "core/wire.h"

namespace xj::collector {

template <typename Item>
class Lanes {
 public:
  struct Bounds {
    std::size_t items, bytes;
  };
  explicit Lanes(Bounds most) : most_(most) {}

  // An item alone is never too large.
  bool has_room(wire::Lane lane, std::size_t bytes) const {
    return fits({size(), this->bytes()}, most_, bytes) &&
           (lane == wire::Lane::live ||
            fits({replay_.items.size(), replay_.bytes}, {(most_.items + 1) / 2, most_.bytes / 2}, bytes));
  }
  void push(wire::Lane lane, std::size_t bytes, Item item) {
    auto& mine = lane == wire::Lane::live ? live_ : replay_;
    mine.items.emplace_back(bytes, std::move(item));
    mine.bytes += bytes;
  }

  // Live ones first, `most` together; of the backlog at least one, so that it ends.
  std::vector<Item> take(std::size_t most) {
    std::vector<Item> out;
    const std::size_t kept_free = replay_.items.empty() || most < 2 ? 0 : 1;
    live_.give(out, most - kept_free);
    replay_.give(out, std::min(most - out.size(), std::max<std::size_t>(1, most / 8)));
    return out;
  }

  bool empty() const { return size() == 0; }
  std::size_t size() const { return live_.items.size() + replay_.items.size(); }
  std::size_t bytes() const { return live_.bytes + replay_.bytes; }

 private:
  struct Lane {
    std::deque<std::pair<std::size_t, Item>> items;
    std::size_t bytes = 0;
    void give(std::vector<Item>& out, std::size_t most) {
      for (; most > 0 && !items.empty(); --most) {
        bytes -= items.front().first;
        out.push_back(std::move(items.front().second));
        items.pop_front();
      }
    }
  };
  static bool fits(Bounds taken, Bounds most, std::size_t bytes) {
    return taken.items < most.items && (taken.items == 0 || taken.bytes + bytes <= most.bytes);
  }
  Bounds most_;
  Lane live_, replay_;
};

}  // namespace xj::collector
