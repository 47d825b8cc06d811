#pragma once
// Whether two senders speak with one certificate, as a cloned machine and the one it was cloned from do. One
// sender leaves an epoch for good when it begins another (docs/wire.md, section 6), so epochs that come in
// turn are of several. A batch that was long on its way, or a spool that is set back, brings an old epoch up
// once.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/time.h"

namespace xj::collector {

inline constexpr Duration kTurnWithin{15 * 60'000};  // of the epoch's batch before
inline constexpr int kTurnsOfTwins = 4;              // without a longer while between two of them
// More that send in the same order each time are not seen.
inline constexpr std::size_t kSenders = 16;

class EpochTurns {
 public:
  // A batch of that epoch came. True when it is the one that tells.
  bool see(std::string_view epoch, Timestamp now);
  // Whether that was told within the last hour.
  bool several(Timestamp now) const;

 private:
  // Small: each of thousands of agents has its own.
  struct Seen {
    std::uint32_t epoch = 0;  // hash of its name; 0: none
    std::uint32_t second = 0;
    Timestamp when() const { return from_ms(std::int64_t{second} * 1'000); }
  };
  std::array<Seen, kSenders> seen_{};  // the newest first
  Timestamp turned_{};
  int turns_ = 0;
  std::optional<Timestamp> told_;
};

}  // namespace xj::collector
