#include "collector/history/scan.h"

#include <algorithm>
#include <deque>
#include <numeric>
#include <optional>
#include <set>

#include "collector/history/scan_files.h"
#include "collector/history/segment.h"
#include "collector/history/summary_file.h"
#include "core/glob.h"

namespace xj::collector {
namespace {

// What every key of the asked agents begins with.
std::string key_prefix(const ScanAsk& ask) {
  const auto star = ask.agent.find_first_of("*?[");
  return star == std::string::npos ? ask.agent + '\0' : ask.agent.substr(0, star);
}

bool fits_key(const ScanAsk& ask, std::string_view key) {
  const auto a = key.find('\0');
  const auto b = a == std::string_view::npos ? a : key.find('\0', a + 1);
  return b != std::string_view::npos &&
         fits(ask, key.substr(0, a), key.substr(a + 1, b - a - 1), key.substr(b + 1));
}

// Whether to go on; once it is not, it stays so.
class Leave {
 public:
  explicit Leave(const HistoryScan::GoOn& go_on) : go_on_(go_on) {}
  bool ask() {
    gone_ = gone_ || !go_on_();
    return !gone_;
  }
  // Of what costs less than asking.
  bool ask_at_times() { return ++passed_ % kPassed != 0 ? !gone_ : ask(); }

 private:
  static constexpr unsigned kPassed = 64;
  const HistoryScan::GoOn& go_on_;
  unsigned passed_ = 0;
  bool gone_ = false;
};

// The entries of one file that were asked for.
class Entries {
 public:
  Entries(io::FileSystem& fs, const std::string& path, const ScanAsk& ask, Leave& leave)
      : ask_(ask), leave_(leave), prefix_(key_prefix(ask)), segment_(fs, path), cursor_(segment_, prefix_) {
    settle();
  }
  bool done() const { return done_; }
  std::string_view key() const { return cursor_.key(); }
  void take(Rows& out) {
    ByteReader in(cursor_.bytes());
    Chunk::decode(in, ask_.metric).read(ask_.from, ask_.to, ask_.metric, out);
    cursor_.skip();
    settle();
  }

 private:
  void settle() {
    for (;; cursor_.skip()) {
      done_ = cursor_.done() || !cursor_.key().starts_with(prefix_) || !leave_.ask_at_times();
      if (done_ || fits_key(ask_, cursor_.key())) return;
    }
  }
  const ScanAsk& ask_;
  Leave& leave_;
  std::string prefix_;
  Segment segment_;
  Segment::Cursor cursor_;
  bool done_ = false;
};

// What a summary says of the series that were asked for.
class HourEntries {
 public:
  HourEntries(io::FileSystem& fs, const std::string& path, const ScanAsk& ask, Leave& leave)
      : ask_(ask),
        leave_(leave),
        prefix_(key_prefix(ask)),
        file_(fs, path),
        entries_(file_, SummaryFile::Lane::hours, prefix_) {
    if (ask_.sketches) sketches_.emplace(file_, SummaryFile::Lane::sketches, prefix_);
    settle();
  }
  bool done() const { return done_; }
  std::string_view key() const { return entries_.key(); }
  void next() {
    entries_.skip();
    settle();
  }
  Told take(std::vector<Hour>& hours) {
    const auto told = read_hours(entries_.bytes(), file_.day(), ask_.metric, hours);
    if (told == Told::hours && sketches_) {
      while (!sketches_->done() && sketches_->key() < key()) sketches_->skip();
      if (sketches_->done() || sketches_->key() != key())
        throw Fault("damaged history: a series has hours but no sketches");
      read_sketches(sketches_->bytes(), file_.day(), ask_.metric, hours);
    }
    std::erase_if(hours, [&](const Hour& hour) {
      return hour.start < to_ms(ask_.from) || hour.start + kHourMs > to_ms(ask_.to);
    });
    return told;
  }

 private:
  void settle() {
    for (;; entries_.skip()) {
      done_ = entries_.done() || !key().starts_with(prefix_) || !leave_.ask_at_times();
      if (done_ || fits_key(ask_, key())) return;
    }
  }
  const ScanAsk& ask_;
  Leave& leave_;
  std::string prefix_;
  SummaryFile file_;
  SummaryFile::Cursor entries_;
  std::optional<SummaryFile::Cursor> sketches_;
  bool done_ = false;
};

void sort(Rows& rows) {
  if (std::is_sorted(rows.slots.begin(), rows.slots.end())) return;
  std::vector<std::size_t> order(rows.slots.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rows.slots[a] < rows.slots[b]; });
  Rows sorted;
  for (const auto row : order) {
    sorted.slots.push_back(rows.slots[row]);
    sorted.states.push_back(rows.states[row]);
    sorted.values.push_back(rows.values[row]);
  }
  rows = std::move(sorted);
}

// The files of one day, each opened once and gone through once: for a few series that are asked for in the
// order of keys, `first` being the first of them.
class SampleFiles {
 public:
  SampleFiles(io::FileSystem& fs, const std::string& dir, const std::vector<std::string>& names,
              std::string_view first) {
    for (const auto& name : names) cursors_.emplace_back(segments_.emplace_back(fs, dir + '/' + name), first);
  }
  void read(std::string_view key, const ScanAsk& ask, Rows& rows) {
    for (auto& cursor : cursors_)
      for (cursor.seek(key); !cursor.done() && cursor.key() == key; cursor.skip()) {
        ByteReader in(cursor.bytes());
        Chunk::decode(in, ask.metric).read(ask.from, ask.to, ask.metric, rows);
      }
  }

 private:
  std::deque<Segment> segments_;
  std::deque<Segment::Cursor> cursors_;
};

class Scan final : public HistoryScan {
 public:
  Scan(io::FileSystem& fs, ScanAsk ask, ScanSources sources)
      : fs_(fs), ask_(std::move(ask)), sources_(std::move(sources)) {
    kept_ = std::move(sources_.kept);
  }

  void run(const Visit& visit, const VisitHours& visit_hours, const GoOn& go_on) override {
    Leave leave(go_on);
    std::set<std::int64_t> days;
    for (const auto& [day, names] : sources_.files) days.insert(day);
    for (const auto& [day, memory] : sources_.memory) days.insert(day);
    for (const auto& [day, name] : sources_.summaries) days.insert(day);
    for (const auto day : days) {
      const auto summary = sources_.summaries.find(day);
      if (summary == sources_.summaries.end() ? !run_day(day, visit, leave)
                                              : !run_hours(*summary, visit, visit_hours, leave))
        return;
    }
  }

 private:
  bool run_hours(const std::pair<const std::int64_t, std::string>& summary, const Visit& visit,
                 const VisitHours& visit_hours, Leave& leave) {
    if (!leave.ask()) return false;
    HourEntries entries(fs_, sources_.dir + '/' + summary.second, ask_, leave);
    std::vector<Hour> hours;
    Rows rows;
    std::optional<SampleFiles> samples;  // opened for the first that needs them
    for (; !entries.done() && leave.ask(); entries.next()) {
      hours.clear();
      if (entries.take(hours) == Told::samples_only) {
        if (!samples) samples.emplace(fs_, sources_.dir, files_of(summary.first), entries.key());
        rows.clear();
        samples->read(entries.key(), ask_, rows);
        sort(rows);
        if (!rows.empty() && !visit(series_of(entries.key()), rows)) return false;
      } else if (!hours.empty() && !visit_hours(series_of(entries.key()), hours)) {
        return false;
      }
    }
    return leave.ask();
  }

  const std::vector<std::string>& files_of(std::int64_t day) const {
    static const std::vector<std::string> kNone;
    const auto it = sources_.files.find(day);
    return it == sources_.files.end() ? kNone : it->second;
  }

  bool run_day(std::int64_t day, const Visit& visit, Leave& leave) {
    std::deque<Entries> files;
    for (const auto& name : files_of(day)) {
      if (!leave.ask()) return false;
      files.emplace_back(fs_, sources_.dir + '/' + name, ask_, leave);
    }
    const auto& memory = sources_.memory[day];
    auto open = memory.begin();
    Rows rows;
    while (leave.ask()) {
      std::optional<std::string_view> least;
      for (const auto& file : files)
        if (!file.done() && (!least || file.key() < *least)) least = file.key();
      if (open != memory.end() && (!least || open->first < *least)) least = open->first;
      if (!least) return true;
      const std::string key(*least);
      rows.clear();
      for (auto& file : files)
        while (!file.done() && file.key() == key) file.take(rows);
      if (open != memory.end() && open->first == key) {
        for (const auto& part : open->second) add(part, rows);
        ++open;
      }
      sort(rows);
      if (!rows.empty() && !visit(series_of(key), rows)) return false;
    }
    return false;
  }

  void add(const ScanMemory& part, Rows& rows) const {
    if (part.frozen != nullptr) return part.frozen->read(ask_.from, ask_.to, ask_.metric, rows);
    rows.slots.insert(rows.slots.end(), part.open.slots.begin(), part.open.slots.end());
    rows.states.insert(rows.states.end(), part.open.states.begin(), part.open.states.end());
    rows.values.insert(rows.values.end(), part.open.values.begin(), part.open.values.end());
  }

  io::FileSystem& fs_;
  ScanAsk ask_;
  ScanSources sources_;
};

}  // namespace

bool fits(const ScanAsk& ask, std::string_view agent, std::string_view check, std::string_view item) {
  if (ask.check.find('/') == std::string::npos)
    if (const auto slash = check.rfind('/'); slash != std::string_view::npos) check.remove_prefix(slash + 1);
  return glob_match(ask.check, check) && glob_match(ask.agent, agent) && glob_match(ask.item, item);
}

std::unique_ptr<HistoryScan> make_scan(io::FileSystem& fs, ScanAsk ask, ScanSources sources) {
  return std::make_unique<Scan>(fs, std::move(ask), std::move(sources));
}

}  // namespace xj::collector
