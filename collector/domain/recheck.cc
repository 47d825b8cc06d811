#include "collector/domain/recheck.h"

#include <algorithm>

#include "collector/domain/clock.h"
#include "collector/domain/draft.h"
#include "collector/domain/telling.h"
#include "collector/domain/tick.h"

namespace xj::domain {
namespace {

constexpr const char* kNothing = "-";

std::string text_of(const std::optional<Timestamp>& t) { return t ? to_iso(*t) : kNothing; }

class Again {
 public:
  Again(const CaseState& before, const Contract& contract, const Event& event)
      : before_(before), contract_(contract), event_(event) {}

  void operator()(const ClockWarning& p) {
    if (is_tell_clock(p.clock)) {
      const auto view = telling(p.clock, p.run, p.due);
      compare("due", to_iso(p.due), text_of(view.due));
      compare("instant", to_iso(p.instant), text_of(view.warn));
      return;
    }
    const auto view = clock(p.clock, p.run);
    compare("due", to_iso(p.due), text_of(view.due));
    const auto warn = std::find_if(view.warns.begin(), view.warns.end(),
                                   [&](const WarnInstant& w) { return w.point == p.point; });
    compare("instant", to_iso(p.instant), warn == view.warns.end() ? kNothing : to_iso(warn->at));
  }
  void operator()(const ClockBreached& p) {
    if (is_tell_clock(p.clock))
      return compare("due", to_iso(p.due), text_of(telling(p.clock, p.run, p.due).due));
    compare("due", to_iso(p.due), text_of(clock(p.clock, p.run).due));
  }
  void operator()(const Recovered& p) {
    compare("watch", to_text(p.watch), to_text(watch_of(contract_, before_.case_kind, before_.grade)));
  }
  void operator()(const WatchEnded& p) {
    const auto end = watch_end(before_, contract_);
    compare("watch", to_text(p.watch),
            end ? to_text(*end - before_.at(before_.first(EventKind::recovered, before_.run))) : kNothing);
  }
  void operator()(const EscalationDrafted& p) {
    const auto due = clock(p.clock, p.run).due;
    compare("due", p.due, due ? to_iso(*due) : std::string{});
  }
  template <class Other>
  void operator()(const Other&) {}

  std::vector<Redecided> take() { return std::move(out_); }

 private:
  ClockView clock(const std::string& name, int run) const {
    for (auto& view : clocks(before_, contract_, event_.known))
      if (view.name == name && view.run == run) return std::move(view);
    return {};
  }
  // Of the turns of a rule the one with that due time; else the last.
  TellView telling(const std::string& name, int run, Timestamp due) const {
    TellView out;
    for (auto& view : tellings(before_, contract_, event_.known))
      if (tell_clock(view.rule) == name && view.run == run) {
        out = std::move(view);
        if (out.due == due) break;
      }
    return out;
  }
  void compare(const char* field, std::string kept, std::string again) {
    if (kept != again) out_.push_back({field, std::move(kept), std::move(again)});
  }
  const CaseState& before_;
  const Contract& contract_;
  const Event& event_;
  std::vector<Redecided> out_;
};

}  // namespace

bool is_decided(const Event& event) {
  const auto kind = event.kind();
  return kind == EventKind::clock_warning || kind == EventKind::clock_breached ||
         kind == EventKind::recovered || kind == EventKind::watch_ended ||
         kind == EventKind::escalation_drafted;
}

std::vector<Redecided> recheck(const CaseState& before, const Contract& contract, const Event& event) {
  Again again(before, contract, event);
  std::visit(again, event.payload);
  return again.take();
}

}  // namespace xj::domain
