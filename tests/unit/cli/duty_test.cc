// `duty show` with no collector and with one, `duty set` and `import`.
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

const std::string kDuty =
    R"({"contracts":[{"contract":"web","zone":"Asia/Shanghai","at":"2026-11-20T10:00:00+08:00","roles":[
 {"role":"duty","title":{"zh":"值班","en":"Duty"},"roster":true,"people":[{"id":"zhang","name":"张三"},
 {"id":"li","name":"李四"}],"shifts":[{"from":"2026-11-20T08:00:00+08:00","to":"2026-11-20T18:00:00+08:00",
 "a":"li","a_name":"李四","change":{"n":3,"kind":"duty_set","by":"zhang","by_name":"张三",
 "known":"2026-11-19T17:30:00+08:00","why":"leave"}}]},
 {"role":"lead","title":{"zh":"lead","en":"lead"},"roster":false,"people":[{"id":"zhang","name":"张三"}],
 "shifts":[]}]}]})";

TEST_F(Commands, DutyOfTheCollectorSaysWhatWasChangedByWhomAndWhy) {
  answer("GET /api/v1/duty", kDuty);
  ASSERT_EQ(call({"duty", "show"}), 0) << err_.str();
  EXPECT_EQ(out_.str(),
            "from              to                A     changed\n"
            "Duty (duty)\n"
            "2026-11-20 08:00  2026-11-20 18:00  李四  set by 张三, 2026-11-19 17:30: leave\n");
  answer("GET /api/v1/duty?contract=web&at=2026-11-20%2008%3A00&days=7", kDuty);
  EXPECT_EQ(call({"duty", "show", "--contract", "web", "--week", "--at", "2026-11-20 08:00"}, Lang::zh), 0)
      << err_.str();
  EXPECT_NE(out_.str().find("张三 于 2026-11-19 17:30 调整：leave"), std::string::npos) << out_.str();
  EXPECT_EQ(call({"duty", "show", "--at", "noon"}), kUsage);
}

TEST_F(Commands, DutyIsSet) {
  answer("POST /api/v1/duty/web/duty",
         R"({"contract":"web","role":"duty","n":3,"shifts":[{"from":"2026-11-20T08:00:00+08:00",
 "to":"2026-11-20T18:00:00+08:00","a":"li","a_name":"李四"}]})",
         201);
  const std::vector<std::string> words{"duty",       "set",
                                       "--contract", "web",
                                       "--role",     "duty",
                                       "--from",     "2026-11-20 08:00",
                                       "--to",       "2026-11-20 18:00",
                                       "--a",        "li",
                                       "--as",       "zhang"};
  EXPECT_EQ(call(words), kUsage) << "no why";
  auto whole = words;
  whole.insert(whole.end(), {"--why", "leave"});
  ASSERT_EQ(call(whole), 0) << err_.str();
  EXPECT_EQ(out_.str(), "duty: 李四 is on duty from 2026-11-20 08:00 to 2026-11-20 18:00\n");
  const auto body = json_of(answers_.asked.back().body);
  EXPECT_EQ(body["verb"].string_or(""), "set");
  EXPECT_EQ(body["why"].string_or(""), "leave");
  EXPECT_EQ(body["as"].string_or(""), "zhang");
  EXPECT_EQ(body["shifts"].at(0)["from"].string_or(""), "2026-11-20 08:00");
  whole[7] = "at noon";
  EXPECT_EQ(call(whole), kUsage);
}

class DutyImport : public Commands {
 protected:
  DutyImport() {
    std::string name = (std::filesystem::temp_directory_path() / "xj_duty_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Fault("mkdtemp");
    dir_ = name;
    answer("GET /api/v1/duty?contract=web", kDuty);
  }
  ~DutyImport() override {
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  int import(const std::string& csv, const std::string& role = "duty") {
    const auto path = dir_ + "/new.csv";
    std::ofstream(path) << csv;
    return call({"duty", "import", path, "--contract", "web", "--role", role});
  }
  std::string dir_;
};

TEST_F(DutyImport, TakesARosterOver) {
  answer("POST /api/v1/duty/web/duty",
         R"({"contract":"web","role":"duty","n":4,"shifts":[{"from":"2026-11-20T08:00:00+08:00",
 "to":"2026-11-21T08:00:00+08:00","a":"li","a_name":"李四"},{"from":"2026-11-22T00:00:00+08:00",
 "to":"2026-11-23T00:00:00+08:00","a":"zhang","a_name":"张三"}]})",
         201);
  ASSERT_EQ(import("from,to,a,b\n2026-11-20 08:00,2026-11-21 08:00,li,zhang\n2026-11-22,2026-11-22,zhang,\n"),
            0)
      << err_.str();
  EXPECT_EQ(out_.str(), "duty: 2 shifts taken over, from 2026-11-20 08:00 to 2026-11-23 00:00\n");
  EXPECT_NE(err_.str().find("new.csv:3:1: warning: nobody is on duty from 2026-11-21 08:00"),
            std::string::npos)
      << err_.str();
  const auto body = json_of(answers_.asked.back().body);
  EXPECT_EQ(body["verb"].string_or(""), "import");
  EXPECT_EQ(body["shifts"].at(0)["from"].string_or(""), "2026-11-20T00:00:00Z");
  EXPECT_EQ(body["shifts"].at(0)["b"].string_or(""), "zhang");
}

TEST_F(DutyImport, NothingIsSentOfWhatIsWrong) {
  EXPECT_EQ(import("from,to,a,b\n2026-11-20,2026-11-21,li,\n2026-11-21,2026-11-22,wang,\n2026-11-21,2026-11-"
                   "22,zhang,\n"),
            kFailed);
  EXPECT_NE(err_.str().find("new.csv:3:1: \"wang\" is not of the role; it has zhang, li"), std::string::npos)
      << err_.str();
  EXPECT_NE(err_.str().find("new.csv:4:1: two shifts overlap"), std::string::npos) << err_.str();
  EXPECT_EQ(import("from,to,a,b\n", "dutty"), kFailed);
  EXPECT_NE(err_.str().find("did you mean duty?"), std::string::npos) << err_.str();
  for (const auto& asked : answers_.asked) EXPECT_EQ(asked.method, "GET");
}

}  // namespace
}  // namespace xj::cli
