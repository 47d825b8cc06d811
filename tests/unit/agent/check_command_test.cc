#include "agent/check_command.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "checks/registry.h"
#include "core/json.h"

namespace xj::agent {
namespace {

class Run : public ::testing::Test {
 protected:
  Run() {
    char name[] = "/tmp/xj-check-XXXXXX";
    root_ = ::mkdtemp(name);
    write("proc/loadavg", "0.50 0.40 0.30 1/200 99\n");
    write("proc/uptime", "120.5 1\n");
    write("sys/devices/system/cpu/online", "0-1\n");
  }
  ~Run() override { std::filesystem::remove_all(root_); }
  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root_ + "/" + path).parent_path());
    std::ofstream(root_ + "/" + path) << text;
  }
  int check(const std::vector<std::string>& args, Lang lang = Lang::en) {
    out_.str({});
    err_.str({});
    const SystemClock clock;
    return check_command(args, {out_, err_, clock, lang, {{root_}, probe_}});
  }

  std::string root_, probe_;
  std::ostringstream out_, err_;
};

TEST_F(Run, OneLineAndTheStateAsExitCode) {
  EXPECT_EQ(check({"load"}), 0);
  EXPECT_EQ(out_.str().substr(0, out_.str().find(" | ")), "OK - load 0.50 0.40 0.30 on 2 cores");
  EXPECT_NE(out_.str().find("load5=0.4 "), std::string::npos) << out_.str();
  EXPECT_EQ(check({"load", "warn=0.1", "clear=0"}), 1);
  EXPECT_EQ(check({"load", "warn=0.05", "crit=0.1"}), 2);
  EXPECT_EQ(check({"memory"}), 3) << "cannot be read";
  EXPECT_EQ(check({"uptime"}, Lang::zh), 1);
  EXPECT_TRUE(out_.str().starts_with("警告 - 主机于 ")) << out_.str();
}

TEST_F(Run, JsonIsNeverTranslated) {
  EXPECT_EQ(check({"uptime", "--json"}, Lang::zh), 1);
  const auto parsed = parse_json(out_.str());
  ASSERT_TRUE(std::holds_alternative<Json>(parsed));
  const auto& json = std::get<Json>(parsed);
  EXPECT_EQ(json["state"].string_or(""), "warning");
  EXPECT_EQ(json["msg"].at(0).string_or(""), "checks.uptime.restarted");
  EXPECT_EQ(json["metrics"]["uptime_seconds"].int_or(0), 120);
}

TEST_F(Run, UsageIsThreeAndOnStandardError) {
  EXPECT_EQ(check({}), 3);
  EXPECT_NE(err_.str().find("usage:"), std::string::npos);
  EXPECT_EQ(check({"laod"}), 3);
  EXPECT_NE(err_.str().find("did you mean \"load\"?"), std::string::npos);
  EXPECT_EQ(check({"load", "wran=1"}), 3);
  EXPECT_NE(err_.str().find("did you mean \"warn\"?"), std::string::npos);
  EXPECT_EQ(check({"load", "5"}), 3);
  EXPECT_EQ(check({"load", "--what"}), 3);
  EXPECT_EQ(check({"load", "--timeout", "never"}), 3);
  EXPECT_EQ(check({"load", "--timeout"}), 3);
  EXPECT_TRUE(out_.str().empty());
}

TEST_F(Run, ListAndHelpComeFromTheTable) {
  EXPECT_EQ(check({"--list"}), 0);
  for (const auto& type : checks::builtin().all())
    EXPECT_NE(out_.str().find(std::string(type.name) + " "), std::string::npos) << type.name;
  EXPECT_EQ(check({"tcp", "--help"}), 0);
  EXPECT_NE(out_.str().find("port=<integer>"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("(required)"), std::string::npos);
  EXPECT_EQ(check({"--help"}), 0);
  EXPECT_EQ(check({"no-such", "--help"}), 3);
}

TEST_F(Run, AWorkersKindGoesThroughTheWorker) {
  EXPECT_EQ(check({"command", "--", "/bin/true", "a,b"}), 3);
  EXPECT_NE(out_.str().find("xunjian-agent-probe"), std::string::npos) << out_.str();
  probe_ = root_ + "/probe";
  write("probe",
        "#!/bin/sh\nread l\ncase $l in *'\"argv\":[\"/bin/true\",\"a,b\",\"x=1\"]'*) ;; *) exit 9;; esac\n"
        "echo '{\"v\":1,\"outcome\":{\"state\":\"critical\",\"msg\":\"said\",\"rows\":[[\"a\",\"b\"]],"
        "\"items\":[{\"key\":\"k\",\"state\":\"critical\",\"metrics\":{\"m\":1}}]}}'\n");
  std::filesystem::permissions(probe_, std::filesystem::perms::owner_all);
  EXPECT_EQ(check({"command", "--", "/bin/true", "a,b", "x=1"}), 2);
  EXPECT_EQ(out_.str(), "CRITICAL - said\n  CRITICAL  k | m=1\n  a  b\n");
}

TEST_F(Run, RowsStandInColumnsAsATerminalShowsThemAndCannotMoveItsCursor) {
  probe_ = root_ + "/probe";
  write("probe",
        "#!/bin/sh\nread l\necho "
        "'{\"v\":1,\"outcome\":{\"state\":\"ok\",\"msg\":\"a\\u001b[2Jb\",\"rows\":[[\"磁盘\",\"1\"],"
        "[\"disks\",\"2\\u001b[2J\"]]}}'\n");
  std::filesystem::permissions(probe_, std::filesystem::perms::owner_all);
  EXPECT_EQ(check({"command", "--", "/bin/true"}), 0) << out_.str();
  EXPECT_EQ(out_.str(), "OK - a [2Jb\n  磁盘   1\n  disks  2 [2J\n");
}

TEST_F(Run, ARepeatedNameIsAList) {
  probe_ = root_ + "/probe";
  write("probe",
        "#!/bin/sh\nread l\ncase $l in *'\"argv\":[\"/bin/echo\",\"5,4,3\"]'*) ;; *) exit 9;; esac\n"
        "echo '{\"v\":1,\"outcome\":{\"state\":\"ok\"}}'\n");
  std::filesystem::permissions(probe_, std::filesystem::perms::owner_all);
  EXPECT_EQ(check({"command", "argv=/bin/echo", "argv=5,4,3"}), 0) << out_.str();
}

}  // namespace
}  // namespace xj::agent
