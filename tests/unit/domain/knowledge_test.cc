#include "collector/domain/knowledge.h"

#include <gtest/gtest.h>

#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

KnowledgeEntry entry() {
  KnowledgeEntry e;
  e.contract = "c1", e.id = "INC-260930-01", e.n = 1, e.at = fixture::kT0;
  e.actor = "system:closing", e.kind = "incident", e.system = "oa", e.grade = "II",
  e.system_title = "办公系统";
  e.title = "门户打不开", e.cause = "磁盘写满", e.course = "09:00 发现\n09:20 清理", e.method = "清理日志";
  e.revision = "r";
  return e;
}

class KnowledgeRules : public testing::Test {
 protected:
  // What became of it, or the id of the refusal.
  std::string outcome(const KnowledgeEntry& before, KnowledgeChange change) {
    change.person = change.person.empty() ? "one" : change.person;
    change.via = "socket:ops";
    const auto next = revise(before, change, contract_, fixture::kT0 + std::chrono::hours(1));
    if (const auto* refused = std::get_if<Rejection>(&next)) return refused->why.id;
    next_ = std::get<KnowledgeEntry>(next);
    return std::string(to_text(next_.state));
  }
  static KnowledgeChange change(KnowledgeChange::Verb verb) {
    KnowledgeChange out;
    out.verb = verb;
    return out;
  }
  static constexpr auto kEdit = KnowledgeChange::Verb::edit;
  static constexpr auto kApprove = KnowledgeChange::Verb::approve;
  static constexpr auto kWithdraw = KnowledgeChange::Verb::withdraw;

  Contract contract_ = *fixture::contract();
  KnowledgeEntry next_;
};

TEST_F(KnowledgeRules, ARevisionIsKeptAsItIs) {
  auto one = entry();
  one.why = "\"引号\"\n";
  const auto again = decode_knowledge_entry(encode(one));
  ASSERT_TRUE(std::holds_alternative<KnowledgeEntry>(again)) << std::get<std::string>(again);
  EXPECT_EQ(std::get<KnowledgeEntry>(again), one);
  for (const auto* bad :
       {"", "{}", "[]", R"({"v":2})", R"({"v":1,"state":"x"})", R"({"v":1,"state":"draft","at":"yesterday"})",
        R"({"v":1,"state":"draft","at":"2026-01-01T00:00:00Z","n":0})"})
    EXPECT_TRUE(std::holds_alternative<std::string>(decode_knowledge_entry(bad))) << bad;
}

TEST_F(KnowledgeRules, AnEditSaysWhoAndIsADraftAgain) {
  auto before = entry();
  before.state = EntryState::approved;
  auto edit = change(kEdit);
  edit.cause = "日志无轮转", edit.why = "查明";
  ASSERT_EQ(outcome(before, edit), "draft");
  EXPECT_EQ(next_.n, 2U);
  EXPECT_EQ(next_.cause, "日志无轮转");
  EXPECT_EQ(next_.method, "清理日志");
  EXPECT_EQ(next_.actor, "person:one");
  EXPECT_EQ(next_.via, "socket:ops");
  EXPECT_EQ(next_.why, "查明");
  EXPECT_EQ(next_.at, fixture::kT0 + std::chrono::hours(1));
}

TEST_F(KnowledgeRules, WhatChangesNothingIsRefused) {
  auto edit = change(kEdit);
  EXPECT_EQ(outcome(entry(), edit), "knowledge.refuse.same");
  edit.cause = entry().cause;
  EXPECT_EQ(outcome(entry(), edit), "knowledge.refuse.same");
  edit.title = "";
  EXPECT_EQ(outcome(entry(), edit), "knowledge.refuse.title");
  edit.title = std::string(kLongestKnowledge + 1, 'x');
  EXPECT_EQ(outcome(entry(), edit), "knowledge.refuse.long");
  edit.title = std::string(kLongestKnowledge, 'x');
  EXPECT_EQ(outcome(entry(), edit), "draft");
}

TEST_F(KnowledgeRules, ApprovedIsOnlyWhatHasCauseCourseAndMethod) {
  EXPECT_EQ(outcome(entry(), change(kApprove)), "approved");
  EXPECT_EQ(outcome(next_, change(kApprove)), "knowledge.refuse.approved");
  for (auto KnowledgeEntry::* field :
       {&KnowledgeEntry::cause, &KnowledgeEntry::course, &KnowledgeEntry::method}) {
    auto blank = entry();
    (blank.*field).clear();
    EXPECT_EQ(outcome(blank, change(kApprove)), "knowledge.refuse.blank");
  }
}

TEST_F(KnowledgeRules, WhereTheContractNamesARoleOnlyItsPeopleApprove) {
  for (auto& kind : contract_.kinds)
    if (kind.id == "incident") kind.knowledge.emplace().approve = "chief";
  contract_.roles["chief"].people = {"two"};
  EXPECT_EQ(outcome(entry(), change(kApprove)), "knowledge.refuse.role");
  auto approve = change(kApprove);
  approve.person = "two";
  EXPECT_EQ(outcome(entry(), approve), "approved");
}

TEST_F(KnowledgeRules, WithdrawnIsWithAReasonAndAnEditBringsItBack) {
  EXPECT_EQ(outcome(entry(), change(kWithdraw)), "knowledge.refuse.why");
  auto withdraw = change(kWithdraw);
  withdraw.why = "误报";
  ASSERT_EQ(outcome(entry(), withdraw), "withdrawn");
  const auto gone = next_;
  EXPECT_EQ(outcome(gone, withdraw), "knowledge.refuse.withdrawn");
  EXPECT_EQ(outcome(gone, change(kEdit)), "draft") << "as it was";
}

TEST_F(KnowledgeRules, ATitleTellsMoreThanTheCourse) {
  auto one = entry();
  one.title = "磁盘", one.cause = "内存", one.course = "网络 磁盘", one.method = "";
  const auto terms = terms_of(one);
  EXPECT_GT(terms.at("磁盘"), terms.at("内存"));
  EXPECT_GT(terms.at("内存"), terms.at("网络"));
  EXPECT_EQ(terms.at("磁盘"), terms.at("内存") * 2 + terms.at("网络"));
  EXPECT_TRUE(terms.contains("inc")) << "its number is found too";
}

}  // namespace
}  // namespace xj::domain
