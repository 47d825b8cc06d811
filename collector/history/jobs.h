#pragma once
// Long work on history's files: it reads and writes files nobody else touches, so it may run on any thread.
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collector/history/history.h"
#include "collector/history/manifest.h"
#include "collector/history/open_series.h"

namespace xj::collector {

// Writes what was frozen, one file a day.
class FlushJob final : public History::Job {
 public:
  FlushJob(io::FileSystem& fs, std::string dir) : fs_(fs), dir_(std::move(dir)) {}
  void run() noexcept override;

  struct Part {
    HistoryFile file;
    std::shared_ptr<const std::vector<FrozenRows>> rows;  // in order
  };
  std::vector<Part> parts;
  std::exception_ptr failed;

 private:
  io::FileSystem& fs_;
  std::string dir_;
};

// Merges all files of a day into one, and tells its hours when it is over.
class FoldJob final : public History::Job {
 public:
  FoldJob(io::FileSystem& fs, std::string dir) : fs_(fs), dir_(std::move(dir)) {}
  void run() noexcept override;

  std::vector<HistoryFile> from;  // in the order they were made
  HistoryFile to;                 // without a name: the day has its one file, only its hours are missing
  HistorySummary summary;         // without a name: none is made
  std::exception_ptr failed;

 private:
  void fold();
  void remove_made(const std::string& name) const noexcept;
  io::FileSystem& fs_;
  std::string dir_;
};

}  // namespace xj::collector
