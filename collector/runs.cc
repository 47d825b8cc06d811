#include "collector/runs.h"

#include <algorithm>

namespace xj::collector {

// A clock that was set back must not keep an order for hours.
bool Runs::over(const Run& run, Timestamp now) { return now - run.asked > kLife || run.asked - now > kLife; }

const Run& Runs::ask(std::map<std::string, std::vector<std::string>> checks, Timestamp now) {
  while (runs_.size() >= kMost) runs_.pop_front();
  auto id = "run-" + std::to_string(to_ms(now)) + '-' + std::to_string(++given_);
  return runs_.emplace_back(Run{std::move(id), now, std::move(checks)});
}

const Run* Runs::find(std::string_view id, Timestamp now) const {
  const auto it = std::find_if(runs_.begin(), runs_.end(), [&](const Run& run) { return run.id == id; });
  return it == runs_.end() || over(*it, now) ? nullptr : &*it;
}

std::vector<wire::Command> Runs::commands(const std::string& agent, Timestamp now, const Arrived& arrived) {
  std::erase_if(runs_, [&](const Run& run) { return over(run, now); });
  std::vector<wire::Command> out;
  for (const auto& run : runs_) {
    const auto it = run.checks.find(agent);
    if (it == run.checks.end()) continue;
    if (std::all_of(it->second.begin(), it->second.end(),
                    [&](const std::string& check) { return arrived(check, run.asked); }))
      continue;
    // The same words each time: an agent obeys an id once. More than a command can name are all of them.
    wire::Command command{run.id, "run_now", {}};
    if (it->second.size() <= wire::kMaxArgs) command.args = it->second;
    out.push_back(std::move(command));
  }
  return out;
}

}  // namespace xj::collector
