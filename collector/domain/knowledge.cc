#include "collector/domain/knowledge.h"

#include <algorithm>

#include "core/json.h"
#include "core/terms.h"

namespace xj::domain {
namespace {

constexpr int kVersion = 1;

Rejection no(std::string id, Message::Args args = {}) { return {{std::move(id), std::move(args)}}; }

bool names(const std::vector<std::string>& people, const std::string& person) {
  return std::find(people.begin(), people.end(), person) != people.end();
}

std::variant<KnowledgeEntry, Rejection> approved(KnowledgeEntry entry, const KnowledgeChange& change,
                                                 const Contract& contract) {
  if (entry.state == EntryState::approved) return no("knowledge.refuse.approved", {{"id", entry.id}});
  const auto* kind = contract.kind(entry.kind);
  if (const auto role = kind != nullptr && kind->knowledge ? kind->knowledge->approve : std::string{};
      !role.empty()) {
    const auto found = contract.roles.find(role);
    if (found == contract.roles.end() || !names(found->second.people, change.person)) {
      const auto title = found == contract.roles.end()
                             ? role
                             : bilingual(found->second.title.zh, found->second.title.in(Lang::en));
      return no("knowledge.refuse.role", {{"role", title}});
    }
  }
  // What the next one needs most is what went wrong and what helped.
  for (const auto& [text, what] :
       {std::pair{&entry.cause, "cause"}, {&entry.course, "course"}, {&entry.method, "method"}})
    if (text->empty())
      return no("knowledge.refuse.blank",
                {{"id", entry.id}, {"what", std::string("@knowledge.field.") + what}, {"option", what}});
  entry.state = EntryState::approved;
  return entry;
}

std::variant<KnowledgeEntry, Rejection> edited(KnowledgeEntry entry, const KnowledgeChange& change) {
  bool differs = false;
  for (const auto& [given, into] : {std::pair{&change.title, &entry.title},
                                    {&change.cause, &entry.cause},
                                    {&change.course, &entry.course},
                                    {&change.method, &entry.method}})
    if (*given && **given != *into) *into = **given, differs = true;
  if (entry.title.empty()) return no("knowledge.refuse.title");
  if (!differs && entry.state != EntryState::withdrawn)
    return no("knowledge.refuse.same", {{"id", entry.id}});
  entry.state = EntryState::draft;
  return entry;
}

}  // namespace

std::string_view to_text(EntryState state) {
  switch (state) {
    case EntryState::draft: return "draft";
    case EntryState::approved: return "approved";
    case EntryState::withdrawn: return "withdrawn";
  }
  return "";
}

std::optional<EntryState> parse_entry_state(std::string_view text) {
  for (const auto state : {EntryState::draft, EntryState::approved, EntryState::withdrawn})
    if (to_text(state) == text) return state;
  return std::nullopt;
}

std::string encode(const KnowledgeEntry& e) {
  Json json;
  json.set("v", kVersion).set("contract", e.contract).set("id", e.id).set("n", std::int64_t{e.n});
  json.set("state", to_text(e.state)).set("at", to_iso(e.at)).set("actor", e.actor).set("via", e.via);
  json.set("kind", e.kind).set("system", e.system).set("grade", e.grade).set("system_title", e.system_title);
  json.set("title", e.title).set("cause", e.cause).set("course", e.course).set("method", e.method);
  json.set("why", e.why).set("revision", e.revision);
  return json.canonical();
}

std::variant<KnowledgeEntry, std::string> decode_knowledge_entry(std::string_view body) {
  const auto parsed = parse_json(body);
  if (const auto* bad = std::get_if<JsonError>(&parsed)) return bad->what;
  const auto& json = std::get<Json>(parsed);
  if (json["v"].int_or(0) != kVersion)
    return "version " + std::to_string(json["v"].int_or(0)) + " is not known";
  const auto state = parse_entry_state(json["state"].as_string());
  if (!state) return "state \"" + json["state"].string_or("") + "\" is not known";
  const auto at = parse_iso(json["at"].string_or(""));
  if (!at) return "a time cannot be read";
  const auto n = json["n"].int_or(0);
  if (n < 1 || n > 1'000'000'000) return "a number is out of range";
  KnowledgeEntry e;
  e.contract = json["contract"].string_or(""), e.id = json["id"].string_or("");
  e.n = static_cast<std::uint32_t>(n), e.state = *state, e.at = *at;
  e.actor = json["actor"].string_or(""), e.via = json["via"].string_or("");
  e.kind = json["kind"].string_or(""), e.system = json["system"].string_or("");
  e.grade = json["grade"].string_or(""), e.system_title = json["system_title"].string_or("");
  e.title = json["title"].string_or(""), e.cause = json["cause"].string_or("");
  e.course = json["course"].string_or(""), e.method = json["method"].string_or("");
  e.why = json["why"].string_or("");
  e.revision = json["revision"].string_or("");
  return e;
}

std::variant<KnowledgeEntry, Rejection> revise(const KnowledgeEntry& before, const KnowledgeChange& change,
                                               const Contract& contract, Timestamp now) {
  for (const auto* text : {&change.title, &change.cause, &change.course, &change.method})
    if (*text && (*text)->size() > kLongestKnowledge)
      return no("knowledge.refuse.long", {{"most", std::to_string(kLongestKnowledge)}});
  if (change.why.size() > kLongestKnowledge)
    return no("knowledge.refuse.long", {{"most", std::to_string(kLongestKnowledge)}});
  auto next = before;
  next.n = before.n + 1;
  next.at = now;
  next.actor = actor_person(change.person), next.via = change.via, next.why = change.why;
  switch (change.verb) {
    case KnowledgeChange::Verb::edit: return edited(std::move(next), change);
    case KnowledgeChange::Verb::approve: return approved(std::move(next), change, contract);
    case KnowledgeChange::Verb::withdraw: break;
  }
  if (before.state == EntryState::withdrawn) return no("knowledge.refuse.withdrawn", {{"id", before.id}});
  if (change.why.empty()) return no("knowledge.refuse.why");
  next.state = EntryState::withdrawn;
  return next;
}

std::map<std::string, int> terms_of(const KnowledgeEntry& entry) {
  std::map<std::string, int> out;
  for (const auto& [text, weight] : {std::pair{&entry.title, 8},
                                     {&entry.id, 8},
                                     {&entry.cause, 4},
                                     {&entry.method, 4},
                                     {&entry.system_title, 2},
                                     {&entry.system, 2},
                                     {&entry.course, 1}})
    for (auto& term : index_terms(*text)) out[std::move(term)] += weight;
  return out;
}

std::string searched_text(const KnowledgeEntry& entry) {
  std::string all;
  for (const auto* text : {&entry.title, &entry.id, &entry.cause, &entry.method, &entry.system_title,
                           &entry.system, &entry.course})
    all += folded(*text) + '\n';
  return all;
}

}  // namespace xj::domain
