#pragma once
// Checks that somebody wants to run now. The order rides on every answer to their agents until the results
// are in. In memory only: what a restart forgets, the schedule brings anyway. Owned by the engine thread.
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "core/wire.h"

namespace xj::collector {

struct Run {
  std::string id;  // "run-1790812801300-1": never given twice, also over a restart
  Timestamp asked;
  std::map<std::string, std::vector<std::string>> checks;  // by agent: assigned ids
};

class Runs {
 public:
  static constexpr Duration kLife{10 * 60'000};
  static constexpr std::size_t kMost = 32;  // live ones; the oldest gives way

  const Run& ask(std::map<std::string, std::vector<std::string>> checks, Timestamp now);
  // Null when there is none of that name any more.
  const Run* find(std::string_view id, Timestamp now) const;
  bool empty() const { return runs_.empty(); }

  // What an answer to this agent carries. `arrived` tells whether a check's result since then is in.
  using Arrived = std::function<bool(const std::string& check, Timestamp asked)>;
  std::vector<wire::Command> commands(const std::string& agent, Timestamp now, const Arrived& arrived);

 private:
  static bool over(const Run& run, Timestamp now);
  std::deque<Run> runs_;
  std::uint64_t given_ = 0;
};

}  // namespace xj::collector
