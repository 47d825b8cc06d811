#include "collector/safety/export.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "collector/history/manifest_file.h"
#include "collector/safety/copy.h"
#include "collector/safety/export_parts.h"
#include "core/io/record_log_survey.h"

namespace xj::collector {
namespace {

constexpr std::int64_t kDay = 24LL * 3600 * 1000;
constexpr std::size_t kMaxRecord = 16u << 20;  // of the journal

// Told apart from a damaged one, which says what is wrong with it itself.
void require_day_file(io::FileSystem& fs, const std::string& path) {
  const Message mend{"safety.mend.day_file", {}};
  std::error_code unknown;  // the file system of a test has no such folder
  if (!fs.exists(path)) throw SaidFault({"safety.export.no_file", {{"file", path}}}, mend);
  std::string head(kDayFile.magic.size(), '\0');
  if (std::filesystem::is_directory(path, unknown) ||
      fs.open(path, io::OpenMode::read)->read_at(0, head.data(), head.size()) != head.size() ||
      head != kDayFile.magic)
    throw SaidFault({"safety.export.no_day_file", {{"file", path}}}, mend);
}

std::vector<ExportDay> days_of_source(io::FileSystem& fs, const ExportSource& source, const ScanAsk& which) {
  std::map<std::int64_t, ExportDay> days;
  const auto add = [&](std::int64_t day, std::string path, std::uint64_t bytes) {
    if (from_ms(day * kDay) >= which.to || from_ms((day + 1) * kDay) <= which.from) return;
    auto& of = days[day];
    of.day = day;
    of.paths.push_back(std::move(path));
    of.bytes += bytes;
  };
  if (!source.dir.empty())
    if (const auto manifest = ManifestFile(fs, source.dir + "/history").read())
      for (const auto& file : manifest->files)
        add(file.day, source.dir + "/history/" + file.name, file.figures.bytes);
  std::vector<std::string> taken;
  const auto again = [&](const std::string& path) {
    std::error_code unknown;  // the file system of a test has no such file
    return std::any_of(taken.begin(), taken.end(), [&](const std::string& other) {
      return other == path || std::filesystem::equivalent(other, path, unknown);
    });
  };
  for (const auto& path : source.files) {
    if (again(path)) continue;
    taken.push_back(path);
    require_day_file(fs, path);
    add(Segment(fs, path).day(), path, size_of(fs, path));
  }
  std::vector<ExportDay> out;
  for (auto& [number, day] : days) out.push_back(std::move(day));
  return out;
}

}  // namespace

Exported export_data(io::FileSystem& fs, const ExportSource& source, const ExportAsk& ask,
                     const std::string& to, Timestamp now, const CopyOptions& options) {
  if (!source.dir.empty()) require_restored(fs, source.dir);
  Exported out;
  const auto days = ask.samples ? days_of_source(fs, source, ask.which) : std::vector<ExportDay>{};
  std::uint64_t total = 1, done = 0;
  for (const auto& day : days) total += day.bytes;
  const auto progress = [&] {
    if (options.progress) options.progress(std::min(done, total), total);
  };
  ExportFolder folder(fs, to);
  for (const auto& day : days) {
    progress();
    out.samples += export_day(fs, day, ask, folder, options);
    done += day.bytes;
  }
  progress();
  if (ask.state && !source.dir.empty()) out.records = export_state(fs, source.dir, ask, folder, options);
  if (ask.samples && !source.dir.empty()) {
    const auto manifest = ManifestFile(fs, source.dir + "/history").read();
    const auto held = manifest ? manifest->position : 0;
    io::RecordLogVisits visits;
    visits.progress = [&](std::uint64_t) { options.go_on(); };
    const auto journal = io::survey_record_log(fs, source.dir + "/journal", kMaxRecord, visits);
    out.behind = journal.last > held ? journal.last - held : 0;
  }
  done = total;
  progress();
  out.list = folder.finish(now);
  return out;
}

}  // namespace xj::collector
