// The manifest of history, and every file that it names.
#include <set>

#include "collector/history/manifest.h"
#include "collector/safety/check.h"
#include "collector/safety/survey_history.h"

namespace xj::collector {
namespace {

// Where no manifest ever was: a part for each day, and the journal still has all that is in them.
bool is_of_first_flush(const std::vector<std::string>& files, std::uint64_t journal_first) {
  std::set<std::string> days;
  for (const auto& name : files)
    if (!name.ends_with(".xjh") || !days.insert(name.substr(0, 10)).second) return false;
  return journal_first == 1;
}

std::optional<Manifest> read_manifest(io::FileSystem& fs, const std::string& dir, std::uint64_t journal_first,
                                      Findings& findings) {
  const std::string name = "history/manifest";
  const auto path = dir + "/" + name;
  if (!fs.exists(path)) {
    // Then no file can count: a collector that has never written history has none either, or what a kill has
    // left of its first attempt.
    std::vector<std::string> files;
    for (const auto& other : fs.list(dir + "/history"))
      if (other.ends_with(".xjh") || other.ends_with(".xjs")) files.push_back(other);
    if (!files.empty() && !is_of_first_flush(files, journal_first))
      findings.push_back({name, -1, {}, {"safety.history.missing", {}}, {"safety.mend.restore", {}}});
    return std::nullopt;
  }
  try {
    const auto bytes = io::read_whole(fs, path);
    auto manifest = decode_manifest(bytes);
    if (!is_exact(manifest, bytes))
      findings.push_back({name, -1, {}, {"safety.history.manifest", {}}, {"safety.mend.restore", {}}});
    return manifest;
  } catch (const Fault& fault) {
    pass_on_unless_damage(fault);
    findings.push_back({name, -1, {}, damage_in_words(fault), {"safety.mend.restore", {}}});
    return std::nullopt;
  }
}

}  // namespace

void check_history(io::FileSystem& fs, const std::string& dir, const CheckMeter& meter, Checked& out) {
  const auto manifest = read_manifest(fs, dir, out.positions.journal_first, out.findings);
  if (!manifest) return;
  out.positions.history = manifest->position;
  out.history = parts_of(*manifest);
  const auto found =
      survey_history(fs, dir, *manifest, [&](std::uint64_t done, std::uint64_t) { meter.at(done); });
  out.findings.insert(out.findings.end(), found.begin(), found.end());
}

}  // namespace xj::collector
