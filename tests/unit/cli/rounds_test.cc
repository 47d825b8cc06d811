// Sheets of rounds at the command line, against a collector that is a table of answers.
#include "tests/unit/cli/commands.h"

namespace xj::cli {
namespace {

class RoundCommands : public Commands {
 protected:
  RoundCommands() { answer("GET /api/v1/status", R"({"contracts":[{"id":"one"}]})"); }
  // What was posted last.
  Json posted() const { return json_of(answers_.asked.back().body); }
  void accepts() {
    answer(kEvents, R"({"contract":"one","number":"261120-01","state":"draft","unfilled":1,"next":"submit",
        "unsigned":["inspector","recorder","client-admin"],
        "event":{"says":{"id":"round.says.filled","args":{"who":"Zhang","item":"2","title":"Login",
          "result":"@round.result.ok"}}}})",
           201);
  }
  const std::string kEvents = "POST /api/v1/rounds/one/261120-01/events";
};

TEST_F(RoundCommands, TheListSaysWhatEachSheetLacks) {
  answer("GET /api/v1/rounds?open=true", R"({"rounds":[
      {"contract":"one","number":"261120-02","round":"daily","title":{"zh":"每日巡检","en":"Daily"},
       "systems":["oa"],"made":"2026-11-20T09:00:00+08:00","state":"draft","unfilled":2,"next":"submit",
       "unsigned":["inspector","recorder"]},
      {"contract":"one","number":"261120-01","round":"daily","title":{"zh":"每日巡检","en":"Daily"},
       "systems":["oa"],"made":"2026-11-20T08:00:00+08:00","state":"reviewed","unfilled":0,"next":"sign",
       "unsigned":["client-admin"]}]})");
  EXPECT_EQ(call({"round", "list", "--open"}), 0) << err_.str();
  EXPECT_EQ(
      out_.str(),
      "NUMBER     ROUND  SYSTEMS  MADE              STATE     LACKS\n"
      "261120-02  Daily  oa       2026-11-20 09:00  draft     2 items; submission; signatures: inspector, "
      "recorder\n"
      "261120-01  Daily  oa       2026-11-20 08:00  reviewed  signatures: client-admin\n");
  EXPECT_EQ(call({"round", "list", "--open"}, Lang::zh), 0);
  EXPECT_NE(out_.str().find("2 项未填；提交；签字：巡检人、记录人"), std::string::npos) << out_.str();
  answer("GET /api/v1/rounds", R"({"rounds":[]})");
  EXPECT_EQ(call({"round", "list"}), 0);
  EXPECT_EQ(out_.str(), "There are no such sheets.\n");
}

TEST_F(RoundCommands, OneSheetWithItsItemsAndItsCourse) {
  answer("GET /api/v1/rounds/one/261120-01", R"({"contract":"one","number":"261120-01","round":"daily",
      "title":{"zh":"每日巡检","en":"Daily"},"made":"2026-11-20T08:00:00+08:00","state":"draft","unfilled":1,
      "next":"submit","unsigned":["inspector"],"returned":"item 2 is wrong","items":[
       {"no":1,"system":"Office","item":"CPU","target":"web1","state":"ok","manual":false},
       {"no":2,"system":"Office","item":"Login","target":"Office","state":"fault","manual":true,
        "remark":"no picture","by":"Zhang"},
       {"no":3,"system":"Office","item":"Seals","target":"Office","state":"manual","manual":true}],
      "events":[{"at":"2026-11-20T08:05:00+08:00","says":{"id":"round.says.submitted",
        "args":{"who":"Zhang","text":""}}}]})");
  EXPECT_EQ(call({"round", "show", "261120-01"}), 0) << err_.str();
  EXPECT_EQ(out_.str(),
            "261120-01  Daily, 2026-11-20 08:00: draft\n"
            "still lacking: 1 items; submission; signatures: inspector\n"
            "Sent back: item 2 is wrong\n"
            "NO.  ITEM   OF      RESULT   REMARK      BY\n"
            "Office\n"
            "  1  CPU    web1    ok\n"
            "  2  Login  Office  fault    no picture  Zhang\n"
            "  3  Seals  Office  by hand\n"
            "2026-11-20 08:05  Zhang submitted the sheet\n");
}

TEST_F(RoundCommands, EachActSaysWhatItMadeOfTheSheet) {
  accepts();
  EXPECT_EQ(call({"round", "fill", "261120-01", "2", "--result", "ok", "--as", "zhang", "--at", "16:30"}), 0)
      << err_.str();
  EXPECT_EQ(out_.str(),
            "261120-01  Zhang found item 2 (Login): normal\n"
            "261120-01: draft; still lacking: 1 items; submission; signatures: inspector, recorder, "
            "client-admin\n");
  EXPECT_EQ(posted(), json_of(R"({"item":"2","result":"ok","verb":"fill","at":"16:30","as":"zhang"})"));
  EXPECT_EQ(call({"round", "fill", "one/261120-01", "oa/disk", "--remark", "ordered", "--why", "told late"}),
            0);
  EXPECT_EQ(posted(), json_of(R"({"item":"oa/disk","text":"ordered","verb":"fill","why":"told late"})"));
  EXPECT_EQ(call({"round", "submit", "261120-01", "all well"}), 0);
  EXPECT_EQ(posted(), json_of(R"({"text":"all well","verb":"submit"})"));
  EXPECT_EQ(call({"round", "review", "261120-01", "--accept"}), 0);
  EXPECT_EQ(posted(), json_of(R"({"verb":"review"})"));
  EXPECT_EQ(call({"round", "review", "261120-01", "--reject", "item 2"}), 0);
  EXPECT_EQ(posted(), json_of(R"({"text":"item 2","verb":"return"})"));
  EXPECT_EQ(call({"round", "sign", "261120-01", "agreed", "--part", "client-admin", "--quality", "good"}), 0);
  EXPECT_EQ(posted(), json_of(R"({"text":"agreed","part":"client-admin","quality":"good","verb":"sign"})"));
  EXPECT_EQ(call({"round", "sign", "261120-01", "--json"}), 0);
  EXPECT_EQ(json_of(out_.str())["state"].string_or(""), "draft");
}

TEST_F(RoundCommands, WhatIsWrongIsSaid) {
  EXPECT_EQ(call({"round", "review", "261120-01"}), kUsage);
  EXPECT_EQ(call({"round", "review", "261120-01", "--accept", "--reject"}), kUsage);
  EXPECT_EQ(call({"round", "fill", "261120-01"}), kUsage);
  EXPECT_EQ(call({"round", "submit", "261120-01", "--at", "soon"}), kUsage);
  answer(kEvents,
         R"({"error":{"code":"refused","message":{"id":"round.refuse.unfilled","args":{"count":"2",
             "items":"3, 4"}}}})",
         409);
  EXPECT_EQ(call({"round", "submit", "261120-01"}), kFailed);
  EXPECT_EQ(err_.str(),
            "xunjian: 2 items have no result yet: 3, 4\n"
            "  Its items and state: xunjian round show 261120-01\n");
}

}  // namespace
}  // namespace xj::cli
