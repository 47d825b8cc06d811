#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "checks/mounts.h"
#include "temp_host.h"

namespace xj::checks {
namespace {

constexpr std::uint64_t kGiB = 1u << 30;

std::vector<std::string> points(const std::vector<Mount>& mounts) {
  std::vector<std::string> out;
  for (const auto& m : mounts) out.push_back(m.point);
  return out;
}

std::vector<Mount> odd_mounts() {
  return parse_mountinfo(TempHost("odd-mounts").read("proc/self/mountinfo"));
}

TEST(Mounts, EscapesAndOptionalFields) {
  const auto all = odd_mounts();
  ASSERT_EQ(all.size(), 19U) << "two lines are none";
  EXPECT_EQ(all[1].point, "/media/My USB Disk");
  EXPECT_EQ(all[2].point, "/数据/备份\t2026");
  EXPECT_EQ(all[3].point, "/back\\slash");
  EXPECT_FALSE(all[4].read_only);
  EXPECT_TRUE(all[4].super_read_only);
  EXPECT_EQ(all[16].type, "zfs");
}

TEST(Mounts, DefaultsAreWhatAPersonWouldWatch) {
  const auto kept = points(select_mounts(odd_mounts(), {}));
  const std::vector<std::string> expected{
      "/",        "/media/My USB Disk", "/数据/备份\t2026", "/back\\slash", "/broken",
      "/mnt/nas", "/mnt/share",         "/hidden",          "/covered",     "/pool",
      "/btr"};
  // /home/u/remote lies below a later mount. /btr is nearer to the root of its file system than /home and
  // takes its place.
  auto sorted = kept, wanted = expected;
  std::sort(sorted.begin(), sorted.end());
  std::sort(wanted.begin(), wanted.end());
  EXPECT_EQ(sorted, wanted);
}

TEST(Mounts, TheLaterMountHidesTheEarlier) {
  for (const auto& m : select_mounts(odd_mounts(), {})) {
    if (m.point == "/hidden") {
      EXPECT_EQ(m.type, "xfs");
    }
    EXPECT_NE(m.point, "/covered/inner");
  }
}

TEST(Mounts, FiltersByPointAndType) {
  EXPECT_EQ(points(select_mounts(
                odd_mounts(),
                {.include = {"/snap/*", "/var/www"}, .exclude = {}, .types = {}, .exclude_types = {}})),
            (std::vector<std::string>{"/var/www", "/snap/core/1"}));
  EXPECT_EQ(
      points(select_mounts(odd_mounts(),
                           {.include = {}, .exclude = {"/数据/*"}, .types = {"xfs"}, .exclude_types = {}})),
      (std::vector<std::string>{"/hidden"}));
  for (const auto& m : select_mounts(
           odd_mounts(),
           {.include = {}, .exclude = {}, .types = {}, .exclude_types = {"ext*"}, .network = false})) {
    EXPECT_NE(m.type, "ext4");
    EXPECT_FALSE(is_network_type(m.type)) << m.type;
  }
}

TEST(Mounts, AContainersRootIsWatched) {
  const auto all = parse_mountinfo(
      "1 0 0:60 / / rw - overlay overlay rw\n2 1 0:61 / /etc/hosts rw - overlay overlay rw\n");
  EXPECT_EQ(points(select_mounts(all, {})), (std::vector<std::string>{"/"}));
}

class DiskCheck : public ::testing::Test {
 protected:
  DiskCheck() { mounts("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /data rw - xfs /dev/sda2 rw\n"); }
  void mounts(const std::string& text) { host_.write("proc/self/mountinfo", text); }
  Environment environment() {
    Environment e = host_.environment();
    e.host.space = [this](const std::string& path) {
      const auto it = spaces_.find(path.substr(host_.root().size()));
      return it == spaces_.end() ? SpaceAnswer{ENOENT, {}} : it->second;
    };
    if (!probe_.empty()) e.probe_program = host_.root() + "/" + probe_;
    return e;
  }
  void probe(const std::string& script) {
    probe_ = "probe";
    host_.script(probe_, "#!/bin/sh\n" + script);
  }
  // As the runner does, but on the real clock: workers are real processes.
  CheckOutcome run_to_end(Check& check, Duration timeout) {
    const SystemClock clock;
    const auto deadline = clock.mono() + Duration{60'000};
    while (clock.mono() < deadline) {
      auto outcome = check.run({clock.now(), clock.mono(), timeout});
      if (!outcome.again) return outcome;
      std::this_thread::sleep_for(*outcome.again);
    }
    return unknown(Message::literal("the test gave up"));
  }

  TempHost host_;
  std::map<std::string, SpaceAnswer> spaces_;
  std::string probe_;
};

TEST_F(DiskCheck, SpaceAsDfCountsItAndInodes) {
  spaces_["/"] = {0, {100 * kGiB, 20 * kGiB, 10 * kGiB, 1000, 20}};
  spaces_["/data"] = {0, {100 * kGiB, 50 * kGiB, 50 * kGiB, 0, 0}};
  const auto out = make("disk", {}, environment())->run(at(0));
  const auto& root = item_of(out, "/");
  EXPECT_NEAR(value_of(root.metrics, "used_percent"), 100.0 * 80 / 90, 0.001);
  EXPECT_DOUBLE_EQ(value_of(root.metrics, "inodes_used_percent"), 98);
  EXPECT_EQ(root.state, State::critical);
  EXPECT_EQ(english(out.msg), "/: inodes used 98% is above 97%");
  EXPECT_EQ(find_metric(item_of(out, "/data").metrics, "inodes_used_percent"), nullptr);
}

TEST_F(DiskCheck, EachItemHasItsOwnMemory) {
  const auto set = [&](int used_root, int used_data) {
    const auto space = [](int used) {
      const auto free = static_cast<std::uint64_t>(100 - used) * kGiB;
      return SpaceAnswer{0, {100 * kGiB, free, free, 0, 0}};
    };
    spaces_["/"] = space(used_root);
    spaces_["/data"] = space(used_data);
  };
  const auto check = make("disk", params_of({{"warn", "85%"}, {"clear", "3%"}}), environment());
  set(90, 84);
  auto out = check->run(at(0));
  EXPECT_EQ(item_of(out, "/").state, State::warning);
  EXPECT_EQ(item_of(out, "/data").state, State::ok);
  set(84, 84);
  out = check->run(at(1));
  EXPECT_EQ(item_of(out, "/").state, State::warning);
  EXPECT_EQ(item_of(out, "/data").state, State::ok);
  EXPECT_EQ(item_of(out, "/").msg.id, "checks.held_above");
  set(81, 84);
  EXPECT_EQ(check->run(at(2)).state, State::ok);
}

TEST_F(DiskCheck, FreeBytes) {
  spaces_["/"] = {0, {100 * kGiB, 4 * kGiB, 4 * kGiB, 0, 0}};
  const auto out =
      make("disk", params_of({{"warn", "100%"}, {"crit", "100%"}, {"free_crit", "5GiB"}, {"include", "/"}}),
           environment())
          ->run(at(0));
  EXPECT_EQ(english(out.msg), "/: free space 4GiB is below 5GiB");
  EXPECT_EQ(out.state, State::critical);
}

TEST_F(DiskCheck, AFileSystemThatTurnedReadOnly) {
  mounts("1 0 8:1 / / rw - ext4 /dev/sda1 ro,errors=remount-ro\n2 1 8:2 / /data ro - ext4 /dev/sda2 ro\n");
  spaces_["/"] = spaces_["/data"] = {0, {100, 50, 50, 0, 0}};
  const auto out = make("disk", {}, environment())->run(at(0));
  EXPECT_EQ(item_of(out, "/").state, State::critical);
  EXPECT_EQ(item_of(out, "/").msg.id, "checks.disk.turned_read_only");
  EXPECT_EQ(item_of(out, "/data").state, State::ok) << "mounted so on purpose";
}

TEST_F(DiskCheck, AMountAskedForByNameThatIsNotThereIsCritical) {
  mounts("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n");
  spaces_["/"] = {0, {100, 50, 50, 0, 0}};
  ParamMap include;
  include["include"].texts = {"/", "/data", "/mnt/*"};
  const auto out = make("disk", include, environment())->run(at(0));
  EXPECT_EQ(out.state, State::critical);
  EXPECT_EQ(english(out.msg), "/data: not mounted");
  EXPECT_EQ(item_of(out, "/").state, State::ok);
  EXPECT_EQ(out.items.size(), 2U);
}

TEST_F(DiskCheck, NothingToLookAtIsNotOk) {
  mounts("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n");
  const auto out = make("disk", params_of({{"types", "xfs"}}), environment())->run(at(0));
  EXPECT_EQ(out.state, State::unknown);
  EXPECT_EQ(out.msg.id, "checks.disk.none");
}

TEST_F(DiskCheck, TheRootOfAChrootIsNoMountPointAndIsLookedAt) {
  mounts("1 0 0:5 / /proc rw - proc proc rw\n");
  spaces_["/"] = {0, {100, 50, 50, 0, 0}};
  const auto out = make("disk", {}, environment())->run(at(0));
  EXPECT_EQ(out.state, State::ok);
  EXPECT_EQ(item_of(out, "/").state, State::ok);
  const auto asked = make("disk", params_of({{"include", "/"}}), environment())->run(at(0));
  EXPECT_EQ(asked.state, State::ok) << "also when it is asked for by name";
  EXPECT_EQ(item_of(asked, "/").state, State::ok);
}

TEST_F(DiskCheck, OneUnreadableMountIsOneUnknownItem) {
  spaces_["/"] = {0, {100, 50, 50, 0, 0}};
  spaces_["/data"] = {EIO, {}};
  const auto out = make("disk", {}, environment())->run(at(0));
  EXPECT_EQ(out.state, State::unknown);
  EXPECT_EQ(item_of(out, "/").state, State::ok);
  EXPECT_EQ(item_of(out, "/data").state, State::unknown);
}

TEST_F(DiskCheck, NetworkMountsAreAskedInAWorker) {
  mounts("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:50 / /mnt/nas rw - nfs4 nas:/a rw\n");
  spaces_["/"] = {0, {100, 50, 50, 0, 0}};
  probe(
      "read line\n"
      "case \"$line\" in *'\"statfs\"'*mnt/nas*) ;; *) exit 9;; esac\n"
      "echo "
      "'{\"v\":1,\"outcome\":{\"state\":\"ok\",\"metrics\":{\"total_bytes\":1000,\"free_bytes\":100,"
      "\"available_bytes\":100}}}'\n");
  const auto check = make("disk", {}, environment());
  const auto out = run_to_end(*check, Duration{60'000});
  EXPECT_EQ(item_of(out, "/").state, State::ok);
  EXPECT_EQ(item_of(out, "/mnt/nas").state, State::warning);
  EXPECT_DOUBLE_EQ(value_of(item_of(out, "/mnt/nas").metrics, "used_percent"), 90);
}

TEST_F(DiskCheck, AStuckMountIsUnknownAloneAndInTime) {
  mounts("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:50 / /mnt/nas rw - nfs4 nas:/a rw\n");
  spaces_["/"] = {0, {100, 50, 50, 0, 0}};
  probe("exec sleep 1000\n");
  const auto check = make("disk", {}, environment());
  const auto started = std::chrono::steady_clock::now();
  const auto out = run_to_end(*check, Duration{200});
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(50));
  EXPECT_EQ(item_of(out, "/").state, State::ok);
  EXPECT_EQ(item_of(out, "/mnt/nas").state, State::unknown);
  EXPECT_EQ(item_of(out, "/mnt/nas").msg.id, "checks.timed_out");
  EXPECT_EQ(out.state, State::unknown);
}

TEST_F(DiskCheck, WithoutAWorkerProgramANetworkMountIsUnknown) {
  mounts("2 1 0:50 / /mnt/nas rw - cifs //nas/a rw\n");
  const auto check = make("disk", {}, environment());
  const auto out = run_to_end(*check, Duration{1000});
  EXPECT_EQ(item_of(out, "/mnt/nas").msg.id, "checks.probe.absent");
  EXPECT_EQ(make("disk", params_of({{"network", "false"}}), environment())->run(at(0)).items.size(), 0U);
}

}  // namespace
}  // namespace xj::checks
