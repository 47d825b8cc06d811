// What people do. All of it comes through the Unix socket, so the kernel says who it is.
#include <algorithm>

#include "collector/api/act_request.h"
#include "collector/api/json_views.h"
#include "collector/api/reply.h"
#include "collector/api/round.h"
#include "collector/case_documents.h"
#include "collector/domain/explain.h"
#include "core/io/db.h"

namespace xj::collector {

std::variant<std::string, http::Response> acting_person(const domain::Contract& contract,
                                                        const http::Peer& peer, const std::string& as) {
  if (!as.empty()) {
    if (contract.people.contains(as)) return as;
    std::string known;
    for (const auto& [id, person] : contract.people) known += (known.empty() ? "" : ", ") + id;
    return refusal(400, "no_person", {"collector.api.no_person", {{"person", as}, {"known", known}}});
  }
  if (!peer.os_user.empty())
    for (const auto& [id, person] : contract.people)
      if (person.os_user == peer.os_user) return id;
  return refusal(403, "who", {"collector.api.who", {{"user", peer.os_user}}});
}

namespace {

Json events_json(const std::vector<domain::Event>& events, const domain::Contract& contract,
                 const std::string& case_kind) {
  Json out{Json::Array{}};
  for (const auto& event : events) {
    auto one = domain::to_json(event);
    one.set("says", message_json(domain::describe(event, contract, case_kind)));
    out.push(std::move(one));
  }
  return out;
}

http::Response act(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  auto body = read_body(request, act_members());
  if (auto* refused = std::get_if<http::Response>(&body)) return std::move(*refused);
  const auto& json = std::get<Json>(body);
  const domain::CaseRef which{request.params.at("contract"), request.params.at("number")};
  const auto found = pipeline.find_case(which);
  if (!found || found->contract == nullptr)
    return refusal(404, "no_case",
                   {"collector.api.no_case", {{"contract", which.contract}, {"number", which.number}}});
  auto asked = read_act(json, *found->contract, now);
  if (const auto* bad = std::get_if<BadAct>(&asked)) return refusal(400, bad->code, bad->what);
  auto& what = std::get<domain::Act>(asked);
  auto person = acting_person(*found->contract, request.peer, json["as"].string_or(""));
  if (auto* refused = std::get_if<http::Response>(&person)) return std::move(*refused);
  what.person = std::get<std::string>(person);
  // Whose hands it was stays in the record, also when it was entered for somebody else.
  what.via = "socket:" + request.peer.os_user;

  auto outcome = pipeline.act(which, what, now);
  if (const auto* rejected = std::get_if<domain::Rejection>(&outcome)) return refusal(*rejected);
  return json_reply(Json(Json::Object{{"events", events_json(std::get<std::vector<domain::Event>>(outcome),
                                                             *found->contract, found->state.case_kind)}}));
}

http::Response open_case(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  auto body = read_body(request, opening_members());
  if (auto* refused = std::get_if<http::Response>(&body)) return std::move(*refused);
  const auto& json = std::get<Json>(body);
  const auto& id = request.params.at("contract");
  const auto contract = pipeline.contract(id);
  if (contract == nullptr) return no_contract(id);
  auto asked = read_opening(json, *contract, now);
  if (const auto* bad = std::get_if<BadAct>(&asked)) return refusal(400, bad->code, bad->what);
  auto& what = std::get<domain::Opening>(asked);
  auto person = acting_person(*contract, request.peer, json["as"].string_or(""));
  if (auto* refused = std::get_if<http::Response>(&person)) return std::move(*refused);
  what.person = std::get<std::string>(person);
  what.via = "socket:" + request.peer.os_user;
  auto outcome = pipeline.open_case(id, what, now);
  if (const auto* rejected = std::get_if<domain::Rejection>(&outcome)) return refusal(*rejected);
  const auto& events = std::get<std::vector<domain::Event>>(outcome);
  const auto& kind = std::get<domain::Opened>(events.front().payload).case_kind;
  return json_reply(Json(Json::Object{{"contract", Json(id)},
                                      {"number", Json(events.front().number)},
                                      {"events", events_json(events, *contract, kind)}}),
                    201);
}

http::Response round(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  auto body = read_body(request, {"contract", "round", "inspector", "recorder", "analysis", "lang", "run"});
  if (auto* refused = std::get_if<http::Response>(&body)) return std::move(*refused);
  const auto& json = std::get<Json>(body);
  RoundAsk ask;
  ask.contract = json["contract"].string_or("");
  ask.round = json["round"].string_or("");
  ask.inspector = json["inspector"].string_or("");
  ask.recorder = json["recorder"].string_or("");
  ask.analysis = json["analysis"].string_or("");
  const auto lang = json["lang"].string_or("zh");
  if (lang != "zh" && lang != "en") return bad_query("lang", "zh, en");
  ask.lang = lang == "en" ? Lang::en : Lang::zh;
  if (const auto id = json["run"].string_or(""); !id.empty()) {
    const auto* run = pipeline.run(id, now);
    if (run == nullptr) return refusal(404, "no_run", {"collector.api.no_run", {{"run", id}}});
    ask.began = run->asked;
  }
  auto made = run_round(pipeline, ask, now);
  if (const auto* rejected = std::get_if<domain::Rejection>(&made)) return refusal(*rejected);
  const auto& document = std::get<Document>(made);
  auto facts = parse_json(document.facts);
  Json out;
  out.set("contract", document.contract).set("number", document.number).set("form", document.form);
  out.set("state", document.state).set("hash", document.hash);
  if (const auto* parsed = std::get_if<Json>(&facts))
    out.set("counts", (*parsed)["counts"]).set("completeness", (*parsed)["completeness"]);
  return json_reply(out, 201);
}

// A paper of a case anew: in the other language, after a record was amended.
http::Response paper(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  auto body = read_body(request, {"form", "lang"});
  if (auto* refused = std::get_if<http::Response>(&body)) return std::move(*refused);
  const auto& json = std::get<Json>(body);
  CaseDocumentAsk ask;
  ask.form = json["form"].string_or("");
  const auto lang = json["lang"].string_or("zh");
  if (lang != "zh" && lang != "en") return bad_query("lang", "zh, en");
  ask.lang = lang == "en" ? Lang::en : Lang::zh;
  const domain::CaseRef which{request.params.at("contract"), request.params.at("number")};
  const auto found = pipeline.find_case(which);
  if (!found || found->contract == nullptr)
    return refusal(404, "no_case",
                   {"collector.api.no_case", {{"contract", which.contract}, {"number", which.number}}});
  io::Transaction transaction(pipeline.db());
  auto made =
      make_case_document(pipeline.documents(), found->events, found->state, *found->contract, ask, now);
  if (const auto* rejected = std::get_if<domain::Rejection>(&made)) return refusal(*rejected);
  transaction.commit();
  const auto& document = std::get<Document>(made);
  Json out;
  out.set("contract", document.contract).set("number", document.number).set("form", document.form);
  out.set("about", document.about).set("state", document.state).set("hash", document.hash);
  return json_reply(out, 201);
}

Json run_json(Pipeline& pipeline, const Run& run) {
  constexpr std::size_t most_named = 100;
  std::int64_t expected = 0, arrived = 0;
  Json waiting{Json::Array{}};
  for (const auto& [host, checks] : run.checks)
    for (const auto& check : checks) {
      ++expected;
      if (pipeline.arrived(host, check, run.asked))
        ++arrived;
      else if (waiting.size() < most_named)
        waiting.push(Json(Json::Object{{"host", Json(host)}, {"check", Json(check)}}));
    }
  Json out;
  out.set("run", run.id).set("asked", to_iso(run.asked));
  out.set("hosts", static_cast<std::int64_t>(run.checks.size()));
  out.set("expected", expected).set("arrived", arrived).set("waiting", std::move(waiting));
  return out;
}

// The checks of a round shall run now: the answers to their agents say so.
http::Response ask_to_run(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  auto body = read_body(request, {"contract", "round"});
  if (auto* refused = std::get_if<http::Response>(&body)) return std::move(*refused);
  const auto& json = std::get<Json>(body);
  auto found = round_checks(pipeline, json["contract"].string_or(""), json["round"].string_or(""));
  if (const auto* rejected = std::get_if<domain::Rejection>(&found)) return refusal(*rejected);
  auto& wanted = std::get<RoundChecks>(found);
  auto out = run_json(pipeline, pipeline.run_now(std::move(wanted.checks), now));
  Json away{Json::Array{}};
  for (const auto& host : wanted.away) {
    Json one;
    one.set("host", host.host).set("why", message_json(host.why));
    one.set("checks", static_cast<std::int64_t>(host.checks));
    away.push(std::move(one));
  }
  out.set("away", std::move(away));
  return json_reply(out, 201);
}

http::Response show_run(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  const auto& id = request.params.at("run");
  const auto* run = pipeline.run(id, now);
  if (run == nullptr) return refusal(404, "no_run", {"collector.api.no_run", {{"run", id}}});
  return json_reply(run_json(pipeline, *run));
}

http::Response token(Services& services, const http::Request& request, Timestamp now) {
  auto body = read_body(request, {"agent", "life"});
  if (auto* refused = std::get_if<http::Response>(&body)) return std::move(*refused);
  const auto& json = std::get<Json>(body);
  auto life = services.enrolment.options().token_life;
  if (const auto text = json["life"].string_or(""); !text.empty()) {
    const auto asked = parse_duration(text);
    if (!asked || *asked < std::chrono::minutes{1} || *asked > std::chrono::hours{24 * 30})
      return bad_query("life", "1m-30d");
    life = *asked;
  }
  const auto agent = json["agent"].string_or("");
  Json out;
  try {
    out.set("token", services.enrolment.create_token(agent, life, request.peer.os_user, now));
  } catch (const Fault& fault) {
    return refusal(400, "agent", {"collector.api.bad_agent", {{"name", agent}, {"why", fault.what()}}});
  }
  out.set("agent", agent).set("expires", to_iso(now + life));
  return json_reply(out, 201);
}

http::Response revoke(Services& services, const http::Request& request, Timestamp now) {
  const auto& name = request.params.at("name");
  if (!services.enrolment.revoke(name, request.peer.os_user, now))
    return refusal(404, "no_agent", {"collector.api.no_agent", {{"name", name}}});
  if (services.drop_revoked) services.drop_revoked();
  Json out;
  out.set("name", name).set("state", "revoked").set("revoked", to_iso(now));
  return json_reply(out);
}

}  // namespace

std::vector<http::Route> acting_routes(Services& services) {
  using http::Access;
  constexpr std::size_t small = 64u << 10;
  return {
      {Access::local, "POST", "/api/v1/cases/{contract}", on_engine(services, open_case), small},
      {Access::local, "POST", "/api/v1/cases/{contract}/{number}/events", on_engine(services, act), small},
      {Access::local, "POST", "/api/v1/cases/{contract}/{number}/documents", on_engine(services, paper),
       small},
      {Access::local, "POST", "/api/v1/rounds", on_engine(services, round), small},
      {Access::local, "POST", "/api/v1/runs", on_engine(services, ask_to_run), small},
      {Access::people, "GET", "/api/v1/runs/{run}", on_engine(services, show_run)},
      {Access::local, "POST", "/api/v1/tokens",
       on_engine(services, [&services](Pipeline&, const http::Request& r,
                                       Timestamp now) { return token(services, r, now); }),
       small},
      {Access::local, "POST", "/api/v1/agents/{name}/revoke",
       on_engine(services, [&services](Pipeline&, const http::Request& r,
                                       Timestamp now) { return revoke(services, r, now); }),
       small},
  };
}

}  // namespace xj::collector
