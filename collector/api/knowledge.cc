// The knowledge base: looked for, read, and revised by people.
#include "collector/api/json_views.h"
#include "collector/api/reply.h"

namespace xj::collector {
namespace {

using domain::KnowledgeChange;
using domain::KnowledgeEntry;

Json entry_json(const KnowledgeEntry& entry, const domain::Contract* contract) {
  Json json;
  json.set("contract", entry.contract).set("id", entry.id).set("n", std::int64_t{entry.n});
  json.set("state", domain::to_text(entry.state));
  json.set("at", contract == nullptr ? to_iso(entry.at) : local_iso(entry.at, contract->zone));
  json.set("actor", entry.actor).set("via", entry.via);
  json.set("kind", entry.kind).set("system", entry.system).set("system_title", entry.system_title);
  json.set("grade", entry.grade).set("title", entry.title);
  json.set("cause", entry.cause).set("course", entry.course).set("method", entry.method);
  json.set("why", entry.why);
  return json;
}

http::Response find(Pipeline& pipeline, const http::Request& request, Timestamp) {
  KnowledgeQuestion question;
  question.words = query_text(request, "words");
  question.contract = query_text(request, "contract");
  question.system = query_text(request, "system");
  if (const auto state = query_text(request, "state"); !state.empty()) {
    question.state = domain::parse_entry_state(state);
    if (!question.state) return bad_query("state", "draft, approved, withdrawn");
  }
  const auto limit = query_number(request, "limit", 20, 1, 1'000);
  if (!limit) return bad_query("limit", "1-1000");
  question.limit = static_cast<std::size_t>(*limit);
  auto found = pipeline.knowledge().find(question);
  Json list{Json::Array{}};
  for (const auto& entry : found.entries)
    list.push(entry_json(entry, pipeline.contract(entry.contract).get()));
  Json out;
  out.set("entries", std::move(list));
  if (found.more) out.set("more", true);
  return json_reply(out);
}

http::Response no_entry(const http::Request& request) {
  return refusal(404, "no_entry",
                 {"knowledge.none_of_case",
                  {{"contract", request.params.at("contract")}, {"id", request.params.at("id")}}});
}

http::Response show(Pipeline& pipeline, const http::Request& request, Timestamp) {
  const auto& id = request.params.at("contract");
  const auto revisions = pipeline.knowledge().revisions(id, request.params.at("id"));
  if (revisions.empty()) return no_entry(request);
  const auto contract = pipeline.contract(id);
  Json list{Json::Array{}};
  for (const auto& entry : revisions) list.push(entry_json(entry, contract.get()));
  Json out;
  out.set("entry", entry_json(revisions.back(), contract.get())).set("revisions", std::move(list));
  return json_reply(out);
}

http::Response revise(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  auto body = read_body(request, {"verb", "title", "cause", "course", "method", "as", "why"});
  if (auto* refused = std::get_if<http::Response>(&body)) return std::move(*refused);
  const auto& json = std::get<Json>(body);
  const auto& id = request.params.at("contract");
  const auto contract = pipeline.contract(id);
  if (contract == nullptr) return no_contract(id);
  KnowledgeChange change;
  const auto verb = json["verb"].string_or("");
  if (verb == "approve")
    change.verb = KnowledgeChange::Verb::approve;
  else if (verb == "withdraw")
    change.verb = KnowledgeChange::Verb::withdraw;
  else if (verb != "edit")
    return bad_query("verb", "edit, approve, withdraw");
  for (const auto& [name, into] : {std::pair{"title", &change.title},
                                   {"cause", &change.cause},
                                   {"course", &change.course},
                                   {"method", &change.method}})
    if (json[name].is_string()) *into = json[name].string_or("");
  change.why = json["why"].string_or("");
  auto person = acting_person(*contract, request.peer, json["as"].string_or(""));
  if (auto* refused = std::get_if<http::Response>(&person)) return std::move(*refused);
  change.person = std::get<std::string>(person);
  change.via = "socket:" + request.peer.os_user;
  const auto outcome = pipeline.revise_knowledge(*contract, request.params.at("id"), change, now);
  if (!outcome) return no_entry(request);
  if (const auto* rejected = std::get_if<domain::Rejection>(&*outcome)) return refusal(*rejected);
  return json_reply(
      Json(Json::Object{{"entry", entry_json(std::get<KnowledgeEntry>(*outcome), contract.get())}}));
}

}  // namespace

std::vector<http::Route> knowledge_routes(Services& services) {
  using http::Access;
  return {
      {Access::people, "GET", "/api/v1/knowledge", on_engine(services, find)},
      {Access::people, "GET", "/api/v1/knowledge/{contract}/{id}", on_engine(services, show)},
      {Access::local, "POST", "/api/v1/knowledge/{contract}/{id}", on_engine(services, revise), 128u << 10},
  };
}

}  // namespace xj::collector
