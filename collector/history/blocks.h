#pragma once
// A file of entries, bytes by key, of one UTC day: in compressed blocks with an index, every byte under a
// checksum. Written once, never changed. docs/storage.md specifies the bytes.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/file.h"

struct ZSTD_CCtx_s;

namespace xj::collector {

// What such a file holds: the first eight bytes.
struct BlockKind {
  std::string_view magic;
};
inline constexpr BlockKind kDayFile{"XJHIST01"};
inline constexpr BlockKind kSummaryFile{"XJHOUR01"};
// What a person does about one that is damaged or missing, whoever tells it: the id of a text.
inline constexpr const char* kFileMend = "safety.mend.file";

// How much is done for it that a file is small: quick for one that is folded into another soon.
enum class Packing : std::uint8_t { quick, small };

// Owned by one thread. Nothing counts before finish().
class BlockWriter {
 public:
  // Entries of different lanes stand in different blocks, whatever the order they come in.
  BlockWriter(io::FileSystem& fs, std::string path, const BlockKind& kind, std::int64_t day,
              std::size_t lanes = 1, Packing packing = Packing::small);
  // Keys ascend within a lane; all of a lane are before all of the next.
  void add(std::string_view key, std::string_view bytes, std::size_t lane = 0);
  std::uint64_t finish();  // synced, the name too; how many bytes it is

 private:
  struct Lane {
    std::string block, first, index;  // first: key of the block's first entry
    std::uint64_t blocks = 0;
  };
  struct FreePacker {
    void operator()(ZSTD_CCtx_s* packer) const;
  };
  std::string_view pack(std::string_view plain);  // good until the next
  void close_block(Lane& lane);
  io::FileSystem& fs_;
  std::string path_;
  std::unique_ptr<io::File> file_;
  std::uint64_t offset_ = 0;
  std::vector<Lane> lanes_;
  int level_;
  std::unique_ptr<ZSTD_CCtx_s, FreePacker> packer_;  // one for all blocks: making one is a tenth of a block
  std::string packed_;
};

// Owned by one thread. The index is read at opening, blocks when asked for.
class BlockFile {
 public:
  // Throws Fault, naming the file, when it is damaged.
  BlockFile(io::FileSystem& fs, std::string path, const BlockKind& kind);
  std::int64_t day() const { return day_; }
  std::uint64_t bytes() const { return size_; }

  using Entry = std::function<void(std::string_view key, std::string_view bytes)>;
  // The entries of that key, in the order they were added.
  void find(std::string_view key, const Entry& visit);

  // Every byte looked at: blocks one behind the other, checksums, the order of keys, and whatever `entry`
  // throws a Fault about. Says what is damaged where, and goes on with the next block.
  using Damage = std::function<void(std::uint64_t offset, const std::string& what)>;
  void survey(const Damage& damage, const Entry& entry);

  // Entries one after the other without holding more than a block.
  class Cursor {
   public:
    // At the first key that is not before `from`, in any case; blocks that hold only earlier ones are not
    // read.
    explicit Cursor(BlockFile& file, std::string_view from = {});
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;
    bool done() const { return done_; }
    std::string_view key() const { return key_; }  // until the next step
    std::string_view bytes() const { return bytes_; }
    void skip();  // on to the next
    // On to the first key that is not before `from`, never back; blocks that hold only earlier ones are
    // passed over unread.
    void seek(std::string_view from);

   private:
    BlockFile& file_;
    std::size_t block_ = 0;  // the next to be read
    std::string plain_;
    std::string_view rest_;
    std::string_view key_, bytes_;
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
  void survey_order(const Damage& damage) const;
  void survey_block(const Block& block, const Entry& entry, std::string& last);
  [[noreturn]] void damaged(const char* what) const;
  std::string path_;
  BlockKind kind_;
  std::unique_ptr<io::File> file_;
  std::int64_t day_ = 0;
  std::uint64_t index_at_ = 0, index_end_ = 0, size_ = 0;
  std::vector<Block> blocks_;
};

}  // namespace xj::collector
