#include "tests/unit/domain/scenario.h"

namespace xj::domain {
namespace {

TEST(Scenario, AnIncidentLivesFromDetectionToClosing) {
  Scenario s;
  s.run({
      {"+0s", "oa/http@web1 critical x3",
       "detected graded | INC-261120-01 open II run 1 | respond running +30m | report running +30m | "
       "resolve running +4h | written not_started | told zhang/mail li/mail"},
      {"+10m", "zhang ack", "acknowledged | INC-261120-01 acknowledged II | respond met +30m"},
      {"+11m", "li ack", "- | refused domain.refuse.acknowledged"},
      {"+15m", "-", "clock_warning | told zhang/mail li/mail wang/mail"},
      {"+20m", "zhang report text=by telephone", "reported | report met +30m"},
      {"+30m", "oa/docs@web2 critical x3",
       "joined graded | INC-261120-01 acknowledged I | resolve running +2h | report met +30m"},
      {"+40m", "oa/http@web1 ok", "problem_cleared | INC-261120-01 acknowledged I"},
      {"+50m", "oa/docs@web2 ok",
       "problem_cleared recovered | INC-261120-01 watching I | resolve met +2h | written running +72h50m | "
       "told zhang/mail li/mail"},
      {"+60m", "wang close", "- | refused domain.refuse.watching"},
      {"+337h", "-", "clock_breached watch_ended | INC-261120-01 recovered I"},
      {"+338h", "wang close text=client agrees", "closed | INC-261120-01 closed I | written breached"},
      {"+339h", "zhang note text=archived", "noted | INC-261120-01 closed"},
      {"+340h", "zhang ack", "- | refused domain.refuse.status"},
  });
  EXPECT_EQ(s.book().size(), 0U);
}

TEST(Scenario, AFailureInTheWatchPeriodReopensTheSameNumber) {
  Scenario s;
  s.run({
      {"+0s", "oa/disk@web1:/data warning x2",
       "detected graded | INC-261120-01 open III | report running +1h"},
      {"+5m", "oa/disk@web1:/data ok",
       "problem_cleared recovered | INC-261120-01 watching III | respond running +30m"},
      {"+24h", "oa/disk@web1:/data warning x2",
       "clock_warning clock_breached clock_warning clock_breached reopened joined | INC-261120-01 open III "
       "run 2 | "
       "respond running +24h30m | report running +25h"},
      {"+24h5m", "zhang ack", "acknowledged | INC-261120-01 acknowledged III run 2 | respond met +24h30m"},
      {"+24h30m", "oa/disk@web1:/data ok",
       "clock_warning problem_cleared recovered | INC-261120-01 watching III run 2"},
      // The watch began anew with the second recovery: 72 h from there.
      {"+96h29m59s", "-", "clock_warning clock_breached | INC-261120-01 watching III"},
      {"+96h30m", "-", "watch_ended | INC-261120-01 recovered III"},
      {"+97h", "oa/disk@web1:/data warning x2", "detected graded | INC-261124-01 open III run 1"},
  });
}

TEST(Scenario, PausesForTheContractsReasonsMoveTheDueTime) {
  Scenario s;
  s.run({
      {"+0s", "oa/http@web1 critical x3", "detected graded | resolve running +4h"},
      {"+5m", "zhang ack", "acknowledged"},
      {"+6m", "zhang report", "reported"},
      {"+1h", "zhang pause reason=lunch", "- | refused domain.refuse.pause_reason"},
      {"+1h", "zhang pause reason=client text=no access to the room", "paused | resolve paused"},
      {"+2h", "zhang pause reason=client", "- | refused domain.refuse.paused"},
      {"+5h", "-", "- | resolve paused"},
      {"+5h", "zhang resume", "resumed | resolve running +8h"},
      {"+8h", "-", "- | resolve running +8h"},
      {"+9h", "-", "clock_breached | resolve breached +8h"},
      {"+9h", "zhang resume", "- | refused domain.refuse.not_paused"},
  });
}

TEST(Scenario, GradesRiseByThemselvesButNeverArgueWithAPerson) {
  Scenario s;
  s.run({
      {"+0s", "oa/disk@web1 warning x2", "detected graded | INC-261120-01 open III"},
      {"+1m", "zhang ack", "acknowledged"},
      {"+2m", "zhang report", "reported"},
      {"+1h", "wang grade grade=III text=agreed", "graded | INC-261120-01 acknowledged III"},
      {"+2h", "-", "graded | INC-261120-01 acknowledged II"},  // a warning that lasts two hours
      {"+3h", "wang grade grade=III text=only a test system", "graded | INC-261120-01 acknowledged III"},
      {"+3h1m", "oa/disk@web1 critical",
       "problem_changed | INC-261120-01 acknowledged III"},  // II was known to the person
      {"+3h2m", "oa/login@web2 critical",
       "joined graded clock_breached | INC-261120-01 acknowledged I | resolve breached +2h"},
  });
}

TEST(Scenario, SystemsHaveCasesOfTheirOwnAndFlappingIsOneAlarm) {
  Scenario s;
  s.run({
      {"+0s", "hr/http@web2 critical", "detected graded | INC-261120-01 open II"},
      {"+1m", "oa/login@web1 critical",
       "detected graded | INC-261120-02 open I | told zhang/mail li/mail wang/mail wang/hook zhang/hook "
       "li/hook"},
      {"+2m", "oa/login@web1 ok", "problem_cleared recovered | INC-261120-02 watching I"},
      {"+3m", "oa/login@web1 critical", "reopened joined | INC-261120-02 open I run 2"},
      {"+4m", "oa/login@web1 ok", "problem_cleared recovered | INC-261120-02 watching I"},
      {"+5m", "oa/login@web1 critical", "reopened joined | INC-261120-02 open I run 3"},
      {"+6m", "oa/login@web1 ok", "problem_cleared recovered | INC-261120-02 watching I"},
      // The sixth change in a row: from here on it is one standing problem.
      {"+7m", "oa/login@web1 critical", "reopened joined | INC-261120-02 open I run 4"},
      {"+8m", "oa/login@web1 ok", "-"},
      {"+9m", "oa/login@web1 critical", "-"},
      {"+10m", "oa/login@web1 ok", "-"},
      {"+20m", "oa/login@web1 ok x10", "clock_warning clock_warning clock_breached | INC-261120-02 open I"},
      {"+25m", "oa/login@web1 ok x5",
       "clock_warning problem_cleared recovered | INC-261120-02 watching I run 4"},
  });
}

TEST(Scenario, SilenceIsNoRecoveryAndDataBringsItBack) {
  Scenario s;
  s.run({
      {"+0s", "oa/http@web1 critical x3", "detected graded | INC-261120-01 open II"},
      {"+3m10s", "oa/http@web1 silent", "-"},
      {"+3m11s", "oa/http@web1 silent", "problem_changed | INC-261120-01 open II"},
      {"+4m", "oa/http@web1 silent", "-"},
      {"+6m", "oa/http@web1 ok", "problem_cleared recovered | INC-261120-01 watching"},
      {"+10m", "oa/http@web1 silent", "reopened joined | INC-261120-01 open II run 2"},
      {"+11m", "oa/http@web1 critical",
       "problem_changed | INC-261120-01 open II run 2"},  // already stands: no second proof
  });
}

TEST(Scenario, APersonMayEndItAsAFalseAlarmOrRecoverWithAReason) {
  Scenario s;
  s.run({
      {"+0s", "oa/http@web1 critical x3", "detected graded"},
      {"+1m", "zhang recover", "- | refused domain.refuse.standing"},
      {"+2m", "zhang recover text=users work on the second node", "recovered | INC-261120-01 watching II"},
      {"+3m", "oa/http@web1 ok", "problem_cleared | INC-261120-01 watching II run 1"},
      {"+4m", "oa/disk@web1 warning x2", "reopened joined | INC-261120-01 open II run 2"},
      {"+5m", "zhang false_alarm", "- | refused domain.refuse.text"},
      {"+6m", "zhang false_alarm text=planned work",
       "false_alarm | INC-261120-01 false_alarm | respond ended | report ended"},
      {"+50h", "oa/disk@web1 warning", "-"},
      {"+51h", "oa/disk@web1 critical", "detected graded | INC-261122-01 open II"},
  });
}

TEST(Scenario, ATimeMendedLaterMovesTheClocks) {
  Scenario s;
  s.run({
      {"+0s", "oa/http@web1 critical x3", "detected graded"},
      {"+40m", "-", "clock_warning clock_warning clock_breached clock_breached | respond breached +30m"},
      {"+50m", "zhang ack at=+20m text=was on the telephone", "acknowledged | respond met +30m"},
      {"+51m", "zhang amend n=1 value=-15m", "- | refused domain.refuse.why"},
      {"+52m", "zhang amend n=1 value=-15m text=the users called at a quarter to nine",
       "amended | respond breached +15m | report breached +15m"},
      {"+53m", "zhang amend n=1 value=+21m text=no", "- | refused domain.refuse.after_others"},
      {"+54m", "zhang amend n=3 value=+10m text=no", "- | refused domain.refuse.not_amendable"},
      {"+55m", "zhang report at=+2h", "- | refused domain.refuse.future"},
      {"+56m", "zhang report at=-20m", "- | refused domain.refuse.before_start"},
  });
}

}  // namespace
}  // namespace xj::domain
