#include "collector/history/segment.h"

namespace xj::collector {

std::string series_key(const SeriesId& id) {
  // NUL cannot stand in a name, so the order is that of the three names.
  return id.agent + '\0' + id.check + '\0' + id.item;
}

SeriesId series_of(std::string_view key) {
  const auto a = key.find('\0');
  const auto b = a == std::string_view::npos ? a : key.find('\0', a + 1);
  if (b == std::string_view::npos) throw Fault("damaged history file: a key is not three names");
  return {std::string(key.substr(0, a)), std::string(key.substr(a + 1, b - a - 1)),
          std::string(key.substr(b + 1))};
}

std::int64_t utc_day(Timestamp t) {
  return std::chrono::floor<std::chrono::days>(t.time_since_epoch()).count();
}

void SegmentWriter::add(const SeriesId& id, const Chunk& chunk) {
  if (figures_.series > 0 && id < last_) throw Fault("history: series are not in order");
  if (figures_.series == 0 || last_ < id) ++figures_.series;
  last_ = id;
  std::string bytes;
  chunk.encode(bytes);
  blocks_.add(series_key(id), bytes);
  figures_.rows += chunk.rows();
  figures_.values += chunk.values();
}

SegmentFigures SegmentWriter::finish() {
  figures_.bytes = blocks_.finish();
  return figures_;
}

void Segment::find(const SeriesId& id, const std::function<void(const Chunk&)>& visit) {
  blocks_.find(series_key(id), [&](std::string_view, std::string_view bytes) {
    ByteReader chunk(bytes);
    visit(Chunk::decode(chunk));
  });
}

void Segment::for_each(const std::function<bool(const SeriesId&, Chunk)>& visit) {
  for (Cursor cursor(*this); !cursor.done();) {
    const auto id = series_of(cursor.key());
    if (!visit(id, cursor.take())) return;
  }
}

SegmentFigures Segment::survey(const Damage& damage) {
  SegmentFigures figures;
  figures.bytes = blocks_.bytes();
  std::string last;
  blocks_.survey(damage, [&](std::string_view key, std::string_view entry) {
    (void)series_of(key);
    ByteReader bytes(entry);
    const auto chunk = Chunk::decode(bytes);
    if (!bytes.done()) throw Fault("bytes behind a chunk");
    if (chunk.rows() > 0 && (utc_day(chunk.first()) != day() || utc_day(chunk.last()) != day()))
      throw Fault("rows of another day");
    if (figures.series == 0 || key != last) ++figures.series;
    figures.rows += chunk.rows();
    figures.values += chunk.values();
    last = key;
  });
  return figures;
}

Chunk Segment::Cursor::take() {
  ByteReader in(bytes());
  auto chunk = Chunk::decode(in);
  skip();
  return chunk;
}

}  // namespace xj::collector
