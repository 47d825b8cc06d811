#pragma once
// What must hold before a case is closed, as its contract says: what the machine sees, and what persons
// confirmed by name. Pure.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/domain/case_state.h"
#include "collector/domain/contract.h"

namespace xj::domain {

struct ConditionView {
  std::uint32_t index = 1;  // in the contract's list, from 1
  Title text;
  ClosingProof proof = ClosingProof::person;
  std::string role;  // whose word it takes, or empty
  bool met = false;
  std::string by;  // person who confirmed it in this run, or empty
  Message why;     // what is missing, or what it rests on
};
std::string_view to_text(ClosingProof proof);

// In the contract's order; empty where the kind names none.
//  person, approved: a person confirmed it in this run, of the role where one is named.
//  recovered: recovered, and no problem stands; a person may confirm it in spite of standing ones.
//  watch_over: the watch period is over. Only the machine says so.
//  signed: every signature of the kind was given in this run. Only the signers say so.
//  documents: nothing is owed in writing any more, and a person confirmed that all is there.
std::vector<ConditionView> closing_conditions(const CaseState& state, const Contract& contract,
                                              Timestamp now);
// Whether a person's word is what the condition waits for or may rest on.
bool takes_a_word(const ConditionView& condition, const CaseState& state);

// What clocks of this run that have started still wait for a note about, each once.
std::vector<std::string> owed_in_writing(const CaseState& state, const Contract& contract, Timestamp now);

// What a note may be about: what clocks of the kind wait for, and what its papers and the knowledge base have
// a place for.
std::vector<std::string> note_words(const CaseKind& kind);

// Roles of the kind's signatures that nobody has given in this run, in their order.
std::vector<std::string> unsigned_roles(const CaseState& state, const Contract& contract);

}  // namespace xj::domain
