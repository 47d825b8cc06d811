#include "collector/history/summary_file.h"

#include "collector/history/segment.h"

namespace xj::collector {
namespace {

std::string in_lane(SummaryFile::Lane lane, std::string_view key) {
  return static_cast<char>(lane) + std::string(key);
}

}  // namespace

void SummaryWriter::add(const std::string& key, const Chunk& chunk) {
  if (any_ && key != key_) close_series();
  any_ = true, key_ = key;
  summariser_.add(chunk);
}

void SummaryWriter::close_series() {
  const auto metrics = summariser_.take();
  if (metrics && metrics->empty()) return;  // states alone
  ++figures_.series;
  std::string bytes;
  encode_hours(metrics, bytes);
  blocks_.add(in_lane(SummaryFile::Lane::hours, key_), bytes, 0);
  if (!metrics) return;
  bytes.clear();
  encode_sketches(*metrics, bytes);
  blocks_.add(in_lane(SummaryFile::Lane::sketches, key_), bytes, 1);
  figures_.metrics += metrics->size();
  for (const auto& metric : *metrics) figures_.hours += metric.hours.size();
}

SummaryFigures SummaryWriter::finish() {
  if (any_) close_series();
  any_ = false;
  figures_.bytes = blocks_.finish();
  return figures_;
}

SummaryFigures SummaryFile::survey(const BlockFile::Damage& damage) {
  SummaryFigures figures;
  figures.bytes = blocks_.bytes();
  std::uint64_t of_sketches = 0;
  bool whole = true;
  const auto tell = [&](std::uint64_t offset, const std::string& what) {
    whole = false;
    damage(offset, what);
  };
  std::string last;
  blocks_.survey(tell, [&](std::string_view key, std::string_view bytes) {
    if (key.empty() || key == last) throw Fault("a series stands twice");
    (void)series_of(key.substr(1));
    last = key;
    if (key.front() == static_cast<char>(Lane::hours)) {
      const auto metrics = decode_hours(bytes, day());
      ++figures.series;
      if (!metrics) return;
      figures.metrics += metrics->size();
      for (const auto& metric : *metrics) figures.hours += metric.hours.size();
    } else if (key.front() == static_cast<char>(Lane::sketches)) {
      for (const auto& metric : decode_sketches(bytes, day())) of_sketches += metric.hours.size();
    } else {
      throw Fault("neither hours nor sketches");
    }
  });
  if (whole && of_sketches != figures.hours) damage(0, "there are not as many sketches as hours");
  return figures;
}

SummaryFile::Cursor::Cursor(SummaryFile& file, Lane lane, std::string_view from)
    : lane_(static_cast<char>(lane)), entries_(file.blocks_, in_lane(lane, from)) {}

}  // namespace xj::collector
