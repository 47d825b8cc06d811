#include "collector/api/json_views.h"

#include <algorithm>
#include <map>
#include <set>

#include "collector/api/case_views.h"
#include "collector/contract/assignment.h"
#include "collector/domain/clock.h"

namespace xj::collector {
namespace {

// Open problems by host, from the cases they are in.
std::map<std::string, int> problems_by_host(Pipeline& pipeline) {
  std::map<std::string, int> out;
  for (const auto& [ref, open] : pipeline.book().cases())
    for (const auto& problem : open.state.problems)
      if (!problem.cleared) ++out[problem.item.host];
  return out;
}

Json item_json(const ItemView& item) {
  Json json;
  json.set("key", item.key).set("state", to_text(item.state)).set("problem", item.standing.problem);
  if (item.standing.problem) {
    json.set("counts_as", to_text(item.standing.state)).set("since", to_iso(item.since));
    if (item.standing.flapping) json.set("flapping", true);
    if (item.standing.silent) json.set("silent", true);
    if (item.held) json.set("held", true).set("why_held", message_json(item.why));
  }
  return json;
}

// What a key period asks of the check instead, and until when; `runs` is whether its agent does so already.
Json tightened_json(const domain::Tightened& tightened, const domain::CheckSpec& own,
                    const domain::Zone& zone, bool runs) {
  Json json, params{Json::Object{}}, by{Json::Array{}};
  json.set("interval", xj::to_text(tightened.spec.interval));
  for (const auto& [name, value] : tightened.spec.params) {
    const auto before = own.params.find(name);
    if (before != own.params.end() && before->second == value) continue;
    std::string text;
    for (const auto& one : value.texts) text += (text.empty() ? "" : ", ") + one;
    params.set(name, text);
  }
  json.set("params", std::move(params));
  for (const auto& period : tightened.by) {
    Json one;
    one.set("period", period.period).set("title", title_json(period.title));
    one.set("until", local_iso(period.until, zone));
    by.push(std::move(one));
  }
  json.set("by", std::move(by)).set("runs", runs);
  return json;
}

Json check_json(const CheckView& view) {
  Json json;
  json.set("host", view.agent).set("check", view.check);
  if (view.spec != nullptr) {
    json.set("title", title_json(view.spec->title)).set("kind", view.spec->kind);
    json.set("contract", view.contract->id).set("system", view.system->id);
  }
  const auto& zone = view.contract != nullptr ? view.contract->zone : domain::Zone{};
  json.set("state", to_text(view.latest.state));
  json.set("slot", local_iso(view.latest.slot, zone)).set("received", local_iso(view.received, zone));
  json.set("took_ms", static_cast<std::int64_t>(view.latest.took.count()));
  if (!view.latest.msg.empty()) json.set("message", message_json(view.latest.msg));
  json.set("metrics", metrics_json(view.latest.metrics));
  Json items{Json::Array{}};
  bool problem = false;
  const Message* held = nullptr;
  for (const auto& item : view.items) {
    problem = problem || item.standing.problem;
    if (held == nullptr && item.standing.problem && item.held) held = &item.why;
    if (!item.key.empty()) items.push(item_json(item));
  }
  json.set("problem", problem);
  // Why no case was opened.
  if (held != nullptr) json.set("held", message_json(*held));
  if (view.tightened && view.spec != nullptr)
    json.set("tightened", tightened_json(*view.tightened, *view.spec, zone, view.runs_tightened));
  // What the newest result says of each item, beside how the collector stands to it.
  Json seen{Json::Array{}};
  for (const auto& item : view.latest.items) {
    Json one;
    one.set("key", item.key).set("state", to_text(item.state));
    if (!item.msg.empty()) one.set("message", message_json(item.msg));
    one.set("metrics", metrics_json(item.metrics));
    seen.push(std::move(one));
  }
  json.set("items", std::move(seen)).set("standing", std::move(items));
  return json;
}

}  // namespace

Json message_json(const Message& message) {
  Json json{Json::Object{}};
  if (message.empty()) return json;
  if (message.id.empty()) {
    json.set("text", message.args.empty() ? std::string{} : message.args.front().second);
    return json;
  }
  Json args{Json::Object{}};
  for (const auto& [name, value] : message.args) args.set(name, value);
  json.set("id", message.id).set("args", std::move(args));
  return json;
}

Json messages_json(const std::vector<Message>& messages) {
  Json list{Json::Array{}};
  for (const auto& message : messages) list.push(message_json(message));
  return list;
}

Json title_json(const domain::Title& title) {
  Json json;
  json.set("zh", title.zh).set("en", title.en.empty() ? title.zh : title.en);
  return json;
}

Json metrics_json(const std::vector<Metric>& metrics) {
  Json json{Json::Object{}};
  for (const auto& metric : metrics) json.set(metric.name, Json::of(metric.value));
  return json;
}

std::string local_iso(Timestamp t, const domain::Zone& zone) { return to_iso(t, zone.offset_at(t)); }

Json status_view(Pipeline& pipeline, const EngineHealth& health, Timestamp now) {
  Json json;
  json.set("version", XJ_VERSION).set("now", to_iso(now));
  Json engine;
  engine.set("ready", health.ready).set("fault", health.fault);
  engine.set("waiting_batches", static_cast<std::int64_t>(health.waiting_batches));
  json.set("engine", std::move(engine));

  Json contracts{Json::Array{}};
  for (const auto& contract : pipeline.contracts()) {
    Json one;
    one.set("id", contract->id).set("title", contract->title).set("revision", contract->revision);
    one.set("calendar", contract->calendar_edition);
    one.set("from", local_iso(contract->from, contract->zone))
        .set("to", local_iso(contract->to, contract->zone));
    contracts.push(std::move(one));
  }
  json.set("contracts", std::move(contracts));

  const auto agents = pipeline.agents();
  std::set<std::string> heard;
  std::int64_t silent = 0;
  for (const auto& agent : agents) {
    heard.insert(agent.name);
    silent += agent.silent ? 1 : 0;
  }
  std::int64_t never = 0;
  for (const auto& host : hosts(pipeline.contracts())) never += heard.contains(host) ? 0 : 1;
  Json hosts_json;
  hosts_json.set("heard", static_cast<std::int64_t>(agents.size())).set("silent", silent).set("never", never);
  json.set("hosts", std::move(hosts_json));

  std::int64_t problems = 0;
  std::map<std::pair<std::string, std::string>, std::int64_t> grades;  // contract/kind, grade
  std::vector<Json> due;
  for (const auto& [ref, open] : pipeline.book().cases()) {
    problems += static_cast<std::int64_t>(open.state.standing_problems());
    ++grades[{open.state.contract + '/' + open.state.case_kind, open.state.grade}];
  }
  Json cases;
  cases.set("open", static_cast<std::int64_t>(pipeline.book().size())).set("problems", problems);
  Json by_grade{Json::Array{}};
  for (const auto& [key, count] : grades) {
    const auto slash = key.first.find('/');
    const auto contract = pipeline.contract(key.first.substr(0, slash));
    const auto* kind = contract == nullptr ? nullptr : contract->kind(key.first.substr(slash + 1));
    const auto* grade = kind == nullptr ? nullptr : kind->grade(key.second);
    Json one;
    one.set("contract", key.first.substr(0, slash)).set("kind", key.first.substr(slash + 1));
    one.set("grade", key.second).set("count", count);
    if (kind != nullptr) one.set("kind_title", title_json(kind->title));
    if (grade != nullptr) one.set("grade_title", title_json(grade->title));
    by_grade.push(std::move(one));
  }
  cases.set("by_grade", std::move(by_grade));
  json.set("cases", std::move(cases));
  json.set("next_due", next_due_view(pipeline, now, 5));
  json.set("warnings", warnings_view(pipeline, now));
  json.set("outbox_waiting", pipeline.outbox().waiting());
  return json;
}

Json hosts_view(Pipeline& pipeline) {
  std::map<std::string, std::vector<std::string>> systems;
  for (const auto& contract : pipeline.contracts())
    for (const auto& system : contract->systems)
      for (const auto& host : system.hosts) systems[host].push_back(contract->id + '/' + system.id);
  const auto problems = problems_by_host(pipeline);
  std::map<std::string, Json> rows;
  const auto row = [&](const std::string& name) -> Json& {
    auto [it, fresh] = rows.try_emplace(name);
    if (fresh) {
      Json list{Json::Array{}};
      for (const auto& system : systems[name]) list.push(system);
      const auto found = problems.find(name);
      it->second.set("name", name).set("state", "never").set("systems", std::move(list));
      it->second.set("problems", found == problems.end() ? 0 : found->second);
    }
    return it->second;
  };
  for (const auto& agent : pipeline.agents()) {
    auto& json = row(agent.name);
    json.set("state", agent.silent ? "silent" : "heard").set("heard", to_iso(agent.heard));
    json.set("offset_ms", static_cast<std::int64_t>(agent.offset.count()));
    json.set("refused_future", agent.future).set("refused_conflict", agent.conflicts);
    json.set("checks", static_cast<std::int64_t>(agent.checks));
    json.set("config", agent.config)
        .set("config_current", agent.config == pipeline.assignment(agent.name).revision);
  }
  for (const auto& [host, unused] : systems) row(host);
  Json list{Json::Array{}};
  for (auto& [name, json] : rows) list.push(std::move(json));
  return Json(Json::Object{{"hosts", std::move(list)}});
}

Json checks_view(Pipeline& pipeline, const std::string& host) {
  Json list{Json::Array{}};
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& view : pipeline.checks(host)) {
    seen.emplace(view.agent, view.check);
    list.push(check_json(view));
  }
  for (const auto& contract : pipeline.contracts())
    for (const auto& system : contract->systems)
      for (const auto& check : system.checks)
        for (const auto& on : check.hosts) {
          const auto id = contract->id + '/' + system.id + '/' + check.id;
          if ((!host.empty() && on != host) || seen.contains({on, id})) continue;
          Json json;
          json.set("host", on).set("check", id).set("title", title_json(check.title)).set("kind", check.kind);
          json.set("contract", contract->id)
              .set("system", system.id)
              .set("state", "missing")
              .set("problem", false);
          list.push(std::move(json));
        }
  return Json(Json::Object{{"checks", std::move(list)}});
}

Json results_view(const SeriesId& series, const std::vector<Sample>& samples, const domain::Zone& zone) {
  Json list{Json::Array{}};
  for (auto it = samples.rbegin(); it != samples.rend(); ++it) {
    Json one;
    one.set("slot", local_iso(it->slot, zone)).set("state", to_text(it->state));
    if (!it->msg.empty()) one.set("message", message_json(it->msg));
    one.set("metrics", metrics_json(it->metrics));
    list.push(std::move(one));
  }
  Json json;
  json.set("host", series.agent)
      .set("check", series.check)
      .set("item", series.item)
      .set("results", std::move(list));
  return json;
}

Json documents_view(Pipeline& pipeline, const std::string& contract, std::size_t limit) {
  Json list{Json::Array{}};
  for (const auto& each : pipeline.contracts()) {
    if (!contract.empty() && each->id != contract) continue;
    for (const auto& document : pipeline.documents().list(each->id, limit)) {
      Json one;
      one.set("contract", document.contract).set("number", document.number).set("kind", document.kind);
      one.set("form", document.form).set("about", document.about).set("state", document.state);
      one.set("created", local_iso(document.created, each->zone)).set("hash", document.hash);
      list.push(std::move(one));
    }
  }
  return Json(Json::Object{{"documents", std::move(list)}});
}

Json agents_view(Pipeline& pipeline, Timestamp now) {
  AgentStore store(pipeline.db());
  Json list{Json::Array{}};
  for (const auto& agent : store.agents()) {
    Json one;
    one.set("name", agent.name).set("enrolled", to_iso(agent.enrolled)).set("serial", agent.serial);
    one.set("state", agent.revoked                                ? "revoked"
                     : agent.not_after && *agent.not_after <= now ? "expired"
                                                                  : "valid");
    if (agent.revoked) one.set("revoked", to_iso(*agent.revoked));
    if (agent.not_after) one.set("not_after", to_iso(*agent.not_after));
    if (const auto live = pipeline.agent(agent.name)) {
      one.set("heard", to_iso(live->heard)).set("silent", live->silent);
      one.set("offset_ms", static_cast<std::int64_t>(live->offset.count()));
      one.set("refused_future", live->future).set("refused_conflict", live->conflicts);
    }
    list.push(std::move(one));
  }
  return Json(Json::Object{{"agents", std::move(list)}});
}

}  // namespace xj::collector
