#include "collector/domain/papers.h"

#include <algorithm>

namespace xj::domain {
namespace {

constexpr NotePlace kNotice[] = {{"cause", "cause"},
                                 {"plan", "plan"},
                                 {"method", "method"},
                                 {"evaluation", "evaluation"},
                                 {"risk", "risk"}};
constexpr NotePlace kEscalation[] = {{"effect", "effect"}};
constexpr NotePlace kPlan[] = {{"effect", "effect"},
                               {"cause", "cause"},
                               {"emergency-plan", "plan"},
                               {"resources", "resources"},
                               {"rollback", "rollback"}};
constexpr NotePlace kOrder[] = {{"department", "department"}, {"place", "place"},   {"impact", "impact"},
                                {"review", "review"},         {"result", "result"}, {"remark", "remark"}};
constexpr NotePlace kVulnerability[] = {
    {"scope", "scope"}, {"method", "method"}, {"control", "control"}, {"remark", "remark"}};
constexpr NotePlace kBug[] = {{"version", "version"}, {"environment", "environment"}, {"steps", "steps"},
                              {"cause", "cause"},     {"method", "method"},           {"remark", "remark"}};
constexpr NotePlace kFault[] = {{"version", "version"},
                                {"environment", "environment"},
                                {"cause", "cause"},
                                {"method", "method"},
                                {"remark", "remark"}};
constexpr NotePlace kRequest[] = {
    {"department", "department"}, {"details", "details"}, {"result", "result"}, {"remark", "remark"}};

struct Form {
  std::string_view name;
  unsigned uses;
  std::span<const NotePlace> places;
};
constexpr unsigned of(PaperUse use) { return static_cast<unsigned>(use); }
constexpr Form kForms[] = {
    {"bug-report", of(PaperUse::paper), kBug},
    {"closing-notice", of(PaperUse::notice), kNotice},
    {"data-request", of(PaperUse::paper), kRequest},
    {"emergency-plan", of(PaperUse::escalation), kPlan},
    {"escalation-approval", of(PaperUse::escalation), kEscalation},
    {"fault-analysis", of(PaperUse::paper), kFault},
    {"software-inspection", of(PaperUse::round), {}},
    {"vulnerability-feedback", of(PaperUse::paper), kVulnerability},
    {"work-order", of(PaperUse::paper), kOrder},
};

}  // namespace

std::vector<std::string> forms_for(PaperUse use) {
  std::vector<std::string> out;
  for (const auto& form : kForms)
    if ((form.uses & of(use)) != 0) out.emplace_back(form.name);
  return out;
}

std::span<const NotePlace> note_places(std::string_view form) {
  const auto* found =
      std::find_if(std::begin(kForms), std::end(kForms), [&](const Form& f) { return f.name == form; });
  return found == std::end(kForms) ? std::span<const NotePlace>{} : found->places;
}

bool has_place(std::string_view form, std::string_view about) {
  const auto places = note_places(form);
  return std::any_of(places.begin(), places.end(), [&](const NotePlace& p) { return p.about == about; });
}

}  // namespace xj::domain
