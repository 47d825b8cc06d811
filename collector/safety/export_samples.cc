// Samples as CSV: a file a day, series by series, each in the order of time.
#include <algorithm>
#include <deque>
#include <optional>

#include "collector/history/retention.h"
#include "collector/history/segment.h"
#include "collector/safety/export_parts.h"
#include "core/csv.h"
#include "core/glob.h"
#include "core/json.h"

namespace xj::collector {
namespace {

constexpr std::string_view kHead = "time,host,check,item,state,metric,value\r\n";

class SampleWriter {
 public:
  SampleWriter(ExportFile& file, const ExportAsk& ask) : file_(file), ask_(ask) {}
  void add(const SeriesId& id, const std::vector<Sample>& samples) {
    const auto series =
        ',' + csv_field(id.agent) + ',' + csv_field(id.check) + ',' + csv_field(id.item) + ',';
    for (const auto& sample : samples) {
      const auto head = to_iso(sample.slot) + series + std::string(to_text(sample.state)) + ',';
      if (sample.metrics.empty() && ask_.every_metric()) put(head + ",\r\n");
      for (const auto& metric : sample.metrics) {
        if (!glob_match(ask_.metric, metric.name)) continue;
        auto line = head + csv_field(metric.name) + ',';
        append_json_number(line, metric.value);
        put(line + "\r\n");
      }
    }
  }
  std::uint64_t rows() const { return rows_; }

 private:
  void put(const std::string& line) {
    if (rows_++ == 0) file_.add(kHead);
    file_.add(line);
  }
  ExportFile& file_;
  const ExportAsk& ask_;
  std::uint64_t rows_ = 0;
};

}  // namespace

std::uint64_t export_day(io::FileSystem& fs, const ExportDay& day, const ExportAsk& ask, ExportFolder& to,
                         const CopyOptions& options) {
  ExportFile file(to, "samples/" + day_text(day.day) + (ask.zst ? ".csv.zst" : ".csv"));
  SampleWriter writer(file, ask);
  std::deque<Segment> segments;
  std::deque<Segment::Cursor> cursors;
  for (const auto& path : day.paths) {
    auto& segment = segments.emplace_back(fs, path);
    if (segment.day() != day.day)
      throw Fault(path + " is of " + day_text(segment.day()) + ", not of " + day_text(day.day));
    cursors.emplace_back(segment);
  }
  for (;;) {
    options.go_on();
    const Segment::Cursor* least = nullptr;
    for (const auto& cursor : cursors)
      if (!cursor.done() && (least == nullptr || cursor.key() < least->key())) least = &cursor;
    if (least == nullptr) break;
    const std::string key(least->key());
    const auto id = series_of(key);
    const bool wanted = fits(ask.which, id.agent, id.check, id.item);
    std::vector<Sample> samples;
    for (auto& cursor : cursors)
      while (!cursor.done() && cursor.key() == key) {
        if (wanted)
          cursor.take().read(ask.which.from, ask.which.to, samples);
        else
          cursor.skip();
      }
    std::stable_sort(samples.begin(), samples.end(),
                     [](const Sample& a, const Sample& b) { return a.slot < b.slot; });
    writer.add(id, samples);
  }
  file.finish();
  return writer.rows();
}

}  // namespace xj::collector
