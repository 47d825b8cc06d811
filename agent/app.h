#pragma once
// The agent as a whole, on one thread: one poll(2) over signals, workers, waiting checks and the uplink, with
// the nearest of their times. Reading App::turn() is reading the agent.
#include <poll.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/https_transport.h"
#include "agent/runner.h"
#include "agent/schedule.h"
#include "agent/self_watch.h"
#include "agent/signals.h"
#include "agent/spool.h"
#include "agent/uplink.h"
#include "config/agent_config.h"

namespace xj::agent {

inline constexpr std::string_view kSelfCheck = "local/agent";

struct AppParts {
  const Clock& clock;
  io::FileSystem& fs;
  const checks::Registry& registry;
  std::unique_ptr<Transport> transport;  // null: HTTPS as the configuration says
};

class App {
 public:
  // Locks the state folder; throws Fault when it cannot be used or another agent holds it.
  App(config::AgentConfig config, AppParts parts);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Until Signals say stop. `again` reads the configuration anew at SIGHUP: empty when it was refused.
  void run(Signals& signals, const std::function<std::optional<config::AgentConfig>()>& again);

  // One turn of the loop: everything that is due, then a wait of at most `longest` for what comes next.
  void turn(Duration longest, int wake_fd = -1);
  void reload(config::AgentConfig config);
  void stop();  // spool synced and its position saved; workers end with the destructor

  // For tests and status lines.
  const std::string& name() const { return name_; }
  SpoolStatus spool_status() const { return spool_->status(); }
  UplinkStatus uplink_status() const { return uplink_->status(); }
  const std::string& revision() const { return assignment_.revision; }

 private:
  void load_assignment();
  void apply();
  void take_uplink();
  void obey(const wire::Command& command);
  void look_at_certificate(Timestamp now, MonoTime mono);
  void install_certificate(const std::string& pem);
  void self_check(const Due& due, Timestamp now, MonoTime mono);
  void keep(Result result, bool ordered, Timestamp now, MonoTime mono);
  void write_logs();
  void watchdog(MonoTime mono);
  MonoTime next(Timestamp now, MonoTime mono) const;

  const Clock& clock_;
  io::FileSystem& fs_;
  config::AgentConfig config_;
  std::unique_ptr<io::FolderLock> lock_;
  std::string name_;
  wire::Assignment assignment_;
  std::unique_ptr<Schedule> schedule_;
  std::unique_ptr<Runner> runner_;
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<Transport> transport_;
  HttpsTransport* https_ = nullptr;  // transport_, unless it was given
  std::unique_ptr<Uplink> uplink_;
  SelfWatch self_;
  std::map<std::string, std::uint64_t, std::less<>> last_look_;  // check → hash of what was not ok
  std::deque<std::string> obeyed_;                               // ids of the latest commands
  std::optional<Timestamp> certificate_until_;
  MonoTime look_at_certificate_{}, next_watchdog_{};
  Duration watchdog_every_{0};
  std::vector<pollfd> polled_;
};

}  // namespace xj::agent
