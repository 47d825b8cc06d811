#include "collector/history/jobs.h"

#include <deque>
#include <optional>

#include "collector/history/chunk.h"
#include "collector/history/segment.h"
#include "collector/history/summary_file.h"

namespace xj::collector {

void FlushJob::run() noexcept {
  try {
    for (auto& part : parts) {
      SegmentWriter writer(fs_, dir_ + "/" + part.file.name, part.file.day, Packing::quick);
      for (const auto& [series, rows] : *part.rows) {
        auto chunk = rows->chunk();
        chunk.sort();
        writer.add(series->id(), chunk);
      }
      part.file.figures = writer.finish();
    }
  } catch (...) {
    failed = std::current_exception();
  }
}

void FoldJob::run() noexcept {
  try {
    fold();
  } catch (...) {
    failed = std::current_exception();
    // Half of a day may be what the next flush has no room for.
    remove_made(to.name);
    remove_made(summary.name);
  }
}

void FoldJob::remove_made(const std::string& name) const noexcept {
  if (name.empty()) return;
  try {
    fs_.remove(dir_ + "/" + name);
  } catch (...) {  // written again, or a left-over for the next start
  }
}

void FoldJob::fold() {
  std::deque<Segment> segments;
  std::deque<Segment::Cursor> cursors;
  for (const auto& file : from) cursors.emplace_back(segments.emplace_back(fs_, dir_ + "/" + file.name));
  std::optional<SegmentWriter> writer;
  std::optional<SummaryWriter> hours;
  if (!to.name.empty())
    writer.emplace(fs_, dir_ + "/" + to.name, to.day, to.sealed ? Packing::small : Packing::quick);
  if (!summary.name.empty()) hours.emplace(fs_, dir_ + "/" + summary.name, summary.day);
  for (;;) {
    const Segment::Cursor* least = nullptr;
    for (const auto& cursor : cursors)
      if (!cursor.done() && (least == nullptr || cursor.key() < least->key())) least = &cursor;
    if (least == nullptr) break;
    const std::string key(least->key());
    const auto id = series_of(key);
    Chunk merged;
    const auto put = [&] {
      merged.sort();
      if (writer) writer->add(id, merged);
      if (hours) hours->add(key, merged);
    };
    for (auto& cursor : cursors)
      while (!cursor.done() && cursor.key() == key) {
        auto next = cursor.take();
        if (merged.rows() == 0) {
          merged = std::move(next);
        } else if (merged.takes(next)) {
          merged.append(next);
        } else {
          put();
          merged = std::move(next);
        }
      }
    put();
  }
  if (writer) to.figures = writer->finish();
  if (hours) summary.figures = hours->finish();
}

}  // namespace xj::collector
