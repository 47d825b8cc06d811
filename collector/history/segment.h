#pragma once
// One file of one UTC day: chunks by series, in order, in compressed blocks with an index. Written once,
// never changed. docs/storage.md specifies the bytes.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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
  SegmentWriter(io::FileSystem& fs, const std::string& path, std::int64_t day);
  ~SegmentWriter();
  // In ascending order of ids; several of one series one after the other, older rows first.
  void add(const SeriesId& id, const Chunk& chunk);
  SegmentFigures finish();  // synced, the name too

 private:
  void close_block();
  io::FileSystem& fs_;
  std::string path_;
  std::unique_ptr<io::File> file_;
  std::uint64_t offset_ = 0;
  std::string block_, index_;
  std::string block_first_;  // key of the first chunk of the block
  std::uint64_t blocks_ = 0;
  SeriesId last_;
  SegmentFigures figures_;
};

// Owned by one thread. The index is read at opening, blocks when asked for.
class Segment {
 public:
  Segment(io::FileSystem& fs, std::string path);  // throws Fault, naming the file, when it is damaged
  std::int64_t day() const { return day_; }
  // Of one series, in the order they were added.
  void find(const SeriesId& id, const std::function<void(const Chunk&)>& visit);
  // In order; stops when `visit` returns false.
  void for_each(const std::function<bool(const SeriesId&, Chunk)>& visit);

  // Every byte looked at: blocks one behind the other, checksums, chunks, the order of keys and rows. Says
  // what is damaged where, and goes on with the next block; the figures are of what is whole.
  using Damage = std::function<void(std::uint64_t offset, const std::string& what)>;
  SegmentFigures survey(const Damage& damage);

  // Chunks one after the other without holding more than a block, for merging.
  class Cursor {
   public:
    // At the first key that is not before `from`, in any case; blocks that hold only earlier ones are not
    // read.
    explicit Cursor(Segment& segment, std::string_view from = {});
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;
    bool done() const { return done_; }
    std::string_view key() const { return key_; }      // of series_key(), until the next step
    std::string_view bytes() const { return chunk_; }  // of the chunk, likewise
    void skip();                                       // on to the next
    Chunk take();                                      // decoded, and on to the next

   private:
    Segment& segment_;
    std::size_t block_ = 0;
    std::string plain_;
    std::string_view rest_;
    std::string_view key_, chunk_;
    bool done_ = false;
  };

 private:
  struct Block {
    std::string first;
    std::uint64_t offset = 0;
    std::uint32_t packed = 0, plain = 0, crc = 0;
  };
  std::string read_block(const Block& block);
  std::size_t block_before(std::string_view key) const;  // index of the first that may hold it
  void survey_block(const Block& block, SegmentFigures& figures, std::string& last);
  [[noreturn]] void damaged(const char* what) const;
  std::string path_;
  std::unique_ptr<io::File> file_;
  std::int64_t day_ = 0;
  std::uint64_t index_at_ = 0, index_end_ = 0, size_ = 0;
  std::vector<Block> blocks_;
};

std::int64_t utc_day(Timestamp t);  // days since 1970-01-01

// The order of chunks in a file: by agent, check and item.
std::string series_key(const SeriesId& id);
SeriesId series_of(std::string_view key);  // throws Fault when it is not three names

}  // namespace xj::collector
