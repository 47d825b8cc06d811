#include "tests/fakes/small_contract.h"

namespace xj::domain::fixture {

CheckSpec check(std::string id, std::string kind, std::string point, std::vector<std::string> tags,
                int attempts) {
  CheckSpec c;
  c.id = id, c.title = {"检查" + id, id}, c.kind = std::move(kind), c.hosts = {"web1", "web2"};
  c.point = std::move(point), c.tags = std::move(tags), c.attempts = attempts;
  c.interval = 60s, c.timeout = 10s, c.stale_after = 190s;
  return c;
}

std::shared_ptr<Contract> contract() {
  auto c = std::make_shared<Contract>();
  c->id = "office-oa", c->title = "办公平台运维", c->revision = "rev-1", c->calendar_edition = "cn-2026-1";
  c->zone = {"Asia/Shanghai", {{Timestamp{}, 480min}}};
  c->from = *parse_iso("2026-01-01T00:00:00+08:00"), c->to = *parse_iso("2027-01-01T00:00:00+08:00");

  WorkCalendar always;
  always.id = "7x24", always.always = true, always.zone = c->zone;
  WorkCalendar office;
  office.id = "office", office.zone = c->zone, office.segments = {{9h, 12h}, {13h, 18h}};
  office.holidays.edition = "cn-2026-1";
  office.holidays.covers_from = Date{std::chrono::year{2026} / 1 / 1};
  office.holidays.covers_to = Date{std::chrono::year{2026} / 12 / 31};
  c->calendars = {{"7x24", always}, {"office", office}};

  c->people = {{"zhang", {"zhang", "张工", "", "zhang@example.test", ""}},
               {"li", {"li", "李工", "", "li@example.test", ""}},
               {"wang", {"wang", "王总", "", "wang@example.test", ""}}};
  c->roles = {{"duty", {"duty", {"值班", "duty"}, {"zhang", "li"}}},
              {"lead", {"lead", {"总负责人", "lead"}, {"wang"}}}};

  System oa;
  oa.id = "oa", oa.title = {"综合办公平台", "office platform"}, oa.weight = 3, oa.hosts = {"web1", "web2"};
  oa.points = {
      {"portal", {"门户", ""}, false}, {"documents", {"公文", ""}, false}, {"print", {"打印", ""}, true}};
  oa.checks = {check("http", "http", "portal", {}, 3), check("docs", "http", "documents", {}, 3),
               check("disk", "disk", "", {"capacity"}, 2), check("login", "command", "", {"security"}, 1)};
  System hr;
  hr.id = "hr", hr.title = {"人事系统", ""}, hr.hosts = {"web2"};
  hr.checks = {check("http", "http", "", {}, 1)};
  c->systems = {oa, hr};

  CaseKind incident;
  incident.id = "incident", incident.from_checks = true, incident.title = {"事件", "incident"},
  incident.number = "INC-{yymmdd}-{nn}";
  GradeRule stopped;
  stopped.state = State::critical, stopped.points_share = 100, stopped.text = "系统停止运行";
  GradeRule attack;
  attack.state = State::critical, attack.tags = {"security"}, attack.text = "严重安全事件";
  GradeRule degraded;
  degraded.state = State::critical, degraded.text = "性能严重下降";
  GradeRule lasting;
  lasting.state = State::warning, lasting.lasting = 2h;
  incident.grades = {{"I", {"一级", ""}, {stopped, attack}, {}},
                     {"II", {"二级", ""}, {degraded, lasting}, {}},
                     {"III", {"三级", ""}, {}, {}}};
  incident.watch = {{"I", 336h}, {"II", 168h}, {"III", 72h}};
  ClockSpec respond;
  respond.name = "respond", respond.title = {"响应", "respond"}, respond.calendar = "7x24",
  respond.start = "detected", respond.stop = "acknowledged",
  respond.limit = {{"I", 30min}, {"II", 30min}, {"III", 30min}};
  ClockSpec report;
  report.name = "report", report.title = {"上报", "report"}, report.calendar = "7x24",
  report.start = "detected";
  report.stop = "reported", report.to = "lead", report.limit = {{"I", 10min}, {"II", 30min}, {"III", 60min}};
  report.warn = {{50.0, std::nullopt}, {std::nullopt, 5min}}, report.at_breach = {"lead"};
  ClockSpec resolve;
  resolve.name = "resolve", resolve.title = {"处置", "resolve"}, resolve.calendar = "7x24",
  resolve.start = "detected";
  resolve.stop = "recovered", resolve.limit = {{"I", 2h}, {"II", 4h}, {"III", 6h}},
  resolve.pause = {"client", "spare_part"};
  ClockSpec written;
  written.name = "written", written.title = {"书面报告", "written report"}, written.calendar = "office";
  written.start = "recovered", written.stop = "closed", written.limit = {{"I", 8h}, {"II", 8h}};
  incident.clocks = {respond, report, resolve, written};
  c->kinds = {incident};

  c->routes = {{"duty", {"detected", "reopened", "recovered"}, {}, {"duty"}, {"mail"}},
               {"grave", {"detected", "graded"}, {"I"}, {"lead", "duty"}, {"mail", "hook"}},
               {"time", {"clock_warning", "clock_breached"}, {}, {"duty"}, {"mail"}}};
  return c;
}

}  // namespace xj::domain::fixture
