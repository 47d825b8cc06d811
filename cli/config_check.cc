#include "cli/config_check.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "checks/registry.h"
#include "cli/calendars.h"
#include "collector/contract/calendars.h"
#include "collector/contract/loader.h"
#include "collector/domain/own_host.h"
#include "collector/simulate/scenario.h"
#include "config/agent_config.h"
#include "config/collector_config.h"
#include "config/document.h"

namespace xj::cli {
namespace {

namespace fs = std::filesystem;

enum class FileKind { agent, collector, contract, scenario, unknown };

// By the keys only one of them has; the one most of the top-level keys belong to, so that a misspelt key does
// not hide what the file is.
FileKind kind_of(const config::Document& document) {
  static const std::set<std::string_view> agent{"collector", "state_dir", "spool",  "send",  "allow",
                                                "host_root", "probe",     "limits", "checks"};
  static const std::set<std::string_view> collector{"data_dir", "listen",    "names", "contracts", "holidays",
                                                    "channels", "enrolment", "tick",  "retention"};
  static const std::set<std::string_view> contract{
      "contract", "calendars", "people",     "roles",       "systems",     "kinds",
      "routes",   "rounds",    "notes",      "obligations", "indicators",  "key_periods",
      "prices",   "payments",  "deductions", "maintenance", "dependencies"};
  const auto score = [&](const std::set<std::string_view>& keys) {
    return std::count_if(document.root.entries.begin(), document.root.entries.end(),
                         [&](const config::Node::Entry& e) { return keys.contains(e.key); });
  };
  static const std::set<std::string_view> scenario{"scenario", "script"};
  if (score(scenario) > 0) return FileKind::scenario;
  const auto a = score(agent), b = score(collector), c = score(contract);
  if (a == 0 && b == 0 && c == 0) return FileKind::unknown;
  if (a >= b && a >= c) return FileKind::agent;
  return b >= c ? FileKind::collector : FileKind::contract;
}

void collect(const std::string& path, std::vector<std::string>& into, Problems& problems) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    into.push_back(path);
    return;
  }
  std::vector<std::string> found;
  for (auto it = fs::recursive_directory_iterator(path, fs::directory_options::skip_permission_denied, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    const auto extension = it->path().extension();
    if (it->is_regular_file(error) && (extension == ".yaml" || extension == ".yml"))
      found.push_back(it->path().string());
    if (found.size() > 10'000 || it.depth() > 16) break;
  }
  if (found.empty()) problems.push_back({{path, 0, 0}, {"config.check.no_files", {}}});
  std::sort(found.begin(), found.end());
  into.insert(into.end(), found.begin(), found.end());
}

std::string same_file(const std::string& path) {
  std::error_code error;
  const auto canonical = fs::weakly_canonical(path, error);
  return error ? path : canonical.string();
}

bool watches_the_collector(const domain::ContractPtr& contract) {
  return std::any_of(contract->systems.begin(), contract->systems.end(), [](const domain::System& system) {
    return std::any_of(system.checks.begin(), system.checks.end(),
                       [](const domain::CheckSpec& check) { return check.kind == domain::kOwnKind; });
  });
}

void check_collector(const std::string& file, std::set<std::string>& contracts_seen, ConfigCheck& out) {
  Problems own;
  const auto config = config::load_collector_config(file, own);
  const bool good = !has_errors(own);
  out.problems.insert(out.problems.end(), own.begin(), own.end());
  domain::HolidayTable holidays;
  for (const auto& csv : config.holidays) {
    out.files.push_back(csv);
    collector::merge_holidays(holidays, collector::load_holidays(csv, out.problems));
  }
  collector::LoadOptions::Channels channels;
  for (const auto& [name, channel] : config.channels) {
    channels.all.insert(name);
    if (std::holds_alternative<config::EmailChannel>(channel)) channels.mail.insert(name);
  }
  collector::LoadOptions options;
  options.holidays = &holidays;
  options.kinds = checks::validate;
  // With the channels themselves wrong, every route would be blamed for it too.
  if (good) options.channels = &channels;
  std::vector<std::string> files;
  for (const auto& path : config.contracts)
    for (auto& found : collector::contract_files(path, out.problems)) files.push_back(std::move(found));
  for (const auto& contract : files) {
    contracts_seen.insert(same_file(contract));
    out.files.push_back(contract);
  }
  const auto contracts = collector::load_contracts(files, options, out.problems);
  const bool removes = config.retention.min_free_bytes > 0 || config.retention.min_free_percent > 0;
  if (good && removes && !contracts.empty() &&
      std::none_of(contracts.begin(), contracts.end(), watches_the_collector))
    out.problems.push_back(
        {{file, 1, 1},
         {"config.check.unwatched",
          {{"host", std::string(domain::kOwnHost)}, {"kind", std::string(domain::kOwnKind)}}},
         true});
}

}  // namespace

ConfigCheck check_config_paths(const std::vector<std::string>& paths) {
  ConfigCheck out;
  std::vector<std::string> files;
  for (const auto& path : paths) collect(path, files, out.problems);
  std::vector<std::pair<std::string, FileKind>> sorted;
  std::set<std::string> seen;
  for (const auto& file : files) {
    if (!seen.insert(same_file(file)).second) continue;
    Problems own;
    const auto document = config::load_document(file, own);
    if (!document.readable) {
      out.files.push_back(file);
      out.problems.insert(out.problems.end(), own.begin(), own.end());
      continue;
    }
    sorted.emplace_back(file, kind_of(document));
  }
  // Collectors first: they bring what their contracts are checked against.
  // A contract by itself is held against the holidays of the program.
  const auto holidays = built_in_holidays(out.problems);
  std::set<std::string> contracts_seen;
  for (const auto& [file, kind] : sorted)
    if (kind == FileKind::collector) {
      out.files.push_back(file);
      check_collector(file, contracts_seen, out);
    }
  for (const auto& [file, kind] : sorted) {
    switch (kind) {
      case FileKind::collector: break;
      case FileKind::agent:
        out.files.push_back(file);
        for (const auto& own : config::load_agent_config(file, out.problems).checks)
          checks::validate(own.kind, own.params, own.place, out.problems);
        break;
      case FileKind::contract:
        if (contracts_seen.contains(same_file(file))) break;
        out.files.push_back(file);
        (void)collector::load_contract(file, {.holidays = &holidays, .kinds = checks::validate},
                                       out.problems);
        break;
      case FileKind::scenario: {
        out.files.push_back(file);
        collector::LoadOptions options;
        options.holidays = &holidays;
        (void)collector::load_scenario(file, options, out.problems);
        break;
      }
      case FileKind::unknown:
        out.files.push_back(file);
        out.problems.push_back({{file, 1, 1}, {"config.check.unknown_file", {}}});
        break;
    }
  }
  return out;
}

}  // namespace xj::cli
