// Each resident kind on captured hosts.
#include <gtest/gtest.h>
#include <unistd.h>

#include "temp_host.h"

namespace xj::checks {
namespace {

TEST(CpuCheck, NeedsTwoSamplesAndHoldsItsStateByTheMargin) {
  TempHost host;
  host.write("proc/stat", "cpu  100 0 0 900 0 0 0 0\ncpu0 1 1 1 1\n");
  const auto check =
      make("cpu", params_of({{"warn", "70%"}, {"crit", "90%"}, {"clear", "5%"}}), host.environment());
  const auto first = check->run(at(0));
  EXPECT_TRUE(first.again);
  EXPECT_TRUE(first.metrics.empty());

  host.write("proc/stat", "cpu  171 0 0 929 0 0 0 0\ncpu0 1 1 1 1\n");
  const auto high = check->run(at(1000));
  EXPECT_FALSE(high.again);
  EXPECT_EQ(high.state, State::warning);
  EXPECT_EQ(english(high.msg), "CPU use 71% is above 70%");
  EXPECT_DOUBLE_EQ(value_of(high.metrics, "used_percent"), 71);
  EXPECT_DOUBLE_EQ(value_of(high.metrics, "cores"), 1);

  host.write("proc/stat", "cpu  237 0 0 963 0 0 0 0\ncpu0 1 1 1 1\n");
  EXPECT_EQ(check->run(at(2000)).state, State::warning) << "66% is inside the margin";
  host.write("proc/stat", "cpu  301 0 0 999 0 0 0 0\ncpu0 1 1 1 1\n");
  EXPECT_EQ(check->run(at(3000)).state, State::ok) << "64% is beyond it";
}

TEST(CpuCheck, NoTickBetweenTwoRunsIsNotZeroPercent) {
  TempHost host("debian12-vm");
  const auto check = make("cpu", {}, host.environment());
  check->run(at(0));
  EXPECT_TRUE(check->run(at(1)).again);
}

TEST(EveryResidentKind, SaysUnknownWhenTheHostHasNothingToRead) {
  TempHost host;
  for (const auto& type : builtin().all()) {
    if (type.where != Where::resident) continue;
    const auto outcome = make(type.name, {}, host.environment())->run(at(0));
    EXPECT_EQ(outcome.state, State::unknown) << type.name;
    EXPECT_NE(english(outcome.msg).find("No such file"), std::string::npos)
        << type.name << english(outcome.msg);
  }
}

TEST(EveryResidentKind, RunsOnTheCapturedHosts) {
  for (const auto* fixture : {"debian12-vm", "centos6-physical"}) {
    TempHost host(fixture);
    host.write("proc/7/stat", "7 (one) S 1 7 7 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 5 100 10 0\n");
    auto environment = host.environment();
    environment.host.space = [](const std::string&) { return SpaceAnswer{0, {100, 50, 50, 10, 5}}; };
    for (const auto& type : builtin().all()) {
      if (type.where != Where::resident) continue;
      const auto check = make(type.name, {}, environment);
      check->run(at(0));
      host.replace("proc/stat", "cpu  1", "cpu  9");
      const auto outcome = check->run(at(10'000));
      host.replace("proc/stat", "cpu  9", "cpu  1");
      EXPECT_FALSE(outcome.again) << type.name;
      EXPECT_NE(outcome.state, State::unknown) << type.name << ": " << english(outcome.msg);
      EXPECT_FALSE(outcome.msg.empty()) << type.name;
    }
  }
}

TEST(LoadCheck, JudgesPerCore) {
  TempHost host("centos6-physical");
  const auto outcome =
      make("load", params_of({{"minutes", "5"}, {"warn", "2"}, {"crit", "3.9"}}), host.environment())
          ->run(at(0));
  EXPECT_EQ(outcome.state, State::critical);
  EXPECT_DOUBLE_EQ(value_of(outcome.metrics, "per_core"), 4);
  EXPECT_EQ(english(outcome.msg), "load per core 4 is above 3.9");
}

TEST(MemoryCheck, OldKernel) {
  TempHost host("centos6-physical");
  const auto outcome = make("memory", params_of({{"warn", "60%"}}), host.environment())->run(at(0));
  EXPECT_EQ(outcome.state, State::warning);
  EXPECT_NEAR(value_of(outcome.metrics, "used_percent"), 100.0 * (3923184 - 1500000) / 3923184, 0.001);
}

TEST(MemoryCheck, AvailableBytesFromBelow) {
  TempHost host("debian12-vm");
  const auto outcome =
      make("memory", params_of({{"available_crit", "100GiB"}}), host.environment())->run(at(0));
  EXPECT_EQ(outcome.state, State::critical);
  EXPECT_EQ(outcome.msg.id, "checks.below");
}

TEST(SwapCheck, NoneIsFineAndTrafficNeedsTwoSamples) {
  TempHost none("debian12-vm");
  const auto without = make("swap", {}, none.environment())->run(at(0));
  EXPECT_EQ(without.state, State::ok);
  EXPECT_EQ(without.msg.id, "checks.swap.none");

  TempHost host("centos6-physical");
  const auto check = make("swap", {}, host.environment());
  const auto first = check->run(at(0));
  EXPECT_FALSE(first.again);
  EXPECT_EQ(first.state, State::warning);
  EXPECT_EQ(find_metric(first.metrics, "in_bytes_per_s"), nullptr);
  host.write("proc/vmstat", "nr_free 1\npswpin 110\npswpout 200\n");
  EXPECT_DOUBLE_EQ(value_of(check->run(at(10'000)).metrics, "in_bytes_per_s"), 4096);
}

TEST(UptimeCheck, TellsARestart) {
  TempHost host("centos6-physical");
  const auto check = make("uptime", params_of({{"recent", "10m"}}), host.environment());
  const auto fresh = check->run(at(0));
  EXPECT_EQ(fresh.state, State::warning);
  EXPECT_EQ(fresh.msg.id, "checks.uptime.restarted");
  EXPECT_DOUBLE_EQ(value_of(fresh.metrics, "uptime_seconds"), 300);
  host.write("proc/uptime", "86461.10 1\n");
  const auto later = check->run(at(0));
  EXPECT_EQ(later.state, State::ok);
  EXPECT_EQ(english(later.msg), "up for 1 day 1 min");
}

TEST(UptimeCheck, TooLong) {
  TempHost host;
  host.write("proc/uptime", "9000000 1\n");
  EXPECT_EQ(make("uptime", params_of({{"max", "90d"}}), host.environment())->run(at(0)).state,
            State::warning);
}

TEST(DiskIoCheck, WholeDevicesByDefaultAndSlashesInNames) {
  TempHost host("centos6-physical");
  const auto check = make("diskio", {}, host.environment());
  EXPECT_TRUE(check->run(at(0)).again);
  host.replace("proc/diskstats", "cciss/c0d0 1000 10 8000 5000", "cciss/c0d0 1100 10 9000 65000");
  const auto outcome = check->run(at(10'000));
  ASSERT_EQ(outcome.items.size(), 2U) << "cciss/c0d0 and sda, no partition, no ram disk";
  const auto& item = item_of(outcome, "cciss/c0d0");
  EXPECT_DOUBLE_EQ(value_of(item.metrics, "reads_per_s"), 10);
  EXPECT_DOUBLE_EQ(value_of(item.metrics, "read_bytes_per_s"), 51'200);
  EXPECT_DOUBLE_EQ(value_of(item.metrics, "await_ms"), 600);
  EXPECT_EQ(item.state, State::warning);
  EXPECT_EQ(english(outcome.msg), "cciss/c0d0: time per request 600 ms is above 200 ms");
}

TEST(DiskIoCheck, OneSlowRequestIsNotJudged) {
  TempHost host("centos6-physical");
  const auto check = make("diskio", {}, host.environment());
  check->run(at(0));
  host.replace("proc/diskstats", "sda 1 0 8 5", "sda 2 0 16 5005");
  const auto outcome = check->run(at(10'000));
  EXPECT_EQ(item_of(outcome, "sda").state, State::ok);
  EXPECT_DOUBLE_EQ(value_of(item_of(outcome, "sda").metrics, "await_ms"), 5000);
}

TEST(DiskIoCheck, IncludeTakesPartitionsToo) {
  TempHost host("centos6-physical");
  const auto check = make("diskio", params_of({{"include", "cciss/*p1, dm-*"}}), host.environment());
  check->run(at(0));
  const auto outcome = check->run(at(1000));
  ASSERT_EQ(outcome.items.size(), 2U);
  EXPECT_EQ(outcome.items[0].key, "cciss/c0d0p1");
}

TEST(DiskIoCheck, ADeviceThatComesLaterHasNoRatesAtFirst) {
  TempHost host("centos6-physical");
  const auto check = make("diskio", params_of({{"include", "sd*"}}), host.environment());
  check->run(at(0));
  host.write("proc/diskstats", host.read("proc/diskstats") + "   8      16 sdb 9 0 8 5 0 0 0 0 0 5 5\n");
  EXPECT_EQ(check->run(at(1000)).items.size(), 1U);
  EXPECT_EQ(check->run(at(2000)).items.size(), 2U);
}

TEST(NetworkCheck, RatesErrorsAndLinks) {
  TempHost host("centos6-physical");
  const auto check = make("network", params_of({{"up", "eth0, em1, bond0"}}), host.environment());
  EXPECT_TRUE(check->run(at(0)).again);
  host.replace("proc/net/dev", "eth0:5000 50 0 0", "eth0:125005000 150 50 20");
  const auto outcome = check->run(at(10'000));
  const auto& eth0 = item_of(outcome, "eth0");
  EXPECT_DOUBLE_EQ(value_of(eth0.metrics, "rx_bytes_per_s"), 12.5e6);
  EXPECT_DOUBLE_EQ(value_of(eth0.metrics, "rx_errors_per_s"), 5);
  EXPECT_DOUBLE_EQ(value_of(eth0.metrics, "rx_drops_per_s"), 2);
  EXPECT_DOUBLE_EQ(value_of(eth0.metrics, "util_percent"), 100);
  EXPECT_EQ(eth0.state, State::critical);
  EXPECT_EQ(item_of(outcome, "em1").state, State::critical);
  EXPECT_EQ(english(item_of(outcome, "em1").msg), "the link is down, must be up");
  EXPECT_EQ(english(item_of(outcome, "bond0").msg), "the interface is absent, must be up");
  for (const auto& item : outcome.items) EXPECT_NE(item.key, "lo");
}

TEST(NetworkCheck, ACounterThatWasResetGivesNoPeak) {
  TempHost host("centos6-physical");
  const auto check = make("network", params_of({{"include", "eth0"}}), host.environment());
  check->run(at(0));
  host.replace("proc/net/dev", "eth0:5000", "eth0:10");
  EXPECT_DOUBLE_EQ(value_of(item_of(check->run(at(1000)), "eth0").metrics, "rx_bytes_per_s"), 0);
}

TEST(NetworkCheck, HundredsOfInterfaces) {
  TempHost host;
  std::string text = "Inter-|\n face |\n";
  for (int i = 0; i < 600; ++i)
    text += "  tun" + std::to_string(i) + ": 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\nveth" + std::to_string(i) +
            ": 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n";
  host.write("proc/net/dev", text);
  const auto check = make("network", {}, host.environment());
  check->run(at(0));
  EXPECT_EQ(check->run(at(1000)).items.size(), 600U);
}

TEST(ProcessCheck, CountsByNameAndCommandLine) {
  TempHost host("debian12-vm");
  const auto run = [&](const ParamMap& params) {
    const auto check = make("process", params, host.environment());
    EXPECT_TRUE(check->run(at(0)).again);
    return check->run(at(1000));
  };
  const auto nginx = run(params_of({{"name", "nginx"}}));
  EXPECT_EQ(nginx.state, State::ok);
  EXPECT_DOUBLE_EQ(value_of(nginx.metrics, "matching"), 3);
  EXPECT_DOUBLE_EQ(value_of(nginx.metrics, "total"), 9);
  EXPECT_DOUBLE_EQ(value_of(nginx.metrics, "zombies"), 1);
  EXPECT_DOUBLE_EQ(value_of(nginx.metrics, "blocked"), 1);
  const auto few = run(params_of({{"name", "nginx"}, {"min", "5"}}));
  EXPECT_EQ(few.state, State::critical);
  EXPECT_EQ(english(few.msg), "nginx: number of processes 3 is below 5");
  EXPECT_EQ(run(params_of({{"name", "nginx"}, {"max", "2"}})).state, State::critical);
  EXPECT_EQ(run(params_of({{"cmdline", "*oa-server.jar*"}})).state, State::ok);
  EXPECT_EQ(run(params_of({{"cmdline", "*no-such*"}})).state, State::critical);
  EXPECT_EQ(run(params_of({{"name", "miner*"}, {"max", "0"}})).state, State::ok);
  EXPECT_EQ(run(params_of({{"name", "defunct"}})).state, State::critical) << "a zombie is no service";
  EXPECT_EQ(run(params_of({{"name", "systemd-timesyncd"}})).state, State::ok)
      << "the kernel keeps 15 bytes of a name";
  EXPECT_EQ(run(params_of({{"name", "systemd-*d"}})).state, State::ok);
  EXPECT_EQ(run(params_of({{"name", "*timesyncd"}})).state, State::ok);
  EXPECT_EQ(run(params_of({{"name", "systemd-timesynch"}})).state, State::critical);
  EXPECT_EQ(run(params_of({{"zombies_warn", "0"}})).state, State::warning);
  EXPECT_EQ(run(params_of({{"name", "java"}, {"memory_warn", "500MiB"}})).state, State::warning);
}

TEST(ProcessCheck, TopByCpuAndMemory) {
  TempHost host("debian12-vm");
  const auto check = make("process", params_of({{"top", "2"}}), host.environment());
  check->run(at(0));
  host.replace("proc/702/stat", "6 1 950 5", "6 1 1000 5");
  const auto outcome = check->run(at(1000));
  ASSERT_EQ(outcome.rows.size(), 4U);
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  EXPECT_EQ(outcome.rows[1][1], "702");
  EXPECT_EQ(outcome.rows[1][3], ticks == 100 ? "50%" : outcome.rows[1][3]);
  EXPECT_EQ(outcome.rows[2][2], "java");
  EXPECT_EQ(outcome.rows[2][0], "rss");
}

TEST(ProcessCheck, APidThatWasUsedAgainHasNoCpu) {
  TempHost host("debian12-vm");
  const auto check = make("process", params_of({{"name", "java"}}), host.environment());
  check->run(at(0));
  host.replace("proc/810/stat", " 90000 5 ", " 95000 5 ");
  host.replace("proc/810/stat", " 1200 54308864", " 9900 54308864");
  EXPECT_DOUBLE_EQ(value_of(check->run(at(1000)).metrics, "matching_cpu_percent"), 0);
}

}  // namespace
}  // namespace xj::checks
