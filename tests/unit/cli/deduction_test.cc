#include <gtest/gtest.h>

#include "core/width.h"
#include "tests/unit/cli/commands.h"

namespace xj::cli {
namespace {

const char* const kTwo = R"({"contracts":[{"contract":"civil","title":"x",
"from":"2026-01-01T00:00:00+08:00","to":"2026-11-20T10:00:00+08:00","lines":[
{"name":"failure","title":{"zh":"设备或功能故障、未造成重大影响","en":"A failure of a device or function without great effect"},
 "state":"counted","at":"2026-03-02T12:00:15+08:00","case":"F-260302-01","run":1,"amount_cents":500000,
 "why":[{"id":"money.why.sum_time","args":{"n":"1","rate":"5,000","sum":"5,000"}}]},
{"name":"leak-low","title":{"zh":"泄露一般信息","en":"Leak"},"state":"base_open","at":"2026-03-03T12:00:00+08:00",
 "record":2,"amount_cents":null,"losses":true,"ends":true,"why":[{"id":"money.why.base_open","args":{}}]}],
"totals":[{"party":"provider","amount_cents":500000,"counted":1,"base_open":1,"to_judge":2}]}]})";

class DeductionCommands : public Commands {
 protected:
  DeductionCommands() { width_ = 80; }
};

TEST_F(DeductionCommands, TheListReadsInEightyColumns) {
  answer("GET /api/v1/deductions?contract=civil&from=2026-01-01", kTwo);
  ASSERT_EQ(call({"deduction", "list", "--contract", "civil", "--from", "2026-01-01"}, Lang::zh), 0)
      << err_.str();
  EXPECT_EQ(out_.str(),
            "日期              扣款项    来源         状态      金额（元）\n"
            "civil：2026-01-01 00:00 至 2026-11-20 10:00\n"
            "2026-03-02 12:00  failure   F-260302-01  计入        5,000.00\n"
            "    设备或功能故障、未造成重大影响\n"
            "2026-03-03 12:00  leak-low  #2           基数未定           -\n"
            "    泄露一般信息\n"
            "乙方扣款估算：5,000.00 元（计入 1 项）。\n"
            "  另有 1 项基数未定，未计入金额。\n"
            "  另有 2 项待人工认定（deduction record 或 waive）。\n"
            "泄露一般信息：已达到对方可解除合同的条件。\n");
  std::istringstream lines(out_.str());
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80) << line;
}

TEST_F(DeductionCommands, SentencesOnAsking) {
  answer("GET /api/v1/deductions", kTwo);
  ASSERT_EQ(call({"deduction", "list", "--explain"}), 0) << err_.str();
  EXPECT_EQ(out_.str(),
            "civil: 2026-01-01 00:00 to 2026-11-20 10:00\n"
            "2026-03-02 12:00  failure  F-260302-01  counted  5,000.00\n"
            "  A failure of a device or function without great effect\n"
            "  Number 1; 5,000 yuan each time: 5,000 yuan.\n"
            "2026-03-03 12:00  leak-low  #2  base open  -\n"
            "  Leak\n"
            "  the contract does not say of what.\n"
            "Estimate for the provider: 5,000.00 yuan, of 1 counted.\n"
            "  1 more without an amount: the contract leaves their base open.\n"
            "  2 more wait for a person's judgement (deduction record, or waive).\n"
            "Leak: the other side may end the contract.\n");
  answer("GET /api/v1/deductions?contract=civil&name=failure", kTwo);
  EXPECT_EQ(call({"deduction", "show", "civil/failure"}), 0) << err_.str();
  EXPECT_NE(out_.str().find("Number 1; 5,000 yuan each time: 5,000 yuan."), std::string::npos) << out_.str();
  EXPECT_EQ(call({"deduction", "show", "failure", "--contract", "civil"}), 0) << err_.str();
  answer("GET /api/v1/deductions", R"({"contracts":[{"contract":"civil","lines":[],"totals":[]}]})");
  EXPECT_EQ(call({"deduction", "list"}), 0);
  EXPECT_EQ(out_.str(), "Nothing in this time.\n");
  EXPECT_EQ(call({"deduction", "list", "--from", "yesterday"}), 2);
}

TEST_F(DeductionCommands, WhatIsPutOnRecordIsSent) {
  answer("GET /api/v1/status", R"({"contracts":[{"id":"civil"}]})");
  answer("POST /api/v1/deductions/civil/records",
         R"({"record":{"n":3},"lines":[{"name":"absence","title":{"zh":"缺席","en":"Absence"},)"
         R"("state":"free","at":"2026-03-02T23:59:59+08:00","record":3,"amount_cents":0,)"
         R"("why":[{"id":"money.why.free","args":{"n":"1","from":"2"}}]}]})",
         201);
  ASSERT_EQ(call({"deduction", "record", "absence", "--at", "2026-03-02", "--count", "1", "--system", "oa",
                  "--why", "未到会", "--as", "zhang"}),
            0)
      << err_.str();
  EXPECT_EQ(answers_.asked.back().body,
            R"({"name":"absence","verb":"record","at":"2026-03-02","as":"zhang","why":"未到会",)"
            R"("system":"oa","count":1})");
  EXPECT_EQ(out_.str(),
            "recorded as 3\n"
            "2026-03-02 23:59  absence  #3  free  0.00\n"
            "  Absence\n"
            "  Number 1 so far; it costs from number 2 on.\n");
  ASSERT_EQ(call({"deduction", "waive", "absence", "--record", "3", "--force-majeure", "--why", "雪"}), 0);
  EXPECT_EQ(answers_.asked.back().body,
            R"({"name":"absence","ground":"force_majeure","of":3,"verb":"waive","why":"雪"})");
  ASSERT_EQ(call({"deduction", "waive", "failure", "--case", "F-1", "--why", "甲方同意"}), 0);
  EXPECT_EQ(answers_.asked.back().body,
            R"({"name":"failure","ground":"client","verb":"waive","why":"甲方同意","case":"F-1"})");
  ASSERT_EQ(call({"deduction", "withdraw", "civil/3", "--why", "看错"}), 0);
  EXPECT_EQ(answers_.asked.back().body, R"({"of":3,"verb":"withdraw","why":"看错"})");
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"deduction", "record", "absence"},
           {"deduction", "record", "absence", "--why", "x", "--at", "soon"},
           {"deduction", "record", "absence", "--why", "x", "--until", "soon"},
           {"deduction", "record", "absence", "--why", "x", "--count", "0"},
           {"deduction", "waive", "absence", "--why", "x", "--record", "x"},
           {"deduction", "withdraw", "x", "--why", "x"}})
    EXPECT_EQ(call(words), 2) << words[1];
}

TEST_F(DeductionCommands, RecordsAreListed) {
  answer("GET /api/v1/deductions/civil/records",
         R"({"records":[
{"n":1,"kind":"recorded","name":"absence","case":"","at":"2026-03-02T23:59:59+08:00","actor":"person:zhang","actor_name":"张工","why":"未到会"},
{"n":2,"kind":"waived","name":"absence","case":"","of":1,"ground":"force_majeure","at":"2026-03-03T10:00:00+08:00","actor":"person:li","why":"雪"},
{"n":3,"kind":"withdrawn","name":"absence","case":"","of":2,"at":"2026-03-03T11:00:00+08:00","actor":"person:li","why":"看错"}]})");
  ASSERT_EQ(call({"deduction", "records", "civil"}), 0) << err_.str();
  EXPECT_EQ(out_.str(),
            "n  date              kind           name     about  who   why\n"
            "1  2026-03-02 23:59  recorded       absence         张工  未到会\n"
            "2  2026-03-03 10:00  force majeure  absence  #1     li    雪\n"
            "3  2026-03-03 11:00  withdraws 2    absence         li    看错\n");
  answer("GET /api/v1/deductions/civil/records", R"({"records":[]})");
  EXPECT_EQ(call({"deduction", "records", "civil"}), 0);
  EXPECT_EQ(out_.str(), "Nothing is on record.\n");
}

}  // namespace
}  // namespace xj::cli
