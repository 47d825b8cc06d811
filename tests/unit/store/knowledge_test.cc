#include "collector/store/knowledge.h"

#include <gtest/gtest.h>

#include "collector/store/recompute.h"
#include "tests/fakes/temp_db.h"

namespace xj::collector {
namespace {

using domain::EntryState;
using domain::KnowledgeEntry;

class KnowledgeStore : public testing::Test {
 protected:
  KnowledgeEntry put(const std::string& id, const std::string& title, const std::string& cause = "",
                     EntryState state = EntryState::draft, const std::string& contract = "c1") {
    KnowledgeEntry e;
    e.contract = contract, e.id = id, e.title = title, e.cause = cause, e.state = state, e.system = "oa";
    const auto before = knowledge_.newest(contract, id);
    e.n = before ? before->n + 1 : 1;
    e.at = from_ms(1'700'000'000'000 + 1'000 * ++made_);
    io::Transaction transaction(*db_);
    knowledge_.append(e);
    transaction.commit();
    return e;
  }
  std::string find(const std::string& words, std::optional<EntryState> state = {}, std::size_t limit = 20) {
    KnowledgeQuestion question;
    question.words = words, question.state = state, question.limit = limit;
    return ids(knowledge_.find(question));
  }
  static std::string ids(const Knowledge::Found& found) {
    std::string out;
    for (const auto& one : found.entries) out += (out.empty() ? "" : " ") + one.id;
    return out + (found.more ? " …" : "");
  }
  std::vector<std::string> differences() {
    std::vector<std::string> out;
    for (const auto& d : recompute(*db_, {}).differences)
      out.push_back(d.table + ' ' + d.key + ' ' + d.column + ": " + d.stored + " / " + d.rebuilt);
    return out;
  }

  test::TempDb temp_;
  std::unique_ptr<io::Db> db_ = temp_.open();
  Knowledge knowledge_{*db_};
  int made_ = 0;
};

TEST_F(KnowledgeStore, TwoCharactersAreEnough) {
  put("A", "数据库连接池耗尽", "连接泄漏");
  put("B", "磁盘写满", "日志无轮转");
  EXPECT_EQ(find("耗尽"), "A");
  EXPECT_EQ(find("磁盘"), "B");
  EXPECT_EQ(find("盘"), "B");
  EXPECT_EQ(find("轮转 磁盘"), "B") << "every word, wherever it stands";
  EXPECT_EQ(find("磁盘 耗尽"), "");
  EXPECT_EQ(find("接池泄"), "") << "not side by side";
}

TEST_F(KnowledgeStore, ATitleComesBeforeACauseAndTheNewestFirst) {
  put("A", "磁盘写满");
  put("B", "门户打不开", "磁盘写满");
  put("C", "磁盘写满");
  EXPECT_EQ(find("磁盘"), "C A B");
  EXPECT_EQ(find(""), "C B A");
  EXPECT_EQ(find("磁盘", {}, 2), "C A …");
  EXPECT_EQ(find("  "), "C B A");
  EXPECT_EQ(find("，。"), "") << "nothing to look for";
}

TEST_F(KnowledgeStore, LatinWordsAreFoundFromTheirBeginningWhateverTheirCase) {
  put("A", "Tomcat OutOfMemory");
  put("B", "ORA-00600 报错");
  EXPECT_EQ(find("tom"), "A");
  EXPECT_EQ(find("TOMCAT"), "A");
  EXPECT_EQ(find("omcat"), "");
  EXPECT_EQ(find("ora-006"), "B");
  EXPECT_EQ(find("600"), "");
}

TEST_F(KnowledgeStore, WhatWasRevisedIsFoundByWhatItSaysNow) {
  put("A", "磁盘写满");
  put("A", "内存不足");
  EXPECT_EQ(find("磁盘"), "");
  EXPECT_EQ(find("内存"), "A");
  ASSERT_EQ(knowledge_.revisions("c1", "A").size(), 2U);
  EXPECT_EQ(knowledge_.revisions("c1", "A").front().title, "磁盘写满");
  put("A", "内存不足", "", EntryState::withdrawn);
  EXPECT_EQ(find("内存"), "");
  EXPECT_EQ(find("内存", EntryState::withdrawn), "A");
}

TEST_F(KnowledgeStore, ContractAndSystemNarrowIt) {
  put("A", "磁盘");
  put("A", "磁盘", "", EntryState::approved, "c2");
  KnowledgeQuestion question;
  question.words = "磁盘";
  EXPECT_EQ(ids(knowledge_.find(question)), "A A");
  question.contract = "c2";
  ASSERT_EQ(ids(knowledge_.find(question)), "A");
  EXPECT_EQ(knowledge_.find(question).entries.front().state, EntryState::approved);
  question.system = "x";
  EXPECT_EQ(ids(knowledge_.find(question)), "");
}

TEST_F(KnowledgeStore, ManyThatOnlyLookLikeItAreNotGiven) {
  for (int i = 0; i < 50; ++i) put("N" + std::to_string(i), "连接失败 接池");
  put("Y", "连接池");
  EXPECT_EQ(find("连接池"), "Y");
}

TEST_F(KnowledgeStore, TheIndexComesOutTheSameAndWhatWasAlteredIsNamed) {
  put("A", "磁盘写满");
  put("A", "磁盘 满");
  put("B", "内存");
  EXPECT_EQ(differences(), std::vector<std::string>{});
  const auto altered = [&](const std::string& sql) {
    db_->begin();
    db_->execute(sql);
    db_->commit();
    return differences();
  };
  EXPECT_EQ(altered("update knowledge_terms set weight = 99 where term = '内存'"),
            std::vector<std::string>{"knowledge_terms c1/B 内存 weight: 99 / 8"});
  EXPECT_EQ(altered("delete from knowledge_terms where term = '内存'"),
            std::vector<std::string>{"knowledge_terms c1/B 内存 weight: - / 8"});
  EXPECT_EQ(altered("insert into knowledge_terms values ('内存', (select entry from knowledge_entries where "
                    "id = 'B'), 8); update knowledge_entries set state = 'approved' where id = 'B'"),
            std::vector<std::string>{"knowledge_entries c1/B state: approved / draft"});
  EXPECT_EQ(
      altered("update knowledge_entries set state = 'draft' where id = 'B'; drop trigger "
              "knowledge_stays; update knowledge set body = replace(body, '内存', '硬盘') where id = 'B'")
          .front()
          .starts_with("knowledge c1/B#1 digest: "),
      true);
}

TEST_F(KnowledgeStore, WhatWasWrittenStays) {
  put("A", "磁盘");
  EXPECT_THROW(db_->execute("update knowledge set n = 2"), io::DbFault);
  EXPECT_THROW(db_->execute("delete from knowledge"), io::DbFault);
}

}  // namespace
}  // namespace xj::collector
