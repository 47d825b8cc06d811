#pragma once
// Every byte of a collector's folder that nobody changes, read and proven; nothing is written there.
// docs/storage.md, "Proving a folder", says what is found by what.
#include <cstdint>
#include <optional>
#include <string>

#include "collector/domain/contract.h"
#include "collector/positions.h"
#include "collector/safety/backup.h"
#include "collector/safety/figures.h"
#include "collector/safety/finding.h"
#include "collector/store/recompute.h"
#include "core/io/file.h"
#include "core/io/record_log_survey.h"

namespace xj::collector {

struct CheckOptions {
  std::size_t max_record = 16u << 20;  // as PipelineOptions::journal
  std::function<domain::ContractPtr(const std::string& revision, const std::string& tree)> read_contract;
  Progress progress;  // may be empty
};

struct Checked {
  io::RecordLogSurvey journal;
  HistoryParts history;
  std::uint64_t snapshot_bytes = 0, state_bytes = 0;
  int state_version = 0;
  bool sealed = false;             // state.db has its checksums beside it
  std::optional<BackupList> list;  // of the backup, which every file was held against
  bool older =
      false;  // state.db is of an earlier version: sound as far as it was looked at, its cases not proven
  Recomputed proven;  // its counts; the differences are findings
  Positions positions;
  Findings findings;
};

Checked check_folder(io::FileSystem& fs, const std::string& dir, const CheckOptions& options);

// The parts, in the order they are looked at. Each adds to the findings and says how far its part is.
class CheckMeter {
 public:
  CheckMeter(Progress progress, std::uint64_t total) : progress_(std::move(progress)), total_(total) {}
  void at(std::uint64_t of_part) const {
    if (progress_) progress_(std::min(total_, before_ + of_part), total_);
  }
  void part_done(std::uint64_t bytes) { before_ += bytes, at(0); }

 private:
  Progress progress_;
  std::uint64_t total_, before_ = 0;
};
void check_journal(io::FileSystem& fs, const std::string& dir, const CheckOptions& options,
                   const CheckMeter& meter, Checked& out);
void check_snapshot(io::FileSystem& fs, const std::string& dir, Checked& out);
void check_history(io::FileSystem& fs, const std::string& dir, const CheckMeter& meter, Checked& out);
void check_state(io::FileSystem& fs, const std::string& dir, const CheckOptions& options, Checked& out);
void check_pki(io::FileSystem& fs, const std::string& dir, Checked& out);
// The write-ahead log beside a state.db of a collector that did not stop in good order.
void check_wal(io::FileSystem& fs, const std::string& dir, Checked& out);

}  // namespace xj::collector
