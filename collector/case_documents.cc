#include "collector/case_documents.h"

#include <algorithm>
#include <functional>

#include "collector/case_facts.h"
#include "collector/domain/closing.h"
#include "collector/domain/numbering.h"
#include "core/io/log.h"
#include "reports/facts.h"

namespace xj::collector {
namespace {

constexpr std::string_view kPlan = "emergency-plan";

std::variant<Document, domain::Rejection> keep(Documents& documents, const domain::CaseState& state,
                                               const domain::Contract& contract, const char* kind,
                                               std::string_view letter, const std::string& form,
                                               Timestamp now,
                                               const std::function<Json(const std::string&)>& facts_of) {
  auto number = documents.next_number(contract.id, state.number + '-' + std::string(letter) + "{nn}",
                                      contract.zone, now);
  if (auto* refused = std::get_if<domain::Rejection>(&number)) return std::move(*refused);
  Document document;
  document.contract = contract.id;
  document.number = std::get<std::string>(number);
  document.kind = kind;
  document.form = form;
  document.about = state.number;
  document.created = now;
  const auto facts = facts_of(document.number);
  document.facts = facts.canonical();
  document.hash = reports::facts_hash(facts);
  documents.put(document);
  return document;
}

std::variant<Document, domain::Rejection> make_notice(Documents& documents,
                                                      const std::vector<domain::Event>& events,
                                                      const domain::CaseState& state,
                                                      const domain::Contract& contract,
                                                      const std::string& form, Lang lang, Timestamp now) {
  return keep(documents, state, contract, "notice", "N", form, now, [&](const std::string& number) {
    return closing_notice_facts({events, state, contract, number, now, lang});
  });
}

std::variant<Document, domain::Rejection> make_escalation(Documents& documents,
                                                          const std::vector<domain::Event>& events,
                                                          const domain::CaseState& state,
                                                          const domain::Contract& contract,
                                                          const std::string& form, std::uint32_t drafted_n,
                                                          Lang lang, Timestamp now) {
  return keep(documents, state, contract, "escalation", "E", form, now, [&](const std::string& number) {
    const CasePaper paper{events, state, contract, number, now, lang};
    return form == kPlan ? emergency_plan_facts(paper, drafted_n) : escalation_facts(paper, drafted_n);
  });
}

std::variant<Document, domain::Rejection> make_paper(Documents& documents,
                                                     const std::vector<domain::Event>& events,
                                                     const domain::CaseState& state,
                                                     const domain::Contract& contract,
                                                     const std::string& form, Lang lang, Timestamp now) {
  return keep(documents, state, contract, "paper", "P", form, now, [&](const std::string& number) {
    return case_paper_facts({events, state, contract, number, now, lang}, form);
  });
}

// Whether one of the events from `from_n` on is one that the paper is made after. Of signatures that is the
// last one: before it the paper would be made anew for each.
bool follows(const domain::PaperSpec& paper, const domain::CaseState& state, const domain::Contract& contract,
             std::uint32_t from_n) {
  for (auto n = from_n; n <= state.last_n; ++n) {
    const auto kind = state.marks[n - 1].kind;
    if (kind == domain::EventKind::signed_off && !domain::unsigned_roles(state, contract).empty()) continue;
    const auto named = [&](std::string_view word) {
      return std::find(paper.on.begin(), paper.on.end(), word) != paper.on.end();
    };
    if (named(domain::to_text(kind)) ||
        (domain::begins(kind) && named(domain::to_text(domain::EventKind::detected))))
      return true;
  }
  return false;
}

// The form of a step, empty where it has none.
std::string form_of(const domain::CaseKind& kind, int step) {
  if (step < 1 || static_cast<std::size_t>(step) > kind.escalation.size()) return {};
  return kind.escalation[static_cast<std::size_t>(step - 1)].form;
}

std::string forms_of(const domain::CaseKind& kind) {
  std::string out = kind.notice;
  for (const auto& step : kind.escalation)
    if (!step.form.empty() && out.find(step.form) == std::string::npos)
      out += (out.empty() ? "" : ", ") + step.form;
  for (const auto& paper : kind.papers) out += (out.empty() ? "" : ", ") + paper.form;
  return out;
}

void tell_refused(const std::variant<Document, domain::Rejection>& made, const domain::CaseState& state) {
  if (const auto* refused = std::get_if<domain::Rejection>(&made))
    log::warning("contract {}: no paper of {}: {}", state.contract, state.number,
                 render(refused->why, Lang::en));
}

}  // namespace

void make_case_documents(Cases& cases, Documents& documents, const domain::CaseState& state,
                         const domain::Contract& contract, std::uint32_t from_n, Timestamp now) {
  const auto* kind = contract.kind(state.case_kind);
  if (kind == nullptr) return;
  const auto events = [&] { return cases.events(state.contract, state.number); };
  for (const auto& known : state.escalations) {
    const auto form = form_of(*kind, known.step);
    if (form.empty()) continue;
    auto last = std::max(known.drafted_n, known.decided_n);
    // The plan itself comes after the draft.
    if (form == kPlan && known.run == state.run)
      for (auto n = from_n; n <= state.last_n; ++n)
        if (state.marks[n - 1].about == kPlan) last = n;
    if (last < from_n) continue;
    tell_refused(make_escalation(documents, events(), state, contract, form, known.drafted_n, Lang::zh, now),
                 state);
  }
  for (const auto& paper : kind->papers)
    if (follows(paper, state, contract, from_n))
      tell_refused(make_paper(documents, events(), state, contract, paper.form, Lang::zh, now), state);
  if (kind->notice.empty()) return;
  for (auto n = from_n; n <= state.last_n; ++n)
    if (state.marks[n - 1].kind == domain::EventKind::closed)
      tell_refused(make_notice(documents, events(), state, contract, kind->notice, Lang::zh, now), state);
}

std::variant<Document, domain::Rejection> make_case_document(Documents& documents,
                                                             const std::vector<domain::Event>& events,
                                                             const domain::CaseState& state,
                                                             const domain::Contract& contract,
                                                             const CaseDocumentAsk& ask, Timestamp now) {
  const auto* kind = contract.kind(state.case_kind);
  const auto known = kind == nullptr ? std::string{} : forms_of(*kind);
  if (known.empty()) return domain::Rejection{{"reports.paper.none", {{"number", state.number}}}};
  auto form = ask.form.empty() ? kind->notice : ask.form;
  if (form.empty() && kind->papers.size() == 1) form = kind->papers.front().form;
  for (const auto& paper : kind->papers)
    if (paper.form == form) return make_paper(documents, events, state, contract, form, ask.lang, now);
  if (!form.empty() && form == kind->notice) {
    if (state.status != domain::Status::closed)
      return domain::Rejection{{"reports.paper.not_closed", {{"number", state.number}}}};
    return make_notice(documents, events, state, contract, form, ask.lang, now);
  }
  bool a_form = false;
  for (const auto& step : kind->escalation) a_form = a_form || (!form.empty() && step.form == form);
  if (!a_form) return domain::Rejection{{"reports.paper.no_form", {{"form", form}, {"known", known}}}};
  // Of several steps the one drafted last.
  std::uint32_t n = 0;
  for (const auto& one : state.escalations)
    if (form_of(*kind, one.step) == form) n = std::max(n, one.drafted_n);
  if (n == 0) return domain::Rejection{{"reports.paper.not_drafted", {{"number", state.number}}}};
  return make_escalation(documents, events, state, contract, form, n, ask.lang, now);
}

}  // namespace xj::collector
