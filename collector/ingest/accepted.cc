#include "collector/ingest/accepted.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/bytes.h"

namespace xj::collector {
namespace {

// Multiply and shift, eight bytes a step: quick, and the same on every machine we build for. It tells slips
// apart, not attacks: an agent can only deceive itself.
class Hasher {
 public:
  void word(std::uint64_t v) {
    state_ = (state_ ^ v) * 0x9e3779b97f4a7c15u;
    state_ ^= state_ >> 29;
  }
  void text(std::string_view t) {
    word(t.size() + 1);
    for (; t.size() >= 8; t.remove_prefix(8)) {
      std::uint64_t v;
      std::memcpy(&v, t.data(), 8);
      word(v);
    }
    if (!t.empty()) {
      std::uint64_t v = 0;
      std::memcpy(&v, t.data(), t.size());
      word(v);
    }
  }
  void number(const Number& n) {
    if (const auto* i = std::get_if<std::int64_t>(&n))
      word(1), word(static_cast<std::uint64_t>(*i));
    else
      word(2), word(std::bit_cast<std::uint64_t>(std::get<double>(n)));
  }
  void message(const Message& m) {
    text(m.id);
    word(m.args.size());
    for (const auto& [name, value] : m.args) text(name), text(value);
  }
  void metrics(const std::vector<Metric>& all) {
    word(all.size());
    for (const auto& metric : all) text(metric.name), number(metric.value);
  }
  std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0x1d8e4e27c47d124fu;
};

}  // namespace

std::uint64_t content_hash(const Result& result) {
  Hasher h;
  h.text(result.check);
  h.word(static_cast<std::uint64_t>(to_ms(result.slot)));
  h.word(static_cast<std::uint64_t>(result.late.count()));
  h.word(static_cast<std::uint64_t>(result.took.count()));
  h.word(static_cast<std::uint64_t>(result.state));
  h.message(result.msg);
  h.metrics(result.metrics);
  h.word(result.items.size());
  for (const auto& item : result.items) {
    h.text(item.key);
    h.word(static_cast<std::uint64_t>(item.state));
    h.message(item.msg);
    h.metrics(item.metrics);
  }
  h.word(result.rows.size());
  for (const auto& row : result.rows) {
    h.word(row.size());
    for (const auto& cell : row) h.text(cell);
  }
  return h.value();
}

namespace {
// The first range that ends at or after n.
auto reaching(const std::vector<wire::Range>& ranges, std::uint64_t n) {
  // Almost every number is one more than the highest.
  if (ranges.empty() || n > ranges.back().second) return ranges.end();
  return std::lower_bound(ranges.begin(), ranges.end(), n,
                          [](const wire::Range& r, std::uint64_t v) { return r.second < v; });
}
}  // namespace

bool RangeSet::contains(std::uint64_t n) const {
  const auto it = reaching(ranges_, n);
  return it != ranges_.end() && it->first <= n;
}

void RangeSet::close_lowest_hole() {
  if (ranges_.size() < 2) return;
  ranges_[0].second = ranges_[1].second;
  ranges_.erase(ranges_.begin() + 1);
}

void RangeSet::add(std::uint64_t first, std::uint64_t last) {
  if (!ranges_.empty() && ranges_.back().second + 1 == first) {
    ranges_.back().second = last;
    return;
  }
  auto from = std::lower_bound(
      ranges_.begin(), ranges_.end(), first,
      [](const wire::Range& r, std::uint64_t v) { return r.second < v && r.second + 1 < v; });
  auto to = from;
  while (to != ranges_.end() && (last == UINT64_MAX || to->first <= last + 1)) {
    first = std::min(first, to->first);
    last = std::max(last, to->second);
    ++to;
  }
  ranges_.insert(ranges_.erase(from, to), {first, last});
}

void RangeSet::remove(std::uint64_t n) {
  const auto it = ranges_.begin() + (reaching(ranges_, n) - ranges_.cbegin());
  if (it == ranges_.end() || it->first > n) return;
  if (it->first == n && it->second == n) {
    ranges_.erase(it);
  } else if (it->first == n) {
    ++it->first;
  } else if (it->second == n) {
    --it->second;
  } else {
    const wire::Range upper{n + 1, it->second};
    it->second = n - 1;
    ranges_.insert(it + 1, upper);
  }
}

void RecentNumbers::push(std::uint64_t n, std::uint64_t hash, Timestamp when) {
  const bool follows = !empty() && runs_.back().when == when && newest() + 1 == n;
  if (follows)
    ++runs_.back().count;
  else
    runs_.push_back({n, when, 1});
  // In small steps: there are as many of these as agents.
  if (hashes_.size() == hashes_.capacity()) hashes_.reserve(hashes_.size() + hashes_.size() / 4 + 10);
  hashes_.push_back(hash);
}

void RecentNumbers::pop_oldest() {
  auto& run = runs_[first_run_];
  ++first_hash_;
  ++run.n;
  if (--run.count == 0) ++first_run_;
  if (first_hash_ * 2 < hashes_.size()) return;
  hashes_.erase(hashes_.begin(), hashes_.begin() + first_hash_);
  runs_.erase(runs_.begin(), runs_.begin() + first_run_);
  first_hash_ = first_run_ = 0;
}

void RecentNumbers::pop_newest() {
  hashes_.pop_back();
  if (--runs_.back().count == 0) runs_.pop_back();
}

const std::uint64_t* RecentNumbers::hash_of(std::uint64_t n) const {
  auto end = hashes_.size();
  for (auto run = runs_.size(); run-- > first_run_;) {
    end -= runs_[run].count;
    if (n >= runs_[run].n && n - runs_[run].n < runs_[run].count) return &hashes_[end + (n - runs_[run].n)];
  }
  return nullptr;
}

bool RecentNumbers::operator==(const RecentNumbers& other) const {
  return std::equal(runs_.begin() + first_run_, runs_.end(), other.runs_.begin() + other.first_run_,
                    other.runs_.end()) &&
         std::equal(hashes_.begin() + first_hash_, hashes_.end(), other.hashes_.begin() + other.first_hash_,
                    other.hashes_.end());
}

Accepted::Verdict Accepted::Epoch::look(std::uint64_t n, std::uint64_t hash) const {
  if (!numbers.contains(n)) return Verdict::fresh;
  if (const auto* known = recent.hash_of(n)) return *known == hash ? Verdict::repeat : Verdict::conflict;
  return Verdict::too_late;
}

void Accepted::Epoch::add(std::uint64_t n, std::uint64_t hash, Timestamp now) {
  numbers.add(n, n);
  if (numbers.ranges().size() > kMaxRanges) numbers.close_lowest_hole();
  highest = std::max(highest, n);
  used = now;
  // A clock that was set back must not make everything young for a year.
  const auto old = [now](Timestamp when) { return when + kWindowAge < now || now + kWindowAge < when; };
  while (!recent.empty() && (recent.size() >= kWindowNumbers || old(recent.oldest()))) recent.pop_oldest();
  recent.push(n, hash, now);
}

void Accepted::Epoch::add_old(std::uint64_t first, std::uint64_t last) {
  numbers.add(first, last);
  if (numbers.ranges().size() > kMaxRanges) numbers.close_lowest_hole();
  highest = std::max(highest, last);
}

void Accepted::Epoch::take_back(std::uint64_t n) {
  numbers.remove(n);
  if (!recent.empty() && recent.newest() == n) recent.pop_newest();
  highest = numbers.ranges().empty() ? 0 : numbers.ranges().back().second;
}

Accepted::Epoch& Accepted::epoch(std::string_view agent, std::string_view name, Timestamp now) {
  auto of_agent = agents_.find(agent);
  if (of_agent == agents_.end())
    of_agent = agents_.emplace(std::string(agent), std::map<std::string, Epoch, std::less<>>{}).first;
  auto& epochs = of_agent->second;
  if (const auto it = epochs.find(name); it != epochs.end()) return it->second;
  if (epochs.size() >= kMaxEpochs)
    epochs.erase(std::min_element(epochs.begin(), epochs.end(), [](const auto& a, const auto& b) {
      return a.second.used < b.second.used;
    }));
  auto& made = epochs[std::string(name)];
  made.used = now;
  return made;
}

std::uint64_t Accepted::have(std::string_view agent, std::string_view name) const {
  const auto of_agent = agents_.find(agent);
  if (of_agent == agents_.end()) return 0;
  const auto it = of_agent->second.find(name);
  return it == of_agent->second.end() ? 0 : it->second.highest;
}

void Accepted::encode(std::string& out) const {
  put_varint(out, agents_.size());
  for (const auto& [agent, epochs] : agents_) {
    put_text(out, agent);
    put_varint(out, epochs.size());
    for (const auto& [name, epoch] : epochs) {
      put_text(out, name);
      put_varint(out, epoch.numbers.ranges().size());
      std::uint64_t before = 0;
      for (const auto& [first, last] : epoch.numbers.ranges()) {
        put_varint(out, first - before);
        put_varint(out, last - first);
        before = last;
      }
      put_signed(out, to_ms(epoch.used));
      put_varint(out, epoch.recent.size());
      epoch.recent.for_each([&](std::uint64_t n, std::uint64_t hash, Timestamp when) {
        put_varint(out, n);
        put_fixed(out, hash);
        put_signed(out, to_ms(when) - to_ms(epoch.used));
      });
    }
  }
}

Accepted Accepted::decode(std::string_view bytes) {
  ByteReader in(bytes);
  Accepted all;
  for (auto agents = in.count(); agents > 0; --agents) {
    auto& epochs = all.agents_[std::string(in.text())];
    for (auto count = in.count(); count > 0; --count) {
      auto& epoch = epochs[std::string(in.text())];
      std::uint64_t before = 0;
      for (auto ranges = in.count(2); ranges > 0; --ranges) {
        const auto first = before + in.varint();
        const auto last = first + in.varint();
        if (first < before || last < first) throw Fault("damaged bytes: a range is backwards");
        epoch.numbers.add(first, last);
        before = last;
      }
      epoch.highest = epoch.numbers.ranges().empty() ? 0 : epoch.numbers.ranges().back().second;
      epoch.used = from_ms(in.signed_varint());
      for (auto recent = in.count(10); recent > 0; --recent) {
        const auto n = in.varint();
        const auto hash = in.fixed<std::uint64_t>();
        epoch.recent.push(n, hash, epoch.used + Duration{in.signed_varint()});
      }
    }
  }
  if (!in.done()) throw Fault("damaged bytes: more than expected");
  return all;
}

}  // namespace xj::collector
