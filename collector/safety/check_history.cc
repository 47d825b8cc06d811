// Head, foot, index, every block and every chunk of every day file, and the manifest that names them.
#include <set>

#include "collector/history/manifest.h"
#include "collector/safety/check.h"

namespace xj::collector {
namespace {

void check_figures(const HistoryFile& named, const SegmentFigures& found, std::int64_t day, Finding finding,
                   Findings& findings) {
  const auto differ = [&](const char* what, std::uint64_t in_manifest, std::uint64_t in_file) {
    if (in_manifest == in_file) return;
    finding.what = {
        "safety.history.figure",
        {{"what", what}, {"manifest", std::to_string(in_manifest)}, {"found", std::to_string(in_file)}}};
    findings.push_back(finding);
  };
  differ("day", static_cast<std::uint64_t>(named.day), static_cast<std::uint64_t>(day));
  differ("bytes", named.figures.bytes, found.bytes);
  differ("rows", named.figures.rows, found.rows);
  differ("values", named.figures.values, found.values);
  differ("series", named.figures.series, found.series);
}

void check_file(io::FileSystem& fs, const std::string& dir, const HistoryFile& file, Findings& findings) {
  Finding finding;
  finding.file = "history/" + file.name;
  finding.mend = {"safety.mend.restore", {}};
  const auto path = dir + "/" + finding.file;
  if (!fs.exists(path)) {
    finding.what = {"safety.history.missing", {}};
    findings.push_back(finding);
    return;
  }
  try {
    Segment segment(fs, path);
    bool whole = true;
    const auto figures = segment.survey([&](std::uint64_t offset, const std::string& what) {
      auto one = finding;
      one.offset = static_cast<std::int64_t>(offset);
      one.what = Message::literal(what);
      findings.push_back(std::move(one));
      whole = false;
    });
    if (whole) check_figures(file, figures, segment.day(), finding, findings);
  } catch (const Fault& fault) {
    pass_on_unless_damage(fault);
    finding.what = Message::literal(fault.what());
    findings.push_back(finding);
  }
}

void check_summary(io::FileSystem& fs, const std::string& dir, const HistorySummary& named,
                   Findings& findings) {
  Finding finding;
  finding.file = "history/" + named.name;
  finding.mend = {"safety.mend.restore", {}};
  const auto path = dir + "/" + finding.file;
  const auto tell = [&](Message what, std::int64_t offset = -1) {
    auto one = finding;
    one.offset = offset, one.what = std::move(what);
    findings.push_back(std::move(one));
  };
  if (!fs.exists(path)) {
    if (fs.exists(dir + "/history/" + named.of)) finding.mend = {"safety.mend.itself", {}};
    return tell({"safety.history.missing", {}});
  }
  try {
    SummaryFile file(fs, path);
    bool whole = true;
    const auto found = file.survey([&](std::uint64_t offset, const std::string& what) {
      tell(Message::literal(what), static_cast<std::int64_t>(offset));
      whole = false;
    });
    const auto differ = [&](const char* what, std::uint64_t in_manifest, std::uint64_t in_file) {
      if (whole && in_manifest != in_file)
        tell({"safety.history.figure",
              {{"what", what},
               {"manifest", std::to_string(in_manifest)},
               {"found", std::to_string(in_file)}}});
    };
    differ("day", static_cast<std::uint64_t>(named.day), static_cast<std::uint64_t>(file.day()));
    differ("bytes", named.figures.bytes, found.bytes);
    differ("series", named.figures.series, found.series);
    differ("metrics", named.figures.metrics, found.metrics);
    differ("hours", named.figures.hours, found.hours);
  } catch (const Fault& fault) {
    pass_on_unless_damage(fault);
    tell(Message::literal(fault.what()));
  }
}

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
    findings.push_back({name, -1, {}, Message::literal(fault.what()), {"safety.mend.restore", {}}});
    return std::nullopt;
  }
}

}  // namespace

void check_history(io::FileSystem& fs, const std::string& dir, const CheckMeter& meter, Checked& out) {
  const auto manifest = read_manifest(fs, dir, out.positions.journal_first, out.findings);
  if (!manifest) return;
  out.positions.history = manifest->position;
  out.history = parts_of(*manifest);
  std::uint64_t read = 0;
  for (const auto& file : manifest->files) {
    check_file(fs, dir, file, out.findings);
    meter.at(read += file.figures.bytes);
  }
  for (const auto& summary : manifest->summaries) {
    check_summary(fs, dir, summary, out.findings);
    meter.at(read += summary.figures.bytes);
  }
}

}  // namespace xj::collector
