#pragma once
// Which numbers of which agent are in: what makes a repeated batch harmless. Pure; owned by the engine
// thread.
//
// Per (agent, epoch) a set of ranges and the contents' hashes of a window: numbers accepted in the last
// kWindowAge and at most kWindowNumbers of them. A repeat inside the window is compared. Behind it nobody can
// tell a repeat from the other content of a spool that was set back, so it is not called accepted: the agent
// begins a new epoch and sends it again, and nothing is lost. At kMaxRanges the lowest hole is closed, its
// numbers count as behind the window from then on: holes of refused and dropped numbers never fill, and must
// not stop the agent for ever.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "core/wire.h"

namespace xj::collector {

inline constexpr Duration kWindowAge{10 * 60'000};
inline constexpr std::size_t kWindowNumbers = 16'384;
inline constexpr std::size_t kMaxRanges = 4'096;  // of an epoch; one more closes its lowest hole
inline constexpr std::size_t kMaxEpochs = 32;     // of one agent; the one longest unused is forgotten

// Of everything a result says but its number.
std::uint64_t content_hash(const Result& result);

// Sorted, not touching, both ends belong to it.
class RangeSet {
 public:
  bool contains(std::uint64_t n) const;
  void add(std::uint64_t first, std::uint64_t last);
  void remove(std::uint64_t n);
  void close_lowest_hole();
  const std::vector<wire::Range>& ranges() const { return ranges_; }
  bool operator==(const RangeSet&) const = default;

 private:
  std::vector<wire::Range> ranges_;
};

// Accepted numbers with the hash of their content, in order of acceptance. Those of a batch follow each other
// and came at once, so that a hash each and a run a batch say it all.
class RecentNumbers {
 public:
  std::size_t size() const { return hashes_.size() - first_hash_; }
  bool empty() const { return size() == 0; }
  Timestamp oldest() const { return runs_[first_run_].when; }  // when it was accepted
  std::uint64_t newest() const { return runs_.back().n + runs_.back().count - 1; }
  void push(std::uint64_t n, std::uint64_t hash, Timestamp when);
  void pop_oldest();
  void pop_newest();
  // Of the one that was accepted last when there are several; null when there is none.
  const std::uint64_t* hash_of(std::uint64_t n) const;
  template <typename Visit>
  void for_each(Visit visit) const {  // (n, hash, when), oldest first
    const auto* hash = hashes_.data() + first_hash_;
    for (auto run = first_run_; run < runs_.size(); ++run)
      for (std::uint32_t i = 0; i < runs_[run].count; ++i) visit(runs_[run].n + i, *hash++, runs_[run].when);
  }
  bool operator==(const RecentNumbers& other) const;

 private:
  struct Run {
    std::uint64_t n;
    Timestamp when;
    std::uint32_t count;
    bool operator==(const Run&) const = default;
  };
  // What was taken off in front is cleared away when it is half of all.
  std::vector<Run> runs_;
  std::vector<std::uint64_t> hashes_;
  std::uint32_t first_run_ = 0, first_hash_ = 0;
};

class Accepted {
 public:
  enum class Verdict {
    fresh,     // never seen
    repeat,    // in already
    conflict,  // in already, with other content
    too_late   // in already as far as anybody can tell, too long ago to be compared
  };

  struct Epoch {
    RangeSet numbers;
    std::uint64_t highest = 0;
    Timestamp used{};
    RecentNumbers recent;
    bool operator==(const Epoch&) const = default;

    Verdict look(std::uint64_t n, std::uint64_t hash) const;
    void add(std::uint64_t n, std::uint64_t hash, Timestamp now);
    // Numbers that are behind the window already.
    void add_old(std::uint64_t first, std::uint64_t last);
    // Takes back what add() did, newest first: the journal did not take it.
    void take_back(std::uint64_t n);
  };

  Epoch& epoch(std::string_view agent, std::string_view epoch, Timestamp now);
  std::uint64_t have(std::string_view agent, std::string_view epoch) const;
  std::size_t agents() const { return agents_.size(); }

  void encode(std::string& out) const;
  static Accepted decode(std::string_view bytes);  // throws Fault on bytes of another making
  bool operator==(const Accepted&) const = default;

 private:
  std::map<std::string, std::map<std::string, Epoch, std::less<>>, std::less<>> agents_;
};

}  // namespace xj::collector
