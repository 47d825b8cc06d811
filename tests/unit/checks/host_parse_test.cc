// The parsers of /proc alone: right numbers from right text, nothing worse than "no" from anything else.
#include <gtest/gtest.h>

#include <random>

#include "checks/cpu.h"
#include "checks/diskio.h"
#include "checks/load.h"
#include "checks/memory.h"
#include "checks/mounts.h"
#include "checks/network.h"
#include "checks/process.h"
#include "checks/uptime.h"

namespace xj::checks {
namespace {

TEST(ParseCpu, ColumnsOfOldAndNewKernels) {
  const auto now = parse_cpu_stat("cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 1 1 1\ncpu1 1 1 1 1\nintr 5\n");
  ASSERT_TRUE(now);
  EXPECT_EQ(now->times.steal, 8U);
  EXPECT_EQ(now->cores, 2U);
  const auto old = parse_cpu_stat("cpu  1 2 3 4\nintr 5\n");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->times.iowait, 0U);
  EXPECT_FALSE(parse_cpu_stat(""));
  EXPECT_FALSE(parse_cpu_stat("cpu  1 2 3"));
  EXPECT_FALSE(parse_cpu_stat("cpu0 1 2 3 4"));
}

TEST(ParseCpu, UseIsTheShareOfWhatPassed) {
  const CpuTimes a{100, 0, 100, 800, 0, 0, 0, 0};
  const CpuTimes b{150, 10, 120, 890, 10, 5, 5, 10};
  const auto use = cpu_use(a, b);
  ASSERT_TRUE(use);
  EXPECT_DOUBLE_EQ(use->user, 30);
  EXPECT_DOUBLE_EQ(use->system, 15);
  EXPECT_DOUBLE_EQ(use->iowait, 5);
  EXPECT_DOUBLE_EQ(use->steal, 5);
  EXPECT_DOUBLE_EQ(use->used, 50);
  EXPECT_FALSE(cpu_use(a, a));
}

TEST(ParseCpu, ACounterThatWentBackCountsNothing) {
  // iowait is known to do that.
  const auto use = cpu_use({100, 0, 0, 100, 50, 0, 0, 0}, {110, 0, 0, 110, 40, 0, 0, 0});
  ASSERT_TRUE(use);
  EXPECT_DOUBLE_EQ(use->iowait, 0);
  EXPECT_DOUBLE_EQ(use->used, 50);
}

TEST(ParseLoad, AveragesAndThreads) {
  const auto load = parse_loadavg("0.15 1.20 10.05 2/345 6789\n");
  ASSERT_TRUE(load);
  EXPECT_NEAR(load->one, 0.15, 1e-9);
  EXPECT_NEAR(load->fifteen, 10.05, 1e-9);
  EXPECT_EQ(load->runnable, 2U);
  EXPECT_EQ(load->threads, 345U);
  EXPECT_FALSE(parse_loadavg("0.15 x"));
}

TEST(ParseLoad, CpuLists) {
  EXPECT_EQ(count_cpu_list("0\n"), 1U);
  EXPECT_EQ(count_cpu_list("0-3,8-11\n"), 8U);
  EXPECT_EQ(count_cpu_list(""), 0U);
  EXPECT_EQ(count_cpu_list("3-1"), 0U);
  EXPECT_EQ(count_cpu_list("0-99999999999"), 0U);
}

TEST(ParseMemory, AvailableIsEstimatedWhereTheKernelDoesNotTell) {
  const auto m = parse_meminfo(
      "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 300 kB\nShmem: 20 kB\n"
      "SReclaimable: 70 kB\n");
  ASSERT_TRUE(m);
  EXPECT_EQ(m->available, 500U * 1024);
  EXPECT_FALSE(parse_meminfo("MemFree: 100 kB\n"));
  EXPECT_FALSE(parse_meminfo("MemTotal: 0 kB\n"));
}

TEST(ParseMemory, MoreAvailableThanTotalIsCut) {
  const auto m = parse_meminfo("MemTotal: 10 kB\nMemAvailable: 99 kB\n");
  ASSERT_TRUE(m);
  EXPECT_EQ(m->available, m->total);
}

TEST(ParseUptime, Seconds) {
  EXPECT_DOUBLE_EQ(parse_uptime("300.25 500.10\n").value_or(0), 300.25);
  EXPECT_FALSE(parse_uptime("-3"));
  EXPECT_FALSE(parse_uptime("999999999999999"));
}

TEST(ParseDiskstats, ElevenColumnsAndMore) {
  std::vector<DiskLine> lines;
  parse_diskstats(
      "   8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n 259 1 nvme0n1 1 0 8 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n 8 1 sda1 1 2 3 "
      "4\nx\n",
      lines);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].name, "sda");
  EXPECT_EQ(lines[0].counters.written_sectors, 7U);
  EXPECT_EQ(lines[0].counters.busy_ms, 10U);
}

TEST(ParseDiskstats, Rates) {
  DiskCounters a, b;
  b.reads = 100, b.read_sectors = 2048, b.read_ms = 500;
  b.writes = 300, b.written_sectors = 4096, b.write_ms = 1500;
  b.busy_ms = 5000, b.weighted_ms = 20'000;
  const auto r = disk_rates(a, b, 10);
  EXPECT_DOUBLE_EQ(r.reads, 10);
  EXPECT_DOUBLE_EQ(r.written_bytes, 4096 * 512 / 10.0);
  EXPECT_DOUBLE_EQ(r.util, 50);
  EXPECT_DOUBLE_EQ(r.await_ms, 5);
  EXPECT_DOUBLE_EQ(r.queue, 2);
  EXPECT_DOUBLE_EQ(disk_rates(b, a, 10).reads, 0);
  EXPECT_DOUBLE_EQ(disk_rates(a, b, 0).reads, 0);
}

TEST(ParseNetDev, NamesGluedToNumbersAndAliases) {
  std::vector<NetLine> lines;
  parse_net_dev(
      "Inter-| x\n face |bytes\n  eth0:5000 50 1 2 0 0 0 0 6000 60 3 4 0 0 0 0\neth0:1: 1 1 0 0 0 0 0 0 1 1 "
      "0 0\n bad: 1 2\n",
      lines);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].name, "eth0");
  EXPECT_EQ(lines[0].counters.rx_bytes, 5000U);
  EXPECT_EQ(lines[0].counters.tx_drops, 4U);
  EXPECT_EQ(lines[1].name, "eth0:1");
}

TEST(ParseProcess, NamesMayHoldAnything) {
  const auto p =
      parse_process_stat("42 (a) b (c\n) S 1 42 42 0 -1 0 0 0 0 0 7 8 -1 -2 20 0 3 0 900 1000 55 0\n");
  ASSERT_TRUE(p);
  EXPECT_EQ(p->pid, 42U);
  EXPECT_EQ(p->name, "a) b (c\n");
  EXPECT_EQ(p->state, 'S');
  EXPECT_EQ(p->ticks, 15U);
  EXPECT_EQ(p->threads, 3U);
  EXPECT_EQ(p->start, 900U);
  EXPECT_EQ(p->rss_pages, 55U);
  EXPECT_FALSE(p->kernel);
  const auto kernel = parse_process_stat(
      "9 (kworker/0:1-events) I 2 0 0 0 -1 69238880 0 0 0 0 0 7 0 0 20 0 1 0 30 0 0 18446744073709551615\n");
  ASSERT_TRUE(kernel);
  EXPECT_TRUE(kernel->kernel);
  EXPECT_EQ(kernel->ticks, 7U);
  EXPECT_FALSE(parse_process_stat("42 (a S 1"));
  EXPECT_FALSE(parse_process_stat(")("));
  EXPECT_FALSE(parse_process_stat(""));
}

TEST(ParseProcess, CommandLines) {
  std::string line;
  command_line(std::string_view("/usr/bin/java\0-jar\0oa.jar\0", 26), 100, line);
  EXPECT_EQ(line, "/usr/bin/java -jar oa.jar");
  EXPECT_EQ(program_name(std::string_view("/usr/bin/java\0-jar", 18)), "java");
  EXPECT_EQ(program_name("nginx: worker process"), "nginx");
  EXPECT_EQ(program_name(""), "");
}

// What the kernel would never write must still be only a wrong number.
TEST(ParseGarbage, NoParserMindsWhatItGets) {
  std::mt19937 random(7);
  const std::string_view alphabet = "cpu0123456789 .:/-()\n\t\\MemTotal:sda\xff\x00|";
  std::vector<DiskLine> disks;
  std::vector<NetLine> nets;
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    const auto length = random() % 200;
    for (unsigned i = 0; i < length; ++i) text += alphabet[random() % alphabet.size()];
    parse_cpu_stat(text);
    parse_loadavg(text);
    count_cpu_list(text);
    parse_meminfo(text);
    parse_swap_traffic(text);
    parse_uptime(text);
    parse_diskstats(text, disks);
    parse_net_dev(text, nets);
    parse_process_stat(text);
    select_mounts(parse_mountinfo(text), {});
  }
}

}  // namespace
}  // namespace xj::checks
