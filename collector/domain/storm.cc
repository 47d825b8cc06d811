#include "collector/domain/storm.h"

#include <algorithm>
#include <cstdint>
#include <map>

#include "collector/domain/explain.h"
#include "collector/domain/routing.h"

namespace xj::domain {
namespace {

constexpr std::size_t kNumbersInALine = 50;

// Most severe first; unknown ones last.
std::size_t rank(const Contract& contract, const std::string& grade) {
  for (const auto& kind : contract.kinds)
    for (std::size_t i = 0; i < kind.grades.size(); ++i)
      if (kind.grades[i].id == grade) return i;
  return SIZE_MAX;
}

std::string event_id(const Withheld& one) {
  return one.again ? "domain.event_again" : "domain.event." + std::string(to_text(one.kind));
}

// All that was said of one case.
struct Line {
  Withheld last;
  std::vector<std::string> said;  // message ids
  bool said_over = false;         // and that it ended was the last word on that
  bool over() const { return last.status == Status::none ? said_over : !is_handling(last.status); }
};

// What a reader who heard at once what people did must not take for how it stands.
std::vector<std::string> told_of(const Line& line) {
  auto out = line.said;
  const auto status = line.last.status;
  if (status == Status::none) return out;
  if (status != Status::open) std::erase(out, "domain.event_again");
  if (line.over() != line.said_over || out.empty())
    out.push_back("domain.status." + std::string(to_text(status)));
  return out;
}

std::string said_argument(const std::vector<std::string>& ids) {
  std::string zh, en;
  for (const auto& id : ids) {
    zh += (zh.empty() ? "" : "、") + text(id, Lang::zh);
    en += (en.empty() ? "" : ", ") + text(id, Lang::en);
  }
  return bilingual(zh, en);
}

}  // namespace

bool is_braked(EventKind kind, std::string_view actor) {
  return person_of(actor).empty() && kind != EventKind::escalation_drafted &&
         kind != EventKind::escalation_approved && kind != EventKind::escalation_rejected;
}

bool is_gravest(const CaseState& state, const Contract& contract) {
  const CaseKind* kind = contract.kind(state.case_kind);
  return kind != nullptr && kind->grades.size() > 1 && kind->grades.front().id == state.grade;
}

std::string case_title(const CaseState& state, const Contract& contract) {
  if (!state.text.empty()) return state.text;
  const auto stands = std::find_if(state.problems.begin(), state.problems.end(),
                                   [](const CaseProblem& p) { return !p.cleared; });
  if (stands != state.problems.end()) return item_argument(stands->item, contract);
  return state.problems.empty() ? std::string{} : item_argument(state.problems.front().item, contract);
}

CaseNow case_now(const CaseState& state, const Contract& contract) {
  const CaseKind* kind = contract.kind(state.case_kind);
  const Grade* grade = kind == nullptr ? nullptr : kind->grade(state.grade);
  return {case_title(state, contract), state.grade,
          grade == nullptr ? "@domain.grade.none" : title_argument(grade->title, grade->id), state.status};
}

StormSummary sum_up(const std::vector<Withheld>& withheld, const Contract& contract, const Brake& brake,
                    bool over) {
  std::vector<Line> lines;
  std::map<std::string, std::size_t> of_case;
  for (const auto& one : withheld) {
    const auto [at, fresh] = of_case.emplace(one.number, lines.size());
    if (fresh) lines.emplace_back();
    auto& line = lines[at->second];
    line.last = one;
    if (!one.again && ends_trouble(one.kind)) line.said_over = true;
    if (!one.again && one.kind == EventKind::reopened) line.said_over = false;
    if (auto id = event_id(one); std::find(line.said.begin(), line.said.end(), id) == line.said.end())
      line.said.push_back(std::move(id));
  }
  std::stable_sort(lines.begin(), lines.end(), [&](const Line& a, const Line& b) {
    return std::pair(a.over(), rank(contract, a.last.grade_id)) <
           std::pair(b.over(), rank(contract, b.last.grade_id));
  });

  StormSummary out;
  const auto count = std::to_string(withheld.size()), cases = std::to_string(lines.size());
  out.subject = {"domain.storm.subject", {{"contract", contract.title}, {"count", count}, {"cases", cases}}};
  out.body.push_back({"domain.storm.held", {{"count", count}, {"cases", cases}}});
  std::string rest;
  std::size_t in_rest = 0;
  const auto say_rest = [&] {
    if (in_rest > 0) out.body.push_back({"domain.storm.numbers", {{"numbers", rest}}});
    rest.clear(), in_rest = 0;
  };
  for (const auto& line : lines) {
    const auto& last = line.last;
    out.numbers.push_back(last.number);
    if (out.numbers.size() <= kWholeLines) {
      out.body.push_back({last.title.empty() ? "domain.storm.case_untitled" : "domain.storm.case",
                          {{"number", last.number},
                           {"grade", last.grade},
                           {"system", last.system},
                           {"title", last.title},
                           {"said", said_argument(told_of(line))}}});
      continue;
    }
    rest += (rest.empty() ? "" : ", ") + last.number;
    if (++in_rest == kNumbersInALine) say_rest();
  }
  say_rest();
  out.body.push_back(over ? Message{"domain.storm.over", {}}
                          : Message{"domain.storm.goes_on", {{"every", to_text(brake.summary)}}});
  return out;
}

}  // namespace xj::domain
