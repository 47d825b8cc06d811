// THE TABLE of commands. A new one is a row here, its function in a file of its own, and its words in
// core/texts/cli.cc.
#include "cli/commands.h"

namespace xj::cli {
namespace {

constexpr ArgumentSpec kNumber[] = {{"NUMBER", "cli.arg.number"}};
constexpr ArgumentSpec kHost[] = {{"HOST", "cli.arg.host_optional", false}};
constexpr ArgumentSpec kHostCheck[] = {{"HOST", "cli.arg.host"}, {"CHECK", "cli.arg.check"}};
constexpr ArgumentSpec kNumberText[] = {{"NUMBER", "cli.arg.number"}, {"TEXT", "cli.arg.text", false}};
constexpr ArgumentSpec kNumberNote[] = {{"NUMBER", "cli.arg.number"}, {"TEXT", "cli.arg.note", false}};
constexpr ArgumentSpec kNumberGrade[] = {
    {"NUMBER", "cli.arg.number"}, {"GRADE", "cli.arg.grade"}, {"TEXT", "cli.arg.text", false}};
constexpr ArgumentSpec kNumberReason[] = {
    {"NUMBER", "cli.arg.number"}, {"REASON", "cli.arg.reason"}, {"TEXT", "cli.arg.text", false}};
constexpr ArgumentSpec kNumberEvent[] = {
    {"NUMBER", "cli.arg.number"}, {"N", "cli.arg.event"}, {"TEXT", "cli.arg.text", false}};
constexpr ArgumentSpec kNumberCondition[] = {
    {"NUMBER", "cli.arg.number"}, {"N", "cli.arg.condition"}, {"TEXT", "cli.arg.text", false}};
constexpr ArgumentSpec kSystemText[] = {{"SYSTEM", "cli.arg.system"}, {"TEXT", "cli.arg.what", false}};
constexpr ArgumentSpec kRound[] = {{"ROUND", "cli.arg.round"}};
constexpr ArgumentSpec kDocument[] = {{"NUMBER", "cli.arg.document", false}};
constexpr ArgumentSpec kChannel[] = {{"CHANNEL", "notify.arg.channel"}};
constexpr ArgumentSpec kName[] = {{"NAME", "cli.arg.agent"}};
constexpr ArgumentSpec kPaths[] = {{"PATH", "cli.arg.path", true, true}};

constexpr OptionSpec kChecksOptions[] = {{"--problems", "", "cli.opt.problems"}};
constexpr OptionSpec kResultsOptions[] = {{"--item", "KEY", "cli.opt.item"},
                                          {"--limit", "N", "cli.opt.limit"}};
constexpr ArgumentSpec kWhat[] = {{"WHAT", "query.arg.what"}};
constexpr OptionSpec kQueryOptions[] = {{"--host", "PATTERN", "query.opt.host"},
                                        {"--item", "PATTERN", "query.opt.item"},
                                        {"--from", "TIME", "query.opt.from"},
                                        {"--to", "TIME", "query.opt.to"},
                                        {"--step", "TIME", "query.opt.step"},
                                        {"--over", "WORD", "query.opt.over"},
                                        {"--across", "WORD", "query.opt.across"},
                                        {"--by", "LIST", "query.opt.by"},
                                        {"--top", "N", "query.opt.top"},
                                        {"--availability", "", "query.opt.availability"},
                                        {"--completeness", "", "query.opt.completeness"},
                                        {"--sparkline", "", "query.opt.sparkline"},
                                        {"--csv", "", "query.opt.csv"}};
constexpr OptionSpec kListOptions[] = {{"--kind", "KIND", "cli.opt.kind"},
                                       {"--contract", "ID", "cli.opt.contract"},
                                       {"--all", "", "cli.opt.all"},
                                       {"--limit", "N", "cli.opt.limit"}};
constexpr OptionSpec kIncidentOptions[] = {{"--contract", "ID", "cli.opt.contract"},
                                           {"--all", "", "cli.opt.all"},
                                           {"--limit", "N", "cli.opt.limit"}};
constexpr OptionSpec kOpenOptions[] = {{"--kind", "KIND", "cli.opt.open_kind"},
                                       {"--grade", "GRADE", "cli.opt.open_grade"},
                                       {"--at", "TIME", "cli.opt.open_at"},
                                       {"--as", "PERSON", "cli.opt.as"},
                                       {"--why", "TEXT", "cli.opt.why"}};
constexpr OptionSpec kActOptions[] = {
    {"--at", "TIME", "cli.opt.at"}, {"--as", "PERSON", "cli.opt.as"}, {"--why", "TEXT", "cli.opt.why"}};
constexpr OptionSpec kAmendOptions[] = {
    {"--at", "TIME", "cli.opt.amend_at"}, {"--as", "PERSON", "cli.opt.as"}, {"--why", "TEXT", "cli.opt.why"}};
constexpr OptionSpec kNoteOptions[] = {{"--about", "WORD", "cli.opt.about"},
                                       {"--at", "TIME", "cli.opt.at"},
                                       {"--as", "PERSON", "cli.opt.as"},
                                       {"--why", "TEXT", "cli.opt.why"}};
constexpr OptionSpec kReportOptions[] = {{"--to", "ROLE", "cli.opt.to"},
                                         {"--at", "TIME", "cli.opt.at"},
                                         {"--as", "PERSON", "cli.opt.as"},
                                         {"--why", "TEXT", "cli.opt.why"}};
constexpr ArgumentSpec kNumberRule[] = {
    {"NUMBER", "cli.arg.number"}, {"RULE", "cli.arg.rule"}, {"TEXT", "cli.arg.text", false}};
constexpr OptionSpec kToldOptions[] = {{"--how", "WAY", "cli.opt.how"},
                                       {"--to", "ROLE", "cli.opt.tell_to"},
                                       {"--at", "TIME", "cli.opt.at"},
                                       {"--as", "PERSON", "cli.opt.as"},
                                       {"--why", "TEXT", "cli.opt.why"}};
constexpr OptionSpec kVerifyOptions[] = {{"--accept", "", "cli.opt.accept"},
                                         {"--reject", "", "cli.opt.reject"},
                                         {"--at", "TIME", "cli.opt.at"},
                                         {"--as", "PERSON", "cli.opt.as"},
                                         {"--why", "TEXT", "cli.opt.why"}};
constexpr OptionSpec kCaseSignOptions[] = {{"--part", "ROLE", "cli.opt.case_part"},
                                           {"--at", "TIME", "cli.opt.at"},
                                           {"--as", "PERSON", "cli.opt.as"},
                                           {"--why", "TEXT", "cli.opt.why"}};
constexpr OptionSpec kMergeOptions[] = {{"--into", "NUMBER", "cli.opt.into"},
                                        {"--at", "TIME", "cli.opt.at"},
                                        {"--as", "PERSON", "cli.opt.as"},
                                        {"--why", "TEXT", "cli.opt.why"}};
constexpr OptionSpec kSplitOptions[] = {{"--item", "ITEM", "cli.opt.split_item"},
                                        {"--at", "TIME", "cli.opt.at"},
                                        {"--as", "PERSON", "cli.opt.as"},
                                        {"--why", "TEXT", "cli.opt.why"}};
constexpr OptionSpec kEscalateOptions[] = {{"--step", "N", "cli.opt.step"},
                                           {"--at", "TIME", "cli.opt.at"},
                                           {"--as", "PERSON", "cli.opt.as"},
                                           {"--why", "TEXT", "cli.opt.why"}};
constexpr OptionSpec kApproveOptions[] = {{"--step", "N", "cli.opt.approve_step"},
                                          {"--reject", "", "cli.opt.disapprove"},
                                          {"--at", "TIME", "cli.opt.at"},
                                          {"--as", "PERSON", "cli.opt.as"},
                                          {"--why", "TEXT", "cli.opt.why"}};
constexpr OptionSpec kRecomputeOptions[] = {{"--check", "", "cli.opt.recompute_check"},
                                            {"--config", "FILE", "cli.opt.recompute_config"},
                                            {"--data", "DIR", "cli.opt.recompute_data"}};
constexpr OptionSpec kDbBackupOptions[] = {{"--to", "DIR", "safety.opt.backup_to"},
                                           {"--dir", "DIR", "safety.opt.backup_dir"}};
constexpr OptionSpec kDbRestoreOptions[] = {{"--from", "DIR", "safety.opt.restore_from"},
                                            {"--to", "DIR", "safety.opt.restore_to"},
                                            {"--config", "FILE", "safety.opt.restore_config"}};
constexpr OptionSpec kDbCheckOptions[] = {{"--dir", "DIR", "safety.opt.dir"},
                                          {"--config", "FILE", "safety.opt.config"}};
constexpr OptionSpec kDbPruneOptions[] = {
    {"--before", "DATE", "safety.opt.prune_before"}, {"--keep", "DAYS", "safety.opt.prune_keep"},
    {"--damaged", "", "safety.opt.prune_damaged"},   {"--dry-run", "", "safety.opt.prune_dry"},
    {"--yes", "", "safety.opt.prune_yes"},           {"--dir", "DIR", "safety.opt.prune_dir"}};
constexpr ArgumentSpec kDbExportFiles[] = {{"FILE", "safety.arg.day_file", false, true}};
constexpr OptionSpec kDbExportOptions[] = {
    {"--out", "DIR", "safety.opt.export_out"},           {"--dir", "DIR", "safety.opt.dir"},
    {"--what", "WHAT", "safety.opt.export_what"},        {"--from", "TIME", "safety.opt.export_from"},
    {"--to", "TIME", "safety.opt.export_until"},         {"--host", "PATTERN", "safety.opt.export_host"},
    {"--check", "PATTERN", "safety.opt.export_check"},   {"--item", "PATTERN", "safety.opt.export_item"},
    {"--metric", "PATTERN", "safety.opt.export_metric"}, {"--zst", "", "safety.opt.export_zst"}};
constexpr OptionSpec kRoundOptions[] = {{"--inspector", "PERSON", "cli.opt.inspector"},
                                        {"--recorder", "PERSON", "cli.opt.recorder"},
                                        {"--analysis", "TEXT", "cli.opt.analysis"},
                                        {"--form-lang", "LANG", "cli.opt.form_lang"},
                                        {"--wait", "TIME", "cli.opt.wait"},
                                        {"--output", "FILE", "cli.opt.output"}};
constexpr OptionSpec kDocumentListOptions[] = {{"--contract", "ID", "cli.opt.contract"},
                                               {"--limit", "N", "cli.opt.limit"}};
constexpr OptionSpec kPaperOptions[] = {{"--form", "NAME", "cli.opt.paper_form"},
                                        {"--form-lang", "LANG", "cli.opt.form_lang"},
                                        {"--output", "FILE", "cli.opt.output"}};
constexpr OptionSpec kRenderOptions[] = {{"--output", "FILE", "cli.opt.render_output"},
                                         {"--format", "FORMAT", "cli.opt.format"},
                                         {"--facts", "FILE", "cli.opt.facts"},
                                         {"--form", "NAME", "cli.opt.form"},
                                         {"--form-dir", "DIR", "cli.opt.form_dir"}};
constexpr OptionSpec kNotifyListOptions[] = {{"--state", "STATE", "notify.opt.state"},
                                             {"--limit", "N", "cli.opt.limit"}};
constexpr OptionSpec kNotifyTestOptions[] = {{"--to", "ADDRESS", "notify.opt.to"},
                                             {"--wait", "TIME", "notify.opt.wait"}};
constexpr OptionSpec kTokenOptions[] = {{"--agent", "NAME", "cli.opt.agent"},
                                        {"--life", "TIME", "cli.opt.life"}};

constexpr OptionSpec kDueOptions[] = {
    {"--calendar", "NAME", "calendar.opt.calendar"}, {"--from", "TIME", "calendar.opt.from"},
    {"--add", "TIME", "calendar.opt.add"},           {"--by", "RULE", "calendar.opt.by"},
    {"--explain", "", "calendar.opt.explain"},       {"--contract", "PATH", "calendar.opt.contract"},
    {"--holidays", "FILE", "calendar.opt.holidays"}};
constexpr OptionSpec kBetweenOptions[] = {{"--calendar", "NAME", "calendar.opt.calendar"},
                                          {"--from", "TIME", "calendar.opt.from"},
                                          {"--to", "TIME", "calendar.opt.to"},
                                          {"--explain", "", "calendar.opt.explain"},
                                          {"--contract", "PATH", "calendar.opt.contract"},
                                          {"--holidays", "FILE", "calendar.opt.holidays"}};
constexpr OptionSpec kShowOptions[] = {{"--year", "YYYY", "calendar.opt.year"},
                                       {"--month", "YYYY-MM", "calendar.opt.month"},
                                       {"--calendar", "NAME", "calendar.opt.calendar_show"},
                                       {"--contract", "PATH", "calendar.opt.contract"},
                                       {"--holidays", "FILE", "calendar.opt.holidays"}};
constexpr OptionSpec kImportOptions[] = {{"--to", "FILE", "calendar.opt.import_to"},
                                         {"--dry-run", "", "calendar.opt.dry_run"}};
constexpr OptionSpec kSlaOptions[] = {
    {"--contract", "PATH", "calendar.opt.sla_contract"}, {"--kind", "KIND", "calendar.opt.kind"},
    {"--grade", "GRADE", "calendar.opt.grade"},          {"--at", "TIME", "calendar.opt.at"},
    {"--event", "KIND=TIME", "calendar.opt.event"},      {"--holidays", "FILE", "calendar.opt.holidays"}};
constexpr OptionSpec kObligationsOptions[] = {{"--due", "TIME", "duty.opt.due"},
                                              {"--from", "TIME", "duty.opt.from"},
                                              {"--to", "TIME", "duty.opt.to"},
                                              {"--all", "", "duty.opt.all"},
                                              {"--counts", "", "duty.opt.counts"},
                                              {"--contract", "PATH", "duty.opt.contract"},
                                              {"--holidays", "FILE", "calendar.opt.holidays"}};
constexpr OptionSpec kDutyOptions[] = {{"--at", "TIME", "duty.opt.show_at"},
                                       {"--week", "", "duty.opt.week"},
                                       {"--contract", "CONTRACT", "duty.opt.show_contract"}};
constexpr OptionSpec kDutySetOptions[] = {{"--contract", "CONTRACT", "duty.opt.of_contract"},
                                          {"--role", "ROLE", "duty.opt.role"},
                                          {"--from", "TIME", "duty.opt.set_from"},
                                          {"--to", "TIME", "duty.opt.set_to"},
                                          {"--a", "PERSON", "duty.opt.a"},
                                          {"--b", "PERSON", "duty.opt.b"},
                                          {"--as", "PERSON", "duty.opt.as"},
                                          {"--why", "TEXT", "duty.opt.why"}};
constexpr ArgumentSpec kRosterFile[] = {{"FILE", "duty.arg.file"}};
constexpr OptionSpec kDutyImportOptions[] = {{"--contract", "CONTRACT", "duty.opt.of_contract"},
                                             {"--role", "ROLE", "duty.opt.role"},
                                             {"--as", "PERSON", "duty.opt.as"},
                                             {"--why", "TEXT", "duty.opt.why"}};
constexpr ArgumentSpec kWords[] = {{"WORD", "knowledge.arg.word", false, true}};
constexpr ArgumentSpec kEntry[] = {{"NUMBER", "knowledge.arg.number"}};
constexpr OptionSpec kFindOptions[] = {{"--contract", "ID", "cli.opt.contract"},
                                       {"--system", "SYSTEM", "knowledge.opt.system"},
                                       {"--state", "STATE", "knowledge.opt.state"},
                                       {"--limit", "N", "cli.opt.limit"}};
constexpr OptionSpec kEditOptions[] = {{"--title", "TEXT", "knowledge.opt.title"},
                                       {"--cause", "TEXT", "knowledge.opt.cause"},
                                       {"--course", "TEXT", "knowledge.opt.course"},
                                       {"--method", "TEXT", "knowledge.opt.method"},
                                       {"--as", "PERSON", "cli.opt.as"},
                                       {"--why", "TEXT", "cli.opt.why"}};
constexpr OptionSpec kEntryOptions[] = {{"--as", "PERSON", "cli.opt.as"}, {"--why", "TEXT", "cli.opt.why"}};
constexpr ArgumentSpec kObligation[] = {{"NAME", "duty.arg.name"}};
constexpr ArgumentSpec kWord[] = {{"WORD", "duty.arg.word"}};
constexpr ArgumentSpec kRecord[] = {{"N", "duty.arg.record"}};
constexpr ArgumentSpec kContract[] = {{"CONTRACT", "duty.arg.contract", false}};
constexpr OptionSpec kDoneOptions[] = {{"--period", "PERIOD", "duty.opt.period"},
                                       {"--evidence", "TEXT", "duty.opt.evidence"},
                                       {"--at", "TIME", "duty.opt.at"},
                                       {"--as", "PERSON", "duty.opt.as"},
                                       {"--why", "TEXT", "duty.opt.why"}};
constexpr OptionSpec kHappenedOptions[] = {{"--note", "TEXT", "duty.opt.note"},
                                           {"--at", "TIME", "duty.opt.at"},
                                           {"--as", "PERSON", "duty.opt.as"},
                                           {"--why", "TEXT", "duty.opt.why"}};
constexpr OptionSpec kWithdrawOptions[] = {{"--as", "PERSON", "duty.opt.as"},
                                           {"--why", "TEXT", "duty.opt.why"}};
constexpr ArgumentSpec kSheet[] = {{"SHEET", "round.arg.sheet"}};
constexpr ArgumentSpec kSheetItem[] = {{"SHEET", "round.arg.sheet"}, {"ITEM", "round.arg.item"}};
constexpr ArgumentSpec kSheetAnalysis[] = {{"SHEET", "round.arg.sheet"},
                                           {"TEXT", "round.arg.analysis", false}};
constexpr ArgumentSpec kSheetWords[] = {{"SHEET", "round.arg.sheet"}, {"TEXT", "round.arg.words", false}};
constexpr OptionSpec kRoundListOptions[] = {{"--contract", "ID", "cli.opt.contract"},
                                            {"--open", "", "round.opt.open"},
                                            {"--limit", "N", "cli.opt.limit"}};
constexpr OptionSpec kFillOptions[] = {{"--result", "RESULT", "round.opt.result"},
                                       {"--remark", "TEXT", "round.opt.remark"},
                                       {"--at", "TIME", "round.opt.at"},
                                       {"--as", "PERSON", "round.opt.as"},
                                       {"--why", "TEXT", "round.opt.why"}};
constexpr OptionSpec kSheetOptions[] = {
    {"--at", "TIME", "round.opt.at"}, {"--as", "PERSON", "round.opt.as"}, {"--why", "TEXT", "round.opt.why"}};
constexpr OptionSpec kReviewOptions[] = {{"--accept", "", "round.opt.accept"},
                                         {"--reject", "", "round.opt.reject"},
                                         {"--at", "TIME", "round.opt.at"},
                                         {"--as", "PERSON", "round.opt.as"},
                                         {"--why", "TEXT", "round.opt.why"}};
constexpr OptionSpec kSignOptions[] = {{"--part", "PART", "round.opt.part"},
                                       {"--quality", "RATING", "round.opt.quality"},
                                       {"--at", "TIME", "round.opt.at"},
                                       {"--as", "PERSON", "round.opt.as"},
                                       {"--why", "TEXT", "round.opt.why"}};
constexpr ArgumentSpec kMoneyName[] = {{"NAME", "money.arg.name"}};
constexpr ArgumentSpec kMoneyRecord[] = {{"N", "money.arg.record"}};
constexpr ArgumentSpec kMoneyContract[] = {{"CONTRACT", "money.arg.contract", false}};
constexpr OptionSpec kMoneyListOptions[] = {{"--contract", "CONTRACT", "money.opt.contract"},
                                            {"--from", "TIME", "money.opt.from"},
                                            {"--to", "TIME", "money.opt.to"},
                                            {"--explain", "", "money.opt.explain"}};
constexpr OptionSpec kMoneyShowOptions[] = {{"--contract", "CONTRACT", "money.opt.of_contract"},
                                            {"--from", "TIME", "money.opt.from"},
                                            {"--to", "TIME", "money.opt.to"}};
constexpr OptionSpec kMoneyRecordOptions[] = {
    {"--why", "TEXT", "money.opt.why"},         {"--contract", "CONTRACT", "money.opt.of_contract"},
    {"--at", "TIME", "money.opt.at"},           {"--until", "TIME", "money.opt.until"},
    {"--count", "N", "money.opt.count"},        {"--case", "NUMBER", "money.opt.case"},
    {"--system", "SYSTEM", "money.opt.system"}, {"--price", "PRICE", "money.opt.price"},
    {"--sum", "YUAN", "money.opt.sum"},         {"--as", "PERSON", "money.opt.as"}};
constexpr OptionSpec kMoneyWaiveOptions[] = {{"--why", "TEXT", "money.opt.why"},
                                             {"--contract", "CONTRACT", "money.opt.of_contract"},
                                             {"--case", "NUMBER", "money.opt.case"},
                                             {"--record", "N", "money.opt.record"},
                                             {"--force-majeure", "", "money.opt.force_majeure"},
                                             {"--as", "PERSON", "money.opt.as"}};
constexpr OptionSpec kMoneyWithdrawOptions[] = {{"--why", "TEXT", "money.opt.why"},
                                                {"--contract", "CONTRACT", "money.opt.of_contract"},
                                                {"--as", "PERSON", "money.opt.as"}};
constexpr ArgumentSpec kScenario[] = {{"SCENARIO", "simulate.arg"}};
constexpr OptionSpec kSimulateOptions[] = {{"--out", "DIR", "simulate.opt.out"},
                                           {"--holidays", "FILE", "simulate.opt.holidays"}};
constexpr ArgumentSpec kFile[] = {{"FILE", "calendar.arg.file"}};

constexpr OptionSpec kGlobal[] = {
    {"--server", "URL", "cli.opt.server"},
    {"--ca", "FILE", "cli.opt.ca"},
    {"--token-file", "FILE", "cli.opt.token_file"},
    {"--json", "", "cli.opt.json"},
    {"--lang", "LANG", "cli.opt.lang"},
    {"--no-color", "", "cli.opt.no_color"},
    {"--help", "", "cli.opt.help"},
};

constexpr Command kCommands[] = {
    {"status", "cli.help.status", {}, {}, run_status},
    {"hosts", "cli.help.hosts", {}, {}, run_hosts},
    {"checks", "cli.help.checks", kHost, kChecksOptions, run_checks},
    {"results", "cli.help.results", kHostCheck, kResultsOptions, run_results},
    {"query", "query.help", kWhat, kQueryOptions, run_query},
    {"incidents", "cli.help.incidents", {}, kIncidentOptions, run_incidents},
    {"case list", "cli.help.case_list", {}, kListOptions, run_case_list},
    {"case show", "cli.help.case_show", kNumber, {}, run_case_show},
    {"case open", "cli.help.case_open", kSystemText, kOpenOptions, run_case_open},
    {"case ack", "cli.help.case_ack", kNumberText, kActOptions, run_case_ack},
    {"case register", "cli.help.case_register", kNumberText, kActOptions, run_case_register},
    {"case report", "cli.help.case_report", kNumberText, kReportOptions, run_case_report},
    {"case told", "cli.help.case_told", kNumberRule, kToldOptions, run_case_told},
    {"case arrive", "cli.help.case_arrive", kNumberText, kActOptions, run_case_arrive},
    {"case note", "cli.help.case_note", kNumberNote, kNoteOptions, run_case_note},
    {"case grade", "cli.help.case_grade", kNumberGrade, kActOptions, run_case_grade},
    {"case pause", "cli.help.case_pause", kNumberReason, kActOptions, run_case_pause},
    {"case resume", "cli.help.case_resume", kNumberText, kActOptions, run_case_resume},
    {"case recover", "cli.help.case_recover", kNumberText, kActOptions, run_case_recover},
    {"case reopen", "cli.help.case_reopen", kNumberText, kActOptions, run_case_reopen},
    {"case false-alarm", "cli.help.case_false_alarm", kNumberText, kActOptions, run_case_false_alarm},
    {"case merge", "cli.help.case_merge", kNumberText, kMergeOptions, run_case_merge},
    {"case split", "cli.help.case_split", kNumberText, kSplitOptions, run_case_split},
    {"case escalate", "cli.help.case_escalate", kNumberText, kEscalateOptions, run_case_escalate},
    {"case approve", "cli.help.case_approve", kNumberText, kApproveOptions, run_case_approve},
    {"case request-close", "cli.help.case_request_close", kNumberText, kActOptions, run_case_request_close},
    {"case confirm", "cli.help.case_confirm", kNumberCondition, kActOptions, run_case_confirm},
    {"case verify", "cli.help.case_verify", kNumberText, kVerifyOptions, run_case_verify},
    {"case close", "cli.help.case_close", kNumberText, kActOptions, run_case_close},
    {"case sign", "cli.help.case_sign", kNumberText, kCaseSignOptions, run_case_sign},
    {"case amend", "cli.help.case_amend", kNumberEvent, kAmendOptions, run_case_amend},
    {"case recompute", "cli.help.case_recompute", {}, kRecomputeOptions, run_case_recompute},
    {"explain", "cli.help.explain", kNumber, {}, run_explain},
    {"round list", "round.help.list", {}, kRoundListOptions, run_round_list},
    {"round show", "round.help.show", kSheet, {}, run_round_show},
    {"round run", "cli.help.round_run", kRound, kRoundOptions, run_round},
    {"round fill", "round.help.fill", kSheetItem, kFillOptions, run_round_fill},
    {"round submit", "round.help.submit", kSheetAnalysis, kSheetOptions, run_round_submit},
    {"round review", "round.help.review", kSheetWords, kReviewOptions, run_round_review},
    {"round sign", "round.help.sign", kSheetWords, kSignOptions, run_round_sign},
    {"report list", "cli.help.report_list", {}, kDocumentListOptions, run_report_list},
    {"report case", "cli.help.report_paper", kNumber, kPaperOptions, run_report_case},
    {"report render", "cli.help.report_render", kDocument, kRenderOptions, run_report_render},
    {"notify list", "notify.help.list", {}, kNotifyListOptions, run_notify_list},
    {"notify test", "notify.help.test", kChannel, kNotifyTestOptions, run_notify_test},
    {"agent list", "cli.help.agent_list", {}, {}, run_agent_list},
    {"agent revoke", "cli.help.agent_revoke", kName, {}, run_agent_revoke},
    {"token create", "cli.help.token_create", {}, kTokenOptions, run_token_create},
    {"calendar due", "calendar.help.due", {}, kDueOptions, run_calendar_due},
    {"calendar between", "calendar.help.between", {}, kBetweenOptions, run_calendar_between},
    {"calendar show", "calendar.help.show", {}, kShowOptions, run_calendar_show},
    {"calendar import", "calendar.help.import", kFile, kImportOptions, run_calendar_import},
    {"sla due", "calendar.help.sla_due", {}, kSlaOptions, run_sla_due},
    {"duty show", "duty.help.show", {}, kDutyOptions, run_duty_show},
    {"duty set", "duty.help.set", {}, kDutySetOptions, run_duty_set},
    {"duty import", "duty.help.import", kRosterFile, kDutyImportOptions, run_duty_import},
    {"knowledge find", "knowledge.help.find", kWords, kFindOptions, run_knowledge_find},
    {"knowledge show", "knowledge.help.show", kEntry, {}, run_knowledge_show},
    {"knowledge edit", "knowledge.help.edit", kEntry, kEditOptions, run_knowledge_edit},
    {"knowledge approve", "knowledge.help.approve", kEntry, kEntryOptions, run_knowledge_approve},
    {"knowledge withdraw", "knowledge.help.withdraw", kEntry, kEntryOptions, run_knowledge_withdraw},
    {"obligations", "duty.help.obligations", {}, kObligationsOptions, run_obligations},
    {"obligations done", "duty.help.done", kObligation, kDoneOptions, run_obligations_done},
    {"obligations happened", "duty.help.happened", kWord, kHappenedOptions, run_obligations_happened},
    {"obligations withdraw", "duty.help.withdraw", kRecord, kWithdrawOptions, run_obligations_withdraw},
    {"obligations records", "duty.help.records", kContract, {}, run_obligations_records},
    {"deduction list", "money.help.list", {}, kMoneyListOptions, run_deduction_list},
    {"deduction show", "money.help.show", kMoneyName, kMoneyShowOptions, run_deduction_show},
    {"deduction record", "money.help.record", kMoneyName, kMoneyRecordOptions, run_deduction_record},
    {"deduction waive", "money.help.waive", kMoneyName, kMoneyWaiveOptions, run_deduction_waive},
    {"deduction withdraw", "money.help.withdraw", kMoneyRecord, kMoneyWithdrawOptions,
     run_deduction_withdraw},
    {"deduction records", "money.help.records", kMoneyContract, {}, run_deduction_records},
    {"db status", "safety.help.status", {}, kDbCheckOptions, run_db_status},
    {"db backup", "safety.help.backup", {}, kDbBackupOptions, run_db_backup},
    {"db restore", "safety.help.restore", {}, kDbRestoreOptions, run_db_restore},
    {"db check", "safety.help.check", {}, kDbCheckOptions, run_db_check},
    {"db prune", "safety.help.prune", {}, kDbPruneOptions, run_db_prune},
    {"db export", "safety.help.export", kDbExportFiles, kDbExportOptions, run_db_export},
    {"simulate", "simulate.help", kScenario, kSimulateOptions, run_simulate},
    {"config check", "cli.help.config_check", kPaths, {}, run_config_check},
    {"version", "cli.help.version", {}, {}, run_version},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }
std::span<const OptionSpec> global_options() { return kGlobal; }

}  // namespace xj::cli
