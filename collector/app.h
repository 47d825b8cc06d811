#pragma once
// The collector put together, in one straight line. The only owner of everything below it; `clock` is the one
// place where time comes from.
#include <atomic>
#include <memory>
#include <set>
#include <string>

#include "collector/api/background.h"
#include "collector/api/services.h"
#include "collector/engine.h"
#include "collector/http/enrolment.h"
#include "collector/http/server.h"
#include "collector/http/server_pki.h"
#include "collector/notify/dispatcher.h"
#include "collector/pipeline.h"
#include "collector/safety/backup_desk.h"
#include "collector/setup.h"
#include "core/guarded.h"
#include "core/io/file.h"

namespace xj::collector {

class App {
 public:
  // Makes the data folder, the database and the certificates on the first start, and takes the addresses.
  // Throws Fault with words for the operator. Borrows both.
  App(Setup setup, io::FileSystem& fs, const Clock& clock);
  ~App();  // stop()
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  void start();  // listens, and starts all threads
  // No new requests, answers what is in hand, saves. Idempotent.
  void stop();

  // Contracts, holidays, channels and operators of another setup, from now on. Where it listens and keeps its
  // data needs a restart: said in the log, not done. Not from an engine's or I/O thread.
  void apply(Setup setup);
  // Once in a while, by whoever waits for signals: certificates that run out, and those long over.
  void look_after();

  Engine& engine() { return *engine_; }
  std::string agents_address() const { return server_->agents_address(); }
  std::string people_address() const { return server_->people_address(); }
  const Setup& setup() const { return setup_; }

 private:
  struct NotOpen {};
  App(Setup setup, io::FileSystem& fs, const Clock& clock, NotOpen);
  void open();
  Remains look(const std::string& state, const PipelineOptions& options);
  void alive(Duration lag);

  Setup setup_;
  const std::string data_dir_;  // of this life: that of setup_ may be another, for the next
  io::FileSystem& fs_;
  const Clock& clock_;
  Guarded<std::set<std::string>> operators_;
  std::unique_ptr<io::FolderLock> lock_;
  std::unique_ptr<io::Db> db_;  // of the engine's thread
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<http::ServerPki> pki_;
  http::RevocationList revoked_;
  std::unique_ptr<http::Enrolment> enrolment_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Background> background_;
  std::unique_ptr<BackupDesk> backups_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<http::Server> server_;
  Duration watchdog_{0};
  MonoTime next_watchdog_{};
  bool started_ = false, stopped_ = false;
  bool seals_ = false;  // state.db at the end: not one that was without a seal when its start was refused
  std::atomic<bool> stopping_{false};
};

}  // namespace xj::collector
