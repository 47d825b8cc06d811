#include "collector/contract/loader.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "collector/contract/calendars.h"
#include "collector/contract/reading.h"
#include "collector/domain/events.h"
#include "tests/fakes/places.h"

namespace xj::collector {
namespace {

using namespace std::chrono_literals;

const std::string kExample = source_dir() + "/config/examples/contracts/office-oa/contract.yaml";

std::string read(const std::string& path) {
  std::ifstream in(path);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// A contract that is as small as one can be.
constexpr std::string_view kSmall = R"(contract:
  id: small
  title: 小合同
  parties: {client: 甲, provider: 乙}
  term: {from: 2026-01-01, to: 2026-12-31}
people: {p1: {name: 某}}
roles: {duty: {people: [p1]}}
systems: {web: {hosts: [h1], checks: {cpu: {kind: cpu}}}}
kinds:
  incident:
    opened_by: checks
    number: "{yymmdd}-{nn}"
    grades: {I: {}}
    clocks: {resolve: {limit: 2h, start: detected, stop: recovered, to: duty}}
)";

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

std::string problems_of(std::string_view yaml, const LoadOptions& options = {}) {
  Problems problems;
  const auto contract = read_contract(yaml, "c.yaml", options, problems);
  EXPECT_EQ(contract == nullptr, has_errors(problems)) << render(problems, Lang::en);
  return render(problems, Lang::en);
}
std::string problems_with(std::string_view what, std::string_view by, const LoadOptions& options = {}) {
  return problems_of(replaced(std::string(kSmall), what, by), options);
}

TEST(Contract, TheExampleHasNoProblem) {
  Problems problems;
  const auto holidays = load_holidays(source_dir() + "/config/examples/calendar-cn.csv", problems);
  const LoadOptions::Channels channels{{"mail", "hook"}, {"mail"}};
  LoadOptions options{&holidays, &channels, {}};
  int kinds_seen = 0;
  options.kinds = [&](std::string_view, const ParamMap&, const Place& place, Problems&) {
    ++kinds_seen;
    EXPECT_GT(place.line, 50);
  };
  const auto c = load_contract(kExample, options, problems);
  EXPECT_EQ(render(problems, Lang::en), "");
  ASSERT_NE(c, nullptr);
  EXPECT_EQ(c->id, "office-oa");
  EXPECT_EQ(c->calendar_edition, "cn-2026-1");
  EXPECT_EQ(to_iso(c->from, 8h), "2026-01-01T00:00:00+08:00");
  EXPECT_EQ(to_iso(c->to, 8h), "2027-01-01T00:00:00+08:00");
  ASSERT_EQ(c->systems.size(), 2U);
  EXPECT_EQ(c->systems[0].points.size(), 13U);
  EXPECT_EQ(c->systems[0].checks.size(), static_cast<std::size_t>(kinds_seen));
  std::set<std::string> check_kinds;
  for (const auto& check : c->systems[0].checks) check_kinds.insert(check.kind);
  EXPECT_EQ(check_kinds.size(), 13U) << "every kind of this release";

  const auto* incident = c->kind_from_checks();
  ASSERT_NE(incident, nullptr);
  ASSERT_EQ(incident->grades.size(), 3U);
  EXPECT_EQ(incident->grades[0].id, "I") << "the order of the file is the order of severity";
  EXPECT_EQ(incident->clock("report")->limit.at("I"), 10min);
  EXPECT_EQ(incident->clock("report")->limit.at("II"), 30min);
  EXPECT_EQ(incident->clock("report")->limit.at("III"), 60min);
  EXPECT_EQ(incident->clock("respond")->limit.at("III"), 30min);
  EXPECT_EQ(incident->clock("resolve")->limit.at("I"), 2h);
  EXPECT_EQ(incident->clock("resolve")->limit.at("II"), 4h);
  EXPECT_EQ(incident->clock("resolve")->limit.at("III"), 6h);
  EXPECT_EQ(incident->clock("onsite")->limit.at("I"), 4h);
  EXPECT_EQ(incident->watch.at("I"), 14 * 24h);
  EXPECT_EQ(incident->watch.at("II"), 7 * 24h);
  EXPECT_EQ(incident->watch.at("III"), 3 * 24h);
  EXPECT_EQ(incident->closing.size(), 4U);
  EXPECT_EQ(c->kind("bug")->clock("resolve")->limit.at("minor"), 48h);
  EXPECT_EQ(c->rounds.at(0).number, "{yymmdd}-{nn}");
  const auto& office = c->calendars.at("office");
  EXPECT_EQ(office.segments, (std::vector<domain::DaySegment>{{540min, 720min}, {810min, 1080min}}));
  EXPECT_EQ(office.add_working(parse_iso("2026-11-20T17:00:00+08:00").value(), 2h),
            parse_iso("2026-11-23T10:00:00+08:00"));
  EXPECT_EQ(c->revision.size(), 64U);
}

TEST(Contract, EveryFigureOfItsSourceIsNamed) {
  const auto yaml = read(kExample);
  for (int id = 18; id <= 34; ++id)
    EXPECT_NE(yaml.find("S0-" + std::to_string(id)), std::string::npos) << "S0-" << id;
  for (int id = 12; id <= 14; ++id) EXPECT_NE(yaml.find("S0-" + std::to_string(id)), std::string::npos);
  for (int id = 35; id <= 41; ++id) EXPECT_NE(yaml.find("S0-" + std::to_string(id)), std::string::npos);
}

TEST(Contract, ItsTreeLoadsAsTheSameContract) {
  Problems problems;
  const auto c = load_contract(kExample, {}, problems);
  ASSERT_NE(c, nullptr);
  const auto again = read_contract(c->tree, "stored", {}, problems);
  ASSERT_NE(again, nullptr) << render(problems, Lang::en);
  EXPECT_EQ(again->revision, c->revision);
  EXPECT_EQ(again->tree, c->tree);
  EXPECT_EQ(again->kinds[0].grades[0].id, "I");
  EXPECT_EQ(again->systems[0].checks.size(), c->systems[0].checks.size());
  // A comment is no other revision, a figure is.
  const auto text = read(kExample);
  EXPECT_EQ(read_contract("# more\n" + text, "x", {}, problems)->revision, c->revision);
  EXPECT_NE(read_contract(replaced(text, "I: 10m", "I: 11m"), "x", {}, problems)->revision, c->revision);
}

TEST(Contract, SmallOneHasDefaults) {
  Problems problems;
  const auto c = read_contract(kSmall, "c.yaml", {}, problems);
  ASSERT_NE(c, nullptr) << render(problems, Lang::en);
  EXPECT_EQ(c->zone.name, "Asia/Shanghai");
  const auto& check = c->systems[0].checks[0];
  EXPECT_EQ(check.hosts, std::vector<std::string>{"h1"});
  EXPECT_EQ(check.interval, 60s);
  EXPECT_EQ(check.stale_after, 190s);
  EXPECT_EQ(check.attempts, 3);
  EXPECT_EQ(c->kinds[0].clocks[0].calendar, "7x24");
  EXPECT_EQ(c->calendars.size(), 4U);
}

TEST(Contract, IncompleteOnesAreRefusedWithWhatIsMissing) {
  EXPECT_EQ(problems_with("grades: {I: {}}", "grades: {I: {when: [{state: critical}]}, II: {}}"), "");
  EXPECT_EQ(problems_with("grades: {I: {}}", "grades: {}"),
            "c.yaml:13:13: incident has no grades; clocks are set by grade\n");
  EXPECT_EQ(
      problems_with("grades: {I: {}}\n    clocks: {resolve: {limit: 2h",
                    "grades: {I: {when: [{weight: 1}]}, II: {}}\n    clocks: {resolve: {limit: {I: 2h}"),
      "c.yaml:11:5: grade II of incident has no clock; give it a limit in at least one\n");
  EXPECT_EQ(problems_with("limit: 2h", "limit: {I: 2h, V: 1h}"),
            "c.yaml:14:42: kinds.incident.clocks.resolve.limit.V: \"V\" is no grade here; known: I\n");
  EXPECT_EQ(
      problems_with("grades: {I: {}}", "grades: {I: {when: [{text: 总是}]}, II: {}}"),
      "c.yaml:13:25: this rule has no condition and would always give I; only the last grade may have one\n");
}

TEST(Contract, ClocksThatCannotWorkAreRefused) {
  EXPECT_EQ(problems_with("stop: recovered", "stop: recoverd"),
            "c.yaml:14:58: kinds.incident.clocks.resolve.stop: \"recoverd\" is no event a clock can stop "
            "with here; did "
            "you mean \"recovered\"?\n");
  EXPECT_EQ(problems_with("start: detected, stop: recovered", "start: recovered, stop: acknowledged"),
            "c.yaml:14:59: the clock resolve can never stop: acknowledged does not come after recovered\n");
  EXPECT_EQ(problems_with("start: detected, stop: recovered", "start: reported, stop: reported"),
            "c.yaml:14:58: the clock resolve can never stop: reported does not come after reported\n");
  EXPECT_EQ(problems_with("stop: recovered", "stop: watch_ended"),
            "c.yaml:14:58: the clock resolve waits for the end of a watch period, but \"watch\" gives "
            "none for grade I\n");
  EXPECT_NE(problems_with("stop: recovered", "stop: clock_breached"), "");
  EXPECT_EQ(problems_with("to: duty", "to: duty, calendar: office"),
            "c.yaml:14:89: kinds.incident.clocks.resolve.calendar: \"office\" is no calendar here; known: "
            "5x8, 7x24, 7x8, "
            "workday\n");
  EXPECT_EQ(problems_with("to: duty", "to: duty, warn: [50%, 3h, 0%, soon]"),
            "c.yaml:14:91: kinds.incident.clocks.resolve.warn[2]: 3h before the due time is before the "
            "start; the longest "
            "limit is 2h\n"
            "c.yaml:14:95: kinds.incident.clocks.resolve.warn[3]: \"0%\" is not accepted; expected a share "
            "such as 50%, or "
            "a time before the due time such as 5m\n"
            "c.yaml:14:99: kinds.incident.clocks.resolve.warn[4]: \"soon\" is not accepted; expected a "
            "share such as 50%, "
            "or a time before the due time such as 5m\n");
}

TEST(Contract, ReferencesMustExist) {
  EXPECT_EQ(problems_with("people: [p1]", "people: [p2]"),
            "c.yaml:7:25: roles.duty.people[1]: \"p2\" is no person here; did you mean \"p1\"?\n");
  EXPECT_EQ(problems_with("people: [p1]", "people: []"),
            "c.yaml:7:24: nobody is in the role duty; name at least one person\n");
  EXPECT_EQ(problems_with("kind: cpu", "kind: cpu, hosts: [elsewhere], point: x"),
            "c.yaml:8:64: systems.web.checks.cpu.hosts[1]: \"elsewhere\" is no host of this system here; "
            "known: h1\n"
            "c.yaml:8:83: systems.web.checks.cpu.point: \"x\" is no function point of this system here; "
            "known: none\n");
  EXPECT_EQ(problems_with("to: duty}}",
                          "to: boss}}\nroutes:\n  r: {on: [detected], to: [duty], via: []}\n"
                          "  s: {on: [detectd], to: [duty], via: [pager], grades: [X]}\n#"),
            "c.yaml:14:73: kinds.incident.clocks.resolve.to: \"boss\" is no role here; known: duty\n"
            "c.yaml:16:40: the route r reaches nobody; name at least one role and one channel\n"
            "c.yaml:17:12: routes.s.on[1]: \"detectd\" is no event here; did you mean \"detected\"?\n"
            "c.yaml:17:57: routes.s.grades[1]: \"X\" is no grade here; did you mean \"I\"?\n");
}

TEST(Contract, ChannelsAndAddressesAreCheckedWhenKnown) {
  const LoadOptions::Channels channels{{"mail"}, {"mail"}};
  const LoadOptions options{nullptr, &channels, {}};
  EXPECT_EQ(
      problems_with("to: duty}}",
                    "to: duty}}\nroutes:\n  r: {on: [detected], to: [duty], via: [mail, pager]}\n#", options),
      "c.yaml:16:40: the route r tells p1 (duty) by mail, who has no address; give \"mail\" or another "
      "channel\n"
      "c.yaml:16:47: routes.r.via[2]: \"pager\" is no channel of the collector here; known: mail\n");
}

TEST(Contract, WhatNobodyCouldTellIsSaid) {
  const LoadOptions::Channels channels{{"mail", "hook"}, {"mail"}};
  const LoadOptions options{nullptr, &channels, {}};
  const auto with = [&](const std::string& rule, const std::string& via) {
    return problems_with("to: duty}}",
                         "to: duty}}\n    tell: {r: " + rule +
                             "}\nroutes:\n  all: {on: [graded], to: [duty], via: [" + via + "]}\n#",
                         options);
  };
  const auto pushed = with("{on: detected, to: [duty], how: [push]}", "mail");
  EXPECT_NE(pushed.find("r wants a push message, but no route of the contract uses a webhook channel"),
            std::string::npos)
      << pushed;
  EXPECT_EQ(with("{on: detected, to: [duty], how: [push]}", "hook"), "");
  const auto mailed = with("{on: detected, to: [duty], how: [phone, mail]}", "mail, hook");
  EXPECT_NE(mailed.find("r tells p1 (duty) by mail, who has no address"), std::string::npos) << mailed;
  EXPECT_EQ(with("{on: detected, to: [duty], how: [phone, mail]}", "hook"), "") << "a person writes it";
  const auto again = with("{on: recovered, to: [duty], repeat: 1h}", "hook");
  EXPECT_NE(again.find("r repeats until recovery, but begins with recovered"), std::string::npos) << again;
}

TEST(Contract, TheCollectorRunsItsOwnKindAndNothingElse) {
  const std::string systems = "{web: {hosts: [h1], checks: {cpu: {kind: cpu}}}}";
  const auto with = [&](const std::string& hosts, const std::string& checks) {
    LoadOptions options;  // no agent knows the kind
    options.kinds = [](std::string_view kind, const ParamMap&, const Place& place, Problems& problems) {
      if (kind != "cpu")
        problems.push_back({place, {"config.unknown_key", {{"key", std::string(kind)}}}, false});
    };
    return problems_with(systems, "{web: {hosts: [" + hosts + "], checks: {" + checks + "}}}", options);
  };
  EXPECT_EQ(with("h1, xunjian-collector", "cpu: {kind: cpu}, self: {kind: collector}"), "");
  Problems problems;
  const auto contract = read_contract(
      replaced(
          std::string(kSmall), systems,
          "{web: {hosts: [h1, xunjian-collector], checks: {cpu: {kind: cpu}, self: {kind: collector}}}}"),
      "c.yaml", {}, problems);
  ASSERT_NE(contract, nullptr);
  EXPECT_EQ(contract->systems[0].checks[0].hosts, std::vector<std::string>{"h1"});
  EXPECT_EQ(contract->systems[0].checks[1].hosts, std::vector<std::string>{"xunjian-collector"});
  EXPECT_NE(with("h1", "cpu: {kind: cpu}, self: {kind: collector}").find("its host is xunjian-collector"),
            std::string::npos);
  EXPECT_NE(with("h1, xunjian-collector", "cpu: {kind: cpu}, self: {kind: collector, hosts: [h1]}")
                .find("c.yaml:8:107"),
            std::string::npos)
      << with("h1, xunjian-collector", "cpu: {kind: cpu}, self: {kind: collector, hosts: [h1]}");
  EXPECT_NE(with("h1, xunjian-collector", "cpu: {kind: cpu, hosts: [xunjian-collector]}")
                .find("cannot run on xunjian-collector"),
            std::string::npos);
  EXPECT_NE(with("xunjian-collector", "self: {kind: collector, params: {warn: 5}}").find("no params"),
            std::string::npos);
  EXPECT_NE(with("xunjian-collector", "cpu: {kind: cpu}").find("would run nowhere"), std::string::npos);
  // A revision of before that, kept in state.db, is read as it was meant.
  LoadOptions kept;
  kept.kept = true;
  for (const auto* old : {"{web: {hosts: [xunjian-collector], checks: {cpu: {kind: cpu}}}}",
                          "{web: {hosts: [h1, xunjian-collector], checks: {cpu: {kind: cpu, hosts: "
                          "[xunjian-collector]}}}}"}) {
    Problems none;
    const auto read = read_contract(replaced(std::string(kSmall), systems, old), "state.db", kept, none);
    ASSERT_NE(read, nullptr) << render(none, Lang::en);
    EXPECT_EQ(read->systems[0].checks[0].hosts, std::vector<std::string>{"xunjian-collector"});
  }
  EXPECT_NE(with("xunjian-collector", "self: {kind: collector, interval: 20m}").find("stays for an hour"),
            std::string::npos);
  EXPECT_EQ(with("xunjian-collector", "self: {kind: collector, interval: 20m, attempts: 1}"), "");
}

TEST(Contract, KindsAreCheckedByWhoeverKnowsThem) {
  LoadOptions options;
  options.kinds = [](std::string_view kind, const ParamMap& params, const Place& place, Problems& problems) {
    EXPECT_EQ(kind, "cpu");
    EXPECT_EQ(params.size(), 1U);
    problems.push_back({place, Message::literal("no such kind")});
  };
  EXPECT_EQ(problems_with("kind: cpu", "kind: cpu, params: {warn: 80%}", options),
            "c.yaml:8:51: no such kind\n");
}

TEST(Contract, NumbersDatesZonesAndCalendars) {
  EXPECT_NE(problems_with("number: \"{yymmdd}-{nn}\"", "number: \"{yymmdd}\""), "") << "could not be unique";
  EXPECT_NE(problems_with("number: \"{yymmdd}-{nn}\"", "number: \"{day}-{nn}\""), "");
  EXPECT_EQ(problems_with("to: 2026-12-31", "to: 2025-12-31"),
            "c.yaml:5:32: the term ends before it begins\n");
  EXPECT_EQ(problems_with("from: 2026-01-01", "from: 2026-02-30"),
            "c.yaml:5:16: contract.term.from: \"2026-02-30\" is not accepted; expected a date such as "
            "2026-09-30\n");
  EXPECT_EQ(
      problems_with("people: {p1",
                    "calendars:\n  5x8: {base: 7x8}\n  a: {base: 6x6, hours: ['9-12', '10:00-12:00', "
                    "'11:00-13:00'], days: {2026-10-01: work, 1.5.: rest, 2026-10-02: maybe}}\n"
                    "  b: {base: 7x24, hours: ['10:00-12:00']}\npeople: {p1"),
      "c.yaml:7:8: \"5x8\" is built in and cannot be changed; choose another name\n"
      "c.yaml:8:13: calendars.a.base: \"6x6\" is not accepted; expected one of 7x24, 7x8, 5x8, workday\n"
      "c.yaml:8:26: calendars.a.hours[1]: \"9-12\" is not accepted; expected hours such as 09:00-12:00\n"
      "c.yaml:8:49: 11:00-13:00 begins before the hours before it have ended; list them in order\n"
      "c.yaml:8:90: calendars.a.days: \"1.5.\" is not accepted; expected a date such as 2026-09-30\n"
      "c.yaml:8:114: calendars.a.days.2026-10-02: \"maybe\" is not accepted; expected one of work, rest\n"
      "c.yaml:9:26: 7x24 has no hours to change; base it on 7x8, 5x8 or workday\n");
}

TEST(Contract, HolidayDataThatDoesNotReachIsAWarningWhereItMatters) {
  Problems ignored;
  const auto table = read_holidays("# edition: old\ndate,type,name\n2025-10-01,holiday,x\n", "h", ignored);
  const LoadOptions options{&table, nullptr, {}};
  EXPECT_EQ(problems_of(kSmall, options), "") << "7x24 leans on no holidays";
  Problems problems;
  const auto c = read_contract(replaced(std::string(kSmall), "to: duty", "to: duty, calendar: 5x8"), "c.yaml",
                               options, problems);
  EXPECT_NE(c, nullptr) << "a warning does not refuse";
  EXPECT_EQ(render(problems, Lang::en),
            "c.yaml:5:32: warning: holiday data old covers 2025-01-01 to 2025-12-31 only; outside it clocks "
            "that count "
            "working days go by the plain week\n");
}

TEST(Contract, ARoundThatWouldAlwaysMissACheckIsRefused) {
  const auto slow = replaced(std::string(kSmall), "kind: cpu", "kind: cpu, interval: 2h");
  const auto with = [&](std::string_view freshness) {
    return replaced(slow, "kinds:\n",
                    "rounds:\n  d: {form: software-inspection, number: '{yymmdd}-{nn}', freshness: " +
                        std::string(freshness) + ", inspector: duty, recorder: duty}\nkinds:\n");
  };
  EXPECT_EQ(problems_of(with("2h")), "");
  EXPECT_EQ(problems_of(with("1h")),
            "c.yaml:10:70: rounds.d.freshness: 1h is shorter than the interval 2h of web/cpu, which would be "
            "missing on "
            "every sheet\n");
}

TEST(Contract, FoldersAndRepeatedIds) {
  Problems problems;
  const auto contracts = load_contracts({source_dir() + "/config/examples/contracts"}, {}, problems);
  EXPECT_EQ(contracts.size(), 5U);
  EXPECT_EQ(load_contracts({kExample, kExample}, {}, problems).size(), 0U);
  EXPECT_NE(render(problems, Lang::en).find("the contract id \"office-oa\" is that of"), std::string::npos);
  problems.clear();
  EXPECT_TRUE(load_contracts({source_dir() + "/tests/unit"}, {}, problems).empty());
  EXPECT_EQ(render(problems, Lang::en),
            source_dir() + "/tests/unit: no contract.yaml in this folder or in those right below\n");
}

TEST(Contract, EventWordsAreTheDomains) {
  const auto ours = event_names();
  const auto theirs = domain::event_kind_names();
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_EQ(ours[i], theirs[i]);
}

}  // namespace
}  // namespace xj::collector
