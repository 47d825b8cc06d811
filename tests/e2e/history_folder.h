#pragma once
// A history folder while a collector works on it, and what a kill has left of a history folder, told by its
// manifest alone, as docs/storage.md has it.
#include <chrono>
#include <deque>
#include <set>
#include <string>

namespace xj::e2e {

struct HistoryFolder {
  // Not named, and with a number that the next manifest would have named: being made when it ended.
  std::set<std::string> half_days, half_hours;
  // Not named any more: on their way to be removed.
  std::set<std::string> doomed;
  std::set<std::string> hours;  // the summaries of days that are one file, which are made anew when lost

  static HistoryFolder of(const std::string& dir);
};

// The day files and summaries that are made in a folder from now on, one after the other.
class NewFiles {
 public:
  explicit NewFiles(const std::string& dir);
  ~NewFiles();
  NewFiles(const NewFiles&) = delete;
  NewFiles& operator=(const NewFiles&) = delete;
  // The name of the next; empty when there is none so soon.
  std::string next(std::chrono::milliseconds limit);

 private:
  int fd_ = -1;
  std::deque<std::string> seen_;
};

}  // namespace xj::e2e
