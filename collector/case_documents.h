#pragma once
// The papers of a case, kept beside the sheets of rounds: numbered, frozen, hashed, set from the same forms.
// Numbers are the case's with a letter and a counter: "INC-261120-01-N01" is its first notice, "-E01" its
// first escalation, "-P01" the first of its other papers.
#include <optional>
#include <string>
#include <variant>

#include "collector/domain/case_state.h"
#include "collector/domain/contract.h"
#include "collector/store/cases.h"
#include "collector/store/documents.h"
#include "core/text.h"

namespace xj::collector {

// Those that follow by themselves from events that were just appended, `from_n` and later: of an escalation
// that was drafted, and again with its outcome, where the step names a form (of an emergency plan also when
// a note brings the plan itself); the notice of a case that was
// closed, where its kind names one; a paper of the kind after the events it names. Inside the caller's
// transaction. A number that is used up holds nothing up: it is logged, and nothing is made.
void make_case_documents(Cases& cases, Documents& documents, const domain::CaseState& state,
                         const domain::Contract& contract, std::uint32_t from_n, Timestamp now);

struct CaseDocumentAsk {
  std::string form;  // one that the case's kind names; empty: the notice, else its only paper
  Lang lang = Lang::zh;
};
// The same anew, as the events stand by now. Inside the caller's transaction.
std::variant<Document, domain::Rejection> make_case_document(Documents& documents,
                                                             const std::vector<domain::Event>& events,
                                                             const domain::CaseState& state,
                                                             const domain::Contract& contract,
                                                             const CaseDocumentAsk& ask, Timestamp now);

}  // namespace xj::collector
