// The shipped program, told to stop in the middle of what leaves half a folder when it just ends.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "core/io/db.h"
#include "core/io/pki.h"
#include "core/json.h"
#include "tests/e2e/collector_files.h"
#include "tests/e2e/people.h"
#include "tests/e2e/process.h"
#include "tests/fakes/contract_yaml.h"
#include "tests/fakes/held_port.h"

namespace xj::e2e {
namespace {

namespace fs = std::filesystem;

// Of holes: nobody gets to its end before the signal comes.
constexpr std::uintmax_t kEndless = std::uintmax_t{4} << 30;

void make_endless(const std::string& path) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream{path};
  fs::resize_file(path, kEndless);
}

struct Stopped {
  int code = -1;
  std::string said;
};

// Once `begun` is there, the signal; twice, as who relays signals sends it.
Stopped stop(const TempDir& dir, std::vector<std::string> words, const std::string& begun, int signal) {
  words.insert(words.begin(), {program("xunjian"), "--lang", "en"});
  const auto log = dir / "said";
  fs::remove(log);
  Process process(words, log);
  EXPECT_TRUE(wait_until([&] { return fs::exists(begun) || !process.running(); }));
  EXPECT_TRUE(process.running()) << read_file(log);
  process.signal(signal);
  process.signal(signal);
  Stopped out;
  out.code = process.wait();
  out.said = read_file(log);
  return out;
}

TEST(Interrupted, ABackupOfAFolderIsTakenAwayAgain) {
  TempDir dir;
  fs::create_directory(dir / "data");
  io::open_sqlite(dir / "data/state.db")->execute("create table t(a)");
  make_endless(dir / "data/pki/endless");
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const auto stopped = stop(dir, {"db", "backup", "--dir", dir / "data", "--to", dir / "deep/backup"},
                              dir / "deep/backup/pki/endless.new", signal);
    EXPECT_EQ(stopped.code, 130) << stopped.said;
    EXPECT_NE(stopped.said.find("is taken away again"), std::string::npos) << stopped.said;
    EXPECT_FALSE(fs::exists(dir / "deep"));
  }
}

TEST(Interrupted, ARestoreSaysWhatItLeavesAndWhatToDo) {
  TempDir dir;
  make_endless(dir / "backup/pki/endless");
  Json file, list, files{Json::Array{}};
  files.push(file.set("name", "pki/endless").set("bytes", kEndless).set("sha256", std::string(64, '0')));
  list.set("v", 1).set("made", 0).set("program", "0.1.0").set("files", std::move(files));
  const auto sum = io::sha256_hex(list.dump());
  dir.write("backup/backup.json", list.set("sha256", sum).dump() + "\n");
  const auto stopped = stop(dir, {"db", "restore", "--from", dir / "backup", "--to", dir / "restored"},
                            dir / "restored/pki/endless.new", SIGINT);
  EXPECT_EQ(stopped.code, 130) << stopped.said;
  EXPECT_NE(stopped.said.find("remove all that is in it"), std::string::npos) << stopped.said;
  EXPECT_TRUE(fs::exists(dir / "restored/restoring")) << "so that no collector starts on it";
  const auto status = run({program("xunjian"), "--lang", "en", "db", "status", "--dir", dir / "restored"});
  EXPECT_EQ(status.code, 0) << status.err;
  EXPECT_NE(status.out.find("was not finished"), std::string::npos) << status.out;
}

TEST(Interrupted, AnExportIsTakenAwayAgain) {
  TempDir dir;
  fs::create_directory(dir / "data");
  // Each event is held against all cases, the last of which it is of: a hundredth of a second and more.
  io::open_sqlite(dir / "data/state.db")
      ->execute(
          "create table cases(contract, number, opened, last_at);"
          "create table events(seq integer primary key, contract, number, body);"
          "insert into cases with recursive n(i) as (select 1 union all select i + 1 from n where i < "
          "200000) "
          "select 'a', '1', case i when 200000 then 0 else 9e15 end, 9e15 from n;"
          "insert into events with recursive n(i) as (select 1 union all select i + 1 from n where i < 9000) "
          "select i, 'a', '1', '{}' from n;");
  const auto stopped = stop(
      dir,
      {"db", "export", "--dir", dir / "data", "--out", dir / "out", "--what", "state", "--to", "2026-01-01"},
      dir / "out/samples", SIGINT);
  EXPECT_EQ(stopped.code, 130) << stopped.said;
  EXPECT_NE(stopped.said.find("is taken away again"), std::string::npos) << stopped.said;
  EXPECT_FALSE(fs::exists(dir / "out"));
}

TEST(Interrupted, ABackupByTheCollectorGoesOn) {
  TempDir dir;
  const test::HeldPort port;
  const auto socket = dir / "collector";
  const auto config = write_files(dir, {.agents = port.address(),
                                        .contract = fakes::contract_yaml("life", R"(  app:
    title: 应用
    hosts: [web1]
    checks:
      watched: {title: 观察, kind: cpu, interval: 1m, attempts: 3}
)"),
                                        .more = {}});
  make_endless(dir / "data/pki/endless");
  Process collector({program("xunjian-collector"), "serve", "--config", config}, dir / "collector.log");
  ASSERT_TRUE(wait_until([&] { return ready(socket); })) << read_file(dir / "collector.log");
  const auto stopped = stop(dir, {"--server", "unix:" + socket, "db", "backup", "--to", dir / "backup"},
                            dir / "backup/pki/endless.new", SIGINT);
  EXPECT_EQ(stopped.code, 130) << stopped.said;
  EXPECT_NE(stopped.said.find("the collector goes on"), std::string::npos) << stopped.said;
  EXPECT_EQ(ask(socket, "GET", "/api/v1/backups").body["state"].string_or(""), "running");
  collector.signal(SIGTERM);
  EXPECT_EQ(collector.wait(), 0) << read_file(dir / "collector.log");
  EXPECT_FALSE(fs::exists(dir / "backup"));
}

}  // namespace
}  // namespace xj::e2e
