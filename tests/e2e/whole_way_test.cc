// The shipped programs on loopback, as an operator runs them: one collector, one agent of this host, the
// command line, a portal that breaks.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <regex>
#include <set>
#include <thread>

#include "agent/schedule.h"
#include "core/io/db.h"
#include "core/json.h"
#include "core/time.h"
#include "tests/e2e/process.h"
#include "tests/fakes/held_port.h"
#include "tests/fakes/places.h"

namespace xj::e2e {
namespace {

using namespace std::chrono_literals;

// A port that answers while it is open, and refuses while it is not.
class Door {
 public:
  explicit Door(int port) : port_(port) { open(); }
  ~Door() { close(); }
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
  void open() {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(fd_, 64) != 0)
      throw std::runtime_error("the portal's port is taken");
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int port_;
  int fd_ = -1;
};

// An interval by which the agent's own slot of this check is twenty minutes away: whatever runs before that,
// somebody has asked for.
std::string quiet_interval(const std::string& check) {
  const auto now = SystemClock{}.now();
  for (std::chrono::minutes interval{60};; ++interval) {
    agent::Schedule schedule("host-1");
    schedule.set({{check, interval, {}, true}}, now, MonoTime{});
    (void)schedule.due(now, MonoTime{});
    schedule.finished(check, State::ok, now);
    if (schedule.wait(now).value() > 20min) return to_text(Duration{interval});
  }
}

class WholeWay : public ::testing::Test {
 protected:
  WholeWay() {
    dir_.write("contract.yaml", contract("1s"));
    dir_.write("collector.yaml",
               "data_dir: collector\nlisten: {agents: \"127.0.0.1:" + agents_.text() +
                   "\", people: \"127.0.0.1:" + people_.text() + "\", socket: " + socket() +
                   "}\nnames: [localhost, 127.0.0.1]\ncontracts: [contract.yaml]\nholidays: [" +
                   source_dir() + "/config/examples/calendar-cn.csv]\n");
    dir_.write("agent.yaml", "collector: {url: \"https://127.0.0.1:" + agents_.text() +
                                 "\"}\nstate_dir: agent\nsend: {every: 1s}\n");
    std::filesystem::create_directories(dir_ / "agent");
  }

  // `silence`: how long a check may be silent here, which on a busy machine is longer than three seconds.
  std::string contract(const std::string& interval, const std::string& silence = ", stale_after: 1h") const {
    return "contract:\n  id: demo\n  title: 端到端合同\n  parties: {client: 示例甲方, provider: 示例乙方}\n"
           "  term: {from: 2026-01-01, to: 2030-12-31}\n  zone: Asia/Shanghai\n"
           "people:\n  one: {name: 张示例, mail: one@example.invalid}\n  two: {name: 李示例}\n"
           "roles:\n  duty: {title: 值班, people: [one]}\n  lead: {title: 项目经理, people: [two]}\n"
           "  client: {title: 甲方系统管理员, people: [two]}\n"
           "systems:\n  oa:\n    title: 办公平台\n    hosts: [host-1]\n"
           "    points:\n      seals: {title: 印章管理, manual: true}\n"
           "    checks:\n"
           "      memory: {title: 内存使用率, kind: memory, interval: " +
           interval + silence +
           ", params: {warn: 99%, crit: 100%}}\n"
           "      port: {title: 门户端口, kind: tcp, interval: 1s, retry: 1s, attempts: 2, stale_after: 1h, "
           "params: {host: 127.0.0.1, port: " +
           portal_.text() +
           "}}\n"
           "kinds:\n  incident:\n    title: 事件\n    opened_by: checks\n    number: \"INC-{yymmdd}-{nn}\"\n"
           "    grades:\n      I: {title: 一级, when: [{state: critical, text: 系统停止运行}]}\n"
           "      II: {title: 二级, when: [{text: 其他}]}\n"
           "    clocks:\n"
           "      respond: {title: 响应, limit: 30m, calendar: 7x24, start: detected, stop: acknowledged, "
           "to: duty}\n"
           "      resolve: {title: 处置, limit: {I: 2h, II: 4h}, calendar: 7x24, start: detected, stop: "
           "recovered, to: duty}\n"
           "    watch: {I: 14d, II: 7d}\n"
           "rounds:\n  daily: {title: 每日巡检, form: software-inspection, number: \"{yymmdd}-{nn}\", "
           "freshness: 4h,\n"
           "          inspector: duty, recorder: duty, reviewer: lead, signatures: [client], method: "
           "远程巡检}\n";
  }

  std::string socket() const { return dir_ / "collector.sock"; }
  Output cli(std::vector<std::string> words) const {
    words.insert(words.begin(), {program("xunjian"), "--server", "unix:" + socket()});
    return run(words, {"XUNJIAN_LANG=en"});
  }
  Json json(std::vector<std::string> words) const {
    words.push_back("--json");
    const auto output = cli(std::move(words));
    auto parsed = parse_json(output.out);
    return std::holds_alternative<Json>(parsed) ? std::get<Json>(parsed) : Json{};
  }
  void start_collector() {
    collector_ = Process({program("xunjian-collector"), "serve", "--config", dir_ / "collector.yaml"},
                         dir_ / "collector.log");
    ASSERT_TRUE(wait_until([&] { return cli({"status"}).code == 0; })) << read_file(dir_ / "collector.log");
  }
  void enrol() {
    const auto token = json({"token", "create", "--agent", "host-1"})["token"].string_or("");
    ASSERT_FALSE(token.empty());
    const auto done =
        run({program("xunjian-agent"), "enroll", "--collector", "https://127.0.0.1:" + people_.text(),
             "--token", token, "--config", dir_ / "agent.yaml"});
    ASSERT_EQ(done.code, 0) << done.err;
  }
  void start_agent() {
    agent_ = Process({program("xunjian-agent"), "run", "--config", dir_ / "agent.yaml"}, dir_ / "agent.log");
  }
  std::string state_of(const std::string& check) const {
    const auto checks = json({"checks", "host-1"});
    for (const auto& c : checks["checks"].items())
      if (c["check"].string_or("") == check) return c["state"].string_or("");
    return "";
  }
  bool reached(const std::string& check, const std::string& state,
               std::chrono::milliseconds limit = 60s) const {
    return wait_until([&] { return state_of(check) == state; }, limit);
  }
  // How many results of a check stand in the agent's spool, sent or not.
  std::size_t spooled(const std::string& check) const {
    std::size_t found = 0;
    for (const auto& file : std::filesystem::directory_iterator(dir_ / "agent/spool")) {
      const auto bytes = read_file(file.path());
      for (auto at = bytes.find(check); at != std::string::npos; at = bytes.find(check, at + 1)) ++found;
    }
    return found;
  }
  std::set<std::string> slots(const std::string& check) const {
    std::set<std::string> out;
    const auto answer = json({"results", "host-1", check, "--limit", "1000"});
    for (const auto& r : answer["results"].items()) {
      const auto slot = r["slot"].string_or("");
      EXPECT_TRUE(out.insert(slot).second) << "twice: " << slot;
    }
    return out;
  }

  TempDir dir_;
  const test::HeldPort agents_, people_, portal_;
  Process collector_, agent_;
};

TEST_F(WholeWay, ARoundRunsItsChecksNowAndNotWhenTheirTimeComes) {
  Door portal(portal_.number());
  dir_.write("contract.yaml", contract(quiet_interval("demo/oa/memory"), ""));  // memory: once at the start
  start_collector();
  enrol();
  start_agent();
  ASSERT_TRUE(reached("demo/oa/memory", "ok")) << read_file(dir_ / "agent.log");
  const auto before = slots("demo/oa/memory");
  ASSERT_EQ(before.size(), 1U);
  auto sheet = json({"round", "run", "daily", "--wait", "0"});
  EXPECT_FALSE(sheet["number"].string_or("").empty());
  EXPECT_EQ(slots("demo/oa/memory"), before) << "nobody was to run anything";

  const auto asked = SystemClock{}.now();
  sheet = json({"round", "run", "daily", "--wait", "90s"});
  EXPECT_EQ(sheet["run"]["expected"].int_or(0), 2) << sheet.pretty();
  EXPECT_EQ(sheet["run"]["arrived"].int_or(0), 2) << sheet.pretty() << read_file(dir_ / "agent.log");
  const auto after = slots("demo/oa/memory");
  ASSERT_EQ(after.size(), 2U);
  EXPECT_GE(parse_iso(*after.rbegin()).value(), asked - 1s);
  const auto facts =
      json({"report", "render", sheet["number"].string_or(""), "--format", "facts", "-o", "-"});
  const auto from = parse_iso(facts["time"]["from"].string_or(""));
  ASSERT_TRUE(from) << facts.pretty();
  EXPECT_GE(*from, asked);
  EXPECT_LE(*from, parse_iso(*after.rbegin()).value() + 2s);

  // Who does not answer is waited for no longer than was said, and the sheet is made all the same.
  agent_.stand_still();
  const auto late = cli({"round", "run", "daily", "--wait", "2s"});
  EXPECT_EQ(late.code, 0) << late.err;
  EXPECT_NE(late.err.find("0 of 2 came in time"), std::string::npos) << late.err;
  agent_.signal(SIGCONT);
}

TEST_F(WholeWay, AnIncidentFromTheFirstFailureToTheSheet) {
  Door portal(portal_.number());
  start_collector();
  enrol();
  start_agent();
  ASSERT_TRUE(reached("demo/oa/port", "ok")) << read_file(dir_ / "agent.log");
  EXPECT_TRUE(json({"incidents"})["cases"].items().empty());

  portal.close();
  ASSERT_TRUE(wait_until([&] { return !json({"incidents"})["cases"].items().empty(); }));
  const auto number = json({"incidents"})["cases"].at(0)["number"].string_or("");
  EXPECT_TRUE(std::regex_match(number, std::regex("INC-[0-9]{6}-01"))) << number;
  auto incident = json({"case", "show", number});
  EXPECT_EQ(incident["grade"].string_or(""), "I");
  for (const auto& clock : incident["clocks"].items()) {
    const auto start = parse_iso(clock["start"].string_or(""));
    const auto due = parse_iso(clock["due"].string_or(""));
    ASSERT_TRUE(start && due);
    EXPECT_EQ(*due - *start, clock["name"].string_or("") == "respond" ? 30min : 2h);
  }

  EXPECT_EQ(cli({"case", "ack", number, "on it", "--as", "one"}).code, 0);
  EXPECT_EQ(cli({"case", "ack", number, "again", "--as", "one"}).code, 1) << "a second response is refused";
  EXPECT_EQ(cli({"case", "note", number, "restarted the portal", "--as", "nobody"}).code, 1);

  portal.open();
  ASSERT_TRUE(
      wait_until([&] { return json({"case", "show", number})["status"].string_or("") == "watching"; }));
  incident = json({"case", "show", number});
  for (const auto& clock : incident["clocks"].items()) EXPECT_EQ(clock["status"].string_or(""), "met");
  const auto why = cli({"explain", number});
  EXPECT_NE(why.out.find("系统停止运行"), std::string::npos) << why.out;

  const auto sheet = dir_ / "sheet.pdf";
  const auto round = cli({"round", "run", "daily", "--output", sheet});
  ASSERT_EQ(round.code, 0) << round.err;
  EXPECT_EQ(run({"qpdf", "--check", sheet}).code, 0);
  const auto words = run({"pdftotext", "-layout", sheet, "-"}).out;
  for (const char* expected : {"软件巡检记录单", "示例甲方", "张示例", "门户端口", "印章管理"})
    EXPECT_NE(words.find(expected), std::string::npos) << expected;
  EXPECT_NE(words.find(number), std::string::npos) << "the case in its watch period stands on the sheet";
  const auto fonts = run({"pdffonts", sheet}).out;
  EXPECT_EQ(fonts.find(" no "), std::string::npos) << "a font is not embedded or has no Unicode map\n"
                                                   << fonts;
}

TEST_F(WholeWay, ASheetIsFilledSubmittedReviewedSignedAndReadBack) {
  start_collector();  // nothing was ever heard of the host: a sheet says so
  auto sheet = json({"round", "run", "daily", "--wait", "0"});
  const auto number = sheet["number"].string_or("");
  ASSERT_EQ(sheet["counts"]["manual"].int_or(0), 1) << sheet.dump();
  EXPECT_EQ(cli({"round", "submit", number, "--as", "one"}).code, 1) << "seals were not looked at";
  const auto does = [&](std::vector<std::string> words, const char* person) {
    words.insert(words.begin() + 2, number);
    words.insert(words.end(), {"--as", person});
    const auto output = cli(std::move(words));
    EXPECT_EQ(output.code, 0) << output.out << output.err;
  };
  does({"round", "fill", "seals", "--result", "fault", "--remark", "印章打不开"}, "one");
  does({"round", "submit", "建议更换印章服务"}, "one");
  does({"round", "review", "--reject", "请补充时间"}, "two");
  does({"round", "fill", "seals", "--result", "fault", "--remark", "十时起印章打不开"}, "one");
  does({"round", "submit", "建议更换印章服务"}, "one");
  does({"round", "review", "--accept"}, "two");
  does({"round", "sign", "--part", "inspector"}, "one");
  does({"round", "sign", "--part", "recorder"}, "one");
  EXPECT_EQ(json({"round", "list", "--open"})["rounds"].at(0)["unsigned"].at(0).string_or(""), "client");
  does({"round", "sign", "同意", "--quality", "good"}, "two");
  EXPECT_EQ(cli({"round", "fill", number, "seals", "--result", "ok", "--as", "one"}).code, 1)
      << "it is signed";
  EXPECT_TRUE(json({"round", "list", "--open"})["rounds"].items().empty());
  EXPECT_NE(cli({"round", "show", number}).out.find("十时起印章打不开"), std::string::npos);

  const auto pdf = dir_ / "signed.pdf";
  ASSERT_EQ(cli({"report", "render", number, "-o", pdf}).code, 0);
  EXPECT_EQ(run({"qpdf", "--check", pdf}).code, 0);
  const auto words = run({"pdftotext", "-layout", pdf, "-"}).out;
  for (const char* expected :
       {"已签署", "十时起印章打不开", "建议更换印章服务", "甲方系统管理员", "同意", "■", "李示例"})
    EXPECT_NE(words.find(expected), std::string::npos) << expected;
  const auto again = cli({"case", "recompute", "--check", "--config", dir_ / "collector.yaml"});
  EXPECT_EQ(again.code, 0) << again.out;
}

TEST_F(WholeWay, RecomputingFindsNothingUntilACellAndAnEventAreAltered) {
  start_collector();
  enrol();
  start_agent();  // nobody opened the portal
  ASSERT_TRUE(wait_until([&] { return !json({"incidents"})["cases"].items().empty(); }));
  const auto number = json({"incidents"})["cases"].at(0)["number"].string_or("");
  ASSERT_EQ(cli({"case", "recover", number, "mended by hand", "--as", "one"}).code, 0);

  const auto recompute = [&](const std::string& how) {
    return cli({"case", "recompute", "--check", "--config", dir_ / "collector.yaml", how});
  };
  auto answer = recompute("--json");  // beside the running collector
  EXPECT_EQ(answer.code, 0) << answer.out << answer.err;
  const auto same = std::get<Json>(parse_json(answer.out));
  EXPECT_TRUE(same["same"].bool_or(false));
  EXPECT_EQ(same["cases"].int_or(0), 1);
  EXPECT_EQ(same["decisions"].int_or(0), 1) << "the watch period, by the kept contract";
  EXPECT_EQ(same["not_decided"].int_or(-1), 0);
  EXPECT_NE(recompute("--lang=en").out.find("no difference"), std::string::npos);

  collector_.signal(SIGTERM);
  EXPECT_EQ(collector_.wait(), 0);
  {
    const auto db = io::open_sqlite(dir_ / "collector/state.db");
    db->execute(
        "drop trigger events_stay; update cases set grade = 'IX'; "
        "update events set body = replace(body, 'mended by hand', 'mended by haste') where kind = "
        "'recovered'");
    EXPECT_EQ(db->changes(), 1);
  }
  answer = recompute("--lang=en");
  EXPECT_EQ(answer.code, 1) << answer.err;
  EXPECT_TRUE(std::regex_search(answer.out, std::regex("events +demo/" + number + "#[0-9]+ +digest ")))
      << answer.out;
  EXPECT_TRUE(std::regex_search(answer.out, std::regex("cases +demo/" + number + " +grade +IX +I\n")))
      << answer.out;
  EXPECT_NE(answer.out.find("2 differences"), std::string::npos) << answer.out;
  EXPECT_EQ(cli({"case", "recompute"}).code, 2) << "there is only --check";
}

TEST_F(WholeWay, WhatTheAgentSawWhileTheCollectorWasAwayArrivesOnceAndRaisesNothing) {
  Door portal(portal_.number());
  start_collector();
  enrol();
  start_agent();
  ASSERT_TRUE(reached("demo/oa/port", "ok"));
  collector_.signal(SIGTERM);
  EXPECT_EQ(collector_.wait(), 0);
  const auto gone = SystemClock{}.now();
  const auto before = spooled("demo/oa/memory");
  ASSERT_TRUE(wait_until([&] { return spooled("demo/oa/memory") >= before + 4; }));  // they pile up
  agent_.kill_hard();                                                                // and survive its death
  start_agent();
  ASSERT_TRUE(wait_until([&] { return spooled("demo/oa/memory") >= before + 6; }));
  const auto back = SystemClock{}.now();
  start_collector();
  const auto held = [&] {
    std::size_t found = 0;
    for (const auto& slot : slots("demo/oa/memory")) {
      const auto at = parse_iso(slot);
      if (at && *at > gone && *at < back) ++found;
    }
    return found;
  };
  // The first of them may have been measured just before the collector went.
  EXPECT_TRUE(wait_until([&] { return held() >= 5; })) << held() << " results of the outage\n"
                                                       << read_file(dir_ / "agent.log");
  EXPECT_TRUE(json({"incidents", "--all"})["cases"].items().empty());
}

TEST_F(WholeWay, ABadConfigurationIsRefusedWholeAndTheLastGoodOneGoesOn) {
  Door portal(portal_.number());
  start_collector();
  enrol();
  start_agent();
  ASSERT_TRUE(reached("demo/oa/memory", "ok"));

  dir_.write("contract.yaml", contract("1s") + "sistems: {}\n");
  const auto check = cli({"config", "check", dir_ / "contract.yaml"});
  EXPECT_EQ(check.code, 2);
  EXPECT_TRUE(std::regex_search(check.out + check.err, std::regex("contract\\.yaml:[0-9]+:1: .*systems")))
      << check.out << check.err;
  collector_.signal(SIGHUP);
  ASSERT_TRUE(
      wait_until([&] { return read_file(dir_ / "collector.log").find("refused") != std::string::npos; }));
  EXPECT_EQ(cli({"status"}).code, 0);
  EXPECT_EQ(state_of("demo/oa/memory"), "ok");

  // A good one is taken, and reaches the agent as another assignment.
  dir_.write("contract.yaml", contract("2s"));
  const auto before = json({"hosts"})["hosts"].at(0)["config"].string_or("");
  collector_.signal(SIGHUP);
  EXPECT_TRUE(wait_until([&] {
    const auto host = json({"hosts"})["hosts"].at(0);
    return host["config"].string_or("") != before && host["config_current"].bool_or(false);
  }));
}

TEST_F(WholeWay, ARevokedAgentIsTurnedAway) {
  Door portal(portal_.number());
  start_collector();
  enrol();
  start_agent();
  ASSERT_TRUE(reached("demo/oa/memory", "ok"));
  EXPECT_EQ(cli({"agent", "revoke", "host-1"}).code, 0);
  EXPECT_TRUE(wait_until([&] { return read_file(dir_ / "agent.log").find("revoked") != std::string::npos; }))
      << read_file(dir_ / "agent.log");
  const auto last = slots("demo/oa/memory").size();
  std::this_thread::sleep_for(3s);  // not waiting for anything: what must not come would have come by then
  EXPECT_EQ(slots("demo/oa/memory").size(), last);
  EXPECT_TRUE(agent_.running()) << "it waits to be enrolled again";
}

TEST_F(WholeWay, TheCommandLineSaysWhatIsWrongAndHowToMendIt) {
  const auto nobody = cli({"status"});
  EXPECT_EQ(nobody.code, 1);
  EXPECT_NE(nobody.err.find(socket()), std::string::npos) << nobody.err;
  const auto slip = cli({"statsu"});
  EXPECT_EQ(slip.code, 2);
  EXPECT_NE(slip.err.find("status"), std::string::npos) << slip.err;
  EXPECT_EQ(cli({"case"}).code, 2);
  EXPECT_EQ(cli({"version"}).code, 0);
  const auto agent_slip = run({program("xunjian-agent"), "chekc"});
  EXPECT_EQ(agent_slip.code, 2);
  EXPECT_NE(agent_slip.err.find("\"chekc\""), std::string::npos) << agent_slip.err;
  EXPECT_NE(agent_slip.err.find("\"check\""), std::string::npos) << agent_slip.err;
}

}  // namespace
}  // namespace xj::e2e
