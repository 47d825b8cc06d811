#include "core/width.h"
#include "tests/unit/cli/commands.h"

namespace xj::cli {
namespace {

const char* const kEntry =
    R"({"contract":"oa","id":"INC-1","n":2,"state":"approved","at":"2026-11-20T09:00:00+08:00",
"actor":"person:one","via":"socket:ops","kind":"incident","system":"oa","system_title":"办公系统","grade":"II",
"title":"门户打不开","cause":"补丁与驱动冲突","course":"2026-11-20 09:00 发现\n2026-11-20 09:20 回退",
"method":"回退补丁\n重启","why":"厂商确认"})";

class KnowledgeCommands : public Commands {
 protected:
  void SetUp() override {
    answer("GET /api/v1/status", R"({"contracts":[{"id":"oa"}]})");
    answer("GET /api/v1/cases/oa/INC-1", "{}");
  }
  Json sent() { return std::get<Json>(parse_json(answers_.asked.back().body)); }
};

TEST_F(KnowledgeCommands, FindAsksWithAllWordsAndShowsATable) {
  answer("GET /api/v1/knowledge?words=%E8%A1%A5%E4%B8%81%20oa",
         std::string(R"({"entries":[)") + kEntry + "]}");
  width_ = 80;
  ASSERT_EQ(call({"knowledge", "find", "补丁", "oa"}, Lang::zh), 0) << err_.str();
  EXPECT_NE(out_.str().find("INC-1"), std::string::npos);
  EXPECT_NE(out_.str().find("已审定"), std::string::npos);
  EXPECT_NE(out_.str().find("回退补丁 重启"), std::string::npos);
  std::istringstream lines(out_.str());
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80) << line;
}

TEST_F(KnowledgeCommands, NothingFoundIsSaidAndIsNoFailure) {
  answer("GET /api/v1/knowledge?words=x", R"({"entries":[]})");
  answer("GET /api/v1/knowledge", R"({"entries":[]})");
  EXPECT_EQ(call({"knowledge", "find", "x"}), 0);
  EXPECT_EQ(out_.str(), "No entry holds all of these words.\n");
  EXPECT_EQ(call({"knowledge", "find"}), 0);
  EXPECT_NE(out_.str().find("no entry yet"), std::string::npos);
}

TEST_F(KnowledgeCommands, ShowHasItsThreePartsAndItsRevisions) {
  answer("GET /api/v1/knowledge/oa/INC-1",
         std::string(R"({"entry":)") + kEntry + R"(,"revisions":[{"n":1,"state":"draft",)" +
             R"("at":"2026-11-20T08:00:00+08:00","actor":"system:closing","why":""},)" + kEntry + "]}");
  ASSERT_EQ(call({"knowledge", "show", "INC-1"}), 0) << err_.str();
  const auto text = out_.str();
  for (const auto* part : {"cause\n  补丁与驱动冲突\n", "  2026-11-20 09:20 回退\n",
                           "method\n  回退补丁\n  重启\n", "at closing", "厂商确认"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST_F(KnowledgeCommands, RevisionsSendWhatWasGiven) {
  answer("POST /api/v1/knowledge/oa/INC-1", std::string(R"({"entry":)") + kEntry + "}");
  ASSERT_EQ(call({"knowledge", "edit", "INC-1", "--cause", "补丁", "--as", "two", "--why", "查明"}), 0)
      << err_.str();
  EXPECT_EQ(sent().canonical(), R"({"as":"two","cause":"补丁","verb":"edit","why":"查明"})");
  EXPECT_NE(out_.str().find("revision 2"), std::string::npos);
  ASSERT_EQ(call({"knowledge", "approve", "INC-1"}), 0);
  EXPECT_EQ(sent().canonical(), R"({"verb":"approve"})");
  ASSERT_EQ(call({"knowledge", "withdraw", "INC-1", "--why", "误"}), 0);
  EXPECT_EQ(sent().canonical(), R"({"verb":"withdraw","why":"误"})");
}

TEST_F(KnowledgeCommands, WhatIsMissingIsUsage) {
  EXPECT_EQ(call({"knowledge", "edit", "INC-1"}), 2);
  EXPECT_EQ(call({"knowledge", "withdraw", "INC-1"}), 2);
  EXPECT_EQ(call({"knowledge", "show"}), 2);
  EXPECT_TRUE(answers_.asked.empty());
}

}  // namespace
}  // namespace xj::cli
