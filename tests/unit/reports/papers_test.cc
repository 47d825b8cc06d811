// The papers of a case as they are printed: one page, whatever fonts there are.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "reports/form.h"
#include "reports/render.h"
#include "reports/typeset/pdf.h"
#include "tests/fakes/places.h"

namespace xj::reports {
namespace {

struct Printed {
  const char* form;
  const char* facts;
};
constexpr Printed kAll[] = {{"closing-notice", "closing-notice-full"},
                            {"closing-notice", "closing-notice-blank"},
                            {"closing-notice", "closing-notice-english"},
                            {"escalation-approval", "escalation-approval-drafted"},
                            {"escalation-approval", "escalation-approval-approved"},
                            {"escalation-approval", "escalation-approval-english"},
                            {"work-order", "work-order-blank"},
                            {"work-order", "work-order-signed"},
                            {"work-order", "work-order-english"},
                            {"vulnerability-feedback", "vulnerability-feedback-repaired"},
                            {"vulnerability-feedback", "vulnerability-feedback-open"},
                            {"vulnerability-feedback", "vulnerability-feedback-absent"},
                            {"vulnerability-feedback", "vulnerability-feedback-english"},
                            {"bug-report", "bug-report-fixed"},
                            {"bug-report", "bug-report-english"},
                            {"fault-analysis", "fault-analysis-over"},
                            {"data-request", "data-request-delivered"},
                            {"data-request", "data-request-english"},
                            {"emergency-plan", "emergency-plan-drafted"},
                            {"emergency-plan", "emergency-plan-written"},
                            {"emergency-plan", "emergency-plan-english"}};

Json facts(const std::string& name) {
  std::ifstream in(source_dir() + "/tests/fixtures/facts/" + name + ".json", std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  const auto parsed = parse_json(out.str());
  EXPECT_TRUE(std::holds_alternative<Json>(parsed)) << name;
  return std::get<Json>(parsed);
}

FormPtr form(const std::string& name) {
  Problems problems;
  auto out = load_form(name, {}, problems);
  EXPECT_EQ(render(problems, Lang::en), "");
  return out;
}

// A file of its own that goes with the test.
class PdfFile {
 public:
  explicit PdfFile(const std::string& bytes) {
    std::string name = (std::filesystem::temp_directory_path() / "xunjian-papers-XXXXXX").string();
    const int fd = mkstemp(name.data());
    if (fd < 0) throw std::runtime_error("mkstemp");
    ::close(fd);
    path_ = name;
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~PdfFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string run(const std::string& command) {
  std::array<char, 4096> buffer;
  std::string out;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return out;
  while (const auto n = fread(buffer.data(), 1, buffer.size(), pipe)) out.append(buffer.data(), n);
  pclose(pipe);
  return out;
}

std::string words(const std::string& pdf) {
  std::string out;
  for (const char c : run("pdftotext -raw " + pdf + " -"))
    if (c != ' ' && c != '\n' && c != '\f' && c != '\r') out += c;
  return out;
}

TEST(Papers, FactsFitAndTheSameFactsGiveTheSameBytes) {
  for (const auto& one : kAll) {
    SCOPED_TRACE(one.facts);
    const auto f = form(one.form);
    EXPECT_EQ(render(facts_problems(manifest_of(*f), facts(one.facts)), Lang::en), "");
    EXPECT_EQ(render_pdf(*f, facts(one.facts)), render_pdf(*f, facts(one.facts)));
    EXPECT_EQ(render_html(*f, facts(one.facts)), render_html(*f, facts(one.facts)));
  }
}

TEST(Papers, EachIsOnePageOfA4WithTheShippedFontsAndWithTheSystems) {
  for (const auto& one : kAll) {
    SCOPED_TRACE(one.facts);
    const auto f = form(one.form);
    for (const auto& bytes :
         {render_pdf(*f, facts(one.facts)), to_pdf(fill(*f, facts(one.facts)), f->sheet, {})}) {
      const PdfFile file(bytes);
      const auto check = run("qpdf --check " + file.path());
      EXPECT_NE(check.find("No syntax or stream encoding errors"), std::string::npos) << check;
      EXPECT_EQ(check.find("WARNING"), std::string::npos) << check;
      const auto info = run("pdfinfo " + file.path());
      EXPECT_NE(info.find("A4"), std::string::npos) << info;
      EXPECT_NE(info.find("Pages:           1\n"), std::string::npos) << info;
    }
  }
}

TEST(Papers, TheEightItemsStandInOrderAndWhatIsBlankSaysNothing) {
  const auto f = form("closing-notice");
  const PdfFile full(render_pdf(*f, facts("closing-notice-full")));
  const auto text = words(full.path());
  std::size_t at = 0;
  for (const std::string phrase :
       {"应急事件结案通报", "编号：INC-260302-01-N01", "项目名称", "时限执行情况", "×超时，超出30分钟",
        "1.原因、等级与影响范围", "2.启用的预案", "3.处置经过与方法", "4.等级调整与升级", "5.持续服务监测",
        "6.服务评价与遗留风险", "7.关闭申请意见", "8.通报范围与接收人", "编制（签字）", "核验（签字）",
        "批准关闭（签字）", "客户方负责人签字", "第1页/共1页"}) {
    const auto found = text.find(phrase, at);
    ASSERT_NE(found, std::string::npos) << phrase << " is not behind what comes before it: " << text;
    at = found + phrase.size();
  }
  const PdfFile blank(render_pdf(*f, facts("closing-notice-blank")));
  const auto empty = words(blank.path());
  EXPECT_NE(empty.find("2.启用的预案3.处置经过与方法"), std::string::npos) << empty;
  EXPECT_NE(empty.find("服务评价：遗留风险：7.关闭申请意见"), std::string::npos) << empty;
}

TEST(Papers, AnEscalationHasBoxesToTickUntilItIsDecided) {
  const auto f = form("escalation-approval");
  const PdfFile drafted(render_pdf(*f, facts("escalation-approval-drafted")));
  const auto before = words(drafted.path());
  for (const auto* phrase : {"应急事件升级审批表", "已超过时限", "□同意升级□不同意升级", "授权人（签字）"})
    EXPECT_NE(before.find(phrase), std::string::npos) << phrase << " in " << before;
  EXPECT_EQ(before.find("审批结果"), std::string::npos);
  const PdfFile approved(render_pdf(*f, facts("escalation-approval-approved")));
  const auto after = words(approved.path());
  EXPECT_NE(after.find("审批结果：同意升级，2026-03-0211:25乙一示例：同意升级，调配厂商工程师"),
            std::string::npos)
      << after;
  EXPECT_EQ(after.find("□同意升级"), std::string::npos);
}

TEST(Papers, AWorkOrderHasItsFieldsAndFourSignatures) {
  const auto f = form("work-order");
  const PdfFile blank(render_pdf(*f, facts("work-order-blank")));
  const auto empty = words(blank.path());
  std::size_t at = 0;
  for (const std::string phrase :
       {"项目工单", "项目名称", "项目编号", "服务单位", "服务地点", "联系人", "电话", "需求提出人部门",
        "申请时间", "工作事由", "影响性分析", "评审意见", "工作结果", "备注", "需求提出人签字年月日",
        "操作人员签字年月日", "项目经理签字年月日", "建设方签字年月日"}) {
    const auto found = empty.find(phrase, at);
    ASSERT_NE(found, std::string::npos) << phrase << " is not behind what comes before it: " << empty;
    at = found + phrase.size();
  }
  const PdfFile done(render_pdf(*f, facts("work-order-signed")));
  const auto text = words(done.path());
  EXPECT_EQ(text.find("年月日"), std::string::npos) << text;
  EXPECT_NE(text.find("建设方签字验收合格戊一示例2026-03-0214:00"), std::string::npos) << text;
}

TEST(Papers, AVulnerabilityIsRepairedOrKeptInCheckOrNotThere) {
  const auto f = form("vulnerability-feedback");
  const auto text = [&](const char* name) {
    const PdfFile file(render_pdf(*f, facts(name)));
    return words(file.path());
  };
  const auto repaired = text("vulnerability-feedback-repaired");
  EXPECT_NE(repaired.find("已全部整改"), std::string::npos) << repaired;
  const auto open = text("vulnerability-feedback-open");
  EXPECT_EQ(open.find("已全部整改"), std::string::npos) << open;
  EXPECT_NE(open.find("前置代理隐藏版本信息"), std::string::npos) << open;
  EXPECT_NE(open.find("是否低危"), std::string::npos) << open;
  const auto absent = text("vulnerability-feedback-absent");
  EXPECT_NE(absent.find("否—中危"), std::string::npos) << absent;
}

TEST(Papers, EnglishHasNoChineseWords) {
  for (const auto& one : kAll) {
    if (std::string(one.facts).find("english") == std::string::npos) continue;
    const auto html = render_html(*form(one.form), facts(one.facts));
    const auto body = html.substr(html.find("<body>"));
    // Everything from U+4E00 to U+9FFF starts with E4 to E9 in UTF-8.
    for (std::size_t i = 0; i < body.size(); ++i) {
      const auto c = static_cast<unsigned char>(body[i]);
      EXPECT_FALSE(c >= 0xE4 && c <= 0xE9) << body.substr(i, 30);
    }
  }
}

}  // namespace
}  // namespace xj::reports
