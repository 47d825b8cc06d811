// The knowledge base from the closing of a case to the next who looks for it.
#include "tests/unit/collector/api.h"

namespace xj::collector {
namespace {

class KnowledgeBase : public Api {
 protected:
  Answered act(const std::string& body) { return ask("POST", target_ + "/events", body); }
  // An incident that people opened, handled and closed.
  void close_incident() {
    const auto opened = ask("POST", "/api/v1/cases/office-oa",
                            R"({"system":"oa","text":"门户打不开","kind":"incident","grade":"III"})");
    ASSERT_EQ(opened.status, 201) << opened.body;
    number_ = opened.json["number"].string_or("");
    target_ = "/api/v1/cases/office-oa/" + number_;
    place_ = "/api/v1/knowledge/office-oa/" + number_;
    ASSERT_EQ(act(R"({"verb":"note","text":"补丁有误","about":"cause"})").status, 200);
    ASSERT_EQ(act(R"({"verb":"recover","text":"回退补丁"})").status, 200);
    clock_.advance(73h);
    pipeline_->tick(clock_.now());
    ASSERT_EQ(act(R"({"verb":"confirm","n":3,"as":"client-one"})").status, 200);
    ASSERT_EQ(act(R"({"verb":"confirm","n":4})").status, 200);
    ASSERT_EQ(act(R"({"verb":"request_close"})").status, 200);
    ASSERT_EQ(act(R"({"verb":"verify","as":"command-one"})").status, 200);
    ASSERT_EQ(ask("GET", place_).status, 404) << "it is not closed";
    ASSERT_EQ(act(R"({"verb":"close","as":"lead-one"})").status, 200);
  }
  Json found(const std::string& words) {
    return ask("GET", "/api/v1/knowledge?words=" + words).json["entries"];
  }
  std::string number_, target_, place_;
};

TEST_F(KnowledgeBase, AClosedCaseIsDraftedFromItsEvents) {
  close_incident();
  const auto entry = ask("GET", place_).json["entry"];
  EXPECT_EQ(entry["state"].string_or(""), "draft");
  EXPECT_EQ(entry["n"].int_or(0), 1);
  EXPECT_EQ(entry["actor"].string_or(""), "system:closing");
  EXPECT_EQ(entry["system_title"].string_or(""), "综合办公平台");
  EXPECT_EQ(entry["title"].string_or(""), "门户打不开");
  EXPECT_EQ(entry["cause"].string_or(""), "补丁有误");
  EXPECT_EQ(entry["method"].string_or(""), "回退补丁");
  EXPECT_TRUE(entry["course"].string_or("").starts_with("2026-11-20 09:00 ")) << entry.dump();
  EXPECT_EQ(entry["at"].string_or(""), "2026-11-23T10:00:00+08:00");
  for (const auto* words : {"补丁", "门户 回退", "打不开", "办公"})
    EXPECT_EQ(found(words).size(), 1U) << words;
  EXPECT_EQ(found("磁盘").size(), 0U);
}

TEST_F(KnowledgeBase, PeopleReviseAndApproveAndAllRevisionsStay) {
  close_incident();
  const auto revise = [&](const std::string& body) { return ask("POST", place_, body); };
  EXPECT_EQ(revise(R"({"verb":"approve","as":"client-one"})").json["error"]["message"]["id"].string_or(""),
            "knowledge.refuse.role");
  EXPECT_EQ(revise(R"({"verb":"edit"})").status, 409);
  EXPECT_EQ(revise(R"({"verb":"edit","cause":"补丁与驱动冲突","why":"厂商确认"})").status, 200);
  EXPECT_EQ(found("驱动").size(), 1U);
  EXPECT_EQ(found("有误").size(), 0U);
  const auto approved = revise(R"({"verb":"approve"})");
  ASSERT_EQ(approved.status, 200) << approved.body;
  EXPECT_EQ(approved.json["entry"]["state"].string_or(""), "approved");
  EXPECT_EQ(approved.json["entry"]["actor"].string_or(""), "person:work-one") << "ops1's account";
  EXPECT_EQ(ask("GET", "/api/v1/knowledge?state=approved").json["entries"].size(), 1U);
  EXPECT_EQ(ask("GET", "/api/v1/knowledge?state=draft").json["entries"].size(), 0U);
  const auto revisions = ask("GET", place_).json["revisions"];
  ASSERT_EQ(revisions.size(), 3U);
  EXPECT_EQ(revisions.at(0)["cause"].string_or(""), "补丁有误");
  EXPECT_EQ(revisions.at(1)["why"].string_or(""), "厂商确认");
  EXPECT_EQ(revise(R"({"verb":"withdraw","why":"另有说明"})").status, 200);
  EXPECT_EQ(found("").size(), 0U);
}

TEST_F(KnowledgeBase, WhatCannotBeSaysWhy) {
  close_incident();
  EXPECT_EQ(ask("GET", "/api/v1/knowledge?state=good").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/knowledge?limit=0").status, 400);
  EXPECT_EQ(ask("GET", place_ + "9").status, 404);
  EXPECT_EQ(ask("POST", place_ + "9", R"({"verb":"approve"})").status, 404);
  EXPECT_EQ(ask("POST", "/api/v1/knowledge/other/x", R"({"verb":"approve"})").status, 404);
  EXPECT_EQ(ask("POST", place_, R"({"verb":"praise"})").status, 400);
  EXPECT_EQ(ask("POST", place_, R"({"verb":"edit","reason":"x"})").status, 400);
  EXPECT_EQ(ask("POST", place_, R"({"verb":"approve"})", {"", "", "nobody", "unix"}).status, 403);
}

TEST_F(KnowledgeBase, AKindWithoutItHasNoEntries) {
  const auto opened = ask("POST", "/api/v1/cases/office-oa",
                          R"({"system":"oa","text":"按钮错位","kind":"bug","grade":"minor"})");
  ASSERT_EQ(opened.status, 201) << opened.body;
  target_ = "/api/v1/cases/office-oa/" + opened.json["number"].string_or("");
  ASSERT_EQ(act(R"({"verb":"recover","text":"改正"})").status, 200);
  ASSERT_EQ(act(R"({"verb":"close"})").status, 200);
  EXPECT_EQ(found("").size(), 0U);
}

}  // namespace
}  // namespace xj::collector
