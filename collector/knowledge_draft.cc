#include "collector/knowledge_draft.h"

#include <functional>

#include "collector/case_facts.h"

namespace xj::collector {
namespace {

// As many of the lines as an entry has room for.
std::string lines(const Json& list, const std::function<std::string(const Json&)>& line) {
  std::string out;
  for (const auto& one : list.items()) {
    auto text = line(one);
    if (out.size() + text.size() + 1 > domain::kLongestKnowledge) break;
    out += (out.empty() ? "" : "\n") + text;
  }
  return out;
}

std::string said(const Json& text) { return text.string_or(""); }

// "2026-09-30 16:30 what": a day and a minute are enough to read a course by.
std::string step(const Json& one) {
  const auto at = one["at"].string_or("");
  const auto when = at.size() < 16 ? at : at.substr(0, 10) + ' ' + at.substr(11, 5);
  return when + (when.empty() ? "" : " ") + one["what"].string_or("");
}

}  // namespace

domain::KnowledgeEntry drafted_knowledge(std::span<const domain::Event> events,
                                         const domain::CaseState& state, const domain::Contract& contract,
                                         Timestamp now) {
  const auto facts = closing_notice_facts({events, state, contract, state.number, now, Lang::zh});
  domain::KnowledgeEntry entry;
  entry.contract = state.contract, entry.id = state.number;
  entry.n = 1, entry.at = now;
  entry.actor = "system:closing";
  entry.kind = state.case_kind, entry.system = state.system, entry.grade = state.grade;
  entry.system_title = facts["case"]["system"].string_or("");
  entry.title = facts["case"]["summary"].string_or("");
  if (entry.title.empty()) entry.title = entry.system_title + ' ' + state.number;
  entry.cause = lines(facts["cause"], said);
  entry.course = lines(facts["course"], step);
  entry.method = lines(facts["method"], said);
  entry.revision = state.revision;
  return entry;
}

void draft_knowledge(Cases& cases, Knowledge& knowledge, const domain::CaseState& state,
                     const domain::Contract& contract, std::uint32_t from_n, Timestamp now) {
  const auto* kind = contract.kind(state.case_kind);
  if (kind == nullptr || !kind->knowledge) return;
  bool closed = false;
  for (auto n = from_n; n <= state.last_n; ++n)
    closed = closed || state.marks[n - 1].kind == domain::EventKind::closed;
  if (!closed) return;
  const auto events = cases.events(state.contract, state.number);
  knowledge.append(drafted_knowledge(events, state, contract, now));
}

}  // namespace xj::collector
