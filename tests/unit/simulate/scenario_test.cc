// Scenario files: what they say, every problem at its place, and their manual.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include "collector/domain/explain.h"
#include "tests/unit/simulate/stage.h"

namespace xj::collector {
namespace {

using namespace std::chrono_literals;

const std::string kHead =
    "scenario: {contract: " + source_dir() +
    "/config/examples/contracts/office-oa/contract.yaml, start: 2026-03-02 09:00, length: 3d}\n";

std::string problems_of(const std::string& yaml, Lang lang = Lang::en) {
  Problems problems;
  EXPECT_FALSE(read_scenario(yaml, "s.yaml", contract_options(), problems));
  return render(problems, lang);
}
Scenario good(const std::string& yaml) {
  Problems problems;
  auto scenario = read_scenario(yaml, "s.yaml", contract_options(), problems);
  EXPECT_TRUE(scenario) << render(problems, Lang::en);
  return scenario.value_or(Scenario{});
}

std::string verbs() {
  std::string out;
  for (int i = 0; i < domain::kVerbs; ++i)
    out += (i == 0 ? "" : ", ") + std::string(domain::to_text(static_cast<domain::Verb>(i)));
  return out;
}

TEST(ScenarioWhen, EachForm) {
  const auto zone = load_zone("Asia/Shanghai").value();
  const auto start = *parse_iso("2026-03-02T09:00:00+08:00");
  const auto at = [&](const char* text) {
    const auto when = parse_when(text, start, zone);
    return when && when->at ? domain::local_text(*when->at, zone) : std::string("none");
  };
  EXPECT_EQ(at("2026-03-02 10:00"), "2026-03-02 10:00:00");
  EXPECT_EQ(at("2026-03-02T02:00:00Z"), "2026-03-02 10:00:00");
  EXPECT_EQ(at("10:30"), "2026-03-02 10:30:00");
  EXPECT_EQ(at("+2h30m"), "2026-03-02 11:30:00");
  EXPECT_EQ(at("day 1 08:00"), "2026-03-02 08:00:00");
  EXPECT_EQ(at("day 3 10:00:05"), "2026-03-04 10:00:05");
  for (const auto* bad :
       {"", "day", "day 0 10:00", "day 3", "day 3 2026-03-02", "day x 10:00", "day 99999 10:00", "2h", "-2h",
        "+x", "noon", "case 1", "case 1 30m", "case 1 -30m", "case 1 a b +1s"})
    EXPECT_FALSE(parse_when(bad, start, zone)) << bad;
  const auto after = parse_when("case 2 +30m", start, zone);
  ASSERT_TRUE(after);
  EXPECT_FALSE(after->at);
  EXPECT_EQ(after->case_name, "2");
  EXPECT_EQ(after->offset, Duration{30min});
  const auto before = parse_when("case INC-260302-01 respond -1s", start, zone);
  ASSERT_TRUE(before);
  EXPECT_EQ(before->clock, "respond");
  EXPECT_EQ(before->offset, Duration{-1s});
}

TEST(ScenarioFile, StepsInOrderAndRepeated) {
  const auto s =
      good(kHead +
           "script:\n"
           "  - {at: case 1 respond -1s, act: ack, as: work-one}\n"
           "  - {at: day 2 10:00, fault: oa/disk, host: oa-db-01, item: /data, value: 93, for: 1h}\n"
           "  - {at: +1h, round: daily, every: 1d, times: 2}\n"
           "  - {at: day 2 12:00, outage: [oa-db-01, oa-app-01], kept: true, until: day 2 13:00}\n");
  ASSERT_EQ(s.script.size(), 5U);
  EXPECT_EQ(s.hosts.size(), 4U);
  EXPECT_EQ(domain::local_text(s.to, s.contract->zone), "2026-03-05 09:00:00");
  const auto line = [&](std::size_t i) { return s.script[i].line; };
  EXPECT_EQ(line(0), 5) << "by time";
  EXPECT_EQ(line(1), 4) << "of one instant as in the file";
  EXPECT_EQ(line(2), 5) << "the second round";
  EXPECT_EQ(line(4), 3) << "what depends on a case comes last";
  const auto& fault = std::get<StagedFault>(s.script[1].what);
  EXPECT_EQ(fault.system + '/' + fault.check + ' ' + fault.item, "oa/disk /data");
  EXPECT_EQ(fault.hosts, std::vector<std::string>{"oa-db-01"});
  EXPECT_EQ(fault.lasting, Duration{1h});
  const auto& outage = std::get<StagedOutage>(s.script[3].what);
  EXPECT_TRUE(outage.kept);
  EXPECT_EQ(outage.lasting, Duration{1h});
  const auto& act = std::get<StagedAct>(s.script[4].what);
  EXPECT_EQ(act.case_name, "1") << "the case its time depends on";
  EXPECT_EQ(act.json.dump(), R"({"verb":"ack"})");
}

TEST(ScenarioFile, ADeductionTakesItsCaseFromWhenItIsSaid) {
  const auto s = good(kHead +
                      "script:\n"
                      "  - {at: case 1 +1h, deduction: waive, name: breach, as: work-one, why: x}\n"
                      "  - {at: case 1 +1h, deduction: waive, name: breach, case: 2, as: work-one, why: x}\n"
                      "  - {at: case 1 +1h, deduction: waive, name: late, of: 3, as: work-one, why: x}\n"
                      "  - {at: case 1 +1h, deduction: withdraw, of: 3, as: work-one, why: x}\n"
                      "  - {at: +1h, deduction: record, name: late, as: work-one, why: x}\n");
  std::vector<std::string> cases;
  for (const auto& step : s.script)
    cases.push_back(std::get<StagedMoney>(step.what).json["case"].string_or("-"));
  std::sort(cases.begin(), cases.end());
  EXPECT_EQ(cases, (std::vector<std::string>{"-", "-", "-", "1", "2"}));
}

TEST(ScenarioFile, ARosterIsReadBesideItAndItsProblemsAreAtTheirLines) {
  TempDir dir;
  const auto file = dir.path() + "/roster.csv";
  const auto write = [&](const std::string& text) { std::ofstream(file) << text; };
  const auto step = [&](const std::string& more) {
    return kHead + "script:\n  - {at: +1h, duty: import, role: work-group, as: manager-one" + more + "}\n";
  };
  write(
      "from,to,a,b\n2026-03-02 08:00,2026-03-03 08:00,work-one,work-two\n2026-03-03 "
      "08:00,2026-03-04,work-two,\n");
  const auto s = good(step(", why: 排班, file: " + file));
  ASSERT_EQ(s.script.size(), 1U);
  EXPECT_EQ(std::get<StagedDuty>(s.script[0].what).json.dump(),
            R"({"verb":"import","shifts":[{"from":"2026-03-02T00:00:00Z","to":"2026-03-03T00:00:00Z",)"
            R"("a":"work-one","b":"work-two"},{"from":"2026-03-03T00:00:00Z","to":"2026-03-04T16:00:00Z",)"
            R"("a":"work-two","b":""}],"why":"排班"})");
  write("from,to,a,b\n2026-03-02 08:00,2026-03-03 08:00,client-one,\n");
  EXPECT_NE(problems_of(step(", file: " + file)).find(file + ":2:1: "), std::string::npos);
  EXPECT_NE(problems_of(step(", file: " + dir.path() + "/none.csv")).find("none.csv"), std::string::npos);
  EXPECT_NE(problems_of(step("")).find("script[1].file is required"), std::string::npos);
  EXPECT_NE(problems_of(step(", a: work-one, file: " + file)).find("unknown key \"a\""), std::string::npos);
}

TEST(ScenarioFile, EveryProblemAtItsPlace) {
  EXPECT_EQ(
      problems_of(kHead + "script:\n"
                          "  - {at: later, fault: disk}\n"
                          "  - {at: +4d, fault: disk}\n"
                          "  - {at: +1h, fault: dsk}\n"
                          "  - {at: +1h, fault: disk, host: db, state: bad, for: 1x}\n"
                          "  - {at: +1h, outage: nobody, for: 1h, until: +2h}\n"
                          "  - {at: +1h, act: shout, as: somebody}\n"
                          "  - {at: case 1 lunch +1s, act: ack, as: work-one, n: x}\n"
                          "  - {at: +1h, round: yearly, times: 3}\n"
                          "  - {at: +1h, act: ack, fault: disk}\n"
                          "  - {at: case 1 +1s, act: ack, as: work-one, every: 1h}\n"
                          "  - {at: +1h, round: daily, inspectr: work-one}\n"
                          "  - {at: +1h, open: bugs, system: os, as: nobody}\n"
                          "  - {at: +1h, open: bug, grade: I, case: 1, as: work-one, text: x}\n"
                          "  - {at: +1h, obligation: did, as: work-one}\n"
                          "  - {at: +1h, obligation: done, name: daily, as: work-one}\n"
                          "  - {at: +1h, obligation: happened, name: term_end, as: work-one}\n"
                          "  - {at: +1h, obligation: withdraw, as: work-one}\n"
                          "  - {at: +1h, deduction: forgive, name: late, as: work-one, why: x}\n"
                          "  - {at: +1h, deduction: record, name: tardy, as: work-one, why: x, count: 0}\n"
                          "  - {at: +1h, deduction: withdraw, as: work-one}\n"),
      "s.yaml:3:10: script[1].at: \"later\" is not accepted; expected 2026-03-02 10:00, +2h, day 3 10:00, "
      "case 1 +30m (since its beginning) or case 1 respond -1s (before or after a clock is due)\n"
      "s.yaml:4:10: \"+4d\" lies outside of the simulated time, 2026-03-02 09:00:00 to 2026-03-05 09:00:00\n"
      "s.yaml:5:22: script[3].fault: no check \"dsk\"; known: oa/cpu, oa/load, oa/memory, oa/swap, oa/disk, "
      "oa/diskio, oa/network, oa/uptime, oa/app-process, oa/db-port, oa/portal-page, oa/tasks-page, "
      "oa/documents-page, oa/meetings-page, oa/notices-page, oa/certificate, oa/approval-flow, oa/intrusion, "
      "operations/self\n"
      "s.yaml:6:34: script[4].host: no host \"db\"; known: oa-app-01, oa-app-02, oa-db-01\n"
      "s.yaml:6:45: script[4].state: \"bad\" is not accepted; expected one of warning, critical, unknown, "
      "judged\n"
      "s.yaml:6:55: script[4].for: \"1x\" is not accepted; expected a duration such as 30s, 5m, 4h or 2d\n"
      "s.yaml:7:23: script[5].outage: no host \"nobody\"; known: oa-app-01, oa-app-02, oa-db-01, "
      "xunjian-collector\n"
      "s.yaml:7:47: \"for\" and \"until\" say the same; give one of them\n"
      "s.yaml:8:5: script[6].case is required\n"
      "s.yaml:8:20: script[6].act: no act \"shout\"; known: " +
          verbs() +
          "\n"
          "s.yaml:8:31: script[6].as: no person \"somebody\"; known: client-one, command-one, command-two, "
          "desk-one, lead-one, manager-one, site-one, work-one, work-two\n"
          "s.yaml:9:10: script[7].at: no clock of a case \"lunch\"; known: respond, report, resolve, "
          "onsite, watch, tell:found, tell:client, tell:lead, tell:result, tell:closed\n"
          "s.yaml:9:55: script[7].n: \"x\" is not accepted; expected a whole number\n"
          "s.yaml:10:5: script[8].every is required\n"
          "s.yaml:10:22: script[8].round: no round \"yearly\"; known: daily\n"
          "s.yaml:11:5: a step is one of: fault, outage, act, open, obligation, deduction, round, sheet, "
          "duty\n"
          "s.yaml:12:53: \"every\" needs an \"at\" that depends on no case\n"
          "s.yaml:13:29: unknown key \"inspectr\"; did you mean \"inspector\"?\n"
          "s.yaml:14:5: script[12].text is required\n"
          "s.yaml:14:21: script[12].open: no kind of case \"bugs\"; known: incident, bug\n"
          "s.yaml:14:35: script[12].system: no system \"os\"; known: oa, operations\n"
          "s.yaml:14:43: script[12].as: no person \"nobody\"; known: client-one, command-one, command-two, "
          "desk-one, lead-one, manager-one, site-one, work-one, work-two\n"
          "s.yaml:15:5: script[13].system is required\n"
          "s.yaml:15:33: script[13].grade: no grade \"I\"; known: blocking, minor\n"
          "s.yaml:15:36: unknown key \"case\"; accepted here: at, fault, outage, act, open, obligation, "
          "deduction, round, sheet, duty, system, "
          "grade, text, why, told, as, refused, every, times\n"
          "s.yaml:16:27: script[14].obligation: no kind of record \"did\"; known: done, happened, withdraw\n"
          "s.yaml:17:5: script[15].text is required\n"
          "s.yaml:17:39: script[15].name: no obligation \"daily\"; known: daily-inspection, daily-log, "
          "daily-modules, monthly-report, database-report, summary, emergency-plan, first-result, "
          "correction, "
          "refund\n"
          "s.yaml:18:43: script[16].name: no word that sets an obligation off \"term_end\"; known: "
          "breach_notice, refund_due\n"
          "s.yaml:19:5: script[17].n is required\n"
          "s.yaml:19:5: script[17].why is required\n"
          "s.yaml:20:26: script[18].deduction: no kind of record \"forgive\"; known: record, waive, "
          "withdraw\n"
          "s.yaml:21:40: script[19].name: no deduction \"tardy\"; known: late, late-ended, breach, "
          "client-late\n"
          "s.yaml:21:76: script[19].count: 0 is outside 1 to 10000\n"
          "s.yaml:22:5: script[20].why is required\n"
          "s.yaml:22:5: script[20].of is required\n");
}

TEST(ScenarioFile, WithoutAHeadNothingBelowIsJudged) {
  EXPECT_EQ(problems_of("script: [{at: x}]\n"), "s.yaml:1:1: scenario is required\n");
  EXPECT_EQ(problems_of("scenario: {contract: none.yaml, start: noon, length: 0s}\n").find("script"),
            std::string::npos);
}

std::string manual() {
  std::ifstream in(source_dir() + "/docs/simulate.md");
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// docs/simulate.md is held to what is read: its scenarios load, every key is in it, and none is that is not.
TEST(ScenarioManual, SaysWhatIsRead) {
  const auto text = manual();
  int examples = 0;
  for (auto at = text.find("```yaml\n"); at != std::string::npos; at = text.find("```yaml\n", at + 8)) {
    const auto end = text.find("```", at + 8);
    auto yaml = text.substr(at + 8, end - at - 8);
    Problems problems;
    EXPECT_TRUE(
        read_scenario(yaml, source_dir() + "/config/examples/scenarios/x.yaml", contract_options(), problems))
        << render(problems, Lang::en);
    ++examples;
  }
  EXPECT_GT(examples, 0);
  std::set<std::string> asked;
  Problems problems;
  (void)read_scenario(kHead +
                          "script: [{fault: x}, {outage: x}, {act: x}, {open: x}, {obligation: x}, "
                          "{deduction: x}, {round: x}, {sheet: x}, {duty: x}, {duty: import}]\n",
                      "s.yaml", contract_options(), problems, &asked);
  std::set<std::string> known;
  static const std::regex index("script\\[[0-9]+\\]\\.");
  for (const auto& key : asked) {
    const auto name = std::regex_replace(key, index, "");
    known.insert(name);
    EXPECT_NE(text.find("| `" + name + '`'), std::string::npos) << name << " is not in docs/simulate.md";
  }
  EXPECT_GT(known.size(), 30U);
  static const std::regex row("\\n\\| `([a-z_.]+)` \\|");
  for (auto it = std::sregex_iterator(text.begin(), text.end(), row); it != std::sregex_iterator(); ++it)
    EXPECT_TRUE(known.contains((*it)[1])) << (*it)[1] << " is in docs/simulate.md and read by nobody";
}

}  // namespace
}  // namespace xj::collector
