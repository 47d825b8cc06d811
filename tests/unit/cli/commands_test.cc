#include "tests/unit/cli/commands.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "cli/commands.h"
#include "collector/domain/incident.h"
#include "core/width.h"
#include "tests/fakes/places.h"

namespace xj::cli {
namespace {

using namespace std::chrono_literals;

constexpr const char* kCases =
    R"({"cases":[{"contract":"office-oa","number":"INC-261120-01","kind":"incident","system":"oa",
 "status":"open","grade":"II","run":1,"opened":"2026-11-20T09:01:00+08:00","last":"2026-11-20T09:01:00+08:00",
 "grade_title":{"zh":"二级","en":"Grade II"},"system_title":{"zh":"综合办公平台","en":"Office platform"},
 "next":{"clock":"respond","title":{"zh":"响应","en":"Respond"},"status":"breached","due":"2026-11-20T09:31:00+08:00"},
 "problem":{"id":"core.param_missing","args":{"name":"port"}}}]})";

TEST_F(Commands, CasesInBothLanguages) {
  answer("GET /api/v1/cases?open=true", kCases);
  EXPECT_EQ(call({"case", "list"}), 0);
  EXPECT_EQ(
      out_.str(),
      "NUMBER         GRADE     SYSTEM           STATUS  NEXT     LEFT  OPENED          PROBLEM\n"
      "INC-261120-01  Grade II  Office platform  open    Respond  -29m  11-20 09:01:00  port is required\n");
  EXPECT_EQ(call({"case", "list"}, Lang::zh), 0);
  EXPECT_EQ(out_.str(),
            "编号           级别  系统          状态    下一时限  剩余  发生            异常\n"
            "INC-261120-01  二级  综合办公平台  待响应  响应      -29m  11-20 09:01:00  缺少必填项 port\n");
  answer("GET /api/v1/cases?kind=incident&open=true", R"({"cases":[]})");
  EXPECT_EQ(call({"incidents"}), 0);
  EXPECT_EQ(out_.str(), "no open incidents\n");
}

// Both languages, on a usual terminal, a wide one and in a pipe; the machine is in the contract's zone in one
// half and in UTC in the other. With XJ_UPDATE_GOLDEN set the files are written, for a person to look at.
TEST_F(Commands, TablesOfATroubledMorning) {
  answer("GET /api/v1/cases?kind=incident&open=true",
         R"~({"cases":[{"contract":"demo","number":"INC-261121-01","status":"watching","grade":"I",
 "opened":"2026-11-20T08:56:05+08:00","grade_title":{"zh":"一级","en":"Grade I"},
 "system_title":{"zh":"综合办公平台（演示）","en":"Office platform (demo)"},
 "next":{"clock":"up","title":{"zh":"上报总负责人","en":"Report to overall lead"},"status":"running",
 "due":"2026-11-20T10:09:00+08:00"},"problem":{"id":"domain.problem","args":
 {"item":"@[门户端口（demo-host）|Portal port (demo-host)]","state":"@core.state.critical"}}}]})~");
  const std::string checks =
      R"~({"checks":[{"host":"demo-host","check":"demo/oa/portal-page","title":{"zh":"门户首页","en":"Portal page"},
 "state":"critical","slot":"2026-11-20T08:56:03+08:00","message":{"id":"checks.http.no_connection","args":{
 "url":"http://127.0.0.1:59487/","value":"Failed to connect to 127.0.0.1 port 59487 after 0 ms"}}},
 {"host":"demo-host","check":"demo/oa/portal-port","title":{"zh":"门户端口","en":"Portal port"},"state":"critical",
 "slot":"2026-11-20T08:56:02+08:00","message":{"id":"checks.tcp.not_connected","args":{"peer":"127.0.0.1:59487",
 "value":"Connection refused"}},"items":[{"key":"/data","state":"warning","message":{"text":"87%"}}]},
 {"host":"demo-host","check":"local/agent","state":"ok","slot":"2026-11-20T00:56:03Z",
 "message":{"id":"checks.uptime.ok","args":{"value":"1h25m"}}}]})~";
  answer("GET /api/v1/checks", checks);
  answer("GET /api/v1/checks?host=demo-host", checks);
  answer("GET /api/v1/cases/demo/INC-261121-01",
         R"~({"contract":"demo","number":"INC-261121-01","kind_title":{"zh":"应急事件","en":"Incident"},
 "grade_title":{"zh":"一级","en":"Grade I"},"system_title":{"zh":"综合办公平台","en":"Office platform"},
 "status":"watching","problems":[{"state":"critical","cleared":true,"since":"2026-11-20T08:56:05+08:00",
 "says":{"id":"domain.problem.cleared","args":{"item":"@[门户端口（demo-host）|Portal port (demo-host)]"}},
 "message":{"id":"checks.tcp.not_connected","args":{"peer":"127.0.0.1:59487","value":"Connection refused"}}}],
 "clocks":[{"title":{"zh":"上报总负责人","en":"Report to overall lead"},"status":"met","limit":"10m",
 "start":"2026-11-20T08:56:05+08:00","due":"2026-11-20T09:06:05+08:00","stop":"2026-11-20T08:56:08+08:00"}],
 "events":[{"n":1,"at":"2026-11-20T08:56:05+08:00","says":{"id":"domain.did.detected","args":{
 "at":"2026-11-20 08:56:05","who":"demo-host","item":"@[门户端口（demo-host）|Portal port (demo-host)]",
 "state":"@core.state.critical","late":""}}},{"n":2,"at":"2026-11-20T08:56:09+08:00","entered_later":true,
 "known":"2026-11-20T09:30:00+08:00","says":{"id":"domain.did.recovered_watch","args":{"at":"2026-11-20 08:56:09",
 "who":"@domain.machine","text":"","watch":"14d","late":"@domain.entered_later"}}}]})~");
  const std::vector<std::vector<std::string>> calls{
      {"incidents"}, {"checks"}, {"checks", "demo-host"}, {"case", "show", "demo/INC-261121-01"}};
  for (const auto lang : {Lang::zh, Lang::en}) {
    std::string all;
    for (const int width : {80, 120, 0}) {
      width_ = width;
      machine_offset_ = std::chrono::minutes{width == 120 ? 480 : 0};
      for (const auto& words : calls) {
        EXPECT_EQ(call(words, lang), 0) << err_.str();
        all += std::to_string(width) + " $";
        for (const auto& word : words) all += ' ' + word;
        all += '\n' + out_.str() + '\n';
        std::istringstream lines(out_.str());
        for (std::string line; width > 0 && std::getline(lines, line);)
          EXPECT_LE(display_width(line), width) << line;
        if (width == 0) {
          EXPECT_EQ(out_.str().find("…"), std::string::npos) << "cut in a pipe";
        }
      }
    }
    const auto path = source_dir() + "/tests/golden/cli/tables." + (lang == Lang::zh ? "zh.txt" : "en.txt");
    if (std::getenv("XJ_UPDATE_GOLDEN") != nullptr) {
      std::ofstream(path) << all;
      continue;
    }
    std::ifstream in(path);
    std::stringstream kept;
    kept << in.rdbuf();
    EXPECT_EQ(kept.str(), all) << path << " differs; look at it, then run with XJ_UPDATE_GOLDEN=1";
  }
}

TEST_F(Commands, SentencesAreBrokenBetweenWordsOnATerminal) {
  answer("GET /api/v1/cases/c/N", R"~({"explain":[
 {"id":"domain.did.detected","args":{"at":"2026-11-20 08:56:05","who":"demo-host","item":"Portal (demo-host)",
 "state":"@core.state.critical","late":""}},{"text":"CRITICAL 2 times in a row, so it is no passing disturbance"},
 {"id":"domain.clock.started","args":{"clock":"Respond","at":"2026-11-20 08:56:05","event":"detected",
 "grade":"Grade I","limit":"30m","calendar":"7x24"}},{"id":"domain.clock.is_paused","args":{"clock":"Respond"}},
 {"id":"domain.explain.waits_close","args":{}}]})~");
  width_ = 60;
  EXPECT_EQ(call({"explain", "c/N"}), 0);
  EXPECT_EQ(out_.str(),
            "2026-11-20 08:56:05 demo-host: Portal (demo-host) is\n"
            "    CRITICAL; incident opened\n"
            "  CRITICAL 2 times in a row, so it is no passing\n"
            "    disturbance\n"
            "\n"
            "clock \"Respond\" counts from 2026-11-20 08:56:05\n"
            "    (detected); for Grade I it has 30 min on calendar 7x24\n"
            "  clock \"Respond\" is paused\n"
            "\n"
            "now: waits to be closed\n");
  width_ = 30;
  EXPECT_EQ(call({"case", "show", "c/M"}), 1);
  EXPECT_EQ(err_.str(), "xunjian: not in the table:\n  /api/v1/cases/c/M\n");
}

TEST_F(Commands, TheLastDayOfAContractIsInIt) {
  answer("GET /api/v1/status", R"({"contracts":[{"id":"c","title":"某合同","from":"2026-01-01T00:00:00+08:00",
 "to":"2031-01-01T00:00:00+08:00","calendar":"cn-2026-1"}],"hosts":{"heard":1,"silent":0,"never":0},
 "cases":{"open":0,"problems":0}})");
  EXPECT_EQ(call({"status"}), 0);
  EXPECT_TRUE(out_.str().starts_with("某合同  c  2026-01-01 – 2030-12-31  cn-2026-1\n")) << out_.str();
}

TEST_F(Commands, ASocketMayBeNamedFromHere) {
  answer("GET /api/v1/hosts", R"({"hosts":[]})");
  EXPECT_EQ(call({"hosts", "--server", "unix:build/s.sock"}), 0);
  EXPECT_EQ(url_, "unix:" + std::filesystem::absolute("build/s.sock").string());
  EXPECT_EQ(call({"hosts", "--server", "unix:/run/s"}), 0);
  EXPECT_EQ(url_, "unix:/run/s");
}

TEST_F(Commands, WhatAMaintenanceWindowHoldsBackSaysSo) {
  answer("GET /api/v1/checks", R"({"checks":[{"host":"h","check":"c/s/cpu","state":"critical","problem":true,
 "message":{"id":"checks.uptime.ok","args":{"value":"1h25m"}},"held":{"id":"collector.held"}}]})");
  EXPECT_EQ(call({"checks"}), 0) << err_.str();
  EXPECT_NE(out_.str().find("1 h 25 min · held back by a maintenance window"), std::string::npos)
      << out_.str();
}

TEST_F(Commands, NothingToShowIsSaid) {
  answer("GET /api/v1/hosts", R"({"hosts":[]})");
  answer("GET /api/v1/checks", R"({"checks":[{"state":"ok"}]})");
  answer("GET /api/v1/agents", R"({"agents":[]})");
  answer("GET /api/v1/documents", R"({"documents":[]})");
  const std::vector<std::vector<std::string>> calls{
      {"hosts"}, {"checks", "--problems"}, {"agent", "list"}, {"report", "list"}};
  for (const auto& words : calls) {
    EXPECT_EQ(call(words), 0) << err_.str();
    EXPECT_TRUE(out_.str().starts_with("no ")) << out_.str();
  }
}

TEST_F(Commands, JsonIsTheCollectorsOwnAndNeverTranslated) {
  answer("GET /api/v1/cases?open=true", kCases);
  EXPECT_EQ(call({"case", "list", "--json", "--lang", "zh"}), 0);
  const auto parsed = parse_json(out_.str());
  ASSERT_TRUE(std::holds_alternative<Json>(parsed));
  EXPECT_EQ(std::get<Json>(parsed)["cases"].at(0)["problem"]["id"].string_or(""), "core.param_missing");
  EXPECT_EQ(call({"explain", "--json", "office-oa/INC-9"}), 1);
  EXPECT_NE(out_.str().find("\"error\""), std::string::npos) << "a refusal is JSON too";
  EXPECT_EQ(err_.str(), "");
}

TEST_F(Commands, ActsFindTheContractAndSendWhatWasSaid) {
  answer("GET /api/v1/status", R"({"contracts":[{"id":"other"},{"id":"office-oa"}]})");
  answer("GET /api/v1/cases/office-oa/INC-261120-01", "{}");
  answer("POST /api/v1/cases/office-oa/INC-261120-01/events",
         R"({"events":[{"kind":"acknowledged","says":{"text":"acknowledged by one"}}]})");
  EXPECT_EQ(call({"case", "ack", "INC-261120-01", "看到了", "--as", "work-one"}), 0);
  EXPECT_EQ(out_.str(), "INC-261120-01  acknowledged by one\n");
  EXPECT_EQ(answers_.asked.back().body, R"({"verb":"acknowledge","text":"看到了","as":"work-one"})");
  EXPECT_EQ(call({"case", "ack", "INC-0"}), 1);
  EXPECT_EQ(err_.str(), "xunjian: there is no case INC-0\n  See: xunjian case list --all\n");
}

// The command whose act becomes an event of the kind; none where only machines cause it. A new kind stops
// this from compiling.
std::vector<std::string> words_for(domain::EventKind kind) {
  using enum domain::EventKind;
  switch (kind) {
    case acknowledged: return {"ack"};
    case registered: return {"register"};
    case reported: return {"report"};
    case signed_off: return {"sign", "--part", "lead"};
    case told: return {"told", "found", "--how", "phone", "--to", "lead"};
    case arrived: return {"arrive"};
    case noted: return {"note"};
    case graded: return {"grade", "II"};
    case paused: return {"pause", "waiting"};
    case resumed: return {"resume"};
    case recovered: return {"recover"};
    case reopened: return {"reopen"};
    case false_alarm: return {"false-alarm"};
    case closed: return {"close"};
    case amended: return {"amend", "3"};
    case merged: return {"merge", "--into", "M"};
    case split_off: return {"split", "--item", "disk@web1"};
    case absorbed:       // with merged
    case problem_moved:  // with split_off
      return {};
    case escalation_drafted: return {"escalate", "--step", "2"};
    case escalation_approved: return {"approve"};
    case escalation_rejected: return {"approve", "--reject"};
    case close_requested: return {"request-close"};
    case condition_confirmed: return {"confirm", "2"};
    case verified: return {"verify", "--accept"};
    case close_rejected: return {"verify", "--reject"};
    case opened: return {};  // has no case yet: OpeningACase…
    case detected:
    case joined:
    case problem_changed:
    case problem_cleared:
    case watch_ended:
    case clock_warning:
    case clock_breached:
    case rebound:
    case calendar_changed:
    case problem_unwatched:
    case dependent_held:
    case dependent_freed:
    case cause_found:
    case problem_watched: return {};
  }
  return {};
}

TEST_F(Commands, EveryEventAPersonCanCauseHasItsVerb) {
  answer("GET /api/v1/status", R"({"contracts":[{"id":"c"}]})");
  answer("GET /api/v1/cases/c/N", "{}");
  answer("POST /api/v1/cases/c/N/events", R"({"events":[{"says":{"text":"done"}}]})");
  std::set<domain::Verb> reached;
  for (std::size_t i = 0; i < domain::kEventKinds; ++i) {
    auto words = words_for(static_cast<domain::EventKind>(i));
    if (words.empty()) continue;
    words.insert(words.begin() + 1, "N");
    words.insert(words.begin(), "case");
    words.insert(words.end(), {"--at", "2026-11-20T09:00:00+08:00", "--as", "one", "--why", "because"});
    const auto json_too = [&] {
      auto more = words;
      more.emplace_back("--json");
      return more;
    };
    EXPECT_EQ(call(words), 0) << words[1] << ": " << err_.str();
    EXPECT_EQ(out_.str(), "N  done\n");
    EXPECT_EQ(call(json_too()), 0) << words[1];
    const auto parsed = parse_json(answers_.asked.back().body);
    ASSERT_TRUE(std::holds_alternative<Json>(parsed));
    const auto& body = std::get<Json>(parsed);
    const auto verb = domain::parse_verb(body["verb"].string_or(""));
    ASSERT_TRUE(verb) << words[1];
    EXPECT_TRUE(reached.insert(*verb).second) << words[1] << " does what another command does";
    EXPECT_EQ(body["text"].string_or(""), "because");
    EXPECT_EQ(body["as"].string_or(""), "one");
    EXPECT_EQ(body[words[1] == "amend" ? "value" : "at"].string_or(""), "2026-11-20T09:00:00+08:00");
  }
  for (int i = 0; i < domain::kVerbs; ++i)
    EXPECT_TRUE(reached.contains(static_cast<domain::Verb>(i)))
        << domain::to_text(static_cast<domain::Verb>(i)) << " has no command under `xunjian case`";
}

TEST_F(Commands, OpeningACaseNamesItsNumber) {
  answer("GET /api/v1/status", R"({"contracts":[{"id":"c"}]})");
  answer(
      "POST /api/v1/cases/c",
      R"({"contract":"c","number":"INC-9","events":[{"says":{"text":"opened"}},{"says":{"text":"graded"}}]})");
  EXPECT_EQ(call({"case", "open", "oa", "无法登录", "--grade", "II", "--kind", "incident", "--at", "09:30",
                  "--as", "one"}),
            0)
      << err_.str();
  EXPECT_EQ(out_.str(), "INC-9  opened\nINC-9  graded\n");
  EXPECT_EQ(answers_.asked.back().body,
            R"({"system":"oa","text":"无法登录","at":"09:30","kind":"incident","grade":"II","as":"one"})");
  EXPECT_EQ(call({"case", "open", "c/oa", "--why", "down", "--json"}), 0);
  EXPECT_TRUE(std::holds_alternative<Json>(parse_json(out_.str())));
  const auto asked = answers_.asked.size();
  EXPECT_EQ(call({"case", "open", "oa"}), 2);
  EXPECT_EQ(call({"case", "open", "oa", "down", "--at", "soon"}), 2);
  EXPECT_EQ(answers_.asked.size(), asked) << "refused before anything is asked";
}

TEST_F(Commands, ActsThatCannotBeAreRefusedWithPlaceAndMend) {
  answer("GET /api/v1/cases/c/N", "{}");
  EXPECT_EQ(call({"case", "ack", "c/N", "--at", "yesterday"}), 2);
  EXPECT_EQ(err_.str(),
            "xunjian: --at yesterday is no time; expected such as 16:30, \"2026-09-30 16:30\" or "
            "2026-09-30T16:30:00+08:00\n");
  EXPECT_EQ(call({"case", "ack", "c/N", "seen", "--why", "seen"}), 2);
  EXPECT_EQ(err_.str(), "xunjian: give TEXT or --why, not both\n");
  EXPECT_EQ(call({"case", "amend", "c/N", "first", "--at", "2026-11-20T09:00:00+08:00"}), 2);
  EXPECT_EQ(err_.str(),
            "xunjian: N first is no number of an event; expected 1, 2, 3 …\n  See: xunjian case show c/N\n");
  EXPECT_EQ(call({"case", "amend", "c/N", "1"}), 2);
  EXPECT_EQ(err_.str(), "xunjian: --at is required\n");
  EXPECT_EQ(call({"case", "merge", "c/N"}), 2);
  EXPECT_EQ(err_.str(), "xunjian: --into is required\n");
  EXPECT_EQ(call({"case", "split", "c/N"}), 2);
  EXPECT_EQ(call({"case", "verify", "c/N"}), 2);
  EXPECT_EQ(err_.str(), "xunjian: give --accept or --reject\n");
  EXPECT_EQ(call({"case", "verify", "c/N", "--accept", "--reject"}), 2);
  EXPECT_EQ(call({"case", "confirm", "c/N", "third"}), 2);
  EXPECT_EQ(call({"case", "pause", "c/N"}), 2);
  EXPECT_EQ(err_.str(), "xunjian: REASON is missing\n  See: xunjian case pause --help\n");
  EXPECT_TRUE(answers_.asked.empty()) << "nothing was asked of the collector";
  answer("POST /api/v1/cases/c/N/events",
         R"({"error":{"code":"refused","message":{"id":"domain.refuse.text","args":{}}}})", 409);
  EXPECT_EQ(call({"case", "reopen", "c/N"}), 1);
  EXPECT_EQ(err_.str(), "xunjian: a text is needed\n  Say it: --why TEXT\n");
  answer("POST /api/v1/cases/c/N/events",
         R"({"error":{"code":"refused","message":{"id":"domain.refuse.not_paused","args":{}}}})", 409);
  EXPECT_EQ(call({"case", "resume", "c/N"}), 1);
  EXPECT_EQ(err_.str(), "xunjian: the clocks are not paused\n  See: xunjian case show N\n");
}

TEST_F(Commands, RefusalsCarryTheCollectorsWordsAndTheWayOut) {
  answer("POST /api/v1/cases/c/N/events",
         R"({"error":{"code":"who","message":{"id":"collector.api.who","args":{"user":"root"}}}})", 403);
  EXPECT_EQ(call({"case", "ack", "c/N"}), 1);
  EXPECT_NE(err_.str().find("The account \"root\" is no person"), std::string::npos) << err_.str();
  EXPECT_NE(err_.str().find("--as PERSON"), std::string::npos);
  answer("GET /api/v1/hosts", "<html>", 200);
  EXPECT_EQ(call({"hosts"}), 1);
  EXPECT_EQ(err_.str(), "xunjian: the answer is not JSON; is this a collector?\n");
  answers_.by_target.insert_or_assign("GET /api/v1/hosts",
                                      io::HttpError{io::HttpFailure::connect, Message::literal("refused")});
  EXPECT_EQ(call({"hosts", "--server", "https://x.invalid:1"}), 1);
  EXPECT_EQ(url_, "https://x.invalid:1");
  EXPECT_EQ(err_.str(),
            "xunjian: no answer from https://x.invalid:1: refused\n  Check the address, and --ca and "
            "--token-file.\n");
}

TEST_F(Commands, TextFromOutsideCannotMoveTheCursor) {
  answer("GET /api/v1/hosts",
         "{\"hosts\":[{\"name\":\"evil\\u001b[2J\",\"state\":\"never\",\"systems\":[],\"problems\":0}]}");
  EXPECT_EQ(call({"hosts"}), 0);
  EXPECT_EQ(out_.str().find('\033'), std::string::npos);
}

TEST_F(Commands, ResultsTakeTheLastPartOfACheck) {
  answer("GET /api/v1/checks?host=h",
         R"({"checks":[{"check":"a/b/cpu"},{"check":"a/b/disk"},{"check":"a/c/disk"}]})");
  answer(
      "GET /api/v1/results?host=h&check=a%2Fb%2Fcpu&limit=2",
      R"({"results":[{"slot":"2026-11-20T09:02:00+08:00","state":"ok","metrics":{"used_percent":12.5}}]})");
  EXPECT_EQ(call({"results", "h", "cpu", "--limit", "2"}), 0);
  EXPECT_EQ(out_.str(), "SLOT            STATE  VALUES\n11-20 09:02:00  ok     used_percent=12.5\n");
  EXPECT_EQ(call({"results", "h", "disk"}), 2);
  EXPECT_NE(err_.str().find("has not exactly one check disk"), std::string::npos);
}

TEST_F(Commands, RoundsNeedTheirContractOnlyWhenThereAreSeveral) {
  answer("GET /api/v1/status", R"({"contracts":[{"id":"one"}]})");
  answer("POST /api/v1/runs", R"({"run":"run-1","hosts":0,"expected":0,"arrived":0,"waiting":[],"away":[]})",
         201);
  answer("POST /api/v1/rounds",
         R"({"contract":"one","number":"261120-01","counts":{"total":3,"ok":2,"missing":1}})", 201);
  EXPECT_EQ(call({"round", "run", "daily"}), 0);
  EXPECT_EQ(err_.str(), "") << "nobody is asked, so nothing is said";
  EXPECT_EQ(out_.str(),
            "inspection sheet one/261120-01: 3 items\n"
            "STATE    COUNT\n"
            "ok           2\n"
            "missing      1\n"
            "Next: xunjian report render one/261120-01 -o 261120-01.pdf\n");
  answer("GET /api/v1/status", R"({"contracts":[{"id":"one"},{"id":"two"}]})");
  EXPECT_EQ(call({"round", "run", "daily"}), 2);
  EXPECT_EQ(err_.str(), "xunjian: of which contract is daily? One of: one/daily, two/daily\n");
  EXPECT_EQ(call({"round", "run", "one/daily", "-o", "x.doc"}), 2);
}

TEST_F(Commands, ARoundWaitsForItsChecksAndSaysWhatDidNotComeInTime) {
  answer("GET /api/v1/status", R"({"contracts":[{"id":"one"}]})");
  answer("POST /api/v1/runs",
         R"({"run":"run-1","hosts":1,"expected":2,"arrived":0,"waiting":[],"away":[{"host":"web2","checks":3,
             "why":{"id":"collector.round.away.silent","args":{}}}]})",
         201);
  answer("GET /api/v1/runs/run-1", R"({"run":"run-1","hosts":1,"expected":2,"arrived":1,
             "waiting":[{"host":"web1","check":"one/oa/disk"}]})");
  answer("POST /api/v1/rounds", R"({"contract":"one","number":"261120-01","counts":{"total":5,"ok":5}})",
         201);
  EXPECT_EQ(call({"round", "run", "daily", "--wait", "10s"}), 0);
  EXPECT_EQ(err_.str(),
            "asked for 2 checks now, hosts: 1; waiting for at most 10s\n"
            "1 of 2 came in time; as last seen: web1 one/oa/disk\n"
            "web2: its agent is silent; 3 checks as last seen\n");
  EXPECT_EQ(paused_, 10s) << "no longer than was said";
  EXPECT_EQ(answers_.asked.back().body, R"({"contract":"one","round":"daily","run":"run-1"})");

  answer("GET /api/v1/runs/run-1", R"({"run":"run-1","hosts":1,"expected":2,"arrived":2,"waiting":[]})");
  EXPECT_EQ(call({"round", "run", "daily", "--json"}), 0);
  EXPECT_EQ(paused_, 500ms) << "no longer than needed";
  EXPECT_EQ(err_.str(), "");
  EXPECT_EQ(json_of(out_.str())["run"]["arrived"].int_or(0), 2);
  EXPECT_EQ(json_of(out_.str())["run"]["away"].at(0)["host"].string_or(""), "web2");

  answers_.asked.clear();
  EXPECT_EQ(call({"round", "run", "daily", "--wait", "0"}), 0);
  EXPECT_EQ(paused_, 0s);
  for (const auto& request : answers_.asked) EXPECT_NE(request.target, "/api/v1/runs");
  for (const auto* wrong : {"11m", "soon", "-1s"}) {
    EXPECT_EQ(call({"round", "run", "daily", "--wait", wrong}), 2) << wrong;
    EXPECT_NE(err_.str().find("--wait"), std::string::npos);
  }
}

TEST_F(Commands, TokensCanBePiped) {
  answer("POST /api/v1/tokens", R"({"token":"xj1.a.b.c","agent":"a","expires":"2026-11-21T02:00:00Z"})", 201);
  EXPECT_EQ(call({"token", "create", "--agent", "a"}), 0);
  EXPECT_EQ(out_.str(), "xj1.a.b.c\n");
  EXPECT_NE(err_.str().find("for a, once, for 1 day"), std::string::npos) << err_.str();
  EXPECT_EQ(call({"token", "create"}), 2);
}

TEST_F(Commands, ConfigCheckEndsWithTwo) {
  EXPECT_EQ(call({"config", "check", source_dir() + "/config/examples"}), 0);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(err_.str(), "9 files: 0 errors, 0 warnings\n");
  EXPECT_EQ(call({"config", "check", "/nowhere.yaml"}), 2);
  EXPECT_EQ(call({"config", "check", "/nowhere.yaml", "--json"}), 2);
  EXPECT_NE(out_.str().find("\"config.cannot_read\""), std::string::npos);
}

TEST_F(Commands, ReportsAreSetOfflineFromFacts) {
  namespace fs = std::filesystem;
  const auto dir = fs::temp_directory_path() / ("xj-cli-" + std::to_string(::getpid()));
  fs::create_directories(dir);
  const auto facts = source_dir() + "/tests/fixtures/facts";
  std::string file;
  for (const auto& entry : fs::directory_iterator(facts))
    if (entry.path().extension() == ".json" &&
        entry.path().filename().string().starts_with("software-inspection"))
      file = std::max(file, entry.path().string());
  ASSERT_FALSE(file.empty());
  const auto pdf = (dir / "x.pdf").string(), html = (dir / "x.html").string();
  EXPECT_EQ(call({"report", "render", "--facts", file, "--form", "software-inspection", "-o", pdf}), 0)
      << err_.str();
  std::ifstream in(pdf);
  std::string head(5, '\0');
  in.read(head.data(), 5);
  EXPECT_EQ(head, "%PDF-");
  EXPECT_EQ(call({"report", "render", "--facts", file, "--form", "software-inspection", "-o", html}), 0);
  EXPECT_GT(fs::file_size(html), 1000U);
  EXPECT_EQ(call({"report", "render", "--facts", file, "--form", "nothing", "-o", pdf}), 2);
  std::ofstream(dir / "bad.json") << "{\"lang\":\"zh\"}";
  EXPECT_EQ(call({"report", "render", "--facts", (dir / "bad.json").string(), "--form", "software-inspection",
                  "-o", pdf}),
            2);
  EXPECT_NE(err_.str(), "");
  EXPECT_EQ(call({"report", "render", "--facts", "/nowhere", "--form", "software-inspection", "-o", pdf}), 2);
  EXPECT_EQ(call({"report", "render"}), 2);
  fs::remove_all(dir);
}

TEST_F(Commands, VersionAndHelp) {
  EXPECT_EQ(call({"version"}), 0);
  EXPECT_EQ(out_.str(), "xunjian " XJ_VERSION "\n");
  EXPECT_EQ(call({"--help"}), 0);
  EXPECT_EQ(call({}), 2);
  EXPECT_EQ(call({"status", "--lang", "fr"}), 2);
}

}  // namespace
}  // namespace xj::cli
