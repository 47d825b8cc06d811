#include "collector/history/history.h"

#include <algorithm>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <set>

#include "collector/history/doomed_files.h"
#include "collector/history/jobs.h"
#include "collector/history/kept.h"
#include "collector/history/manifest_file.h"
#include "collector/history/open_series.h"
#include "collector/history/room_keeper.h"
#include "collector/history/scan_files.h"
#include "collector/history/segment.h"
#include "collector/history/set_aside.h"
#include "core/io/log.h"

namespace xj::collector {
namespace {

constexpr std::int64_t kDay = 24LL * 3600 * 1000;
constexpr std::size_t kOpenSegments = 64;
constexpr int kIoTries = 3;  // a disk may fail for a while

Timestamp start_of(std::int64_t day) { return from_ms(day * kDay); }

std::string file_name(std::int64_t day, std::uint64_t number, const char* ending = ".xjh") {
  const auto iso = to_iso(start_of(day)).substr(0, 10);
  auto digits = std::to_string(number);
  if (digits.size() < 8) digits.insert(0, 8 - digits.size(), '0');
  return iso + "-" + digits + ending;
}

}  // namespace

// What one series is read from.
struct SeriesSources {
  FilesByDay files;
  std::vector<RowsOfDay> memory;  // older rows first
};

namespace {

// A file is asked for only when its day is reached: whoever wants the newest few rows opens one or two.
using OpenSegment = std::function<std::shared_ptr<Segment>(const std::string& name)>;

std::vector<Sample> read_series(const SeriesId& id, const SeriesSources& sources, Timestamp from,
                                Timestamp to, std::size_t limit, const OpenSegment& open) {
  std::set<std::int64_t, std::greater<>> days;
  for (const auto& [day, names] : sources.files) days.insert(day);
  for (const auto& rows : sources.memory) days.insert(rows.day);
  std::vector<std::vector<Sample>> by_day;  // newest day first
  std::size_t found = 0;
  for (const auto day : days) {
    if (!touches(day, from, to)) continue;
    std::vector<Sample> samples;
    if (const auto files = sources.files.find(day); files != sources.files.end())
      for (const auto& name : files->second)
        open(name)->find(id, [&](const Chunk& chunk) { chunk.read(from, to, samples); });
    for (const auto& rows : sources.memory)
      if (rows.day == day) rows.read(from, to, samples);
    std::stable_sort(samples.begin(), samples.end(),
                     [](const Sample& a, const Sample& b) { return a.slot < b.slot; });
    found += samples.size();
    by_day.push_back(std::move(samples));
    if (found >= limit) break;
  }
  std::vector<Sample> out;
  out.reserve(found);
  for (auto day = by_day.rbegin(); day != by_day.rend(); ++day)
    std::move(day->begin(), day->end(), std::back_inserter(out));
  if (out.size() > limit) out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(limit));
  return out;
}

class View final : public HistoryView {
 public:
  std::vector<Sample> range(Timestamp from, Timestamp to, std::size_t limit) override {
    return read_series(id, sources, from, to, limit, [&](const std::string& name) {
      return std::make_shared<Segment>(*fs, dir + '/' + name);
    });
  }
  io::FileSystem* fs = nullptr;
  std::string dir;
  SeriesId id;
  SeriesSources sources;
  std::shared_ptr<const int> pin;  // while it lives, the files named are not removed
};

}  // namespace

struct History::Impl {
  io::FileSystem& fs;
  std::string dir;
  HistoryOptions options;
  ManifestFile manifest_file;
  Manifest manifest;
  OpenSeries open_rows;
  Timestamp oldest_open{};  // when the first open row was seen by prepare()
  std::vector<FlushJob::Part> frozen;
  std::uint64_t frozen_position = 0;
  bool is_frozen = false;
  std::map<std::string, std::shared_ptr<Segment>, std::less<>> segments;
  DoomedFiles doomed;
  RoomKeeper keeper;
  std::set<std::int64_t> untold;                 // days whose hours cannot be told
  std::map<std::int64_t, std::size_t> unfolded;  // days that cannot be folded, with their number of files
  std::map<std::int64_t, int> io_faults;         // of folds, by day
  std::set<std::string> maybe_named;             // by the disk's manifest and not by ours

  Impl(io::FileSystem& f, std::string d, HistoryOptions o)
      : fs(f),
        dir(std::move(d)),
        options(o),
        manifest_file(fs, dir),
        doomed(fs, dir),
        keeper(fs, dir, o.retention) {}

  std::string path(std::string_view name) const { return dir + "/" + std::string(name); }

  void open() {
    fs.make_dirs(dir);
    if (auto found = manifest_file.read()) manifest = std::move(*found);
    require_files(fs, dir, manifest);
    forget_lost_summaries();
    for (const auto& file : finish_setting_aside(fs, dir, manifest))
      log::warning("history: {} is damaged and not named any more; it is kept as {}", path(file.name),
                   file.as);
    const auto known = names_of(manifest);
    for (const auto& name : fs.list(dir))
      if (known.count(name) == 0 &&
          (name.ends_with(".xjh") || name.ends_with(".xjs") || name.ends_with(".new")))
        fs.remove(path(name));
  }

  // Of samples that are there they are told anew.
  void forget_lost_summaries() {
    const auto samples = sample_names(manifest);
    std::erase_if(manifest.summaries, [&](const HistorySummary& summary) {
      if (samples.count(summary.of) == 0 || fs.exists(path(summary.name))) return false;
      log::warning("history: {} is missing; its hours are told again", path(summary.name));
      return true;
    });
  }

  // After a fault the disk may name the new files already: their names are used up, and they stay as they are
  // until another manifest counts.
  void commit(const Manifest& next) {
    try {
      manifest_file.write(next);
    } catch (...) {
      manifest.next = next.next;
      const auto ours = names_of(manifest);
      for (const auto& name : names_of(next))
        if (ours.count(name) == 0) maybe_named.insert(name);
      throw;
    }
    manifest = next;
    if (!maybe_named.empty()) doom({maybe_named.begin(), maybe_named.end()}, 0);
    maybe_named.clear();
  }

  void freeze(std::uint64_t position, Timestamp now) {
    auto number = manifest.next;
    frozen.clear();
    for (auto& [day, rows] : open_rows.freeze()) {
      FlushJob::Part part;
      part.file.name = file_name(day, number++);
      part.file.day = day;
      part.file.made = now;
      part.rows = std::make_shared<const std::vector<FrozenRows>>(std::move(rows));
      frozen.push_back(std::move(part));
    }
    frozen_position = std::max(position, manifest.position);
    is_frozen = true;
    oldest_open = Timestamp{};
  }

  // All or, after a fault, nothing: a day's files go with the manifest that does not name them.
  void remove(const HistoryDays& days) {
    if (days.empty()) return;
    auto next = manifest;
    std::vector<std::string> gone;
    std::erase_if(next.files, [&](const HistoryFile& file) {
      const bool goes =
          std::any_of(days.begin(), days.end(), [&](const HistoryDay& day) { return day.day == file.day; });
      if (goes) gone.push_back(file.name);
      return goes;
    });
    manifest_file.shrink(next);
    manifest = next;
    doom(std::move(gone), bytes_of(days));
  }

  // The hours of days whose samples are gone, by the same two conditions.
  void remove_old_summaries(Timestamp now) {
    const auto days = summaries_too_old(manifest, options.retention.keep_summaries, now);
    if (days.empty()) return;
    auto next = manifest;
    std::vector<std::string> gone;
    std::uint64_t bytes = 0;
    std::erase_if(next.summaries, [&](const HistorySummary& summary) {
      if (days.count(summary.day) == 0) return false;
      gone.push_back(summary.name);
      bytes += summary.figures.bytes;
      return true;
    });
    manifest_file.shrink(next);
    manifest = next;
    doom(std::move(gone), bytes);
  }

  void doom(std::vector<std::string> names, std::uint64_t bytes) {
    for (const auto& name : names) segments.erase(name);
    doomed.add(std::move(names), bytes);
  }

  // What keeps the disk from filling, before anything that writes.
  void keep_room(Timestamp now) {
    doomed.sweep();
    if (keeper.watches()) manifest_file.keep_reserve(manifest);
    const auto days = keeper.look(days_of(manifest.files), doomed.bytes(), now);
    remove(days);
    keeper.removed(days, now);
  }

  std::unique_ptr<Job> fold_job(Timestamp now) {
    std::map<std::int64_t, std::vector<HistoryFile>> days;
    for (const auto& file : manifest.files) days[file.day].push_back(file);
    for (auto& [day, files] : days) {
      const bool over = start_of(day + 1) + options.seal_after <= now;
      // A day that is over becomes one file; what comes late to it waits until the lateness has calmed down.
      const bool calm = std::all_of(files.begin(), files.end(), [&](const HistoryFile& f) {
        return f.sealed || f.made + options.seal_after <= now;
      });
      const bool was_sealed = files.front().sealed;
      const bool wanted = over && !was_sealed ? true
                          : over              ? files.size() > 1 && (calm || files.size() > options.parts)
                                              : files.size() > options.parts;
      if (const auto it = unfolded.find(day); it != unfolded.end() && it->second == files.size()) continue;
      if (!wanted) continue;
      auto job = std::make_unique<FoldJob>(fs, dir);
      job->to.name = file_name(day, manifest.next);
      job->to.day = day;
      job->to.made = now;
      job->to.sealed = over;
      job->from = files;
      job->files = doomed.pin();
      if (over && is_ours(summary_of(manifest, day), files)) name_summary(*job, day);
      return job;
    }
    return summary_job(days);
  }

  // Whether a day's hours may be told anew from these files: those of samples that are gone stay as they are.
  static bool is_ours(const HistorySummary* summary, const std::vector<HistoryFile>& files) {
    return summary == nullptr || std::any_of(files.begin(), files.end(), [&](const HistoryFile& file) {
             return file.name == summary->of;
           });
  }

  void name_summary(FoldJob& job, std::int64_t day) const {
    job.summary.name = file_name(day, manifest.next, ".xjs");
    job.summary.of = job.to.name.empty() ? job.from.front().name : job.to.name;
    job.summary.day = day;
  }

  // Of a day that was sealed by a program that told no hours.
  std::unique_ptr<Job> summary_job(const std::map<std::int64_t, std::vector<HistoryFile>>& days) {
    std::set<std::int64_t> told;
    for (const auto& summary : manifest.summaries) told.insert(summary.day);
    for (const auto& [day, files] : days) {
      if (files.size() != 1 || !files.front().sealed || told.count(day) > 0 || untold.count(day) > 0)
        continue;
      auto job = std::make_unique<FoldJob>(fs, dir);
      job->from = files;
      job->files = doomed.pin();
      name_summary(*job, day);
      return job;
    }
    return nullptr;
  }

  void finish_flush(FlushJob& job) {
    auto next = manifest;
    for (auto& part : job.parts) {
      ++next.next;
      next.files.push_back(part.file);
    }
    next.position = frozen_position;
    try {
      commit(next);
    } catch (...) {
      auto number = manifest.next;
      for (auto& part : frozen) part.file.name = file_name(part.file.day, number++);
      throw;
    }
    open_rows.written();
    frozen.clear();
    is_frozen = false;
  }

  void finish_fold(FoldJob& job) {
    auto next = manifest;
    const auto is_of = [&](const HistoryFile& file) {
      return std::any_of(job.from.begin(), job.from.end(),
                         [&](const HistoryFile& f) { return f.name == file.name; });
    };
    const auto found = std::count_if(next.files.begin(), next.files.end(), is_of);
    // The day was pruned meanwhile.
    if (static_cast<std::size_t>(found) != job.from.size()) {
      ++manifest.next;  // the names are used up
      std::vector<std::string> made;
      for (const auto& name : {job.to.name, job.summary.name})
        if (!name.empty()) made.push_back(name);
      return doom(std::move(made), job.to.figures.bytes + job.summary.figures.bytes);
    }
    std::vector<std::string> gone;
    std::uint64_t bytes = 0;
    if (!job.to.name.empty()) {
      std::erase_if(next.files, is_of);
      // Before every file that was made after it began: none, as there is one job at a time.
      next.files.push_back(job.to);
      for (const auto& file : job.from) gone.push_back(file.name), bytes += file.figures.bytes;
    }
    if (!job.summary.name.empty()) {
      std::erase_if(next.summaries, [&](const HistorySummary& summary) {
        if (summary.day != job.summary.day) return false;
        gone.push_back(summary.name);
        bytes += summary.figures.bytes;
        return true;
      });
      next.summaries.push_back(job.summary);
    }
    ++next.next;
    commit(next);
    job.files.reset();  // it reads no more
    doom(std::move(gone), bytes);
  }

  // A day one of whose files is damaged: tried again at the next start, or when something new came to it, and
  // not over and over while results want to be written and other days to be folded.
  void fold_failed(const FoldJob& job) {
    const auto give_up = [&] {
      if (job.to.name.empty())
        untold.insert(job.summary.day);
      else
        unfolded[job.to.day] = job.from.size();
    };
    try {
      std::rethrow_exception(job.failed);
    } catch (const io::IoFault& fault) {
      if (!fault.disk_full() && ++io_faults[job.from.front().day] >= kIoTries) give_up();
    } catch (const Fault&) {
      give_up();
    } catch (const std::exception&) {
    }
    std::rethrow_exception(job.failed);
  }

  std::shared_ptr<Segment> segment(const std::string& name) {
    if (const auto it = segments.find(name); it != segments.end()) return it->second;
    if (segments.size() >= kOpenSegments) segments.clear();
    return segments.emplace(name, std::make_shared<Segment>(fs, path(name))).first->second;
  }

  // Of the days that have something of a range.
  FilesByDay files_by_day(Timestamp from = Timestamp::min(), Timestamp to = Timestamp::max()) const {
    FilesByDay days;
    for (const auto& file : manifest.files)
      if (touches(file.day, from, to)) days.try_emplace(days.end(), file.day)->second.push_back(file.name);
    return days;
  }

  // To the scan, unless it has better: samples that the hours do not hold, or may not be cut by.
  void offer(const HistorySummary& summary, const ScanAsk& ask, ScanSources& sources) const {
    const auto is_cut = [&](Timestamp at) {
      return utc_day(at) == summary.day && at.time_since_epoch() % std::chrono::hours{1} != Duration{0};
    };
    const bool alone = is_alone(summary, sources.files);
    const bool enough = !alone && ask.summaries == Summaries::instead &&
                        sources.files.at(summary.day).size() == 1 && sources.memory.count(summary.day) == 0 &&
                        !is_cut(ask.from) && !is_cut(ask.to);
    if (alone || enough) sources.summaries[summary.day] = summary.name;
  }
};

History::History(io::FileSystem& fs, std::string dir, HistoryOptions options)
    : impl_(std::make_unique<Impl>(fs, std::move(dir), options)) {
  impl_->open();
}
History::~History() = default;

History::Handle History::handle(std::string_view agent, std::string_view check, std::string_view item) {
  return impl_->open_rows.handle(agent, check, item);
}

void History::add(Handle series, Timestamp slot, State state, const Message& msg,
                  const std::vector<Metric>& metrics) {
  impl_->open_rows.add(series, slot, state, msg, metrics);
}

bool History::overfull() const { return impl_->open_rows.bytes() >= impl_->options.most; }

std::uint64_t History::durable_position() const { return impl_->manifest.position; }

std::unique_ptr<History::Job> History::prepare(std::uint64_t position, Timestamp now, bool flush) {
  auto& h = *impl_;
  h.keep_room(now);
  if (!h.is_frozen) {
    const auto& open = h.open_rows;
    const bool any = open.series() > 0;
    // A clock that was set back must not put the flush off until it has caught up.
    if (any && (h.oldest_open == Timestamp{} || now < h.oldest_open)) h.oldest_open = now;
    const bool due = any && (open.full() || open.bytes() >= h.options.memory ||
                             now - h.oldest_open >= h.options.flush_every);
    if (due || (flush && (any || position > h.manifest.position))) h.freeze(position, now);
  }
  if (h.is_frozen) {
    auto job = std::make_unique<FlushJob>(h.fs, h.dir);
    job->parts = h.frozen;
    return job;
  }
  h.doomed.sweep();
  h.remove(too_old(days_of(h.manifest.files), h.options.retention.keep, now));
  h.remove_old_summaries(now);
  return h.fold_job(now);
}

void History::finish(Job& job) {
  if (auto* flush = dynamic_cast<FlushJob*>(&job)) {
    if (flush->failed) std::rethrow_exception(flush->failed);
    impl_->finish_flush(*flush);
  } else if (auto* fold = dynamic_cast<FoldJob*>(&job)) {
    if (fold->failed) impl_->fold_failed(*fold);
    impl_->finish_fold(*fold);
  }
}

void History::flush(std::uint64_t position, Timestamp now) {
  // The first may finish what was frozen before; then everything open goes out.
  while (durable_position() < position || impl_->is_frozen || impl_->open_rows.series() > 0) {
    auto job = prepare(position, now, true);
    if (job == nullptr) return;
    job->run();
    finish(*job);
  }
}

void History::settle(std::uint64_t position, Timestamp now) {
  while (auto job = prepare(position, now)) {
    // Hours of days sealed long ago come when nothing else is due. A start must not wait for them, nor fail.
    if (const auto* fold = dynamic_cast<FoldJob*>(job.get()); fold != nullptr && fold->to.name.empty())
      return;
    job->run();
    finish(*job);
  }
}

std::vector<Sample> History::range(const SeriesId& id, Timestamp from, Timestamp to, std::size_t limit) {
  SeriesSources sources;
  sources.memory = impl_->open_rows.rows(id);
  sources.files = impl_->files_by_day(from, to);
  return read_series(id, sources, from, to, limit,
                     [&](const std::string& name) { return impl_->segment(name); });
}

std::unique_ptr<HistoryView> History::view(const SeriesId& id) {
  auto view = std::make_unique<View>();
  view->id = id;
  view->fs = &impl_->fs;
  view->dir = impl_->dir;
  view->pin = impl_->doomed.pin();
  view->sources.files = impl_->files_by_day();
  view->sources.memory = impl_->open_rows.rows(id);
  return view;
}

std::unique_ptr<HistoryScan> History::scan(const ScanAsk& ask) {
  const auto within = [&](std::int64_t day) { return touches(day, ask.from, ask.to); };
  ScanSources sources;
  sources.dir = impl_->dir;
  sources.pin = impl_->doomed.pin();
  sources.files = impl_->files_by_day(ask.from, ask.to);
  impl_->open_rows.for_each(
      [&](const auto& series) { return fits(ask, *series.agent, *series.check, *series.item); },
      [&](const auto& series, const auto& frozen, const auto& open) {
        const auto key = series_key(series.id());
        for (const auto& rows : frozen)
          if (within(rows->day())) sources.memory[rows->day()][key].push_back({rows, {}});
        for (const auto* rows : open) {
          if (!within(rows->day())) continue;
          ScanMemory part;
          rows->read(ask.from, ask.to, ask.metric, part.open);
          if (!part.open.empty()) sources.memory[rows->day()][key].push_back(std::move(part));
        }
      });
  // A metric invents nothing where it has no value: only states ask since when anything was heard.
  sources.kept = kept_of(impl_->manifest, sources.files,
                         ask.metric.empty() ? impl_->open_rows.first_day() : std::nullopt, ask);
  if (ask.summaries != Summaries::none)
    for (const auto& summary : impl_->manifest.summaries)
      if (within(summary.day)) impl_->offer(summary, ask, sources);
  return make_scan(impl_->fs, ask, std::move(sources));
}

History::Hold History::hold() const { return {impl_->manifest, impl_->doomed.pin()}; }

Prunable History::prune(std::int64_t before, Timestamp now, bool dry) {
  auto asked = prunable(days_of(impl_->manifest.files), before, now);
  if (!dry && !asked.refused) impl_->remove(asked.days);
  return asked;
}

void History::set_retention(const Retention& retention) {
  impl_->options.retention = retention;
  impl_->keeper.set(retention);
}

const HistoryRoom& History::room() const { return impl_->keeper.room(); }

void History::for_each(const std::function<void(const SeriesId&, const std::vector<Sample>&)>& visit) {
  std::set<SeriesId> ids;
  impl_->open_rows.for_each([](const auto&) { return true; },
                            [&](const auto& series, const auto&, const auto&) { ids.insert(series.id()); });
  for (const auto& file : impl_->manifest.files)
    impl_->segment(file.name)->for_each(
        [&](const SeriesId& id, const Chunk&) { return ids.insert(id), true; });
  for (const auto& id : ids) visit(id, range(id, Timestamp::min(), Timestamp::max(), SIZE_MAX));
}

HistoryFigures History::figures() const {
  HistoryFigures figures;
  for (const auto& file : impl_->manifest.files) {
    figures.values += file.figures.values;
    figures.file_bytes += file.figures.bytes;
    ++figures.files;
  }
  for (const auto& summary : impl_->manifest.summaries) figures.summary_bytes += summary.figures.bytes;
  figures.open_series = impl_->open_rows.series();
  figures.open_bytes = impl_->open_rows.bytes();
  return figures;
}

}  // namespace xj::collector
