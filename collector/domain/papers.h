#pragma once
// The forms a contract can name, and what notes have a place on each. The facts a form is filled with are the
// program's, so a form belongs in certain places of the contract. Pure; reports/forms/ holds the forms.
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xj::domain {

enum class PaperUse : unsigned {
  round = 1,       // rounds.NAME.form
  notice = 2,      // kinds.NAME.notice
  escalation = 4,  // kinds.NAME.escalation.form
  paper = 8        // kinds.NAME.papers.form
};
// Their names, sorted.
std::vector<std::string> forms_for(PaperUse use);

// A word of `case note --about`, and the fact of the form in which it stands.
struct NotePlace {
  std::string_view about;
  std::string_view fact;
};
// Of a form that nobody knows: none.
std::span<const NotePlace> note_places(std::string_view form);
// Whether notes about it have a place of their own on the form.
bool has_place(std::string_view form, std::string_view about);

}  // namespace xj::domain
