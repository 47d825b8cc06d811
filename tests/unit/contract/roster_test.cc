#include "collector/contract/roster.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "collector/contract/calendars.h"
#include "collector/contract/loader.h"
#include "collector/domain/routing.h"

namespace xj::collector {
namespace {

Timestamp t(const char* iso) { return *parse_iso(iso); }

class RosterTest : public testing::Test {
 protected:
  domain::Roster read(const std::string& csv) {
    problems_.clear();
    return read_roster(csv, "duty.csv", zone_, {"zhang", "li", "wang"}, problems_);
  }
  std::string said() const {
    auto text = render(problems_, Lang::en);
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }
  domain::Zone zone_ = *load_zone("Asia/Shanghai");
  Problems problems_;
};

TEST_F(RosterTest, ShiftsByTheContractsWallAndWhoIsOn) {
  const auto roster = read(
      "# November\nfrom,to,a,b\n2026-11-21 08:00,2026-11-22 08:00,li,zhang\r\n"
      "2026-11-20 08:00 , 2026-11-21 08:00, zhang,\n\n2026-11-22 08:00,2026-11-30,wang\n");
  EXPECT_EQ(said(), "");
  ASSERT_EQ(roster.shifts.size(), 3U);
  EXPECT_EQ(roster.shifts[0].from, t("2026-11-20T08:00:00+08:00"));
  EXPECT_EQ(roster.shifts[2].to, t("2026-12-01T00:00:00+08:00")) << "a day as an end is its end";
  const auto on = [&](const char* iso) {
    const auto* shift = domain::on_duty(roster, t(iso));
    return shift == nullptr ? std::string("-") : shift->a + '/' + shift->b;
  };
  EXPECT_EQ(on("2026-11-20T07:59:59+08:00"), "-");
  EXPECT_EQ(on("2026-11-20T08:00:00+08:00"), "zhang/");
  EXPECT_EQ(on("2026-11-21T07:59:59+08:00"), "zhang/");
  EXPECT_EQ(on("2026-11-21T08:00:00+08:00"), "li/zhang");
  EXPECT_EQ(on("2026-11-30T23:59:59+08:00"), "wang/");
  EXPECT_EQ(on("2026-12-01T00:00:00+08:00"), "-");
  const auto some =
      domain::shifts_between(roster, t("2026-11-21T08:00:00+08:00"), t("2026-11-22T08:00:00+08:00"));
  ASSERT_EQ(some.size(), 1U);
  EXPECT_EQ(some[0].a, "li");
}

TEST_F(RosterTest, OverlapsAreRefusedAndGapsWarnedOfAtTheirLine) {
  auto roster = read(
      "from,to,a,b\n2026-11-20 08:00,2026-11-21 08:00,zhang,li\n2026-11-21 07:00,2026-11-22 "
      "08:00,li,zhang\n");
  EXPECT_EQ(said(), "duty.csv:3:1: two shifts overlap from 2026-11-21 07:00 to 2026-11-21 08:00");
  EXPECT_TRUE(roster.shifts.empty());
  // One inside another is seen behind a third as well.
  (void)read(
      "from,to,a,b\n2026-11-20,2026-11-29,zhang,li\n2026-11-21,2026-11-21,li,\n2026-11-25,2026-11-25,wang,"
      "\n");
  EXPECT_EQ(problems_.size(), 2U);
  roster = read("from,to,a,b\n2026-11-20,2026-11-20,zhang,li\n2026-11-22,2026-11-22,li,zhang\n");
  EXPECT_EQ(said(), "duty.csv:3:1: warning: nobody is on duty from 2026-11-21 00:00 to 2026-11-22 00:00");
  EXPECT_FALSE(has_errors(problems_));
  EXPECT_EQ(roster.shifts.size(), 2U);
}

TEST_F(RosterTest, EveryFaultIsNamedAtItsLine) {
  const auto roster = read(
      "from,to,a,b\nsoon,2026-11-20,zhang,li\n2026-11-20,2026-11-20,zhao,\n2026-11-20,2026-11-19,zhang,li\n"
      "2026-11-20,2026-11-20,zhang,zhang\n2026-11-20\n2026-02-30,2026-03-01,li,\n");
  EXPECT_TRUE(roster.shifts.empty());
  EXPECT_EQ(said(),
            "duty.csv:2:1: \"soon\" is no time; expected 2026-11-20 or 2026-11-20 08:00\n"
            "duty.csv:3:1: \"zhao\" is not of the role; it has zhang, li, wang\n"
            "duty.csv:4:1: the shift ends before it begins\n"
            "duty.csv:5:1: zhang is both A and B\n"
            "duty.csv:6:1: expected from,to,a and perhaps b\n"
            "duty.csv:7:1: \"2026-02-30\" is no time; expected 2026-11-20 or 2026-11-20 08:00");
  (void)read("");
  EXPECT_EQ(problems_.size(), 1U);
  (void)read("2026-11-20,2026-11-20,zhang,li\n");
  EXPECT_EQ(said(), "duty.csv:1:1: the first line of a roster is \"from,to,a,b\"");
}

class RosterInContract : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::temp_directory_path() / ("xj-roster-" + std::to_string(::getpid()));
    std::filesystem::create_directories(dir_);
    write(
        "contract.yaml",
        "contract: {id: web, title: 网站, parties: {client: 甲, provider: 乙}, term: {from: 2026-01-01, to: "
        "2026-12-31}}\n"
        "people: {zhang: {name: 张}, li: {name: 李}, wang: {name: 王}}\n"
        "roles: {duty: {people: [zhang, li, wang], roster: duty.csv}, lead: {people: [wang]}}\n"
        "systems: {web: {hosts: [w1], checks: {cpu: {kind: cpu}}}}\n"
        "kinds: {incident: {opened_by: checks, number: \"I-{yymmdd}-{nn}\", grades: {one: {}}, clocks: "
        "{respond: "
        "{limit: 30m, start: detected, stop: acknowledged, to: duty}}}}\n"
        "obligations: {daily: {every: day, calendar: 7x24, by: duty}}\n"
        "routes: {all: {on: [obligation_due, obligation_missed], via: [mail]}}\n");
    write("duty.csv", "from,to,a,b\n2026-11-20,2026-11-20,zhang,li\n2026-11-21,2026-11-21,li,zhang\n");
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  void write(const std::string& name, const std::string& text) { std::ofstream(dir_ / name) << text; }
  domain::ContractPtr load() {
    problems_.clear();
    return load_contract((dir_ / "contract.yaml").string(), {}, problems_);
  }
  // Who is told of the daily obligation.
  static std::string told(const domain::Contract& contract, std::string_view word, const char* at) {
    domain::DutyStanding standing;
    standing.what.id = "daily", standing.what.by = "duty", standing.what.due = t(at);
    std::string out;
    for (const auto& one : domain::route(standing, word, "x", 1, contract, t(at)))
      out += (out.empty() ? "" : " ") + one.person;
    return out;
  }
  std::string said() const { return render(problems_, Lang::en); }
  std::filesystem::path dir_;
  Problems problems_;
};

TEST_F(RosterInContract, WhatAKeyPeriodAsksIsToldToSomebody) {
  std::ifstream in(dir_ / "contract.yaml");
  std::string yaml{std::istreambuf_iterator<char>(in), {}};
  const auto with = [](std::string text, std::string_view what, std::string_view by) {
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return at == std::string::npos ? text : text.replace(at, what.size(), by);
  };
  for (const auto* asks : {"tasks: [值守]", "pairs: true", "persons: 1"}) {
    const auto whole =
        yaml + "key_periods: {congress: {dates: [{from: 2026-03-04, to: 2026-03-11}], " + asks + "}}\n";
    write("contract.yaml", whole);
    const auto contract = load();
    ASSERT_NE(contract, nullptr) << render(problems_, Lang::en);
    EXPECT_NE(read_contract(contract->tree, "state.db", {}, problems_), nullptr)
        << "a kept revision has no rosters: " << render(problems_, Lang::en);
    const auto nobodys = with(whole, ", roster: duty.csv", "");
    write("contract.yaml", nobodys);
    EXPECT_EQ(load(), nullptr) << asks;
    EXPECT_NE(said().find("the route all reaches nobody"), std::string::npos) << said();
    write("contract.yaml", with(nobodys, "obligation_missed], via", "obligation_missed], to: [lead], via"));
    EXPECT_NE(load(), nullptr) << said();
  }
  write("contract.yaml", with(yaml, ", roster: duty.csv", ""));
  EXPECT_NE(load(), nullptr) << "only what key periods ask has no other who owes it: " << said();
}

TEST_F(RosterInContract, WhoOwesWhatAKeyPeriodAsksIsKnownWhereMailGoesOut) {
  std::ifstream in(dir_ / "contract.yaml");
  std::string yaml{std::istreambuf_iterator<char>(in), {}};
  const std::string_view daily = "obligations: {daily: {every: day, calendar: 7x24, by: duty}}\n";
  yaml.replace(yaml.find(daily), daily.size(),
               "rounds: {daily: {form: software-inspection, number: \"{yymmdd}-{nn}\", inspector: lead, "
               "recorder: lead}}\n");
  const LoadOptions::Channels channels{{"mail"}, {"mail"}};
  LoadOptions options;
  options.channels = &channels;
  const auto found = [&](const std::string& asks) {
    problems_.clear();
    write("contract.yaml",
          yaml + "key_periods: {congress: {dates: [{from: 2026-03-04, to: 2026-03-11}]" + asks + "}}\n");
    (void)load_contract((dir_ / "contract.yaml").string(), options, problems_);
    std::string roles;
    for (const auto& problem : problems_)
      if (problem.what.id == "config.contract.no_mail")
        for (const auto& [name, value] : problem.what.args)
          if (name == "role") roles += value + ' ';
    return roles;
  };
  EXPECT_EQ(found(""), "") << said();
  EXPECT_EQ(found(", rounds: [{every: 1h, round: daily}]"), "lead ") << said();
  EXPECT_EQ(found(", tasks: [值守]"), "duty duty duty ") << said();
  EXPECT_EQ(found(", pairs: true, rounds: [{every: 1h, round: daily}]"), "lead duty duty duty ") << said();
}

TEST_F(RosterInContract, ItIsReadBesideTheFileAndIsNoPartOfTheRevision) {
  const auto contract = load();
  ASSERT_NE(contract, nullptr) << render(problems_, Lang::en);
  ASSERT_EQ(contract->roles.at("duty").roster.shifts.size(), 2U);
  EXPECT_TRUE(contract->roles.at("lead").roster.file.empty());
  write("duty.csv", "from,to,a,b\n2026-11-20,2026-11-20,wang,\n");
  const auto other = load();
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(other->revision, contract->revision);
  EXPECT_EQ(other->roles.at("duty").roster.shifts.size(), 1U);
  // What state.db keeps reads back without any file.
  const auto kept = read_contract(contract->tree, "state.db", {}, problems_);
  ASSERT_NE(kept, nullptr) << render(problems_, Lang::en);
  EXPECT_TRUE(kept->roles.at("duty").roster.shifts.empty());

  write("duty.csv", "from,to,a,b\n2026-11-20,2026-11-20,zhao,\n");
  EXPECT_EQ(load(), nullptr);
  EXPECT_NE(render(problems_, Lang::en).find("duty.csv:2:1: "), std::string::npos);
  std::filesystem::remove(dir_ / "duty.csv");
  EXPECT_EQ(load(), nullptr);
}

TEST_F(RosterInContract, WhoIsOnDutyIsToldAndBWhenItIsLate) {
  const auto contract = load();
  ASSERT_NE(contract, nullptr);
  EXPECT_EQ(told(*contract, domain::kObligationDue, "2026-11-20T09:00:00+08:00"), "zhang");
  EXPECT_EQ(told(*contract, domain::kObligationDue, "2026-11-21T00:00:00+08:00"), "li");
  EXPECT_EQ(told(*contract, domain::kObligationMissed, "2026-11-21T00:00:00+08:00"), "li zhang");
  EXPECT_EQ(told(*contract, domain::kObligationDue, "2026-11-22T00:00:00+08:00"), "zhang li wang")
      << "a gap is never silent";
}

}  // namespace
}  // namespace xj::collector
