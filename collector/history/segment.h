#pragma once
// One file of one UTC day: chunks by series, in order, in compressed blocks with an index. Written once,
// never changed. docs/storage.md specifies the bytes.
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "collector/history/blocks.h"
#include "collector/history/chunk.h"
#include "core/io/file.h"

namespace xj::collector {

struct SegmentFigures {
  std::uint64_t bytes = 0;
  std::uint64_t rows = 0;
  std::uint64_t values = 0;
  std::uint64_t series = 0;
};

// Owned by one thread. Nothing counts before finish().
class SegmentWriter {
 public:
  SegmentWriter(io::FileSystem& fs, const std::string& path, std::int64_t day,
                Packing packing = Packing::small)
      : blocks_(fs, path, kDayFile, day, 1, packing) {}
  // In ascending order of ids; several of one series one after the other, older rows first.
  void add(const SeriesId& id, const Chunk& chunk);
  SegmentFigures finish();  // synced, the name too

 private:
  BlockWriter blocks_;
  SeriesId last_;
  SegmentFigures figures_;
};

// Owned by one thread. The index is read at opening, blocks when asked for.
class Segment {
 public:
  // Throws Fault, naming the file, when it is damaged.
  Segment(io::FileSystem& fs, std::string path) : blocks_(fs, std::move(path), kDayFile) {}
  std::int64_t day() const { return blocks_.day(); }
  // Of one series, in the order they were added.
  void find(const SeriesId& id, const std::function<void(const Chunk&)>& visit);
  // In order; stops when `visit` returns false.
  void for_each(const std::function<bool(const SeriesId&, Chunk)>& visit);

  // Every byte looked at: the blocks, chunks, the order of keys and rows. Says what is damaged where, and
  // goes on with the next block; the figures are of what is whole.
  using Damage = BlockFile::Damage;
  SegmentFigures survey(const Damage& damage);

  // Chunks one after the other without holding more than a block, for merging; keys are of series_key().
  class Cursor : public BlockFile::Cursor {
   public:
    explicit Cursor(Segment& segment, std::string_view from = {})
        : BlockFile::Cursor(segment.blocks_, from) {}
    Chunk take();  // decoded, and on to the next
  };

 private:
  BlockFile blocks_;
};

std::int64_t utc_day(Timestamp t);  // days since 1970-01-01

// The order of chunks in a file: by agent, check and item.
std::string series_key(const SeriesId& id);
SeriesId series_of(std::string_view key);  // throws Fault when it is not three names

}  // namespace xj::collector
