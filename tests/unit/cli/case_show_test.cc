// What must be told, as `case show` has it.
#include "core/width.h"
#include "tests/unit/cli/commands.h"

namespace xj::cli {
namespace {

const char* const kCase = R"({"number":"INC-1","kind":"incident","grade":"II","system":"oa","status":"open",
"problems":[],"clocks":[],"closing":[],"events":[],"tellings":[
 {"rule":"found","what":{"zh":"应急报告","en":"Report"},"run":1,"turn":1,"status":"owed","since":"2026-11-20T09:00:00+08:00",
  "due":"2026-11-20T09:10:00+08:00","told":null,"parts":[
   {"to":"lead","to_title":{"zh":"总负责人","en":"Lead"},"how":"oral","told":"2026-11-20T09:01:00+08:00"},
   {"to":"lead","to_title":{"zh":"总负责人","en":"Lead"},"how":"form","told":null},
   {"to":"client","to_title":{"zh":"客户方","en":"Client"},"how":"form","told":null}]},
 {"rule":"progress","what":{"zh":"进展","en":"Progress"},"run":2,"turn":3,"status":"told","since":"2026-11-20T09:00:00+08:00",
  "due":"2026-11-20T09:30:00+08:00","told":"2026-11-20T09:20:00+08:00","parts":[
   {"to":"client","to_title":{"zh":"客户方","en":"Client"},"how":"phone","told":"2026-11-20T09:20:00+08:00"},
   {"to":"client","to_title":{"zh":"客户方","en":"Client"},"how":"mail","told":"2026-11-20T09:19:00+08:00"}]},
 {"rule":"progress","what":{"zh":"进展","en":"Progress"},"run":2,"turn":4,"status":"ended","since":"2026-11-20T10:00:00+08:00",
  "due":null,"told":null,"parts":[{"to":"client","to_title":{"zh":"客户方","en":"Client"},"how":"phone","told":null}]}]})";

TEST_F(Commands, WhatMustBeToldIsALineEachAndOfWhatIsHalfDoneOnlyTheRest) {
  answer("GET /api/v1/status", R"({"contracts":[{"id":"c"}]})");
  answer("GET /api/v1/cases/c/INC-1", kCase);
  ASSERT_EQ(call({"case", "show", "INC-1"}), 0) << err_.str();
  const auto text = out_.str();
  EXPECT_NE(text.find("Report [found]: still Lead (by form), Client (by form)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("Progress [progress] ×3 #2: Client (by telephone, by e-mail)\n"), std::string::npos)
      << text;
  EXPECT_EQ(text.find("×4"), std::string::npos) << "a turn that ended is in the course";
  ASSERT_EQ(call({"case", "show", "INC-1"}, Lang::zh), 0);
  EXPECT_NE(out_.str().find("应急报告 [found]：尚缺总负责人（报告表）、客户方（报告表）\n"),
            std::string::npos)
      << out_.str();
  width_ = 80;
  ASSERT_EQ(call({"case", "show", "INC-1"}, Lang::zh), 0);
  std::istringstream lines(out_.str());
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80) << line;
}

TEST_F(Commands, WhoseSignatureIsOpenIsSaidByName) {
  answer("GET /api/v1/status", R"({"contracts":[{"id":"c"}]})");
  const auto with = [](const std::string& signatures) {
    return R"({"number":"WO-1","kind":"order","grade":"minor","system":"oa","status":"closed","problems":[],
      "clocks":[],"closing":[],"events":[],"tellings":[],"signatures":)" +
           signatures + '}';
  };
  answer("GET /api/v1/cases/c/WO-1", with(R"([
    {"zh":"处理人","en":"Handled by","role":"work","by":"li","by_name":"李工","at":"2026-11-20T09:01:00+08:00","n":4,"people":[]},
    {"zh":"客户确认","en":"Client","role":"client","people":[{"id":"wang","name":"王工"},{"id":"zhao","name":"赵工"}]}])"));
  ASSERT_EQ(call({"case", "show", "WO-1"}), 0) << err_.str();
  EXPECT_NE(out_.str().find("SIGNATURE   STATUS  AT              WHO\n"
                            "Handled by  signed  11-20 09:01:00  李工\n"
                            "Client      open                    王工, 赵工\n"),
            std::string::npos)
      << out_.str();
  answer("GET /api/v1/cases/c/WO-1",
         with(R"([{"zh":"客户确认","en":"Client","role":"client","people":[]}])"));
  ASSERT_EQ(call({"case", "show", "WO-1"}), 0);
  EXPECT_EQ(out_.str().find("SIGNATURE"), std::string::npos) << "it ended otherwise: nobody is to sign";
}

}  // namespace
}  // namespace xj::cli
