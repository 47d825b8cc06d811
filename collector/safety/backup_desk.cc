#include "collector/safety/backup_desk.h"

#include "core/io/log.h"

namespace xj::collector {

std::string_view to_text(BackupReport::State state) {
  switch (state) {
    case BackupReport::State::none: return "none";
    case BackupReport::State::running: return "running";
    case BackupReport::State::done: return "done";
    case BackupReport::State::failed: return "failed";
  }
  return {};
}

BackupDesk::~BackupDesk() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

bool BackupDesk::start(Pipeline::Hold hold, std::string to) {
  std::lock_guard lock(mutex_);
  if (report_.state == BackupReport::State::running) return false;
  if (thread_.joinable()) thread_.join();  // it has said its last word
  report_ = {};
  report_.state = BackupReport::State::running;
  report_.to = to;
  report_.asked = clock_.now();
  try {
    thread_ = std::thread([this, hold = std::move(hold), to = std::move(to)] { run(hold, to); });
  } catch (const std::exception& fault) {
    report_.state = BackupReport::State::failed;
    report_.error = fault.what();
    report_.ended = report_.asked;
    throw;
  }
  return true;
}

BackupReport BackupDesk::report() const {
  std::lock_guard lock(mutex_);
  return report_;
}

void BackupDesk::run(const Pipeline::Hold& hold, const std::string& to) {
  CopyOptions options;
  options.stop = &stop_;
  options.progress = [this](std::uint64_t done, std::uint64_t total) {
    std::lock_guard lock(mutex_);
    report_.done = done, report_.total = total;
  };
  BackupSource source;
  source.dir = dir_;
  source.history = hold.history.manifest;
  source.synced = hold.synced;
  source.copy_state = [this](const std::string& file) {
    return copy_state_db(*io::open_sqlite(dir_ + "/state.db"), file);
  };
  try {
    const auto list = back_up(fs_, source, to, clock_.now(), options);
    log::info("backup: {} files, {} bytes in {}", list.files.size(), list.bytes(), to);
    std::lock_guard lock(mutex_);
    report_.files = list.files.size();
    report_.done = report_.total = list.bytes();
    report_.state = BackupReport::State::done;
    report_.ended = clock_.now();
  } catch (const std::exception& fault) {
    log::error("backup to {}: {}", to, fault.what());
    std::lock_guard lock(mutex_);
    report_.error = fault.what();
    if (const auto* ours = dynamic_cast<const Fault*>(&fault))
      report_.hint = ours->hint(), report_.why = words_of(*ours);
    report_.state = BackupReport::State::failed;
    report_.ended = clock_.now();
  }
}

}  // namespace xj::collector
