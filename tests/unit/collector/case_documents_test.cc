// The papers of a case: what stands on them, and when they are made.
#include "collector/case_documents.h"

#include "collector/case_facts.h"
#include "collector/domain/closing.h"
#include "collector/domain/papers.h"
#include "reports/render.h"
#include "tests/fakes/event_samples.h"
#include "tests/unit/collector/api.h"

namespace xj::collector {
namespace {

namespace samples = domain::samples;

std::string wrong(const std::string& form, const Json& facts) {
  Problems problems;
  const auto loaded = reports::load_form(form, {}, problems);
  if (loaded == nullptr) return render(problems, Lang::en);
  return render(reports::facts_problems(reports::manifest_of(*loaded), facts), Lang::en);
}

// A case of the example contract as a list of events, a minute apart.
class Papers : public testing::Test {
 protected:
  void then(domain::Payload payload, std::string actor = "person:work-one") {
    auto e = samples::event(std::move(payload), state_.last_n + 1);
    e.at = e.known = at(e.n);
    e.actor = std::move(actor), e.revision = contract_->revision;
    domain::apply(state_, e), events_.push_back(e);
  }
  static Timestamp at(std::uint32_t n) { return samples::kT0 + std::chrono::minutes(n); }
  static std::string iso(std::uint32_t n) { return to_iso(at(n), std::chrono::hours(8)); }
  Json notice(Lang lang = Lang::zh) const {
    auto facts =
        closing_notice_facts({events_, state_, *contract_, "INC-261120-01-N01", at(state_.last_n + 1), lang});
    EXPECT_EQ(wrong("closing-notice", facts), "") << facts.dump();
    return facts;
  }
  void detected() {
    then(domain::Detected{"incident",
                          {"oa", "portal-page", "oa-app-01", ""},
                          State::critical,
                          Message::literal("打不开"),
                          {}},
         "agent:oa-app-01");
    then(domain::Graded{"", "I", domain::GradeHow::machine, ""}, "system:grading");
  }

  domain::ContractPtr contract_ = example();
  domain::CaseState state_;
  std::vector<domain::Event> events_;
};

TEST_F(Papers, WhatNoEventSaysIsLeftOutAndNeverInvented) {
  then(domain::Opened{"incident", "oa", "用户电话：无法登录"}, "person:desk-one");
  then(domain::Graded{"", "III", domain::GradeHow::machine, ""}, "system:grading");
  then(domain::Recovered{"", Duration{0}});
  then(domain::Closed{""}, "person:lead-one");
  const auto facts = notice();
  for (const auto* name : {"cause", "plan", "method", "evaluation", "risk", "watch", "requested", "verified"})
    EXPECT_TRUE(facts[name].is_null()) << name;
  EXPECT_EQ(facts["case"]["summary"].string_or(""), "用户电话：无法登录");
  EXPECT_EQ(facts["case"]["grade"].string_or(""), "三级");
  EXPECT_EQ(facts["changes"].size(), 0U);
  EXPECT_EQ(facts["standing"].size(), 0U);
  ASSERT_EQ(facts["steps"].size(), 6U);
  EXPECT_EQ(facts["steps"].at(0)["who"].string_or(""), "庚一示例");
  for (const std::size_t untaken : {1U, 2U, 3U}) {
    EXPECT_TRUE(facts["steps"].at(untaken)["at"].is_null());
    EXPECT_TRUE(facts["steps"].at(untaken)["who"].is_null());
  }
  EXPECT_EQ(facts["steps"].at(5)["at"].string_or(""), iso(4));
  EXPECT_EQ(facts["closed"].canonical(), "{\"at\":\"" + iso(4) + "\",\"who\":\"甲一示例\"}");
}

TEST_F(Papers, EveryItemComesFromItsEvent) {
  detected();
  then(domain::Acknowledged{""});
  then(domain::Noted{"补丁有误", "cause"});
  then(domain::Noted{"专项预案", "plan"});
  then(domain::Noted{"已联系厂商", ""});
  then(domain::Noted{"回退补丁", "method"});
  then(domain::Graded{"I", "II", domain::GradeHow::changed, "范围缩小"});
  then(domain::Recovered{"重启后恢复", std::chrono::hours(168)});
  then(domain::WatchEnded{std::chrono::hours(168)}, "system:watch");
  then(domain::Noted{"处置及时", "evaluation"});
  then(domain::Noted{"补丁待厂商修正", "risk"});
  then(domain::CloseRequested{"平稳"}, "person:site-one");
  then(domain::Verified{"符合"}, "person:command-one");
  then(domain::Closed{"同意"}, "person:lead-one");
  const auto facts = notice();
  EXPECT_EQ(facts["cause"].dump(), R"(["补丁有误"])");
  EXPECT_EQ(facts["plan"].dump(), R"(["专项预案"])");
  EXPECT_EQ(facts["method"].dump(), R"(["回退补丁","重启后恢复"])");
  EXPECT_EQ(facts["evaluation"].dump(), R"(["处置及时"])");
  EXPECT_EQ(facts["risk"].dump(), R"(["补丁待厂商修正"])");
  EXPECT_EQ(facts["scope"].canonical(), R"({"hosts":"oa-app-01","points":"办公门户","problems":1})");
  ASSERT_EQ(facts["changes"].size(), 1U) << "the first grade is no change";
  EXPECT_EQ(facts["changes"].at(0)["at"].string_or(""), iso(8));
  std::string course;
  for (const auto& line : facts["course"].items()) course += line["what"].string_or("") + '\n';
  EXPECT_NE(course.find("已联系厂商"), std::string::npos);
  EXPECT_EQ(course.find("补丁有误"), std::string::npos) << "it has a place of its own";
  EXPECT_EQ(facts["watch"]["length"].string_or(""), "7 天");
  EXPECT_EQ(facts["requested"]["who"].string_or(""), "丁一示例");
  EXPECT_EQ(facts["verified"]["text"].string_or(""), "符合");
  EXPECT_EQ(facts["standing"].size(), 1U) << "nobody saw the problem end";
  EXPECT_EQ(facts["receivers"].canonical(),
            R"([{"names":"己一示例","role":"客户方负责人"},{"names":"甲一示例","role":"总负责人"}])");
  EXPECT_EQ(facts["signatures"].size(), 1U);
  EXPECT_EQ(facts["conditions"].size(), 4U);

  EXPECT_EQ(facts.canonical(), notice().canonical());
  const auto english = notice(Lang::en);
  EXPECT_EQ(english["case"]["system"].string_or(""), "Office automation platform");
  EXPECT_EQ(english["cause"].dump(), R"(["补丁有误"])") << "a person's words stay as they are";
}

TEST_F(Papers, ClocksAreKeptOrMissedByTheAmendedTimes) {
  detected();
  for (int i = 0; i < 40; ++i) then(domain::Noted{"…", ""});
  then(domain::Acknowledged{""});
  const auto respond = [&] { return notice()["clocks"].at(0); };
  EXPECT_EQ(respond()["state"].string_or(""), "breached");
  EXPECT_EQ(respond()["over"].string_or(""), "12 分钟");
  const auto n = state_.last_n;
  then(domain::Amended{n, "at", to_iso(at(n)), to_iso(at(20)), "写错"});
  EXPECT_EQ(respond()["state"].string_or(""), "met");
  EXPECT_EQ(respond()["stop"].string_or(""), iso(20));
  EXPECT_TRUE(respond()["over"].is_null());
  EXPECT_EQ(notice()["steps"].at(2)["at"].string_or(""), iso(20));

  const auto course = notice()["course"];
  ASSERT_EQ(course.size(), 13U) << "both ends of a long course";
  EXPECT_TRUE(course.at(8)["at"].is_null());
  EXPECT_NE(course.at(8)["what"].string_or("").find("30"), std::string::npos);
  EXPECT_EQ(course.at(12)["at"].string_or(""), iso(20));
}

TEST_F(Papers, AnEscalationHasItsLimitAndItsOutcomeOnceItIsDecided) {
  detected();
  then(domain::Noted{"回退期间中断", "effect"});
  then(domain::EscalationDrafted{
      2, "resolve", 1, to_iso(at(1) + 2h), "I", {"overall-lead"}, "command-group", "要厂商来"});
  const auto n = state_.last_n;
  const auto paper = [&] {
    auto facts = escalation_facts({events_, state_, *contract_, "INC-261120-01-E01", at(n), Lang::zh}, n);
    EXPECT_EQ(wrong("escalation-approval", facts), "") << facts.dump();
    return facts;
  };
  const auto before = paper();
  EXPECT_EQ(before["grade"].string_or(""), "一级");
  EXPECT_EQ(before["to"].string_or(""), "总负责人");
  EXPECT_EQ(before["approver"].string_or(""), "应急指挥小组");
  EXPECT_EQ(before["clock"]["title"].string_or(""), "处置");
  EXPECT_EQ(before["clock"]["limit"].string_or(""), "2 小时");
  EXPECT_EQ(before["clock"]["left"].string_or(""), "1 小时 57 分");
  EXPECT_TRUE(before["clock"]["over"].is_null());
  EXPECT_EQ(before["effect"].dump(), R"(["回退期间中断"])");
  EXPECT_EQ(before["drafted"]["text"].string_or(""), "要厂商来");
  EXPECT_TRUE(before["decision"].is_null());
  then(domain::EscalationRejected{2, "即将恢复"}, "person:command-one");
  const auto after = paper();
  EXPECT_EQ(after["decision"]["outcome"].string_or(""), "rejected");
  EXPECT_EQ(after["decision"]["who"].string_or(""), "乙一示例");
  EXPECT_EQ(after["decision"]["text"].string_or(""), "即将恢复");
  EXPECT_EQ(after["clock"].canonical(), before["clock"].canonical()) << "as it stood at the draft";
}

TEST_F(Papers, EveryFormOfAKindGetsTheFactsItDeclares) {
  then(domain::Opened{"bug", "oa", "用户电话：无法登录"}, "person:desk-one");
  then(domain::Graded{"", "minor", domain::GradeHow::machine, ""}, "system:grading");
  for (const auto& form : domain::forms_for(domain::PaperUse::paper)) {
    const auto bare = case_paper_facts({events_, state_, *contract_, "X-P01", at(9), Lang::zh}, form);
    EXPECT_EQ(wrong(form, bare), "") << form;
    EXPECT_TRUE(bare["handler"].is_null());
    EXPECT_EQ(bare["reported"]["phone"].string_or(""), "138-0000-0009");
  }
  std::set<std::string> words;
  for (const auto& form : domain::forms_for(domain::PaperUse::paper))
    for (const auto& place : domain::note_places(form)) words.emplace(place.about);
  for (const auto& word : words) then(domain::Noted{"关于" + word, word});
  then(domain::Acknowledged{""});
  then(domain::FalseAlarm{"没有此事"});
  for (const auto& form : domain::forms_for(domain::PaperUse::paper)) {
    const auto full = case_paper_facts({events_, state_, *contract_, "X-P02", at(60), Lang::en}, form);
    EXPECT_EQ(wrong(form, full), "") << form;
    EXPECT_FALSE(full["exists"].bool_or(true));
    for (const auto& place : domain::note_places(form))
      EXPECT_EQ(full[place.fact].dump(), "[\"关于" + std::string(place.about) + "\"]") << form;
  }
}

TEST_F(Papers, ANoteWithAPlaceOnAnotherPaperVanishesFromNone) {
  detected();
  then(domain::Noted{"回退期间中断", "effect"});
  then(domain::Noted{"补丁有误", "cause"});
  then(domain::Noted{"版本三", "version"});
  then(domain::Recovered{"", Duration{0}});
  then(domain::Closed{""}, "person:lead-one");
  const auto course = [](const Json& facts) {
    std::string out;
    for (const auto& line : facts["course"].items()) out += line["what"].string_or("") + '\n';
    return out;
  };
  const auto closing = course(notice());
  EXPECT_NE(closing.find("回退期间中断"), std::string::npos) << "its place is on an escalation\n" << closing;
  EXPECT_NE(closing.find("版本三"), std::string::npos) << closing;
  EXPECT_EQ(closing.find("补丁有误"), std::string::npos) << closing;
  const auto analysis =
      course(case_paper_facts({events_, state_, *contract_, "X-P01", at(60), Lang::zh}, "fault-analysis"));
  EXPECT_NE(analysis.find("回退期间中断"), std::string::npos) << analysis;
  EXPECT_EQ(analysis.find("版本三"), std::string::npos) << analysis;
  EXPECT_EQ(analysis.find("补丁有误"), std::string::npos) << analysis;
}

TEST_F(Papers, AnEmergencyPlanHasWhatIsKnownAndWhatSomebodyWrote) {
  detected();
  then(domain::Noted{"切换至备用存储", "emergency-plan"});
  then(domain::EscalationDrafted{1, "resolve", 1, to_iso(at(1) + 2h), "I", {"overall-lead"}, "", ""});
  const auto facts = emergency_plan_facts({events_, state_, *contract_, "INC-261120-01-E01", at(9), Lang::zh},
                                          state_.last_n);
  EXPECT_EQ(wrong("emergency-plan", facts), "") << facts.dump();
  EXPECT_EQ(facts["plan"].dump(), R"(["切换至备用存储"])");
  EXPECT_EQ(facts["contacts"].canonical(), R"([{"names":"甲一示例 138-0000-0001","role":"总负责人"}])");
  EXPECT_EQ(facts["standing"].size(), 1U);
}

TEST(Forms, EveryOneThatAContractMayNameIsThereAndTheOthersAreNamedByNone) {
  std::set<std::string> named;
  for (const auto use : {domain::PaperUse::round, domain::PaperUse::notice, domain::PaperUse::escalation,
                         domain::PaperUse::paper})
    for (auto& form : domain::forms_for(use)) named.insert(std::move(form));
  const auto built_in = reports::built_in_forms();
  EXPECT_EQ(named, std::set<std::string>(built_in.begin(), built_in.end()));
}

class CasePapers : public Api {
 protected:
  Answered act(const std::string& body) { return ask("POST", target_ + "/events", body); }
  void open(const std::string& kind, const std::string& grade) {
    const auto opened =
        ask("POST", "/api/v1/cases/office-oa",
            R"({"system":"oa","text":"无法登录","kind":")" + kind + R"(","grade":")" + grade + "\"}");
    ASSERT_EQ(opened.status, 201) << opened.body;
    number_ = opened.json["number"].string_or("");
    target_ = "/api/v1/cases/office-oa/" + number_;
  }
  void close_incident() {
    ASSERT_EQ(act(R"({"verb":"note","text":"补丁有误","about":"cause"})").status, 200);
    ASSERT_EQ(act(R"({"verb":"recover","text":"回退"})").status, 200);
    clock_.advance(73h);
    pipeline_->tick(clock_.now());
    ASSERT_EQ(act(R"({"verb":"confirm","n":3,"as":"client-one"})").status, 200);
    ASSERT_EQ(act(R"({"verb":"confirm","n":4})").status, 200);
    ASSERT_EQ(act(R"({"verb":"request_close"})").status, 200);
    ASSERT_EQ(act(R"({"verb":"verify","as":"command-one"})").status, 200);
    EXPECT_EQ(documents().size(), 0U);
    ASSERT_EQ(act(R"({"verb":"close","as":"lead-one"})").status, 200);
  }
  Json documents() { return ask("GET", "/api/v1/documents").json["documents"]; }
  std::string number_, target_;
};

TEST_F(CasePapers, AClosedCaseHasItsNoticeAndAnotherWhenAsked) {
  open("incident", "III");
  EXPECT_EQ(ask("POST", target_ + "/documents", "{}").status, 409) << "it is not closed";
  close_incident();
  ASSERT_EQ(documents().size(), 1U);
  const auto first = documents().at(0);
  EXPECT_EQ(first["number"].string_or(""), number_ + "-N01");
  EXPECT_EQ(first["kind"].string_or(""), "notice");
  EXPECT_EQ(first["form"].string_or(""), "closing-notice");
  EXPECT_EQ(first["about"].string_or(""), number_);
  const auto place = "/api/v1/documents/office-oa/" + number_ + "-N01";
  const auto facts = ask("GET", place);
  EXPECT_EQ(wrong("closing-notice", facts.json), "");
  EXPECT_EQ(facts.json["cause"].dump(), R"(["补丁有误"])");
  EXPECT_EQ(facts.json["case"]["status"].string_or(""), "已关闭");
  EXPECT_EQ(reports::facts_hash(facts.json), first["hash"].string_or("-"));
  EXPECT_TRUE(ask("GET", place + "?format=pdf").body.starts_with("%PDF-"));
  EXPECT_NE(ask("GET", place + "?format=html").body.find("应急事件结案通报"), std::string::npos);

  const auto english = ask("POST", target_ + "/documents", R"({"form":"closing-notice","lang":"en"})");
  ASSERT_EQ(english.status, 201) << english.body;
  EXPECT_EQ(english.json["number"].string_or(""), number_ + "-N02");
  EXPECT_EQ(ask("POST", target_ + "/documents", R"({"form":"other"})").status, 409);
  EXPECT_EQ(ask("POST", target_ + "/documents", R"({"lang":"fr"})").status, 400);
  EXPECT_EQ(ask("POST", target_ + "0/documents", "{}").status, 404);
  EXPECT_EQ(ask("GET", place).body, facts.body) << "what was kept stays";
  EXPECT_EQ(documents().size(), 2U);
}

TEST_F(CasePapers, AnEscalationHasItsPaperDraftedAndAgainWithItsOutcome) {
  open("incident", "III");
  const auto form = R"({"form":"escalation-approval"})";
  EXPECT_EQ(ask("POST", target_ + "/documents", form).status, 409) << "nothing was drafted";
  ASSERT_EQ(act(R"({"verb":"escalate","n":1,"text":"要人"})").status, 200);
  EXPECT_EQ(documents().size(), 0U) << "the first step has no form";
  ASSERT_EQ(act(R"({"verb":"escalate","n":2,"text":"要厂商"})").status, 200);
  ASSERT_EQ(documents().size(), 1U);
  const auto place = "/api/v1/documents/office-oa/" + number_ + "-E0";
  const auto drafted = ask("GET", place + "1");
  EXPECT_EQ(wrong("escalation-approval", drafted.json), "");
  EXPECT_TRUE(drafted.json["decision"].is_null());
  clock_.advance(60s);
  ASSERT_EQ(act(R"({"verb":"approve","as":"command-one","text":"同意"})").status, 200);
  ASSERT_EQ(documents().size(), 2U);
  EXPECT_EQ(ask("GET", place + "2").json["decision"]["outcome"].string_or(""), "approved");
  EXPECT_EQ(ask("GET", place + "1").body, drafted.body) << "what was kept stays";
  EXPECT_EQ(ask("POST", target_ + "/documents", form).json["number"].string_or(""), number_ + "-E03");
}

TEST_F(CasePapers, ABugHasItsReportWhenItIsFixedAndWheneverAsked) {
  open("bug", "minor");
  EXPECT_EQ(act(R"({"verb":"note","text":"x","about":"risk"})").status, 409) << "no paper has a place for it";
  ASSERT_EQ(act(R"({"verb":"note","text":"缓存未失效","about":"cause"})").status, 200);
  EXPECT_EQ(act(R"({"verb":"sign"})").status, 409) << "the kind names no signatures";
  const auto early = ask("POST", target_ + "/documents", "{}");
  ASSERT_EQ(early.status, 201) << "its only paper: " << early.body;
  EXPECT_EQ(early.json["number"].string_or(""), number_ + "-P01");
  EXPECT_EQ(early.json["form"].string_or(""), "bug-report");
  clock_.advance(60s);
  ASSERT_EQ(act(R"({"verb":"recover","text":"回退"})").status, 200);
  ASSERT_EQ(documents().size(), 2U);
  const auto facts = ask("GET", "/api/v1/documents/office-oa/" + number_ + "-P02").json;
  EXPECT_EQ(wrong("bug-report", facts), "") << facts.dump();
  EXPECT_EQ(facts["cause"].dump(), R"(["缓存未失效"])");
  EXPECT_EQ(facts["done"]["text"].string_or(""), "回退");
  EXPECT_FALSE(facts["handler"]["who"].string_or("").empty()) << "nobody acknowledged it: who fixed it";
  EXPECT_EQ(facts["clocks"].size(), 2U);
  EXPECT_EQ(ask("POST", target_ + "/documents", R"({"form":"closing-notice"})").status, 409);
  ASSERT_EQ(act(R"({"verb":"close"})").status, 200);
  EXPECT_EQ(documents().size(), 2U) << "it has no notice";
}

TEST_F(CasePapers, ANoticeThatIsSignedShowsWhoSigned) {
  open("incident", "III");
  close_incident();
  EXPECT_EQ(act(R"({"verb":"sign","as":"lead-one"})").status, 409);
  const auto open = ask("GET", target_).json["signatures"];
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open.at(0)["people"].at(0)["name"].string_or(""), "己一示例") << open.dump();
  EXPECT_TRUE(open.at(0)["by"].is_null());
  ASSERT_EQ(act(R"({"verb":"sign","as":"client-one","text":"同意"})").status, 200);
  EXPECT_EQ(act(R"({"verb":"sign","as":"client-one"})").status, 409) << "once";
  const auto given = ask("GET", target_).json["signatures"].at(0);
  EXPECT_EQ(given["by_name"].string_or(""), "己一示例") << given.dump();
  EXPECT_EQ(given["people"].size(), 0U);
  ASSERT_EQ(ask("POST", target_ + "/documents", "{}").status, 201);
  const auto first = ask("GET", "/api/v1/documents/office-oa/" + number_ + "-N01").json["signatures"];
  EXPECT_TRUE(first.at(0)["who"].is_null()) << "what was kept stays";
  const auto facts = ask("GET", "/api/v1/documents/office-oa/" + number_ + "-N02").json;
  EXPECT_EQ(wrong("closing-notice", facts), "");
  EXPECT_EQ(facts["signatures"].at(0)["who"].string_or(""), "己一示例");
  EXPECT_EQ(facts["signatures"].at(0)["text"].string_or(""), "同意");
}

}  // namespace
}  // namespace xj::collector
