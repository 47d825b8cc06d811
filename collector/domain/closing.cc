#include "collector/domain/closing.h"

#include <algorithm>
#include <array>

#include "collector/domain/clock.h"
#include "collector/domain/explain.h"
#include "collector/domain/papers.h"

namespace xj::domain {
namespace {

constexpr std::array<std::string_view, 6> kProofs{"person",   "recovered", "watch_over",
                                                  "approved", "documents", "signed"};

std::string list(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& n : names) out += (out.empty() ? "" : ", ") + n;
  return out;
}

const Confirmation* confirmation(const CaseState& s, const ClosingCondition& condition) {
  for (const auto& c : s.confirmations)
    if (c.run == s.run && c.condition == condition.text.zh) return &c;
  return nullptr;
}

class Look {
 public:
  Look(const CaseState& s, const Contract& c, Timestamp now) : s_(s), c_(c), now_(now) {}

  ConditionView at(const ClosingCondition& condition, std::uint32_t index) const {
    ConditionView view;
    view.index = index, view.text = condition.text, view.proof = condition.proof, view.role = condition.role;
    const auto* word = confirmation(s_, condition);
    if (word != nullptr) {
      const auto& mark = s_.marks[word->n - 1];
      view.by = person_of(mark.actor);
      view.why = {"domain.closing.confirmed",
                  {{"who", actor_argument(mark.actor, c_)}, {"at", local_text(mark.at, c_.zone)}}};
    }
    switch (condition.proof) {
      case ClosingProof::person:
      case ClosingProof::approved: by_word(view, word != nullptr); break;
      case ClosingProof::recovered: recovered(view, word != nullptr); break;
      case ClosingProof::watch_over:
        view.met = s_.first(EventKind::recovered, s_.run) != 0 && s_.status != Status::watching;
        view.why = {view.met                        ? "domain.closing.watch_over"
                    : s_.status == Status::watching ? "domain.refuse.watching"
                                                    : "domain.closing.not_recovered",
                    {}};
        break;
      case ClosingProof::documents: {
        const auto owed = owed_in_writing(s_, c_, now_);
        view.met = word != nullptr && owed.empty();
        if (!owed.empty())
          view.why = {"domain.closing.owed", {{"about", list(owed)}}};
        else
          by_word(view, word != nullptr);
        break;
      }
      case ClosingProof::signed_off: {
        const auto open = unsigned_roles(s_, c_);
        view.met = open.empty();
        view.why = {"domain.closing.signed", {}};
        if (!open.empty()) view.why = {"domain.closing.unsigned", {{"signers", roles_argument(open, c_)}}};
        break;
      }
    }
    return view;
  }

 private:
  void by_word(ConditionView& view, bool word) const {
    view.met = word;
    if (word) return;
    const auto role = c_.roles.find(view.role);
    if (role == c_.roles.end())
      view.why = {"domain.closing.waits", {}};
    else
      view.why = {"domain.closing.waits_role", {{"role", title_argument(role->second.title, view.role)}}};
  }
  void recovered(ConditionView& view, bool word) const {
    const auto standing = s_.standing_problems();
    const auto n = s_.first(EventKind::recovered, s_.run);  // none where it ended otherwise
    view.met = n != 0 && (standing == 0 || word);
    if (n == 0)
      view.why = {"domain.closing.not_recovered", {}};
    else if (standing == 0)
      view.why = {"domain.closing.recovered", {{"at", local_text(s_.at(n), c_.zone)}}};
    else if (!word)
      view.why = {"domain.closing.standing", {{"count", std::to_string(standing)}}};
  }
  const CaseState& s_;
  const Contract& c_;
  Timestamp now_;
};

}  // namespace

std::string_view to_text(ClosingProof proof) { return kProofs[static_cast<std::size_t>(proof)]; }

std::vector<ConditionView> closing_conditions(const CaseState& state, const Contract& contract,
                                              Timestamp now) {
  std::vector<ConditionView> out;
  const CaseKind* kind = contract.kind(state.case_kind);
  if (kind == nullptr || state.status == Status::none) return out;
  const Look look(state, contract, now);
  for (const auto& condition : kind->closing)
    out.push_back(look.at(condition, static_cast<std::uint32_t>(out.size() + 1)));
  return out;
}

bool takes_a_word(const ConditionView& condition, const CaseState& state) {
  switch (condition.proof) {
    case ClosingProof::watch_over:
    case ClosingProof::signed_off: return false;
    case ClosingProof::recovered: return !is_handling(state.status) && state.standing_problems() > 0;
    case ClosingProof::person:
    case ClosingProof::approved:
    case ClosingProof::documents: break;
  }
  return true;
}

std::vector<std::string> owed_in_writing(const CaseState& s, const Contract& c, Timestamp now) {
  std::vector<std::string> out;
  const CaseKind* kind = c.kind(s.case_kind);
  if (kind == nullptr) return out;
  for (const auto& view : clocks(s, c, now)) {
    const auto* spec = kind->clock(view.name);
    if (view.run != s.run || spec == nullptr || spec->about.empty() || view.stop) continue;
    // One that is no longer owed has ended, in time or late.
    if (!spec->unless.empty() && parse_event_kind(spec->unless) &&
        s.first(*parse_event_kind(spec->unless), s.run) != 0)
      continue;
    const bool open = view.status == ClockStatus::running || view.status == ClockStatus::paused ||
                      view.status == ClockStatus::breached;
    if (open && std::find(out.begin(), out.end(), spec->about) == out.end()) out.push_back(spec->about);
  }
  return out;
}

std::vector<std::string> note_words(const CaseKind& kind) {
  std::vector<std::string> out;
  const auto add = [&](std::string_view word) {
    if (!word.empty() && std::find(out.begin(), out.end(), word) == out.end()) out.emplace_back(word);
  };
  for (const auto& clock : kind.clocks) add(clock.about);
  const auto add_places = [&](const std::string& form) {
    for (const auto& place : note_places(form)) add(place.about);
  };
  add_places(kind.notice);
  for (const auto& step : kind.escalation) add_places(step.form);
  for (const auto& paper : kind.papers) add_places(paper.form);
  if (kind.knowledge)
    for (const auto word : {"cause", "method"}) add(word);
  return out;
}

std::vector<std::string> unsigned_roles(const CaseState& s, const Contract& c) {
  std::vector<std::string> out;
  const CaseKind* kind = c.kind(s.case_kind);
  for (std::size_t i = 0; kind != nullptr && i < kind->signatures.size(); ++i) {
    const auto& role = kind->signatures[i].role;
    if (s.signature(role) == nullptr && std::find(out.begin(), out.end(), role) == out.end())
      out.push_back(role);
  }
  return out;
}

}  // namespace xj::domain
