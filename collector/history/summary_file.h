#pragma once
// The hours of all series of one UTC day: a file with the figures in one lane and the sketches in another, so
// that whoever needs no sketch reads none. docs/storage.md specifies the bytes.
#include <string>
#include <string_view>

#include "collector/history/blocks.h"
#include "collector/history/summary.h"

namespace xj::collector {

struct SummaryFigures {
  std::uint64_t bytes = 0;
  std::uint64_t series = 0;
  std::uint64_t metrics = 0;
  std::uint64_t hours = 0;
};

// Owned by one thread. Nothing counts before finish().
class SummaryWriter {
 public:
  SummaryWriter(io::FileSystem& fs, const std::string& path, std::int64_t day)
      : summariser_(day), blocks_(fs, path, kSummaryFile, day, 2) {}
  // Chunks as they go into a file of the day: sorted, those of one series together, series in order of keys.
  void add(const std::string& key, const Chunk& chunk);
  SummaryFigures finish();  // synced, the name too

 private:
  void close_series();
  Summariser summariser_;
  BlockWriter blocks_;
  std::string key_;
  bool any_ = false;
  SummaryFigures figures_;
};

// Owned by one thread.
class SummaryFile {
 public:
  // Throws Fault, naming the file, when it is damaged.
  SummaryFile(io::FileSystem& fs, std::string path) : blocks_(fs, std::move(path), kSummaryFile) {}
  std::int64_t day() const { return blocks_.day(); }
  // Every byte looked at; the figures are of what is whole.
  SummaryFigures survey(const BlockFile::Damage& damage);

  enum class Lane : char { hours = 'h', sketches = 's' };
  // Entries of a lane from the first key that is not before `from` on; keys as of series_key().
  class Cursor {
   public:
    Cursor(SummaryFile& file, Lane lane, std::string_view from);
    bool done() const { return entries_.done() || entries_.key().front() != lane_; }
    std::string_view key() const { return entries_.key().substr(1); }
    std::string_view bytes() const { return entries_.bytes(); }
    void skip() { entries_.skip(); }

   private:
    char lane_;
    BlockFile::Cursor entries_;
  };

 private:
  BlockFile blocks_;
};

}  // namespace xj::collector
