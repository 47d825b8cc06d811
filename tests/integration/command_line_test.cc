// The command line over the collector's own socket and TLS door, with an agent that enrols and sends.
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/run.h"
#include "collector/app.h"
#include "core/io/log.h"
#include "core/io/pki.h"
#include "core/wire.h"
#include "tests/integration/http_peer.h"

namespace xj {
namespace {

using namespace std::chrono_literals;

std::string own_user() {
  const auto* entry = ::getpwuid(::getuid());
  return entry == nullptr ? "root" : entry->pw_name;
}

class CommandLine : public testing::Test {
 protected:
  void SetUp() override {
    log::set_level(log::Level::error);
    write("contracts/web/contract.yaml",
          "contract: {id: web, title: 网站, parties: {client: 甲, provider: 乙}, term: {from: 2026-01-01, "
          "to: 2036-12-31}}\n"
          "people: {one: {name: 某一, os_user: " +
              own_user() +
              "}}\n"
              "roles: {duty: {people: [one]}}\n"
              "systems: {site: {title: {zh: 门户, en: Portal}, hosts: [web-01], checks: {port: {title: {zh: "
              "端口, en: Port}, "
              "kind: tcp, attempts: 1, params: {port: 80}}}}}\n"
              "kinds:\n  incident: {opened_by: checks, number: 'INC-{yymmdd}-{nn}', grades: {I: {title: "
              "一级}}, watch: 1d, clocks: "
              "{respond: {title: {zh: 响应, en: Respond}, limit: 30m, start: detected, stop: acknowledged, "
              "to: duty}, "
              "resolve: {limit: 2h, start: detected, stop: recovered, to: duty, pause: [spare-part]}}}\n"
              "rounds: {daily: {form: software-inspection, number: '{yymmdd}-{nn}', inspector: duty, "
              "recorder: duty}}\n");
    io::write_secret(dir_ / "token", "a-token-of-people-that-is-long-enough\n");
    const auto config = write(
        "collector.yaml",
        "data_dir: data\nnames: [127.0.0.1]\ncontracts: contracts\n"
        "listen: {agents: '127.0.0.1:0', people: '127.0.0.1:0', socket: s, people_token_file: token}\n");
    Problems problems;
    auto setup = collector::read_setup(config, problems);
    ASSERT_TRUE(setup) << render(problems, Lang::en);
    app_ = std::make_unique<collector::App>(std::move(*setup), fs_, clock_);
    app_->start();
  }
  void TearDown() override {
    app_.reset();
    log::set_level(log::Level::info);
  }

  std::string write(const std::string& name, const std::string& text) {
    const auto path = dir_ / name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
    return path;
  }
  int call(std::vector<std::string> words) {
    out_.str("");
    err_.str("");
    cli::Context context(out_, err_, clock_);
    context.lang = Lang::en;
    context.width = 160;
    context.server = "unix:" + (dir_ / "s");
    context.connect = io::make_http_client;
    return cli::run(words, context);
  }
  Json json() const {
    auto parsed = parse_json(out_.str());
    return std::holds_alternative<Json>(parsed) ? std::get<Json>(parsed) : Json{};
  }

  // What an agent does, with the same client.
  void enrol() {
    ASSERT_EQ(call({"token", "create", "--agent", "web-01"}), 0) << err_.str();
    auto token = out_.str();
    token.pop_back();
    const auto parsed = io::parse_token(token);
    ASSERT_TRUE(parsed);
    const auto key = io::make_key();
    Json body;
    body.set("token", token).set("csr", io::make_request(key, ""));
    auto door = io::make_http_client("https://" + app_->people_address(), {"", "", "", parsed->ca_sha256});
    const auto answered = door->send({"POST", "/v1/enroll", {}, body.dump()}, 60s);
    ASSERT_TRUE(std::holds_alternative<io::HttpResponse>(answered));
    const auto issued = parse_json(std::get<io::HttpResponse>(answered).body);
    io::write_secret(dir_ / "agent.key", key);
    io::write_secret(dir_ / "agent.pem", std::get<Json>(issued)["certificate"].string_or(""));
    io::write_secret(dir_ / "ca.pem", std::get<Json>(issued)["ca"].string_or(""));
    agent_ = io::make_http_client("https://" + app_->agents_address(),
                                  {dir_ / "ca.pem", dir_ / "agent.pem", dir_ / "agent.key", ""});
  }
  int send(State state) {
    Result result;
    result.n = ++n_;
    result.check = "web/site/port";
    // Two results of one check and one millisecond would be one and its repetition.
    result.slot = last_slot_ = std::max(clock_.now(), last_slot_ + Duration{1});
    result.state = state;
    if (state != State::ok) result.msg = {"core.param_missing", {{"name", "80"}}};
    wire::Batch batch;
    batch.epoch = "e1";
    batch.sent = clock_.now();
    batch.results = {result};
    const auto answered = agent_->send({"POST", "/v1/results", {}, wire::encode(batch)}, 60s);
    return std::holds_alternative<io::HttpResponse>(answered) ? std::get<io::HttpResponse>(answered).status
                                                              : 0;
  }

  test::TempDir dir_;
  io::PosixFileSystem fs_;
  SystemClock clock_;
  std::unique_ptr<collector::App> app_;
  std::unique_ptr<io::HttpClient> agent_;
  std::ostringstream out_, err_;
  std::uint64_t n_ = 0;
  Timestamp last_slot_{};
};

TEST_F(CommandLine, FromTheFirstTokenToTheSignedSheet) {
  ASSERT_EQ(call({"status"}), 0) << err_.str();
  EXPECT_NE(out_.str().find("hosts: 0 heard, 0 silent, 1 never heard"), std::string::npos) << out_.str();
  enrol();
  ASSERT_EQ(send(State::ok), 200);
  ASSERT_EQ(call({"hosts"}), 0);
  EXPECT_NE(out_.str().find("web-01  heard"), std::string::npos) << out_.str();
  ASSERT_EQ(call({"case", "list"}), 0);
  EXPECT_EQ(out_.str(), "no open cases\n");

  ASSERT_EQ(send(State::critical), 200);
  // The answer of a batch may leave before the incident it causes is there; the engine works in order.
  ASSERT_EQ(call({"incidents", "--json"}), 0) << err_.str();
  ASSERT_EQ(json()["cases"].size(), 1U) << out_.str();
  const auto number = json()["cases"].at(0)["number"].string_or("");
  ASSERT_EQ(call({"case", "show", number}), 0) << err_.str();
  EXPECT_NE(out_.str().find("Respond"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("running"), std::string::npos);
  ASSERT_EQ(call({"case", "ack", number, "on it"}), 0) << err_.str();
  ASSERT_EQ(call({"case", "show", number}), 0);
  EXPECT_NE(out_.str().find("met"), std::string::npos) << out_.str();
  ASSERT_EQ(call({"explain", number}), 0);
  EXPECT_GT(out_.str().size(), 100U);
  ASSERT_EQ(call({"checks", "web-01"}), 0);
  EXPECT_NE(out_.str().find("critical"), std::string::npos);
  ASSERT_EQ(call({"results", "web-01", "port"}), 0) << err_.str();
  EXPECT_NE(out_.str().find("80 is required"), std::string::npos) << out_.str();
  ASSERT_EQ(send(State::ok), 200);
  ASSERT_EQ(call({"case", "list", "--json"}), 0);
  EXPECT_EQ(json()["cases"].at(0)["status"].string_or(""), "watching") << out_.str();
  ASSERT_EQ(call({"case", "list", "--all"}), 0);

  const auto pdf = dir_ / "sheet.pdf";
  ASSERT_EQ(call({"round", "run", "daily", "--wait", "0", "-o", pdf}), 0) << err_.str();
  std::ifstream in(pdf);
  std::string head(5, '\0');
  in.read(head.data(), 5);
  EXPECT_EQ(head, "%PDF-");
  ASSERT_EQ(call({"report", "list"}), 0);
  EXPECT_NE(out_.str().find("software-inspection"), std::string::npos);

  ASSERT_EQ(call({"agent", "list"}), 0);
  EXPECT_NE(out_.str().find("valid"), std::string::npos);
  ASSERT_EQ(call({"agent", "revoke", "web-01"}), 0) << err_.str();
  EXPECT_NE(send(State::ok), 200) << "shut out at once";
  ASSERT_EQ(call({"agent", "list"}), 0);
  EXPECT_NE(out_.str().find("revoked"), std::string::npos);
}

TEST_F(CommandLine, WhatPeopleDoToACase) {
  enrol();
  ASSERT_EQ(send(State::critical), 200);
  ASSERT_EQ(call({"incidents", "--json"}), 0) << err_.str();
  const auto number = json()["cases"].at(0)["number"].string_or("");
  const auto status = [&] {
    EXPECT_EQ(call({"case", "show", number, "--json"}), 0) << err_.str();
    return json()["status"].string_or("");
  };
  const auto act = [&](std::vector<std::string> words) {
    words.insert(words.begin() + 1, number);
    words.insert(words.begin(), "case");
    return call(words);
  };
  EXPECT_EQ(act({"ack", "--why", "on it"}), 0) << err_.str();
  EXPECT_EQ(act({"register", "in the book"}), 0) << err_.str();
  EXPECT_EQ(act({"register"}), 1) << "once a run";
  EXPECT_NE(err_.str().find("xunjian case show " + number), std::string::npos) << err_.str();
  EXPECT_EQ(act({"report", "by phone", "--to", "duty"}), 0) << err_.str();
  EXPECT_EQ(act({"arrive"}), 0) << err_.str();
  EXPECT_EQ(act({"note"}), 1);
  EXPECT_NE(err_.str().find("--why"), std::string::npos) << err_.str();
  EXPECT_EQ(act({"grade", "I", "--why", "as I see it"}), 0) << err_.str();
  EXPECT_EQ(act({"pause", "coffee"}), 1);
  EXPECT_NE(err_.str().find("spare-part"), std::string::npos) << err_.str();
  EXPECT_EQ(act({"pause", "spare-part"}), 0) << err_.str();
  ASSERT_EQ(call({"case", "show", number}), 0);
  EXPECT_NE(out_.str().find("paused"), std::string::npos) << out_.str();
  EXPECT_EQ(act({"resume", "it came", "--as", "one"}), 0) << err_.str();
  EXPECT_EQ(act({"resume"}), 1);
  EXPECT_EQ(act({"amend", "99", "--at", to_iso(clock_.now()), "--why", "typo"}), 1);
  EXPECT_EQ(act({"amend", "3", "--at", to_iso(clock_.now())}), 1) << "without a why";
  EXPECT_EQ(act({"amend", "3", "--at", to_iso(clock_.now()), "--why", "typo"}), 0) << err_.str();
  // The contract's wall clock, which is 8 h ahead of UTC.
  const auto wall = to_iso(clock_.now(), std::chrono::minutes{480});
  EXPECT_EQ(act({"note", "by the clock on the wall", "--at", wall.substr(0, 10) + ' ' + wall.substr(11, 8)}),
            0)
      << err_.str();
  ASSERT_EQ(call({"case", "show", number, "--json"}), 0);
  const auto shown = json();
  const auto& events = shown["events"];
  EXPECT_EQ(events.at(events.size() - 1)["at"].string_or("").substr(0, 19), wall.substr(0, 19)) << out_.str();
  EXPECT_EQ(act({"recover", "swapped"}), 0) << err_.str();
  EXPECT_EQ(status(), "watching");
  EXPECT_EQ(act({"close"}), 1) << "still being watched";
  EXPECT_EQ(act({"reopen"}), 1) << "without a why";
  EXPECT_EQ(act({"reopen", "--why", "it is back", "--at", to_iso(clock_.now())}), 0) << err_.str();
  EXPECT_EQ(status(), "open");
  EXPECT_EQ(act({"false-alarm", "a test of the alarm"}), 0) << err_.str();
  EXPECT_EQ(status(), "false_alarm");
}

TEST_F(CommandLine, OverTheNetworkOneReadsWithATokenAndDoesNothing) {
  enrol();
  const std::vector<std::string> far{"--server", "https://" + app_->people_address(), "--ca",
                                     dir_ / "ca.pem"};
  const auto with = [&](std::vector<std::string> words, const std::string& token_file) {
    words.insert(words.end(), far.begin(), far.end());
    if (!token_file.empty()) words.insert(words.end(), {"--token-file", token_file});
    return call(words);
  };
  EXPECT_EQ(with({"status"}, dir_ / "token"), 0) << err_.str();
  EXPECT_EQ(with({"status"}, ""), 1);
  EXPECT_NE(err_.str().find("--token-file"), std::string::npos) << err_.str();
  write("wrong", "another\n");
  EXPECT_EQ(with({"status"}, dir_ / "wrong"), 1);
  EXPECT_EQ(with({"token", "create", "--agent", "x"}, dir_ / "token"), 1) << "acts only on the socket";
}

}  // namespace
}  // namespace xj
