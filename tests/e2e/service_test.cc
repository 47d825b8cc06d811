// Both daemons as a service manager sees them: a real NOTIFY_SOCKET, the watchdog, SIGHUP, SIGTERM; and the
// unit files themselves.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "tests/e2e/process.h"
#include "tests/fakes/contract_yaml.h"
#include "tests/fakes/held_port.h"
#include "tests/fakes/places.h"

namespace xj::e2e {
namespace {

using namespace std::chrono_literals;

// What the service manager would hear.
class Manager {
 public:
  Manager() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path().c_str());
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("no notify socket");
  }
  ~Manager() { ::close(fd_); }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  std::string path() const { return dir_ / "notify"; }
  std::vector<std::string> environment(const std::string& watchdog_us) const {
    return {"NOTIFY_SOCKET=" + path(), "WATCHDOG_USEC=" + watchdog_us};
  }
  // Everything heard until `wanted` came, watchdogs left out but counted; false after a minute.
  bool hear(const std::string& wanted) {
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (std::chrono::steady_clock::now() < until) {
      pollfd p{fd_, POLLIN, 0};
      if (::poll(&p, 1, 100) <= 0) continue;
      char text[256];
      const auto n = ::recv(fd_, text, sizeof text, 0);
      if (n <= 0) continue;
      heard.emplace_back(text, static_cast<std::size_t>(n));
      if (heard.back() == "WATCHDOG=1") ++watchdogs;
      if (heard.back() == wanted) return true;
    }
    return false;
  }
  std::vector<std::string> states() const {
    std::vector<std::string> out;
    std::copy_if(heard.begin(), heard.end(), std::back_inserter(out),
                 [](const std::string& s) { return s != "WATCHDOG=1"; });
    return out;
  }
  std::vector<std::string> heard;
  int watchdogs = 0;

 private:
  TempDir dir_;
  int fd_ = -1;
};

// Start, watchdog, a good reload, a refused one, the end: in this order and nothing else.
void lead_a_life(Process& daemon, Manager& manager, const std::string& log,
                 const std::function<void()>& damage_configuration) {
  ASSERT_TRUE(manager.hear("READY=1")) << read_file(log);
  const int before = manager.watchdogs;
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(manager.hear("WATCHDOG=1"));
  EXPECT_GE(manager.watchdogs, before + 4);
  daemon.signal(SIGHUP);
  ASSERT_TRUE(manager.hear("RELOADING=1"));
  ASSERT_TRUE(manager.hear("READY=1"));
  damage_configuration();
  daemon.signal(SIGHUP);
  ASSERT_TRUE(manager.hear("RELOADING=1"));
  ASSERT_TRUE(manager.hear("READY=1")) << "a refused file leaves the service ready with the one before";
  ASSERT_TRUE(manager.hear("WATCHDOG=1"));
  daemon.signal(SIGTERM);
  ASSERT_TRUE(manager.hear("STOPPING=1"));
  EXPECT_EQ(daemon.wait(), 0);
  EXPECT_EQ(manager.states(), (std::vector<std::string>{"READY=1", "RELOADING=1", "READY=1", "RELOADING=1",
                                                        "READY=1", "STOPPING=1"}));
}

TEST(Service, TheAgentTellsItsManagerWhatItDoes) {
  TempDir dir;
  Manager manager;
  const test::HeldPort nobody;
  const std::string good = "collector: {url: \"https://" + nobody.address() +
                           "\"}\nstate_dir: agent\nchecks:\n  - {name: load, kind: load, interval: 10s}\n";
  const auto file = dir.write("agent.yaml", good);
  Process agent({program("xunjian-agent"), "run", "--config", file}, dir / "log",
                manager.environment("400000"));
  lead_a_life(agent, manager, dir / "log", [&] { dir.write("agent.yaml", good + "nonsense: 1\n"); });
}

TEST(Service, TheCollectorTellsItsManagerWhatItDoes) {
  TempDir dir;
  Manager manager;
  dir.write("contract.yaml", fakes::contract_yaml("demo", R"(  oa:
    title: 办公平台
    hosts: [host-1]
    checks:
      load: {title: 负载, kind: load, interval: 1m}
)"));
  const std::string good =
      "data_dir: collector\nlisten: {agents: \"127.0.0.1:0\", people: \"127.0.0.1:0\", socket: " +
      (dir / "s.sock") + "}\nnames: [localhost, 127.0.0.1]\ncontracts: [contract.yaml]\nholidays: [" +
      source_dir() + "/config/examples/calendar-cn.csv]\n";
  const auto file = dir.write("collector.yaml", good);
  Process collector({program("xunjian-collector"), "serve", "--config", file}, dir / "log",
                    manager.environment("400000"));
  lead_a_life(collector, manager, dir / "log", [&] { dir.write("collector.yaml", good + "nonsense: 1\n"); });
}

// The shipped unit with the programs where this build put them.
std::string unit_of(const TempDir& dir, const std::string& name) {
  auto text = read_file(source_dir() + "/packaging/" + name + ".service");
  const std::string installed = "/usr/bin/" + name;
  const auto at = text.find(installed);
  EXPECT_NE(at, std::string::npos);
  text.replace(at, installed.size(), program(name));
  return dir.write(name + ".service", text);
}

TEST(Service, TheUnitFilesAreUnderstood) {
  TempDir dir;
  for (const auto* name : {"xunjian-agent", "xunjian-collector"}) {
    const auto o = run({"/usr/bin/systemd-analyze", "verify", "--man=no", unit_of(dir, name)});
    EXPECT_EQ(o.code, 0) << o.err;
    EXPECT_EQ(o.err, "") << name;
  }
}

// In a mount namespace of its own the agent would report that one's mounts, read-only flags and free space.
TEST(Service, TheAgentSeesTheMountsOfTheHost) {
  const auto text = read_file(source_dir() + "/packaging/xunjian-agent.service");
  for (const auto* option : {"PrivateTmp",
                             "PrivateDevices",
                             "PrivateMounts",
                             "PrivateIPC",
                             "ProtectSystem",
                             "ProtectHome",
                             "ProtectKernelTunables",
                             "ProtectKernelModules",
                             "ProtectKernelLogs",
                             "ProtectControlGroups",
                             "ProtectProc",
                             "ProcSubset",
                             "RootDirectory",
                             "RootImage",
                             "ReadOnlyPaths",
                             "ReadWritePaths",
                             "InaccessiblePaths",
                             "ExecPaths",
                             "NoExecPaths",
                             "TemporaryFileSystem",
                             "BindPaths",
                             "BindReadOnlyPaths",
                             "MountFlags",
                             "DynamicUser"})
    EXPECT_EQ(text.find(std::string("\n") + option + "="), std::string::npos) << option;
}

}  // namespace
}  // namespace xj::e2e
