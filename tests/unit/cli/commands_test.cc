// Commands against a collector that is a table of answers.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "cli/run.h"

namespace xj::cli {
namespace {

struct Answers {
  std::map<std::string, io::HttpResult> by_target;  // "GET /x"
  std::vector<io::HttpRequest> asked;
};

class TableClient final : public io::HttpClient {
 public:
  explicit TableClient(Answers& answers) : answers_(answers) {}
  io::HttpResult send(const io::HttpRequest& request, Duration) override {
    answers_.asked.push_back(request);
    const auto it = answers_.by_target.find(request.method + ' ' + request.target);
    if (it != answers_.by_target.end()) return it->second;
    return io::HttpResponse{
        404, {}, R"({"error":{"code":"x","message":{"text":"not in the table: )" + request.target + "\"}}}"};
  }
  void close() override {}

 private:
  Answers& answers_;
};

class Commands : public testing::Test {
 protected:
  void answer(const std::string& what, std::string body, int status = 200) {
    answers_.by_target.insert_or_assign(what, io::HttpResponse{status, {}, std::move(body)});
  }
  int call(const std::vector<std::string>& words, Lang lang = Lang::en) {
    out_.str("");
    err_.str("");
    Context context(out_, err_, clock_);
    context.lang = lang;
    context.width = 120;
    context.connect = [&](const std::string& url, const io::TlsIdentity&) {
      url_ = url;
      return std::make_unique<TableClient>(answers_);
    };
    return run(words, context);
  }

  ManualClock clock_{parse_iso("2026-11-20T10:00:00+08:00").value()};
  Answers answers_;
  std::ostringstream out_, err_;
  std::string url_;
};

constexpr const char* kCases =
    R"({"cases":[{"contract":"office-oa","number":"INC-261120-01","kind":"incident","system":"oa",
 "status":"open","grade":"II","run":1,"opened":"2026-11-20T09:01:00+08:00","last":"2026-11-20T09:01:00+08:00",
 "grade_title":{"zh":"二级","en":"Grade II"},"system_title":{"zh":"综合办公平台","en":"Office platform"},
 "next":{"clock":"respond","title":{"zh":"响应","en":"Respond"},"status":"breached","due":"2026-11-20T09:31:00+08:00"},
 "problem":{"id":"core.param_missing","args":{"name":"port"}}}]})";

TEST_F(Commands, CasesInBothLanguages) {
  answer("GET /api/v1/cases?open=true", kCases);
  EXPECT_EQ(call({"case", "list"}), 0);
  EXPECT_EQ(
      out_.str(),
      "NUMBER         GRADE     STATUS  OPENED          NEXT     LEFT  SYSTEM           PROBLEM\n"
      "INC-261120-01  Grade II  open    11-20 09:01:00  Respond  -29m  Office platform  port is required\n");
  EXPECT_EQ(call({"case", "list"}, Lang::zh), 0);
  EXPECT_EQ(out_.str(),
            "编号           级别  状态    发生            下一时限  剩余  系统          异常\n"
            "INC-261120-01  二级  待响应  11-20 09:01:00  响应      -29m  综合办公平台  缺少必填项 port\n");
  answer("GET /api/v1/cases?kind=incident&open=true", R"({"cases":[]})");
  EXPECT_EQ(call({"incidents"}), 0);
  EXPECT_EQ(out_.str(), "no open cases\n");
}

TEST_F(Commands, JsonIsTheCollectorsOwnAndNeverTranslated) {
  answer("GET /api/v1/cases?open=true", kCases);
  EXPECT_EQ(call({"case", "list", "--json", "--lang", "zh"}), 0);
  const auto parsed = parse_json(out_.str());
  ASSERT_TRUE(std::holds_alternative<Json>(parsed));
  EXPECT_EQ(std::get<Json>(parsed)["cases"].at(0)["problem"]["id"].string_or(""), "core.param_missing");
  EXPECT_EQ(call({"explain", "--json", "office-oa/INC-9"}), 1);
  EXPECT_NE(out_.str().find("\"error\""), std::string::npos) << "a refusal is JSON too";
  EXPECT_EQ(err_.str(), "");
}

TEST_F(Commands, ActsFindTheContractAndSendWhatWasSaid) {
  answer("GET /api/v1/status", R"({"contracts":[{"id":"other"},{"id":"office-oa"}]})");
  answer("GET /api/v1/cases/office-oa/INC-261120-01", "{}");
  answer("POST /api/v1/cases/office-oa/INC-261120-01/events",
         R"({"events":[{"kind":"acknowledged","says":{"text":"acknowledged by one"}}]})");
  EXPECT_EQ(call({"case", "ack", "INC-261120-01", "看到了", "--as", "work-one"}), 0);
  EXPECT_EQ(out_.str(), "INC-261120-01  acknowledged by one\n");
  EXPECT_EQ(answers_.asked.back().body, R"({"verb":"acknowledge","text":"看到了","as":"work-one"})");
  EXPECT_EQ(call({"case", "ack", "INC-0"}), 1);
  EXPECT_EQ(err_.str(), "xunjian: there is no case INC-0\n  See: xunjian case list --all\n");
}

TEST_F(Commands, RefusalsCarryTheCollectorsWordsAndTheWayOut) {
  answer("POST /api/v1/cases/c/N/events",
         R"({"error":{"code":"who","message":{"id":"collector.api.who","args":{"user":"root"}}}})", 403);
  EXPECT_EQ(call({"case", "ack", "c/N"}), 1);
  EXPECT_NE(err_.str().find("The account \"root\" is no person"), std::string::npos) << err_.str();
  EXPECT_NE(err_.str().find("--as PERSON"), std::string::npos);
  answer("GET /api/v1/hosts", "<html>", 200);
  EXPECT_EQ(call({"hosts"}), 1);
  EXPECT_EQ(err_.str(), "xunjian: the answer is not JSON; is this a collector?\n");
  answers_.by_target.insert_or_assign("GET /api/v1/hosts",
                                      io::HttpError{io::HttpFailure::connect, Message::literal("refused")});
  EXPECT_EQ(call({"hosts", "--server", "https://x.invalid:1"}), 1);
  EXPECT_EQ(url_, "https://x.invalid:1");
  EXPECT_EQ(err_.str(),
            "xunjian: no answer from https://x.invalid:1: refused\n  Check the address, and --ca and "
            "--token-file.\n");
}

TEST_F(Commands, TextFromOutsideCannotMoveTheCursor) {
  answer("GET /api/v1/hosts",
         "{\"hosts\":[{\"name\":\"evil\\u001b[2J\",\"state\":\"never\",\"systems\":[],\"problems\":0}]}");
  EXPECT_EQ(call({"hosts"}), 0);
  EXPECT_EQ(out_.str().find('\033'), std::string::npos);
}

TEST_F(Commands, ResultsTakeTheLastPartOfACheck) {
  answer("GET /api/v1/checks?host=h",
         R"({"checks":[{"check":"a/b/cpu"},{"check":"a/b/disk"},{"check":"a/c/disk"}]})");
  answer(
      "GET /api/v1/results?host=h&check=a%2Fb%2Fcpu&limit=2",
      R"({"results":[{"slot":"2026-11-20T09:02:00+08:00","state":"ok","metrics":{"used_percent":12.5}}]})");
  EXPECT_EQ(call({"results", "h", "cpu", "--limit", "2"}), 0);
  EXPECT_EQ(out_.str(),
            "SLOT            STATE  VALUES             MESSAGE\n11-20 09:02:00  ok     used_percent=12.5\n");
  EXPECT_EQ(call({"results", "h", "disk"}), 2);
  EXPECT_NE(err_.str().find("has not exactly one check disk"), std::string::npos);
}

TEST_F(Commands, RoundsNeedTheirContractOnlyWhenThereAreSeveral) {
  answer("GET /api/v1/status", R"({"contracts":[{"id":"one"}]})");
  answer("POST /api/v1/rounds",
         R"({"contract":"one","number":"261120-01","counts":{"total":3,"ok":2,"missing":1}})", 201);
  EXPECT_EQ(call({"round", "run", "daily"}), 0);
  EXPECT_EQ(out_.str(),
            "inspection sheet one/261120-01: 3 items\n"
            "STATE    COUNT\n"
            "ok           2\n"
            "missing      1\n"
            "Next: xunjian report render one/261120-01 -o 261120-01.pdf\n");
  answer("GET /api/v1/status", R"({"contracts":[{"id":"one"},{"id":"two"}]})");
  EXPECT_EQ(call({"round", "run", "daily"}), 2);
  EXPECT_EQ(err_.str(), "xunjian: of which contract is daily? One of: one/daily, two/daily\n");
  EXPECT_EQ(call({"round", "run", "one/daily", "-o", "x.doc"}), 2);
}

TEST_F(Commands, TokensCanBePiped) {
  answer("POST /api/v1/tokens", R"({"token":"xj1.a.b.c","agent":"a","expires":"2026-11-21T02:00:00Z"})", 201);
  EXPECT_EQ(call({"token", "create", "--agent", "a"}), 0);
  EXPECT_EQ(out_.str(), "xj1.a.b.c\n");
  EXPECT_NE(err_.str().find("for a, once, for 1d"), std::string::npos) << err_.str();
  EXPECT_EQ(call({"token", "create"}), 2);
}

TEST_F(Commands, ConfigCheckEndsWithTwo) {
  EXPECT_EQ(call({"config", "check", XJ_SOURCE_DIR "/config/examples"}), 0);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(err_.str(), "4 files: 0 errors, 0 warnings\n");
  EXPECT_EQ(call({"config", "check", "/nowhere.yaml"}), 2);
  EXPECT_EQ(call({"config", "check", "/nowhere.yaml", "--json"}), 2);
  EXPECT_NE(out_.str().find("\"config.cannot_read\""), std::string::npos);
}

TEST_F(Commands, ReportsAreSetOfflineFromFacts) {
  namespace fs = std::filesystem;
  const auto dir = fs::temp_directory_path() / ("xj-cli-" + std::to_string(::getpid()));
  fs::create_directories(dir);
  const auto facts = XJ_SOURCE_DIR "/tests/fixtures/facts";
  std::string file;
  for (const auto& entry : fs::directory_iterator(facts))
    if (entry.path().extension() == ".json" &&
        entry.path().filename().string().starts_with("software-inspection"))
      file = std::max(file, entry.path().string());
  ASSERT_FALSE(file.empty());
  const auto pdf = (dir / "x.pdf").string(), html = (dir / "x.html").string();
  EXPECT_EQ(call({"report", "render", "--facts", file, "--form", "software-inspection", "-o", pdf}), 0)
      << err_.str();
  std::ifstream in(pdf);
  std::string head(5, '\0');
  in.read(head.data(), 5);
  EXPECT_EQ(head, "%PDF-");
  EXPECT_EQ(call({"report", "render", "--facts", file, "--form", "software-inspection", "-o", html}), 0);
  EXPECT_GT(fs::file_size(html), 1000U);
  EXPECT_EQ(call({"report", "render", "--facts", file, "--form", "nothing", "-o", pdf}), 2);
  std::ofstream(dir / "bad.json") << "{\"lang\":\"zh\"}";
  EXPECT_EQ(call({"report", "render", "--facts", (dir / "bad.json").string(), "--form", "software-inspection",
                  "-o", pdf}),
            2);
  EXPECT_NE(err_.str(), "");
  EXPECT_EQ(call({"report", "render", "--facts", "/nowhere", "--form", "software-inspection", "-o", pdf}), 2);
  EXPECT_EQ(call({"report", "render"}), 2);
  fs::remove_all(dir);
}

TEST_F(Commands, VersionAndHelp) {
  EXPECT_EQ(call({"version"}), 0);
  EXPECT_EQ(out_.str(), "xunjian " XJ_VERSION "\n");
  EXPECT_EQ(call({"--help"}), 0);
  EXPECT_EQ(call({}), 2);
  EXPECT_EQ(call({"status", "--lang", "fr"}), 2);
}

}  // namespace
}  // namespace xj::cli
