#include "collector/case_documents.h"

#include <functional>

#include "collector/case_facts.h"
#include "collector/domain/numbering.h"
#include "core/io/log.h"
#include "reports/facts.h"

namespace xj::collector {
namespace {

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

}  // namespace

void make_case_documents(Cases& cases, Documents& documents, const domain::CaseState& state,
                         const domain::Contract& contract, std::uint32_t from_n, Timestamp now) {
  const auto* kind = contract.kind(state.case_kind);
  if (kind == nullptr || kind->notice.empty()) return;
  for (auto n = from_n; n <= state.last_n; ++n) {
    if (state.marks[n - 1].kind != domain::EventKind::closed) continue;
    const auto events = cases.events(state.contract, state.number);
    const auto made = make_notice(documents, events, state, contract, kind->notice, Lang::zh, now);
    if (const auto* refused = std::get_if<domain::Rejection>(&made))
      log::warning("contract {}: no notice of {}: {}", state.contract, state.number,
                   render(refused->why, Lang::en));
  }
}

std::variant<Document, domain::Rejection> make_case_document(Documents& documents,
                                                             const std::vector<domain::Event>& events,
                                                             const domain::CaseState& state,
                                                             const domain::Contract& contract,
                                                             const CaseDocumentAsk& ask, Timestamp now) {
  const auto* kind = contract.kind(state.case_kind);
  const auto notice = kind == nullptr ? std::string{} : kind->notice;
  const auto form = ask.form.empty() ? notice : ask.form;
  if (form.empty()) return domain::Rejection{{"reports.paper.none", {{"number", state.number}}}};
  if (form != notice)
    return domain::Rejection{{"reports.paper.no_form", {{"form", form}, {"known", notice}}}};
  if (state.status != domain::Status::closed)
    return domain::Rejection{{"reports.paper.not_closed", {{"number", state.number}}}};
  return make_notice(documents, events, state, contract, notice, ask.lang, now);
}

}  // namespace xj::collector
