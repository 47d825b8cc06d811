// `duty show`, with no collector.
#include "tests/unit/cli/commands.h"

namespace xj::cli {
namespace {

class DutyShow : public OfflineCommands {
 protected:
  DutyShow() : OfflineCommands("2026-11-20T10:00:00+08:00") {
    width_ = 80;
    contract("roster: duty.csv, ");
    write("duty.csv",
          "from,to,a,b\n2026-11-20 08:00,2026-11-21 08:00,zhang,li\n"
          "2026-11-21 08:00,2026-11-22 08:00,li,\n");
  }
  void contract(const std::string& roster) {
    write("contract.yaml",
          "contract: {id: web, title: 网站, parties: {client: 甲, provider: 乙}, term: {from: 2026-01-01, "
          "to: 2026-12-31}}\npeople: {zhang: {name: 张三}, li: {name: 李四}}\nroles: {duty: {title: 值班, " +
              roster +
              "people: [zhang, li]}}\nsystems: {web: {hosts: [w1], checks: {cpu: {kind: cpu}}}}\n"
              "kinds: {incident: {opened_by: checks, number: \"I-{yymmdd}-{nn}\", grades: {one: {}}, clocks: "
              "{respond: {limit: 30m, start: detected, stop: acknowledged, to: duty}}}}\n");
  }
  int show(std::vector<std::string> words, Lang lang = Lang::en) {
    words.insert(words.begin(), {"duty", "show", "--contract", (dir_ / "contract.yaml").string()});
    return call(words, lang);
  }
};

TEST_F(DutyShow, NowAndTheWeek) {
  ASSERT_EQ(show({}), 0) << err_.str();
  EXPECT_EQ(out_.str(),
            "from              to                A     B\n"
            "值班 (duty)\n"
            "2026-11-20 08:00  2026-11-21 08:00  张三  李四\n");
  ASSERT_EQ(show({"--week"}, Lang::zh), 0);
  EXPECT_EQ(out_.str(),
            "起                止                A 角  B 角\n"
            "值班 (duty)\n"
            "2026-11-20 08:00  2026-11-21 08:00  张三  李四\n"
            "2026-11-21 08:00  2026-11-22 08:00  李四\n");
  ASSERT_EQ(show({"--at", "2026-11-21T08:00:00+08:00", "--json"}), 0);
  EXPECT_EQ(json()["roles"].at(0)["shifts"].at(0)["a"].string_or(""), "li");
  EXPECT_TRUE(json()["roles"].at(0)["shifts"].at(0)["b"].is_null());
}

TEST_F(DutyShow, AGapSaysWhoIsToldThen) {
  ASSERT_EQ(show({"--at", "2026-11-23T08:00:00+08:00"}), 0);
  EXPECT_NE(out_.str().find("nobody on duty; all of the role are told: 张三, 李四"), std::string::npos)
      << out_.str();
  contract("");
  ASSERT_EQ(show({}), 0);
  EXPECT_EQ(out_.str(), "No role of the contract has a roster.\n");
  EXPECT_EQ(show({"--at", "noon"}), kUsage);
}

}  // namespace
}  // namespace xj::cli
