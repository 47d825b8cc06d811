// The shipped form, whole: what a person, a printer and an archive get.
#include "reports/render.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include "reports/form.h"
#include "reports/typeset/pdf.h"
#include "tests/fakes/places.h"

namespace xj::reports {
namespace {

const std::string kRoot = source_dir();
constexpr const char* kFixtures[] = {"normal", "problems", "large", "english", "empty", "signed", "returned"};

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

Json facts(const std::string& name) {
  const auto parsed = parse_json(read(kRoot + "/tests/fixtures/facts/software-inspection-" + name + ".json"));
  EXPECT_TRUE(std::holds_alternative<Json>(parsed)) << name;
  return std::get<Json>(parsed);
}

FormPtr form() {
  static const FormPtr loaded = [] {
    Problems problems;
    auto out = load_form("software-inspection", {}, problems);
    EXPECT_EQ(render(problems, Lang::en), "");
    return out;
  }();
  return loaded;
}

// A folder of its own that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "xunjian-reports-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string write(const std::string& name, const std::string& bytes) const {
    const auto path = path_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct Output {
  int status;
  std::string text;
};
Output run(const std::string& command) {
  std::array<char, 4096> buffer;
  Output out{-1, {}};
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return out;
  while (const auto n = fread(buffer.data(), 1, buffer.size(), pipe)) out.text.append(buffer.data(), n);
  const int status = pclose(pipe);
  out.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return out;
}

std::string without_blanks(const std::string& text) {
  std::string out;
  for (const char c : text)
    if (c != ' ' && c != '\n' && c != '\f' && c != '\r') out += c;
  return out;
}

// Each phrase behind the one before.
void expect_in_order(const std::string& text, std::initializer_list<std::string_view> phrases) {
  std::size_t at = 0;
  for (const auto phrase : phrases) {
    const auto found = text.find(phrase, at);
    ASSERT_NE(found, std::string::npos) << phrase << " is not behind what comes before it";
    at = found + phrase.size();
  }
}

TEST(Render, EveryPdfPassesQpdfWithoutAWarningAndEmbedsItsFonts) {
  Folder folder;
  for (const std::string name : kFixtures) {
    const auto path = folder.write(name + ".pdf", render_pdf(*form(), facts(name)));
    const auto check = run("qpdf --check " + path);
    EXPECT_EQ(check.status, 0) << check.text;
    EXPECT_EQ(check.text.find("WARNING"), std::string::npos) << check.text;
    EXPECT_NE(check.text.find("No syntax or stream encoding errors"), std::string::npos) << check.text;
    const auto fonts = run("pdffonts " + path);
    EXPECT_EQ(fonts.status, 0);
    std::istringstream rows(fonts.text);
    std::string row;
    std::getline(rows, row), std::getline(rows, row);
    int seen = 0;
    while (std::getline(rows, row)) {
      ++seen;
      EXPECT_TRUE(std::regex_search(row, std::regex(" yes +yes +yes +\\d+ +\\d+ *$")))
          << "emb sub uni: " << row;
    }
    EXPECT_GE(seen, 2) << fonts.text;
  }
}

TEST(Render, TheWordsComeBackInReadingOrder) {
  Folder folder;
  const auto path = folder.write("a.pdf", render_pdf(*form(), facts("problems")));
  // -raw: in the order of the page's content, which is what a reader program speaks.
  const auto text = without_blanks(run("pdftotext -raw " + path + " -").text);
  expect_in_order(text, {"软件巡检记录单",
                         "编号：260930-01",
                         "项目名称",
                         "某市政务办公平台运行维护项目",
                         "甲方单位",
                         "某市大数据管理中心",
                         "巡检人",
                         "张伟",
                         "记录人",
                         "李静",
                         "检查方式",
                         "系统自动巡检与人工核查",
                         "日期",
                         "2026年9月30日",
                         "时间",
                         "16:30–16:34",
                         "检查内容",
                         "序号",
                         "检查项目",
                         "检查要点或对象",
                         "结果",
                         "说明",
                         "办公平台（OA）",
                         "△警告",
                         "已用87.3%，达到警告阈值85%，余63.5GiB",
                         "?未知",
                         "插件输出第1行",
                         "第1页/共4页",
                         "插件输出第18行",
                         "□正常",
                         "□异常",
                         "数据库服务",
                         "○缺失",
                         "×严重",
                         "巡检结果",
                         "数据完整性",
                         "应收结果16，实收15，缺失1",
                         "发现问题",
                         "未关闭事件",
                         "INC-260930-02",
                         "巡检人（签字）",
                         "年",
                         "月",
                         "日",
                         "记录人（签字）",
                         "甲方系统管理员意见",
                         "签字：",
                         "说明：",
                         "YYMMDD-NN",
                         "一式两份",
                         "第4页/共4页"});
  const auto layout = without_blanks(run("pdftotext -layout " + path + " -").text);
  EXPECT_NE(layout.find("项目名称某市政务办公平台运行维护项目"), std::string::npos);
}

TEST(Render, TheHeadOfTheTableAndTheRunningHeadStandOnEveryPageThatGoesOn) {
  Folder folder;
  const auto path = folder.write("a.pdf", render_pdf(*form(), facts("large")));
  for (const int page : {2, 3, 4, 5, 6}) {
    const auto n = std::to_string(page);
    const auto text = without_blanks(run("pdftotext -f " + n + " -l " + n + " " + path + " -").text);
    EXPECT_TRUE(text.starts_with("软件巡检记录单编号：260930-01检查内容序号检查项目检查要点或对象结果说明"))
        << text.substr(0, 200);
    EXPECT_NE(text.find("第" + n + "页/共8页"), std::string::npos);
  }
  // All two hundred rows are there, none twice.
  const auto all = run("pdftotext -layout " + path + " -").text;
  for (int row = 1; row <= 200; ++row) {
    const std::regex line("(^|\n) *" + std::to_string(row) + " +[^\n]*host-");
    EXPECT_EQ(std::distance(std::sregex_iterator(all.begin(), all.end(), line), std::sregex_iterator()), 1)
        << row;
  }
}

TEST(Render, TheSameFactsGiveTheSameBytes) {
  for (const std::string name : {"problems", "english"}) {
    const auto once = render_pdf(*form(), facts(name));
    EXPECT_EQ(once, render_pdf(*form(), facts(name)));
    EXPECT_EQ(render_html(*form(), facts(name)), render_html(*form(), facts(name)));
  }
  auto other = facts("normal");
  other.set("number", "260930-02");
  EXPECT_NE(render_pdf(*form(), facts("normal")), render_pdf(*form(), other));
}

TEST(Render, PdfCarriesTitleAuthorLanguageAndTheDateOfTheFacts) {
  Folder folder;
  const auto path = folder.write("a.pdf", render_pdf(*form(), facts("normal")));
  const auto info = run("TZ=UTC pdfinfo " + path).text;
  EXPECT_NE(info.find("软件巡检记录单 260930-01"), std::string::npos) << info;
  EXPECT_TRUE(std::regex_search(info, std::regex("Author: +Xunjian"))) << info;
  EXPECT_TRUE(std::regex_search(info, std::regex("CreationDate: +Wed Sep 30 08:35:12 2026"))) << info;
  EXPECT_TRUE(std::regex_search(info, std::regex("Tagged: +yes"))) << info;
  EXPECT_NE(info.find("A4"), std::string::npos) << info;
  EXPECT_NE(run("qpdf --qdf --object-streams=disable " + path + " - | strings").text.find("/Lang (zh-CN)"),
            std::string::npos);
}

TEST(Render, TheSystemsFontsDoAsWell) {
  Folder folder;
  const auto pdf = to_pdf(fill(*form(), facts("problems")), form()->sheet, {});
  const auto path = folder.write("a.pdf", pdf);
  EXPECT_EQ(run("qpdf --check " + path).status, 0);
  EXPECT_NE(without_blanks(run("pdftotext " + path + " -").text).find("巡检人补充意见"), std::string::npos);
}

TEST(Render, ACharacterTheShippedFontsLackComesFromTheSystem) {
  Folder folder;
  auto f = facts("normal");
  f.set("inspector", "Ω \xE0\xB8\x81 张伟");  // a Thai letter
  const auto path = folder.write("a.pdf", render_pdf(*form(), f));
  EXPECT_EQ(run("qpdf --check " + path).status, 0);
  EXPECT_NE(run("pdftotext " + path + " -").text.find("张伟"), std::string::npos);
}

TEST(Render, WhatPersonsFilledAndSignedStandsInItsPlace) {
  Folder folder;
  const auto path = folder.write("a.pdf", render_pdf(*form(), facts("signed")));
  expect_in_order(without_blanks(run("pdftotext -raw " + path + " -").text),
                  {"状态：已签署", "编号：260930-01", "已排期扩容", "（李静）", "×异常", "打开第二页时报错",
                   "（张伟）", "异常1", "发现问题", "巡检人（签字）：张伟", "2026-09-3017:05",
                   "记录人（签字）：李静", "审核意见（项目经理）", "签字：王敏", "甲方系统管理员意见",
                   "■满意", "□基本满意", "签字：赵丽", "2026-10-0109:12"});
  const auto back = folder.write("b.pdf", render_pdf(*form(), facts("returned")));
  expect_in_order(without_blanks(run("pdftotext -raw " + back + " -").text),
                  {"State:draft", "—Skipped", "(ZhangWei)", "Returnedby:WangMin", "Review(Projectmanager)",
                   "Client'sadministrator:opinion", "□Good", "Supervisor:opinion"});
}

TEST(Render, HtmlIsOneFileAsAgreed) {
  auto html = render_html(*form(), facts("problems"));
  const std::string version = "Xunjian " XJ_VERSION;
  const auto at = html.find(version);
  ASSERT_NE(at, std::string::npos);
  html.replace(at, version.size(), "Xunjian VERSION");
  const auto path = kRoot + "/tests/golden/software-inspection-problems.html";
  if (std::getenv("XUNJIAN_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << html;
  EXPECT_EQ(html, read(path)) << "run with XUNJIAN_UPDATE_GOLDEN=1 and look at the difference";
}

TEST(Render, HtmlNeedsNothingElseAndPrints) {
  for (const std::string name : kFixtures) {
    const auto html = render_html(*form(), facts(name));
    for (const auto* outside : {"src=", "href=", "url(", "@import", "<script"})
      EXPECT_EQ(html.find(outside), std::string::npos) << outside;
    EXPECT_NE(html.find("@page"), std::string::npos);
    EXPECT_NE(html.find("counter(page)"), std::string::npos);
    EXPECT_NE(
        html.find(name == "english" || name == "returned" ? "<html lang=\"en\">" : "<html lang=\"zh-CN\">"),
        std::string::npos);
  }
}

TEST(Render, EnglishHasNoChineseWords) {
  const auto html = render_html(*form(), facts("english"));
  const auto body = html.substr(html.find("<body>"));
  // Everything from U+4E00 to U+9FFF starts with E4 to E9 in UTF-8.
  for (std::size_t i = 0; i < body.size(); ++i) {
    const auto c = static_cast<unsigned char>(body[i]);
    EXPECT_FALSE(c >= 0xE4 && c <= 0xE9) << body.substr(i, 30);
  }
}

TEST(Render, FactsThatDoNotFitAreRefused) {
  auto f = facts("normal");
  f.set("surprise", 1);
  EXPECT_THROW(render_html(*form(), f), Fault);
  EXPECT_THROW(render_pdf(*form(), f), Fault);
}

TEST(Render, HostileTextsStayText) {
  auto f = facts("normal");
  f.set("project", "</td></tr><script>alert(1)</script> {{number}} \xff\xfe \x01");
  f.set("number", "1\";}</style><b>");
  const auto html = render_html(*form(), f);
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_NE(html.find("{{number}}"), std::string::npos);
  EXPECT_EQ(html.find("</style>"), html.rfind("</style>"));
  Folder folder;
  EXPECT_EQ(run("qpdf --check " + folder.write("a.pdf", render_pdf(*form(), f))).status, 0);
}

TEST(LoadForm, AFolderOfTheClientGoesFirstAndItsFaultsAreToldWithTheirPlaces) {
  Folder folder;
  folder.write("acceptance/manifest.json",
               R"({"form":"acceptance","title":"验收单","facts":{"who":"text"}})");
  folder.write("acceptance/style.css", "p { color: #000 }");
  folder.write("acceptance/form.xhtml",
               "<html><head><title>{{form.title}}</title></head><body><p>{{who}}</p></body></html>");
  const std::vector<std::filesystem::path> dirs = {folder.path()};
  Problems problems;
  const auto loaded = load_form("acceptance", dirs, problems);
  ASSERT_TRUE(loaded) << render(problems, Lang::en);
  const auto parsed = parse_json(R"({"lang":"zh","made":"2026-01-02T03:04:05Z","who":"某人"})");
  EXPECT_NE(render_html(*loaded, std::get<Json>(parsed)).find("<p>某人</p>"), std::string::npos);
  EXPECT_TRUE(render_pdf(*loaded, std::get<Json>(parsed)).starts_with("%PDF-"));

  folder.write("acceptance/form.xhtml", "<html><body>\n<p>{{whom}}</p></body></html>");
  folder.write("acceptance/style.css", "p { float: left }");
  problems.clear();
  EXPECT_FALSE(load_form("acceptance", dirs, problems));
  const auto text = render(problems, Lang::en);
  EXPECT_NE(text.find("acceptance/form.xhtml:2:4:"), std::string::npos) << text;
  EXPECT_NE(text.find("acceptance/style.css:1:5:"), std::string::npos) << text;
}

TEST(LoadForm, WithoutAStyleOfItsOwnItTakesThatOfThePapers) {
  Folder folder;
  folder.write("acceptance/manifest.json",
               R"({"form":"acceptance","title":"验收单","facts":{"who":"text"}})");
  folder.write("acceptance/form.xhtml",
               "<html><head><title>{{form.title}}</title></head><body><p>{{who}}</p></body></html>");
  Problems problems;
  const auto own = load_form("acceptance", std::vector<std::filesystem::path>{folder.path()}, problems);
  ASSERT_TRUE(own) << render(problems, Lang::en);
  const auto built_in = load_form("work-order", {}, problems);
  ASSERT_TRUE(built_in) << render(problems, Lang::en);
  EXPECT_NE(own->css.find("@page"), std::string::npos);
  EXPECT_EQ(own->css, built_in->css);
}

TEST(LoadForm, DrawingsStayVectorAndTheirWordsWords) {
  const FormFiles files = {"", R"({"form":"d","title":"图","facts":{"who":"text"}})",
                           "<html><body><p>{{who}}</p><table><tr><td><svg "
                           "xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 200 100\">"
                           "<rect width=\"200\" height=\"100\" fill=\"#ddd\"/><text x=\"10\" y=\"50\">drawn "
                           "words</text></svg></td>"
                           "</tr></table></body></html>",
                           "td { border: 1pt solid #000; padding: 4pt }"};
  Problems problems;
  const auto loaded = make_form("d", files, problems);
  ASSERT_TRUE(loaded) << render(problems, Lang::en);
  const auto parsed = parse_json(R"({"lang":"en","made":"2026-01-02T03:04:05Z","who":"somebody"})");
  Folder folder;
  const auto path = folder.write("a.pdf", render_pdf(*loaded, std::get<Json>(parsed)));
  const auto check = run("qpdf --check " + path);
  EXPECT_EQ(check.status, 0) << check.text;
  EXPECT_NE(run("pdftotext " + path + " -").text.find("drawn words"), std::string::npos);
  const auto images = run("pdfimages -list " + path).text;
  EXPECT_EQ(std::count(images.begin(), images.end(), '\n'), 2) << "a heading and nothing below: " << images;
}

TEST(LoadForm, WithoutAnyFontThereIsAWordForIt) {
  // In a process of its own: fonts are opened once for the life of one.
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  Folder folder;
  const auto config = folder.write("fonts.conf", "<fontconfig></fontconfig>");
  EXPECT_EXIT(
      {
        setenv("FONTCONFIG_FILE", config.c_str(), 1);
        try {
          (void)to_pdf(fill(*form(), facts("normal")), form()->sheet, {});
        } catch (const Fault& fault) {
          std::fputs(fault.what(), stderr);
          std::_Exit(7);
        }
        std::_Exit(0);
      },
      testing::ExitedWithCode(7), "no fonts");
}

TEST(LoadForm, NamesAreNotPaths) {
  Problems problems;
  EXPECT_FALSE(load_form("../software-inspection", {}, problems));
  EXPECT_FALSE(load_form("", {}, problems));
  EXPECT_EQ(problems.size(), 2u);
  EXPECT_NE(render(problems, Lang::en).find("software-inspection"), std::string::npos)
      << "says which there are";
}

TEST(LoadForm, TheRendererNamesWhatDecidesTheBytes) {
  const auto id = renderer_id(*form());
  for (const auto* part : {"xunjian ", "software-inspection", "fonts ", "pango ", "cairo ", "qpdf "})
    EXPECT_NE(id.find(part), std::string::npos) << id;
}

}  // namespace
}  // namespace xj::reports
