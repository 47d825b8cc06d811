#pragma once
// The storm brake: what may be held back when too much comes at once, and the one message that says all of
// it. Pure; collector/storm_desk keeps what it needs.
#include <string>
#include <string_view>
#include <vector>

#include "collector/domain/brake.h"
#include "collector/domain/case_state.h"
#include "collector/domain/contract.h"

namespace xj::domain {

// What the machine says by itself. Never what a person did, nor an escalation, which waits for somebody's
// word.
bool is_braked(EventKind kind, std::string_view actor);
// Cases of the most severe grade, where the kind has another, are told one by one whatever comes.
bool is_gravest(const CaseState& state, const Contract& contract);
// What a case is about, in one line: what was reported, else its first problem, one that stands if any does.
// An argument of a Message.
std::string case_title(const CaseState& state, const Contract& contract);

// How a case stands when what was held of it is said: since then people may have done something, which went
// out at once. `grade` and `title` are arguments of a Message.
struct CaseNow {
  std::string title, grade_id, grade;
  Status status = Status::none;  // none: it was not found
};
CaseNow case_now(const CaseState& state, const Contract& contract);

// One notice that was not sent by itself. `grade` and `system` are arguments of a Message.
struct Withheld {
  std::string number, grade_id, grade, system, title;
  EventKind kind = EventKind::detected;
  bool again = false;            // said again, because nobody takes the case on
  Status status = Status::none;  // of the case now; none: what was held is all there is to go by
};
struct StormSummary {
  Message subject;
  std::vector<Message> body;
  std::vector<std::string> numbers;  // of the cases, each once, in the order of the body
};
// So many cases are named with all there is to say; of more only the numbers.
inline constexpr std::size_t kWholeLines = 200;
// What goes out in the place of `withheld`, which came in that order. Each case is named once, the most
// severe first, those that are over last; where it came to stand otherwise than was held, its status is
// added. `over`: notices go out one by one from here on.
StormSummary sum_up(const std::vector<Withheld>& withheld, const Contract& contract, const Brake& brake,
                    bool over);

}  // namespace xj::domain
