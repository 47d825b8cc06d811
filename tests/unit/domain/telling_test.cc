// Routing, explanations and the texts they are made of.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "collector/domain/explain.h"
#include "collector/domain/incident.h"
#include "collector/domain/routing.h"
#include "collector/domain/tick.h"
#include "tests/fakes/event_samples.h"
#include "tests/fakes/places.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using fixture::kT0;

struct Life {
  std::shared_ptr<Contract> contract = fixture::contract();
  CaseState state;
  std::vector<Event> events;
  void add(const std::vector<Event>& more) {
    for (const auto& e : more) apply(state, e), events.push_back(e);
  }
  void open(std::string check, State s) {
    Transition t;
    t.after = {true, s, false, false};
    t.at = t.known = kT0;
    t.message = {"domain.saw", {{"state", "@core.state." + std::string(to_text(s))}}};
    t.reason = {"domain.why.hard", {{"state", "@core.state." + std::string(to_text(s))}, {"count", "3"}}};
    t.evidence = {
        kT0 - 2min, 3, {{"used_percent", Number(96.5)}, {"free_bytes", Number(std::int64_t{1024})}}};
    add(std::get<std::vector<Event>>(
        step(CaseBook{}, contract, {"oa", std::move(check), "web1", "/data"}, t, kT0)));
  }
};

std::string all(const std::vector<Message>& lines, Lang lang) {
  std::string out;
  for (const auto& m : lines) out += render(m, lang) + '\n';
  return out;
}

TEST(Routing, EachPersonIsToldOnceOverEachChannel) {
  Life l;
  l.open("login", State::critical);
  ASSERT_EQ(l.state.grade, "I");
  const auto told = route(l.events[0], l.state, *l.contract, kT0);
  std::vector<std::string> keys;
  for (const auto& n : told) keys.push_back(n.key);
  EXPECT_EQ(keys,
            (std::vector<std::string>{
                "office-oa/INC-261120-01/1/duty/zhang/mail", "office-oa/INC-261120-01/1/duty/li/mail",
                "office-oa/INC-261120-01/1/grave/wang/mail", "office-oa/INC-261120-01/1/grave/wang/hook",
                "office-oa/INC-261120-01/1/grave/zhang/hook", "office-oa/INC-261120-01/1/grave/li/hook"}));
  EXPECT_EQ(told[2].role, "lead");
  EXPECT_EQ(told[2].reason.id, "domain.why.notified");
}

TEST(Routing, WhoeverHearsOfADetectionHearsItsGradeWithIt) {
  Life l;
  l.open("login", State::critical);
  ASSERT_EQ(l.events.size(), 2U) << "detected, graded";
  // The first route of the fixture tells of detections, the second of gradings to I.
  l.contract->routes[1].on = {"graded"};
  const auto told = route(l.events, l.state, *l.contract, kT0);
  std::vector<std::string> keys;
  for (const auto& n : told) keys.push_back(n.key);
  EXPECT_EQ(keys,
            (std::vector<std::string>{
                "office-oa/INC-261120-01/1/duty/zhang/mail", "office-oa/INC-261120-01/1/duty/li/mail",
                "office-oa/INC-261120-01/2/grave/wang/mail", "office-oa/INC-261120-01/2/grave/wang/hook",
                "office-oa/INC-261120-01/2/grave/zhang/hook", "office-oa/INC-261120-01/2/grave/li/hook"}))
      << "zhang and li have had their mail";
  EXPECT_EQ(render(told[0].subject, Lang::zh), "【一级】INC-261120-01 综合办公平台：发现异常");
  EXPECT_EQ(told[0].body[1].id, describe(l.events[1], *l.contract).id) << "and why that grade";
  // A later change of the grade is told on its own.
  auto later = l.events[1];
  std::get<Graded>(later.payload).from = "II";
  EXPECT_EQ(route({later}, l.state, *l.contract, kT0).size(), 6U);
}

TEST(Routing, WhoHeardOfTheTroubleHearsOfItsEnd) {
  Life l;
  l.open("login", State::critical);
  std::set<Hearer> heard;
  for (const auto& n : route(l.events, l.state, *l.contract, kT0)) heard.emplace(n.person, n.channel);
  ASSERT_TRUE(heard.contains({"wang", "mail"}) && heard.contains({"wang", "hook"}));
  heard.emplace("gone", "mail");  // has left the contract since
  const auto keys = [&](Payload what) {
    auto event = l.events[0];
    event.n = 7;
    event.payload = std::move(what);
    const auto told = route(event, l.state, *l.contract, kT0);
    std::vector<std::string> out;
    for (const auto& n : tell_the_end(event, l.state, *l.contract, kT0, heard, told)) {
      out.push_back(n.key);
      EXPECT_EQ(render(n.reason, Lang::en), "who was told of INC-261120-01 hears how it ended");
      EXPECT_FALSE(n.body.empty());
    }
    return out;
  };
  const std::string at = "office-oa/INC-261120-01/7/heard/";
  EXPECT_EQ(keys(Recovered{}),
            (std::vector{at + "li/hook", at + "wang/hook", at + "wang/mail", at + "zhang/hook"}))
      << "zhang and li hear it by mail, as the route says";
  EXPECT_EQ(keys(FalseAlarm{}).size(), 6U) << "no route speaks of it";
  EXPECT_TRUE(keys(Acknowledged{}).empty());
}

TEST(Routing, AGradeOutsideTheRouteTellsNobody) {
  Life l;
  l.open("disk", State::warning);
  EXPECT_EQ(route(l.events[1], l.state, *l.contract, kT0).size(), 0U) << "graded III, the route wants I";
  l.contract->routes[1].grades.clear();
  EXPECT_EQ(route(l.events[1], l.state, *l.contract, kT0).size(), 6U);
  l.contract->roles.erase("lead");
  EXPECT_EQ(route(l.events[1], l.state, *l.contract, kT0).size(), 4U);
}

TEST(Routing, ClocksTellTheirOwnRoles) {
  Life l;
  l.open("http", State::critical);
  l.contract->kinds[0].clocks[1].at_breach = {"boss"};
  l.contract->roles["boss"] = {"boss", {"领导", ""}, {"boss1"}};
  const auto people = [&](Duration now, EventKind kind) {
    std::set<std::string> out;
    for (const auto& e : tick(l.state, *l.contract, kT0 + now))
      if (e.kind() == kind)
        for (const auto& n : route(e, l.state, *l.contract, kT0 + now)) out.insert(n.person);
    return out;
  };
  EXPECT_EQ(people(15min, EventKind::clock_warning), (std::set<std::string>{"zhang", "li", "wang"}));
  EXPECT_EQ(people(31min, EventKind::clock_breached),
            (std::set<std::string>{"zhang", "li", "wang", "boss1"}));
}

TEST(Routing, ACaseWithoutAGradeSaysSo) {
  Life l;
  l.open("disk", State::critical);
  l.state.grade.clear();
  const auto told = route(l.events[0], l.state, *l.contract, kT0);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(render(told[0].subject, Lang::zh), "【未定级】INC-261120-01 综合办公平台：发现异常");
}

TEST(Routing, AMailSaysWhatIsWrongAndWhatIsDue) {
  Life l;
  l.open("disk", State::critical);
  const auto told = route(l.events[0], l.state, *l.contract, kT0);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(render(told[0].subject, Lang::zh), "【二级】INC-261120-01 综合办公平台：发现异常");
  EXPECT_EQ(render(told[0].subject, Lang::en), "[II] INC-261120-01 office platform: detected");
  EXPECT_EQ(all(told[0].body, Lang::zh),
            "2026-11-20 09:00:00 web1：检查disk（web1 /data）为严重，事件建立\n"
            "检查disk（web1 /data）：严重\n"
            "检查结果为严重\n"
            "响应：截止 2026-11-20 09:30:00\n"
            "上报：截止 2026-11-20 09:30:00\n"
            "处置：截止 2026-11-20 13:00:00\n");
}

TEST(Explain, TellsTheWholeStoryInBothLanguages) {
  Life l;
  l.open("disk", State::critical);
  Act ack;
  ack.verb = Verb::acknowledge, ack.person = "zhang", ack.via = "cli", ack.text = "清理日志",
  ack.at = kT0 + 5min;
  l.add(std::get<std::vector<Event>>(act(l.state, *l.contract, ack, kT0 + 20min)));
  const auto told = explain(l.events, *l.contract, kT0 + 20min);
  EXPECT_EQ(all(told, Lang::zh),
            "2026-11-20 09:00:00 web1：检查disk（web1 /data）为严重，事件建立\n"
            "检查结果为严重\n"
            "连续 3 次为严重，不是瞬时抖动\n"
            "测量值：used_percent=96.5, free_bytes=1024\n"
            "通过 mail 通知 张工（值班），依据通知规则 duty\n"
            "通过 mail 通知 李工（值班），依据通知规则 duty\n"
            "2026-11-20 09:00:00 系统定级为二级\n"
            "定为二级，依据合同：性能严重下降\n"
            "2026-11-20 09:05:00 张工已响应：清理日志（补录）\n"
            "时限“响应”自 2026-11-20 09:00:00（发现异常）起算，二级为 30 分钟，日历 7x24\n"
            "时限“响应”截止时间 2026-11-20 09:30:00，完成标志为：响应\n"
            "时限“响应”已于 2026-11-20 09:05:00 按时完成，提前 25 分钟\n"
            "时限“上报”自 2026-11-20 09:00:00（发现异常）起算，二级为 30 分钟，日历 7x24\n"
            "时限“上报”截止时间 2026-11-20 09:30:00，完成标志为：上报\n"
            "时限“上报”计时中，剩余 10 分钟\n"
            "时限“处置”自 2026-11-20 09:00:00（发现异常）起算，二级为 4 小时，日历 7x24\n"
            "时限“处置”截止时间 2026-11-20 13:00:00，完成标志为：恢复\n"
            "时限“处置”计时中，剩余 3 小时 40 分\n"
            "时限“书面报告”尚未开始，起算点为：恢复\n"
            "当前：张工 正在处理，仍有 1 个问题未消除\n");
  const auto english = all(told, Lang::en);
  EXPECT_NE(english.find("2026-11-20 09:05:00 张工 took the incident on: 清理日志 (entered later)\n"),
            std::string::npos)
      << english;
  EXPECT_NE(english.find("clock \"respond\" was met at 2026-11-20 09:05:00, 25 min to spare\n"),
            std::string::npos)
      << english;
}

TEST(Explain, EveryKindHasItsSentenceAndHeading) {
  const auto contract = fixture::contract();
  samples::walk([&](const Payload& p) {
    const auto kind = "domain.event." + std::string(to_text(kind_of(p)));
    EXPECT_TRUE(has_text(kind)) << kind;
    const auto m = describe(samples::event(p), *contract);
    ASSERT_TRUE(has_text(m.id)) << m.id;
    for (const auto lang : {Lang::zh, Lang::en}) {
      const auto line = render(m, lang);
      EXPECT_EQ(line.find('{'), std::string::npos) << line;
      EXPECT_EQ(line.find("@["), std::string::npos) << line;
      EXPECT_TRUE(line.starts_with("2026-11-20 09:00:00")) << line;
    }
  });
}

// Two kinds of a contract may each have a grade I and a clock resolve, and call them differently.
TEST(Explain, GradesAndClocksAreCalledAsTheCasesKindCallsThem) {
  auto contract = fixture::contract();
  const auto own = contract->kinds.front();
  auto other = own;
  other.id = "bug";
  other.grades.front().title = {"影响使用", "Affects use"};
  other.clocks.front().title = {"修复", "Fix"};
  contract->kinds.insert(contract->kinds.begin(), other);
  const auto breach = samples::event(ClockBreached{own.clocks.front().name, 1, kT0});
  const auto graded = samples::event(Graded{"", own.grades.front().id, GradeHow::machine, ""});
  const auto says = [&](const Event& event, const std::string& kind) {
    return render(describe(event, *contract, kind), Lang::zh);
  };
  EXPECT_NE(says(breach, "bug").find("修复"), std::string::npos);
  EXPECT_NE(says(breach, own.id).find(own.clocks.front().title.zh), std::string::npos)
      << says(breach, own.id);
  EXPECT_NE(says(graded, "bug").find("影响使用"), std::string::npos);
  EXPECT_NE(says(graded, own.id).find(own.grades.front().title.zh), std::string::npos)
      << says(graded, own.id);
  EXPECT_EQ(says(breach, {}), says(breach, "bug")) << "with no kind given the first one names it";
}

TEST(Explain, StatusesHaveWords) {
  for (int i = 0; i < kStatuses; ++i)
    EXPECT_TRUE(has_text("domain.status." + std::string(to_text(static_cast<Status>(i)))));
}

// Every id written in the domain stands in core/texts/domain.cc, and none there is left unused.
TEST(Texts, IdsInTheCodeAndInTheTableAreTheSame) {
  std::set<std::string> used, known;
  const std::regex id("\"@?(domain\\.[a-z_.]+[a-z_])\"");
  for (const auto& file : std::filesystem::directory_iterator(source_dir() + "/collector/domain")) {
    std::ifstream in(file.path());
    std::stringstream text;
    text << in.rdbuf();
    const auto code = text.str();
    for (auto it = std::sregex_iterator(code.begin(), code.end(), id); it != std::sregex_iterator(); ++it)
      used.insert((*it)[1]);
  }
  for (const auto area : all_texts())
    for (const auto& entry : area)
      if (entry.id.starts_with("domain.")) known.insert(std::string(entry.id));
  for (const auto& one : used) EXPECT_TRUE(known.contains(one)) << one << " has no text";
  for (const auto& one : known) {
    const bool composed = one.starts_with("domain.did.") || one.starts_with("domain.event.") ||
                          one.starts_with("domain.status.") || one.starts_with("domain.how.");
    EXPECT_TRUE(composed || used.contains(one)) << one << " is used nowhere";
  }
}

}  // namespace
}  // namespace xj::domain
