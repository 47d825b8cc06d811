#pragma once
// The command table: what --help shows, what is parsed, and what man pages and completion are made of.
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"

namespace xj::cli {

struct Context;

struct ArgumentSpec {
  std::string_view name;  // as shown: "HOST"
  std::string_view help;  // message id
  bool required = true;
  bool many = false;
};
struct OptionSpec {
  std::string_view name;   // "--format"
  std::string_view value;  // as shown: "FILE"; empty: a flag
  std::string_view help;   // message id
};

// What was given, names as in the table.
struct Arguments {
  std::vector<std::string> words;
  std::map<std::string, std::string, std::less<>> options;  // the last of each
  std::vector<std::pair<std::string, std::string>> given;   // every one, in order
  bool has(std::string_view name) const { return options.find(name) != options.end(); }
  std::string get(std::string_view name) const {
    const auto it = options.find(name);
    return it == options.end() ? std::string{} : it->second;
  }
  // Of an option that may be repeated.
  std::vector<std::string> all(std::string_view name) const {
    std::vector<std::string> out;
    for (const auto& [option, value] : given)
      if (option == name) out.push_back(value);
    return out;
  }
};

struct Command {
  std::string_view path;  // "case ack"
  std::string_view help;  // message id
  std::span<const ArgumentSpec> arguments;
  std::span<const OptionSpec> options;
  int (*run)(Context& context, const Arguments& arguments);
};

std::span<const Command> commands();
std::span<const OptionSpec> global_options();

// What --help prints: of everything (""), a group ("case") or a command ("case ack").
std::string help_text(std::string_view path, Lang lang);

struct Parsed {
  const Command* command = nullptr;  // null with help: of a group or of everything
  std::string path;                  // as far as it was recognised
  Arguments arguments;
  bool help = false;
  Message error;  // not empty: usage, exit 2
};
Parsed parse_command_line(const std::vector<std::string>& words);

// One file each.
int run_status(Context&, const Arguments&);
int run_hosts(Context&, const Arguments&);
int run_checks(Context&, const Arguments&);
int run_results(Context&, const Arguments&);
int run_query(Context&, const Arguments&);
int run_case_list(Context&, const Arguments&);
int run_incidents(Context&, const Arguments&);
int run_case_show(Context&, const Arguments&);
int run_case_open(Context&, const Arguments&);
int run_case_ack(Context&, const Arguments&);
int run_case_recompute(Context&, const Arguments&);
int run_case_register(Context&, const Arguments&);
int run_case_report(Context&, const Arguments&);
int run_case_arrive(Context&, const Arguments&);
int run_case_told(Context&, const Arguments&);
int run_case_note(Context&, const Arguments&);
int run_case_grade(Context&, const Arguments&);
int run_case_pause(Context&, const Arguments&);
int run_case_resume(Context&, const Arguments&);
int run_case_recover(Context&, const Arguments&);
int run_case_reopen(Context&, const Arguments&);
int run_case_sign(Context&, const Arguments&);
int run_case_false_alarm(Context&, const Arguments&);
int run_case_close(Context&, const Arguments&);
int run_case_request_close(Context&, const Arguments&);
int run_case_confirm(Context&, const Arguments&);
int run_case_verify(Context&, const Arguments&);
int run_case_merge(Context&, const Arguments&);
int run_case_split(Context&, const Arguments&);
int run_case_escalate(Context&, const Arguments&);
int run_case_approve(Context&, const Arguments&);
int run_case_amend(Context&, const Arguments&);
int run_explain(Context&, const Arguments&);
int run_round(Context&, const Arguments&);
int run_round_list(Context&, const Arguments&);
int run_round_show(Context&, const Arguments&);
int run_round_fill(Context&, const Arguments&);
int run_round_submit(Context&, const Arguments&);
int run_round_review(Context&, const Arguments&);
int run_round_sign(Context&, const Arguments&);
int run_report_list(Context&, const Arguments&);
int run_report_case(Context&, const Arguments&);
int run_report_render(Context&, const Arguments&);
int run_agent_list(Context&, const Arguments&);
int run_agent_revoke(Context&, const Arguments&);
int run_token_create(Context&, const Arguments&);
int run_calendar_due(Context&, const Arguments&);
int run_calendar_between(Context&, const Arguments&);
int run_calendar_show(Context&, const Arguments&);
int run_calendar_import(Context&, const Arguments&);
int run_sla_due(Context&, const Arguments&);
int run_notify_list(Context&, const Arguments&);
int run_notify_test(Context&, const Arguments&);
int run_duty_show(Context&, const Arguments&);
int run_duty_set(Context&, const Arguments&);
int run_duty_import(Context&, const Arguments&);
int run_knowledge_find(Context&, const Arguments&);
int run_knowledge_show(Context&, const Arguments&);
int run_knowledge_edit(Context&, const Arguments&);
int run_knowledge_approve(Context&, const Arguments&);
int run_knowledge_withdraw(Context&, const Arguments&);
int run_obligations(Context&, const Arguments&);
int run_obligations_done(Context&, const Arguments&);
int run_obligations_happened(Context&, const Arguments&);
int run_obligations_withdraw(Context&, const Arguments&);
int run_obligations_records(Context&, const Arguments&);
int run_deduction_list(Context&, const Arguments&);
int run_deduction_show(Context&, const Arguments&);
int run_deduction_record(Context&, const Arguments&);
int run_deduction_waive(Context&, const Arguments&);
int run_deduction_withdraw(Context&, const Arguments&);
int run_deduction_records(Context&, const Arguments&);
int run_db_status(Context&, const Arguments&);
int run_db_backup(Context&, const Arguments&);
int run_db_restore(Context&, const Arguments&);
int run_db_prune(Context&, const Arguments&);
int run_db_export(Context&, const Arguments&);
int run_db_check(Context&, const Arguments&);
int run_simulate(Context&, const Arguments&);
int run_config_check(Context&, const Arguments&);
int run_version(Context&, const Arguments&);

}  // namespace xj::cli
