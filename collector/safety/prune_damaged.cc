#include "collector/safety/prune_damaged.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "collector/history/manifest_file.h"
#include "collector/history/set_aside.h"
#include "collector/safety/copy.h"
#include "collector/safety/prune.h"
#include "collector/safety/survey_history.h"

namespace xj::collector {
namespace {

constexpr std::string_view kBelow = "history/";

std::map<std::string, Findings> by_name(Findings findings) {
  std::map<std::string, Findings> out;
  for (auto& finding : findings) out[finding.file.substr(kBelow.size())].push_back(std::move(finding));
  return out;
}

// What a disk does not tell of a file is no reason to keep it where it is.
std::uint64_t size_if_told(io::FileSystem& fs, const std::string& path) {
  try {
    return size_of(fs, path);
  } catch (const Fault& fault) {
    pass_on_unless_damage(fault);
    return 0;
  }
}

Stays stays_of(const Manifest& rest, std::int64_t day) {
  const bool files = std::any_of(rest.files.begin(), rest.files.end(),
                                 [&](const HistoryFile& file) { return file.day == day; });
  const bool hours = summary_of(rest, day) != nullptr;
  return files && hours ? Stays::files_and_hours
         : files        ? Stays::files
         : hours        ? Stays::hours
                        : Stays::nothing;
}

std::set<std::string> names_in(const std::vector<DamagedFile>& files) {
  std::set<std::string> names;
  for (const auto& file : files) names.insert(file.name);
  return names;
}

}  // namespace

DamagedHistory find_damaged(io::FileSystem& fs, const std::string& dir, const Progress& progress) {
  DamagedHistory out;
  out.manifest = manifest_to_prune(fs, dir);
  auto damaged = by_name(survey_history(fs, dir, out.manifest, progress));
  const auto add = [&](const std::string& name, std::int64_t day) {
    const auto found = damaged.find(name);
    if (found == damaged.end()) return;
    DamagedFile file;
    file.name = name, file.day = day, file.findings = std::move(found->second);
    file.missing = file.findings.front().what.id == "safety.history.missing";
    if (!file.missing) file.bytes = size_if_told(fs, dir + "/history/" + name);
    out.files.push_back(std::move(file));
  };
  for (const auto& file : out.manifest.files) add(file.name, file.day);
  for (const auto& summary : out.manifest.summaries) add(summary.name, summary.day);
  std::sort(out.files.begin(), out.files.end(), [](const DamagedFile& a, const DamagedFile& b) {
    return std::tie(a.day, a.name) < std::tie(b.day, b.name);
  });

  const auto rest = without(out.manifest, names_in(out.files));
  const auto samples = sample_names(rest);
  for (auto& file : out.files) file.stays = stays_of(rest, file.day);
  for (const auto& summary : out.manifest.summaries)
    for (auto& file : out.files)
      if (file.name == summary.name && samples.count(summary.of) > 0) file.stays = Stays::all;
  return out;
}

void take_out(io::FileSystem& fs, const std::string& dir, DamagedHistory& found) {
  const auto history = dir + "/history";
  (void)finish_setting_aside(fs, history, found.manifest);  // of a try before this one
  std::vector<std::string> there;
  for (const auto& file : found.files)
    if (!file.missing) there.push_back(file.name);
  const auto rest = without(found.manifest, names_in(found.files));
  if (!there.empty()) plan_setting_aside(fs, history, there);
  ManifestFile(fs, history).shrink(rest);
  found.manifest = rest;
  for (const auto& done : finish_setting_aside(fs, history, rest))
    for (auto& file : found.files)
      if (file.name == done.name) file.aside = done.as;
}

}  // namespace xj::collector
